"""What single calcifications look like: each BI-RADS morphology as ellipsoids of calcium.

Sizes are those of the lexicon (D'Orsi 2013): punctate below 0.5 mm, round up to 1 mm, coarse heterogeneous
0.5 to 1 mm, fine pleomorphic and fine linear below 0.5 mm across, large rods 0.5 mm across or more,
dystrophic and popcorn larger than 1 mm.
"""

from collections.abc import Callable

import numpy as np

from .grains import Grains, ellipsoids, together, turns_along, turns_at_random

Draw = Callable[[np.random.Generator, np.ndarray, np.ndarray], Grains]


def _directions(rng: np.random.Generator, count: int) -> np.ndarray:
    found = rng.standard_normal((count, 3))
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def punctate(rng: np.random.Generator, anchor: np.ndarray, offset: np.ndarray) -> Grains:
    """One smooth dot below 0.5 mm."""
    size = rng.uniform(0.09, 0.22)
    return ellipsoids(anchor, offset, size * rng.uniform(0.85, 1.15, 3), weights=0.8)


def round_(rng: np.random.Generator, anchor: np.ndarray, offset: np.ndarray) -> Grains:
    """One smooth ball of up to 1 mm."""
    size = rng.uniform(0.22, 0.5)
    return ellipsoids(anchor, offset, size * rng.uniform(0.92, 1.08, 3), weights=0.8)


def amorphous(rng: np.random.Generator, anchor: np.ndarray, offset: np.ndarray) -> Grains:
    """One hazy flake: a loose heap of dust, too faint for a shape."""
    count = int(rng.integers(5, 10))
    dust = offset + 0.16 * rng.standard_normal((count, 3))
    axes = rng.uniform(0.09, 0.19, (count, 1)) * rng.uniform(0.7, 1.3, (count, 3))
    return ellipsoids(anchor, dust, axes, weights=rng.uniform(0.07, 0.14))


def coarse_heterogeneous(rng: np.random.Generator, anchor: np.ndarray, offset: np.ndarray) -> Grains:
    """One irregular lump of 0.5 to 1 mm."""
    count = int(rng.integers(4, 8))
    lumps = offset + 0.2 * rng.standard_normal((count, 3))
    axes = rng.uniform(0.12, 0.3, (count, 1)) * rng.uniform(0.55, 1.45, (count, 3))
    return ellipsoids(anchor, lumps, axes, turns=turns_at_random(rng, count), weights=0.6)


def fine_pleomorphic(rng: np.random.Generator, anchor: np.ndarray, offset: np.ndarray) -> Grains:
    """One shard below 0.5 mm: angular, of a size and brightness of its own."""
    count = int(rng.integers(1, 5))
    size = 0.095 * np.exp(rng.normal(0.0, 0.38))
    way = _directions(rng, 1)[0]
    lumps = (
        offset + way * np.arange(count)[:, None] * 1.3 * size + 0.6 * size * rng.standard_normal((count, 3))
    )
    axes = np.clip(size * np.exp(rng.normal(0.0, 0.45, (count, 3))), 0.04, 0.24)
    return ellipsoids(anchor, lumps, axes, turns=turns_at_random(rng, count), weights=rng.uniform(0.7, 1.0))


def skin(rng: np.random.Generator, anchor: np.ndarray, offset: np.ndarray) -> Grains:
    """One ring of 0.6 to 1.4 mm in the skin, with a lucent centre."""
    size = rng.uniform(0.3, 0.7)
    outer = size * rng.uniform(0.88, 1.12, 3)
    return _hollow(anchor, offset, outer, rng.uniform(0.55, 0.7), 0.55)


def milk_of_calcium(rng: np.random.Generator, anchor: np.ndarray, offset: np.ndarray) -> Grains:
    """Sediment in one microcyst: a smudge from above, a cup with a level from the side."""
    size = rng.uniform(0.4, 0.9)
    level, lift = -size * rng.uniform(0.2, 0.4), 0.25 * size
    axes = size * np.array([[1.0, 1.0, 1.0], [0.92, 0.92, 0.92]])
    middles = offset + np.array([[0.0, 0.0, 0.0], [0.0, 0.0, lift]])
    levels, weight = np.array([level, level - lift]), rng.uniform(0.25, 0.4)
    return ellipsoids(anchor, middles, axes, weights=np.array([weight, -weight]), levels=levels)


