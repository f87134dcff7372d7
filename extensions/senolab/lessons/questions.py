"""The kinds of question, and how each is written.

Every kind lists what the learner's side gets; only that is ever copied there. All else (key, hints,
why, rubric) stays on the teacher's side.
"""

from collections.abc import Callable
from typing import Any

from senolab.words import gettext, number

from .fields import Fields, is_number, plain_text
from .findings import Findings, did_you_mean
from .lesson import Question
from .names import QUESTION
from .yamltext import Mapped

Sides = tuple[dict[str, Any], dict[str, Any]]  # what is public, what stays secret

OUTCOMES = ("cancer", "finding", "normal")  # what a probability or a mark may ask for
MARK_HINTS = ("missed", "false", "found")
RESERVED = "senolab-"  # ids that a built notebook uses itself


def question(
    mapped: Mapped, findings: Findings, *, name: str | None, points: float | None, case: str | None
) -> Question | None:
    """Read one question; note what does not fit and return None if it cannot be asked at all.

    Parameters
    ----------
    name, points
        As they stand on the fence; None where the YAML says them.
    case
        The case whose exam the question is about.
    """
    ident = name if name is not None else str(mapped.get("id", ""))
    fields = Fields(
        mapped, findings, gettext("Question %(ident)r", ident=ident) if ident else gettext("A question")
    )
    written = fields.text("id", required=name is None)
    if name is not None and written and written != name:
        fields.error(
            "id",
            gettext(
                "'id' says %(written)r, and the fence says %(name)r; leave 'id' out.",
                written=written,
                name=name,
            ),
        )
    kind = fields.text("kind", required=True)
    ask = fields.text("ask", required=True)
    worth = _points(fields, points)
    if ident and not good_id(ident):
        fields.error("id", bad_id(ident))
    reader = KINDS.get(kind)
    if reader is None:
        if kind:
            fields.error("kind", gettext("there is no kind %(kind)r.", kind=kind) + did_you_mean(kind, KINDS))
        return None
    public, secret = reader(fields, case)
    why = fields.text("why")
    fields.finish()
    if why:
        secret["why"] = why
    return Question(mapped.line, ident, kind, ask, worth, case, public, secret)


def good_id(ident: str) -> bool:
    """Tell whether a question may have this id."""
    return QUESTION.fullmatch(ident) is not None and not ident.startswith(RESERVED)


def bad_id(ident: str) -> str:
    """Return the sentence for an id that will not do."""
    if ident.startswith(RESERVED):
        return gettext(
            "%(ident)r starts with %(prefix)r, which Senolab keeps for itself; choose another id.",
            ident=ident,
            prefix=RESERVED,
        )
    return gettext(
        "%(ident)r cannot be an id: small letters, digits and '-', starting with a letter, please.",
        ident=ident,
    )


def _points(fields: Fields, on_fence: float | None) -> float:
    written = fields.take("points")
    if on_fence is not None and written is not None and written != on_fence:
        fields.error(
            "points",
            gettext(
                "'points' says %(written)s, and the fence says %(on_fence)s; say it once.",
                written=written,
                on_fence=on_fence,
            ),
        )
    worth = on_fence if on_fence is not None else written
    if worth is None:
        return 0
    if not is_number(worth) or not 0 < worth <= 1000:
        fields.error("points", gettext("points must be a number above 0, not %(worth)r.", worth=worth))
        return 0
    return worth


def _choice(fields: Fields, case: str | None) -> Sides:  # noqa: ARG001
    options = list(fields.texts("options", required=True))
    if options and len(options) < 2:
        fields.error("options", gettext("a choice needs at least two options."))
    for option in sorted({option for option in options if options.count(option) > 1}):
        fields.error("options", gettext("the option %(option)r stands there twice.", option=option))
    correct = list(fields.texts("key", required=True))
    hints, credit = fields.sentences("hints"), _credit(fields)
    for name, named in (("key", correct), ("hints", hints), ("credit", credit)):
        for option in named:
            if options and option not in options:
                words = gettext(
                    "%(name)r speaks of %(option)r, which is none of the options.", name=name, option=option
                )
                fields.error(name, words + did_you_mean(option, options))
    unhinted = [option for option in options if option not in correct and option not in hints]
    if unhinted and correct:
        fields.warn(
            "hints", gettext("no hint says why it is wrong: %(unhinted)s.", unhinted="; ".join(unhinted))
        )
    public = {"options": options, "multiple": isinstance(fields.take("key"), list) and len(correct) > 1}
    return public, {"correct": correct, "credit": credit, "hints": hints}


def _credit(fields: Fields) -> dict[str, float]:
    credit = fields.take("credit")
    if credit is None:
        return {}
    if not isinstance(credit, dict) or not all(is_number(c) and 0 <= c <= 1 for c in credit.values()):
        fields.error("credit", gettext("'credit' must be lines of 'option: share', each from 0 to 1."))
        return {}
    return dict(credit)


