"""What folders take on their disks, what is left there, and what too full ones may still take."""

import errno
import os
import stat
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

GRACE = 4 << 20  # bytes that folders which are too full may still grow, so that one can go in and tidy up
RESERVE, SHARE = 1 << 30, 0.02  # bytes, or part of a disk, that no sandbox fills; whichever is less


class HiddenError(Exception):
    """Part of a folder cannot be looked at."""


def occupied(*folders: Path, most: int | None = None) -> tuple[int, int]:
    """Return the bytes and the number of files below `folders`; stop counting after `most` files.

    Links are counted, never followed; a file with several names counts once. Folders that are closed are
    opened; where some are nested too deeply to be looked at, the number is the greatest there is.
    """
    space, files, several = 0, 0, set()
    try:
        for entry in (entry for folder in folders for entry in _below(folder)):
            try:
                found = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            files += 1
            if found.st_nlink > 1 and not stat.S_ISDIR(found.st_mode):
                if (found.st_dev, found.st_ino) in several:
                    continue
                several.add((found.st_dev, found.st_ino))
            space += found.st_blocks * 512
            if most is not None and files > most:
                break
    except HiddenError:
        return space, sys.maxsize
    return space, files


def hidden(members: list[int], folders: Sequence[Path]) -> int:
    """Return the bytes of files on the disks of `folders` that have no name but are held open or mapped."""
    devices = {folder.stat().st_dev for folder in folders}
    seen = _mapped(members, devices)
    for member in members:
        try:
            names = os.listdir(f"/proc/{member}/fd")  # noqa: PTH208 - plain names are what is wanted
        except OSError:
            continue
        for name in names:
            try:
                found = os.stat(f"/proc/{member}/fd/{name}")  # noqa: PTH116 - the open file, not a path
            except OSError:
                continue
            if stat.S_ISREG(found.st_mode) and found.st_nlink == 0 and found.st_dev in devices:
                seen[found.st_dev, found.st_ino] = found.st_blocks * 512
    return sum(seen.values())


def _mapped(members: list[int], devices: set[int]) -> dict[tuple[int, int], int]:
    """Return the reach in bytes of deleted files that processes have mapped, by device and number."""
    seen: dict[tuple[int, int], int] = {}
    for member in members:
        try:
            text = Path(f"/proc/{member}/maps").read_bytes()
        except OSError:
            continue
        for line in text.splitlines():
            if line.endswith(b" (deleted)"):
                reach, _, offset, where, number, *_ = line.split()
                low, high = (int(word, 16) for word in reach.split(b"-"))
                device = os.makedev(*(int(word, 16) for word in where.split(b":")))
                key, size = (device, int(number)), int(offset, 16) + high - low
                if device in devices:
                    seen[key] = max(seen.get(key, 0), size)
    return seen


def allowed(space: int, limit: int, note: Path) -> int:
    """Return how many bytes folders may take that hold `space` now: the limit, or else a little more.

    Parameters
    ----------
    note
        File that remembers the least that they held beyond their limit.
    """
    if space <= limit:
        note.unlink(missing_ok=True)
        return limit
    note.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile("w", dir=note.parent, delete=False, encoding="ascii") as beside:
        beside.write(str(min(space, _noted(note) or space)))
    Path(beside.name).replace(note)
    return space + GRACE


def forfeited(folders: Sequence[Path], limit: int, note: Path) -> int | None:
    """Return the bytes of folders that were filled further, start by start, by as much again as the limit.

    None for all others. Without this, whoever is let in to tidy up could fill the disk instead.
    """
    noted = _noted(note)
    if noted is None:
        return None
    space, _ = occupied(*folders)
    return space if space > noted + limit else None


def free(folders: Sequence[Path]) -> int:
    """Return the free bytes of the disks that hold `folders`."""
    disks = {folder.stat().st_dev: os.statvfs(folder) for folder in folders}
    return sum(found.f_bfree * found.f_frsize for found in disks.values())


def scarce(folders: Sequence[Path]) -> bool:
    """Whether a disk that holds one of `folders` is down to its reserve."""
    for found in map(os.statvfs, folders):
        if found.f_bavail * found.f_frsize < min(RESERVE, SHARE * found.f_blocks * found.f_frsize):
            return True
    return False


def _noted(note: Path) -> int | None:
    try:
        return int(note.read_text("ascii"))
    except (OSError, ValueError):
        return None


def _below(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Every entry below a folder.

    Raises
    ------
    HiddenError
        Where somebody nested folders so deeply that no path leads there.
    """
    todo = [str(folder)]
    while todo:
        here = todo.pop()
        for entry in _entries(here):
            yield entry
            if entry.is_dir(follow_symlinks=False):
                todo.append(entry.path)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    for again in (False, True):
        try:
            with os.scandir(folder) as entries:
                return list(entries)
        except PermissionError:
            if again or not _opened_up(folder):
                return []
        except OSError as trouble:
            if trouble.errno == errno.ENAMETOOLONG:
                raise HiddenError from trouble
            return []  # it has just gone
    return []


def _opened_up(folder: str) -> bool:
    """Make a folder readable that its owner, this same account, has closed; never through a link."""
    try:
        here = os.open(folder, os.O_PATH | os.O_NOFOLLOW | os.O_DIRECTORY)
    except OSError:
        return False
    try:
        Path(f"/proc/self/fd/{here}").chmod(0o700)
    except OSError:
        return False
    finally:
        os.close(here)
    return True
