r"""A view as a DICOM object: Digital Mammography X-Ray Image, For Presentation.

Right breasts are stored with the chest wall at the right edge of the matrix and say
``P\L`` (CC) or ``P\FL`` (MLO); left breasts have it at the left edge and say ``A\R`` or ``A\FR``.
A viewer hangs by this header and need not guess from pixels. The projection is parallel: the
magnification is 1, and PixelSpacing equals ImagerPixelSpacing (PS3.3, 10.7.1.3).

Every object says that nobody was imaged: QualityControlImage YES (General Image: a phantom), the
text of DeidentificationMethod, and a patient's name that begins with SYNTHETIC. (SyntheticData
(0008,001C) of the SOP Common module says it best, but the validators in use are older and call it
an error.) Dates are the same in every exam.
"""

import io
from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    JPEG2000,
    UID,
    DigitalMammographyXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    JPEGLSLossless,
)

from .presentation import BITS, WINDOW_CENTRE, WINDOW_WIDTH

DATE, TIME = "20260101", "120000"
MANUFACTURER = "Senolab"
# (laterality, projection) -> PatientOrientation of a matrix stored as the module's text says
ORIENTATION = {
    ("R", "CC"): ["P", "L"],
    ("L", "CC"): ["A", "R"],
    ("R", "MLO"): ["P", "FL"],
    ("L", "MLO"): ["A", "FR"],
}
VIEW_CODE = {
    "CC": ("399162004", "cranio-caudal"),
    "MLO": ("399368009", "medio-lateral oblique"),
}
_INSTANCE = {"RCC": 1, "LCC": 2, "RMLO": 3, "LMLO": 4}
_IMPLEMENTATION = UID("2.25.211459857283446921058417323947155270413")


@dataclass(frozen=True)
class Header:
    """What an image's header says beyond the view itself; nothing of it depends on a finding."""

    exam: str
    view: str
    age: int
    thickness_mm: float
    pixel_mm: float
    study_uid: str
    series_uid: str
    instance_uid: str


