"""Calibration: whether cancers occur as often as a model's probabilities say.

Discrimination (the area under the ROC curve) does not see a model whose probabilities are all
doubled; these measures do. Throughout, `truth` is a vector of 0 and 1 (1: cancer) and `probability`
one of the same length with predictions from 0 to 1. Wrong shapes, NaN, one class only, no cases and
unknown options are refused by a `ValueError`; the order of the cases never matters, seed or not.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from senolab.metrics.estimate import Estimate
from senolab.metrics.inputs import Flags, Floats, count, labels, level, one_of, probabilities, same_length
from senolab.metrics.proportions import real
from senolab.words import gettext

Binning = Literal["equal-mass", "equal-width"]
Cases = tuple[Flags, Floats]
Measure = Callable[[Flags, Floats], Floats]
MOST_BINS = 1_000_000


@dataclass(frozen=True, kw_only=True)
class ReliabilityBin:
    """Cases of like predictions: their mean prediction and observed rate (0..1), their number."""

    mean_prediction: float
    observed: Estimate
    count: int


@dataclass(frozen=True, kw_only=True)
class BrierParts:
    """Murphy's parts of a Brier score: `binned` = reliability - resolution + uncertainty, exactly.

    Attributes
    ----------
    reliability : float
        Mean squared distance of the bins' predictions from their observed rates; 0 is best.
    resolution : float
        Mean squared distance of the bins' observed rates from the overall rate; more is better.
    uncertainty : float
        Variance of the truth, which no model changes.
    within : float
        What the bins hide: the Brier score of the cases is `binned` + `within`.
    """

    reliability: float
    resolution: float
    uncertainty: float
    within: float

    @property
    def binned(self) -> float:
        """The Brier score of the bins' mean predictions."""
        return self.reliability - self.resolution + self.uncertainty


@dataclass(frozen=True, kw_only=True)
class CurveDistance:
    """Distance of predictions from the flexible curve: mean (ICI), median (E50), 90th centile (E90)."""

    ici: Estimate
    e50: Estimate
    e90: Estimate


def reliability_curve(
    truth: ArrayLike,
    probability: ArrayLike,
    *,
    bins: int = 10,
    binning: Binning = "equal-mass",
    confidence: float = 0.95,
) -> tuple[ReliabilityBin, ...]:
    """Group cases by prediction and give each group's observed rate its Wilson interval.

    Parameters
    ----------
    truth, probability : array_like, shape (n_cases,)
        As for `checked`.
    bins
        Largest number of bins; empty ones are left out.
    binning
        ``"equal-mass"``: as many cases in each, but cases of equal prediction stay together.
        ``"equal-width"``: equal parts of 0..1, closed on the left, the last one on both sides.

    Raises
    ------
    ValueError
        As `checked`, for a number of bins that is no whole number from 1 to `MOST_BINS`, an unknown
        binning, and a level that is none.

    Source: DeGroot & Fienberg 1983, doi:10.2307/2987588; the intervals: Wilson 1927,
    doi:10.1080/01621459.1927.10502953.
    """
    from scipy.stats import binomtest

    flags, predictions = checked(truth, probability)
    confidence = level(confidence)
    curve = []
    for total, mean, found in zip(*_bins(flags, predictions, bins, binning), strict=True):
        interval = binomtest(int(found), int(total)).proportion_ci(confidence, method="wilson")
        low, high = float(interval.low), float(interval.high)
        rate = Estimate(
            value=float(found / total), low=low, high=high, confidence=confidence, method="wilson"
        )
        curve.append(ReliabilityBin(mean_prediction=float(mean), observed=rate, count=int(total)))
    return tuple(curve)


def brier_score(
    truth: ArrayLike, probability: ArrayLike, *, confidence: float = 0.95, resamples: int = 999, seed: int = 0
) -> Estimate:
    """Mean squared distance of predictions from the truth, Σ(p − y)²/n, with a bootstrap interval by case.

    Raises
    ------
    ValueError
        As `checked`, for a level that is none, fewer than 100 resamples, and a seed that is no whole number
        from 0 on.

    Source: Brier 1950, doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2 (for two classes his
    score is twice this one, which is the form in use).
    """

    def score(cases: Flags, given: Floats) -> Floats:
        return np.array([float(np.mean((given - cases) ** 2))])

    return _bootstrap(score, checked(truth, probability), confidence, resamples, seed)[0]


