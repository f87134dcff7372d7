"""What a sandbox holds in the kernel besides the memory of its processes, and how much of it is too much.

Some quotas the kernel counts by account, which all sandboxes and the campus share: a flood of epoll watches
inside would leave the proxy none. The buffers of sockets, locks and descriptors take memory that belongs to
no process. Where this account was lent control groups, the kernel counts that memory, never the quotas. So
the watch counts both, by what /proc tells of each descriptor and of the sandbox's own network.

The bounds are far above what a Jupyter server with many kernels holds (some 20 sockets, 30 watches and 60
descriptors a kernel), and far below the quotas.
"""

import contextlib
import os
import time
from collections import Counter
from dataclasses import dataclass, field

from senolab.sandbox.census import first_process, members_of

MOST = {
    "descriptors": 16_384,  # of all processes; so a look at them stays short
    "sockets": 768,  # each holds a fifth of a megabyte unread at most; TCP is measured
    "epoll watches": 10_000,
    "descriptors in flight": 256,  # sent through a socket and not taken out of it
    "locks": 4_096,
    "terminals": 128,
}
_PATIENCE = (
    2.0  # seconds for which something may be out of sight: a new process is, until it runs its program
)
_LINES = {b"tfd": "epoll watches", b"lock": "locks"}
_BUFFERED = 64 << 20  # bytes in TCP's buffers on the whole machine, below which nobody's share is asked for
_CHUNK = 1 << 20
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Holdings:
    """What one sandbox holds.

    Attributes
    ----------
    counts
        By the names of `MOST`.
    buffered
        Bytes in the buffers of TCP.
    unseen
        What may hold more than is counted: processes that cannot be looked into, descriptors in flight,
        and sockets that no process has, which are in flight themselves with whatever was sent through them.
    """

    counts: Counter[str] = field(default_factory=Counter)
    buffered: int = 0
    unseen: set[bytes] = field(default_factory=set)

    @property
    def excess(self) -> str | None:
        """Name what is held beyond its bound, with its number; None where nothing is."""
        found = next((name for name in MOST if self.counts[name] > MOST[name]), None)
        return found and f"{found}: {self.counts[found]}"


class Sight:
    """Looks at one sandbox again and again, and bears for a moment what cannot be seen.

    Parameters
    ----------
    first
        Number of its process 1.
    warden
        Whether the command is ours and closes itself to sight, see `warden`.
    """

    def __init__(self, first: int, *, warden: bool = False) -> None:
        self.first, self.buffered = first, 0
        self._warded, self._warden = warden, None
        self._unseen: dict[bytes, float] = {}

    def look(self, members: list[int]) -> str | None:
        """Return what `members` hold too much of, if anything, with its number."""
        if self._warded and self._warden is None:
            self._warden = first_process(self.first)
        held = holdings(self.first, members)
        if held.unseen:  # by those whom a census of a second ago does not know, perhaps
            held = holdings(self.first, members_of(self.first) or [])
        held.unseen.discard(b"process %d" % (self._warden or 0))
        now, self.buffered = time.monotonic(), held.buffered
        self._unseen = {name: self._unseen.get(name, now) for name in held.unseen}
        longest = min(self._unseen, key=self._unseen.__getitem__, default=None)
        if held.excess or longest is None or now - self._unseen[longest] < _PATIENCE:
            return held.excess
        return f"out of sight: {longest.decode()}"


def holdings(first: int, members: list[int]) -> Holdings:
    """Count what the sandbox of process 1 `first` holds; counting stops where something is too much.

    Parameters
    ----------
    members
        Its processes, from `census.census`.
    """
    held = Holdings()
    sockets = _network(held, first)
    _terminals(held, first)
    if not held.excess:
        inodes = _descriptors(held, first, members)
        lost = sockets - inodes if inodes and _listed(first) else set()  # Linux 5.14 and newer tells them
        if lost and lost & _unix(first):
            held.unseen.add(b"sockets in flight")
    if held.counts["descriptors in flight"]:  # for a moment: one alone can be an instance of 200 000 watches
        held.unseen.add(b"descriptors in flight")
    return held


