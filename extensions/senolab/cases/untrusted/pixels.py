"""Pixels of one image, whatever the compression, as whole numbers from 0 up."""

from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset

from .refusing import UnreadableError, printable

MOST_PIXELS = 60_000_000
_NATIVE = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2")
_SIZE = "its size is out of bounds: Rows (0028,0010), Columns (0028,0011)"


@dataclass(frozen=True)
class Grey:
    """An image: uint8 or uint16 ``(rows, columns)``, the bits in use, what was added to each value."""

    pixels: np.ndarray
    bits: int
    added: int
    notes: tuple[str, ...]


def number(ds: Dataset, word: str, *, otherwise: int = 0) -> int:
    """Whole number of the header; `otherwise` where it is missing or damaged."""
    try:
        value = ds.get(word)
        return otherwise if value is None or value == "" else int(value)
    except Exception:
        return otherwise


def grey(ds: Dataset) -> Grey:
    """Decode an image of one frame."""
    check_form(ds)
    if number(ds, "NumberOfFrames", otherwise=1) > 1:
        raise UnreadableError("it has several frames: NumberOfFrames (0028,0008); a mammogram has one")
    stored = _widened(ds)
    pixels = decoded(ds)
    ds.BitsStored = stored
    return plain(pixels, ds)


def _widened(ds: Dataset) -> int:
    """Have all bits decoded, since the decoder drops what lies above BitsStored; return what that was.

    It is right to drop them where they are an overlay, and where they are a sign.
    """
    stored = number(ds, "BitsStored") or number(ds, "BitsAllocated")
    native = str(getattr(getattr(ds, "file_meta", None), "TransferSyntaxUID", _NATIVE[0])) in _NATIVE
    overlaid = any(tag.group & 0xFF01 == 0x6000 and tag.element == 0x0102 for tag in ds.keys())  # noqa: SIM118
    wide = native and not overlaid and not number(ds, "PixelRepresentation")
    ds.BitsStored = number(ds, "BitsAllocated") if wide else stored
    return stored


def check_form(ds: Dataset) -> None:
    """Refuse by the header what is no grey image of a size and depth that can be."""
    _check_what(ds)
    rows, columns = number(ds, "Rows"), number(ds, "Columns")
    if rows < 1 or columns < 1:
        raise UnreadableError(
            "it is damaged or cut short: Rows (0028,0010) or Columns (0028,0011) is missing"
        )
    if rows * columns > MOST_PIXELS:
        raise UnreadableError(f"{_SIZE} say {rows} x {columns}, more than any detector has")
    allocated, stored = number(ds, "BitsAllocated"), number(ds, "BitsStored")
    if not allocated:
        raise UnreadableError("it is damaged or cut short: BitsAllocated (0028,0100) is missing")
    if allocated == 1:
        raise UnreadableError("it is a mask of one bit, no image: BitsAllocated (0028,0100) is 1")
    if allocated not in (8, 16, 32) or (stored and not 2 <= stored <= allocated):
        raise UnreadableError(
            f"its depth is none that is known: BitsAllocated (0028,0100) {allocated}, BitsStored {stored}"
        )


def _check_what(ds: Dataset) -> None:
    """Refuse what has no pixels, or none that are grey."""
    if "PixelData" not in ds:
        if "FloatPixelData" in ds or "DoubleFloatPixelData" in ds:
            raise UnreadableError(
                "its pixels are fractions (Float Pixel Data): no mammography machine writes them"
            )
        raise UnreadableError("it has no pixels: PixelData (7FE0,0010) is missing")
    colours = printable(ds.get("PhotometricInterpretation") or "").upper()
    if number(ds, "SamplesPerPixel", otherwise=1) != 1 or colours not in ("MONOCHROME1", "MONOCHROME2"):
        raise UnreadableError(
            f"it is no grey image: PhotometricInterpretation (0028,0004) is {colours or 'missing'},"
            f" SamplesPerPixel (0028,0002) is {number(ds, 'SamplesPerPixel')}"
        )


