"""Figures of merit that are no rank statistic, for studies that want one of them.

Each function returns a figure: something that gives a number for a reading. `merit` and `mrmc.analyse` take
it where they take the name of a rank statistic, with the jackknife or the bootstrap. They go by the highest
rating of each case; cases of a class that are rated alike share one computation of the jackknife.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from . import binormal, partialarea
from .inputs import Floats, number, share
from .meritinterval import DISEASED, HEALTHY, PAIRS
from .study import Reading, one_reading

Sides = tuple[Floats, Floats]  # highest rating of each healthy and of each diseased case


@dataclass(frozen=True)
class Figure:
    """A figure of merit by its name; called with a reading it gives the number."""

    name: str
    of: Callable[[Floats, Floats], float]  # of the highest ratings of healthy and of diseased cases
    share_of: str  # pairs, diseased or healthy cases: decides on the interval, see `meritinterval`
    least: float = 0.0  # what the worst reading has; no interval reaches below it
    grouped: Callable[[Sides], Sides] | None = None  # done once, before cases are left out or drawn

    def __call__(self, reading: Reading) -> float:
        """Return the figure of a reading; raises ValueError for what is none, and where it has no figure."""
        return self.of(*self.sides(reading))

    def sides(self, reading: Reading) -> Sides:
        """Return what the figure goes by: `sides`, or their categories; raises as they do."""
        return self.grouped(sides(reading)) if self.grouped else sides(reading)


def partial_area(most_false: float) -> Figure:
    """Return the figure “standardised area under the (inferred) ROC curve up to a false-positive fraction”.

    ½ (1 + (A − e²/2)/(e − e²/2)) of an area A up to a fraction e: ½ is chance, 1 is perfect, and the worst
    reading has (1 − e)/(2 − e).

    Parameters
    ----------
    most_false : float
        The fraction e, a share above 0 and at most 1.

    Returns
    -------
    Figure
        Of a reading a number from 0 to 1.

    Raises
    ------
    ValueError
        If `most_false` is not above 0 and at most 1.

    References
    ----------
    McClish, Analyzing a portion of the ROC curve, Med Decis Making 9:190-195, 1989,
    doi:10.1177/0272989X8900900307.
    """
    end = share(most_false, "most_false")
    if end == 0:
        raise ValueError("most_false must be greater than 0")
    return Figure(
        f"auc up to {end:g}",
        lambda healthy, diseased: partialarea.area_up_to(healthy, diseased, end, standardised=True),
        PAIRS,
        least=(1 - end) / (2 - end),
    )


def sensitivity_at(threshold: float) -> Figure:
    """Return the figure “share of diseased cases rated at least so high”, #{y ≥ t}/n of n diseased.

    A case with marks has the rating of its highest (`sides`); one without any is never called.

    Parameters
    ----------
    threshold : float
        Call a case from this rating t on; in the unit of the ratings.

    Returns
    -------
    Figure
        Of a reading a share from 0 to 1.

    Raises
    ------
    ValueError
        For a threshold that is no finite number.

    References
    ----------
    Altman & Bland, Diagnostic tests 1: sensitivity and specificity, BMJ 308:1552, 1994,
    doi:10.1136/bmj.308.6943.1552; of this figure and of `specificity_at`.
    """
    least = number(threshold, "threshold")
    return Figure(
        f"sensitivity at {least:g}", lambda _, diseased: float((diseased >= least).mean()), DISEASED
    )


def specificity_at(threshold: float) -> Figure:
    """Return the figure “share of healthy cases rated lower”, #{x < t}/m of m healthy cases.

    Argument, result and errors as in `sensitivity_at`: raises ValueError for a threshold that is no finite
    number.
    """
    least = number(threshold, "threshold")
    return Figure(f"specificity at {least:g}", lambda healthy, _: float((healthy < least).mean()), HEALTHY)


def binormal_area() -> Figure:
    """Return the figure “area under the binormal curve”, `binormal.area`; it refuses readings without one.

    Of Van Dyke's study every area that MRMCaov publishes, and their difference, are found again. Its F is
    2.67666, ours 2.67726 (p .13137 and .13134): of one jackknife sample the likelihood has no maximum, and
    MRMCaov's search ends 4e-5 before the area towards which it grows, which is taken here.
    """
    return Figure("binormal auc", _binormal_area, PAIRS, grouped=_in_categories)


def _in_categories(both: Sides) -> Sides:
    """Give the categories of ratings; an unmarked case counts as rated below all others."""
    rating = np.concatenate(both)
    if not np.isfinite(rating).any():
        raise ValueError("the reader marked nothing, which determines no binormal curve")
    rating = np.maximum(rating, rating[np.isfinite(rating)].min() - 1)
    place = binormal.categories(rating).astype(np.float64)
    return place[: len(both[0])], place[len(both[0]) :]


def _binormal_area(healthy: Floats, diseased: Floats) -> float:
    truth = np.repeat([0, 1], [len(healthy), len(diseased)])
    return binormal.area(truth, np.concatenate([healthy, diseased]))


def sides(reading: Reading) -> Sides:
    """Return the highest rating of each healthy and of each diseased case, shapes (m,) and (n,).

    −∞ where nothing was marked. Raises ValueError for what is no reading.
    """
    one_reading(reading)
    highest = np.maximum(reading.highest_false(), reading.highest_lesion())
    return highest[~reading.diseased], highest[reading.diseased]