def brier_parts(
    truth: ArrayLike, probability: ArrayLike, *, bins: int = 10, binning: Binning = "equal-mass"
) -> BrierParts:
    """Split the Brier score into reliability, resolution and uncertainty over the bins.

    Σ nₖ(p̄ₖ − ōₖ)²/n, Σ nₖ(ōₖ − ō)²/n and ō(1 − ō), bin k holding nₖ of n cases with mean prediction p̄ₖ
    and observed rate ōₖ, ō being the rate of all. Bins as in `reliability_curve`.

    Raises
    ------
    ValueError
        As `checked`, for a number of bins that is none, and an unknown binning.

    Source: Murphy 1973, doi:10.1175/1520-0450(1973)012<0595:ANVPOT>2.0.CO;2; for what the bins
    hide, Stephenson et al. 2008, doi:10.1175/2007WAF2006116.1.
    """
    flags, predictions = checked(truth, probability)
    total, given, found = _bins(flags, predictions, bins, binning)
    mass, seen = total / len(flags), found / total
    rate = float(flags.mean())
    whole = float(np.mean((predictions - flags) ** 2))
    return BrierParts(
        reliability=float(mass @ (given - seen) ** 2),
        resolution=float(mass @ (seen - rate) ** 2),
        uncertainty=rate * (1 - rate),
        within=whole - float(mass @ ((given - seen) ** 2 + seen * (1 - seen))),
    )


def expected_calibration_error(
    truth: ArrayLike,
    probability: ArrayLike,
    *,
    bins: int = 10,
    binning: Binning = "equal-mass",
    confidence: float = 0.95,
    resamples: int = 999,
    seed: int = 0,
) -> Estimate:
    """Mean distance of the bins' predictions from their observed rates, weighted by cases (ECE).

    Σ nₖ|p̄ₖ − ōₖ|/n, in the terms of `brier_parts`, from 0 to 1.

    It depends on the bins: tell it with both binnings. It is never negative, so that even a well
    calibrated model has one above 0, the more so the fewer cases there are in a bin. The interval
    is made as in `curve_distance`. Raises ValueError as `brier_score` and `brier_parts`.

    Source: Naeini et al. 2015, doi:10.1609/aaai.v29i1.9602.
    """

    def error(cases: Flags, given: Floats) -> Floats:
        total, mean, found = _bins(cases, given, bins, binning)
        return np.array([np.abs(total * mean - found).sum() / len(cases)])

    return _bootstrap(error, checked(truth, probability), confidence, resamples, seed, reflect=True)[0]


def flexible_curve(truth: ArrayLike, probability: ArrayLike) -> Floats:
    """Observed rate at each case's prediction by local linear regression (lowess), without bins.

    Span 2/3, no robustness steps and interpolation within 1 % of the range, as rms::val.prob calls
    ``lowess(p, y, iter=0)``. A local line may leave 0..1 by a little. The rates have the shape and order of
    `probability`. Raises ValueError as `checked`.

    Source: Cleveland 1979, doi:10.1080/01621459.1979.10481038.
    """
    return _lowess(*checked(truth, probability))


