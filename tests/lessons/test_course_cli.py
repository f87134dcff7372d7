"""`senolab course` from the text of a lesson to a release in force, and nbgrader's own commands on it."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import nbformat
import pytest
from senolab.cli import course_nbgrader, course_release
from senolab.cli.main import main
from senolab.lessons.plain import settle_kernels
from senolab.lessons.shelf import Shelf
from senolab.sandbox import Availability, available

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
GOOD = HERE / "corpus" / "good"
DATA = Path(os.environ.get("SENOLAB_TEST_DATA") or ROOT.parent / "shared" / "data")
COURSE, LESSON = "trial", "01-every-kind"

CODE = """---
title: Code
minutes: 5
outcomes: [Run.]
licence: CC-BY-4.0
review: {status: draft}
---

```python solution="double"
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION
```

```python tests="double" points=2
assert double(2) == 4
```
"""


def write_every_kind(course: Path) -> Path:
    """Write the lesson with every kind of question, in one form of two women."""
    course.mkdir(parents=True, exist_ok=True)
    (course / "course.yaml").write_text("title: A trial\n")
    shutil.copy(GOOD / "figure.svg", course)
    path = course / f"{LESSON}.md"
    path.write_text((GOOD / "every-kind.md").read_text("utf-8").replace("forms: 2", "forms: 1"), "utf-8")
    return path


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """A campus with one lesson released by the command."""
    state = tmp_path_factory.mktemp("campus") / "state"
    write_every_kind(state / "courses" / COURSE)
    (state / "settings.json").write_text('{"time_zone": "Europe/Brussels"}')
    assert (
        main(["course", "release", COURSE, LESSON, "--state", str(state), "--scale", "ci", "--jobs", "1"])
        == 0
    )
    return Shelf(state)


@pytest.fixture
def sandbox() -> None:
    state = available()
    if not state.ok:
        pytest.skip(f"No sandbox on this machine: {state.why}")


def nbgrader(folder: Path, *words: str) -> "subprocess.Popen[str]":
    env = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONWARNINGS": "ignore",
    }
    return subprocess.Popen(
        ["nbgrader", *words], cwd=folder, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def public_files(shelf: Shelf) -> Iterator[tuple[Path, str]]:
    for path in sorted(shelf.release(COURSE, LESSON).rglob("*")):
        if path.is_file():
            yield path, path.read_bytes().decode("utf-8", "replace")


def test_a_release_holds_what_learners_get_and_nothing_else(shelf: Shelf) -> None:
    release = shelf.release(COURSE, LESSON)
    told = shelf.release_json(COURSE, LESSON)
    exams = {case["exam"]["A"] for case in told["cases"].values()}
    assert {path.name for path in release.iterdir()} == {
        f"{LESSON}.ipynb",
        "release.json",
        "figure.svg",
        "exams",
    }
    assert {path.name for path in (release / "exams").iterdir()} == exams and len(exams) == 2
    views = {path.name for path in (release / "exams").rglob("*.dcm")}
    assert views == {"RCC.dcm", "LCC.dcm", "RMLO.dcm", "LMLO.dcm"}
    assert told["version"] == 1 and told["max_points"] == 24.5 and told["notebooks"] == [f"{LESSON}.ipynb"]


def test_no_key_no_solution_and_no_truth_is_in_any_public_file(shelf: Shelf) -> None:
    keys = shelf.keys_json(COURSE, LESSON)
    sentences = [keys["reveals"][case]["A"]["sentence"] for case in keys["reveals"]]
    for path, text in public_files(shelf):
        assert "SECRET" not in text, path.name
        assert not any(sentence in text for sentence in sentences), path.name
    assert "SECRET" in json.dumps(keys)


def test_the_keys_hold_the_truth_of_the_drawn_women(shelf: Shelf) -> None:
    key = shelf.keys_json(COURSE, LESSON)["questions"]
    assert key["sure-1"]["A"] == {"truth": 0} and key["mark-1"]["A"]["lesions"] == []
    lesions = key["mark-2"]["A"]["lesions"]
    assert lesions and {"id", "view", "x_mm", "y_mm", "radius_mm", "outline_mm"} == lesions[0].keys()
    assert key["sure-2"]["A"]["truth"] == 1


def test_the_learners_notebook_is_nbgraders_and_still_a_page(shelf: Shelf) -> None:
    notebook = nbformat.read(shelf.release(COURSE, LESSON) / f"{LESSON}.ipynb", as_version=4)
    nbformat.validate(notebook)
    about = {"page": True, "course": COURSE, "lesson": LESSON, "lang": "en-GB"}
    assert notebook.metadata.senolab == about
    sources = {
        cell.metadata.nbgrader.grade_id: cell.source for cell in notebook.cells if "nbgrader" in cell.metadata
    }
    assert "raise NotImplementedError" in sources["mean_value"]
    assert sources["mark-1"] == 'senolab.question("mark-1")'


def due(shelf: Shelf) -> str | None:
    """When the gradebook says that the lesson is due."""
    with closing(sqlite3.connect(shelf.gradebook(COURSE))) as database:
        return database.execute("SELECT duedate FROM assignment").fetchone()[0]


def test_an_amended_text_keeps_the_women_and_moves_the_due_date(
    shelf: Shelf, capsys: pytest.CaptureFixture[str]
) -> None:
    before = shelf.release_json(COURSE, LESSON)
    assert before["due"] == "2027-01-31T22:59:59Z", "the end of the day where the campus stands"
    assert due(shelf) == "2027-01-31 22:59:59.000000"
    text = shelf.course(COURSE) / f"{LESSON}.md"
    amended = text.read_text("utf-8").replace("# Every kind of question", "# Every kind, amended")
    text.write_text(amended.replace("due: 2027-01-31", "due: 2027-03-31 18:00"), "utf-8")
    words = ["course", "release", COURSE, LESSON, "--state", str(shelf.state), "--scale", "ci", "--json"]
    assert main([*words, "--progress", "json"]) == 0
    out, err = capsys.readouterr()
    done = {"course": COURSE, "lesson": LESSON, "version": before["version"] + 1}
    assert json.loads(out) == [done | {"forms": ["A"], "max_points": 24.5, "scale": "ci"}]
    steps = [json.loads(line) for line in err.splitlines()]
    assert steps[-1]["done"] == steps[-1]["total"] and all(step["words"] for step in steps)
    after = shelf.release_json(COURSE, LESSON)
    assert after["due"] == "2027-03-31T16:00:00Z" and due(shelf) == "2027-03-31 16:00:00.000000"
    assert after["cases"] == before["cases"] and after["version"] == before["version"] + 1
    assert any("amended" in source for _, source in public_files(shelf))


@pytest.mark.parametrize("moved", ["2027-12-24 22:59:59.000000", None])
def test_a_date_that_a_teacher_moves_or_takes_away_while_a_release_is_made_is_hers(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, moved: str | None
) -> None:
    version = shelf.current(COURSE, LESSON)
    assert version is not None

    def generate(*words: Any, **how: Any) -> None:
        course_nbgrader.generate(*words, **how)
        with closing(sqlite3.connect(shelf.gradebook(COURSE))) as database, database:
            database.execute("UPDATE assignment SET duedate = ?", (moved,))

    monkeypatch.setattr(course_release, "generate", generate)
    assert main(["course", "release", COURSE, LESSON, "--state", str(shelf.state), "--scale", "ci"]) == 0
    assert (shelf.current(COURSE, LESSON), due(shelf)) == (version + 1, moved)


def test_an_amended_date_is_told_to_a_gradebook_that_does_not_keep_what_the_text_said(shelf: Shelf) -> None:
    with closing(sqlite3.connect(shelf.gradebook(COURSE))) as database, database:
        database.execute("DROP TABLE senolab_due")
        database.execute("UPDATE assignment SET duedate = '2027-03-31 16:00:00.000000'")
    text = shelf.course(COURSE) / f"{LESSON}.md"
    amended = re.sub("^due: .*$", "due: 2027-05-31 18:00", text.read_text("utf-8"), flags=re.MULTILINE)
    text.write_text(amended, "utf-8")
    assert main(["course", "release", COURSE, LESSON, "--state", str(shelf.state), "--scale", "ci"]) == 0
    assert due(shelf) == "2027-05-31 16:00:00.000000"


def test_a_lesson_with_errors_leaves_the_release_before_in_force(
    shelf: Shelf, capsys: pytest.CaptureFixture[str]
) -> None:
    version = shelf.current(COURSE, LESSON)
    text = shelf.course(COURSE) / f"{LESSON}.md"
    whole = text.read_text("utf-8")
    try:
        text.write_text(whole.replace("kind: tally", "kind: tallly"), "utf-8")
        assert main(["course", "release", COURSE, LESSON, "--state", str(shelf.state)]) == 1
    finally:
        text.write_text(whole, "utf-8")
    said = capsys.readouterr().err
    assert "Did you mean 'tally'?" in said and "to mend first" in said and "Traceback" not in said
    assert shelf.current(COURSE, LESSON) == version


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own
def test_questions_of_a_lesson_that_was_handed_in_cannot_vanish(
    shelf: Shelf, capsys: pytest.CaptureFixture[str]
) -> None:
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{shelf.gradebook(COURSE)}") as book:
        book.update_or_create_student("anna")
        book.update_or_create_submission(LESSON, "anna")
    version = shelf.current(COURSE, LESSON)
    master = (shelf.generated(COURSE, LESSON) / f"{LESSON}.ipynb").read_bytes()
    text = shelf.course(COURSE) / f"{LESSON}.md"
    whole = text.read_text("utf-8")
    try:
        text.write_text(whole.replace('question="cut"', 'question="cut-off"'), "utf-8")
        assert main(["course", "release", COURSE, LESSON, "--state", str(shelf.state), "--scale", "ci"]) == 1
    finally:
        text.write_text(whole, "utf-8")
    assert "learners have handed it in" in capsys.readouterr().err
    assert shelf.current(COURSE, LESSON) == version
    assert (shelf.generated(COURSE, LESSON) / f"{LESSON}.ipynb").read_bytes() == master
    assert not [path for path in shelf.grader(COURSE).iterdir() if path.name.startswith(".making")]


def test_nbgraders_own_commands_work_in_a_released_course(shelf: Shelf) -> None:
    folder = shelf.grader(COURSE)
    listed = nbgrader(folder, "list")
    known = nbgrader(folder, "db", "assignment", "list")
    outputs = [process.communicate()[0] for process in (listed, known)]
    assert (listed.returncode, known.returncode) == (0, 0), outputs
    assert LESSON in outputs[1]
    made = nbgrader(folder, "generate_assignment", LESSON, "--force")
    checked = nbgrader(folder, "validate", f"source/{LESSON}/{LESSON}.ipynb")
    outputs = [process.communicate()[0] for process in (made, checked)]
    assert (made.returncode, checked.returncode) == (0, 0), outputs
    assert "mean(" not in outputs[1]  # the author's own solution passes its tests


def test_nbgraders_documentation_course_is_dropped_in_and_released(tmp_path: Path) -> None:
    archive = DATA / "nbgrader_course" / "nbgrader_docs_course.tar.gz"
    if not archive.is_file():
        pytest.skip("nbgrader's documentation course is not in the folder that SENOLAB_TEST_DATA names")
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path)
    guide = next(tmp_path.glob("**/user_guide"))
    course = tmp_path / "docs-course"
    shutil.copytree(guide / "source", course / "source")
    assert main(["course", "check", str(course), "ps1"]) == 0
    assert main(["course", "check", str(course), "ps1_autotest"]) == 1  # its autotests.yml is not there
    assert main(["course", "build", str(course), "ps1", "--out", str(tmp_path / "built")]) == 0
    assert {path.name for path in (tmp_path / "built" / "source" / "ps1").iterdir()} >= {
        "problem1.ipynb",
        "jupyter.png",
    }
    state = tmp_path / "state"
    assert main(["course", "release", str(course), "ps1", "--state", str(state)]) == 0
    shelf = Shelf(state)
    told = shelf.release_json("docs-course", "ps1")
    assert told["max_points"] == 13 and told["notebooks"] == ["problem1.ipynb", "problem2.ipynb"]
    released = (shelf.release("docs-course", "ps1") / "problem1.ipynb").read_text("utf-8")
    assert "### BEGIN SOLUTION" not in released and "NotImplementedError" in released
    assert json.loads(released)["metadata"]["kernelspec"]["name"] == "python3"  # the course names "python"


@pytest.mark.parametrize(
    ("metadata", "name"),
    [
        ({}, "python3"),
        ({"kernelspec": {"name": "conda-env-me", "language": "python", "display_name": "Me"}}, "python3"),
        ({"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}}, "ir"),
        ({"language_info": {"name": "julia"}}, None),
    ],
)
def test_learners_are_not_asked_to_select_a_kernel_for_python(
    tmp_path: Path, metadata: dict, name: str | None
) -> None:
    path = tmp_path / "p1.ipynb"
    plain = {"cells": [], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(plain), "utf-8")
    settle_kernels(tmp_path)
    settled = json.loads(path.read_text("utf-8"))
    assert settled["metadata"].get("kernelspec", {}).get("name") == name
    assert settled | {"metadata": metadata} == plain


def test_a_preview_checks_itself_and_needs_no_campus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENOLAB_STATE", str(tmp_path / "no-campus"))
    path = tmp_path / "course" / "01-code.md"
    path.parent.mkdir()
    path.write_text(CODE, "utf-8")
    out = tmp_path / "out"
    assert main(["course", "preview", str(path.parent), "01-code", "--out", str(out)]) == 0
    (out / "record.jsonl").write_text("")
    assert main(["course", "preview", str(path.parent), "01-code", "--out", str(out)]) == 0
    names = {entry.name for entry in out.iterdir()}
    assert names == {"01-code.ipynb", "release.json", "self-check.json", "record.jsonl"}
    assert json.loads((out / "release.json").read_text())["mode"] == "self-check"
    assert "return 2 * x" not in (out / "01-code.ipynb").read_text()
    assert not (tmp_path / "no-campus").exists()


def test_a_course_is_built_and_previewed_whole_where_nothing_more_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, state = tmp_path / "course" / "01-code.md", tmp_path / "state"
    path.parent.mkdir()
    for lesson in (path, path.with_name("02-more.md")):
        lesson.write_text(CODE, "utf-8")
    lessons = ["01-code", "02-more"]
    for action, ending in (("build", "source/01-code/01-code.ipynb"), ("preview", "01-code/01-code.ipynb")):
        assert main(["course", action, str(path.parent), "--state", str(state), "--json"]) == 0
        assert [one["lesson"] for one in json.loads(capsys.readouterr().out)] == lessons
        assert (state / action / "course" / ending).is_file()


def test_a_preview_shows_the_exams_with_their_truth(shelf: Shelf, tmp_path: Path) -> None:
    # drawn exams are kept, so those of the release save the time of drawing others
    shutil.copytree(shelf.drawn(COURSE, LESSON, "tiny", "ci"), tmp_path / ".exams" / "tiny-ci")
    words = ["course", "preview", COURSE, LESSON, "--state", str(shelf.state), "--out", str(tmp_path)]
    assert main(words) == 0
    told = json.loads((tmp_path / "release.json").read_text("utf-8"))
    checks = json.loads((tmp_path / "self-check.json").read_text("utf-8"))
    assert told["mode"] == "self-check" and told["forms"] == ["A"]
    for name, case in told["cases"].items():
        assert len(list((tmp_path / "exams" / case["exam"]["A"]).glob("*.dcm"))) == 4
        assert {"outcome", "sentence", "findings", "prompt"} == checks["reveals"][name]["A"].keys()
    assert "SECRET" not in (tmp_path / f"{LESSON}.ipynb").read_text("utf-8")


def test_check_run_tells_a_solution_that_fails_its_own_test(
    tmp_path: Path, sandbox: None, capsys: pytest.CaptureFixture[str]
) -> None:
    course = tmp_path / "course"
    course.mkdir()
    (course / "01-code.md").write_text(CODE, "utf-8")
    (course / "02-wrong.md").write_text(CODE.replace("== 4", "== 5").replace("double", "triple"), "utf-8")
    assert main(["course", "check", str(course), "--run", "--json"]) == 1
    found = [one for one in json.loads(capsys.readouterr().out) if one["severity"] == "error"]
    assert [(Path(one["file"]).name, one["line"]) for one in found] == [("02-wrong.md", 17)]
    assert "AssertionError" in found[0]["words"]


def test_a_release_without_a_sandbox_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("senolab.cli.course_nbgrader.available", lambda: Availability(False, "No bwrap."))
    course, state = tmp_path / "course", tmp_path / "state"
    course.mkdir()
    (course / "01-code.md").write_text(CODE, "utf-8")
    assert main(["course", "release", str(course), "--state", str(state), "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)[0]["version"] == 1
    (line,) = [line for line in told.err.splitlines() if line.startswith("Unprotected:")]
    assert "01-code WITHOUT walls" in line and "./senolab doctor" in line


TAKES = """
```python tags=["parameters"]
seed = 1  # of everything drawn by chance
scale = "ci"
```

