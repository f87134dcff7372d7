"""What a start releases by itself, and what it leaves to the teacher; without a hub."""

from pathlib import Path

import pytest
from senolab.cli import preparing, up
from senolab.cli.children import Child
from senolab.lessons.shelf import Shelf
from senolab.operation.settings import Settings

COURSE = "shipped"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout" / "courses" / COURSE
    (folder / "pictures").mkdir(parents=True)
    (folder / "course.yaml").write_text("title: A course\n")
    (folder / "pictures" / "one.png").write_text("pixels")
    for lesson in ("01-first", "02-second"):
        (folder / f"{lesson}.md").write_text(f"# {lesson}\n")
    return tmp_path / "checkout"


@pytest.fixture
def shelf(tmp_path: Path, checkout: Path) -> Shelf:
    """State of a campus that was prepared and has released nothing yet."""
    shelf = Shelf(tmp_path / "state")
    for name in ("run", "logs", "courses", "releases"):
        (shelf.state / name).mkdir(parents=True)
    preparing.course_texts(shelf, checkout)
    return shelf


def publish(shelf: Shelf, course: str, lesson: str) -> None:
    with shelf.draft(course, lesson) as draft:
        (draft / "release.json").write_text('{"schema": 1}')
        shelf.publish(course, lesson, draft, {"schema": 1})


class Crew:
    """In the place of the supervisor: what is added ends at once, as a release that was done."""

    stopping = False

    def __init__(self, *_: object, ended, **__: object) -> None:
        self.added: list[Child] = []
        self._ended = ended

    def add(self, child: Child) -> None:
        self.added.append(child)

    def end(self, status: int = 0) -> None:
        self._ended(self.added[-1].name, status)


@pytest.fixture
def opened(shelf: Shelf, checkout: Path, monkeypatch: pytest.MonkeyPatch):
    """Call it to open the campus: it gives what that start runs beside what serves."""
    monkeypatch.setattr(up, "Supervisor", Crew)
    monkeypatch.setattr(up, "answers", lambda port: True)
    monkeypatch.setattr(up.Campus, "_answers", lambda self: True)

    def begin(**chosen: object) -> Crew:
        settings = Settings(shelf.state, checkout, courses=preparing.courses(shelf), scale="ci", **chosen)
        campus = up.Campus(settings, shelf, [], "token", {})
        campus._tick()
        return campus._supervisor

    return begin


def told(child: Child) -> list[str]:
    words = list(child.argv)
    return words[words.index("release") + 1 :]


def all_of(crew: Crew) -> list[list[str]]:
    """What a start releases, one after the other."""
    seen = 0
    while len(crew.added) > seen:
        seen += 1
        crew.end()
    return [told(child) for child in crew.added]


def test_a_first_start_releases_what_is_shipped_lesson_by_lesson_in_the_size_that_was_drawn(
    opened, capsys: pytest.CaptureFixture[str]
) -> None:
    assert all_of(opened()) == [[COURSE, "01-first"], [COURSE, "02-second"]]  # no word of a size
    assert "the shipped lessons are released" in capsys.readouterr().err


def test_a_start_leaves_drafts_and_half_edited_lessons_to_the_teacher(opened, shelf: Shelf) -> None:
    for lesson in ("01-first", "02-second"):
        publish(shelf, COURSE, lesson)
    (shelf.course(COURSE) / "01-first.md").write_text("# Half edited\n")
    (shelf.course(COURSE) / "03-draft.md").write_text("# Hers\n")
    assert all_of(opened()) == []


@pytest.mark.parametrize("changed", ["02-second.md", "pictures/one.png"])
def test_a_shipped_lesson_that_somebody_changed_is_hers(opened, shelf: Shelf, changed: str) -> None:
    publish(shelf, COURSE, "01-first")
    assert all_of(opened()) == [[COURSE, "02-second"]]
    (shelf.course(COURSE) / changed).write_text("hers")
    assert all_of(opened()) == []


def test_a_teachers_own_course_is_hers(opened, shelf: Shelf) -> None:
    for lesson in ("01-first", "02-second"):
        publish(shelf, COURSE, lesson)
    own = shelf.courses / "own"
    own.mkdir()
    (own / "course.yaml").write_text("title: Own\n")
    (own / "01-mine.md").write_text("# Mine\n")
    assert all_of(opened()) == []


def test_plain_notebooks_wait_for_their_teacher(opened, shelf: Shelf, checkout: Path) -> None:
    path = checkout / "courses" / "plain" / "source" / "ps1" / "problem.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text("{}")
    preparing.course_texts(shelf, checkout)
    assert "plain" in preparing.courses(shelf)
    assert all_of(opened()) == [[COURSE, "01-first"], [COURSE, "02-second"]]


def test_what_is_changed_or_released_while_another_lesson_is_made_is_left_alone(opened, shelf: Shelf) -> None:
    crew = opened()
    (shelf.course(COURSE) / "02-second.md").write_text("# Hers by now\n")
    assert all_of(crew) == [[COURSE, "01-first"]]


def test_a_release_that_fails_is_told_and_the_next_one_tried(
    opened, capsys: pytest.CaptureFixture[str]
) -> None:
    crew = opened()
    crew.end(1)
    assert len(crew.added) == 2
    crew.end()
    said = capsys.readouterr().err
    assert "release-shipped-01-first.log" in said
    assert "are released" not in said


def test_the_operator_may_have_nothing_released(opened) -> None:
    assert opened(release_first=False).added == []
