"""Which marks lie on which lesions.

The acceptance rule is the one of free-response reading studies: a mark is a *lesion localisation*
when it lies inside the lesion's outline or within an acceptance radius of its centre, otherwise it
is a *non-lesion localisation*. A lesion earns one credit, however many marks lie on it and in
however many views it is seen; further marks on it count neither for nor against.

Source: D. P. Chakraborty, *Observer Performance Methods for Diagnostic Imaging*, CRC Press 2017,
doi:10.1201/9781315155814, chapter 12 (the acceptance radius is declared in mm, not in pixels).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

from .inputs import listed

DEFAULT_RADIUS_MM = 10.0
_FARTHEST_MM = 1e9
_ROUNDING_MM = 1e-6  # places in mm are products of pixels and spacings


@dataclass(frozen=True)
class Mark:
    """A place a reader pointed at: `x_mm` from the left, `y_mm` from the top of the stored pixels."""

    view: str
    x_mm: float
    y_mm: float

    def __post_init__(self) -> None:
        _word(self.view, "view")
        _place(self.x_mm, self.y_mm)


@dataclass(frozen=True)
class Lesion:
    """One view of a lesion; two entries with the same `id` are one lesion seen twice."""

    id: str
    view: str
    x_mm: float
    y_mm: float
    radius_mm: float = 0.0
    outline_mm: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        _word(self.id, "id")
        _word(self.view, "view")
        _place(self.x_mm, self.y_mm)
        for corner in _corners(self.outline_mm):
            _place(*corner)
        _radius(self.radius_mm)


@dataclass(frozen=True)
class Match:
    """What a set of marks is worth.

    Attributes
    ----------
    found, missed : tuple of str
        Lesion ids, in order.
    hits : tuple of (str or None)
        For each mark the lesion it lies on, or None.
    false : int
        Marks on no lesion.
    extra : int
        Marks beyond the first on a lesion already found.
    """

    found: tuple[str, ...]
    missed: tuple[str, ...]
    hits: tuple[str | None, ...]
    false: int
    extra: int


def match(marks: Sequence[Mark], lesions: Sequence[Lesion], *, radius_mm: float = DEFAULT_RADIUS_MM) -> Match:
    """Give each mark to the lesion whose outline holds it, else to the nearest that accepts it.

    Parameters
    ----------
    marks, lesions
        In millimetres of the same view's pixel matrix.
    radius_mm
        Smallest acceptance radius; a lesion with a larger radius of its own accepts within that.

    Returns
    -------
    Match
        Independent of the order of marks and of lesions (ties go to the smaller id).

    Raises
    ------
    ValueError
        For a radius that is negative or no number, and for what is no list of `Mark` or of `Lesion`; a mark
        or a lesion refuses such places itself.
    """
    _radius(radius_mm)
    for given, kind in ((marks, Mark), (lesions, Lesion)):
        if not listed(given) or not all(isinstance(one, kind) for one in given):
            raise ValueError(f"{kind.__name__.lower()}s must be a list of {kind.__name__}, not {given!r:.60}")
    hits = tuple(_lesion_under(mark, lesions, radius_mm) for mark in marks)
    ids = sorted({lesion.id for lesion in lesions})
    found = tuple(i for i in ids if i in hits)
    missed = tuple(i for i in ids if i not in hits)
    false = hits.count(None)
    return Match(found, missed, hits, false, extra=len(hits) - false - len(found))


def _lesion_under(mark: Mark, lesions: Sequence[Lesion], radius_mm: float) -> str | None:
    """Id of the lesion whose outline holds the mark, else of the nearest that accepts it, or None."""
    near = [
        (not inside(one.outline_mm, mark.x_mm, mark.y_mm), _distance(mark, one), one.id)
        for one in lesions
        if accepts(one, mark, radius_mm=radius_mm)
    ]
    return min(near)[2] if near else None


def accepts(lesion: Lesion, mark: Mark, *, radius_mm: float) -> bool:
    """Whether a mark in the same view lies within the radius of, or inside, the lesion.

    Its own radius counts where that is larger. Raises ValueError for a radius that is negative or no number,
    and for what is no `Lesion` or no `Mark`.
    """
    _radius(radius_mm)
    if not isinstance(lesion, Lesion) or not isinstance(mark, Mark):
        raise ValueError(f"a Lesion and a Mark are compared, not {lesion!r:.40} and {mark!r:.40}")
    if lesion.view != mark.view:
        return False
    reach = max(radius_mm, lesion.radius_mm)
    return _distance(mark, lesion) <= reach + _ROUNDING_MM or inside(lesion.outline_mm, mark.x_mm, mark.y_mm)


def inside(outline: Sequence[tuple[float, float]], x: float, y: float) -> bool:
    """Whether a point lies inside a closed polygon or on its edge (even-odd rule; 3 corners at least).

    Source: M. Shimrat, Algorithm 112, Communications of the ACM 5(8):434, 1962,
    doi:10.1145/368637.368653.

    Raises
    ------
    ValueError
        For one or two corners, and for such that are no pairs of finite numbers. Nothing lies in no outline.
    """
    for corner in (*_corners(outline), (x, y)):
        _place(*corner)
    if not len(outline):
        return False
    within = False
    for (x0, y0), (x1, y1) in zip(outline, [*outline[1:], outline[0]], strict=True):
        if _on_edge(x, y, x0, y0, x1, y1):
            return True
        if (y0 > y) != (y1 > y) and x < (x1 - x0) * (y - y0) / (y1 - y0) + x0:
            within = not within
    return within


def _on_edge(x: float, y: float, x0: float, y0: float, x1: float, y1: float) -> bool:
    """Whether a point lies on the line between two corners, to within rounding."""
    dx, dy = x1 - x0, y1 - y0
    along = ((x - x0) * dx + (y - y0) * dy) / ((dx * dx + dy * dy) or 1.0)
    along = min(max(along, 0.0), 1.0)
    return math.hypot(x - x0 - along * dx, y - y0 - along * dy) <= _ROUNDING_MM


def _corners(outline_mm: Any) -> list[tuple[float, float]]:
    """Refuse an outline whose corners are no pairs, or too few to hold anything."""
    if not listed(outline_mm) or not all(listed(one) and len(one) == 2 for one in outline_mm):
        raise ValueError(f"an outline must be corners (x, y) in mm, not {outline_mm!r:.60}")
    if 0 < len(outline_mm) < 3:
        raise ValueError(
            f"an outline needs 3 corners or more, not {len(outline_mm)}; give more, or no outline"
        )
    return [(x, y) for x, y in outline_mm]


def _word(value: object, name: str) -> None:
    """Refuse an empty cell of a table, which would be no other's view or lesion, not even its own."""
    if not isinstance(value, str) or not value:
        raise ValueError(f"the {name} of a mark or a lesion must be a word, not {value!r:.40}")


