"""Blur with a Gaussian: the same bytes on every processor, and cheap where it is wide."""

import math

import numpy as np
from scipy import ndimage

from .enlarging import enlarged


def blurred(image: np.ndarray, sigma: float, *, reach: float = 3.0) -> np.ndarray:
    """Blur a float32 image with a Gaussian of `sigma` pixels, edges repeated.

    The weights are rounded, so that they do not tell one library of exponentials from another.
    """
    half = max(1, math.ceil(reach * sigma))
    weights = [round(math.exp(-0.5 * (k / sigma) ** 2), 9) for k in range(-half, half + 1)]
    kernel = np.array(weights) / math.fsum(weights)
    rows = ndimage.correlate1d(image, kernel, axis=0, mode="nearest")
    return ndimage.correlate1d(rows, kernel, axis=1, mode="nearest")


def broadly_blurred(image: np.ndarray, sigma: float, *, block: int) -> np.ndarray:
    """Blur a float32 image widely: means over blocks, a Gaussian of `sigma` pixels, and back."""
    rows, columns = image.shape
    if block <= 1:
        return blurred(image, sigma)
    padded = np.pad(image, ((0, -rows % block), (0, -columns % block)), mode="edge")
    coarse = padded.reshape(padded.shape[0] // block, block, padded.shape[1] // block, block).mean((1, 3))
    spread = blurred(coarse, sigma / block)
    return enlarged(spread, padded.shape[0], padded.shape[1])[:rows, :columns]
