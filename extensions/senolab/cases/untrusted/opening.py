"""From bytes to a DICOM header: what kind of file it is, and whether it is a mammogram."""

import mmap
import os
import struct
import zlib
from datetime import date
from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import UID

from .refusing import UnreadableError, printable

PNG = b"\x89PNG\r\n\x1a\n"
MOST_INFLATED = 512 << 20
MAMMOGRAPHY = ("1.2.840.10008.5.1.4.1.1.1.2", "1.2.840.10008.5.1.4.1.1.1.2.1")
TOMOSYNTHESIS = "1.2.840.10008.5.1.4.1.1.13.1.3"
# Older machines and digitised film: a mammogram only where the modality says so.
_IF_MG = (
    "1.2.840.10008.5.1.4.1.1.1",
    "1.2.840.10008.5.1.4.1.1.1.1",
    "1.2.840.10008.5.1.4.1.1.1.1.1",
    "1.2.840.10008.5.1.4.1.1.7",
)
_PROJECTIONS = ("1.2.840.10008.5.1.4.1.1.13.1.4", "1.2.840.10008.5.1.4.1.1.13.1.5")
_DEFLATED = "1.2.840.10008.1.2.1.99"
_OTHERS = (
    (b"PK\x03\x04", "it is a zip archive: unpack it first"),
    (b"\x1f\x8b", "it is a gzip archive: unpack it first"),
    (b"\xff\xd8\xff", "it is a JPEG picture: only DICOM files and PNG pictures are taken"),
    (b"II*\x00", "it is a TIFF picture: only DICOM files and PNG pictures are taken"),
    (b"MM\x00*", "it is a TIFF picture: only DICOM files and PNG pictures are taken"),
    (b"GIF8", "it is a GIF picture: only DICOM files and PNG pictures are taken"),
    (b"BM", "it is a BMP picture: only DICOM files and PNG pictures are taken"),
    (b"%PDF", "it is a PDF document, not an image"),
    (b"\xff\x4f\xff\x51", "it is a bare JPEG 2000 picture: only DICOM files and PNG pictures are taken"),
    (b"\x00\x00\x00\x0cjP", "it is a JPEG 2000 picture: only DICOM files and PNG pictures are taken"),
)
_NEITHER = "it is neither a DICOM file (no DICM mark) nor a PNG picture"
_CUT = "it is damaged or cut short: "


def is_picture(path: str) -> bool:
    """Whether a file begins as a PNG does."""
    with open(path, "rb") as file:  # noqa: PTH123
        return file.read(8) == PNG


def header(path: str, *, pixels: bool) -> Dataset:
    """Open a DICOM file; the pixels are left out where they are not wanted."""
    import pydicom

    if not os.path.getsize(path):  # noqa: PTH202
        raise UnreadableError("it is empty")
    with open(path, "rb") as file:  # noqa: PTH123
        # In memory, a length that a file only claims reads what is there; a file would be asked for it all.
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    marked = data[128:132] == b"DICM"
    if not marked:
        _no_mark(data[:512])
    elif len(data) < 140:
        raise UnreadableError(_CUT + "there is nothing after its DICM mark")
    _deflated(data)
    try:
        return pydicom.dcmread(data, force=not marked, stop_before_pixels=not pixels)  # type: ignore[arg-type]
    except (MemoryError, RecursionError):
        raise
    except Exception as fault:
        raise UnreadableError(_CUT + "its header cannot be read to the end") from fault


def _no_mark(start: bytes) -> None:
    """Refuse what cannot be a DICOM file; old ones have no mark and begin with a group of the header."""
    for magic, words in _OTHERS:
        if start.startswith(magic):
            raise UnreadableError(words)
    group = struct.unpack("<H", start[:2])[0] if len(start) > 8 else 0
    if group not in (0x0002, 0x0008, 0x0200, 0x0800):
        raise UnreadableError(_NEITHER)


def _deflated(data: Any) -> None:
    """Refuse a header that is packed so that it would fill the memory, before it is unpacked."""
    if _DEFLATED.encode() not in data[:2048]:
        return
    from pydicom.filereader import _read_file_meta_info, read_preamble

    data.seek(0)
    read_preamble(data, force=True)
    _read_file_meta_info(data)
    unpacking, at, size = zlib.decompressobj(-zlib.MAX_WBITS), data.tell(), 0
    data.seek(0)
    rest = data[at : at + (1 << 16)]
    while rest and not unpacking.eof:
        size += len(unpacking.decompress(rest, 1 << 20))
        if size > MOST_INFLATED:
            raise UnreadableError(
                "it is packed and would unpack to more than 512 MB: no mammogram is so large"
            )
        rest = unpacking.unconsumed_tail
        if not rest:
            at += 1 << 16
            rest = data[at : at + (1 << 16)]


def kind(ds: Dataset) -> str:
    """Return ``image`` or ``volume``, or refuse what is no mammogram.

    An image stored as computed radiography or as a secondary capture (digitised film) is taken where its
    Modality is MG.
    """
    told = printable(
        ds.get("SOPClassUID") or getattr(ds, "file_meta", {}).get("MediaStorageSOPClassUID") or ""
    )
    if told == "1.2.840.10008.1.3.10":
        raise UnreadableError("it is a DICOMDIR, a table of contents: its images are files of their own")
    if not told:
        raise UnreadableError(_CUT + "SOPClassUID (0008,0016) is missing")
    modality = printable(ds.get("Modality") or "")
    if told in MAMMOGRAPHY or (told in _IF_MG and modality == "MG"):
        return "image"
    if told == TOMOSYNTHESIS:
        return "volume"
    name = printable(UID(told).name)
    if told in _PROJECTIONS:
        raise UnreadableError(f"it holds the raw projections of a tomosynthesis, not its images: {name}")
    if told in _IF_MG:
        raise UnreadableError(f"it is no mammogram: Modality (0008,0060) is {modality or 'missing'}, not MG")
    raise UnreadableError(f"it is no digital mammogram: SOPClassUID (0008,0016) is {name}")


def identity(ds: Dataset) -> dict[str, str]:
    """Return who and when, for whoever keeps the secret that makes names of them; never written."""
    words = {
        "patient": "PatientID",
        "issuer": "IssuerOfPatientID",
        "study": "StudyInstanceUID",
        "series": "SeriesInstanceUID",
        "instance": "SOPInstanceUID",
    }
    found = {name: _text(ds, word) for name, word in words.items()}
    dates = (_text(ds, word) for word in ("StudyDate", "AcquisitionDate", "SeriesDate", "ContentDate"))
    return {**found, "date": next((day for day in dates if _is_day(day)), "")}


def _is_day(text: str) -> bool:
    """Whether a text is a day of the calendar, YYYYMMDD."""
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return False
    return len(text) == 8 and text.isdigit()


def _text(ds: Dataset, word: str) -> str:
    """Value of an attribute as text; empty where it is missing or damaged."""
    try:
        return printable(ds.get(word) or "", 128)
    except Exception:
        return ""
