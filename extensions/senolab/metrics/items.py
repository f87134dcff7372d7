"""Item analysis: what the answers of a class say about the questions of a lesson.

Scores and what a missing answer means are those of `classscores`, the lesson's alpha that of `reliability`.

Source, where a function names no other: F. M. Lord & M. R. Novick, Statistical Theories of Mental Test
Scores, Addison-Wesley 1968, chapter 15.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from senolab.metrics import inputs
from senolab.metrics.classscores import FLAT, answered, dichotomous, estimate, few_learners
from senolab.metrics.estimate import Estimate
from senolab.metrics.inputs import Flags, Floats
from senolab.metrics.proportions import level, real, score_limits
from senolab.metrics.reliability import alpha, alpha_if_deleted, kr20
from senolab.words import gettext

LEAST_DISCRIMINATION, HARDEST, EASIEST = 0.15, 0.2, 0.95
EXTREME_GROUP = 0.27  # Kelley 1939: the size at which the difference of two tails is most certain


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
    scores : array_like, shape (learners, items)
        0..1, at least 3 by 2.
    missing : {"refuse", "zero", "drop"}
        What a NaN means, see `classscores`.
    confidence, draws, seed
        Of the intervals, and of the bootstrap of the discrimination.

    Raises
    ------
    ValueError
        As `discrimination`, and where all learners have the same total.
    """
    table, gaps = answered(scores, missing)
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
    binary = kr20(table, confidence=confidence) if dichotomous(table).all() else None
    notes = tuple(note for note in (gaps, few_learners(len(table))) if note)
    return Analysis(learners=len(table), items=items, alpha=reliability, kr20=binary, notes=notes)


def difficulty(
    scores: ArrayLike, *, missing: str = "refuse", confidence: float = 0.95
) -> tuple[Estimate, ...]:
    """Mean score of each item (a high one is easy) with the Wilson interval.

    A score of 0..1 varies at most as a yes or no of the same mean does, so for partial credit the
    interval holds too, and is rather too wide.

    Parameters
    ----------
    scores : array_like, shape (learners, items)
        0..1, one learner and one item at least.
    missing : {"refuse", "zero", "drop"}
        What a NaN means, see `classscores`.
    confidence : float
        Level of the intervals.

    Returns
    -------
    tuple of Estimate, one an item
        From 0 (nobody knows) to 1 (everybody does). Source of the interval: `proportions.score_limits`.

    Raises
    ------
    ValueError
        As `classscores.answered`, and for a level that is none.
    """
    table, gaps = answered(scores, missing, items=1)
    found = []
    for mean, binary in zip(np.clip(table.mean(axis=0), 0, 1), dichotomous(table), strict=True):
        limits = score_limits(mean, len(table), confidence=confidence)
        note = "" if binary else gettext("With partial credit the interval is rather too wide.")
        found.append(estimate(mean, limits, confidence, "wilson", gaps, few_learners(len(table)), note))
    return tuple(found)


def discrimination(
    scores: ArrayLike, *, missing: str = "refuse", confidence: float = 0.95, draws: int = 2000, seed: int = 0
) -> tuple[Estimate, ...]:
    """Correlation of each item with the sum of the others (point-biserial for 0 and 1).

    r = cov(xᵢ, T − xᵢ) / √(var(xᵢ) var(T − xᵢ)), with T the learner's total: the item is taken out of the
    sum, since it would correlate with itself. The interval holds the percentiles of `draws` resamples of
    the learners. An item that everybody scored alike separates nobody: 0 with the interval −1 to 1 and a
    note.

    Parameters
    ----------
    scores, missing, confidence
        As for `difficulty`, at least 3 by 2.
    draws : int
        Number of resamples, at least 100.
    seed : int
        0 or more; the same gives the same intervals.

    Returns
    -------
    tuple of Estimate, one an item
        From −1 to 1.

    Raises
    ------
    ValueError
        As `classscores.answered`, for a level that is none, fewer than 100 draws, and a seed that is no whole
        number from 0 on.

    Source: S. Henrysson, Correction of item-total correlations in item analysis, Psychometrika
    28(2):211-218, 1963, doi:10.1007/BF02289618.
    """
    table, gaps = answered(scores, missing)
    wide, draws = level(confidence), inputs.count(draws, "draws", least=100)
    rest = rest_scores(table)
    values, _ = correlations(np.ones((1, len(table))), table, rest)
    resampled, valid = _resampled(table, rest, draws, inputs.count(seed, "seed"))
    found = []
    for value, drawn, held in zip(values[0], resampled.T, valid.T, strict=True):
        note, limits = gettext("Everybody has the same score or the same rest score."), (-1.0, 1.0)
        if held.any():
            low, high = np.quantile(drawn[held], [(1 - wide) / 2, (1 + wide) / 2])
            lost = gettext("%(count)s resamples had no variance.", count=int((~held).sum()))
            note, limits = "" if held.all() else lost, (low, high)
        told = gaps, few_learners(len(table)), note
        found.append(estimate(value, limits, wide, "bootstrap-percentile", *told))
    return tuple(found)


