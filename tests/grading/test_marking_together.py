"""Teachers and the marking room at work on one gradebook at the same moment."""

import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from senolab import record
from senolab.grading import grade, hand, table
from senolab.lessons.shelf import Shelf

COURSE, LESSON, LEARNER = "reading-with-ai", "01-first", "ada"
# Waits at the door until its line is closed, so that all begin at once; then works and tells what came of it.
TEACHER = """
import json, sys
from pathlib import Path
from senolab.grading import hand
folder, words = Path(sys.argv[1]), json.loads(sys.argv[2])
print("ready", flush=True)
sys.stdin.read()
told = []
for score, comment in words["marks"]:
    try:
        given = {(words["lesson"], words["question"]): (score, comment)}
        hand.set_marks(folder, words["lesson"], words["learner"], given,
                       grader=words["grader"], shown=words["shown"])
        told.append("kept")
    except hand.MovedError:
        told.append("moved")
print(json.dumps(told))
"""
MARKING = """
import sys
from pathlib import Path
from senolab.grading import grade
print("ready", flush=True)
sys.stdin.read()
print([grade(Path(sys.argv[1]), sys.argv[2], sys.argv[3], force=True).auto_score for _ in range(15)])
"""


@pytest.fixture
def place(campus: Shelf) -> Path:
    """A course in which ada has handed in, and was marked."""
    hand_in(campus, "Age and density.")
    assert grade(campus.grader(COURSE), LESSON, LEARNER).needs_manual
    return campus.grader(COURSE)


def hand_in(campus: Shelf, words: str) -> None:
    folder = campus.submitted(COURSE, LEARNER, LESSON)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(campus.generated(COURSE, LESSON) / f"{LESSON}.ipynb", folder)
    for question, value in (("pick", "oval"), ("tell", words)):
        record.append(
            folder / "record.jsonl", kind="answer", lesson=LESSON, version=1, question=question, value=value
        )


def started(code: str, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *words],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def teacher(place: Path, grader: str, *marks: tuple[float, str], shown: str | None = None, question="tell"):
    words = {
        "lesson": LESSON, "learner": LEARNER, "question": question, "grader": grader, "marks": marks,
        "shown": shown,
    }  # fmt: skip
    return started(TEACHER, str(place), json.dumps(words))


def at_once(*processes: subprocess.Popen[str]) -> list[str]:
    """Let all go on at the same moment; return what each said last."""
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n", process.communicate()
    for process in processes:
        assert process.stdin
        process.stdin.close()
        process.stdin = None
    ends = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes), ends
    return [out.strip() for out, _ in ends]


def tell(place: Path) -> hand.Answer:
    (answer,) = hand.answers(place, LESSON, LEARNER)
    return answer


def kept_by_hand(place: Path) -> list[tuple[str, float, float | None]]:
    with sqlite3.connect(place / "gradebook.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return database.execute("SELECT grader, score, before FROM senolab_hand ORDER BY id").fetchall()


def test_of_two_teachers_who_read_the_same_page_one_is_kept_and_the_other_is_told(place: Path) -> None:
    shown = hand.fingerprint(hand.answers(place, LESSON, LEARNER))
    said = at_once(
        teacher(place, "dr-lee", (1, "Lee's words."), shown=shown),
        teacher(place, "dr-kim", (2, "Kim's words."), shown=shown),
    )
    assert sorted(said) == ['["kept"]', '["moved"]']
    kept = tell(place)
    assert (kept.score, kept.comment) == ((1, "Lee's words.") if "kept" in said[0] else (2, "Kim's words."))
    assert kept_by_hand(place) == [("dr-lee" if "kept" in said[0] else "dr-kim", kept.score, None)]


def test_the_same_marks_twice_are_one(place: Path) -> None:
    shown = hand.fingerprint(hand.answers(place, LESSON, LEARNER))
    said = at_once(*(teacher(place, "dr-lee", (1, "Words."), shown=shown) for _ in range(2)))
    assert said == ['["kept"]', '["kept"]']
    assert kept_by_hand(place) == [("dr-lee", 1, None)]


def test_marks_by_hand_and_marking_at_the_same_moment_lose_nothing(place: Path) -> None:
    marks = [(number / 10, f"Words {number}.") for number in range(15)]
    said = at_once(
        teacher(place, "dr-lee", *marks),
        teacher(place, "dr-kim", *((2 - number / 10, "Fine.") for number in range(15)), question="pick"),
        *(started(MARKING, str(place), LESSON, LEARNER) for _ in range(2)),
    )
    assert said[:2] == [json.dumps(["kept"] * 15)] * 2
    assert said[2:] == [str([0.5] * 15)] * 2
    kept = kept_by_hand(place)
    for grader in ("dr-lee", "dr-kim"):  # each mark saw the one before it
        own = [(score, before) for by, score, before in kept if by == grader]
        assert [before for _, before in own] == [None, *(score for score, _ in own[:-1])]
    row = table.rows(place).rows[LEARNER][LESSON]
    assert (row.score, row.needs_manual) == (1.4 + 0.6, False)
    assert tell(place).comment == "Words 14."


def test_a_mark_for_an_answer_that_was_replaced_meanwhile_is_not_kept(place: Path, campus: Shelf) -> None:
    shown = hand.fingerprint(hand.answers(place, LESSON, LEARNER))
    hand_in(campus, "Something else.")
    assert grade(place, LESSON, LEARNER).needs_manual
    with pytest.raises(hand.MovedError):
        hand.set_marks(place, LESSON, LEARNER, {(LESSON, "tell"): (3, "")}, grader="dr-lee", shown=shown)
    assert tell(place) == hand.Answer(LESSON, "tell", "Something else.", None, 3.0, "")
    assert table.rows(place).rows[LEARNER][LESSON].needs_manual


def test_of_several_marks_all_are_kept_or_none(place: Path) -> None:
    with pytest.raises(hand.GradingError, match="0 to 2 points"):
        hand.set_marks(
            place,
            LESSON,
            LEARNER,
            {(LESSON, "tell"): (3, "Good."), (LESSON, "pick"): (9, "")},
            grader="dr-lee",
        )
    assert tell(place).score is None
    assert table.rows(place).rows[LEARNER][LESSON].needs_manual