def dystrophic(rng: np.random.Generator, anchor: np.ndarray, offset: np.ndarray) -> Grains:
    """One coarse plaque of over 1 mm, often with a lucent centre."""
    size, count = rng.uniform(0.6, 1.5), int(rng.integers(5, 9))
    crust = offset + size * _directions(rng, count) * rng.uniform(0.5, 0.8, (count, 1))
    axes = size * rng.uniform(0.22, 0.5, (count, 1)) * rng.uniform(0.6, 1.4, (count, 3))
    lumps = ellipsoids(anchor, crust, axes, turns=turns_at_random(rng, count), weights=0.5)
    outer = size * rng.uniform(0.75, 1.2, 3)
    return together([lumps, _hollow(anchor, offset, outer, 0.72, 0.35)])


def rim(rng: np.random.Generator, anchor: np.ndarray, offset: np.ndarray, size: float) -> Grains:
    """Eggshell: a thin, smooth, mostly whole shell."""
    outer = 0.5 * size * np.array([1.0, *rng.uniform(0.86, 0.98, 2)])
    shell = _hollow(anchor, offset, outer, 1.0 - 0.24 / (0.5 * size), 0.3)
    count = int(rng.integers(6, 12))
    crust = offset + outer * _directions(rng, count) * 0.97
    return together([shell, ellipsoids(anchor, crust, np.array([0.3, 0.25, 0.2]), weights=0.35)])


def popcorn(rng: np.random.Generator, anchor: np.ndarray, offset: np.ndarray, size: float) -> Grains:
    """One coarse calcification of a fibroadenoma: round lumps that touch, chinks between, a knobbly edge."""
    radius = 0.5 * size
    count = int(np.clip(9 + 1.6 * size, 10, 30))
    spots = [np.zeros(3)]
    for _ in range(400):
        spot = _directions(rng, 1)[0] * 0.76 * radius * rng.random() ** (1 / 2.4)
        if len(spots) < count and min(np.linalg.norm(spot - s) for s in spots) > 0.31 * radius:
            spots.append(spot)
    lumps = offset + np.array(spots)
    axes = radius * rng.uniform(0.17, 0.29, (len(spots), 1)) * rng.uniform(0.8, 1.25, (len(spots), 3))
    return ellipsoids(anchor, lumps, axes, turns=turns_at_random(rng, len(spots)), weights=0.27)


def suture(rng: np.random.Generator, anchor: np.ndarray, offset: np.ndarray) -> Grains:
    """One length of calcified thread: a bow, a loop, often with a knot."""
    turn, radius, arc = turns_at_random(rng, 1)[0], rng.uniform(1.2, 2.8), rng.uniform(1.5, 5.2)
    angle = np.arange(0.0, arc, 0.12 / radius)
    flat = np.stack([radius * np.cos(angle), radius * np.sin(angle), 0.35 * angle], axis=1)
    thread = offset + flat @ turn
    parts = [rod(rng, np.broadcast_to(anchor, thread.shape), thread, 0.15, smooth=True)]
    if rng.random() < 0.7:
        knot = thread[-1] + 0.25 * rng.standard_normal((5, 3))
        parts.append(ellipsoids(anchor, knot, np.full(3, 0.24), weights=0.6))
    return together(parts)


def rod(
    rng: np.random.Generator, anchors: np.ndarray, offsets: np.ndarray, radius: float, *, smooth: bool
) -> Grains:
    """Lay a rod along points: balls so close that their sum is a cylinder, or an uneven cast of a duct."""
    count = len(offsets)
    middles = anchors + offsets
    gaps = np.linalg.norm(np.diff(middles, axis=0), axis=1)
    step = float(gaps.mean()) if count > 1 else radius
    width = np.full(count, radius)
    if not smooth:
        width = radius * np.exp(0.28 * rng.standard_normal(count))
    ends = np.minimum(np.arange(count), np.arange(count)[::-1]) * step
    width = width * np.sqrt(np.clip((ends + 0.35 * radius) / (1.2 * radius), 0.15, 1.0))
    weight = np.minimum(1.0, 0.75 * step / width) * 0.85
    axes = np.column_stack([np.maximum(width, 0.6 * step), width, width])
    directions = np.gradient(middles, axis=0) if count > 1 else _directions(rng, count)
    return ellipsoids(anchors, offsets, axes, turns=turns_along(directions), weights=weight)


def _hollow(anchor: np.ndarray, offset: np.ndarray, outer: np.ndarray, part: float, weight: float) -> Grains:
    """Make a shell: one ellipsoid less a smaller one."""
    axes = np.stack([outer, outer * part])
    return ellipsoids(anchor, np.stack([offset, offset]), axes, weights=np.array([weight, -weight]))


SINGLE: dict[str, Draw] = {
    "punctate": punctate,
    "round": round_,
    "amorphous": amorphous,
    "coarse heterogeneous": coarse_heterogeneous,
    "fine pleomorphic": fine_pleomorphic,
    "skin": skin,
    "milk of calcium": milk_of_calcium,
    "dystrophic": dystrophic,
    "suture": suture,
}
