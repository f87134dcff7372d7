"""Item analysis: what the answers of a class say about the questions of a lesson.

Scores are an array (learners, items) of 0..1. A missing answer is refused unless the caller declares
what it means: ``missing="zero"`` (not answered is not known) or ``missing="drop"`` (a learner with a
missing answer is left out). Below 30 learners the figures say so: they are unreliable then.

Source, where a function names no other: F. M. Lord & M. R. Novick, Statistical Theories of Mental Test
Scores, Addison-Wesley 1968, chapter 15.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from senolab.metrics import inputs
from senolab.metrics.estimate import Estimate
from senolab.metrics.inputs import Flags, Floats
from senolab.metrics.proportions import score_limits
from senolab.words import gettext

FEW_LEARNERS = 30
LEAST_DISCRIMINATION, HARDEST, EASIEST = 0.15, 0.2, 0.95
EXTREME_GROUP = 0.27  # Kelley 1939: the size at which the difference of two tails is most certain
MISSING = ("refuse", "zero", "drop")
FLAT = 1e-12  # a variance below is rounding


@dataclass(frozen=True, kw_only=True)
class Item:
    """One question: `flags` are of "low discrimination", "too hard", "too easy".

    `alpha_if_deleted` is None where one item or no variance would be left.
    """

    difficulty: Estimate
    discrimination: Estimate
    upper_lower: float
    alpha_if_deleted: float | None
    flags: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """A lesson's items and their reliability; `kr20` is None where an item gives partial credit."""

    learners: int
    items: tuple[Item, ...]
    alpha: Estimate
    kr20: Estimate | None
    notes: tuple[str, ...]


def analyse(
    scores: ArrayLike, *, missing: str = "refuse", confidence: float = 0.95, draws: int = 2000, seed: int = 0
) -> Analysis:
    """Describe every item of a lesson and flag those to look at.

    Parameters
    ----------
    scores
        Array (learners, items), at least 3 by 2, of 0..1.
    missing
        What a NaN means, see the module.
    confidence, draws, seed
        Of the intervals, and of the bootstrap of the discrimination.

    Raises
    ------
    ValueError
        For another shape, values out of range, undeclared gaps, and totals that are all the same.
    """
    table, gaps = _answered(scores, missing)
    reliability = alpha(table, confidence=confidence)
    deleted = alpha_if_deleted(table) if table.shape[1] > 2 else (None, None)
    columns = zip(
        difficulty(table, confidence=confidence),
        discrimination(table, confidence=confidence, draws=draws, seed=seed),
        upper_lower(table),
        deleted,
        strict=True,
    )
    items = tuple(
        Item(difficulty=p, discrimination=r, upper_lower=d, alpha_if_deleted=a, flags=_flags(p, r))
        for p, r, d, a in columns
    )
    binary = kr20(table, confidence=confidence) if _dichotomous(table).all() else None
    notes = tuple(note for note in (gaps, few_learners(len(table))) if note)
    return Analysis(learners=len(table), items=items, alpha=reliability, kr20=binary, notes=notes)


def difficulty(
    scores: ArrayLike, *, missing: str = "refuse", confidence: float = 0.95
) -> tuple[Estimate, ...]:
    """Mean score of each item (a high one is easy) with the Wilson interval.

    A score of 0..1 varies at most as a yes or no of the same mean does, so for partial credit the
    interval holds too, and is rather too wide.
    """
    table, gaps = _answered(scores, missing, items=1)
    found = []
    for mean, binary in zip(np.clip(table.mean(axis=0), 0, 1), _dichotomous(table), strict=True):
        limits = score_limits(mean, len(table), confidence=confidence)
        note = "" if binary else gettext("With partial credit the interval is rather too wide.")
        found.append(_estimate(mean, limits, confidence, "wilson", gaps, few_learners(len(table)), note))
    return tuple(found)


def discrimination(
    scores: ArrayLike, *, missing: str = "refuse", confidence: float = 0.95, draws: int = 2000, seed: int = 0
) -> tuple[Estimate, ...]:
    """Correlation of each item with the sum of the others (point-biserial for 0 and 1).

    The item is taken out of the sum, since it would correlate with itself. The interval holds the
    percentiles of `draws` resamples of the learners. An item that everybody scored alike separates
    nobody: 0 with the interval −1 to 1 and a note.

    Source: S. Henrysson, Correction of item-total correlations in item analysis, Psychometrika
    28(2):211-218, 1963, doi:10.1007/BF02289618.
    """
    table, gaps = _answered(scores, missing)
    level, draws = inputs.share(confidence, "confidence", ends=False), inputs.count(draws, "draws", least=100)
    rest = rest_scores(table)
    values, _ = correlations(np.ones((1, len(table))), table, rest)
    resampled, valid = _resampled(table, rest, draws, inputs.count(seed, "seed"))
    found = []
    for value, drawn, held in zip(values[0], resampled.T, valid.T, strict=True):
        note, limits = gettext("Everybody has the same score or the same rest score."), (-1.0, 1.0)
        if held.any():
            low, high = np.quantile(drawn[held], [(1 - level) / 2, (1 + level) / 2])
            lost = gettext("%(count)s resamples had no variance.", count=int((~held).sum()))
            note, limits = "" if held.all() else lost, (low, high)
        told = gaps, few_learners(len(table)), note
        found.append(_estimate(value, limits, level, "bootstrap-percentile", *told))
    return tuple(found)


