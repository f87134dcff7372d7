"""Makes a state folder ready to serve: folders, secrets, accounts, course texts, ports, one lock.

Standard library only: `doctor` looks for a free port here before anything is installed.
"""

import contextlib
import errno
import fcntl
import filecmp
import json
import os
import re
import secrets
import shutil
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from senolab.lessons import contents as text
from senolab.lessons.files import write_bytes
from senolab.lessons.shelf import Shelf, private_folder, write_json
from senolab.operation import accounts
from senolab.operation.settings import Ports

from .main import RefusedError

SCHEMA = 1
LONGEST_SOCKET = 107 - 12  # bytes; a relay first listens beside its place
SPACE_NEEDED = 300 << 20  # bytes
FOLDERS = (
    "hub", "secrets", "logs", "run", "run/doors", "homes", "courses", "campus", "marking", "notices",
    "exams/images", "exams/truth", "releases", "grader", "keys",
)  # fmt: skip
_ADDRESS = re.compile(r"[a-z0-9]([a-z0-9_.-]{0,78}[a-z0-9])?", re.ASCII)
SERVICES = ("proxy", "campus", "cull", "launcher")


def folders(shelf: Shelf) -> None:
    """Make the state folder and those that must be there before anything starts.

    Raises
    ------
    RefusedError
        If the folder cannot be made, is another account's, is from a newer Senolab, or its disk is full.
    """
    os.umask(0o077)
    if len(os.fsencode(shelf.run / "doors" / "campus.sock")) > LONGEST_SOCKET:
        raise RefusedError(
            f"The path {shelf.state} is too long for sockets. Give a shorter one with --state."
        )
    try:
        private_folder(shelf.state)
        if shelf.state.stat().st_uid != os.getuid():
            raise RefusedError(
                f"{shelf.state} belongs to another account. "
                "Start as that account, or give another folder with --state."
            )
        shelf.state.chmod(0o700)
        for name in FOLDERS:
            private_folder(shelf.state / name)
        schema = shelf.state / "schema.json"
        check_schema(schema)
        if not schema.exists():
            write_json(schema, {"schema": SCHEMA})
    except OSError as error:
        raise RefusedError(
            f"{error.filename or shelf.state} cannot be written ({error.strerror}). "
            "Give a folder of yours with --state."
        ) from None
    free = shutil.disk_usage(shelf.state).free
    if free < SPACE_NEEDED:
        raise RefusedError(
            f"The disk that holds {shelf.state} has {free >> 20} MB left; "
            f"the campus needs {SPACE_NEEDED >> 20} MB. Free some space, or give another folder with --state."
        )


def check_schema(path: Path) -> None:
    """Refuse a state that this Senolab cannot know; one without a schema is new.

    Raises
    ------
    RefusedError
        With what to do.
    """
    if not path.exists():
        return
    try:
        found = json.loads(path.read_text("utf-8"))["schema"]
    except (ValueError, KeyError, TypeError):
        raise RefusedError(
            f'{path} is damaged. Write {{"schema": {SCHEMA}}} into it if this state is from this Senolab.'
        ) from None
    if not isinstance(found, int) or found > SCHEMA:
        raise RefusedError(
            f"{path.parent} was made by a newer Senolab (state {found}; this one knows {SCHEMA}). "
            "Update Senolab, or give another folder with --state."
        )


