"""Watch one user's sandbox: memory, processes, and the space its home takes.

The kernel holds each process to its limits. What all processes of a sandbox hold together it holds only
where this account was lent control groups (`cgroup`), and what a home takes on the disk never (quotas are
root's), so both are looked at every second or two and the sandbox is ended where it is too much.

A look at the disk is cheap: a home cannot have grown by more than its file system has lost. Only when
that could be too much, or `_AT_LATEST` has passed, the home is walked. Files that were deleted while a
process holds them open are counted, too.
"""

import errno
import json
import os
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from senolab.sandbox import census
from senolab.words import gettext, number

_AT_LATEST = 4.0  # seconds between two walks of a home
_GRACE = 4 << 20  # bytes a home that is too full may still grow, so that one can go in and tidy up
_SWEEP = 0.9  # seconds for which one sweep of /proc serves every watch


@dataclass(frozen=True)
class Bounds:
    """What one user's server may hold; bytes, and counts; None where nothing is limited."""

    memory: int | None = 2 << 30
    tasks: int | None = 256
    disk: int | None = 5 << 30
    files: int | None = 200_000


@dataclass(frozen=True)
class Excess:
    """What was too much (``memory``, ``processes``, ``disk`` or ``files``), in a sentence for the user."""

    what: str
    sentence: str


class HiddenError(Exception):
    """Part of a folder cannot be looked at."""


class Watch:
    """Looks at one sandbox.

    Parameters
    ----------
    first
        Number of its process 1, as `census.first_process` gives it.
    home
        The folder that it writes.
    bounds
        What it may hold. A home that is already fuller may not grow.
    """

    def __init__(self, first: int, home: Path, bounds: Bounds) -> None:
        self.first, self.home, self.bounds = first, home, bounds
        self.space, self.files = occupied(home, most=bounds.files)
        self.allowed = None if bounds.disk is None else max(bounds.disk, self.space + _GRACE)
        self.allowed_files = (
            None if bounds.files is None else max(bounds.files, min(self.files, sys.maxsize - 1000) + 1000)
        )
        self.free, self.walked = _free(home), time.monotonic()

    def look(self) -> Excess | None:
        """Return what is too much just now, if anything. Blocks for some milliseconds."""
        members = _sweep().get(census.namespace(self.first) or "", [])
        return self._memory(members) or self._disk(members)

    def _memory(self, members: list[int]) -> Excess | None:
        held = census.usage(self.first, limit=self.bounds.memory, members=members)
        if held is None:
            return None
        if self.bounds.memory is not None and held.memory > self.bounds.memory:
            return over_memory(self.bounds.memory)
        if self.bounds.tasks is not None and held.tasks > self.bounds.tasks:
            return Excess(
                "processes",
                gettext(
                    "Your session was ended because it ran %(tasks)s programs at once, more than the "
                    "%(most)s it may run. What you had saved or answered is kept; you can start again.",
                    tasks=held.tasks,
                    most=self.bounds.tasks,
                ),
            )
        return None

    def _disk(self, members: list[int]) -> Excess | None:
        if self.allowed is None and self.allowed_files is None:
            return None
        lost = self.free - _free(self.home)
        late = time.monotonic() - self.walked > _AT_LATEST
        if not late and (self.allowed is None or self.space + lost <= self.allowed):
            return None
        most = None if self.allowed_files is None else self.allowed_files + 1
        self.free, self.walked, before = _free(self.home), time.monotonic(), self.space
        self.space, self.files = occupied(self.home, most=most)
        if self.files == sys.maxsize:  # what cannot be counted is what the disk has lost
            self.space = max(self.space, before + lost)
        self.space += hidden(members, self.home)
        if self.allowed is not None and self.space > self.allowed:
            return Excess(
                "disk",
                gettext(
                    "Your session was ended because your files take %(size)s, more than the %(most)s "
                    "you have. Start again and delete what you do not need.",
                    size=_size(self.space),
                    most=_size(self.bounds.disk or 0),
                ),
            )
        if self.allowed_files is not None and self.files > self.allowed_files:
            return Excess(
                "files",
                gettext(
                    "Your session was ended because you have more than %(files)s files, or folders nested"
                    " very deeply. Start again and delete what you do not need.",
                    files=number(self.bounds.files or 0),
                ),
            )
        return None


def over_memory(most: int) -> Excess:
    """Tell of a sandbox that took more than `most` bytes of memory, whoever noticed."""
    return Excess(
        "memory",
        gettext(
            "Your session was ended because it used more memory than the %(size)s it may use. "
            "What you had saved or answered is kept; you can start again.",
            size=_size(most),
        ),
    )


def occupied(folder: Path, *, most: int | None = None) -> tuple[int, int]:
    """Return the bytes and the number of files below `folder`; stop counting after `most` files.

    Links are counted, never followed; a file with several names counts once. Folders that are closed are
    opened; where some are nested too deeply to be looked at, the number is the greatest there is.
    """
    space, files, several = 0, 0, set()
    try:
        for entry in _below(folder):
            try:
                found = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            files += 1
            if found.st_nlink > 1 and not stat.S_ISDIR(found.st_mode):
                if found.st_ino in several:
                    continue
                several.add(found.st_ino)
            space += found.st_blocks * 512
            if most is not None and files > most:
                break
    except HiddenError:
        return space, sys.maxsize
    return space, files


def hidden(members: list[int], home: Path) -> int:
    """Return the bytes of files on the disk of `home` that have no name any more but are held open."""
    seen: dict[int, int] = {}
    device = home.stat().st_dev
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
            if stat.S_ISREG(found.st_mode) and found.st_nlink == 0 and found.st_dev == device:
                seen[found.st_ino] = found.st_blocks * 512
    return sum(seen.values())


def tell(notice: Path, excess: Excess) -> None:
    """Write for the user why the server was ended: ``{"time", "what", "sentence"}``."""
    notice.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    words = {"time": datetime.now(UTC).isoformat(timespec="seconds"), "what": excess.what}
    text = json.dumps({**words, "sentence": excess.sentence}, ensure_ascii=False)
    with tempfile.NamedTemporaryFile("w", dir=notice.parent, delete=False, encoding="utf-8") as beside:
        beside.write(text)
    Path(beside.name).replace(notice)


def told(notice: Path) -> dict[str, str] | None:
    """Return what `tell` wrote last, if anything that can be read."""
    try:
        words = json.loads(notice.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return words if isinstance(words, dict) and {"time", "what", "sentence"} <= words.keys() else None


_swept: tuple[float, dict[str, list[int]]] = (0.0, {})


def _sweep() -> dict[str, list[int]]:
    """Share one sweep of /proc among all watches of this process."""
    global _swept
    if time.monotonic() - _swept[0] > _SWEEP:
        _swept = (time.monotonic(), census.census())
    return _swept[1]


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


def _free(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bfree * found.f_frsize


def _size(count: int) -> str:
    return (
        gettext("%(size)s GB", size=number(count / 1e9, 1))
        if count >= 1e9
        else gettext("%(size)s MB", size=number(count / 1e6, 0))
    )
