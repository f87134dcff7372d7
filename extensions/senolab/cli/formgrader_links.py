"""Formgrader's list of lessons as part of a campus: what the campus has released, and links that lead there.

nbgrader takes for released what lies in its exchange, and links to the files of a notebook server. Here the
campus releases and collects, and formgrader serves no files: its links lead to the lesson on the campus's
page of the course, or to the page of a learner's hand-in, where all of that is done.
"""

import json
import os
from pathlib import Path
from typing import Any, cast

from nbgrader.apps.api import NbGraderAPI
from nbgrader.server_extensions.formgrader import handlers
from tornado.web import RequestHandler

SCRIPT = Path(handlers.static_path) / "js" / "utils.js"
# Paths are source/LESSON, release/LESSON and autograded/LEARNER/LESSON/NOTEBOOK, after any number of "./".
_LINKS = """
linkTo = (type, path) => (_, element) => {
  const [folder, first, second] = path.replace(/^(\\.\\/)+/, "").split("/").map(encodeURIComponent);
  const page = ["source", "release"].includes(folder) ? `#lesson-${first}` : `/${second}/of/${first}`;
  return $(element).attr({ href: %s + page, target: "_blank" })[0];
};
"""


class Utilities(RequestHandler):
    """nbgrader's script of utilities, with links of our own at its end."""

    def initialize(self, address: str) -> None:
        """Take the address of the campus's page of the course."""
        self.address = address

    def get(self) -> None:
        """Answer with the script."""
        self.set_header("Content-Type", "text/javascript; charset=utf-8")
        self.finish(SCRIPT.read_text(encoding="utf-8") + _LINKS % json.dumps(self.address))


class CampusAPI(NbGraderAPI):
    """nbgrader's view of the lessons, in which the campus's releases count."""

    def get_assignment(self, assignment_id: str, released: Any = None) -> dict[str, Any] | None:
        """Return what nbgrader knows of a lesson; the campus releases and collects it, not the exchange."""
        found = cast("dict[str, Any] | None", super().get_assignment(assignment_id, released))
        if found:
            releases = Path(os.environ["SENOLAB_STATE"]) / "releases" / _course()
            current = releases / assignment_id / "current"
            found |= {"status": "released" if current.exists() else "draft", "releaseable": False}
        return found


def _link_jupyter_server_extension(_server: Any) -> None:
    """Step in front of nbgrader's own before its extension is loaded."""
    from nbgrader.server_extensions.formgrader import base

    address = f"{os.environ['SENOLAB_CAMPUS']}teach/{_course()}"
    handlers.default_handlers.insert(0, (r"/formgrader/static/js/utils\.js", Utilities, {"address": address}))
    base.NbGraderAPI = CampusAPI  # pyright: ignore[reportAttributeAccessIssue]


def _load_jupyter_server_extension(_server: Any) -> None:
    """Nothing is left to do."""


def _course() -> str:
    return Path.cwd().name  # formgrader is started in the course's grading folder
