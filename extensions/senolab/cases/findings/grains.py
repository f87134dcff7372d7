"""Calcium as many small ellipsoids, each with the contrast of its true volume whatever the pixel."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from senolab.cases.compiled import compiled

if TYPE_CHECKING:
    from senolab.cases.views import View

_FINE_MM = 0.0234  # grid on which an ellipsoid is sampled: a third of the smallest detector pixel


@dataclass(frozen=True)
class Grains:
    """Ellipsoids of calcium, `n` of them, lengths in mm in the breast's frame (w, x, z).

    Attributes
    ----------
    anchors
        ``(n, 3)`` points of the tissue that they move with.
    offsets
        ``(n, 3)`` from there, stiff: calcium is not flattened with the tissue.
    axes
        ``(n, 3)`` half axes.
    turns
        ``(n, 3, 3)``; rows are the directions of the axes.
    weights
        Part that is calcium; negative ones hollow another out.
    levels
        Height above its middle to which an ellipsoid is filled (sediment in a cyst); infinite for a full one.
    """

    anchors: np.ndarray
    offsets: np.ndarray
    axes: np.ndarray
    turns: np.ndarray
    weights: np.ndarray
    levels: np.ndarray


def ellipsoids(
    anchors: Any, offsets: Any, axes: Any, *, turns: Any = None, weights: Any = 1.0, levels: Any = np.inf
) -> Grains:
    """Make grains; what is given once holds for all."""
    offsets = np.atleast_2d(np.asarray(offsets, float))
    count = len(offsets)
    turns = np.eye(3) if turns is None else turns
    return Grains(
        np.broadcast_to(np.asarray(anchors, float), (count, 3)).copy(),
        offsets,
        np.broadcast_to(np.asarray(axes, float), (count, 3)).copy(),
        np.broadcast_to(np.asarray(turns, float), (count, 3, 3)).copy(),
        np.broadcast_to(np.asarray(weights, float), count).copy(),
        np.broadcast_to(np.asarray(levels, float), count).copy(),
    )


def together(parts: list[Grains]) -> Grains:
    """Put grains together."""
    if not parts:
        return ellipsoids(np.zeros(3), np.zeros((0, 3)), np.ones(3))
    names = ("anchors", "offsets", "axes", "turns", "weights", "levels")
    return Grains(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def turns_at_random(rng: np.random.Generator, count: int) -> np.ndarray:
    """Draw ``(count, 3, 3)`` rotations, uniform."""
    turned, _ = np.linalg.qr(rng.standard_normal((count, 3, 3)))
    return turned


def turns_along(directions: np.ndarray) -> np.ndarray:
    """Rotations whose first axis points along each of ``(n, 3)`` directions."""
    first = directions / (np.linalg.norm(directions, axis=1, keepdims=True) + 1e-12)
    least = np.eye(3)[np.argmin(np.abs(first), axis=1)]
    second = np.cross(first, least)
    second /= np.linalg.norm(second, axis=1, keepdims=True)
    return np.stack([first, second, np.cross(first, second)], axis=1)


def stiff(offsets: np.ndarray, view: "View") -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Components (v, w, u) in a view of offsets in the breast's frame: neither stretched nor flattened."""
    v = offsets[..., 1] * view.up[0] + offsets[..., 2] * view.up[1]
    u = offsets[..., 1] * view.beam[0] + offsets[..., 2] * view.beam[1]
    return v, offsets[..., 0], u


def places(grains: Grains, view: "View") -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the middles of the grains in a view's full image."""
    rows, columns, _, _ = view.project(grains.anchors)
    v, w, _ = stiff(grains.offsets, view)
    return rows - v / view.scale.pixel_mm, columns + w / view.scale.pixel_mm


