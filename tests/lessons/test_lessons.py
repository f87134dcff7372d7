"""Lessons: what is read, what is found wanting, what is built, and what never leaves the teacher's side."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from senolab import lessons
from senolab.lessons import DrawnCase, LessonRefusedError, SplitRefusedError
from senolab.lessons.course import Entry, check_entry
from senolab.lessons.findings import Findings
from senolab.lessons.lesson import Code, Prose, Question
from senolab.lessons.notebook import text_of
from senolab.lessons.reader import examine

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
GOOD = sorted((HERE / "corpus" / "good").glob("*.md"))
BAD = sorted((HERE / "corpus" / "bad").glob("*.md"))
EVERY = HERE / "corpus" / "good" / "every-kind.md"
COHORTS = {"tiny": (2, 2), "first-case": (4, 2)}


def found(path: Path) -> list[lessons.Finding]:
    return check_entry(Entry(path.parent.name, path.stem, path, "text"), path.parent, {}, COHORTS)


def drawn(lesson: lessons.Lesson) -> list[DrawnCase]:
    """Exams with truth, as a cohort would draw them: A with a cancer, B normal."""
    lesion = {"id": "l1", "view": "RCC", "x_mm": 40.0, "y_mm": 60.0, "radius_mm": 6.0, "outline_mm": [[1, 2]]}
    cases = []
    for case in lesson.cases:
        for form in lesson.forms:
            cancer = form == "A"
            reveal = {
                "outcome": "cancer" if cancer else "normal",
                "sentence": f"SECRET-{form}",
                "findings": [],
            }
            cases.append(
                DrawnCase(case.id, form, f"exam-{case.id}-{form}", reveal, [lesion] if cancer else [])
            )
    return cases


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_nothing_is_found_wanting_in_a_good_lesson(path: Path) -> None:
    assert found(path) == []


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_bad_lesson_is_told_with_line_and_mend(path: Path) -> None:
    told = [f"{finding.line}: {finding.severity}: {finding.words}" for finding in found(path)]
    assert told == path.with_suffix(".txt").read_text("utf-8").splitlines()


def test_a_lesson_with_errors_is_refused_with_all_of_them() -> None:
    with pytest.raises(LessonRefusedError) as refused:
        lessons.read(HERE / "corpus" / "bad" / "fence-misspelt.md")
    assert len(refused.value.findings) == 3
    assert "Did you mean 'solution'?" in str(refused.value)


@pytest.mark.parametrize(
    "course", sorted((ROOT / "courses").glob("*/course.yaml")), ids=lambda p: p.parent.name
)
def test_the_courses_that_come_with_senolab_have_no_finding(course: Path) -> None:
    assert [str(finding) for finding in lessons.check(course.parent, cohorts=None)] == []


def test_two_builds_are_byte_identical() -> None:
    for path in GOOD:
        assert text_of(lessons.build(lessons.read(path))) == text_of(lessons.build(lessons.read(path)))


def test_no_key_of_a_cell_is_lost_on_the_way() -> None:
    notebook = lessons.build(lessons.read(EVERY))
    said = {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells if "nbgrader" in cell.metadata}
    flags = {
        name: tuple(flag for flag in ("grade", "solution", "locked", "task") if cell.metadata.nbgrader[flag])
        for name, cell in said.items()
    }
    assert flags == {
        "senolab-start": ("locked",),
        "case-1": ("locked",),
        "mark-1": ("grade", "locked"),
        "recall-1": ("grade", "locked"),
        "case-2": ("locked",),
        "words-2": ("grade", "solution"),
        "marks": ("grade", "locked"),
        "pick": ("grade", "locked"),
        "chance": ("grade", "locked"),
        "cut": ("grade", "locked"),
        "practice": ("locked",),
        "reflect-ask": ("locked",),
        "reflect": ("grade", "solution"),
        "mean_value": ("solution",),
        "test-mean_value": ("grade", "locked"),
        "given": ("locked",),
        "explain_density": ("grade", "solution"),
        "reading_room": ("locked", "task"),
        "end-note": ("locked",),
    }
    points = {name: cell.metadata.nbgrader.get("points") for name, cell in said.items()}
    assert points["cut"] == 0.5 and points["reading_room"] == 5 and points["given"] is None
    assert said["mark-1"].source == 'senolab.question("mark-1")'
    assert said["mark-1"].metadata.tags == ["senolab-hidden"] and "tags" not in said["pick"].metadata
    assert said["reflect"].cell_type == "markdown" and said["reflect"].metadata.tags == ["senolab-hidden"]
    assert all(cell.metadata.nbgrader.schema_version == 3 for cell in said.values())


def test_the_notebook_is_a_page_that_starts_by_importing_senolab() -> None:
    notebook = lessons.build(lessons.read(EVERY))
    assert notebook.cells[0].source == "import senolab"
    assert notebook.metadata.kernelspec.name == "python3"
    assert notebook.metadata.senolab == {
        "page": True,
        "course": "good",
        "lesson": "every-kind",
        "lang": "en-GB",
    }
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    shown = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    assert any("threshold: 5" in source for source in shown) and not any("kind: choice" in s for s in shown)


def test_line_numbers_lead_to_the_blocks() -> None:
    lesson = lessons.read(EVERY)
    lines = EVERY.read_text("utf-8").splitlines()
    for block in lesson.blocks:
        if isinstance(block, Code | Prose):
            assert lines[block.line - 1] == block.source.split("\n")[0]
    by_id = {block.id: block for block in lesson.blocks if isinstance(block, Question)}
    assert lines[by_id["pick"].line - 2] == '```yaml question="pick" points=2'


def secrets_in(value: Any) -> set[str]:
    """Every text of the teacher's side that is long enough to be told from chance."""
    if isinstance(value, dict):
        return set().union(*(secrets_in(item) for item in value.values()))
    if isinstance(value, list | tuple):
        return set().union(*(secrets_in(item) for item in value))
    return {value} if isinstance(value, str) and len(value) > 7 else set()


