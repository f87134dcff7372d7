"""Calcifications in a breast: how they are distributed, and along which ducts or vessels they lie."""

from typing import TYPE_CHECKING

import numpy as np

from senolab.cases.strands import DUCT, VESSEL
from senolab.cases.tissue import cone_depth

from . import morphologies
from .catalogue import kind_of
from .courses import Course, courses, traced, tree_near
from .finding import Finding
from .grains import Grains, ellipsoids, together, turns_along

if TYPE_CHECKING:
    from senolab.cases.anatomy import Anatomy

# How many there are in a group or along a segment; for a whole breast a factor more.
_COUNTS = {
    "skin": (4, 9),
    "round": (6, 14),
    "punctate": (9, 22),
    "dystrophic": (3, 6),
    "milk of calcium": (6, 13),
    "suture": (2, 5),
    "amorphous": (16, 34),
    "coarse heterogeneous": (7, 14),
    "fine pleomorphic": (18, 36),
}
_CRUST_STEP_MM, _SECTORS = 0.2, 16


def calcified(rng: np.random.Generator, finding: Finding, anatomy: "Anatomy", place: np.ndarray) -> Grains:
    """Draw the calcifications of a finding at a place."""
    morphology = kind_of(finding).morphology
    if morphology == "vascular":
        return _vascular(rng, finding.size_mm, anatomy)
    if morphology == "fine linear or fine-linear branching":
        return _casts(rng, finding, anatomy, place)
    if morphology == "large rod-like":
        return _rods(rng, finding, anatomy, place)
    if morphology == "rim":
        return morphologies.rim(rng, place, np.zeros(3), finding.size_mm)
    if morphology == "coarse or popcorn-like":
        return morphologies.popcorn(rng, place, np.zeros(3), finding.size_mm)
    low, high = _COUNTS[morphology]
    count = int(rng.integers(low, high + 1)) * {"diffuse": 4, "regional": 2}.get(finding.distribution, 1)
    anchors, offsets = _spots(rng, finding, count, anatomy, place)
    draw = morphologies.SINGLE[morphology]
    return together([draw(rng, anchor, offset) for anchor, offset in zip(anchors, offsets, strict=True)])


