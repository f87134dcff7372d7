"""The ROC of one reader or one model: empirical curve, area with an interval that holds, paired test.

The area is the Mann-Whitney statistic, ties counting one half, which is the trapezoid under the
empirical curve. Its variance is DeLong's. A plain interval (value ± 1.96 standard errors) of a small
set leaves the range 0 to 1 and covers too little, so the interval is made on the logit scale, and
near 0 and 1, where the logit fails too, by a named fallback (see `area.auc_interval`).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from senolab.words import gettext

from .area import ROUNDING, auc_interval, model_variance
from .estimate import Estimate
from .inputs import Floats, classes, count, floats, labels, numbers
from .inputs import level as at

_HELD = 1_000_000  # ratings exchanged at once, to spare memory


@dataclass(frozen=True)
class Curve:
    """An operating characteristic: points from strict to lax, both axes from 0 upwards.

    Attributes
    ----------
    x, y : ndarray, shape (n_points,)
        E.g. false-positive and true-positive fraction.
    threshold : ndarray, shape (n_points,)
        Call a case from this rating on; +∞ at the first point, where none is called.
    """

    x: Floats
    y: Floats
    threshold: Floats


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two ratings of the same cases: both areas, their difference (a − b), and the test of no difference."""

    a: Estimate
    b: Estimate
    difference: Estimate
    z: float
    p: float


def auc(truth: ArrayLike, rating: ArrayLike) -> float:
    """Area under the empirical ROC curve.

    Parameters
    ----------
    truth : array_like, shape (n_cases,)
        1 for diseased, 0 for not.
    rating : array_like, shape (n_cases,)
        Higher is more suspicious; any unit.

    Returns
    -------
    float
        (1/mn) ΣΣ ψ(x, y) with ψ = 1, ½, 0 for x <, =, > y over the m healthy and n diseased.

    Raises
    ------
    ValueError
        For unequal lengths, NaN, an empty set or one class only.

    References
    ----------
    Bamber, The area above the ordinal dominance graph and the area below the receiver operating
    characteristic graph, J Math Psychol 12:387-415, 1975, doi:10.1016/0022-2496(75)90001-2.
    """
    healthy, diseased = classes(truth, rating)
    return float(placements(healthy, diseased)[1].mean())


def placements(healthy: Floats, diseased: Floats) -> tuple[Floats, Floats]:
    """Structural components of the area: for each case the share of the other class it is ordered right with.

    Parameters
    ----------
    healthy, diseased : ndarray, shapes (m,) and (n,)

    Returns
    -------
    v01 : ndarray, shape (m,)
        For each healthy case the share of diseased ones rated higher (ties ½).
    v10 : ndarray, shape (n,)
        For each diseased case the share of healthy ones rated lower (ties ½).

    Raises
    ------
    ValueError
        For an empty class and for ratings that are no numbers; −∞ is the rating of an unmarked case.

    References
    ----------
    DeLong, DeLong & Clarke-Pearson, Comparing the areas under two or more correlated receiver operating
    characteristic curves, Biometrics 44:837-845, 1988, doi:10.2307/2531595; by ranks in n log n steps.
    """
    healthy, diseased = rated(healthy, diseased)
    low, high = np.sort(healthy), np.sort(diseased)
    v10 = (np.searchsorted(low, diseased, "left") + np.searchsorted(low, diseased, "right")) / (2 * len(low))
    v01 = (np.searchsorted(high, healthy, "left") + np.searchsorted(high, healthy, "right")) / (2 * len(high))
    return 1 - v01, v10


def delong_variance(truth: ArrayLike, rating: ArrayLike) -> float:
    """Variance of the empirical area, S₀₁/m + S₁₀/n, by the variances S of the `placements` of each class.

    Parameters
    ----------
    truth, rating : array_like, shape (n_cases,)
        As for `auc`; at least two cases of each class.

    Raises
    ------
    ValueError
        As `auc`, and for one case of a class only.

    Source: DeLong et al. 1988, doi:10.2307/2531595.
    """
    healthy, diseased = classes(truth, rating, least=2)
    v01, v10 = placements(healthy, diseased)
    return float(v01.var(ddof=1) / len(v01) + v10.var(ddof=1) / len(v10))


def delong(truth: ArrayLike, rating: ArrayLike, *, confidence: float = 0.95) -> Estimate:
    """Area with its interval: DeLong's variance on the logit scale, with the fallback of `auc_interval`.

    Parameters
    ----------
    truth, rating : array_like, shape (n_cases,)
        As for `auc`; at least two cases of each class.
    confidence : float
        Level of the interval.

    Raises
    ------
    ValueError
        As `auc`, and for one case of a class only.

    Source: DeLong et al. 1988, doi:10.2307/2531595; of the interval see `auc_interval`.
    """
    healthy, diseased = classes(truth, rating, least=2)
    return auc_interval(
        auc(truth, rating),
        delong_variance(truth, rating),
        healthy=len(healthy),
        diseased=len(diseased),
        confidence=confidence,
    )


