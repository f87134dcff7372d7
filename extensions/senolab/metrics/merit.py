"""Figures of merit of one reading: one family of rank statistics, from the ROC area to wAFROC.

Every figure here is a weighted share of pairs in the right order,

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

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .estimate import Estimate, percentile
from .inputs import Floats, count, floats, number
from .inputs import level as at
from .meritinterval import merit_interval
from .ownership import Indices
from .study import Reading, picked

FIGURES = ("auc", "hr-auc", "afroc", "afroc1", "wafroc", "wafroc1", "lroc")
FigureOfMerit = str | Callable[[Reading], float]
METHODS = ("jackknife", "delong", "bootstrap")
MOST_RESAMPLES = 100_000
_CHUNK = 4_000_000  # numbers held at once while resampling


@dataclass(frozen=True, eq=False)
class Pairs:
    """The two sides of a figure of merit: ratings, the cases they belong to, and weights."""

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


def figure_of_merit(reading: Reading, figure: FigureOfMerit) -> float:
    """Return a figure of merit of one reading.

    Parameters
    ----------
    reading
        From `study.reading_of_ratings` or `study.reading_of_marks`.
    figure
        One of `FIGURES`, or a function of a reading (see `figures`).

    Returns
    -------
    float
        From 0 to 1; ½ is chance for the figures whose x and y are as many (auc, hr-auc), not for the others.

    Raises
    ------
    ValueError
        For an unknown figure, or one that the reading cannot give (marks are needed, or there are none).
    """
    if callable(figure):
        return number(figure(reading), "the figure of merit")
    sides = pairs_of(reading, figure)
    return min(float(sides.weight @ sides.wins_of_y()) / sides.pairs, 1.0)  # weights of thirds round


def pairs_of(reading: Reading, figure: str) -> Pairs:
    """Return what a figure compares with what; raises as `figure_of_merit`."""
    _fits(reading, figure)
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


def _fits(reading: Reading, figure: str) -> None:
    if not isinstance(figure, str) or figure not in FIGURES:
        raise ValueError(f"there is no figure of merit {figure!r}; there are {', '.join(FIGURES)}")
    if reading.kind == "roc" and figure != "auc":
        raise ValueError(f"{figure} needs marks and lesions; ratings of whole cases give auc")
    if reading.kind == "froc" and figure == "auc":
        raise ValueError("auc needs one rating a case; marks give hr-auc, by the highest mark of each case")


def leave_one_out(reading: Reading, figure: FigureOfMerit) -> Floats:
    """Return the figure without each case in turn, shape (n_cases,); at least two cases of each class."""
    enough(reading)
    if not isinstance(figure, str):
        every = np.arange(len(reading.diseased))
        return np.array([figure_of_merit(picked(reading, every[every != k]), figure) for k in every])
    sides = pairs_of(reading, figure)
    of_y, of_x = sides.wins_of_y(), sides.wins_of_x()
    size = sides.n_cases
    lost = np.bincount(sides.y_case, sides.weight * of_y, size) + np.bincount(sides.x_case, of_x, size)
    lost -= _own_pairs(sides)  # counted on both sides
    x_left = len(sides.x) - np.bincount(sides.x_case, minlength=size)
    w_left = sides.weight.sum() - np.bincount(sides.y_case, sides.weight, size)
    return (float(sides.weight @ of_y) - lost) / (x_left * w_left)


def _own_pairs(sides: Pairs) -> Floats:
    """Return by case the weight of right pairs within the case itself; each case has at most one x."""
    place = np.full(sides.n_cases, -1)
    place[sides.x_case] = np.arange(len(sides.x))
    mine = place[sides.y_case]
    x = np.where(mine >= 0, sides.x[mine], np.inf)  # no x of its own: nothing is won
    won = (x < sides.y) + 0.5 * (x == sides.y)
    return np.bincount(sides.y_case, sides.weight * won, sides.n_cases).astype(np.float64)


def influence(reading: Reading, figure: FigureOfMerit) -> tuple[Floats, Floats]:
    """Return DeLong's structural components of a figure, by healthy and by diseased case.

    For a figure whose lesions all count alike (afroc) the number of lesions varies by case; its components
    are those of a ratio. The figures that also use false marks on diseased cases (afroc1, wafroc1) are no
    statistic of two separate samples and have none.

    Returns
    -------
    v01 : ndarray, shape (n_healthy,)
    v10 : ndarray, shape (n_diseased,)
        Centred at the figure itself.

    Raises
    ------
    ValueError
        For afroc1 and wafroc1, and as `figure_of_merit`.
    """
    enough(reading)
    if not isinstance(figure, str):
        raise ValueError(
            "DeLong's variance is defined for rank statistics; take the jackknife or the bootstrap"
        )
    sides = pairs_of(reading, figure)
    if figure.endswith("1"):
        raise ValueError(
            f"DeLong's variance is not defined for {figure}; take the jackknife or the bootstrap"
        )
    ill = np.flatnonzero(reading.diseased)
    right = np.bincount(sides.y_case, sides.weight * sides.wins_of_y(), sides.n_cases)[ill] / len(sides.x)
    weight = np.bincount(sides.y_case, sides.weight, sides.n_cases)[ill]
    value = right.sum() / weight.sum()
    return sides.wins_of_x() / sides.weight.sum(), value + (right - value * weight) / weight.mean()


def resampled(reading: Reading, figure: FigureOfMerit, counts: NDArray[np.integer]) -> Floats:
    """Return the figure of resampled cases.

    Parameters
    ----------
    counts : ndarray of int, shape (n_resamples, n_cases)
        How often each case was drawn; each row must draw both classes.

    Returns
    -------
    ndarray, shape (n_resamples,)

    Raises
    ------
    ValueError
        If they are no such counts.
    """
    counts = _counts(reading, counts)
    if not isinstance(figure, str):
        every = np.arange(len(reading.diseased))
        return np.array([figure_of_merit(picked(reading, np.repeat(every, row)), figure) for row in counts])
    sides = pairs_of(reading, figure)
    order = np.argsort(sides.x, kind="stable")
    left, right = (np.searchsorted(sides.x[order], sides.y, side) for side in ("left", "right"))
    values = np.empty(len(counts))
    step = max(1, _CHUNK // (len(sides.x) + len(sides.y)))
    for start in range(0, len(counts), step):
        some = counts[start : start + step]
        below = np.pad(np.cumsum(some[:, sides.x_case[order]], axis=1), ((0, 0), (1, 0)))
        weight = some[:, sides.y_case] * sides.weight
        won = (weight * (below[:, left] + below[:, right]) / 2).sum(axis=1)
        values[start : start + step] = won / (weight.sum(axis=1) * below[:, -1])
    return np.minimum(values, 1.0)


def _counts(reading: Reading, counts: NDArray[np.integer]) -> NDArray[np.integer]:
    """Refuse what is no table of draws from a reading's cases."""
    floats(counts, "counts")  # refuses what is no number, and masked ones
    table = np.asarray(counts)
    if table.ndim != 2 or table.shape[1] != len(reading.diseased) or table.dtype.kind not in "iu":
        raise ValueError(f"counts must be whole numbers of shape (resamples, {len(reading.diseased)})")
    if (table < 0).any() or not all(
        table[:, c].any(axis=1).all() for c in (reading.diseased, ~reading.diseased)
    ):
        raise ValueError("counts must be 0 or more, and each row must draw cases of both classes")
    return table


