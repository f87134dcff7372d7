"""Where a finding lies, in the words of a report: clock face, depth, quadrant, distance from the nipple."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

_CENTRAL_MM = 10.0  # from the nipple's axis


@dataclass(frozen=True)
class Position:
    """A place in the uncompressed breast.

    Attributes
    ----------
    clock
        Hour 1 to 12 as the reader faces the woman: 3 o'clock is lateral in her left breast.
    depth
        ``anterior``, ``middle`` or ``posterior`` third, from the nipple to the chest wall.
    quadrant
        ``UOQ``, ``UIQ``, ``LOQ``, ``LIQ`` or ``central``.
    nipple_mm
        Distance from the nipple.
    """

    clock: int
    depth: str
    quadrant: str
    nipple_mm: float


def position_of(place: np.ndarray, side: Literal["R", "L"], breast_depth: float) -> Position:
    """Name a place (w from the chest wall, x to lateral, z to the head; mm) of a breast so deep (mm)."""
    w, x, z = (float(n) for n in place)
    to_the_right = x if side == "L" else -x
    hour = round(np.degrees(np.arctan2(to_the_right, z)) / 30.0) % 12
    depth = ("posterior", "middle", "anterior")[int(np.clip(3.0 * w / breast_depth, 0, 2))]
    quadrant = f"{'U' if z > 0 else 'L'}{'O' if x > 0 else 'I'}Q"
    if np.hypot(x, z) < _CENTRAL_MM:
        quadrant = "central"
    away = float(np.sqrt((breast_depth - w) ** 2 + x**2 + z**2))
    return Position(12 if hour == 0 else hour, depth, quadrant, round(away, 1))