def _place(x: float, y: float) -> None:
    if not all(isinstance(one, Real) and abs(one) <= _FARTHEST_MM for one in (x, y)):  # NaN comes here too
        raise ValueError(f"a place must be finite numbers in mm, not ({x!s:.40}, {y!s:.40})")


def _radius(radius_mm: float) -> None:
    if not isinstance(radius_mm, Real) or not 0 <= radius_mm <= _FARTHEST_MM:  # NaN comes here too
        raise ValueError(f"a radius must be 0 mm or more, not {radius_mm}")


def _distance(mark: Mark, lesion: Lesion) -> float:
    return math.hypot(mark.x_mm - lesion.x_mm, mark.y_mm - lesion.y_mm)


def lesions_of(key: Mapping[str, Any]) -> list[Lesion]:
    """Read the lesions of a `mark` key, none where it has no "lesions".

    A key is trusted: ValueError for what is no mapping, and as `Lesion`; KeyError where a lesion lacks a
    field. Raises nothing else.
    """
    if not isinstance(key, Mapping):
        raise ValueError(f"a key must be a mapping, not {key!r:.40}")
    return [
        Lesion(
            id=str(entry["id"]),
            view=str(entry["view"]),
            x_mm=float(entry["x_mm"]),
            y_mm=float(entry["y_mm"]),
            radius_mm=float(entry.get("radius_mm") or 0.0),
            outline_mm=tuple((float(x), float(y)) for x, y in entry.get("outline_mm") or ()),
        )
        for entry in key.get("lesions") or ()
    ]


def mark_of(value: object) -> Mark | None:
    """One mark from what a learner's record holds, or None where that is no place at all."""
    if not isinstance(value, Mapping):
        return None
    view, x, y = value.get("view"), value.get("x_mm"), value.get("y_mm")
    if not isinstance(view, str) or not view or not _is_number(x) or not _is_number(y):
        return None
    return Mark(view, float(x), float(y))  # pyright: ignore[reportArgumentType]


def _is_number(value: object) -> bool:
    """Tell a finite number of ordinary size (a learner's record may hold anything)."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9
