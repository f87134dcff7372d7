"""Proportions with their intervals, which hold at small counts and at the ends.

Wilson's score interval in teaching, the exact one where a regulator asks for it: of any `Rate` it is
``exact(rate.count, rate.total)``. The difference of two is in `differences`.
"""

import math
from dataclasses import dataclass
from numbers import Real
from statistics import NormalDist
from typing import Any

from senolab.metrics import inputs
from senolab.metrics.estimate import Estimate

MOST_CASES = 10**12  # more than all women ever screened: such a count is a mistake in the question
EDGE = 1e-12  # an interval of a level nearer to 0 or 1 is rounding


@dataclass(frozen=True)
class Rate:
    """A proportion with its interval; `value`, `low`, `high` are 0..1 and never NaN.

    Raises
    ------
    ValueError
        Without an observation, or where the figures are no proportion in its interval.
    """

    count: int
    total: int
    value: float
    low: float
    high: float
    confidence: float = 0.95
    method: str = "wilson"

    def __post_init__(self) -> None:
        _whole(self.count, self.total)
        for name in ("value", "low", "high"):
            real(getattr(self, name), name)
        if not 0 <= self.low <= self.value <= self.high <= 1:  # NaN comes here too
            raise ValueError(f"{self.value} ({self.low} to {self.high}) is no proportion in its interval")

    def __str__(self) -> str:
        """Per cent with interval and counts, as a lesson shows it."""
        percent = f"{100 * self.value:.1f} % ({100 * self.low:.1f} to {100 * self.high:.1f})"
        return f"{percent}, {self.count} of {self.total}"


def per_1000(figure: Rate | Estimate) -> Estimate:
    """Tell a share of screens per 1,000 screens, as detection and interval cancer rates are told.

    Value and limits times 1,000; level, method and note stay. Raises ValueError for what is neither.
    """
    if not isinstance(figure, Rate | Estimate):
        raise ValueError(f"a Rate or an Estimate is told per 1,000, not {figure!r:.40}")
    value, low, high = (1000 * part for part in (figure.value, figure.low, figure.high))
    level, note = figure.confidence, figure.note if isinstance(figure, Estimate) else ""
    return Estimate(value=value, low=low, high=high, confidence=level, method=figure.method, note=note)


def score_limits(proportion: float, total: float, *, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's score limits of a proportion (0..1) of `total` > 0 cases, which may be no whole number.

    (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n).

    Raises
    ------
    ValueError
        For a proportion outside 0..1, a total that is not above 0 or beyond `MOST_CASES`, and a level that is
        none.

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference,
    Journal of the American Statistical Association 22:209-212, 1927,
    doi:10.1080/01621459.1927.10502953.
    """
    p, z2 = inputs.share(proportion, "proportion"), two_sided_z(confidence) ** 2
    if not EDGE <= real(total, "total") <= MOST_CASES:  # NaN comes here too
        raise ValueError(f"total must be a number above 0 and at most {MOST_CASES:,}, not {total}")
    middle = (p + z2 / (2 * total)) / (1 + z2 / total)
    half = math.sqrt(z2) / (1 + z2 / total) * math.sqrt(p * (1 - p) / total + z2 / (4 * total * total))
    low = 0.0 if p == 0 else max(0.0, min(p, middle - half))
    high = 1.0 if p == 1 else min(1.0, max(p, middle + half))
    return low, high


def wilson(count: int, total: int, *, confidence: float = 0.95) -> Rate:
    """Give a proportion its Wilson score interval (source: `score_limits`).

    Raises
    ------
    ValueError
        As `exact`.
    """
    count, total = _whole(count, total)
    low, high = score_limits(count / total, total, confidence=confidence)
    return Rate(count, total, count / total, low, high, confidence)


def exact(count: int, total: int, *, confidence: float = 0.95) -> Rate:
    """Give a proportion its exact interval, which covers at least `confidence`, usually more.

    Quantiles of Beta(x, n − x + 1) and Beta(x + 1, n − x).

    Source: C. J. Clopper & E. S. Pearson, The use of confidence or fiducial limits illustrated in the
    case of the binomial, Biometrika 26(4):404-413, 1934, doi:10.1093/biomet/26.4.404.

    Raises
    ------
    ValueError
        For what is no count out of at least one observation, and for a level that is none.
    """
    count, total = _whole(count, total)
    low, high = exact_limits(count / total, total, confidence=level(confidence))
    return Rate(count, total, count / total, low, high, confidence, "exact")


def exact_limits(proportion: float, total: float, *, confidence: float = 0.95) -> tuple[float, float]:
    """Exact limits of a proportion, as `score_limits` gives Wilson's (formula and source: `exact`).

    Raises as `score_limits`.
    """
    from scipy.special import betaincinv

    p, tail = inputs.share(proportion, "proportion"), (1 - level(confidence)) / 2
    if not EDGE <= real(total, "total") <= MOST_CASES:  # NaN comes here too
        raise ValueError(f"total must be a number above 0 and at most {MOST_CASES:,}, not {total}")
    yes, no = p * total, (1 - p) * total
    low = 0.0 if yes == 0 else float(betaincinv(yes, no + 1, tail))
    high = 1.0 if no == 0 else float(betaincinv(yes + 1, no, 1 - tail))
    return low, high


def _whole(count: int, total: int) -> tuple[int, int]:
    """Refuse what is no count out of a total of at least one observation."""
    count, total = cases(count, "count"), cases(total, "total")
    if total == 0:
        raise ValueError("there is no observation, so there is no proportion")
    if count > total:
        raise ValueError(f"{count} of {total} is no proportion")
    return count, total


def cases(value: Any, name: str, *, least: int = 0) -> int:
    """Return a number of cases, or refuse what is none by a sentence: text, a fraction, 10¹³."""
    if abs(real(value, name)) > MOST_CASES:
        raise ValueError(f"{name} must be at most {MOST_CASES:,}, so many cases cannot be")
    return inputs.count(value, name, least=least)


def real(value: Any, name: str) -> float:
    """Return a single number, or refuse text, a list or nothing by a sentence; NaN is left to the caller."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise ValueError(f"{name} must be a single number, not {value!s:.50}")
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"{name} is a number too large to compute with") from None


def level(value: float, name: str = "confidence") -> float:
    """Return an interval's level, strictly between 0 and 1, or refuse one whose limits would be rounding."""
    real(value, name)
    if not EDGE <= inputs.share(value, name, ends=False) <= 1 - EDGE:
        raise ValueError(f"{name} lies too near 0 or 1 to compute with, at {value!r}")
    return float(value)


def two_sided_z(confidence: float) -> float:
    """Two-sided quantile of the standard normal distribution, Φ⁻¹(½ + c/2); raises as `level`."""
    return NormalDist().inv_cdf(0.5 + level(confidence) / 2)
