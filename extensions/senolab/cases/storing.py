"""Other right ways to store an image For Presentation: each shows what the file as it was made shows.

Who loads mammograms meets them all: windows by three functions (PS3.3, C.11.2.1), a table in their place or
beside them, air that is white by number, values of sixteen bits, mirrored images, a magnified breast.
"""

import io
from collections.abc import Callable

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_windowing
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEGLSLossless

_MAGNIFIED = 1.08  # a breast that lies 48 mm above the detector of a unit of 650 mm
_OTHER_SIDE = {"A": "P", "P": "A"}


def object_in(data: bytes) -> Dataset:
    """Read the object of a file."""
    return dcmread(io.BytesIO(data))


def written(ds: Dataset) -> bytes:
    """Give the object as a file, however wrong it is."""
    stream = io.BytesIO()
    ds.save_as(stream, enforce_file_format="SOPClassUID" in ds)
    return stream.getvalue()


def restored(data: bytes, form: str) -> bytes:
    """Store a view another way, without (further) loss."""
    ds = object_in(data)
    ds.decompress(generate_instance_uid=False)
    _FORMS[form](ds)
    if form == "implicit little endian":
        ds.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    else:
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        ds.compress(JPEGLSLossless, generate_instance_uid=False)
    return written(ds)


def _windowed(ds: Dataset, function: str) -> None:
    """Write one window in place of whatever tells the grey scale."""
    if "WindowCenter" not in ds:  # the table of such a unit has its toe and its shoulder near these
        ds.WindowCenter, ds.WindowWidth = str(1 << (ds.BitsStored - 1)), str(1 << ds.BitsStored)
    for keyword in ("WindowCenter", "WindowWidth"):
        value = ds[keyword].value
        setattr(ds, keyword, value if isinstance(value, str | float | int) else value[0])
    for keyword in ("VOILUTSequence", "WindowCenterWidthExplanation"):
        if keyword in ds:
            delattr(ds, keyword)
    ds.VOILUTFunction = function


def _tabled(ds: Dataset) -> None:
    """Write a table that does what the first window does, beside it."""
    if "VOILUTSequence" in ds:
        return
    levels = np.arange(1 << ds.BitsStored, dtype=np.uint16)
    shown = apply_windowing(levels, ds, index=0)
    top = float((1 << ds.BitsStored) - 1)
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(levels), 0, ds.BitsStored])
    item.LUTExplanation = "NORMAL"
    item.add_new("LUTData", "US", np.clip(np.rint(shown), 0, top).astype(int).tolist())
    ds.VOILUTSequence = [item]


def _only_table(ds: Dataset) -> None:
    _tabled(ds)
    for keyword in ("WindowCenter", "WindowWidth", "WindowCenterWidthExplanation", "VOILUTFunction"):
        if keyword in ds:
            delattr(ds, keyword)


def _inverse(ds: Dataset) -> None:
    """Turn the values round, and what is said of them."""
    top = (1 << ds.BitsStored) - 1
    ds.PixelData = (top - ds.pixel_array).astype("<u2").tobytes()
    other = ds.PhotometricInterpretation == "MONOCHROME2"
    ds.PhotometricInterpretation = "MONOCHROME1" if other else "MONOCHROME2"
    ds.PresentationLUTShape = "INVERSE" if other else "IDENTITY"
    ds.PixelIntensityRelationshipSign = 1 if other else -1
    if "PixelPaddingValue" in ds:
        ds.PixelPaddingValue = top - ds.PixelPaddingValue
    if "WindowCenter" in ds:
        centres = ds.WindowCenter if ds["WindowCenter"].VM > 1 else [ds.WindowCenter]
        ds.WindowCenter = [f"{top - float(centre):g}" for centre in centres]
    for item in ds.get("VOILUTSequence", ()):
        most = (1 << item.LUTDescriptor[2]) - 1
        item.LUTData = [most - value for value in reversed(item.LUTData)]


def _sixteen(ds: Dataset) -> None:
    """Use all sixteen bits: the values, the window and the padding grow alike."""
    _windowed(ds, ds.get("VOILUTFunction", "LINEAR"))
    times = 1 << (16 - ds.BitsStored)
    ds.PixelData = (ds.pixel_array * times).astype("<u2").tobytes()
    ds.BitsStored, ds.HighBit = 16, 15
    ds.WindowCenter, ds.WindowWidth = (
        f"{float(ds[word].value) * times:g}" for word in ("WindowCenter", "WindowWidth")
    )
    if "PixelPaddingValue" in ds:
        ds.PixelPaddingValue = ds.PixelPaddingValue * times


def _mirrored(ds: Dataset) -> None:
    """Store the chest wall at the other edge, and say so."""
    ds.PixelData = np.ascontiguousarray(ds.pixel_array[:, ::-1], "<u2").tobytes()
    row, column = ds.PatientOrientation
    ds.PatientOrientation = [_OTHER_SIDE[row], column]
    ds.FieldOfViewHorizontalFlip = "YES"


def _magnified(ds: Dataset) -> None:
    """Say that the breast lay off the detector: its pixel is smaller than the detector's."""
    ds.EstimatedRadiographicMagnificationFactor = f"{_MAGNIFIED:g}"
    ds.DistanceSourceToPatient = f"{float(ds.DistanceSourceToDetector) / _MAGNIFIED:.2f}"
    ds.PixelSpacing = [f"{float(step) / _MAGNIFIED:.6g}" for step in ds.ImagerPixelSpacing]


_FORMS: dict[str, Callable[[Dataset], None]] = {
    "linear window": lambda ds: _windowed(ds, "LINEAR"),
    "linear exact window": lambda ds: _windowed(ds, "LINEAR_EXACT"),
    "table": _only_table,
    "window and table": _tabled,
    "inverse": _inverse,
    "sixteen bits": _sixteen,
    "mirrored": _mirrored,
    "magnified": _magnified,
    "implicit little endian": lambda _ds: None,
}
