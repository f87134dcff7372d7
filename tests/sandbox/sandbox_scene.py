"""A machine with things worth stealing, and a way to run hostile scripts on it."""

import hashlib
import os
import re
import secrets
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

import pytest
from senolab.sandbox import Finished, Limits, Mount, run
from senolab.sandbox.walls import interpreter

HOSTILE = Path(__file__).parent / "hostile"
MANIFEST = tomllib.loads((HOSTILE / "manifest.toml").read_text())
WARDEN = """
import subprocess, sys
from senolab.sandbox import warden
warden.become()
sys.exit(subprocess.run([sys.executable, "/hostile/script.py"]).returncode)
"""


@dataclass
class Scene:
    """A campus's state, a victim process, listening sockets, and a word that nobody inside may learn."""

    state: Path
    word: str
    victim: subprocess.Popen
    listeners: dict[str, socket.socket]

    @property
    def home(self) -> Path:
        return self.state / "homes" / "ana"

    def run(self, name: str, *, mounts: tuple[Mount, ...] = (), warden: bool = False, **limits) -> Finished:
        """Run one hostile script as ana's, by itself or as a kernel of a warden."""
        half = len(self.word) // 2
        port = self.listeners["port"].getsockname()[1]
        return run(
            [sys.executable, *(("-c", WARDEN) if warden else ("/hostile/script.py",))],
            warden=warden,
            mounts=[
                Mount(HOSTILE / f"{name}.py", "/hostile/script.py"),
                Mount(self.state / "material", "/material"),
                *mounts,
            ],
            home=self.home,
            user="ana",
            limits=Limits(**({"wall_seconds": 60, "memory": 1 << 30, "processes": 64} | limits)),
            env={
                "STATE": str(self.state),
                "HALF": self.word[:half],
                "OTHER_HALF": self.word[half:],
                "VICTIM": str(self.victim.pid),
                "PORT": str(port),
                "ABSTRACT": self.listeners["abstract"].getsockname()[1:].decode(),
                "NAMED": str(self.state / "named"),
                "PACKAGES": ":".join(map(str, interpreter())),
            },
        )

    def prints(self) -> dict[str, str]:
        """What is in every file outside the home, to see that nothing changed."""
        files = [p for p in self.state.rglob("*") if p.is_file() and not p.is_relative_to(self.home)]
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    def callers(self) -> list[str]:
        """Listeners that somebody reached."""
        reached = []
        for name, listener in self.listeners.items():
            try:
                listener.accept()[0].close()
                reached.append(name)
            except BlockingIOError:
                pass
        return reached


@contextmanager
def scene_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    word = secrets.token_hex(16)
    for name in (
        "homes/bob/answers.txt", "keys/keys.json", "grader/gradebook.db", "hub/hub.sqlite",
        "secrets/release.key", "people.json",
    ):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(word)
    for name in ("homes/ana", "material", "courses/reading"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "material" / "exam.txt").write_text("an exam")
    monkeypatch.setenv("A_SECRET_OF_THE_PARENT", word)
    # an address of its own: what other tests have left may dial any port of 127.0.0.1
    listeners = {"port": socket.create_server(("127.0.0.66", 0))}
    # a Unix socket's path is short, and pytest's folders are long
    for name, address in (("abstract", f"\0senolab-{secrets.token_hex(8)}"), ("named", "named")):
        listeners[name] = socket.socket(socket.AF_UNIX)
        here = Path.cwd()
        os.chdir(tmp_path)
        listeners[name].bind(address)
        os.chdir(here)
        listeners[name].listen()
    for listener in listeners.values():
        listener.setblocking(False)
    victim = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield Scene(tmp_path, word, victim, listeners)
    victim.kill()
    victim.wait()
    for listener in listeners.values():
        listener.close()


def limits_of(entry: dict) -> dict:
    """The limits that a manifest's entry names."""
    return {name: value for name, value in entry.items() if name in {field.name for field in fields(Limits)}}


def said(finished: Finished) -> str:
    """Everything a command wrote."""
    return finished.text + finished.complaint


def matches(pattern: str, text: str) -> bool:
    return re.search(pattern, text) is not None