@pytest.mark.parametrize(
    "path", [*GOOD, *sorted((ROOT / "courses").glob("*/[0-9]*.md"))], ids=lambda p: p.stem
)
def test_nothing_of_the_keys_is_public(path: Path) -> None:
    lesson = lessons.read(path)
    release, keys = lessons.split(lesson, drawn(lesson))
    public = json.dumps(release, ensure_ascii=False)
    hidden = {question.id: question.secret for question in lesson.questions}
    options = {option for question in release["questions"] for option in question.get("options", ())}
    parts = {part for question in release["questions"] for part in question.get("of", ())}
    leaked = [text for text in secrets_in(hidden) - options - parts if text in public]
    assert leaked == []
    assert "SECRET" not in public and "SECRET" not in text_of_questions(lesson)
    assert {"key", "hints", "why", "rubric", "credit", "best", "correct", "radius_mm", "ask_for"}.isdisjoint(
        name for question in release["questions"] for name in question
    )
    assert keys.keys() == {"schema", "course", "lesson", "version", "questions", "reveals"}


def text_of_questions(lesson: lessons.Lesson) -> str:
    """The built notebook without the author's own code and prose, which nbgrader strips."""
    blocks = tuple(block for block in lesson.blocks if not isinstance(block, Code | Prose))
    return text_of(lessons.build(lessons.Lesson(lesson.course, lesson.id, lesson.path, lesson.front, blocks)))


def test_the_release_says_what_the_learners_side_needs() -> None:
    lesson = lessons.read(EVERY)
    release, _ = lessons.split(lesson, drawn(lesson), version=7)
    assert release["schema"] == 1 and release["version"] == 7 and release["mode"] == "hub"
    assert release["forms"] == ["A", "B"] and release["max_points"] == 24.5
    assert release["due"] == "2027-01-31T23:59:59Z" and release["released"].endswith("Z")
    assert release["cases"]["case-1"] == {
        "title": "The first woman",
        "questions": ["mark-1", "sure-1", "recall-1"],
        "exam": {"A": "exam-case-1-A", "B": "exam-case-1-B"},
    }
    asked = {question["id"]: question for question in release["questions"]}
    assert asked["pick"]["multiple"] is True and asked["recall-1"]["options"] == ["Yes", "No"]
    assert asked["recall-1"]["multiple"] is False and asked["recall-1"]["case"] == "case-1"
    assert asked["sure-1"]["low"] == "0 %" and asked["mark-1"]["max_marks"] == 4
    assert asked["cut"]["table"][1] == {"label": "Woman 2", "score": 0.9, "outcome": "cancer"}
    assert asked["reflect"]["words"] == 80 and asked["marks"]["of"] == ["mark-2"]
    json.dumps(release, allow_nan=False)


