"""A lesson and its drawn exams become two files: what learners get, and what only the scorer reads."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from senolab.words import gettext

from . import due
from .lesson import Lesson, Question

SCHEMA = 1


class SplitRefusedError(ValueError):
    """The exams do not fit the lesson; the message says which case and form lacks what."""


@dataclass(frozen=True)
class DrawnCase:
    """The exam that was drawn for one case in one form, with its truth.

    Attributes
    ----------
    case, form
        Which case, and "A", "B", ...
    exam_id
        The exam's one-way id, as its image folder is called.
    reveal
        What a learner sees after committing: outcome, sentence, findings, prompt.
    lesions
        One entry per lesion and view: id, view, x_mm, y_mm, radius_mm, outline_mm.
    calculated
        Whether it is known to show nobody.
    """

    case: str
    form: str
    exam_id: str
    reveal: dict[str, Any]
    lesions: Sequence[dict[str, Any]] = field(default_factory=tuple)
    calculated: bool = False


def split(
    lesson: Lesson,
    drawn: Iterable[DrawnCase] = (),
    *,
    version: int = 1,
    mode: str = "hub",
    released: dt.datetime | None = None,
    zone: dt.tzinfo = dt.UTC,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return (release.json, keys.json) of a lesson.

    Parameters
    ----------
    drawn
        The exam of every case in every form.
    version
        Number of the release; the shelf writes the true one when it publishes.
    mode
        ``hub``, or ``self-check`` where the keys lie beside the release.
    released
        When; now by default.
    zone
        The campus's time zone, in which a date or a bare time is due.

    Raises
    ------
    SplitRefusedError
        If a case has no exam in some form.
    """
    exams = {(case.case, case.form): case for case in drawn}
    for case in lesson.cases:
        for form in lesson.forms:
            if (case.id, form) not in exams:
                raise SplitRefusedError(
                    gettext(
                        "%(id)s: no exam was drawn for %(id_2)s, form %(form)s.",
                        id=lesson.id,
                        id_2=case.id,
                        form=form,
                    )
                )
    when = (released or dt.datetime.now(dt.UTC)).astimezone(dt.UTC)
    head = {"schema": SCHEMA, "course": lesson.course, "lesson": lesson.id, "version": version}
    release = head | {
        "title": lesson.front.title,
        "minutes": lesson.front.minutes,
        "outcomes": list(lesson.front.outcomes),
        "released": when.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "due": due.moment(lesson.front.due, zone) if lesson.front.due else None,
        "due_zone": str(zone),
        "max_points": float(lesson.max_points),
        "forms": list(lesson.forms),
        "mode": mode,
        "notebooks": [f"{lesson.id}.ipynb"],
        "calculated": bool(exams) and all(case.calculated for case in exams.values()),
        "cases": {
            case.id: {
                "title": case.title,
                "questions": [question.id for question in case.questions],
                "exam": {form: exams[case.id, form].exam_id for form in lesson.forms},
            }
            for case in lesson.cases
        },
        "questions": [_public(question) for question in lesson.questions],
    }
    keys = head | {
        "questions": {
            question.id: {
                form: _key(question, exams.get((question.case or "", form))) for form in lesson.forms
            }
            for question in lesson.questions
        },
        "reveals": {
            case.id: {form: exams[case.id, form].reveal for form in lesson.forms} for case in lesson.cases
        },
    }
    return release, keys


def _public(question: Question) -> dict[str, Any]:
    head = {"id": question.id, "kind": question.kind, "points": float(question.points), "ask": question.ask}
    return head | {"case": question.case} | question.public


def _key(question: Question, drawn: DrawnCase | None) -> dict[str, Any]:
    key = {name: value for name, value in question.secret.items() if name != "ask_for"}
    wanted = question.secret.get("ask_for")
    if question.kind == "probability":
        return {"truth": _truth(wanted, drawn)} | key
    if question.kind == "mark" and drawn is not None:
        counts = wanted == "finding" or drawn.reveal["outcome"] == "cancer"
        return {"lesions": [dict(lesion) for lesion in drawn.lesions] if counts else []} | key
    return key


def _truth(wanted: Any, drawn: DrawnCase | None) -> int:
    """Return 1 if what the question asks for is so, else 0."""
    if wanted in (0, 1):
        return int(wanted)
    if drawn is None:
        raise SplitRefusedError(gettext("a probability outside a case needs the key 1 or 0."))
    outcome = drawn.reveal["outcome"]
    return int(outcome != "normal" if wanted == "finding" else outcome == wanted)
