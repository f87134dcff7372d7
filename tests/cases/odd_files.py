"""Malformed and odd DICOM files, made by code: a table of edits of one good mammogram.

What is expected of each is ``TAKEN`` or words of the refusal. Every file has a study of its own, so that none
is a double.
"""

import io
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from pydicom import config
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)
from senolab.cases.dicom import Header, code, mammogram

TAKEN = "taken"
CUT = "damaged or cut short"
NOT_DECODED = "cannot be decoded"
Edit = Callable[[Dataset], Dataset | bytes | None]
MG, MG_RAW = "1.2.840.10008.5.1.4.1.1.1.2", "1.2.840.10008.5.1.4.1.1.1.2.1"
_MANY: dict[str, tuple[Edit, str]] = {}


def pixels(rows: int = 48, columns: int = 32, most: int = 4095) -> np.ndarray:
    """A breast of sorts: bright at the left edge, different at every pixel."""
    y, x = np.mgrid[:rows, :columns]
    return ((1 - x / columns) * (0.8 * most) + (7 * y + 3 * x) % 31).astype(np.uint16)


def good(number: int = 0) -> Dataset:
    """The mammogram that all others are made from, its study told by a number."""
    uids = [f"2.25.{1000 + 10 * number + k}" for k in range(3)]
    ds = mammogram(pixels(), Header(f"odd-{number}", "LCC", 50, 0.07, *uids))
    ds["PixelData"].VR = "OW"  # told now: what tells it is taken away below
    return ds


def saved(ds: Dataset, syntax: str | None = None) -> bytes:
    """Write an object as it is, valid or not."""
    stream = io.BytesIO()
    if syntax is not None:
        ds.file_meta.TransferSyntaxUID = UID(syntax)
    mode, config.settings.writing_validation_mode = config.settings.writing_validation_mode, config.IGNORE
    try:
        ds.save_as(stream, enforce_file_format=True)
    finally:
        config.settings.writing_validation_mode = mode
    return stream.getvalue()


def odd(expected: str, name: str | None = None) -> Callable[[Edit], Edit]:
    """Enter a function in the table under its name."""

    def enter(edit: Edit) -> Edit:
        _MANY[(name or edit.__name__).replace("_", "-")] = (edit, expected)
        return edit

    return enter


def entered(name: str, expected: str, edit: Edit) -> None:
    """Enter a short edit in the table."""
    odd(expected, name)(edit)


@cache
def corpus() -> dict[str, tuple[bytes, str]]:
    """Every file by its name: bytes and what is expected."""
    made = {}
    for number, (name, (edit, expected)) in enumerate(_MANY.items(), start=1):
        ds = good(number)
        out = edit(ds)
        made[name] = (out if isinstance(out, bytes) else saved(out if out is not None else ds), expected)
    return made


def put(**values: object) -> Edit:
    """Set attributes, whatever the standard says of the values; None takes one away."""

    def edit(ds: Dataset) -> None:
        for word, value in values.items():
            if value is None:
                del ds[word]
            elif isinstance(value, str):  # as text: nothing then looks at what it says
                ds[word] = DataElement(word, "LT", value)
            else:
                setattr(ds, word, value)

    return edit


def raw_element(ds: Dataset, tag: int, vr: bytes, value: bytes, claimed: int | None = None) -> bytes:
    """Insert an element before the pixels, byte by byte, with a length that may be a lie."""
    length = len(value) if claimed is None else claimed
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr)
    long = vr in (b"OB", b"OW", b"SQ", b"UN", b"UT")
    head += struct.pack("<HI", 0, length) if long else struct.pack("<H", length)
    data = saved(ds)
    at = data.index(struct.pack("<HH", 0x7FE0, 0x0010))
    return data[:at] + head + value + data[at:]


# What has the wrong end, or no beginning.
for part in (0.02, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.99):
    entered(
        f"cut-at-{part:g}",
        f"{CUT}|{NOT_DECODED}|no pixels|missing|neither a DICOM file",
        lambda ds, part=part: saved(ds)[: int(len(saved(ds)) * part)],
    )
