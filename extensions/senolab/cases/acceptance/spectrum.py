"""The power law of a mammogram's texture: how its power falls with spatial frequency.

The power spectrum of breast tissue follows A / f^β over about a decade. β says how coarse the texture
is: 0 is white noise, 4 is what sharp-edged compartments give.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

ROI_MM = 25.6
BAND = (0.15, 0.7)  # cycles/mm


@dataclass(frozen=True, kw_only=True)
class PowerLaw:
    """The fit of log power against log frequency.

    Attributes
    ----------
    exponent
        β.
    r2
        Part of the variance of log power that the line explains.
    rois
        Regions that were averaged.
    noise_from
        Frequency in cycles/mm from which white noise is stronger than the texture; without end where
        there is none.
    """

    exponent: float
    r2: float
    rois: int
    noise_from: float


def power_law(
    image: np.ndarray, usable: np.ndarray, pixel_mm: float, *, rois: int = 200, seed: int = 0
) -> PowerLaw:
    """Fit the power law of an image over 0.15 to 0.7 cycles/mm.

    Regions of 25.6 mm lie at random places where everything is usable. Their means are removed, a Hann
    window is laid over them, their power is averaged, first over the regions, then over the directions; the
    floor of white noise (the median above 85 % of the Nyquist frequency) is taken off before the fit.

    Parameters
    ----------
    image : ndarray, shape (rows, columns)
        Proportional to attenuation, i.e. the logarithm of exposure.
    usable : ndarray of bool, same shape
        Where the breast has its full thickness and no muscle covers it.
    pixel_mm
        Pixel size.

    Raises
    ------
    ValueError
        If no region of that size fits into the usable part.

    References
    ----------
    Chen et al., Anatomical complexity in breast parenchyma and its implications for optimal breast imaging
    strategies, Med Phys 39:1435-1441, 2012, doi:10.1118/1.3685462. Burgess, Jacobson & Judy, Human observer
    detection experiments with mammograms and power-law noise, Med Phys 28:419-437, 2001,
    doi:10.1118/1.1355308.
    """
    side = round(ROI_MM / pixel_mm)
    corners = corners_of(usable, side, rois, np.random.default_rng(seed))
    window = np.outer(np.hanning(side), np.hanning(side)).astype(np.float32)
    power = np.zeros((side, side // 2 + 1))
    for top, left in corners:
        region = image[top : top + side, left : left + side]
        power += np.abs(np.fft.rfft2((region - region.mean()) * window)) ** 2
    frequency, radial = _radial(power, pixel_mm)
    floor = float(np.median(radial[frequency > 0.85 * 0.5 / pixel_mm]))
    inside = (frequency >= BAND[0]) & (frequency <= BAND[1])
    x, y = np.log(frequency[inside]), np.log(np.maximum(radial[inside] - floor, 1e-30))
    slope, start = np.polyfit(x, y, 1)
    return PowerLaw(
        exponent=-float(slope),
        r2=1.0 - float(np.var(y - slope * x - start) / np.var(y)),
        rois=len(corners),
        noise_from=float(np.exp((np.log(floor) - start) / slope)) if floor > 0 else np.inf,
    )


def corners_of(usable: np.ndarray, side: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """Draw the upper left corners of square regions that are usable throughout, shape (count, 2).

    Raises
    ------
    ValueError
        If there is none.
    """
    block = max(1, side // 64)  # places on a coarse grid are enough
    coarse = ndimage.minimum_filter(usable, block)[block // 2 :: block, block // 2 :: block]
    size = -(-side // block) + 1
    summed = np.pad(np.cumsum(np.cumsum(coarse, 0, dtype=np.int64), 1), ((1, 0), (1, 0)))
    if min(coarse.shape) < size:
        raise ValueError(f"no region of {side} pixels fits into the image")
    inside = summed[size:, size:] - summed[:-size, size:] - summed[size:, :-size] + summed[:-size, :-size]
    places = np.argwhere(inside == size * size)
    if not len(places):
        raise ValueError(f"no region of {side} pixels fits into the usable part of the image")
    return places[rng.integers(0, len(places), count)] * block


def _radial(power: np.ndarray, pixel_mm: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean over all directions in rings of one frequency step; the first ring is the first step."""
    side = power.shape[0]
    rows = np.fft.fftfreq(side, pixel_mm)[:, None]
    columns = np.fft.rfftfreq(side, pixel_mm)[None, :]
    ring = np.rint(np.hypot(rows, columns) * side * pixel_mm).astype(int)
    # Each column but the first (and the last of an even side) stands for its mirror image, too.
    weight = np.full(power.shape[1], 2.0)
    weight[0] = 1.0
    if side % 2 == 0:
        weight[-1] = 1.0
    weights = np.broadcast_to(weight, power.shape)
    rings = np.bincount(ring.ravel(), (power * weights).ravel()) / np.bincount(ring.ravel(), weights.ravel())
    kept = slice(1, side // 2 + 1)
    return np.arange(len(rings))[kept] / (side * pixel_mm), rings[kept]
