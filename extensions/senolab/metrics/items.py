"""Item analysis: what the answers of a class say about the questions of a lesson.

Scores are an array (learners, items) of 0..1. A missing answer is refused unless the caller declares
what it means: ``missing="zero"`` (not answered is not known) or ``missing="drop"`` (a learner with a
missing answer is left out). Below 30 learners the figures say so: they are unreliable then.

Source, where a function names no other: F. M. Lord & M. R. Novick, Statistical Theories of Mental Test
Scores, Addison-Wesley 1968, chapter 15.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from senolab.metrics import inputs
from senolab.metrics.estimate import Estimate
from senolab.metrics.inputs import Flags, Floats
from senolab.metrics.proportions import Rate, score_limits, wilson

FEW_LEARNERS = 30
LEAST_DISCRIMINATION, HARDEST, EASIEST = 0.15, 0.2, 0.95
EXTREME_GROUP = 0.27  # Kelley 1939: the size at which the difference of two tails is most certain
MISSING = ("refuse", "zero", "drop")
_FLAT = 1e-12  # a variance below is rounding


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
    notes = tuple(note for note in (gaps, _few(len(table))) if note)
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
        note = "" if binary else "With partial credit the interval is rather too wide."
        found.append(_estimate(mean, limits, confidence, "wilson", gaps, _few(len(table)), note))
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
    values, _ = _correlations(np.ones((1, len(table))), table, rest)
    resampled, valid = _resampled(table, rest, draws, inputs.count(seed, "seed"))
    found = []
    for value, drawn, held in zip(values[0], resampled.T, valid.T, strict=True):
        note, limits = "Everybody has the same score or the same rest score.", (-1.0, 1.0)
        if held.any():
            low, high = np.quantile(drawn[held], [(1 - level) / 2, (1 + level) / 2])
            note, limits = "" if held.all() else f"{(~held).sum()} resamples had no variance.", (low, high)
        found.append(_estimate(value, limits, level, "bootstrap-percentile", gaps, _few(len(table)), note))
    return tuple(found)


def _resampled(table: Floats, rest: Floats, draws: int, seed: int) -> tuple[Floats, Flags]:
    """Correlations of `draws` resamples, and where they exist; a hundred at a time to spare memory."""
    rng, even = np.random.default_rng(seed), np.full(len(table), 1 / len(table))
    sizes = (min(100, draws - start) for start in range(0, draws, 100))
    parts = [_correlations(rng.multinomial(len(table), even, size), table, rest) for size in sizes]
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def _correlations(weights: ArrayLike, x: Floats, y: Floats) -> tuple[Floats, Flags]:
    """Correlate columns under each row of weights, and say where that exists (0 elsewhere)."""
    w = np.asarray(weights, dtype=np.float64)
    w = w / w.sum(axis=1, keepdims=True)
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)  # else the squares eat the digits
    spread_x, spread_y = w @ x**2 - (w @ x) ** 2, w @ y**2 - (w @ y) ** 2
    known = (spread_x > _FLAT) & (spread_y > _FLAT)
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
    below, to_there = _places(table.sum(axis=1))
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
    note = "The items contradict each other; look for a wrong key." if value < 0 else ""
    if value > 1 - _FLAT:
        note = "The items agree wholly, so the interval has no width."
    return _estimate(value, limits, confidence, "feldt", gaps, _few(len(table)), note)


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
    if spread <= _FLAT:
        return None
    return min(1.0, float(k / (k - 1) * (1 - table.var(axis=0).sum() / spread)))


def _dichotomous(table: Floats) -> Flags:
    """Say which items have scores of 0 and 1 only."""
    return ((table == 0) | (table == 1)).all(axis=0)


def _places(ability: Floats) -> tuple[Floats, Floats]:
    """Count for each learner those below, and those below or equal."""
    rounded = np.round(ability, 9)  # sums of partial credits differ in their last digits
    below, to_there = (np.searchsorted(np.sort(rounded), rounded, side) for side in ("left", "right"))
    return below.astype(np.float64), to_there.astype(np.float64)


def _answered(scores: ArrayLike, missing: str, *, items: int = 2) -> tuple[Floats, str]:
    """Give the scores without gaps, and a sentence on the gaps that were declared."""
    table, gaps = _filled(scores, missing)
    note = f"{gaps.sum()} missing answers count 0." if gaps.any() else ""
    if missing == "drop" and gaps.any():
        short = gaps.any(axis=1)
        note = f"{short.sum()} of {short.size} learners are left out for a missing answer."
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
    if _declared(missing) != "refuse":
        try:
            array = np.asarray(scores, dtype=np.float64)
            filled, gaps = np.nan_to_num(array, posinf=np.inf, neginf=-np.inf), np.isnan(array)
        except (TypeError, ValueError):
            filled = scores  # these are no numbers: the next line tells it
    table = inputs.numbers(filled, "scores", ndim=2)
    return table, np.zeros(table.shape, dtype=bool) if gaps is None else np.asarray(gaps)


def _declared(missing: str) -> str:
    if missing not in MISSING:
        raise ValueError(f"missing must be one of {', '.join(MISSING)}, not {missing!r}")
    return missing


def _few(learners: int) -> str:
    told = f"{learners} learners are few: below {FEW_LEARNERS} these figures are unreliable."
    return told if learners < FEW_LEARNERS else ""


def _estimate(
    value: float, limits: tuple[float, float], confidence: float, method: str, *notes: str
) -> Estimate:
    low, high = (float(limit) for limit in limits)
    note = " ".join(note for note in notes if note)
    return Estimate(value=float(value), low=low, high=high, confidence=confidence, method=method, note=note)


@dataclass(frozen=True, kw_only=True)
class Option:
    """One option of a single-choice item.

    `by_group` counts its choosers among the lower, middle and upper learners, `mean_rest` is their mean
    rest score and `discrimination` the correlation of choosing it with the rest score; both are None
    where they do not exist. `flags` are of "never chosen", "preferred by the better", "negative key".
    """

    option: str
    is_key: bool
    chosen: Rate
    by_group: tuple[int, int, int]
    mean_rest: float | None
    discrimination: float | None
    flags: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class DistractorTable:
    """The options of an item, in their order, and what the reader of the table has to know."""

    options: tuple[Option, ...]
    notes: tuple[str, ...]


def distractors(
    choices: Sequence[object],
    rest: ArrayLike,
    *,
    key: object,
    options: Sequence[object] | None = None,
    missing: str = "refuse",
) -> DistractorTable:
    """Tell who chose which option of a single-choice item.

    Parameters
    ----------
    choices
        One option a learner; None where there is no answer.
    rest
        Each learner's rest score, in the same order: a column of `rest_scores`.
    key
        The right option.
    options
        All that were offered, in the order of the table; without it those chosen and the key, among
        which a distractor that nobody chose cannot be seen.
    missing
        ``"zero"`` counts a learner without an answer in the total, ``"drop"`` does not.

    Raises
    ------
    ValueError
        For unequal lengths, an unknown option or key, undeclared gaps, and an empty class.
    """
    names, ability, gaps = _chosen(choices, inputs.numbers(rest, "rest"), missing)
    seen = sorted({name for name in names if name is not None} | {str(key)})
    offered = seen if options is None else [str(one) for one in options]
    if len(set(offered)) < max(2, len(offered)):
        raise ValueError(f"options must be two or more different ones, not {', '.join(offered) or 'none'}")
    if strange := set(seen) - set(offered):
        raise ValueError(f"{min(strange)!r} is none of the options {', '.join(offered)}")
    took = np.array([[name == option for name in names] for option in offered])
    key_mean = _mean(ability, took[offered.index(str(key))])
    rows = zip(offered, took, strict=True)
    table = tuple(_option(name, row, ability, key_mean, is_key=name == str(key)) for name, row in rows)
    flat = "" if np.ptp(ability) > _FLAT else "All rest scores are equal, so ability tells nothing here."
    return DistractorTable(options=table, notes=tuple(n for n in (gaps, _few(len(ability)), flat) if n))


def _chosen(choices: Sequence[object], rest: Floats, missing: str) -> tuple[list[str | None], Floats, str]:
    """Give the choices as text (None: no answer) and the rest scores of the learners who stay."""
    _declared(missing)
    if len(choices) != len(rest):
        raise ValueError(f"choices has {len(choices)} values, but rest has {len(rest)}")
    if any(np.ndim(one) for one in choices if one is not None):  # pyright: ignore[reportArgumentType]
        raise ValueError("choices must hold one option for each learner")
    names = [None if one is None or one != one else str(one) for one in choices]  # NaN is not itself
    silent = names.count(None)
    if silent == len(names) or (silent and missing == "refuse"):
        raise ValueError(f"{silent} of {len(names)} learners chose nothing; say by `missing` what that means")
    note = f"{silent} of {len(names)} learners chose nothing." if silent else ""
    stay = [name is not None or missing == "zero" for name in names]
    return [name for name, stays in zip(names, stay, strict=True) if stays], rest[stay], note


def _option(name: str, took: Flags, rest: Floats, key_mean: float | None, *, is_key: bool) -> Option:
    """One row of the table; groups by midranks, so that equal learners stay together."""
    below, to_there = _places(rest)
    groups = np.digitize((below + to_there) / (2 * len(rest)), [EXTREME_GROUP, 1 - EXTREME_GROUP])
    low, middle, high = (int((took & (groups == group)).sum()) for group in range(3))
    r, known = _correlations(np.ones((1, len(rest))), took[:, None].astype(float), rest[:, None])
    mean = _mean(rest, took)
    better = not is_key and mean is not None and key_mean is not None and mean > key_mean + _FLAT
    told = {
        "never chosen": mean is None,
        "preferred by the better": better,
        "negative key": is_key and r[0, 0] < -_FLAT,
    }
    return Option(
        option=name,
        is_key=is_key,
        chosen=wilson(int(took.sum()), len(took)),
        by_group=(low, middle, high),
        mean_rest=mean,
        discrimination=float(r[0, 0]) if known[0, 0] else None,
        flags=tuple(flag for flag, holds in told.items() if holds),
    )


def _mean(rest: Floats, took: Flags) -> float | None:
    return float(rest[took].mean()) if took.any() else None
