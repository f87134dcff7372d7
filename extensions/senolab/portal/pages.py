"""Templates: in the served language, everything escaped, nothing fetched."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from senolab.words import templates

from .settings import Settings

HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
# Where the files of style and script lie: those of the house, which others show too, and the campus's own.
LOOK, STATIC = HERE.parent / "look", HERE / "static"


class Pages:
    """Renders the campus's templates."""

    def __init__(self, settings: Settings):
        self._settings = settings
        self._environment = environment()

    def render(self, template: str, values: dict[str, Any]) -> str:
        """Return a page."""
        return self._environment.get_template(template).render(self._everywhere, **values)

    def parts(self, values: dict[str, Any]) -> Any:
        """Return the macros of parts.html."""
        return self._environment.get_template("parts.html").make_module({**self._everywhere, **values})

    @property
    def _everywhere(self) -> dict[str, Any]:
        return {"settings": self._settings, "static": self._static}

    def _static(self, name: str) -> str:
        return f"{self._settings.prefix}static/{name}?v={fingerprint(name)}"


def environment() -> jinja2.Environment:
    """Return the templates' environment."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    templates.speak(made)
    return made


@cache
def fingerprint(name: str) -> str:
    """Return a few digits that change with a static file's content."""
    return hashlib.sha256(_file(name).read_bytes()).hexdigest()[:12]


def _file(name: str) -> Path:
    return next(folder / name for folder in (LOOK, STATIC) if (folder / name).exists())
