"""`senolab up`: prepares the state, starts the campus, prints its address, and ends everything it started."""

import argparse
import contextlib
import errno
import http.client
import os
import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from senolab.lessons.files import write_bytes
from senolab.lessons.shelf import Shelf
from senolab.operation import accounts, checks, settings
from senolab.operation.settings import Settings
from senolab.sandbox import delegation

from . import authenticator, first_release, greeting, machine, preparing, unwalled
from .children import Child, children, nice, public_origin
from .main import CHECKOUT, RefusedError, state_folder
from .processes import MARK
from .supervisor import Supervisor, answers, clear_leftovers, say

LONG = 45.0  # seconds after which the campus counts as open although its own pages do not come yet
HOPELESS = 6  # starts in a row that fail before the campus was ever ready


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the words of `senolab up`."""
    parser = subparsers.add_parser("up", help="serve the campus on this machine")
    parser.add_argument("--port", type=int, help="port of the campus (8000)")
    parser.add_argument("--state", type=Path, help="folder that keeps everything (.senolab)")
    parser.add_argument(
        "--host", help="address to listen on (127.0.0.1); any other needs TLS and an authenticator"
    )
    parser.add_argument("--scale", choices=checks.SCALES, help="size of the exams that a release draws")


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop."""
    if os.geteuid() == 0:
        raise RefusedError(
            "The campus does not run as root. Start ./senolab up: it changes to an account of its own first."
        )
    state = state_folder(args.state)
    try:
        delegation.prepare()
        return _serve(Shelf(state), args)
    except (settings.SettingsError, accounts.AccountsError) as error:
        raise RefusedError(str(error)) from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise RefusedError(
                f"The disk that holds {state} is full. Free some space and start again; nothing is lost."
            ) from None
        raise RefusedError(f"{error.filename or state}: {error.strerror}.") from None


def _cannot_listen(chosen: settings.Settings) -> str:
    """Say why nobody could reach a campus there, and what to do; empty if one could."""
    why = preparing.obstacle(chosen.port, chosen.host)
    if why == errno.EACCES:
        return (
            f"This account may not serve at port {chosen.port}; ports below 1024 are for root. "
            "Choose another: ./senolab up --port 8000"
        )
    if why == errno.EADDRNOTAVAIL:
        return f"{chosen.host} is no address of this machine. Name one that is: ./senolab up --host ADDRESS"
    taken = f"Port {chosen.port} is taken by another program. Stop that one, or choose a port: "
    return f"{taken}./senolab up --port {chosen.port + 1}" if why else ""


def _serve(shelf: Shelf, args: argparse.Namespace) -> int:
    preparing.folders(shelf)
    chosen = settings.read(shelf.state, CHECKOUT, port=args.port, host=args.host, scale=args.scale)
    os.environ["SENOLAB_LANGUAGE"] = chosen.language  # of all that is started from here
    with preparing.lock(shelf):
        if left := clear_leftovers(shelf.run / "processes.json", shelf.state):
            say(f"ended {left} processes that an earlier start had left behind")
        if refusal := _cannot_listen(chosen):
            raise RefusedError(refusal)
        authenticator.prepare(chosen)
        protected = _protected(chosen)
        node = machine.node()
        if node is None:
            raise RefusedError(
                "Node is missing. ./senolab up installs it; start that instead of the command inside .venv."
            )
        for sentence in preparing.course_texts(shelf, CHECKOUT):
            say(sentence)
        courses = preparing.courses(shelf)
        # Under another authenticator a ready-made name would be anybody's to take.
        passwords = preparing.people(shelf, courses) if chosen.authenticator == "passwords" else {}
        campus = replace(chosen, courses=courses, protected=protected, ports=preparing.ports(shelf, courses))
        tokens = preparing.tokens(shelf, courses)
        for sentence in unwalled.prepare(shelf, campus):
            say(sentence)
        write_bytes(shelf.run / "campus.json", settings.to_json(campus).encode(), mode=0o600)
        crew = children(campus, tokens, node=node.executable, surroundings=os.environ)
        return Campus(campus, shelf, crew, tokens["launcher"], passwords).run()


def _protected(chosen: Settings) -> bool:
    """Whether users' servers can be walled off here.

    Raises
    ------
    RefusedError
        Where they cannot, and the settings would serve more than the one person at this machine.
    """
    from senolab import sandbox

    found = sandbox.available()
    ok = found.ok and os.environ.get("SENOLAB_FORCE_UNPROTECTED") != "1"
    words = "" if found.ok else f"{found.why} What to do: {found.mend}"
    if not ok and (chosen.authenticator != "passwords" or not chosen.alone):
        raise RefusedError(
            f"Without a sandbox a campus serves one person on this machine only, not host {chosen.host} with "
            f"authenticator {chosen.authenticator}. {words or 'The sandbox is switched off.'} Or set host "
            'to "127.0.0.1" and authenticator to "passwords".'
        )
    if words:
        say(words)
        say(
            "until then this campus serves one person only, as teacher and learner of every course, "
            "WITHOUT protection between her notebooks and this account"
        )
    return ok


