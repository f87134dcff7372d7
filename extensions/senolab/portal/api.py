"""What a learner's server asks of the campus: commits, hand-ins, states, releases."""

import json
from collections.abc import Mapping
from typing import Any

from senolab.metrics import answers as worth
from senolab.words import gettext, marked

from . import answers, handin, versions
from .book import Commit, fresh_act, now
from .desk import Desk
from .refusal import RefusedError
from .releases import Release
from .web import Api


class CommitHandler(Api):
    """Locks the answers of a case, then reveals what was there."""

    async def post(self) -> None:
        """Take a commit; a second one on the same case gets the first."""
        self.campus.pace.take(self.me.name, "commit")
        asked = _body(self, "course", "lesson", "version", "case", "answers")
        self.learns(asked["course"])
        entry, already = await self.aside(self._commit, asked)
        self.told(entry.plain(already=already, exam=versions.exam_of(self.campus, entry)))

    def _commit(self, asked: dict[str, Any]) -> tuple[Commit, bool]:
        course, lesson, case = asked["course"], asked["lesson"], asked["case"]
        release = versions.taken(self.campus, self.me.name, course, lesson, _version(asked))
        if case not in release.cases:
            raise RefusedError(marked("This lesson has no case %(case)s."), status=404, case=repr(case[:80]))
        form = self.campus.keyring.form(self.me.name, course, lesson, release.forms)
        before = versions.committed(self.campus, self.me.name, release, case, form)
        if before is not None:
            return before, True
        questions = release.case_questions(case)
        given = answers.checked(questions, asked["answers"])
        keys = self.campus.releases.keys(release)
        entry = Commit(
            time=now(),
            learner=self.me.name,
            course=course,
            lesson=lesson,
            case_id=case,
            version=release.version,
            form=form,
            act=fresh_act(),
            answers=given,
            marks={name: _mark(questions[name], keys, form, given[name]) for name in given},
            reveal=_of_form((keys.get("reveals") or {}).get(case), form),
        )
        return self.campus.book.commit(entry)


class Commits(Api):
    """What was committed before: for a page that was closed and opened again."""

    def get(self) -> None:
        """Return the learner's commits in a lesson, each with its reveal."""
        course, lesson = self.asked("course", "lesson")
        self.learns(course)
        found = self.campus.book.commits(self.me.name, course, lesson)
        self.told([one.plain(already=True, exam=versions.exam_of(self.campus, one)) for one in found])


class HandinHandler(Api):
    """Takes a hand-in and gives a receipt."""

    most_bytes = 44 * 1024 * 1024  # the files' own limit is lower; as JSON text they take more room

    async def post(self) -> None:
        """Take a hand-in."""
        self.campus.pace.take(self.me.name, "handin")
        asked = await self.aside(_body, self, "course", "lesson", "version", "files")
        self.learns(asked["course"])
        about = (self.me.name, asked["course"], asked["lesson"], _version(asked))
        release = await self.aside(versions.taken, self.campus, *about)
        files = await self.aside(handin.checked, release.notebooks, asked["files"])
        taken = await self.aside(Desk(self.campus).take, self.me.name, release, files)
        self.told({"receipt": taken.receipt, "time": taken.time, "attempt": taken.attempt})


class LessonState(Api):
    """Where a learner stands in a lesson."""

    async def get(self) -> None:
        """Return state, form and points; asking is what opens a lesson."""
        course, lesson = self.asked("course", "lesson")
        self.learns(course)
        self.told(await self.aside(self._state, self.campus.releases.one(course, lesson)))

    def _state(self, release: Release) -> dict[str, Any]:
        me, course, lesson = self.me.name, release.course, release.lesson
        self.campus.book.open(me, course, lesson, version=release.version)
        standing = Desk(self.campus).standings(me, course, [release])[0]
        taken, mark = standing.handin, standing.mark
        return {
            "state": standing.open_state,
            "marking": standing.state == "being-marked",
            "form": self.campus.keyring.form(me, course, lesson, release.forms),
            "version": release.version,
            "points": mark.score if mark and standing.state == "marked" else None,
            "max_points": release.max_points,
            "waiting": bool(mark and mark.needs_manual and standing.state == "marked"),
            "due": standing.release.due,
            "closed": standing.closed,
            "receipt": taken.receipt if taken else None,
            "handed_in": taken.time if taken else None,
            "feedback_url": self.campus.address("course", course, "lesson", lesson, "feedback"),
        }


class ReleaseList(Api):
    """Which lessons a learner has."""

    async def get(self) -> None:
        """Return the lessons of the learner's courses."""
        self.told(await self.aside(self._lessons))

    def _lessons(self) -> list[dict[str, Any]]:
        return [
            {"course": one.course, "lesson": one.lesson, "version": one.version, "title": one.title}
            for course in sorted(self.me.learns)
            for one in self.campus.releases.lessons(course)
        ]


ROUTES = [
    (r"api/commit", CommitHandler),
    (r"api/commits", Commits),
    (r"api/handin", HandinHandler),
    (r"api/lesson", LessonState),
    (r"api/releases", ReleaseList),
]


def _body(handler: Api, *names: str) -> dict[str, Any]:
    """Return a request's JSON object with exactly these names; ids are strings."""
    try:
        plain = json.loads(handler.request.body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as problem:
        raise RefusedError(
            marked("What was sent to the campus cannot be read. Open the lesson again.")
        ) from problem
    if not isinstance(plain, dict) or set(plain) != set(names):
        raise RefusedError(
            marked("What is sent to the campus here holds %(names)s and nothing else."),
            names=", ".join(names),
        )
    for name in ("course", "lesson", "case"):
        if name in plain and not (isinstance(plain[name], str) and 0 < len(plain[name]) <= 200):
            raise RefusedError(marked("%(name)s must be a name."), name=name)
    return plain


def _version(asked: dict[str, Any]) -> int:
    version = asked["version"]
    if not isinstance(version, int) or isinstance(version, bool) or not 0 < version < 2**31:
        raise RefusedError(marked("%(name)s must be a whole number."), name="version")
    return version


def _mark(question: Mapping[str, Any], keys: dict[str, Any], form: str, value: Any) -> dict[str, Any]:
    """Score one answer; a question that only a teacher marks says so."""
    kind, key = question["kind"], _of_form((keys.get("questions") or {}).get(question["id"]), form)
    if not key and kind != "text":
        return {"fraction": 0.0, "words": gettext("A teacher reads and marks this answer."), "by_hand": True}
    scored = worth.score(kind, key, value, multiple=question.get("multiple"))
    return {"fraction": scored.fraction, "words": scored.words, "by_hand": scored.by_hand}


def _of_form(plain: Any, form: str) -> dict[str, Any]:
    """Return the part of a key or reveal that belongs to a form."""
    found = plain.get(form) if isinstance(plain, dict) else None
    return found if isinstance(found, dict) else {}


def _no_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are no JSON
