"""A woman's exam: four views as pixels, with the truth about each."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .anatomy import anatomy_of
from .dose import Technique, technique_of
from .enlarging import enlarged
from .lesions import Grown, Shadow, grow, shadow_of
from .physics import FULL, Conditions, Exposure, Paths, expose
from .presentation import MOST, Outline, present
from .scales import Scale
from .strands import draw
from .truth import LesionView, lesion_view
from .vendors import VENDORS, Vendor
from .views import View, inner_thickness, outer_thickness, view_of
from .woman import SIDES, Woman


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
    lesion
        The lesion in this view, if it has one here.
    mask
        Its mask, bool, as large as the image, or None.
    """

    view: str
    pixels: np.ndarray
    raw: np.ndarray
    pixel_mm: float
    thickness_mm: float
    technique: Technique
    lesion: LesionView | None
    mask: np.ndarray | None
    gland_part: float


def images_of(
    woman: Woman, scale: Scale, *, vendor: Vendor | None = None, conditions: Conditions | None = None
) -> Iterator[Image]:
    """Image a woman, RCC and RMLO then LCC and LMLO; one view in memory at a time.

    Parameters
    ----------
    vendor
        Whose unit; vendor A's if not given. The anatomy is the same under each.
    conditions
        What goes wrong while exposing; nothing if not given.
    """
    for side in SIDES:
        anatomy = anatomy_of(woman, side, scale.voxel_mm)
        views = [view_of(anatomy, projection, scale) for projection in ("CC", "MLO")]
        grown = None
        if woman.lesion is not None and woman.lesion.side == side:
            grown = grow(woman.lesion, anatomy, views)
        for view in views:
            yield _image(view, grown, vendor or VENDORS["A"], conditions or Conditions())


def _image(view: View, grown: Grown | None, vendor: Vendor, conditions: Conditions) -> Image:
    """Project, expose and present one view; mirror a right breast at the end."""
    scale, columns = view.scale, view.used_columns
    distance = enlarged(view.distance, scale.rows, columns)
    paths, shadow = paths_of(view, grown, distance)
    rng = view.anatomy.woman.stream(f"quanta {vendor.key} {view.name}")
    exposure = expose(paths, vendor, scale.pixel_mm, rng, conditions=conditions)
    muscle = enlarged(view.muscle, scale.rows, columns)
    outline = Outline(paths.adipose + paths.gland, paths.skin, distance, muscle)
    seen = present(exposure, vendor, outline, scale.pixel_mm)
    mask = None
    if shadow is not None:
        mask = np.zeros((scale.rows, scale.columns), bool)
        mask[shadow.window] = shadow_mask(shadow, scale.pixel_mm)
        mask = np.ascontiguousarray(mask[:, ::-1]) if view.anatomy.side == "R" else mask
    inside = float(paths.adipose.sum() + paths.gland.sum())
    return Image(
        view.name,
        _stored(seen, view, air=MOST if vendor.processing.inverse else 0),
        _stored(exposure.raw, view, air=FULL),
        scale.pixel_mm,
        view.thickness_mm,
        _technique(view, paths, muscle, exposure, vendor),
        lesion_view(view.name, mask, scale.pixel_mm) if mask is not None else None,
        mask,
        float(paths.gland.sum()) / inside,
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
    force = view.anatomy.woman.stream(f"force {view.name}").uniform(75.0, 135.0)
    return technique_of(
        vendor,
        exposure.open_quanta,
        thickness_mm=view.thickness_mm,
        gland_part=gland / (gland + fat),
        force_n=round(force),
    )


def paths_of(view: View, grown: Grown | None, distance: np.ndarray) -> tuple[Paths, Shadow | None]:
    """Add up what each ray of a view traverses, with the lesion or (`grown` None) without it."""
    inner = inner_thickness(distance, view.thickness_mm).astype(np.float32)
    skin = outer_thickness(distance, view.thickness_mm).astype(np.float32) - inner
    gland = _gland(view, inner)
    calcium = np.zeros_like(gland)
    shadow = None
    if grown is not None:
        shadow = shadow_of(grown, view, _gland_part(grown, view, gland, inner))
        gland[shadow.window] += shadow.tissue
        calcium[shadow.window] += shadow.calcium
    np.clip(gland, 0.0, inner, out=gland)
    return Paths(inner - gland, gland, skin, calcium), shadow


def _gland(view: View, inner: np.ndarray) -> np.ndarray:
    """Gland-like path of a view: tissue, strands and muscle, mm, at detector pixels."""
    rows, columns = inner.shape
    gland = np.maximum(enlarged(view.gland_path(), rows, columns), 0.0)
    gland += _drawn(view, inner.shape)
    muscle = np.clip(enlarged(view.muscle, rows, columns), 0.0, 1.0)
    gland *= 1.0 - np.clip(2.5 * muscle, 0.0, np.float32(0.75))
    gland += muscle * inner
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


def _gland_part(grown: Grown, view: View, gland: np.ndarray, inner: np.ndarray) -> float:
    """Mean glandular part of the rays at the lesion."""
    rows, columns, _, _ = view.project(grown.centre[None])
    reach = int(grown.radius_mm / view.scale.pixel_mm) + 1
    at = (
        slice(max(0, int(rows[0]) - reach), int(rows[0]) + reach),
        slice(max(0, int(columns[0]) - reach), int(columns[0]) + reach),
    )
    return float(np.clip(gland[at].sum() / max(float(inner[at].sum()), 1.0), 0.0, 1.0))


def shadow_mask(shadow: Shadow, pixel_mm: float) -> np.ndarray:
    """Pixels that belong to the lesion in a reader's sense, bool, as large as the shadow's window.

    A mass: where its path, smoothed over 0.5 mm, exceeds a fifth of its greatest. A cluster: the
    grains with 0.8 mm round them, closed to one region.
    """
    if shadow.calcium.any():
        grains = shadow.calcium > 0.01
        reach = _distance(~grains, pixel_mm)
        near = reach < 2.5
        return near & ((_distance(near, pixel_mm) > 1.7) | (reach < 0.8))
    path = ndimage.gaussian_filter(shadow.tissue, 0.5 / pixel_mm)
    return path > 0.2 * path.max()


def _distance(mask: np.ndarray, pixel_mm: float) -> np.ndarray:
    """Distance in mm of each pixel of a mask from the nearest pixel outside it."""
    return np.asarray(ndimage.distance_transform_edt(mask)) * pixel_mm
