"""What a learner looks at and answers with: the viewer, the questions, the lesson page."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .case_widget import case
    from .question_widget import question
    from .viewer import view

# Loaded on first use: the server extension of this room must not pull in the widgets.
_DOORS = {"case": ".case_widget", "question": ".question_widget", "view": ".viewer"}

__all__ = ["case", "question", "view"]


def __getattr__(name: str) -> Any:
    """Load a door from its module on first use."""
    if name not in _DOORS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_DOORS[name], __name__), name)