def calcium(grains: Grains, view: "View", size: tuple[int, int], top: int, left: int) -> np.ndarray:
    """Calcium path in mm, float32, in a window of a view."""
    out = np.zeros(size)
    rows, columns = places(grains, view)
    axes_view = np.stack(stiff(grains.turns, view), axis=-1)  # (n, axis, component)
    forms = np.einsum("nka,nkb,nk->nab", axes_view, axes_view, grains.axes**-2.0)
    spread = np.einsum("nka,nk->na", axes_view**2, grains.axes**2.0) ** 0.5
    volumes = 4.0 / 3.0 * np.pi * grains.axes.prod(axis=1)
    volumes = np.where(np.isfinite(grains.levels), 0.0, volumes)
    upward = np.array(stiff(np.array([0.0, 0.0, 1.0]), view), float)
    pixel = view.scale.pixel_mm
    fine = int(np.ceil(pixel / _FINE_MM))
    _sum_chords(
        out,
        rows - top,
        columns - left,
        forms,
        spread,
        volumes,
        grains.weights,
        grains.levels,
        upward,
        pixel,
        fine,
    )
    return np.maximum(out, 0.0).astype(np.float32)


@compiled
def _sum_chords(
    out: Any,
    rows: Any,
    columns: Any,
    forms: Any,
    spread: Any,
    volumes: Any,
    weights: Any,
    levels: Any,
    upward: Any,
    pixel: float,
    fine: int,
) -> None:
    """Add the mean path of each pixel through each ellipsoid, sampled `fine` times along each side.

    Samples are scaled so that an ellipsoid's sum is its volume (`volumes`; 0 leaves them as they are); one
    that slips between the samples goes to its pixel whole.
    """
    for n in range(rows.size):
        box = np.empty(4, np.int64)
        for k, middle in ((0, rows[n]), (1, columns[n])):
            box[2 * k] = int(np.floor((middle - spread[n, k] / pixel + 0.5) * fine)) - 1
            box[2 * k + 1] = int(np.floor((middle + spread[n, k] / pixel + 0.5) * fine)) + 1
        factor = weights[n] / (fine * fine)
        if volumes[n] > 0.0:
            total = _sampled(out, box, rows[n], columns[n], forms[n], upward, levels[n], pixel, fine, 0.0)
            if total <= 0.0:
                i = int(np.floor(rows[n] + 0.5))
                j = int(np.floor(columns[n] + 0.5))
                if 0 <= i < out.shape[0] and 0 <= j < out.shape[1]:
                    out[i, j] += weights[n] * volumes[n] / (pixel * pixel)
                continue
            factor *= volumes[n] / (total * (pixel / fine) ** 2)
        _sampled(out, box, rows[n], columns[n], forms[n], upward, levels[n], pixel, fine, factor)


@compiled
def _sampled(
    out: Any,
    box: Any,
    row: float,
    column: float,
    form: Any,
    upward: Any,
    level: float,
    pixel: float,
    fine: int,
    factor: float,
) -> float:
    """Sum the samples of one ellipsoid, and add them to the map times a factor."""
    total = 0.0
    for i in range(box[0], box[1] + 1):
        for j in range(box[2], box[3] + 1):
            v = (row - ((i + 0.5) / fine - 0.5)) * pixel
            w = ((j + 0.5) / fine - 0.5 - column) * pixel
            chord = _chord(form, v, w, upward, level)
            total += chord
            inside = 0 <= i // fine < out.shape[0] and 0 <= j // fine < out.shape[1]
            if inside and factor != 0.0 and chord > 0.0:
                out[i // fine, j // fine] += factor * chord
    return total


@compiled
def _chord(form: Any, v: float, w: float, upward: Any, level: float) -> float:
    """Length of a ray through one ellipsoid at (v, w) from its middle, below its level."""
    half = form[0, 2] * v + form[1, 2] * w
    rest = form[0, 0] * v * v + 2.0 * form[0, 1] * v * w + form[1, 1] * w * w - 1.0
    root = half * half - form[2, 2] * rest
    if root <= 0.0:
        return 0.0
    reach = np.sqrt(root) / form[2, 2]
    first = -half / form[2, 2] - reach
    last = -half / form[2, 2] + reach
    if level < 1e9:
        room = level - upward[0] * v - upward[1] * w
        if upward[2] > 1e-6:
            last = min(last, room / upward[2])
        elif upward[2] < -1e-6:
            first = max(first, room / upward[2])
        elif room < 0.0:
            return 0.0
    return max(last - first, 0.0)
