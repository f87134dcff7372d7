"""What runs inside sandboxes and how much memory it holds, read from /proc.

A sandbox is told by its process namespace. Resident and swapped memory of its processes is summed;
where that passes a limit, the proportional sum (shared pages once) decides. Private temporary folders
live in memory too and are counted. Control groups do this in the kernel, where this account was lent
some (`cgroup`).
"""

import contextlib
import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_INODE = 1024  # bytes of kernel memory that a file in a temporary folder holds, about


@dataclass(frozen=True)
class Usage:
    """What one sandbox holds: bytes of memory, processes and threads together."""

    memory: int
    tasks: int


def first_process(outer: int) -> int | None:
    """Return the number outside of process 1 of the sandbox whose bubblewrap is `outer`."""
    children = _PROC / f"{outer}/task/{outer}/children"
    try:
        numbers = children.read_text().split()
    except OSError:
        numbers = [str(number) for number in _numbers() if _parent(number) == outer]
    return int(numbers[0]) if numbers else None


def namespace(number: int) -> str | None:
    """Return the name of the process namespace that process `number` runs in; None once it is gone."""
    with contextlib.suppress(OSError):
        return os.readlink(f"/proc/{number}/ns/pid")  # noqa: PTH115 - no such file behind it
    return None


def census() -> dict[str, list[int]]:
    """Return the process numbers of every process namespace of this account, in one sweep.

    A process whose first thread has ended tells nothing under its number: another of its threads stands for
    it.
    """
    members: dict[str, list[int]] = defaultdict(list)
    outside = namespace(os.getpid())
    for number in _numbers():
        if name := namespace(number):
            members[name].append(number if name == outside else _living(number))
    return members


def members_of(first: int) -> list[int] | None:
    """Return the processes of the sandbox of process 1 `first`; None once it is gone, or not yet there."""
    name = namespace(first)
    return None if name is None or name == namespace(os.getpid()) else census().get(name, [])


def usage(first: int, *, limit: int | None = None, members: list[int] | None = None) -> Usage | None:
    """Return what the sandbox of process 1 `first` holds; None once it is gone.

    Parameters
    ----------
    limit
        Bytes above which shared pages are told apart (slower).
    members
        From a `census` taken just before, for whoever watches many sandboxes.
    """
    members = members_of(first) if members is None else members
    if members is None:
        return None
    held, tasks = 0, 0
    for number in members:
        memory, threads = _status(number)
        held, tasks = held + memory, tasks + threads
    folders = sum(_folder(first, path) for path in ("tmp", "dev/shm"))
    if limit is not None and held + folders > limit:
        held = sum(_proportional(number) for number in members)
    return Usage(held + folders, tasks)


def _numbers() -> list[int]:
    return [int(name) for name in os.listdir(_PROC) if name.isdigit()]  # noqa: PTH208 - thousands of names


def _living(number: int) -> int:
    """Return the process, or another of its threads where its first one has ended and others go on."""
    with contextlib.suppress(OSError, StopIteration):
        if not _has_memory(number):
            threads = map(int, os.listdir(f"/proc/{number}/task"))  # noqa: PTH208 - plain names are what is wanted
            return next(thread for thread in threads if _has_memory(thread))
    return number


def _has_memory(number: int) -> bool:
    with contextlib.suppress(OSError):
        return not (_PROC / f"{number}/statm").read_text().startswith("0 ")
    return False


def _parent(number: int) -> int | None:
    with contextlib.suppress(OSError, IndexError, ValueError):
        return int((_PROC / f"{number}/stat").read_text().rpartition(")")[2].split()[1])
    return None


def _status(number: int) -> tuple[int, int]:
    """Bytes resident, swapped and in tables of pages, and threads, of one process."""
    found = {"VmRSS": 0, "VmSwap": 0, "VmPTE": 0, "Threads": 0}
    with contextlib.suppress(OSError):
        for line in (_PROC / f"{number}/status").read_text().splitlines():
            name, _, value = line.partition(":")
            if name in found:
                found[name] = int(value.split()[0])
    return (found["VmRSS"] + found["VmSwap"] + found["VmPTE"]) * 1024, found["Threads"]


def _proportional(number: int) -> int:
    """Bytes of one process, pages shared with others counted in part; resident where not readable."""
    total = 0
    try:
        for line in (_PROC / f"{number}/smaps_rollup").read_text().splitlines():
            name, _, value = line.partition(":")
            total += int(value.split()[0]) * 1024 if name in {"Pss", "SwapPss"} else 0
    except OSError:
        return _status(number)[0]
    return total


def written(members: list[int]) -> int:
    """Return the bytes that these processes, and those of theirs that have ended, sent towards disks."""
    total = 0
    for member in members:
        with contextlib.suppress(OSError, ValueError, StopIteration):
            lines = (_PROC / f"{member}/io").read_text().splitlines()
            total += int(next(line for line in lines if line.startswith("write_bytes:")).split()[1])
    return total


def _folder(first: int, path: str) -> int:
    """Bytes that a private temporary folder of the sandbox holds."""
    inside = f"/proc/{first}/root/{path}"
    try:
        found = os.statvfs(inside)
        if os.stat(inside).st_dev == os.stat(f"/{path}").st_dev:  # noqa: PTH116 - the walls are still being built
            return 0
    except OSError:
        return 0
    return (found.f_blocks - found.f_bfree) * found.f_frsize + (found.f_files - found.f_ffree) * _INODE
