"""What marking needs to know of a lesson: master copies, keys, release; read once for a class."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from senolab.grading import book, edition, master
from senolab.grading.keyed import Version
from senolab.grading.marked import GradingError
from senolab.grading.master import Master
from senolab.lessons.names import lesson_name
from senolab.lessons.shelf import Shelf, ShelfError, read_json
from senolab.words import gettext

Keys = Callable[[int], Mapping[str, Any]]  # keys.json of a version of the release


@dataclass(frozen=True)
class Lesson:
    """What marking needs to know of a lesson, read once for a class."""

    course_dir: Path
    name: str
    masters: tuple[Master, ...]
    release: Mapping[str, Any] | None = None
    keys: Keys | None = None
    material: Path | None = None

    @property
    def questions(self) -> set[str]:
        """Ids of the questions that are answered in the record."""
        return {question["id"] for question in (self.release or {}).get("questions", ())}

    @property
    def points(self) -> float:
        """All the points there are."""
        return sum(cell.points for one in self.masters for cell in one.graded())

    @property
    def version(self) -> int:
        """The version of the release."""
        return int((self.release or {}).get("version", 0))

    def at(self, number: int) -> Version:
        """Return one version, from disk where it is not the one in force; its release is empty if lost."""
        release: Mapping[str, Any] = self.release or {}
        campus = _shelf(self.course_dir)
        if number != self.version and campus is not None and self.material is not None:
            try:
                release = campus[0].release_json(campus[1], self.name, number)
            except ShelfError:
                release = {}
        return Version(release, self.keys(number) if self.keys else {})


def prepare(
    course_dir: Path,
    lesson: str,
    *,
    keys: Path | Mapping[str, Any] | Keys | None = None,
    release: Path | Mapping[str, Any] | None = None,
) -> Lesson:
    """Read what a lesson is marked by; one never released is built from source/ first.

    A campus's own lessons are released by the campus only.
    """
    course_dir, lesson = Path(course_dir).absolute(), lesson_name(lesson)
    if not course_dir.is_dir():
        raise GradingError(gettext("There is no course folder %(course_dir)s.", course_dir=course_dir))
    if _shelf(course_dir) is None:
        return _prepare(course_dir, lesson, keys, release)
    with edition.steady(course_dir):
        return _prepare(course_dir, lesson, keys, release)


def _prepare(
    course_dir: Path,
    lesson: str,
    keys: Path | Mapping[str, Any] | Keys | None,
    release: Path | Mapping[str, Any] | None,
) -> Lesson:
    told = _notebooks(course_dir, lesson)
    if told is None:
        if _shelf(course_dir) is not None:  # what made it a lesson of the campus is lost, or never was
            raise GradingError(
                gettext(
                    "The gradebook of %(name)s does not know the lesson %(lesson)r. Release the lesson "
                    "again: senolab course release %(name)s %(lesson)s",
                    name=course_dir.name,
                    lesson=lesson,
                )
            )
        master.generate(course_dir, lesson)
        told = _notebooks(course_dir, lesson)
    if not told:
        raise GradingError(
            gettext(
                "The lesson %(lesson)r has no notebook in the gradebook. Release it again.", lesson=lesson
            )
        )
    masters = tuple(master.read(course_dir, lesson, told))
    folder, content = _release(course_dir, lesson, release)
    found = _keys(course_dir, lesson, keys) if content else None
    if content and found is None:
        raise GradingError(
            gettext(
                "The keys of %(lesson)r were not found. Release the lesson again, or name keys.json.",
                lesson=lesson,
            )
        )
    return Lesson(course_dir, lesson, masters, content, found, folder)


def _notebooks(course_dir: Path, lesson: str) -> dict[str, dict[str, dict[str, Any]]] | None:
    if not (course_dir / "gradebook.db").is_file():
        return None
    with book.gradebook(course_dir) as session:
        assignment = book.find_lesson(session, lesson)
        return None if assignment is None or not assignment.notebooks else book.notebooks(assignment)


def _shelf(course_dir: Path) -> tuple[Shelf, str] | None:
    """Give the campus a course folder belongs to, if it belongs to one."""
    return (Shelf(course_dir.parents[1]), course_dir.name) if course_dir.parent.name == "grader" else None


def _release(
    course_dir: Path, lesson: str, release: Path | Mapping[str, Any] | None
) -> tuple[Path | None, Mapping[str, Any] | None]:
    if isinstance(release, Mapping):
        return None, release
    campus = _shelf(course_dir)
    if release is None and campus is not None and campus[0].current(campus[1], lesson) is not None:
        release = campus[0].release(campus[1], lesson)
    folder = release or course_dir / "release" / lesson
    path = folder if folder.is_file() else folder / "release.json"
    if not path.is_file():
        return None, None
    try:
        return (folder if folder.is_dir() and release is not None else None), read_json(path)
    except ShelfError as problem:
        raise GradingError(str(problem)) from problem


def _keys(course_dir: Path, lesson: str, keys: Path | Mapping[str, Any] | Keys | None) -> Keys | None:
    if isinstance(keys, Mapping):
        content = keys
        return lambda _: content
    if isinstance(keys, Path):
        return _keys(course_dir, lesson, _readable(keys))
    if keys is not None:
        return keys
    campus = _shelf(course_dir)
    if campus is None:
        return None
    shelf, course = campus
    return lambda version: _readable(shelf.keys(course, lesson, version) / "keys.json")


def _readable(path: Path) -> Mapping[str, Any]:
    try:
        return read_json(path)
    except ShelfError as problem:
        raise GradingError(str(problem)) from problem
