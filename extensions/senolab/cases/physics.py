"""From thickness maps to raw counts: attenuation, scatter, exposure control, blur and noise."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import ndimage

from .blurring import blurred, broadly_blurred
from .compiled import compiled
from .spectra import STEP_MM, tissues
from .vendors import Detector, Vendor

RAW_BITS = 14
FULL = 2**RAW_BITS - 1
_PIXEL_MM = 0.07  # for which a detector's quanta and electronic noise are told
_SERIES = np.array([1.0 / math.factorial(m) for m in range(11, -1, -1)])
_POWERS = np.array([2.0**k for k in range(-64, 65)])


@dataclass(frozen=True)
class Conditions:
    """What can go wrong while exposing.

    Attributes
    ----------
    exposure
        Part of the exposure that the control aims at: below 1 is noisy, far above 1 saturates.
    motion_mm
        How far the breast moved along the chest wall meanwhile.
    """

    exposure: float = 1.0
    motion_mm: float = 0.0


USUAL = Conditions()


@dataclass(frozen=True)
class Paths:
    """What each ray traverses, in mm, at detector pixels, float32: adipose, gland-like, skin, calcium."""

    adipose: np.ndarray
    gland: np.ndarray
    skin: np.ndarray
    calcium: np.ndarray

    def attenuation(self, spectrum: str = "W/Rh 28") -> np.ndarray:
        """-ln of the transmitted part of a spectrum, without scatter or noise; float32."""
        out = np.empty(self.adipose.shape, np.float32)
        found, paths = tissues(spectrum), (self.adipose, self.gland, self.skin, self.calcium)
        _interpolate(paths, found.depth, found.skin_as_gland(), found.calcium, STEP_MM, out)
        return out


@dataclass(frozen=True)
class Exposure:
    """One exposure of the detector.

    Attributes
    ----------
    raw
        uint16 counts, 14 bit, linear in exposure; what no tissue covers is at full scale.
    open_counts
        Counts above the offset where nothing attenuates, were the scale long enough.
    open_quanta
        Absorbed quanta per mm2 there.
    """

    raw: np.ndarray
    open_counts: float
    open_quanta: float


def expose(
    paths: Paths,
    vendor: Vendor,
    pixel_mm: float,
    rng: np.random.Generator,
    *,
    conditions: Conditions | None = None,
) -> Exposure:
    """Expose the detector.

    The exposure control sees the lower quarter of the signal behind the breast. Quantum noise is
    normal with the variance of the mean, which at hundreds of quanta per pixel is a Poisson count to
    within its rounding.
    """
    detector, done = vendor.detector, conditions or Conditions()
    signal = transmitted(paths.attenuation(vendor.tube.spectrum))
    tissue = (paths.adipose + paths.gland + paths.skin) > 0
    thickness = paths.adipose[::8, ::8] + paths.gland[::8, ::8]
    signal += scatter(signal * tissue, detector, pixel_mm, float(thickness.max()))
    thick = float(np.quantile(signal[::8, ::8][tissue[::8, ::8]], 0.25))
    if done.motion_mm > 0:
        length = max(1, round(done.motion_mm / pixel_mm))
        signal = ndimage.uniform_filter1d(signal, length, axis=0, mode="nearest")
    quanta = detector.quanta * done.exposure * (pixel_mm / _PIXEL_MM) ** 2 / thick
    raw, counts = detected(signal, quanta, detector, pixel_mm, rng)
    raw[~tissue] = FULL
    return Exposure(raw, counts, quanta / pixel_mm**2)


def detected(
    signal: np.ndarray, quanta: float, detector: Detector, pixel_mm: float, rng: np.random.Generator
) -> tuple[np.ndarray, float]:
    """Detect a signal: blur, noise, gain, 14 bit.

    Parameters
    ----------
    signal
        Part of the open field that reaches each pixel, float32.
    quanta
        Absorbed quanta per pixel in the open field.

    Returns
    -------
    raw
        uint16 counts.
    open_counts
        Counts above the offset in the open field.
    """
    hits = signal * np.float32(quanta)
    area = (pixel_mm / _PIXEL_MM) ** 2
    if detector.indirect:
        hits += np.sqrt(hits) * rng.standard_normal(hits.shape, np.float32)
        hits = _spread(hits, detector, pixel_mm)
        hits += np.float32(detector.electronic) * rng.standard_normal(hits.shape, np.float32)
    else:
        hits = _spread(hits, detector, pixel_mm)
        variance = hits + np.float32(detector.electronic**2)
        hits += np.sqrt(variance) * rng.standard_normal(hits.shape, np.float32)
    gain = detector.counts / (detector.quanta * area)
    hits *= np.float32(gain)
    hits += np.float32(detector.offset)
    return np.clip(np.rint(hits), 0, FULL).astype(np.uint16), quanta * gain


def _spread(hits: np.ndarray, detector: Detector, pixel_mm: float) -> np.ndarray:
    """Blur by the detector's point spread, narrow and wide."""
    narrow = blurred(hits, detector.blur_mm / pixel_mm)
    if detector.glare > 0:
        sigma = detector.glare_mm / pixel_mm
        wide = broadly_blurred(hits, sigma, block=2 if sigma > 4 else 1)
        narrow += np.float32(detector.glare) * (wide - narrow)
    return narrow


def scatter(primary: np.ndarray, detector: Detector, pixel_mm: float, thickness_mm: float) -> np.ndarray:
    """Scattered field: the primary blurred widely (Boone and Cooper 2000, doi 10.1118/1.1286551)."""
    block = max(1, round(2.0 / pixel_mm))
    wide = broadly_blurred(primary, detector.scatter_mm / pixel_mm, block=block)
    return np.float32(detector.scatter * thickness_mm / 50.0) * wide


def transmitted(attenuation: np.ndarray) -> np.ndarray:
    """exp(-attenuation), float32, the same bytes on every processor."""
    out = np.array(attenuation, np.float32)
    _exponential(out.reshape(-1))
    return out


@compiled
def _between(values: Any, m: int, n: int, a: float, g: float) -> float:
    """Bilinear between four entries of a table."""
    low = (1.0 - a) * values[m, n] + a * values[m + 1, n]
    high = (1.0 - a) * values[m, n + 1] + a * values[m + 1, n + 1]
    return (1.0 - g) * low + g * high


@compiled
def _interpolate(
    paths: Any,
    depth: Any,
    skin_as_gland: float,
    per_calcium: Any,
    step: float,
    out: Any,
) -> None:
    """Attenuation of each ray, bilinear in the tables; beyond their end as at it."""
    adipose, gland, skin, calcium = paths
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            a = max(adipose[i, j], 0.0) / step
            g = (max(gland[i, j], 0.0) + skin_as_gland * skin[i, j]) / step
            m = min(int(a), depth.shape[0] - 2)
            n = min(int(g), depth.shape[1] - 2)
            a -= m
            g -= n
            total = _between(depth, m, n, a, g)
            if calcium[i, j] > 0.0:
                total += calcium[i, j] * _between(per_calcium, m, n, a, g)
            out[i, j] = total


@compiled
def _exponential(values: Any) -> None:
    """Put exp(-v) in the place of each v.

    By additions and multiplications alone: libraries choose an exponential by the processor's
    features, and theirs differ in the last place.
    """
    for k in range(values.shape[0]):
        x = -1.0 * values[k]
        n = int(np.floor(x * 1.4426950408889634 + 0.5))
        r = x - n * 0.6931471805599453
        p = 0.0
        for m in range(_SERIES.shape[0]):
            p = p * r + _SERIES[m]
        values[k] = p * _POWERS[min(max(n + 64, 0), 128)]
