"""The browser of the tests: Debian's Chromium without a window, which speaks with this machine alone.

`strangers` counts what its pages asked of other hosts: no name of theirs is known here, so that no packet
would tell. Chromium itself looks up hosts of its makers; those are no page's and are not counted.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from senolab.cli import machine

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE *.localhost , EXCLUDE 127.0.0.1",
)
strangers: list[str] = []  # addresses on other hosts; `conftest` holds that no page asks for any


@contextmanager
def chromium(*, flags: tuple[str, ...] = ()) -> Iterator["Browser"]:
    """Start a browser, with Playwright, and end both.

    Playwright keeps an event loop running in its thread, so no two may live at once and none longer than the
    module whose tests need it.
    """
    from playwright.sync_api import sync_playwright

    if node := machine.node():  # the one that Playwright brings wants a library that a small Debian lacks
        os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", node.executable)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=[*arguments(), *flags])
        yield watched(started)
        started.close()


def watched(started: "Browser") -> "Browser":
    """Have all pages of a browser note what they ask of another host."""
    new_context, new_page = started.new_context, started.new_page

    def context(**how: Any) -> "BrowserContext":
        made = new_context(**how)
        _watch(made)
        return made

    def page(**how: Any) -> "Page":
        made = new_page(**how)
        _watch(made.context)
        _listen(made)
        return made

    started.new_context, started.new_page = context, page
    return started


def _watch(context: "BrowserContext") -> None:
    context.on("request", lambda request: _note(request.url))
    context.on("page", _listen)


def _listen(page: "Page") -> None:
    page.on("websocket", lambda socket: _note(socket.url))  # it is no request to Playwright


def _note(url: str) -> None:
    there = urlsplit(url)
    host = there.hostname or ""
    here = host in {"127.0.0.1", "localhost"} or host.endswith(".localhost")
    if there.scheme in {"http", "https", "ws", "wss"} and not here:
        strangers.append(url)


def arguments() -> tuple[str, ...]:
    """Return what Chromium is started with; its own sandbox does not work for root."""
    return (*FLAGS, "--no-sandbox") if os.geteuid() == 0 else FLAGS
