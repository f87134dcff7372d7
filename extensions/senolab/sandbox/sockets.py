"""Where the servers' sockets lie, and how they are called: JupyterHub is particular about both.

It reads the path of a socket in lower case, and adds ":80" to it on the way to the proxy but not on its
own way; the kernel takes 107 bytes.
"""

import hashlib
import os
import re
import socket
from pathlib import Path

_LONGEST = 107  # bytes
_ROOM = 28  # bytes for what `short_name` and `listen` add


def folder_for(state: Path) -> Path:
    """Return where the servers' sockets of a campus lie: ``run/servers`` in its state.

    Where that path is too long for a socket, or has capitals, it is a private folder in the account's
    runtime directory instead.
    """
    inside = state / "run" / "servers"
    if len(os.fsencode(inside)) <= _LONGEST - _ROOM and _is_low(inside):
        return inside
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or "/tmp")  # noqa: S108 - checked just below
    digest = hashlib.sha256(os.fsencode(state.absolute())).hexdigest()[:12]
    folder = runtime / f"senolab-{os.getuid()}-{digest}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise RuntimeError(f"{folder} belongs to somebody else; remove it or set BwrapSpawner.servers_dir.")
    return folder


def short_name(name: str) -> str:
    """Return a short name in lower case for the files of the server called `name`."""
    plain = re.fullmatch(r"[a-z0-9-]{1,20}", name)
    return name if plain else hashlib.sha256(name.encode()).hexdigest()[:20]


def listen(folder: Path) -> tuple[socket.socket, Path]:
    """Listen on a new socket in `folder`, which only this account may enter.

    Returns
    -------
    tuple
        The listening socket and its path; it has the second name that the proxy dials.

    Raises
    ------
    ValueError
        If the path is too long or has capitals.
    """
    path, alias = folder / "s", folder / "s:80"
    if len(os.fsencode(alias)) > _LONGEST or not _is_low(alias):
        raise ValueError(f"{alias} has capitals, or more than {_LONGEST} bytes")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    for name in (path, alias):
        name.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    path.chmod(0o600)
    listener.listen(128)
    alias.symlink_to(path.name)
    return listener, path


def _is_low(path: Path) -> bool:
    return str(path) == str(path).lower()
