"""The hub's own pages as a browser shows them, from its real handlers, without a campus."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hub_fixture import free_port
from journey_people import Person

pytestmark = [pytest.mark.hub, pytest.mark.browser]

CONFIG = Path(__file__).parent / "pages_hub" / "jupyterhub_config.py"
WORD = "a-long-enough-word"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a hub that shows its pages."""
    state, port = tmp_path_factory.mktemp("hub"), free_port()
    ben = {"display": "Ben B.", "role": "learner", "courses": []}
    (state / "people.json").write_text(json.dumps({"schema": 1, "people": {"ben": ben}}))
    told = {"PAGES_HUB_STATE": str(state), "PAGES_HUB_PORT": str(port), "JUPYTERHUB_CRYPT_KEY": "00" * 32}
    words = [sys.executable, "-m", "jupyterhub", "-f", str(CONFIG)]
    with (state / "hub.log").open("wb") as log:
        process = subprocess.Popen(words, cwd=state, env=os.environ | told, stdout=log, stderr=log)
        try:
            url = f"http://127.0.0.1:{port}/hub"
            until = time.monotonic() + 60
            while not answers(f"{url}/health"):
                assert process.poll() is None and time.monotonic() < until, (state / "hub.log").read_text()
                time.sleep(0.2)
            yield url
        finally:
            process.kill()
            process.wait()


def answers(url: str) -> bool:
    try:
        return urllib.request.urlopen(url, timeout=10).status == 200
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture
def visitor(browser: Any) -> Iterator[Person]:
    """Somebody whom the hub does not know yet."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    yield Person("", None, context, context.new_page())  # pyright: ignore[reportArgumentType]
    context.close()


def sign_up(visitor: Person, hub: str, name: str, *, again: str = WORD) -> None:
    page = visitor.page
    page.goto(f"{hub}/signup")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password", exact=True).fill(WORD)
    page.get_by_label("The same password again").fill(again)
    page.get_by_role("button", name="Sign up").click()


def come_in(visitor: Person, hub: str, name: str) -> None:
    """Sign up and in, and stay at the hub: there is no campus to go to."""
    sign_up(visitor, hub, name)
    page = visitor.page
    page.goto(f"{hub}/login?next=%2Fhub%2Fhome")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password", exact=True).fill(WORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Your session").wait_for()


def test_signing_up_stands_well_before_a_mistake_and_after(visitor: Person, hub: str) -> None:
    page = visitor.page
    page.goto(f"{hub}/login")
    page.get_by_role("link", name="Sign up").click()
    page.get_by_role("heading", name="Sign up").wait_for()
    visitor.stands_well("sign-up")
    sign_up(visitor, hub, "hanna", again="another")
    page.get_by_role("alert").get_by_text("two passwords are not the same").wait_for()
    assert page.get_by_label("Name").input_value() == "hanna", "she need not type it again"
    visitor.stands_well("sign-up-wrong")
    sign_up(visitor, hub, "hanna")
    page.get_by_text("You are signed up as hanna.").wait_for()
    visitor.stands_well("sign-up-done")


def test_a_session_that_gets_ready_stands_well_and_says_so_when_it_is_slow(visitor: Person, hub: str) -> None:
    come_in(visitor, hub, "ben")
    page = visitor.page
    assert page.locator(".who .name").inner_text() == "Ben B."
    visitor.stands_well("hub-home-stopped")
    page.clock.install()
    page.goto(f"{hub}/spawn/ben")
    page.get_by_role("heading", name="The lesson is getting ready").wait_for()
    visitor.stands_well("session-starts")
    page.clock.run_for(10_500)
    page.get_by_text("It takes longer than usual").wait_for()
    visitor.stands_well("session-starts-slowly")


def test_jupyterhubs_own_page_of_tokens_stands_well(visitor: Person, hub: str) -> None:
    come_in(visitor, hub, "gita")
    page = visitor.page
    page.goto(f"{hub}/token")
    page.get_by_label("Note").fill("for a script of mine")
    page.get_by_role("button", name="Request new API token").click()
    page.get_by_text("Your new API Token").wait_for()
    page.reload()
    page.get_by_role("cell", name="for a script of mine").wait_for()
    visitor.stands_well("tokens", full=True)


def test_a_session_that_has_ended_stands_well(visitor: Person, hub: str) -> None:
    come_in(visitor, hub, "eva")
    page = visitor.page
    page.route("**/hub/spawn/eva*", lambda route: route.fulfill(status=204))  # it starts by itself: not yet
    page.goto(f"{hub}/user/eva/tree")
    page.get_by_role("heading", name="Your session has ended").wait_for()
    visitor.stands_well("session-ended")


@pytest.mark.parametrize("name", ["carla", "finn"])
def test_a_session_that_cannot_start_says_why_at_once_or_later(visitor: Person, hub: str, name: str) -> None:
    come_in(visitor, hub, name)
    visitor.page.goto(f"{hub}/spawn/{name}")
    visitor.page.get_by_role("heading", name="Your session could not be started").wait_for()
    lead = visitor.page.locator("p.lead").first.inner_text()
    assert lead.startswith("Your session cannot start on this machine just now.")
    assert "server" not in visitor.page.locator("main").inner_text(), "JupyterHub's own words are others"
    assert visitor.page.get_by_role("link", name="Try again").is_visible()
    visitor.stands_well(f"session-refused-{name}")


def test_a_session_that_is_ending_stands_well(visitor: Person, hub: str) -> None:
    come_in(visitor, hub, "dora")
    page = visitor.page
    started = ask(page, "POST", "/hub/api/users/dora/server")
    assert started in (201, 202), started
    page.goto(f"{hub}/home")
    page.get_by_text("It is running.").wait_for()
    visitor.stands_well("hub-home-running")
    page.evaluate("() => { " + asking("DELETE", "/hub/api/users/dora/server") + "; }")
    page.wait_for_timeout(500)
    page.goto(f"{hub}/spawn-pending/dora")
    page.get_by_role("heading", name="Your session is ending").wait_for()
    visitor.stands_well("session-ends")


def asking(how: str, path: str) -> str:
    return f"""fetch("{path}", {{method: "{how}", headers: {{"X-XSRFToken": window.jhdata.xsrf_token}}}})"""


def ask(page: Any, how: str, path: str) -> int:
    return page.evaluate(f"async () => (await {asking(how, path)}).status")