def syntax(ds: Dataset) -> str:
    """Name of the compression, for a person."""
    told = getattr(getattr(ds, "file_meta", None), "TransferSyntaxUID", None)
    return printable(told.name) if told else "no compression named"


def decoded(ds: Dataset) -> np.ndarray:
    """Pixels as they come; a sentence where no decoder has them."""
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.uid import ImplicitVRLittleEndian

    if not getattr(getattr(ds, "file_meta", None), "TransferSyntaxUID", None):
        implicit, little = ds.original_encoding
        if implicit is not True or little is not True:
            raise UnreadableError(
                "it does not say how its pixels are written: TransferSyntaxUID (0002,0010) is missing"
            )
        ds.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    try:
        ready = get_decoder(ds.file_meta.TransferSyntaxUID).is_available
    except NotImplementedError:
        ready = False
    if not ready:
        raise UnreadableError(f"its pixels are written in a way that is not read here: {syntax(ds)}")
    try:
        return ds.pixel_array
    except MemoryError:
        raise
    except Exception as fault:
        raise UnreadableError(
            f"its PixelData (7FE0,0010) cannot be decoded ({syntax(ds)}): it is cut short, damaged,"
            " or of a form that no decoder here knows"
        ) from fault


def plain(pixels: np.ndarray, ds: Dataset) -> Grey:
    """Make whole numbers from 0 up of at most 16 bits, and say what changed."""
    if pixels.dtype.kind not in "iu":
        raise UnreadableError("its pixels are fractions: no mammography machine writes them")
    stored = number(ds, "BitsStored") or number(ds, "BitsAllocated")
    notes: list[str] = []
    pixels = _moved_down(pixels, ds, stored, notes)
    low, high = int(pixels.min()), int(pixels.max())
    added = -low if low < 0 else 0
    if added:
        notes.append(
            f"its values began at {low}; {added} was added, and RescaleIntercept (0028,1052) says so"
        )
    high += added
    if high >= 1 << 16:
        raise UnreadableError(f"its values reach {high}: more than 16 bits are not taken")
    bits = max(stored if stored <= 16 and not added else 0, high.bit_length(), 8)
    if high >= 1 << stored and not added:
        notes.append(
            f"a value of {high} does not fit its BitsStored (0028,0101) {stored}; {bits} bits were written"
        )
    kind = np.uint8 if bits <= 8 else np.uint16
    return Grey((pixels + added if added else pixels).astype(kind), bits, added, tuple(notes))


def _moved_down(pixels: np.ndarray, ds: Dataset, stored: int, notes: list[str]) -> np.ndarray:
    """Move values down where HighBit says that they stand above bit 0 and the bits below are empty."""
    shift = number(ds, "HighBit", otherwise=stored - 1) + 1 - stored
    native = str(getattr(ds.file_meta, "TransferSyntaxUID", "")) in _NATIVE
    if 0 < shift < 16 and native and not int(np.bitwise_or.reduce(pixels, axis=None)) & ((1 << shift) - 1):
        notes.append(f"its values stood {shift} bits too high: HighBit (0028,0102)")
        return pixels >> shift
    return pixels


def spacing(ds: Dataset) -> tuple[float, float] | None:
    """Row and column spacing in mm, of the detector first; None where it is missing or cannot be."""
    for word in ("ImagerPixelSpacing", "PixelSpacing", "NominalScannedPixelSpacing"):
        values = steps(ds, word)
        if possible(values):
            return values[0], values[1]
    return None


def steps(ds: Dataset, word: str) -> list[float]:
    """Numbers of an attribute; none where it is missing or damaged."""
    try:
        return [float(value) for value in ds.get(word) or []]
    except Exception:
        return []


def possible(values: list[float]) -> bool:
    """Whether row and column spacing in mm can be those of a mammogram."""
    return len(values) == 2 and all(0.005 <= value <= 5 for value in values)
