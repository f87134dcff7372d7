"""A real campus from `senolab up`: its people, its walls, its deaths and its end."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from hub_fixture import RunningCampus, free_port, running_campus, start, temporary_state
from journey_kernel import run_code
from senolab.cli import children, processes
from senolab.operation.settings import from_json
from senolab.sandbox import available

pytestmark = [
    pytest.mark.hub,
    pytest.mark.skipif(sys.platform != "linux", reason="the campus runs on Linux"),
]
COURSE = "reading-with-ai"


@pytest.fixture(scope="module")
def campus() -> Iterator[RunningCampus]:
    """One campus for the tests that leave it as it was."""
    if not available().ok:
        pytest.skip(f"no sandbox here: {available().why}")
    with temporary_state() as state, running_campus(state, release=False) as running:
        yield running


def eventually(holds: Callable[[], bool], what: str, patience: float = 40) -> None:
    until = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < until, what
        time.sleep(0.2)


def left_of(campus: RunningCampus) -> list[processes.Process]:
    return processes.marked(campus.state)


# -- people and addresses ----------------------------------------------------------------------------
def test_a_learner_signs_in_and_is_at_the_campus(campus: RunningCampus) -> None:
    page = campus.visitor("ana").get("/")
    assert page.status == 200
    assert page.url == campus.address("campus")


def test_a_wrong_password_is_told_so(campus: RunningCampus) -> None:
    answer = campus.visitor().sign_in("ana", "wrong")
    assert answer.status == 403
    assert "This name and this password do not belong together" in answer.text
    assert "Education, not diagnosis" in answer.text


def test_who_signs_out_is_signed_out_at_once_and_the_next_is_herself(campus: RunningCampus) -> None:
    browser = campus.visitor("ben")
    page = browser.get(campus.address("campus"))
    assert "Ben" in page.text and f'href="{urlsplit(campus.address("campus")).path}sign-out"' in page.text
    assert "/hub/login" in browser.get(campus.address("campus") + "sign-out").url
    assert "/hub/login" in browser.get(campus.address("campus")).url
    assert browser.sign_in("ana", campus.passwords["ana"]).status == 200
    assert "Ana" in (page := browser.get(campus.address("campus"))).text
    assert "Ben" not in page.text


def test_the_number_of_this_machine_leads_to_its_name(campus: RunningCampus) -> None:
    answer = campus.visitor().get(f"http://127.0.0.1:{campus.port}/", follow=False)
    assert answer.headers["location"].startswith(f"{campus.url}/")


def test_a_teacher_reaches_the_formgrader_and_a_learner_does_not(campus: RunningCampus) -> None:
    address = campus.address(f"grader-{COURSE}")
    ines = campus.visitor("ines")
    # the campus answers before nbgrader's server does
    eventually(lambda: ines.get(address).status == 200, "no formgrader", 120)
    page = ines.get(address)
    assert "formgrade" in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
    assert campus.visitor("ana").get(address).status == 403
    for path in ("api/contents", "api/kernels", "api/terminals", "api/sessions"):
        assert ines.get(address + path).status == 404, path


def test_the_state_is_closed_to_other_accounts(campus: RunningCampus) -> None:
    assert campus.state.stat().st_mode & 0o077 == 0
    for path in (campus.state / "secrets").iterdir():
        assert path.stat().st_mode & 0o077 == 0, path
    for name in ("people.json", "run/campus.json", "run/ports.json"):
        assert (campus.state / name).stat().st_mode & 0o077 == 0, name
    assert not any(word in (campus.state / "people.json").read_text() for word in campus.passwords.values())


def test_a_server_has_its_own_address_and_a_token_that_only_learns(campus: RunningCampus) -> None:
    ana = campus.visitor("ana")
    assert ana.start_server("ana").url.startswith(campus.home_of("ana"))
    assert campus.visitor("ben").get(campus.home_of("ana")).status in (403, 404)
    token = run_code(campus, ana, "ana", "import os; print(os.environ['JUPYTERHUB_API_TOKEN'])").strip()
    me = campus.visitor().get("/hub/api/user", headers={"Authorization": f"token {token}"}).json()
    assert "custom:campus:learn" in me["scopes"]
    assert "custom:campus:teach" not in me["scopes"]
    others = campus.visitor().get("/hub/api/users", headers={"Authorization": f"token {token}"})
    assert others.status == 403 or [user["name"] for user in others.json()] == ["ana"]


def test_nothing_listens_beyond_this_machine(campus: RunningCampus) -> None:
    mine = {str(one.pid) for one in processes.descendants(campus.process.pid)} | {str(campus.process.pid)}
    inodes = set()
    for pid in mine:
        for link in Path(f"/proc/{pid}/fd").glob("*"):
            try:
                target = str(link.readlink())
            except OSError:
                continue
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
    for table, loopback in (("/proc/net/tcp", "0100007F"), ("/proc/net/tcp6", "0" * 24 + "01000000")):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                assert fields[1].startswith(loopback), line


# -- refusals ----------------------------------------------------------------------------------------
def test_a_second_start_on_the_same_state_is_refused_in_one_sentence(campus: RunningCampus) -> None:
    second = start(campus.state, free_port())
    assert second.process.wait(30) == 1
    assert "A campus already runs on" in second.words()
    assert "Traceback" not in second.words()


def test_a_taken_port_is_told_with_the_way_out() -> None:
    with temporary_state() as state, socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = start(state, port)
        assert refused.process.wait(30) == 1
        assert f"Port {port} is taken by another program" in refused.words()
        assert f"--port {port + 1}" in refused.words()


# -- deaths ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["proxy", "hub", "campus", "relay-campus"])
def test_whatever_is_killed_comes_back_and_servers_stay(campus: RunningCampus, name: str) -> None:
    ben = campus.visitor("ben")
    ben.start_server("ben")
    server = _pid_of_server(campus, "ben")
    before = campus.pid(name)
    assert before
    os.kill(before, signal.SIGKILL)
    eventually(lambda: campus.pid(name) not in (None, before), f"{name} did not come back")

    def works() -> bool:
        pages = (campus.url + "/hub/home", campus.address("campus"), campus.home_of("ben") + "api/status")
        try:
            return all(ben.get(page, timeout=5).status == 200 for page in pages)
        except OSError:
            return False

    eventually(works, f"after the death of {name} not everything works:\n{campus.tails()}")
    assert _pid_of_server(campus, "ben") == server, "the learner's server did not survive"


def test_a_killed_server_can_be_started_again(campus: RunningCampus) -> None:
    carla = campus.visitor("carla")
    carla.start_server("carla")
    before = _pid_of_server(campus, "carla")
    os.kill(before, signal.SIGKILL)
    eventually(lambda: not Path(f"/proc/{before}").exists(), "the killed server is still there")
    carla.start_server("carla")
    assert _pid_of_server(campus, "carla") != before


def test_a_server_that_nobody_uses_is_ended(campus: RunningCampus) -> None:
    settings = from_json((campus.state / "run" / "campus.json").read_text("utf-8"))
    words = list(children.culler_words(settings))
    eventually(lambda: words_of(campus.pid("cull")) == words, "no culler", 60)  # it starts when all else has
    assert f"--timeout={settings.idle_minutes * 60}" in words
    carla = campus.visitor("carla")
    carla.start_server("carla")
    server = _pid_of_server(campus, "carla")
    token = (campus.state / "secrets" / "cull.token").read_text()
    soon = [re.sub(r"(--timeout|--cull-every)=\d+", r"\1=2", word) for word in words]
    culler = subprocess.Popen(soon, env=os.environ | children.hub_surroundings(settings, token))
    try:
        eventually(lambda: not Path(f"/proc/{server}").exists(), "the idle server runs on")
    finally:
        culler.terminate()
        culler.wait()
    carla.start_server("carla")


def words_of(pid: int | None) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().rstrip("\0").split("\0")
    except OSError:
        return []


# -- the end -----------------------------------------------------------------------------------------
def test_a_signal_ends_everything_and_the_next_start_keeps_everything(
    record_property: Callable[[str, object], None],
) -> None:
    with temporary_state() as state:
        port = free_port()
        broken_off = start(state, port)
        broken_off.wait_for("starting the campus")
        assert broken_off.stop(signal.SIGINT) == 0
        assert not broken_off.printed_passwords()
        with running_campus(state, port, release=False) as first:
            words = dict(first.passwords)
            assert sorted(words) == ["ana", "ben", "carla", "ines"], "they were not told before"
            first.visitor("ana").start_server("ana")
            (state / "homes" / "ana" / "kept.txt").write_text("kept")
            ends_without_a_trace(first, signal.SIGTERM)
        began = time.monotonic()
        with running_campus(state, port, release=False) as second:
            seconds = round(time.monotonic() - began, 1)
            record_property("seconds of the second start", seconds)
            print(f"the second start took {seconds} s")
            assert second.passwords == {}, "passwords are shown once"
            second.passwords.update(words)
            second.visitor("ana").start_server("ana")
            assert (state / "homes" / "ana" / "kept.txt").read_text() == "kept"
            ends_without_a_trace(second, signal.SIGINT)


def ends_without_a_trace(campus: RunningCampus, number: int) -> None:
    below = processes.descendants(campus.process.pid)
    assert len(below) > 5
    assert campus.stop(number) == 0
    assert not processes.alive(below)
    assert not left_of(campus)


def test_what_a_killed_launcher_left_is_ended_by_the_next_start() -> None:
    with temporary_state() as state:
        port = free_port()
        with running_campus(state, port, release=False) as first:
            first.visitor("ana").start_server("ana")
            below = processes.descendants(first.process.pid)
            assert len(below) > 5
            first.process.kill()
            first.process.wait()
        with running_campus(state, port, release=False):
            assert not processes.alive(below)


def test_without_a_sandbox_one_person_is_served_under_a_red_banner() -> None:
    with (
        temporary_state() as state,
        running_campus(state, release=False, environment={"SENOLAB_FORCE_UNPROTECTED": "1"}) as campus,
    ):
        assert "UNPROTECTED" in campus.words()
        page = campus.visitor().get("/hub/login")
        assert "Unprotected: this machine has no sandbox" in page.text
        campus.enrol("dora")
        assert campus.visitor().sign_in("dora", campus.passwords["dora"]).status == 403
        ines = campus.visitor("ines")
        assert "Unprotected: this machine has no sandbox" in ines.get(campus.address("campus")).text
        assert ines.start_server("ines").status == 200


def _pid_of_server(campus: RunningCampus, user: str) -> int:
    notes = list((campus.state / "run" / "servers").glob(f"{user}/server.json"))
    assert notes, f"no server of {user}"
    return json.loads(notes[0].read_text())["first"]