entered("one-byte-short", NOT_DECODED, lambda ds: saved(ds)[:-1])
entered("cut-in-the-meta", CUT, lambda ds: saved(ds)[:150])
entered("preamble-only", CUT, lambda ds: saved(ds)[:132])
entered("mark-and-noise", CUT, lambda ds: saved(ds)[:132] + b"\xff" * 300)
entered("empty", "it is empty", lambda ds: b"")
entered("one-byte", "neither a DICOM file", lambda ds: b"\x08")
entered("text", "neither a DICOM file", lambda ds: b"Dear doctor,\nplease find attached ...\n")
entered("zeros", "neither a DICOM file", lambda ds: bytes(4096))
entered("noise", "neither a DICOM file", lambda ds: b"\x93" * 5000)
entered("jpeg-picture", "JPEG picture", lambda ds: b"\xff\xd8\xff\xe0" + bytes(200))
entered("pdf", "PDF document", lambda ds: b"%PDF-1.7\n" + bytes(200))
entered("tiff", "TIFF picture", lambda ds: b"II*\x00" + bytes(200))
entered("gzip", "gzip archive", lambda ds: b"\x1f\x8b" + bytes(200))
entered("png-without-view", "does not say its view", lambda ds: b"\x89PNG\r\n\x1a\n" + bytes(20))
entered("no-preamble", TAKEN, lambda ds: saved(ds)[132:])
entered("junk-after-the-end", TAKEN, lambda ds: saved(ds) + b"\0" * 100)


@odd("zip archive")
def zip_named_dcm(ds):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("image.dcm", saved(ds))
    return stream.getvalue()


@odd(TAKEN)
def no_meta(ds):
    stream = io.BytesIO()
    plain = Dataset()
    plain.update(ds)
    plain.save_as(stream, implicit_vr=True, little_endian=True)
    return stream.getvalue()


@odd("does not say how its pixels are written|cannot be decoded|cut short")
def no_transfer_syntax(ds):
    data = saved(ds)
    at = data.index(struct.pack("<HH", 2, 0x10))
    length = struct.unpack("<H", data[at + 6 : at + 8])[0]
    group = struct.unpack("<I", data[140:144])[0] - 8 - length
    return data[:140] + struct.pack("<I", group) + data[144:at] + data[at + 8 + length :]


entered("meta-of-another-class", TAKEN, lambda ds: _meta_class(ds, "1.2.840.10008.5.1.4.1.1.2"))
entered("unknown-syntax", "a way that is not read here", lambda ds: saved_as(ds, "1.2.3.4.5"))


def _meta_class(ds: Dataset, uid: str) -> None:
    ds.file_meta.MediaStorageSOPClassUID = UID(uid)


def saved_as(ds: Dataset, syntax: str, fragments: list[bytes] | None = None) -> bytes:
    """Write an object that claims a transfer syntax, with fragments that need not be of it."""
    data = saved(ds)
    old, new = ExplicitVRLittleEndian.encode(), syntax.encode()
    if fragments is not None:
        ds.PixelData = encapsulate(fragments)
        ds["PixelData"].is_undefined_length = True
        ds["PixelData"].VR = "OB"
        ds.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.4.70")
        data, old = saved(ds), b"1.2.840.10008.1.2.4.70"
    new += b"\0" * (len(new) % 2)
    old += b"\0" * (len(old) % 2)
    at = data.index(old)
    length = struct.unpack("<H", data[at - 2 : at])[0]
    group = struct.unpack("<I", data[140:144])[0] + len(new) - length
    return (
        data[:140]
        + struct.pack("<I", group)
        + data[144 : at - 2]
        + struct.pack("<H", len(new))
        + new
        + data[at + length :]
    )


# Encodings.
entered("implicit", TAKEN, lambda ds: saved(ds, ImplicitVRLittleEndian))
entered("deflated", TAKEN, lambda ds: saved(ds, DeflatedExplicitVRLittleEndian))


@odd(TAKEN)
def big_endian(ds):
    ds.PixelData = pixels().astype(">u2").tobytes()
    return saved(ds, ExplicitVRBigEndian)


@odd("would unpack to more than")
def deflated_bomb(ds):
    data = saved(ds, DeflatedExplicitVRLittleEndian)
    head = data[: 144 + struct.unpack("<I", data[140:144])[0]]
    packing = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = bytes(1 << 20)
    return head + b"".join(packing.compress(block) for _ in range(700)) + packing.flush()


