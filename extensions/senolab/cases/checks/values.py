"""Single attributes of a mammogram: values that the standard knows, that are plausible, or wanted."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from .findings import Finding, Severity, error, named, numbers, shown, text, texts, warning

_YES_NO = ("YES", "NO")


@dataclass(frozen=True)
class _Words:
    """Values that an attribute may have: all that the standard allows, or (a warning) all that it knows."""

    known: tuple[str, ...]
    severity: Severity = "error"


KNOWN = {
    "Modality": _Words(("MG",)),
    "ImageLaterality": _Words(("R", "L")),
    "Laterality": _Words(("R", "L")),
    "OrganExposed": _Words(("BREAST",), "warning"),
    "PositionerType": _Words(("MAMMOGRAPHIC", "NONE")),
    "BurnedInAnnotation": _Words(_YES_NO),
    "BreastImplantPresent": _Words(_YES_NO),
    "PartialView": _Words(_YES_NO),
    "PatientIdentityRemoved": _Words(_YES_NO),
    "QualityControlImage": _Words((*_YES_NO, "BOTH")),
    "LossyImageCompression": _Words(("00", "01")),
    "PixelIntensityRelationship": _Words(("LIN", "LOG")),
    "PixelIntensityRelationshipSign": _Words(("1", "-1")),
    "PhotometricInterpretation": _Words(("MONOCHROME1", "MONOCHROME2")),
    "PresentationIntentType": _Words(("FOR PRESENTATION", "FOR PROCESSING")),
    "SamplesPerPixel": _Words(("1",)),
    "PixelRepresentation": _Words(("0",)),
    "BitsAllocated": _Words(("8", "16")),
    "RescaleType": _Words(("US",)),
    "PatientSex": _Words(("F", "M", "O")),
    "BodyPartExamined": _Words(("BREAST",)),
    "AnodeTargetMaterial": _Words(("TUNGSTEN", "MOLYBDENUM", "RHODIUM"), "warning"),
    "DetectorType": _Words(("DIRECT", "SCINTILLATOR", "STORAGE", "FILM"), "warning"),
}


@dataclass(frozen=True)
class _Range:
    """What is plausible: from `least` to `most`, and the unit's trap."""

    least: float
    most: float
    unit: str
    trap: str
    severity: Severity = "error"


PLAUSIBLE = {
    "KVP": _Range(20, 50, "kV", "mammography uses 20 to 50 kV"),
    "BodyPartThickness": _Range(10, 150, "mm", "a compressed breast has 10 to 150; the unit is mm"),
    "CompressionForce": _Range(0, 300, "N", "a breast is pressed with up to 200; the unit is N"),
    "OrganDose": _Range(
        0.0003, 0.15, "dGy", "a view gives 0.005 to 0.05; the unit is dGy, 1.2 mGy are written 0.012"
    ),
    "EntranceDoseInmGy": _Range(0.1, 100, "mGy", "a view gives 1 to 30; the unit is mGy"),
    "ImagerPixelSpacing": _Range(
        0.02, 0.5, "mm", "that is no pixel of a mammography detector (0.05 to 0.1 as a rule); the unit is mm"
    ),
    "PixelSpacing": _Range(0.02, 0.5, "mm", "that is no pixel of a mammogram; the unit is mm"),
    "DistanceSourceToDetector": _Range(400, 1000, "mm", "it is about 650; the unit is mm"),
    "DistanceSourceToPatient": _Range(200, 1000, "mm", "it is about 600; the unit is mm"),
    "RescaleSlope": _Range(1, 1, "", "a mammogram has 1"),
    "RescaleIntercept": _Range(0, 0, "", "a mammogram has 0"),
    "WindowWidth": _Range(1, 1e6, "", "a window is at least 1 wide"),
}
# Type 3, so that no validator asks; but viewers, physics or AI go wrong without them (IHE Mammography Image).
WANTED = {
    "BreastImplantPresent": "write YES or NO: readers and AI treat implants apart",
    "PartialView": "write YES or NO: without it nobody knows whether the whole breast should be there",
    "KVP": "the tube's voltage in kV: dose and physics need it",
    "BodyPartThickness": "the compressed breast's thickness in mm: dose and density need it",
    "CompressionForce": "the force in N: positioning is judged by it",
    "OrganDose": "the mean glandular dose in dGy: audits of dose read it",
    "EntranceDoseInmGy": "the dose at the skin in mGy: physics checks the glandular dose by it",
    "AnodeTargetMaterial": "write TUNGSTEN, MOLYBDENUM or RHODIUM: dose and physics need it",
    "ViewPosition": "write the view, e.g. CC or MLO: many viewers and AI read it instead of the code",
    "PatientIdentityRemoved": "write YES or NO: without it nobody knows whether the exam names a person",
}


