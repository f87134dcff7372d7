"""Compilation of the inner loops."""

from collections.abc import Callable
from typing import Any, TypeVar

import numba

Loop = TypeVar("Loop", bound=Callable[..., Any])


def compiled(loop: Loop) -> Loop:
    """Compile a loop and keep the result on disk where the machine allows it.

    Neither fastmath nor parallel reductions: the same spec gives the same bytes. One exam keeps
    one core busy; several exams run in several processes.

    Parameters
    ----------
    loop
        A function in numba's subset of Python.

    Returns
    -------
    callable
        The compiled function.
    """
    try:
        return numba.njit(cache=True)(loop)  # type: ignore[return-value]
    except RuntimeError:  # no folder to keep the result in (a read-only sandbox)
        return numba.njit(loop)  # type: ignore[return-value]
