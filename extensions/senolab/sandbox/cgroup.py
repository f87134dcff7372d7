"""Control groups: where the kernel lets this account, it holds a whole sandbox to its memory and processes.

Needed is a part of the tree of version 2 that this account was lent (`delegation`). In it the campus's own
processes lie in one group and each sandbox in a group of its own beside it, since a group that hands
controllers on holds no process itself. Anywhere else `leaf` gives None, and the watch holds sandboxes alone.
"""

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

CAMPUS, WALLED = "campus", "walled"
NEEDED = frozenset({"memory", "pids"})


@dataclass(frozen=True)
class Leaf:
    """The control group of one sandbox."""

    path: Path

    @property
    def over_memory(self) -> bool:
        """Whether the kernel has ended something here because the memory was used up."""
        with contextlib.suppress(OSError):
            lines = (self.path / "memory.events").read_text().splitlines()
            return any(line.startswith("oom_kill ") and line != "oom_kill 0" for line in lines)
        return False

    def remove(self) -> None:
        """Remove the group of a sandbox that has ended; one that does not go is left to the next start."""
        until = time.monotonic() + 1
        while not removed(self.path) and time.monotonic() < until:
            time.sleep(0.01)


def leaf(name: str, *, memory: int | None, processes: int | None) -> Leaf | None:
    """Make the group of one sandbox; None where this account has no tree to make it in.

    Parameters
    ----------
    name
        Of this sandbox and no other; an empty group of that name is begun anew.
    memory
        Bytes of all its processes and temporary folders together; there is no swap besides.
    processes
        Processes and threads together, bubblewrap's own outside not counted.
    """
    found = find(name)
    if found is None:
        return None
    try:
        removed(found.path)
        found.path.mkdir(exist_ok=True)
        write(found.path / "memory.max", "max" if memory is None else str(memory))
        write(found.path / "memory.oom.group", "1")
        write(found.path / "pids.max", "max" if processes is None else str(processes + 1))
    except OSError:
        return None  # the watch still holds it
    with contextlib.suppress(OSError):  # a kernel without swap has no such file
        write(found.path / "memory.swap.max", "0")
    return found


def find(name: str) -> Leaf | None:
    """Return where the group of that name is, made or not; None where this account has no tree."""
    walled = subtree()
    return None if walled is None else Leaf(walled / name)


def subtree(here: Path | None = None) -> Path | None:
    """Return the group below which sandboxes get theirs, if this process, or one in `here`, may use one."""
    here = here or own()
    if here is None or here.name != CAMPUS:
        return None
    walled = here.parent / WALLED
    ready = os.access(walled, os.W_OK) and words(walled / "cgroup.subtree_control") >= NEEDED
    return walled if ready else None


def own(proc: Path = Path("/proc/self")) -> Path | None:
    """Return the folder of the control group (version 2) that a process is in, if it can be seen."""
    with contextlib.suppress(OSError):
        lines = (proc / "cgroup").read_text().splitlines()
        group = next((Path(line[3:]) for line in lines if line.startswith("0::")), None)
        for line in (proc / "mountinfo").read_text().splitlines() if group else ():
            mounted, _, kind = line.partition(" - ")
            root, place = mounted.split()[3:5]
            if group and kind.startswith("cgroup2 ") and group.is_relative_to(root):
                return place / group.relative_to(root)
    return None


def removed(path: Path) -> bool:
    """Remove a group unless something lives in it; return whether it is gone."""
    with contextlib.suppress(FileNotFoundError):
        try:
            path.rmdir()
        except OSError:
            return False
    return True


def words(file: Path) -> set[str]:
    """Return the words that a file of the kernel holds; none where it cannot be read."""
    with contextlib.suppress(OSError):
        return set(file.read_text().split())
    return set()


def write(file: Path, text: str) -> None:
    """Tell the kernel something in one write, which it takes or refuses."""
    with file.open("w") as opened:
        opened.write(text)
