r"""A view as a DICOM object: Digital Mammography X-Ray Image, For Presentation or For Processing.

Right breasts are stored with the chest wall at the right edge of the matrix and say
``P\L`` (CC) or ``P\FL`` (MLO); left breasts have it at the left edge and say ``A\R`` or ``A\FR``.
A viewer hangs by this header and need not guess from pixels. The projection is parallel: the
magnification is 1, and PixelSpacing equals ImagerPixelSpacing (PS3.3, 10.7.1.3).

Every object says that nobody was imaged: QualityControlImage YES (General Image: a phantom), the
text of DeidentificationMethod, a patient's name that begins with SYNTHETIC, and the program that made
it in ContributingEquipmentSequence. SyntheticData (0008,001C), in the SOP Common module since the
edition 2024b of the standard, says it best; but dciodvfy of 2022, which sites still validate with,
prints an error for every attribute it does not know. Dates are the same in every exam; an earlier round is
as many years before as the cohort says.
"""

import io
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    JPEG2000,
    UID,
    DigitalMammographyXRayImageStorageForPresentation,
    DigitalMammographyXRayImageStorageForProcessing,
    ExplicitVRLittleEndian,
    JPEGLSLossless,
)

from .acquisition import describe_exposure, describe_geometry, describe_unit
from .dose import Technique
from .physics import RAW_BITS
from .presentation import BITS, MOST, grey_table
from .vendors import Processing, Vendor, Window

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
IMPLEMENTATION = UID("2.25.211459857283446921058417323947155270413")
_PLAIN = (Window(2048, MOST + 1),)  # of an image whose grey scale nobody told


@dataclass(frozen=True)
class Header:
    """What an image's header says beyond the view itself; nothing of it depends on a finding.

    Attributes
    ----------
    source_uid
        Instance that an image For Presentation was made from, the one For Processing.
    event_uid
        The irradiation, which both have in common.
    vendor, technique
        Unit and exposure, where they are known.
    patient
        Who she is at all her rounds; the exam's id if not given.
    years_ago
        From this round to her last.
    hospital
        Where she was imaged, where a cohort tells it.
    """

    exam: str
    view: str
    age: int
    pixel_mm: float
    study_uid: str
    series_uid: str
    instance_uid: str
    source_uid: str = ""
    event_uid: str = ""
    vendor: Vendor | None = None
    technique: Technique | None = None
    patient: str = ""
    years_ago: float = 0.0
    hospital: str = ""


def day_of(years_ago: float) -> str:
    """Day of a round, so many years before that of every last one."""
    whole = int(years_ago)
    year, month, day = int(DATE[:4]) - whole, int(DATE[4:6]), int(DATE[6:])
    return f"{date(year, month, day) - timedelta(round(365.25 * (years_ago - whole))):%Y%m%d}"


