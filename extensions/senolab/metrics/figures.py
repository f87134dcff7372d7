"""Figures of merit that are no rank statistic, for studies that want one of them.

Each function returns a figure: something that gives a number for a reading. `merit` and `mrmc.analyse` take
it where they take the name of a rank statistic, with the jackknife or the bootstrap; each case left out and
each resample then costs a computation of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from . import binormal, partialarea
from .inputs import number, share
from .meritinterval import DISEASED, HEALTHY, PAIRS
from .study import Reading, one_reading


@dataclass(frozen=True)
class Figure:
    """A figure of merit by its name; called with a reading it gives the number."""

    name: str
    of: Callable[[Reading], float]
    share_of: str  # pairs, diseased or healthy cases: decides on the interval, see `meritinterval`
    least: float = 0.0  # what the worst reading has; no interval reaches below it

    def __call__(self, reading: Reading) -> float:
        """Return the figure of a reading; raises as `of` does."""
        return self.of(reading)


def partial_area(most_false: float) -> Figure:
    """Return the figure “standardised area under the (inferred) ROC curve up to a false-positive fraction”.

    McClish 1989, as `partialarea.partial_auc`: ½ is chance, 1 is perfect, and the worst reading has
    (1 − e)/(2 − e) up to e.

    Raises
    ------
    ValueError
        If `most_false` is not above 0 and at most 1.
    """
    end = share(most_false, "most_false")
    if end == 0:
        raise ValueError("most_false must be greater than 0")
    return Figure(
        f"auc up to {end:g}",
        lambda reading: partialarea.area_up_to(*sides(reading), end, standardised=True),
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
    """
    least = number(threshold, "threshold")
    return Figure(
        f"sensitivity at {least:g}", lambda reading: float((sides(reading)[1] >= least).mean()), DISEASED
    )


def specificity_at(threshold: float) -> Figure:
    """Return the figure “share of healthy cases rated lower”, #{x < t}/m of m healthy cases.

    Argument, result and errors as in `sensitivity_at`: raises ValueError for a threshold that is no finite
    number.
    """
    least = number(threshold, "threshold")
    return Figure(
        f"specificity at {least:g}", lambda reading: float((sides(reading)[0] < least).mean()), HEALTHY
    )


def binormal_area() -> Figure:
    """Return the figure “area under the binormal curve”, `binormal.area`; it refuses readings without one.

    Of Van Dyke's study every area that MRMCaov publishes, and their difference, are found again. Its F is
    2.67666, ours 2.67726 (p .13137 and .13134): of one jackknife sample the likelihood has no maximum, and
    MRMCaov's search ends 4e-5 before the area towards which it grows, which is taken here.
    """

    def area(reading: Reading) -> float:
        healthy, diseased = sides(reading)
        truth = np.repeat([0, 1], [len(healthy), len(diseased)])
        rating = np.concatenate([healthy, diseased])
        if not np.isfinite(rating).any():
            raise ValueError("the reader marked nothing, which determines no binormal curve")
        return binormal.area(truth, np.maximum(rating, rating[np.isfinite(rating)].min() - 1))

    return Figure("binormal auc", area, PAIRS)


def sides(reading: Reading) -> tuple[np.ndarray, np.ndarray]:
    """Return the highest rating of each healthy and of each diseased case, shapes (m,) and (n,).

    −∞ where nothing was marked. Raises ValueError for what is no reading.
    """
    one_reading(reading)
    highest = np.maximum(reading.highest_false(), reading.highest_lesion())
    return highest[~reading.diseased], highest[reading.diseased]
