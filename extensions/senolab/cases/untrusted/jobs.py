"""The jobs of the sandbox: look at a header, take an image, measure a region's mask."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from senolab.cases.dicom import encoded

from .cleaning import cleaned, removed, years
from .opening import header, identity, is_picture, kind
from .picture import mammogram_from, orientation
from .pixels import check_form, grey, number, spacing
from .refusing import UnreadableError, printable
from .viewing import Seen, seen

_NO_SCALE = (
    "its scale is unknown: ImagerPixelSpacing (0018,1164) is missing or cannot be (--spacing MM tells it)"
)


def look(job: dict[str, Any]) -> dict[str, Any]:
    """Tell what a file is and to which exam it belongs, its pixels unread."""
    if is_picture(job["path"]):
        return {"kind": "picture"}
    ds = header(job["path"], pixels=False)
    return {"kind": kind(ds), **identity(ds)}


def take(job: dict[str, Any]) -> dict[str, Any]:
    """Write ``OUT`` as a clean object, and tell about it."""
    if is_picture(job["path"]):
        return _picture(job)
    ds = header(job["path"], pixels=True)
    if kind(ds) == "volume":
        from .volume import taken

        return taken(ds, job)
    _no_text_in_it(ds)
    check_form(ds)
    view = seen(ds, told=job.get("view") or "", trusted=bool(job.get("trusted")))
    image = grey(ds)
    step = spacing(ds) or ((job["spacing"],) * 2 if job.get("spacing") else None)
    if step is None:
        raise UnreadableError(_NO_SCALE)
    gone = removed(ds)
    clean, damaged = cleaned(ds, image, view, step)
    _oriented(clean, image.pixels, view)
    notes = [*view.notes, *image.notes, *([] if spacing(ds) else [_assumed(step)])]
    notes += [f"{word} was damaged and left out" for word in damaged]
    return _written(clean, job, view, gone, notes)


def _no_text_in_it(ds: Dataset) -> None:
    if printable(ds.get("BurnedInAnnotation") or "").upper() == "YES":
        raise UnreadableError("text is burned into its pixels (BurnedInAnnotation (0028,0301) is YES)")


def _assumed(step: tuple[float, float]) -> str:
    return f"its header tells no pixel size, {step[0]:g} mm was taken"


def _oriented(clean: Dataset, pixels: np.ndarray, view: Seen) -> None:
    """Say which way round it is stored where the header does not, or contradicts the side that was told."""
    told = [printable(word).upper() for word in clean.get("PatientOrientation") or []]
    if len(told) != 2 or not all(told) or any(note.startswith("its header says") for note in view.notes):
        bright = (
            pixels
            if clean.PhotometricInterpretation == "MONOCHROME2"
            else int(pixels.max()) - pixels.astype(int)
        )
        clean.PatientOrientation = orientation(bright, view.side, view.projection)


def _picture(job: dict[str, Any]) -> dict[str, Any]:
    told = job.get("view") or ""
    if told[1:] not in ("CC", "MLO"):
        raise UnreadableError("a PNG does not say its view: give --view RCC, LCC, RMLO or LMLO")
    step = job.get("spacing") or 0.1
    view = Seen(told[0], told[1:], (), ())
    notes = [] if job.get("spacing") else ["a PNG tells no pixel size, 0.1 mm was taken (--spacing MM)"]
    return _written(mammogram_from(job["path"], told, step), job, view, [], notes)


def _written(
    ds: Dataset, job: dict[str, Any], view: Seen, gone: list[str], notes: list[str]
) -> dict[str, Any]:
    """Write the clean object, JPEG-LS, and tell about it."""
    content = hashlib.sha256(ds.PixelData).hexdigest()
    Path(job["out"]).write_bytes(encoded(ds))
    return {
        "view": view.side + view.projection,
        "modifiers": list(view.modifiers),
        "raw": str(ds.get("PresentationIntentType")) == "FOR PROCESSING",
        "rows": int(ds.Rows),
        "columns": int(ds.Columns),
        "frames": number(ds, "NumberOfFrames", otherwise=1),
        "spacing": [float(step) for step in ds.ImagerPixelSpacing],
        "vendor": printable(ds.get("Manufacturer") or "unknown"),
        "age": years(ds),
        "removed": gone,
        "notes": notes,
        "content": content,
    }


def region(job: dict[str, Any]) -> dict[str, Any]:
    """Measure a mask: its size, and the box round what is not zero; a crop of the image has no box."""
    ds = header(job["path"], pixels=True)
    image = grey(ds).pixels
    values = np.unique(image)
    if len(values) != 2 or int(values[0]) != 0:
        return {"rows": image.shape[0], "columns": image.shape[1], "box": None}
    rows, columns = np.nonzero(image)
    box = [int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1]
    return {"rows": image.shape[0], "columns": image.shape[1], "box": box}
