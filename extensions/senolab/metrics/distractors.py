"""The distractor table: who chose which option of a single-choice item, by ability.

A distractor that nobody chooses is dead weight; one that the better learners prefer to the key is a
second right answer, or a wrong key.

Source: F. M. Lord & M. R. Novick, Statistical Theories of Mental Test Scores, Addison-Wesley 1968,
chapter 15.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from senolab.metrics import inputs
from senolab.metrics.classscores import FLAT, declared, few_learners
from senolab.metrics.inputs import Flags, Floats
from senolab.metrics.items import EXTREME_GROUP, correlations, rank_bounds
from senolab.metrics.proportions import Rate, wilson
from senolab.words import gettext

MOST_POINTS = 10**9  # no lesson has so many items, and differences of larger sums lose their digits


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
    right = _key(key)
    names, ability, gaps = _chosen(choices, _rest(rest), missing)
    seen = sorted({name for name in names if name is not None} | {right})
    if options is not None and not inputs.listed(options):
        raise ValueError(f"options must be a list of what was offered, not {options!r}")
    listed = seen if options is None else list(options)
    if any(inputs.absent(one) for one in listed):
        raise ValueError("options holds a missing one; leave it out")
    offered = [_name(one) for one in listed]
    if len(set(offered)) < max(2, len(offered)):
        raise ValueError(f"options must be two or more different ones, not {', '.join(offered) or 'none'}")
    if strange := set(seen) - set(offered):
        raise ValueError(f"{min(strange)!r} is none of the options {', '.join(offered)}")
    took = np.array([[name == option for name in names] for option in offered])
    key_mean = _mean(ability, took[offered.index(right)])
    rows = zip(offered, took, strict=True)
    table = tuple(_option(name, row, ability, key_mean, is_key=name == right) for name, row in rows)
    told = gettext("All rest scores are equal, so ability tells nothing here.")
    flat = "" if np.ptp(ability) > FLAT else told
    notes = (gaps, few_learners(len(ability)), flat)
    return DistractorTable(options=table, notes=tuple(note for note in notes if note))


def _key(key: object) -> str:
    """Give the key as text; without one there is no right option to compare with."""
    if np.ndim(key) or inputs.absent(key) or not str(key).strip():  # pyright: ignore[reportArgumentType]
        raise ValueError(f"key must be the one right option, not {key!r:.40}; say which option is right")
    return _name(key)


def _name(option: object) -> str:
    """Write an option as text; 2.0 is 2, as whom a column of numbers with a gap makes a 2."""
    whole = isinstance(option, float | np.floating) and float(option).is_integer()
    return str(int(option)) if whole else str(option)  # pyright: ignore[reportArgumentType]


def _rest(rest: ArrayLike) -> Floats:
    ability = inputs.numbers(rest, "rest")
    if np.abs(ability).max() > MOST_POINTS:
        raise ValueError(f"rest holds more than {MOST_POINTS:,} points; it must be a sum of scores of 0 to 1")
    return ability


def _chosen(choices: Sequence[object], rest: Floats, missing: str) -> tuple[list[str | None], Floats, str]:
    """Give the choices as text (None: no answer) and the rest scores of the learners who stay."""
    declared(missing)
    if not inputs.listed(choices):
        raise ValueError("choices must hold one option for each learner, in a list")
    if len(choices) != len(rest):
        raise ValueError(f"choices has {len(choices)} values, but rest has {len(rest)}")
    if any(np.ndim(one) for one in choices if one is not None):  # pyright: ignore[reportArgumentType]
        raise ValueError("choices must hold one option for each learner")
    names = [None if inputs.absent(one) else _name(one) for one in choices]
    silent = names.count(None)
    if silent == len(names) or (silent and missing == "refuse"):
        raise ValueError(f"{silent} of {len(names)} learners chose nothing; say by `missing` what that means")
    told = gettext("%(silent)s of %(all)s learners chose nothing.", silent=silent, all=len(names))
    note = told if silent else ""
    stay = [name is not None or missing == "zero" for name in names]
    return [name for name, stays in zip(names, stay, strict=True) if stays], rest[stay], note


def _option(name: str, took: Flags, rest: Floats, key_mean: float | None, *, is_key: bool) -> Option:
    """One row of the table; groups by midranks, so that equal learners stay together."""
    below, to_there = rank_bounds(rest)
    groups = np.digitize((below + to_there) / (2 * len(rest)), [EXTREME_GROUP, 1 - EXTREME_GROUP])
    low, middle, high = (int((took & (groups == group)).sum()) for group in range(3))
    r, known = correlations(np.ones((1, len(rest))), took[:, None].astype(float), rest[:, None])
    mean = _mean(rest, took)
    better = not is_key and mean is not None and key_mean is not None and mean > key_mean + FLAT
    told = {
        "never chosen": mean is None,
        "preferred by the better": better,
        "negative key": is_key and r[0, 0] < -FLAT,
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
