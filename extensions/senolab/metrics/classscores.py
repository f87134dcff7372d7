"""The scores of a class on a lesson: what counts as a score, and what a missing answer means.

Scores are an array (learners, items) of 0..1. A missing answer is refused unless the caller declares
what it means: ``missing="zero"`` (not answered is not known) or ``missing="drop"`` (a learner with a
missing answer is left out). Below 30 learners the figures say so: they are unreliable then.
"""

import numpy as np
from numpy.typing import ArrayLike

from senolab.metrics import inputs
from senolab.metrics.estimate import Estimate
from senolab.metrics.inputs import Flags, Floats
from senolab.metrics.proportions import level
from senolab.words import gettext, ngettext

FEW_LEARNERS = 30
MISSING = ("refuse", "zero", "drop")
FLAT = 1e-12  # a variance below is rounding


def answered(scores: ArrayLike, missing: str, *, items: int = 2) -> tuple[Floats, str]:
    """Give the scores without gaps, and a sentence on the gaps that were declared.

    Parameters
    ----------
    scores : array_like, shape (learners, items)
        0..1; NaN is a missing answer.
    missing : {"refuse", "zero", "drop"}
        What a missing answer means, see the module.
    items : int
        The fewest items that will do.

    Returns
    -------
    table : ndarray, shape (learners, items)
        With ``missing="drop"`` the learners left out have no row.
    note : str
        Empty where nothing is missing.

    Raises
    ------
    ValueError
        For another shape, text, infinite values, scores outside 0..1, gaps that are not declared, an unknown
        meaning of them, fewer items than `items`, and fewer than 3 learners (1 where one item will do).
    """
    (table, gaps), items = _filled(scores, missing), inputs.count(items, "items", least=1)
    missed = int(gaps.sum())
    note = (
        ngettext("One missing answer counts 0.", "%(count)s missing answers count 0.", missed)
        if missed
        else ""
    )
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
    table = inputs.floats(scores, "scores")
    gaps = np.isnan(table)
    if declared(missing) == "refuse" and table.ndim == 2 and gaps.any():
        place = ", ".join(str(i) for i in np.argwhere(gaps)[0])
        raise ValueError(
            f"scores holds no answer at place {place}; say what that means: "
            'missing="zero" (it counts 0) or missing="drop" (the learner is left out)'
        )
    return inputs.numbers(np.where(gaps, 0.0, table), "scores", ndim=2), gaps


def declared(missing: str) -> str:
    """Return the policy for missing answers, or refuse an unknown one."""
    inputs.one_of(missing, MISSING, "missing")
    return missing


def few_learners(learners: int) -> str:
    """Return the note that a small class needs; empty for a larger one.

    Raises ValueError for what is no number of learners.
    """
    learners = inputs.count(learners, "learners")
    told = gettext(
        "%(learners)s learners are few: below %(least)s these figures are unreliable.",
        learners=learners,
        least=FEW_LEARNERS,
    )
    return told if learners < FEW_LEARNERS else ""


def estimate(
    value: float, limits: tuple[float, float], confidence: float, method: str, *notes: str
) -> Estimate:
    """Join a figure, its limits (low, high), in its unit, and those of the notes that are not empty.

    Raises ValueError for a figure or a limit that is no number, a level that is none, a method without name.
    """
    if not isinstance(method, str):
        raise ValueError(f"method must be the name of one, not {method!r:.40}")
    if not inputs.listed(limits) or len(limits) != 2:
        raise ValueError(f"limits must be a low and a high one, not {limits!r:.40}")
    low, high = inputs.number(limits[0], "low"), inputs.number(limits[1], "high")
    told = {
        "confidence": level(confidence),
        "method": method,
        "note": " ".join(note for note in notes if note),
    }
    return Estimate(value=inputs.number(value, "value"), low=low, high=high, **told)


def dichotomous(table: Floats) -> Flags:
    """Say which items of a table (learners, items) have scores of 0 and 1 only; shape (items,).

    Raises ValueError as `inputs.numbers`.
    """
    table = inputs.numbers(table, "scores", ndim=2)
    return ((table == 0) | (table == 1)).all(axis=0)
