"""Who was removed, or teaches no longer, has nothing left: a real hub, with each way of signing in."""

import asyncio
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hub_fixture import Answer, Visitor, free_port, temporary_state
from senolab.operation import accounts
from senolab.operation.checks import AUTHENTICATORS
from senolab.operation.settings import Ports, Settings, to_json

from hub_config import members
from hub_config.roles import TEACH

pytestmark = pytest.mark.hub
CONFIG = Path(__file__).parent / "members_hub" / "jupyterhub_config.py"
READING, BUILDING = "reading-with-ai", "building-models"
WORD = "a-long-enough-word"


@dataclass
class Hub:
    """A hub, whom its people.json names, and what somebody has in her hands after she signed in."""

    state: Path
    kind: str
    servers: int
    port: int = field(default_factory=free_port)
    process: subprocess.Popen | None = None

    def start(self) -> None:
        ports = Ports(self.port, free_port(), free_port(), {READING: free_port(), BUILDING: free_port()})
        told = Settings(
            self.state, self.state, port=free_port(), address=f"http://127.0.0.1:{self.port}",
            subdomains=False, authenticator=self.kind, courses=(BUILDING, READING), ports=ports,
        )  # fmt: skip
        (self.state / "campus.json").write_text(to_json(told))
        for name in ("hub", "secrets", "running"):
            (self.state / name).mkdir(exist_ok=True, mode=0o700)
        with (self.state / "hub.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "jupyterhub", "--config", str(CONFIG)],
                env={
                    "PATH": os.environ["PATH"], "SENOLAB_STATE": str(self.state),
                    "TEST_WORD": WORD, "TEST_PORT": str(self.servers),
                },
                cwd=self.state, stdout=log, stderr=log,
            )  # fmt: skip
        self.eventually(self.answers, "the hub does not answer", 60)

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def answers(self) -> bool:
        assert self.process and self.process.poll() is None, (self.state / "hub.log").read_text()[-3000:]
        try:
            return self.visitor().get("/hub/health").status == 200
        except OSError:
            return False

    def visitor(self) -> Visitor:
        campus: Any = SimpleNamespace(url=f"http://127.0.0.1:{self.port}", trusted=None)
        return Visitor(campus)

    @property
    def people(self) -> dict[str, accounts.Account]:
        return accounts.read(self.state / "people.json")

    def remove(self, name: str) -> None:
        accounts.write(self.state / "people.json", {k: v for k, v in self.people.items() if k != name})

    def add(self, name: str, role: str, *courses: str) -> None:
        account = accounts.Account(name, name, role, courses, accounts.hashed(WORD))
        accounts.write(self.state / "people.json", {**self.people, name: account})

    def sign_up(self, name: str) -> None:
        if self.kind == "native":
            visitor = self.visitor()
            page = visitor.get("/hub/signup")
            words = dict.fromkeys(("signup_password", "signup_password_confirmation"), WORD)
            visitor.post(page.url, form={"username": name, "_xsrf": xsrf_of(page), **words})

    def server(self, name: str) -> Path:
        return self.state / "running" / name

    def eventually(self, holds: Callable[[], bool], what: str, patience: float = 15) -> None:
        until = time.monotonic() + patience
        while not holds():
            assert time.monotonic() < until, f"{what}\n{(self.state / 'hub.log').read_text()[-4000:]}"
            time.sleep(0.1)


def xsrf_of(page: Answer) -> str:
    found = re.search(r'name="_xsrf" value="([^"]+)"', page.text)
    assert found, page.text[:2000]
    return found[1]


@dataclass
class Hands:
    """What a person holds: the cookie of her browser, and a token such as campus and server use for her."""

    name: str
    browser: Visitor
    token: str

    def by_cookie(self) -> Answer:
        return self.browser.get("/hub/api/user")

    def by_token(self) -> Answer:
        stranger = Visitor(self.browser.campus)
        return stranger.get("/hub/api/user", headers={"Authorization": f"token {self.token}"})


def signed_in(hub: Hub, name: str, *, server: bool = True) -> Hands:
    browser = hub.visitor()
    browser.sign_in(name, WORD)
    page = browser.get("/hub/token")
    assert page.status == 200, (hub.state / "hub.log").read_text()[-3000:]
    xsrf = {"X-XSRFToken": browser.cookie("_xsrf", page.url) or ""}
    made = browser.post(f"/hub/api/users/{name}/tokens", json_body={}, headers=xsrf)
    if server:
        browser.post(f"/hub/api/users/{name}/server", json_body={}, headers=xsrf)
        hub.eventually(lambda: browser.get("/hub/api/user").json()["servers"][""]["ready"], "not ready")
        assert hub.server(name).exists()
    return Hands(name, browser, made.json()["token"])


