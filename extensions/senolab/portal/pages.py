"""Templates: one environment a language, everything escaped, nothing fetched."""

import hashlib
from collections.abc import Mapping
from functools import cache
from gettext import NullTranslations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2

from .settings import Settings

if TYPE_CHECKING:
    from .web import Frame

HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
STATIC = HERE / "static"


class Pages:
    """Renders the campus's templates in the reader's language."""

    def __init__(self, settings: Settings, catalogues: Mapping[str, NullTranslations]):
        self._settings = settings
        self._environments = {id(catalogue): environment(catalogue) for catalogue in catalogues.values()}

    def render(self, template: str, handler: "Frame", **values: Any) -> str:
        """Return a page for the request at hand."""
        return self._environment(handler).get_template(template).render(self._context(handler), **values)

    def parts(self, handler: "Frame") -> Any:
        """Return the macros of parts.html for the request at hand."""
        return self._environment(handler).get_template("parts.html").make_module(self._context(handler))

    def _environment(self, handler: "Frame") -> jinja2.Environment:
        catalogue = handler.words.translations
        return self._environments.get(id(catalogue)) or environment(catalogue)

    def _context(self, handler: "Frame") -> dict[str, Any]:
        return {
            "words": handler.words,
            "me": getattr(handler, "me", None),
            "settings": self._settings,
            "here": handler.request.path,
            "url": handler.campus.address,
            "static": self._static,
            "xsrf": lambda: handler.xsrf_token.decode("ascii"),
            "course_title": handler.campus.releases.course_title,
        }

    def _static(self, name: str) -> str:
        return f"{self._settings.prefix}static/{name}?v={fingerprint(name)}"


def environment(translations: NullTranslations) -> jinja2.Environment:
    """Return the templates' environment for one language."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
    return made


@cache
def fingerprint(name: str) -> str:
    """Return a few digits that change with a static file's content."""
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
