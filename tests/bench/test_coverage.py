"""How often a 95 % interval of an area holds the true area, by simulation.

Run as a test it holds what the lessons promise, at a modest number of drawn studies; run as a program
(`python tests/bench/test_coverage.py 20000`) it prints the whole table at a larger one.
"""

import sys
from collections.abc import Iterator

import numpy as np
import pytest
from scipy import stats
from senolab.metrics import roc

SIZES = ((15, 15), (40, 20), (100, 50))  # healthy and diseased cases
AREAS = (0.75, 0.80, 0.85, 0.90, 0.95, 0.98)  # of the hidden normal scales; five levels lose a little of it
CUTS = {"even": (0.25, 0.75, 1.25, 1.75), "lax": (-0.3, 0.5, 1.2, 2.0)}


def shares(area: float, cuts: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Probability of each of five levels, healthy and diseased."""
    shift = np.sqrt(2) * stats.norm.ppf(area)
    edges = np.array([-np.inf, *cuts, np.inf])
    return np.diff(stats.norm.cdf(edges)), np.diff(stats.norm.cdf(edges - shift))


def true_area(healthy: np.ndarray, diseased: np.ndarray) -> float:
    """Area of the five-level scale itself."""
    return float(diseased @ (np.cumsum(healthy) - healthy / 2))


def coverage(
    area: float, cuts: tuple[float, ...], sizes: tuple[int, int], *, studies: int, seed: int
) -> float:
    """Share of drawn studies whose interval holds the true area; equal tables are computed once."""
    rng = np.random.default_rng(seed)
    chances = shares(area, cuts)
    truth = np.repeat([0, 1], sizes)
    tables = np.hstack([rng.multinomial(n, p, studies) for n, p in zip(sizes, chances, strict=True)])
    different, times = np.unique(tables, axis=0, return_counts=True)
    wanted, held = true_area(*chances), 0
    for table, count in zip(different, times, strict=True):
        rating = np.concatenate([np.repeat(range(5), table[:5]), np.repeat(range(5), table[5:])])
        interval = roc.delong(truth, rating)
        held += count * (interval.low <= wanted <= interval.high)
    return held / studies


def every(studies: int) -> Iterator[tuple[str, float, tuple[int, int], float]]:
    """Coverage by cuts, area and size."""
    for name, cuts in CUTS.items():
        for area in AREAS:
            for sizes in SIZES:
                yield name, area, sizes, coverage(area, cuts, sizes, studies=studies, seed=11)


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("area", AREAS)
def test_the_interval_of_an_area_covers_what_it_promises(
    area: float, sizes: tuple[int, int], record_property: pytest.FixtureRequest
) -> None:
    found = coverage(area, CUTS["lax"], sizes, studies=1500, seed=11)
    record_property("coverage", found)
    slack = 3 * np.sqrt(0.95 * 0.05 / 1500)  # of the simulation itself
    assert found >= 0.93 - slack
    assert area > 0.9 or found <= 0.97 + slack


if __name__ == "__main__":
    for name, area, sizes, found in every(int(sys.argv[1]) if len(sys.argv) > 1 else 4000):
        wanted = true_area(*shares(area, CUTS[name]))
        print(
            f"{name:5} {area:.2f} ({wanted:.3f} on five levels) {sizes[0]:4}+{sizes[1]:<3} {found:.3f}",
            flush=True,
        )
