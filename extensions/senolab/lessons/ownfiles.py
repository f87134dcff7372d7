"""Files that a folder holds itself: no link leads out of it, none on the way either.

Whoever writes a course does so inside a sandbox, and the campus reads it outside. A link planted there
would be followed with the campus's own rights, so none is followed: each step of a path is opened by its
name in the folder before it.
"""

import contextlib
import errno
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from senolab.words import gettext, marked

_STEP = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # nothing waits for a pipe
LINK = marked("This is a link, and links are not followed here; put the file or folder itself in its place.")
SPECIAL = marked("This is neither a file nor a folder; take it away.")
OUTSIDE = marked("This leads out of the folder; name a file inside it.")


class StrayFileError(OSError):
    """Something is a link, leads out of its folder or is no file; the message is a sentence."""

    def __init__(self, path: Path, words: str) -> None:
        super().__init__(errno.EPERM, gettext(words).removesuffix("."), str(path))

    def __str__(self) -> str:
        return f"{self.filename}: {self.strerror}"


@contextlib.contextmanager
def opened(folder: Path, name: Path | str) -> Iterator[BinaryIO]:
    """Open a file of a folder for reading.

    Parameters
    ----------
    folder
        The folder, which may itself be reached by links.
    name
        Path of the file below it.

    Raises
    ------
    StrayFileError
        If the file or a folder on the way is a link or special, or lies outside.
    OSError
        If there is no such file.
    """
    with _entered(folder, name) as handle:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise StrayFileError(folder / name, SPECIAL)
        with os.fdopen(os.dup(handle), "rb") as file:
            yield file


def read_bytes(folder: Path, name: Path | str) -> bytes:
    """Return what is in a file of a folder; see `opened`."""
    with opened(folder, name) as file:
        return file.read()


def copy_file(folder: Path, name: Path | str, target: Path) -> None:
    """Copy a file of a folder to where nothing is yet; see `opened`."""
    with opened(folder, name) as file, target.open("xb") as copy:
        shutil.copyfileobj(file, copy)


def copy_folder(
    folder: Path, name: Path | str, target: Path, *, leave_out: Callable[[str], bool] = lambda _: False
) -> None:
    """Copy a folder below a folder, with all in it, into a new or empty one.

    Parameters
    ----------
    leave_out
        Tells by its name what is passed over.

    Raises
    ------
    StrayFileError
        If something in it, or on the way to it, is a link or special; see `opened`.
    """
    with _entered(folder, name) as handle:
        _copy(handle, folder / name, target, leave_out)


def stray(folder: Path, name: Path | str) -> str | None:
    """Say what is wrong with a path below a folder: a link, or outside; None if nothing is."""
    steps = _steps(name)
    if steps is None:
        return OUTSIDE
    places = [folder.joinpath(*steps[:count]) for count in range(1, len(steps) + 1)]
    return LINK if any(place.is_symlink() for place in places) else None


def strays(folder: Path, *, leave_out: Callable[[str], bool] = lambda _: False) -> list[StrayFileError]:
    """Return everything in a folder (or the folder itself) that `copy_folder` would refuse."""
    if folder.is_symlink():
        return [StrayFileError(folder, LINK)]
    found: list[StrayFileError] = []
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if leave_out(entry.name):
            continue
        path = folder / entry.name
        if entry.is_symlink():
            found.append(StrayFileError(path, LINK))
        elif entry.is_dir(follow_symlinks=False):
            found += strays(path, leave_out=leave_out)
        elif not entry.is_file(follow_symlinks=False):
            found.append(StrayFileError(path, SPECIAL))
    return found


def _copy(handle: int, place: Path, target: Path, leave_out: Callable[[str], bool]) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for name in sorted(os.listdir(handle)):
        if leave_out(name):
            continue
        inner = _step(handle, name, place / name)
        try:
            mode = os.fstat(inner).st_mode
            if stat.S_ISDIR(mode):
                _copy(inner, place / name, target / name, leave_out)
            elif stat.S_ISREG(mode):
                with os.fdopen(os.dup(inner), "rb") as file, (target / name).open("xb") as copy:
                    shutil.copyfileobj(file, copy)
            else:
                raise StrayFileError(place / name, SPECIAL)
        finally:
            os.close(inner)


@contextlib.contextmanager
def _entered(folder: Path, name: Path | str) -> Iterator[int]:
    """Give a handle of what lies below a folder, reached step by step."""
    steps = _steps(name)
    if steps is None:
        raise StrayFileError(folder / name, OUTSIDE)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    place = folder
    try:
        for step in steps:
            place = place / step
            outer, handle = handle, _step(handle, step, place)
            os.close(outer)
        yield handle
    finally:
        os.close(handle)


def _step(handle: int, name: str, place: Path) -> int:
    try:
        mode = os.stat(name, dir_fd=handle, follow_symlinks=False).st_mode
        if stat.S_ISLNK(mode):
            raise StrayFileError(place, LINK)
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise StrayFileError(place, SPECIAL)
        return os.open(name, _STEP, dir_fd=handle)
    except StrayFileError:
        raise
    except OSError as problem:  # names the whole path, not the step
        raise type(problem)(problem.errno, problem.strerror, str(place)) from problem


def _steps(name: Path | str) -> tuple[str, ...] | None:
    """Return the steps of a path below a folder, or None if it leads out."""
    path = Path(os.path.normpath(name))
    return None if path.is_absolute() or ".." in path.parts else path.parts
