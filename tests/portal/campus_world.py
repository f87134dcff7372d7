"""A campus with a small hub beside it, for tests: real HTTP, no real hub.

`small_hub` answers as the hub does where a service asks: who owns a token, and the steps of signing in.
`world` is a state folder with one course of one lesson, released and keyed, and one draft.
"""

import asyncio
import json
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit
from zoneinfo import ZoneInfo

import requests
from jupyterhub.services.auth import HubOAuth
from senolab.grading.edition import note_due
from senolab.grading.marking import grade
from senolab.grading.master import generate
from senolab.grading.queue import MarkingQueue
from senolab.lessons.keys import DrawnCase, split
from senolab.lessons.notebook import build, text_of
from senolab.lessons.reader import read
from senolab.lessons.shelf import Shelf
from senolab.portal.app import make_app
from senolab.portal.campus import Campus
from senolab.portal.serving import opened
from senolab.portal.settings import Settings
from tornado import web
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

PREFIX = "/services/campus/"
ZONE = "Europe/Brussels"
COURSE, LESSON, DRAFT = "reading", "01-first", "02-second"
LEARN, TEACH, ACCESS = "custom:campus:learn", "custom:campus:teach", "access:services!service=campus"
PEOPLE = {
    "ana": (["nbgrader-reading"], [LEARN, ACCESS]),
    "bob": (["nbgrader-reading"], [LEARN, ACCESS]),
    "ines": (["formgrade-reading"], [LEARN, TEACH, ACCESS]),
    "both": (["formgrade-reading", "nbgrader-reading"], [LEARN, TEACH, ACCESS]),
    "other": (["formgrade-elsewhere"], [LEARN, TEACH, ACCESS]),  # teaches another course
    "group-only": (["formgrade-reading"], [LEARN, ACCESS]),  # the token inside a teacher's own server
    "nobody": ([], [LEARN, ACCESS]),
    "stranger": (["nbgrader-reading"], [LEARN]),  # may not use the campus at all
}
TEXT = """---
title: A first case
minutes: 25
outcomes:
  - Mark what you would recall for.
  - Say how sure you are.
cohort: tiny
forms: 2
due: {due}
licence: CC-BY-4.0
review: {{status: draft}}
---

# A first case

```yaml case="case-1"
exam: 1
title: The first woman
questions:
  - id: mark-1
    kind: mark
    ask: Mark everything you would recall this woman for.
    max_marks: 4
  - id: sure-1
    kind: probability
    ask: How likely is it that this woman has breast cancer?
```

```yaml question="marks" points=4
kind: tally
of: [mark-1]
ask: What you marked, compared with the truth.
```

```yaml question="pick" points=2
kind: choice
ask: Which view shows the axilla best?
options: [CC, MLO]
key: MLO
hints: {{CC: Look at the upper edge.}}
why: The MLO view runs along the pectoral muscle.
```

```yaml question="reflect" points=3
kind: text
words: 60
ask: What would you want to know before it is switched on?
rubric: One point for each of population, threshold and who decides.
```
"""
LESION = {
    "id": "l1",
    "view": "RCC",
    "label": "mass",
    "x_mm": 60.0,
    "y_mm": 90.0,
    "radius_mm": 8.0,
    "outline_mm": [[52, 82], [68, 82], [68, 98], [52, 98]],
}
REVEAL = {
    "outcome": "cancer",
    "sentence": "A mass in the right breast, and it was cancer.",
    "findings": [{name: LESION[name] for name in ("id", "view", "label", "x_mm", "y_mm", "outline_mm")}],
    "prompt": {
        "score": 8,
        "boxes": [{"view": "RCC", "x0_mm": 50, "y0_mm": 80, "x1_mm": 70, "y1_mm": 100, "score": 0.9}],
    },
}
FOUND = [{"view": "RCC", "x_mm": 61.0, "y_mm": 91.0}]
ANSWERS = {"mark-1": FOUND, "sure-1": 90}


def made_state(state: Path, *, due: str = "2099-01-01") -> Shelf:
    """Write a course, release its first lesson and leave the second a draft."""
    shelf = Shelf(state)
    folder = shelf.course(COURSE)
    folder.mkdir(parents=True)
    (folder / "course.yaml").write_text(
        "title: Reading with AI\nsummary: For everyone who reads mammograms.\n"
    )
    (folder / f"{LESSON}.md").write_text(TEXT.format(due=due))
    (folder / f"{DRAFT}.md").write_text("---\ntitle: A second lesson\nminutes: 10\n---\n\nNothing yet.\n")
    people = {
        name: {"display": name.title(), "role": "learner", "courses": [COURSE]} for name in ("ana", "bob")
    }
    people["ines"] = {"display": "Ines", "role": "instructor", "courses": [COURSE]}
    shelf.people.write_text(json.dumps({"schema": 1, "people": people}))
    release(shelf)
    return shelf