def _network(held: Holdings, first: int) -> set[bytes]:
    """Count the sockets of the sandbox's own network, those in flight too; return the Unix ones' inodes."""
    with contextlib.suppress(OSError):
        if os.readlink(f"/proc/{first}/ns/net") == os.readlink("/proc/self/ns/net"):  # noqa: PTH115
            return set()
        words = b" ".join(_lines(f"/proc/{first}/net/sockstat")).split()
        if not words:
            return set()  # it has just ended
        held.counts["sockets"] = int(words[words.index(b"used") + 1])
        everybodys = int(words[words.index(b"mem") + 1]) * _PAGE  # TCP's, and the first of that name
        if everybodys > _BUFFERED:
            held.buffered = sum(_queues(f"/proc/{first}/net/{name}") for name in ("tcp", "tcp6"))
        if not held.excess:
            return _unix(first)
    return set()


def _unix(first: int) -> set[bytes]:
    """Inodes of the sandbox's Unix sockets, without connections that wait to be taken."""
    return {line.split()[6] for line in _lines(f"/proc/{first}/net/unix")[1:]} - {b"0"}


def _queues(table: str) -> int:
    """Bytes that the connections of a table have not sent or not read."""
    total = 0
    for line in _lines(table)[1:]:
        sent, _, read = line.split()[4].partition(b":")
        total += int(sent, 16) + int(read, 16)
    return total


def _terminals(held: Holdings, first: int) -> None:
    with contextlib.suppress(OSError):
        inside = f"/proc/{first}/root/dev/pts"
        if os.stat(inside).st_dev != os.stat("/dev/pts").st_dev:  # noqa: PTH116 - else the walls are being built
            held.counts["terminals"] = len(os.listdir(inside)) - 1  # noqa: PTH208 - and ptmx


def _descriptors(held: Holdings, first: int, members: list[int]) -> set[bytes]:
    """Look at each descriptor; return the inodes of all of them."""
    paths: list[str] = []
    for member in members:
        listed = _listed(member)
        paths += listed or []
        if listed is None and member != first and _lives(member):
            held.unseen.add(b"process %d" % member)
    held.counts["descriptors"] = len(paths)
    inodes: set[bytes] = set()
    for path in paths:
        if held.excess:
            break
        _descriptor(held.counts, inodes, path)
    return inodes


def _listed(member: int) -> list[str] | None:
    """Files that tell of each descriptor; None where the process is closed to sight.

    From Linux 5.14 on those of one that has closed itself inside are open all the same: its memory is not.
    """
    try:
        names = os.listdir(f"/proc/{member}/fdinfo")  # noqa: PTH208 - plain names are what is wanted
    except PermissionError:
        return None
    except OSError:  # it has just ended
        return []
    return [f"/proc/{member}/fdinfo/{name}" for name in names]


def _descriptor(counts: Counter[str], inodes: set[bytes], path: str) -> None:
    for line in _lines(path):
        name, _, value = line.partition(b":")
        if name == b"ino":
            inodes.add(value.strip())
        elif name in _LINES:
            counts[_LINES[name]] += 1
        elif name == b"scm_fds":
            counts["descriptors in flight"] += int(value)


def _lives(member: int) -> bool:
    """Whether a process whose descriptors cannot be read has any: one that has ended has none."""
    with contextlib.suppress(OSError):
        return any(line.startswith(b"VmSize:") for line in _lines(f"/proc/{member}/status"))
    return False


def _lines(path: str) -> list[bytes]:
    """Lines of a file of /proc, of the first megabyte; none where it has gone or is closed."""
    text = b""
    with contextlib.suppress(OSError), open(path, "rb", buffering=0) as file:  # noqa: PTH123 - thousands of them
        while len(text) < _CHUNK and (more := file.read(_CHUNK)):
            text += more
    return text.splitlines()
