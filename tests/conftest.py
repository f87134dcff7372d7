"""What holds for the whole suite: where real files lie, and that there is no network.

Real third-party files lie where SENOLAB_TEST_DATA says, else in shared/data beside the checkout. Started as
root, the suite runs in a copy of the checkout; SENOLAB_CHECKOUT_ORIGIN then names the original.
"""

import os
import shlex
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from chromium import CHROMIUM, chromium, strangers
from hypothesis import settings
from offline import attempts, leave_the_network
from unskipped import pytest_runtest_makereport

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["pytest_runtest_makereport"]  # pytest finds its hooks here
CHECKOUT = Path(os.environ.get("SENOLAB_CHECKOUT_ORIGIN") or Path(__file__).parents[1])
DATA = CHECKOUT.parent / "shared" / "data"

# Now, and not in a hook: a thread binds a process to its namespaces, and the conftests below import numpy.
# What pytest-xdist starts has a thread already, and was put into a namespace of its own by alone.py.
if "PYTEST_XDIST_WORKER" not in os.environ:
    leave_the_network()

if os.path.isdir(DATA):  # noqa: PTH112 - started as root, the place may be closed to the account of the tests
    os.environ.setdefault("SENOLAB_TEST_DATA", str(DATA))


settings.register_profile("suite", deadline=None)  # a loaded machine is slow, which says nothing of the code
settings.load_profile("suite")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(specs: list[Any]) -> None:
    """Start each worker by way of alone.py."""
    for spec in specs:
        spec.python = shlex.join([sys.executable, "-B", str(Path(__file__).with_name("alone.py"))])


def pytest_configure() -> None:
    """Hear signals: a suite started by nohup would hand its deafness on to all it starts."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def nobody_asks_another_host() -> Iterator[None]:
    """Fail the test in which anything, a browser or a server, tries to leave this machine."""
    packets, addresses = attempts(), len(strangers)
    yield
    assert attempts() == packets, f"{attempts() - packets} packets were meant for another host"
    assert not strangers[addresses:], "a page asked another host"


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """One Chromium for the tests of a module."""
    if not CHROMIUM.exists():
        pytest.skip("There is no Chromium on this machine.")
    addresses = len(strangers)
    with chromium() as started:
        yield started
    assert not strangers[addresses:], "a page asked another host while it was closed"
