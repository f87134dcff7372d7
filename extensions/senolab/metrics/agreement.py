"""Agreement of two readers on the same cases: raw, beyond chance, and what bends the latter.

Kappa depends on how common each category is: with rare cancers it can be low although the readers
agree on nearly all women. Tell it with the raw agreement, the prevalence index and the bias index.

Throughout, `one` and `other` are vectors of equal length with the two readers' categories (words
or numbers), a place a case; `categories` lists all possible ones, in their order. Wrong shapes,
NaN, empty sets and categories not listed are refused by a `ValueError`.
"""

from collections.abc import Hashable, Iterable, Sequence
from math import inf
from numbers import Real
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from senolab.metrics.estimate import Estimate
from senolab.metrics.inputs import Floats, listed, one_of, same_length
from senolab.metrics.proportions import level, two_sided_z
from senolab.words import gettext

Weights = Literal["none", "linear", "quadratic"]
Categories = Sequence[Hashable] | None


def agreement_table(one: ArrayLike, other: ArrayLike, *, categories: Categories = None) -> Floats:
    """Count cases by the categories of `one` (rows) and of `other` (columns).

    Returns
    -------
    array of shape (categories, categories)
        In the order of `categories`, or else sorted ones of those that occur.

    Raises
    ------
    ValueError
        As the module says, and for words beside numbers and a category that is listed twice.
    """
    first, second = _ratings(one, "one"), _ratings(other, "other")
    same_length(one=np.array(first, dtype=object), other=np.array(second, dtype=object))
    _one_kind(*first, *second)
    names = sorted({*first, *second}) if categories is None else _ratings(categories, "categories")
    if len(set(names)) < len(names):
        raise ValueError("categories holds a category twice")
    places = {name: place for place, name in enumerate(names)}
    strange = [rating for rating in (*first, *second) if rating not in places]
    if strange:
        raise ValueError(f"{strange[0]!r} is not one of the categories {', '.join(map(str, names))}")
    table = np.zeros((len(names), len(names)))
    np.add.at(table, ([places[rating] for rating in first], [places[rating] for rating in second]), 1)
    return table


def raw_agreement(
    one: ArrayLike, other: ArrayLike, *, categories: Categories = None, confidence: float = 0.95
) -> Estimate:
    """Share of cases with the same category (0..1), with its Wilson interval.

    Source of the interval: `proportions.score_limits`. Raises ValueError as `agreement_table`, and for a
    level that is none.
    """
    table = agreement_table(one, other, categories=categories)
    value, low, high = _wilson(table, confidence)
    return Estimate(value=value, low=low, high=high, confidence=confidence, method="wilson")


def cohen_kappa(
    one: ArrayLike,
    other: ArrayLike,
    *,
    weights: Weights = "none",
    categories: Categories = None,
    confidence: float = 0.95,
) -> Estimate:
    """Agreement beyond chance: (observed − expected) / (1 − expected), from −1 to 1.

    Parameters
    ----------
    weights
        ``"none"``: two different categories never agree. ``"linear"``, ``"quadratic"``: for
        ordered categories, 1 − d and 1 − d², d being their distance in units of the longest one;
        `categories` must then be given, since one that does not occur counts for the distance.

    Returns
    -------
    Estimate
        With its asymptotic interval, cut at −1 and 1. Where the standard error is 0, the interval
        comes from the Wilson interval of the raw agreement, and the note says so. Where both
        readers put all cases into the same category kappa is undefined: the value is then 0,
        since nothing beyond chance was seen, the interval −1 to 1 and the method ``"undefined"``.

    Raises
    ------
    ValueError
        As `agreement_table`, for unknown weights, weights without `categories`, and a level that is none.

    Source: Cohen 1960, doi:10.1177/001316446002000104; weighted: Cohen 1968,
    doi:10.1037/h0026256; interval: Fleiss, Cohen & Everitt 1969, doi:10.1037/h0028106.
    """
    from statsmodels.stats.inter_rater import cohens_kappa

    one_of(weights, get_args(Weights), "weights")
    if weights != "none" and categories is None:
        raise ValueError("categories must be given for weights, in their order, also those that do not occur")
    table = agreement_table(one, other, categories=categories)
    level(confidence)
    if np.diagonal(table).max() == table.sum():
        return _undefined(confidence)
    with np.errstate(invalid="ignore", divide="ignore"):  # a variance of 0 may come out a little below
        fit = cohens_kappa(table, wt=None if weights == "none" else weights)
    value, variance = float(fit["kappa"]), float(fit["var_kappa"])
    if variance > 1e-12:
        return _asymptotic(value, variance, confidence)
    return _without_error(table, value, confidence)


