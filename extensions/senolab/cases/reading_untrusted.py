"""Open one file from outside and write a clean DICOM object from it. Runs in the sandbox, never elsewhere.

``python -m senolab.cases.reading_untrusted FILE OUT VIEW SPACING`` prints one JSON object: what
was found, or ``{"refused": sentence}``. VIEW and SPACING may be ``-``.

A white list decides what stays: technique, geometry and grey scale. All else goes (PS3.15, annex E,
goes further in what it may keep); what could name a person is told by its name.
"""

import hashlib
import io
import json
import sys
import uuid
import warnings
from pathlib import Path
from typing import Any

import numpy as np

MOST_PIXELS = 60_000_000
_KEPT = frozenset(
    [
        "SpecificCharacterSet", "ImageType", "SOPClassUID", "Modality", "PresentationIntentType",
        "Manufacturer", "ManufacturerModelName", "PatientSex", "PatientAge", "BodyPartExamined",
        "KVP", "DistanceSourceToDetector", "DistanceSourceToPatient",
        "EstimatedRadiographicMagnificationFactor", "ExposureTime", "XRayTubeCurrent", "Exposure",
        "ExposureInuAs", "ImagerPixelSpacing", "PixelSpacing", "Grid", "FocalSpots",
        "AnodeTargetMaterial", "FilterMaterial", "BodyPartThickness", "CompressionForce",
        "PositionerType", "PositionerPrimaryAngle", "ViewPosition", "DetectorType",
        "DetectorConfiguration", "ExposureControlMode", "PatientOrientation", "ImageLaterality",
        "SamplesPerPixel", "PhotometricInterpretation", "Rows", "Columns", "BitsAllocated",
        "BitsStored", "HighBit", "PixelRepresentation", "PixelPaddingValue",
        "PixelPaddingRangeLimit", "QualityControlImage", "BurnedInAnnotation",
        "PixelIntensityRelationship", "PixelIntensityRelationshipSign", "WindowCenter",
        "WindowWidth", "RescaleIntercept", "RescaleSlope", "RescaleType",
        "WindowCenterWidthExplanation", "VOILUTFunction", "BreastImplantPresent", "PartialView",
        "LossyImageCompression", "LossyImageCompressionRatio", "LossyImageCompressionMethod",
        "OrganDose", "OrganExposed", "EntranceDoseInmGy", "PresentationLUTShape",
    ]
)  # fmt: skip
_NAMING = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientAddress",
    "OtherPatientIDs",
    "OtherPatientNames",
    "PatientTelephoneNumbers",
    "IssuerOfPatientID",
    "AccessionNumber",
    "ReferringPhysicianName",
    "PerformingPhysicianName",
    "OperatorsName",
    "NameOfPhysiciansReadingStudy",
    "InstitutionName",
    "InstitutionAddress",
    "StationName",
    "DeviceSerialNumber",
    "StudyDate",
    "SeriesDate",
    "AcquisitionDate",
    "ContentDate",
    "StudyDescription",
    "SeriesDescription",
    "PatientComments",
    "ImageComments",
    "StudyID",
)
_CODES = {"399162004": "CC", "399368009": "MLO", "R-10242": "CC", "R-10226": "MLO"}
_MAMMOGRAPHY = (
    "1.2.840.10008.5.1.4.1.1.1.2",
    "1.2.840.10008.5.1.4.1.1.1.2.1",
)


class UnreadableError(Exception):
    """The file cannot be taken; the message is the sentence."""


def main(words: list[str]) -> int:
    """Read FILE, write OUT/clean.dcm, tell about it on standard output."""
    path, out, view, spacing = words
    warnings.simplefilter("ignore")
    try:
        data = Path(path).read_bytes()
        if data[:8] == b"\x89PNG\r\n\x1a\n":
            told = _from_png(data, Path(out), view, 0.1 if spacing == "-" else float(spacing))
        else:
            told = _from_dicom(data, Path(out))
    except UnreadableError as fault:
        told = {"refused": str(fault)}
    except Exception as fault:  # parsers of broken files raise whatever they like
        told = {"refused": f"it cannot be read: {type(fault).__name__}: {' '.join(str(fault).split())[:200]}"}
    print(json.dumps(told))
    return 0


