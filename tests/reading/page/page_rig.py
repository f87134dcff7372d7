"""A real Notebook server with one released lesson, and a small campus that it hands in to."""

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from senolab.reading.server_environment import environment

CHECKOUT = Path(__file__).parents[3]
READING = CHECKOUT / "extensions" / "senolab" / "reading"
TOKEN = "a-token-for-tests"
COURSE, LESSON = "reading-with-ai", "01-a-first-case"
OPEN = f"senolab/open/{COURSE}/{LESSON}"
CAMPUS_TOKEN = "what-the-hub-gave-this-server"

TEXT = """# A first case with AI

A colleague stops you in the corridor: "Shall we trust it?"

## Before you start

| cut | missed |
|-----|--------|
| 10  | 1      |

Brier GW. Verification of forecasts. doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2-and-longer
"""
# Stands in for the widgets: a button that keeps an answer in the record, as a question does.
SETUP = """
import ipywidgets
from senolab import record

def question(name, value):
    button = ipywidgets.Button(description=f"Answer {name}")
    button.on_click(lambda _: record.append(
        "record.jsonl", kind="answer", lesson="01-a-first-case", version=1, question=name, value=value))
    return button
"""


def notebook(*, page: bool = True, text: str = TEXT, course: str = COURSE, lesson: str = LESSON) -> Any:
    """A small lesson as it is released."""
    graded = {"grade": True, "solution": False, "locked": True, "points": 1, "schema_version": 3}
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    about = {"page": page, "course": course, "lesson": lesson}
    solution = {"grade": False, "solution": True, "locked": False, "schema_version": 3, "grade_id": "work"}
    hidden = ["senolab-hidden"]
    cells = [
        new_markdown_cell(text),
        new_code_cell(SETUP),
        new_code_cell('question("pick", "a")', metadata={"nbgrader": graded | {"grade_id": "pick"}}),
        new_code_cell(
            'senolab.question("mark-1")',
            metadata={"nbgrader": graded | {"grade_id": "mark-1"}, "tags": hidden},
        ),
        new_code_cell("print('this text shows'); import sys; print('only for authors', file=sys.stderr)"),
        new_code_cell("raise ValueError('the pictures are missing')"),
        new_markdown_cell("(The answer stands in the record.)", metadata={"tags": hidden}),
        new_code_cell("# your work", metadata={"nbgrader": solution}),
        new_code_cell(""),
    ]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    return new_notebook(metadata={"kernelspec": spec, "senolab": about}, cells=cells)


def release(
    *, version: int = 1, mode: str = "hub", lesson: str = LESSON, notebooks: tuple[str, ...] = ()
) -> dict[str, Any]:
    """What a lesson's release says."""
    asks = {"pick": "Which threshold would you choose?", "mark-1": "Mark what you would recall her for."}
    return {
        "schema": 1,
        "course": COURSE,
        "lesson": lesson,
        "version": version,
        "title": "A first case with AI",
        "minutes": 25,
        "released": "2026-11-22T08:00:00Z",
        "due": None,
        "max_points": 2.0,
        "forms": ["A", "B"],
        "mode": mode,
        "calculated": True,
        "notebooks": list(notebooks) or [f"{lesson}.ipynb"],
        "cases": {
            "case-1": {"title": "The first woman", "questions": ["mark-1"], "exam": {"A": "x", "B": "y"}}
        },
        "questions": [
            {"id": "pick", "kind": "choice", "points": 1, "ask": asks["pick"], "case": None},
            {"id": "mark-1", "kind": "mark", "points": 1, "ask": asks["mark-1"], "case": "case-1"},
            {"id": "all", "kind": "tally", "of": ["mark-1"], "ask": "Together", "points": 1, "case": None},
        ],
    }


@dataclass
class Shelf:
    """The material that a server is given."""

    root: Path

    def put(
        self,
        *,
        version: int = 1,
        lesson: str = LESSON,
        mode: str = "hub",
        notebooks: tuple[str, ...] = (),
        **options: Any,
    ) -> Path:
        """Release a version of a lesson: of the notebooks named, else of one named like it."""
        home = self.root / "releases" / COURSE / lesson
        folder = home / str(version)
        (folder / "exams" / "x").mkdir(parents=True)
        told = release(version=version, mode=mode, lesson=lesson, notebooks=notebooks)
        for name in told["notebooks"]:
            nbformat.write(notebook(lesson=lesson, **options), folder / name)
        (folder / "release.json").write_text(json.dumps(told))
        (folder / "exams" / "x" / "RCC.dcm").write_bytes(b"\0" * 128 + b"DICM" + bytes(range(256)) * 8)
        link = home / "current.new"
        link.symlink_to(str(version))
        link.replace(home / "current")
        return folder