def draws(reading: Reading, *, resamples: int, seed: int) -> NDArray[np.integer]:
    """Draw cases with replacement within each class; returns counts of shape (resamples, n_cases)."""
    rng = np.random.default_rng(count(seed, "seed"))
    size = count(resamples, "resamples", least=100, most=MOST_RESAMPLES)
    counts = np.zeros((size, len(reading.diseased)), np.int32)
    for side in (np.flatnonzero(reading.diseased), np.flatnonzero(~reading.diseased)):
        counts[:, side] = rng.multinomial(len(side), np.full(len(side), 1 / len(side)), size=len(counts))
    return counts


def estimate(
    reading: Reading,
    figure: FigureOfMerit,
    *,
    method: str = "jackknife",
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Estimate:
    """Return a figure of merit with its interval.

    Parameters
    ----------
    method : {"jackknife", "delong", "bootstrap"}
        The first two give a variance and by it the interval of `meritinterval.merit_interval`, the third the
        percentiles of resampled cases; where these are all alike, that interval's fallback. On simulated
        marks of 15+15 to 60+60 cases percentiles covered 93 to 95 %, the jackknife's intervals 95 to 97 %.
    confidence : float
        Level of the interval.
    resamples, seed : int
        Of the bootstrap.

    Raises
    ------
    ValueError
        As `figure_of_merit`, for an unknown method, and for fewer than two cases of a class.
    """
    level, value = at(confidence), figure_of_merit(reading, figure)
    if method == "bootstrap":
        enough(reading)
        drawn = resampled(reading, figure, draws(reading, resamples=resamples, seed=seed))
        if drawn.min() < drawn.max():
            return percentile(value, drawn, confidence=level)
    healthy, diseased = int((~reading.diseased).sum()), int(reading.diseased.sum())
    variance = 0.0 if method == "bootstrap" else _variance(reading, figure, method)
    made = merit_interval(
        value, variance, figure=figure, healthy=healthy, diseased=diseased, confidence=level
    )
    return Estimate(**{**vars(made), "method": f"{method}, {made.method}"})


def _variance(reading: Reading, figure: FigureOfMerit, method: str) -> float:
    if method == "delong":
        return sum(float(side.var(ddof=1)) / len(side) for side in influence(reading, figure))
    if method != "jackknife":
        raise ValueError(f"there is no method {method!r}; there are {', '.join(METHODS)}")
    without = leave_one_out(reading, figure)
    return float(without.var(ddof=1)) * (len(without) - 1) ** 2 / len(without)


def enough(reading: Reading) -> None:
    """Refuse a reading with fewer than 2 cases of a class: nothing tells how they vary."""
    if min(np.bincount(reading.diseased, minlength=2)) < 2:
        raise ValueError("at least 2 cases of each class are needed for an interval")
