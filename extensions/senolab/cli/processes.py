"""Processes as Linux tells of them in /proc: who descends from whom, who is left over from a run."""

import ctypes
import os
import signal
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

PROC = Path("/proc")
# Environment variable of everything that a launcher starts; its value is the state folder.
MARK = "SENOLAB_SUPERVISED"
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Process:
    """One process for sure: a process id is used again, but never with the same start in the same boot."""

    pid: int
    start: int
    boot: str

    def to_json(self) -> dict[str, object]:
        """Return a plain dictionary."""
        return asdict(self)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent dies, so that none escapes."""
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_with_parent(parent: int) -> None:
    """Have this process end (SIGTERM) when its parent does; to be called in the child."""
    _libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    if os.getppid() != parent:  # it ended before the line above
        os._exit(1)


def process(pid: int) -> Process | None:
    """Return the process with this id, if it is there and no zombie."""
    fields = _stat(pid)
    return None if fields is None or fields[0] == "Z" else Process(pid, int(fields[19]), boot())


def boot() -> str:
    """Return the id of this boot of the machine."""
    return (PROC / "sys/kernel/random/boot_id").read_text("ascii").strip()


def descendants(root: int) -> list[Process]:
    """Everything below a process, itself not."""
    parents: dict[int, list[int]] = {}
    for pid in _pids():
        if fields := _stat(pid):
            parents.setdefault(int(fields[1]), []).append(pid)
    found, todo = [], [root]
    while todo:
        below = parents.get(todo.pop(), [])
        found += below
        todo += below
    return [one for pid in found if (one := process(pid))]


def marked(state: Path) -> list[Process]:
    """Return whatever a launcher started for this state folder and that still runs."""
    wanted = f"{MARK}={state}".encode()
    found = []
    for pid in _pids():
        try:
            environment = (PROC / str(pid) / "environ").read_bytes()
        except OSError:
            continue  # another account's, or gone
        if wanted in environment.split(b"\0") and (one := process(pid)):
            found.append(one)
    return found


def end(processes: Iterable[Process], *, patience: float) -> None:
    """End processes kindly, and after `patience` seconds for certain. Those that are gone are left alone."""
    left = _signal(processes, signal.SIGTERM)
    until = time.monotonic() + patience
    while left and time.monotonic() < until:
        time.sleep(0.1)
        left = alive(left)
    _signal(left, signal.SIGKILL)


def alive(processes: Iterable[Process]) -> list[Process]:
    """Return those that still run."""
    return [one for one in processes if process(one.pid) == one]


def in_words(status: int) -> str:
    """Return how a process ended."""
    return f"killed by {signal.Signals(-status).name}" if status < 0 else f"status {status}"


def _signal(processes: Iterable[Process], number: signal.Signals) -> list[Process]:
    reached = []
    for one in alive(processes):
        try:
            os.kill(one.pid, number)
        except OSError:
            continue
        reached.append(one)
    return reached


def _pids() -> list[int]:
    return [int(path.name) for path in PROC.iterdir() if path.name.isdecimal()]


def _stat(pid: int) -> list[str] | None:
    """Fields of /proc/PID/stat from the state on (proc(5)); the name before them may hold anything."""
    try:
        return (PROC / str(pid) / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return None
