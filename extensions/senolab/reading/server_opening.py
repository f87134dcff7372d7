"""Opening a lesson: lay its release out in the learner's home and go to its page."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from jupyter_core.utils import ensure_async
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado import web
from tornado.ioloop import IOLoop

from .server_pages import PageHandler
from .server_places import Places, Worked
from .server_release import lay_out


class OpenHandler(PageHandler):
    """``GET open/<course>/<lesson>``; with ``?hand-in`` the page asks at once whether to hand in."""

    @web.authenticated
    async def get(self, course: str, lesson: str) -> None:
        """Prepare the lesson and redirect to its page."""
        release = self.places.release(course, lesson)
        worked = self.places.worked(course, lesson)
        replaced = await IOLoop.current().run_in_executor(None, lay_out, release, worked)
        if replaced:
            await stop_sessions(self, worked)
        asks = "" if self.get_query_argument("hand-in", None) is None else "?hand-in=1"
        self.redirect(notebook_address(self, worked.notebook) + asks)


def notebook_address(handler: JupyterHandler, notebook: Path) -> str:
    """Return where Notebook opens a notebook of the home."""
    inside = notebook.relative_to(Places.of(handler.settings).home)
    return url_path_join(handler.base_url, "notebooks", quote(str(inside)))


async def stop_sessions(handler: PageHandler, worked: Worked) -> None:
    """Stop what still computes an earlier version of a lesson: it would show the old questions."""
    paths = {str(notebook.relative_to(handler.places.home)) for notebook in worked.notebooks}
    manager = handler.session_manager
    sessions: list[dict[str, Any]] = await ensure_async(manager.list_sessions())
    for session in sessions:
        if session["path"] in paths:
            await ensure_async(manager.delete_session(session["id"]))
