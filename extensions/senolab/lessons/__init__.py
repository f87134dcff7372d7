"""A Markdown lesson becomes an nbgrader assignment; a course is checked; the shelf says what stands where.

The names load on first use: the campus wants the shelf and must not wait for jupytext.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .contents import CourseRefusedError, Entry, entries, entry
    from .course import CourseInfo, check, info
    from .findings import Finding, LessonRefusedError
    from .keys import DrawnCase, SplitRefusedError, split
    from .lesson import Lesson
    from .notebook import build
    from .reader import read
    from .shelf import Shelf, ShelfError
    from .tree import write_source

_HOMES = {
    "contents": ("CourseRefusedError", "Entry", "entries", "entry"),
    "course": ("CourseInfo", "check", "info"),
    "findings": ("Finding", "LessonRefusedError"),
    "keys": ("DrawnCase", "SplitRefusedError", "split"),
    "lesson": ("Lesson",),
    "notebook": ("build",),
    "reader": ("read",),
    "shelf": ("Shelf", "ShelfError"),
    "tree": ("write_source",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "CourseInfo",
    "CourseRefusedError",
    "DrawnCase",
    "Entry",
    "Finding",
    "Lesson",
    "LessonRefusedError",
    "Shelf",
    "ShelfError",
    "SplitRefusedError",
    "build",
    "check",
    "entries",
    "entry",
    "info",
    "read",
    "split",
    "write_source",
]


def __getattr__(name: str) -> Any:
    """Load a name from its module on first use."""
    if name not in _HOME_OF:
        raise AttributeError(f"senolab.lessons offers no {name!r}; it offers {', '.join(__all__)}")
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
