"""An honest AI-like prompt: a simple detector that looks at the pixels and is sometimes wrong.

It knows nothing but the images: bright round places of mass size that stand out from their
surroundings, and groups of small bright specks. It is a simple program, not a product, and is
shown as such.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage

_GRID_MM = 0.84  # grid of the mass channel
_SPECK_MM = 0.28  # grid of the speck channel
_MASS_SIGMAS = (2.2, 3.0, 4.0)
# Score of the strongest finding above which each level 2..10 begins: the quantiles .1 to .9 of
# 40 women without and with a lesion.
_LEVELS = (2.6, 2.9, 3.2, 3.5, 3.8, 4.2, 4.7, 5.4, 6.4)


@dataclass(frozen=True)
class Candidate:
    """A suspicious place: centre and half width in mm of the stored matrix, and how suspicious."""

    view: str
    x_mm: float
    y_mm: float
    half_mm: float
    depth_mm: float  # distance from the chest wall's edge
    strength: float


def detect(images: Mapping[str, Any] | Iterable[Path], spacing: float | None = None) -> dict[str, Any]:
    """Mark suspicious places of an exam.

    Parameters
    ----------
    images
        Paths of DICOM files (of our own making: trusted), or view name -> path or 2-D array.
    spacing
        Pixel size in mm for arrays; files bring their own.

    Returns
    -------
    dict
        ``{"score": 1..10, "boxes": [{"view", "x0_mm", "y0_mm", "x1_mm", "y1_mm", "score"}]}`` with
        0..1 per box; at most three boxes a view.
    """
    found: list[Candidate] = []
    for view, pixels, step in _loaded(images, spacing):
        found += _candidates(view, pixels, step)
    found = _agreeing(found)
    kept = [c for view in sorted({c.view for c in found}) for c in _strongest(found, view)]
    top = max((c.strength for c in kept), default=0.0)
    boxes = [_box(c) for c in sorted(kept, key=lambda c: -c.strength) if c.strength >= _LEVELS[2]]
    return {"score": 1 + sum(top >= level for level in _LEVELS), "boxes": boxes}


def _loaded(
    images: Mapping[str, Any] | Iterable[Path], spacing: float | None
) -> Iterable[tuple[str, np.ndarray, float]]:
    """Each view's name, pixels scaled to 0..1 and pixel size."""
    entries = images.items() if isinstance(images, Mapping) else ((None, path) for path in images)
    for view, image in entries:
        if isinstance(image, np.ndarray):
            if spacing is None or view is None:
                raise ValueError("arrays need their view's name and a pixel spacing in mm")
            yield view, image.astype(np.float32) / max(float(image.max()), 1.0), spacing
        else:
            import pydicom

            ds = pydicom.dcmread(image)
            pixels = ds.pixel_array.astype(np.float32) / (2**ds.BitsStored - 1)
            name = view or f"{ds.ImageLaterality}{ds.ViewPosition}"
            yield name, pixels, float(ds.ImagerPixelSpacing[0])


