"""A smooth map on a coarse grid, brought to detector pixels."""

from typing import Any

import numpy as np

from .compiled import compiled


def enlarged(coarse: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Bring a map to ``(rows, columns)`` by cubic convolution, edges repeated; float32.

    Keys 1981, doi 10.1109/TASSP.1981.1163711.
    """
    coarse = np.ascontiguousarray(coarse, np.float32)
    index_r, weight_r = _taps(coarse.shape[0], rows)
    index_c, weight_c = _taps(coarse.shape[1], columns)
    middle = np.empty((coarse.shape[0], columns), np.float32)
    _along_rows(coarse, index_c, weight_c, middle)
    out = np.empty((rows, columns), np.float32)
    _along_columns(middle, index_r, weight_r, out)
    return out


def _taps(coarse: int, fine: int) -> tuple[np.ndarray, np.ndarray]:
    """Find indices and weights of the four neighbours of each fine position."""
    at = (np.arange(fine) + 0.5) * coarse / fine - 0.5
    first = np.floor(at).astype(int)
    t = at - first
    weights = np.stack(
        [
            -0.5 * t + t**2 - 0.5 * t**3,
            1 - 2.5 * t**2 + 1.5 * t**3,
            0.5 * t + 2 * t**2 - 1.5 * t**3,
            -0.5 * t**2 + 0.5 * t**3,
        ],
        axis=1,
    )
    index = np.clip(first[:, None] + np.arange(-1, 3), 0, coarse - 1)
    return index, weights.astype(np.float32)


@compiled
def _along_rows(source: Any, index: Any, weight: Any, out: Any) -> None:
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = (
                weight[j, 0] * source[i, index[j, 0]]
                + weight[j, 1] * source[i, index[j, 1]]
                + weight[j, 2] * source[i, index[j, 2]]
                + weight[j, 3] * source[i, index[j, 3]]
            )


@compiled
def _along_columns(source: Any, index: Any, weight: Any, out: Any) -> None:
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = (
                weight[i, 0] * source[index[i, 0], j]
                + weight[i, 1] * source[index[i, 1], j]
                + weight[i, 2] * source[index[i, 2], j]
                + weight[i, 3] * source[index[i, 3], j]
            )
