"""What holds for the whole suite: where real files lie, and that there is no network.

Real third-party files lie where SENOLAB_TEST_DATA says, else in shared/data beside the checkout. Started as
root, the suite runs in a copy of the checkout; SENOLAB_CHECKOUT_ORIGIN then names the original.
"""

import os
import signal
from pathlib import Path

from offline import leave_the_network

CHECKOUT = Path(os.environ.get("SENOLAB_CHECKOUT_ORIGIN") or Path(__file__).parents[1])
DATA = CHECKOUT.parent / "shared" / "data"

if DATA.is_dir():
    os.environ.setdefault("SENOLAB_TEST_DATA", str(DATA))


def pytest_configure() -> None:
    """Leave the network before anything starts a thread, which would bind the process to its namespaces."""
    leave_the_network()
    # A suite started by nohup would hand its deafness on to all it starts.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
