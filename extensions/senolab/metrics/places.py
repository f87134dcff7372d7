"""From places to a reading: which marks of a reader lie on which lesions, over many cases.

The acceptance rule is that of `marks`: inside the lesion's outline, or within an acceptance radius in mm.
The radius is a choice, so what it changes is told beside any figure that rests on it
(`by_radius`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from . import merit
from .estimate import Estimate
from .inputs import listed, number
from .marks import DEFAULT_RADIUS_MM, Lesion, Mark, match
from .study import Reading, reading_of_marks


@dataclass(frozen=True, kw_only=True)
class ReadCase:
    """What one reader did on one case.

    Attributes
    ----------
    lesions : sequence of Lesion
        Empty for a healthy case; two entries with one id are one lesion in two views.
    marks : sequence of Mark
    ratings : sequence of float
        One for each mark; higher is more suspicious.
    """

    lesions: Sequence[Lesion] = ()
    marks: Sequence[Mark] = ()
    ratings: Sequence[float] = ()

    def __post_init__(self) -> None:
        for name, given in vars(self).items():
            if not listed(given):
                raise ValueError(f"{name} of a case must be a list, not {given!r:.40}")


def reading_of_places(
    cases: Sequence[ReadCase],
    *,
    radius_mm: float = DEFAULT_RADIUS_MM,
    weights: Mapping[str, float] | None = None,
) -> Reading:
    """Return the reading of one reader from places in mm.

    Parameters
    ----------
    cases
        At least one healthy and one diseased.
    radius_mm : float
        Smallest acceptance radius; 0 accepts inside a lesion's outline or own radius only.
    weights : mapping of lesion id to float, optional
        Sums to 1 over the lesions of each case; equal where it is not given. Lesion ids are then unique
        over all cases.

    Returns
    -------
    Reading
        A mark on a lesion counts for it; several marks on one lesion count once, by the highest rating;
        every other mark is a false one.

    Raises
    ------
    ValueError
        For what is no list of `ReadCase`, where a case has not as many ratings as marks, for weights that are
        no mapping or lack a lesion, and as `marks.match` and `study.reading_of_marks`.
    """
    if not listed(cases) or not all(isinstance(case, ReadCase) for case in cases):
        raise ValueError(f"cases must be a list of ReadCase, one for each case read, not {cases!r:.40}")
    found = [_matched(number, case, radius_mm) for number, case in enumerate(cases)]
    lesions = [(number, ident) for number, case in enumerate(cases) for ident in _ids(case)]
    place = {key: index for index, key in enumerate(lesions)}
    hits = [(number, on, rating) for number, one in enumerate(found) for on, rating in one]
    return reading_of_marks(
        [int(bool(case.lesions)) for case in cases],
        lesion_case=[number for number, _ in lesions],
        lesion_weight=None if weights is None else [_weight(weights, ident) for _, ident in lesions],
        mark_case=[number for number, _, _ in hits],
        mark_lesion=[-1 if on is None else place[number, on] for number, on, _ in hits],
        mark_rating=[rating for _, _, rating in hits],
    )


def by_radius(
    cases: Sequence[ReadCase], *, figure: str = "wafroc", radii_mm: Sequence[float] = (5.0, 10.0, 15.0, 20.0)
) -> dict[float, Estimate]:
    """Return a figure of merit at several acceptance radii: how far the result rests on the choice.

    Raises
    ------
    ValueError
        As `reading_of_places` and `merit.estimate`, and for no radius.
    """
    if not listed(radii_mm) or not len(radii_mm):
        raise ValueError(f"radii_mm must be a list of at least one radius, not {radii_mm!r:.40}")
    radii = [number(radius, "radii_mm") for radius in radii_mm]
    return {radius: merit.estimate(reading_of_places(cases, radius_mm=radius), figure) for radius in radii}


def _ids(case: ReadCase) -> list[str]:
    return sorted({lesion.id for lesion in case.lesions})


def _matched(number: int, case: ReadCase, radius_mm: float) -> list[tuple[str | None, float]]:
    """Lesion (or None) and rating of each mark of a case."""
    if len(case.ratings) != len(case.marks):
        raise ValueError(
            f"the case at place {number} has {len(case.marks)} marks, but {len(case.ratings)} ratings"
        )
    return list(zip(match(case.marks, case.lesions, radius_mm=radius_mm).hits, case.ratings, strict=True))


def _weight(weights: Mapping[str, float], ident: str) -> float:
    if not isinstance(weights, Mapping):
        raise ValueError(f"weights must be a mapping of lesion ids to numbers, not {weights!r:.40}")
    if ident not in weights:
        raise ValueError(f"lesion {ident} has no weight")
    return weights[ident]