def _resampled(table: Floats, rest: Floats, draws: int, seed: int) -> tuple[Floats, Flags]:
    """Correlations of `draws` resamples, and where they exist; a hundred at a time to spare memory."""
    rng, even = np.random.default_rng(seed), np.full(len(table), 1 / len(table))
    sizes = (min(100, draws - start) for start in range(0, draws, 100))
    parts = [correlations(rng.multinomial(len(table), even, size), table, rest) for size in sizes]
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def correlations(weights: ArrayLike, x: Floats, y: Floats) -> tuple[Floats, Flags]:
    """Correlate columns under each row of weights, and say where that exists (0 elsewhere)."""
    w = np.asarray(weights, dtype=np.float64)
    w = w / w.sum(axis=1, keepdims=True)
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)  # else the squares eat the digits
    spread_x, spread_y = w @ x**2 - (w @ x) ** 2, w @ y**2 - (w @ y) ** 2
    known = (spread_x > FLAT) & (spread_y > FLAT)
    scale = np.sqrt(np.where(known, spread_x * spread_y, 1.0))
    return np.where(known, np.clip((w @ (x * y) - (w @ x) * (w @ y)) / scale, -1, 1), 0.0), known


def upper_lower(
    scores: ArrayLike, *, share: float = EXTREME_GROUP, missing: str = "refuse"
) -> tuple[float, ...]:
    """Mean score of the best `share` of the learners minus that of the weakest, for each item (−1..1).

    Learners of the same total at the edge of a group count in part, so their order does not matter.

    Source: T. L. Kelley, The selection of upper and lower groups for the validation of test items,
    Journal of Educational Psychology 30(1):17-24, 1939, doi:10.1037/h0057123.
    """
    table, _ = _answered(scores, missing)
    if not 0 < share <= 0.5:
        raise ValueError(f"share must lie above 0 and be at most 0.5, not {share:g}")
    size = share * len(table)
    below, to_there = rank_bounds(table.sum(axis=1))
    lower = np.clip((size - below) / (to_there - below), 0, 1)
    upper = np.clip((size - (len(table) - to_there)) / (to_there - below), 0, 1)
    return tuple(float(d) for d in (upper - lower) @ table / size)


def alpha(scores: ArrayLike, *, missing: str = "refuse", confidence: float = 0.95) -> Estimate:
    """Cronbach's alpha, k/(k − 1) · (1 − Σσ²ᵢ/σ²), with Feldt's interval.

    Sources: L. J. Cronbach, Coefficient alpha and the internal structure of tests, Psychometrika
    16(3):297-334, 1951, doi:10.1007/BF02310555; `feldt_interval`.
    """
    table, gaps = _answered(scores, missing)
    value = _alpha(table)
    if value is None:
        raise ValueError("every learner has the same total, so nothing can be said about reliability")
    limits = feldt_interval(value, learners=len(table), items=table.shape[1], confidence=confidence)
    note = gettext("The items contradict each other; look for a wrong key.") if value < 0 else ""
    if value > 1 - FLAT:
        note = gettext("The items agree wholly, so the interval has no width.")
    return _estimate(value, limits, confidence, "feldt", gaps, few_learners(len(table)), note)


def kr20(scores: ArrayLike, *, missing: str = "refuse", confidence: float = 0.95) -> Estimate:
    """Kuder-Richardson formula 20: alpha where every score is 0 or 1, and refused elsewhere.

    Source: G. F. Kuder & M. W. Richardson, The theory of the estimation of test reliability,
    Psychometrika 2(3):151-160, 1937, doi:10.1007/BF02288391.
    """
    table, _ = _answered(scores, missing)
    if not _dichotomous(table).all():
        place = int(np.argmin(_dichotomous(table)))
        raise ValueError(f"item {place} gives partial credit; KR-20 needs scores of 0 and 1, use alpha")
    return alpha(scores, missing=missing, confidence=confidence)


def feldt_interval(
    value: float, *, learners: int, items: int, confidence: float = 0.95
) -> tuple[float, float]:
    """Interval of an alpha: 1 − (1 − α)·F at the upper and lower quantile, df n − 1 and (n − 1)(k − 1).

    Source: L. S. Feldt, The approximate sampling distribution of Kuder-Richardson reliability
    coefficient twenty, Psychometrika 30(3):357-370, 1965, doi:10.1007/BF02289499.
    """
    if not value <= 1:  # NaN comes here too
        raise ValueError(f"alpha must be a number of at most 1, not {value:g}")
    n, k = inputs.count(learners, "learners", least=2), inputs.count(items, "items", least=2)
    tail = (1 - inputs.share(confidence, "confidence", ends=False)) / 2
    from scipy.special import fdtri

    quantiles = (float(fdtri(n - 1, (n - 1) * (k - 1), p)) for p in (1 - tail, tail))
    low, high = (1 - (1 - value) * f for f in quantiles)
    return low, high


