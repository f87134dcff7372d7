"""The watch over what a sandbox holds."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from sandbox_hub import wait_for
from senolab.sandbox import Limits, command, disk, end, run
from senolab.sandbox.census import Usage, census, first_process, namespace, usage
from senolab.sandbox.spawner import BwrapSpawner
from senolab.sandbox.watch import PROMISED, Bounds, Excess, Watch, tell, told

MB = 1 << 20
GREEDY = """
import os, sys, time
for line in sys.stdin:
    what, amount = line.split()
    if what == "memory":
        held = b"x" * int(amount)
    elif what == "processes":
        for _ in range(int(amount)):
            if os.fork() == 0:
                time.sleep(60)
    elif what == "tmp":
        open("/tmp/file", "wb").write(b"x" * int(amount))
    elif what == "disk":
        open("file", "wb").write(os.urandom(int(amount)))
    elif what == "unseen":
        import select, threading
        file = os.open("unseen", os.O_RDWR | os.O_CREAT)
        os.unlink("unseen")
        os.write(file, os.urandom(int(amount)))
        end, _ = os.pipe()
        waiting = select.poll()
        for one in (file, end):
            waiting.register(one, 0)
        threading.Thread(target=waiting.poll, daemon=True).start()
        time.sleep(0.5)
        os.close(file)
    elif what == "files":
        for number in range(int(amount)):
            open(f"file{number}", "w").close()
    print("done", flush=True)
"""


class Greedy:
    """A sandboxed process that takes what it is told to."""

    def __init__(self, home: Path) -> None:
        words = command([sys.executable, "-c", GREEDY], home=home, limits=Limits(processes=200))
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.take("nothing", 0)
        self.first = first_process(self.process.pid) or 0

    def take(self, what: str, amount: int) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{what} {amount}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def greedy(home: Path) -> Iterator[Greedy]:
    made = Greedy(home)
    yield made
    end(made.process)
    for pipe in (made.process.stdin, made.process.stdout):
        assert pipe
        pipe.close()


def held(greedy: Greedy) -> Usage:
    found = usage(greedy.first)
    assert found
    return found


def test_memory_and_temporary_files_are_counted(greedy: Greedy) -> None:
    before = held(greedy)
    assert before.tasks == 2  # process 1 and the command
    greedy.take("memory", 100 * MB)
    middle = held(greedy)
    greedy.take("tmp", 50 * MB)
    after = held(greedy)
    assert 95 * MB < middle.memory - before.memory < 125 * MB
    assert 45 * MB < after.memory - middle.memory < 75 * MB


def test_pages_that_processes_share_count_once_near_the_limit(greedy: Greedy) -> None:
    greedy.take("memory", 100 * MB)
    greedy.take("processes", 9)
    resident = usage(greedy.first, limit=1 << 40)
    shared = usage(greedy.first, limit=100 * MB)
    assert resident
    assert shared
    assert resident.memory > 900 * MB
    assert shared.memory < 400 * MB
    assert shared.tasks == 11


def test_a_sandbox_that_is_gone_holds_nothing(greedy: Greedy) -> None:
    end(greedy.process)
    assert usage(greedy.first) is None


def test_the_tests_own_processes_belong_to_no_sandbox(greedy: Greedy) -> None:
    assert usage(os.getpid()) is None
    members = census()
    assert os.getpid() not in members[namespace(greedy.first) or ""]


@pytest.mark.parametrize(
    ("what", "amount", "bounds", "kind"),
    [
        ("memory", 200 * MB, Bounds(memory=150 * MB), "memory"),
        ("processes", 30, Bounds(tasks=20), "processes"),
        ("disk", 30 * MB, Bounds(disk=20 * MB), "disk"),
        ("files", 2000, Bounds(files=500), "files"),
    ],
)
def test_each_excess_is_found_and_told(
    greedy: Greedy, home: Path, tmp_path: Path, monkeypatch, what: str, amount: int, bounds: Bounds, kind: str
) -> None:
    monkeypatch.setattr("senolab.sandbox.watch._AT_LATEST", 0.2)
    watch = Watch(greedy.first, [home], bounds, note=tmp_path / "overfull")
    assert watch.look() is None
    greedy.take(what, amount)
    found = wait_for(watch.look, 15)
    assert found
    assert found.what == kind
    assert found.sentence.startswith("Your session was ended because")


def test_however_looks_and_writes_fall_the_end_comes_in_time(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While somebody else frees as much as is written, only a walk tells; a clock of the test's own."""
    clock = SimpleNamespace(now=0.0, monotonic=lambda: clock.now)
    monkeypatch.setattr("senolab.sandbox.watch.time", clock)
    monkeypatch.setattr(disk, "free", lambda folders: 1 << 40)
    monkeypatch.setattr(disk, "scarce", lambda folders: False)
    interval = BwrapSpawner.watch_interval.default_value + 0.01  # a look takes some milliseconds
    bounds, late = Bounds(memory=None, tasks=None, disk=MB), []
    for written in [tenth / 10 for tenth in range(60)]:
        clock.now = 0.0
        eye = Watch(os.getpid(), [home], bounds, note=tmp_path / "overfull")
        while clock.now + interval < written:
            clock.now += interval
            assert eye.look() is None
        (home / "big").write_bytes(os.urandom(2 * MB))
        clock.now += interval
        while eye.look() is None:
            clock.now += interval
        late.append(clock.now - written)
        (home / "big").unlink()
    assert max(late) < PROMISED - 1, "and a second to walk and to end"


def test_a_home_that_was_too_full_may_be_tidied_but_not_filled(
    greedy: Greedy, home: Path, tmp_path: Path
) -> None:
    greedy.take("disk", 30 * MB)
    watch = Watch(greedy.first, [home], Bounds(disk=20 * MB), note=tmp_path / "overfull")
    assert watch.look() is None
    (home / "more").write_bytes(os.urandom(6 * MB))
    assert wait_for(watch.look, 20)


