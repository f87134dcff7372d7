"""A lesson that was never released is built in a sandbox, and a campus's own not at all."""

import shutil
from pathlib import Path

import pytest
from senolab import sandbox
from senolab.grading import grade, grade_all
from senolab.grading.marked import GradingError

CORPUS = Path(__file__).parent / "corpus"
SPY = """
import os, pathlib
c = get_config()
seen = pathlib.Path(__file__).parent / "seen.txt"
seen.write_text(os.environ.get("SECRET_OF_THE_CAMPUS", "") + str(os.path.exists({outside!r})))
try:
    pathlib.Path({outside!r}).write_text("written")
except OSError:
    pass
"""


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a course's settings must not reach."""
    monkeypatch.setenv("SECRET_OF_THE_CAMPUS", "a-token")
    path = tmp_path / "release.key"
    path.write_text("the campus's own")
    return path


def planted(course_dir: Path, outside: Path) -> Path:
    """Make the corpus's course, with settings that look around, and what one learner handed in."""
    shutil.copytree(CORPUS / "course", course_dir)
    shutil.copytree(CORPUS / "submissions" / "correct", course_dir / "submitted" / "ada" / "p1")
    (course_dir / "nbgrader_config.py").write_text(SPY.format(outside=str(outside)))
    return course_dir


def test_settings_of_a_course_see_neither_the_environment_nor_other_files(walls, tmp_path, outside) -> None:
    course_dir = planted(tmp_path / "course", outside)
    (marked,) = grade_all(course_dir, "p1")
    assert marked.auto_score == 9
    assert (course_dir / "release" / "p1" / "p1.ipynb").is_file()
    assert (course_dir / "seen.txt").read_text() == "False"
    assert outside.read_text() == "the campus's own"


def test_a_campuss_lesson_is_never_built_by_marking(tmp_path, outside) -> None:
    (tmp_path / "state" / "grader").mkdir(parents=True)
    course_dir = planted(tmp_path / "state" / "grader" / "course", outside)
    with pytest.raises(GradingError, match="Release the lesson again: senolab course release course p1"):
        grade(course_dir, "p1", "ada")
    assert not (course_dir / "seen.txt").exists() and not (course_dir / "release").exists()


def test_without_a_sandbox_nothing_is_built(tmp_path, outside, monkeypatch) -> None:
    course_dir = planted(tmp_path / "course", outside)
    monkeypatch.setattr(sandbox, "available", lambda: sandbox.Availability(False, "No walls.", "Mend them."))
    with pytest.raises(GradingError, match=r"cannot be built from source/. No walls. Mend them."):
        grade(course_dir, "p1", "ada")
    assert not (course_dir / "seen.txt").exists()


def test_a_linked_learners_version_is_not_read(course_dir: Path, tmp_path: Path) -> None:
    place = course_dir / "release" / "p1" / "p1.ipynb"
    shutil.move(place, tmp_path / "elsewhere.ipynb")
    place.symlink_to(tmp_path / "elsewhere.ipynb")
    with pytest.raises(GradingError, match="This is a link"):
        grade(course_dir, "p1", "ada")
