"""Which case a mark or a lesion belongs to, and what share of its case a lesion is."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .inputs import Flags, Floats, count, floats, numbers, same_length

Indices = NDArray[np.intp]
ROUNDING = 0.011  # of weights that sum to 1


def indices(values: ArrayLike, name: str, end: int, *, least: int = 0, empty: bool = False) -> Indices:
    """Refuse what is no place from `least` to before `end`; with `empty` there may be none at all."""
    end = count(end, "end")
    array = floats(values, name)
    given = np.asarray(values)
    if given.size and (given.dtype.kind == "b" or any(isinstance(one, bool) for one in _objects(given))):
        raise ValueError(f"{name} holds True and False; give places, as numpy.flatnonzero tells them")
    if empty and array.size == 0:
        return np.zeros(0, np.intp)
    array = numbers(array, name)
    strange = array[(array < least) | (array >= end) | (array % 1 != 0)]
    if strange.size:
        raise ValueError(f"{name} holds {strange[0]:g}; it must be whole numbers from {least} to {end - 1}")
    return array.astype(np.intp)


def _objects(array: NDArray[Any]) -> list[object]:
    return array.ravel().tolist() if array.dtype.kind == "O" else []


def _whole(**places: object) -> None:
    """Refuse what `indices` and `labels` cannot have made; they are not asked again for each resample."""
    for name, given in places.items():
        if not isinstance(given, np.ndarray) or given.ndim != 1 or given.dtype.kind not in "biu":
            raise ValueError(f"{name} must be an array of places or flags, shape (n,)")


def _within(lesion_case: Indices, n_cases: int) -> None:
    """Refuse lesions of no case."""
    _whole(lesion_case=lesion_case)
    if lesion_case.size and not 0 <= lesion_case.min() <= lesion_case.max() < n_cases:
        raise ValueError(f"lesion_case holds a place that is none of {n_cases} cases")


def lesions_fit(diseased: Flags, lesion_case: Indices) -> None:
    """Refuse lesions of healthy cases, diseased cases without one, and what are no places of cases."""
    _whole(diseased=diseased)
    _within(lesion_case, len(diseased))
    if not diseased[lesion_case].all():
        raise ValueError("a lesion lies in a case whose truth is 0")
    bare = np.setdiff1d(np.flatnonzero(diseased), lesion_case)
    if bare.size:
        raise ValueError(f"the diseased case at place {bare[0]} has no lesion")


def weights(given: ArrayLike | None, lesion_case: Indices, n_cases: int) -> Floats:
    """Lesion weights that sum to 1 by case, shape (lesions,); equal within a case where none are given.

    Raises ValueError for weights that are not above 0 or do not sum to 1 to two digits, and for another
    number of them than of lesions, and for what are no places of `n_cases` cases.
    """
    n_cases = count(n_cases, "n_cases")
    _within(lesion_case, n_cases)
    if given is None:
        return 1 / np.bincount(lesion_case, minlength=n_cases)[lesion_case]
    weight = numbers(given, "lesion_weight")
    same_length(lesion_case=lesion_case, lesion_weight=weight)
    if (weight <= 0).any():
        raise ValueError("a lesion's weight must be greater than 0")
    sums = np.bincount(lesion_case, weights=weight, minlength=n_cases)
    wrong = sums[(abs(sums - 1) > ROUNDING) & (sums > 0)]
    if wrong.size:
        raise ValueError(f"the weights of a case's lesions must sum to 1, not {wrong[0]:g}")
    return weight / sums[lesion_case]  # three thirds of two digits are a case, too


def belonging(owner: Indices, cases: Indices) -> tuple[Indices, Indices]:
    """Places of what belongs to each named case, and the place of that case among the named.

    `owner` tells the case of each thing, `cases` those that are named; both results have one place for each
    thing of each of these. Raises ValueError for what are no whole numbers in a row.
    """
    _whole(owner=owner, cases=cases)
    order = np.argsort(owner, kind="stable")
    left, right = (np.searchsorted(owner[order], cases, side) for side in ("left", "right"))
    sizes = right - left
    within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return order[np.repeat(left, sizes) + within], np.repeat(np.arange(len(cases)), sizes)
