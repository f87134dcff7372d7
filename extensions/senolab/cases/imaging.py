"""A woman's exam: four views as pixels, with the truth about each."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from .anatomy import Anatomy, anatomy_of
from .cache import Cache
from .dose import Technique, technique_of
from .enlarging import enlarged
from .faults import Fault
from .findings.finding import Finding
from .findings.grown import Grown, grown_in
from .findings.position import Position
from .findings.shadows import Shadow, mask_of, shadow_of
from .physics import FULL, Conditions, Exposure, Paths, expose
from .positioning import Placement, Positioning, placement_of, skin_added
from .presentation import MOST, Outline, present
from .scales import Scale
from .strands import draw
from .truth import FindingView, finding_view
from .vendors import VENDORS, Vendor
from .views import View, inner_thickness, outer_thickness, view_of
from .woman import SIDES, Woman, shape_of


@dataclass(frozen=True)
class Seen:
    """A finding in one view.

    Attributes
    ----------
    number
        Its place among the woman's findings, from 1.
    size_mm
        Longest diameter in space.
    mask
        Bool, as large as the image.
    """

    number: int
    finding: Finding
    position: Position
    size_mm: float
    view: FindingView
    mask: np.ndarray


@dataclass(frozen=True)
class Image:
    """One view as a reader gets it.

    Attributes
    ----------
    pixels
        For Presentation: uint16 ``(rows, columns)``, 12 bit, more attenuation is brighter (the other
        way round where the vendor stores MONOCHROME1). Right breasts have the chest wall at the right
        edge of the matrix, left breasts at the left edge.
    raw
        For Processing: uint16, 14 bit, linear in exposure, laid out alike.
    thickness_mm
        Compressed thickness.
    technique
        What the header tells of the exposure.
    findings
        The findings in this view.
    placement
        How the breast lies.
    """

    view: str
    pixels: np.ndarray
    raw: np.ndarray
    pixel_mm: float
    thickness_mm: float
    technique: Technique
    findings: tuple["Seen", ...]
    gland_part: float
    placement: Placement


def images_of(
    woman: Woman,
    scale: Scale,
    *,
    vendor: Vendor | None = None,
    fault: Fault | None = None,
    cache: Cache | None = None,
) -> Iterator[Image]:
    """Image a woman, RCC and RMLO then LCC and LMLO; one view in memory at a time.

    Parameters
    ----------
    vendor
        Whose unit; vendor A's if not given. The anatomy is the same under each.
    fault
        What goes wrong; nothing if not given.
    cache
        Where tissue is kept that was computed before; nowhere if not given.
    """
    fault = fault or Fault()
    for side in SIDES:
        anatomy = anatomy_of(woman, side, scale.voxel_mm, cache=cache)
        views = both_views(anatomy, scale, fault.positioning)
        grown = grown_in(anatomy, views, first_views(anatomy, scale))
        for view in views:
            yield _image(view, grown, vendor or VENDORS["A"], fault.conditions)


def both_views(anatomy: Anatomy, scale: Scale, positioning: Positioning | None = None) -> list[View]:
    """Lay a breast down for CC and for MLO."""
    return [view_of(anatomy, projection, scale, positioning) for projection in ("CC", "MLO")]


def first_views(anatomy: Anatomy, scale: Scale) -> list[View] | None:
    """Lay a breast down as at the woman's first round, and as at the last planned; None when this is it."""
    woman, side = anatomy.woman, anatomy.side
    alone = woman.years == woman.until == 0.0
    if alone or not any(finding.side == side for finding in woman.findings):
        return None
    first = replace(woman, age=round(woman.age - woman.years, 6), years=0.0)
    days = [first, replace(first, years=woman.until)] if woman.until else [first]
    shape = shape_of(first, side)
    laid = (both_views(replace(anatomy, woman=day, shape=shape), scale) for day in days)
    return [view for views in laid for view in views]


def _image(view: View, grown: list[Grown], vendor: Vendor, conditions: Conditions) -> Image:
    """Project, expose and present one view; mirror a right breast at the end."""
    scale, columns = view.scale, view.used_columns
    distance = enlarged(view.distance, scale.rows, columns)
    paths, shadows = paths_of(view, grown, distance)
    rng = view.anatomy.woman.day_stream(f"quanta {vendor.key} {view.name}")
    exposure = expose(paths, vendor, scale.pixel_mm, rng, conditions=conditions)
    muscle = enlarged(view.muscle, scale.rows, columns)
    inner = inner_thickness(distance, view.thickness_mm).astype(np.float32)
    skin = outer_thickness(distance, view.thickness_mm).astype(np.float32) - inner
    outline = Outline(inner, skin, distance, muscle)  # what a fold or a nipple adds, no processing takes away
    seen = present(exposure, vendor, outline, scale.pixel_mm)
    shown = [_seen(view, one, shadow) for one, shadow in zip(grown, shadows, strict=True)]
    inside = float(paths.adipose.sum() + paths.gland.sum())
    return Image(
        view.name,
        _stored(seen, view, air=MOST if vendor.processing.inverse else 0),
        _stored(exposure.raw, view, air=FULL),
        scale.pixel_mm,
        view.thickness_mm,
        _technique(view, paths, muscle, exposure, vendor),
        tuple(one for one in shown if one is not None),
        float(paths.gland.sum()) / inside,
        placement_of(view),
    )


