"""Reliability: how far the items of a lesson measure one thing, by alpha, KR-20 and Feldt's interval.

Scores are those of `classscores`.
"""

import numpy as np
from numpy.typing import ArrayLike

from senolab.metrics import inputs
from senolab.metrics.classscores import FLAT, answered, dichotomous, estimate, few_learners
from senolab.metrics.estimate import Estimate
from senolab.metrics.inputs import Floats
from senolab.metrics.proportions import level, real
from senolab.words import gettext

LOWEST = -1e15  # an alpha below would come from a variance that is rounding


def alpha(scores: ArrayLike, *, missing: str = "refuse", confidence: float = 0.95) -> Estimate:
    """Cronbach's alpha, k/(k − 1) · (1 − Σσ²ᵢ/σ²), with Feldt's interval.

    Sources: L. J. Cronbach, Coefficient alpha and the internal structure of tests, Psychometrika
    16(3):297-334, 1951, doi:10.1007/BF02310555; `feldt_interval`.

    Raises
    ------
    ValueError
        As `classscores.answered`, for a level that is none, and where all learners have the same total.
    """
    table, gaps = answered(scores, missing)
    value = _alpha(table)
    if value is None:
        raise ValueError("every learner has the same total, so nothing can be said about reliability")
    limits = feldt_interval(value, learners=len(table), items=table.shape[1], confidence=confidence)
    note = gettext("The items contradict each other; look for a wrong key.") if value < 0 else ""
    if value > 1 - FLAT:
        note = gettext("The items agree wholly, so the interval has no width.")
    return estimate(value, limits, confidence, "feldt", gaps, few_learners(len(table)), note)


def kr20(scores: ArrayLike, *, missing: str = "refuse", confidence: float = 0.95) -> Estimate:
    """Kuder-Richardson formula 20: alpha where every score is 0 or 1, k/(k − 1) · (1 − Σpᵢ(1 − pᵢ)/σ²).

    Raises ValueError as `alpha`, and where an item gives partial credit.

    Source: G. F. Kuder & M. W. Richardson, The theory of the estimation of test reliability,
    Psychometrika 2(3):151-160, 1937, doi:10.1007/BF02288391.
    """
    table, _ = answered(scores, missing)
    if not dichotomous(table).all():
        place = int(np.argmin(dichotomous(table)))
        raise ValueError(f"item {place} gives partial credit; KR-20 needs scores of 0 and 1, use alpha")
    return alpha(scores, missing=missing, confidence=confidence)


def feldt_interval(
    value: float, *, learners: int, items: int, confidence: float = 0.95
) -> tuple[float, float]:
    """Interval of an alpha: 1 − (1 − α)·F at the upper and lower quantile, df n − 1 and (n − 1)(k − 1).

    Parameters
    ----------
    value : float
        The alpha, at most 1.
    learners, items : int
        n and k of the scores that it comes from, at least 2 each.
    confidence : float
        Level of the interval.

    Returns
    -------
    low, high : float
        At most 1; below 0 is possible, as for alpha itself.

    Raises
    ------
    ValueError
        For an alpha that is no number from `LOWEST` to 1, numbers that are none, and a level that is none.

    Source: L. S. Feldt, The approximate sampling distribution of Kuder-Richardson reliability
    coefficient twenty, Psychometrika 30(3):357-370, 1965, doi:10.1007/BF02289499.
    """
    if not LOWEST <= real(value, "alpha") <= 1:  # NaN comes here too
        raise ValueError(f"alpha must be a number from {LOWEST:g} to 1, not {value}")
    n, k = inputs.count(learners, "learners", least=2), inputs.count(items, "items", least=2)
    tail = (1 - level(confidence)) / 2
    from scipy.special import fdtri

    quantiles = (float(fdtri(n - 1, (n - 1) * (k - 1), p)) for p in (1 - tail, tail))
    low, high = (1 - (1 - value) * f for f in quantiles)
    return low, high


def alpha_if_deleted(scores: ArrayLike, *, missing: str = "refuse") -> tuple[float | None, ...]:
    """Alpha of the lesson without each item; above the lesson's own, the item does harm.

    The formula and source are those of `alpha`, on the other k − 1 items.

    Parameters
    ----------
    scores : array_like, shape (learners, items)
        0..1, at least 3 by 3.
    missing : {"refuse", "zero", "drop"}
        What a NaN means, see `classscores`; with ``"drop"`` a learner with any gap is left out throughout.

    Returns
    -------
    tuple of float or None, one an item
        None where the totals of the other items do not vary.

    Raises
    ------
    ValueError
        As `classscores.answered`, and for fewer than 3 items.
    """
    table, _ = answered(scores, missing, items=3)
    return tuple(_alpha(np.delete(table, j, axis=1)) for j in range(table.shape[1]))


def _alpha(table: Floats) -> float | None:
    k, spread = table.shape[1], float(table.sum(axis=1).var())
    if spread <= FLAT:
        return None
    return min(1.0, float(k / (k - 1) * (1 - table.var(axis=0).sum() / spread)))
