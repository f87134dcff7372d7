"""What a measure accepts: arrays of the right shape, without holes, of both classes.

Each function returns its argument as an array that is safe to compute with, or refuses it by a
`ValueError` whose sentence names the argument and says what is wrong.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Set
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
LARGEST = 1e150  # its square is still a number
_EXACT = 2.0**53  # from here on neighbouring whole numbers are one float


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
    array = floats(values, name)
    if array.ndim != ndim:
        raise ValueError(f"{name} must have {ndim} dimension{'s' * (ndim > 1)}, not {array.ndim}")
    if array.size == 0:
        raise ValueError(f"{name} is empty")
    odd = np.isnan(array) | (array == np.inf) | ((array == -np.inf) & (not unmarked))
    if odd.any():
        place = ", ".join(str(i) for i in np.argwhere(odd)[0])
        raise ValueError(f"{name} holds {array[odd][0]} at place {place}; only finite numbers can be used")
    if (abs(array[array != -np.inf]) > LARGEST).any():
        raise ValueError(f"{name} holds a number beyond {LARGEST:g}, which cannot be computed with")
    return array


def floats(values: ArrayLike, name: str) -> Floats:
    """Return real numbers as floats, NaN and infinite ones included.

    Raises
    ------
    ValueError
        For text, dates, complex numbers, masked values, which are none, and rows of unequal length.
    """
    if _masked(values):
        raise ValueError(f"{name} must be numbers in rows of equal length, and none of them masked")
    try:
        array = np.asarray(values)
        if array.size and array.dtype.kind not in "biufO":
            raise TypeError(array.dtype)
        if array.dtype.kind == "O" and any(isinstance(one, str | bytes) for one in array.flat):
            raise TypeError("text")
        found = array.astype(np.float64)
    except (TypeError, ValueError, OverflowError) as problem:
        raise ValueError(f"{name} must be numbers in rows of equal length") from problem
    if array.dtype.kind in "iu" and array.size and abs(found).max() >= _EXACT:
        raise ValueError(f"{name} holds whole numbers beyond 2^53, which could not be told apart")
    return found


def _masked(values: object) -> bool:
    """Tell whether anything is masked, in a row of an array or of a list too: numpy forgets it there."""
    if np.ma.isMaskedArray(values):
        return bool(np.ma.getmaskarray(values).any())
    if isinstance(values, np.ndarray) and values.dtype.kind == "O":
        return any(_masked(one) for one in values.flat)
    return isinstance(values, list | tuple) and any(_masked(one) for one in values)


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
    """Return a vector of numbers from 0 to 1; raises ValueError for others, and as `numbers`."""
    array = numbers(values, name)
    strange = array[(array < 0) | (array > 1)]
    if strange.size:
        raise ValueError(f"{name} must lie between 0 and 1, not {strange[0]:g}")
    return array


def same_length(**arrays: NDArray[Any]) -> None:
    """Refuse vectors of unequal length, and what is none, by their names."""
    for name, given in arrays.items():
        if not isinstance(given, np.ndarray) or given.ndim == 0:
            raise ValueError(f"{name} must be an array, not {given!r:.40}")
    (first, one), *others = arrays.items()
    for name, other in others:
        if len(other) != len(one):
            raise ValueError(f"{name} has {len(other)} values, but {first} has {len(one)}")


def listed(values: object) -> bool:
    """Tell whether something holds values in a row, which can be gone through more than once.

    An array without a dimension only seems to, a set and a mapping have no order of values, and of a table
    one would get the names of its columns.
    """
    ordered = isinstance(values, Collection) and not isinstance(values, Mapping | Set)
    return ordered and getattr(values, "ndim", 1) != 0 and not hasattr(values, "columns")


def number(value: float, name: str) -> float:
    """Return a finite number.

    Raises ValueError for NaN, an infinite one, and what is none: text, lists, True and False.
    """
    odd = value is np.ma.masked or isinstance(value, str | bytes | bool | np.bool_ | np.complexfloating)
    try:
        found = math.nan if odd else float(value)
    except (TypeError, ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        raise ValueError(f"{name} must be a finite number, not {value!r:.40}")
    return found


def share(value: float, name: str, *, ends: bool = True) -> float:
    """Return a number from 0 to 1, or strictly between them without `ends`.

    Raises ValueError for another number, and as `number`.
    """
    found = float(value) if isinstance(value, float | np.floating) else number(value, name)
    if not (0 <= found <= 1 if ends else 0 < found < 1):  # NaN and infinity come here, too
        between = "between 0 and 1" if ends else "between 0 and 1, and be neither"
        raise ValueError(f"{name} must lie {between}, not {found:g}")
    return found


def level(value: float, name: str = "confidence") -> float:
    """Return the level of an interval.

    Raises ValueError for one below 0.000001 or above 0.999999999, near which no interval is so wide, and as
    `number`.
    """
    found = share(value, name, ends=False)
    if not 1e-6 <= found <= 1 - 1e-9:
        raise ValueError(f"{name} must lie between 0.000001 and 0.999999999, not {found!r}")
    return found


def count(value: int, name: str, *, least: int = 0, most: int = 10**12) -> int:
    """Return a whole number from `least` to `most`; raises ValueError for another, and as `number`."""
    found = number(value, name)
    if not found.is_integer() or found < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, not {value}")
    if found > most:
        raise ValueError(f"{name} must be a whole number of at most {most}, not {value}")
    return int(value)


def classes(
    truth: ArrayLike, rating: ArrayLike, name: str = "rating", *, least: int = 1
) -> tuple[Floats, Floats]:
    """Return the ratings of the healthy and of the diseased, once both arrays are what they should be.

    Raises
    ------
    ValueError
        As `labels`, `numbers` and `same_length`, and for fewer than `least` cases of a class.
    """
    flags: Flags = labels(truth)
    ratings = numbers(rating, name)
    same_length(truth=flags, **{name: ratings})
    healthy, diseased = ratings[~flags], ratings[flags]
    if min(len(healthy), len(diseased)) < count(least, "least", least=1):
        raise ValueError(few(least, len(healthy), len(diseased)))
    return healthy, diseased


def few(least: int, healthy: int, diseased: int) -> str:
    """Return the sentence on too few cases of a class."""
    cases = f"{healthy} healthy and {diseased} diseased case{'s' * (diseased != 1)}"
    return f"at least {least} cases of each class are needed for an interval, not {cases}"


def one_of(word: object, words: Iterable[str], name: str) -> None:
    """Refuse what is none of the words that an option may be.

    Raises ValueError for it, and for what is no word.
    """
    words = tuple(words)
    if not isinstance(word, str) or word not in words:
        raise ValueError(f"{name} must be {', '.join(words[:-1])} or {words[-1]}, not {word!r:.40}")


def absent(one: object) -> bool:
    """Whether it says that nothing is there: None, NaN, a masked value, pandas' NaT and NA."""
    try:
        return one is None or one is np.ma.masked or bool(one != one)  # NaN is not itself
    except TypeError:  # NA will not even say that
        return True
