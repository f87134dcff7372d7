"""`./senolab` by a Python without packages: where nothing is installed, and where all is."""

import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from senolab.cli import doctor, install, launch, machine, service_account
from senolab.cli.main import VERBS
from senolab.cli.main import main as senolab

CHECKOUT = Path(__file__).parents[2]
PARTS = (
    "extensions",
    "constraints",
    "courses",
    "pyproject.toml",
    "package.json",
    "package-lock.json",
    "build.mjs",
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the checkout in which nothing is installed."""
    shutil.copy(CHECKOUT / "senolab", tmp_path)
    for name in PARTS:
        (tmp_path / name).symlink_to(CHECKOUT / name)
    return tmp_path


@pytest.fixture
def installed(copy: Path) -> Path:
    """The same after an install; its interpreter only repeats what it was given."""
    made = install.Install(copy, sys.executable)
    made.command.parent.mkdir(parents=True)
    made.command.write_text('#!/bin/sh\necho "told by the install: $*"\n')
    made.command.chmod(0o755)
    stamp = made.wanted("hub") | {"place": str(made.environment)}
    (made.environment / ".senolab-stamp").write_text(json.dumps(stamp))
    return copy


def called(copy: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Call the launcher as a machine's Python without packages would."""
    python = (sys.executable, "-I", "-S", "-B", str(copy / "senolab"))
    done = subprocess.run(
        [*python, *words], capture_output=True, text=True, cwd=copy, env={"PATH": "/usr/bin:/bin"}
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


# -- doctor ------------------------------------------------------------------------------------------
def findings(copy: Path, *words: str) -> dict[str, dict]:
    done = called(copy, "doctor", "--json", *words)
    return {one["what"]: one for one in json.loads(done.stdout)}


def test_the_doctor_looks_at_everything_where_nothing_is_installed(copy: Path) -> None:
    found = findings(copy)
    assert found["install"]["mend"] == "./senolab up"
    assert "will be made at the first start" in found["state"]["words"]
    assert "port 8000" in found and "ip" in found
    said = called(copy, "doctor")
    assert said.returncode == 1
    assert "MISSING  install" in said.stdout
    assert "port 8000" in said.stdout


def test_the_doctor_looks_at_everything_where_all_is_installed(installed: Path) -> None:
    state = installed / ".senolab"
    state.mkdir(mode=0o700)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (state / "settings.json").write_text(json.dumps({"port": port}))
        found = findings(installed)
    assert found["install"]["words"] == "complete"
    assert found["settings"]["ok"] and found["people"]["words"] == "nobody may sign in yet"
    assert found[f"port {port}"]["words"] == "taken, by this campus if it runs"


def test_the_doctor_names_the_file_that_is_to_be_mended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tmp_path.chmod(0o700)
    (tmp_path / "people.json").write_text("{")
    assert senolab(["doctor", "--json", "--state", str(tmp_path)]) == 1
    found = {one["what"]: one for one in json.loads(capsys.readouterr().out)}
    assert found["settings"]["ok"]
    assert str(tmp_path / "people.json") in found["people"]["mend"]


def test_the_doctor_tells_whose_the_state_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o700)
    monkeypatch.setattr(doctor.os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    state = next(one for one in doctor.findings(tmp_path, tmp_path) if one.what == "state")
    assert not state.ok
    assert "belongs to another account" in state.words


def test_the_doctor_says_when_all_share_one_origin(copy: Path) -> None:
    state = copy / ".senolab"
    state.mkdir(mode=0o700)
    chosen = {"authenticator": "pam", "address": "https://192.0.2.1", "accept_one_shared_origin": True}
    (state / "settings.json").write_text(json.dumps(chosen))
    origins = findings(copy)["origins"]
    assert not origins["ok"]
    assert "one origin" in origins["words"]
    assert "wildcard DNS entry" in origins["mend"]


@pytest.mark.parametrize(("account", "changed"), [(0, True), (1000, False)])
def test_as_root_the_doctor_looks_by_the_python_that_serves(
    copy: Path, monkeypatch: pytest.MonkeyPatch, account: int, changed: bool
) -> None:
    class BecameError(Exception):
        pass

    def become(python: Path, words: list[str], surroundings: dict[str, str]) -> None:
        assert (python, words) == (copy / "python3.11", [str(copy / "senolab"), "doctor"])
        monkeypatch.setenv("SENOLAB_CHANGED", surroundings["SENOLAB_CHANGED"])
        raise BecameError

    (copy / "python3.11").touch()
    monkeypatch.setattr(launch.os, "geteuid", lambda: account)
    monkeypatch.setattr(machine, "interpreter", lambda *_: str(copy / "python3.11"))
    monkeypatch.setattr(launch, "_become", become)
    monkeypatch.setattr(launch.main, "main", lambda words: 0)
    if changed:
        with pytest.raises(BecameError):
            launch.run(["doctor"], copy)
    assert launch.run(["doctor"], copy) == 0  # the second time at the latest


# -- help --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("words", [[], ["--help"], ["--help", "exams"]])
def test_the_launcher_without_packages_says_how_it_is_used(copy: Path, words: list[str]) -> None:
    done = called(copy, *words)
    assert "usage: senolab" in done.stdout + done.stderr


@pytest.mark.parametrize("verb", [*VERBS, "test"])
def test_every_verb_says_how_it_is_used_where_nothing_is_installed(copy: Path, verb: str) -> None:
    done = called(copy, verb, "--help")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"usage: senolab {verb} ")
    assert not (copy / ".venv").exists()
    if verb in ("up", "doctor", "people"):
        assert "--state" in done.stdout
    elif verb != "test":
        assert "./senolab up installs it" in done.stdout


@pytest.mark.parametrize("words", [["exams", "make", "-h"], ["course", "--help"], ["grade", "--help"]])
def test_the_install_tells_the_words_of_a_verb_that_needs_packages(installed: Path, words: list[str]) -> None:
    done = called(installed, *words)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == f"told by the install: -P -m senolab.cli.main {' '.join(words)}"
    (installed / ".venv" / ".senolab-stamp").write_text("{}")  # broken off
    assert called(installed, *words).stdout.startswith(f"usage: senolab {words[0]} ...")


@pytest.mark.parametrize("older", [False, True])
def test_as_root_an_older_install_does_not_answer_for_a_newer_checkout(
    installed: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    older: bool,
) -> None:
    newer = tmp_path_factory.mktemp("newer")
    programs = newer / "extensions" / "senolab" / "cli"
    shutil.copytree(CHECKOUT / "extensions", newer / "extensions", ignore=all_but_programs)
    if older:
        (programs / "metrics.py").write_text("# a verb that the install does not know")
    became: list[str] = []
    monkeypatch.setattr(launch.os, "geteuid", lambda: 0)
    monkeypatch.setattr(launch.os, "chdir", lambda folder: None)
    monkeypatch.setattr(service_account, "APP", installed)
    monkeypatch.setattr(service_account, "ensure", lambda: pwd.getpwuid(os.getuid()))
    monkeypatch.setattr(service_account, "become", lambda account: None)
    monkeypatch.setattr(launch, "_become", lambda python, words, surroundings: became.append(words[-2]))
    launch.run(["metrics", "--help"], newer)
    assert became == ([] if older else ["metrics"])
    assert ("./senolab up installs it" in capsys.readouterr().out) == older


def all_but_programs(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if not name.endswith(".py") and not (Path(folder) / name).is_dir()]


# -- what needs a campus -----------------------------------------------------------------------------
@pytest.mark.parametrize("words", [["people", "list"], ["people", "remove", "ana"], ["grade", "a", "01"]])
def test_nothing_is_installed_to_say_that_there_is_no_campus(copy: Path, words: list[str]) -> None:
    for place, more in ((copy / ".senolab", ()), (copy / "else", ("--state", str(copy / "else")))):
        done = called(copy, *words, *more)
        assert done.returncode == 1
        assert f"There is no campus in {place}. Start one with ./senolab up" in done.stderr
    assert not (copy / ".venv").exists()
    assert not (copy / "else").exists()


@pytest.mark.parametrize(
    "words", [["people", "list", "--state=campus"], ["grade", "--course-dir", "any", "p1"]]
)
def test_what_needs_no_other_campus_is_handed_to_the_install(installed: Path, words: list[str]) -> None:
    (installed / "campus").mkdir()
    assert called(installed, *words).stdout.strip().endswith(" ".join(words))


def test_as_root_the_campus_is_looked_for_where_the_service_account_serves(
    copy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SENOLAB_STATE", raising=False)
    monkeypatch.setattr(launch.os, "geteuid", lambda: 0)
    monkeypatch.setattr(service_account, "APP", copy / "app")
    monkeypatch.setattr(service_account, "ensure", lambda: pytest.fail("an account was made for it"))
    assert launch.run(["people", "list"], copy) == 1
    assert f"There is no campus in {copy / 'app' / '.senolab'}." in capsys.readouterr().err
