"""`senolab.question`: one question of the lesson, outside a case."""

import os
from collections.abc import Mapping
from typing import Any

from senolab.words import gettext
from senolab.words.trouble import reason

from . import lesson as lessons
from .commit import CampusError
from .lesson import Lesson, LessonError
from .widget import Reading, RefusedError, notice


def question(ident: str) -> Reading | float | None:
    """Ask a question of this lesson; what was answered before stands in it again.

    Questions of a case are asked in their case, and a tally asks nothing: both give None. Where a
    stock grader runs the notebook, the value is 0.0, so that nothing is given for free.

    Parameters
    ----------
    ident
        The question's id, e.g. ``"reflect"``.
    """
    if os.environ.get("NBGRADER_EXECUTION"):
        return 0.0
    try:
        lesson = lessons.here()
        asked = lesson.question(ident)
    except LessonError as problem:
        return notice(str(problem))
    if asked.get("case") or asked["kind"] == "tally":
        return None
    return _widget(lesson, asked)


def save_answer(
    lesson: Lesson, question: Mapping[str, Any], message: Mapping[str, Any], *, case: str | None = None
) -> dict[str, Any]:
    """Write one answer to the record.

    Raises
    ------
    RefusedError
        If it cannot be written, with the reason as a sentence.
    """
    value = message.get("value")
    try:
        act = lesson.append(
            "answer", case=case, question=question["id"], value=value, shown=message.get("shown")
        )
    except ValueError as problem:
        raise RefusedError(str(problem)) from problem
    except OSError as problem:
        raise RefusedError(
            gettext("The record cannot be written: %(reason)s.", reason=reason(problem))
        ) from problem
    return {"time": act.time}


def _widget(lesson: Lesson, asked: dict[str, Any]) -> Reading:
    def answer(message: Mapping[str, Any]) -> dict[str, Any]:
        if message.get("question") != asked["id"]:
            raise RefusedError(gettext("This question is not asked here."))
        saved = save_answer(lesson, asked, message)
        widget.feedback = {}  # it spoke of the answer before
        return saved

    def check(_message: Mapping[str, Any]) -> dict[str, Any]:
        if lesson.desk is None:
            raise RefusedError(
                gettext("This answer can be checked only in a lesson that was opened from the campus.")
            )
        try:
            widget.feedback = {asked["id"]: lesson.desk.check(asked, lesson.answers().get(asked["id"]))}
        except CampusError as problem:
            raise RefusedError(str(problem)) from problem
        return {}

    kept = lesson.answers()
    widget = Reading(
        kind="question",
        spec={"question": asked, "check": bool(lesson.desk and lesson.desk.checks)},
        answers={asked["id"]: kept[asked["id"]]} if asked["id"] in kept else {},
        handlers={"answer": answer, "check": check},
    )
    return widget
