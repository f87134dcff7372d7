"""What a start releases by itself: lessons that Senolab ships, as they came, and only the first time.

A draft, an amendment and a teacher's own lesson are hers to release. Standard library only.
"""

import contextlib
import sys
from collections.abc import Collection
from pathlib import Path

from senolab.lessons.contents import CourseRefusedError, Entry, entries
from senolab.lessons.shelf import Shelf

from . import preparing


def due(shelf: Shelf, checkout: Path, *, tried: Collection[str] = ()) -> list[Entry]:
    """Return the shipped lessons that nobody released or changed yet, in their order.

    Parameters
    ----------
    tried
        Names (see `name`) of the lessons that this start has tried to release already.
    """
    found: list[Entry] = []
    for course in preparing.courses(shelf):
        shipped = checkout / "courses" / course
        if shipped.is_dir():
            changed = preparing.changed(shipped, shelf.course(course))
            found += [one for one in _texts(shipped) if not _touched(one, changed, shelf)]
    return [one for one in found if name(one) not in tried]


def name(one: Entry) -> str:
    """Return what the process that releases a lesson is called, and its log."""
    return f"release-{one.course}-{one.id}"


def words(one: Entry) -> tuple[str, ...]:
    """Return the command that releases one lesson.

    It names no size of the images: where exams were drawn already, theirs is kept, else it is the campus's.
    """
    return (sys.executable, "-P", "-m", "senolab.cli.main", "course", "release", one.course, one.id)


def _texts(folder: Path) -> list[Entry]:
    """Return the lessons of a shipped course. Plain notebooks wait for their teacher."""
    with contextlib.suppress(CourseRefusedError):
        return [one for one in entries(folder) if one.kind == "text"]
    return []


def _touched(one: Entry, changed: Collection[str], shelf: Shelf) -> bool:
    """Whether somebody released a lesson, or changed its text or what it may show."""
    shown = any(not path.endswith((".md", ".yaml", ".toml")) for path in changed)
    return bool(shown or one.path.name in changed or shelf.versions(one.course, one.id))