def pabak(
    one: ArrayLike, other: ArrayLike, *, categories: Categories = None, confidence: float = 0.95
) -> Estimate:
    """Prevalence- and bias-adjusted kappa: (k · observed − 1) / (k − 1); 2 · observed − 1 for k = 2.

    The kappa there would be at this raw agreement if all k categories were equally common for
    both readers. The interval is the Wilson interval of the raw agreement, carried over. Without `categories`
    k counts those that occur, and a note tells it unless they are 0 and 1: of a scale that has more to choose
    from, the figure would be larger.

    Raises
    ------
    ValueError
        As `raw_agreement`, and where there are fewer than two categories: give `categories` where only one
        occurs.

    Source: Byrt, Bishop & Carlin 1993, doi:10.1016/0895-4356(93)90018-V; more than two categories:
    Bennett, Alpert & Goldstein 1954, doi:10.1086/266520.
    """
    table = agreement_table(one, other, categories=categories)
    size = len(table)
    if size < 2:
        raise ValueError("only one category occurs; give categories, so that their number is known")
    value, low, high = ((size * part - 1) / (size - 1) for part in _wilson(table, confidence))
    note = ""
    if categories is None and not {*np.ravel(one), *np.ravel(other)} <= {0, 1}:
        note = gettext(
            "For the %(count)s categories that occur; give categories if there are more.", count=size
        )
    return Estimate(value=value, low=low, high=high, confidence=confidence, method="wilson", note=note)


def prevalence_index(one: ArrayLike, other: ArrayLike, *, categories: Categories = None) -> float:
    """Give (a − d) / n: share of cases both put into the second category less that into the first.

    From −1 to 1; away from 0 one category is common and kappa is low for that reason. Source as
    in `pabak`. Raises ValueError as `agreement_table`, and for another number of categories than two.
    """
    table = _two_by_two(one, other, categories)
    return float((table[1, 1] - table[0, 0]) / table.sum())


def bias_index(one: ArrayLike, other: ArrayLike, *, categories: Categories = None) -> float:
    """Give (b − c) / n: how much oftener `one` uses the second of two categories than `other` does.

    From −1 to 1; 0 where both use the categories equally often. Source as in `pabak`; raises as
    `prevalence_index`.
    """
    table = _two_by_two(one, other, categories)
    return float((table[1, 0] - table[0, 1]) / table.sum())


def _ratings(values: Any, name: str) -> list[Any]:
    """One reader's categories, without holes, looked at before an array makes a word of all of them."""
    if isinstance(values, str) or not listed(values):
        shape = getattr(values, "ndim", 0)
        raise ValueError(f"{name} must have 1 dimension, not {shape}; give a list of categories")
    ratings = [one.item() if isinstance(one, np.generic) else one for one in values]
    nested = [one for one in ratings if isinstance(one, Iterable) and not isinstance(one, str)]
    if nested:
        raise ValueError(f"{name} must have 1 dimension, not {1 + max(map(_depth, nested))}")
    if not ratings:
        raise ValueError(f"{name} is empty")
    for place, one in enumerate(ratings):
        if not isinstance(one, str | Real) or one != one or one in (inf, -inf):
            raise ValueError(
                f"{name} holds {one} at place {place}; every case needs a category, a word or a number"
            )
    return ratings


def _depth(nested: Any) -> int:
    return nested.ndim if isinstance(nested, np.ndarray) else 1


def _one_kind(*ratings: Any) -> None:
    """Refuse words beside numbers, where "1" and 1 would be told apart or made one without a word."""
    if len({isinstance(one, str) for one in ratings}) > 1:
        raise ValueError("one and other mix words and numbers; use one kind of categories")


def _two_by_two(one: ArrayLike, other: ArrayLike, categories: Categories) -> Floats:
    table = agreement_table(one, other, categories=categories)
    if len(table) != 2:
        raise ValueError(f"the index needs two categories, not {len(table)}; name them in categories")
    return table


def _wilson(table: Floats, confidence: float) -> tuple[float, float, float]:
    """Raw agreement and its interval."""
    from scipy.stats import binomtest

    level(confidence)
    same, total = int(np.trace(table)), int(table.sum())
    interval = binomtest(same, total).proportion_ci(confidence, method="wilson")
    return same / total, float(interval.low), float(interval.high)


def _asymptotic(value: float, variance: float, confidence: float) -> Estimate:
    half = two_sided_z(confidence) * variance**0.5
    low, high = max(value - half, -1.0), min(value + half, 1.0)
    return Estimate(value=value, low=low, high=high, confidence=confidence, method="asymptotic")


def _without_error(table: Floats, value: float, confidence: float) -> Estimate:
    """Kappa with the raw agreement's interval, at the chance agreement of the table.

    A disagreement costs at most a weight of 1, so that the lower end is on the safe side for
    weighted kappa too.
    """
    rows, columns = table.sum(axis=1) / table.sum(), table.sum(axis=0) / table.sum()
    chance = float(rows @ columns)
    _, low, high = (max((part - chance) / (1 - chance), -1.0) for part in _wilson(table, confidence))
    note = gettext("The standard error of kappa is 0; its interval comes from that of the raw agreement.")
    if max(*rows, *columns) == 1:
        alone = gettext("One reader put all cases into one category, so kappa is 0 whatever the other did.")
        note = f"{alone} {note}"
    return Estimate(
        value=value,
        low=min(low, value),
        high=max(high, value),
        confidence=confidence,
        method="wilson",
        note=note,
    )


def _undefined(confidence: float) -> Estimate:
    note = gettext("Kappa is undefined: both readers put all cases into the same category.")
    return Estimate(value=0.0, low=-1.0, high=1.0, confidence=confidence, method="undefined", note=note)