def test_a_release_says_that_its_images_are_calculated_only_where_all_are() -> None:
    lesson = lessons.read(EVERY)
    imported = drawn(lesson)
    made = [replace(case, calculated=True) for case in imported]
    told = [
        lessons.split(lesson, exams)[0]["calculated"] for exams in (made, imported, [*made[1:], imported[0]])
    ]
    assert told == [True, False, False]


def test_the_keys_come_from_the_truth_of_each_form() -> None:
    lesson = lessons.read(EVERY)
    _, keys = lessons.split(lesson, drawn(lesson))
    key = keys["questions"]
    assert key["sure-1"] == {"A": {"truth": 1}, "B": {"truth": 0}}
    assert [len(key["mark-1"][form]["lesions"]) for form in "AB"] == [1, 0]
    assert key["mark-1"]["A"]["radius_mm"] == 12
    assert key["recall-1"]["A"] == {"correct": ["Yes"], "credit": {}, "hints": {"No": "SECRET-recall"}}
    assert key["pick"]["A"]["correct"] == ["this", "that"] and key["pick"]["A"]["credit"] == {"both": 0.5}
    assert key["chance"]["B"]["truth"] == 0 and "seven" in key["chance"]["B"]["why"]
    assert key["cut"]["A"] == {"best": [0.3, 0.9], "credit": [[0.1, 0.2, 0.25]], "why": "SECRET-why-cut"}
    assert key["reflect"]["A"] == {"rubric": "SECRET-rubric"} and key["marks"]["A"] == {"of": ["mark-2"]}
    assert keys["reveals"]["case-1"]["A"]["outcome"] == "cancer"
    json.dumps(keys, allow_nan=False)


def test_a_rubric_is_one_text_or_a_list_of_them(tmp_path: Path) -> None:
    text = EVERY.read_text("utf-8")
    for written, kept in (
        ("SECRET-rubric", "SECRET-rubric"),
        ('\n  - "1 point: a"\n  - "1 point: b"', "1 point: a\n1 point: b"),
    ):
        path = tmp_path / EVERY.name
        path.write_text(text.replace("rubric: SECRET-rubric\n", f"rubric: {written}\n"), "utf-8")
        asked = {question.id: question for question in lessons.read(path).questions}
        assert asked["reflect"].secret["rubric"] == kept


def test_a_case_without_an_exam_in_some_form_is_refused() -> None:
    lesson = lessons.read(EVERY)
    exams = [case for case in drawn(lesson) if (case.case, case.form) != ("case-2", "B")]
    with pytest.raises(SplitRefusedError, match="case-2, form B"):
        lessons.split(lesson, exams)