def _probability(fields: Fields, case: str | None) -> Sides:
    public = {"low": fields.text("low", default="0 %"), "high": fields.text("high", default="100 %")}
    key = fields.take("key")
    if key is None and case is None:
        fields.error(
            "key", gettext("'key' is missing: 1 if it is so, 0 if not (only in a case the exam tells it).")
        )
    if case is None and key is not None and key not in (0, 1):
        fields.error("key", gettext("'key' must be 1 or 0 here, not %(key)r.", key=key))
    if case is not None and key is not None and key not in (0, 1, *OUTCOMES):
        fields.error(
            "key",
            gettext(
                "'key' must be one of %(outcomes)s, or 1 or 0, not %(key)r.",
                outcomes=", ".join(OUTCOMES),
                key=key,
            ),
        )
    return public, {"ask_for": "cancer" if key is None else key}


def _mark(fields: Fields, case: str | None) -> Sides:
    if case is None:
        fields.error(
            "kind", gettext("a mark is made on an exam; write the question in a ```yaml case=... block.")
        )
    public = {"max_marks": fields.whole("max_marks", default=6, low=1, high=50)}
    key = fields.text("key", default="finding")
    if key not in OUTCOMES[:2]:
        fields.error("key", gettext("'key' must be cancer or finding, not %(key)r.", key=key))
    hints = fields.sentences("hints")
    for name in hints:
        if name not in MARK_HINTS:
            words = gettext("there is no hint %(name)r.", name=name)
            fields.error("hints", words + did_you_mean(name, MARK_HINTS))
    radius = fields.number("radius_mm", default=10, low=0.1, high=100)
    return public, {"ask_for": key, "radius_mm": radius, "hints": hints}


def _threshold(fields: Fields, case: str | None) -> Sides:  # noqa: ARG001
    rows = [dict(row) for row in fields.items("table", required=True)]
    for row in rows:
        if plain_text(row.get("label")) is None or not is_number(row.get("score")):
            fields.error("table", gettext("each row of 'table' needs a label and a score that is a number."))
            break
    scores = [row["score"] for row in rows if is_number(row.get("score"))]
    low = fields.number("min", default=min(scores, default=0))
    high = fields.number("max", default=max(scores, default=1))
    if low >= high:
        fields.error(
            "max",
            gettext("'max' (%(high)s) must lie above 'min' (%(low)s).", high=number(high), low=number(low)),
        )
    step = fields.number("step", default=1, low=1e-6)
    public = {"table": rows, "min": low, "max": high, "step": step, "unit": fields.text("unit")}
    return public, _threshold_key(fields, low, high)


def _threshold_key(fields: Fields, low: float, high: float) -> dict[str, Any]:
    key = fields.mapping("key")
    if key is None:
        if fields.take("key") is None:
            fields.error("key", gettext("'key' is missing; write key: {best: [lowest, highest]}."))
        return {"best": [low, high], "credit": []}
    best, credit = key.take("best", required=True), key.take("credit") or []
    key.finish()
    if best is not None and not _numbers(best, 2):
        key.error("best", gettext("'best' must be two numbers, the lower first: [6, 6]."))
    elif best is not None and not low <= best[0] <= best[1] <= high:
        key.error(
            "best",
            gettext(
                "'best' %(best)s must lie within min and max (%(low)s to %(high)s).",
                best=best,
                low=number(low),
                high=number(high),
            ),
        )
    if not isinstance(credit, list) or not all(_numbers(band, 3) and 0 <= band[2] <= 1 for band in credit):
        key.error("credit", gettext("'credit' must be a list of [lowest, highest, share from 0 to 1]."))
        credit = []
    return {"best": best, "credit": credit}


def _numbers(value: Any, count: int) -> bool:
    return (
        isinstance(value, list)
        and len(value) == count
        and all(is_number(item) for item in value)
        and value[0] <= value[1]
    )


def _text(fields: Fields, case: str | None) -> Sides:  # noqa: ARG001
    public = {"words": fields.whole("words", default=100, low=1, high=5000)}
    rubric = fields.texts("rubric")
    if fields.take("rubric") is None:
        fields.warn("rubric", gettext("'rubric' is missing; whoever marks this will want it."))
    return public, {"rubric": "\n".join(rubric)}


def _tally(fields: Fields, case: str | None) -> Sides:
    if case is not None:
        fields.error("kind", gettext("a tally stands in a block of its own, after the cases it sums up."))
    parts = list(fields.texts("of", required=True))
    for part in sorted({part for part in parts if parts.count(part) > 1}):
        fields.error("of", gettext("%(part)r stands there twice.", part=part))
    return {"of": parts}, {"of": parts}


KINDS: dict[str, Callable[[Fields, str | None], Sides]] = {
    "choice": _choice,
    "probability": _probability,
    "mark": _mark,
    "threshold": _threshold,
    "text": _text,
    "tally": _tally,
}
