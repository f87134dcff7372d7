"""A release that is killed, or refused, leaves the campus as it was, or as it was to be: never in between."""

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from senolab.cli.main import main
from senolab.grading import edition, grade, hand, table
from senolab.lessons.shelf import Shelf
from senolab.portal.campus import Campus
from senolab.portal.recovery import recover
from senolab.portal.settings import Settings
from senolab.sandbox import available

COURSE, LESSON = "coding", "01-code"
LOCKS = {".release.lock", ".moving.lock"}
TEXT = """---
title: Code
minutes: 5
outcomes: [Run.]
licence: CC-BY-4.0
review: {{status: draft}}
---

```python solution="double"
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION
```

```python tests="double" points={points}
assert double({points}) == 2 * {points}
```

<!-- #region answer="why" points=3 -->
Why?
<!-- #endregion -->
"""
# A release that is killed at a place of its own choosing; the words of the place stand in for it.
RELEASE = """
import os, signal, sys
from pathlib import Path
from senolab.cli.main import main
from senolab.grading import edition
from senolab.lessons import shelf

def kill(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def after(work):
    return lambda *words: (work(*words), kill())

{place}
main(["course", "release", "coding", "--state", sys.argv[1]])
"""
BEFORE = {
    "with the old copies away": "edition._take_over = kill",
    "with one of two copies away": (
        "rename = Path.rename\n"
        "Path.rename = lambda path, to: kill() if 'release' in path.parts[-2:] else rename(path, to)"
    ),
    "within publishing": "Path.symlink_to = kill",
}
AFTER = {
    "with the version in force and the gradebook behind": "shelf.Shelf.publish = after(shelf.Shelf.publish)",
    "with all done but the tidying": "edition._take_over = after(edition._take_over)",
}


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A campus with a lesson in force, handed in by ada and marked by the machine and by a teacher."""
    if not available().ok:
        pytest.skip(f"No sandbox on this machine: {available().why}")
    shelf = Shelf(tmp_path_factory.mktemp("killed") / "state")
    write(shelf, points=2)
    assert main(["course", "release", COURSE, "--state", str(shelf.state)]) == 0
    folder = shelf.submitted(COURSE, "ada", LESSON)
    folder.mkdir(parents=True)
    shutil.copy(shelf.generated(COURSE, LESSON) / f"{LESSON}.ipynb", folder)
    notebook = json.loads((folder / f"{LESSON}.ipynb").read_text())
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "double":
            cell["source"] = "def double(x):\n    return x + x"
    (folder / f"{LESSON}.ipynb").write_text(json.dumps(notebook))
    assert grade(shelf.grader(COURSE), LESSON, "ada").auto_score == 2
    hand.set_marks(shelf.grader(COURSE), LESSON, "ada", {(LESSON, "why"): (1, "Short.")}, grader="ines")
    return shelf.state


@pytest.fixture
def shelf(released: Path, tmp_path: Path) -> Shelf:
    """A copy of it, whose teacher has given the test another number and another worth since."""
    copy = Shelf(Path(shutil.copytree(released, tmp_path / "state", symlinks=True)))
    write(copy, points=5)
    return copy


def write(shelf: Shelf, *, points: int) -> None:
    folder = shelf.course(COURSE)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "course.yaml").write_text("title: Coding\nsummary: Of code.\n")
    (folder / f"{LESSON}.md").write_text(TEXT.format(points=points))


def killed(shelf: Shelf, place: str) -> None:
    code = RELEASE.format(place=place)
    done = subprocess.run([sys.executable, "-c", code, str(shelf.state)], capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr


def in_force(shelf: Shelf) -> set[float]:
    """What the test is worth, by everything that tells it: one number where all agree."""
    with sqlite3.connect(shelf.gradebook(COURSE)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (worth,) = database.execute(
            "SELECT max_score FROM grade_cells JOIN base_cell USING (id) WHERE name = 'test-double'"
        ).fetchone()
        (test,) = database.execute("SELECT source FROM source_cell WHERE name = 'test-double'").fetchone()
    asked = {worth, float(test.rpartition("* ")[2]), shelf.release_json(COURSE, LESSON)["max_points"] - 3}
    for folder in (
        shelf.source(COURSE, LESSON),
        shelf.generated(COURSE, LESSON),
        shelf.release(COURSE, LESSON),
    ):
        text = (folder / f"{LESSON}.ipynb").read_text()
        asked |= {float(points) for points in (2, 5) if f"assert double({points})" in text}
    return asked


def left(shelf: Shelf) -> set[str]:
    return {path.name for path in shelf.grader(COURSE).glob(".*")}


def ada(shelf: Shelf) -> tuple[float, float, bool]:
    row = table.rows(shelf.grader(COURSE)).rows["ada"][LESSON]
    return row.score, row.max_score, row.needs_manual


def start_of_the_campus(shelf: Shelf) -> None:
    campus = Campus(Settings(state=shelf.state))
    try:
        recover(campus)
    finally:
        campus.close()


@pytest.mark.parametrize("place", BEFORE)
def test_a_release_killed_before_its_version_is_in_force_never_was(shelf: Shelf, place: str) -> None:
    killed(shelf, BEFORE[place])
    start_of_the_campus(shelf)
    assert in_force(shelf) == {2.0}
    assert shelf.current(COURSE, LESSON) == 1
    assert ada(shelf) == (3, 5, False)
    assert grade(shelf.grader(COURSE), LESSON, "ada", force=True).auto_score == 2
    assert left(shelf) == LOCKS
    assert not shelf.drafts(COURSE, LESSON).exists()


@pytest.mark.parametrize("place", AFTER)
def test_a_release_killed_after_its_version_is_in_force_is_finished(shelf: Shelf, place: str) -> None:
    killed(shelf, AFTER[place])
    start_of_the_campus(shelf)
    assert in_force(shelf) == {5.0}
    assert shelf.current(COURSE, LESSON) == 2
    assert grade(shelf.grader(COURSE), LESSON, "ada").auto_score == 5
    assert ada(shelf) == (6, 8, False)  # and the teacher's mark stands
    assert left(shelf) == LOCKS


def test_the_next_release_takes_up_what_a_killed_one_left(shelf: Shelf) -> None:
    killed(shelf, BEFORE["with the old copies away"])
    assert main(["course", "release", COURSE, "--state", str(shelf.state)]) == 0
    assert (in_force(shelf), shelf.current(COURSE, LESSON)) == ({5.0}, 2)
    assert grade(shelf.grader(COURSE), LESSON, "ada").auto_score == 5


def test_nothing_is_put_right_under_a_release_that_runs(shelf: Shelf) -> None:
    killed(shelf, BEFORE["with the old copies away"])
    with edition.alone(shelf.grader(COURSE)):
        start_of_the_campus(shelf)
        assert (shelf.grader(COURSE) / f".making-{LESSON}").is_dir()
    start_of_the_campus(shelf)
    assert in_force(shelf) == {2.0}


def test_a_question_added_after_hand_ins_is_refused_with_a_way_out(
    shelf: Shelf, capsys: pytest.CaptureFixture[str]
) -> None:
    text = shelf.course(COURSE) / f"{LESSON}.md"
    more = '\n```python tests="more" points=1\nassert double(0) == 0\n```\n'
    text.write_text(TEXT.format(points=5) + more)
    assert main(["course", "release", COURSE, "--state", str(shelf.state)]) == 1
    told = capsys.readouterr().err
    assert "learners have handed it in" in told and "Put a new question into a lesson of its own." in told
    assert (in_force(shelf), shelf.current(COURSE, LESSON), ada(shelf)) == ({2.0}, 1, (3, 5, False))
    assert left(shelf) == LOCKS