def _from_dicom(data: bytes, out: Path) -> dict[str, Any]:
    """Clean a DICOM mammogram."""
    import pydicom
    from pydicom.errors import InvalidDicomError

    try:
        ds = pydicom.dcmread(io.BytesIO(data))
    except InvalidDicomError as fault:
        raise UnreadableError("it is neither a DICOM file (no DICM mark) nor a PNG picture") from fault
    if "SOPClassUID" not in ds:
        raise UnreadableError("it is damaged or cut short: SOPClassUID (0008,0016) is missing")
    if ds.SOPClassUID not in _MAMMOGRAPHY:
        name = getattr(ds.SOPClassUID, "name", "none")
        raise UnreadableError(f"it is no digital mammogram: SOPClassUID (0008,0016) is {name}")
    if str(ds.get("BurnedInAnnotation", "NO")) == "YES":
        raise UnreadableError("text is burned into its pixels (BurnedInAnnotation (0028,0301) is YES)")
    view = _view_of(ds)
    pixels = _decoded(ds)
    removed = _removed(ds)
    clean = _cleaned(ds, pixels, hashlib.sha256(data).digest())
    vendor = str(ds.get("Manufacturer", "") or "unknown")
    return _written(clean, out, view, removed, vendor, str(ds.get("StudyInstanceUID", "")))


def _view_of(ds: Any) -> str:
    """Side and projection; the code sequence first, the older term second."""
    side = str(ds.get("ImageLaterality") or ds.get("Laterality") or "")
    if side not in ("R", "L"):
        raise UnreadableError("it does not say which breast: ImageLaterality (0020,0062) is neither R nor L")
    codes = [_CODES.get(str(item.get("CodeValue"))) for item in ds.get("ViewCodeSequence", [])]
    term = next((c for c in codes if c), None) or str(ds.get("ViewPosition", ""))
    if term not in ("CC", "MLO"):
        raise UnreadableError(
            "its view is neither CC nor MLO: ViewCodeSequence (0054,0220), ViewPosition (0018,5101)"
        )
    return side + term


def _decoded(ds: Any) -> np.ndarray:
    """Pixels, whatever the compression."""
    if "PixelData" not in ds:
        raise UnreadableError("it has no pixels: PixelData (7FE0,0010) is missing")
    size = int(ds.get("Rows", 0)) * int(ds.get("Columns", 0))
    if not 0 < size <= MOST_PIXELS or int(ds.get("NumberOfFrames", 1) or 1) != 1:
        raise UnreadableError(
            "its size is out of bounds: Rows (0028,0010), Columns (0028,0011), one frame only"
        )
    try:
        pixels = ds.pixel_array
    except Exception as fault:
        syntax = getattr(ds.file_meta.get("TransferSyntaxUID"), "name", "unknown")
        why = " ".join(str(fault).split())[:160]
        raise UnreadableError(f"its PixelData (7FE0,0010) cannot be decoded ({syntax}): {why}") from fault
    if pixels.ndim != 2:
        raise UnreadableError("it is no grey image: SamplesPerPixel (0028,0002) is not 1")
    return pixels


def _removed(ds: Any) -> list[str]:
    """Names of what could tell who she is and has a value, and a count of the rest."""
    named = [word for word in _NAMING if str(ds.get(word, "") or "").strip()]
    private = sum(1 for element in ds if element.tag.is_private)
    others = sum(
        1 for e in ds if not e.tag.is_private and e.keyword not in _KEPT and e.keyword not in _NAMING
    )
    more = [f"{private} private attributes"] if private else []
    return [*named, *more, *([f"{others} attributes that no reader needs"] if others else [])]


