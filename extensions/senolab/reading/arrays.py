"""Arrays as DICOM, so that the viewer has one way only."""

import io
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

from senolab.words import gettext

from .hanging import ImageError

_MAMMOGRAM = "1.2.840.10008.5.1.4.1.1.1.2"  # Digital Mammography X-Ray Image Storage, For Presentation


def dicom_of(array: Any, *, view: str, spacing_mm: float) -> bytes:
    """Wrap a 2D array in a DICOM file in memory.

    Parameters
    ----------
    array
        Rows by columns. Integers of up to 16 bits stay as they are; anything else is stretched
        to 16 bits between its smallest and largest value.
    view
        ``RCC`` and so on; other names have no side.
    spacing_mm
        Pixel size in mm.

    Raises
    ------
    ImageError
        If it is no 2D array of finite numbers.
    """
    pixels = _sixteen_bits(np.asarray(array), view)
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = UID(_MAMMOGRAM)
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    ds.Modality = "MG"
    ds.Rows, ds.Columns = pixels.shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, 16, 15
    ds.PixelRepresentation = int(pixels.dtype == np.int16)
    ds.ImagerPixelSpacing = [spacing_mm, spacing_mm]
    low, high = float(pixels.min()), float(pixels.max())
    ds.WindowCenter, ds.WindowWidth = (low + high) / 2, max(2.0, high - low)
    _describe(ds, view, pixels)
    ds.PixelData = pixels.tobytes()
    file = io.BytesIO()
    ds.save_as(file, enforce_file_format=True)
    return file.getvalue()


def _describe(ds: Dataset, view: str, pixels: np.ndarray) -> None:
    """Name view and side; the chest wall is where the rows are brighter."""
    if view[:1] not in ("R", "L") or view[1:] not in ("CC", "MLO", "ML", "LM"):
        return
    ds.ImageLaterality, ds.ViewPosition = view[0], view[1:]
    edge = max(1, pixels.shape[1] // 8)
    wall_left = pixels[:, :edge].mean() >= pixels[:, -edge:].mean()
    lateral_up = "L" if view[0] == "R" else "R"
    ds.PatientOrientation = ["A" if wall_left else "P", lateral_up if view[1:] == "CC" else "F"]


def _sixteen_bits(array: np.ndarray, view: str) -> np.ndarray:
    if array.ndim != 2 or 0 in array.shape:
        raise ImageError(
            gettext(
                "%(view)s must be a 2D array (rows, columns); this one has the shape %(shape)s.",
                view=view,
                shape=array.shape,
            )
        )
    if array.dtype == bool or array.dtype in (np.dtype("u1"), np.dtype("u2")):
        return array.astype("<u2")
    if array.dtype in (np.dtype("i1"), np.dtype("i2")):
        return array.astype("<i2")
    values = array.astype("float64")
    if not np.isfinite(values).all():
        raise ImageError(gettext("%(view)s holds values that are no numbers.", view=view))
    low, high = values.min(), values.max()
    return np.rint((values - low) / (high - low or 1) * 65535).astype("<u2")
