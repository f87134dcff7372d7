"""A campus without names below its own: everything under one address, where each still reaches only hers."""

import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from hub_fixture import free_port, running_campus, temporary_state
from senolab.sandbox import available

pytestmark = [
    pytest.mark.hub,
    pytest.mark.skipif(sys.platform != "linux", reason="the campus runs on Linux"),
]
COURSE = "reading-with-ai"


@pytest.mark.parametrize(
    ("host", "told"),
    [("localhost", {"subdomains": False}), ("127.0.0.1", {"address": "http://127.0.0.1:{port}"})],
    ids=["subdomains false", "an address that is a number"],
)
def test_people_sign_in_work_and_teach_at_one_address(host: str, told: dict[str, Any]) -> None:
    if not available().ok:
        pytest.skip(f"no sandbox here: {available().why}")
    port = free_port()
    settings = {word: value.format(port=port) if word == "address" else value for word, value in told.items()}
    with temporary_state() as state:
        (state / "settings.json").write_text(json.dumps({**settings, "release_first": False}))
        with running_campus(state, port, host=host, flat=True) as campus:
            assert f"The campus is open:  http://{host}:{port}" in campus.words()
            assert campus.address("campus") == f"http://{host}:{port}/services/campus/"
            ana = campus.visitor("ana")
            assert ana.get("/").url == campus.address("campus")
            assert ana.start_server("ana").url.startswith(f"http://{host}:{port}/user/ana/")
            formgrader = campus.address(f"grader-{COURSE}") + "formgrader/"
            ines = campus.visitor("ines")
            until = time.monotonic() + 120  # it starts when the campus is open
            while (page := ines.get(formgrader)).status != 200:
                assert time.monotonic() < until, page.text[:2000]
                time.sleep(0.5)
            assert page.url.startswith(formgrader)
            assert ines.get(f"{campus.address('campus')}teach/{COURSE}").status == 200
            assert ana.get(formgrader).status == 403
            assert campus.visitor("ben").get(f"http://{host}:{port}/user/ana/").status in (403, 404)
            assert ana.get(f"{campus.address('campus')}teach/{COURSE}").status == 403
