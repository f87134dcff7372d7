"""Lessons of questions: marked from the record and the campus's commits, with no learner's code run."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from senolab import record, sandbox
from senolab.grading import feedback, grade, hand, table
from senolab.grading.marked import GradingError

COURSE, LESSON = "reading-with-ai", "01-first"
ON_LESION = [{"view": "RCC", "x_mm": 42, "y_mm": 60}]
RIGHT = {
    "mark-1": ON_LESION,
    "sure-1": 90,
    "pick": "spiculated",
    "cut": 5,
    "tell": "The margin is spiculated.",
}
CASE_OF = {"mark-1": "case-1", "sure-1": "case-1"}


@pytest.fixture(autouse=True)
def no_code_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args, **kwargs):
        raise AssertionError("a lesson of questions has no code to run")

    monkeypatch.setattr(sandbox, "run", refuse)


def folder(campus, learner="ada") -> Path:
    place = campus.submitted(COURSE, learner, LESSON)
    if not place.exists():
        place.mkdir(parents=True)
        shutil.copy(campus.generated(COURSE, LESSON) / f"{LESSON}.ipynb", place)
        (place / "timestamp.txt").write_text("2026-11-20 10:00:00 UTC", "utf-8")
    return place


def answer(campus, learner="ada", file="record.jsonl", form="A", version=1, **answers) -> None:
    for question, value in answers.items():
        name = question.replace("_", "-")
        record.append(
            folder(campus, learner) / file,
            kind="answer",
            lesson=LESSON,
            version=version,
            form=form,
            case=CASE_OF.get(name),
            question=name,
            value=value,
        )


def commit(campus, learner="ada", file="stamps.jsonl", form="A", version=1, **answers) -> None:
    record.append(
        folder(campus, learner) / file,
        kind="commit",
        lesson=LESSON,
        version=version,
        form=form,
        case="case-1",
        value={name.replace("_", "-"): value for name, value in answers.items()},
    )


def mark(campus, learner="ada", **options):
    return grade(campus.grader(COURSE), LESSON, learner, **options)


def scores(marked) -> dict:
    return {item.question: item.score for item in marked.items}


def test_right_answers_earn_their_points_and_the_text_waits_for_a_teacher(campus) -> None:
    answer(campus, **RIGHT)
    commit(campus, mark_1=ON_LESION, sure_1=90)
    done = mark(campus)
    expected = {"mark-1": 2, "sure-1": 0.99, "pick": 2, "cut": 1, "both": 0.995, "tell": None}
    assert scores(done) == expected
    assert done.auto_score == pytest.approx(6.985)
    assert (done.max_score, done.needs_manual, done.flags, done.form) == (10, True, (), "A")


def test_an_untouched_submission_earns_nothing(campus) -> None:
    folder(campus)
    done = mark(campus)
    assert done.auto_score == 0
    assert not done.needs_manual
    assert {item.words for item in done.items if item.kind != "tally"} == {"Not answered."}


def test_the_form_is_the_campuss_word_not_the_learners(campus) -> None:
    answer(campus, form="A", **RIGHT)
    commit(campus, form="B", mark_1=[], sure_1=10)
    done = mark(campus)
    assert done.form == "B"
    assert scores(done)["mark-1"] == 2  # a normal exam, and nothing marked
    assert scores(done)["sure-1"] == pytest.approx(0.99)


def test_a_record_rewritten_after_the_commit_changes_nothing(campus) -> None:
    commit(campus, mark_1=[], sure_1=20)
    answer(campus, mark_1=ON_LESION, sure_1=100)
    done = mark(campus)
    assert scores(done)["mark-1"] == 0
    assert scores(done)["sure-1"] == pytest.approx(0.36)


def test_without_a_word_of_the_campus_form_a_is_taken_and_told(campus) -> None:
    answer(campus, form="B", mark_1=ON_LESION)
    done = mark(campus)
    assert done.flags == ("form-unknown",)
    assert scores(done)["mark-1"] == 2
    assert mark(campus, form="B").form == "B"
    assert scores(mark(campus, form="B"))["mark-1"] == 0


def test_marking_again_changes_nothing(campus) -> None:
    answer(campus, **RIGHT)
    first = mark(campus)
    paper = campus.autograded(COURSE, "ada", LESSON) / f"{LESSON}.ipynb"
    text, when = paper.read_bytes(), paper.stat().st_mtime_ns
    assert mark(campus) == first
    assert (paper.read_bytes(), paper.stat().st_mtime_ns) == (text, when)
    assert mark(campus, force=True) == first
    with sqlite3.connect(campus.gradebook(COURSE)) as database:
        assert database.execute("SELECT count(*) FROM senolab_marking").fetchone() == (1,)


def test_a_teachers_mark_stays_and_another_answer_puts_it_up_for_review(campus) -> None:
    answer(campus, **RIGHT)
    assert mark(campus).needs_manual
    place = campus.grader(COURSE)
    hand.set_marks(place, LESSON, "ada", {(LESSON, "tell"): (2.5, "Density is missing.")}, grader="dr-lee")
    assert not mark(campus).needs_manual
    assert not mark(campus, force=True).needs_manual
    told = {item.question: item for item in feedback.read(place, LESSON, "ada").items}["tell"]
    assert (told.score, told.comment, told.grader, told.by_hand) == (
        2.5,
        "Density is missing.",
        "dr-lee",
        True,
    )
    assert not told.review
    answer(campus, cut=4)
    assert not mark(campus).needs_manual
    answer(campus, tell="Margin and density.")
    assert mark(campus).needs_manual
    assert mark(campus, force=True).needs_manual
    told = {item.question: item for item in feedback.read(place, LESSON, "ada").items}["tell"]
    assert (told.score, told.comment, told.review) == (2.5, "Density is missing.", True)
    assert told.words == (
        "A teacher gave your earlier answer 2.5 of 3 points. They count until this one is read."
    )
    hand.set_marks(place, LESSON, "ada", {(LESSON, "tell"): (3, "Whole.")}, grader="dr-lee")
    told = {item.question: item for item in feedback.read(place, LESSON, "ada").items}["tell"]
    assert (told.score, told.comment, told.review) == (3, "Whole.", False)
    assert told.words == "A teacher marked this answer."


@pytest.mark.parametrize("score", [-0.5, 3.5, float("nan"), float("inf")])
def test_a_mark_out_of_range_is_refused(campus, score) -> None:
    answer(campus, tell="Words.")
    mark(campus)
    with pytest.raises(GradingError, match="0 to 3 points"):
        hand.set_marks(campus.grader(COURSE), LESSON, "ada", {(LESSON, "tell"): (score, "")}, grader="dr-lee")


def test_a_mark_can_be_taken_back(campus) -> None:
    answer(campus, **RIGHT)
    mark(campus)
    place = campus.grader(COURSE)
    hand.set_marks(place, LESSON, "ada", {(LESSON, "pick"): (0.5, "Not here.")}, grader="dr-lee")
    assert {item.question: item.score for item in feedback.read(place, LESSON, "ada").items}["pick"] == 0.5
    hand.set_marks(place, LESSON, "ada", {(LESSON, "pick"): (None, "")}, grader="dr-lee")
    told = {item.question: item for item in feedback.read(place, LESSON, "ada").items}["pick"]
    assert (told.score, told.comment, told.by_hand) == (2, "", False)


@pytest.mark.parametrize(
    ("learner", "question", "sentence"),
    [("nobody", "tell", "no marked submission"), ("ada", "riddle", "no marked question")],
)
def test_a_mark_for_what_is_not_there_is_refused(campus, learner, question, sentence) -> None:
    answer(campus, tell="Words.")
    mark(campus)
    with pytest.raises(GradingError, match=sentence):
        hand.set_marks(campus.grader(COURSE), LESSON, learner, {(LESSON, question): (1, "")}, grader="dr-lee")


def test_feedback_tells_points_and_hints(campus) -> None:
    answer(campus, **{**RIGHT, "pick": "oval"})
    commit(campus, mark_1=ON_LESION, sure_1=90)
    mark(campus)
    told = feedback.read(campus.grader(COURSE), LESSON, "ada")
    items = {item.question: item for item in told.items}
    assert told.title == "A first case"
    assert told.pending
    assert items["pick"].ask == "Which sign weighs most?"
    assert items["pick"].words == (
        "Partly right: 0.25 of the points. Look at the margin. Spicules speak for invasion."
    )
    assert items["mark-1"].answer == "RCC 42.0 mm, 60.0 mm"
    assert items["sure-1"].case == "case-1"
    assert items["tell"].score is None


def test_there_is_no_feedback_before_the_marking(campus) -> None:
    answer(campus, **RIGHT)
    with pytest.raises(GradingError, match="has not been marked yet"):
        feedback.read(campus.grader(COURSE), LESSON, "ada")


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[press](javascript:alert(1)) and ![see](https://elsewhere.example/x.png)",
        "[press](&#106;avascript:alert(1))",
        "$\\href{javascript:alert(1)}{x}$",
        "# not a heading\n    not code `either`",
    ],
)
def test_a_written_answer_stands_in_the_paper_as_words_only(campus, text) -> None:
    from nbconvert import HTMLExporter

    answer(campus, tell=text)
    mark(campus)
    paper = campus.autograded(COURSE, "ada", LESSON) / f"{LESSON}.ipynb"
    page = HTMLExporter(template_name="basic").from_filename(str(paper))[0]
    body = page[page.index("A first case") :]
    assert "<script>alert" not in body
    assert 'href="javascript' not in body.lower()
    assert 'elsewhere.example/x.png"' not in body
    assert "\\href" not in body
    assert '<h1 id="not' not in body


def test_anything_in_a_record_is_marked_without_stumbling(campus) -> None:
    strange = [{"view": "RCC", "x_mm": 1e300, "y_mm": "left"}] * 300
    answer(campus, mark_1=strange, sure_1="very", pick={"a": 1}, cut=[1], tell=["no", "text"])
    with (folder(campus) / "record.jsonl").open("ab") as file:
        file.write(b"\x00\xff not json\n<<<<<<< HEAD\n")
    done = mark(campus)
    assert done.auto_score == 0
    assert "damaged" in done.flags
    assert any(words.startswith("record.jsonl: Line 6") for words in done.words)


def test_more_marks_than_allowed_do_not_count(campus) -> None:
    spray = [{"view": "RCC", "x_mm": 40 + i, "y_mm": 60} for i in range(3)] + [
        {"view": "RCC", "x_mm": 0, "y_mm": 0}
    ]
    answer(campus, mark_1=spray)
    assert scores(mark(campus))["mark-1"] == 2


def test_damaged_stamps_leave_everything_as_it_was(campus) -> None:
    answer(campus, **RIGHT)
    before = mark(campus)
    (folder(campus) / "stamps.jsonl").write_text("{half a li", "utf-8")
    done = mark(campus)
    assert done.flags == ("failed",)
    assert "stamps.jsonl is damaged" in done.words[0]
    row = table.rows(campus.grader(COURSE)).rows["ada"][LESSON]
    assert row.score == before.auto_score


def test_who_has_not_handed_in_is_told_so(campus) -> None:
    done = mark(campus, "nobody")
    assert (done.flags, done.words) == (("missing",), ("nobody has not handed in '01-first'.",))


@pytest.mark.parametrize("learner", ["../../secrets", "a/b", ".hidden", ""])
def test_a_name_never_leads_out_of_its_folder(campus, learner) -> None:
    assert mark(campus, learner).flags == ("failed",)


def test_a_lesson_that_nobody_released_is_refused_with_the_step_that_mends_it(campus) -> None:
    with pytest.raises(GradingError, match="Release the lesson again: senolab course release"):
        grade(campus.grader(COURSE), "02-unknown", "ada")


def test_the_table_holds_everybody_and_its_csv_calculates_nothing(campus) -> None:
    answer(campus, **RIGHT)
    answer(campus, "_ben", pick="oval")
    mark(campus)
    mark(campus, "_ben")
    marks = table.rows(campus.grader(COURSE), learners=["=cmd|' /C calc'!A0"])
    assert marks.lessons == {LESSON: 10}
    assert list(marks.rows) == ["=cmd|' /C calc'!A0", "_ben", "ada"]
    assert marks.rows["_ben"][LESSON].score == 0.5
    assert marks.rows["ada"][LESSON].handed_in == "2026-11-20T10:00:00Z"
    lines = table.csv(marks).split("\r\n")
    assert lines[0] == "learner,lesson,score,max_score,needs_manual,handed_in,late,marked_at,flags"
    assert lines[1].startswith("_ben,01-first,0.5,10,no,2026-11-20T10:00:00Z,no,2026-")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_no_spreadsheet_takes_a_text_for_a_formula(text) -> None:
    assert table.safe(text) == f"'{text}"


def test_a_submission_after_the_due_date_is_late(campus) -> None:
    answer(campus, **RIGHT)
    with sqlite3.connect(campus.gradebook(COURSE)) as database:
        database.execute("UPDATE assignment SET duedate = '2026-11-19 00:00:00.000000'")
    assert "late" in mark(campus).flags
    assert mark(campus) == mark(campus, force=True)
    assert feedback.read(campus.grader(COURSE), LESSON, "ada").late
