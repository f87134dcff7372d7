"""A tomosynthesis volume: its frames are decoded and coded anew one by one, its geometry is kept.

Of the functional groups only what places and shows the frames is written. A volume's first use is a reader
that scrolls; until the campus has one, viewers show its first frame and say so.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate_extended
from pydicom.uid import UID, JPEGLSLossless
from pydicom.valuerep import DSfloat

from . import marks
from .cleaning import cleaned, removed, years
from .opening import TOMOSYNTHESIS
from .picture import orientation
from .pixels import Grey, check_form, number, plain, syntax
from .refusing import UnreadableError, printable
from .viewing import Seen, seen

MOST_FRAMES, MOST_VALUES = 300, 2_000_000_000


def taken(ds: Dataset, job: dict[str, Any]) -> dict[str, Any]:
    """Write ``OUT`` as a clean volume, and tell about it."""
    check_form(ds)
    frames = number(ds, "NumberOfFrames", otherwise=1)
    if not 1 <= frames <= MOST_FRAMES or frames * ds.Rows * ds.Columns > MOST_VALUES:
        raise UnreadableError(f"its size is out of bounds: NumberOfFrames (0028,0008) is {frames}")
    if printable(ds.get("BurnedInAnnotation") or "").upper() == "YES":
        raise UnreadableError("text is burned into its pixels (BurnedInAnnotation (0028,0301) is YES)")
    view = seen(ds, told=job.get("view") or "", trusted=bool(job.get("trusted")))
    view = replace(view, modifiers=tuple(word for word in view.modifiers if word != "syn"))
    step, thick = _measures(ds, job.get("spacing"))
    images = _frames(ds, frames)
    first = next(images)
    clean, damaged = cleaned(ds, first, view, step)
    turned = bool(job.get("turned")) and _turned(first.pixels, view)
    content = hashlib.sha256()
    clean.PixelData = _coded(clean, first, images, turned, content)
    _described(ds, clean, frames, step, thick, view, turned)
    clean.PatientOrientation = orientation(
        first.pixels[::-1, ::-1] if turned else first.pixels, view.side, view.projection
    )
    notes = [*view.notes, *first.notes, *(f"{word} was damaged and left out" for word in damaged)]
    notes += ["it was turned by 180 degrees: the chest wall lay at the other edge"] if turned else []
    clean.save_as(Path(job["out"]), enforce_file_format=True)
    return {
        "view": view.side + view.projection, "modifiers": list(view.modifiers), "raw": False,
        "rows": int(clean.Rows), "columns": int(clean.Columns), "frames": frames, "spacing": list(step),
        "vendor": printable(ds.get("Manufacturer") or "unknown"), "age": years(clean), "removed": removed(ds),
        "notes": notes, "content": content.hexdigest(),
    }  # fmt: skip


def _measures(ds: Dataset, told: float | None) -> tuple[tuple[float, float], float | None]:
    """Pixel size and slice thickness in mm, of the functional groups first."""
    for place in (_shared(ds, "PixelMeasuresSequence"), _of_frame(ds, 0, "PixelMeasuresSequence"), ds):
        try:
            values = [float(value) for value in place.PixelSpacing]
            thick = float(place.get("SliceThickness") or 0)
        except Exception:  # noqa: S112 - the next place may have it
            continue
        if len(values) == 2 and all(0.005 <= value <= 5 for value in values):
            return (values[0], values[1]), thick if 0 < thick <= 100 else None
    if told:
        return (told, told), None
    raise UnreadableError(
        "its scale is unknown: PixelSpacing (0028,0030) is missing or cannot be (--spacing MM)"
    )


def _shared(ds: Dataset, word: str) -> Any:
    try:
        return ds.SharedFunctionalGroupsSequence[0][word].value[0]
    except Exception:
        return None


def _of_frame(ds: Dataset, n: int, word: str) -> Any:
    try:
        return ds.PerFrameFunctionalGroupsSequence[n][word].value[0]
    except Exception:
        return None


def _frames(ds: Dataset, frames: int) -> Iterator[Grey]:
    """Decode frame by frame: all of them together would not fit."""
    from pydicom.pixels.utils import iter_pixels

    count = 0
    try:
        for pixels in iter_pixels(ds):
            yield plain(np.asarray(pixels), ds)
            count += 1
            if count == frames:
                return
    except (MemoryError, UnreadableError):
        raise
    except Exception as fault:
        raise UnreadableError(
            f"frame {count + 1} of its PixelData (7FE0,0010) cannot be decoded ({syntax(ds)})"
        ) from fault
    raise UnreadableError(f"it is cut short: it has {count} of the {frames} frames that it tells of")


def _turned(pixels: np.ndarray, view: Seen) -> bool:
    """Whether the chest wall lies at the edge of the other breast."""
    at_left = orientation(pixels, view.side, view.projection)[0] == "A"
    return at_left != (view.side == "L")


def _coded(clean: Dataset, first: Grey, images: Iterator[Grey], turned: bool, content: Any) -> bytes:
    """Code every frame anew, JPEG-LS lossless."""
    from pydicom.pixels.encoders.base import get_encoder

    encoder = get_encoder(JPEGLSLossless)
    coded: list[bytes] = []
    for image in chain([first], images):
        if image.added or image.pixels.dtype != first.pixels.dtype:
            raise UnreadableError("its frames differ in depth")
        pixels = np.ascontiguousarray(image.pixels[::-1, ::-1] if turned else image.pixels)
        content.update(pixels.tobytes())
        coded.append(
            encoder.encode(
                pixels, rows=int(clean.Rows), columns=int(clean.Columns), samples_per_pixel=1,
                bits_allocated=int(clean.BitsAllocated), bits_stored=int(clean.BitsAllocated),
                pixel_representation=0,
                number_of_frames=1, photometric_interpretation=str(clean.PhotometricInterpretation),
            )
        )  # fmt: skip
    clean.file_meta.TransferSyntaxUID = JPEGLSLossless
    data, offsets, lengths = encapsulate_extended(coded)
    clean.ExtendedOffsetTable, clean.ExtendedOffsetTableLengths = offsets, lengths
    return data


def _described(
    ds: Dataset,
    clean: Dataset,
    frames: int,
    step: tuple[float, float],
    thick: float | None,
    view: Seen,
    turned: bool,
) -> None:
    """Write class and functional groups."""
    clean.SOPClassUID = clean.file_meta.MediaStorageSOPClassUID = UID(TOMOSYNTHESIS)
    gone = ("PresentationIntentType", "ViewPosition", "RescaleSlope", "RescaleType")
    for word in (*gone, "RescaleIntercept", "WindowCenter", "WindowWidth", "PixelPaddingValue"):
        clean.pop(word, None)
    clean.ImageType = ["DERIVED", "PRIMARY", "TOMOSYNTHESIS", "NONE"]
    clean.NumberOfFrames = frames
    _as_volume(clean)
    clean.BitsStored, clean.HighBit = clean.BitsAllocated, clean.BitsAllocated - 1
    clean["PixelData"].VR = "OB"
    clean["PixelData"].is_undefined_length = True
    shared = Dataset()
    measures, anatomy = Dataset(), Dataset()
    measures.PixelSpacing = [DSfloat(value, auto_format=True) for value in step]
    if thick:
        measures.SliceThickness = DSfloat(thick, auto_format=True)
    anatomy.FrameLaterality = view.side
    anatomy.AnatomicRegionSequence = clean.AnatomicRegionSequence
    del clean.AnatomicRegionSequence
    transformation = Dataset()
    transformation.RescaleIntercept, transformation.RescaleSlope, transformation.RescaleType = "0", "1", "US"
    shared.PixelValueTransformationSequence = [transformation]
    shared.PixelMeasuresSequence, shared.FrameAnatomySequence = [measures], [anatomy]
    if not turned and (plane := _plane(ds)) is not None:
        shared.PlaneOrientationSequence = [plane]
    window = _window(ds)
    if window is not None:
        shared.FrameVOILUTSequence = [window]
    clean.SharedFunctionalGroupsSequence = [shared]
    clean.PerFrameFunctionalGroupsSequence = [_group(ds, n, turned) for n in range(frames)]


def _as_volume(clean: Dataset) -> None:
    """Write what the standard demands of every volume; what nobody told is neutral."""
    clean.DeviceSerialNumber = clean.SoftwareVersions = "unknown"
    clean.Manufacturer = clean.get("Manufacturer") or "unknown"
    clean.ManufacturerModelName = clean.get("ManufacturerModelName") or "unknown"
    clean.FrameOfReferenceUID, clean.PositionReferenceIndicator = UID(marks.FRAME), ""
    clean.ContentDate, clean.ContentTime = marks.DATE, "000000"
    clean.BurnedInAnnotation = clean.get("BurnedInAnnotation") or "NO"
    clean.LossyImageCompression = clean.get("LossyImageCompression") or "00"
    clean.ContentQualification, clean.PixelPresentation = "RESEARCH", "MONOCHROME"
    clean.VolumetricProperties, clean.VolumeBasedCalculationTechnique = "VOLUME", "NONE"
    clean.PresentationLUTShape = "INVERSE" if clean.PhotometricInterpretation == "MONOCHROME1" else "IDENTITY"
    organization, index = Dataset(), Dataset()
    organization.DimensionOrganizationUID = index.DimensionOrganizationUID = UID(marks.FRAME)
    index.DimensionIndexPointer, index.FunctionalGroupPointer = 0x00209057, 0x00209111
    clean.DimensionOrganizationSequence, clean.DimensionIndexSequence = [organization], [index]


def _window(ds: Dataset) -> Dataset | None:
    """Window of the frames, where they have one."""
    place = _shared(ds, "FrameVOILUTSequence") or _of_frame(ds, 0, "FrameVOILUTSequence")
    try:
        window = Dataset()
        window.WindowCenter = DSfloat(float(place.WindowCenter), auto_format=True)
        window.WindowWidth = DSfloat(float(place.WindowWidth), auto_format=True)
    except Exception:
        return None
    return window if float(place.WindowWidth) >= 1 else None


def _plane(ds: Dataset) -> Dataset | None:
    """Directions of rows and columns in space, where they are told."""
    place = _shared(ds, "PlaneOrientationSequence") or _of_frame(ds, 0, "PlaneOrientationSequence")
    try:
        plane = Dataset()
        told = [float(value) for value in place.ImageOrientationPatient]
        plane.ImageOrientationPatient = [DSfloat(value, auto_format=True) for value in told]
    except Exception:
        return None
    return plane if len(told) == 6 else None


def _group(ds: Dataset, n: int, turned: bool) -> Dataset:
    """Place of one frame in the stack."""
    group, content = Dataset(), Dataset()
    content.StackID, content.InStackPositionNumber, content.DimensionIndexValues = "1", n + 1, [n + 1]
    group.FrameContentSequence = [content]
    kind = Dataset()
    kind.FrameType = ["DERIVED", "PRIMARY", "TOMOSYNTHESIS", "NONE"]
    kind.PixelPresentation, kind.VolumetricProperties = "MONOCHROME", "VOLUME"
    kind.VolumeBasedCalculationTechnique = "NONE"
    group.XRay3DFrameTypeSequence = [kind]
    try:
        position = Dataset()
        told = _of_frame(ds, n, "PlanePositionSequence").ImagePositionPatient
        position.ImagePositionPatient = [DSfloat(float(value), auto_format=True) for value in told]
        if not turned:  # the corner that it names is another one then
            group.PlanePositionSequence = [position]
    except Exception:
        group.pop("PlanePositionSequence", None)
    return group
