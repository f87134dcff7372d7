"""The findings that a cohort's YAML plans for a woman; what reading any part of it needs, too."""

from dataclasses import dataclass
from typing import Any

from .findings.catalogue import KINDS, described

Range = tuple[float, float]


@dataclass(frozen=True)
class FindingPlan:
    """A finding to draw; what is a range is drawn anew in each form, and so is a side that is left open.

    Attributes
    ----------
    words
        Descriptors and outcome that differ from what the kind usually has.
    """

    kind: str
    size_mm: Range
    contrast: Range
    side: str
    words: tuple[tuple[str, str], ...]


def only(entry: Any, words: set[str], place: str) -> None:
    """Refuse what is no mapping, and words nobody knows."""
    if not isinstance(entry, dict):
        raise ValueError(f"{place} must be a list of `word: value` lines")
    strange = sorted(map(str, set(entry) - words))
    if strange:
        raise ValueError(f"{place} has {', '.join(strange)}; known are {', '.join(sorted(words))}")


def findings_of(entry: Any, place: str) -> tuple[FindingPlan, ...]:
    """Read the findings of a woman of the file."""
    if entry in (None, "none"):
        return ()
    if not isinstance(entry, list):
        raise ValueError(f"{place}: findings is none, or a list of lines that begin with `- kind:`")
    return tuple(_finding(one, f"{place}: finding {number}") for number, one in enumerate(entry, 1))


_WORDS = ("shape", "margin", "density", "distribution", "outcome", "detection")


def _finding(entry: Any, place: str) -> FindingPlan:
    """Read one finding of a woman of the file."""
    only(entry, {"kind", "size_mm", "contrast", "side", *_WORDS}, place)
    kind, side = str(entry["kind"]), str(entry.get("side", "any"))
    words = {word: str(entry[word]) for word in _WORDS if word in entry}
    if side not in ("R", "L", "any"):
        raise ValueError(f"{place}: side is R, L or any, not {side!r}")
    try:
        described(kind, side="R", size_mm=10.0, **words)
    except ValueError as fault:
        raise ValueError(f"{place}: {fault}") from fault
    least, most = KINDS[kind].sizes_mm
    return FindingPlan(
        kind,
        span(entry.get("size_mm", (least, most)), f"{place}: size_mm", 0.5, 100),
        span(entry.get("contrast", 1.0), f"{place}: contrast", 0.1, 2),
        side,
        tuple(words.items()),
    )


def span(value: Any, place: str, least: float, most: float) -> Range:
    """Read a number or a pair of numbers."""
    pair = (value, value) if isinstance(value, int | float) else value
    if not (
        isinstance(pair, list | tuple) and len(pair) == 2 and all(isinstance(n, int | float) for n in pair)
    ):
        raise ValueError(f"{place} is a number or [low, high]")
    low, high = float(pair[0]), float(pair[1])
    if not least <= low <= high <= most:
        raise ValueError(f"{place} lies within {least:g} to {most:g}, low before high")
    return low, high
