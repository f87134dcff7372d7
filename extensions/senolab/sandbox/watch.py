"""Watch one user's sandbox: memory, processes, what it holds in the kernel, and the space its home takes.

The kernel holds each process to its limits. What all processes of a sandbox hold together it holds only
where this account was lent control groups (`cgroup`), and what it takes on the disk never (quotas are
root's), so both are looked at every second and the sandbox is ended where it is too much.

A look at the disk is cheap: folders cannot have grown by more than their file system has lost. Only when
that could be too much, or `_AT_LATEST` has passed, they are walked: others may have freed meanwhile what it
took. Files that were deleted while a process holds them open are counted, too. So a sandbox that is over its
space has ended within `PROMISED` seconds, whatever else happens on the disk.

A deleted file can be held where nobody sees it, by a blocked call alone. So where the disk is nearly full,
whoever wrote far more than is there to be seen goes first.
"""

import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from senolab.sandbox import census, disk, holdings
from senolab.words import gettext, number

PROMISED = 5.0  # seconds within which a sandbox that takes too much space has ended
INTERVAL = 1.0  # seconds between two looks
_TO_END = 1.5  # seconds kept for a walk over many files, the notice and the end itself
_AT_LATEST = PROMISED - INTERVAL - _TO_END  # seconds after a walk from which on a look is one again
_WRITES = 1 << 20  # bytes by which the files of somebody who is filling a full disk grow between two looks
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
    """What was too much, in a sentence for the user.

    It is ``memory``, ``processes``, ``kernel``, ``disk`` or ``files``.
    """

    what: str
    sentence: str


class Watch:
    """Looks at one sandbox.

    Parameters
    ----------
    first
        Number of its process 1, as `census.first_process` gives it.
    folders
        All that it writes on this machine's disks.
    bounds
        What it may hold. Folders that are already fuller may not grow.
    note
        File that remembers, over its starts, how far they were too full.
    warden
        Whether its command closes itself to what it starts, see `warden`.
    """

    def __init__(
        self, first: int, folders: Sequence[Path], bounds: Bounds, *, note: Path, warden: bool = False
    ) -> None:
        self.first, self.folders, self.bounds = first, folders, bounds
        self.sight = holdings.Sight(first, warden=warden)
        self.free, self.walked = disk.free(folders), time.monotonic()
        self.space, self.files = disk.occupied(*folders, most=bounds.files)
        self.allowed = None if bounds.disk is None else disk.allowed(self.space, bounds.disk, note)
        self.allowed_files = (
            None if bounds.files is None else max(bounds.files, min(self.files, sys.maxsize - 1000) + 1000)
        )

    def look(self) -> Excess | None:
        """Return what is too much just now, if anything. Blocks for some milliseconds."""
        members = _sweep().get(census.namespace(self.first) or "", [])
        return self._kernel(members) or self._memory(members) or self._disk(members)

    def _kernel(self, members: list[int]) -> Excess | None:
        held = self.sight.look(members)
        if held is None:
            return None
        return Excess(
            "kernel",
            gettext(
                "Your session was ended because its programs kept more connections or open files than they "
                "may, or hid them (%(held)s). What you had saved or answered is kept; you can start again.",
                held=held,
            ),
        )

    def _memory(self, members: list[int]) -> Excess | None:
        held = census.usage(self.first, limit=self.bounds.memory, members=members)
        if held is None:
            return None
        if self.bounds.memory is not None and held.memory + self.sight.buffered > self.bounds.memory:
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
        lost, scarce = self.free - disk.free(self.folders), disk.scarce(self.folders)
        late = scarce or time.monotonic() - self.walked > _AT_LATEST
        if not late and (self.allowed is None or self.space + lost <= self.allowed):
            return None
        most = None if self.allowed_files is None else self.allowed_files + 1
        self.free, self.walked, before = disk.free(self.folders), time.monotonic(), self.space
        self.space, self.files = disk.occupied(*self.folders, most=most)
        if self.files == sys.maxsize:  # what cannot be counted is what the disk has lost
            self.space = max(self.space, before + lost)
        self.space += disk.hidden(members, self.folders)
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
        if scarce and self.allowed is not None and census.written(members) - self.space > self.allowed:
            return Excess(
                "disk",
                gettext(
                    "Your session was ended because the disk of this campus is nearly full, and it wrote"
                    " %(most)s more than your files take. What you had saved or answered is kept; you can"
                    " start again.",
                    most=_size(self.bounds.disk or 0),
                ),
            )
        if scarce and self.space > before + _WRITES:
            return Excess(
                "disk",
                gettext(
                    "Your session was ended because the disk of this campus is nearly full and your files "
                    "were growing. What you had saved or answered is kept; tell whoever runs the campus."
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


def too_full(space: int, most: int) -> str:
    """Tell somebody whose server is not started, as her files were filled further each time it was."""
    return gettext(
        "Your session is not started because your files take %(size)s, far more than the %(most)s you have, "
        "and grew each time it was. Ask whoever runs the campus to delete what you do not need.",
        size=_size(space),
        most=_size(most),
    )


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


def _size(count: int) -> str:
    return (
        gettext("%(size)s GB", size=number(count / 1e9, 1))
        if count >= 1e9
        else gettext("%(size)s MB", size=number(count / 1e6, 0))
    )
