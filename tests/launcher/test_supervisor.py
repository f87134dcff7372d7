"""Keeping processes alive, and leaving none."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from senolab.cli import logs, processes, supervisor
from senolab.cli.children import Child
from senolab.operation.settings import Settings
from senolab.sandbox import ledger as servers
from senolab.sandbox import sockets

PYTHON = sys.executable
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("here", flush=True)
time.sleep(600)
"""
# A child that leaves a grandchild in a session of its own, as a daemon does.
LEAVES_ONE = """
import subprocess, time
subprocess.Popen(["sleep", "600"], start_new_session=True)
time.sleep(600)
"""


class Crew:
    """A supervisor in a process of its own, so that its children are nobody else's."""

    def __init__(self, folder: Path, children: list[Child]) -> None:
        self.folder = folder
        plan = [
            (one.name, one.argv, {"PATH": "/usr/bin:/bin"}, one.after, one.once, False, one.piped)
            for one in children
        ]
        code = f"""
import sys
from pathlib import Path
from senolab.cli import supervisor
from senolab.cli.children import Child
supervisor.KIND = supervisor.FIRM = 1.0
supervisor.PAUSES = (0.05,)
folder = Path({str(folder)!r})
crew = [Child(*one) for one in {plan!r}]
supervisor.Supervisor(crew, logs=folder, ledger=folder / "processes.json", say=supervisor.say,
    started=lambda name: print("started", name, flush=True),
    ended=lambda name, status: print("ended", name, status, flush=True)).run(lambda: None)
print("over", flush=True)
"""
        self.said = folder / "said"
        with self.said.open("wb") as file:
            self.process = subprocess.Popen([PYTHON, "-c", code], stdout=file, stderr=file)

    def wait_for(self, words: str, times: int = 1) -> None:
        eventually(lambda: self.said.read_text().count(words) >= times, self.said.read_text)

    def pid(self, name: str) -> int:
        return json.loads((self.folder / "pids.json").read_text())[name]


def eventually(holds: Callable[[], bool], what: Callable[[], str] = lambda: "") -> None:
    until = time.monotonic() + 40
    while not holds():
        assert time.monotonic() < until, what()
        time.sleep(0.02)


@pytest.fixture
def crew(tmp_path: Path):
    crews: list[Crew] = []

    def make(*children: Child) -> Crew:
        crews.append(Crew(tmp_path, list(children)))
        return crews[-1]

    yield make
    for one in crews:
        left = processes.descendants(one.process.pid)
        one.process.kill()
        one.process.wait()
        processes.end(left, patience=0)


def test_a_killed_child_is_started_again(crew) -> None:
    one = crew(Child("sleeper", ("sleep", "600")))
    one.wait_for("started sleeper")
    os.kill(one.pid("sleeper"), signal.SIGKILL)
    one.wait_for("sleeper ended (killed by SIGKILL) and is started again")
    one.wait_for("started sleeper", times=2)


def test_a_child_that_is_done_stays_done(crew) -> None:
    one = crew(Child("once", ("true",), once=True), Child("sleeper", ("sleep", "600")))
    one.wait_for("ended once 0")
    time.sleep(0.5)
    assert one.said.read_text().count("started once") == 1


def test_a_child_waits_for_its_port(crew) -> None:
    one = crew(Child("late", ("sleep", "600"), after=1), Child("early", ("sleep", "600")))
    one.wait_for("started early")
    time.sleep(0.5)
    assert "started late" not in one.said.read_text()


def test_a_command_that_is_not_there_is_told_and_stops_nobody(crew) -> None:
    one = crew(Child("missing", ("/no/such/program",)), Child("sleeper", ("sleep", "600")))
    one.wait_for("missing cannot be started: No such file or directory")
    one.wait_for("started sleeper")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_the_end_takes_stubborn_children_and_escaped_grandchildren_along(crew, number: int) -> None:
    one = crew(Child("stubborn", (PYTHON, "-c", STUBBORN)), Child("leaver", (PYTHON, "-c", LEAVES_ONE)))
    log = one.folder / "stubborn.log"
    eventually(lambda: log.exists() and "here" in log.read_text())
    eventually(lambda: len(processes.descendants(one.process.pid)) == 3)
    os.kill(one.pid("leaver"), signal.SIGKILL)
    one.wait_for("started leaver", times=2)  # its grandchild now belongs to the supervisor
    eventually(lambda: len(processes.descendants(one.process.pid)) == 4)
    below = processes.descendants(one.process.pid)
    one.process.send_signal(number)
    assert one.process.wait(40) == 0
    assert not processes.alive(below)
    assert "over" in one.said.read_text()