class Answering(BaseHTTPRequestHandler):
    """What every user's server says."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def servers() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture(scope="module", params=AUTHENTICATORS)
def hub(request: pytest.FixtureRequest, servers: int) -> Iterator[Hub]:
    with temporary_state() as state:
        one = Hub(state, request.param, servers)
        try:
            one.start()
            yield one
        finally:
            one.stop()


@pytest.fixture
def teacher(hub: Hub) -> Callable[[str], Hands]:
    """Give a new teacher of one course, signed in, with a running server."""

    def new(name: str) -> Hands:
        hub.sign_up(name)
        hub.add(name, "instructor", READING)
        return signed_in(hub, name)

    return new


Teacher = Callable[[str], Hands]


def test_whoever_is_removed_has_nothing_left_within_seconds(hub: Hub, teacher: Teacher) -> None:
    eva = teacher("eva")
    for told in (eva.by_cookie().json(), eva.by_token().json()):
        assert told["groups"] == [f"formgrade-{READING}"]
        assert TEACH in told["scopes"]
    hub.remove("eva")
    hub.eventually(lambda: not hub.server("eva").exists(), "her server runs on")
    assert eva.by_token().status == 403
    assert eva.by_cookie().status == 403
    assert "login" in eva.browser.get("/hub/home").url
    assert hub.visitor().sign_in("eva", WORD).status == 403


def test_a_teacher_who_becomes_a_learner_teaches_no_more(hub: Hub, teacher: Teacher) -> None:
    mia = teacher("mia")
    hub.remove("mia")
    hub.add("mia", "learner", READING)
    hub.eventually(lambda: not hub.server("mia").exists(), "a server with the teachers' folders runs on")
    later = signed_in(hub, "mia", server=False)
    assert mia.by_token().status == 403 or TEACH not in mia.by_token().json()["scopes"]
    for told in (later.by_cookie().json(), later.by_token().json()):
        assert told["groups"] == [f"nbgrader-{READING}"]
        assert TEACH not in told["scopes"]


def test_what_was_changed_while_no_hub_ran_counts_from_its_first_answer(hub: Hub, teacher: Teacher) -> None:
    gone, demoted, kept = teacher("gone"), teacher("demoted"), teacher("kept")
    hub.stop()
    hub.remove("gone")
    hub.remove("demoted")
    hub.add("demoted", "learner", READING)
    hub.start()
    assert gone.by_token().status == 403
    assert gone.by_cookie().status == 403
    told = demoted.by_token().json()
    assert told["groups"] == [f"nbgrader-{READING}"]
    assert TEACH not in told["scopes"]
    for name in ("gone", "demoted"):  # which outlived the hub
        hub.eventually(lambda name=name: not hub.server(name).exists(), f"the server of {name} runs on")
    assert TEACH in kept.by_token().json()["scopes"]
    assert hub.server("kept").exists()


def test_a_change_of_courses_counts_and_a_further_one_ends_no_server(hub: Hub, teacher: Teacher) -> None:
    ada = teacher("ada")
    hub.add("ada", "instructor", READING, BUILDING)
    both = [f"formgrade-{BUILDING}", f"formgrade-{READING}"]
    hub.eventually(lambda: sorted(ada.by_token().json()["groups"]) == both, "not in both")
    time.sleep(1.2)  # longer than a round
    assert hub.server("ada").exists()
    hub.add("ada", "instructor", BUILDING)
    hub.eventually(lambda: ada.by_token().json()["groups"] == both[:1], "still in both")
    hub.eventually(lambda: not hub.server("ada").exists(), "a server with the other course's folder runs on")


@pytest.mark.parametrize("slip", ["damaged", "lost"])
def test_a_slip_of_the_operators_pen_turns_nobody_out(hub: Hub, teacher: Teacher, slip: str) -> None:
    uma = teacher(f"uma-{slip}")
    file = hub.state / "people.json"
    kept = file.read_bytes()
    file.write_text("{") if slip == "damaged" else file.unlink()
    time.sleep(1.5)  # longer than a round, and than a sign-in counts without a look at the file
    assert uma.by_cookie().status == uma.by_token().status == 200
    assert hub.server(uma.name).exists()
    file.write_bytes(kept)
    hub.remove(uma.name)
    hub.eventually(lambda: not hub.server(uma.name).exists(), "the file counts no more")


def test_a_server_that_does_not_end_keeps_nobody_elses_rights(hub: Hub, teacher: Teacher) -> None:
    first, second = teacher("abe"), teacher("zoe")
    (hub.state / "stuck").mkdir(exist_ok=True)
    (hub.state / "stuck" / "abe").touch()
    kept = {name: one for name, one in hub.people.items() if name not in ("abe", "zoe")}
    accounts.write(hub.state / "people.json", kept)
    hub.eventually(lambda: not hub.server("zoe").exists(), "another's server runs on")
    assert {hands.by_token().status for hands in (first, second)} == {403}
    late = teacher("late")
    hub.remove("late")
    hub.eventually(lambda: not hub.server("late").exists(), "no round follows the one that broke off")
    assert late.by_token().status == 403


def test_a_round_that_breaks_off_is_taken_up_again(tmp_path: Path) -> None:
    class Door(members.Members):
        broken = True

        async def _bring_up(self, app: Any) -> bool:
            if self.broken:
                raise OSError("the database is locked")
            return True

    app = SimpleNamespace(db=SimpleNamespace(rollback=lambda: None))
    accounts.write(tmp_path / "people.json", {})
    door = Door(people_file=str(tmp_path / "people.json"))
    asyncio.run(door.look(app))
    assert door._seen == ()
    door.broken = False
    asyncio.run(door.look(app))
    assert door._seen == door._stamp()


def test_a_file_that_nobody_ever_read_lets_nobody_in(tmp_path: Path) -> None:
    (tmp_path / "people.json").write_text("{")
    door = members.Members(people_file=str(tmp_path / "people.json"))
    with pytest.raises(accounts.AccountsError, match="cannot be read"):
        door.member("ana")
    (tmp_path / "people.json").unlink()
    assert door.member("ana") is None and "is gone" in door._slip()
