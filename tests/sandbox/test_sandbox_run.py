"""Running a command behind the walls: what it gets, and how it ends."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sandbox_hub import wait_for
from senolab.sandbox import Limits, Mount, command, home_of, ledger, run, walls

PYTHON = sys.executable


def test_a_command_gets_its_own_environment_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOT_FOR_THEM", "secret")
    done = run([PYTHON, "-c", "import os; print(dict(os.environ))"], env={"LESSON": "one"}, user="ana")
    words = eval(done.text)
    assert words.pop("PWD") == words["HOME"] == "/home/ana"
    assert words["LESSON"] == "one"
    assert words["USER"] == "ana"
    assert set(words) == {"HOME", "LANG", "LESSON", "LOGNAME", "PATH", "SHELL", "TMPDIR", "USER"}


def test_values_of_the_environment_stand_in_no_argument_list() -> None:
    words = command(["true"], keep=["TOKEN"])
    assert "TOKEN" in words[-1]
    done = run(["cat", "/proc/1/cmdline"], env={"TOKEN": "secret-value"})
    assert "secret-value" not in done.text


def test_the_account_inside_is_invented() -> None:
    code = "import getpass, os, pwd; print(getpass.getuser(), os.getuid(), pwd.getpwuid(os.getuid()).pw_dir)"
    assert run([PYTHON, "-c", code], user="ana").text == "ana 1000 /home/ana\n"


@pytest.mark.parametrize("name", ["", "..", ".x", "a/b", "a:b", "a\nb", "-" * 65])
def test_a_name_that_no_account_can_have_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be an account's name"):
        command(["true"], user=name)


def test_a_home_never_covers_the_environment_python_runs_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walls, "interpreter", lambda: [Path("/home/ines/senolab/.venv")])
    assert home_of("ines") == "/srv/home/ines"
    assert home_of("ana") == "/home/ana"


def test_a_learner_called_like_the_account_that_serves_has_a_working_home(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine")
    owner = Path(sys.prefix).parts[1:3]
    assert owner  # the environment lies somewhere
    done = run(["cat", "note.txt"], home=tmp_path, user="ines")
    assert done.text == "mine"


def test_packages_and_this_package_load_inside() -> None:
    done = run([PYTHON, "-c", "import numpy, senolab.sandbox; print(senolab.__version__)"])
    assert done.returncode == 0, done.complaint


def test_a_writable_mount_is_written_and_a_read_only_one_is_not(tmp_path: Path) -> None:
    for name in ("mine", "theirs"):
        (tmp_path / name).mkdir()
    mounts = [Mount(tmp_path / "mine", "/mine", writable=True), Mount(tmp_path / "theirs", "/theirs")]
    done = run(["sh", "-c", "echo a > /mine/a; echo b > /theirs/b"], mounts=mounts)
    assert (tmp_path / "mine" / "a").read_text() == "a\n"
    assert list((tmp_path / "theirs").iterdir()) == []
    assert "Read-only" in done.complaint


@pytest.mark.parametrize("stands", ["nothing", "a link", "a folder"])
def test_a_single_file_is_shown_in_a_folder_that_is_written_only_over_a_file(
    tmp_path: Path, stands: str
) -> None:
    key, home = tmp_path / "key", tmp_path / "home"
    key.touch()
    home.mkdir()
    if stands == "a link":
        (home / "key").symlink_to(key)
    elif stands == "a folder":
        (home / "key").mkdir()
    with pytest.raises(ValueError, match="only over a file"):
        command(["true"], home=home, mounts=[Mount(key, "/home/learner/key")])


def test_input_and_long_output_pass_whole() -> None:
    text = os.urandom(300_000)
    done = run(["cat"], stdin=text)
    assert done.stdout == text
    assert done.reason is None


def test_a_command_that_does_not_read_its_input_ends_all_the_same() -> None:
    assert run(["true"], stdin=b"x" * 3_000_000).returncode == 0


def test_lines_are_told_as_they_come() -> None:
    lines: list[str] = []
    run(["printf", "one\\ntwo\\nthree"], on_line=lines.append)
    assert lines == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["true"], 0),
        (["sh", "-c", "exit 7"], 7),
        (["sh", "-c", "kill -9 $$"], 137),
        (["no-such-program"], 127),
    ],
)
def test_the_status_is_the_commands(words: list[str], status: int) -> None:
    done = run(words)
    assert (done.returncode, done.reason) == (status, None)


def test_a_program_that_is_missing_is_named() -> None:
    assert "no-such-program" in run(["no-such-program"]).complaint


def test_a_command_that_closed_its_outputs_is_still_held_to_its_time() -> None:
    code = "import os, time; os.closerange(0, 3); time.sleep(60)"
    assert run([PYTHON, "-c", code], limits=Limits(wall_seconds=0.8)).reason == "time"


def test_a_command_can_be_cancelled() -> None:
    cancel = threading.Event()
    threading.Timer(0.5, cancel.set).start()
    assert run(["sleep", "60"], cancel=cancel).reason == "cancelled"


def test_a_sandbox_that_cannot_be_built_is_told_apart(tmp_path: Path) -> None:
    done = run(["true"], mounts=[Mount(tmp_path / "missing", "/there")])
    assert done.reason == "sandbox"
    assert "missing" in done.complaint


def test_everything_dies_with_the_thread_that_started_it(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys\n"
        "from senolab.sandbox import command\n"
        "words = command(['sh', '-c', 'echo up; sleep 60; echo late'])\n"
        "process = subprocess.Popen(words, stdout=subprocess.PIPE)\n"
        "process.stdout.readline()\n"
        "print(open(f'/proc/{process.pid}/task/{process.pid}/children').read())\n"
        "sys.stdout.flush()\n"
        "import os; os._exit(0)"
    )
    first = int(subprocess.run([PYTHON, "-c", code], capture_output=True, text=True, check=True).stdout)
    assert wait_for(lambda: ledger.born(first) is None)


def test_a_nesting_sandbox_builds_sandboxes() -> None:
    code = "from senolab.sandbox import run; done = run(['echo', 'deep']); print(done.text, done.complaint)"
    done = run([PYTHON, "-c", code], nesting=True)
    assert "deep" in done.text, done.text + done.complaint
