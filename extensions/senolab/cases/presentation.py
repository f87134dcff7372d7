"""From quanta to the picture a reader sees: logarithm, peripheral equalisation, sharpening, window."""

import numpy as np
from scipy import ndimage

from .enlarging import enlarged
from .physics import ADIPOSE_PER_MM

BITS = 12
WINDOW_CENTRE = 2048
WINDOW_WIDTH = 4096
_SLOPE = 3.6  # of the sigmoid


def present(
    quanta: np.ndarray,
    open_field: float,
    thickness: np.ndarray,
    distance: np.ndarray,
    muscle: np.ndarray,
    pixel_mm: float,
) -> np.ndarray:
    """Make the image For Presentation: uint16, 12 bit, air exactly 0, more attenuation is brighter.

    Parameters
    ----------
    quanta, open_field
        What `physics.expose` gives.
    thickness
        Compressed thickness with the skin, mm. The equalisation takes the fat of the missing
        thickness as given (Byng 1997, doi 10.1148/radiology.203.2.9114122, estimates it from the
        image).
    distance
        Distance from the skin's outline, mm.
    muscle
        Part of the ray that is muscle: the window is set by the rest of the breast.
    pixel_mm
        Pixel size.
    """
    depth = -np.log(np.maximum(quanta, 1.0) / np.float32(open_field))
    flat = depth + np.float32(0.97 * ADIPOSE_PER_MM) * (np.float32(thickness.max()) - thickness)
    flat = _sharpened(flat, pixel_mm)
    breast = (distance[::4, ::4] > 5.0) & (muscle[::4, ::4] <= 0.0)
    levels = flat[::4, ::4][breast]
    fat = float(np.quantile(levels, 0.12))
    bright = max(float(np.quantile(levels, 0.995)), fat + 0.52)
    y = (flat - np.float32(fat - 0.42 * (bright - fat))) / np.float32(1.47 * (bright - fat))
    y = 1.0 / (1.0 + np.exp(np.float32(-_SLOPE) * (y - np.float32(0.55))))
    low, high = 1 / (1 + np.exp(_SLOPE * 0.55)), 1 / (1 + np.exp(-_SLOPE * 0.45))
    y = np.clip((y - np.float32(low)) / np.float32(high - low), 0.004, 1.0)
    edge = np.clip(distance / np.float32(1.3), 0.0, 1.0)
    out = np.rint((2**BITS - 1) * y * edge)
    return np.where(distance > 0, out, 0).astype(np.uint16)


def _sharpened(image: np.ndarray, pixel_mm: float) -> np.ndarray:
    """Unsharp mask at 0.35 mm, and a gentler lift of everything finer than 8 mm."""
    fine = ndimage.gaussian_filter(image, 0.35 / pixel_mm, truncate=2.5)
    block = max(1, round(1.4 / pixel_mm))
    rows, columns = image.shape
    padded = np.pad(image, ((0, -rows % block), (0, -columns % block)), mode="edge")
    coarse = padded.reshape(padded.shape[0] // block, block, padded.shape[1] // block, block).mean((1, 3))
    broad = enlarged(
        ndimage.gaussian_filter(coarse, 8.0 / (block * pixel_mm)), padded.shape[0], padded.shape[1]
    )
    return image + np.float32(0.5) * (image - fine) + np.float32(0.35) * (image - broad[:rows, :columns])
