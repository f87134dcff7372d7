"""From a DICOM header to how an image hangs: which view, which side, which way round, which window."""

import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pydicom
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.multival import MultiValue

from senolab.words import gettext, marked, ngettext, number
from senolab.words.trouble import reason

# View codes (SNOMED CT, and the older SRT codes that real machines still write), DICOM CID 4014.
_CODES = {
    "399162004": "CC",
    "R-10242": "CC",
    "399368009": "MLO",
    "R-10226": "MLO",
    "399260004": "ML",
    "R-10224": "ML",
    "399352003": "LM",
    "R-10228": "LM",
    "399099002": "LMO",
    "R-10230": "LMO",
    "399192008": "SIO",
    "R-102D0": "SIO",
    "399011000": "XCC",
    "Y-X1770": "XCC",
    "399265003": "XCCL",
    "Y-X1772": "XCCL",
}
_NO_ORIENTATION = marked("orientation not in the header")
ORDER = ("RCC", "LCC", "RMLO", "LMLO")  # as at the workstation, row by row


class ImageError(Exception):
    """An image cannot be shown; the message is the sentence the person reads."""


@dataclass(frozen=True)
class Window:
    """One window of the header: centre and width in stored values (after the rescale)."""

    name: str
    center: float
    width: float
    shape: str  # LINEAR or SIGMOID


@dataclass(frozen=True, kw_only=True)
class View:
    """One image and how it hangs.

    Attributes
    ----------
    view
        ``RCC``, ``LMLO`` and so on, or a name made for it.
    laterality
        ``R``, ``L`` or empty.
    columns, rows
        Size of the stored pixel matrix.
    spacing
        (row, column) spacing in mm: of the detector, as mammography states it.
    flip_x, flip_y
        Whether the stored image is mirrored for display.
    windows
        Windows of the header, the first is the default.
    note
        What the reader should know, e.g. that the header does not tell the orientation.
    source
        File, or the bytes themselves.
    """

    view: str
    laterality: str
    columns: int
    rows: int
    spacing: tuple[float, float]
    flip_x: bool
    flip_y: bool
    windows: tuple[Window, ...]
    note: str
    source: Path | bytes

    def public(self) -> dict[str, Any]:
        """Return what the browser gets."""
        told = asdict(replace(self, source=b""))
        del told["source"]
        return told


def hang(views: Iterable[View]) -> list[View]:
    """Return views in hanging order, names made unique."""
    rank = {name: place for place, name in enumerate(ORDER)}
    ordered = sorted(views, key=lambda view: (rank.get(view.view, len(rank)), view.view))
    taken: dict[str, int] = {}
    named = []
    for view in ordered:
        taken[view.view] = taken.get(view.view, 0) + 1
        number = taken[view.view]
        named.append(replace(view, view=f"{view.view} ({number})") if number > 1 else view)
    return named


def read(source: Path | bytes, *, name: str = "") -> View:
    """Read how one DICOM image hangs.

    Parameters
    ----------
    source
        File or bytes.
    name
        View to use where the header names none.

    Raises
    ------
    ImageError
        If it is no DICOM image.
    """
    called = source.name if isinstance(source, Path) else name or "the image"
    try:
        ds = pydicom.dcmread(
            source if isinstance(source, Path) else io.BytesIO(source), stop_before_pixels=True
        )
    except OSError as problem:
        raise ImageError(
            gettext(
                "%(called)s cannot be read: %(reason)s.",
                called=called,
                reason=reason(problem),
            )
        ) from problem
    except InvalidDicomError as problem:
        raise ImageError(gettext("%(called)s is no DICOM file.", called=called)) from problem
    if not ds.get("Rows") or not ds.get("Columns"):
        raise ImageError(gettext("%(called)s is a DICOM file without an image.", called=called))
    return _view(ds, source, name or (source.stem if isinstance(source, Path) else "Image"))


def _view(ds: Dataset, source: Path | bytes, name: str) -> View:
    laterality = str(ds.get("ImageLaterality") or ds.get("Laterality") or "")[:1].upper()
    position = _position(ds)
    flip_x, flip_y, note = _flips(ds, laterality, position)
    note = ", ".join(filter(None, (note, *_cautions(ds))))
    return View(
        view=f"{laterality}{position}" if position else name,
        laterality=laterality,
        columns=int(ds.Columns),
        rows=int(ds.Rows),
        spacing=_spacing(ds),
        flip_x=flip_x,
        flip_y=flip_y,
        windows=_windows(ds),
        note=note,
        source=source,
    )


