"""Tissue that is there anyway, changed: drawn together by a distortion, denser in an asymmetry."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import ndimage

from senolab.cases.compiled import compiled
from senolab.cases.enlarging import enlarged
from senolab.cases.noise import lattice, octaves_at, smooth_step
from senolab.cases.strands import draw
from senolab.cases.views import inner_thickness

if TYPE_CHECKING:
    from senolab.cases.anatomy import Anatomy
    from senolab.cases.views import View

_PULL = 0.75  # how much farther from the centre that lies which is drawn to a place near it


@dataclass(frozen=True)
class Block:
    """A part of the anatomy's grid round a place."""

    where: tuple[slice, slice, slice]
    offsets: tuple[
        np.ndarray, np.ndarray, np.ndarray
    ]  # of its voxels from the place, mm, each along one axis


def _block(anatomy: "Anatomy", centre: np.ndarray, half_mm: np.ndarray) -> Block:
    first = np.floor((centre - half_mm - anatomy.origin) / anatomy.voxel_mm).astype(int)
    last = np.ceil((centre + half_mm - anatomy.origin) / anatomy.voxel_mm).astype(int) + 1
    ranges = [(max(0, a), min(n, b)) for a, b, n in zip(first, last, anatomy.fraction.shape, strict=True)]
    offsets = [anatomy.origin[k] + np.arange(*ranges[k]) * anatomy.voxel_mm - centre[k] for k in range(3)]
    a, b, c = (slice(*ends) for ends in ranges)
    return Block((a, b, c), (offsets[0], offsets[1], offsets[2]))


def _replaced(anatomy: "Anatomy", block: Block, values: np.ndarray) -> "Anatomy":
    fraction = anatomy.fraction.copy()
    fraction[block.where] = values
    return replace(anatomy, fraction=fraction)


def drawn_together(anatomy: "Anatomy", centre: np.ndarray, radius: float) -> "Anatomy":
    """Draw the tissue round a place towards it, strands included."""
    reach = 0.6 * radius
    block = _block(anatomy, centre, np.full(3, 2.2 * radius))
    grid = np.stack(np.meshgrid(*block.offsets, indexing="ij"))
    factor = 1.0 + _PULL * np.exp(-(grid**2).sum(0) / reach**2)
    shift = (centre - anatomy.origin)[:, None, None, None]
    at = (grid * factor + shift) / anatomy.voxel_mm
    values = ndimage.map_coordinates(anatomy.fraction.astype(np.float32), at, order=1, mode="nearest")
    moved = replace(anatomy.strands, points=_pulled(anatomy.strands.points, centre, reach))
    return replace(_replaced(anatomy, block, np.rint(values).astype(np.uint8)), strands=moved)


def _pulled(points: np.ndarray, centre: np.ndarray, reach: float) -> np.ndarray:
    """Where points of the tissue come to lie: the inverse of the map that samples it."""
    offsets = points - centre
    away = np.linalg.norm(offsets, axis=1)
    now = away.copy()
    for _ in range(40):
        now = 0.5 * now + 0.5 * away / (1.0 + _PULL * np.exp(-((now / reach) ** 2)))
    return centre + offsets * (now / np.maximum(away, 1e-9))[:, None]


def made_denser(
    anatomy: "Anatomy", centre: np.ndarray, half_axes: np.ndarray, level: float, rng: np.random.Generator
) -> "Anatomy":
    """Put fibroglandular tissue into an ellipsoid without a border of its own, fat between its strands.

    Parameters
    ----------
    half_axes
        Along w, x, z in mm.
    level
        How full it is; its texture is that of the gland.
    """
    block = _block(anatomy, centre, 1.4 * half_axes)
    values = anatomy.fraction[block.where].copy()
    octaves = 1 + int(np.floor(np.log2(10.0 / (1.6 * anatomy.voxel_mm))))
    _thicken(values, *block.offsets, centre, half_axes, level, lattice(rng), octaves)
    return _replaced(anatomy, block, values)


@compiled
def _thicken(
    values: Any, w: Any, x: Any, z: Any, centre: Any, half: Any, level: float, field: Any, octaves: int
) -> None:
    """Raise the glandular fraction (0 to 255) inside a ragged ellipsoid."""
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            for k in range(values.shape[2]):
                away = np.sqrt((w[i] / half[0]) ** 2 + (x[j] / half[1]) ** 2 + (z[k] / half[2]) ** 2)
                if away > 1.35:
                    continue
                a = w[i] + centre[0]
                b = x[j] + centre[1]
                c = z[k] + centre[2]
                ragged = octaves_at(field, a / 13 + 2.0, b / 13 + 5.0, c / 13, 3, 0.8)
                inside = smooth_step(1.0, 0.45, away + 0.30 * ragged)
                if inside <= 0.0:
                    continue
                texture = octaves_at(field, a / 16 + 9.0, b / 10, c / 10 + 4.0, octaves, 1.0)
                part = smooth_step(-0.4, 1.5, level + 0.8 * texture) * inside
                values[i, j, k] = max(values[i, j, k], np.uint8(255.0 * part + 0.5))


def change_in(
    view: "View", altered: "Anatomy", row: float, half_mm: float, columns_to: float
) -> tuple[int, np.ndarray]:
    """Gland-like path that an altered anatomy adds to a band of rows of a view, mm.

    Returns
    -------
    top, change
        First row of the band, and the change from the chest wall on, at detector pixels.
    """
    scale = view.scale
    ratio = scale.ray_mm / scale.pixel_mm
    rays = view.distance.shape
    first = max(0, int((row - half_mm / scale.pixel_mm) / ratio) // 2 * 2)
    last = min(rays[0], int((row + half_mm / scale.pixel_mm) / ratio) // 2 * 2 + 2)
    right = min(rays[1], int((columns_to + half_mm / scale.pixel_mm) / ratio) // 2 * 2 + 2)
    band = replace(
        view,
        distance=view.distance[first:last, :right],
        muscle=view.muscle[first:last, :right],
        v_top=view.v_top - first * scale.ray_mm,
    )
    path = replace(band, anatomy=altered).gland_path() - band.gland_path()
    size = round((last - first) * ratio), min(round(right * ratio), view.used_columns)
    change = enlarged(path, *size)
    if altered.strands is not view.anatomy.strands:
        change += _strands_of(band, altered, size) - _strands_of(band, view.anatomy, size)
    muscle = np.clip(enlarged(band.muscle, *size), 0.0, 1.0)
    return round(first * ratio), change * (1.0 - np.clip(2.5 * muscle, 0.0, np.float32(0.75)))


def _strands_of(band: "View", anatomy: "Anatomy", size: tuple[int, int]) -> np.ndarray:
    strands = anatomy.strands
    rows, columns, beam, distance = band.project(strands.points)
    inside = (distance > 2.0) & (np.abs(beam) < 0.5 * inner_thickness(distance, band.thickness_mm))
    out = np.zeros(size, np.float32)
    radii = np.where(inside, strands.radii, 0.0)
    draw(out, rows, columns, radii, strands.strengths, strands.ends, band.scale.pixel_mm)
    return out