def unknown_values(ds: Any) -> Iterator[Finding]:
    """Name values that the standard does not know for a mammogram."""
    for keyword, words in KNOWN.items():
        value = text(ds, keyword)
        if value and value not in words.known:
            yield Finding(
                "unknown-value",
                words.severity,
                f"{named(keyword)} is {shown(value)}; a mammogram has {' or '.join(words.known)}",
            )


def implausible_values(ds: Any) -> Iterator[Finding]:
    """Name numbers that no mammogram has, mostly of a mistaken unit."""
    for keyword, span in PLAUSIBLE.items():
        told = texts(ds, keyword)
        values = numbers(ds, keyword)
        if told and not all(span.least <= value <= span.most for value in values or [float("nan")]):
            found = " ".join([*told[:4], span.unit]).strip()
            yield Finding(
                "implausible-value", span.severity, f"{named(keyword)} is {shown(found)}: {span.trap}"
            )


def implausible_age(ds: Any) -> Iterator[Finding]:
    """Name an age at which nobody is screened."""
    told = text(ds, "PatientAge")
    years = years_of(told)
    if years is not None and not 18 <= years <= 110:
        yield warning(
            "implausible-value",
            f"{named('PatientAge')} is {shown(told)}: no age of mammography (18 to 110 years); correct it, "
            "or leave it empty where it is not known",
        )


def told_apart(ds: Any) -> Iterator[Finding]:
    """Name text in the pixels, which no header tells, and a day that has not come."""
    if text(ds, "BurnedInAnnotation") == "YES":
        yield warning(
            "burned-in",
            f"{named('BurnedInAnnotation')} is YES: look whether that text names a person or gives the "
            "finding away, and leave the image out if it does",
        )
    day = text(ds, "StudyDate")
    tomorrow = f"{datetime.now(UTC) + timedelta(days=1):%Y%m%d}"  # somewhere it is that day already
    if len(day) == 8 and day.isdigit() and day > tomorrow:
        yield error("future", f"{named('StudyDate')} is {shown(day)}: that day has not come; correct it")


def years_of(age: str) -> float | None:
    """Read an age such as 058Y as years; None where it is none."""
    parts = {"Y": 1.0, "M": 12.0, "W": 52.18, "D": 365.25}
    return int(age[:3]) / parts[age[3]] if len(age) == 4 and age[:3].isdigit() and age[3] in parts else None


def unwritten(ds: Any) -> Iterator[Finding]:
    """Name what the standard leaves open and a reader, a physicist or a program cannot do without."""
    for keyword, why in WANTED.items():
        if not text(ds, keyword):
            what = "has no value" if keyword in ds else "is missing"
            yield warning("wanted", f"{named(keyword)} {what}: {why}")


def other_class(ds: Any) -> Iterator[Finding]:
    """Say when the file's own heading and the object differ in what it is."""
    meta = getattr(ds, "file_meta", {})
    for outer, inner in (
        ("MediaStorageSOPClassUID", "SOPClassUID"),
        ("MediaStorageSOPInstanceUID", "SOPInstanceUID"),
    ):
        told, meant = text(meta, outer), text(ds, inner)
        if told and meant and told != meant:
            yield error("heading", f"{named(outer)} differs from {named(inner)}: write the object's own UID")
