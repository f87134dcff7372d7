"""A campus that really runs, for tests: `running_campus` starts it, `Visitor` goes to it like a browser.

Use it in a test so::

    with temporary_state() as state, running_campus(state) as campus:
        ana = campus.visitor("ana")          # signed in
        page = ana.get(campus.address("campus"))

The campus runs as an ordinary account: as the one that runs the tests, or as `nobody` where that is root.
"""

import json
import os
import pwd
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit

from senolab.cli import processes
from senolab.operation.addresses import host_label

CHECKOUT = Path(__file__).resolve().parents[1]
_MAKES_PASSWORDS = re.compile(r"^    ([a-z][a-z0-9-]*) +(instructor|learner) +([a-z-]+)$", re.MULTILINE)


@contextmanager
def temporary_state() -> Iterator[Path]:
    """An empty folder that the account of the campus owns, with a path short enough for sockets."""
    folder = Path(tempfile.mkdtemp(prefix="senolab-"))
    try:
        if os.geteuid() == 0:
            os.chown(folder, _ordinary().pw_uid, _ordinary().pw_gid)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        for output in folder.parent.glob(f"{folder.name}-*.log"):
            output.unlink(missing_ok=True)


def free_port() -> int:
    """A port on which nobody listens just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running_campus(
    state: Path,
    port: int | None = None,
    scale: str = "ci",
    *,
    release: bool = True,
    released: bool = False,
    environment: Mapping[str, str] | None = None,
    patience: float = 120,
    host: str = "localhost",
    trusted: ssl.SSLContext | None = None,
    flat: bool = False,
) -> Iterator["RunningCampus"]:
    """A campus that answers; ended when the block is left.

    Parameters
    ----------
    state
        Its state folder; a second campus on the same folder finds everything again.
    scale
        Size of the exams that the first release draws.
    release
        Whether the first start releases the shipped lessons (in the background).
    released
        Wait until the first release is done, not only until the campus answers.
    patience
        Seconds to wait for each of the two.
    host
        The name that its settings give it.
    trusted
        What its visitors trust, where it speaks https.
    flat
        Whether its settings put all of it under one origin.
    """
    if not release:
        settings = state / "settings.json"
        settings.write_text(json.dumps({"release_first": False}))
        os.chown(settings, state.stat().st_uid, state.stat().st_gid)
    campus = start(state, port or free_port(), scale, environment=environment)
    campus.host, campus.trusted, campus.flat = host, trusted, flat
    try:
        campus.wait_for("The campus is open", patience)
        campus.passwords.update(campus.printed_passwords())
        if released:
            campus.wait_for("are released|The last lines of", patience)
        yield campus
    finally:
        campus.stop()


def start(
    state: Path, port: int, scale: str = "ci", *, environment: Mapping[str, str] | None = None
) -> "RunningCampus":
    """Start `senolab up` and return at once."""
    output = state.with_name(f"{state.name}-{port}-{time.monotonic_ns()}.log")
    words = [sys.executable, "-m", "senolab.cli.main", "up", "--state", str(state), "--port", str(port)]
    account = _ordinary()
    kept = ("PATH", "LANG", "TMPDIR")
    surroundings = {name: os.environ[name] for name in kept if name in os.environ}
    surroundings |= {"HOME": str(state) if os.geteuid() == 0 else account.pw_dir, "USER": account.pw_name}
    surroundings |= {"PYTHONDONTWRITEBYTECODE": "1", **(environment or {})}
    who = {}
    if os.geteuid() == 0:
        who = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    parent = os.getpid()  # a suite that is killed takes its campus along
    with output.open("wb") as file:
        process = subprocess.Popen(
            [*words, "--scale", scale], env=surroundings, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
            cwd="/", start_new_session=True, **who,
            preexec_fn=lambda: processes.end_with_parent(parent),  # noqa: PLW1509 - no threads here
        )  # fmt: skip
    return RunningCampus(state, port, process, output)


@dataclass
class RunningCampus:
    """One campus: where it is, who may sign in, and the launcher's process.

    Attributes
    ----------
    output
        File of what the launcher said.
    passwords
        By name; of the first start only.
    flat
        Whether all of it is one origin, without names below the host's.
    """

    state: Path
    port: int
    process: subprocess.Popen
    output: Path
    passwords: dict[str, str] = field(default_factory=dict)
    host: str = "localhost"
    trusted: ssl.SSLContext | None = None
    flat: bool = False

    @property
    def url(self) -> str:
        """The address that people type, without a slash at its end."""
        return self.origin()

    def origin(self, name: str = "") -> str:
        """The origin of the campus, or of a user or a service of it."""
        below = f"{host_label(name)}." if name and not self.flat else ""
        return f"{'https' if self.trusted else 'http'}://{below}{self.host}:{self.port}"

    @property
    def logs(self) -> Path:
        """Folder of one log a process."""
        return self.state / "logs"

    def address(self, service: str) -> str:
        """The address of a service: ``campus`` or ``grader-<course>``."""
        return f"{self.origin(service)}/services/{service}/"

    def home_of(self, user: str) -> str:
        """The address of a user's own server."""
        return f"{self.origin(user)}/user/{user}/"

    def words(self) -> str:
        """What the launcher said so far."""
        return self.output.read_text("utf-8", "replace")

    def printed_passwords(self) -> dict[str, str]:
        """The passwords in what the launcher said."""
        return {name: word for name, _, word in _MAKES_PASSWORDS.findall(self.words())}

    def wait_for(self, pattern: str, patience: float = 60, *, times: int = 1) -> str:
        """Wait until the launcher has said something; return all it said."""
        until = time.monotonic() + patience
        while len(re.findall(pattern, self.words())) < times:
            ended = self.process.poll()
            assert ended is None, f"the launcher ended with {ended}:\n{self.words()}"
            assert time.monotonic() < until, f"{pattern!r} was not said:\n{self.words()}\n{self.tails()}"
            time.sleep(0.1)
        return self.words()

    def pid(self, name: str) -> int | None:
        """The process id of one of the launcher's children: hub, proxy, campus, marking, ..."""
        try:
            return json.loads((self.state / "run" / "pids.json").read_text("utf-8")).get(name)
        except (OSError, ValueError):
            return None

    def enrol(self, name: str) -> None:
        """Add a learner, as the operator does beside a running campus."""
        words = [sys.executable, "-m", "senolab.cli.main", "people", "--state", str(self.state), "add", name]
        owner = self.state.stat()
        who = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
        told = subprocess.run(words, check=True, capture_output=True, text=True, cwd="/", **who).stdout
        self.passwords[name] = told.split(": ", 1)[1].strip()

    def visitor(self, name: str | None = None) -> "Visitor":
        """Somebody with a browser of her own, signed in if a name is given."""
        visitor = Visitor(self)
        if name is not None:
            answer = visitor.sign_in(name, self.passwords[name])
            assert answer.status == 200, (
                f"{name} cannot sign in: {answer.status} {answer.url}\n{answer.text[:2000]}"
            )
        return visitor

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End the campus; return the launcher's exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    def tails(self) -> str:
        """The last lines of every log, for a failing test."""
        ends = {log: log.read_text("utf-8", "replace").splitlines()[-15:] for log in self.logs.rglob("*.log")}
        return "\n".join(f"--- {log.name}\n" + "\n".join(ends[log]) for log in sorted(ends))