def _stored(pixels: np.ndarray, view: View, *, air: int) -> np.ndarray:
    """Lay a view out in the whole matrix, a right breast mirrored."""
    out = np.full((view.scale.rows, view.scale.columns), air, np.uint16)
    out[:, : pixels.shape[1]] = pixels
    return np.ascontiguousarray(out[:, ::-1]) if view.anatomy.side == "R" else out


def _technique(view: View, paths: Paths, muscle: np.ndarray, exposure: Exposure, vendor: Vendor) -> Technique:
    """Tell of the exposure what the header says; the breast's glandular part is taken beside the muscle."""
    breast = muscle[::4, ::4] <= 0.0
    gland = float(paths.gland[::4, ::4][breast].sum(dtype=np.float64))
    fat = float(paths.adipose[::4, ::4][breast].sum(dtype=np.float64))
    force = view.anatomy.woman.day_stream(f"force {view.name}").uniform(75.0, 135.0)
    return technique_of(
        vendor,
        exposure.open_quanta,
        thickness_mm=view.thickness_mm,
        gland_part=gland / (gland + fat),
        force_n=round(force),
    )


def _seen(view: View, grown: Grown, shadow: Shadow) -> Seen | None:
    """Tell where a finding appears in the stored matrix; None when this view does not show it."""
    mask = full_mask(view, grown, shadow)
    if mask is None:
        return None
    shown = finding_view(view.name, mask, view.scale.pixel_mm)
    return Seen(grown.number, grown.finding, grown.position, grown.size_mm, shown, mask)


def full_mask(view: View, grown: Grown, shadow: Shadow) -> np.ndarray | None:
    """Mask of a finding as large as the stored matrix and mirrored like it; None for one not seen here.

    A plain asymmetry is by definition seen in one view only: in the CC view, along whose beam it lies.
    """
    if grown.finding.kind == "asymmetry" and not view.name.endswith("CC"):
        return None
    scale = view.scale
    mask = np.zeros((scale.rows, scale.columns), bool)
    mask[shadow.window] = mask_of(grown, shadow, scale.pixel_mm)
    if not mask.any():
        return None
    return np.ascontiguousarray(mask[:, ::-1]) if view.anatomy.side == "R" else mask


def paths_of(view: View, grown: list[Grown], distance: np.ndarray) -> tuple[Paths, list[Shadow]]:
    """Add up what each ray of a view traverses, with the given findings, and tell what each of them adds."""
    inner = inner_thickness(distance, view.thickness_mm).astype(np.float32)
    skin = outer_thickness(distance, view.thickness_mm).astype(np.float32) - inner
    added = skin_added(view, skin.shape)
    if added is not None:
        skin += np.where(distance > 0.0, added, np.float32(0.0))
    gland = _gland(view, inner)
    calcium = np.zeros_like(gland)
    np.clip(gland, 0.0, inner, out=gland)
    shadows = [shadow_of(one, view, gland, inner) for one in grown]
    for shadow in shadows:
        gland[shadow.window] += shadow.tissue
        calcium[shadow.window] += shadow.calcium
    np.maximum(gland, 0.0, out=gland)  # a dense mass in dense tissue may be denser than gland all through
    return Paths(np.maximum(inner - gland, 0.0), gland, skin, calcium), shadows


def _gland(view: View, inner: np.ndarray) -> np.ndarray:
    """Gland-like path of a view: tissue, strands and muscle, mm, at detector pixels."""
    rows, columns = inner.shape
    gland = np.maximum(enlarged(view.gland_path(), rows, columns), 0.0)
    gland += _drawn(view, inner.shape)
    muscle = np.clip(enlarged(view.muscle, rows, columns), 0.0, 1.0)
    gland *= 1.0 - np.clip(2.5 * muscle, 0.0, np.float32(0.75))
    gland += muscle * inner
    if not view.positioning.rolled_mm:
        _raise_nipple(gland, inner, view)
    return gland


def _raise_nipple(gland: np.ndarray, inner: np.ndarray, view: View) -> None:
    """Fill the nipple and the tissue under the areola, in place."""
    pixel = view.scale.pixel_mm
    middle, reach = int(view.v_top / pixel), int(11.0 / pixel)
    left = max(0, int(view.nipple_column) - reach)
    at = slice(max(0, middle - reach), middle + reach), slice(left, None)
    rows = (np.arange(gland.shape[0])[at[0]] + 0.5) * pixel - view.v_top
    columns = np.minimum((np.arange(gland.shape[1])[at[1]] - view.nipple_column) * pixel - 2.5, 0.0)
    core = np.hypot(rows[:, None] / 5.0, columns[None, :] / 5.0)
    gland[at] = np.maximum(gland[at], (0.38 * np.exp(-(core**3))).astype(np.float32) * inner[at])


def _drawn(view: View, size: tuple[int, ...]) -> np.ndarray:
    """Gland-like path of all strands of a view, mm; only what lies inside the breast."""
    strands = view.anatomy.strands
    rows, columns, beam, distance = view.project(strands.points)
    inside = (distance > 2.0) & (np.abs(beam) < 0.5 * inner_thickness(distance, view.thickness_mm))
    out = np.zeros(size, np.float32)
    draw(
        out,
        rows,
        columns,
        np.where(inside, strands.radii, 0.0),
        strands.strengths,
        strands.ends,
        view.scale.pixel_mm,
    )
    return out