@odd(f"{CUT}|cannot be read")
def deflated_cut(ds):
    data = saved(ds, DeflatedExplicitVRLittleEndian)
    return data[: len(data) - 200]


def compressed(syntax: str, **words: object) -> Edit:
    """Code the pixels, by an encoder that is installed."""

    def edit(ds: Dataset) -> None:
        ds.compress(syntax, generate_instance_uid=False, **words)

    return edit


entered("jpeg-ls", TAKEN, compressed(JPEGLSLossless))
entered("jpeg-ls-near", TAKEN, compressed(JPEGLSNearLossless, jls_error=2))
entered("jpeg-2000", TAKEN, compressed(JPEG2000Lossless))
entered("rle", TAKEN, compressed(RLELossless))


def picture_bytes(kind: str, **words: object) -> bytes:
    """A grey picture of 8 bits, coded by Pillow."""
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray((pixels(most=240) & 255).astype(np.uint8)).save(stream, kind, **words)
    return stream.getvalue()


def eight_bits(ds: Dataset) -> None:
    """Say that the pixels have 8 bits."""
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 8, 8, 7


@odd(TAKEN)
def jpeg_baseline(ds):
    eight_bits(ds)
    return saved_as(ds, "1.2.840.10008.1.2.4.50", [picture_bytes("JPEG", quality=90)])


@odd(TAKEN)
def jpeg_2000_lossy(ds):
    eight_bits(ds)
    data = picture_bytes("JPEG2000", no_jp2=True, irreversible=True, quality_layers=[10])
    return saved_as(ds, "1.2.840.10008.1.2.4.91", [data])


@odd(TAKEN)
def jpeg_lossless(ds):
    with tempfile.TemporaryDirectory() as folder:
        one, other = Path(folder) / "one.dcm", Path(folder) / "other.dcm"
        one.write_bytes(saved(ds))
        coder = Path(sys.prefix) / "bin" / "gdcmconv"
        subprocess.run([sys.executable, coder, "--jpeg", one, other], check=True, capture_output=True)
        return other.read_bytes()


# Fragments that are not what they claim to be.
for syntax, called in (
    ("1.2.840.10008.1.2.4.50", "baseline"),
    ("1.2.840.10008.1.2.4.51", "extended"),
    ("1.2.840.10008.1.2.4.57", "lossless-57"),
    ("1.2.840.10008.1.2.4.70", "lossless-70"),
    ("1.2.840.10008.1.2.4.80", "jpeg-ls"),
    ("1.2.840.10008.1.2.4.90", "jpeg-2000"),
    ("1.2.840.10008.1.2.4.201", "htj2k"),
    ("1.2.840.10008.1.2.5", "rle"),
):
    entered(
        f"junk-as-{called}", NOT_DECODED, lambda ds, s=syntax: saved_as(ds, s, [b"\xff\xd8" + b"junk" * 50])
    )
for syntax, called in (
    ("1.2.840.10008.1.2.4.53", "retired-53"),
    ("1.2.840.10008.1.2.4.55", "retired-55"),
    ("1.2.840.10008.1.2.4.110", "jpeg-xl"),
    ("1.2.840.10008.1.2.4.100", "mpeg2"),
    ("1.2.840.10008.1.2.8.1", "deflated-frames"),
):
    entered(
        called,
        "a way that is not read here",
        lambda ds, s=syntax: saved_as(ds, s, [b"\xff\x0a" + b"data" * 50]),
    )


@odd(NOT_DECODED)
def rle_with_bad_segments(ds):
    ds.compress(RLELossless, generate_instance_uid=False)
    data = saved(ds)
    at = data.index(struct.pack("<II", 2, 64))
    return data[: at + 8] + struct.pack("<I", 99999) + data[at + 12 :]


@odd(f"{NOT_DECODED}|{CUT}")
def jpeg_ls_cut(ds):
    ds.compress(JPEGLSLossless, generate_instance_uid=False)
    data = saved(ds)
    return data[: len(data) - 300]


