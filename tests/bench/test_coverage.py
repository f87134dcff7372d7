"""How often a 95 % interval of an area holds the true area, by simulation.

Run as a test it holds what the lessons promise, at a modest number of drawn studies; run as a program
(`python tests/bench/test_coverage.py 20000`) it prints the whole table at a larger one.
"""

import itertools
import sys
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from scipy import optimize, stats
from senolab.metrics import roc

SIZES = ((15, 15), (40, 20), (100, 50))  # healthy and diseased cases
AREAS = (0.75, 0.80, 0.85, 0.90, 0.95, 0.98)  # of the five levels themselves
CUTS = {"even": (0.25, 0.75, 1.25, 1.75), "lax": (-0.3, 0.5, 1.2, 2.0), "strict": (0.5, 1.0, 1.6, 2.3)}
SPREADS = (1.0, 1.5, 2.5)  # of the diseased, in standard deviations of the healthy


def shares(area: float, cuts: tuple[float, ...], spread: float) -> tuple[np.ndarray, np.ndarray]:
    """Probability of each of five levels, healthy and diseased."""
    shift = np.sqrt(1 + spread**2) * stats.norm.ppf(area)
    edges = np.array([-np.inf, *cuts, np.inf])
    return np.diff(stats.norm.cdf(edges)), np.diff(stats.norm.cdf((edges - shift) / spread))


def true_area(healthy: np.ndarray, diseased: np.ndarray) -> float:
    """Area of the five-level scale itself, a little less than that of the hidden one."""
    return float(diseased @ (np.cumsum(healthy) - healthy / 2))


def chances_of(area: float, cuts: tuple[float, ...], spread: float) -> tuple[np.ndarray, np.ndarray]:
    """Probability of each level where the five levels have this area; ValueError where they cannot."""

    def beyond(hidden: float) -> float:
        return true_area(*shares(hidden, cuts, spread)) - area

    return shares(float(optimize.brentq(beyond, 0.5, 1 - 1e-12)), cuts, spread)


def coverage(
    area: float, cuts: tuple[float, ...], spread: float, sizes: tuple[int, int], *, studies: int
) -> float:
    """Share of drawn studies whose interval holds the true area; equal tables are computed once."""
    rng = np.random.default_rng(11)
    chances = chances_of(area, cuts, spread)
    truth = np.repeat([0, 1], sizes)
    tables = np.hstack([rng.multinomial(n, p, studies) for n, p in zip(sizes, chances, strict=True)])
    different, times = np.unique(tables, axis=0, return_counts=True)
    held = 0
    for table, count in zip(different, times, strict=True):
        rating = np.concatenate([np.repeat(range(5), table[:5]), np.repeat(range(5), table[5:])])
        interval = roc.delong(truth, rating)
        held += count * (interval.low <= area <= interval.high)
    return held / studies


def every(studies: int) -> Iterator[str]:
    """Coverage by cuts, spread, area and size, a line each."""
    for (name, cuts), spread, area, sizes in itertools.product(CUTS.items(), SPREADS, AREAS, SIZES):
        if area >= true_area(*shares(1 - 1e-12, cuts, spread)):
            continue  # where so many of the healthy have the highest level, no reader has this area
        found = coverage(area, cuts, spread, sizes, studies=studies)
        yield f"{name:6} spread {spread:.1f} area {area:.2f} {sizes[0]:4}+{sizes[1]:<3} {found:.3f}"


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize(("cuts", "spread"), [("lax", 1.0), ("strict", 1.5)])
def test_the_interval_of_an_area_covers_what_it_promises(
    cuts: str,
    spread: float,
    area: float,
    sizes: tuple[int, int],
    record_property: Callable[[str, object], None],
) -> None:
    found = coverage(area, CUTS[cuts], spread, sizes, studies=2500)
    record_property("coverage", float(found))
    assert found >= 0.93
    assert area > 0.9 or found <= 0.97


if __name__ == "__main__":
    for line in every(int(sys.argv[1]) if len(sys.argv) > 1 else 4000):
        print(line, flush=True)
