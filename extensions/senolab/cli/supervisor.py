"""Starts a campus's processes, watches them, starts again what died, and ends everything it started."""

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from senolab.sandbox import ledger as servers
from senolab.sandbox import sockets

from . import logs as logfiles
from . import processes
from .children import Child

PAUSES = (0.1, 1.0, 2.0, 5.0, 10.0)  # seconds before the first, second, ... start in a row
STEADY = 60.0  # seconds after which a process that dies had been well
ENDS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
KIND, FIRM = 16.0, 5.0  # seconds to the hub, then to everything else, to end by itself


@dataclass
class _Seat:
    """A child and what became of it."""

    child: Child
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    falls: int = 0
    due: float = 0.0
    over: bool = False


class Supervisor:
    """Keeps children alive until told to stop.

    Parameters
    ----------
    children
        What to run, in order.
    logs
        Folder of one log a child.
    ledger
        File that remembers what runs, for the launcher that comes after a killed one.
    say
        Tells a person something.
    started
        Called with a child's name after each start of it.
    ended
        Called with its name and status after each end.
    """

    def __init__(
        self,
        children: Sequence[Child],
        *,
        logs: Path,
        ledger: Path,
        say: Callable[[str], None],
        started: Callable[[str], None],
        ended: Callable[[str, int], None],
    ) -> None:
        self._seats = [_Seat(child) for child in children]
        self._logs, self._ledger = logs, ledger
        self._say, self._started, self._ended = say, started, ended
        self._stop_asked = False
        self._written = self._turned = 0.0
        self._pipes: dict[int, Path] = {}  # reading end -> log
        self._full = False

    # -- life ------------------------------------------------------------------------------------
    def run(self, tick: Callable[[], None]) -> None:
        """Run until a signal comes or `stop` is called; `tick` is called about twice a second."""
        processes.adopt_orphans()
        reading, writing = os.pipe()
        for end in (reading, writing):
            os.set_blocking(end, False)
        # nohup means it: a terminal that closes is then no reason to stop.
        ends = [s for s in ENDS if s != signal.SIGHUP or signal.getsignal(s) != signal.SIG_IGN]
        before = {number: signal.signal(number, self._on_signal) for number in ends}
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        wakeup = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        try:
            while not self._stop_asked:
                self._reap()
                self._start_what_is_due()
                self._keep_house()
                tick()
                _sleep_until_something(reading, [*self._pipes], 0.5)
                self._pass_on()
        finally:
            for number in ENDS:
                signal.signal(number, signal.SIG_IGN)  # being asked twice changes nothing
            self._end_all()
            signal.set_wakeup_fd(wakeup)
            for number, handler in before.items():
                signal.signal(number, handler)
            os.close(reading)
            os.close(writing)

    @property
    def stopping(self) -> bool:
        """Whether the end has been asked for."""
        return self._stop_asked

    def stop(self) -> None:
        """Have `run` end everything and return."""
        self._stop_asked = True

    def add(self, child: Child) -> None:
        """One more child, from the next round on."""
        self._seats.append(_Seat(child))

    def falls(self, name: str) -> int:
        """How often in a row a child died shortly after its start."""
        return next((seat.falls for seat in self._seats if seat.child.name == name), 0)

    def _on_signal(self, number: int, frame: object) -> None:  # noqa: ARG002 - the signature is given
        self._stop_asked = True

    # -- starting --------------------------------------------------------------------------------
    def _start_what_is_due(self) -> None:
        now = time.monotonic()
        for seat in self._seats:
            waits = seat.process is not None or seat.over or now < seat.due
            if not waits and (not seat.child.after or answers(seat.child.after)):
                self._start(seat, now)

    def _start(self, seat: _Seat, now: float) -> None:
        parent = os.getpid()
        with self._output(seat.child) as log:
            try:
                seat.process = subprocess.Popen(
                    seat.child.argv,
                    env=dict(seat.child.environment),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=self._logs,
                    start_new_session=True,  # Ctrl-C in the terminal is for the launcher alone
                    preexec_fn=lambda: processes.end_with_parent(parent),  # noqa: PLW1509 - one thread only
                )
            except OSError as error:
                self._say(f"{seat.child.name} cannot be started: {error.strerror}: {seat.child.argv[0]}")
                self._fell(seat, 127, now)
                return
        seat.began = now
        self._write_ledger()
        self._started(seat.child.name)

    # -- watching --------------------------------------------------------------------------------
    def _reap(self) -> None:
        """Take leave of the dead: our children, and orphans that came to us."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for seat in self._seats:
                if seat.process is not None and seat.process.pid == pid:
                    seat.process.returncode = os.waitstatus_to_exitcode(status)
                    self._fell(seat, seat.process.returncode, time.monotonic())

    def _fell(self, seat: _Seat, status: int, now: float) -> None:
        seat.process = None
        name = seat.child.name
        if seat.child.once:
            seat.over = True
        elif not self._stop_asked:
            seat.falls = 1 if now - seat.began > STEADY else seat.falls + 1
            self._watch_disk()  # often the reason
            seat.due = now + PAUSES[min(seat.falls, len(PAUSES)) - 1]
            if seat.falls <= 3:
                self._say(
                    f"{name} ended ({processes.in_words(status)}) and is started again; "
                    f"its log is {self._logs / name}.log"
                )
        self._ended(name, status)

    def _keep_house(self) -> None:
        now = time.monotonic()
        if now - self._written > 5:
            self._write_ledger()
        if now - self._turned > 20:
            self._turned = now
            for log in self._logs.glob("*.log"):
                logfiles.turn_over(log)
            self._watch_disk()

    def _watch_disk(self) -> None:
        before, self._full = self._full, logfiles.full(self._logs)
        if self._full and not before:
            self._say(logfiles.FULL.format(self._logs.parent))

    def _write_ledger(self) -> None:
        """Remember what runs below us, so that a launcher after a killed one can end it."""
        self._written = time.monotonic()
        running = [one.to_json() for one in processes.descendants(os.getpid())]
        names = {seat.child.name: seat.process.pid for seat in self._seats if seat.process is not None}
        for path, content in ((self._ledger, running), (self._ledger.with_name("pids.json"), names)):
            beside = path.with_suffix(".new")
            with contextlib.suppress(OSError):  # a full disk must not end the campus
                beside.write_text(json.dumps(content), "utf-8")
                beside.replace(path)

    def _output(self, child: Child) -> BinaryIO:
        log = self._logs / f"{child.name}.log"
        if child.piped:
            reading, writing = os.pipe()
            os.set_blocking(reading, False)
            self._pipes[reading] = log
            return os.fdopen(writing, "wb")
        try:
            return log.open("ab")
        except OSError:
            return Path(os.devnull).open("ab")

    def _pass_on(self) -> None:
        for end, log in [*self._pipes.items()]:
            if not logfiles.pass_on(end, log):
                os.close(end)
                del self._pipes[end]

    # -- ending ----------------------------------------------------------------------------------
    def _end_all(self) -> None:
        """End the services and the hub (which ends users' servers), then the rest, then all for certain."""
        last = [
            seat for seat in self._seats if seat.child.name == "proxy" or seat.child.name.startswith("relay")
        ]
        for seat in self._seats:
            if seat.process is not None and seat not in last:
                _signal(seat.process.pid, signal.SIGTERM)
        until = time.monotonic() + KIND
        while time.monotonic() < until and any(
            seat.process is not None for seat in self._seats if seat not in last
        ):
            self._reap()
            time.sleep(0.05)
        until = time.monotonic() + FIRM
        for one in processes.descendants(os.getpid()):
            _signal(one.pid, signal.SIGTERM)
        while time.monotonic() < until and processes.descendants(os.getpid()):
            self._reap()
            time.sleep(0.05)
        until = time.monotonic() + FIRM
        while time.monotonic() < until and (left := processes.descendants(os.getpid())):
            for one in left:
                _signal(one.pid, signal.SIGKILL)
            self._reap()
            time.sleep(0.05)
        self._reap()
        self._ledger.unlink(missing_ok=True)


def clear_leftovers(ledger: Path, state: Path) -> int:
    """End what a killed launcher left running for this state; return how many there were."""
    recorded: list[processes.Process] = []
    with contextlib.suppress(OSError, ValueError, TypeError):
        recorded = [processes.Process(**entry) for entry in json.loads(ledger.read_text("utf-8"))]
    mine = {one for one in [*processes.alive(recorded), *processes.marked(state)] if one.pid != os.getpid()}
    processes.end(mine, patience=KIND)
    ledger.unlink(missing_ok=True)
    with contextlib.suppress(RuntimeError):  # no folder of ours: no servers of ours
        return len(mine) + len(servers.reap(sockets.folder_for(state)))
    return len(mine)


def answers(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody listens on a port."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


def say(words: str) -> None:
    """Tell the person at the terminal."""
    with contextlib.suppress(OSError):  # the terminal may be gone
        print(f"senolab: {words}", file=sys.stderr, flush=True)


def _sleep_until_something(reading: int, others: list[int], seconds: float) -> None:
    if reading in select.select([reading, *others], [], [], seconds)[0]:
        with contextlib.suppress(BlockingIOError):
            os.read(reading, 4096)


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
