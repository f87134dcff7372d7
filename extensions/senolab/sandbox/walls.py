"""The sandbox as an argument list: what is mounted, what is unshared, what is limited.

A command inside sees a read-only system, the Python environment it runs in, its own empty temporary
folders, an invented account, and what it was given; no network, no other process, no other file.
"""

import base64
import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from senolab.sandbox import cgroup, syscalls

INSIDE = "/run/senolab"  # where the sandbox keeps its own things
PACKAGE = Path(__file__).resolve().parents[1]
_HERE = Path(__file__).resolve().parent
_KIB, _MIB, _GIB = 1 << 10, 1 << 20, 1 << 30
_ETC = (
    "alternatives", "ca-certificates", "fonts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d",
    "localtime", "mime.types", "pki", "ssl/certs", "ssl/openssl.cnf", "timezone",
)  # fmt: skip
_NAME = re.compile(r"[\w@+-][\w.@+-]{0,63}")
_SETTINGS = (
    "/proc/sys",
    "/proc/sysrq-trigger",
    "/proc/irq",
    "/proc/bus",
    "/proc/fs",
    "/proc/acpi",
    "/proc/scsi",
)
_MERGED = ("bin", "lib", "lib32", "lib64", "sbin")


@dataclass(frozen=True)
class Mount:
    """A file or folder of this machine shown inside at `target`, read-only unless `writable`."""

    source: Path
    target: str
    writable: bool = False


@dataclass(frozen=True)
class Limits:
    """What a sandboxed command may use; bytes and seconds; None where nothing is limited.

    Attributes
    ----------
    memory
        For one process by the kernel (its private data), for all together by whoever watches.
    processes
        Processes and threads together.
    file_size
        Of any one file written.
    cpu_seconds
        Of any one process.
    wall_seconds, output
        Held by `run`; `output` counts standard output and standard error together.
    temporary
        Of each private temporary folder (/tmp, /dev/shm, and the home where none is given).
    open_files
        Descriptors of any one process.
    """

    memory: int | None = 2 * _GIB
    processes: int | None = 256
    file_size: int | None = 256 * _MIB
    cpu_seconds: int | None = 600
    wall_seconds: float | None = 600
    output: int = 4 * _MIB
    temporary: int = 256 * _MIB
    open_files: int | None = 1024


def command(
    argv: Sequence[str],
    *,
    mounts: Iterable[Mount] = (),
    limits: Limits | None = None,
    env: Mapping[str, str] | None = None,
    keep: Iterable[str] = (),
    user: str = "learner",
    home: Path | None = None,
    cwd: str | None = None,
    network: bool = False,
    nesting: bool = False,
    warden: bool = False,
    die_with_parent: bool = True,
    inner: Mapping[str, object] | None = None,
    group: cgroup.Leaf | None = None,
) -> list[str]:
    """Return the argument list that runs `argv` inside a sandbox of its own.

    The process that starts it becomes bubblewrap; inside, process 1 is `inside.py`, which starts `argv`,
    takes its orphans and ends with its status (128 + signal where a signal ended it). Nothing of the
    caller's environment gets in except the names in `keep`. Descriptors other than 0, 1 and 2 do not
    reach `argv`.

    Parameters
    ----------
    mounts
        Shown inside in this order; the home comes first. A target below a writable target is a folder, made
        there if it is missing, and refused (status 125) where a link stands in its way; or a file that is
        there already, which can then be neither written nor replaced.
    env
        Variables set inside, over PATH, HOME, USER, LANG, TMPDIR and the like. They stand in the argument
        list, which `ps` shows: pass secrets by `keep`.
    keep
        Names of variables taken over from the environment of the starting process.
    user, home
        The invented account and the folder of this machine that is its writable home; a private
        temporary folder by default.
    cwd
        Where `argv` starts, as seen inside; the home by default.
    network
        Share the machine's network instead of an empty one.
    nesting
        Let the command build sandboxes of its own; it should then call `syscalls.install` in them, unless
        they are made by this function. Not for code nobody trusts where root starts it: the kernel's
        settings can then be written. What inner sandboxes hold counts for their own limits only, and its
        processes may close themselves to `holdings`.
    warden
        `argv` is no code of a stranger's, but starts some and closes itself to it (`warden.become`).
    die_with_parent
        Kill everything when the thread that started it ends.
    inner
        Further words for process 1 (`inside.py`): ``ready`` (a descriptor it writes to once the walls
        stand), ``carry`` (connections, see `inside.Carrier`), ``log`` (most bytes of the file on descriptor
        1), ``nice``.
    group
        The control group that holds all of it, where there is one.
    """
    if not _NAME.fullmatch(user):
        raise ValueError(f"{user!r} cannot be an account's name: letters, digits and . _ @ + - only")
    limits = limits or Limits()
    home_inside = home_of(user)
    # A warden binds what it starts itself; inner sandboxes have wardens and walls of their own.
    sight = b"" if warden or nesting else syscalls.open_to_sight() or b""
    shown = [*([Mount(home, home_inside, writable=True)] if home else []), *mounts]
    plan = {
        "bwrap": shutil.which("bwrap") or "/usr/bin/bwrap",
        "options": [
            *_namespaces(network=network, nesting=nesting, die_with_parent=die_with_parent),
            *_system(limits, network=network),
            # Where root starts this, the kernel's settings belong to the account inside: out of its reach.
            # An inner sandbox could then mount no /proc of its own.
            *([] if nesting else [word for path in _SETTINGS for word in ("--ro-bind-try", path, path)]),
            *([] if home else ["--perms", "0700", "--size", str(limits.temporary), "--tmpfs", home_inside]),
            *(word for mount in shown for word in _bind(mount)),
            *("--ro-bind", str(_HERE / "inside.py"), f"{INSIDE}/inside.py"),
        ],
        "group": str(group.path) if group else None,
        "points": [point for mount in shown if (point := _point(mount, shown))],
        "files": _account(user, home_inside),
        "filter": base64.b64encode(syscalls.program(nesting=nesting) or b"").decode(),
        "env": {**_environment(user, home_inside), **(env or {})},
        "keep": list(keep),
        "last": [
            *("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", cwd or home_inside, "--"),
            *(sys.executable, "-I", "-S", f"{INSIDE}/inside.py"),
            *(
                json.dumps(
                    {"limits": asdict(limits), "sight": base64.b64encode(sight).decode(), **(inner or {})}
                ),
                *argv,
            ),
        ],
    }
    return [sys.executable, "-I", "-S", str(_HERE / "enter.py"), json.dumps(plan)]


