"""A new object with the kept attributes only: each value is read, checked by its kind and written anew."""

import math
import re
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian
from pydicom.valuerep import DSfloat

from senolab.cases.dicom import code

from . import marks
from .opening import MAMMOGRAPHY, identity
from .pixels import Grey, number, possible, steps
from .refusing import printable
from .viewing import MODIFIERS, VIEWS, Seen

_KEPT = (
    "ImageType", "SOPClassUID", "PresentationIntentType", "Manufacturer", "ManufacturerModelName",
    "PatientSex", "PatientAge", "KVP", "DistanceSourceToDetector", "DistanceSourceToPatient",
    "EstimatedRadiographicMagnificationFactor", "ExposureTime", "XRayTubeCurrent", "Exposure",
    "ExposureInuAs", "ImagerPixelSpacing", "PixelSpacing", "Grid", "FocalSpots", "AnodeTargetMaterial",
    "FilterMaterial", "BodyPartThickness", "CompressionForce", "PositionerType",
    "PositionerPrimaryAngle", "DetectorType", "DetectorConfiguration", "ExposureControlMode",
    "PatientOrientation", "PhotometricInterpretation", "QualityControlImage", "BurnedInAnnotation",
    "PixelIntensityRelationship", "PixelIntensityRelationshipSign", "WindowCenter", "WindowWidth",
    "RescaleIntercept", "RescaleSlope", "RescaleType", "WindowCenterWidthExplanation", "VOILUTFunction",
    "BreastImplantPresent", "PartialView", "LossyImageCompression", "LossyImageCompressionRatio",
    "LossyImageCompressionMethod", "OrganDose", "OrganExposed", "EntranceDoseInmGy",
    "PresentationLUTShape",
)  # fmt: skip
# Written anew from what was found, or of the pixels themselves.
_REMADE = frozenset([
    "SpecificCharacterSet", "Modality", "BodyPartExamined", "ViewPosition", "ImageLaterality", "Laterality",
    "SamplesPerPixel", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation",
    "PixelPaddingValue", "PixelPaddingRangeLimit", "VOILUTSequence", "ViewCodeSequence", "PixelData",
    "AnatomicRegionSequence", "AcquisitionContextSequence", "SOPInstanceUID", "StudyInstanceUID",
    "SeriesInstanceUID", "NumberOfFrames", "PatientIdentityRemoved", "DeidentificationMethod",
])  # fmt: skip
_NAMING = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientAddress", "OtherPatientIDs", "OtherPatientNames",
    "PatientTelephoneNumbers", "IssuerOfPatientID", "AccessionNumber", "ReferringPhysicianName",
    "PerformingPhysicianName", "OperatorsName", "NameOfPhysiciansReadingStudy", "InstitutionName",
    "InstitutionAddress", "StationName", "DeviceSerialNumber", "StudyDate", "SeriesDate",
    "AcquisitionDate", "ContentDate", "StudyDescription", "SeriesDescription", "PatientComments",
    "ImageComments", "StudyID",
)  # fmt: skip
_CS = re.compile(r"[A-Z0-9_ ]{0,16}")
_AGE = re.compile(r"\d{3}[DWMY]")
_OLDEST = 89  # a higher age is rare enough to tell who she is (HIPAA, 45 CFR 164.514)


def removed(ds: Dataset) -> list[str]:
    """Names of what could tell who she is and has a value, and a count of the rest."""
    named = [word for word in _NAMING if word in ds and not _empty(ds, word)]
    private = others = 0
    for tag in ds.keys():  # noqa: SIM118 - the values are not read: they may be damaged
        word = _keyword(tag)
        private += tag.is_private
        others += not tag.is_private and word not in (*_KEPT, *_NAMING) and word not in _REMADE
    more = [f"{private} private attributes"] if private else []
    return [*named, *more, *([f"{others} attributes that no reader needs"] if others else [])]


def _keyword(tag: Any) -> str:
    from pydicom.datadict import keyword_for_tag

    return keyword_for_tag(tag)


def _empty(ds: Dataset, word: str) -> bool:
    try:
        return not str(ds.get(word) or "").strip()
    except Exception:
        return False