@dataclass
class Campus:
    """A campus that takes what is handed in, or refuses it."""

    url: str = ""
    refusal: str | None = None
    taken: list[dict[str, Any]] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    state: dict[str, Any] = field(default_factory=dict)

    def clear(self) -> None:
        """Forget everything."""
        self.refusal = None
        self.taken.clear()
        self.tokens.clear()
        self.state.clear()


@dataclass
class Server:
    """A running Notebook server."""

    url: str
    home: Path
    shelf: Shelf

    def get(self, path: str, *, headers: dict[str, str] | None = None, token: str | None = TOKEN) -> "Reply":
        """Ask for a page, without following redirects."""
        return ask(self.url + path, headers=headers, token=token)

    def post(self, path: str, body: Any, *, token: str | None = TOKEN) -> "Reply":
        """Post JSON."""
        return ask(self.url + path, data=json.dumps(body).encode(), token=token)


@dataclass
class Reply:
    """What a server answered."""

    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None


def ask(
    url: str, *, headers: dict[str, str] | None = None, token: str | None, data: bytes | None = None
) -> Reply:
    """One request, its redirect not followed."""
    request = urllib.request.Request(url, headers=headers or {}, data=data)
    if token:
        request.add_header("Authorization", f"token {token}")
    try:
        with urllib.request.build_opener(_Stay).open(request, timeout=30) as reply:
            return Reply(reply.status, reply.headers, reply.read())
    except urllib.error.HTTPError as problem:
        return Reply(problem.code, problem.headers, problem.read())


def fake_campus() -> Iterator[Campus]:
    """Serve a campus while it is needed."""
    told = Campus()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.tokens.append(self.headers["Authorization"])
            self._answer(200, {"state": "in-progress", "form": "A", "max_points": 2.0} | told.state)

        def do_POST(self) -> None:
            told.tokens.append(self.headers["Authorization"])
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if told.refusal:
                return self._answer(409, {"error": told.refusal})
            told.taken.append(body)
            told.state.update(state="handed-in", handed_in="2026-11-22T10:02:00Z", receipt="K7QM-2XWD")
            return self._answer(200, {"receipt": "K7QM-2XWD", "time": "2026-11-22T10:02:00Z"})

        def _answer(self, status: int, body: Any) -> None:
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        told.url = f"http://127.0.0.1:{server.server_port}/services/campus"
        yield told
        server.shutdown()


def start(tmp: Path, *, campus: dict[str, str], given: dict[str, str]) -> Iterator[Server]:
    """Start `jupyter notebook` as a user's server is started, and end it."""
    shelf, home, config = Shelf(tmp / "material"), tmp / "home", tmp / "config"
    for folder in (shelf.root / "releases", home, config):
        folder.mkdir(parents=True)
    command = [sys.executable, str(Path(__file__).parent / "fake_senolab.py")]
    settings = f"c.ServerApp.tornado_settings = {{'senolab_command': {command!r}}}\n"
    (config / "jupyter_server_config.py").write_text(settings)
    ours = ("SENOLAB", "JUPYTER")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    env = inherited | {"HOME": str(home)} | environment("learner", material=shelf.root, **campus) | given
    env["JUPYTER_CONFIG_PATH"] = f"{config}{os.pathsep}{env['JUPYTER_CONFIG_PATH']}"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    argv = [sys.executable, "-m", "notebook", "--no-browser", f"--port={port}", "--ServerApp.port_retries=0"]
    argv += [f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={home}"]
    argv += ["--allow-root"] if os.geteuid() == 0 else []
    with (tmp / "server.log").open("wb") as log:
        process = subprocess.Popen(argv, env=env, cwd=home, stdout=log, stderr=subprocess.STDOUT)
        try:
            url = f"http://127.0.0.1:{port}/"
            _wait(url, process, tmp / "server.log")
            yield Server(url, home, shelf)
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(url: str, process: subprocess.Popen, log: Path) -> None:
    for _ in range(300):
        assert process.poll() is None, log.read_text()
        try:
            if ask(url + "api/status", token=TOKEN).status == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(log.read_text())


def begin(server: Server, campus: Campus) -> Server:
    """Put a server back to the start: the lesson released, nothing done, nothing running."""
    campus.clear()
    shutil.rmtree(server.shelf.root / "releases" / COURSE, ignore_errors=True)
    shutil.rmtree(server.home / "lessons", ignore_errors=True)
    for session in server.get("api/sessions").json:
        request = urllib.request.Request(f"{server.url}api/sessions/{session['id']}", method="DELETE")
        request.add_header("Authorization", f"token {TOKEN}")
        urllib.request.urlopen(request, timeout=30).close()
    server.shelf.put()
    return server
