"""The area under the empirical ROC curve up to a false-positive fraction that a programme can bear."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from .area import auc_interval
from .estimate import Estimate
from .inputs import Floats, classes, numbers, share
from .inputs import level as at
from .roc import rated


def partial_auc(
    truth: ArrayLike,
    rating: ArrayLike,
    *,
    most_false: float,
    standardised: bool = False,
    confidence: float = 0.95,
) -> Estimate:
    """Area under the empirical curve up to a false-positive fraction, with its interval.

    The interval is that of `area.auc_interval` with the jackknife's variance, on the standardised scale, so
    that it has a width where every case is ordered right. In sets drawn from normal ratings, 20+20 cases
    and areas up to .2, 95 % intervals held a standardised area of .97 in 98 % of 2,000 (percentiles of
    resampled cases in some 70 %), and ones of .75 to .99 in 94 to 99 %; up to .1 in 92 to 99 %. Of healthy
    cases only the share `most_false` counts: with 20 of them beside 60 diseased, areas up to .2 were held in
    91 to 97 % and areas up to .1 in 86 to 98 %.

    Parameters
    ----------
    truth, rating : array_like, shape (n_cases,)
        As for `auc`; at least two cases of each class.
    most_false : float
        Right end of the false-positive fraction, above 0 and up to 1.
    standardised : bool
        Scale so that chance gives ½ and a perfect reader 1 (McClish).
    confidence : float
        Level of the interval.

    Raises
    ------
    ValueError
        As `delong`, and for an end that is not above 0 and at most 1.

    References
    ----------
    McClish, Analyzing a portion of the ROC curve, Med Decis Making 9:190-195, 1989,
    doi:10.1177/0272989X8900900307.
    """
    healthy, diseased = classes(truth, rating, least=2)
    level, end = at(confidence), _end(most_false)
    value = area_up_to(healthy, diseased, end, standardised=True)
    without = np.concatenate(
        [
            without_each(healthy, lambda left: area_up_to(left, diseased, end, standardised=True)),
            without_each(diseased, lambda left: area_up_to(healthy, left, end, standardised=True)),
        ]
    )
    variance = float(without.var(ddof=1)) * (len(without) - 1) ** 2 / len(without)
    found = auc_interval(value, variance, healthy=len(healthy), diseased=len(diseased), confidence=level)
    chance = end * end / 2
    parts = [max(one, min(value, (1 - end) / (2 - end))) for one in (found.low, value, found.high)]
    low, value, high = (
        parts if standardised else [max(chance + (2 * p - 1) * (end - chance), 0.0) for p in parts]
    )
    return replace(found, value=value, low=low, high=high, method=f"jackknife, {found.method}")


def area_up_to(healthy: Floats, diseased: Floats, end: float, *, standardised: bool) -> float:
    """Return the area under the empirical curve of two sets of ratings up to a false-positive fraction e.

    A = ∫₀ᵉ y dx of the straight lines between the curve's points; standardised ½ (1 + (A − c)/(e − c)) with
    c = e²/2.

    Parameters
    ----------
    healthy, diseased : array_like, shapes (m,) and (n,)
        Ratings; −∞ is an unmarked case.
    end : float
        The fraction e.
    standardised : bool
        As for `partial_auc`.

    Raises
    ------
    ValueError
        As `placements`, and for an end that is not above 0 and at most 1.

    Source: McClish 1989, doi:10.1177/0272989X8900900307.
    """
    (healthy, diseased), end = rated(healthy, diseased), _end(end)
    # Each healthy rating, from the highest down, is a step to the right, on which the curve goes up from the
    # share of diseased cases rated higher to that of those rated as high; one step may go beyond the end.
    step, many = np.unique(-healthy, return_counts=True)
    ordered, width = np.sort(-diseased), many / len(healthy)
    low, high = (np.searchsorted(ordered, step, side) / len(ordered) for side in ("left", "right"))
    inside = np.clip(end - (np.cumsum(many) - many) / len(healthy), 0, width)
    area = float((inside * (low + inside / width * (high - low) / 2)).sum())
    chance = end * end / 2
    # Of a sum of steps that is 1 but for its rounding, no interval could be made.
    return min(0.5 * (1 + (area - chance) / (end - chance)), 1.0) if standardised else area


def without_each(ratings: Floats, area: Callable[[Floats], float]) -> Floats:
    """Return an area without each case of a class in turn, shape (n_cases,).

    Cases rated alike share one computation. Raises ValueError as `inputs.numbers` (−∞ is an unmarked case),
    for fewer than two, and as `area` does, a function of the ratings that are left.
    """
    ratings = numbers(ratings, "ratings", unmarked=True)
    if len(ratings) < 2:
        raise ValueError("at least 2 cases of a class are needed to leave one out")
    if not callable(area):
        raise ValueError(f"an area is a function of ratings, not {area!r:.40}")
    _, first, group = np.unique(ratings, return_index=True, return_inverse=True)
    return np.array([area(np.delete(ratings, k)) for k in first])[group]


def _end(most_false: float) -> float:
    if (end := share(most_false, "most_false")) == 0:
        raise ValueError("most_false must be greater than 0")
    return end
