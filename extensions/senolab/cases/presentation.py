"""From raw counts to what a reader sees: logarithm, peripheral equalisation, sharpening, grey scale."""

import math
from dataclasses import dataclass

import numpy as np

from .blurring import blurred, broadly_blurred
from .enlarging import enlarged
from .physics import FULL, Exposure, Paths, scatter, transmitted
from .vendors import Processing, Vendor

BITS = 12
MOST = 2**BITS - 1
_SKIN_MM = 0.9  # over which the skin fades into air
_SKIN_SEEN = 0.11  # part of the skin's attenuation that is not evened out, so that its line stays visible
_COARSE = 8  # pixels, for what is smooth


@dataclass(frozen=True)
class Outline:
    """What the unit knows of the compressed breast without its tissue, float32, at detector pixels.

    Attributes
    ----------
    inner, skin
        Thickness under the skin and of the skin, mm.
    distance
        Distance from the skin's outline, mm.
    muscle
        Part of the ray that is muscle: the grey scale is set by the rest of the breast.
    """

    inner: np.ndarray
    skin: np.ndarray
    distance: np.ndarray
    muscle: np.ndarray


def present(exposure: Exposure, vendor: Vendor, outline: Outline, pixel_mm: float) -> np.ndarray:
    """Make the image For Presentation: uint16, 12 bit; what is stored for air says the vendor's `inverse`.

    Parameters
    ----------
    exposure
        What `physics.expose` gives; the raw counts alone are read.
    outline
        The equalisation takes a breast of fat with this outline as known (Byng 1997, doi
        10.1148/radiology.203.2.9114122, estimates it from the image).
    pixel_mm
        Pixel size.
    """
    how = vendor.processing
    flat = _depth(exposure, vendor)
    flat += np.float32(how.equalisation) * _missing(outline, vendor, pixel_mm)
    level, _ = _fat_and_span(flat[::4, ::4], outline, how)
    dark = (outline.distance <= 0) | (exposure.raw >= FULL)  # air, and what the exposure burnt out
    flat[dark] = level  # else the step to air would be sharpened to a ring
    flat = _sharpened(flat, how, pixel_mm)
    fat, span = _fat_and_span(flat[::4, ::4], outline, how)
    flat -= np.float32(fat)
    flat *= np.float32((how.bright - how.fat) / span)
    flat += np.float32(how.fat)
    np.clip(flat, 0.004, 1.0, out=flat)
    flat *= np.clip(outline.distance / np.float32(_SKIN_MM), 0.0, 1.0)
    shown = np.where(dark, 0, np.rint(MOST * flat)).astype(np.uint16)
    return MOST - shown if how.inverse else shown


def _fat_and_span(levels: np.ndarray, outline: Outline, how: Processing) -> tuple[float, float]:
    """Level of fat, and from there to the brightest tissue; muscle may be a little brighter than that."""
    inside, muscle = outline.distance[::4, ::4] > 5.0, outline.muscle[::4, ::4]
    breast = levels[inside & (muscle <= 0.0)]
    fat = float(np.quantile(breast, 0.12))
    span = max(float(np.quantile(breast, 0.995)) - fat, how.least_span)
    thick = levels[inside & (muscle > 0.15)]
    if thick.size > 100:
        span = max(span, 0.9 * (float(np.quantile(thick, 0.75)) - fat))
    return fat, span


def grey_table(how: Processing) -> np.ndarray:
    """VOI look-up table of a vendor without windows: uint16, one entry per stored value."""
    grey = []
    for value in range(MOST + 1):
        shown = (MOST - value if how.inverse else value) / MOST
        part = max(0.0, (shown - how.toe) / (1.0 - how.toe)) ** how.gamma
        grey.append(round(MOST * (1.0 - part if how.inverse else part)))
    return np.array(grey, np.uint16)


def as_shown(stored: np.ndarray, how: Processing) -> np.ndarray:
    """Grey values as a viewer shows them by the first window or the table of the header: more is brighter.

    A window is a SIGMOID (PS3.3 C.11.2.1.3.1). Takes and gives uint16, 12 bit.
    """
    if how.windows:
        window, values = how.windows[0], range(MOST + 1)
        parts = [1.0 / (1.0 + math.exp(-4.0 * (v - window.centre) / window.width)) for v in values]
        table = np.array([round(MOST * part) for part in parts], np.uint16)
    else:
        table = grey_table(how)
    return MOST - table[stored] if how.inverse else table[stored]


def _depth(exposure: Exposure, vendor: Vendor) -> np.ndarray:
    """-ln of the transmitted part, from raw counts by a table of all counts; float32."""
    offset = vendor.detector.offset
    table = [math.log(exposure.open_counts / max(count - offset, 1)) for count in range(FULL + 1)]
    return np.array(table, np.float32)[exposure.raw]


def _missing(outline: Outline, vendor: Vendor, pixel_mm: float) -> np.ndarray:
    """Find what fat lacks towards the edge, and what scatter takes elsewhere; float32."""
    none = np.zeros_like(outline.inner)
    skin = np.float32(1.0 - _SKIN_SEEN) * outline.skin
    here = Paths(outline.inner, none, skin, none).attenuation(vendor.tube.spectrum)
    lacking = here.max() - here
    coarse = np.ascontiguousarray(here[::_COARSE, ::_COARSE])
    primary = np.where(outline.distance[::_COARSE, ::_COARSE] > 0, transmitted(coarse), np.float32(0.0))
    thickness = float(outline.inner.max())
    scattered = scatter(primary, vendor.detector, _COARSE * pixel_mm, thickness) / transmitted(coarse)
    ratios = [round(math.log1p(ratio), 6) for ratio in scattered.ravel().tolist()]
    haze = np.array(ratios, np.float32).reshape(coarse.shape)
    rows, columns = (size * _COARSE for size in coarse.shape)
    return lacking + enlarged(haze, rows, columns)[: here.shape[0], : here.shape[1]]


def _sharpened(image: np.ndarray, how: Processing, pixel_mm: float) -> np.ndarray:
    """Unsharp mask, and a gentler lift of everything finer than a wide blur."""
    fine = blurred(image, how.sharpening_mm / pixel_mm, reach=2.5)
    broad = broadly_blurred(image, how.lift_mm / pixel_mm, block=max(1, round(1.4 / pixel_mm)))
    fine -= image
    broad = image - broad
    return image - np.float32(how.sharpening) * fine + np.float32(how.lift) * broad
