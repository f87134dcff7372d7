"""Run one command in a sandbox to its end, with time, memory and output held."""

import contextlib
import itertools
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal

from senolab.sandbox.census import first_process, members_of, usage
from senolab.sandbox.cgroup import Leaf, leaf
from senolab.sandbox.holdings import Sight
from senolab.sandbox.walls import Limits, Mount, command

Reason = Literal["time", "memory", "processes", "output", "kernel", "cancelled", "sandbox"]
_BEAT = 0.2  # seconds between two looks at clock and memory
_numbers = itertools.count()


@dataclass(frozen=True)
class Finished:
    """How a command ended.

    Attributes
    ----------
    returncode
        Its exit status; 128 + signal where a signal ended it.
    stdout, stderr
        Bytes, cut where `Limits.output` was reached.
    reason
        Why it was stopped; ``"kernel"`` where it held too much that the kernel counts by account or not at
        all (`holdings`); ``"sandbox"`` where the sandbox itself could not be built (the sentence is in
        `stderr`, the mend in `available`); None where the command ended by itself.
    """

    returncode: int
    stdout: bytes
    stderr: bytes
    reason: Reason | None = None

    @property
    def text(self) -> str:
        """Standard output as text."""
        return self.stdout.decode(errors="replace")

    @property
    def complaint(self) -> str:
        """Standard error as text."""
        return self.stderr.decode(errors="replace")


def run(
    argv: Sequence[str],
    *,
    mounts: Iterable[Mount] = (),
    limits: Limits | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
    cwd: str | None = None,
    user: str = "learner",
    home: Path | None = None,
    nesting: bool = False,
    on_line: Callable[[str], None] | None = None,
    cancel: threading.Event | None = None,
    warden: bool = False,
) -> Finished:
    """Run `argv` in a sandbox of its own and wait for its end.

    Whatever it started dies with it. Blocks; call it from a thread where that matters.

    Parameters
    ----------
    env
        Variables set inside; they are handed over out of sight of ``ps``.
    stdin
        Bytes given on standard input; an empty one by default.
    on_line
        Called with each whole line of standard output as it comes.
    cancel
        Stops the command once set.
    Other parameters are those of `walls.command`.
    """
    limits = limits or Limits()
    group = leaf(f"job-{os.getpid()}-{next(_numbers)}", memory=limits.memory, processes=limits.processes)
    told, tell = os.pipe()
    words = command(
        argv, mounts=mounts, limits=limits, keep=env or (), user=user, home=home, cwd=cwd,
        nesting=nesting, warden=warden, inner={"ready": tell}, group=group,
    )  # fmt: skip
    try:
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(env or {}),
            pass_fds=[tell],
            start_new_session=True,
        )
    finally:
        os.close(tell)
    with process, os.fdopen(told, "rb") as ready:
        try:
            return _Watch(process, limits, on_line, cancel, group, warden).until_end(stdin, ready)
        finally:
            end(process)
            if group:
                group.remove()


def end(process: subprocess.Popen) -> None:
    """Kill the whole namespace behind a started `walls.command`, and wait for it."""
    if process.poll() is None:
        first = first_process(process.pid)
        if first is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(first, signal.SIGKILL)
        try:
            process.wait(5 if first else 0)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


@dataclass
class _Watch:
    process: subprocess.Popen
    limits: Limits
    on_line: Callable[[str], None] | None
    cancel: threading.Event | None
    group: Leaf | None
    warden: bool
    kept: dict[str, bytearray] = field(default_factory=lambda: {"stdout": bytearray(), "stderr": bytearray()})
    line: bytearray = field(default_factory=bytearray)
    sight: Sight | None = None

    def until_end(self, stdin: bytes | None, ready: IO[bytes]) -> Finished:
        """Read until both outputs are closed, or stop for a reason."""
        began = time.monotonic()
        reason: Reason | None = None
        with selectors.DefaultSelector() as chooser:
            self._register(chooser, stdin)
            while reason is None and {"stdout", "stderr"} & {key.data for key in chooser.get_map().values()}:
                for key, _ in chooser.select(_BEAT):
                    stdin = self._move(chooser, key, stdin)
                reason = self._reason(time.monotonic() - began)
        if reason is None:
            reason = self._wait(began)
        if reason is not None:
            end(self.process)
        self._tell_line(last=True)
        if reason is None and self.group and self.group.over_memory:
            reason = "memory"
        if reason is None and not ready.read(1):
            reason = "sandbox"
        outputs = {name: bytes(kept[: self.limits.output]) for name, kept in self.kept.items()}
        return Finished(self.process.wait(), outputs["stdout"], outputs["stderr"], reason)

    def _register(self, chooser: selectors.BaseSelector, stdin: bytes | None) -> None:
        for name in ("stdout", "stderr"):
            chooser.register(getattr(self.process, name), selectors.EVENT_READ, name)
        if stdin is not None and self.process.stdin:
            os.set_blocking(self.process.stdin.fileno(), False)
            chooser.register(self.process.stdin, selectors.EVENT_WRITE, "stdin")

    def _move(
        self, chooser: selectors.BaseSelector, key: selectors.SelectorKey, stdin: bytes | None
    ) -> bytes | None:
        """Take what an output has, or give the input more; return what is left to give."""
        if key.data == "stdin":
            try:
                stdin = (stdin or b"")[os.write(key.fd, (stdin or b"")[: 1 << 16]) :]
            except BrokenPipeError:
                stdin = b""
            if not stdin and self.process.stdin:
                chooser.unregister(self.process.stdin)
                self.process.stdin.close()
            return stdin
        data = os.read(key.fd, 1 << 16)
        if not data:
            chooser.unregister(key.fileobj)
        self.kept[key.data] += data
        if key.data == "stdout" and self.on_line:
            self.line += data
            self._tell_line()
        return stdin

    def _tell_line(self, *, last: bool = False) -> None:
        while self.on_line and (b"\n" in self.line or (last and self.line)):
            line, _, rest = self.line.partition(b"\n")
            self.line = bytearray(rest)
            self.on_line(line.decode(errors="replace"))

    def _reason(self, seconds: float) -> Reason | None:
        if self.cancel and self.cancel.is_set():
            return "cancelled"
        if self.limits.wall_seconds is not None and seconds > self.limits.wall_seconds:
            return "time"
        if sum(map(len, self.kept.values())) > self.limits.output:
            return "output"
        return self._excess()

    def _excess(self) -> Reason | None:
        """Return what all processes together have too much of; the kernel counts processes but for root."""
        first = self.sight.first if self.sight else first_process(self.process.pid)
        members = members_of(first) if first else None
        held = usage(first, limit=self.limits.memory, members=members) if first and members else None
        if first is None or members is None or held is None:
            return None
        self.sight = self.sight or Sight(first, warden=self.warden)
        too_much = self.sight.look(members)
        if self.limits.memory is not None and held.memory + self.sight.buffered > self.limits.memory:
            return "memory"
        if self.limits.processes is not None and held.tasks > self.limits.processes:
            return "processes"
        return "kernel" if too_much else None

    def _wait(self, began: float) -> Reason | None:
        """Wait for a command that has closed its outputs and goes on."""
        while self.process.poll() is None:
            if reason := self._reason(time.monotonic() - began):
                return reason
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(_BEAT)
        return None