def home_of(user: str) -> str:
    """Return where the home of `user` is inside.

    ``/home/<user>``, or ``/srv/home/<user>`` where the Python environment or the package itself lies in
    a folder of that name: a learner may be called like the account that serves the campus.
    """
    home = f"/home/{user}"
    taken = [path for path in interpreter() if path.is_relative_to(home)]
    return f"/srv{home}" if taken else home


def interpreter() -> list[Path]:
    """Return the folders that hold this Python, its packages and this package, outermost only.

    The environment, the installation it was made from (both, where an environment was made from
    another one), and the package's source where the install is an editable one.
    """
    program = Path(sys.executable).resolve()
    wanted = {Path(sys.prefix), Path(sys.base_prefix), Path(sys.exec_prefix), PACKAGE.parent, program.parent}
    wanted |= {path.resolve() for path in wanted}
    wanted = {path for path in wanted if path != Path("/") and not path.is_relative_to("/usr")}
    return sorted(
        path for path in wanted if not any(path != other and path.is_relative_to(other) for other in wanted)
    )


def _namespaces(*, network: bool, nesting: bool, die_with_parent: bool) -> list[str]:
    words = ["--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    words += [] if network else ["--unshare-net"]
    words += [] if nesting else ["--disable-userns"]
    words += ["--die-with-parent"] if die_with_parent else []
    words += ["--uid", "1000", "--gid", "1000", "--hostname", "campus", "--cap-drop", "ALL"]
    return [*words, "--new-session", "--as-pid-1"]


def _system(limits: Limits, *, network: bool) -> list[str]:
    words = ["--ro-bind", "/usr", "/usr"]
    for name in _MERGED:
        path = Path("/", name)
        if path.is_symlink():
            words += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            words += ["--ro-bind", str(path), str(path)]
    names = [*_ETC, *(["resolv.conf"] if network else [])]
    for name in names:
        words += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    size = str(limits.temporary)
    words += ["--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--size", size, "--tmpfs", "/dev/shm"]  # noqa: S108
    words += ["--perms", "1777", "--size", size, "--tmpfs", "/tmp", "--symlink", "/tmp", "/var/tmp"]  # noqa: S108
    for path in interpreter():
        words += ["--ro-bind", str(path), str(path)]
    return words


def _bind(mount: Mount) -> list[str]:
    return ["--bind" if mount.writable else "--ro-bind", str(mount.source), mount.target]


def _point(mount: Mount, shown: Sequence[Mount]) -> tuple[str, list[str]] | None:
    """Return where under a writable mount the target of `mount` has to be made, if it is under one."""
    for outer in reversed(shown):
        inner = os.path.relpath(mount.target, outer.target)
        if outer is not mount and outer.writable and inner != "." and not inner.startswith(".."):
            if mount.source.is_file():
                place = outer.source / inner
                if "/" in inner or place.is_symlink() or not place.is_file():
                    raise ValueError(f"{mount.target}: a file goes only over a file of a writable folder")
                return None
            return str(outer.source), inner.split("/")
    return None


def _account(user: str, home: str) -> dict[str, str]:
    """Return the few files of /etc that tell who is here; uid and gid are always 1000 inside."""
    return {
        "/etc/passwd": f"{user}:x:1000:1000::{home}:/bin/bash\nnobody:x:65534:65534::/:/bin/false\n",
        "/etc/group": f"{user}:x:1000:\nnogroup:x:65534:\n",
        "/etc/hosts": "127.0.0.1 localhost campus\n::1 localhost\n",
        "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
    }


def _environment(user: str, home: str) -> dict[str, str]:
    return {
        "HOME": home,
        "LANG": "C.UTF-8",
        "LOGNAME": user,
        "PATH": f"{sys.prefix}/bin:/usr/local/bin:/usr/bin:/bin",
        "SHELL": "/bin/bash",
        "TMPDIR": "/tmp",  # noqa: S108 - private to the sandbox
        "USER": user,
    }