@dataclass(frozen=True)
class Answer:
    """What came back, after all redirects."""

    status: int
    url: str
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    def json(self):
        """The body as JSON."""
        return json.loads(self.body)


class Visitor:
    """A browser without pictures: cookies by host, redirects, forms; `*.localhost` is this machine."""

    def __init__(self, campus: RunningCampus) -> None:
        self.campus = campus
        self.cookies: dict[
            tuple[str, str, str], tuple[str, bool]
        ] = {}  # (domain, path, name) -> value, host only

    def get(self, url: str, **how) -> Answer:
        """Fetch a page; a path alone is one of the hub's host."""
        return self.request("GET", url, **how)

    def post(self, url: str, *, form: Mapping[str, str] | None = None, json_body=None, **how) -> Answer:
        """Send a form, or JSON."""
        headers = dict(how.pop("headers", {}))
        if form is not None:
            body, kind = urlencode(form).encode(), "application/x-www-form-urlencoded"
        else:
            body, kind = json.dumps(json_body).encode(), "application/json"
        return self.request("POST", url, body=body, headers={"Content-Type": kind, **headers}, **how)

    def request(
        self, method: str, url: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None,
        follow: bool = True, timeout: float = 60,
    ) -> Answer:  # fmt: skip
        """Send one request and go where it leads."""
        url = urljoin(self.campus.url, url)
        for _ in range(20):
            answer = self._once(method, url, body, dict(headers or {}), timeout)
            if not follow or answer.status not in (301, 302, 303, 307, 308):
                return answer
            if answer.status in (301, 302, 303):
                method, body, headers = "GET", None, {}
            url = urljoin(url, answer.headers["location"])
        raise AssertionError(f"redirects without end at {url}")

    def cookie(self, name: str, url: str) -> str | None:
        """The value of a cookie that would be sent to an address."""
        return self._sent(urlsplit(url)).get(name)

    def sign_in(self, name: str, password: str) -> Answer:
        """Sign in as a person does; return the page it leads to, or the form again."""
        form = self.get("/hub/login")
        xsrf = re.search(r'name="_xsrf" value="([^"]+)"', form.text)
        assert xsrf, form.text[:2000]
        return self.post(form.url, form={"username": name, "password": password, "_xsrf": xsrf[1]})

    def start_server(self, name: str, patience: float = 90) -> Answer:
        """Start a user's own server and wait for its first page."""
        until = time.monotonic() + patience
        answer = self.get(f"/hub/spawn/{name}")
        while time.monotonic() < until:
            answer = self.get("/hub/user-redirect/tree")  # its first page may lead back to the campus
            if answer.status == 200 and answer.url.startswith(self.campus.home_of(name)):
                return answer
            time.sleep(0.5)
        raise AssertionError(
            f"the server of {name} did not start: {answer.status} {answer.url}\n{self.campus.tails()}"
        )

    def _once(
        self, method: str, url: str, body: bytes | None, headers: dict[str, str], timeout: float
    ) -> Answer:
        parts = urlsplit(url)
        here = parts.hostname in ("localhost", "127.0.0.1")
        assert here or (parts.hostname or "").endswith(".localhost"), url
        connection = HTTPConnection("127.0.0.1", parts.port or 80, timeout=timeout)
        if parts.scheme == "https" and self.campus.trusted:
            plain = socket.create_connection(("127.0.0.1", parts.port or 443), timeout)
            connection.sock = self.campus.trusted.wrap_socket(plain, server_hostname=parts.hostname)
        headers = {"Host": parts.netloc, **headers}
        if cookies := self._sent(parts):
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        try:
            path = parts.path or "/"
            connection.request(
                method, f"{path}?{parts.query}" if parts.query else path, body=body, headers=headers
            )
            response = connection.getresponse()
            for line in response.headers.get_all("Set-Cookie") or ():
                self._keep(line, parts.hostname or "")
            told = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status, url, told, response.read())
        finally:
            connection.close()

    def _keep(self, line: str, host: str) -> None:
        for name, morsel in SimpleCookie(line).items():
            domain = morsel["domain"].lstrip(".") or host
            key = (domain, morsel["path"] or "/", name)
            if (morsel["expires"] and "197" in morsel["expires"]) or not morsel.value:
                self.cookies.pop(key, None)
            else:
                self.cookies[key] = (morsel.coded_value, not morsel["domain"])

    def _sent(self, parts) -> dict[str, str]:
        host, path = parts.hostname or "", parts.path or "/"
        sent: dict[str, str] = {}
        for (domain, under, name), (value, host_only) in sorted(
            self.cookies.items(), key=lambda one: len(one[0][1])
        ):
            near = host == domain or (not host_only and host.endswith("." + domain))
            if near and (path == under or path.startswith(under.rstrip("/") + "/")):
                sent[name] = value
        return sent


def _ordinary() -> pwd.struct_passwd:
    """The account that the campus runs as."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
