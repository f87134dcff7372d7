"""Control groups, where this account was lent some."""

import os
import pwd
import sys
from pathlib import Path

import pytest
from cgroup_folder import kernel_at
from senolab.sandbox import Limits, cgroup, delegation, run

MB = 1 << 20


def in_group(monkeypatch: pytest.MonkeyPatch, here: Path | None) -> None:
    for module in (cgroup, delegation):
        monkeypatch.setattr(module, "own", lambda: here)


@pytest.mark.parametrize(
    ("group", "mounts", "found"),
    [
        ("0::/a/b\n", "30 24 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", "/sys/fs/cgroup/a/b"),
        (
            "9:memory:/x\n0::/a\n",
            "40 24 0:9 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
            "41 24 0:26 / /sys/fs/cgroup/unified rw shared:9 - cgroup2 cgroup2 rw\n",
            "/sys/fs/cgroup/unified/a",
        ),
        ("0::/box/a\n", "30 24 0:26 /box /sys/fs/cgroup ro - cgroup2 cgroup2 rw\n", "/sys/fs/cgroup/a"),
        ("0::/elsewhere\n", "30 24 0:26 /box /sys/fs/cgroup ro - cgroup2 cgroup2 rw\n", None),
        ("9:memory:/x\n", "40 24 0:9 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n", None),
    ],
)
def test_a_process_finds_its_own_group(tmp_path: Path, group: str, mounts: str, found: str | None) -> None:
    (tmp_path / "cgroup").write_text(group)
    (tmp_path / "mountinfo").write_text(mounts)
    assert cgroup.own(tmp_path) == (Path(found) if found else None)


def test_what_was_lent_is_divided_and_each_sandbox_gets_a_leaf(tmp_path: Path, monkeypatch) -> None:
    tree = kernel_at(tmp_path / "cgroup", monkeypatch, "cpu", "io", "memory", "pids")
    scope = tree.group("user/scope", os.getpid())
    in_group(monkeypatch, scope)
    assert cgroup.leaf("too-early", memory=1, processes=1) is None
    assert delegation.prepare() == scope / "walled"
    assert (scope / "cgroup.procs").read_text() == ""
    assert (scope / "campus/cgroup.procs").read_text() == f"{os.getpid()}\n"
    in_group(monkeypatch, scope / "campus")
    leaf = cgroup.leaf("job-1", memory=300 * MB, processes=20)
    assert leaf
    assert leaf.path == scope / "walled/job-1"
    told = {name: (leaf.path / name).read_text() for name in ("memory.max", "memory.swap.max", "pids.max")}
    assert told == {"memory.max": str(300 * MB), "memory.swap.max": "0", "pids.max": "21"}
    assert (leaf.path / "memory.oom.group").read_text() == "1"
    leaf.remove()
    assert not leaf.path.exists()


def test_the_kernels_word_tells_who_took_too_much_memory(tmp_path: Path) -> None:
    leaf, events = cgroup.Leaf(tmp_path), tmp_path / "memory.events"
    assert not leaf.over_memory
    events.write_text("low 0\nhigh 0\nmax 8\noom 1\noom_kill 0\noom_group_kill 0\n")
    assert not leaf.over_memory
    events.write_text("low 0\nhigh 0\nmax 9\noom 1\noom_kill 3\noom_group_kill 1\n")
    assert leaf.over_memory


def test_the_next_start_removes_what_is_empty_and_keeps_what_runs(tmp_path: Path, monkeypatch) -> None:
    tree = kernel_at(tmp_path / "cgroup", monkeypatch, "memory", "pids")
    in_group(monkeypatch, tree.group("scope", os.getpid()))
    walled = delegation.prepare()
    assert walled
    in_group(monkeypatch, walled.parent / "campus")
    for name in ("job-1", "job-2", "server-ana"):
        assert cgroup.leaf(name, memory=None, processes=None)
    (walled / "server-ana/cgroup.procs").write_text("4711\n")
    assert delegation.prepare() == walled
    assert [path.name for path in walled.glob("*/")] == ["server-ana"]


def test_root_hands_over_what_the_kernels_rules_name(tmp_path: Path, monkeypatch) -> None:
    tree = kernel_at(tmp_path / "cgroup", monkeypatch, "cpu", "memory", "pids")
    (tree.root / "cgroup.procs").write_text(f"1\n{os.getpid()}\n")  # the topmost group of a machine
    given: list[str] = []
    monkeypatch.setattr(os, "chown", lambda path, *_: given.append(str(path.relative_to(tree.root))))
    assert delegation.prepare(owner=(998, 998), here=tree.root) == tree.root / "senolab/walled"
    assert sorted(given) == sorted(
        f"senolab{below}{file}"
        for below in ("", "/campus", "/walled")
        for file in ("", "/cgroup.procs", "/cgroup.subtree_control", "/cgroup.threads")
    )
    assert (tree.root / "cgroup.procs").read_text() == "1\n"


