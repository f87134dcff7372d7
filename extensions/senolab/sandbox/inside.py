"""Inside the wall: process 1 of a sandbox, which starts the command and outlives nothing.

Runs as ``python -I -S inside.py WORDS COMMAND...`` where WORDS is the JSON text that `walls.command`
wrote. It takes orphans, hands signals on, carries connections where it was told to, and ends with the
command's status, at which the kernel ends everything else inside. The command cannot look into it
(not dumpable) nor end it (process 1 of its namespace). Loads the standard library only.
"""

import base64
import contextlib
import ctypes
import json
import os
import resource
import signal
import struct
import sys
from types import FrameType

_DEATH_SIGNAL, _DUMPABLE, _SECCOMP = 1, 4, 22  # prctl
_HANDED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1)
_HELD = 128 << 10  # bytes waiting for a slow reader before its writer has to wait
_KNOCK = 0.05  # seconds between two looks whether the server inside listens
_MOST = 240  # connections carried at once; each takes two descriptors
_LIMITS = {
    "memory": resource.RLIMIT_DATA,  # not AS: numba and torch reserve far more than they use
    "processes": resource.RLIMIT_NPROC,
    "file_size": resource.RLIMIT_FSIZE,
    "cpu_seconds": resource.RLIMIT_CPU,
    "open_files": resource.RLIMIT_NOFILE,
}
_SIGNALS = 256  # timers and signals that wait; the kernel counts them by account


def main() -> None:
    """Start the command, carry its connections, end with its status."""
    words, command = json.loads(sys.argv[1]), sys.argv[2:]
    go_first_when_memory_ends()
    os.nice(words.get("nice", 0))
    libc = ctypes.CDLL(None)
    libc.prctl(_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)  # bubblewrap outside is gone: so are we
    libc.prctl(_DUMPABLE, 0, 0, 0, 0)
    carrier = Carrier(words["carry"], words.get("log")) if words.get("carry") else None
    if words.get("ready") is not None:
        os.write(words["ready"], b"1")
        os.close(words["ready"])
    output = carrier.log.inlet if carrier and carrier.log else None
    child = start(command, words["limits"], output, base64.b64decode(words.get("sight") or ""))

    def hand_on(number: int, _: FrameType | None) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, number)

    for number in _HANDED_ON:
        signal.signal(number, hand_on)
    status = carrier.run(child) if carrier else wait(child)
    sys.exit(os.waitstatus_to_exitcode(status) % 256 if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))


def go_first_when_memory_ends() -> None:
    """Have the kernel end what runs here before it ends the campus, where the machine's memory ends."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:  # noqa: PTH123
        file.write("500")


def start(command: list[str], limits: dict, output: int | None = None, sight: bytes = b"") -> int:
    """Start the command under its limits, with descriptors 0, 1 and 2 only; return its number.

    `sight` is a filter of system calls more, `syscalls.open_to_sight`.
    """
    child = os.fork()
    if child:
        if output is not None:
            os.close(output)
        return child
    try:
        if output is not None:
            os.dup2(output, 1)
            os.dup2(output, 2)
        os.closerange(3, os.sysconf("SC_OPEN_MAX") if os.sysconf("SC_OPEN_MAX") > 0 else 65536)
        for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python had switched them off
            signal.signal(number, signal.SIG_DFL)
        restrain(limits)
        bind(sight)
        os.execvp(command[0], command)  # noqa: S606
    except BaseException as trouble:
        print(f"senolab: cannot start {command[0]!r}: {trouble}", file=sys.stderr, flush=True)
    os._exit(127)


def restrain(limits: dict) -> None:
    """Set the kernel's limits for this process and its children; a limit already lower stays."""
    wanted = {number: limits.get(name) for name, number in _LIMITS.items()}
    wanted |= {resource.RLIMIT_CORE: 0, resource.RLIMIT_SIGPENDING: _SIGNALS}
    for number, limit in wanted.items():
        if limit is not None:
            most = resource.getrlimit(number)[1]
            value = limit if most == resource.RLIM_INFINITY else min(limit, most)
            resource.setrlimit(number, (value, value))


