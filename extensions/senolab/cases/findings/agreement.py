"""Whether the truth fits the images: each mask against the difference that its finding makes."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from senolab.cases.anatomy import anatomy_of
from senolab.cases.enlarging import enlarged
from senolab.cases.imaging import both_views, first_views, full_mask, paths_of
from senolab.cases.physics import Paths
from senolab.cases.scales import Scale
from senolab.cases.views import View
from senolab.cases.woman import SIDES, Woman

from .catalogue import kind_of
from .grown import Grown, grown_in
from .shadows import region_of_calcium, region_of_tissue

_FAINT = 0.01  # of attenuation: what is less is no contrast
_QUARTER, _TENTH = 0.25, 0.1  # of its contrast: the edge of a solid mass, and of a capsule round fat


@dataclass(frozen=True)
class Agreement:
    """One finding in one view.

    Attributes
    ----------
    overlap
        Intersection over union of the mask and the region told from the difference image.
    centre_px
        Distance of their centres in pixels.
    contrast
        Greatest difference of attenuation.
    edge_overlap
        The overlap with a region that is told without the rule of the masks: where the difference exceeds a
        quarter of its contrast, which is nearly where a reader sees the edge; a tenth round a capsule, which
        alone is the edge of what is fat inside. Of masses and nodes alone; None for what has no edge.
    """

    kind: str
    view: str
    overlap: float
    centre_px: float
    contrast: float
    edge_overlap: float | None


def mask_agreement(woman: Woman, scale: Scale) -> list[Agreement]:
    """Compare all masks of a woman with the noise-free images with and without each finding.

    The difference is taken of -ln of the transmitted part, all other findings left out, and its region is
    told by the rule that the masks follow; for what a capsule ends, whose mask is its outline, by its edge.
    """
    found = []
    for side in SIDES:
        if not any(finding.side == side for finding in woman.findings):
            continue
        anatomy = anatomy_of(woman, side, scale.voxel_mm)
        views = both_views(anatomy, scale)
        grown = grown_in(anatomy, views, first_views(anatomy, scale))
        for view in views:
            found += [one for one in _of_view(view, grown) if one is not None]
    return found


def _of_view(view: View, grown: list[Grown]) -> list[Agreement | None]:
    distance = enlarged(view.distance, view.scale.rows, view.used_columns)
    without = paths_of(view, [], distance)[0].attenuation()
    return [_of_finding(view, one, distance, without) for one in grown]


def _of_finding(view: View, grown: Grown, distance: np.ndarray, without: np.ndarray) -> Agreement | None:
    """Compare one finding in one view; None when this view does not show it."""
    paths, shadows = paths_of(view, [grown], distance)
    mask = full_mask(view, grown, shadows[0])
    if mask is None:
        return None
    change, region = paths.attenuation() - without, np.zeros_like(mask)
    window = shadows[0].window
    stored = region[:, ::-1] if view.anatomy.side == "R" else region
    stored[:, : view.used_columns][window] = _region(grown, change[window], view.scale.pixel_mm)
    apart = np.subtract(*(np.argwhere(one).mean(0) for one in (mask, region)))
    inside = (mask[:, ::-1] if view.anatomy.side == "R" else mask)[:, : view.used_columns]
    return Agreement(
        grown.finding.kind,
        view.name,
        _overlap(mask, region),
        float(np.hypot(*apart)),
        float(np.abs(change).max()),
        _overlap(inside, _within_edge(grown, change)) if grown.body is not None else None,
    )


def _overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Intersection over union of two regions."""
    return float((one & other).sum() / (one | other).sum())


def _within_edge(grown: Grown, change: np.ndarray) -> np.ndarray:
    """Region where a change exceeds a part of its contrast, which is its 98th percentile; no holes."""
    strong, part = np.abs(change), _TENTH if grown.capsuled else _QUARTER
    level = part * np.quantile(strong[strong > _FAINT], 0.98)
    return np.asarray(ndimage.binary_fill_holes(strong > level))


def _region(grown: Grown, change: np.ndarray, pixel_mm: float) -> np.ndarray:
    """Region that a change of attenuation fills."""
    group = kind_of(grown.finding).group
    if grown.capsuled:
        return _within_edge(grown, change)
    if group == "calcifications":
        return region_of_calcium(change / _rise(calcium=1.0), grown.finding.distribution, pixel_mm)
    return region_of_tissue(change / _rise(gland=1.0, adipose=-1.0), group, pixel_mm)


def _rise(*, adipose: float = 0.0, gland: float = 0.0, calcium: float = 0.0) -> float:
    """Attenuation that so many mm add to a middling ray."""
    ray = np.array([[30.0, 30.0 + adipose]]), np.array([[20.0, 20.0 + gland]]), np.array([[2.0, 2.0]])
    without, with_it = Paths(*ray, np.array([[0.0, calcium]])).attenuation()[0]
    return float(with_it - without)
