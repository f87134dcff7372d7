"""Screening arithmetic: the four counts of a test, its rates with intervals, predictive values.

Definitions as in the ACR BI-RADS audit and Sickles & D'Orsi; the recall rate is abnormal
interpretations over screens. Every rate carries its Wilson interval: a figure of a small class
without one teaches the wrong lesson.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist


@dataclass(frozen=True)
class Rate:
    """A proportion with its interval; `value`, `low`, `high` are 0..1, NaN for no observation."""

    count: int
    total: int
    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """Per cent with interval and counts, as a lesson shows it."""
        if not self.total:
            return "no observation"
        percent = f"{100 * self.value:.1f} % ({100 * self.low:.1f} to {100 * self.high:.1f})"
        return f"{percent}, {self.count} of {self.total}"


@dataclass(frozen=True)
class Counts:
    """Screens by truth and by call: `tp`, `fp`, `fn`, `tn` are non-negative integers."""

    tp: int
    fp: int
    fn: int
    tn: int

    def __post_init__(self) -> None:
        if min(self.tp, self.fp, self.fn, self.tn) < 0:
            raise ValueError("a count cannot be negative")


def wilson(count: int, total: int, *, confidence: float = 0.95) -> Rate:
    """Give a proportion its Wilson score interval.

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference,
    Journal of the American Statistical Association 22:209-212, 1927,
    doi:10.1080/01621459.1927.10502953.
    """
    if not 0 <= count <= total:
        raise ValueError(f"{count} of {total} is no proportion")
    if total == 0:
        return Rate(0, 0, math.nan, math.nan, math.nan)
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    p, z2 = count / total, z * z
    middle = (p + z2 / (2 * total)) / (1 + z2 / total)
    half = z / (1 + z2 / total) * math.sqrt(p * (1 - p) / total + z2 / (4 * total * total))
    low = 0.0 if count == 0 else max(0.0, middle - half)
    high = 1.0 if count == total else min(1.0, middle + half)
    return Rate(count, total, p, low, high)


def sensitivity(counts: Counts, *, confidence: float = 0.95) -> Rate:
    """Cancers called over cancers, TP / (TP + FN)."""
    return wilson(counts.tp, counts.tp + counts.fn, confidence=confidence)


def specificity(counts: Counts, *, confidence: float = 0.95) -> Rate:
    """Women without cancer not called, TN / (TN + FP)."""
    return wilson(counts.tn, counts.tn + counts.fp, confidence=confidence)


def recall_rate(counts: Counts, *, confidence: float = 0.95) -> Rate:
    """Abnormal interpretations over screens, (TP + FP) / all."""
    called = counts.tp + counts.fp
    return wilson(called, called + counts.fn + counts.tn, confidence=confidence)


def ppv(*, sensitivity: float, specificity: float, prevalence: float) -> float:
    """Share of cancers among women called, at a prevalence (all arguments 0..1; NaN if none is called).

    Bayes' rule: se·π / (se·π + (1 − sp)(1 − π)). A teaching set is enriched, so its own share of
    cancers among the called says nothing about screening; this does.
    """
    for name, part in (
        ("sensitivity", sensitivity),
        ("specificity", specificity),
        ("prevalence", prevalence),
    ):
        if not 0 <= part <= 1:
            raise ValueError(f"{name} must lie between 0 and 1, not {part:g}")
    true = sensitivity * prevalence
    called = true + (1 - specificity) * (1 - prevalence)
    return true / called if called else math.nan
