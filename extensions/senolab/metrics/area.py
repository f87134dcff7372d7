"""The interval of an area under an operating characteristic, from its variance and the numbers of cases."""

import math

from scipy import stats

from senolab.words import gettext

from .estimate import Estimate
from .inputs import count, number, share
from .inputs import level as at

STEEP = (0.85, 0.95)  # from here on the logit interval needs help, and from there on in full
ROUNDING = 1e-15  # of a variance that is 0
LARGEST_WEIGHT, CASES_BY_WEIGHT = 0.4, 165  # of the model there


def auc_interval(
    value: float, variance: float, *, healthy: int, diseased: int, confidence: float = 0.95
) -> Estimate:
    """Interval of an area, from its variance and the numbers of cases.

    With θ the area, V its variance, m healthy and n diseased cases and z the two-sided normal quantile:

    - ``"logit"``: logit θ ± z √V / (θ(1 − θ)), which keeps it between 0 and 1 and covers 93 to 97 % for areas
      up to .90 with few cases, where a plain interval does not.
    - ``"logit-shrunken"`` beyond .85 (or below .15): few errors make the variance estimate too small, so
      (1 − w)V + wM takes its place, M being `model_variance` at θ. With t = max(θ, 1 − θ) and the errors
      e = (1 − t) min(m, n), the weight is w = s · min(0.4, (m + n)/165) / (1 + (e/10)²), where s rises in a
      straight line from 0 at t = .85 to 1 at t = .95 and stays there. These constants are the house's own,
      found by simulation: beyond .90 it covers 93 to 98 % on the scales of tests/bench/test_coverage.py, and
      down to 91 % on scales that leave most levels to a few cases.
    - ``"score"`` where the estimated variance is 0, or the area 0 or 1 (every pair ordered right, or none):
      the areas t with |θ − t| ≤ z √M(t), which the observed one would not contradict; never the empty
      interval (1 to 1).

    Parameters
    ----------
    value : float
        The area, 0 to 1.
    variance : float
        Its estimated variance, 0 or more.
    healthy, diseased : int
        Numbers of cases, at least 1 each.
    confidence : float
        Level of the interval.

    Returns
    -------
    Estimate
        `method` is one of the three names.

    Raises
    ------
    ValueError
        For an area outside 0 to 1, a variance below 0, numbers of cases that are none, a level that is none
        (`inputs.level`), and NaN or text in place of any.

    References
    ----------
    Hanley & McNeil, The meaning and use of the area under a ROC curve, Radiology 143:29-36, 1982,
    doi:10.1148/radiology.143.1.7063747 (the model's variance). Newcombe, Confidence intervals for an effect
    size measure based on the Mann-Whitney statistic, part 2, Stat Med 25:559-573, 2006, doi:10.1002/sim.2324
    (the score interval, method 5). Pepe, The Statistical Evaluation of Medical Tests, 2003, section 5.2.
    """
    level, variance = at(confidence), number(variance, "variance")
    if variance < 0:
        raise ValueError(f"variance must be 0 or more, not {variance:g}")
    value, z = share(value, "the area"), float(stats.norm.ppf(0.5 + level / 2))
    m, n = count(healthy, "healthy", least=1), count(diseased, "diseased", least=1)
    if variance <= ROUNDING or value in (0.0, 1.0):
        low, high = _score(value, m, n, z)
        note = gettext("The ratings show no variation between cases; the interval rests on a model of it.")
        return Estimate(value=value, low=low, high=high, confidence=level, method="score", note=note)
    method = "logit"
    if max(value, 1 - value) > STEEP[0]:
        method, variance = "logit-shrunken", _shrunken(value, variance, m, n)
    half = z * math.sqrt(variance) / (value * (1 - value))
    centre = math.log(value / (1 - value))
    low, high = (1 / (1 + math.exp(-min(max(t, -700), 700))) for t in (centre - half, centre + half))
    return Estimate(value=value, low=low, high=high, confidence=level, method=method)


def _shrunken(value: float, variance: float, m: int, n: int) -> float:
    """Draw a variance towards the model's, the less so the more pairs are in the wrong order.

    The weights were found by simulation: with them 95 % intervals of areas up to .90 cover 93 to 97 %, and
    of larger ones 93 to 98 %, at 15+15, 40+20 and 100+50 cases, on the scales of five levels that
    tests/bench/test_coverage.py lists. Scales that leave most levels to a few cases may fall outside: 97.3 %
    was met at .90 (15+15), and 92.7, 92.1 and 91.0 % at .92, .99 and .995 where the diseased spread two and a
    half times as wide as the healthy, nearly all of whom got the lowest level. On a scale without ties areas
    of .88 to .90 are covered too often at 15+15 cases, 97 to 98 %; at 30+15 on five levels 92.9 % was met.
    """
    top = max(value, 1 - value)
    errors, steep = (1 - top) * min(m, n), min((top - STEEP[0]) / (STEEP[1] - STEEP[0]), 1.0)
    weight = steep * min(LARGEST_WEIGHT, (m + n) / CASES_BY_WEIGHT) / (1 + (errors / 10) ** 2)
    return (1 - weight) * variance + weight * model_variance(value, m, n)


def model_variance(area: float, m: int, n: int) -> float:
    """Return the variance that exponential ratings of m healthy and n diseased cases would give an area.

    A(1 − A)(1 + k(1 − A)/(2 − A) + kA/(1 + A)) / mn with k = (m + n)/2 − 1 and A = max(area, 1 − area).

    Hanley & McNeil's formula with Newcombe's equal weights for the classes. It is the same for an area and
    1 − area, and never 0: A is at most 1 − 1/(2mn), as if half a pair were in the wrong order.

    Parameters
    ----------
    area : float
        0 to 1.
    m, n : int
        Numbers of healthy and of diseased cases, at least 1 each.

    Raises
    ------
    ValueError
        For an area outside 0 to 1, and numbers of cases that are none.

    References
    ----------
    Hanley & McNeil 1982, doi:10.1148/radiology.143.1.7063747. Newcombe 2006, doi:10.1002/sim.2324, method 5.
    """
    area, m, n = share(area, "the area"), count(m, "healthy", least=1), count(n, "diseased", least=1)
    area, k = min(max(area, 1 - area), 1 - 1 / (2 * m * n)), (m + n) / 2 - 1
    return area * (1 - area) * (1 + k * (1 - area) / (2 - area) + k * area / (1 + area)) / (m * n)


def _score(value: float, m: int, n: int, z: float) -> tuple[float, float]:
    """Return the ends of the areas t with |value − t| ≤ z √variance(t), by bisection."""

    def end(outer: float) -> float:
        inner = value
        for _ in range(60):
            middle = (inner + outer) / 2
            fits = abs(value - middle) <= z * math.sqrt(model_variance(middle, m, n))
            inner, outer = (middle, outer) if fits else (inner, middle)
        return inner

    return (0.0 if value == 0 else end(0.0)), (1.0 if value == 1 else end(1.0))
