"""What an answer is worth against its key, and the sentence that tells the learner why.

`score` is pure and never raises for anything a learner may have written: an answer that cannot be
read earns nothing and says so. A key is trusted, and a wrong key raises.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from senolab.metrics import marks
from senolab.metrics.inputs import one_of
from senolab.words import gettext, ngettext, number

KINDS = ("choice", "probability", "mark", "threshold", "text", "tally")
MOST_MARKS = 200  # a record with more is no reading


@dataclass(frozen=True)
class Scored:
    """An answer's worth.

    Attributes
    ----------
    fraction : float
        0 to 1 of the question's points.
    words : str
        One or two sentences for the learner, in the served language.
    by_hand : bool
        True where a teacher decides; `fraction` is then 0 until they do.
    """

    fraction: float
    words: str
    by_hand: bool = False


def score(
    kind: str,
    key: Mapping[str, Any],
    value: object,
    parts: Iterable[Any] | None = None,
    *,
    multiple: bool | None = None,
) -> Scored:
    """Compare one answer with its key.

    Parameters
    ----------
    kind
        One of `KINDS`.
    key
        The question's entry in keys.json (for the learner's form).
    value
        What the learner answered; None for no answer.
    parts
        For `tally`: the `Scored` (or fractions) of the questions it sums up.
    multiple
        For `choice`: whether the learner was asked for several options, as her release says. None where it
        does not say; a key of several right options then asks for several.

    Raises
    ------
    ValueError
        For a kind that is none of `KINDS`, and for a key that is no mapping, or lacks what its kind needs.
    """
    if not isinstance(key, Mapping):
        raise ValueError(f"a key must be a mapping, not {key!r:.40}")
    one_of(kind, KINDS, "the kind of a question")
    if kind == "tally":
        return _tally(parts or ())
    if kind == "text":
        return Scored(0.0, gettext("A teacher reads and marks this answer."), by_hand=True)
    if value is None:
        return Scored(0.0, gettext("Not answered."))
    try:
        return _choice(key, value, multiple) if kind == "choice" else _SCORERS[kind](key, value)
    except KeyError as problem:
        raise ValueError(f"the key of a {kind} question lacks {problem}") from problem


def _choice(key: Mapping[str, Any], value: object, multiple: bool | None) -> Scored:
    """One option: full if correct, else its partial credit. Several: correct minus wrong, floor 0.

    Which of the two is asked, not answered: in the shape of the other one, the same words would earn more.
    """
    if multiple if multiple is not None else len(key["correct"]) != 1:
        if not isinstance(value, list | tuple):
            return Scored(0.0, gettext("The answer cannot be read: it is no list of options."))
        return _choices(key, [str(one) for one in value[:MOST_MARKS]])
    if isinstance(value, list | tuple | dict):
        return Scored(0.0, gettext("The answer cannot be read: it is not one option."))
    chosen = str(value)
    correct = [str(one) for one in key["correct"]]
    fraction = 1.0 if chosen in correct else _credit(key, chosen)
    return Scored(fraction, _sentences(_verdict(fraction), _hint(key, chosen), key.get("why")))


def _choices(key: Mapping[str, Any], chosen: list[str]) -> Scored:
    correct = {str(one) for one in key["correct"]}
    picked = dict.fromkeys(chosen)  # each option once, in the learner's order
    hit = correct & set(picked)
    partial = [_credit(key, one) for one in picked if one not in correct]
    nearly = max(partial, default=0.0) if hit != correct else 0.0  # the best near miss counts, once
    worth = len(hit) - partial.count(0.0) + nearly
    fraction = _clip(worth / len(correct)) if correct else float(not picked)
    hints = [_hint(key, one) for one in picked]
    return Scored(fraction, _sentences(_verdict(fraction), *hints, key.get("why")))


def _credit(key: Mapping[str, Any], option: str) -> float:
    return _clip(float((key.get("credit") or {}).get(option, 0.0)))


def _hint(key: Mapping[str, Any], option: str) -> str | None:
    return (key.get("hints") or {}).get(option)


def _probability(key: Mapping[str, Any], value: object) -> Scored:
    """1 − (p − truth)², one minus the Brier score of one forecast.

    Source: G. W. Brier, Verification of forecasts expressed in terms of probability, Monthly
    Weather Review 78(1):1-3, 1950, doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2.
    """
    percent = _number(value)
    if percent is None or not 0 <= percent <= 100:
        return Scored(0.0, gettext("The answer is not a number from 0 to 100."))
    p, truth = percent / 100, int(bool(key["truth"]))
    fraction = 1 - (p - truth) ** 2
    said = gettext(
        "You said %(percent)s %%, the truth was %(truth)s %%: a distance of %(distance)s, "
        "which earns 1 − %(distance)s² = %(fraction)s of the points.",
        percent=number(percent),
        truth=number(100 * truth),
        distance=number(abs(p - truth)),
        fraction=number(fraction, least=2),
    )
    return Scored(fraction, _sentences(said, _surety(p, truth), key.get("why")))


def _surety(p: float, truth: int) -> str:
    off = abs(p - truth)
    if off <= 0.25:
        return gettext("Being sure and right earns most.")
    if off < 0.75:
        return gettext("Being unsure costs little; an answer nearer to the truth earns more.")
    return gettext("Being sure of the wrong thing costs most.")


def _mark(key: Mapping[str, Any], value: object) -> Scored:
    """(lesions found − false marks) / lesions, floor 0; a normal exam asks for no mark at all."""
    if not isinstance(value, list | tuple):
        return Scored(0.0, gettext("The marks cannot be read."))
    if len(value) > MOST_MARKS:
        return Scored(0.0, gettext("These are too many marks for one reading."))
    placed = [marks.mark_of(one) for one in value]
    readable = [one for one in placed if one is not None]
    radius = float(key.get("radius_mm") or marks.DEFAULT_RADIUS_MM)
    result = marks.match(readable, marks.lesions_of(key), radius_mm=radius)
    false = result.false + len(placed) - len(readable)
    total = len(result.found) + len(result.missed)
    fraction = _clip((len(result.found) - false) / total) if total else float(false == 0)
    return Scored(fraction, _sentences(*_mark_words(result, false, key.get("hints") or {}), key.get("why")))


def _mark_words(result: marks.Match, false: int, hints: Mapping[str, str]) -> list[str | None]:
    """Tell what was found, what was missed, what was marked without cause."""
    found, total = len(result.found), len(result.found) + len(result.missed)
    words: list[str | None] = []
    if not total:
        normal = gettext("There is nothing to mark in this exam.")
        words.append(normal if false else gettext("Right: there is nothing to mark here."))
    elif total == 1:
        words.append(gettext("You found the lesion.") if found else gettext("You missed the lesion."))
    else:
        words.append(
            ngettext(
                "You found %(found)s of %(count)s lesion.",
                "You found %(found)s of %(count)s lesions.",
                total,
                found=number(found),
            )
        )
    if false:
        words.append(
            ngettext("One mark lies where no lesion is.", "%(count)s marks lie where no lesion is.", false)
        )
    told = {"found": found, "missed": len(result.missed), "false": false}
    return [*words, *(hints.get(name) for name, count in told.items() if count)]


def _threshold(key: Mapping[str, Any], value: object) -> Scored:
    """Full inside the best range, else the credit of the most generous band that holds the value."""
    chosen = _number(value)
    if chosen is None:
        return Scored(0.0, gettext("The answer is not a number."))
    low, high = key["best"]
    if low <= chosen <= high:
        fraction = 1.0
    else:
        bands = [float(credit) for lo, hi, credit in key.get("credit") or () if lo <= chosen <= hi]
        fraction = _clip(max(bands, default=0.0))
    numbers = {"chosen": number(chosen, 4), "low": number(low, 4), "high": number(high, 4)}
    if low == high:
        told = gettext("You chose %(chosen)s; %(low)s serves best here.", **numbers)
    else:
        told = gettext("You chose %(chosen)s; %(low)s to %(high)s serves best here.", **numbers)
    return Scored(fraction, _sentences(_verdict(fraction), told, key.get("why")))


def _tally(parts: Iterable[Any]) -> Scored:
    """Take the mean of the parts; one without an answer counts as 0."""
    fractions = [part.fraction if isinstance(part, Scored) else float(part) for part in parts]
    if not fractions:
        return Scored(0.0, gettext("There is nothing to sum up."))
    mean = _clip(sum(sorted(fractions)) / len(fractions))  # sorted: the same sum in any order
    told = ngettext(
        "The mean of %(count)s answer: %(fraction)s of the points.",
        "The mean of %(count)s answers: %(fraction)s of the points.",
        len(fractions),
        fraction=number(mean, least=2),
    )
    return Scored(mean, told)


def _verdict(fraction: float) -> str:
    if fraction >= 1:
        return gettext("Right.")
    if fraction <= 0:
        return gettext("Not right.")
    return gettext("Partly right: %(fraction)s of the points.", fraction=number(fraction, least=2))


def _number(value: object) -> float | None:
    """Read a finite number of ordinary size, else None (True is no number)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1e12 else None


def _clip(fraction: float) -> float:
    return min(1.0, max(0.0, fraction))


def _sentences(*parts: object) -> str:
    """Join what there is to say, once each."""
    return " ".join(dict.fromkeys(str(part).strip() for part in parts if part))


_SCORERS: dict[str, Callable[[Mapping[str, Any], object], Scored]] = {
    "probability": _probability,
    "mark": _mark,
    "threshold": _threshold,
}
