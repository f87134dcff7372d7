"""Whether the pixels are what the header says: range, air, chest wall, anything at all.

Air is looked for at the left and the right edge, where it is even; an image that shows none there (a spot
view, a test object) is not judged by it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .findings import Finding, error, named, number, text, texts, warning
from .grey import PROCESSING

GRID = 64  # cells a side of the coarse map
_EVEN = 0.06  # of the range of values: the spread that an air strip may have
_APART = 0.10  # of the range of values: what differs that much from air is none
_GREYEST = 0.25  # of white: air may be displayed that bright


@dataclass(frozen=True)
class Air:
    """Air of an image: its level and spread, the edge it lies at, whether it is brighter than the breast."""

    level: float
    spread: float
    edge: str
    brighter: bool


def air_of(pixels: np.ndarray) -> Air | None:
    """Find the air beside the breast; None where neither edge is even, or both are alike."""
    step = max(1, pixels.shape[0] // 512)
    coarse = pixels[::step].astype(np.float32)
    low, high = np.percentile(coarse, (0.5, 99.5))
    width = max(1, pixels.shape[1] // 40)
    start = width // 4
    strips = {
        "left": coarse[:, start : start + width],
        "right": coarse[:, coarse.shape[1] - start - width : coarse.shape[1] - start],
    }
    spreads = {edge: float(np.subtract(*np.percentile(strip, (95, 5)))) for edge, strip in strips.items()}
    edge = min(spreads, key=lambda name: spreads[name])
    other = strips["left" if edge == "right" else "right"]
    if high <= low or spreads[edge] > _EVEN * (high - low):
        return None
    level = float(np.median(strips[edge]))
    tissue = other[np.abs(other - level) > _APART * (high - low)]
    if tissue.size < 0.1 * other.size:
        return None
    return Air(level, spreads[edge], edge, bool(np.median(tissue) < level))


def unlike_header(ds: Any, pixels: np.ndarray) -> Iterator[Finding]:
    """Check pixels ``(rows, columns)`` against their header."""
    name = named("PixelData")
    bits, most = number(ds, "BitsStored"), int(pixels.max())
    if bits is not None and most >= 2 ** int(bits):
        yield error(
            "pixel-range",
            f"{name} holds a value of {most}, but {named('BitsStored')} {bits:g} allows {2 ** int(bits) - 1}",
        )
    if most == int(pixels.min()):
        yield error("empty-image", f"{name} has one value everywhere, {most}: the image is empty")
        return
    if np.count_nonzero(pixels != np.median(pixels[::4, ::4])) < 0.005 * pixels.size:
        yield warning("empty-image", f"{name} has almost one value everywhere: the image seems empty")
        return
    air = air_of(pixels)
    if air is not None:
        yield from _wall(ds, air)
        yield from _polarity(ds, air)


def _wall(ds: Any, air: Air) -> Iterator[Finding]:
    """Check that the chest wall lies at the edge that the orientation of the rows tells."""
    told = (texts(ds, "PatientOrientation") or [""])[0]
    right = "A" if air.edge == "right" else "P"
    if told in ("A", "P") and told != right:
        wall = "left" if right == "A" else "right"
        yield error(
            "chest-wall",
            f"{named('PatientOrientation')} begins with {told}, but the chest wall lies at the {wall} edge: "
            f"write {right}, or mirror the image",
        )


def _polarity(ds: Any, air: Air) -> Iterator[Finding]:
    """Check that air is black: at the dark end under the photometric interpretation, and under the window."""
    photometric = text(ds, "PhotometricInterpretation")
    if text(ds, "SOPClassUID") == PROCESSING:
        sign = text(ds, "PixelIntensityRelationshipSign")
        if sign in ("1", "-1") and air.brighter != (sign == "1"):
            yield error(
                "air",
                f"{named('PixelIntensityRelationshipSign')} is {sign}, but air has the "
                f"{'larger' if air.brighter else 'smaller'} values: write {-int(sign)}",
            )
    elif photometric in ("MONOCHROME1", "MONOCHROME2"):
        if air.brighter != (photometric == "MONOCHROME1"):
            other = "MONOCHROME1" if photometric == "MONOCHROME2" else "MONOCHROME2"
            yield error(
                "air",
                f"{named('PhotometricInterpretation')} is {photometric}, under which its air is white: "
                f"write {other} and what goes with it",
            )
        elif (grey := _displayed(ds, air.level, photometric)) is not None and grey > _GREYEST:
            yield warning(
                "air",
                f"{named('WindowCenter')} and {named('WindowWidth')} show air at {grey:.0%} of white: "
                "it should be black",
            )


def _displayed(ds: Any, level: float, photometric: str) -> float | None:
    """Give the brightness of a value under the first window, 0 to 1, as a linear ramp."""
    centre, width = number(ds, "WindowCenter"), number(ds, "WindowWidth")
    if centre is None or not width or width < 0:
        return None
    part = min(1.0, max(0.0, (level - centre) / width + 0.5))
    return part if photometric == "MONOCHROME2" else 1.0 - part


def occupied(pixels: np.ndarray) -> int:
    """Mark where the breast is on a map of 64 x 64 cells, one bit a cell; all of it where no air is found."""
    air = air_of(pixels)
    if air is None:
        return 2 ** (GRID * GRID) - 1
    span = float(pixels.max()) - float(pixels.min())
    return cells(np.abs(pixels.astype(np.float32) - air.level) > max(0.005 * span, 3 * air.spread))


def cells(mask: np.ndarray) -> int:
    """Mark the cells that hold any of a mask ``(rows, columns)``."""
    rows, columns = (np.arange(GRID) * size // GRID for size in mask.shape)
    coarse = np.logical_or.reduceat(np.logical_or.reduceat(mask, rows, axis=0), columns, axis=1)
    return int.from_bytes(np.packbits(coarse).tobytes(), "big")
