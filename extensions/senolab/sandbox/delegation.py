"""How an account comes by control groups of its own: a scope of systemd, or a folder that root hands over.

Loads the standard library only: root's part runs before anything is installed.
"""

import contextlib
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from senolab.sandbox.cgroup import CAMPUS, NEEDED, WALLED, own, removed, subtree, words, write

_HANDED_ON = ("memory", "pids", "cpu")
_DELEGATED = (".", "cgroup.procs", "cgroup.subtree_control", "cgroup.threads")  # what the kernel's rules name
_PACKAGES = Path(__file__).resolve().parents[2]
_LINGERING = Path("/var/lib/systemd/linger")
_SCOPED = "SENOLAB_SCOPED"  # tells the second start that it is the second


def scoped(argv: Sequence[str]) -> list[str] | None:
    """Return `argv` as a command that systemd runs in a scope of its own; None where that is not to be had.

    The scope lends its control groups to whoever starts it. Nothing else changes: the same terminal, the
    same surroundings, the same process. An ordinary account's scopes end when its last session does, and a
    campus should not: such an account has to linger (``loginctl enable-linger``).
    """
    program, here = shutil.which("systemd-run"), own()
    if program is None or here is None or _SCOPED in os.environ or subtree(here) or not _stays():
        return None
    scope = [program, *([] if os.geteuid() == 0 else ["--user"]), "--scope", "--quiet", "-p", "Delegate=yes"]
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        tried = subprocess.run([*scope, "true"], capture_output=True, timeout=10, check=False)
        if tried.returncode == 0:
            return [*scope, "env", f"{_SCOPED}=1", *argv]
    return None


def _stays() -> bool:
    with contextlib.suppress(KeyError):
        return os.geteuid() == 0 or (_LINGERING / pwd.getpwuid(os.geteuid()).pw_name).exists()
    return False


def lent() -> bool:
    """Whether a start here would hold sandboxes by control groups; tried out, and nothing is left of it."""
    here = own()
    if here is None or subtree(here):
        return here is not None
    if _topmost(here) and os.access(here, os.W_OK) and words(here / "cgroup.controllers") >= NEEDED:
        return True
    trial = f"import sys; sys.path.insert(0, {str(_PACKAGES)!r}); from {__name__} import prepare"
    argv = scoped([sys.executable, "-I", "-S", "-B", "-c", f"{trial}; sys.exit(prepare() is None)"])
    return argv is not None and subprocess.run(argv, capture_output=True, check=False).returncode == 0


def prepare(*, owner: tuple[int, int] | None = None, here: Path | None = None) -> Path | None:
    """Divide the control groups that this process was lent, and move it into the campus's own.

    Call it before anything else is started. Groups that sandboxes left behind are removed.

    Parameters
    ----------
    owner
        User and group that root hands all of it over to.
    here
        The group that this process is in; looked up by default.

    Returns
    -------
    Path or None
        What `cgroup.subtree` gives from now on; None where nothing was lent.
    """
    here = here or own()
    if here is None:
        return None
    walled = subtree(here)  # whoever started this process may have divided it already
    if walled is None:
        try:
            walled = _divide(here, owner)
        except OSError:
            return None
    for left in walled.glob("*/"):
        removed(left)
    return walled


def _divide(here: Path, owner: tuple[int, int] | None) -> Path:
    base = here
    if not words(here / "cgroup.controllers") >= NEEDED:
        raise PermissionError(f"{here} has no controllers to hand on")
    if _topmost(here):  # it is the whole machine's, and may hold processes and children both
        base = here / "senolab"
        _hand_on(here)
        base.mkdir(exist_ok=True)
    elif words(here / "cgroup.procs") != {str(os.getpid())}:
        raise PermissionError(f"{here} holds other people's processes")
    campus, walled = base / CAMPUS, base / WALLED
    campus.mkdir(exist_ok=True)
    walled.mkdir(exist_ok=True)
    write(campus / "cgroup.procs", str(os.getpid()))
    _hand_on(base)
    _hand_on(walled)
    with contextlib.suppress(OSError):  # the hub, the proxy and the campus have the processor first
        write(campus / "cpu.weight", "300")
    for group in (base, campus, walled) if owner else ():
        for file in _DELEGATED:
            os.chown(group / file, *(owner or ()))
    return walled


def _topmost(group: Path) -> bool:
    return not (group / "cgroup.type").exists()


def _hand_on(group: Path) -> None:
    """Let the children of a group have the controllers."""
    had = words(group / "cgroup.controllers")
    write(group / "cgroup.subtree_control", " ".join(f"+{name}" for name in _HANDED_ON if name in had))
