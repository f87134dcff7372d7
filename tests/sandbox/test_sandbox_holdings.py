"""What a sandbox holds in the kernel, and what that leaves to the account that all sandboxes share."""

import contextlib
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sandbox_hub import wait_for
from sandbox_scene import MANIFEST, Scene, limits_of
from senolab.sandbox import Limits, command, end, run
from senolab.sandbox.census import first_process, members_of
from senolab.sandbox.holdings import MOST, Sight, holdings
from senolab.sandbox.watch import Bounds, Watch

HOLDER = """
import os, select, socket, sys, time
held = []
for line in sys.stdin:
    what, count = line.split()
    for _ in range(int(count)):
        if what == "sockets":
            held.append(socket.socket(socket.AF_UNIX))
        elif what == "watches":
            held.append(os.pipe()[0])
            held.append(select.epoll())
            held[-1].register(held[-2])
        elif what == "terminals":
            held.append(os.openpty())
    print("done", flush=True)
"""
ORDINARY = """
import asyncio, multiprocessing, os, shutil, socket, subprocess, sys, tempfile, threading
open("one", "wb").write(os.urandom(1 << 20))
shutil.copyfile("one", "two")
assert open("one", "rb").read() == open("two", "rb").read()
assert subprocess.run(["cat", "one"], capture_output=True).stdout == open("two", "rb").read()
subprocess.run(["cp", "one", "three"], check=True)
near, far = socket.socketpair()
threading.Thread(target=lambda: (near.sendfile(open("one", "rb")), near.close())).start()
assert sum(map(len, iter(lambda: far.recv(1 << 16), b""))) == 1 << 20
near.close()
with multiprocessing.get_context("spawn").Pool(2) as pool:
    assert pool.map(abs, [-1, -2]) == [1, 2]
async def child():
    process = await asyncio.create_subprocess_exec("echo", "hello", stdout=subprocess.PIPE)
    return await process.stdout.read()
assert asyncio.run(child()) .strip() == b"hello"
import zmq
context = zmq.Context()
a, b = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
a.sndbuf = 1 << 20
b.connect(f"tcp://127.0.0.1:{a.bind_to_random_port('tcp://127.0.0.1')}")
a.send(b"through")
print(b.recv().decode())
"""


class Holder:
    """A sandboxed process that holds what it is told to."""

    def __init__(self, home: Path) -> None:
        words = command([sys.executable, "-c", HOLDER], home=home, limits=Limits(open_files=4096))
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.take("nothing", 0)
        self.first = first_process(self.process.pid) or 0

    def take(self, what: str, count: int) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{what} {count}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n"


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[Holder]:
    home = tmp_path / "home"
    home.mkdir()
    made = Holder(home)
    yield made
    end(made.process)
    for pipe in (made.process.stdin, made.process.stdout):
        assert pipe
        pipe.close()


def test_each_thing_that_is_held_is_counted(holder: Holder) -> None:
    holder.take("sockets", 30)
    holder.take("watches", 20)
    holder.take("terminals", 5)
    held = holdings(holder.first, members_of(holder.first) or [])
    assert held.counts["sockets"] == 30
    assert held.counts["epoll watches"] == 20
    assert held.counts["terminals"] == 5
    assert 30 + 3 * 20 + 2 * 5 < held.counts["descriptors"] < 30 + 3 * 20 + 2 * 5 + 20
    assert held.unseen == set()
    assert held.excess is None


@pytest.mark.parametrize(("what", "count"), [("sockets", MOST["sockets"]), ("terminals", MOST["terminals"])])
def test_a_session_that_holds_too_much_is_ended_with_a_sentence(
    holder: Holder, tmp_path: Path, what: str, count: int
) -> None:
    watch = Watch(holder.first, [tmp_path], Bounds(), note=tmp_path / "overfull")
    holder.take(what, count)
    assert watch.look() is None
    holder.take(what, 1)
    found = wait_for(watch.look, 15)
    assert found
    assert found.what == "kernel"
    assert f"{what}: {count + 1}" in found.sentence


def test_a_sandbox_that_is_gone_holds_nothing_in_the_kernel(holder: Holder) -> None:
    members = members_of(holder.first) or []
    end(holder.process)
    assert holdings(holder.first, members).counts.total() == 0
    assert Sight(holder.first).look(members) is None