# Headers.
for word, expected in (
    ("Rows", "Rows (0028,0010)"),
    ("Columns", "Columns (0028,0011)"),
    ("BitsAllocated", "BitsAllocated (0028,0100)"),
    ("PixelData", "PixelData (7FE0,0010) is missing"),
    ("PhotometricInterpretation", "PhotometricInterpretation (0028,0004) is missing"),
    ("ImageLaterality", "which breast"),
    ("SOPClassUID", TAKEN),
    ("BitsStored", f"{TAKEN}|{NOT_DECODED}"),
    ("PixelRepresentation", f"{TAKEN}|{NOT_DECODED}"),
    ("SamplesPerPixel", f"{TAKEN}|{NOT_DECODED}"),
    ("PatientID", TAKEN),
    ("StudyDate", TAKEN),
    ("PatientOrientation", TAKEN),
    ("HighBit", TAKEN),
):
    entered(f"without-{word}", expected, put(**{word: None}))
entered("zero-rows", "Rows (0028,0010)", put(Rows=0))
entered("rows-of-65535", "more than any detector has", put(Rows=65535, Columns=65535))
entered("more-rows-than-pixels", NOT_DECODED, put(Rows=3000, Columns=2000))
entered("twelve-allocated", "depth is none that is known", put(BitsAllocated=12))
entered("stored-above-allocated", "depth is none that is known", put(BitsStored=40))
entered("stored-too-few", TAKEN, put(BitsStored=8, HighBit=7))
entered("one-bit", "mask of one bit", put(BitsAllocated=1, BitsStored=1, HighBit=0))
entered("sixteen-bits", TAKEN, put(BitsStored=16, HighBit=15))
entered("monochrome-1", TAKEN, put(PhotometricInterpretation="MONOCHROME1", PresentationLUTShape="INVERSE"))
entered("colour", "no grey image", put(PhotometricInterpretation="RGB", SamplesPerPixel=3))
entered("palette", "no grey image", put(PhotometricInterpretation="PALETTE COLOR"))
entered("photometric-junk", "no grey image", put(PhotometricInterpretation="MONOCHROM\x1b[31m"))
entered("many-frames", "several frames", put(NumberOfFrames=4))
entered("frames-of-words", TAKEN, put(NumberOfFrames=1))
entered("burned-in", "burned into its pixels", put(BurnedInAnnotation="YES"))
entered("no-spacing", "scale is unknown", put(ImagerPixelSpacing=None, PixelSpacing=None))
entered("zero-spacing", "scale is unknown", put(ImagerPixelSpacing=[0, 0], PixelSpacing=[0, 0]))
entered("negative-spacing", "scale is unknown", put(ImagerPixelSpacing=[-0.1, 0.1], PixelSpacing=None))
entered("one-spacing", TAKEN, put(ImagerPixelSpacing=0.07))
entered("both-lateralities", TAKEN, put(Laterality="R"))
entered("only-the-old-laterality", TAKEN, put(ImageLaterality=None, Laterality="L"))
entered("both-breasts", "both breasts", put(ImageLaterality="B"))
entered("laterality-of-words", "which breast", put(ImageLaterality="LEFTISH"))
entered("left-in-full", TAKEN, put(ImageLaterality="LEFT"))
entered("unknown-view", "view is none that is known", put(ViewCodeSequence=None, ViewPosition="SIDEWAYS"))
entered("unknown-view-code", TAKEN, put(ViewCodeSequence=[code("123", "odd")]))
entered("no-view", "view is none that is known", put(ViewCodeSequence=None, ViewPosition=None))
entered("specimen", "specimen", put(ViewCodeSequence=[code("127457009", "specimen")]))
entered(
    "old-view-code", TAKEN, put(ViewCodeSequence=[code("R-10242", "cranio-caudal", "SRT")], ViewPosition=None)
)
entered("mediolateral", TAKEN, put(ViewCodeSequence=[code("399260004", "medial-lateral")], ViewPosition="ML"))
entered("exaggerated", TAKEN, put(ViewCodeSequence=None, ViewPosition="XCCL"))
entered("for-processing", TAKEN, put(SOPClassUID=MG_RAW, PresentationIntentType="FOR PROCESSING"))
entered("implant", TAKEN, put(BreastImplantPresent="YES "))
entered("negative-slope", TAKEN, put(RescaleSlope="-1", RescaleIntercept="4095"))
entered("zero-window", TAKEN, put(WindowCenter="0", WindowWidth="0"))
entered("lone-window", TAKEN, put(WindowWidth=None))
entered("padding", TAKEN, put(PixelPaddingValue=0))
entered("odd-charset", TAKEN, put(SpecificCharacterSet="ISO_IR 999"))
entered("charset-of-words", TAKEN, put(SpecificCharacterSet="\\nonsense\\\\ISO 2022 IR 87"))
entered("escapes-in-the-vendor", TAKEN, put(Manufacturer="\x1b[2J\x1b]0;owned\x07 Inc"))
entered("very-long-vendor", TAKEN, put(Manufacturer="V" * 5000))
entered("age-of-words", TAKEN, put(PatientAge="old"))
entered("kvp-of-words", TAKEN, put(KVP="high"))
entered("kvp-of-noise", TAKEN, lambda ds: saved(ds).replace(b"DS\x02\x0028", b"DS\x02\x00\x1b!", 1))
entered("thickness-without-end", TAKEN, put(BodyPartThickness="1e999"))
entered("date-of-words", TAKEN, put(StudyDate="yesterday"))
entered("study-uid-junk", TAKEN, put(StudyInstanceUID="not.a.uid/../../etc/passwd"))
entered("no-study-uid", TAKEN, put(StudyInstanceUID=None, SeriesInstanceUID=None, SOPInstanceUID=None))
entered("film", TAKEN, put(SOPClassUID="1.2.840.10008.5.1.4.1.1.7"))
entered("computed-radiography", TAKEN, put(SOPClassUID="1.2.840.10008.5.1.4.1.1.1"))
entered("chest", "no mammogram: Modality", put(SOPClassUID="1.2.840.10008.5.1.4.1.1.1", Modality="CR"))
for uid, called in (
    ("1.2.840.10008.5.1.4.1.1.2", "CT Image"),
    ("1.2.840.10008.5.1.4.1.1.4", "MR Image"),
    ("1.2.840.10008.5.1.4.1.1.6.1", "Ultrasound Image"),
    ("1.2.840.10008.5.1.4.1.1.66.4", "Segmentation"),
    ("1.2.840.10008.5.1.4.1.1.88.50", "Mammography CAD SR"),
    ("1.2.840.10008.5.1.4.1.1.13.1.4", "raw projections"),
    ("1.2.840.10008.1.3.10", "DICOMDIR"),
    ("1.2.3.4", "no digital mammogram"),
):
    entered(f"class-of-{called.replace(' ', '-')}", called, put(SOPClassUID=uid))


