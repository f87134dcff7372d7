"""Decision curves: whether acting on a model does more good than recalling all women or none.

A threshold probability says how many women without cancer one would recall to find one cancer: at
0.02 they are 49. Net benefit counts found cancers and takes off needless recalls at that rate of
exchange, so that it joins discrimination, calibration and the price of a recall in one figure.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from senolab.metrics.estimate import Estimate
from senolab.metrics.inputs import Flags, Floats, count, labels, numbers, probabilities, same_length, share
from senolab.metrics.proportions import EDGE, cases, level, real
from senolab.words import gettext


@dataclass(frozen=True, kw_only=True)
class DecisionCurve:
    """Net benefit over thresholds; arrays of shape (thresholds,), in cancers per woman.

    Attributes
    ----------
    thresholds : array
        Threshold probabilities, rising, strictly between 0 and 1.
    model, low, high : array
        Net benefit of recalling women whose probability reaches the threshold, and its pointwise
        bootstrap band.
    recall_all, recall_none : array
        Net benefit of the two strategies that need no model; the latter is 0.
    standardised : array
        `model` over the prevalence: 1 is to find every cancer without a needless recall.
    interventions_avoided : array
        Needless recalls saved per woman against recalling all, at no loss of cancers found.
    prevalence : float
        Share of cancers the curve holds for.
    confidence : float
        The band's level.
    """

    thresholds: Floats
    model: Floats
    low: Floats
    high: Floats
    recall_all: Floats
    recall_none: Floats
    standardised: Floats
    interventions_avoided: Floats
    prevalence: float
    confidence: float


def decision_curve(
    truth: ArrayLike,
    probability: ArrayLike,
    *,
    thresholds: ArrayLike | None = None,
    prevalence: float | None = None,
    confidence: float = 0.95,
    resamples: int = 999,
    seed: int = 0,
) -> DecisionCurve:
    """Net benefit of a model over thresholds, beside that of recalling all and none.

    Net benefit = sensitivity · π − (1 − specificity) · (1 − π) · t / (1 − t), which for the set's
    own prevalence π is TP/n − FP/n · t / (1 − t).

    Parameters
    ----------
    truth, probability
        Vectors of equal length: 0 or 1 (1: cancer), and predictions from 0 to 1.
    thresholds
        Rising vector strictly between 0 and 1; 0.01 to 0.99 by default.
    prevalence
        That of screening, where the set holds more cancers than screening does; the predictions
        have to be on it too (`shift_prevalence`). The bootstrap then draws within both classes,
        whose sizes were chosen. By default the set's own.
    resamples
        Number of bootstrap samples of cases, at least 100.

    Raises
    ------
    ValueError
        For wrong shapes, NaN, one class only, no cases, or thresholds that do not rise or are not
        strictly between 0 and 1; these and the prevalence must be at least a millionth of a millionth. Also
        for a level that is none, fewer than 100 resamples, and a seed that is no whole number from 0 on.

    Source: Vickers & Elkin 2006, doi:10.1177/0272989X06295361; standardised, and at another
    prevalence: Kerr et al. 2016, doi:10.1200/JCO.2015.65.5654; interventions avoided: Vickers et
    al. 2008, doi:10.1186/1472-6947-8-53.
    """
    flags, predictions = _cases(truth, probability)
    steps = _thresholds(np.arange(1, 100) / 100 if thresholds is None else thresholds)
    confidence = level(confidence)
    rate = _prevalence(flags, prevalence)
    odds = steps / (1 - steps)
    model = _net_benefit(flags, predictions, steps, prevalence)
    band = _band(
        flags, predictions, steps, prevalence, confidence, count(resamples, "resamples", least=100), seed
    )
    recall_all = rate - (1 - rate) * odds
    return DecisionCurve(
        thresholds=steps,
        model=model,
        low=band[0],
        high=band[1],
        recall_all=recall_all,
        recall_none=np.zeros_like(steps),
        standardised=model / rate,
        interventions_avoided=(model - recall_all) / odds,
        prevalence=rate,
        confidence=confidence,
    )


def net_benefit(
    truth: ArrayLike,
    probability: ArrayLike,
    *,
    threshold: float,
    prevalence: float | None = None,
    confidence: float = 0.95,
    resamples: int = 999,
    seed: int = 0,
) -> Estimate:
    """Net benefit at one threshold, in cancers per woman, with its bootstrap interval.

    Formula, arguments and source as in `decision_curve`. Raises ValueError as it does.
    """
    curve = decision_curve(
        truth,
        probability,
        thresholds=[_not_tiny(threshold, "threshold")],
        prevalence=prevalence,
        confidence=confidence,
        resamples=resamples,
        seed=seed,
    )
    value, low, high = float(curve.model[0]), float(curve.low[0]), float(curve.high[0])
    note = gettext("All resamples of the cases give the same figure, so that its interval has no width.")
    return Estimate(
        value=value,
        low=low,
        high=high,
        confidence=curve.confidence,
        method="bootstrap-percentile",
        note=note if low == high else "",
    )


def _cases(truth: ArrayLike, probability: ArrayLike) -> tuple[Flags, Floats]:
    """Check the cases and sort them, so that their order matters to no bootstrap."""
    flags, predictions = labels(truth), probabilities(probability)
    same_length(truth=flags, probability=predictions)
    order = np.lexsort((flags, predictions))
    return flags[order], predictions[order]


def _thresholds(values: ArrayLike) -> Floats:
    steps = numbers(values, "thresholds")
    for step in steps:
        _not_tiny(step, "thresholds")
    if (np.diff(steps) <= 0).any():
        raise ValueError("thresholds must rise")
    return steps


def _prevalence(flags: Flags, prevalence: float | None) -> float:
    return float(flags.mean()) if prevalence is None else _not_tiny(prevalence, "prevalence")


def _not_tiny(value: float, name: str) -> float:
    """Return a number strictly between 0 and 1 that can be divided by."""
    if share(real(value, name), name, ends=False) < EDGE:
        raise ValueError(f"{name} must be at least {EDGE:g} to be computed with, not {value:g}")
    return float(value)


def _net_benefit(flags: Flags, predictions: Floats, steps: Floats, prevalence: float | None) -> Floats:
    """Net benefit at each threshold; with a prevalence, both classes have to occur."""
    reached = np.searchsorted(steps, predictions, side="right")  # how many thresholds a case reaches
    found, false = (_at_least(reached[part], len(steps)) for part in (flags, ~flags))
    if prevalence is None:
        found, false = found / len(flags), false / len(flags)
    else:
        found, false = prevalence * found / flags.sum(), (1 - prevalence) * false / (~flags).sum()
    return found - false * steps / (1 - steps)


def _at_least(reached: NDArray[np.intp], size: int) -> NDArray[np.intp]:
    """How many cases reach each of the thresholds."""
    return np.bincount(reached, minlength=size + 1)[:0:-1].cumsum()[::-1]


def _band(
    flags: Flags,
    predictions: Floats,
    steps: Floats,
    prevalence: float | None,
    confidence: float,
    resamples: int,
    seed: int,
) -> Floats:
    """Pointwise percentile band over resampled cases, of shape (2, thresholds)."""
    rng = np.random.default_rng(cases(seed, "seed"))
    strata = (
        [np.arange(len(flags))] if prevalence is None else [np.flatnonzero(flags), np.flatnonzero(~flags)]
    )
    curves = []
    for _ in range(resamples):
        draw = np.concatenate([part[rng.integers(len(part), size=len(part))] for part in strata])
        curves.append(_net_benefit(flags[draw], predictions[draw], steps, prevalence))
    return np.quantile(curves, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
