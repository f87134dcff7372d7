"""Makes `.venv`, installs the distribution, Node's packages and the front end; goes on where it stopped.

Standard library only. A stamp in `.venv` is written after each finished step, so that a second start asks
no network and an interrupted one goes on where it stopped.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from . import machine

# What one extra of pyproject.toml brings along.
CONTAINS = {"dev": ("hub",)}
LARGE = ("hub", "dev")
FRONT_END = ("*.js", "*.mjs", "*.ts", "*.tsx", "*.css", "*.json")


class InstallError(Exception):
    """The install cannot be finished; the message is the sentence a person reads."""


class Install:
    """The install of one checkout.

    Parameters
    ----------
    checkout
        The folder to install.
    python
        Interpreter to make `.venv` with.
    """

    def __init__(self, checkout: Path, python: str) -> None:
        self.checkout, self.python = checkout, python
        self.environment = checkout / ".venv"
        self.command = self.environment / "bin" / "python"
        self._stamp = self.environment / ".senolab-stamp"
        self._log = self.environment / "install.log"
        self._held: tuple[int, ...] = ()  # the lock, while this start installs

    def wanted(self, extra: str) -> dict[str, str]:
        """Return each step's fingerprint, by name."""
        top = self.checkout
        rooms = (top / "extensions/senolab" / room for room in ("look", "reading"))
        front = (path for room in rooms for pattern in FRONT_END for path in room.rglob(pattern))
        built = {"static", "labextension", "node_modules"}
        sources = [path for path in front if not built & set(path.relative_to(top).parts)]
        packages = [top / "package.json", top / "package-lock.json"]
        return {
            f"python-{extra}": fingerprint(
                [top / "pyproject.toml", *(top / "constraints").glob("*.txt")], top
            ),
            "node": fingerprint(packages, top),
            "front": fingerprint([*packages, *top.glob("build*.mjs"), *sources], top),
        }

    def missing(self, extra: str) -> list[str]:
        """Return the steps that are still to do."""
        done, wanted = self.done(), self.wanted(extra)
        for more, contained in CONTAINS.items():
            if extra in contained and done.get(f"python-{more}") == wanted[f"python-{extra}"]:
                done = {**done, f"python-{extra}": wanted[f"python-{extra}"]}
        steps = [step for step, print_ in wanted.items() if done.get(step) != print_]
        here = str(self.environment)
        if self.command.exists() and done.get("place", here) == here:
            return steps
        return ["venv", *wanted]  # an environment that was moved still names its old place everywhere

    def done(self) -> dict[str, str]:
        """Return the steps that were finished, with their fingerprints."""
        with contextlib.suppress(OSError, ValueError):
            found = json.loads(self._stamp.read_text("utf-8"))
            if isinstance(found, dict):
                return found
        return {}

    def finish(self, extra: str) -> None:
        """Do what is still to do.

        Raises
        ------
        InstallError
            With the end of the log, and what to do.
        """
        if not self.missing(extra):
            return
        with self._alone():
            steps = self.missing(extra)  # another start may have done it meanwhile
            wanted = self.wanted(extra)
            if "venv" in steps or not self._runs():
                self._make_environment()
            for step in steps:
                if step.startswith("python-"):
                    self._install_python(extra)
                elif step == "node":
                    self._install_node()
                elif step == "front":
                    self._build()
                if step != "venv":
                    self._write_stamp(self.done() | {step: wanted[step]})

    def add(self, extra: str) -> None:
        """Install one extra more into an environment that is finished.

        Raises
        ------
        InstallError
            With what to do.
        """
        with self._alone():
            self._install_python(extra)

    # -- steps -----------------------------------------------------------------------------------
    def _make_environment(self) -> None:
        _say(f"making {self.environment} with {self.python}")
        shutil.rmtree(self.environment, ignore_errors=True)
        self.environment.mkdir()
        self._do([self.python, "-m", "venv", str(self.environment)], "The environment cannot be made.")
        pip = [str(self.command), "-m", "pip", "install", "--quiet", "--upgrade", "pip"]
        with contextlib.suppress(InstallError):  # the one that came does too
            self._do(pip, "pip could not be brought up to date.")

    def _install_python(self, extra: str) -> None:
        self._forget_half_installed()
        large = "some 1.5 GB on the disk; a few minutes the first time"
        _say(f"installing the Python packages ({large if extra in LARGE else extra})")
        self._do(
            [
                str(self.command),
                "-m",
                "pip",
                "install",
                "--no-input",
                "--editable",
                f".[{extra}]",
                "-c",
                "constraints/cpu.txt",
            ],
            "pip could not install everything.",
        )

    def _forget_half_installed(self) -> None:
        """Have pip install again what it was killed over; it would take it for finished."""
        for known in self.environment.glob("lib/python3*/site-packages/*.dist-info"):
            if not (known / "INSTALLER").exists():  # written when all else of a package is in its place
                shutil.rmtree(known)

    def _install_node(self) -> None:
        _say("installing the proxy and what the front end is built with")
        self._do([*self._node().npm, "ci", "--no-audit", "--no-fund"], "npm could not install everything.")

    def _build(self) -> None:
        _say("building the front end")
        self._do([*self._node().npm, "run", "build"], "The front end could not be built.")

    def _node(self) -> machine.Node:
        node = machine.node(self.environment)
        if node is None:
            raise InstallError(
                f"Node is missing and pip did not bring it. Try: {machine.install_line(['nodejs', 'npm'])}"
            )
        return node

    # -- how -------------------------------------------------------------------------------------
    def _do(self, words: Sequence[str], trouble: str) -> None:
        """Run one command; its words go to the log, a sign of life to the terminal."""
        began = time.monotonic()
        node = machine.node(self.environment)
        surroundings = _surroundings(Path(node.executable).parent if node else None)
        with self._log.open("ab") as output:
            try:
                running = subprocess.Popen(
                    words,
                    cwd=self.checkout,
                    env=surroundings,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    pass_fds=self._held,  # should this start be killed, the next one waits for the command
                )
            except OSError as error:
                raise InstallError(f"{trouble} {words[0]}: {error.strerror}.") from None
            try:
                status = _wait(running, began)
            except BaseException:
                running.terminate()
                running.wait()
                raise
        if status:
            raise InstallError(self._complaint(trouble))

    def _complaint(self, trouble: str) -> str:
        """Return what went wrong: a full disk, no network, or the end of the log."""
        text = self._log.read_text("utf-8", "replace")[-6000:]
        again = "What is done is kept: start again and it goes on from here."
        if "No space left" in text or "ENOSPC" in text:
            return f"{trouble} {disk_full(self.checkout)} {again}"
        if any(sign in text for sign in _NO_NETWORK):
            return (
                f"{trouble} The package index cannot be reached. Check the network, and behind a company's "
                f"proxy the variables https_proxy, PIP_CERT and NODE_EXTRA_CA_CERTS. {again} "
                f"The whole log is {self._log}."
            )
        lines = "\n".join(f"    {line}" for line in text.strip().splitlines()[-25:])
        return f"{trouble} {again} The whole log is {self._log}; it ends:\n{lines}"

    def _runs(self) -> bool:
        """Whether the environment's interpreter and its pip work.

        One made from a moved or foreign Python does not; nor does a pip that was killed while it renewed
        itself, half of which can still be imported.
        """
        pip = [self.command, "-m", "pip", "install", "--help"]  # loads what an install needs, and asks nobody
        try:
            return subprocess.run(pip, capture_output=True, check=False, env=_surroundings()).returncode == 0
        except OSError:
            return False

    def _write_stamp(self, done: dict[str, str]) -> None:
        beside = self._stamp.with_suffix(".new")
        beside.write_text(json.dumps({**done, "place": str(self.environment)}, indent=1), "utf-8")
        beside.replace(self._stamp)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep two starts from installing at the same time."""
        with (self.checkout / "pyproject.toml").open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                _say("another start is installing; waiting for it")
                fcntl.flock(file, fcntl.LOCK_EX)
            self._held = (file.fileno(),)
            try:
                yield
            finally:
                self._held = ()


_NO_NETWORK = (
    "Temporary failure in name resolution", "Name or service not known", "Network is unreachable",
    "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT", "ECONNREFUSED", "NewConnectionError", "ConnectTimeoutError",
    "SELF_SIGNED_CERT", "CERTIFICATE_VERIFY_FAILED",
)  # fmt: skip


def disk_full(folder: Path) -> str:
    """Return the sentence about it."""
    return f"The disk that holds {folder} is full: free 2 GB on it."


def fingerprint(paths: Iterable[Path], top: Path) -> str:
    """Return a hash over the names and contents of files, and the version of Python."""
    digest = hashlib.sha256(f"{sys.version_info[:2]}".encode())
    for path in sorted(set(paths)):
        if path.is_file():
            digest.update(
                str(path.relative_to(top)).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest()
            )
    return digest.hexdigest()[:32]


def _surroundings(node: Path | None = None) -> dict[str, str]:
    """Return the environment of an install step: nobody else's Python settings, npm's scripts find Node."""
    kept = machine.plain_environment()
    if node is not None:
        kept["PATH"] = f"{node}{os.pathsep}{kept.get('PATH', os.defpath)}"
    return kept | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def _wait(running: "subprocess.Popen[bytes]", began: float) -> int:
    told = began
    while True:
        try:
            return running.wait(timeout=1)
        except subprocess.TimeoutExpired:
            if time.monotonic() - told > 20:
                told = time.monotonic()
                _say(f"... still at it ({round(told - began)} s)")


def _say(words: str) -> None:
    print(f"senolab: {words}", file=sys.stderr, flush=True)