def _resampled(table: Floats, rest: Floats, draws: int, seed: int) -> tuple[Floats, Flags]:
    """Correlations of `draws` resamples, and where they exist; a hundred at a time to spare memory."""
    rng, even = np.random.default_rng(seed), np.full(len(table), 1 / len(table))
    sizes = (min(100, draws - start) for start in range(0, draws, 100))
    parts = [correlations(rng.multinomial(len(table), even, size), table, rest) for size in sizes]
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def correlations(weights: ArrayLike, x: ArrayLike, y: ArrayLike) -> tuple[Floats, Flags]:
    """Correlate columns under each row of weights, and say where that exists (0 elsewhere).

    Parameters
    ----------
    weights : array_like, shape (n_weightings, n_learners)
        0 or more, above 0 somewhere in each row.
    x, y : array_like, shape (n_learners, n_items)
        Each column of `x` with that of `y`.

    Returns
    -------
    r : ndarray, shape (n_weightings, n_items)
    known : ndarray of bool, shape (n_weightings, n_items)
        False where one of the two does not vary.

    Raises
    ------
    ValueError
        For other shapes, NaN, and weights that are none.
    """
    w = inputs.numbers(weights, "weights", ndim=2)
    a, b = inputs.numbers(x, "x", ndim=2), inputs.numbers(y, "y", ndim=2)
    if a.shape != b.shape or len(a) != w.shape[1]:
        raise ValueError(f"x and y must have one shape ({w.shape[1]}, items), not {a.shape} and {b.shape}")
    if (w < 0).any() or not (w.sum(axis=1) > 0).all():
        raise ValueError("weights must be 0 or more, and above 0 somewhere in each row")
    w = w / w.sum(axis=1, keepdims=True)
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)  # else the squares eat the digits
    spread_a, spread_b = w @ a**2 - (w @ a) ** 2, w @ b**2 - (w @ b) ** 2
    known = (spread_a > FLAT) & (spread_b > FLAT)
    scale = np.sqrt(np.where(known, spread_a * spread_b, 1.0))
    return np.where(known, np.clip((w @ (a * b) - (w @ a) * (w @ b)) / scale, -1, 1), 0.0), known


def upper_lower(
    scores: ArrayLike, *, share: float = EXTREME_GROUP, missing: str = "refuse"
) -> tuple[float, ...]:
    """Mean score of the best `share` of the learners minus that of the weakest, for each item (−1..1).

    Σ(uⱼ − lⱼ)xⱼ / (share · n), with xⱼ the score of learner j of n and uⱼ and lⱼ the part of 0..1 that counts
    for the upper and the lower group: learners of the same total at the edge of a group count in part, so
    their order does not matter.

    Parameters
    ----------
    scores, missing
        As for `difficulty`, at least 3 by 2.
    share : float
        Size of each group, above 0 and at most ½.

    Returns
    -------
    tuple of float, one an item

    Raises
    ------
    ValueError
        As `classscores.answered`, and for another share.

    Source: T. L. Kelley, The selection of upper and lower groups for the validation of test items,
    Journal of Educational Psychology 30(1):17-24, 1939, doi:10.1037/h0057123.
    """
    table, _ = answered(scores, missing)
    if not FLAT <= real(share, "share") <= 0.5:
        raise ValueError(f"share must lie above 0 and be at most 0.5, not {share}")
    size = share * len(table)
    below, to_there = rank_bounds(table.sum(axis=1))
    lower = np.clip((size - below) / (to_there - below), 0, 1)
    upper = np.clip((size - (len(table) - to_there)) / (to_there - below), 0, 1)
    return tuple(float(d) for d in (upper - lower) @ table / size)


def rest_scores(scores: ArrayLike, *, missing: str = "refuse") -> Floats:
    """Sum of each learner's other items, T − xᵢ: the ability an item is held against.

    Parameters
    ----------
    scores, missing
        As for `difficulty`, at least 3 by 2.

    Returns
    -------
    ndarray, shape (learners, items)
        In points, 0 to items − 1. With ``missing="drop"`` the learners left out have no row.

    Raises
    ------
    ValueError
        As `classscores.answered`.
    """
    table, _ = answered(scores, missing)
    return table.sum(axis=1, keepdims=True) - table


def _flags(difficulty: Estimate, discrimination: Estimate) -> tuple[str, ...]:
    told = {
        "low discrimination": discrimination.value < LEAST_DISCRIMINATION,
        "too hard": difficulty.value < HARDEST,
        "too easy": difficulty.value > EASIEST,
    }
    return tuple(flag for flag, holds in told.items() if holds)


def rank_bounds(ability: Floats) -> tuple[Floats, Floats]:
    """Count for each learner those below, and those below or equal; all of shape (learners,).

    Abilities that differ by less than a milliardth are one. Raises ValueError as `inputs.numbers`.
    """
    rounded = np.round(
        inputs.numbers(ability, "ability"), 9
    )  # sums of partial credits differ in their last digits
    below, to_there = (np.searchsorted(np.sort(rounded), rounded, side) for side in ("left", "right"))
    return below.astype(np.float64), to_there.astype(np.float64)
