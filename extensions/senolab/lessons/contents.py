"""What a course contains: its lessons, in their order.

Standard library only: a start looks here, and must not wait for what reads and checks a lesson.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from senolab.words import gettext

from .findings import did_you_mean
from .names import NameRefusedError, course_name
from .ownfiles import LINK, StrayFileError

NO_LESSONS = ("README", "LICENSE", "CONTRIBUTING")


class CourseRefusedError(Exception):
    """There is no such course or lesson; the message is a sentence for a person."""


@dataclass(frozen=True)
class Entry:
    """One lesson of a course: a Markdown file, or a folder of plain nbgrader notebooks."""

    course: str
    id: str
    path: Path
    kind: Literal["text", "notebooks"]

    @property
    def folder(self) -> Path:
        """The folder of the course."""
        return self.path.parents[0 if self.kind == "text" else 1]

    @property
    def inside(self) -> Path:
        """Where the lesson stands in the folder of the course."""
        return self.path.relative_to(self.folder)


def folders(place: Path) -> list[Path]:
    """Return the courses in a folder: ours with a ``course.yaml``, and nbgrader's as they are."""
    found = (path.parent for path in place.glob("*/course.yaml"))
    plain = (path.parents[2] for path in place.glob("*/source/*/*.ipynb"))
    return sorted({path for path in (*found, *plain) if not path.name.startswith(".")})


def entries(course_dir: Path | str) -> list[Entry]:
    """Return the lessons of a course in their order.

    Raises
    ------
    CourseRefusedError
        If the folder is missing, has no lesson, or has a name that no course may have.
    """
    folder = Path(course_dir).absolute()
    if not folder.is_dir():
        raise CourseRefusedError(gettext("There is no course at %(course_dir)s.", course_dir=course_dir))
    try:
        course = course_name(folder.name)
    except NameRefusedError as problem:
        raise CourseRefusedError(str(problem)) from problem
    if (folder / "source").is_symlink():
        raise CourseRefusedError(str(StrayFileError(folder / "source", LINK)))
    texts = [Entry(course, path.stem, path, "text") for path in folder.glob("*.md") if _is_lesson(path)]
    plain = [
        Entry(course, path.name, path, "notebooks")
        for path in folder.glob("source/*/")
        if path.is_symlink() or (path.is_dir() and any(path.glob("*.ipynb")))
    ]
    found = sorted(texts + plain, key=lambda entry: entry.id)
    if not found:
        raise CourseRefusedError(
            gettext(
                "%(course_dir)s holds no lesson: no file 01-name.md, and no folder source/name with "
                "notebooks.",
                course_dir=course_dir,
            )
        )
    return found


def entry(course_dir: Path | str, lesson: str) -> Entry:
    """Return one lesson of a course; see `entries`."""
    found = {one.id: one for one in entries(course_dir)}
    name = lesson.removesuffix(".md")
    if name not in found:
        where = Path(course_dir).name
        raise CourseRefusedError(
            gettext("The course %(where)s has no lesson %(lesson)r.", where=where, lesson=lesson)
            + did_you_mean(name, found)
        )
    return found[name]


def left_out(name: str) -> bool:
    """Tell what in a folder of notebooks is nobody's work: hidden files, and Python's leavings."""
    return name.startswith(".") or name == "__pycache__" or name.endswith(".pyc")


def _is_lesson(path: Path) -> bool:
    """Tell lessons from notes, and from translations (01-name.fr.md) beside them."""
    return path.stem not in NO_LESSONS and not path.name.startswith(".") and "." not in path.stem
