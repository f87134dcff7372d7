"""Start, ask and stop the small hub."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from senolab.sandbox import ledger

CONFIG = Path(__file__).parent / "small_hub" / "jupyterhub_config.py"
TOKEN = "only-for-tests"


def free_port() -> int:
    """A port with a free neighbour, below the range that outgoing connections use."""
    for port in range(20000 + os.getpid() % 4000, 30000, 2):
        with contextlib.suppress(OSError), socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", port))
            two.bind(("127.0.0.1", port + 1))
            return port
    raise RuntimeError("no free port")


def wait_for(what, seconds: float = 60):
    """Poll until `what()` is true; return it."""
    until = time.monotonic() + seconds
    while not (found := what()) and time.monotonic() < until:
        time.sleep(0.1)
    return found


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout: float = 30) -> None:
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


def ask(connection, method: str, target: str, body: str | None = None, headers: dict | None = None):
    """One request; its status and text."""
    with contextlib.closing(connection):
        connection.request(method, target, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


@dataclass
class SmallHub:
    state: Path
    port: int = field(default_factory=free_port)
    hub: subprocess.Popen | None = None
    relay: subprocess.Popen | None = None

    def start(self) -> None:
        for name in ("material", "courses/reading", "run/doors", "secrets"):
            (self.state / name).mkdir(parents=True, exist_ok=True)
        (self.state / "secrets" / "release.key").write_text("the exams' secret")
        (self.state / "material" / "exam.txt").write_text("an exam")
        if self.relay is None:
            door = str(self.state / "run/doors/hub.sock")
            words = ["-m", "senolab.sandbox.relay", door, str(self.port), "--only", "/hub/api/"]
            self.relay = subprocess.Popen([sys.executable, *words])
        self.hub = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "-f", str(CONFIG)],
            cwd=self.state,
            env={
                "PATH": f"{Path(sys.prefix, 'bin')}:/usr/bin:/bin",
                "HOME": str(self.state),
                "SMALL_HUB_STATE": str(self.state),
                "SMALL_HUB_PORT": str(self.port),
                "SMALL_HUB_TOKEN": TOKEN,
                "CONFIGPROXY_AUTH_TOKEN": "never inside",
                "JUPYTERHUB_CRYPT_KEY": "00" * 32,
            },
            stdout=(self.state / "hub.log").open("ab"),
            stderr=subprocess.STDOUT,
        )
        assert wait_for(self.up), (self.state / "hub.log").read_text()

    def up(self) -> bool:
        with contextlib.suppress(OSError):
            return self.api("GET", "")[0] == 200
        return False

    def api(self, method: str, path: str, body: str | None = None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        return ask(connection, method, f"/hub/api/{path}", body, {"Authorization": f"token {TOKEN}"})

    def open(self, user: str) -> None:
        """Start the server of `user` and wait for it."""
        self.api("POST", f"users/{user}")
        status, words = self.api("POST", f"users/{user}/server")
        assert status in {201, 202}, words
        assert wait_for(lambda: self.ready(user)), (self.state / "hub.log").read_text()[-3000:]

    def servers(self, user: str) -> dict:
        return json.loads(self.api("GET", f"users/{user}")[1])["servers"]

    def ready(self, user: str) -> bool:
        return any(server["ready"] for server in self.servers(user).values())

    def close(self, user: str) -> None:
        self.api("DELETE", f"users/{user}/server")
        assert wait_for(lambda: not self.servers(user))

    def folder(self, user: str) -> Path:
        routes = json.loads((self.state / "routes.json").read_text())
        target = routes[f"/user/{user}/"]["target"].removeprefix("http+unix://")
        return Path(target.replace("%2f", "/").replace("%2F", "/")).parent

    def dial(
        self, user: str, method: str = "GET", body: str | None = None, name: str = "s", path: str = "api"
    ):
        """Ask the server of `user` through the socket that the proxy dials."""
        return ask(UnixConnection(self.folder(user) / name), method, f"/user/{user}/{path}", body)

    def do(self, user: str, code: str) -> str:
        """Run Python text inside the server of `user`."""
        return self.dial(user, "POST", code)[1].strip()

    def attempt(self, user: str, code: str) -> None:
        """Run Python text that may end its own server."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            self.do(user, code)

    def running(self, user: str) -> ledger.Running:
        found = ledger.read(self.folder(user))
        assert found
        return found

    def kill(self) -> None:
        assert self.hub
        self.hub.send_signal(signal.SIGKILL)
        self.hub.wait()

    def stop(self) -> None:
        for process in (self.hub, self.relay):
            if process and process.poll() is None:
                process.terminate()
                process.wait(20)
        if (self.state / "routes.json").exists():
            for folder in {Path(self.state, "run/servers"), *self.folders()}:
                ledger.reap(folder, patience=0.2)

    def folders(self) -> list[Path]:
        routes = json.loads((self.state / "routes.json").read_text())
        return [self.folder(name.split("/")[2]).parent for name in routes if name.startswith("/user/")]
