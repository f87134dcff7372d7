"""A class that handed in everything that may go wrong, marked once."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from senolab import sandbox
from senolab.grading import grade_all, master
from senolab.grading.run import Allowance
from senolab.lessons.shelf import Shelf

CORPUS = Path(__file__).parent / "corpus"
SUBMISSIONS = CORPUS / "submissions"
ALLOWANCE = Allowance(part_seconds=8, wall_seconds=120, memory=1024**3)


def hand_in(course_dir: Path, learner: str, *, lesson: str = "p1") -> Path:
    """Put a corpus submission where learners hand in."""
    folder = course_dir / "submitted" / learner / lesson
    shutil.copytree(SUBMISSIONS / learner, folder, ignore=shutil.ignore_patterns("expected.json", "mean.py"))
    answer = SUBMISSIONS / learner / "mean.py"
    if answer.exists():
        notebook = json.loads((SUBMISSIONS / "correct" / "p1.ipynb").read_text("utf-8"))
        next(cell for cell in notebook["cells"] if cell["id"] == "mean")["source"] = answer.read_text("utf-8")
        (folder / "p1.ipynb").write_text(json.dumps(notebook), "utf-8")
    return folder


def new_course(folder: Path) -> Path:
    """Make the corpus's course in a folder of its own."""
    shutil.copytree(CORPUS / "course", folder)
    (folder / "nbgrader_config.py").write_text(
        "from senolab.grading.nbgrader import configure\n\n"
        f"c = get_config()\nc.CourseDirectory.course_id = {folder.name!r}\nconfigure(c)\n",
        "utf-8",
    )
    return folder


@pytest.fixture(scope="session")
def walls() -> None:
    """What runs code needs a sandbox."""
    can = sandbox.available()
    if not can.ok:
        pytest.skip(f"{can.why} {can.mend}")


@pytest.fixture(scope="session")
def released(walls, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The corpus's course, released."""
    course_dir = new_course(tmp_path_factory.mktemp("released") / "course")
    assert list(grade_all(course_dir, "p1")) == []  # builds the release from source/
    return course_dir


@pytest.fixture
def course_dir(released: Path, tmp_path: Path) -> Path:
    """A released course of one's own."""
    return Path(shutil.copytree(released, tmp_path / "course"))


@pytest.fixture(scope="session")
def graded(walls, released: Path, tmp_path_factory: pytest.TempPathFactory):
    """The whole class of the corpus, marked in one go."""
    course_dir = Path(shutil.copytree(released, tmp_path_factory.mktemp("graded") / "course"))
    for path in sorted(SUBMISSIONS.iterdir()):
        hand_in(course_dir, path.name)
    linked = course_dir / "submitted" / "links-to-another" / "p1"
    linked.mkdir(parents=True)
    (linked / "p1.ipynb").symlink_to(course_dir / "submitted" / "correct" / "p1" / "p1.ipynb")
    marked = {one.learner: one for one in grade_all(course_dir, "p1", jobs=2, allowance=ALLOWANCE)}
    return course_dir, marked


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Third-party files to test against."""
    folder = Path(os.environ.get("SENOLAB_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("third-party test files are not there; name their folder in SENOLAB_TEST_DATA")
    return folder


@pytest.fixture(scope="session")
def campus_once(walls, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A campus with one released lesson of questions."""
    state = tmp_path_factory.mktemp("campus")
    shelf = Shelf(state)
    source = shelf.source("reading-with-ai", "01-first")
    source.mkdir(parents=True)
    shutil.copy(CORPUS / "reading" / "01-first.ipynb", source)
    master.generate(shelf.grader("reading-with-ai"), "01-first")
    release_again(shelf)
    return state


def release_again(shelf: Shelf, change: Callable[[dict], None] = lambda keys: None) -> int:
    """Publish a version of the lesson of questions, its keys changed."""
    keys = json.loads((CORPUS / "reading" / "keys.json").read_text("utf-8"))
    change(keys)
    with shelf.draft("reading-with-ai", "01-first") as draft:
        shutil.copy(CORPUS / "reading" / "release.json", draft)
        return shelf.publish("reading-with-ai", "01-first", draft, keys)


@pytest.fixture
def campus(campus_once: Path, tmp_path: Path) -> Shelf:
    """A campus of one's own."""
    return Shelf(Path(shutil.copytree(campus_once, tmp_path / "state", symlinks=True)))
