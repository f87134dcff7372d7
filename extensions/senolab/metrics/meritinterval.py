"""The interval of any figure of merit of one reading, by what kind of share it is.

A share of pairs in the right order has the interval of an area. A share of cases of one class, such as a
sensitivity, or the lesions found of LROC, cannot be surer than so many cases are: a thousand healthy women
say nothing of how often a lesion is found.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from senolab.words import gettext

from .area import ROUNDING, auc_interval
from .estimate import Estimate
from .inputs import count, number
from .inputs import level as at
from .pairs import known
from .proportions import score_limits, two_sided_z

PAIRS, DISEASED, HEALTHY = "pairs", "diseased", "healthy"


def kind_of(figure: str | Callable[..., Any]) -> str | None:
    """Tell what a figure is a share of: pairs, diseased or healthy cases; None for one's own figure.

    Raises ValueError for a name that is none of `pairs.FIGURES`, and for what is neither name nor function.
    """
    if not callable(figure):
        known(figure)
    if isinstance(figure, str):
        return DISEASED if figure == "lroc" else PAIRS
    return getattr(figure, "share_of", None)


def least_of(figure: str | Callable[..., Any]) -> float:
    """Return the least value that a figure, which is a share of something, can have; 0 for most.

    Raises ValueError as `kind_of`.
    """
    kind_of(figure)
    return float(getattr(figure, "least", 0.0))


def merit_interval(
    value: float,
    variance: float,
    *,
    figure: str | Callable[..., Any],
    healthy: int,
    diseased: int,
    confidence: float = 0.95,
) -> Estimate:
    """Interval of a figure of merit, from its variance and the numbers of cases.

    - A share of pairs: `area.auc_interval`.
    - A share of cases of one class: Wilson's, with as many cases as would give that variance, and never more
      than there are (``"wilson"``).
    - One's own figure: the normal interval (``"normal"``), cut nowhere, for nothing is known of its ends.

    Raises
    ------
    ValueError
        For a value or a variance that is no number, a variance below 0, and a number of cases that is none.

    References
    ----------
    Wilson, Probable inference, the law of succession, and statistical inference, J Am Stat Assoc
    22:209-212, 1927, doi:10.1080/01621459.1927.10502953. Kish, Survey Sampling, Wiley 1965 (the effective
    number of cases).
    """
    level, kind, value = at(confidence), kind_of(figure), number(value, "value")
    if number(variance, "variance") < -ROUNDING:
        raise ValueError(f"variance must be 0 or more, not {variance:g}")
    healthy, diseased = count(healthy, "healthy", least=1), count(diseased, "diseased", least=1)
    if kind == PAIRS:
        area = auc_interval(value, max(variance, 0.0), healthy=healthy, diseased=diseased, confidence=level)
        return replace(area, low=max(area.low, min(value, least_of(figure))))
    if kind is None:
        half = two_sided_z(level) * math.sqrt(max(variance, 0.0))
        note = "" if variance > ROUNDING else gettext("The cases show no variation; the interval is empty.")
        return Estimate(
            value=value, low=value - half, high=value + half, confidence=level, method="normal", note=note
        )
    cases = float(diseased if kind == DISEASED else healthy)
    varied = variance > ROUNDING and 0 < value < 1
    effective = min(cases, max(1.0, value * (1 - value) / variance)) if varied else cases
    low, high = score_limits(value, effective, confidence=level)
    note = "" if varied else gettext("The cases show no variation; the interval is of a share of so many.")
    return Estimate(value=value, low=low, high=high, confidence=level, method="wilson", note=note)