def _spots(
    rng: np.random.Generator, finding: Finding, count: int, anatomy: "Anatomy", place: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Find where single calcifications lie: points of the tissue, and stiff offsets from them."""
    radius, none = 0.5 * finding.size_mm, np.zeros((count, 3))
    if finding.distribution == "diffuse":
        return _in_gland(rng, count, anatomy), none
    if finding.distribution in ("linear", "segmental"):
        wide = 0.35 if finding.distribution == "linear" else 0.09 * finding.size_mm
        lobe = courses(anatomy.strands, DUCT)
        lines = tree_near(lobe, place, finding.size_mm)
        lines = lines[:1] if finding.distribution == "linear" else lines
        points = np.concatenate([traced(line, 0.5)[0] for line in lines])
        near = points[np.linalg.norm(points - points[0], axis=1) <= finding.size_mm]
        return near[rng.integers(len(near), size=count)] + wide * rng.standard_normal((count, 3)), none
    ball = rng.standard_normal((count, 3))
    ball /= np.linalg.norm(ball, axis=1, keepdims=True)
    if finding.distribution == "regional":
        return place + 0.95 * radius * ball * rng.random((count, 1)) ** (1 / 3), none
    if kind_of(finding).morphology == "skin":
        return _on_skin(rng, count, anatomy, place, radius), none
    return np.broadcast_to(place, (count, 3)), 0.95 * radius * ball * rng.random((count, 1)) ** 0.55


def _in_gland(rng: np.random.Generator, count: int, anatomy: "Anatomy") -> np.ndarray:
    """Points all over the gland."""
    shape, found = anatomy.shape, []
    while len(found) < count:
        w, x, z = rng.uniform([0.12, -0.8, -0.8], [0.9, 0.9, 0.9]) * [
            shape.depth,
            shape.half_width,
            shape.half_height,
        ]
        if depth_in_gland(anatomy, w, x, z) > -4.0:
            found.append((w, x, z))
    return np.array(found)


def depth_in_gland(anatomy: "Anatomy", w: float, x: float, z: float) -> float:
    """Depth in mm inside the cone that holds the gland, negative outside."""
    s = anatomy.shape
    measures = [s.depth, s.half_width, s.half_height, s.extent, 0, 0, s.lateral, s.upper, s.back]
    return cone_depth(w, x, z, np.array(measures))


def _on_skin(
    rng: np.random.Generator, count: int, anatomy: "Anatomy", place: np.ndarray, radius: float
) -> np.ndarray:
    """Points in the skin round one that lies in it."""
    near = place + radius * rng.uniform(-1, 1, (count, 3))
    return np.array([in_skin(anatomy, point) for point in near])


def in_skin(anatomy: "Anatomy", point: np.ndarray) -> np.ndarray:
    """Move a point straight outwards from the breast's axis into the skin."""
    shape = anatomy.shape
    w = float(np.clip(point[0], 0.0, 0.9 * shape.depth))
    free = np.sqrt(1.0 - (w / shape.depth) ** 2)
    now = np.hypot(point[1] / shape.half_width, point[2] / shape.half_height)
    return np.array([w, *(point[1:] * 0.985 * free / max(float(now), 1e-6))])


def _vascular(rng: np.random.Generator, size: float, anatomy: "Anatomy") -> Grains:
    """Crusts in the walls of the widest vessels: rings and plaques, here and there, so many mm of course.

    In projection the walls look denser where they are met edge on, hence the two lines ("tram tracks").
    """
    lines = _connected(courses(anatomy.strands, VESSEL))
    parts, left = [], size
    for line in lines:
        points, directions, radii = traced(line, _CRUST_STEP_MM)
        long = min(len(points) * 0.8, left / _CRUST_STEP_MM)
        first = int(rng.integers(0, max(1, int(len(points) - long))))
        here = slice(first, first + int(long))
        parts.append(_crusted(rng, points[here], directions[here], np.maximum(radii[here], 0.6)))
        left -= long * _CRUST_STEP_MM
        if left < 4.0:
            break
    return together(parts)


def _connected(lines: list[Course]) -> list[Course]:
    """Sort vessels: a wide one, what branches off it, and the others by their distance from it."""
    first = max(lines, key=lambda line: float(line[1].mean()) * len(line[1]) ** 0.5)
    return sorted(lines, key=lambda line: float(np.linalg.norm(first[0] - line[0][0], axis=1).min()))


def _crusted(
    rng: np.random.Generator, points: np.ndarray, directions: np.ndarray, radii: np.ndarray
) -> Grains:
    """Crusts round one vessel: each sector of its wall is calcified for some mm, then bare for some."""
    frames = turns_along(directions)
    grains, count = [], len(points)
    phase, ring = rng.uniform(0, 2 * np.pi), _telegraph(rng, count, 7.0, 4.0)
    for sector in range(_SECTORS):
        angle = phase + 2 * np.pi * sector / _SECTORS
        on = ring & _telegraph(rng, count, 4.0, 1.6)
        out = np.cos(angle) * frames[:, 1] + np.sin(angle) * frames[:, 2]
        side = np.cross(directions, out)
        turns = np.stack([directions, side, out], axis=1)[on]
        wide = radii[on] * np.pi / _SECTORS
        axes = np.column_stack([np.full(on.sum(), 0.16), 1.1 * wide, np.full(on.sum(), 0.04)])
        axes *= np.exp(0.22 * rng.standard_normal((on.sum(), 1)))
        offsets = (radii[:, None] * out)[on] + 0.02 * rng.standard_normal((int(on.sum()), 3))
        grains.append(ellipsoids(points[on], offsets, axes, turns=turns, weights=0.4))
    return together(grains)


def _telegraph(rng: np.random.Generator, count: int, on_mm: float, off_mm: float) -> np.ndarray:
    """Give a mask of runs of random length."""
    mask, at, state = np.zeros(count, bool), 0, bool(rng.random() < on_mm / (on_mm + off_mm))
    while at < count:
        run = max(2, int(rng.exponential(on_mm if state else off_mm) / _CRUST_STEP_MM))
        mask[at : at + run] = state
        at, state = at + run, not state
    return mask


def _casts(rng: np.random.Generator, finding: Finding, anatomy: "Anatomy", place: np.ndarray) -> Grains:
    """Casts of ducts and of their forks: thin, uneven, broken."""
    lines = tree_near(courses(anatomy.strands, DUCT), place, finding.size_mm)
    lines = lines[:3] if finding.distribution == "linear" else lines
    parts = []
    for line in lines:
        points, _, _ = traced(line, 0.09)
        points = points[np.linalg.norm(points - lines[0][0][0], axis=1) <= finding.size_mm]
        at = int(rng.exponential(4))
        while at < len(points):
            run = int(rng.uniform(0.4, 2.6) / 0.09)
            piece = points[at : at + run]
            if len(piece) > 3:
                piece = piece + 0.03 * np.cumsum(rng.standard_normal(piece.shape), axis=0) * 0.4
                parts.append(rod(rng, piece, rng.uniform(0.065, 0.13)))
            at += run + int(rng.exponential(0.7) / 0.09) + 2
    return together(parts)


def _rods(rng: np.random.Generator, finding: Finding, anatomy: "Anatomy", place: np.ndarray) -> Grains:
    """Large smooth rods in ducts, on their way to the nipple."""
    ducts = courses(anatomy.strands, DUCT)
    if finding.distribution != "diffuse":
        reach = 0.5 * finding.size_mm
        ducts = [duct for duct in ducts if np.linalg.norm(duct[0].mean(0) - place) < reach] or ducts[:3]
    nipple = np.array([anatomy.shape.depth, 0.0, 0.0])
    ducts = [duct for duct in ducts if _points_to(duct, nipple)] or ducts
    parts = []
    for n in rng.permutation(len(ducts))[: int(rng.integers(7, 16))]:
        points, _, _ = traced(ducts[n], 0.15)
        long = int(rng.uniform(2.0, 8.0) / 0.15)
        first = int(rng.integers(0, max(1, len(points) - long)))
        parts.append(rod(rng, points[first : first + long], rng.uniform(0.25, 0.45), smooth=True))
    return together(parts)


def _points_to(duct: Course, nipple: np.ndarray) -> bool:
    """Whether a duct runs straight to the nipple, within about 35 degrees."""
    way, aim = duct[0][0] - duct[0][-1], nipple - duct[0][-1]
    return float(way @ aim) > 0.82 * float(np.linalg.norm(way) * np.linalg.norm(aim))


def rod(rng: np.random.Generator, points: np.ndarray, radius: float, *, smooth: bool = False) -> Grains:
    """Lay a rod that moves with the tissue it lies in."""
    return morphologies.rod(rng, points, np.zeros_like(points), radius, smooth=smooth)
