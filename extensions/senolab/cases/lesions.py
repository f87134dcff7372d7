"""The one lesion of a woman: a body in space, seen in both views of its side."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .anatomy import Anatomy
from .compiled import compiled
from .enlarging import enlarged
from .noise import lattice, octaves_at
from .strands import SPICULE, Strands, draw, gathered, splat, walks
from .tissue import cone_depth
from .views import View, inner_thickness
from .woman import Lesion


@dataclass(frozen=True)
class Grown:
    """A lesion grown in a breast, in the breast's frame (mm).

    Attributes
    ----------
    centre
        Position (w, x, z).
    axes
        Half axes of the body relative to the radius.
    roughness, waves
        Height and angular frequency of the surface's irregularity (a Gaussian-random-sphere-like
        mass: de Sisternes 2015, doi 10.1118/1.4905232).
    soft_mm
        Width of the margin.
    strands
        Spicules.
    grains
        Calcifications: ``(n, 4)`` of w, x, z, radius.
    """

    lesion: Lesion
    centre: np.ndarray
    axes: np.ndarray
    roughness: float
    waves: float
    soft_mm: float
    field: np.ndarray
    strands: Strands
    grains: np.ndarray

    @property
    def radius_mm(self) -> float:
        """Radius of the body or of the cluster."""
        return 0.5 * self.lesion.size_mm


@dataclass(frozen=True)
class Shadow:
    """What a lesion adds to one view's thickness maps, in a window of the full image.

    Attributes
    ----------
    top, left
        Place of the window.
    tissue, calcium
        Added path in mm, float32.
    """

    top: int
    left: int
    tissue: np.ndarray
    calcium: np.ndarray

    @property
    def window(self) -> tuple[slice, slice]:
        """Slices of the full image."""
        rows, columns = self.tissue.shape
        return slice(self.top, self.top + rows), slice(self.left, self.left + columns)


def grow(lesion: Lesion, anatomy: Anatomy, views: list[View]) -> Grown:
    """Grow a lesion at a place that all the views show; a ValueError when there is none."""
    rng = anatomy.woman.stream("lesion", anatomy.side)
    centre = _place(rng, lesion, anatomy, views)
    field = lattice(anatomy.woman.stream("lesion surface", anatomy.side))
    spread = 0.14 if lesion.kind == "spiculated mass" else 0.22
    axes = 1.0 + spread * rng.uniform(-1, 1, 3)
    strands = gathered([])
    grains = np.zeros((0, 4))
    rough, waves, soft = 0.10, 0.9, 0.9
    if lesion.kind == "spiculated mass":
        rough, waves, soft = 0.5, 1.4, 1.3
        strands = _spicules(rng, centre, 0.5 * lesion.size_mm)
    if lesion.kind == "calcifications":
        grains = _grains(rng, centre, 0.5 * lesion.size_mm)
    return Grown(lesion, centre, axes, rough, waves, soft, field, strands, grains)


def _place(rng: np.random.Generator, lesion: Lesion, anatomy: Anatomy, views: list[View]) -> np.ndarray:
    """Find a place in or at the gland, clear of skin and muscle in each view."""
    shape = anatomy.shape
    measures = np.array(
        [
            shape.depth,
            shape.half_width,
            shape.half_height,
            shape.extent,
            0,
            0,
            shape.lateral,
            shape.upper,
            shape.back,
        ]
    )
    margin = 0.5 * lesion.size_mm + 6.0
    for attempt in range(3000):
        place = np.array(
            [
                shape.depth * rng.uniform(0.25, 0.82),
                shape.half_width * rng.uniform(-0.6, 0.75),
                shape.half_height * rng.uniform(-0.6, 0.75),
            ]
        )
        depth = cone_depth(place[0], place[1], place[2], measures)
        if not (-9.0 if attempt < 2000 else -20.0) < depth < 12.0:
            continue
        if all(_shows(view, place, margin) for view in views):
            return place
    raise ValueError(f"no place for a {lesion.kind} of {lesion.size_mm:g} mm in this breast")


def _shows(view: View, place: np.ndarray, margin: float) -> bool:
    """Whether a view shows the place well: tissue all round, no muscle over it, inside the picture."""
    rows, columns, beam, distance = (float(a[0]) for a in view.project(place[None]))
    scale = view.scale
    edge = margin / scale.pixel_mm
    if not (edge < rows < scale.rows - edge and edge < columns < scale.columns - edge):
        return False
    v = view.v_top - (rows + 0.5) * scale.pixel_mm
    w = (columns + 0.5) * scale.pixel_mm
    thick = float(inner_thickness(np.array(distance), view.thickness_mm))
    clear = float(view.muscle_at(np.array(v), np.array(w - margin))) == 0.0
    return distance > margin + 4.0 and abs(beam) < 0.5 * thick - 0.3 * margin and clear


def _spicules(rng: np.random.Generator, centre: np.ndarray, radius: float) -> Strands:
    """Thin strands that radiate from the body into the tissue, some of them forked."""
    count = int(rng.integers(40, 60))
    heading = rng.standard_normal((count, 3))
    heading /= np.linalg.norm(heading, axis=1, keepdims=True)
    steps = 15
    lines = walks(
        rng, centre + 0.3 * radius * heading, heading, count=steps, step_mm=0.2 * radius, wander=0.08
    )
    found = []
    for line in lines:
        thick, keep = rng.uniform(0.17, 0.36), int(rng.integers(8, steps + 1))
        found.append((line[:keep], _tapered(thick, keep), SPICULE))
        if rng.random() < 0.35:
            away = (line[keep // 2] - line[keep // 2 - 1]) / (0.2 * radius) + 0.5 * rng.standard_normal(3)
            fork = walks(rng, line[keep // 2][None], away[None], count=5, step_mm=0.2 * radius, wander=0.08)[
                0
            ]
            found.append((fork, np.linspace(0.6 * thick, 0.05, len(fork)), SPICULE))
    return gathered(found)


def _tapered(thick: float, count: int) -> np.ndarray:
    """Radii of a spicule: it rises out of the body and thins out."""
    along = np.linspace(0.0, 1.0, count)
    return thick * np.minimum(along / 0.3, 1.0) * (1.0 - 0.8 * along)


def _grains(rng: np.random.Generator, centre: np.ndarray, radius: float) -> np.ndarray:
    """Strew a pleomorphic cluster: grains of 0.15 to 0.6 mm, each of one to four lumps."""
    lumps = []
    for _ in range(int(rng.integers(11, 20))):
        place = centre + radius * np.clip(rng.normal(0, 0.45, 3), -1, 1)
        way = rng.standard_normal(3)
        way /= np.linalg.norm(way)
        size = rng.uniform(0.09, 0.22)
        for n in range(int(rng.integers(1, 5))):
            lump = place + way * n * size * 1.1 + 0.03 * rng.standard_normal(3)
            lumps.append(np.append(lump, size * rng.uniform(0.6, 1.0)))
    return np.array(lumps)


def shadow_of(grown: Grown, view: View, gland_part: float) -> Shadow:
    """Project a lesion into a view.

    The body is stiff: it moves with the tissue but is not flattened by the compression.

    Parameters
    ----------
    gland_part
        Mean glandular part of the ray there (0..1): the body displaces that tissue.
    """
    scale = view.scale
    rows, columns, _, _ = view.project(grown.centre[None])
    half = int((3.4 * grown.radius_mm + 2.0) / scale.pixel_mm)
    top, left = max(0, int(rows[0]) - half), max(0, int(columns[0]) - half)
    size = (min(scale.rows, int(rows[0]) + half) - top, min(view.used_columns, int(columns[0]) + half) - left)
    tissue, calcium = np.zeros(size, np.float32), np.zeros(size, np.float32)
    if grown.lesion.kind == "calcifications":
        _draw_grains(grown, view, calcium, top, left)
        return Shadow(top, left, tissue, calcium * np.float32(grown.lesion.conspicuity))
    tissue += _body(grown, view, size, float(rows[0]) - top, float(columns[0]) - left) * np.float32(
        1.06 - gland_part
    )
    strands = grown.strands
    r, c, _, _ = view.project(grown.centre + _stiff(strands.points - grown.centre, view))
    draw(tissue, r - top, c - left, strands.radii, strands.strengths, strands.ends, scale.pixel_mm)
    return Shadow(top, left, tissue * np.float32(grown.lesion.conspicuity), calcium)


def _stiff(offsets: np.ndarray, view: View) -> np.ndarray:
    """Offsets in the breast's frame that the view's stretching turns into the true ones."""
    v = (offsets[:, 1] * view.up[0] + offsets[:, 2] * view.up[1]) / view.stretch_v
    u = offsets[:, 1] * view.beam[0] + offsets[:, 2] * view.beam[1]
    return np.column_stack(
        [offsets[:, 0] / view.stretch_w, v * view.up[0] + u * view.beam[0], v * view.up[1] + u * view.beam[1]]
    )


def _draw_grains(grown: Grown, view: View, out: np.ndarray, top: int, left: int) -> None:
    """Draw the calcifications: spheres of given volume."""
    points = grown.centre + _stiff(grown.grains[:, :3] - grown.centre, view)
    rows, columns, _, _ = view.project(points)
    radii = grown.grains[:, 3]
    splat(out, rows - top, columns - left, radii, 4.0 / 3.0 * np.pi * radii**3, view.scale.pixel_mm)


def _body(grown: Grown, view: View, size: tuple[int, int], row: float, column: float) -> np.ndarray:
    """Path through the body in mm for each pixel of the window."""
    step = max(view.scale.pixel_mm, 0.14)
    shape = (
        max(4, round(size[0] * view.scale.pixel_mm / step)),
        max(4, round(size[1] * view.scale.pixel_mm / step)),
    )
    pixel = view.scale.pixel_mm
    v = (row + 0.5) * pixel - (np.arange(shape[0]) + 0.5) * (size[0] * pixel / shape[0])
    w = (np.arange(shape[1]) + 0.5) * (size[1] * pixel / shape[1]) - (column + 0.5) * pixel
    coarse = np.zeros(shape, np.float32)
    form = np.array([grown.radius_mm, grown.roughness, grown.waves, grown.soft_mm, *grown.axes])
    _chords(coarse, v, w, view.up, view.beam, form, grown.field)
    return np.maximum(enlarged(coarse, *size), 0.0)


@compiled
def _chords(out: Any, v: Any, w: Any, up: Any, beam: Any, form: Any, field: Any) -> None:
    """Integrate the body along the beam in steps of 0.25 mm."""
    radius = form[0]
    reach = 1.9 * radius
    count = int(2.0 * reach / 0.25) + 1
    pace = 2.0 * reach / count
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            if v[i] * v[i] + w[j] * w[j] > reach * reach:
                continue
            total = 0.0
            for s in range(count):
                u = -reach + (s + 0.5) * pace
                x = v[i] * up[0] + u * beam[0]
                z = v[i] * up[1] + u * beam[1]
                r = np.sqrt(w[j] * w[j] + x * x + z * z) + 1e-6
                if r > reach:
                    continue
                a = w[j] / r
                b = x / r
                c = z / r
                wave = octaves_at(field, a * form[2] + 20.0, b * form[2] + 20.0, c * form[2] + 20.0, 3, 0.55)
                long = np.sqrt((a / form[4]) ** 2 + (b / form[5]) ** 2 + (c / form[6]) ** 2)
                edge = radius * (1.0 + form[1] * wave) / long
                total += min(max((edge - r) / form[3] + 0.5, 0.0), 1.0)
            out[i, j] = total * pace
