"""A folder that behaves like the kernel's tree of control groups, version 2."""

import errno
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest
from senolab.sandbox import cgroup, delegation

_FILES = {
    "memory": ("memory.max", "memory.swap.max", "memory.oom.group", "memory.events"),
    "pids": ("pids.max",),
    "cpu": ("cpu.weight",),
}


class Tree:
    """Groups as folders; what is written to their files is taken or refused by the kernel's rules."""

    def __init__(self, root: Path, *controllers: str) -> None:
        self.root = root
        self._make(root, controllers)

    def group(self, name: str, *processes: int) -> Path:
        """A group with all controllers that somebody else made, and processes in it."""
        path = self.root
        for part in name.split("/"):
            self._hand_on(
                path / "cgroup.subtree_control", set((path / "cgroup.controllers").read_text().split())
            )
            path = path / part
            self.mkdir(path)
        (path / "cgroup.procs").write_text("".join(f"{number}\n" for number in processes))
        return path

    def mkdir(self, path: Path) -> None:
        os.mkdir(path)  # noqa: PTH102 - below what is replaced
        self._make(path, (path.parent / "cgroup.subtree_control").read_text().split())
        (path / "cgroup.type").write_text("domain\n")

    def rmdir(self, path: Path) -> None:
        if not path.exists():
            raise FileNotFoundError(path)
        if (path / "cgroup.procs").read_text() or any(child.is_dir() for child in path.iterdir()):
            raise OSError(errno.EBUSY, "in use", str(path))
        shutil.rmtree(path)

    def write(self, file: Path, text: str) -> None:
        if not file.exists():
            raise FileNotFoundError(file)
        if file.name == "cgroup.subtree_control":
            self._hand_on(file, {name.removeprefix("+") for name in text.split()})
        elif file.name == "cgroup.procs":
            self._move(file, text)
        else:
            file.write_text(text)

    def _make(self, path: Path, controllers: Iterable[str]) -> None:
        for name in ("cgroup.procs", "cgroup.subtree_control", "cgroup.threads"):
            (path / name).write_text("")
        self._offer(path, controllers)

    def _offer(self, path: Path, controllers: Iterable[str]) -> None:
        (path / "cgroup.controllers").write_text(" ".join(controllers))
        offered = [file for name in controllers for file in _FILES.get(name, ())]
        for file in offered:
            if not (path / file).exists():
                (path / file).write_text("")

    def _hand_on(self, file: Path, wanted: set[str]) -> None:
        if not wanted <= set((file.parent / "cgroup.controllers").read_text().split()):
            raise FileNotFoundError(file)
        if (file.parent / "cgroup.procs").read_text() and file.parent != self.root:
            raise OSError(errno.EBUSY, "no internal processes", str(file))
        handed = wanted | set(file.read_text().split())
        file.write_text(" ".join(sorted(handed)))
        for child in file.parent.glob("*/"):
            self._offer(child, handed)

    def _move(self, file: Path, number: str) -> None:
        if (file.parent / "cgroup.subtree_control").read_text() and file.parent != self.root:
            raise OSError(errno.EBUSY, "no internal processes", str(file))
        for other in self.root.rglob("cgroup.procs"):
            lines = [line for line in other.read_text().splitlines() if line != number]
            other.write_text("".join(f"{line}\n" for line in lines))
        file.write_text(file.read_text() + f"{number}\n")


def kernel_at(root: Path, monkeypatch: pytest.MonkeyPatch, *controllers: str) -> Tree:
    """Let what the sandbox does to groups below `root` go to a tree of this kind."""
    root.mkdir()
    tree = Tree(root, *controllers)
    mkdir, rmdir = Path.mkdir, Path.rmdir

    def made(path: Path, *args, **options) -> None:
        if not path.is_relative_to(root):
            mkdir(path, *args, **options)
        elif not path.exists():
            tree.mkdir(path)
        elif not options.get("exist_ok"):
            raise FileExistsError(path)

    monkeypatch.setattr(Path, "mkdir", made)
    monkeypatch.setattr(
        Path, "rmdir", lambda path: tree.rmdir(path) if path.is_relative_to(root) else rmdir(path)
    )
    for module in (cgroup, delegation):
        monkeypatch.setattr(module, "write", tree.write)
    return tree