def paired_delong(
    truth: ArrayLike, rating_a: ArrayLike, rating_b: ArrayLike, *, confidence: float = 0.95
) -> Comparison:
    """Compare two ratings of the same cases: with and without AI, old and new version.

    z = (A₁ − A₂)/√V and p = 2 Φ(−|z|), with V = var(v₀₁₁ − v₀₁₂)/m + var(v₁₀₁ − v₁₀₂)/n of the differences of
    both ratings' `placements` v over the m healthy and n diseased; the interval is A₁ − A₂ ± z_c √V.

    Parameters
    ----------
    truth, rating_a, rating_b : array_like, shape (n_cases,)
        As for `delong`; so is `confidence`, the level of the intervals.

    Returns
    -------
    Comparison
        `difference` is area a − area b with a normal interval, cut at −1 and 1. Where the estimated variance
        is 0, that of two independent readers stands in for it, which is larger, or that by which an exchange
        of the ratings (`exchange_p`) gives the same p, where that is larger still; a note tells so.

    Raises
    ------
    ValueError
        As `delong`, for either rating.

    Source: DeLong et al. 1988, doi:10.2307/2531595.
    """
    level = at(confidence)
    a, b = classes(truth, rating_a, "rating_a", least=2), classes(truth, rating_b, "rating_b", least=2)
    va, vb = placements(*a), placements(*b)
    variance = sum(float((one - two).var(ddof=1)) / len(one) for one, two in zip(va, vb, strict=True))
    gap, note = float(va[1].mean() - vb[1].mean()), ""
    if variance <= ROUNDING:
        note = gettext(
            "The ratings differ in no case, or in all alike; the test rests on a model of their variance."
        )
        variance = sum(model_variance(float(v[1].mean()), len(v[0]), len(v[1])) for v in (va, vb))
        exchanged = stats.norm.isf(exchange_p(truth, rating_a, rating_b) / 2)
        variance = max(variance, (gap / max(float(exchanged), 1e-3)) ** 2)
    half, z = float(stats.norm.ppf(0.5 + level / 2)) * math.sqrt(variance), gap / math.sqrt(variance)
    difference = Estimate(
        value=gap,
        low=max(gap - half, -1.0),
        high=min(gap + half, 1.0),
        confidence=level,
        method="delong",
        note=note,
    )
    return Comparison(
        a=delong(truth, rating_a, confidence=level),
        b=delong(truth, rating_b, confidence=level),
        difference=difference,
        z=z,
        p=float(2 * stats.norm.sf(abs(z))),
    )


def exchange_p(truth: ArrayLike, rating_a: ArrayLike, rating_b: ArrayLike, *, seed: int = 0) -> float:
    """Two-sided p value of the difference of two areas if either rating of a case might be the other's.

    Exact up to 13 cases, else by 9,999 random exchanges. The ratings count by their ranks, so that two
    scales can be exchanged. Its hypothesis is that both curves are the same.

    References
    ----------
    Bandos, Rockette & Gur, A permutation test sensitive to differences in areas for comparing ROC curves
    from a paired design, Stat Med 24:2873-2893, 2005, doi:10.1002/sim.2149.

    Raises
    ------
    ValueError
        As `auc`, for either rating.
    """
    for rating, name in ((rating_a, "rating_a"), (rating_b, "rating_b")):
        classes(truth, rating, name)  # refuses what cannot be compared
    diseased = labels(truth)
    rng = np.random.default_rng(count(seed, "seed"))

    def gap(a: Floats, b: Floats, axis: int = -1) -> Floats:
        # Areas differ as the sums of the diseased cases' ranks do.
        return np.asarray(
            (stats.rankdata(a, axis=axis) - stats.rankdata(b, axis=axis))[..., diseased].sum(-1)
        )

    ranks = [stats.rankdata(rating) for rating in (rating_a, rating_b)]
    if gap(*ranks) == 0:  # no exchange makes the areas more alike
        return 1.0
    found = stats.permutation_test(
        ranks,
        gap,
        permutation_type="samples",
        n_resamples=9999,
        batch=max(1, _HELD // len(diseased)),
        vectorized=True,
        rng=rng,
    )
    return float(found.pvalue)


def curve(truth: ArrayLike, rating: ArrayLike) -> Curve:
    """Empirical ROC curve: false-positive against true-positive fraction, from (0, 0) to (1, 1).

    Parameters
    ----------
    truth, rating : array_like, shape (n_cases,)
        As for `auc`.

    Returns
    -------
    Curve
        With arrays of shape (n_ratings + 1,), from strict to lax: #{x ≥ t}/m and #{y ≥ t}/n of the m healthy
        and n diseased at each different rating t, after a first point that calls nobody.

    Raises
    ------
    ValueError
        As `auc`.

    Source: Metz 1978, doi:10.1016/S0001-2998(78)80014-2.
    """
    healthy, diseased = classes(truth, rating)
    steps = np.unique(np.concatenate([healthy, diseased]))[::-1]
    threshold = np.concatenate([[np.inf], steps])
    return Curve(shares_from(healthy, threshold), shares_from(diseased, threshold), threshold)


def rated(healthy: ArrayLike, diseased: ArrayLike) -> tuple[Floats, Floats]:
    """Return two sets of ratings as arrays, −∞ for an unmarked case; refuses empty ones and NaN."""
    return numbers(healthy, "healthy", unmarked=True), numbers(diseased, "diseased", unmarked=True)


def shares_from(ratings: Floats, threshold: Floats) -> Floats:
    """Return the share of ratings from each threshold on, shape (n_thresholds,).

    Raises ValueError for ratings as `rated` does, and for a threshold that is NaN or no number.
    """
    ordered, threshold = np.sort(numbers(ratings, "ratings", unmarked=True)), floats(threshold, "threshold")
    if np.isnan(threshold).any():
        raise ValueError("threshold holds nan; only numbers can be thresholds")
    return 1 - np.searchsorted(ordered, threshold, "left") / len(ordered)
