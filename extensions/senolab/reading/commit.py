"""Who takes a commit: the campus, or where there is none the lesson itself (self-check)."""

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from senolab.words import gettext, marked

_PATIENCE = 20  # seconds
_LARGEST = 8 * 1024 * 1024  # bytes of an answer of the campus
_SILENT = marked("The campus does not answer. Your answers are kept; try again in a moment.")


class CampusError(Exception):
    """The campus did not take it; the message is the sentence the learner reads."""


@dataclass(frozen=True, kw_only=True)
class Committed:
    """A commit that was taken.

    Attributes
    ----------
    time
        When, UTC, ISO 8601. The first commit counts, whenever it is asked for.
    answers
        What was locked.
    reveal
        Truth and prompt.
    marks
        {question id: {"fraction", "words"}}.
    exam, version
        What was read, and in which version of the lesson; empty and 0 where they are this lesson's own.
    """

    time: str
    answers: dict[str, Any]
    reveal: dict[str, Any]
    marks: dict[str, Any]
    exam: str = ""
    version: int = 0

    def public(self) -> dict[str, Any]:
        """Return what the browser gets."""
        return {"time": self.time, "reveal": self.reveal, "marks": self.marks}


class Desk(Protocol):
    """Takes commits and knows earlier ones."""

    checks: bool  # whether single questions can be checked at once

    def commit(self, case: str, answers: Mapping[str, Any]) -> Committed:
        """Lock the answers of a case and reveal it."""
        ...

    def earlier(self) -> dict[str, Committed]:
        """Return the commits that the desk has already, by case, if it keeps any."""
        ...

    def check(self, question: Mapping[str, Any], value: Any) -> dict[str, Any]:
        """Mark one question at once."""
        ...


class OwnDesk:
    """The lesson marks itself with the keys beside it: Binder, preview, self-learners."""

    checks = True

    def __init__(self, release: Mapping[str, Any], keys: Mapping[str, Any], form: str = "A") -> None:
        self._release, self._keys, self._form = release, keys, form

    def commit(self, case: str, answers: Mapping[str, Any]) -> Committed:
        """Lock and reveal at once."""
        questions = [q for q in self._release["questions"] if q["id"] in answers]
        marks = {q["id"]: self.check(q, answers[q["id"]]) for q in questions}
        time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        reveal = self._keys.get("reveals", {}).get(case, {}).get(self._form)
        if reveal is None:
            raise CampusError(gettext("The truth of this case is missing in self-check.json."))
        return Committed(time=time, answers=dict(answers), reveal=reveal, marks=marks)

    def earlier(self) -> dict[str, Committed]:
        """Return nothing: the record alone remembers."""
        return {}

    def check(self, question: Mapping[str, Any], value: Any) -> dict[str, Any]:
        """Mark one answer against its key."""
        from senolab.metrics.answers import score

        key = self._keys.get("questions", {}).get(question["id"], {}).get(self._form)
        if key is None:
            raise CampusError(gettext("The key of this question is missing in self-check.json."))
        scored = score(question["kind"], key, value, multiple=question.get("multiple"))
        return {"fraction": scored.fraction, "words": scored.words, "by_hand": scored.by_hand}


class Campus:
    """The campus, asked with the learner's own token."""

    checks = False

    def __init__(self, address: str, token: str, release: Mapping[str, Any]) -> None:
        self._address, self._token, self._release = address.rstrip("/"), token, release
        self._kept: dict[str, Committed] | None = None

    @classmethod
    def of_environment(cls, release: Mapping[str, Any]) -> "Campus | None":
        """Return the campus that the sandbox names, if any."""
        address = os.environ.get("SENOLAB_CAMPUS_URL", "")
        if not address.startswith(("http://", "https://")):
            return None
        return cls(address, os.environ.get("JUPYTERHUB_API_TOKEN", ""), release)

    def form(self) -> str:
        """Return the learner's form of this lesson."""
        told = self._ask("GET", "lesson").get("form")
        if not isinstance(told, str) or not told:
            raise CampusError(gettext("The campus does not know which form of the lesson is yours."))
        return told

    def commit(self, case: str, answers: Mapping[str, Any]) -> Committed:
        """Have the campus stamp the answers; a second commit brings the first one back."""
        body = {"version": self._release["version"], "case": case, "answers": dict(answers)}
        return _committed(self._ask("POST", "commit", body=body))

    def earlier(self) -> dict[str, Committed]:
        """Return the commits that the campus has, by case; none if it does not answer.

        One with another exam than the case has now is of another version of the lesson.
        """
        if self._kept is None:
            try:
                self._kept = {str(one["case"]): _committed(one) for one in self._ask("GET", "commits")}
            except (CampusError, KeyError, TypeError):
                return {}
        return self._kept

    def check(self, question: Mapping[str, Any], value: Any) -> dict[str, Any]:  # noqa: ARG002
        """Refuse: on the campus a lesson is marked when it is handed in."""
        raise CampusError(gettext("This answer is marked when you hand in the lesson."))

    def _ask(self, method: str, what: str, *, body: dict[str, Any] | None = None) -> Any:
        about = {"course": self._release["course"], "lesson": self._release["lesson"]}
        url = f"{self._address}/api/{what}"
        if body is None:
            url += "?" + urllib.parse.urlencode(about)
        data = json.dumps({**about, **body}).encode() if body is not None else None
        headers = {"Authorization": f"token {self._token}", "Content-Type": "application/json"}
        request = urllib.request.Request(url, data=data, headers=headers, method=method)  # noqa: S310
        try:
            with _direct().open(request, timeout=_PATIENCE) as response:
                return json.loads(response.read(_LARGEST))
        except urllib.error.HTTPError as refusal:
            raise CampusError(_sentence(refusal)) from refusal
        except (OSError, ValueError) as problem:
            raise CampusError(gettext(_SILENT)) from problem


def _direct() -> urllib.request.OpenerDirector:
    """Return an opener without a proxy: the campus is next door."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _sentence(refusal: urllib.error.HTTPError) -> str:
    """Return what the campus said, or what its status means."""
    try:
        told = json.loads(refusal.read(_LARGEST))
        for name in ("message", "words", "error"):
            if isinstance(told.get(name), str) and told[name]:
                return told[name]
    except (OSError, ValueError, AttributeError):
        pass
    if refusal.code in (401, 403):
        return gettext("The campus does not let this page in any more. Reload the page, or sign in again.")
    if refusal.code == 404:
        return gettext("The campus does not know this lesson any more. Open it from the campus again.")
    return gettext(_SILENT) + " " + gettext("(Code %(code)s.)", code=refusal.code)


def _committed(told: Any) -> Committed:
    try:
        return Committed(
            time=str(told["time"]),
            answers=dict(told.get("answers") or {}),
            reveal=dict(told["reveal"]),
            marks=dict(told.get("marks") or {}),
            exam=str(told.get("exam") or ""),
            version=int(told.get("version") or 0),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise CampusError(
            gettext("The campus gave an answer that cannot be understood. Try again.")
        ) from problem
