"""The funnel chart: whether readers differ by more than chance.

It sets many rates beside the spread that their numbers alone explain. Wrong shapes, NaN, empty sets and
impossible rates are refused by a `ValueError`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from senolab.metrics.inputs import Floats, listed, numbers, same_length, share
from senolab.metrics.proportions import cases, level, real


@dataclass(frozen=True, kw_only=True)
class Funnel:
    """Rates of shape (readers,) within limits of shape (readers, levels), all from 0 to 1.

    `outside` of shape (readers, levels) is -1 below, 1 above and 0 within the limits.
    """

    rates: Floats
    target: float
    levels: tuple[float, ...]
    lower: Floats
    upper: Floats
    outside: NDArray[np.int8]


def funnel(
    events: ArrayLike,
    totals: ArrayLike,
    *,
    target: float | None = None,
    levels: Sequence[float] = (0.95, 0.998),
) -> Funnel:
    """Set readers' rates beside the exact binomial limits of their numbers.

    Parameters
    ----------
    events, totals
        Vectors of whole numbers, one a reader: recalls of screens, or detections of cancers.
    target
        The rate the limits stand around; by default that of all readers together.
    levels
        Central probabilities of the limits.

    Raises
    ------
    ValueError
        As `funnel_limits`, for unequal lengths, and where more events than cases occur, or no target is given
        and none or all are events.

    Source: Spiegelhalter 2005, doi:10.1002/sim.1970.
    """
    hits, sizes = _whole(events, "events", 0), _whole(totals, "totals", 1)
    same_length(totals=sizes, events=hits)
    if (hits > sizes).any():
        raise ValueError(f"events are more than totals at place {np.flatnonzero(hits > sizes)[0]}")
    middle = hits.sum() / sizes.sum() if target is None else target
    lower, upper = funnel_limits(sizes, target=middle, levels=levels)
    rates = hits / sizes
    above, below = _tails_of(hits, sizes, float(middle))
    tails = (1 - np.array(levels, dtype=float)) / 2
    outside = (above[:, None] <= tails).astype(np.int8) - (below[:, None] <= tails).astype(np.int8)
    return Funnel(
        rates=rates, target=float(middle), levels=tuple(levels), lower=lower, upper=upper, outside=outside
    )


def _tails_of(hits: Floats, sizes: Floats, rate: float) -> tuple[Floats, Floats]:
    """Chances of so many events or more, and of so few or fewer, at the target rate.

    They decide on who is outside: against the drawn limits, which are interpolated between whole counts, a
    reader of few cases would stand outside too often.
    """
    from scipy.stats import binom

    return binom.sf(hits - 1, sizes, rate), binom.cdf(hits, sizes, rate)


def funnel_limits(
    totals: ArrayLike, *, target: float, levels: Sequence[float] = (0.95, 0.998)
) -> tuple[Floats, Floats]:
    """Lower and upper limits of shape (totals, levels) around a target rate, 0..1.

    Between whole counts the limit is interpolated, (r − α)/n with r the binomial quantile and
    α = (F(r) − p)/(F(r) − F(r − 1)), so that the funnel is smooth; source as in `funnel`.

    Raises
    ------
    ValueError
        For totals that are no whole numbers from 1 on, and for a target or a level that is not strictly
        between 0 and 1, or no level at all.
    """
    sizes, rate = _whole(totals, "totals", 1), share(real(target, "target"), "target", ends=False)
    if isinstance(levels, str) or not listed(levels):
        raise ValueError(f"levels must be a list of numbers between 0 and 1, not {levels!r}")
    tails = np.array([(1 - level(one, "levels")) / 2 for one in levels])
    if not tails.size:
        raise ValueError("levels is empty")
    return _binomial_limit(sizes[:, None], rate, tails), _binomial_limit(sizes[:, None], rate, 1 - tails)


def _binomial_limit(sizes: Floats, rate: float, tails: Floats) -> Floats:
    from scipy.stats import binom

    quantile = binom.ppf(tails, sizes, rate)
    reached = binom.cdf(quantile, sizes, rate)
    step = reached - binom.cdf(quantile - 1, sizes, rate)
    # In the tail of a milliard cases one more changes no digit, and there is nothing to interpolate.
    part = np.where(step > 0, (reached - tails) / np.where(step > 0, step, 1), 0)
    return np.clip((quantile - part) / sizes, 0, 1)


def _whole(values: ArrayLike, name: str, least: int) -> Floats:
    array = numbers(values, name)
    for value in array:
        cases(value, name, least=least)
    return array
