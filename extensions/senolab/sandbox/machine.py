"""Can this machine build sandboxes, and if not, what has to be done."""

import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from senolab.sandbox.job import run
from senolab.sandbox.walls import Limits

_OLDEST = (0, 8)  # --disable-userns and --size


@dataclass(frozen=True)
class Availability:
    """Whether sandboxes can be built here; a sentence why not, and the command or step that mends it."""

    ok: bool
    why: str = ""
    mend: str = ""


@cache
def available() -> Availability:
    """Try a sandbox and, where it fails, find out why."""
    program = shutil.which("bwrap")
    if platform.system() != "Linux":
        return Availability(
            False, "Sandboxes need Linux.", "Run Senolab on Linux, or in a Linux virtual machine."
        )
    if program is None:
        return Availability(False, "The program bubblewrap (bwrap) is not installed.", _install())
    version = _version(program)
    if version < _OLDEST:
        had = ".".join(map(str, version)) or "unknown"
        return Availability(False, f"bubblewrap {had} is too old; 0.8 or newer is needed.", _install())
    trial = run([sys.executable, "-I", "-S", "-c", "print(7)"], limits=Limits(wall_seconds=30))
    if trial.text.strip() == "7":
        return Availability(True)
    return explain(trial.complaint.strip() or f"it ended with status {trial.returncode}")


def explain(complaint: str, root: Path = Path("/")) -> Availability:
    """Return why bubblewrap failed with `complaint` on the machine whose files are under `root`."""
    setting = _settings(root)
    if setting("proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1":
        return Availability(
            False,
            "AppArmor keeps ordinary programs from making user namespaces (Ubuntu 23.10 and newer).",
            _as_root(
                "apt-get install -y apparmor-profiles",
                "ln -s /usr/share/apparmor/extra-profiles/bwrap-userns-restrict /etc/apparmor.d/",
                "apparmor_parser -r /etc/apparmor.d/bwrap-userns-restrict",
            ),
        )
    if setting("proc/sys/kernel/unprivileged_userns_clone") == "0":
        return Availability(
            False,
            "User namespaces are switched off for ordinary accounts.",
            _sysctl("kernel.unprivileged_userns_clone=1"),
        )
    if setting("proc/sys/user/max_user_namespaces") == "0":
        return Availability(
            False, "The machine allows no user namespaces.", _sysctl("user.max_user_namespaces=15000")
        )
    if any((root / mark).exists() for mark in (".dockerenv", "run/.containerenv")):
        return Availability(
            False,
            f"This is a container that lets nobody make namespaces ({complaint}).",
            "Start the container with --security-opt seccomp=unconfined --security-opt apparmor=unconfined "
            "--security-opt systempaths=unconfined, or let each server and each submission have a container "
            "of its own.",
        )
    return Availability(
        False,
        f"bubblewrap could not build a sandbox: {complaint}",
        "Run `bwrap --unshare-all --ro-bind / / true` by hand and mend what it says.",
    )


def _settings(root: Path) -> Callable[[str], str | None]:
    def setting(name: str) -> str | None:
        try:
            return (root / name).read_text().strip()
        except OSError:
            return None

    return setting


def _as_root(*steps: str) -> str:
    """Return the one line that a person types: as root it is, with sudo, else with root's password."""
    if os.geteuid() == 0:
        return " && ".join(steps)
    if shutil.which("sudo"):
        return " && ".join(f"sudo {step}" for step in steps)
    return f"su -c {shlex.quote(' && '.join(steps))}"


def _sysctl(words: str) -> str:
    return _as_root(f'sh -c "echo {words} >/etc/sysctl.d/90-senolab.conf"', "sysctl --system")


def _install() -> str:
    for manager, words in (
        ("apt-get", ("apt-get update", "apt-get install -y bubblewrap")),
        ("dnf", ("dnf install bubblewrap",)),
        ("zypper", ("zypper install bubblewrap",)),
        ("pacman", ("pacman -S bubblewrap",)),
        ("apk", ("apk add bubblewrap",)),
    ):
        if shutil.which(manager):
            return _as_root(*words)
    return "Install bubblewrap 0.8 or newer with your system's package manager."


def _version(program: str) -> tuple[int, ...]:
    out = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"(\d+)\.(\d+)", out)
    return tuple(map(int, found.groups())) if found else ()
