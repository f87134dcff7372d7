"""A figure with its interval: what every measure of a reader or of a model comes as."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from senolab.words import gettext

from .inputs import level as at
from .inputs import number, numbers


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A figure and the interval that goes with it; no measure is told without one.

    Attributes
    ----------
    value : float
        The point estimate.
    low, high : float
        Ends of the interval, in the unit of `value`.
    confidence : float
        The interval's level, e.g. 0.95.
    method : str
        How the interval was made, e.g. ``"logit-delong"``.
    note : str
        A sentence where the reader of the figure has to know more; empty otherwise.
    """

    value: float
    low: float
    high: float
    confidence: float = 0.95
    method: str = ""
    note: str = ""

    def __str__(self) -> str:
        """Value and interval with three decimals, as a table shows them."""
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


def percentile(value: float, drawn: ArrayLike, *, confidence: float, note: str = "") -> Estimate:
    """Return a figure with the percentile interval of its values in resampled cases.

    Parameters
    ----------
    value : float
        The figure of the cases themselves.
    drawn : array_like, shape (n_resamples,)
    confidence : float
        Level of the interval.
    note : str
        What else there is to say of the figure.

    Raises
    ------
    ValueError
        For a value or a drawn one that is no finite number, no drawn ones, and a level that is none.

    References
    ----------
    Efron, Nonparametric standard errors and confidence intervals, Can J Stat 9:139-158, 1981,
    doi:10.2307/3314608.
    """
    value, level = number(value, "value"), at(confidence)
    ends = np.quantile(numbers(drawn, "drawn"), [(1 - level) / 2, (1 + level) / 2])
    low, high = float(ends[0]), float(ends[1])
    if low == high:
        note = " ".join(part for part in (note, gettext("Every resampled set gave the same figure.")) if part)
    return Estimate(value=value, low=low, high=high, confidence=level, method="bootstrap", note=note)
