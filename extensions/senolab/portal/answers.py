"""What a learner's server may send as an answer: shapes and sizes, held strictly."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from senolab.words import gettext, marked, number

from .refusal import RefusedError

MOST_MARKS = 50  # where a question names no limit of its own
LONGEST_TEXT = 20_000  # characters
FARTHEST = 1_000.0  # mm; no image is a metre wide

_VIEW = re.compile(r"[A-Z][A-Z0-9-]{1,15}")


def checked(questions: Mapping[str, Mapping[str, Any]], answers: Any) -> dict[str, Any]:
    """Return the answers of one case as they will be stamped, in the order of its questions.

    Parameters
    ----------
    questions
        The case's questions in release.json, by id.
    answers
        What was sent.

    Raises
    ------
    RefusedError
        If it is no mapping, names a stranger, leaves a question out, or holds a value that the
        question cannot have.
    """
    if not isinstance(answers, dict):
        raise RefusedError(marked("The answers of a case are an object: question id to value."), status=400)
    asked = {name: question for name, question in questions.items() if question["kind"] != "tally"}
    for name in answers:
        if name not in asked:
            raise RefusedError(
                marked("This case does not ask %(question)s."), status=400, question=repr(str(name)[:80])
            )
    missing = [name for name in asked if answers.get(name) is None]
    if missing:
        raise RefusedError(
            marked("Answer everything before you commit. Missing: %(questions)s."),
            status=422,
            questions=", ".join(missing),
        )
    return {name: value_of(name, question, answers[name]) for name, question in asked.items()}


def value_of(name: str, question: Mapping[str, Any], value: Any) -> Any:
    """Return one answer's value, or refuse it with the reason."""
    shape = _SHAPES.get(question["kind"])
    problem = shape(question, value) if shape else gettext("Its kind is not known to the campus.")
    if problem:
        raise RefusedError(
            marked("The answer to %(question)s cannot be taken. %(problem)s"),
            status=422,
            question=name,
            problem=problem,
        )
    return value


def _choice(question: Mapping[str, Any], value: Any) -> str | None:
    options = [_label(option) for option in question.get("options", ())]
    several = question.get("multiple")  # a release that does not say takes either
    if several is False and not isinstance(value, str):
        return gettext("It is not one option.")
    if several and not isinstance(value, list):
        return gettext("It is no list of options.")
    if isinstance(value, str):
        return None if value in options else gettext("It is none of the options.")
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        return gettext("It is no option.")
    if len(set(value)) != len(value) or not set(value) <= set(options):
        return gettext("It holds what is none of the options, or one option twice.")
    return None


def _label(option: Any) -> str:
    return str(option.get("id", option.get("label"))) if isinstance(option, dict) else str(option)


def _probability(_question: Mapping[str, Any], value: Any) -> str | None:
    return None if _whole(value) and 0 <= value <= 100 else gettext("It is no whole number from 0 to 100.")


def _number(_question: Mapping[str, Any], value: Any) -> str | None:
    return None if _finite(value) and abs(value) < 1e12 else gettext("It is no number.")


def _threshold(question: Mapping[str, Any], value: Any) -> str | None:
    low, high = question.get("min", -1e12), question.get("max", 1e12)
    return (
        None
        if _finite(value) and low <= value <= high
        else gettext("It is no number from %(low)s to %(high)s.", low=number(low), high=number(high))
    )


def _text(_question: Mapping[str, Any], value: Any) -> str | None:
    if not isinstance(value, str):
        return gettext("It is no text.")
    if len(value) > LONGEST_TEXT:
        return gettext("It is longer than %(most)s characters.", most=number(LONGEST_TEXT))
    try:
        value.encode()
    except UnicodeEncodeError:
        return gettext("It holds half a character.")
    return gettext("It holds a character of value 0.") if "\0" in value else None


def _marks(question: Mapping[str, Any], value: Any) -> str | None:
    most = min(int(question.get("max_marks") or MOST_MARKS), MOST_MARKS)
    if not isinstance(value, list):
        return gettext("It is no list of marks.")
    if len(value) > most:
        return gettext(
            "It has %(count)s marks, and %(most)s are allowed.", count=number(len(value)), most=number(most)
        )
    problems = (_mark(mark) for mark in value)
    return next((problem for problem in problems if problem), None)


def _mark(mark: Any) -> str | None:
    if not isinstance(mark, dict) or not {"view", "x_mm", "y_mm"} <= set(mark):
        return gettext("A mark lacks its view or its place in mm.")
    if set(mark) - {"view", "x_mm", "y_mm", "rating"}:
        return gettext("A mark holds more than a view, a place and a rating.")
    if not isinstance(mark["view"], str) or not _VIEW.fullmatch(mark["view"]):
        return gettext("A mark is in a view that does not exist.")
    if not all(_finite(mark[axis]) and 0 <= mark[axis] <= FARTHEST for axis in ("x_mm", "y_mm")):
        return gettext("A mark is outside the image.")
    rating = mark.get("rating")
    if rating is not None and not (_whole(rating) and 0 <= rating <= 100):
        return gettext("The rating of a mark is no whole number from 0 to 100.")
    return None


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _finite(value: Any) -> bool:
    """Whether a value is an ordinary number; an int too long for a float is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


_SHAPES: dict[str, Callable[[Mapping[str, Any], Any], str | None]] = {
    "choice": _choice,
    "probability": _probability,
    "mark": _marks,
    "threshold": _threshold,
    "value": _number,
    "text": _text,
}