def code(value: str, meaning: str, scheme: str = "SCT") -> Dataset:
    """One item of a code sequence."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def mammogram(pixels: np.ndarray, header: Header) -> Dataset:
    """Build the object For Presentation, native pixels.

    Parameters
    ----------
    pixels
        uint16 ``(rows, columns)``, 12 bit, stored as the module's text says.
    header
        Identity and technique.
    """
    ds = _common(header, UID(DigitalMammographyXRayImageStorageForPresentation), *pixels.shape)
    ds.PresentationIntentType, ds.SeriesNumber = "FOR PRESENTATION", 1
    ds.SeriesDescription = "Mammography, for presentation"
    ds.ImageType = ["ORIGINAL", "PRIMARY", ""]
    if header.source_uid:
        _came_from(ds, header.source_uid)
    _pixels(ds, pixels, BITS)
    how = header.vendor.processing if header.vendor else None
    ds.PixelIntensityRelationship = "LOG"
    _direction(ds, inverse=how is not None and how.inverse)
    if how is not None:
        ds.add_new("PixelPaddingValue", "US", MOST if how.inverse else 0)
    _grey_scale(ds, how)
    return ds


def raw_mammogram(pixels: np.ndarray, header: Header) -> Dataset:
    """Build the object For Processing, native pixels: uint16 counts, linear in exposure."""
    ds = _common(header, UID(DigitalMammographyXRayImageStorageForProcessing), *pixels.shape)
    ds.PresentationIntentType, ds.SeriesNumber = "FOR PROCESSING", 2
    ds.SeriesDescription = "Mammography, for processing"
    ds.ImageType = ["ORIGINAL", "PRIMARY", ""]
    _pixels(ds, pixels, RAW_BITS)
    ds.PixelIntensityRelationship = "LIN"
    _direction(ds, inverse=True)
    return ds


def _common(header: Header, sop_class: UID, rows: int, columns: int) -> Dataset:
    """Write what both intents share."""
    side, projection = header.view[0], header.view[1:]
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID = sop_class
    ds.file_meta.MediaStorageSOPInstanceUID = UID(header.instance_uid)
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.ImplementationClassUID = IMPLEMENTATION
    ds.SOPInstanceUID = header.instance_uid
    _who(ds, header)
    _how(ds, header, rows, columns)
    ds.ImageLaterality = side
    ds.PatientOrientation = ORIENTATION[side, projection]
    ds.ViewPosition = projection
    value, meaning = VIEW_CODE[projection]
    ds.ViewCodeSequence = [code(value, meaning)]
    ds.ViewCodeSequence[0].ViewModifierCodeSequence = []
    ds.AnatomicRegionSequence = [code("76752008", "Breast")]
    ds.AcquisitionContextSequence = []
    ds.ImagerPixelSpacing = ds.PixelSpacing = [f"{header.pixel_mm:g}", f"{header.pixel_mm:g}"]
    return ds


def _who(ds: Dataset, header: Header) -> None:
    """Patient, study, series."""
    ds.PatientID = header.patient or header.exam
    ds.PatientName = f"SYNTHETIC^{ds.PatientID}"
    ds.PatientBirthDate = ""
    ds.PatientSex = "F"
    ds.PatientAge = f"{header.age:03d}Y"
    ds.PatientIdentityRemoved = "YES"
    ds.DeidentificationMethod = "Nobody was imaged: computed from a random number"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = header.study_uid, header.series_uid
    ds.StudyDate = ds.SeriesDate = ds.AcquisitionDate = ds.ContentDate = day_of(header.years_ago)
    ds.StudyTime = ds.SeriesTime = ds.AcquisitionTime = ds.ContentTime = TIME
    ds.StudyID, ds.AccessionNumber, ds.ReferringPhysicianName = "1", "", ""
    ds.Modality, ds.InstanceNumber = "MG", _INSTANCE[header.view]
    ds.Manufacturer = MANUFACTURER
    if header.hospital:
        ds.InstitutionName = f"Senolab {header.hospital}"


def _how(ds: Dataset, header: Header, rows: int, columns: int) -> None:
    """Write what was done: the unit and its exposure where they are known."""
    ds.QualityControlImage = "YES"
    ds.BurnedInAnnotation = "NO"
    ds.BreastImplantPresent = "NO"
    ds.PartialView = "NO"
    ds.BodyPartExamined = "BREAST"
    ds.OrganExposed = "BREAST"
    ds.PositionerType, ds.DetectorType = "MAMMOGRAPHIC", "DIRECT"
    if header.vendor is None or header.technique is None:
        return
    describe_geometry(ds, header.view[1:], rows, columns, header.pixel_mm)
    describe_unit(ds, header.vendor)
    describe_exposure(ds, header.vendor.tube, header.technique)
    if header.event_uid:
        ds.IrradiationEventUID = header.event_uid
    maker = Dataset()
    maker.PurposeOfReferenceCodeSequence = [code("109102", "Processing Equipment", "DCM")]
    maker.Manufacturer, maker.ManufacturerModelName = MANUFACTURER, "In-silico mammography"
    maker.ContributionDescription = "Computed the whole image: nobody was imaged, the unit does not exist"
    ds.ContributingEquipmentSequence = [maker]


def _came_from(ds: Dataset, uid: str) -> None:
    """Name the image For Processing that this one was made from, whether or not it was kept."""
    source = Dataset()
    source.ReferencedSOPClassUID = DigitalMammographyXRayImageStorageForProcessing
    source.ReferencedSOPInstanceUID = uid
    source.PurposeOfReferenceCodeSequence = [code("121358", "For Processing predecessor", "DCM")]
    ds.SourceImageSequence = [source]
    ds.ImageType = ["DERIVED", "PRIMARY", ""]
    ds.DerivationDescription = "Logarithm, peripheral equalisation, sharpening"


def _pixels(ds: Dataset, pixels: np.ndarray, bits: int) -> None:
    """Image pixel module."""
    ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = "0", "1", "US"
    ds.LossyImageCompression = "00"
    ds.SamplesPerPixel, ds.PixelRepresentation = 1, 0
    ds.Rows, ds.Columns = pixels.shape
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, bits, bits - 1
    ds.PixelData = np.ascontiguousarray(pixels, "<u2").tobytes()


def _direction(ds: Dataset, *, inverse: bool) -> None:
    """Say whether a greater value means more exposure and is shown darker."""
    ds.PixelIntensityRelationshipSign = 1 if inverse else -1
    ds.PhotometricInterpretation = "MONOCHROME1" if inverse else "MONOCHROME2"
    ds.PresentationLUTShape = "INVERSE" if inverse else "IDENTITY"


def _grey_scale(ds: Dataset, how: Processing | None) -> None:
    """Windows, or a table where the vendor has one."""
    if how is not None and not how.windows:
        item = Dataset()
        item.add_new("LUTDescriptor", "US", [MOST + 1, 0, BITS])
        item.LUTExplanation = "NORMAL"
        item.add_new("LUTData", "US", grey_table(how).tolist())
        ds.VOILUTSequence = [item]
        return
    windows = how.windows if how is not None else _PLAIN
    ds.WindowCenter = [str(window.centre) for window in windows]
    ds.WindowWidth = [str(window.width) for window in windows]
    if how is not None:
        ds.WindowCenterWidthExplanation = [window.explanation for window in windows]
        ds.VOILUTFunction = "SIGMOID"


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
