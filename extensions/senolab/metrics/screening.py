"""Screening arithmetic: the rates of a test and of a round, predictive values, other prevalences.

Definitions as in the ACR BI-RADS audit and the Breast Cancer Surveillance Consortium (BCSC; C. D. Lehman
et al., National performance benchmarks for modern screening digital mammography, Radiology
283(1):49-58, 2017, doi:10.1148/radiol.2016161174): a screen is abnormal with BI-RADS 0, 3, 4 or 5; the
recall rate is abnormal interpretations over screens. Every rate is a share, 0..1 (`proportions.per_1000`
tells it per 1,000), with its Wilson interval, without which a figure of a small class misleads; the exact one
is ``proportions.exact(rate.count, rate.total)``. Where nobody
is counted of whom a rate would be the share, each function raises a `ValueError` that names them; so it
does for a level that is none, for a `Round` in place of its `Round.counts`, and the other way round.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

from senolab.metrics import inputs
from senolab.metrics.estimate import Estimate
from senolab.metrics.proportions import Rate, real, two_sided_z, wilson
from senolab.metrics.rounds import Counts, Round
from senolab.words import gettext

_ROUNDING = 1e-12  # by which figures may seem to contradict each other


def sensitivity(counts: Counts, *, confidence: float = 0.95) -> Rate:
    """Cancers called over cancers, TP / (TP + FN); raises ValueError without a cancer."""
    return _rate(counts, "tp", "tp fn", "woman with cancer", "sensitivity", confidence)


def specificity(counts: Counts, *, confidence: float = 0.95) -> Rate:
    """Women without cancer not called, TN / (TN + FP); raises ValueError where there is none."""
    return _rate(counts, "tn", "tn fp", "woman without cancer", "specificity", confidence)


def recall_rate(counts: Counts, *, confidence: float = 0.95) -> Rate:
    """Abnormal interpretations over screens, (TP + FP) / all; raises ValueError without a screen."""
    return _rate(counts, "tp fp", "tp fp fn tn", "screen", "recall rate", confidence)


def cancer_detection_rate(counts: Counts, *, confidence: float = 0.95) -> Rate:
    """Cancers after an abnormal screen over screens, TP / all; raises ValueError without a screen."""
    return _rate(counts, "tp", "tp fp fn tn", "screen", "cancer detection rate", confidence)


def false_positive_recall_rate(counts: Counts, *, confidence: float = 0.95) -> Rate:
    """Women recalled without cancer over screens, FP / all; raises ValueError without a screen."""
    return _rate(counts, "fp", "tp fp fn tn", "screen", "rate of false-positive recalls", confidence)


def interval_cancer_rate(counts: Counts, *, confidence: float = 0.95) -> Rate:
    """Cancers after a normal screen over screens, FN / all (the BCSC's false-negative rate).

    Raises ValueError without a screen.
    """
    return _rate(counts, "fn", "tp fp fn tn", "screen", "interval cancer rate", confidence)


def interval_cancer_share(counts: Counts, *, confidence: float = 0.95) -> Rate:
    """Cancers after a normal screen over all cancers, FN / (TP + FN); raises ValueError without a cancer."""
    return _rate(counts, "fn", "tp fn", "woman with cancer", "interval cancer share", confidence)


def ppv1(counts: Counts, *, confidence: float = 0.95) -> Rate:
    """Cancers over abnormal screens, TP / (TP + FP), at the set's own share of cancers.

    Raises ValueError without an abnormal screen.
    """
    return _rate(counts, "tp", "tp fp", "abnormal screen", "PPV1", confidence)


def observed_npv(counts: Counts, *, confidence: float = 0.95) -> Rate:
    """Women without cancer over normal screens, TN / (TN + FN), at the set's own share of cancers.

    Raises ValueError without a normal screen.
    """
    return _rate(counts, "tn", "tn fn", "normal screen", "NPV", confidence)


def ppv2(audit: Round, *, confidence: float = 0.95) -> Rate:
    """Cancers over women with a recommended biopsy.

    Raises ValueError where the round does not tell these, or none was recommended.
    """
    kept = _kept(audit, "cancers_recommended", "biopsies_recommended")
    return _share(*kept, "recommended biopsy", "PPV2", confidence)


def ppv3(audit: Round, *, confidence: float = 0.95) -> Rate:
    """Cancers over women whose recommended biopsy was performed.

    Raises ValueError where the round does not tell these, or none was performed.
    """
    kept = _kept(audit, "cancers_biopsied", "biopsies_performed")
    return _share(*kept, "performed biopsy", "PPV3", confidence)


def ppv(*, sensitivity: float, specificity: float, prevalence: float) -> float:
    """Share of cancers among women called, at a prevalence (all arguments 0..1).

    Bayes' rule: se·π / (se·π + (1 − sp)(1 − π)). A teaching set is enriched, so its own share of
    cancers among the called says nothing about screening; this does. Raises ValueError for shares outside
    0..1, and where nobody is called.
    """
    table = expected(sensitivity=sensitivity, specificity=specificity, prevalence=prevalence)
    if not table.tp + table.fp:
        raise ValueError("nobody is recalled at this operating point, so there is no PPV")
    return table.tp / (table.tp + table.fp)


def npv(*, sensitivity: float, specificity: float, prevalence: float) -> float:
    """Share of women without cancer among those not called, sp(1 − π) / (sp(1 − π) + (1 − se)π).

    Arguments 0..1, as for `ppv`. Raises ValueError for shares outside 0..1, and where everybody is called.
    """
    table = expected(sensitivity=sensitivity, specificity=specificity, prevalence=prevalence)
    if not table.tn + table.fn:
        raise ValueError("everybody is recalled at this operating point, so there is no NPV")
    return table.tn / (table.tn + table.fn)


class Expected(NamedTuple):
    """Women by truth and by call as they are expected on the mean: no whole numbers."""

    tp: float
    fp: float
    fn: float
    tn: float


def expected(*, sensitivity: float, specificity: float, prevalence: float, screens: float = 1) -> Expected:
    """Tell what so many screens of this prevalence show on the mean, in a programme or a teaching set.

    TP = n·π·se, FN = n·π(1 − se), TN = n(1 − π)sp, FP = n(1 − π)(1 − sp). True as far as sensitivity and
    specificity travel: cases picked for a set are seldom as easy, or as hard, as those of a round.

    Parameters
    ----------
    sensitivity, specificity, prevalence : float
        se, sp and π, 0..1.
    screens : float
        n, above 0; with 1 the result is in shares of all screens, else in women.

    Returns
    -------
    Expected
        The four add up to `screens`.

    Raises
    ------
    ValueError
        For shares outside 0..1, and a number of screens that is not above 0 and finite.
    """
    se, sp = inputs.share(sensitivity, "sensitivity"), inputs.share(specificity, "specificity")
    share = inputs.share(prevalence, "prevalence")
    if not 0 < real(screens, "screens") < math.inf:
        raise ValueError(f"screens must be a number above 0, not {screens:g}")
    cancers, others = screens * share, screens * (1 - share)
    return Expected(se * cancers, (1 - sp) * others, (1 - se) * cancers, sp * others)


def operating_point(
    *, recall_rate: float, cancer_detection_rate: float, prevalence: float
) -> tuple[float, float]:
    """Sensitivity and specificity behind the figures of a programme (all arguments 0..1).

    se = CDR/π and sp = 1 − (recall rate − CDR)/(1 − π), where π counts interval cancers too. With
    `expected` this leads from screening figures to what an enriched set would show.

    Raises
    ------
    ValueError
        For shares outside 0..1, a prevalence of 0 or 1, and figures that contradict each other, as more
        cancers detected than there are.
    """
    recalled = inputs.share(recall_rate, "recall_rate")
    detected = inputs.share(cancer_detection_rate, "cancer_detection_rate")
    share = inputs.share(prevalence, "prevalence", ends=False)
    false = recalled - detected
    if detected > min(recalled, share) + _ROUNDING:
        raise ValueError(f"{detected:g} detected exceed {recalled:g} recalled or {share:g} with cancer")
    if false > 1 - share + _ROUNDING:
        raise ValueError(f"{false:g} recalled without cancer exceed {1 - share:g} without cancer")
    return min(detected / share, 1.0), min(max(1 - false / (1 - share), 0.0), 1.0)


@dataclass(frozen=True, kw_only=True)
class Projection:
    """What a reader's counts in one set mean at another prevalence; the four rates are of screens."""

    prevalence: float
    sensitivity: Rate
    specificity: Rate
    ppv: Estimate
    npv: Estimate
    recall_rate: Estimate
    cancer_detection_rate: Estimate
    false_positive_recall_rate: Estimate
    missed_cancer_rate: Estimate


def at_prevalence(counts: Counts, prevalence: float, *, confidence: float = 0.95) -> Projection:
    """Carry the counts of an enriched set to a screening prevalence, or those of a round to a set's.

    Predictive values have the logit interval, and where a count is 0 the adjusted one (z²/2 successes
    and failures added). The rates are sums of independent proportions with known weights; their Wilson
    limits are joined as in `differences.difference`.

    Sources: N. D. Mercaldo, K. F. Lau & X. H. Zhou, Statistics in Medicine 26(10):2170-2183, 2007,
    doi:10.1002/sim.2677; G. Y. Zou & A. Donner, ibid. 27(10):1693-1702, 2008, doi:10.1002/sim.3095.

    Raises
    ------
    ValueError
        For a prevalence that is not strictly between 0 and 1, for cases of one class only, where nobody or
        everybody was recalled, and as the module says.
    """
    share = inputs.share(prevalence, "prevalence", ends=False)
    se, sp = sensitivity(counts, confidence=confidence), specificity(counts, confidence=confidence)
    missed, called = (wilson(r.total - r.count, r.total, confidence=confidence) for r in (se, sp))
    point = {"sensitivity": se.value, "specificity": sp.value, "prevalence": share}
    odds = math.log(share) - math.log1p(-share)  # on the log scale: 1 − π may be 1 to all digits
    return Projection(
        prevalence=share,
        sensitivity=se,
        specificity=sp,
        ppv=_predictive(ppv(**point), se, sp, odds),
        npv=_predictive(npv(**point), sp, se, -odds),
        recall_rate=_weighted((share, se), (1 - share, called)),
        cancer_detection_rate=_weighted((share, se)),
        false_positive_recall_rate=_weighted((1 - share, called)),
        missed_cancer_rate=_weighted((share, missed)),
    )


def _predictive(value: float, one: Rate, other: Rate, log_odds: float) -> Estimate:
    """Give a PPV its logit interval; that of the NPV is the same with the two classes exchanged."""
    z = two_sided_z(one.confidence)
    empty = not all((one.count, one.total - one.count, other.count, other.total - other.count))
    n, m = (part.total + z * z * empty for part in (one, other))
    added = z * z * empty / 2
    hits, misses = one.count + added, one.total - one.count + added
    right, wrong = other.count + added, other.total - other.count + added
    logit = math.log(hits / n) - math.log(wrong / m) + log_odds
    reach = z * math.sqrt(misses / hits / n + right / wrong / m)
    low, high = min(value, _expit(logit - reach)), max(value, _expit(logit + reach))
    told = gettext("A count is 0: the interval adds successes and failures to both classes.")
    (method, note), level = ("adjusted-logit", told) if empty else ("logit", ""), one.confidence
    return Estimate(value=value, low=low, high=high, confidence=level, method=method, note=note)


def _expit(logit: float) -> float:
    small = math.exp(-abs(logit))
    return (small if logit < 0 else 1) / (1 + small)


def _weighted(*parts: tuple[float, Rate]) -> Estimate:
    """Sum of independent proportions with known weights."""
    value = sum(weight * rate.value for weight, rate in parts)
    below = math.hypot(*(weight * (rate.value - rate.low) for weight, rate in parts))
    above = math.hypot(*(weight * (rate.high - rate.value) for weight, rate in parts))
    low, high, level = max(0.0, value - below), min(1.0, value + above), parts[0][1].confidence
    return Estimate(value=value, low=low, high=high, confidence=level, method="wilson-mover")


def _rate(counts: Counts, part: str, whole: str, case: str, name: str, confidence: float) -> Rate:
    """Give a rate by the names of its counts."""
    if not isinstance(counts, Counts):
        raise ValueError(f"Counts are wanted, not a {type(counts).__name__}; a Round tells them as .counts")
    count, total = (sum(getattr(counts, one) for one in names.split()) for names in (part, whole))
    return _share(count, total, case, name, confidence)


def _share(count: int, total: int, case: str, name: str, confidence: float) -> Rate:
    if total == 0:
        raise ValueError(f"there is no {case} in these counts, so there is no {name}")
    return wilson(count, total, confidence=confidence)


def _kept(audit: Round, part: str, whole: str) -> tuple[int, int]:
    if not isinstance(audit, Round):
        raise ValueError(f"a Round is wanted, which tells of biopsies, not a {type(audit).__name__}")
    counts = getattr(audit, part), getattr(audit, whole)
    if None in counts:
        raise ValueError(f"this round does not tell {part} and {whole}, so there is no such figure")
    return counts
