"""The binormal ROC curve of ordinal ratings, by maximum likelihood.

Healthy cases are thought to look normally distributed on a hidden scale, diseased ones normally too but
shifted and wider; the ratings cut the scale. The curve is TPF = Φ(a + b Φ⁻¹(FPF)). It smooths few
categories and reaches beyond the points that were observed; where the ratings do not determine it, it is
refused, and the empirical curve (`roc`) is to be taken.

References
----------
Dorfman & Alf, Maximum-likelihood estimation of parameters of signal-detection theory and determination of
confidence intervals: rating-method data, J Math Psychol 6:487-496, 1969,
doi:10.1016/0022-2496(69)90019-4.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import integrate, optimize, stats

from .estimate import Estimate
from .inputs import Floats, floats, labels, numbers, same_length, share
from .inputs import level as at

MOST_CATEGORIES = 20  # finer ratings are grouped: more cuts cost time and tell nothing more
_UNBOUNDED = 25.0  # a parameter beyond it runs away: the likelihood has no maximum


@dataclass(frozen=True, eq=False, kw_only=True)
class Binormal:
    """A fitted curve.

    Attributes
    ----------
    a, b : float
        Distance of the means in units of the diseased cases' standard deviation; ratio of the standard
        deviations, healthy over diseased.
    cuts : ndarray, shape (n_categories - 1,)
        Where the categories are cut, in standard deviations of the healthy cases.
    covariance : ndarray, shape (2, 2)
        Of a and b, from the expected information.
    area : Estimate
        Φ(a / √(1 + b²)), its interval by the delta method on the probit scale.
    """

    a: float
    b: float
    cuts: Floats
    covariance: Floats
    area: Estimate

    def sensitivity(self, false_positive_fraction: ArrayLike) -> Floats:
        """Return the curve's height, Φ(a + b Φ⁻¹(x)), at false-positive fractions x.

        Parameters
        ----------
        false_positive_fraction : array_like
            From 0 to 1, in any shape; a single one too.

        Returns
        -------
        ndarray
            True-positive fractions in the same shape.

        Raises
        ------
        ValueError
            For a fraction outside 0 to 1, NaN, and none at all.
        """
        x = floats(false_positive_fraction, "false_positive_fraction")
        if not x.size or not ((x >= 0) & (x <= 1)).all():  # NaN comes here too
            raise ValueError("false_positive_fraction must lie between 0 and 1")
        return stats.norm.cdf(self.a + self.b * stats.norm.ppf(x))

    def partial_area(self, most_false: float) -> float:
        """Return the area under the curve up to a false-positive fraction e.

        ∫₀ᵉ Φ(a + b Φ⁻¹(x)) dx by quadrature, from 0 to e, not standardised (`roc.partial_auc` tells how).

        Raises
        ------
        ValueError
            For an end outside 0 to 1.
        """
        end = share(most_false, "most_false")
        return float(integrate.quad(lambda x: float(self.sensitivity(x)), 0, end, limit=200)[0])


def fit(truth: ArrayLike, rating: ArrayLike, *, confidence: float = 0.95) -> Binormal:
    """Fit a binormal curve.

    Parameters
    ----------
    truth : array_like, shape (n_cases,)
        1 for diseased, 0 for not.
    rating : array_like, shape (n_cases,)
        Higher is more suspicious; more than `MOST_CATEGORIES` different values are grouped.
    confidence : float
        Level of the area's interval.

    Raises
    ------
    ValueError
        For unequal lengths, NaN, an empty set or one class, and where the ratings do not determine a
        curve: fewer than two operating points between the corners, or a likelihood without a maximum.
    """
    level, flags = at(confidence), labels(truth)
    ratings = numbers(rating, "rating")
    same_length(truth=flags, rating=ratings)
    counts = _counts(flags, ratings)
    _determined(counts)
    found = optimize.minimize(_misfit, _start(counts), args=(counts,), method="BFGS", options={"gtol": 1e-7})
    a, b, cuts = _unpacked(found.x)
    if max(abs(a), abs(math.log(b)), *abs(cuts)) > _UNBOUNDED or not np.isfinite(found.fun):
        raise _undetermined("the likelihood has no maximum, since the classes hardly overlap")
    covariance = np.asarray(np.linalg.pinv(_information(a, b, cuts, counts))[:2, :2], dtype=np.float64)
    return Binormal(a=a, b=b, cuts=cuts, covariance=covariance, area=_area(a, b, covariance, level))


def _counts(diseased: np.ndarray, ratings: Floats) -> np.ndarray:
    """Cases by class (healthy, diseased) and category, shape (2, n_categories)."""
    values = np.unique(ratings)
    if len(values) > MOST_CATEGORIES:
        edges = np.unique(np.quantile(ratings, np.linspace(0, 1, MOST_CATEGORIES + 1)[1:-1]))
        place = np.searchsorted(edges, ratings, "left")
    else:
        place = np.searchsorted(values, ratings)
    counts = np.array([np.bincount(place[side], minlength=place.max() + 1) for side in (~diseased, diseased)])
    return counts[:, counts.sum(0) > 0]


def _determined(counts: np.ndarray) -> None:
    """Refuse ratings with fewer than two operating points inside the unit square: a line needs two."""
    shares = (np.cumsum(counts, axis=1) / counts.sum(1, keepdims=True))[:, :-1]
    inside = shares[:, ((shares > 0) & (shares < 1)).all(0)]
    if np.unique(inside, axis=1).shape[1] < 2:
        raise _undetermined("fewer than two operating points lie between the corners")


def _undetermined(why: str) -> ValueError:
    return ValueError(f"the ratings do not determine a binormal curve: {why}; take the empirical area")


def _start(counts: np.ndarray) -> Floats:
    """Parameters by a line through the probits of the operating points."""
    shares = (np.cumsum(counts, axis=1)[:, :-1] + 0.5) / (counts.sum(1, keepdims=True) + 1)
    healthy, diseased = stats.norm.ppf(shares)
    slope = np.clip(np.std(diseased) / max(np.std(healthy), 1e-6), 0.2, 5)
    a = slope * healthy.mean() - diseased.mean()
    steps = np.log(np.maximum(np.diff(healthy), 1e-2))
    return np.concatenate([[a, math.log(slope), healthy[0]], steps])


def _unpacked(parameters: Floats) -> tuple[float, float, Floats]:
    a, log_b, first, *steps = parameters
    bounded = np.clip([log_b, *steps], -_UNBOUNDED - 1, _UNBOUNDED + 1)
    return float(a), math.exp(bounded[0]), first + np.concatenate([[0.0], np.cumsum(np.exp(bounded[1:]))])


def _misfit(parameters: Floats, counts: np.ndarray) -> float:
    """Negative log-likelihood of the counts."""
    share_of = np.maximum(_shares(*_unpacked(parameters)), 1e-300)
    return -float((counts * np.log(share_of)).sum())


def _shares(a: float, b: float, cuts: Floats) -> Floats:
    """Return the expected share of each category, shape (2, n_categories)."""
    below = np.array([stats.norm.cdf(cuts), stats.norm.cdf(b * cuts - a)])
    return np.diff(np.pad(below, ((0, 0), (1, 1)), constant_values=((0, 0), (0, 1))), axis=1)


def _information(a: float, b: float, cuts: Floats, counts: np.ndarray) -> Floats:
    """Return the expected information of (a, b, cuts)."""
    density = stats.norm.pdf(b * cuts - a)
    slopes = np.zeros((2, 2 + len(cuts), len(cuts)))  # class, parameter, cut: derivative of the share below
    slopes[0, 2:] = np.diag(stats.norm.pdf(cuts))
    slopes[1] = np.vstack([-density, cuts * density, np.diag(b * density)])
    change = np.diff(np.pad(slopes, ((0, 0), (0, 0), (1, 1))), axis=2)
    weighted = change * (counts.sum(1, keepdims=True) / np.maximum(_shares(a, b, cuts), 1e-12))[:, None, :]
    return np.einsum("spk,sqk->pq", weighted, change)


def _area(a: float, b: float, covariance: Floats, level: float) -> Estimate:
    """Area with its interval, by the delta method on the probit scale."""
    scale = math.sqrt(1 + b * b)
    probit = a / scale
    slope = np.array([1 / scale, -a * b / scale**3])
    half = float(stats.norm.ppf(0.5 + level / 2)) * math.sqrt(max(float(slope @ covariance @ slope), 0.0))
    value, low, high = (float(stats.norm.cdf(t)) for t in (probit, probit - half, probit + half))
    return Estimate(value=value, low=low, high=high, confidence=level, method="binormal")