```python locked="told"
assert (seed, scale) == (7, "binder"), (seed, scale)
assert "device" not in globals()
```
"""


def test_check_run_gives_a_lesson_the_parameters_it_names_and_no_other(
    tmp_path: Path, sandbox: None, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "01-takes.md").write_text(CODE + TAKES, "utf-8")
    (tmp_path / "02-takes-none.md").write_text(
        CODE + '\n```python\nassert "seed" not in globals()\n```\n', "utf-8"
    )
    words = ["course", "check", str(tmp_path), "--run", "--json"]
    assert main([*words, "--seed", "7", "--scale", "binder", "--device", "cuda"]) == 0
    capsys.readouterr()
    assert main(words) == 1
    (found,) = [one for one in json.loads(capsys.readouterr().out) if one["severity"] == "error"]
    told = (Path(found["file"]).name, found["line"], found["words"])
    assert told == ("01-takes.md", 26, "When it runs: AssertionError: (1, 'ci').")


def test_check_run_names_the_block_that_ends_the_program(
    tmp_path: Path, sandbox: None, capsys: pytest.CaptureFixture[str]
) -> None:
    ends = "\n```python\nimport os; os._exit(1)\n```\n\n```python\nlater = 1\n```\n"
    (tmp_path / "01-ends.md").write_text(CODE + ends, "utf-8")
    assert main(["course", "check", str(tmp_path), "--run", "--json"]) == 1
    (found,) = [one for one in json.loads(capsys.readouterr().out) if one["severity"] == "error"]
    assert (found["line"], found["words"]) == (21, "When it runs: it ends the kernel.")


def test_a_new_lesson_has_no_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["course", "new", str(tmp_path / "mine"), "01-first-try"]) == 0
    assert main(["course", "check", str(tmp_path / "mine"), "--json"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "[]"
    assert main(["course", "new", str(tmp_path / "mine"), "01-first-try"]) == 1
    assert "is there already" in capsys.readouterr().err


def test_opening_and_saving_a_lesson_in_jupyter_loses_nothing(tmp_path: Path) -> None:
    import jupytext
    from jupytext.config import load_jupytext_configuration_file

    shutil.copy(ROOT / "courses" / "jupytext.toml", tmp_path)
    config = load_jupytext_configuration_file(str(tmp_path / "jupytext.toml"))
    text = (GOOD / "every-kind.md").read_text("utf-8")
    again = jupytext.writes(jupytext.reads(text, fmt="md", config=config), fmt="md", config=config)
    assert again == text


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["check", "no-such-course"], "There is no course 'no-such-course'. There are: reading-with-ai."),
        (["check", "reading-with-ai", "01-a-frist-case"], "Did you mean '01-a-first-case'?"),
        (["new", "reading-with-ai", "../up"], "cannot be the name of a lesson"),
        (["preview", "/nowhere", "x", "--out", "out"], "There is no course"),
    ],
)
def test_a_refusal_is_one_sentence(
    tmp_path: Path, words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["course", *words, "--state", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert sentence in said and "Traceback" not in said


def test_wrong_words_end_with_2() -> None:
    for words in (["course"], ["course", "check"], ["course", "release", "x", "--jobs", "0"]):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 2
