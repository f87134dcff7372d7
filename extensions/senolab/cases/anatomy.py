"""One uncompressed breast: glandular fraction on a grid, and the thin structures as lines in space."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .compiled import compiled
from .noise import lattice, octaves_at, smooth_step, value_at
from .strands import Strands, strands_of
from .woman import Shape, Side, Woman, shape_of


@dataclass(frozen=True)
class Anatomy:
    """One side of a woman, in the frame of reference of `Shape`.

    Attributes
    ----------
    fraction
        Glandular volume fraction times 255, uint8, axes ``(w, x, z)``.
    origin
        Position of voxel (0, 0, 0) in mm.
    voxel_mm
        Step of the grid.
    strands
        Vessels, ducts and Cooper's ligaments.
    """

    woman: Woman
    side: Side
    shape: Shape
    fraction: np.ndarray
    origin: np.ndarray
    voxel_mm: float
    strands: Strands


def anatomy_of(woman: Woman, side: Side, voxel_mm: float) -> Anatomy:
    """Build one breast of a woman; the same seed gives the same breast at every step of the grid."""
    shape = shape_of(woman, side)
    field = lattice(woman.stream("tissue", side))
    origin = np.array([-6.0, -1.12 * shape.half_width, -1.12 * shape.half_height])
    top = np.array([shape.depth + 5.0, 1.5 * shape.half_width, 1.5 * shape.half_height])
    size = np.ceil((top - origin) / voxel_mm).astype(int) + 1
    fraction = np.zeros(tuple(size), np.uint8)
    measures = np.array(
        [
            shape.depth,
            shape.half_width,
            shape.half_height,
            shape.extent,
            shape.fill,
            shape.patchiness,
            shape.lateral,
            shape.upper,
            shape.back,
        ]
    )
    _fill(fraction, origin, voxel_mm, field, measures)
    return Anatomy(woman, side, shape, fraction, origin, voxel_mm, strands_of(woman, side, shape))


@compiled
def _fill(fraction: Any, origin: Any, step: float, field: Any, m: Any) -> None:
    """Evaluate the tissue wherever a view can look: the breast's body and its axillary tail."""
    for i in range(fraction.shape[0]):
        w = origin[0] + i * step
        for j in range(fraction.shape[1]):
            x = origin[1] + j * step
            for k in range(fraction.shape[2]):
                z = origin[2] + k * step
                body = (x / m[1]) ** 2 + (z / m[2]) ** 2 + (max(w, 0.0) / m[0]) ** 2
                tail = x + z > 0.0 and w < 0.9 * m[0] and abs(x - z) < 0.6 * m[1]
                if body < 1.12 or tail:
                    fraction[i, j, k] = np.uint8(255.0 * _tissue(field, w, x, z, m, step) + 0.5)


@compiled
def cone_depth(w: float, x: float, z: float, m: Any) -> float:
    """Depth in mm inside the smooth cone that holds the gland (negative outside)."""
    t = w / m[0]
    left = max(1.0 - t, 0.0)
    radius = m[3] * left**0.7 * smooth_step(m[8] - 0.16, m[8] + 0.30, t) + 0.06 * smooth_step(0.5, 0.9, t)
    px = (x - m[6] * left) / m[1]
    pz = (z - m[7] * left) / m[2]
    return (radius - np.sqrt(px * px + pz * pz)) * 0.5 * (m[1] + m[2])


@compiled
def _sheet(value: float, width: float, blur: float) -> float:
    """Thin curved sheets where a field crosses zero; `blur` widens them and keeps their volume."""
    wide = width + blur
    return (1.0 - smooth_step(0.0, wide, abs(value))) * width / wide


@compiled
def _tissue(field: Any, w: float, x: float, z: float, m: Any, step: float) -> float:
    """Glandular fraction 0..1 at a point.

    A domain warp, then inside a cone a power-law texture that is cut by fat, and everywhere thin
    sheets (zero crossings of a field) for septa and Cooper's ligaments. Structures narrow towards
    the nipple as they do in a breast.
    """
    a1 = value_at(field, w / 22 + 3.1, x / 22, z / 22)
    a2 = value_at(field, w / 22, x / 22 + 7.7, z / 22)
    a3 = value_at(field, w / 22, x / 22, z / 22 + 11.3)
    b1 = value_at(field, w / 7 + 1.3, x / 7, z / 7)
    b2 = value_at(field, w / 7, x / 7 + 4.9, z / 7)
    b3 = value_at(field, w / 7, x / 7, z / 7 + 8.3)
    ww = w + 5.0 * a1 + 1.5 * b1
    xx = x + 5.0 * a2 + 1.5 * b2
    zz = z + 5.0 * a3 + 1.5 * b3
    ragged = octaves_at(field, w / 34 + 2.2, x / 26, z / 26 + 6.6, 4, 0.75)
    inside = cone_depth(ww, xx, zz, m) + 19.0 * ragged
    narrow = 1.0 - 0.6 * min(max(ww / m[0], 0.0), 1.0)
    cx = xx / narrow
    cz = zz / narrow
    fat = 0.02 + 0.09 * abs(value_at(field, w / 6, x / 4, z / 4 + 3.0))
    # Cooper's ligaments and septa of the fat
    broad = value_at(field, ww / 19 + 2.0, xx / 12 + 9.0, zz / 12 + 21.0)
    fine = value_at(field, ww / 9 + 8.0, xx / 6 + 1.0, zz / 6 + 40.0)
    here = 0.3 + 0.7 * smooth_step(-0.3, 0.5, value_at(field, w / 18 + 4.0, x / 18 + 3.0, z / 18))
    near = smooth_step(-18.0, 2.0, inside)
    septa = here * max(
        0.8 * _sheet(broad, 0.04 + 0.06 * near, step / 16), 0.65 * _sheet(fine, 0.05 + 0.07 * near, step / 8)
    )
    if inside < -12.0:
        return min(max(septa, fat), 1.0)
    texture = octaves_at(field, ww / 17 + 5.0, cx / 10, cz / 10 + 1.0, 5, 0.9)
    lobes = octaves_at(field, w / 36 + 9.0, x / 30, z / 30 + 17.0, 2, 0.6)
    level = m[4] + 1.05 * texture + 1.2 * m[5] * lobes
    gland = smooth_step(-0.5, 1.6, level) * smooth_step(-9.0, 9.0, inside + 7.0 * texture)
    return min(max(gland, septa, fat), 1.0)
