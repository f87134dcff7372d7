"""A grey picture whose view is told, as a mammogram."""

from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from senolab.cases.dicom import Header, mammogram

from . import marks
from .cleaning import named
from .pixels import MOST_PIXELS
from .refusing import UnreadableError

# What a machine would say of itself and a picture does not.
_UNKNOWN = (
    "PatientAge", "KVP", "BodyPartThickness", "AnodeTargetMaterial", "FilterMaterial", "Grid", "SeriesDate",
    "AcquisitionDate", "ContentDate", "SeriesTime", "AcquisitionTime", "ContentTime",
    "DistanceSourceToDetector", "DistanceSourceToPatient", "PositionerPrimaryAngle", "ExposureControlMode",
    "SoftwareVersions", "DeviceSerialNumber", "BreastImplantPresent", "PartialView",
    "EstimatedRadiographicMagnificationFactor",
)  # fmt: skip


def mammogram_from(path: str, view: str, spacing: float) -> Dataset:
    """Make the object; deep pictures are brought to 12 bits, as the others are."""
    pixels, bits = _pixels(path)
    wide = pixels.astype(np.uint32)
    values = (wide >> (bits - 12) if bits > 12 else wide * 4095 // (2**bits - 1)).astype(np.uint16)
    ds = mammogram(values, Header("imported", view, 0, spacing, marks.STUDY, marks.SERIES, marks.INSTANCE))
    for word in _UNKNOWN:
        ds.pop(word, None)
    named(ds, dated=False)
    ds.DetectorType = ""
    ds.Manufacturer, ds.ManufacturerModelName, ds.QualityControlImage = "unknown", "unknown", "NO"
    ds.PatientOrientation = orientation(values, view[0], view[1:])
    return ds


def _pixels(path: str) -> tuple[np.ndarray, int]:
    """Read the picture; colours are taken only where they are all grey."""
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with Image.open(path, formats=["PNG"]) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise UnreadableError(
                    f"it has {picture.width} x {picture.height} pixels, more than any detector"
                )
            if getattr(picture, "n_frames", 1) > 1:
                raise UnreadableError("it is an animated picture: a mammogram has one frame")
            if picture.mode == "1":
                raise UnreadableError("it is black and white, with no grey between: a mask, not an image")
            deep = picture.mode.startswith("I")
            return (np.asarray(picture.convert("I")), 16) if deep else (_grey(picture), 8)
    except Image.DecompressionBombError as fault:
        raise UnreadableError("it has more pixels than any detector") from fault
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as fault:
        raise UnreadableError("it is a PNG picture that is damaged or cut short") from fault


def _grey(picture: Any) -> np.ndarray:
    """Values of a picture of 8 bits."""
    if picture.mode in ("L", "LA"):
        return np.asarray(picture.convert("L"))
    colours = np.asarray(picture.convert("RGB"))
    if (colours[..., 0] != colours[..., 1]).any() or (colours[..., 0] != colours[..., 2]).any():
        raise UnreadableError("it is a colour picture: a mammogram is grey")
    return np.ascontiguousarray(colours[..., 0])


def orientation(pixels: np.ndarray, side: str, projection: str) -> list[str]:
    """Read from the pixels at which edge the chest wall lies; pictures are often mirrored."""
    edge = max(1, pixels.shape[1] // 50)
    at_left = int(pixels[:, :edge].sum(dtype=np.int64)) >= int(pixels[:, -edge:].sum(dtype=np.int64))
    other = {"R": "L", "L": "R"}[side]
    down = (
        other
        if projection in ("CC", "XCC", "XCCL", "XCCM")
        else "F"
        if projection in ("ML", "LM")
        else "F" + other
    )
    return ["A" if at_left else "P", down]
