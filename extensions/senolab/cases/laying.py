"""The outline of a breast under the paddle, the distance from it, and the muscle behind it."""

import numpy as np
from scipy.spatial import KDTree

from .enlarging import enlarged
from .scales import Scale

_EXACT_MM = 1.12  # grid on which the distance from the skin is computed


def outline_of(
    oblique: bool, depth: float, half: float, rng: np.random.Generator, *, profile: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the skin's edge as a curve w(v), the nipple in profile or not; points 0.05 mm apart in v."""
    v = np.arange(-170.0, 170.0, 0.05)
    lower, upper = half * rng.uniform(0.97, 1.03), half * rng.uniform(0.99, 1.07)
    blunt, root = rng.uniform(1.9, 2.2), rng.uniform(1.75, 1.95)
    if oblique:  # the skin slopes from the nipple up to the armpit
        lower, upper = 0.9 * lower, half * rng.uniform(1.75, 2.0)
    part = np.minimum(np.abs(v) / np.where(v < 0, lower, upper), 1.0)
    power = np.where(v > 0, rng.uniform(1.55, 1.8), blunt) if oblique else blunt
    w = depth * (1.0 - part**power) ** (1.0 / root)
    waves = sum(rng.normal(0, 0.3) * np.sin(2 * np.pi * v / n + rng.uniform(0, 6.3)) for n in (180, 97, 55))
    w = np.where(w > 1.0, w + waves, w)
    proud, wide = rng.uniform(3.5, 6.5), rng.uniform(4.4, 5.6)
    w = w + profile * proud * np.exp(-((np.abs(v) / wide) ** 3)) + 1.0 * np.exp(-((v / 12.0) ** 2))
    return v, np.maximum(w, _belly(v, lower, rng)) if oblique else w


def _belly(v: np.ndarray, lower: float, rng: np.random.Generator) -> np.ndarray:
    """Skin of the abdomen below the breast; where the two meet is the inframammary fold."""
    fold = -lower * rng.uniform(0.93, 0.97)
    reach = rng.uniform(5.0, 13.0)
    return np.where(v < fold, reach * (1.0 - np.exp((v - fold) / 9.0)) + 0.05 * (fold - v), 0.0)


def distance_of(
    outline: tuple[np.ndarray, np.ndarray], scale: Scale, v_top: float, w_left: float
) -> np.ndarray:
    """Signed distance from the outline on the grid of rays, float32 (exact on a grid, then cubic)."""
    v, w = outline
    step, height = max(scale.ray_mm, _EXACT_MM), scale.rows * scale.pixel_mm
    width = min(scale.columns * scale.pixel_mm, float(w.max()) - w_left + 4.0)
    width = round(width / 4.48) * 4.48  # whole rays and whole pixels at every scale
    rows, columns = round(height / step), round(width / step)
    gv = v_top - (np.arange(rows) + 0.5) * step
    gw = w_left + (np.arange(columns) + 0.5) * step
    along = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(v), np.diff(w)))])
    at = np.arange(0.0, along[-1], 0.1)
    tree = KDTree(np.column_stack([np.interp(at, along, v), np.interp(at, along, w)]))
    grid = np.stack(np.meshgrid(gv, gw, indexing="ij"), axis=-1)
    inside = gw[None, :] < np.interp(gv, v, w)[:, None]
    away = tree.query(grid.reshape(-1, 2), workers=1)[0].reshape(rows, columns)
    exact = np.where(inside, away, -away)
    return enlarged(exact, round(height / scale.ray_mm), round(width / scale.ray_mm))


def muscle_of(
    rng: np.random.Generator, distance: np.ndarray, scale: Scale, v_top: float, depth: float, short: float
) -> np.ndarray:
    """Pectoral muscle of an MLO: a wedge from the upper edge to about the level of the nipple, or `short`."""
    step = scale.ray_mm
    v = v_top - (np.arange(distance.shape[0]) + 0.5) * step
    w = (np.arange(distance.shape[1]) + 0.5) * step
    foot = rng.uniform(-20.0, 10.0) + short
    wide = depth * rng.uniform(0.54, 0.68) * (0.7 if short else 1.0)
    rise = np.clip((v - foot) / (v_top - foot), 0.0, 1.0)
    border = wide * (rise + rng.uniform(0.05, 0.2) * np.sin(np.pi * rise)) + 0.5 * np.sin(
        v / 13.0 + rng.uniform(0, 6)
    )
    depth_in = np.where(rise > 0, border, -20.0)[:, None] - w[None, :]
    # bundles run along the border and fan out a little from the armpit
    across = depth_in / (0.35 + 0.65 * rise[:, None]) + 2.2 * np.sin(v[:, None] / 19.0 + rng.uniform(0, 6))
    grain = sum(
        rng.uniform(0.3, 1.0)
        * np.sin(2 * np.pi * across / n + rng.uniform(0, 6.3) + 1.5 * np.sin(v[:, None] / (2.2 * n)))
        for n in (17.0, 9.1, 5.3)
    )
    thick = 0.17 * np.clip(depth_in / 2.0, 0, 1) + 0.13 * np.clip(depth_in / 35.0, 0, 1)
    return (thick * (1.0 + 0.014 * grain)).clip(0.0, 1.0).astype(np.float32)
