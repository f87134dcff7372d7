"""The state of an opened lesson, and handing it in."""

import json
import os
import time
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import APIHandler
from tornado import web
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.httputil import url_concat

from senolab import record
from senolab.words import gettext, marked

from .server_opening import notebook_address
from .server_pages import campus_address
from .server_places import Places, RefusedError, Worked

_CAMPUS_SAYS = (
    *("form", "points", "max_points", "waiting"),
    *("due", "receipt", "handed_in", "marking", "closed"),
)
_AFTER_HAND_IN = ("handed-in", "marked", "reopened")  # before that the record knows better
_KEEP = 15.0  # seconds that the campus's word on a lesson is good for; the page asks after every answer
_UNREACHED = marked("The campus cannot be reached now. Your answers are kept; try again in a minute.")


class LessonHandler(APIHandler):
    """What both share: the lesson asked for, refusals as JSON, the campus."""

    def worked(self, path: str) -> Worked:
        """Return the lesson whose page asks."""
        return Places.of(self.settings).worked_at(path)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer ``{"message": sentence}``."""
        problem = (kwargs.get("exc_info") or (None, None))[1]
        message = gettext("That did not work. Your answers are kept; try again in a minute.")
        if isinstance(problem, RefusedError):
            message = str(problem)
            self.set_status(problem.status)
        elif isinstance(problem, web.HTTPError) and status_code < 500:
            message = problem.log_message or problem.reason or message
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps({"message": message}))

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Keep refusals out of the log of errors."""
        if not isinstance(value, RefusedError):
            super().log_exception(typ, value, tb)


class StateHandler(LessonHandler):
    """``GET lesson?path=<notebook>``: what is answered, and what the campus says."""

    @web.authenticated
    async def get(self) -> None:
        """Answer the state; the campus's part is left out while it cannot be reached."""
        path = self.get_query_argument("path")
        worked = self.worked(path)
        release = worked.release()
        state = progress(release, worked)
        state["notebooks"] = self._notebooks(worked)
        said = await self._campus(release)
        state |= {name: said[name] for name in _CAMPUS_SAYS if said.get(name) is not None}
        state["due"] = said.get("due", state["due"])  # the teacher may have taken it away
        if said.get("state") in _AFTER_HAND_IN:
            state["state"] = said["state"]
        state["campus"] = campus_address(self.settings)
        marked = state["state"] == "marked"
        state["feedback_url"] = _in_browser(said.get("feedback_url"), state["campus"]) if marked else None
        state["can_hand_in"] = (
            bool(_campus())
            and state["mode"] == "hub"
            and not marked
            and not said.get("closed")
            and Path(path).name in release["notebooks"]  # another notebook there is the learner's own
        )
        self.set_header("Cache-Control", "no-store")
        self.finish(state)

    def _notebooks(self, worked: Worked) -> list[dict[str, str]]:
        """Return name and address of the lesson's notebooks, for the way from one to another."""
        return [{"name": path.stem, "address": notebook_address(self, path)} for path in worked.notebooks]

    async def _campus(self, release: dict[str, Any]) -> dict[str, Any]:
        if not _campus() or release.get("mode") == "self-check":
            return {}
        kept = self.settings.setdefault("senolab_lessons", {})
        key = (release.get("course"), release.get("lesson"))
        told, said = kept.get(key, (0.0, {}))
        if self.get_query_argument("fresh", "") or time.monotonic() - told > _KEEP:
            query = {"course": str(key[0]), "lesson": str(key[1])}
            status, answer = await ask_campus("api/lesson", query=query, seconds=3)
            said = answer if status == 200 else said
            kept[key] = (time.monotonic(), said)
        return said


class HandInHandler(LessonHandler):
    """``POST handin {"path"}``: give the lesson's files to the campus, answer its receipt."""

    @web.authenticated
    async def post(self) -> None:
        """Hand in."""
        body = self.get_json_body()
        path = body.get("path") if isinstance(body, dict) else None
        if not isinstance(path, str):
            raise RefusedError(gettext("The page did not say which lesson to hand in."), status=400)
        worked = self.worked(path)
        release = worked.release()
        if not _campus():
            raise RefusedError(
                gettext("This copy is for practice; there is no campus to hand it in to."), status=409
            )
        parcel = {name: release.get(name) for name in ("course", "lesson", "version")}
        parcel["files"] = _files(worked)
        status, answer = await ask_campus("api/handin", body=parcel, seconds=60)
        if status not in (200, 201):
            sentence = answer.get("message") or answer.get("error") or answer.get("detail")
            sentence = sentence or gettext("The campus could not take this lesson. Try again in a minute.")
            raise RefusedError(str(sentence), status=status if 400 <= status < 500 else 502)
        self.settings.get("senolab_lessons", {}).pop((release.get("course"), release.get("lesson")), None)
        self.finish({"receipt": answer.get("receipt"), "time": answer.get("time")})