def code(value: str, meaning: str, scheme: str = "SCT") -> Dataset:
    """One item of a code sequence."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def mammogram(pixels: np.ndarray, header: Header) -> Dataset:
    """Build the object, native pixels.

    Parameters
    ----------
    pixels
        uint16 ``(rows, columns)``, 12 bit, stored as the module's text says.
    header
        Identity and technique.
    """
    side, projection = header.view[0], header.view[1:]
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.MediaStorageSOPClassUID = DigitalMammographyXRayImageStorageForPresentation
    ds.file_meta.MediaStorageSOPInstanceUID = UID(header.instance_uid)
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.ImplementationClassUID = _IMPLEMENTATION
    ds.SOPClassUID = DigitalMammographyXRayImageStorageForPresentation
    ds.SOPInstanceUID = header.instance_uid
    _who(ds, header)
    _how(ds, header, projection)
    ds.ImageLaterality = side
    ds.PatientOrientation = ORIENTATION[side, projection]
    ds.ViewPosition = projection
    value, meaning = VIEW_CODE[projection]
    ds.ViewCodeSequence = [code(value, meaning)]
    ds.ViewCodeSequence[0].ViewModifierCodeSequence = []
    ds.AnatomicRegionSequence = [code("76752008", "Breast")]
    ds.AcquisitionContextSequence = []
    _pixels(ds, pixels, header.pixel_mm)
    return ds


def _who(ds: Dataset, header: Header) -> None:
    """Patient, study, series, equipment."""
    ds.PatientName = f"SYNTHETIC^{header.exam}"
    ds.PatientID = header.exam
    ds.PatientBirthDate = ""
    ds.PatientSex = "F"
    ds.PatientAge = f"{header.age:03d}Y"
    ds.PatientIdentityRemoved = "YES"
    ds.DeidentificationMethod = "Nobody was imaged: computed from a random number"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = header.study_uid, header.series_uid
    ds.StudyDate = ds.SeriesDate = ds.AcquisitionDate = ds.ContentDate = DATE
    ds.StudyTime = ds.SeriesTime = ds.AcquisitionTime = ds.ContentTime = TIME
    ds.StudyID, ds.AccessionNumber, ds.ReferringPhysicianName = "1", "", ""
    ds.Modality, ds.PresentationIntentType = "MG", "FOR PRESENTATION"
    ds.SeriesNumber, ds.InstanceNumber = 1, _INSTANCE[header.view]
    ds.Manufacturer, ds.ManufacturerModelName = MANUFACTURER, "In-silico mammography"
    ds.SoftwareVersions, ds.DeviceSerialNumber = "1", "1"


def _how(ds: Dataset, header: Header, projection: str) -> None:
    """Technique: the same for all but thickness."""
    ds.ImageType = ["ORIGINAL", "PRIMARY", ""]
    ds.QualityControlImage = "YES"
    ds.BurnedInAnnotation = "NO"
    ds.BreastImplantPresent = "NO"
    ds.PartialView = "NO"
    ds.BodyPartExamined = "BREAST"
    ds.OrganExposed = "BREAST"
    ds.KVP = "28"
    ds.AnodeTargetMaterial = "TUNGSTEN"
    ds.FilterMaterial = "RHODIUM"
    ds.BodyPartThickness = f"{header.thickness_mm:.0f}"
    ds.CompressionForce = "110"
    ds.PositionerType = "MAMMOGRAPHIC"
    ds.PositionerPrimaryAngle = "45" if projection == "MLO" else "0"
    ds.DistanceSourceToDetector = ds.DistanceSourceToPatient = "660"
    ds.EstimatedRadiographicMagnificationFactor = "1"
    ds.DetectorType = "DIRECT"
    ds.ExposureControlMode = "AUTOMATIC"
    ds.Grid = ["RECIPROCATING", "FOCUSED"]


def _pixels(ds: Dataset, pixels: np.ndarray, pixel_mm: float) -> None:
    """Image pixel module, spacing and grey scale."""
    spacing = [f"{pixel_mm:g}", f"{pixel_mm:g}"]
    ds.ImagerPixelSpacing = ds.PixelSpacing = spacing
    ds.PixelIntensityRelationship, ds.PixelIntensityRelationshipSign = "LOG", -1
    ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = "0", "1", "US"
    ds.WindowCenter, ds.WindowWidth = str(WINDOW_CENTRE), str(WINDOW_WIDTH)
    ds.PresentationLUTShape, ds.PhotometricInterpretation = "IDENTITY", "MONOCHROME2"
    ds.LossyImageCompression = "00"
    ds.SamplesPerPixel, ds.PixelRepresentation = 1, 0
    ds.Rows, ds.Columns = pixels.shape
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, BITS, BITS - 1
    ds.PixelData = np.ascontiguousarray(pixels, "<u2").tobytes()


def encoded(ds: Dataset, *, lossy_ratio: int | None = None) -> bytes:
    """Give the object as a DICOM file: JPEG-LS lossless, or JPEG 2000 at a ratio and labelled lossy."""
    if lossy_ratio is None:
        ds.compress(JPEGLSLossless, generate_instance_uid=False)
    else:
        native = len(ds.PixelData)
        ds.compress(JPEG2000, j2k_cr=[lossy_ratio], generate_instance_uid=False)
        ds.LossyImageCompression = "01"
        ds.LossyImageCompressionMethod = "ISO_15444_1"
        ds.LossyImageCompressionRatio = f"{native / len(ds.PixelData):.1f}"
        ds.DerivationDescription = "JPEG 2000, lossy: for practice over slow lines, not for reading studies"
        ds.ImageType = ["DERIVED", "PRIMARY", ""]
    stream = io.BytesIO()
    ds.save_as(stream, enforce_file_format=True)
    return stream.getvalue()
