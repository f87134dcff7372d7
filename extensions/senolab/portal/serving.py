"""The campus's server: from the hub's environment to a listening port, until told to stop."""

import asyncio
import logging
import signal
import sys
from collections.abc import Sequence

from jupyterhub.services.auth import HubOAuth
from tornado.httpserver import HTTPServer

from .app import make_app
from .campus import Campus
from .database import SchemaError
from .recovery import recover
from .settings import Settings, SettingsError, from_environment

LARGEST_REQUEST = 44 * 1024 * 1024  # bytes; the routes have limits of their own below it

# Seconds for which an answer of the hub about a person counts. After signing out at the hub, a tab that is
# still open must not stay signed in: on localhost browsers share no cookie between the two addresses.
FRESH = 10


def serve() -> int:
    """Serve until told to stop; return the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        settings = from_environment()
        campus = opened(settings)
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


def opened(settings: Settings, *, command: Sequence[str] | None = None) -> Campus:
    """Return the campus of a state folder, with what the one before it left undone taken up again."""
    campus = Campus(settings, command=command)
    recover(campus)
    return campus


async def _serve(settings: Settings, campus: Campus) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    application = make_app(campus, HubOAuth.instance(cache_max_age=FRESH))
    server = HTTPServer(application, xheaders=True, max_buffer_size=LARGEST_REQUEST)
    server.listen(settings.port, settings.host)
    print(f"senolab campus: serving on {settings.host}:{settings.port}{settings.prefix}", file=sys.stderr)
    await stopped.wait()
    server.stop()
