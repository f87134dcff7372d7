"""Which users' servers run, written down beside their sockets, so that a campus leaves none behind.

Servers outlive the hub (a restarted hub finds them again), and a launcher that was killed before it had
noticed them; the next start of the campus calls `reap`.
"""

import contextlib
import json
import os
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path

_FILE = "server.json"


@dataclass(frozen=True)
class Running:
    """One server's processes, numbered as outside; `born` keeps a number from being taken for another's."""

    user: str
    pid: int  # bubblewrap
    born: int
    first: int  # process 1 of the sandbox
    first_born: int

    @property
    def alive(self) -> bool:
        """Whether the sandbox is still there."""
        return born(self.pid) == self.born or born(self.first) == self.first_born

    def send(self, number: int) -> None:
        """Send a signal to process 1, which hands it on to the server; a kill ends everything."""
        if born(self.first) == self.first_born:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.first, number)
        elif number == signal.SIGKILL and born(self.pid) == self.born:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)


def born(number: int) -> int | None:
    """Return when process `number` started (clock ticks since boot); None if it is gone or a zombie."""
    try:
        words = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if words[0] in {"Z", "X"} else int(words[19])


def write(folder: Path, running: Running) -> None:
    """Write down in `folder` that a server runs."""
    beside = folder / f".{_FILE}"
    beside.write_text(json.dumps(asdict(running)))
    beside.replace(folder / _FILE)


def read(folder: Path) -> Running | None:
    """Return the server written down in `folder`, alive or not."""
    try:
        return Running(**json.loads((folder / _FILE).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def sweep(folder: Path) -> None:
    """Remove the files of a server that is gone."""
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()


def reap(servers: Path, *, patience: float = 5) -> list[str]:
    """End every server written down below `servers`; return the names of their users.

    Parameters
    ----------
    patience
        Seconds that they have to end by themselves.
    """
    folders = [path for path in servers.glob("*") if path.is_dir()]
    found = [(folder, running) for folder in folders if (running := read(folder)) and running.alive]
    for number, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 5)):
        for _, running in found:
            running.send(number)
        until = time.monotonic() + seconds
        while any(running.alive for _, running in found) and time.monotonic() < until:
            time.sleep(0.05)
    for folder in folders:
        sweep(folder)
    return [running.user for _, running in found]
