"""Thin structures as lines in space: vessels, ducts, Cooper's ligaments, spicules.

They are kept as polylines in the breast's frame, so that both views show the same ones, and drawn
at full detector resolution, so that they stay sharp however coarse the grid of the anatomy is.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .compiled import compiled
from .woman import Shape, Side, Woman

VESSEL, DUCT = 1.1, 0.6  # how gland-like
LIGAMENT, SPICULE = 2.6, 2.8  # sheets seen edge on: some times deeper along the beam than wide


@dataclass(frozen=True)
class Strands:
    """Many polylines, one after the other.

    Attributes
    ----------
    points
        ``(n, 3)`` positions (w, x, z) in mm.
    radii
        Radius per point, mm.
    strengths
        Gland-like path per mm of traversed strand, one per strand.
    ends
        Index behind the last point of each strand.
    """

    points: np.ndarray
    radii: np.ndarray
    strengths: np.ndarray
    ends: np.ndarray


def gathered(lines: list[tuple[np.ndarray, np.ndarray, float]]) -> Strands:
    """Gather (points, radii, strength) of single strands."""
    if not lines:
        return Strands(np.zeros((0, 3)), np.zeros(0), np.zeros(0), np.zeros(0, int))
    return Strands(
        np.concatenate([points for points, _, _ in lines]),
        np.concatenate([radii for _, radii, _ in lines]),
        np.array([strength for _, _, strength in lines]),
        np.cumsum([len(radii) for _, radii, _ in lines]),
    )


def walks(
    rng: np.random.Generator,
    starts: np.ndarray,
    headings: np.ndarray,
    *,
    count: int,
    step_mm: float,
    wander: float,
    target: np.ndarray | None = None,
    pull: float = 0.0,
) -> np.ndarray:
    """Random walks with inertia, side by side.

    Parameters
    ----------
    starts, headings
        ``(n, 3)``; the headings need no length.
    count, step_mm
        Number and length of the steps.
    wander
        Standard deviation of the change of direction per step.
    target, pull
        A point that draws the walks, and how strongly.

    Returns
    -------
    ndarray
        ``(n, count + 1, 3)``.
    """
    heading = headings / np.linalg.norm(headings, axis=1, keepdims=True)
    points = np.empty((len(starts), count + 1, 3))
    points[:, 0] = starts
    for n in range(count):
        heading = heading + wander * rng.standard_normal(heading.shape)
        if target is not None:
            away = target - points[:, n]
            heading = heading + pull * away / (np.linalg.norm(away, axis=1, keepdims=True) + 1e-9)
        heading /= np.linalg.norm(heading, axis=1, keepdims=True)
        points[:, n + 1] = points[:, n] + step_mm * heading
    return points


def strands_of(woman: Woman, side: Side, shape: Shape) -> Strands:
    """All thin structures of one breast."""
    lines = _vessels(woman.stream("vessels", side), shape)
    lines += _ducts(woman.stream("ducts", side), shape)
    lines += _ligaments(woman.stream("ligaments", side), shape)
    return gathered(lines)


def _vessels(rng: np.random.Generator, shape: Shape) -> list[tuple[np.ndarray, np.ndarray, float]]:
    """Vessels in the fat, running from the chest wall and the axilla to the nipple."""
    nipple = np.array([shape.depth, 0.0, 0.0])
    found = []
    for n in range(int(rng.integers(7, 11))):
        turn = rng.uniform(0.2, 1.3) if n < 4 else rng.uniform(0, 2 * np.pi)
        part = rng.uniform(0.5, 0.9)
        across = np.array([0.0, np.cos(turn), np.sin(turn)])
        start = part * across * [0.0, shape.half_width, shape.half_height] + [rng.uniform(-8, -2), 0.0, 0.0]
        thick = rng.uniform(0.3, 0.8)
        heading = np.array([1.0, 0.0, 0.0]) - 0.3 * across
        main = walks(
            rng,
            start[None],
            heading[None],
            count=int(rng.integers(28, 58)),
            step_mm=1.6,
            wander=0.2,
            target=nipple,
            pull=0.06,
        )[0]
        found.append((main, np.linspace(thick, 0.45 * thick, len(main)), VESSEL))
        for _ in range(int(rng.integers(1, 4))):
            at = int(rng.integers(4, len(main) - 4))
            away = (main[at + 1] - main[at]) / 1.6 + 0.7 * rng.standard_normal(3)
            count = int(rng.integers(10, 26))
            branch = walks(
                rng,
                main[at][None],
                away[None],
                count=count,
                step_mm=1.4,
                wander=0.2,
                target=nipple,
                pull=0.04,
            )[0]
            found.append((branch, np.linspace(0.6 * thick, 0.2 * thick, len(branch)), VESSEL))
    return found


def _ducts(rng: np.random.Generator, shape: Shape) -> list[tuple[np.ndarray, np.ndarray, float]]:
    """Duct trees that fan out from the nipple into the gland (about ten open there)."""
    count = int(rng.integers(9, 14))
    turn, wide = rng.uniform(0, 2 * np.pi, count), shape.extent * rng.uniform(0.1, 0.8, count)
    heading = np.stack(
        [-np.ones(count), 0.8 * wide * np.cos(turn) + 0.08, 0.8 * wide * np.sin(turn) + 0.06], 1
    )
    start = np.stack([np.full(count, shape.depth - 1.0), 1.6 * np.cos(turn), 1.6 * np.sin(turn)], 1)
    found, thick = [], 0.55
    for _generation in range(4):
        lines = walks(rng, start, heading, count=9, step_mm=1.4, wander=0.14)
        lines = lines[lines[:, -1, 0] > shape.back * shape.depth]
        found += [(line, np.linspace(thick, 0.8 * thick, len(line)), DUCT) for line in lines]
        onward = np.repeat((lines[:, -1] - lines[:, -2]) / 1.4, 2, axis=0)
        start, heading = np.repeat(lines[:, -1], 2, axis=0), onward + 0.4 * rng.standard_normal(onward.shape)
        thick *= 0.72
    return found


def _ligaments(rng: np.random.Generator, shape: Shape) -> list[tuple[np.ndarray, np.ndarray, float]]:
    """Cooper's ligaments: thin bowed strands from the gland's surface through the fat to the skin."""
    count, long = 300, 14
    w = shape.depth * rng.uniform(0.0, 0.94, count)
    free = np.sqrt(np.maximum(1.0 - (w / shape.depth) ** 2, 0.05))
    turn, part = rng.uniform(0, 2 * np.pi, count), np.sqrt(rng.uniform(0.02, 0.95, count))
    upward = rng.random(count) < 0.15  # some of them in the axillary tail
    part = np.where(upward, rng.uniform(0.8, 1.9, count), part)
    turn = np.where(upward, rng.normal(np.pi / 4, 0.25, count), turn)
    across = np.stack([np.zeros(count), np.cos(turn), np.sin(turn)], 1)
    start = across * (part * free)[:, None] * [0.0, shape.half_width, shape.half_height]
    start[:, 0] = w
    heading = rng.normal(0.2, 0.6, (count, 1)) * across + 0.45 * rng.standard_normal((count, 3))
    heading[:, 0] += rng.normal(0.9, 0.5, count)
    lines = walks(rng, start, heading, count=long, step_mm=1.2, wander=0.2)
    thick = 0.07 * np.exp(rng.normal(0, 0.42, count))
    points = rng.integers(5, long + 2, count)
    ends = [np.sin(np.linspace(0.15, np.pi - 0.15, n)) ** 0.5 for n in range(long + 2)]
    return [(lines[n, :k], thick[n] * ends[k], LIGAMENT) for n, k in enumerate(points)]


@compiled
def _blob(out: Any, row: float, column: float, radius: float, volume: float, pixel_mm: float) -> None:
    """Add one blob with a parabolic profile; what leaves the map is left out whole."""
    reach = max(radius / pixel_mm, 0.9)
    top = int(np.ceil(row - reach))
    left = int(np.ceil(column - reach))
    bottom = int(np.floor(row + reach))
    right = int(np.floor(column + reach))
    if top < 0 or left < 0 or bottom >= out.shape[0] or right >= out.shape[1]:
        return
    total = 0.0
    for i in range(top, bottom + 1):
        for j in range(left, right + 1):
            total += max(0.0, 1.0 - ((i - row) ** 2 + (j - column) ** 2) / reach**2)
    if total <= 0.0:
        return
    height = volume / (pixel_mm * pixel_mm * total)
    for i in range(top, bottom + 1):
        for j in range(left, right + 1):
            part = 1.0 - ((i - row) ** 2 + (j - column) ** 2) / reach**2
            if part > 0.0:
                out[i, j] += height * part


@compiled
def draw(out: Any, rows: Any, columns: Any, radii: Any, strengths: Any, ends: Any, pixel_mm: float) -> None:
    """Add projected strands to a thickness map (mm), each with a round profile.

    The volume is kept whatever the pixel size, so that a hair finer than a pixel is drawn as
    faint as it is. Corners of the polylines are rounded by a quadratic spline through the middles
    of their parts.

    Parameters
    ----------
    out
        Map in mm, float32; changed in place.
    rows, columns, radii
        Projected points of all strands in pixels (centres at whole numbers), radius in mm; 0 hides.
    strengths, ends
        As in `Strands`.
    """
    first = 0
    for n in range(ends.size):
        last = ends[n] - 1
        for k in range(first, last + 1):
            before = max(k - 1, first)
            after = min(k + 1, last)
            ay = 0.5 * (rows[before] + rows[k])
            ax = 0.5 * (columns[before] + columns[k])
            by = 0.5 * (rows[after] + rows[k])
            bx = 0.5 * (columns[after] + columns[k])
            ar = 0.5 * (radii[before] + radii[k])
            br = 0.5 * (radii[after] + radii[k])
            if ar + br <= 0.0:
                continue
            long = np.hypot(rows[k] - ay, columns[k] - ax) + np.hypot(by - rows[k], bx - columns[k])
            pace = max(0.5, 0.35 * max(ar, br) / pixel_mm)
            count = int(long / pace) + 1
            for s in range(count):
                t = (s + 0.5) / count
                u = 1.0 - t
                y = u * u * ay + 2 * u * t * rows[k] + t * t * by
                x = u * u * ax + 2 * u * t * columns[k] + t * t * bx
                r = u * ar + t * br
                _blob(out, y, x, r, strengths[n] * np.pi * r * r * (long / count) * pixel_mm, pixel_mm)
        first = last + 1


@compiled
def splat(out: Any, rows: Any, columns: Any, radii: Any, volumes: Any, pixel_mm: float) -> None:
    """Add blobs of given radius (mm) and volume (mm3) to a thickness map (mm)."""
    for n in range(rows.size):
        _blob(out, rows[n], columns[n], radii[n], volumes[n], pixel_mm)
