"""The guard of the suite itself: who tries to leave this machine is noticed."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from chromium import strangers

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


WAYS = {
    "fetch": "fetch('https://elsewhere.example/fetch', {mode: 'no-cors'}).catch(() => {})",
    "socket": "new WebSocket('wss://elsewhere.example/socket')",
    "beacon": "navigator.sendBeacon('https://elsewhere.example/beacon', 'x')",
    "image": "new Image().src = 'https://elsewhere.example/image'",
    "events": "new EventSource('https://elsewhere.example/events')",
    "frame": "document.body.appendChild(document.createElement('iframe')).src = 'http://elsewhere.example/frame'",
    "worker": """new Worker(URL.createObjectURL(new Blob(
        ["fetch('https://elsewhere.example/worker', {mode: 'no-cors'}).catch(() => {})"])))""",
    "worker-socket": """new Worker(URL.createObjectURL(new Blob(
        ["new WebSocket('wss://elsewhere.example/worker-socket')"])))""",
}


@pytest.mark.browser
@pytest.mark.parametrize("opened", ["page", "context", "popup"])
def test_a_page_that_asks_another_host_is_counted_however_it_asks(browser: Any, opened: str) -> None:
    page = browser.new_page() if opened == "page" else browser.new_context().new_page()
    if opened == "popup":
        with page.expect_popup() as popup:
            page.evaluate("window.open('about:blank')")
        page = popup.value
    before = len(strangers)
    for code in WAYS.values():
        page.evaluate(f"() => {{ {code}; }}")
    for _ in range(100):
        page.wait_for_timeout(50)
        found = {url.rpartition("/")[2] for url in strangers[before:]}
        if found == set(WAYS):
            break
    page.context.close()
    del strangers[before:]
    assert found == set(WAYS)
