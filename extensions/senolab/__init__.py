"""Senolab: a campus for breast-imaging AI.

Lessons use only the names offered here. They load on first use, so that ``import senolab``
stays quick and pulls in neither torch nor jupyterhub nor nbgrader.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from senolab.reading import case, question, view

__version__ = "0.1.0"

_OFFERED = {
    "case": "senolab.reading",
    "question": "senolab.reading",
    "view": "senolab.reading",
}

__all__ = ["__version__", "case", "question", "view"]


def __getattr__(name: str) -> Any:
    """Load an offered name from its room on first use."""
    if name not in _OFFERED:
        raise AttributeError(f"senolab offers no {name!r}; it offers {', '.join(sorted(_OFFERED))}")
    return getattr(import_module(_OFFERED[name]), name)


def __dir__() -> list[str]:
    """Names for completion, the lazy ones included."""
    return sorted({*globals(), *_OFFERED})