def _cleaned(ds: Any, pixels: np.ndarray, digest: bytes) -> Any:
    """Make a new object with the kept attributes, new UIDs and the pixels coded lossless."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import UID, ExplicitVRLittleEndian

    clean = Dataset()
    for word in sorted(_KEPT):
        if word in ds:
            clean[word] = ds[word]
    clean.file_meta = FileMetaDataset()
    clean.file_meta.MediaStorageSOPClassUID = clean.SOPClassUID
    clean.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    age = str(clean.get("PatientAge", ""))
    if age.endswith("Y") and age[:-1].isdigit() and int(age[:-1]) > 89:
        clean.PatientAge = "090Y"
    _named(clean, digest)
    clean.SOPInstanceUID = clean.file_meta.MediaStorageSOPInstanceUID = UID(_uid(digest, "instance"))
    clean.AnatomicRegionSequence = [_code("76752008", "Breast")]
    view = _view_of(ds)
    value, meaning = {"CC": ("399162004", "cranio-caudal"), "MLO": ("399368009", "medio-lateral oblique")}[
        view[1:]
    ]
    clean.ImageLaterality, clean.ViewPosition = view[0], view[1:]
    clean.ViewCodeSequence = [_code(value, meaning)]
    clean.ViewCodeSequence[0].ViewModifierCodeSequence = []
    clean.AcquisitionContextSequence = []
    if "VOILUTSequence" in ds:
        clean["VOILUTSequence"] = ds["VOILUTSequence"]
    clean.PixelData = np.ascontiguousarray(pixels).tobytes()
    clean["PixelData"].VR = "OW" if pixels.dtype.itemsize > 1 else "OB"
    return clean


def _named(clean: Any, digest: bytes) -> None:
    """Put neutral words where the standard demands a patient and a study."""
    clean.PatientName = "IMPORTED^EXAM"
    clean.PatientID = "imported"
    clean.PatientBirthDate = clean.StudyDate = clean.StudyTime = clean.AccessionNumber = ""
    clean.ReferringPhysicianName, clean.StudyID = "", ""
    clean.PatientIdentityRemoved = "YES"
    clean.DeidentificationMethod = "Senolab import: technical attributes kept, new UIDs, no dates"
    clean.StudyInstanceUID, clean.SeriesInstanceUID = _uid(digest, "study"), _uid(digest, "series")
    clean.SeriesNumber = clean.InstanceNumber = 1


def _code(value: str, meaning: str) -> Any:
    from pydicom.dataset import Dataset

    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "SCT", meaning
    return item


def _uid(digest: bytes, word: str) -> str:
    """UID from the file's content: the same file gives the same one, and only its holder can tell."""
    return f"2.25.{uuid.UUID(bytes=hashlib.sha256(digest + word.encode()).digest()[:16], version=4).int}"


def _from_png(data: bytes, out: Path, view: str, spacing: float) -> dict[str, Any]:
    """Make a mammogram from a grey picture whose view is told."""
    from PIL import Image

    from .dicom import Header, mammogram

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    if view == "-":
        raise UnreadableError("a PNG does not say its view: give --view RCC, LCC, RMLO or LMLO")
    with Image.open(io.BytesIO(data)) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise UnreadableError("it has too many pixels")
        deep = picture.mode.startswith("I")
        pixels = np.asarray(picture.convert("I" if deep else "L"))
    bits = 16 if deep else 8
    pixels = (
        pixels.astype(np.uint32) >> (bits - 12) if deep else pixels.astype(np.uint32) * 4095 // 255
    ).astype(np.uint16)
    digest = hashlib.sha256(data).digest()
    study, series, instance = (_uid(digest, word) for word in ("study", "series", "instance"))
    ds = mammogram(pixels, Header("imported", view, 0, spacing, study, series, instance))
    del ds.PatientAge, ds.SeriesDate, ds.AcquisitionDate, ds.ContentDate
    del ds.SeriesTime, ds.AcquisitionTime, ds.ContentTime
    _named(ds, digest)
    ds.Manufacturer, ds.ManufacturerModelName, ds.QualityControlImage = "unknown", "unknown", "NO"
    ds.PatientOrientation = _orientation(pixels, view)
    return _written(ds, out, view, [], "unknown", "")


def _orientation(pixels: np.ndarray, view: str) -> list[str]:
    """Read from the pixels at which edge the chest wall lies; pictures are often mirrored."""
    edge = max(1, pixels.shape[1] // 50)
    at_left = int(pixels[:, :edge].sum()) >= int(pixels[:, -edge:].sum())
    down = {"RCC": "L", "LCC": "R", "RMLO": "FL", "LMLO": "FR"}[view]
    return ["A" if at_left else "P", down]


def _written(ds: Any, out: Path, view: str, removed: list[str], vendor: str, study: str) -> dict[str, Any]:
    """Write the clean object, JPEG-LS, and tell about it."""
    from .dicom import encoded

    if not ds.get("ImagerPixelSpacing") and not ds.get("PixelSpacing"):
        raise UnreadableError("its scale is unknown: ImagerPixelSpacing (0018,1164) is missing")
    (out / "clean.dcm").write_bytes(encoded(ds))
    age = str(ds.get("PatientAge", "") or "")
    years = int(age[:-1]) if age.endswith("Y") and age[:-1].isdigit() else 0
    return {
        "view": view,
        "rows": int(ds.Rows),
        "columns": int(ds.Columns),
        "vendor": vendor[:64],
        "age": years or None,
        "removed": removed,
        "study": hashlib.sha256(study.encode()).hexdigest() if study else "",
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
