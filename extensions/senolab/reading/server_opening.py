"""Opening a lesson: lay its release out in the learner's home and go to its page."""

from typing import Any

from jupyter_core.utils import ensure_async
from tornado import web
from tornado.ioloop import IOLoop

from .server_pages import PageHandler
from .server_places import Worked
from .server_release import lay_out


class OpenHandler(PageHandler):
    """``GET open/<course>/<lesson>``."""

    @web.authenticated
    async def get(self, course: str, lesson: str) -> None:
        """Prepare the lesson and redirect to its page."""
        release = self.places.release(course, lesson)
        worked = self.places.worked(course, lesson)
        replaced = await IOLoop.current().run_in_executor(None, lay_out, release, worked)
        if replaced:
            await stop_sessions(self, worked)
        self.redirect(notebook_address(self, worked))


def notebook_address(handler: PageHandler, worked: Worked) -> str:
    """Return where Notebook opens a lesson."""
    return handler.here("notebooks", str(worked.notebook.relative_to(handler.places.home)))


async def stop_sessions(handler: PageHandler, worked: Worked) -> None:
    """Stop what still computes an earlier version of a lesson: it would show the old questions."""
    path = str(worked.notebook.relative_to(handler.places.home))
    manager = handler.session_manager
    sessions: list[dict[str, Any]] = await ensure_async(manager.list_sessions())
    for session in sessions:
        if session["path"] == path:
            await ensure_async(manager.delete_session(session["id"]))
