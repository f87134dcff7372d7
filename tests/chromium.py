"""The browser of the tests: Debian's Chromium without a window, which speaks with this machine alone."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from senolab.cli import machine

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--no-proxy-server",
    # Chromium looks up hosts of its own makers; only what the pages ask for shall be counted.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE *.localhost , EXCLUDE 127.0.0.1",
)


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
        yield started
        started.close()


def arguments() -> tuple[str, ...]:
    """Return what Chromium is started with; its own sandbox does not work for root."""
    return (*FLAGS, "--no-sandbox") if os.geteuid() == 0 else FLAGS
