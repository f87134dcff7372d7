"""How a breast lies under the paddle: the map between the uncompressed breast and the image.

A view is drawn with the chest wall at the left edge, whichever side it is; the image is mirrored at
the end. `v` runs up the image, `w` away from the chest wall, `u` along the beam, all in mm. The
map is closed form in both directions, so that the truth is exact.

CC: the beam runs from head to foot, up in the image is lateral. MLO: the beam runs from
superomedial to inferolateral at 45 degrees, up in the image is the axilla. The beam is parallel,
so that the magnification is 1 and the pixel spacing holds in the whole breast.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .anatomy import Anatomy
from .compiled import compiled
from .laying import distance_of, muscle_of, outline_of
from .positioning import WELL, Positioning
from .scales import Scale

SKIN_MM = 1.1
_ROOT = np.sqrt(0.5)


@dataclass(frozen=True)
class View:
    """One projection of one breast at one scale.

    Attributes
    ----------
    name
        ``RCC``, ``LCC``, ``RMLO`` or ``LMLO``.
    distance
        Signed distance in mm from the skin's outline, inside positive, on the grid of rays.
    muscle
        Part of the ray that is pectoral muscle, on the same grid.
    v_top, w_left
        `v` of the image's top edge, `w` of its edge at the chest wall.
    """

    name: str
    anatomy: Anatomy
    scale: Scale
    thickness_mm: float
    stretch_v: float
    stretch_w: float
    v_top: float
    up: np.ndarray  # direction of v in (x, z)
    beam: np.ndarray  # direction of u in (x, z)
    distance: np.ndarray
    muscle: np.ndarray
    positioning: Positioning = WELL
    w_left: float = 0.0

    @property
    def nipple_mm(self) -> float:
        """`w` of the nipple's base."""
        return self.anatomy.shape.depth * self.stretch_w - self.positioning.rolled_mm

    @property
    def nipple_column(self) -> float:
        """Column of the nipple's base, in pixels."""
        return (self.nipple_mm - self.w_left) / self.scale.pixel_mm - 0.5

    @property
    def used_columns(self) -> int:
        """Columns from the chest wall to just beyond the nipple; the rest is air."""
        return min(
            self.scale.columns, round(self.distance.shape[1] * self.scale.ray_mm / self.scale.pixel_mm)
        )

    def squeeze(self, distance: np.ndarray, v: np.ndarray, w: np.ndarray) -> np.ndarray:
        """Compressed mm per uncompressed mm along the beam."""
        return inner_thickness(distance, self.thickness_mm) / (2.0 * self._reach(v, w))

    def _reach(self, v: np.ndarray, w: np.ndarray) -> np.ndarray:
        shape = self.anatomy.shape
        across = np.hypot(self.up[0] * shape.half_width, self.up[1] * shape.half_height)
        along = np.hypot(self.beam[0] * shape.half_width, self.beam[1] * shape.half_height)
        bulge = 1.0 - (v / self.stretch_v / across) ** 2 - (w / self.stretch_w / shape.depth) ** 2
        return along * np.sqrt(np.maximum(bulge, 0.12))

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Find where points of the uncompressed breast appear.

        Parameters
        ----------
        points
            ``(n, 3)`` positions (w, x, z) in mm.

        Returns
        -------
        rows, columns
            Pixel coordinates (centres at whole numbers), chest wall at the left.
        beam_mm
            Position along the beam, 0 in the middle of the compressed breast.
        distance_mm
            Distance from the skin's outline.
        """
        w = points[:, 0] * self.stretch_w
        v = (points[:, 1] * self.up[0] + points[:, 2] * self.up[1]) * self.stretch_v
        u = points[:, 1] * self.beam[0] + points[:, 2] * self.beam[1]
        distance = self.distance_at(v, w)
        rows = (self.v_top - v) / self.scale.pixel_mm - 0.5
        columns = (w - self.w_left) / self.scale.pixel_mm - 0.5
        return rows, columns, u * self.squeeze(distance, v, w), distance

    def distance_at(self, v: np.ndarray, w: np.ndarray) -> np.ndarray:
        """Distance from the outline at view coordinates (nearest ray)."""
        step = self.scale.ray_mm
        i = np.clip(((self.v_top - v) / step).astype(int), 0, self.distance.shape[0] - 1)
        j = np.clip(((w - self.w_left) / step).astype(int), 0, self.distance.shape[1] - 1)
        return self.distance[i, j]

    def muscle_at(self, v: np.ndarray, w: np.ndarray) -> np.ndarray:
        """Part of the ray that is muscle at view coordinates (nearest ray)."""
        step = self.scale.ray_mm
        i = np.clip(((self.v_top - v) / step).astype(int), 0, self.distance.shape[0] - 1)
        j = np.clip(((w - self.w_left) / step).astype(int), 0, self.distance.shape[1] - 1)
        return self.muscle[i, j]

    def gland_path(self) -> np.ndarray:
        """Gland-equivalent path in mm per ray, float32, on the grid of rays."""
        a = self.anatomy
        rows, columns = self.distance.shape
        v = self.v_top - (np.arange(rows) + 0.5) * self.scale.ray_mm
        w = self.w_left + (np.arange(columns) + 0.5) * self.scale.ray_mm
        inner = inner_thickness(self.distance, self.thickness_mm).astype(np.float64)
        squeeze = np.maximum(self.squeeze(self.distance, v[:, None], w[None, :]), 1e-3)
        out = np.zeros((rows, columns), np.float32)
        _march(
            out,
            a.fraction,
            a.origin,
            a.voxel_mm,
            v / self.stretch_v,
            w / self.stretch_w,
            inner,
            squeeze,
            self.up,
            self.beam,
        )
        return out


def inner_thickness(distance: np.ndarray, thickness_mm: float) -> np.ndarray:
    """Compressed thickness of the tissue under the skin at a distance from the outline, mm."""
    return outer_thickness(np.asarray(distance) - SKIN_MM, thickness_mm - 2.0 * SKIN_MM)


def outer_thickness(distance: np.ndarray, thickness_mm: float) -> np.ndarray:
    """Compressed thickness with the skin: a plate with a round edge, mm."""
    part = np.clip(np.asarray(distance) / (0.46 * thickness_mm), 0.0, 1.0)
    return thickness_mm * np.sqrt(part * (2.0 - part))


def view_of(anatomy: Anatomy, projection: str, scale: Scale, positioning: Positioning | None = None) -> View:
    """Lay a breast down for one projection (``CC`` or ``MLO``), well unless told what is wrong."""
    wrong = positioning or WELL
    woman, shape = anatomy.woman, anatomy.shape
    rng = woman.day_stream(f"position {projection}", anatomy.side)
    oblique = projection == "MLO"
    up = np.array([_ROOT, _ROOT]) if oblique else np.array([1.0, 0.0])
    beam = np.array([_ROOT, -_ROOT]) if oblique else np.array([0.0, 1.0])
    thickness = woman.thickness_mm * (1.06 if oblique else 1.0)
    height = scale.rows * scale.pixel_mm
    v_top = height * (0.565 if oblique else 0.5) + rng.uniform(-7.0, 7.0)
    stretch_w = rng.uniform(1.18, 1.24)
    profile = wrong.rolled_mm == 0.0
    outline = outline_of(oblique, shape.depth * stretch_w, shape.half_width * 1.16, rng, profile=profile)
    w_left = 0.0 if oblique else wrong.missing_mm
    distance = distance_of(outline, scale, v_top, w_left)
    muscle = np.zeros_like(distance)
    if oblique:
        muscle = muscle_of(rng, distance, scale, v_top, shape.depth, wrong.short_mm)
    return View(
        anatomy.side + projection,
        anatomy,
        scale,
        thickness,
        rng.uniform(1.14, 1.18),
        stretch_w,
        v_top,
        up,
        beam,
        distance,
        muscle,
        wrong,
        w_left,
    )


@compiled
def _march(
    out: Any,
    fraction: Any,
    origin: Any,
    step: float,
    v: Any,
    w: Any,
    inner: Any,
    squeeze: Any,
    up: Any,
    beam: Any,
) -> None:
    """Integrate the glandular fraction along each ray, trilinear, in steps of about a voxel."""
    nw, nx, nz = fraction.shape
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            thick = inner[i, j]
            if thick <= 0.0:
                continue
            long = thick / squeeze[i, j]
            count = int(long / (1.15 * step)) + 1
            pace = long / count
            a = (w[j] - origin[0]) / step
            a = min(max(a, 0.0), nw - 1.001)
            ia = int(a)
            fa = a - ia
            total = 0.0
            for s in range(count):
                u = -0.5 * long + (s + 0.5) * pace
                b = abs((v[i] * up[0] + u * beam[0] - origin[1]) / step)
                c = abs((v[i] * up[1] + u * beam[1] - origin[2]) / step)
                b = b if b < nx - 1.001 else max(2.0 * (nx - 1.001) - b, 0.0)
                c = c if c < nz - 1.001 else max(2.0 * (nz - 1.001) - c, 0.0)
                ib = int(b)
                ic = int(c)
                fb = b - ib
                fc = c - ic
                p = (1 - fb) * ((1 - fc) * fraction[ia, ib, ic] + fc * fraction[ia, ib, ic + 1])
                p += fb * ((1 - fc) * fraction[ia, ib + 1, ic] + fc * fraction[ia, ib + 1, ic + 1])
                q = (1 - fb) * ((1 - fc) * fraction[ia + 1, ib, ic] + fc * fraction[ia + 1, ib, ic + 1])
                q += fb * ((1 - fc) * fraction[ia + 1, ib + 1, ic] + fc * fraction[ia + 1, ib + 1, ic + 1])
                total += p + fa * (q - p)
            out[i, j] = total / count * thick / 255.0
