"""The one widget class: what Python and the browser tell each other.

Traits carry the state (`spec`, `answers`, `committed`, `feedback`). Acts come as messages
``{"type", "ticket", ...}``, and each is answered by one ``{"ticket", "ok", ...}``: with ``words``
where it was refused.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import anywidget
import traitlets
from traitlets.log import get_logger

from senolab.words import gettext
from senolab.words.catalogues import for_browser
from senolab.words.trouble import reason

from .hanging import View

STATIC = Path(__file__).parent / "static"
Answer = tuple[dict[str, Any], list[bytes]]
Handler = Callable[[Mapping[str, Any]], dict[str, Any] | Answer]

if not (STATIC / "reading.js").is_file():
    raise ImportError("The widgets are not built. In the checkout, run `npm ci && npm run build`.")


class RefusedError(Exception):
    """A message cannot be met; the message is the sentence the learner reads."""


class Reading(anywidget.AnyWidget):
    """A case, a question, a viewer or a sentence in the page."""

    _esm = STATIC / "reading.js"
    _css = STATIC / "reading.css"

    kind = traitlets.Enum(["case", "question", "view", "notice"]).tag(sync=True)
    spec = traitlets.Dict().tag(sync=True)  # what to show; never a key
    answers = traitlets.Dict().tag(sync=True)  # question id -> value, as the record had them at the start
    committed = traitlets.Dict().tag(sync=True)  # {} or {time, reveal, marks}
    feedback = traitlets.Dict().tag(sync=True)  # question id -> {fraction, words}, where it was checked
    words = traitlets.Dict().tag(sync=True)  # the translation of words.js, and the locale
    cpu = traitlets.Bool(False).tag(sync=True)  # draw without graphics acceleration

    def __init__(
        self, *, views: list[View] | None = None, handlers: Mapping[str, Handler] | None = None, **traits: Any
    ):
        self._views = {view.view: view for view in views or ()}
        self._handlers: dict[str, Handler] = {"engine": _engine, "pixels": self._pixels, **(handlers or {})}
        super().__init__(words=for_browser("reading/words.js"), **traits)
        self.on_msg(self._receive)

    def _receive(self, _widget: Any, message: Any, _buffers: Any) -> None:
        """Answer one message; whatever happens, the page hears of it."""
        ticket = message.get("ticket") if isinstance(message, dict) else None
        handler = self._handlers.get(str(message.get("type"))) if isinstance(message, dict) else None
        if handler is None:
            self.send(
                {
                    "ticket": ticket,
                    "ok": False,
                    "words": gettext("This page is older than the lesson. Reload it."),
                }
            )
            return
        try:
            result = handler(message)
            reply, buffers = result if isinstance(result, tuple) else (result, [])
        except RefusedError as refusal:
            reply, buffers = {"ok": False, "words": str(refusal)}, []
        except OSError as problem:
            why = gettext("A file of this lesson is in the way: %(reason)s.", reason=reason(problem))
            reply, buffers = {"ok": False, "words": why}, []
        except Exception:  # a mistake of ours; silence would leave the learner waiting for nothing
            get_logger().exception("A message of the page could not be met: %s", message.get("type"))
            why = gettext("This did not work, by a mistake of ours. Reload the page; what was saved is kept.")
            reply, buffers = {"ok": False, "words": why}, []
        self.send({"ok": True, **reply, "ticket": ticket}, buffers or None)

    def _pixels(self, message: Mapping[str, Any]) -> Answer:
        """Send one view's file through the widget's own connection."""
        view = self._views.get(str(message.get("view")))
        if view is None:
            raise RefusedError(gettext("There is no such image here."))
        source = view.source
        return {}, [source if isinstance(source, bytes) else source.read_bytes()]


def notice(sentence: str) -> Reading:
    """Return a widget that says a sentence in the place of what cannot be shown."""
    return Reading(kind="notice", spec={"sentence": sentence})


def public(views: list[View]) -> list[dict[str, Any]]:
    """Return what the browser gets of the views, each with the server's path of its file if it has one."""
    return [{**view.public(), "url": _served(view.source)} for view in views]


def _served(source: Path | bytes) -> str | None:
    """Return the path under which the server hands this file out (see `server_images`)."""
    if isinstance(source, bytes):
        return None
    file = source.resolve()
    for root in (os.environ.get("SENOLAB_MATERIAL"), str(Path.home())):
        if root and file.is_relative_to(folder := Path(root).resolve()):
            return quote(file.relative_to(folder).as_posix())
    return None


def _engine(_message: Mapping[str, Any]) -> Answer:
    return {}, [(STATIC / "engine.js.gz").read_bytes()]
