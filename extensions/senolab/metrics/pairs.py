"""What a figure of merit compares with what: one family of rank statistics, from the ROC area to wAFROC.

Every figure of it is a weighted share of pairs in the right order,

    θ = Σᵢ Σₗ wₗ ψ(xᵢ, yₗ) / (n · Σₗ wₗ),   ψ = 1, ½, 0 for xᵢ <, =, > yₗ ,

and the figures differ in what stands for x and for y:

=========  ==========================================  ===================================
figure     x: what must not be called                  y: what must be called
=========  ==========================================  ===================================
auc        rating of each healthy case                 rating of each diseased case
hr-auc     highest mark on each healthy case           highest mark on each diseased case
afroc      highest mark on each healthy case           each lesion, all alike
wafroc     highest mark on each healthy case           each lesion, by weight
afroc1     highest false mark on every case            each lesion, all alike
wafroc1    highest false mark on every case            each lesion, by weight
lroc       highest mark on each healthy case           highest mark, if it lies on a lesion
=========  ==========================================  ===================================

What was not marked is rated −∞, and two unmarked things tie. In ``lroc`` a diseased case whose
highest mark lies on no lesion counts as wrong against every healthy case; so does one whose lesion
and false mark are rated alike, as in RJafroc's DfFroc2Lroc. With few levels that is often: the first
reader of its data set 6 (Magnus) has .415, and would have .548 if such ties were right.

References
----------
Chakraborty, Observer Performance Methods for Diagnostic Imaging, CRC Press 2017,
doi:10.1201/9781315155814, chapters 13 and 14. Swensson, Unified measurement of observer performance in
detecting and localizing target objects on images, Med Phys 23:1709-1725, 1996, doi:10.1118/1.597758 (LROC).
"""

from dataclasses import dataclass

import numpy as np

from .inputs import Floats
from .ownership import Indices
from .study import Reading, one_reading

FIGURES = ("auc", "hr-auc", "afroc", "afroc1", "wafroc", "wafroc1", "lroc")


@dataclass(frozen=True, eq=False)
class Pairs:
    """The two sides of a figure of merit.

    Attributes
    ----------
    x, x_case : ndarray, shape (n_x,)
        Rating of each thing that must not be called, and the place of its case; −∞ where it is not marked.
    y, y_case, weight : ndarray, shape (n_y,)
        Rating, place of the case and weight of each thing that must be called.
    n_cases : int
    """

    x: Floats
    x_case: Indices
    y: Floats
    y_case: Indices
    weight: Floats
    n_cases: int

    @property
    def pairs(self) -> float:
        """Total weight of all pairs."""
        return len(self.x) * float(self.weight.sum())

    def wins_of_y(self) -> Floats:
        """Return for each y the number of x below it (ties ½), shape (n_y,)."""
        ordered = np.sort(self.x)
        left, right = (np.searchsorted(ordered, self.y, side) for side in ("left", "right"))
        return (left + right).astype(np.float64) / 2

    def wins_of_x(self) -> Floats:
        """Return for each x the total weight of the y above it (ties ½), shape (n_x,)."""
        order = np.argsort(self.y, kind="stable")
        below = np.concatenate([[0.0], np.cumsum(self.weight[order])])
        left, right = (np.searchsorted(self.y[order], self.x, side) for side in ("left", "right"))
        return below[-1] - (below[left] + below[right]) / 2

    def own(self) -> Floats:
        """Return by case the weight of right pairs within the case itself, shape (n_cases,).

        Each case has at most one x.
        """
        place = np.full(self.n_cases, -1)
        place[self.x_case] = np.arange(len(self.x))
        mine = place[self.y_case]
        x = np.where(mine >= 0, self.x[mine], np.inf)  # no x of its own: nothing is won
        won = (x < self.y) + 0.5 * (x == self.y)
        return np.bincount(self.y_case, self.weight * won, self.n_cases).astype(np.float64)


def pairs_of(reading: Reading, figure: str) -> Pairs:
    """Return what a figure compares with what.

    Raises
    ------
    ValueError
        For what is no reading, a figure that is none of `FIGURES`, one that needs marks where the reading has
        none, and auc where it has marks.
    """
    _fits(one_reading(reading), figure)
    highest, healthy = reading.highest_false(), np.flatnonzero(~reading.diseased)
    ill, every = np.flatnonzero(reading.diseased), np.arange(len(reading.diseased))
    x_case = every if figure.endswith("1") else healthy
    x = highest[x_case]
    if figure in ("auc", "hr-auc", "lroc"):
        y_case, weight = ill, np.ones(len(ill))
        y = np.maximum(highest, reading.highest_lesion())[ill]
        if figure == "lroc":
            located = reading.highest_lesion()[ill] > highest[ill]
            # Below even an unmarked healthy case: a wrong place never ties.
            y, x = np.where(located, y, -np.inf), np.maximum(x, np.finfo(float).min)
    else:
        y_case, y = reading.lesion_case, reading.lesion_rating
        weight = reading.lesion_weight if figure.startswith("w") else np.ones(len(y))
    return Pairs(x, x_case, y, y_case, weight, len(reading.diseased))


def known(figure: object) -> str:
    """Return the name of a figure; raises ValueError for what is none of `FIGURES`."""
    if not isinstance(figure, str) or figure not in FIGURES:
        raise ValueError(f"there is no figure of merit {figure!r:.40}; there are {', '.join(FIGURES)}")
    return figure


def _fits(reading: Reading, figure: str) -> None:
    known(figure)
    if reading.kind == "roc" and figure != "auc":
        raise ValueError(f"{figure} needs marks and lesions; ratings of whole cases give auc")
    if reading.kind == "froc" and figure == "auc":
        raise ValueError("auc needs one rating a case; marks give hr-auc, by the highest mark of each case")
