"""The three sizes at which every cohort can be made, with the same code."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """How finely a woman is built and imaged.

    Attributes
    ----------
    name
        ``ci``, ``binder`` or ``class``.
    rows, columns
        Size of the image matrix.
    pixel_mm
        Detector pixel.
    voxel_mm
        Step of the anatomy.
    ray_mm
        Distance of the rays that integrate the anatomy; finer structures are drawn at `pixel_mm`.
    lossy_ratio
        JPEG 2000 compression ratio, or None for JPEG-LS lossless.
    """

    name: str
    rows: int
    columns: int
    pixel_mm: float
    voxel_mm: float
    ray_mm: float
    lossy_ratio: int | None = None


SCALES = {
    "ci": Scale("ci", 832, 640, 0.28, 1.1, 0.56),
    "binder": Scale("binder", 1664, 1280, 0.14, 0.6, 0.35, lossy_ratio=20),
    "class": Scale("class", 3328, 2560, 0.07, 0.35, 0.28),
}


def scale_named(name: str) -> Scale:
    """Find a scale; a ValueError with a sentence when there is none of that name."""
    if name not in SCALES:
        raise ValueError(f"there is no scale {name!r}; the scales are {', '.join(SCALES)}")
    return SCALES[name]