def release(shelf: Shelf) -> int:
    """Release the first lesson; return its version."""
    lesson = read(shelf.course(COURSE) / f"{LESSON}.md")
    drawn = [
        DrawnCase("case-1", form, f"exam-{form}", REVEAL, [LESION], calculated=True) for form in lesson.forms
    ]
    public, keys = split(lesson, drawn, released=datetime.now(UTC), zone=ZoneInfo(ZONE))
    source = shelf.source(COURSE, LESSON)
    source.mkdir(parents=True, exist_ok=True)
    (source / f"{LESSON}.ipynb").write_text(text_of(build(lesson)))
    if not shelf.gradebook(COURSE).is_file():
        (shelf.grader(COURSE) / "nbgrader_config.py").write_text("c = get_config()\n")
        generate(shelf.grader(COURSE), LESSON)
    with shelf.draft(COURSE, LESSON) as draft:
        (draft / "release.json").write_text(json.dumps(public))
        note_due(shelf.grader(COURSE), LESSON, public["due"])
        shutil.copy(shelf.generated(COURSE, LESSON) / f"{LESSON}.ipynb", draft)
        return shelf.publish(COURSE, LESSON, draft, keys)


def amended(world: "World", old: str, new: str) -> None:
    """Change the first lesson's text and release it again."""
    path = world.shelf.course(COURSE) / f"{LESSON}.md"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    release(world.shelf)


def mark_all(shelf: Shelf) -> int:
    """Do the marking room's work until nothing waits; return how many were marked."""
    queue, done = MarkingQueue(shelf.marking_queue), 0
    while job := queue.claim("test"):
        grade(shelf.grader(job.course), job.lesson, job.learner, force=job.force)
        queue.finish(job.id, "test")
        done += 1
    return done


class _Who(web.RequestHandler):
    def get(self) -> None:
        token = self.request.headers.get("Authorization", "").partition(" ")[2]
        name = token.removeprefix("token-of-")
        if name not in PEOPLE or not token.startswith("token-of-"):
            raise web.HTTPError(403)
        groups, scopes = PEOPLE[name]
        self.finish({"kind": "user", "name": name, "groups": groups, "scopes": scopes})


class _Authorize(web.RequestHandler):
    def get(self) -> None:
        """Sign in at once as whoever the cookie names."""
        who, back = self.get_cookie("small-hub", "ana"), self.get_query_argument("redirect_uri")
        self.redirect(f"{back}?code={quote(who or '')}&state={quote(self.get_query_argument('state'))}")


class _Token(web.RequestHandler):
    def post(self) -> None:
        self.finish({"access_token": f"token-of-{self.get_body_argument('code')}"})

    def check_xsrf_cookie(self) -> None:
        """As at the hub, a client's secret stands for it."""


class _Anything(web.RequestHandler):
    def get(self) -> None:
        self.finish("the hub")


@dataclass
class World:
    """A running campus: its address, its state, and people who visit it."""

    address: str
    hub: str
    shelf: Shelf
    campus: Campus
    loop: asyncio.AbstractEventLoop = field(repr=False)

    def visitor(self, name: str | None, **headers: str) -> "Visitor":
        """Return a browser; with a name, one that is signed in."""
        visitor = Visitor(self, headers)
        if name is not None:
            visitor.sign_in(name)
        return visitor

    def api(self, name: str | None, method: str, route: str, **how: Any) -> requests.Response:
        """Ask the API as a learner's server does."""
        headers = {"Authorization": f"token token-of-{name}"} if name else {}
        return requests.request(
            method, f"{self.address}api/{route}", headers=headers | how.pop("headers", {}), timeout=20, **how
        )

    def commit(self, name: str, answers: Any = None, **changed: Any) -> requests.Response:
        """Commit the lesson's case."""
        body = {
            "course": COURSE,
            "lesson": LESSON,
            "version": 1,
            "case": "case-1",
            "answers": ANSWERS if answers is None else answers,
        }
        return self.api(name, "POST", "commit", json=body | changed)

    def hand_in(self, name: str, record: str = "", *, files: Any = None, **changed: Any) -> requests.Response:
        """Hand the lesson in."""
        notebook = (self.shelf.release(COURSE, LESSON) / f"{LESSON}.ipynb").read_text()
        content = {f"{LESSON}.ipynb": notebook, "record.jsonl": record} if files is None else files
        body = {"course": COURSE, "lesson": LESSON, "version": 1, "files": content}
        return self.api(name, "POST", "handin", json=body | changed)