TEXT = EVERY.read_text("utf-8")


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_no_slip_of_the_pen_ever_raises(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "slip.md"
    start = data.draw(st.integers(0, len(TEXT)))
    stop = min(len(TEXT), start + data.draw(st.integers(0, 60)))
    slip = data.draw(st.text(alphabet="`~:-=\"'[]{}&*!|>#%@<\n\t ay0.", max_size=8))
    path.write_text(TEXT[:start] + slip + TEXT[stop:], "utf-8")
    findings = Findings("slip.md")
    lesson = examine(path, findings)
    check_entry(Entry("slips", "slip", path, "text"), path.parent, {}, COHORTS)
    if lesson is not None and not findings.errors:
        lessons.split(lesson, drawn(lesson))
        nbformat.validate(lessons.build(lesson))


def test_ids_used_in_two_lessons_of_a_course_are_told(tmp_path: Path) -> None:
    course = tmp_path / "course"
    course.mkdir()
    for name in ("01-one.md", "02-two.md"):
        shutil.copy(HERE / "corpus" / "good" / "crlf.md", course / name)
    told = lessons.check(course, cohorts=COHORTS)
    assert [(Path(one.file).name, one.severity) for one in told] == [
        ("course.yaml", "warning"),
        ("02-two.md", "warning"),
    ]
    assert "'pick' is used in 01-one too" in told[1].words


@pytest.mark.parametrize(
    ("women", "forms", "words"),
    [
        (2, 2, []),
        (1, 2, ["case-2 wants exam 2, and the cohort 'tiny' has 1 women."]),
        (2, 1, ["The lesson wants 2 forms, and the cohort 'tiny' has 1. Write forms: 1, or name"]),
    ],
)
def test_a_lesson_that_wants_more_than_its_cohort_has_is_told(
    women: int, forms: int, words: list[str]
) -> None:
    lesson = Entry(EVERY.parent.name, EVERY.stem, EVERY, "text")
    found = check_entry(lesson, EVERY.parent, {}, {"tiny": (women, forms)})
    said = [one.words for one in found if one.severity == "error"]
    assert len(said) == len(words) and all(map(str.startswith, said, words))


def test_a_course_that_is_not_there_or_empty_says_so(tmp_path: Path) -> None:
    with pytest.raises(lessons.CourseRefusedError, match="There is no course at"):
        lessons.entries(tmp_path / "none")
    (tmp_path / "README.md").write_text("not a lesson")
    with pytest.raises(lessons.CourseRefusedError, match="holds no lesson"):
        lessons.entries(tmp_path)


def test_a_lesson_that_is_misspelt_is_guessed(tmp_path: Path) -> None:
    shutil.copy(EVERY, tmp_path / "01-every.md")
    with pytest.raises(lessons.CourseRefusedError, match="Did you mean '01-every'"):
        lessons.entry(tmp_path, "01-evry")
    assert lessons.entry(tmp_path, "01-every.md").id == "01-every"


def test_what_a_course_says_about_itself(tmp_path: Path) -> None:
    assert lessons.info(tmp_path).title == tmp_path.name
    (tmp_path / "course.yaml").write_text("title: Reading\nsummary: For all.\n")
    assert lessons.info(tmp_path).title == "Reading" and lessons.info(tmp_path).summary == "For all."


def test_the_files_a_lesson_shows_go_with_it(tmp_path: Path) -> None:
    lessons.write_source(Entry("good", "every-kind", EVERY, "text"), tmp_path / "source")
    assert sorted(path.name for path in (tmp_path / "source").iterdir()) == ["every-kind.ipynb", "figure.svg"]


def notebook(*cells: dict[str, Any]) -> str:
    filled = [
        {"cell_type": "code", "source": "", "metadata": {}, "outputs": [], "execution_count": None} | c
        for c in cells
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": filled}, indent=1)


def graded(grade_id: str, **said: Any) -> dict[str, Any]:
    flags = {
        "grade": True,
        "solution": False,
        "locked": True,
        "points": 1,
        "schema_version": 3,
        "grade_id": grade_id,
    }
    return {"metadata": {"nbgrader": flags | said}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (notebook(graded("a"), graded("a")), ["the same grade id", "the same grade id"]),
        (notebook(graded("")), ["needs a grade id"]),
        (notebook(graded("a", points=None)), ["needs points"]),
        (notebook(graded("a", schema_version=1)), ["run 'nbgrader update'"]),
        (notebook(graded("a", schema_version=4)), ["too old for it"]),
        (notebook(graded("a") | {"cell_type": "markdown"}), ["must stand in a code cell"]),
        (notebook(graded("a") | {"source": "### BEGIN HIDDEN TESTS\n"}), ["do not pair"]),
        (notebook(graded("a") | {"source": "### AUTOTEST f(1)"}), ["autotests.yml"]),
        (notebook({"metadata": None}, {"metadata": {"nbgrader": []}}, graded("a")), []),
        ("{", ["no notebook that can be read"]),
        ("[]", ["no notebook of format 4"]),
        (notebook().replace('"nbformat": 4', '"nbformat": 3'), ["no notebook of format 4"]),
    ],
)
def test_a_dropped_in_notebook_is_checked(tmp_path: Path, text: str, words: list[str]) -> None:
    folder = tmp_path / "source" / "ps1"
    folder.mkdir(parents=True)
    (folder / "problem.ipynb").write_text(text)
    told = [finding for finding in lessons.check(tmp_path) if finding.file.endswith(".ipynb")]
    assert len(told) == len(words)
    assert all(word in finding.words for word, finding in zip(words, told, strict=True))