@odd(TAKEN)
def eight_bit_image(ds):
    eight_bits(ds)
    ds.PixelData = (pixels(most=240) & 255).astype(np.uint8).tobytes()


@odd(TAKEN)
def signed(ds):
    ds.PixelRepresentation = 1
    ds.BitsStored, ds.HighBit = 16, 15
    ds.PixelData = (pixels().astype(np.int16) - 2000).tobytes()


@odd(TAKEN)
def values_too_high(ds):
    ds.BitsStored, ds.HighBit = 12, 15
    ds.PixelData = (pixels() << 4).tobytes()


@odd(TAKEN)
def overlay_in_the_upper_bits(ds):
    ds.add_new(0x60000100, "US", 16)
    ds.add_new(0x60000102, "US", 15)
    ds.PixelData = (pixels() | 0x8000).astype("<u2").tobytes()


@odd(TAKEN)
def values_above_bits_stored(ds):
    ds.PixelData = (pixels() + 2000).astype("<u2").tobytes()


@odd("more than 16 bits")
def thirty_two_bits(ds):
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 32, 32, 31
    ds.PixelData = (pixels().astype(np.uint32) << 12).tobytes()


@odd("fractions")
def float_pixels(ds):
    del ds.PixelData
    ds.BitsAllocated = 32
    ds.FloatPixelData = pixels().astype(np.float32).tobytes()


@odd(TAKEN)
def all_of_one_value(ds):
    ds.PixelData = bytes(len(ds.PixelData))


@odd(TAKEN)
def private_junk(ds):
    for k in range(200):
        ds.add_new(0x00290000 + 0x1001 + k, "UN", bytes([k]) * 100)
    ds.add_new(0x00290010, "LO", "CREATOR\x00\x01 OF NOTHING")


@odd(TAKEN)
def group_length(ds):
    ds.add_new(0x00080000, "UL", 4)
    ds.add_new(0x00280000, "UL", 99999)