def _reduced(image: np.ndarray, factor: int) -> np.ndarray:
    """Mean over blocks."""
    rows, columns = (n // factor * factor for n in image.shape)
    cut = image[:rows, :columns]
    return cut.reshape(rows // factor, factor, columns // factor, factor).mean((1, 3))


def _candidates(view: str, pixels: np.ndarray, step: float) -> list[Candidate]:
    """Suspicious places of one view; the chest wall is brought to the left edge meanwhile."""
    flipped = pixels[:, -8:].sum() > pixels[:, :8].sum()
    image = pixels[:, ::-1] if flipped else pixels
    factor = max(1, round(_GRID_MM / step))
    coarse, pitch = _reduced(image, factor), step * factor
    usable = _usable(coarse, pitch, oblique=view.endswith("MLO"))
    fine_factor = max(1, round(_SPECK_MM / step))
    specks = _specks(_reduced(image, fine_factor), step * fine_factor, usable, pitch)
    found = []
    for row, column, half, strength in [*_masses(coarse, pitch, usable), *specks]:
        x, y = (column + 0.5) * pitch, (row + 0.5) * pitch
        shown = image.shape[1] * step - x if flipped else x
        found.append(Candidate(view, shown - 0.5 * step, y - 0.5 * step, half, x, strength))
    return found


def _usable(image: np.ndarray, pitch: float, *, oblique: bool) -> np.ndarray:
    """The breast without its rim and without the pectoral muscle."""
    breast = ndimage.binary_fill_holes(image > 0.02)
    breast = np.pad(breast, ((1, 1), (0, 1)), constant_values=False)
    inside = ndimage.distance_transform_edt(breast)[1:-1, :-1] * pitch > 8.0
    inside[:, : max(1, int(3.0 / pitch))] = False
    if oblique:
        inside &= ~_muscle(ndimage.gaussian_filter(image, 2.0 / pitch), pitch)
    return inside


def _muscle(smooth: np.ndarray, pitch: float) -> np.ndarray:
    """The triangle of muscle at the upper chest wall: a line through the steepest fall in each row."""
    rows, columns = smooth.shape
    fall = -ndimage.gaussian_filter1d(smooth, 3.0 / pitch, axis=1, order=1)
    reach = int(90.0 / pitch)
    mask = np.zeros(smooth.shape, bool)
    upper = np.arange(int(4.0 / pitch), int(0.35 * rows))
    edge = np.argmax(fall[upper, :reach], axis=1).astype(float)
    for _ in range(3):  # a straight line, the rows that disagree left out
        slope, start = np.polyfit(upper, edge, 1)
        near = np.abs(edge - (slope * upper + start)) < 6.0 / pitch
        if near.sum() < 8:
            return mask
        upper, edge = upper[near], edge[near]
    border = start + slope * np.arange(rows) + 5.0 / pitch
    return np.arange(columns)[None, :] < border[:, None]


def _masses(image: np.ndarray, pitch: float, usable: np.ndarray) -> list[tuple[float, float, float, float]]:
    """Bright round places: difference of Gaussians over several sizes, in units of the local unrest."""
    found = []
    weight = ndimage.gaussian_filter(usable.astype(float), 14.0 / pitch) + 1e-6
    best, size = np.zeros(image.shape), np.zeros(image.shape)
    for sigma in _MASS_SIGMAS:
        s = sigma / pitch
        contrast = ndimage.gaussian_filter(image, s) - ndimage.gaussian_filter(image, 1.8 * s)
        round_ = _roundness(ndimage.gaussian_filter(image, 0.9 * s))
        unrest = np.sqrt(ndimage.gaussian_filter(np.where(usable, contrast, 0.0) ** 2, 14.0 / pitch) / weight)
        value = contrast / (unrest + 0.006) * round_
        size = np.where(value > best, sigma, size)
        best = np.maximum(best, value)
    peaks = (best == ndimage.maximum_filter(best, int(10.0 / pitch) | 1)) & usable & (best > 1.0)
    for row, column in np.argwhere(peaks):
        found.append((row, column, 2.0 * size[row, column] + 1.0, float(best[row, column])))
    return found


def _roundness(smooth: np.ndarray) -> np.ndarray:
    """Ratio of the lesser to the greater curvature where both fall off (1 a ball, 0 a line)."""
    dyy = np.gradient(np.gradient(smooth, axis=0), axis=0)
    dxx = np.gradient(np.gradient(smooth, axis=1), axis=1)
    dxy = np.gradient(np.gradient(smooth, axis=0), axis=1)
    half = np.sqrt((0.5 * (dxx - dyy)) ** 2 + dxy**2)
    mean = -0.5 * (dxx + dyy)
    return np.clip((mean - half) / (mean + half + 1e-9), 0.0, 1.0) ** 0.5


def _specks(
    image: np.ndarray, step: float, usable: np.ndarray, pitch: float
) -> list[tuple[float, float, float, float]]:
    """Groups of small bright specks: how many stand out within 5 mm."""
    sharp = ndimage.gaussian_filter(image, 0.25 / step) - ndimage.gaussian_filter(image, 0.8 / step)
    sharp = np.maximum(sharp, 0.0) * _roundness(ndimage.gaussian_filter(image, 0.25 / step))
    zoom = pitch / step
    rows = np.clip((np.arange(image.shape[0]) / zoom).astype(int), 0, usable.shape[0] - 1)
    columns = np.clip((np.arange(image.shape[1]) / zoom).astype(int), 0, usable.shape[1] - 1)
    inside = usable[np.ix_(rows, columns)]
    if inside.sum() < 1000:
        return []
    unrest = np.sqrt(ndimage.gaussian_filter(np.where(inside, sharp, 0.0) ** 2, 12.0 / step) + 1e-8)
    value = np.where(inside, sharp / unrest, 0.0)
    peaks = (value == ndimage.maximum_filter(value, 3)) & (value > 5.0)
    reach = 4.0 / step
    crowd = (
        ndimage.gaussian_filter(np.where(peaks, np.minimum(value, 15.0), 0.0), reach) * 2 * np.pi * reach**2
    )
    tops = np.argwhere((crowd == ndimage.maximum_filter(crowd, int(4 * reach) | 1)) & (crowd > 15.0))
    return [(r / zoom, c / zoom, 7.0, float(crowd[r, c]) / 15.0) for r, c in tops]


def _agreeing(found: list[Candidate]) -> list[Candidate]:
    """Raise what the other view of the same side shows at the same depth."""
    raised = []
    for one in found:
        others = [
            other.strength
            for other in found
            if other.view[0] == one.view[0]
            and other.view != one.view
            and abs(other.depth_mm - one.depth_mm) < 9.0
        ]
        bonus = 0.6 * min(one.strength, max(others, default=0.0))
        raised.append(
            Candidate(one.view, one.x_mm, one.y_mm, one.half_mm, one.depth_mm, one.strength + bonus)
        )
    return raised


def _strongest(found: list[Candidate], view: str) -> list[Candidate]:
    """The three strongest of a view that do not overlap."""
    kept: list[Candidate] = []
    for one in sorted((c for c in found if c.view == view), key=lambda c: -c.strength):
        apart = all(np.hypot(one.x_mm - k.x_mm, one.y_mm - k.y_mm) > one.half_mm + k.half_mm for k in kept)
        if apart and len(kept) < 3:
            kept.append(one)
    return kept


def _box(one: Candidate) -> dict[str, Any]:
    """A candidate as the prompt shows it."""
    certainty = 1.0 / (1.0 + np.exp(-(one.strength - _LEVELS[4]) / 1.2))
    return {
        "view": one.view,
        "x0_mm": round(one.x_mm - one.half_mm, 2),
        "y0_mm": round(one.y_mm - one.half_mm, 2),
        "x1_mm": round(one.x_mm + one.half_mm, 2),
        "y1_mm": round(one.y_mm + one.half_mm, 2),
        "score": round(float(certainty), 3),
    }
