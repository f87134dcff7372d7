"""How well a breast was laid: positioning faults to order, and what is measured of each view.

The measures are those by which positioning is judged: the posterior nipple line of CC and MLO, how far the
pectoral muscle reaches down to the level of the nipple, whether the nipple stands in profile, folds.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .views import View

_NIPPLE_MM, _AREOLA_MM = 5.0, 15.0  # radii of a nipple and an areola that lie on the breast
_EDGE_MM = 2.5


@dataclass(frozen=True)
class Positioning:
    """What is wrong in how a breast was laid; 0 and False: nothing.

    Attributes
    ----------
    rolled_mm
        How far the nipple has rolled out of profile, onto the breast.
    short_mm
        How much higher than usual the pectoral muscle of an MLO ends, which is then narrower, too.
    missing_mm
        Tissue next to the chest wall that the CC does not show.
    fold
        Whether the skin of an MLO has a fold.
    """

    rolled_mm: float = 0.0
    short_mm: float = 0.0
    missing_mm: float = 0.0
    fold: bool = False


WELL = Positioning()


@dataclass(frozen=True)
class Placement:
    """How the breast lies in one view, measured.

    Attributes
    ----------
    posterior_nipple_line_mm
        From the nipple to the chest wall: of a CC to the image's edge, of an MLO at right angles to the
        border of the pectoral muscle, or to the edge where that comes first.
    muscle_above_nipple_mm
        How far above the level of the nipple the pectoral muscle of an MLO ends, negative below it; None of
        a CC.
    nipple_in_profile, fold
        As they say.
    """

    view: str
    posterior_nipple_line_mm: float
    muscle_above_nipple_mm: float | None
    nipple_in_profile: bool
    fold: bool


def placement_of(view: "View") -> Placement:
    """Measure how a breast lies in a view."""
    line, above = view.nipple_mm - view.w_left, None
    if view.name.endswith("MLO"):
        slope, level, above = _muscle_border(view)
        steep = np.hypot(slope, 1.0)
        line = min(line * steep, abs(view.nipple_mm - level) / steep)
    wrong = view.positioning
    fold = wrong.fold and view.name.endswith("MLO")
    return Placement(view.name, round(float(line), 1), above, wrong.rolled_mm == 0.0, fold)


def _muscle_border(view: "View") -> tuple[float, float, float]:
    """Straight line w = slope v + level along the muscle's border, and the height of its lower end."""
    step = view.scale.ray_mm
    rows = np.flatnonzero((view.muscle > 0.02).any(axis=1))
    v = view.v_top - (rows + 0.5) * step
    w = view.w_left + (view.muscle[rows] > 0.02).sum(axis=1) * step
    slope, level = np.polyfit(v, w, 1)
    return float(slope), float(level), round(float(v[-1]), 1)


def skin_added(view: "View", size: tuple[int, ...]) -> np.ndarray | None:
    """Skin in mm that faults lay over a view, at detector pixels: a nipple seen from above, a fold."""
    wrong = view.positioning
    folded = wrong.fold and view.name.endswith("MLO")
    if not wrong.rolled_mm and not folded:
        return None
    pixel = view.scale.pixel_mm
    v = (view.v_top - (np.arange(size[0]) + 0.5) * pixel)[:, None]
    w = (view.w_left + (np.arange(size[1]) + 0.5) * pixel)[None, :]
    out = np.zeros(size, np.float32)
    if wrong.rolled_mm:
        out += _nipple(np.hypot(v, w - view.nipple_mm))
    if folded:
        out += _fold(view, v, w)
    return out


def _nipple(away: np.ndarray) -> np.ndarray:
    """Skin of a nipple and its areola, pressed flat, at a distance from its centre."""
    dome = np.sqrt(np.clip(1.0 - (away / _NIPPLE_MM) ** 2, 0.0, 1.0))
    areola = np.clip((_AREOLA_MM - away) / _EDGE_MM, 0.0, 1.0)
    return (1.7 * np.sqrt(dome) + 0.2 * areola).astype(np.float32)


def _fold(view: "View", v: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Skin of a fold that runs from the chest wall obliquely into the breast; one side of it is sharp."""
    rng = view.anatomy.woman.day_stream(f"fold {view.name}")
    top, long, lean = rng.uniform(-50.0, -30.0), rng.uniform(35.0, 55.0), rng.uniform(0.15, 0.4)
    along = np.clip(w / long, 0.0, 1.0)
    course = top - lean * w + 2.5 * np.sin(w / 9.0 + rng.uniform(0, 6.3))
    beside = v - course
    ridge = np.where(beside > 0, np.exp(-((beside / 3.5) ** 2)), np.exp(-((beside / 0.6) ** 2)))
    return (1.8 * ridge * (1.0 - along**2) * (w < long)).astype(np.float32)
