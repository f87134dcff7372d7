"""From thickness maps to counted quanta: attenuation, scatter, blur, quantum and electronic noise."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .enlarging import enlarged

# Linear attenuation at an effective energy of 20 keV (about W/Rh 28-29 kV behind a breast), per mm:
# tissue compositions of Hammerstein 1979 (doi 10.1148/130.2.485) with the coefficients of Hubbell
# and Seltzer 2004 (NIST, doi 10.18434/T4D01F); calcium oxalate monohydrate at 2.12 g/cm3.
# One energy: beam hardening is left out.
ADIPOSE_PER_MM = 0.0510
GLAND_PER_MM = 0.0781
SKIN_PER_MM = 0.0800
CALCIUM_PER_MM = 0.88


@dataclass(frozen=True)
class Detector:
    """A detector and its exposure control.

    Attributes
    ----------
    quanta
        Mean absorbed quanta per 0.07 mm pixel behind the thickest part.
    blur_mm
        Standard deviation of the Gaussian point spread; its MTF is exp(-2 (pi f s)^2).
    scatter
        Scatter to primary ratio behind a grid.
    scatter_mm
        Standard deviation of the scatter kernel.
    electronic
        Electronic noise in quanta, standard deviation per pixel.
    """

    quanta: float = 2600.0
    blur_mm: float = 0.045
    scatter: float = 0.12
    scatter_mm: float = 15.0
    electronic: float = 6.0


@dataclass(frozen=True)
class Paths:
    """What each ray traverses, in mm, at detector pixels, float32: adipose, gland-like, skin, calcium."""

    adipose: np.ndarray
    gland: np.ndarray
    skin: np.ndarray
    calcium: np.ndarray

    def attenuation(self) -> np.ndarray:
        """-ln of the transmitted part, without scatter or noise."""
        total = ADIPOSE_PER_MM * self.adipose + GLAND_PER_MM * self.gland + SKIN_PER_MM * self.skin
        return (total + CALCIUM_PER_MM * self.calcium).astype(np.float32)


def expose(
    paths: Paths, detector: Detector, pixel_mm: float, rng: np.random.Generator
) -> tuple[np.ndarray, float]:
    """Expose the detector.

    Quantum noise is normal with the variance of the mean, which at thousands of quanta per pixel
    is a Poisson count to within its rounding.

    Returns
    -------
    quanta
        Absorbed quanta per pixel, float32.
    open_field
        Mean quanta per pixel where nothing attenuates.
    """
    transmitted = np.exp(-paths.attenuation())
    tissue = (paths.adipose + paths.gland + paths.skin) > 0
    transmitted += _scatter(transmitted * tissue, detector, pixel_mm)
    thick = np.quantile(transmitted[::8, ::8][tissue[::8, ::8]], 0.25)
    open_field = detector.quanta * (pixel_mm / 0.07) ** 2 / float(thick)
    quanta = ndimage.gaussian_filter(transmitted, detector.blur_mm / pixel_mm, truncate=3.0) * np.float32(
        open_field
    )
    noise = rng.standard_normal(quanta.shape, np.float32)
    quanta += np.sqrt(quanta + np.float32(detector.electronic**2)) * noise
    return quanta, open_field


def _scatter(primary: np.ndarray, detector: Detector, pixel_mm: float) -> np.ndarray:
    """Scattered field: the primary blurred widely (Boone and Cooper 2000, doi 10.1118/1.1286551)."""
    block = max(1, round(2.0 / pixel_mm))
    rows, columns = primary.shape
    padded = np.pad(primary, ((0, -rows % block), (0, -columns % block)), mode="edge")
    coarse = padded.reshape(padded.shape[0] // block, block, padded.shape[1] // block, block).mean((1, 3))
    spread = ndimage.gaussian_filter(coarse, detector.scatter_mm / (block * pixel_mm), mode="nearest")
    wide = enlarged(spread, padded.shape[0], padded.shape[1])[:rows, :columns]
    return np.float32(detector.scatter) * wide
