"""Contact sheets: exams as they hang, and every kind of finding at 100 % zoom."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .findings.catalogue import KINDS, described
from .imaging import Image, images_of
from .library import Exam
from .scales import Scale
from .woman import Woman

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

_ROW = ("RCC", "LCC", "RMLO", "LMLO")
_HIGH = 416  # pixels of a hanging view
_TILE = 420  # pixels of a finding's surroundings, none left out
_ACROSS = 6
_LABEL = 16
_SEED = 20260101


def exams_sheet(exams: Iterable[Exam], out: Path) -> None:
    """Draw exams as they hang, one a row, each view as its header wants it seen.

    Raises
    ------
    ValueError
        If there is nothing to draw.
    """
    rows = [([_seen(exam.views[view]) for view in _ROW if view in exam.views], exam.id) for exam in exams]
    if not rows:
        raise ValueError("there is no exam to draw")
    _save([[(view, name if n == 0 else "") for n, view in enumerate(views)] for views, name in rows], out)


def findings_sheet(scale: Scale, out: Path, *, told: Callable[[str], None] = lambda _: None) -> None:
    """Draw one finding of each kind at 100 % zoom, in a woman of density b who is made for it.

    Parameters
    ----------
    told
        Is told each kind before it is drawn.
    """
    tiles = []
    for number, kind in enumerate(KINDS):
        told(kind)
        tiles.append((_surroundings(kind, number, scale), kind))
    _save([tiles[n : n + _ACROSS] for n in range(0, len(tiles), _ACROSS)], out)


def _surroundings(kind: str, number: int, scale: Scale) -> np.ndarray:
    """Pixels round a finding in the first view that shows it, as grey 0 to 255."""
    least, most = KINDS[kind].sizes_mm
    finding = described(kind, side="R", size_mm=min(0.5 * (least + most), least + 8.0))
    woman = Woman(_SEED + number, 60, "b", findings=(finding,))
    image = next(image for image in images_of(woman, scale) if image.findings)
    place = image.findings[0].view
    row, column = (int(mm / image.pixel_mm) for mm in (place.y_mm, place.x_mm))
    rows, columns = image.pixels.shape
    top = min(max(row - _TILE // 2, 0), max(rows - _TILE, 0))
    left = min(max(column - _TILE // 2, 0), max(columns - _TILE, 0))
    return _grey(image)[top : top + _TILE, left : left + _TILE]


def _grey(image: Image) -> np.ndarray:
    """Grey values over what the breast spans."""
    low, high = np.percentile(image.pixels[image.pixels > 0], (1.0, 99.7))
    return np.clip((image.pixels - low) / (high - low) * 255.0, 0, 255).astype(np.uint8)


def _seen(path: Path) -> np.ndarray:
    """Grey values of a stored view as its header wants it seen, `_HIGH` pixels high."""
    import pydicom
    from PIL import Image as Pictures
    from pydicom.pixels.processing import apply_voi_lut

    ds = pydicom.dcmread(path)
    values = np.asarray(apply_voi_lut(ds.pixel_array, ds), float)
    values = (values - values.min()) / max(float(np.ptp(values)), 1.0)
    if ds.PhotometricInterpretation == "MONOCHROME1":
        values = 1.0 - values
    picture = Pictures.fromarray((values * 255).astype(np.uint8))
    return np.asarray(picture.resize((round(picture.width * _HIGH / picture.height), _HIGH)))


def _save(rows: list[list[tuple[np.ndarray, str]]], out: Path) -> None:
    """Lay labelled tiles out in rows and write the sheet, beside first."""
    from PIL import Image as Pictures

    wide = max(sum(tile.shape[1] + 4 for tile, _ in row) for row in rows)
    high = sum(max(tile.shape[0] for tile, _ in row) + _LABEL for row in rows)
    sheet = Pictures.new("L", (wide, high))
    top = 0
    for row in rows:
        _lay(sheet, row, top)
        top += max(tile.shape[0] for tile, _ in row) + _LABEL
    beside = out.with_name(f".{out.name}")
    sheet.save(beside, format="JPEG" if out.suffix.lower() in (".jpg", ".jpeg") else "PNG")
    beside.replace(out)


def _lay(sheet: "Picture", row: list[tuple[np.ndarray, str]], top: int) -> None:
    """Paste one row of tiles under their labels."""
    from PIL import Image as Pictures
    from PIL import ImageDraw

    left = 0
    for tile, label in row:
        sheet.paste(Pictures.fromarray(tile), (left, top + _LABEL))
        ImageDraw.Draw(sheet).text((left + 3, top + 2), label, fill=230)
        left += tile.shape[1] + 4
