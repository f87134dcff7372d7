"""The few pages that a learner's server draws itself: an error in words, the list, about, waiting."""

import os
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import BaseLoader, Environment, FileSystemLoader
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado import web

from senolab.words import gettext, locale, templates
from senolab.words.catalogues import for_browser

from .server_places import Places, RefusedError

_PAGE = Path(__file__).parent / "page"
_LOOK = _PAGE.parents[1] / "look"


@cache
def page_file(name: str) -> str:
    """Return a file of the page's folder, read once."""
    return (_PAGE / name).read_text("utf-8")


def tokens() -> str:
    """Return the house's tokens as CSS, those of the page included."""
    return (_LOOK / "tokens.css").read_text("utf-8") + page_file("measures.css")


def campus_address(settings: dict[str, Any]) -> str | None:
    """Return the campus's address in the learner's browser, None without a campus.

    ``SENOLAB_CAMPUS_URL`` is the address inside the server's sandbox; the browser needs
    ``SENOLAB_CAMPUS_PUBLIC_URL``, or the host of the hub that runs this server.
    """
    public = os.environ.get("SENOLAB_CAMPUS_PUBLIC_URL", "")
    if not public and os.environ.get("SENOLAB_CAMPUS_URL") and "hub_prefix" in settings:
        public = f"{settings.get('hub_host', '')}/services/campus"
    return public.rstrip("/") + "/" if public else None


@cache
def _templates() -> Environment:
    made = Environment(loader=FileSystemLoader(_PAGE), autoescape=True, extensions=["jinja2.ext.i18n"])
    templates.speak(made)
    return made


def unprotected() -> str:
    """Return the warning that every page carries where a campus has no sandbox; empty elsewhere."""
    bare = os.environ.get("SENOLAB_UNPROTECTED") == "1"
    return gettext("Unprotected: this machine has no sandbox.") if bare else ""


def html(template: str, **values: Any) -> str:
    """Return a page of the folder ``page``, in the served language."""
    made = _templates().get_template(template)
    return made.render(tokens=tokens(), locale=locale(), unprotected=unprotected(), **values)


class PageHandler(JupyterHandler):
    """A handler that answers people: a refusal becomes a page with a sentence and a way back."""

    @property
    def places(self) -> Places:
        """The folders of this server."""
        return Places.of(self.settings)

    def here(self, *parts: str) -> str:
        """Return an address on this server from its parts."""
        return url_path_join(self.base_url, *(quote(part) for part in parts))

    def show(self, template: str, **values: Any) -> None:
        """Finish with a page."""
        campus = campus_address(self.settings)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.finish(html(template, back=campus or self.here("senolab/"), campus=campus, **values))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Show a refusal as a page; what is no refusal is told without its inner workings."""
        problem = (kwargs.get("exc_info") or (None, None))[1]
        sentence = gettext("Something went wrong. Your answers are kept; try again in a minute.")
        if isinstance(problem, RefusedError):
            sentence = str(problem)
            self.set_status(problem.status)
        elif status_code < 500:
            sentence = gettext("This page is not here, or not for you.")
        self.show("refused.html", sentence=sentence)

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Keep refusals out of the log of errors."""
        if isinstance(value, RefusedError):
            self.log.info("Refused %s: %s", self.request.path, value)
        else:
            super().log_exception(typ, value, tb)


class IndexHandler(PageHandler):
    """The lessons of this server; where there is a campus, the campus lists them."""

    @web.authenticated
    def get(self) -> None:
        """Show the list, or go to the campus."""
        campus = campus_address(self.settings)
        if campus:
            self.redirect(campus)
            return
        self.show("lessons.html", lessons=[self._item(*found) for found in self.places.releases()])

    def _item(self, course: str, lesson: str, release: dict[str, Any]) -> dict[str, Any]:
        minutes = release.get("minutes")
        return {
            "title": str(release.get("title") or lesson),
            "address": self.here("senolab/open", course, lesson),
            "minutes": minutes if isinstance(minutes, int) else None,
        }


class AboutHandler(PageHandler):
    """What a lesson page keeps and shows."""

    @web.authenticated
    def get(self) -> None:
        """Show the page."""
        self.show("about.html")


class WithSkeleton(BaseLoader):
    """Notebook's template loader, with the waiting page put into its notebook page.

    The notebook's scripts take seconds to load on a slow line; the grey shapes of the lesson come with
    the first bytes. A script in it removes them at once where the address is not a lesson's.
    """

    def __init__(self, inner: BaseLoader) -> None:
        self.inner = inner
        waiting = html("skeleton.html", words=for_browser("reading/page/src/words.js"))
        # It becomes a part of Notebook's template; of ours only the way back is for that one to fill in.
        back = "{% endraw %}{{ base_url | escape }}senolab/{% raw %}"
        self.waiting = "{% raw %}" + waiting.replace("__BACK__", back) + "{% endraw %}"

    def get_source(self, environment: Environment, template: str) -> Any:
        """Return a template's source; see `jinja2.BaseLoader.get_source`."""
        source, path, fresh = self.inner.get_source(environment, template)
        if template == "notebooks.html":
            source = source.replace("</body>", self.waiting + "</body>")
        return source, path, fresh
