"""Serve the campus: ``python -m senolab.portal``, started by the hub or beside it."""

import asyncio
import ctypes
import logging
import os
import signal
import sys

from jupyterhub.services.auth import HubOAuth
from tornado.httpserver import HTTPServer

from .app import make_app
from .campus import Campus
from .database import SchemaError
from .settings import Settings, SettingsError, from_environment

LARGEST_REQUEST = 44 * 1024 * 1024  # bytes; the routes have limits of their own below it
_PR_SET_PDEATHSIG = 1


def main() -> int:
    """Serve until told to stop; return the exit status."""
    _die_with_parent()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("tornado.application").setLevel(logging.WARNING)
    os.umask(0o077)  # what the campus writes is nobody else's to read
    try:
        settings = from_environment()
        campus = Campus(settings)
    except (SettingsError, SchemaError) as problem:
        print(f"senolab campus: {problem}", file=sys.stderr)
        return 1
    try:
        asyncio.run(_serve(settings, campus))
    except OSError as problem:
        print(f"senolab campus: cannot listen on port {settings.port}: {problem.strerror}", file=sys.stderr)
        return 1
    finally:
        campus.close()
    return 0


async def _serve(settings: Settings, campus: Campus) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    server = HTTPServer(make_app(campus, HubOAuth.instance()), xheaders=True, max_buffer_size=LARGEST_REQUEST)
    server.listen(settings.port, settings.host)
    print(f"senolab campus: serving on {settings.host}:{settings.port}{settings.prefix}", file=sys.stderr)
    await stopped.wait()
    server.stop()


def _die_with_parent() -> None:
    """Ask the system to stop this process when whoever started it dies, however that happens."""
    parent = os.getppid()
    try:
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    except (OSError, AttributeError):
        return  # another system than Linux; the launcher stops us
    if os.getppid() != parent:  # it died before we asked
        os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