def progress(release: dict[str, Any], worked: Worked) -> dict[str, Any]:
    """Return how far a learner is, from the release and the record alone."""
    cases = release.get("cases") or {}
    owner = {name: case for case, about in cases.items() for name in about.get("questions", [])}
    acts = [act for act in record.read(worked.record).acts if act.lesson == release.get("lesson")]
    members = {case: about.get("questions", []) for case, about in cases.items()}
    given = record.answers(acts, cases=members)
    committed = {act.case for act in acts if act.kind == "commit"}
    questions = []
    for question in release.get("questions", []):
        if question.get("kind") == "tally":
            continue
        case = question.get("case") or owner.get(question["id"])
        questions.append(
            {
                "id": question["id"],
                "ask": question.get("ask") or question["id"],
                "case_title": cases.get(case, {}).get("title"),
                "answered": question["id"] in given and _says(given[question["id"]].value),
                "committed": case in committed if case else None,
            }
        )
    about = {name: release.get(name) for name in ("course", "lesson", "version", "title", "minutes", "due")}
    return about | {
        "mode": release.get("mode", "hub"),
        "calculated": release.get("calculated") is True,
        "state": "in-progress" if given else "not-started",
        "answered": sum(question["answered"] for question in questions),
        "of": len(questions),
        "questions": questions,
    }


def _says(value: Any) -> bool:
    """Tell whether a value is an answer; no mark at all is one ("no finding"), an empty text is none."""
    return value is not None and not (isinstance(value, str) and not value.strip())


def _files(worked: Worked) -> dict[str, str]:
    files = {}
    for path in (*worked.notebooks, worked.record):
        try:
            files[path.name] = path.read_text("utf-8", errors="replace")
        except FileNotFoundError:
            if path != worked.record:
                sentence = gettext(
                    "%(name)s is gone. Open the lesson from the campus again, then hand in.", name=path.name
                )
                raise RefusedError(sentence, status=409) from None
    return files


async def ask_campus(
    what: str,
    *,
    query: dict[str, str] | None = None,
    body: dict[str, Any] | None = None,
    seconds: float,
) -> tuple[int, dict[str, Any]]:
    """Ask the campus as the learner; return its status and JSON, (599, sentence) where it is not reached."""
    headers = {"Authorization": f"token {os.environ.get('JUPYTERHUB_API_TOKEN', '')}"}
    data = None
    if body is not None:
        headers["Content-Type"] = "application/json"
        data = json.dumps(body)
    request = HTTPRequest(
        url_concat(f"{_campus()}/{what}", query or {}),
        method="GET" if data is None else "POST",
        headers=headers,
        body=data,
        connect_timeout=min(seconds, 5),
        request_timeout=seconds,
        follow_redirects=False,
    )
    try:
        reply = await AsyncHTTPClient().fetch(request, raise_error=False)
    except (OSError, ValueError):
        return 599, {"message": gettext(_UNREACHED)}
    if reply.code == 599 or reply.code in (502, 503, 504):
        return reply.code, {"message": gettext(_UNREACHED)}
    try:
        answer = json.loads(reply.body or b"")
    except ValueError:
        answer = {}
    return reply.code, answer if isinstance(answer, dict) else {}


def _campus() -> str:
    return os.environ.get("SENOLAB_CAMPUS_URL", "").rstrip("/")


def _in_browser(url: Any, campus: str | None) -> str | None:
    """Return an address of the campus as the browser needs it: the campus may stand on another host."""
    if not isinstance(url, str) or not url or campus is None:
        return None
    if url.startswith("/"):
        scheme, _, rest = campus.partition("://")
        return f"{scheme}://{rest.partition('/')[0]}{url}" if rest else url
    return url if url.startswith(("https://", "http://")) else campus + url
