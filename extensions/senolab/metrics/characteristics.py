"""Operating characteristics of a reading: what is found against what is falsely called, from strict to lax.

`characteristic` gives the curve under which a figure of merit is the area: the (inferred) ROC, AFROC,
AFROC1, wAFROC, wAFROC1 and LROC. `froc` is the one without an area of its own, since its axis of false
marks has no end; a point on it is told with an interval instead (`lesion_fraction`).

References
----------
Chakraborty, Observer Performance Methods for Diagnostic Imaging, CRC Press 2017,
doi:10.1201/9781315155814. Bunch et al., A free-response approach to the measurement and characterization
of radiographic-observer performance, J Appl Photogr Eng 4:166-171, 1978 (FROC).
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from senolab.words import gettext
from senolab.words import number as told

from .estimate import Estimate
from .inputs import Floats, number
from .inputs import level as at
from .merit import draws
from .meritinterval import merit_interval
from .pairs import pairs_of
from .roc import Curve
from .study import Reading, one_reading


def characteristic(reading: Reading, figure: str) -> Curve:
    """Return the curve that a figure of merit is the area under.

    Returns
    -------
    Curve
        `x` is the share of healthy cases (for afroc1 and wafroc1 of all cases) with a false mark from each
        threshold on, `y` the weighted share of what was found. The last point is (1, 1): what was not
        marked at all; for lroc it is (1, y of the point before), since a wrong place never counts.

    Raises
    ------
    ValueError
        For an unknown figure, or one that the reading cannot give.
    """
    sides = pairs_of(reading, figure)
    marked = np.concatenate([sides.x, sides.y])
    # The figure lroc rates an unmarked healthy case by the lowest number there is.
    threshold = np.concatenate([[np.inf], np.unique(marked[marked > np.finfo(float).min])[::-1]])
    x = _from(sides.x, np.ones(len(sides.x)), threshold) / len(sides.x)
    y = _from(sides.y, sides.weight, threshold) / sides.weight.sum()
    end = y[-1] if figure == "lroc" else 1.0
    return Curve(np.append(x, 1.0), np.append(y, end), np.append(threshold, -np.inf))


def froc(reading: Reading) -> Curve:
    """Return the FROC curve: false marks per case against the share of lesions found.

    Returns
    -------
    Curve
        `x` is not bounded by 1; the curve ends where the reader stopped marking.

    Raises
    ------
    ValueError
        For what is no reading, or one without places.
    """
    _has_places(one_reading(reading))
    found = reading.lesion_rating[np.isfinite(reading.lesion_rating)]
    threshold = np.concatenate([[np.inf], np.unique(np.concatenate([reading.false_rating, found]))[::-1]])
    false, lesions = np.ones(len(reading.false_rating)), np.ones(len(reading.lesion_rating))
    x = _from(reading.false_rating, false, threshold) / len(reading.diseased)
    y = _from(reading.lesion_rating, lesions, threshold) / len(lesions)
    return Curve(x, y, threshold)


def lesion_fraction(
    reading: Reading, *, false_marks: float, confidence: float = 0.95, resamples: int = 2000, seed: int = 0
) -> Estimate:
    """Return the share of lesions found at a number of false marks per case, with its interval.

    Parameters
    ----------
    reading
        With places.
    false_marks : float
        False marks per case, greater than 0. Beyond the last point of the curve its last value counts; the
        note says so.
    confidence : float
        Level of the interval: Wilson's, with as many cases as would give the variance of the resampled ones,
        and never more than there are diseased (`meritinterval`). On simulated marks of 20+20 and 60+30 cases
        it held shares of .5 to .95 in 92 to 98 % where each case had one lesion (.95 of 20 lesions, with
        false marks to spare, in 93 % of 1,500 sets; percentiles in some 68 %), and in 95 % or more where
        each had three. A single diseased case is answered too: its interval is as wide as one case's is.
    resamples, seed : int
        Of the bootstrap that gives this variance, drawn within each class.

    Raises
    ------
    ValueError
        For what is no reading, or one without places, and for a number of false marks that is not above 0.
    """
    _has_places(one_reading(reading))
    level = at(confidence)
    if number(false_marks, "false_marks") <= 0:
        raise ValueError(f"false_marks must be greater than 0, not {false_marks:g}")
    counts = draws(reading, resamples=resamples, seed=seed)
    drawn = np.array([_found_at(reading, row, false_marks) for row in counts])
    value = _found_at(reading, np.ones(len(reading.diseased), np.int64), false_marks)
    ends = len(reading.false_case) / len(reading.diseased)
    marks = told(ends, least=2)
    note = gettext("The reader made %(marks)s false marks a case in all.", marks=marks)
    diseased = int(reading.diseased.sum())
    made = merit_interval(
        value,
        float(drawn.var(ddof=1)),
        figure="lroc",
        healthy=len(reading.diseased) - diseased,
        diseased=diseased,
        confidence=level,
    )
    if made.note and drawn.min() < drawn.max():
        # All lesions were found, or none; with other false marks, they would not have been.
        low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
        made = replace(made, low=min(made.low, float(low)), high=max(made.high, float(high)), note="")
    notes = (note if ends < false_marks else "", made.note)
    return replace(made, method=f"bootstrap, {made.method}", note=" ".join(one for one in notes if one))


def _found_at(reading: Reading, drawn: NDArray[np.integer], false_marks: float) -> float:
    """Share of lesions found at a number of false marks per case, in cases drawn so often each."""
    false_weight, lesion_weight = drawn[reading.false_case], drawn[reading.lesion_case]
    found = reading.lesion_rating[np.isfinite(reading.lesion_rating)]
    levels = np.unique(np.concatenate([reading.false_rating, found]))[::-1]
    falses = np.append(0.0, _from(reading.false_rating, false_weight, levels) / drawn.sum())
    finds = np.append(0.0, _from(reading.lesion_rating, lesion_weight, levels) / lesion_weight.sum())
    return float(np.interp(false_marks, falses, finds)) if false_marks < falses[-1] else float(finds[-1])


def _from(ratings: Floats, weight: NDArray[np.number], threshold: Floats) -> Floats:
    """Total weight of what is rated from each threshold on."""
    order = np.argsort(ratings, kind="stable")
    below = np.concatenate([[0.0], np.cumsum(weight[order])])
    return below[-1] - below[np.searchsorted(ratings[order], threshold, "left")]


def _has_places(reading: Reading) -> None:
    if reading.kind != "froc":
        raise ValueError("this needs marks and lesions; the reading has ratings of whole cases only")