def lock(shelf: Shelf) -> IO[str]:
    """Hold the state folder for this launcher; the lock ends with the process.

    Raises
    ------
    RefusedError
        If another launcher holds it.
    """
    file = (shelf.run / "lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        holder = file.read().strip()
        raise RefusedError(
            f"A campus already runs on {shelf.state} (process {holder or 'unknown'}). "
            "Stop that one first, or give another folder with --state."
        ) from None
    file.seek(0)
    file.truncate()
    file.write(str(os.getpid()))
    file.flush()
    return file


def tokens(shelf: Shelf, courses: Iterable[str]) -> dict[str, str]:
    """Secrets between the campus's own processes, by name; made once."""
    found = {}
    for name in (*SERVICES, *(f"grader-{course}" for course in courses)):
        path = shelf.secrets / f"{name}.token"
        if not path.exists() or not path.read_text("ascii").strip():
            write_bytes(path, secrets.token_hex(32).encode(), mode=0o600)
        found[name] = path.read_text("ascii").strip()
    return found


def people(shelf: Shelf, courses: Iterable[str]) -> dict[str, str]:
    """Make the first accounts if there are none; return the passwords just made, by name.

    A password that an earlier start made and did not come to tell is made anew.
    """
    with accounts.alone_with(shelf.people):
        everybody = accounts.read(shelf.people)
        unseen = [name for name, one in everybody.items() if one.unseen]
        if not everybody:
            for account in accounts.first_accounts(courses):
                everybody = accounts.add(everybody, account)
            unseen = list(everybody)
        made = {name: accounts.new_password() for name in unseen}
        for name, password in made.items():
            everybody = accounts.with_password(everybody, name, password, unseen=True)
        if made:
            accounts.write(shelf.people, everybody)
    return made


def course_texts(shelf: Shelf, checkout: Path) -> list[str]:
    """Copy each shipped course into the state once; return what a person should know.

    The copy is the instructors' to edit, so a newer text in the checkout is told, never taken over.
    """
    places = (checkout / "courses", shelf.courses)
    told = [
        f"the course {folder} is left out, since its name cannot be part of an address. "
        "Rename the folder: small letters, digits, '-', '_' and '.', a letter or digit at both ends"
        for folder in [folder for place in places for folder in text.folders(place)]
        if not _is_address(folder.name)
    ]
    for source in text.folders(checkout / "courses"):
        if not _is_address(source.name):
            continue
        target = shelf.course(source.name)
        if not target.exists():
            beside = target.with_name(f".{source.name}.new")
            shutil.rmtree(beside, ignore_errors=True)
            shutil.copytree(source, beside)
            _make_writable(beside)
            beside.rename(target)
        elif newer := changed(source, target):
            told.append(
                f"the campus serves its own copy of the course {source.name}. Other text stands in the "
                f"checkout: {', '.join(newer[:3])}. To have that, copy it from {source} to {target}"
            )
    return told


def changed(source: Path, target: Path) -> list[str]:
    """Return the names of shipped files that the copy of a course lacks or has otherwise."""
    names = [str(path.relative_to(source)) for path in sorted(source.rglob("*")) if path.is_file()]
    _, differ, missing = filecmp.cmpfiles(source, target, names, shallow=False)
    return sorted([*differ, *missing])


def courses(shelf: Shelf) -> tuple[str, ...]:
    """Ids of the courses in the state."""
    return tuple(path.name for path in text.folders(shelf.courses) if _is_address(path.name))


def _is_address(name: str) -> bool:
    """Whether a course may be called so: the hub makes roles, services and host names of its name."""
    return bool(_ADDRESS.fullmatch(name)) and ".." not in name


def ports(shelf: Shelf, courses: Iterable[str]) -> Ports:
    """Loopback ports of this campus: those of its last run where they are still free, else others."""
    path = shelf.run / "ports.json"
    known: dict[str, int] = {}
    with contextlib.suppress(OSError, ValueError, AttributeError):
        known = {str(name): int(port) for name, port in json.loads(path.read_text("utf-8")).items()}
    names = ["hub", "proxy", "campus", *(f"grader-{course}" for course in courses)]
    chosen: dict[str, int] = {}
    for name in names:
        port = known.get(name, 0)
        chosen[name] = (
            port if port and port not in chosen.values() and is_free(port) else _free_port(chosen.values())
        )
    write_json(path, chosen)
    graders = {
        name.removeprefix("grader-"): port for name, port in chosen.items() if name.startswith("grader-")
    }
    return Ports(hub=chosen["hub"], proxy=chosen["proxy"], campus=chosen["campus"], graders=graders)


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether this process could listen there."""
    return obstacle(port, host) == 0


def obstacle(port: int, host: str = "127.0.0.1") -> int:
    """Return why this process could not listen there, as an error number; 0 if it could."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.errno or errno.EADDRINUSE
    return 0


def _free_port(taken: Iterable[int]) -> int:
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if port not in taken:
            return port


def _make_writable(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode | 0o600 | (0o100 if path.is_dir() else 0))
