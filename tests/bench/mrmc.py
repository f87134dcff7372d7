"""Seconds of an MRMC analysis on one core, against the same one in plain loops over pairs and cases.

OMP_NUM_THREADS=1 python tests/bench/mrmc.py
"""

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "metrics"))
from senolab.metrics import mrmc
from test_mrmc import large, study


def seconds(run, *, times: int = 5) -> float:
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


def main() -> None:
    """Print the figures."""
    rng = np.random.default_rng(1)
    truth = np.arange(114) < 45
    ratings = rng.integers(1, 6, (2, 5, 114)) + truth
    roc = study(ratings, truth.astype(int).tolist())
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
