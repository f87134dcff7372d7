"""Monitoring: whether a reader's or a model's rate drifts.

A CUSUM chart follows one rate case by case and signals when the evidence for a worse one has added up.
Wrong shapes, NaN, empty sets and impossible rates are refused by a `ValueError`.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log, log1p
from warnings import catch_warnings, simplefilter

import numpy as np
from numpy.typing import ArrayLike

from senolab.metrics.inputs import Floats, absent, labels, listed, share
from senolab.metrics.proportions import real

LARGEST_RUN_LENGTH = 1e7  # the ruin of precision in the linear system begins well beyond
LARGEST_COMPUTED = 1e12  # a run length beyond has lost its digits
LARGEST_CHAIN = 200_000  # states; a solution takes about a second
TOO_LONG = "these rates and this run length need too long a chart; take rates further from 0 or apart"


@dataclass(frozen=True, kw_only=True)
class CusumChart:
    """A chart's weights and limit, and how long it runs on average until it signals.

    Attributes
    ----------
    in_control, out_of_control : float
        Acceptable rate, and the rate to be found out (higher or lower).
    step : float
        The unit both weights and the limit are multiples of, so that run lengths are exact.
    event_steps, other_steps, limit_steps : int
        Weight of a case with the event, of one without, and the limit, in steps.
    run_length_in_control, run_length_out_of_control : float
        Average number of cases until the signal, at both rates.
    """

    in_control: float
    out_of_control: float
    step: float
    event_steps: int
    other_steps: int
    limit_steps: int
    run_length_in_control: float
    run_length_out_of_control: float

    @property
    def limit(self) -> float:
        """The limit in units of the log-likelihood ratio."""
        return self.limit_steps * self.step


@dataclass(frozen=True, kw_only=True)
class Cusum:
    """How a chart ran: `path` of shape (cases,), in units of the log-likelihood ratio.

    `signal` is the place (from 0) of the case at which the path first reached the limit and
    `month` is its month; both are None where it never did.
    """

    path: Floats
    signal: int | None
    month: Hashable | None


def cusum_chart(*, in_control: float, out_of_control: float, run_length: float) -> CusumChart:
    """Design a chart that signals no more often than once in `run_length` cases at the good rate.

    A case weighs log(p₁/p₀) with the event and log((1 − p₁)/(1 − p₀)) without. The smaller weight
    is kept and the larger rounded to whole parts of it, by less than 1 in 1,000; that makes the
    chart a chain of few states, whose run lengths need no simulation. The limit is the lowest with
    which the run length is long enough.

    Parameters
    ----------
    in_control, out_of_control
        p₀ and p₁, strictly between 0 and 1; p₁ above p₀ watches a rise (recalls), below it a fall
        (detections).
    run_length
        Wanted average number of cases until a false signal, 2 to 10 million.

    Raises
    ------
    ValueError
        Also for equal rates, or where the chain would be too long (a very rare event).

    Source: Steiner et al. 2000, doi:10.1093/biostatistics/1.4.441; the rounding as in Reynolds &
    Stoumbos 1999, doi:10.1080/00224065.1999.11979900.
    """
    good, bad = (
        share(real(in_control, "in_control"), "in_control", ends=False),
        share(real(out_of_control, "out_of_control"), "out_of_control", ends=False),
    )
    if not 2 <= real(run_length, "run_length") <= LARGEST_RUN_LENGTH:  # NaN comes here too
        raise ValueError(f"run_length must lie between 2 and {LARGEST_RUN_LENGTH:g}, not {run_length}")
    event, other, step = _steps(good, bad)
    limit = _limit(good, event, other, run_length)
    return CusumChart(
        in_control=good,
        out_of_control=bad,
        step=step,
        event_steps=event,
        other_steps=other,
        limit_steps=limit,
        run_length_in_control=_computed(_run_length(good, event, other, limit)),
        run_length_out_of_control=_computed(_run_length(bad, event, other, limit)),
    )


def average_run_length(chart: CusumChart, *, rate: float) -> float:
    """Average number of cases until a chart signals when the true rate is `rate`, exactly.

    Raises
    ------
    ValueError
        For what is no chart or no rate, and where the number is above a million million, which the linear
        system has no digits for.

    Source: Brook & Evans 1972, doi:10.1093/biomet/59.3.539.
    """
    _one_chart(chart)
    true = share(real(rate, "rate"), "rate", ends=False)
    return _computed(_run_length(true, chart.event_steps, chart.other_steps, chart.limit_steps))


def cusum(events: ArrayLike, months: Sequence[Hashable], *, chart: CusumChart) -> Cusum:
    """Follow cases in the order they were read: S = max(0, S + weight of the case), from 0.

    Parameters
    ----------
    events
        Vector of 0 and 1 (1: recalled, or detected), one a case.
    months
        Label of each case's month, e.g. ``"2026-03"``; as long as `events`, cases of a month together.

    Raises
    ------
    ValueError
        For events that are not 0 or 1, a case without a month, months that come back, and for what is no
        chart.

    Source: Steiner et al. 2000, doi:10.1093/biostatistics/1.4.441.
    """
    _one_chart(chart)
    flags = labels(events, "events", both=False)
    names = _months(months)
    if len(names) != len(flags):
        raise ValueError(f"months has {len(names)} values, but events has {len(flags)}")
    if 1 + sum(a != b for a, b in pairwise(names)) != len(set(names)):
        raise ValueError(
            "months comes back to a month that it had left; cases must stand in the order of reading"
        )
    total = np.cumsum(np.where(flags, chart.event_steps, chart.other_steps))
    path = total - np.minimum(np.minimum.accumulate(total), 0)
    over = np.flatnonzero(path >= chart.limit_steps)
    signal = int(over[0]) if over.size else None
    return Cusum(path=path * chart.step, signal=signal, month=None if signal is None else names[signal])


def _one_chart(chart: object) -> None:
    if not isinstance(chart, CusumChart):
        raise ValueError(f"chart must be a CusumChart, not {chart!r:.40}; see `cusum_chart`")


def _months(months: Sequence[Hashable]) -> list[Hashable]:
    if isinstance(months, str) or not listed(months):
        raise ValueError(f"months must be a list with the month of each case, not {months!r}")
    names = list(months)
    if not all(isinstance(name, Hashable) for name in names):
        raise ValueError("months must hold one label for each case")
    for place, name in enumerate(names):
        if absent(name):
            raise ValueError(f"months holds {name} at place {place}; every case needs its month")
    return names


def _steps(good: float, bad: float) -> tuple[int, int, float]:
    """Weights with and without the event in whole steps, and the step."""
    weights = np.array([log(bad) - log(good), log1p(-bad) - log1p(-good)])
    small, large = np.sort(np.abs(weights))
    if small == 0:
        raise ValueError("in_control and out_of_control must differ")
    if large > 1e9 * small:
        raise ValueError(TOO_LONG)
    parts = np.arange(1, 1001)  # of the smaller weight; 500 are always enough
    best = int(
        parts[
            np.argmax(
                np.abs(np.round(parts * large / small) - parts * large / small) * small / large
                <= parts / 1000
            )
        ]
    )
    event, other = np.round(weights / small * best).astype(int)
    return int(event), int(other), float(small / best)


def _limit(rate: float, event: int, other: int, wanted: float) -> int:
    """Lowest limit in steps whose run length is as wanted: doubling, then halving."""
    low, high = 0, 1

    def short(limit: int) -> bool:  # a length that has no digits left is long enough
        return 1 <= _run_length(rate, event, other, limit) < wanted

    while short(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if short(middle) else (low, middle)
    return high


def _run_length(rate: float, event: int, other: int, limit: int) -> float:
    """Return the expected steps of the chain over the states 0 .. limit - 1, from 0 to its end.

    A chain that hardly ever ends has a matrix without digits, whose solution is NaN or below 0.
    """
    from scipy.sparse import csc_array, eye_array
    from scipy.sparse.linalg import MatrixRankWarning, spsolve

    if limit > LARGEST_CHAIN:
        raise ValueError(TOO_LONG)
    states = np.arange(limit)
    after = np.maximum(np.concatenate([states + event, states + other]), 0)
    chance = np.repeat([rate, 1 - rate], limit)
    stays = after < limit
    places = (np.tile(states, 2)[stays], after[stays])
    moves = csc_array((chance[stays], places), shape=(limit, limit))
    with catch_warnings(), np.errstate(all="ignore"):
        simplefilter("ignore", MatrixRankWarning)
        steps = np.asarray(spsolve(eye_array(limit, format="csc") - moves, np.ones(limit)))
    return float(steps[0])


def _computed(length: float) -> float:
    if not 1 - 1e-9 <= length <= LARGEST_COMPUTED:  # NaN comes here too
        raise ValueError(
            "the run length is too long to be computed at this rate; take a rate further from 0 and 1"
        )
    return max(length, 1.0)