def bind(code: bytes) -> None:
    """Bind this process and its children to a filter of system calls."""
    buffer = ctypes.create_string_buffer(code, len(code))
    head = struct.pack("@HP", len(code) // 8, ctypes.addressof(buffer))
    if code and ctypes.CDLL(None).prctl(_SECCOMP, 2, ctypes.c_char_p(head), 0, 0):
        raise OSError("the kernel does not take the filter of system calls")


def wait(child: int) -> int:
    """Take orphans until the command ends; return its wait status."""
    while True:
        number, status = os.wait()
        if number == child:
            return status


class Pair:
    """Two sockets whose bytes are carried over to each other."""

    def __init__(self, chooser, caller, callee) -> None:
        self.chooser, self.ends = chooser, (caller, callee)
        self.waiting = {caller: bytearray(), callee: bytearray()}  # what is still to be written there
        self.over, self.shut, self.dialling = set(), set(), {callee}
        self.watched = dict.fromkeys(self.ends, 0)
        self.settle()

    def turn(self, end, events: int) -> None:
        """Read and write what `end` is ready for; drop both on any error."""
        try:
            if events & 2:
                self.dialling.discard(end)
                del self.waiting[end][: end.send(self.waiting[end])]
            if events & 1:
                data = end.recv(65536)
                self.waiting[self.other(end)] += data
                self.over |= set() if data else {end}
            self.settle()
        except BlockingIOError:
            pass
        except OSError:
            self.drop()

    def other(self, end):
        """Return the end that is not this one."""
        return self.ends[end is self.ends[0]]

    def settle(self) -> None:
        """Pass on an end of transmission and wait for what can happen next."""
        for end in self.ends:
            if (
                self.other(end) in self.over
                and not self.waiting[end]
                and end not in self.shut | self.dialling
            ):
                self.shut.add(end)
                end.shutdown(1)
        if len(self.shut) == 2:
            self.drop()
            return
        for end in self.ends:
            reads = end not in self.over and len(self.waiting[self.other(end)]) < _HELD
            self.watch(end, reads * 1 + (bool(self.waiting[end]) or end in self.dialling) * 2)

    def watch(self, end, events: int) -> None:
        """Register `end` for these events, if they are not the ones it is registered for."""
        before, self.watched[end] = self.watched[end], events
        if before and events != before:
            self.chooser.unregister(end)
        if events and events != before:
            self.chooser.register(end, events, self)

    def drop(self) -> None:
        """Close both ends."""
        for end in self.ends:
            self.watch(end, 0)
            end.close()


class Log:
    """Writes what the command says to this process's own output, a file, and keeps that file small."""

    def __init__(self, most: int) -> None:
        self.most, self.written = most, 0
        self.outlet, self.inlet = os.pipe2(os.O_CLOEXEC)

    def turn(self, _: object, __: int) -> None:
        """Write what has come; begin the file anew where it gets too long."""
        data = os.read(self.outlet, 65536)
        self.written += len(data)
        if self.written > self.most:
            os.ftruncate(1, 0)
            os.lseek(1, 0, os.SEEK_SET)
            self.written = os.write(1, b"(earlier lines are dropped)\n") + len(data)
        with contextlib.suppress(OSError):  # a full disk must not end the server
            os.write(1, data)


class Door:
    """A listening socket and where its connections are carried."""

    def __init__(self, carrier: "Carrier", way: dict) -> None:
        socket = carrier.socket
        self.carrier, self.inward = carrier, "fd" in way
        self.family = socket.AF_INET if self.inward else socket.AF_UNIX
        self.address = ("127.0.0.1", way["port"]) if self.inward else way["path"]
        if self.inward:
            self.listener = socket.socket(fileno=way["fd"])
        else:
            self.listener = socket.create_server(("127.0.0.1", way["port"]), backlog=64)
        self.listener.setblocking(False)
        self.server: set[str] = set()  # who listened at the other end when it first answered

    def opened(self) -> bool:
        """Whether somebody answers at the other end, so that callers may be let in."""
        if not self.inward:
            return True
        try:
            self.carrier.socket.create_connection(self.address, 1).close()
        except OSError:
            return False
        self.server = self.listening()
        return True

    def listening(self) -> set[str]:
        """Numbers of the sockets that listen at the other end's port in here."""
        found = set()
        for table in ("tcp", "tcp6") if self.inward else ():
            with contextlib.suppress(OSError), open(f"/proc/net/{table}") as lines:  # noqa: PTH123
                words = [line.split() for line in lines]
                port = f":{self.address[1]:04X}"
                found |= {line[9] for line in words if line[1].endswith(port) and line[3] == "0A"}
        return found

    def turn(self, _: object, __: int) -> None:
        """Take one connection and dial its other end."""
        try:
            caller, _address = self.listener.accept()
        except OSError:
            return
        callee = self.carrier.socket.socket(self.family, self.carrier.socket.SOCK_STREAM)
        caller.setblocking(False)
        callee.setblocking(False)
        try:
            if len(self.carrier.chooser.get_map()) > 2 * _MOST:
                raise ConnectionRefusedError
            with contextlib.suppress(BlockingIOError):
                callee.connect(self.address)
            if self.listening() != self.server:  # it has ended; another program may have taken its place
                raise ConnectionRefusedError
            Pair(self.carrier.chooser, caller, callee)
        except OSError:
            caller.close()
            callee.close()


class Carrier:
    """Carries connections between this namespace and sockets of the outside.

    Each of `ways` is ``{"fd": listening socket passed in, "port": p}`` (to 127.0.0.1:p in here) or
    ``{"port": p, "path": socket file}`` (from 127.0.0.1:p in here to a socket mounted from outside).
    `log` is the most bytes that the file on descriptor 1 may grow to.
    """

    def __init__(self, ways: list[dict], log: int | None) -> None:
        import selectors  # here: a command without connections starts faster
        import socket

        self.socket, self.chooser = socket, selectors.DefaultSelector()
        self.log = Log(log) if log else None
        self.closed = [Door(self, way) for way in ways]
        if self.log:
            self.chooser.register(self.log.outlet, 1, self.log)

    def run(self, child: int) -> int:
        """Carry until the command ends; return its wait status."""
        bell, rung = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(rung, warn_on_full_buffer=False)
        self.chooser.register(bell, 1, None)
        while True:
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == child:
                    return ended[1]
            for door in [door for door in self.closed if door.opened()]:
                self.closed.remove(door)
                self.chooser.register(door.listener, 1, door)
            for key, events in self.chooser.select(_KNOCK if self.closed else None):
                if key.data is None:
                    os.read(bell, 4096)
                # an earlier event of this same round may have dropped a pair
                elif not isinstance(key.data, Pair) or key.data.watched.get(key.fileobj):
                    key.data.turn(key.fileobj, events)


if __name__ == "__main__":
    main()
