"""The guard of the suite itself: who tries to leave this machine is noticed."""

import subprocess
import sys
from pathlib import Path

PROBE = """
import socket
from contextlib import suppress
from offline import attempts, leave_the_network

leave_the_network()
before = attempts()
with suppress(OSError), socket.socket() as probe:
    probe.connect(("203.0.113.1", 80))  # an address kept for documentation
print(attempts() - before)
"""


def test_a_packet_for_another_host_is_counted() -> None:
    probe = subprocess.run(
        [sys.executable, "-c", PROBE], cwd=Path(__file__).parent, capture_output=True, text=True, check=True
    )
    assert probe.stdout.strip() == "1"