class Campus:
    """One running campus: what is told at its start, and what is done when a part of it was restarted."""

    def __init__(
        self, campus: Settings, shelf: Shelf, crew: list[Child], token: str, passwords: dict[str, str]
    ) -> None:
        self._campus, self._shelf, self._token, self._passwords = campus, shelf, token, passwords
        self._ready = self._routes_due = False
        self._failed: str | None = None
        self._began = time.monotonic()
        self._tried: set[str] = set()  # releases that this start has begun, by name
        self._unreleased = False  # whether one of them failed
        self._late = [child for child in crew if child.late]
        self._supervisor = Supervisor(
            [child for child in crew if not child.late],
            logs=shelf.logs,
            ledger=shelf.run / "processes.json",
            say=say,
            started=self._started,
            ended=self._ended,
        )

    def run(self) -> int:
        """Serve until told to stop."""
        say(f"starting the campus at {self._campus.public}")
        self._supervisor.run(self._tick)
        if self._failed:
            raise RefusedError(self._failed)
        say("stopped")
        return 0

    def _started(self, name: str) -> None:
        # A new proxy knows no way to anybody; the hub must tell it again.
        self._routes_due = self._routes_due or (name == "proxy" and self._ready)

    def _ended(self, name: str, status: int) -> None:
        if self._supervisor.stopping:
            return
        if name in self._tried:
            if status:
                self._unreleased = True
                say(_tail(self._shelf.logs / f"{name}.log"))
            if not self._release_next() and not self._unreleased:
                say("the shipped lessons are released")
        elif not self._ready and name in ("hub", "proxy") and self._supervisor.falls(name) >= HOPELESS:
            self._failed = f"The {name} does not start. {_tail(self._shelf.logs / f'{name}.log')}"
            self._supervisor.stop()

    def _tick(self) -> None:
        if not self._ready and answers(self._campus.ports.hub) and self._answers():
            self._ready = True
            greeting.greet(self._campus, self._shelf, self._passwords)
            for child in self._late:
                self._supervisor.add(child)
            self._release_next()
        if self._routes_due and answers(self._campus.ports.proxy):
            self._routes_due = not self._write_routes()

    def _release_next(self) -> bool:
        """Release the next shipped lesson that never was, if there is one; the campus already answers."""
        if not self._campus.release_first:
            return False
        for one in first_release.due(self._shelf, self._campus.checkout, tried=self._tried)[:1]:
            say(f"preparing the lesson {one.id} of {one.course}; the campus already answers")
            self._tried.add(name := first_release.name(one))
            kept = {k: v for k, v in os.environ.items() if not k.startswith("JUPYTERHUB_")}
            kept |= {MARK: str(self._shelf.state), "SENOLAB_STATE": str(self._shelf.state)}
            self._supervisor.add(Child(name, nice(first_release.words(one)), kept, once=True))
            return True
        return False

    def _answers(self) -> bool:
        """Whether the sign-in page and the campus's first page come through the proxy."""
        port, tls = self._campus.port, self._campus.tls
        host = urlsplit(self._campus.public).netloc
        if _ask("GET", self._campus, port, "/hub/login", host=host, tls=tls)[0] != 200:
            return False
        if time.monotonic() - self._began > LONG:
            return True
        host = urlsplit(public_origin(self._campus, "campus")).netloc
        # As long as the proxy knows no way to the campus, the hub answers in its place.
        return (
            "/oauth2/authorize" in _ask("GET", self._campus, port, "/services/campus/", host=host, tls=tls)[1]
        )

    def _write_routes(self) -> bool:
        """Have the hub tell the proxy every route again."""
        headers = {"Authorization": f"token {self._token}"}
        return _ask("POST", self._campus, self._campus.ports.hub, "/hub/api/proxy", headers=headers)[0] in (
            200,
            201,
        )


def _ask(
    method: str,
    campus: Settings,
    port: int,
    path: str,
    *,
    host: str = "",
    tls: bool = False,
    headers: dict[str, str] | None = None,
) -> tuple[int, str]:
    """Return status and location of the answer to one request to this machine; 0 where nobody answers."""
    if tls:
        where = campus.host if not campus.loopback else "127.0.0.1"
        connection = http.client.HTTPSConnection(where, port, timeout=5, context=_unverified())
    else:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
        connection.request(method, path, headers={**({"Host": host} if host else {}), **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.headers.get("Location", "")
    return 0, ""


def _unverified():
    """Context for asking this very machine, whose certificate is for its public name."""
    import ssl

    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _tail(log: Path, lines: int = 6) -> str:
    """Return the last lines of a log, for a sentence."""
    with contextlib.suppress(OSError):
        last = log.read_text("utf-8", "replace").strip().splitlines()[-lines:]
        return f"The last lines of {log}:\n" + "\n".join(f"    {line}" for line in last)
    return f"Its log is {log}."
