"""What a measure accepts: arrays of the right shape, without holes, of both classes.

Each function returns its argument as an array that is safe to compute with, or refuses it by a
`ValueError` whose sentence names the argument and says what is wrong.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def numbers(values: ArrayLike, name: str, *, ndim: int = 1, unmarked: bool = False) -> Floats:
    """Return finite numbers.

    Parameters
    ----------
    values
        Array of `ndim` dimensions, none of them empty.
    name
        The argument's name, for the sentence.
    ndim
        Number of dimensions.
    unmarked
        Whether −∞ is allowed: the rating of what was not marked.

    Raises
    ------
    ValueError
        For another shape, an empty array, text, NaN or an infinite value.
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as problem:
        raise ValueError(f"{name} must be numbers in rows of equal length") from problem
    if array.ndim != ndim:
        raise ValueError(f"{name} must have {ndim} dimension{'s' * (ndim > 1)}, not {array.ndim}")
    if array.size == 0:
        raise ValueError(f"{name} is empty")
    odd = np.isnan(array) | (array == np.inf) | ((array == -np.inf) & (not unmarked))
    if odd.any():
        place = ", ".join(str(i) for i in np.argwhere(odd)[0])
        raise ValueError(f"{name} holds {array[odd][0]} at place {place}; only finite numbers can be used")
    return array


def labels(values: ArrayLike, name: str = "truth", *, both: bool = True) -> Flags:
    """Return a vector of 0 and 1 (1: diseased, recalled, correct) as booleans.

    Raises
    ------
    ValueError
        For anything but 0 and 1, and, with `both`, where only one of them occurs.
    """
    array = numbers(values, name)
    strange = array[(array != 0) & (array != 1)]
    if strange.size:
        raise ValueError(f"{name} must hold 0 and 1 only, not {strange[0]:g}")
    flags = array == 1
    if both and (flags.all() or not flags.any()):
        raise ValueError(f"{name} holds {'1' if flags.all() else '0'} only; cases of both classes are needed")
    return flags


def probabilities(values: ArrayLike, name: str = "probability") -> Floats:
    """Return a vector of numbers from 0 to 1."""
    array = numbers(values, name)
    strange = array[(array < 0) | (array > 1)]
    if strange.size:
        raise ValueError(f"{name} must lie between 0 and 1, not {strange[0]:g}")
    return array


def same_length(**arrays: NDArray[Any]) -> None:
    """Refuse vectors of unequal length, by their names."""
    (first, one), *others = arrays.items()
    for name, other in others:
        if len(other) != len(one):
            raise ValueError(f"{name} has {len(other)} values, but {first} has {len(one)}")


def share(value: float, name: str, *, ends: bool = True) -> float:
    """Return a number from 0 to 1, or strictly between them without `ends`."""
    inside = 0 <= value <= 1 if ends else 0 < value < 1
    if not inside:  # NaN comes here too
        between = "between 0 and 1" if ends else "between 0 and 1, and be neither"
        raise ValueError(f"{name} must lie {between}, not {value:g}")
    return float(value)


def count(value: int, name: str, *, least: int = 0) -> int:
    """Return a whole number that is at least `least`."""
    if isinstance(value, bool) or not float(value).is_integer() or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, not {value}")
    return int(value)
