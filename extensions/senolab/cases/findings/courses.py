"""Courses of vessels and ducts, for calcifications that follow them."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from senolab.cases.strands import Strands

Course = tuple[np.ndarray, np.ndarray]  # points (n, 3) in mm, radius at each


def courses(strands: "Strands", strength: float) -> list[Course]:
    """All polylines of one kind, told by its strength (`strands.VESSEL`, `strands.DUCT`)."""
    starts = np.concatenate([[0], strands.ends[:-1]])
    return [
        (strands.points[a:b], strands.radii[a:b])
        for a, b, value in zip(starts, strands.ends, strands.strengths, strict=True)
        if value == strength and b - a > 2
    ]


def traced(course: Course, step: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points, directions and radii about `step` mm apart, on the curve that `strands.draw` draws."""
    points, radii = course
    corner = np.arange(len(points))
    t = (np.arange(8) + 0.5)[:, None] / 8
    before, after = points[np.maximum(corner - 1, 0)], points[np.minimum(corner + 1, len(points) - 1)]
    a, b = 0.5 * (before + points), 0.5 * (after + points)
    curve = np.concatenate(
        [(1 - t) ** 2 * a[k] + 2 * (1 - t) * t * points[k] + t**2 * b[k] for k in range(len(points))]
    )
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))])
    at = np.arange(0.0, along[-1], step)
    fine = np.column_stack([np.interp(at, along, curve[:, k]) for k in range(3)])
    directions = np.gradient(fine, axis=0) if len(fine) > 1 else np.ones_like(fine)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True) + 1e-12
    return fine, directions, np.interp(at, along, np.repeat(radii, 8))


def tree_near(ducts: list[Course], place: np.ndarray, size: float) -> list[Course]:
    """Branching ducts of one lobe: the nearest to a place that forks, and what branches off it within a size.

    The branches stand in the order in which they leave the stem; those that end beyond `size` mm from the
    stem's beginning are left out.
    """
    nearest = sorted(ducts, key=lambda duct: float(np.linalg.norm(duct[0].mean(0) - place)))
    trees = (_tree(ducts, stem, size) for stem in nearest[:40])
    return next((tree for tree in trees if len(tree) > 2), nearest[:1])


def _tree(ducts: list[Course], stem: Course, size: float) -> list[Course]:
    """One duct and what branches off it."""
    found, ends = [stem], [stem[0][-1]]
    for points, radii in ducts:
        joined = any(np.allclose(points[0], end, atol=1e-6) for end in ends)
        if joined and np.linalg.norm(points[-1] - stem[0][0]) <= size:
            found.append((points, radii))
            ends.append(points[-1])
    return found