def test_starting_again_and_again_does_not_fill_the_disk(greedy: Greedy, home: Path, tmp_path: Path) -> None:
    limit, note, starts = 20 * MB, tmp_path / "overfull", 0
    greedy.take("disk", 24 * MB)
    while disk.forfeited([home], limit, note) is None:
        watch = Watch(greedy.first, [home], Bounds(disk=limit), note=note)
        assert watch.look() is None, "one can come in"
        (home / f"more{starts}").write_bytes(os.urandom(7 * MB))
        assert wait_for(watch.look, 20)
        starts += 1
        assert starts < 6
    assert disk.occupied(home)[0] < 3 * limit
    for path in home.glob("*"):  # the operator
        path.unlink()
    assert disk.forfeited([home], limit, note) is None
    Watch(greedy.first, [home], Bounds(disk=limit), note=note)
    assert not note.exists()


def test_a_course_that_is_written_counts_with_the_home(greedy: Greedy, home: Path, tmp_path: Path) -> None:
    course = tmp_path / "course"
    course.mkdir()
    watch = Watch(greedy.first, [home, course], Bounds(disk=20 * MB), note=tmp_path / "overfull")
    greedy.take("disk", 12 * MB)
    assert watch.look() is None
    (course / "data").write_bytes(os.urandom(12 * MB))
    found = wait_for(watch.look, 20)
    assert found
    assert found.what == "disk"


def test_where_the_disk_is_nearly_full_whoever_writes_is_stopped_and_nobody_else(
    greedy: Greedy, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = tmp_path / "quiet"
    quiet.mkdir()
    both = [
        Watch(greedy.first, [folder], Bounds(), note=tmp_path / f"{folder.name}.note")
        for folder in (home, quiet)
    ]
    monkeypatch.setattr(disk, "RESERVE", 1 << 60)
    monkeypatch.setattr(disk, "SHARE", 1.0)
    greedy.take("disk", 3 * MB)
    writer, other = (watch.look() for watch in both)
    assert writer
    assert "nearly full" in writer.sentence
    assert other is None


def test_gigabytes_are_not_reserved_at_once(home: Path) -> None:
    code = (
        "import os, ctypes, errno\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "file = os.open('big', os.O_CREAT | os.O_RDWR)\n"
        "got = libc.fallocate(file, 0, ctypes.c_long(0), ctypes.c_long(1 << 33))\n"
        "print(got, errno.errorcode[ctypes.get_errno()])\n"
        "os.posix_fallocate(file, 0, 1 << 20)\n"  # which writes instead
        "print(os.fstat(file).st_blocks * 512)"
    )
    done = run([sys.executable, "-c", code], home=home)
    assert done.text.split() == ["-1", "ENOTSUP", str(1 << 20)], done.complaint


def test_links_are_counted_and_never_followed(tmp_path: Path) -> None:
    home, other = tmp_path / "home", tmp_path / "other"
    home.mkdir()
    other.mkdir()
    (other / "big").write_bytes(os.urandom(MB))
    (home / "small").write_bytes(b"x" * 100)
    before = disk.occupied(home)
    (home / "link").symlink_to(other)
    os.link(home / "small", home / "again")
    space, files = disk.occupied(home)
    assert files == before[1] + 2
    assert space - before[0] < MB // 2


def test_closed_folders_hide_nothing(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "closed" / "big").write_bytes(os.urandom(MB))
    (tmp_path / "closed").chmod(0)
    assert disk.occupied(tmp_path)[0] >= MB


def test_folders_too_deep_to_be_looked_at_are_too_many_files(greedy: Greedy, tmp_path: Path) -> None:
    code = "import os\nfor _ in range(60):\n    os.mkdir('x' * 100)\n    os.chdir('x' * 100)"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    try:
        assert disk.occupied(tmp_path)[1] == sys.maxsize
    finally:
        subprocess.run(["rm", "-rf", tmp_path / ("x" * 100)], check=True)


def test_counting_stops_where_there_is_too_much(tmp_path: Path) -> None:
    for number in range(50):
        (tmp_path / str(number)).touch()
    assert disk.occupied(tmp_path, most=10)[1] == 11


def test_a_notice_is_read_as_it_was_written(tmp_path: Path) -> None:
    notice = tmp_path / "notices" / "ana.json"
    assert told(notice) is None
    tell(notice, Excess("disk", "Too much – delete some."))
    words = told(notice)
    assert words
    assert (words["what"], words["sentence"]) == ("disk", "Too much – delete some.")
    notice.write_text("{broken")
    assert told(notice) is None


def test_where_the_disk_is_nearly_full_whoever_wrote_what_nobody_sees_goes_first(
    greedy: Greedy, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = Watch(greedy.first, [home], Bounds(disk=20 * MB), note=home.parent / "overfull")
    greedy.take("unseen", 60 * MB)
    monkeypatch.setattr(disk, "scarce", lambda folders: False)
    assert watch.look() is None  # held by a blocked call, and nothing is lost to others yet
    monkeypatch.setattr(disk, "scarce", lambda folders: True)
    found = watch.look()
    assert found
    assert (found.what, "nearly full" in found.sentence) == ("disk", True)


def test_where_the_disk_is_nearly_full_whoever_wrote_little_stays(
    greedy: Greedy, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    greedy.take("disk", 10 * MB)
    watch = Watch(greedy.first, [home], Bounds(disk=20 * MB), note=home.parent / "overfull")
    monkeypatch.setattr(disk, "scarce", lambda folders: True)
    assert watch.look() is None
