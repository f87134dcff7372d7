"""Proportions with their intervals: one, the difference of two, and two of the same cases.

A proportion is told with an interval that holds at small counts and at the ends: Wilson's score
interval in teaching, the exact one where a regulator asks for it. Differences combine the score
limits of their parts, so they never leave −1 to 1.
"""

import math
from dataclasses import dataclass
from numbers import Real
from statistics import NormalDist
from typing import Any

from numpy.typing import ArrayLike

from senolab.metrics import inputs
from senolab.metrics.estimate import Estimate
from senolab.words import gettext

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


@dataclass(frozen=True)
class PairedTable:
    """Cases by two yes-or-no results on each: who was right (or recalled) on how many of them."""

    both: int
    first_only: int
    second_only: int
    neither: int

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            cases(value, name)
        if self.cases == 0:
            raise ValueError("the table holds no case, so there is nothing to compare")

    @property
    def cases(self) -> int:
        """Number of cases."""
        return self.both + self.first_only + self.second_only + self.neither


@dataclass(frozen=True, kw_only=True)
class McNemar:
    """Exact test of two results on the same cases: the discordant counts and the two-sided `p`."""

    first_only: int
    second_only: int
    p: float
    note: str = ""


def per_1000(figure: Rate | Estimate) -> Estimate:
    """Tell a share of screens per 1,000 screens, as detection and interval cancer rates are told.

    Value and limits times 1,000; level, method and note stay.
    """
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


def difference(first: tuple[int, int], second: tuple[int, int], *, confidence: float = 0.95) -> Estimate:
    """Difference of two independent proportions, each (count, total): first minus second.

    d ± √(δ₁² + δ₂²) with δ the distances to the Wilson limits.

    Source: R. G. Newcombe, Interval estimation for the difference between independent proportions,
    Statistics in Medicine 17(8):873-890, 1998, method 10,
    doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I.

    Raises
    ------
    ValueError
        As `exact`, and for what is no pair.
    """
    for name, pair in (("first", first), ("second", second)):
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise ValueError(f"{name} must be a count and a total, not {pair!r}")
    one, other = wilson(*first, confidence=confidence), wilson(*second, confidence=confidence)
    return _square_and_add(one, other, 0.0, "newcombe")


def paired_table(first: ArrayLike, second: ArrayLike) -> PairedTable:
    """Count two vectors of 0 and 1 over the same cases, e.g. whether two readers recalled each.

    Both of shape (cases,). Raises ValueError as `inputs.labels`, though one class only will do, and for
    unequal lengths.
    """
    a = inputs.labels(first, "first", both=False)
    b = inputs.labels(second, "second", both=False)
    inputs.same_length(first=a, second=b)
    return PairedTable(int((a & b).sum()), int((a & ~b).sum()), int((~a & b).sum()), int((~a & ~b).sum()))


def paired_difference(table: PairedTable, *, confidence: float = 0.95) -> Estimate:
    """Difference of two proportions of the same cases: first minus second.

    As `difference`, with the correlation φ of the two results, corrected for continuity where it is
    positive: two readers of the same cases vary together, and the interval is shorter for it. Raises
    ValueError for a level that is none; the table refuses its counts itself.

    Source: R. G. Newcombe, Improved confidence intervals for the difference between binomial
    proportions based on paired data, Statistics in Medicine 17(22):2635-2650, 1998, method 10,
    doi:10.1002/(SICI)1097-0258(19981130)17:22<2635::AID-SIM954>3.0.CO;2-C.
    """
    one = wilson(table.both + table.first_only, table.cases, confidence=confidence)
    other = wilson(table.both + table.second_only, table.cases, confidence=confidence)
    note = "" if table.first_only + table.second_only else gettext("The two never disagree on a case.")
    return _square_and_add(one, other, _phi(table), "newcombe-paired", note)


def _phi(table: PairedTable) -> float:
    """Correlation of two yes-or-no results, as method 10 takes it; 0 where one of them never varies."""
    yes, other_yes = table.both + table.first_only, table.both + table.second_only
    spread = yes * (table.cases - yes) * other_yes * (table.cases - other_yes)
    if spread == 0:
        return 0.0
    cross = table.both * table.neither - table.first_only * table.second_only
    return (max(cross - table.cases / 2, 0.0) if cross > 0 else cross) / math.sqrt(spread)


def mcnemar(table: PairedTable) -> McNemar:
    """Test whether two results on the same cases differ, by the exact (conditional binomial) test.

    p = 2 P(X ≤ min(b, c)), X ~ Binomial(b + c, ½), at most 1; b and c count the discordant cases.

    Source: Q. McNemar, Note on the sampling error of the difference between correlated proportions or
    percentages, Psychometrika 12(2):153-157, 1947, doi:10.1007/BF02295996.
    """
    fewer, discordant = min(table.first_only, table.second_only), table.first_only + table.second_only
    p, note = 1.0, gettext("The two never disagree on a case, so nothing speaks for either.")
    if discordant:
        from scipy.special import betainc  # bdtr counts to 2³¹ only

        p, note = min(1.0, 2 * float(betainc(discordant - fewer, fewer + 1, 0.5))), ""
    return McNemar(first_only=table.first_only, second_only=table.second_only, p=p, note=note)


def _square_and_add(one: Rate, other: Rate, phi: float, method: str, note: str = "") -> Estimate:
    """Join the distances to the limits of two proportions with correlation `phi`."""
    value = one.value - other.value

    def reach(a: float, b: float) -> float:
        return math.sqrt(max(0.0, a * a - 2 * phi * a * b + b * b))

    low = value - reach(one.value - one.low, other.high - other.value)
    high = value + reach(one.high - one.value, other.value - other.low)
    return Estimate(value=value, low=low, high=high, confidence=one.confidence, method=method, note=note)


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