def cleaned(ds: Dataset, grey: Grey, view: Seen, spacing: tuple[float, float]) -> tuple[Dataset, list[str]]:
    """Build the clean object of an image; return it with the names of kept attributes that were damaged."""
    clean = Dataset()
    damaged = [word for word in _KEPT if word in ds and not _copied(ds, clean, word)]
    clean.file_meta = FileMetaDataset()
    clean.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    _kind(clean)
    _grey_scale(ds, clean, grey)
    for word in ("ImagerPixelSpacing", "PixelSpacing"):
        if word in clean and not possible(steps(clean, word)):
            del clean[word]
    if "ImagerPixelSpacing" not in clean:
        clean.ImagerPixelSpacing = [DSfloat(step, auto_format=True) for step in spacing]
    named(clean, dated=bool(identity(ds)["date"]))
    _viewed(clean, view)
    put_pixels(clean, grey)
    return clean, damaged


def _copied(ds: Dataset, clean: Dataset, word: str) -> bool:
    """Copy one attribute if its value is of the form of its kind."""
    from pydicom.datadict import dictionary_VR

    try:
        value = ds[word].value
        several = [value] if isinstance(value, str | bytes) or not hasattr(value, "__iter__") else list(value)
        several = [item for item in several if item is not None]
        if not several or several == [""]:
            return True
        fixed = [_checked(item, dictionary_VR(word)) for item in several[:64]]
        if any(item is None for item in fixed):
            return False
        setattr(clean, word, fixed if len(fixed) > 1 else fixed[0])
    except Exception:
        clean.pop(word, None)
        return False
    return True


def _checked(value: Any, kind: str) -> Any:
    """Return one value, or None where it is none of its kind."""
    if kind in ("DS", "FD", "FL"):
        found = float(value)
        return (
            None if not math.isfinite(found) else DSfloat(found, auto_format=True) if kind == "DS" else found
        )
    if kind in ("IS", "US", "SS"):
        return int(value)
    text = printable(value)
    if kind == "AS":
        old = text.endswith("Y") and text[:-1].isdigit() and int(text[:-1]) > _OLDEST
        return f"{_OLDEST + 1:03d}Y" if old else text if _AGE.fullmatch(text) else None
    if kind == "CS":
        return text if _CS.fullmatch(text) else None
    if kind == "UI":
        return UID(text) if UID(text).is_valid else None
    return text


def _kind(clean: Dataset) -> None:
    """Make it a mammogram for presentation or for processing, whatever class it had."""
    intent = str(clean.get("PresentationIntentType", ""))
    own = str(clean.get("SOPClassUID", ""))
    processing = own == MAMMOGRAPHY[1] or (own not in MAMMOGRAPHY and intent == "FOR PROCESSING")
    clean.SOPClassUID = clean.file_meta.MediaStorageSOPClassUID = UID(MAMMOGRAPHY[processing])
    clean.PresentationIntentType = "FOR PROCESSING" if processing else "FOR PRESENTATION"
    clean.Modality = "MG"
    clean.SpecificCharacterSet = "ISO_IR 192"
    if "ImageType" not in clean:
        clean.ImageType = ["DERIVED", "PRIMARY", ""]
    clean.BodyPartExamined = clean.OrganExposed = "BREAST"


def _grey_scale(ds: Dataset, clean: Dataset, grey: Grey) -> None:
    """Keep window and tables; a shift of the values goes into the rescale and the padding."""
    if "PixelPaddingValue" in ds:
        _padding(ds, clean, grey)
    if grey.added:
        slope = float(clean.get("RescaleSlope", 1) or 1)
        before = float(clean.get("RescaleIntercept", 0) or 0)
        clean.RescaleSlope = DSfloat(slope, auto_format=True)
        clean.RescaleIntercept = DSfloat(before - slope * grey.added, auto_format=True)
        clean.RescaleType = clean.get("RescaleType") or "US"
    lone = ("WindowCenter" in clean) != ("WindowWidth" in clean)
    if lone:
        for word in ("WindowCenter", "WindowWidth"):
            clean.pop(word, None)
    tables = [table for item in _sequence(ds, "VOILUTSequence") if (table := _table(item)) is not None]
    if tables:
        clean.VOILUTSequence = tables


def _padding(ds: Dataset, clean: Dataset, grey: Grey) -> None:
    for word in ("PixelPaddingValue", "PixelPaddingRangeLimit"):
        value = number(ds, word, otherwise=-1) + grey.added
        if word in ds and 0 <= value < 1 << 16:
            clean.add_new(word, "US", value)


