"""Screening rounds of one woman: what a cohort's YAML says of them, and the exam of each."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from .findings.growth import later
from .identity import exam_id, woman_id
from .planting import NOTHING

if TYPE_CHECKING:
    from .plans import Drawing

MOST = 6
_LEAST_YEARS, _MOST_YEARS = 0.5, 4.0
_YOUNGEST = 20


@dataclass(frozen=True)
class Rounds:
    """How often a woman comes; her plan describes the last round.

    Attributes
    ----------
    count
        1 to 6.
    interval_years
        Between two rounds, 0.5 to 4.
    """

    count: int = 1
    interval_years: float = 2.0

    def years_of(self, number: int) -> float:
        """Years from the first round to the one of that number, from 1."""
        return round((number - 1) * self.interval_years, 6)


ONCE = Rounds()


def rounds_from(entry: Mapping[str, Any], place: str, youngest: float) -> Rounds:
    """Read the rounds of a woman of the file.

    Parameters
    ----------
    youngest
        Least age that she may have at the last round.

    Raises
    ------
    ValueError
        With a sentence that begins with the place.
    """
    count, years = entry.get("rounds", 1), entry.get("interval_years", 2)
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MOST:
        raise ValueError(f"{place}: rounds is a number of exams, 1 to {MOST}, not {count!r}")
    number = isinstance(years, int | float) and not isinstance(years, bool)
    if not number or not _LEAST_YEARS <= years <= _MOST_YEARS:
        raise ValueError(
            f"{place}: interval_years is a number from {_LEAST_YEARS:g} to {_MOST_YEARS:g}, not {years!r}"
        )
    rounds = Rounds(count, float(years))
    if youngest - rounds.years_of(count) < _YOUNGEST:
        raise ValueError(
            f"{place}: she is younger than {_YOUNGEST} at her first round; age is that at the last"
        )
    return rounds


def each_round(last: "Drawing", rounds: Rounds, secret: bytes, words: tuple[object, ...]) -> list["Drawing"]:
    """Give the exam of every round, the earliest first.

    An earlier round shows the same woman younger, with what had grown by then; what goes wrong while
    exposing, and what is odd about the files, is so at the last round only.

    Parameters
    ----------
    last
        As a woman without earlier rounds would have it; it keeps its id.
    words
        What that id was made from: the ids of the other rounds, and who she is, follow from the same.
    """
    if rounds.count == 1:
        return [last]
    until = rounds.years_of(rounds.count)
    now = replace(last.woman, years=until, until=until)
    ids = [exam_id(secret, *words, f"round {number}") for number in range(1, rounds.count)]
    shared = replace(last, woman=now, patient=woman_id(secret, *words), rounds=rounds.count)
    found = []
    for number, exam in enumerate([*ids, last.exam], 1):
        woman = now if exam == last.exam else later(now, rounds.years_of(number) - until)
        fault, planted = (last.fault, last.planted) if exam == last.exam else ("none", NOTHING)
        before = tuple(reversed(ids[: number - 1]))
        one = replace(shared, exam=exam, woman=woman, fault=fault, planted=planted)
        found.append(replace(one, round=number, priors=before))
    return found
