"""Seconds of an MRMC analysis on one core, against the same one in plain loops over pairs and cases.

Run as a test it records the seconds, which pass or fail nothing, and compares the figures; run as a program
(`OMP_NUM_THREADS=1 python tests/bench/test_mrmc_speed.py`) it prints all of them, the bootstrap's too.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "metrics"))
from senolab.metrics import merit, mrmc
from senolab.metrics.study import Study
from test_mrmc import large, study

Record = Callable[[str, object], None]


def seconds(run: Callable[[], object], *, times: int = 5) -> float:
    """Shortest of several runs."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        run()
        taken.append(time.perf_counter() - began)
    return min(taken)


def by_loops(ratings: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Jackknife areas the plain way: every pair of every set with one case left out."""
    keep = ~np.eye(len(truth), dtype=bool)
    return np.array(
        [
            [(np.sign(one[k & truth][:, None] - one[k & ~truth][None, :]) / 2 + 0.5).mean() for k in keep]
            for one in ratings.reshape(-1, len(truth))
        ]
    )


def rated() -> tuple[np.ndarray, np.ndarray, Study]:
    """Ratings of 2 modalities and 5 readers of 114 cases, their truth, and the study."""
    truth = np.arange(114) < 45
    ratings = np.random.default_rng(1).integers(1, 6, (2, 5, 114)) + truth
    return ratings, truth, study(ratings, truth.astype(int).tolist())


def test_a_study_of_ratings_is_analysed_as_by_loops_and_the_seconds_are_told(record_property: Record) -> None:
    ratings, truth, roc = rated()
    record_property("seconds for 2 x 5 x 114", round(seconds(lambda: mrmc.analyse(roc)), 4))
    ours = [merit.leave_one_out(one, "auc") for one in roc.readings.values()]
    assert np.array(ours) == pytest.approx(by_loops(ratings, truth), abs=1e-12)


def test_a_large_study_of_marks_is_analysed_and_the_seconds_are_told(record_property: Record) -> None:
    froc = large(2000)
    taken = seconds(lambda: mrmc.analyse(froc, figure="wafroc"), times=1)
    record_property("seconds for 2 x 10 x 2000", round(taken, 3))


def main() -> None:
    """Print the figures."""
    ratings, truth, roc = rated()
    ours, loops = seconds(lambda: mrmc.analyse(roc)), seconds(lambda: by_loops(ratings, truth))
    print(f"2 x 5 x 114, auc, jackknife: {ours:.4f} s; by loops {loops / ours:.0f} times that")
    froc = large(2000)
    for figure in ("wafroc", "wafroc1"):
        taken = seconds(lambda name=figure: mrmc.analyse(froc, figure=name))
        print(f"2 x 10 x 2000, {figure}, jackknife: {taken:.3f} s")
    taken = seconds(lambda: mrmc.analyse(froc, figure="wafroc", method="bootstrap"), times=1)
    print(f"2 x 10 x 2000, wafroc, bootstrap of 2000: {taken:.1f} s")


if __name__ == "__main__":
    main()