def _sequence(ds: Dataset, word: str) -> list[Any]:
    try:
        return list(ds.get(word) or [])
    except Exception:
        return []


def _table(item: Dataset) -> Dataset | None:
    """Copy one VOI LUT if its length is what its descriptor says."""
    try:
        count, first, bits = (int(value) for value in item.LUTDescriptor)
        data = item["LUTData"].value
        values = np.frombuffer(data, "<u2") if isinstance(data, bytes) else np.asarray(data, np.int64)
        if len(values) != (count % 65536 or 65536) or not 8 <= bits <= 16 or values.max() > 65535:
            return None
        table = Dataset()
        table.add_new("LUTDescriptor", "US", [count, first % 65536, bits])
        table.add_new("LUTExplanation", "LO", printable(item.get("LUTExplanation") or ""))
        if len(values) <= 32767:
            table.add_new("LUTData", "US", [int(value) for value in values])
        else:
            table.add_new("LUTData", "OW", values.astype("<u2").tobytes())
    except Exception:
        return None
    return table


def named(clean: Dataset, *, dated: bool) -> None:
    """Put marks where the library then writes its own names, and neutral words elsewhere."""
    clean.PatientName, clean.PatientID = "IMPORTED^EXAM", marks.PATIENT
    clean.StudyDate = marks.DATE if dated else ""
    clean.PatientBirthDate = clean.StudyTime = clean.AccessionNumber = ""
    clean.PatientSex = clean.get("PatientSex") or ""
    clean.ReferringPhysicianName, clean.StudyID = "", ""
    clean.PatientIdentityRemoved = "YES"
    clean.LongitudinalTemporalInformationModified = "MODIFIED"
    clean.DeidentificationMethod = "Senolab import: technical attributes kept, new UIDs, dates moved"
    clean.StudyInstanceUID, clean.SeriesInstanceUID = marks.STUDY, marks.SERIES
    clean.SOPInstanceUID = clean.file_meta.MediaStorageSOPInstanceUID = UID(marks.INSTANCE)
    clean.SeriesNumber = clean.InstanceNumber = 1


def _viewed(clean: Dataset, view: Seen) -> None:
    """Write the view in today's codes."""
    value, meaning, _ = VIEWS[view.projection]
    clean.ImageLaterality, clean.ViewPosition = view.side, view.projection
    clean.ViewCodeSequence = [code(value, meaning)]
    clean.ViewCodeSequence[0].ViewModifierCodeSequence = [
        code(*MODIFIERS[word][:2]) for word in view.modifiers if word in MODIFIERS
    ]
    clean.AnatomicRegionSequence = [code("76752008", "Breast")]
    clean.AcquisitionContextSequence = []


def put_pixels(clean: Dataset, grey: Grey) -> None:
    """Write the pixels and what describes them, and a window where none shows them."""
    clean.SamplesPerPixel, clean.PixelRepresentation = 1, 0
    clean.Rows, clean.Columns = grey.pixels.shape
    clean.BitsAllocated = grey.pixels.dtype.itemsize * 8
    clean.BitsStored, clean.HighBit = grey.bits, grey.bits - 1
    clean.PixelData = np.ascontiguousarray(grey.pixels).tobytes()
    clean["PixelData"].VR = "OW" if grey.pixels.dtype.itemsize > 1 else "OB"
    presented = clean.get("PresentationIntentType") == "FOR PRESENTATION"
    if presented and not ("WindowCenter" in clean or "VOILUTSequence" in clean):
        slope, intercept = (
            float(clean.get("RescaleSlope", 1) or 1),
            float(clean.get("RescaleIntercept", 0) or 0),
        )
        low, high = sorted(slope * int(value) + intercept for value in (grey.pixels.min(), grey.pixels.max()))
        clean.WindowCenter = DSfloat((low + high + 1) / 2, auto_format=True)
        clean.WindowWidth = DSfloat(max(2.0, high - low + 1), auto_format=True)


def years(clean: Dataset) -> int | None:
    """Age in years, where it is told."""
    age = str(clean.get("PatientAge", "") or "")
    return int(age[:-1]) or None if age.endswith("Y") and age[:-1].isdigit() else None