def _cautions(ds: Dataset) -> list[str]:
    """Say what is less than a full image: lossy compression, or more frames than are shown."""
    told = []
    if str(ds.get("LossyImageCompression", "")) == "01":
        ratio = _several(ds.get("LossyImageCompressionRatio"))
        if ratio:
            told.append(gettext("lossy, %(ratio)s:1", ratio=number(float(ratio[-1]), 0)))
        else:
            told.append(gettext("lossy"))
    if (frames := int(ds.get("NumberOfFrames") or 1)) > 1:
        told.append(ngettext("the first of %(count)s image", "the first of %(count)s images", frames))
    return told


def _position(ds: Dataset) -> str:
    for item in ds.get("ViewCodeSequence") or ():
        if (found := _CODES.get(str(item.get("CodeValue", "")))) is not None:
            return found
    return str(ds.get("ViewPosition") or "").strip().upper()


def _spacing(ds: Dataset) -> tuple[float, float]:
    """Detector spacing first: marks and truth are measured in it."""
    for name in ("ImagerPixelSpacing", "PixelSpacing", "NominalScannedPixelSpacing"):
        value = ds.get(name)
        if value is not None and len(value) == 2 and min(map(float, value)) > 0:
            return float(value[0]), float(value[1])
    return 0.1, 0.1


def _flips(ds: Dataset, laterality: str, position: str) -> tuple[bool, bool, str]:
    """Chest walls to the midline, head up; in CC, lateral up.

    PatientOrientation says whither a row and a column run: A anterior, P posterior, R, L, H, F.
    """
    orientation = ds.get("PatientOrientation")
    if orientation is None or len(orientation) != 2 or laterality not in ("R", "L"):
        return False, False, gettext(_NO_ORIENTATION) if laterality else ""
    across, down = str(orientation[0]).upper(), str(orientation[1]).upper()
    towards = "P" if laterality == "R" else "A"  # rightwards on the screen
    away = "A" if laterality == "R" else "P"
    flip_x = away in across and towards not in across
    lengthwise = "H" in down or "F" in down
    # in CC a column runs from lateral to medial, so never towards the breast's own side
    upside_down = position.endswith("CC") and laterality in down
    return flip_x, ("H" in down if lengthwise else upside_down), ""


def _windows(ds: Dataset) -> tuple[Window, ...]:
    centers, widths = _several(ds.get("WindowCenter")), _several(ds.get("WindowWidth"))
    names = [str(name) for name in _several(ds.get("WindowCenterWidthExplanation"))]
    written = str(ds.get("VOILUTFunction") or "LINEAR").upper()
    found = []
    for k, (center, width) in enumerate(zip(centers, widths, strict=False)):
        named = names[k].capitalize() if k < len(names) else ""
        name = named or (gettext("As acquired") if k == 0 else gettext("Window %(number)s", number=k + 1))
        found.append(_window(name, float(center), float(width), written))
    return tuple(window for window in found if window.width >= 1) or _tables(ds)


def _window(name: str, center: float, width: float, written: str) -> Window:
    if written == "LINEAR_EXACT":  # PS3.3 C.11.2.1.3.2: the same line, counted from half a step aside
        return Window(name, center + 0.5, width + 1, "LINEAR")
    return Window(name, center, width, "SIGMOID" if written == "SIGMOID" else "LINEAR")


def _tables(ds: Dataset) -> tuple[Window, ...]:
    """Windows that come near the header's look-up tables, where it has nothing else."""
    found = []
    for item in ds.get("VOILUTSequence") or ():
        first = int(item.LUTDescriptor[1])
        values = item.LUTData
        if not isinstance(values, list) or len(values) < 2:
            continue
        low = next(k for k, value in enumerate(values) if value >= 0.05 * max(values))
        high = next(k for k, value in enumerate(values) if value >= 0.95 * max(values))
        width = max(2.0, (high - low) / 0.9)
        name = str(item.get("LUTExplanation") or gettext("As acquired")).capitalize()
        found.append(Window(name, first + (low + high) / 2, width, "LINEAR"))
    return tuple(found)


def _several(value: Any) -> list[Any]:
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, list | tuple | MultiValue) else [value]