@pytest.mark.parametrize(
    ("controllers", "others"),
    [(("hugetlb",), ()), (("cpu", "memory"), ()), (("memory", "pids"), (1,))],
    ids=["none that is needed", "one of two", "a group with somebody else in it"],
)
def test_where_nothing_was_lent_nothing_is_touched(
    tmp_path: Path, monkeypatch, controllers: tuple[str, ...], others: tuple[int, ...]
) -> None:
    tree = kernel_at(tmp_path / "cgroup", monkeypatch, *controllers)
    session = tree.group("session", os.getpid(), *others)
    in_group(monkeypatch, session)
    assert delegation.prepare() is None
    assert cgroup.leaf("job-1", memory=1 << 30, processes=10) is None
    assert str(os.getpid()) in (session / "cgroup.procs").read_text()


def test_only_an_account_that_stays_is_given_a_scope(tmp_path: Path, monkeypatch) -> None:
    in_group(monkeypatch, tmp_path)
    monkeypatch.delenv("SENOLAB_SCOPED", raising=False)
    monkeypatch.setattr(delegation, "_LINGERING", tmp_path)
    monkeypatch.setattr("shutil.which", lambda _: "/bin/true")
    assert delegation.scoped(["senolab", "up"]) is None
    (tmp_path / pwd.getpwuid(os.geteuid()).pw_name).touch()
    words = delegation.scoped(["senolab", "up"])
    assert words
    assert words[-3:] == ["SENOLAB_SCOPED=1", "senolab", "up"]
    monkeypatch.setenv("SENOLAB_SCOPED", "1")
    assert delegation.scoped(["senolab", "up"]) is None


def test_a_group_that_went_away_keeps_no_sandbox_from_starting(tmp_path: Path, monkeypatch) -> None:
    gone = cgroup.Leaf(tmp_path / "gone")
    monkeypatch.setattr("senolab.sandbox.job.leaf", lambda *_, **__: gone)
    assert run([sys.executable, "-c", "print(7)"]).text == "7\n"


@pytest.fixture
def lent() -> None:
    """Skip where the machine lends this account no control groups; elsewhere take them."""
    if not delegation.prepare():
        pytest.skip("this account was lent no control groups; ./senolab doctor tells how sandboxes are held")


@pytest.mark.usefixtures("lent")
def test_the_kernel_holds_all_processes_together_to_the_memory(monkeypatch) -> None:
    monkeypatch.setattr("senolab.sandbox.job._Watch._excess", lambda _: None)  # the kernel alone
    hungry = (
        "import os, time\n"
        "print('began', flush=True)\n"
        "for _ in range(8):\n"
        "    if os.fork() == 0:\n"
        "        held = os.urandom(60 << 20)\n"
        "        time.sleep(60)\n"
        "time.sleep(60)\n"
    )
    done = run([sys.executable, "-c", hungry], limits=Limits(memory=200 * MB, wall_seconds=50))
    assert (done.reason, done.text) == ("memory", "began\n")
    assert run([sys.executable, "-c", "print(7)"], limits=Limits(memory=200 * MB)).text == "7\n"
    walled = cgroup.subtree()
    assert walled
    assert not list(walled.glob("job-*/"))


@pytest.mark.usefixtures("lent")
def test_the_kernel_holds_processes_and_threads_together() -> None:
    greedy = (
        "import os, sys, time\n"
        "for number in range(100):\n"
        "    try:\n"
        "        if os.fork() == 0: time.sleep(60)\n"
        "    except OSError:\n"
        "        break\n"
        "print(number, open('/proc/self/cgroup').read().splitlines()[-1])\n"
    )
    done = run([sys.executable, "-c", greedy], limits=Limits(processes=30, wall_seconds=50))
    assert done.text == "28 0::/\n"  # process 1 and the command itself are the other two


@pytest.mark.usefixtures("lent")
def test_a_sandbox_sees_no_control_group_it_could_write() -> None:
    search = "import os; print([p for p, _, f in os.walk('/') if 'cgroup.procs' in f])"
    assert run([sys.executable, "-c", search]).text == "[]\n"
