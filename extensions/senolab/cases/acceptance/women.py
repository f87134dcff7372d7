"""Who is measured: women drawn as a screening cohort draws them, and one of their breasts exposed."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from senolab.cases.anatomy import anatomy_of
from senolab.cases.enlarging import enlarged
from senolab.cases.findings.grown import Grown, grown_in
from senolab.cases.findings.shadows import Shadow
from senolab.cases.imaging import both_views, paths_of
from senolab.cases.physics import Exposure, Paths, expose
from senolab.cases.presentation import Outline, present
from senolab.cases.scales import SCALES, Scale
from senolab.cases.vendors import VENDORS, Vendor
from senolab.cases.views import SKIN_MM, View
from senolab.cases.woman import Side, Woman

SCREENED = "bcbcabcbcd"  # densities as in screening: 10 % a, 40 % b, 40 % c, 10 % d
_FLAT = 0.46  # of the thickness: how far from the edge the compressed breast is thinner (`views`)


@dataclass(frozen=True)
class Exposed:
    """One view of one breast with what was put into it; the chest wall is at the left.

    Attributes
    ----------
    distance
        Distance from the skin's outline at detector pixels, mm.
    shadows
        What each finding adds, also where it was left out of the image.
    """

    view: View
    vendor: Vendor
    paths: Paths
    distance: np.ndarray
    muscle: np.ndarray
    exposure: Exposure
    grown: list[Grown]
    shadows: list[Shadow]

    def attenuation(self) -> np.ndarray:
        """-ln of the raw counts over the open field: proportional to what lies in the ray, float32."""
        counts = self.exposure.raw.astype(np.float32) - np.float32(self.vendor.detector.offset)
        return -np.log(np.maximum(counts, 1.0) / np.float32(self.exposure.open_counts))

    def usable(self) -> np.ndarray:
        """Where the breast has its full thickness, no muscle covers it and nothing is air; bool."""
        flat = _FLAT * (self.view.thickness_mm - 2.0 * SKIN_MM)
        return (self.distance - SKIN_MM >= flat) & (self.muscle <= 0.0)

    def picture(self) -> np.ndarray:
        """For Presentation, uint16."""
        outline = Outline(self.paths.adipose + self.paths.gland, self.paths.skin, self.distance, self.muscle)
        return present(self.exposure, self.vendor, outline, self.view.scale.pixel_mm)


def exposed(
    woman: Woman,
    side: Side,
    scale: Scale,
    *,
    vendors: tuple[str, ...] = ("A",),
    left_out: frozenset[int] = frozenset(),
) -> Iterator[Exposed]:
    """Expose one breast, CC then MLO, each by one vendor after the other.

    Parameters
    ----------
    left_out
        Numbers of findings that have their places, but are not in the images.
    """
    anatomy = anatomy_of(woman, side, scale.voxel_mm)
    views = both_views(anatomy, scale)
    grown = grown_in(anatomy, views, None)
    there = [one for one in grown if one.number not in left_out]
    for view in views:
        distance = enlarged(view.distance, scale.rows, view.used_columns)
        muscle = enlarged(view.muscle, scale.rows, view.used_columns)
        paths, shadows = paths_of(view, grown, distance)
        if len(there) < len(grown):
            paths, _ = paths_of(view, there, distance)
        for unit in (VENDORS[key] for key in vendors):
            rng = woman.day_stream(f"quanta {unit.key} {view.name}")
            exposure = expose(paths, unit, scale.pixel_mm, rng)
            yield Exposed(view, unit, paths, distance, muscle, exposure, grown, shadows)


def woman_of(seed: int, density: str) -> Woman:
    """Draw a woman without findings from the ranges that cohorts have."""
    rng = np.random.default_rng([seed, 4711])
    age, size, thickness = rng.uniform(50, 69), rng.uniform(0.9, 1.08), rng.uniform(46, 62)
    return Woman(seed, round(float(age)), density, round(float(size), 3), round(float(thickness), 1))


def screened(count: int, *, first: int = 0) -> list[Woman]:
    """Draw women of all densities, as many of each as in screening."""
    return [woman_of(1000 + first + n, SCREENED[n % len(SCREENED)]) for n in range(count)]


def no_finer_than(scale: Scale, name: str) -> Scale:
    """Give the coarser of two scales: where a fine grid would cost and tell nothing more."""
    return max(scale, SCALES[name], key=lambda one: one.pixel_mm)


def binned(image: np.ndarray, block: int) -> np.ndarray:
    """Mean over square blocks of pixels; what does not fill a block is left out."""
    rows, columns = (n // block * block for n in image.shape)
    parts = image[:rows, :columns].reshape(rows // block, block, columns // block, block)
    return parts.mean((1, 3))