def curve_distance(
    truth: ArrayLike, probability: ArrayLike, *, confidence: float = 0.95, resamples: int = 499, seed: int = 0
) -> CurveDistance:
    """Distances of predictions from the flexible curve: ICI, E50 and E90, in units of probability.

    Austin & Steyerberg's curve is R's loess, local parabolas at span 3/4; this one is `flexible_curve`,
    Cleveland's lowess with local lines at span 2/3, as the mean distance (Eavg) of rms::val.prob. The two
    differ on the same cases, the more so the fewer there are; name the curve beside the figure.

    A distance is never negative and grows with every resampling, so that a percentile bootstrap by
    case lies too high: its lower end is reflected at the estimate. In simulated sets of 200 and 800
    cases this interval held the ICI of a miscalibrated model in 92 to 96 %; that of a perfect one,
    0, it left out in a fifth, so that a lower end near 0 proves nothing. Raises ValueError as `brier_score`.

    Source: Austin & Steyerberg 2019, doi:10.1002/sim.8281.
    """

    def distances(cases: Flags, given: Floats) -> Floats:
        away = np.abs(_lowess(cases, given) - given)
        return np.array([away.mean(), *np.quantile(away, [0.5, 0.9])])

    three = _bootstrap(distances, checked(truth, probability), confidence, resamples, seed, reflect=True)
    return CurveDistance(ici=three[0], e50=three[1], e90=three[2])


def checked(truth: ArrayLike, probability: ArrayLike) -> Cases:
    """Return truth (as booleans) and predictions, each of shape (cases,), of both classes.

    Raises ValueError for anything but 0 and 1, one class only, predictions outside 0..1, NaN, no cases,
    other shapes and unequal lengths.
    """
    flags, predictions = labels(truth), probabilities(probability)
    same_length(truth=flags, probability=predictions)
    return flags, predictions


def _bins(flags: Flags, predictions: Floats, bins: int, binning: str) -> tuple[Floats, Floats, Floats]:
    """Cases, mean prediction and cancers of each bin that is not empty."""
    from scipy.stats import rankdata

    if real(bins, "bins") > MOST_BINS:
        raise ValueError(f"bins must be at most {MOST_BINS:,}, so many cannot be told apart")
    number = count(bins, "bins", least=1)
    one_of(binning, get_args(Binning), "binning")
    if binning == "equal-mass":  # the mean rank keeps cases of equal prediction together
        bin_of = ((rankdata(predictions) - 0.5) * number / len(predictions)).astype(int)
    else:
        bin_of = np.searchsorted(np.arange(1, number) / number, predictions, side="right")
    _, place, total = np.unique(bin_of, return_inverse=True, return_counts=True)
    mean, found = np.bincount(place, predictions) / total, np.bincount(place, flags)
    return total.astype(float), mean, found.astype(float)


def _lowess(flags: Flags, predictions: Floats) -> Floats:
    from statsmodels.nonparametric.smoothers_lowess import lowess

    _, first, times = np.unique(predictions, return_inverse=True, return_counts=True)
    heavy = times >= int(2 / 3 * len(flags) + 1e-10)  # a window of one value, where a line has no slope
    delta = 0.0 if heavy.any() else 0.01 * float(np.ptp(predictions))
    with np.errstate(invalid="ignore"):
        curve = lowess(flags.astype(float), predictions, frac=2 / 3, it=0, delta=delta, return_sorted=False)
    rates = np.bincount(first, flags) / times
    return np.where(heavy[first], rates[first], curve)


def _bootstrap(
    measure: Measure, cases: Cases, confidence: float, resamples: int, seed: int, *, reflect: bool = False
) -> list[Estimate]:
    """Give each of a measure's figures its interval over resampled cases."""
    confidence = level(confidence)
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    order = np.lexsort(cases)
    flags, predictions = cases[0][order], cases[1][order]
    values = measure(flags, predictions)
    real(seed, "seed")
    rng, size = np.random.default_rng(count(seed, "seed")), len(flags)
    draws = (rng.integers(size, size=size) for _ in range(count(resamples, "resamples", least=100)))
    low, high = np.quantile([measure(flags[draw], predictions[draw]) for draw in draws], tails, axis=0)
    if reflect:
        low, high = np.clip(np.minimum(low, 2 * values - high), 0, values), np.maximum(high, values)
    method = "bootstrap-reflected" if reflect else "bootstrap-percentile"
    same = gettext("All resamples of the cases give the same figure, so that its interval has no width.")
    return [
        Estimate(value=v, low=a, high=b, confidence=confidence, method=method, note=same * (a == b))
        for v, a, b in zip(values.tolist(), low.tolist(), high.tolist(), strict=True)
    ]
