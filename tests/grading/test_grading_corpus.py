"""Accidents and attacks: each submission gets the points it deserves, and no other loses any."""

import json
import sqlite3
import subprocess
from pathlib import Path

import pytest

SUBMISSIONS = Path(__file__).parent / "corpus" / "submissions"
NAMES = sorted(path.name for path in SUBMISSIONS.iterdir())
HIDDEN = ("mean([10, 20])", "4711")


def papers(course_dir, learner) -> str:
    return (course_dir / "autograded" / learner / "p1" / "p1.ipynb").read_text("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_a_submission_gets_the_points_it_deserves(graded, name) -> None:
    _, marked = graded
    expected = json.loads((SUBMISSIONS / name / "expected.json").read_text("utf-8"))
    done = marked[name]
    scores = {item.question: item.score for item in done.items if item.question != "why"}
    assert scores == expected["scores"], done
    assert list(done.flags) == expected["flags"], done
    assert done.max_score == 10
    assert done.auto_score == sum(expected["scores"].values())
    missing = set(expected["words"]) - set(done.words)
    assert not missing, done.words
    assert all(sentence.endswith((".", "?")) for sentence in done.words), done.words


def test_every_submission_is_in_the_gradebook(graded) -> None:
    course_dir, marked = graded
    with sqlite3.connect(course_dir / "gradebook.db") as database:
        rows = database.execute(
            "SELECT s.student_id, sum(g.auto_score) FROM submitted_assignment s"
            " JOIN submitted_notebook n ON n.assignment_id = s.id JOIN grade g ON g.notebook_id = n.id"
            " GROUP BY s.student_id"
        )
        kept = {learner: score or 0 for learner, score in rows}
    assert kept == {name: one.auto_score for name, one in marked.items()}


def test_a_link_to_another_submission_is_not_followed(graded) -> None:
    _, marked = graded
    assert marked["links-to-another"].auto_score == 0


@pytest.mark.parametrize(
    "name", ["correct", "shows-the-tests", "raises-the-tests", "names-the-tests", "partly-right", "warns"]
)
def test_hidden_tests_are_shown_nowhere(graded, name) -> None:
    course_dir, marked = graded
    told = papers(course_dir, name) + json.dumps([item.words for item in marked[name].items])
    assert not [line for line in HIDDEN if line in told]


def test_an_errors_name_of_the_learners_own_making_is_not_told(graded) -> None:
    _, marked = graded
    told = {item.question: item.words for item in marked["names-the-tests"].items}
    assert told["mean-test"] == "Not right: the code stopped with an error."
    told = {item.question: item.words for item in marked["raises-the-tests"].items}
    assert told["mean-test"] == "Not right: the code stopped with ValueError."


def test_what_a_learner_displays_cannot_run_in_the_marked_notebook(graded) -> None:
    course_dir, _ = graded
    notebook = json.loads(papers(course_dir, "shows-a-script"))
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    kinds = {kind for output in outputs for kind in output.get("data", {})}
    assert kinds <= {"text/plain", "image/png", "image/jpeg"}
    assert "a plain word" in json.dumps(outputs)
    assert "svg" not in json.dumps(outputs).replace("IPython.core.display.SVG", "")


def test_a_flood_of_output_is_cut(graded) -> None:
    course_dir, _ = graded
    assert len(papers(course_dir, "floods")) < 500_000
    assert "the rest of the output was cut" in papers(course_dir, "floods")


def test_no_process_outlives_its_marking(graded) -> None:
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert "time.sleep(61.7)" not in running


def test_a_teacher_still_sees_the_order_and_the_answers(graded) -> None:
    course_dir, _ = graded
    notebook = json.loads(papers(course_dir, "reordered"))
    ids = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in notebook["cells"]]
    assert [one for one in ids if one] == ["mean", "mean-test", "mean-plain", "ratio", "ratio-test", "why"]
