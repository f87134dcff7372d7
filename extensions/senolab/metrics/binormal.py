"""The binormal ROC curve of ordinal ratings, by maximum likelihood.

Healthy cases are thought to look normally distributed on a hidden scale, diseased ones normally too but
shifted and wider; the ratings cut the scale. The curve is TPF = Φ(a + b Φ⁻¹(FPF)). It smooths few
categories and reaches beyond the points that were observed. Where the likelihood has no maximum there is no
curve (`fit` refuses), but often still an area towards which it grows (`area`); where not even that, the
empirical curve (`roc`) is to be taken.

References
----------
Dorfman & Alf, Maximum-likelihood estimation of parameters of signal-detection theory and determination of
confidence intervals: rating-method data, J Math Psychol 6:487-496, 1969,
doi:10.1016/0022-2496(69)90019-4.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import integrate, optimize, special, stats

from .estimate import Estimate
from .inputs import Floats, floats, labels, numbers, same_length, share
from .inputs import level as at

MOST_CATEGORIES = 20  # finer ratings are grouped: more cuts cost time and tell nothing more
_FAR = 26.0  # logarithm of a step or ratio so great that a greater one changes nothing
_STARTS = 3  # a search that ends on a slope is begun again where it ended
_SETTLED = 1e-2  # greatest slope of the log-likelihood at its maximum


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
    level, counts = at(confidence), _table(truth, rating)
    end = _end(counts)
    if end is not None:
        raise _undetermined(f"its likelihood has no maximum, and only grows towards an area of {end:.6g}")
    return _fit(counts, level)


def area(truth: ArrayLike, rating: ArrayLike) -> float:
    """Return the area under the binormal curve of greatest likelihood, also where that is never reached.

    Where all operating points lie on the left and upper edges the likelihood grows as the curve bends into
    the corner: the area is 1, and 0 where they lie on the lower and right edges. Where those between the
    edges lie on one horizontal line and the rest on the left and right edges, b runs to 0 and the area to
    the line's height; likewise with a vertical line, b to infinity, and one minus its place. In all other
    cases it is the area of `fit`.

    Parameters
    ----------
    truth, rating : array_like, shape (n_cases,)
        As for `fit`.

    Raises
    ------
    ValueError
        For unequal lengths, NaN, an empty set or one class; where all cases are rated alike, and where a
        single operating point is all there is: curves of many areas go through it.
    """
    counts = _table(truth, rating)
    end = _end(counts)
    return _fit(counts, 0.95).area.value if end is None else end


def _table(truth: ArrayLike, rating: ArrayLike) -> np.ndarray:
    """Return the counts of checked input."""
    flags, ratings = labels(truth), numbers(rating, "rating")
    same_length(truth=flags, rating=ratings)
    return _counts(flags, ratings)


def _fit(counts: np.ndarray, level: float) -> Binormal:
    start, steepest = _start(counts), math.inf
    for _ in range(_STARTS):
        found = optimize.minimize(_misfit, start, (counts,), "BFGS", jac=True, options={"gtol": 1e-8})
        start, steepest = found.x, float(np.abs(found.jac).max())
        if steepest < _SETTLED**3:
            break
    if not steepest < _SETTLED:  # NaN comes here too
        raise _undetermined("the search for the greatest likelihood does not settle")
    a, b, cuts = _unpacked(start)
    covariance = np.asarray(np.linalg.pinv(_information(a, b, cuts, counts))[:2, :2], dtype=np.float64)
    return Binormal(a=a, b=b, cuts=cuts, covariance=covariance, area=_area(a, b, covariance, level))


def categories(rating: ArrayLike) -> NDArray[np.integer]:
    """Return the category of each rating, shape (n_cases,), from 0 for the lowest.

    Each value is one; of more than `MOST_CATEGORIES` values the categories hold about as many cases each.

    Raises
    ------
    ValueError
        As `inputs.numbers`.
    """
    ratings = numbers(rating, "rating")
    values, place = np.unique(ratings, return_inverse=True)
    if len(values) <= MOST_CATEGORIES:
        return place
    edges = np.unique(np.quantile(ratings, np.linspace(0, 1, MOST_CATEGORIES + 1)[1:-1]))
    return np.searchsorted(edges, ratings, "left")


def _counts(diseased: np.ndarray, ratings: Floats) -> np.ndarray:
    """Cases by class (healthy, diseased) and category, shape (2, n_categories)."""
    place = categories(ratings)
    counts = np.array([np.bincount(place[side], minlength=place.max() + 1) for side in (~diseased, diseased)])
    return counts[:, counts.sum(0) > 0]


def _end(counts: np.ndarray) -> float | None:
    """Return the area towards which a likelihood without a maximum grows; None where it has one.

    It has none where a degenerate curve (two edges, or a line across and its two edges) goes through all
    operating points: that curve fits as well as any, and proper ones come ever nearer to it.
    """
    x, y = (np.cumsum(counts[:, ::-1], axis=1) / counts.sum(1, keepdims=True))[:, :-1]
    if x.size and ((x == 0) | (y == 1)).all():
        return 1.0
    if x.size and ((x == 1) | (y == 0)).all():
        return 0.0
    inside = (x > 0) & (x < 1) & (y > 0) & (y < 1)
    across, upright = (inside | (x == 0) | (x == 1)).all(), (inside | (y == 0) | (y == 1)).all()
    if not inside.any() or (across and upright and np.ptp(x[inside]) == np.ptp(y[inside]) == 0):
        raise _undetermined("fewer than two operating points lie between the corners")
    if across and np.ptp(y[inside]) == 0:
        return float(y[inside][0])
    return float(1 - x[inside][0]) if upright and np.ptp(x[inside]) == 0 else None


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
    bounded = np.clip([log_b, *steps], -_FAR, _FAR)
    return float(a), math.exp(bounded[0]), first + np.concatenate([[0.0], np.cumsum(np.exp(bounded[1:]))])


def _misfit(parameters: Floats, counts: np.ndarray) -> tuple[float, Floats]:
    """Negative log-likelihood of the counts, and its slope by each parameter."""
    a, b, cuts = _unpacked(parameters)
    below, above = _edges(a, b, cuts)
    logs = _log_shares(below, above)
    far = [np.exp(np.minimum(stats.norm.logpdf(edge) - logs, _FAR)) for edge in (below, above)]
    healthy, diseased = (counts * far[1])[:, :-1] - (counts * far[0])[:, 1:]
    by_cut = healthy + b * diseased
    by_step = np.cumsum(by_cut[::-1])[::-1] * np.concatenate([[1.0], np.diff(cuts)])
    slope = np.concatenate([[-diseased.sum(), b * (cuts * diseased).sum()], by_step])
    return -float((counts * logs).sum()), -slope


def _log_shares(below: Floats, above: Floats) -> Floats:
    """Return log(Φ(above) − Φ(below)); a difference of tails keeps its digits in the nearer tail."""
    mirrored = below > 0
    below, above = np.where(mirrored, -above, below), np.where(mirrored, -below, above)
    top = special.log_ndtr(above)
    with np.errstate(divide="ignore"):  # a category that two equal cuts leave empty
        return np.maximum(top + np.log1p(-np.exp(special.log_ndtr(below) - top)), -1e6)


def _edges(a: float, b: float, cuts: Floats) -> tuple[Floats, Floats]:
    """Return where each category begins and ends, in standard deviations of its class, shapes (2, n)."""
    whole = np.concatenate([[-np.inf], cuts, [np.inf]])
    both = np.array([whole, b * whole - a])
    return both[:, :-1], both[:, 1:]


def _information(a: float, b: float, cuts: Floats, counts: np.ndarray) -> Floats:
    """Return the expected information of (a, b, cuts)."""
    density = stats.norm.pdf(b * cuts - a)
    slopes = np.zeros((2, 2 + len(cuts), len(cuts)))  # class, parameter, cut: derivative of the share below
    slopes[0, 2:] = np.diag(stats.norm.pdf(cuts))
    slopes[1] = np.vstack([-density, cuts * density, np.diag(b * density)])
    change = np.diff(np.pad(slopes, ((0, 0), (0, 0), (1, 1))), axis=2)
    below, above = _edges(a, b, cuts)
    shares = np.maximum(stats.norm.cdf(above) - stats.norm.cdf(below), 1e-12)
    weighted = change * (counts.sum(1, keepdims=True) / shares)[:, None, :]
    return np.einsum("spk,sqk->pq", weighted, change)


def _area(a: float, b: float, covariance: Floats, level: float) -> Estimate:
    """Area with its interval, by the delta method on the probit scale."""
    scale = math.sqrt(1 + b * b)
    probit = a / scale
    slope = np.array([1 / scale, -a * b / scale**3])
    half = float(stats.norm.ppf(0.5 + level / 2)) * math.sqrt(max(float(slope @ covariance @ slope), 0.0))
    value, low, high = (float(stats.norm.cdf(t)) for t in (probit, probit - half, probit + half))
    return Estimate(value=value, low=low, high=high, confidence=level, method="binormal")
