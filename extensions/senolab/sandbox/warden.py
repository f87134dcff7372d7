"""A process of ours that starts what nobody trusts: closed to it, while all of that stays in sight.

Two processes are so: the one that runs the notebook of a submission (`job.run`), and a user's Jupyter
server, whose kernels run under the same account as it and which holds what her browsers brought along. A
server becomes one by its extension ``"senolab.sandbox.warden": true``.

Such a server must run nothing that lies in a home, which kernels write. nbconvert does: a template is a
program, and it is looked for in the folder where the server started and in the user's data. So the server
converts nothing; who wants a notebook as a page calls nbconvert in a kernel.
"""

import ctypes
import sys
from typing import TYPE_CHECKING, Any

from senolab.sandbox import syscalls

if TYPE_CHECKING:
    from tornado.web import RequestHandler

_DUMPABLE = 4  # prctl


def become() -> bool:
    """Close this process's memory, environment and descriptors to others of its account, for good.

    What it starts from now on is open, and cannot close itself (`syscalls.open_to_sight`): such a wish is
    said to be granted, and is not. So `holdings` sees all of it.

    Returns
    -------
    bool
        False where the processor or the kernel has no such filter; nothing happens off Linux.
    """
    if sys.platform != "linux":
        return False
    ctypes.CDLL(None).prctl(_DUMPABLE, 0, 0, 0, 0)
    return syscalls.stay_in_sight()


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "senolab.sandbox.warden"}]


def _load_jupyter_server_extension(server: Any) -> None:
    """Close the server before its first kernel starts, and to the templates that one may write."""
    if not become():
        server.log.warning(
            "What kernels start can hide here: this processor or kernel filters no system calls."
        )
    base = server.web_app.settings["base_url"].rstrip("/")
    nothing, formats = _converts_nothing()
    server.web_app.add_handlers(
        ".*$", [(base + "/nbconvert/.*", nothing), (base + "/api/nbconvert", formats)]
    )


def _converts_nothing() -> tuple[type["RequestHandler"], type["RequestHandler"]]:
    """Return what refuses to convert, and what tells pages that ask in which formats: in none."""
    from jupyter_server.base.handlers import APIHandler  # marking needs no server
    from tornado import web

    class ConvertsNothing(APIHandler):
        @web.authenticated
        def get(self) -> None:
            raise web.HTTPError(
                403, "This server converts no notebooks. Call `jupyter nbconvert` in a notebook."
            )

        post = get

    class NoFormats(APIHandler):
        @web.authenticated
        def get(self) -> None:
            self.finish({})

    return ConvertsNothing, NoFormats
