"""An honest AI-like prompt: a simple detector that looks at the pixels and is sometimes wrong.

It knows nothing but the images: bright round places of mass size that stand out from their
surroundings, and groups of small bright specks. It is a simple program, not a product, and is
shown as such.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage

_GRID_MM = 0.84  # grid of the mass channel
_SPECK_MM = 0.28  # grid of the speck channel
_MASS_SIGMAS = (2.2, 3.0, 4.0)
# Strength of the strongest finding at which each level 2..10 begins, set on 55 women without and 55 with a
# finding of 8 to 14 mm, at two scales. A box stands from level 5 on, which a third of the normal women reach.
_LEVELS = (3.0, 3.25, 3.4, 3.55, 3.75, 4.1, 4.6, 5.2, 5.9)


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
    boxes = [_box(c) for c in sorted(kept, key=lambda c: -c.strength) if c.strength >= _LEVELS[3]]
    return {"score": 1 + sum(top >= level for level in _LEVELS), "boxes": boxes}


def _loaded(
    images: Mapping[str, Any] | Iterable[Path], spacing: float | None
) -> Iterator[tuple[str, np.ndarray, float]]:
    """Give each view's name, pixels scaled to 0..1 and pixel size."""
    if isinstance(images, Mapping):
        entries: list[tuple[str, Any]] = [(str(view), image) for view, image in images.items()]
    else:
        entries = [("", path) for path in images]
    for view, image in entries:
        if not isinstance(image, np.ndarray):
            yield _read(view, image)
        elif spacing is None:
            raise ValueError("arrays need a pixel spacing in mm")
        else:
            yield view, image.astype(np.float32) / max(float(image.max()), 1.0), spacing


def _read(view: str, path: Path) -> tuple[str, np.ndarray, float]:
    """Read a view from a DICOM file of our own making, as its header's grey scale shows it."""
    import pydicom
    from pydicom.pixels.processing import apply_voi_lut

    ds = pydicom.dcmread(path)
    pixels = apply_voi_lut(ds.pixel_array, ds).astype(np.float32) / (2**ds.BitsStored - 1)
    if ds.PhotometricInterpretation == "MONOCHROME1":
        pixels = 1.0 - pixels
    return view or f"{ds.ImageLaterality}{ds.ViewPosition}", pixels, float(ds.ImagerPixelSpacing[0])


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
    """Find the breast without its rim and without the pectoral muscle."""
    breast = np.zeros((image.shape[0] + 2, image.shape[1] + 1), bool)
    breast[1:-1, :-1] = image > 0.02
    depth = np.asarray(ndimage.distance_transform_edt(breast))[1:-1, :-1] * pitch
    inside = depth > 8.0
    inside[:, : max(1, int(3.0 / pitch))] = False
    if oblique:
        inside &= ~_muscle(image, pitch, depth > 10.0)
    return inside


def _muscle(image: np.ndarray, pitch: float, inside: np.ndarray) -> np.ndarray:
    """Find the triangle of muscle at the upper chest wall: a line through each row's steepest fall."""
    fall = -np.asarray(
        ndimage.gaussian_filter1d(
            ndimage.gaussian_filter1d(image, 2.5 / pitch, axis=0), 2.5 / pitch, axis=1, order=1
        )
    )
    fall[~inside] = 0.0
    mask = np.zeros(image.shape, bool)
    lines = np.arange(int(4.0 / pitch), int(0.4 * image.shape[0]))
    edge = np.argmax(fall[lines], axis=1).astype(float)
    slope, start = _common_line(lines.astype(float), edge)
    near = np.abs(edge - (slope * lines + start)) < 6.0 / pitch
    if slope >= 0.0 or near.mean() < 0.4:
        return mask
    slope, start = np.polyfit(lines[near], edge[near], 1)
    border = start + slope * np.arange(image.shape[0]) + 6.0 / pitch
    return np.arange(image.shape[1])[None, :] < border[:, None]


def _common_line(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Fit a line that up to a third of the points may miss (Theil 1950, Sen 1968)."""
    i, j = np.triu_indices(len(x), 8)
    slope = float(np.median((y[j] - y[i]) / (x[j] - x[i])))
    return slope, float(np.median(y - slope * x))


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
    """Find groups of small bright specks: how many stand out within about 8 mm, and how clearly.

    A speck curves in all directions, a strand in one: the lesser curvature tells them apart.
    """
    zoom = pitch / step
    rows = np.clip((np.arange(image.shape[0]) / zoom).astype(int), 0, usable.shape[0] - 1)
    columns = np.clip((np.arange(image.shape[1]) / zoom).astype(int), 0, usable.shape[1] - 1)
    inside = usable[np.ix_(rows, columns)]
    least = _lesser_curvature(image, 0.25 / step)
    common = least[inside & (least > 0)]
    if common.size < 1000:
        return []
    value = np.where(inside, least / np.median(common), 0.0)
    peaks = (value == ndimage.maximum_filter(value, 3)) & (value > 10.0)
    reach = 4.0 / step
    crowd = ndimage.gaussian_filter(np.where(peaks, np.minimum(value, 40.0), 0.0) / 40.0, reach)
    crowd *= 2 * np.pi * reach**2
    tops = np.argwhere((crowd == ndimage.maximum_filter(crowd, int(4 * reach) | 1)) & (crowd > 1.0))
    return [(r / zoom, c / zoom, 7.0, 0.8 + 0.6 * float(crowd[r, c])) for r, c in tops]


def _lesser_curvature(image: np.ndarray, sigma: float) -> np.ndarray:
    """Give the smaller of the two downward curvatures (0 where one is upward)."""
    dyy, dxx, dxy = (
        ndimage.gaussian_filter1d(
            ndimage.gaussian_filter1d(image, sigma, axis=0, order=m), sigma, axis=1, order=n
        )
        for m, n in ((2, 0), (0, 2), (1, 1))
    )
    half = np.sqrt((0.5 * (dxx - dyy)) ** 2 + dxy**2)
    return np.maximum(-0.5 * (dxx + dyy) - half, 0.0)


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
    """Keep the three strongest of a view that do not overlap."""
    kept: list[Candidate] = []
    for one in sorted((c for c in found if c.view == view), key=lambda c: -c.strength):
        apart = all(np.hypot(one.x_mm - k.x_mm, one.y_mm - k.y_mm) > one.half_mm + k.half_mm for k in kept)
        if apart and len(kept) < 3:
            kept.append(one)
    return kept


def _box(one: Candidate) -> dict[str, Any]:
    """Write a candidate as the prompt shows it."""
    certainty = 1.0 / (1.0 + np.exp(-(one.strength - _LEVELS[5]) / 1.2))
    return {
        "view": one.view,
        "x0_mm": round(one.x_mm - one.half_mm, 2),
        "y0_mm": round(one.y_mm - one.half_mm, 2),
        "x1_mm": round(one.x_mm + one.half_mm, 2),
        "y1_mm": round(one.y_mm + one.half_mm, 2),
        "score": round(float(certainty), 3),
    }