class Visitor:
    """A browser without JavaScript: keeps cookies, follows nothing by itself."""

    def __init__(self, world: World, headers: dict[str, str]):
        self.world = world
        self.session = requests.Session()
        self.session.headers.update({"Accept-Language": "en-GB", "Sec-Fetch-Mode": "navigate"} | headers)

    def sign_in(self, name: str) -> None:
        """Go through the hub's steps of signing in."""
        first = self.get("")
        assert first.status_code == 302
        state = parse_qs(urlsplit(first.headers["Location"]).query)["state"][0]
        done = self.get(f"oauth_callback?code={quote(name)}&state={quote(state)}")
        assert done.status_code == 302, done.text

    def get(self, path: str, **how: Any) -> requests.Response:
        """Open a page of the campus."""
        return self.session.get(self._url(path), allow_redirects=False, timeout=20, **how)

    def post(self, path: str, *, xsrf: bool = True, **fields: str) -> requests.Response:
        """Send a form; with `xsrf` as a page of the campus would."""
        data = dict(fields)
        if xsrf:
            data["_xsrf"] = next((c.value or "" for c in self.session.cookies if c.name == "_xsrf"), "")
        return self.session.post(self._url(path), data=data, allow_redirects=False, timeout=20)

    def _url(self, path: str) -> str:
        host = self.world.address.removesuffix(PREFIX)
        return host + path if path.startswith("/") else self.world.address + path


@contextmanager
def running(state: Path, **changed: Any) -> Iterator[World]:
    """Serve a state folder on free ports of 127.0.0.1, with a small hub beside it."""
    started: dict[str, Any] = {}
    ready = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(state, changed, started, ready)), daemon=True)
    thread.start()
    assert ready.wait(30), "the campus did not start"
    if "problem" in started:
        raise started["problem"]
    world = started["world"]
    try:
        yield world
    finally:
        world.loop.call_soon_threadsafe(started["stop"].set)
        thread.join(20)


async def _serve(
    state: Path, changed: dict[str, Any], started: dict[str, Any], ready: threading.Event
) -> None:
    stop = started["stop"] = asyncio.Event()
    try:
        hub_sockets, own_sockets = bind_sockets(0, "127.0.0.1"), bind_sockets(0, "127.0.0.1")
        hub = f"http://127.0.0.1:{hub_sockets[0].getsockname()[1]}"
        host = f"http://127.0.0.1:{own_sockets[0].getsockname()[1]}"
        small_hub = HTTPServer(
            web.Application(
                [
                    ("/hub/api/user", _Who),
                    ("/hub/api/oauth2/authorize", _Authorize),
                    ("/hub/api/oauth2/token", _Token),
                    ("/.*", _Anything),
                ]
            )
        )
        small_hub.add_sockets(hub_sockets)
        auth = HubOAuth(
            api_url=f"{hub}/hub/api",
            api_token="the-campus",
            hub_host=hub,
            hub_prefix="/hub/",
            base_url=PREFIX,
            oauth_client_id="service-campus",
            oauth_redirect_uri=f"{host}{PREFIX}oauth_callback",
            access_scopes={ACCESS},
        )
        settings = Settings(
            state=state,
            prefix=PREFIX,
            hub=f"{hub}/hub/",
            base=f"{hub}/",
            zone=ZONE,
            unprotected=changed.get("unprotected", False),
        )
        campus = opened(settings, command=changed.get("command"))
        if "clock" in changed:
            campus.pace._clock = changed["clock"]
        own = HTTPServer(make_app(campus, auth), max_buffer_size=44 * 2**20)
        own.add_sockets(own_sockets)
        loop = asyncio.get_running_loop()
        started["world"] = World(host + PREFIX, hub, campus.shelf, campus, loop)
    except BaseException as problem:
        started["problem"] = problem
        raise
    finally:
        ready.set()
    await stop.wait()
    for server in (own, small_hub):
        server.stop()
        await server.close_all_connections()  # else a browser's open line outlives the test as a warning
    auth._pool.shutdown()  # and so would the loop on which the hub is asked
    auth._thread_loop.close()
    campus.close()


def eventually(check: Any, seconds: float = 60.0) -> Any:
    """Return what a check gives as soon as it is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := check():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come to pass")
