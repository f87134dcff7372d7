"""Outline of a mask as a polygon, and its longest diameter."""

import contourpy
import numpy as np
from scipy.spatial import ConvexHull, QhullError

_TOLERANCE = 0.4  # pixels by which a corner may be left out


def outline_of(mask: np.ndarray) -> np.ndarray:
    """Trace the outer edge of the largest part of a mask.

    Parameters
    ----------
    mask
        Bool, at least one pixel set.

    Returns
    -------
    ndarray
        ``(n, 2)`` rows and columns in pixels, centres at whole numbers, the first point not repeated.
    """
    rows, columns = np.nonzero(mask)
    top, left = rows.min(), columns.min()
    part = np.pad(mask[top : rows.max() + 1, left : columns.max() + 1].astype(np.float32), 1)
    lines = [np.asarray(line) for line in contourpy.contour_generator(z=part).lines(0.5)]
    line = max(lines, key=lambda points: abs(_area(points)))[:-1, ::-1]
    half = len(line) // 2
    kept = np.concatenate(
        [_thinned(line[: half + 1])[:-1], _thinned(np.vstack([line[half:], line[:1]]))[:-1]]
    )
    return kept + np.array([top - 1, left - 1])


def _area(points: np.ndarray) -> float:
    x, y = points[:, 0], points[:, 1]
    return 0.5 * float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))


def _thinned(line: np.ndarray) -> np.ndarray:
    """Leave out corners close to the line between their neighbours (Ramer 1972, Douglas and Peucker 1973)."""
    keep = np.zeros(len(line), bool)
    keep[[0, -1]] = True
    waiting = [(0, len(line) - 1)]
    while waiting:
        first, last = waiting.pop()
        if last - first < 2:
            continue
        way = line[last] - line[first]
        inner = line[first + 1 : last] - line[first]
        long = np.hypot(*way)
        away = np.abs(way[0] * inner[:, 1] - way[1] * inner[:, 0]) / long if long > 0 else np.hypot(*inner.T)
        at = int(np.argmax(away))
        if away[at] > _TOLERANCE:
            middle = first + 1 + at
            keep[middle] = True
            waiting += [(first, middle), (middle, last)]
    return line[keep]


def longest_diameter(points: np.ndarray) -> float:
    """Longest distance between two of ``(n, 2)`` points."""
    try:
        corners = points[ConvexHull(points).vertices]
    except QhullError:
        corners = points
    return float(np.linalg.norm(corners[:, None] - corners[None], axis=2).max())