def test_children_end_when_the_launcher_is_killed(crew) -> None:
    one = crew(Child("sleeper", ("sleep", "600")))
    one.wait_for("started sleeper")
    sleeper = processes.process(one.pid("sleeper"))
    assert sleeper
    one.process.kill()
    one.process.wait()
    eventually(lambda: not processes.alive([sleeper]))


def test_leftovers_are_ended_and_strangers_with_a_used_number_are_not(tmp_path: Path) -> None:
    with (
        subprocess.Popen(["sleep", "600"]) as left,
        subprocess.Popen(["sleep", "600"]) as stranger,
        subprocess.Popen(["sleep", "600"], env={processes.MARK: str(tmp_path)}) as marked,
    ):
        mine, other = processes.process(left.pid), processes.process(stranger.pid)
        assert mine
        assert other
        ledger = tmp_path / "processes.json"
        ledger.write_text(json.dumps([mine.to_json(), {**other.to_json(), "start": other.start + 1}]))
        assert supervisor.clear_leftovers(ledger, tmp_path) == 2
        assert left.wait(20) < 0
        assert marked.wait(20) < 0
        assert stranger.poll() is None
        stranger.kill()


def test_a_users_server_that_a_killed_launcher_had_not_noticed_is_ended_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    server = subprocess.Popen(["sleep", "600"], start_new_session=True)
    number = servers.born(server.pid) or 0
    folder = sockets.folder_for(tmp_path) / "ana"
    folder.mkdir(parents=True)
    servers.write(folder, servers.Running("ana", server.pid, number, server.pid, number))
    assert supervisor.clear_leftovers(tmp_path / "processes.json", tmp_path) == 1
    assert server.wait(20) < 0
    assert not folder.exists()


@pytest.mark.parametrize("text", ["", "{", "[1]", '[{"pid": 1}]', "null"])
def test_a_damaged_ledger_is_no_trouble(tmp_path: Path, text: str) -> None:
    (tmp_path / "processes.json").write_text(text)
    assert supervisor.clear_leftovers(tmp_path / "processes.json", tmp_path) == 0


def test_a_long_log_is_turned_over_while_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "LOG_LIMIT", 100)
    log = tmp_path / "hub.log"
    with log.open("ab") as writer:
        writer.write(b"x" * 200)
        writer.flush()
        logs.turn_over(log)
        writer.write(b"after")
    assert log.read_bytes() == b"after"
    assert len((tmp_path / "hub.log.1").read_bytes()) == 200


def test_a_piped_childs_words_reach_its_log_and_a_disk_that_takes_none_does_not_stop_it(
    crew: Callable[..., Crew], tmp_path: Path
) -> None:
    (tmp_path / "full.log").symlink_to("/dev/full")  # whatever is written there: no space left
    talks = "import time\nprint('x' * 300_000, flush=True)\nprint('said', flush=True)\n"
    waits = "open('{}', 'w').close()\ntime.sleep(600)"
    children = [
        Child(name, (PYTHON, "-c", talks + waits.format(tmp_path / f"{name}-done")), piped=True)
        for name in ("full", "roomy")
    ]
    one = crew(*children)
    eventually(lambda: all((tmp_path / f"{child.name}-done").exists() for child in children))
    eventually(lambda: (tmp_path / "roomy.log").read_text().endswith("x\nsaid\n"))
    assert "ended" not in one.said.read_text()


def test_a_full_disk_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    keeper = supervisor.Supervisor(
        [],
        logs=tmp_path,
        ledger=tmp_path / "processes.json",
        say=said.append,
        started=lambda _: None,
        ended=lambda *_: None,
    )
    for free in (0, 0, 10 << 20, 0):
        monkeypatch.setattr(
            logs.shutil, "disk_usage", lambda _, free=free: shutil._ntuple_diskusage(1, 1, free)
        )
        keeper._watch_disk()
    assert len(said) == 2 and "is full" in said[0]


def test_nothing_of_the_operators_surroundings_reaches_a_child(tmp_path: Path) -> None:
    from senolab.cli.children import children

    campus = Settings(state=tmp_path, checkout=tmp_path)
    tokens = dict.fromkeys(("proxy", "campus", "cull", "launcher"), "t")
    around = {
        "PATH": "/bin",
        "HOME": "/h",
        "AWS_SECRET_ACCESS_KEY": "s",
        "https_proxy": "p",
        "PYTHONPATH": "/x",
    }
    for child in children(campus, tokens, node="node", surroundings=around):
        assert not {"AWS_SECRET_ACCESS_KEY", "https_proxy"} & set(child.environment), child.name
        assert child.environment.get("PYTHONPATH") != "/x"
        assert child.argv[0] == "node" or child.argv[1] == "-P", "the folder one stands in"
        assert child.environment[processes.MARK] == str(tmp_path)
