"""`senolab doctor`: what this machine has, what it lacks, and the exact command that mends it.

Standard library only, in all that it imports: it must work where nothing is installed yet.
"""

import argparse
import contextlib
import importlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from senolab.operation import accounts, checks, settings

from . import install, machine, preparing, service_account
from .main import CHECKOUT, RefusedError, state_folder

SPACE = 4 << 30  # bytes for an install and the first exams
MEMORY = 3 << 30
_NAMES = (
    "give the campus a name with a wildcard DNS entry (campus.example.org and *.campus.example.org), write "
    "it as address, and take accept_one_shared_origin out of settings.json"
)


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `needed` tells whether the campus can be served without it."""

    what: str
    ok: bool
    words: str
    mend: str = ""
    needed: bool = True


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the words of `senolab doctor`."""
    parser = subparsers.add_parser("doctor", help="check what the machine has and what it lacks")
    parser.add_argument("--state", type=Path, help="folder that keeps everything (.senolab)")
    parser.add_argument("--json", action="store_true", help="one array of findings on standard output")


def run(args: argparse.Namespace) -> int:
    """Look at everything; 1 if something that is needed is missing."""
    home = service_account.served_from(CHECKOUT)
    state = state_folder(args.state, home)
    found = list(findings(home, state))
    if args.json:
        print(json.dumps([asdict(one) for one in found], ensure_ascii=False))
    else:
        for one in found:
            print(line(one))
    return 0 if all(one.ok or not one.needed for one in found) else 1


def line(one: Finding) -> str:
    """Return a finding as a line, and a second one with the mend."""
    sign = "ok     " if one.ok else ("MISSING" if one.needed else "without")
    mend = f"\n{'':9}{'':<22}-> {one.mend}" if one.mend and not one.ok else ""
    return f"{sign}  {one.what:<22}{one.words}{mend}"


def findings(checkout: Path, state: Path) -> Iterator[Finding]:
    """Look at one thing after the other, in the order in which a start needs them."""
    yield _python()
    yield _sandbox()
    yield _limits()
    yield _node(checkout)
    yield _install(checkout)
    yield _proxy(checkout)
    yield _space(checkout)
    yield from _space_of(state)
    yield _memory()
    yield from _state(checkout, state)
    for program, package, use in (
        ("chromium", "chromium", "the browser tests"),
        ("dciodvfy", "dicom3tools", "the tests that validate DICOM"),
        ("ip", "iproute2", "the tests of the sandbox's network"),
        ("storescp", "dcmtk", "the test that sends DICOM"),
    ):
        path = machine.find(program)
        words = path or f"not there; only {use} need it"
        yield Finding(program, path is not None, words, machine.install_line([package]), needed=False)


def _python() -> Finding:
    account = (65534, 65534) if os.geteuid() == 0 else ()
    path = machine.interpreter(*account)
    words = path or "no Python 3.11 or newer with venv that the serving account can run"
    return Finding("Python", path is not None, words, machine.install_line(["python3", "python3-venv"]))


def _sandbox() -> Finding:
    if not machine.find("bwrap"):
        return Finding("sandbox", False, "bubblewrap is not installed", machine.install_line(["bubblewrap"]))
    sandbox = importlib.import_module("senolab.sandbox")
    if os.geteuid() == 0:  # what counts is whether an ordinary account may
        words = [
            "bwrap",
            "--unshare-user",
            "--unshare-pid",
            "--unshare-net",
            "--disable-userns",
            "--ro-bind",
            "/",
            "/",
            "true",
        ]
        done = subprocess.run(
            words,
            user=65534,
            group=65534,
            extra_groups=[],
            capture_output=True,
            text=True,
            cwd="/",
            check=False,
        )
        machine_module = importlib.import_module("senolab.sandbox.machine")
        found = (
            sandbox.Availability(True)
            if done.returncode == 0
            else machine_module.explain(done.stderr.strip())
        )
    else:
        found = sandbox.available()
    return Finding(
        "sandbox", found.ok, "bubblewrap and user namespaces work" if found.ok else found.why, found.mend
    )


def _limits() -> Finding:
    who = "the kernel (control groups), and by a watch"
    if not importlib.import_module("senolab.sandbox.delegation").lent():
        # A start as root has no use for it.
        more = "; with systemd, `loginctl enable-linger` lets the kernel do it" if os.geteuid() else ""
        who = f"a watch alone{more}"
    return Finding("memory limits", True, f"a server that takes too much is ended by {who}")


