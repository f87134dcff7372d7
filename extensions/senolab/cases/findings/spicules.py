"""Spicules: fine straight strands that radiate from a mass, or from where tissue is drawn together."""

from typing import TYPE_CHECKING

import numpy as np

from senolab.cases.strands import Strands, gathered, walks

if TYPE_CHECKING:
    from .bodies import Body

_STEPS = 12
_DEPTH = 2.2  # they are thin sheets seen edge on: so much deeper along the beam than wide


def of_mass(rng: np.random.Generator, centre: np.ndarray, body: "Body") -> Strands:
    """Spicules of a mass: broad where they leave it, straight, thinning out to nothing, seldom forked."""
    count, radius = int(rng.integers(20, 29)), body.radius_mm
    count += max(0, round(2.0 * (radius - 7.0)))  # else a large one looks bald
    heading = _headings(rng, count)
    long = radius * (1.1 + rng.gamma(2.4, 0.55, count)).clip(1.2, 3.6)
    thick = rng.uniform(0.17, 0.32, count) * min(1.0, 0.45 + 0.09 * radius)
    strong = 1.4 * _DEPTH * rng.uniform(0.8, 1.2, count)
    lines = []
    for way, length, width, strength in zip(heading, long, thick, strong, strict=True):
        lines += _one(rng, centre + 0.55 * radius * way, way, 0.35 * radius + length, width, strength)
    return gathered(lines)


def of_distortion(rng: np.random.Generator, centre: np.ndarray, radius: float) -> Strands:
    """Lines that radiate from an empty middle: thinner and longer than those of a mass, of even width."""
    count = int(rng.integers(26, 36))
    heading = _headings(rng, count)
    start = rng.uniform(0.04, 0.2, count) * radius
    lines = []
    for way, first in zip(heading, start, strict=True):
        length = radius * rng.uniform(0.5, 1.1)
        width = rng.uniform(0.13, 0.24)
        lines += _one(rng, centre + first * way, way, length, width, _DEPTH, waist=True)
    return gathered(lines)


def _headings(rng: np.random.Generator, count: int) -> np.ndarray:
    """Directions all round, a little uneven."""
    heading = rng.standard_normal((count, 3))
    return heading / np.linalg.norm(heading, axis=1, keepdims=True)


def _one(
    rng: np.random.Generator,
    start: np.ndarray,
    heading: np.ndarray,
    length: float,
    width: float,
    strength: float,
    *,
    waist: bool = False,
) -> list[tuple[np.ndarray, np.ndarray, float]]:
    """One spicule, and its fork if it has one."""
    steps = _STEPS
    line = walks(rng, start[None], heading[None], count=steps, step_mm=length / steps, wander=0.035)[0]
    along = np.linspace(0.0, 1.0, steps + 1)
    taper = (
        (0.25 + 0.75 * np.sin(np.pi * along**0.7))
        if waist
        else np.minimum(along / 0.2, 1) * (1 - along) ** 0.7
    )
    found = [(line, width * taper, strength)]
    if rng.random() < 0.2:
        at = steps // 2
        away = (line[at] - line[at - 1]) / (length / steps) + 0.22 * rng.standard_normal(3)
        fork = walks(rng, line[at][None], away[None], count=steps // 2, step_mm=length / steps, wander=0.035)[
            0
        ]
        found.append((fork, width * taper[at] * np.linspace(0.8, 0.0, len(fork)), strength))
    return found