WARDEN = """
import subprocess, sys
from senolab.sandbox import warden
print(warden.become())
look = "print(open('/proc/2/environ', 'rb').read())"
print(subprocess.run([sys.executable, "-c", look], capture_output=True, text=True).stderr.splitlines()[-1])
"""
CLOSED = "True\nPermissionError: [Errno 13] Permission denied: '/proc/2/environ'\n"
HIDES = """
sys.stdout.flush()
hide = "import ctypes, select; ctypes.CDLL(None).prctl(4, 0, 0, 0, 0); "
hide += "held = [select.epoll() for _ in range(20)]; [one.register(0) for one in held]; "
hide += "print('held', flush=True); input()"
subprocess.run([sys.executable, "-c", hide])
"""


def test_a_warden_is_closed_to_what_it_starts_and_that_stays_in_sight(tmp_path: Path) -> None:
    words = command([sys.executable, "-c", WARDEN + HIDES], home=tmp_path, warden=True)
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        said = "".join(process.stdout.readline() for _ in range(3))
        first = first_process(process.pid) or 0
        members = members_of(first) or []
        held = holdings(first, members)
        watch = Watch(first, [tmp_path], Bounds(), note=tmp_path / "overfull", warden=True)
        found = watch.look(), time.sleep(2.5), watch.look()
        end(process)
    assert said == CLOSED + "held\n"
    assert held.counts["epoll watches"] == 20
    assert held.unseen <= {b"process %d" % members[1]}  # older kernels do not tell of the warden
    assert found == (None, None, None)


def test_a_warden_in_an_inner_sandbox_is_closed_too() -> None:
    code = f"import sys; from senolab.sandbox import run; words = [sys.executable, '-c', {WARDEN!r}]; "
    code += "print(run(words, warden=True).text)"
    done = run([sys.executable, "-c", code], nesting=True)
    assert done.text.strip() == CLOSED.strip(), done.complaint


def test_ordinary_programs_do_without_what_is_refused(tmp_path: Path) -> None:
    (tmp_path / "work.py").write_text("if __name__ == '__main__':\n    exec(open('ordinary.txt').read())")
    (tmp_path / "ordinary.txt").write_text(ORDINARY)
    done = run([sys.executable, "work.py"], home=tmp_path)
    assert (done.text, done.reason) == ("through\n", None), done.complaint


def test_many_short_programs_are_no_excess(tmp_path: Path) -> None:
    code = "import subprocess\nfor _ in range(400): subprocess.run(['true'])\nprint('all')"
    done = run([sys.executable, "-c", code], home=tmp_path)
    assert (done.text, done.reason) == ("all\n", None), done.complaint


def watches_left() -> None:
    """Do what the proxy does at each connection: OSError where the account's quota is used up."""
    source, sink = os.pipe()
    try:
        with select.epoll() as instance:
            instance.register(source, select.EPOLLIN)
    finally:
        os.close(source)
        os.close(sink)


def terminals_left() -> None:
    done = run([sys.executable, "-c", "import os; os.openpty(); print('one')"])
    if done.text != "one\n":
        raise OSError(done.complaint)


def test_while_one_sandbox_takes_all_the_watches_it_can_others_have_their_part(scene: Scene) -> None:
    with taking(scene, "flood_epoll") as hostile:
        while hostile.is_alive():
            watches_left()
            time.sleep(0.02)
    watches_left()


def test_a_sandbox_that_takes_terminals_faster_than_it_is_watched_gives_them_back(scene: Scene) -> None:
    with taking(scene, "take_terminals"):
        pass  # the kernel counts terminals for the machine: for that moment others may have none
    terminals_left()


@contextlib.contextmanager
def taking(scene: Scene, name: str) -> Iterator[threading.Thread]:
    """Run a hostile command beside the test; it has to be ended for what it holds."""
    reasons: list[str | None] = []
    limits = limits_of(MANIFEST[name])
    hostile = threading.Thread(target=lambda: reasons.append(scene.run(name, **limits).reason))
    hostile.start()
    yield hostile
    hostile.join()
    assert reasons == ["kernel"]