entered(
    "duplicated-tag", f"{TAKEN}|{CUT}", lambda ds: raw_element(ds, 0x00280010, b"US", struct.pack("<H", 48))
)
entered(
    "invalid-vr",
    f"{TAKEN}|{CUT}|cannot be read|{NOT_DECODED}|no pixels",
    lambda ds: raw_element(ds, 0x00291001, b"??", b"abcd"),
)
entered(
    "length-of-a-lie",
    f"{CUT}|no pixels|missing",
    lambda ds: raw_element(ds, 0x00291001, b"UN", b"abcd", 0xFFFFFF00),
)
entered(
    "length-too-long",
    f"{CUT}|no pixels|missing",
    lambda ds: raw_element(ds, 0x00291001, b"LO", b"abcd", 60000),
)
entered("odd-length", TAKEN, lambda ds: raw_element(ds, 0x00291001, b"LO", b"abc"))
entered(
    "sequence-without-end",
    f"{CUT}|no pixels|missing",
    lambda ds: raw_element(ds, 0x00291001, b"SQ", b"", 0xFFFFFFFF),
)


@odd("nested|damaged")
def nested_a_thousand_deep(ds):
    begin = struct.pack("<HH2sHI", 0x0040, 0xA730, b"SQ", 0, 0xFFFFFFFF) + struct.pack(
        "<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF
    )
    end = struct.pack("<HHI", 0xFFFE, 0xE00D, 0) + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    return raw_element(ds, 0x0040A730, b"SQ", begin * 2000 + end * 2000, 0xFFFFFFFF)


@odd(TAKEN)
def nested_ten_deep(ds):
    item = Dataset()
    for _ in range(10):
        outer = Dataset()
        outer.ContentSequence = Sequence([item])
        item = outer
    ds.ContentSequence = Sequence([item])


@odd(TAKEN)
def lut_that_is_too_short(ds):
    table = Dataset()
    table.add_new("LUTDescriptor", "US", [4096, 0, 12])
    table.LUTExplanation = "SHORT"
    table.add_new("LUTData", "US", [1, 2, 3])
    ds.VOILUTSequence = [table]


def modified(*modifiers: tuple[str, str]) -> Edit:
    """Say what is special about a view."""

    def edit(ds: Dataset) -> None:
        ds.ViewCodeSequence[0].ViewModifierCodeSequence = [code(*one) for one in modifiers]

    return edit


entered("spot", TAKEN, modified(("399055006", "Spot Compression")))
entered("spot-and-magnification", TAKEN, modified(("399055006", "Spot"), ("399163009", "Magnification")))
entered("implant-displaced", TAKEN, modified(("399209000", "Implant Displaced")))
entered("unknown-modifier", TAKEN, modified(("1", "Upside down")))


def volume(frames: int = 3) -> Dataset:
    """A tomosynthesis volume with as little as can be."""
    ds = good(900 + frames)
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.13.1.3")
    ds.file_meta = FileMetaDataset(ds.file_meta)
    ds.NumberOfFrames = frames
    ds.PixelData = np.stack([pixels() + k for k in range(frames)]).astype("<u2").tobytes()
    shared, measures, anatomy = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness = [0.1, 0.1], 1
    anatomy.FrameLaterality = "L"
    shared.PixelMeasuresSequence, shared.FrameAnatomySequence = [measures], [anatomy]
    ds.SharedFunctionalGroupsSequence = [shared]
    del ds.ImagerPixelSpacing, ds.PixelSpacing, ds.ImageLaterality
    return ds


entered("volume", TAKEN, lambda ds: volume())
entered(
    "volume-without-measures",
    "scale is unknown",
    lambda ds: _without(volume(4), "SharedFunctionalGroupsSequence"),
)
entered("volume-cut", f"{CUT}|{NOT_DECODED}", lambda ds: saved(volume(5))[:-4000])
entered("volume-of-a-thousand", "out of bounds", lambda ds: _claiming(volume(6), 1000))


def _without(ds: Dataset, word: str) -> Dataset:
    del ds[word]
    ds.ImageLaterality = "L"
    return ds


def _claiming(ds: Dataset, frames: int) -> Dataset:
    ds.NumberOfFrames = frames
    return ds