def alpha_if_deleted(scores: ArrayLike, *, missing: str = "refuse") -> tuple[float | None, ...]:
    """Alpha of the lesson without each item (at least 3); None where the rest has no variance."""
    table, _ = _answered(scores, missing, items=3)
    return tuple(_alpha(np.delete(table, j, axis=1)) for j in range(table.shape[1]))


def rest_scores(scores: ArrayLike, *, missing: str = "refuse") -> Floats:
    """Sum of each learner's other items, (learners, items): the ability an item is held against.

    With ``missing="drop"`` the learners left out have no row.
    """
    table, _ = _answered(scores, missing)
    return table.sum(axis=1, keepdims=True) - table


def _flags(difficulty: Estimate, discrimination: Estimate) -> tuple[str, ...]:
    told = {
        "low discrimination": discrimination.value < LEAST_DISCRIMINATION,
        "too hard": difficulty.value < HARDEST,
        "too easy": difficulty.value > EASIEST,
    }
    return tuple(flag for flag, holds in told.items() if holds)


def _alpha(table: Floats) -> float | None:
    k, spread = table.shape[1], float(table.sum(axis=1).var())
    if spread <= FLAT:
        return None
    return min(1.0, float(k / (k - 1) * (1 - table.var(axis=0).sum() / spread)))


def _dichotomous(table: Floats) -> Flags:
    """Say which items have scores of 0 and 1 only."""
    return ((table == 0) | (table == 1)).all(axis=0)


def rank_bounds(ability: Floats) -> tuple[Floats, Floats]:
    """Count for each learner those below, and those below or equal."""
    rounded = np.round(ability, 9)  # sums of partial credits differ in their last digits
    below, to_there = (np.searchsorted(np.sort(rounded), rounded, side) for side in ("left", "right"))
    return below.astype(np.float64), to_there.astype(np.float64)


def _answered(scores: ArrayLike, missing: str, *, items: int = 2) -> tuple[Floats, str]:
    """Give the scores without gaps, and a sentence on the gaps that were declared."""
    table, gaps = _filled(scores, missing)
    note = gettext("%(count)s missing answers count 0.", count=int(gaps.sum())) if gaps.any() else ""
    if missing == "drop" and gaps.any():
        short = gaps.any(axis=1)
        note = gettext(
            "%(left)s of %(all)s learners are left out for a missing answer.",
            left=int(short.sum()),
            all=short.size,
        )
        table = table[~short]
    strange = table[(table < 0) | (table > 1)]
    if strange.size:
        raise ValueError(f"scores must lie between 0 and 1, not {strange[0]:g}")
    least = 3 if items > 1 else 1  # two learners always correlate fully
    if len(table) < least or table.shape[1] < items:
        wanted, got = f"at least {least} by {items}", f"{len(table)} by {table.shape[1]}"
        raise ValueError(f"scores must be {wanted} (learners by items), not {got}. {note}".strip())
    return table, note


def _filled(scores: ArrayLike, missing: str) -> tuple[Floats, Flags]:
    """Check the scores, with 0 where an answer is missing, and say where that is."""
    filled, gaps = scores, None
    if declared(missing) != "refuse":
        try:
            array = np.asarray(scores, dtype=np.float64)
            filled, gaps = np.nan_to_num(array, posinf=np.inf, neginf=-np.inf), np.isnan(array)
        except (TypeError, ValueError):
            filled = scores  # these are no numbers: the next line tells it
    table = inputs.numbers(filled, "scores", ndim=2)
    return table, np.zeros(table.shape, dtype=bool) if gaps is None else np.asarray(gaps)


def declared(missing: str) -> str:
    """Return the policy for missing answers, or refuse an unknown one."""
    if missing not in MISSING:
        raise ValueError(f"missing must be one of {', '.join(MISSING)}, not {missing!r}")
    return missing


def few_learners(learners: int) -> str:
    """Return the note that a small class needs; empty for a larger one."""
    told = gettext(
        "%(learners)s learners are few: below %(least)s these figures are unreliable.",
        learners=learners,
        least=FEW_LEARNERS,
    )
    return told if learners < FEW_LEARNERS else ""


def _estimate(
    value: float, limits: tuple[float, float], confidence: float, method: str, *notes: str
) -> Estimate:
    low, high = (float(limit) for limit in limits)
    note = " ".join(note for note in notes if note)
    return Estimate(value=float(value), low=low, high=high, confidence=confidence, method=method, note=note)
