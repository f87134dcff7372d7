"""The grey scale and the coding of pixels, as the header tells them."""

from collections.abc import Iterator
from typing import Any

from pydicom.uid import (
    UID,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLSNearLossless,
)

from .findings import Finding, error, named, number, shown, text, texts, warning

PRESENTATION = "1.2.840.10008.5.1.4.1.1.1.2"
PROCESSING = "1.2.840.10008.5.1.4.1.1.1.2.1"
_SHAPE = {"MONOCHROME2": "IDENTITY", "MONOCHROME1": "INVERSE"}
_ALWAYS_LOSSY = (JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLSNearLossless)


def grey(ds: Any) -> Iterator[Finding]:
    """Check the grey scale of a mammogram, by the rules of its SOP class."""
    intent = "FOR PROCESSING" if text(ds, "SOPClassUID") == PROCESSING else "FOR PRESENTATION"
    told = text(ds, "PresentationIntentType")
    if told and told != intent:
        yield error(
            "intent",
            f"{named('PresentationIntentType')} is {shown(told)}, but {named('SOPClassUID')} is that of "
            f"images {intent}: make them agree",
        )
    photometric, shape = text(ds, "PhotometricInterpretation"), text(ds, "PresentationLUTShape")
    if shape and photometric in _SHAPE and shape != _SHAPE[photometric]:
        yield error(
            "lut-shape",
            f"{named('PresentationLUTShape')} is {shown(shape)} with {photometric}: "
            f"write {_SHAPE[photometric]}",
        )
    yield from (_raw(ds) if intent == "FOR PROCESSING" else _shown(ds, photometric))
    yield from _coding(ds)


def _raw(ds: Any) -> Iterator[Finding]:
    """Check a raw image: values that rise in step with the X-rays, and no window."""
    if text(ds, "PixelIntensityRelationship") == "LOG":
        yield warning(
            "intensity",
            f"{named('PixelIntensityRelationship')} is LOG in an image For Processing: a raw one is LIN, "
            "programs that count quanta need it",
        )
    elif text(ds, "PixelIntensityRelationshipSign") == "-1":
        yield error(
            "intensity",
            f"{named('PixelIntensityRelationshipSign')} is -1 in a linear image For Processing: its values "
            "rise with the X-rays, write 1",
        )


def _shown(ds: Any, photometric: str) -> Iterator[Finding]:
    """Check an image to look at: a window, and air black, so that the photometric word tells the sign."""
    sign = {"MONOCHROME2": "-1", "MONOCHROME1": "1"}.get(photometric)
    told = text(ds, "PixelIntensityRelationshipSign")
    if sign and told in ("1", "-1") and told != sign:
        yield error(
            "intensity",
            f"{named('PixelIntensityRelationshipSign')} is {told} with {photometric}: air would be white, "
            f"write {sign}",
        )
    centres, widths = texts(ds, "WindowCenter"), texts(ds, "WindowWidth")
    if not (centres or widths or "VOILUTSequence" in ds):
        yield error(
            "window",
            f"{named('WindowCenter')} and {named('WindowWidth')} are missing, and so is "
            f"{named('VOILUTSequence')}: an image For Presentation needs one of them",
        )
    elif len(centres) != len(widths):
        yield error(
            "window",
            f"{named('WindowCenter')} has {len(centres)} values, {named('WindowWidth')} {len(widths)}: "
            "write them in pairs",
        )


def _coding(ds: Any) -> Iterator[Finding]:
    """Check bits, length and loss."""
    stored, allocated, high = (number(ds, word) for word in ("BitsStored", "BitsAllocated", "HighBit"))
    if stored and allocated and stored > allocated:
        yield error(
            "bits", f"{named('BitsStored')} is {stored:g}, more than {named('BitsAllocated')} {allocated:g}"
        )
    if stored and high is not None and high != stored - 1:
        yield error("bits", f"{named('HighBit')} is {high:g}: write {stored - 1:g}, one less than BitsStored")
    if number(ds, "NumberOfFrames") not in (None, 1):
        yield error(
            "frames", f"{named('NumberOfFrames')} is {text(ds, 'NumberOfFrames')}: a mammogram has one"
        )
    if "PixelData" not in ds:
        yield error("pixel-data", f"{named('PixelData')} is missing: the file holds no image")
    yield from _length(ds)
    yield from _loss(ds)


def _length(ds: Any) -> Iterator[Finding]:
    """Compare the bytes of native pixels with the size told."""
    parts = [number(ds, word) for word in ("Rows", "Columns", "BitsAllocated")]
    syntax = getattr(ds, "file_meta", {}).get("TransferSyntaxUID")
    if "PixelData" not in ds or None in parts or syntax is None or UID(syntax).is_compressed:
        return
    rows, columns, allocated = (int(part or 0) for part in parts)
    wanted = rows * columns * allocated // 8 * int(number(ds, "SamplesPerPixel") or 1)
    there = len(ds.PixelData)
    if there not in (wanted, wanted + wanted % 2):
        yield error(
            "pixel-data",
            f"{named('PixelData')} has {there} bytes, but {named('Rows')} {rows} x {named('Columns')} "
            f"{columns} take {wanted}: the file is cut short, or its size is wrong",
        )


def _loss(ds: Any) -> Iterator[Finding]:
    """Check that lossy compression is told, with its ratio and method."""
    told = text(ds, "LossyImageCompression")
    syntax = getattr(ds, "file_meta", {}).get("TransferSyntaxUID")
    if syntax is not None and syntax in _ALWAYS_LOSSY and told == "00":
        yield error(
            "lossy",
            f"{named('LossyImageCompression')} is 00, but the file is coded in {UID(syntax).name}: write 01",
        )
    if told == "01":
        for keyword in ("LossyImageCompressionRatio", "LossyImageCompressionMethod"):
            if not text(ds, keyword):
                yield warning(
                    "lossy", f"{named(keyword)} is missing, though the image was compressed with loss"
                )
