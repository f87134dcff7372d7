"""What a finding does to a view's thickness maps, and which pixels belong to it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from senolab.cases.physics import Paths
from senolab.cases.strands import draw

from .altered import change_in
from .bodies import unstretched, window_of
from .catalogue import kind_of
from .grains import calcium
from .grown import Grown

if TYPE_CHECKING:
    from senolab.cases.views import View

SEEN_MM = 0.01  # path of calcium from which a pixel belongs to a calcification
_AS_TISSUE = np.float32(32.0)  # gland in the place of fat, mm, that attenuates like 1 mm of calcium
_PART = 0.2  # of the greatest path from which a pixel belongs to a mass
_RIM_MM = 0.3  # path from which a pixel belongs to a mass that a capsule ends
_JOIN_MM = {"diffuse": 30.0, "regional": 12.0, "segmental": 8.0}  # calcifications so far apart are one region


@dataclass(frozen=True)
class Shadow:
    """What a finding adds to one view's thickness maps, in a window of the full image.

    Attributes
    ----------
    tissue, calcium
        Added path in mm, float32; tissue is gland-like and negative where fat takes its place.
    extent
        What the region is told from: path through body and spicules, or changed path, mm.
    """

    top: int
    left: int
    tissue: np.ndarray
    calcium: np.ndarray
    extent: np.ndarray

    @property
    def window(self) -> tuple[slice, slice]:
        """Slices of the full image."""
        rows, columns = self.tissue.shape
        return slice(self.top, self.top + rows), slice(self.left, self.left + columns)


def shadow_of(grown: Grown, view: "View", gland: np.ndarray, inner: np.ndarray) -> Shadow:
    """Project a finding into a view.

    A body is stiff: it moves with the tissue but is not flattened by the compression, and takes the place
    of tissue of the mean composition there, which is what hides it in a dense breast.

    Parameters
    ----------
    gland, inner
        Gland-like path and thickness of the tissue of the whole view, mm.
    """
    rows, columns, _, _ = view.project(grown.centre[None])
    row, column, contrast = float(rows[0]), float(columns[0]), np.float32(grown.finding.contrast)
    reach = grown.reach_mm() * 1.25
    if grown.altered is not None:
        top, tissue = change_in(view, grown.altered, row, max(reach, 1.8 * grown.size_mm), column)
        left = 0
        tissue = _no_more_than_there_is(tissue, gland, inner, top)
    else:
        top, left, size = window_of(view, row, column, reach)
        tissue = np.zeros(size, np.float32)
    extent = tissue.copy() if grown.altered is None else _as_seen(tissue, gland, inner, top)
    if grown.body is not None:
        whole, fat = grown.body.paths(view, tissue.shape, row - top, column - left)
        part = _gland_part(whole, gland, inner, top, left)
        level = np.float32(grown.body.level)
        tissue += contrast * (whole * (level - np.float32(part)) - fat * level)
        notch = grown.finding.shape == "reniform"  # a node's fatty hilum is told by what it does
        extent += tissue if notch else whole
    _add_strands(grown, view, tissue, extent, top, left)
    grains = calcium(grown.grains, view, tissue.shape, top, left) * contrast
    extent += _AS_TISSUE * grains
    return Shadow(top, left, tissue, grains, extent)


def _no_more_than_there_is(tissue: np.ndarray, gland: np.ndarray, inner: np.ndarray, top: int) -> np.ndarray:
    """Cut what altered tissue adds to a band where gland takes the place of all fat, or fat of all gland."""
    at = slice(top, top + tissue.shape[0]), slice(0, tissue.shape[1])
    return np.clip(tissue, -gland[at], inner[at] - gland[at])


def _as_seen(tissue: np.ndarray, gland: np.ndarray, inner: np.ndarray, top: int) -> np.ndarray:
    """Weigh the path that altered tissue adds by what it does to the image: less where much gland is.

    In mm, so that the greatest stays what it is; beams harden, and over a wide region that moves its edge.
    """
    at, none = (slice(top, top + tissue.shape[0]), slice(0, tissue.shape[1])), np.zeros_like(tissue)
    before, after = (
        Paths(inner[at] - gland[at] - more, gland[at] + more, none, none).attenuation()
        for more in (none, tissue)
    )
    rise = after - before
    return rise * np.float32(np.abs(tissue).max() / max(float(np.abs(rise).max()), 1e-6))


def _gland_part(whole: np.ndarray, gland: np.ndarray, inner: np.ndarray, top: int, left: int) -> float:
    """Mean glandular part of the rays through a body, weighted by its path."""
    at = slice(top, top + whole.shape[0]), slice(left, left + whole.shape[1])
    there = float((whole * inner[at]).sum())
    return float(np.clip((whole * gland[at]).sum() / max(there, 1e-6), 0.0, 1.0))


def _add_strands(
    grown: Grown, view: "View", tissue: np.ndarray, extent: np.ndarray, top: int, left: int
) -> None:
    """Draw the spicules into a window."""
    strands, path = grown.strands, np.zeros_like(tissue)
    rows, columns, _, _ = view.project(grown.centre + unstretched(strands.points - grown.centre, view))
    ends = strands.strengths, strands.ends
    draw(path, rows - top, columns - left, strands.radii, *ends, view.scale.pixel_mm)
    tissue += path * np.float32(grown.finding.contrast)
    extent += path


def mask_of(grown: Grown, shadow: Shadow, pixel_mm: float) -> np.ndarray:
    """Pixels of the shadow's window that belong to the finding in a reader's sense, bool."""
    if kind_of(grown.finding).group == "calcifications":
        return region_of_calcium(shadow.calcium, grown.finding.distribution, pixel_mm)
    if grown.capsuled:
        return shadow.extent > _RIM_MM
    return region_of_tissue(shadow.extent, kind_of(grown.finding).group, pixel_mm)


def region_of_tissue(path: np.ndarray, group: str, pixel_mm: float) -> np.ndarray:
    """Region of a mass, a node or changed tissue: where the smoothed path exceeds a part of its greatest.

    Parameters
    ----------
    path
        Path, or change of path, in mm.
    """
    smooth = {"mass": 0.5, "lymph node": 0.3}.get(group, 2.0) / pixel_mm
    seen = np.maximum(path, 0.0) if group == "lymph node" else np.abs(path)  # its fatty hilum is a notch
    level = ndimage.gaussian_filter(seen, smooth)
    region = np.asarray(ndimage.binary_fill_holes(level > _PART * level.max()))
    if group in ("mass", "lymph node"):
        return region
    return _largest(np.asarray(ndimage.binary_fill_holes(level > 2.0 * _PART * level.max())))


def region_of_calcium(path: np.ndarray, distribution: str, pixel_mm: float) -> np.ndarray:
    """Region of calcifications: they and 0.8 mm round them, joined to one where they are near each other."""
    grains = path > SEEN_MM
    if not grains.any():
        return grains
    join = _JOIN_MM.get(distribution, 1.7)
    step = max(1, int(0.12 * join / pixel_mm)) if join > 4.0 else 1  # a wide region needs no fine edge
    block = tuple(-(-n // step) for n in grains.shape)
    padded = np.zeros((block[0] * step, block[1] * step), bool)
    padded[: grains.shape[0], : grains.shape[1]] = grains
    coarse = padded.reshape(block[0], step, block[1], step).any((1, 3))
    reach = _distance(~np.pad(coarse, int(join / (pixel_mm * step)) + 2), pixel_mm * step)
    near = reach < join + 0.8
    region = near & ((_distance(near, pixel_mm * step) > join) | (reach < 0.8))
    edge = int(join / (pixel_mm * step)) + 2
    region = np.asarray(ndimage.binary_fill_holes(region))[edge:-edge, edge:-edge]
    return np.repeat(np.repeat(region, step, 0), step, 1)[: grains.shape[0], : grains.shape[1]]


def _distance(mask: np.ndarray, pixel_mm: float) -> np.ndarray:
    """Distance in mm of each pixel of a mask from the nearest pixel outside it."""
    return np.asarray(ndimage.distance_transform_edt(mask)) * pixel_mm


def _largest(mask: np.ndarray) -> np.ndarray:
    """Keep the largest connected part of a mask."""
    labels = np.zeros(mask.shape, np.int32)
    count = int(ndimage.label(mask, output=labels))  # type: ignore[arg-type]
    if count < 2:
        return mask
    return labels == 1 + int(np.argmax(ndimage.sum_labels(mask, labels, np.arange(1, count + 1))))
