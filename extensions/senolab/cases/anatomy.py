"""One uncompressed breast: glandular fraction on a grid, and the thin structures as lines in space."""

from dataclasses import dataclass

import numpy as np

from .cache import Cache
from .noise import lattice
from .strands import Strands, strands_of
from .tissue import FIELDS, GUIDE_MM, fill, guide
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


def anatomy_of(woman: Woman, side: Side, voxel_mm: float, *, cache: Cache | None = None) -> Anatomy:
    """Build one breast of a woman; the same seed gives the same breast at every step of the grid.

    Parameters
    ----------
    cache
        Where tissue is kept that was computed before; nowhere if not given.
    """
    shape = shape_of(woman, side)
    both, field = lattice(woman.stream("tissue")), lattice(woman.stream("tissue", side))
    origin = np.array([-6.0, -1.12 * shape.half_width, -1.12 * shape.half_height])
    top = np.array([shape.depth + 5.0, 1.5 * shape.half_width, 1.5 * shape.half_height])
    size = np.ceil((top - origin) / voxel_mm).astype(int) + 1
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
            shape.fat,
            shape.walls,
        ]
    )
    key = cache.key([size, origin, np.array(voxel_mm), both, field, measures]) if cache else ""
    fraction = cache.get(key, tuple(size)) if cache else None
    if fraction is None:
        fraction = np.zeros(tuple(size), np.uint8)
        slow = np.empty((*(np.ceil((top - origin) / GUIDE_MM).astype(int) + 3), FIELDS), np.float32)
        guide(slow, origin, both, field, measures)
        fill(fraction, origin, voxel_mm, field, slow, measures)
        if cache:
            cache.put(key, fraction)
    return Anatomy(woman, side, shape, fraction, origin, voxel_mm, strands_of(woman, side, shape))