def _node(checkout: Path) -> Finding:
    node = machine.node(checkout / ".venv")
    words = node.executable if node else "no Node 20 or newer yet; the install brings one by pip"
    return Finding("Node", node is not None, words, "./senolab up", needed=False)


def _install(checkout: Path) -> Finding:
    made = install.Install(checkout, sys.executable)
    if not (checkout / ".venv").exists():
        return Finding("install", False, f"not installed yet in {checkout}", "./senolab up")
    missing = made.missing("hub")
    words = "complete" if not missing else f"unfinished or out of date: {', '.join(missing)}"
    return Finding("install", not missing, words, "./senolab up")


def _proxy(checkout: Path) -> Finding:
    path = checkout / "node_modules/configurable-http-proxy/bin/configurable-http-proxy"
    return Finding(
        "proxy", path.exists(), str(path) if path.exists() else "not installed yet", "./senolab up"
    )


def _space(checkout: Path) -> Finding:
    folder = next(path for path in (checkout, *checkout.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    enough = free > SPACE or ((checkout / ".venv").exists() and free > SPACE // 8)
    return Finding("disk", enough, f"{free / 2**30:.1f} GB free", f"free {SPACE >> 30} GB under {folder}")


def _space_of(state: Path) -> Iterator[Finding]:
    """Look at the disk of a campus that is there: it may be another one."""
    if state.is_dir():
        free = shutil.disk_usage(state).free
        mend = f"free {preparing.SPACE_NEEDED >> 20} MB under {state}"
        yield Finding("room for the state", free >= preparing.SPACE_NEEDED, f"{free >> 20} MB free", mend)


def _memory() -> Finding:
    total = 0
    with contextlib.suppress(OSError, ValueError, IndexError):
        total = int(Path("/proc/meminfo").read_text("ascii").split("MemTotal:")[1].split()[0]) << 10
    words = f"{total / 2**30:.1f} GB; about {max(0, (total - 2**30) // (160 << 20))} learners at a time"
    return Finding("memory", total >= MEMORY, words, "give the machine 4 GB", needed=False)


def _state(checkout: Path, state: Path) -> Iterator[Finding]:
    chosen = settings.Settings(state, checkout)
    if not state.is_dir():
        yield Finding("state", True, f"{state} will be made at the first start")
    else:
        yield _folder(state)
        if not os.access(state, os.R_OK | os.X_OK):
            return
        with contextlib.suppress(OSError):
            yield from _version(state / "schema.json")
        try:
            chosen = settings.read(state, checkout)
            yield Finding("settings", True, "settings.json can be read")
        except settings.SettingsError as error:
            yield Finding("settings", False, str(error), f"edit {state / 'settings.json'}")
        yield _people(state)
    if chosen.shared:
        yield Finding("origins", False, f"ONE FOR ALL: {checks.SHARED}", _NAMES, needed=False)
    yield _port(chosen)


def _folder(state: Path) -> Finding:
    """Look at whose the state folder is; root looks at the service account's."""
    status = state.stat()
    if os.geteuid() not in (0, status.st_uid):
        words = f"{state} belongs to another account"
        return Finding("state", False, words, "start as that account, or name another folder with --state")
    private = status.st_mode & 0o077 == 0
    words = f"{state}{'' if private else ' is open to other accounts'}"
    return Finding("state", private, words, f"chmod 700 {state}")


def _version(path: Path) -> Iterator[Finding]:
    """Say where the state is another Senolab's, as a start does."""
    try:
        preparing.check_schema(path)
    except RefusedError as refusal:
        yield Finding("version of the state", False, str(refusal), "as it says")


def _people(state: Path) -> Finding:
    path = state / "people.json"
    try:
        many = len(accounts.read(path))
    except accounts.AccountsError as error:
        return Finding("people", False, str(error), f"mend {path}, or delete it to have new accounts made")
    return Finding("people", True, f"{many} may sign in" if many else "nobody may sign in yet")


def _port(chosen: settings.Settings) -> Finding:
    free = preparing.is_free(chosen.port, chosen.host)
    return Finding(
        f"port {chosen.port}",
        free,
        "free" if free else "taken, by this campus if it runs",
        f"./senolab up --port {chosen.port + 1}",
        needed=False,
    )
