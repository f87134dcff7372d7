"""Images of a contrast-detail phantom: gold discs on acrylic, in the manner of the CDMAM phantom.

Each cell has two equal discs, one in its centre and one in one of its four corners. A reader, or a
program, says which corner (four alternatives, one right); the least thickness that is found of each
diameter is the detector's contrast-detail curve (Bijkerk 2000 and the European guidelines, 4th
edition, ISBN 92-79-01258-4). Other than the real phantom, ours has every pair of a diameter and a
thickness, and stands straight.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from .dicom import Header, encoded, raw_mammogram
from .dose import technique_of
from .identity import PHANTOM, keyed, uid
from .physics import detected
from .scales import Scale
from .spectra import spectrum, table
from .vendors import Vendor

DIAMETERS_MM = (
    *(0.06, 0.08, 0.10, 0.13, 0.16, 0.20, 0.25, 0.31),
    *(0.40, 0.50, 0.63, 0.80, 1.00, 1.25, 1.60, 2.00),
)
THICKNESSES_UM = (
    *(0.03, 0.04, 0.05, 0.06, 0.08, 0.10, 0.13, 0.16),
    *(0.20, 0.25, 0.36, 0.50, 0.71, 1.00, 1.42, 2.00),
)
CORNERS = ("upper left", "upper right", "lower left", "lower right")
PITCH_MM = 10.5
ACRYLIC_MM, ALUMINIUM_MM = 45.0, 0.5  # together like 60 mm of breast
BREAST_MM, GLAND_PART = 60.0, 0.2
_LINE_MM, _LINE_UM = 0.15, 1.0
_PLACES = ("x_mm", "y_mm", "corner_x_mm", "corner_y_mm")
_FINER = 8  # parts of a pixel, along each side, in which a disc's edge is counted


@dataclass(frozen=True)
class Cell:
    """One cell: what its discs are, the corner, and where both discs lie in mm from the matrix's edges."""

    row: int
    column: int
    diameter_mm: float
    thickness_um: float
    corner: str
    centre_mm: tuple[float, float]
    corner_mm: tuple[float, float]


def cells(secret: bytes, scale: Scale) -> tuple[Cell, ...]:
    """Lay the phantom out: diameters by column, thicknesses by row, corners drawn from the secret."""
    words = np.frombuffer(keyed(secret, "contrast-detail"), np.uint32)
    corners = np.random.default_rng(words.tolist()).integers(4, size=(16, 16))
    left, top = (0.5 * (size * scale.pixel_mm - 16 * PITCH_MM) for size in (scale.columns, scale.rows))
    found = []
    for row, thickness in enumerate(THICKNESSES_UM):
        for column, diameter in enumerate(DIAMETERS_MM):
            x, y = left + (column + 0.5) * PITCH_MM, top + (row + 0.5) * PITCH_MM
            where = int(corners[row, column])
            away = tuple(PITCH_MM / 4 * (1 if bit else -1) for bit in (where % 2, where // 2))
            at = (round(x + away[0], 3), round(y + away[1], 3))
            spot = (round(x, 3), round(y, 3))
            found.append(Cell(row, column, diameter, thickness, CORNERS[where], spot, at))
    return tuple(found)


def exposed(
    phantom: tuple[Cell, ...], vendor: Vendor, scale: Scale, rng: np.random.Generator, *, dose: float = 1.0
) -> tuple[np.ndarray, float]:
    """Expose the phantom once.

    Each exposure has it a little elsewhere, by less than a pixel.

    Parameters
    ----------
    dose
        Part of the exposure that the exposure control aims at.

    Returns
    -------
    raw
        uint16 counts, 14 bit, linear in exposure.
    open_quanta
        Absorbed quanta per mm2 where nothing attenuates.
    """
    pixel, detector = scale.pixel_mm, vendor.detector
    behind = _behind(vendor, 0.0)
    haze = detector.scatter * BREAST_MM / 50.0
    signal = np.full((scale.rows, scale.columns), behind, np.float32)
    shift = rng.uniform(0.0, 1.0, 2)
    for cell in phantom:
        lost = np.float32(behind - _behind(vendor, cell.thickness_um))
        for x, y in (cell.centre_mm, cell.corner_mm):
            at, part = _disc(x / pixel + shift[0], y / pixel + shift[1], 0.5 * cell.diameter_mm / pixel)
            signal[at] -= lost * part
    _rule(signal, phantom, pixel, np.float32(_behind(vendor, _LINE_UM)))
    signal += np.float32(haze * behind)
    area = (pixel / 0.07) ** 2
    quanta = detector.quanta * dose * area / (behind * (1.0 + haze))
    raw, _ = detected(signal, quanta, detector, pixel, rng)
    return raw, quanta / pixel**2


def make(
    out: Path, *, secret: bytes, vendor: Vendor, scale: Scale, dose: float = 1.0, count: int = 16
) -> Iterator[Path]:
    """Write the images and, in a folder of its own, the table of right answers.

    ``images/01.dcm`` ... are For Processing; ``truth/contrast-detail.csv`` tells each cell's corner.
    """
    phantom = cells(secret, scale)
    images, truth = out / "images", out / "truth"
    for folder in (images, truth):
        folder.mkdir(parents=True, exist_ok=True)
    _write(truth / "contrast-detail.csv", _table(phantom).encode())
    for number in range(1, count + 1):
        words = np.frombuffer(keyed(secret, "exposure", vendor.key, dose, number), np.uint32)
        raw, quanta = exposed(phantom, vendor, scale, np.random.default_rng(words.tolist()), dose=dose)
        path = images / f"{number:02d}.dcm"
        _write(path, _object(raw, quanta, number, secret, vendor, scale, dose))
        yield path


def _object(
    raw: np.ndarray,
    quanta: float,
    number: int,
    secret: bytes,
    vendor: Vendor,
    scale: Scale,
    dose: float,
) -> bytes:
    """One exposure as a DICOM file."""
    words = (secret, "contrast-detail", vendor.key, dose, scale.name)
    technique = technique_of(vendor, quanta, thickness_mm=BREAST_MM, gland_part=GLAND_PART, force_n=0)
    header = Header(
        PHANTOM,
        "LCC",
        0,
        scale.pixel_mm,
        uid(*words, "study"),
        uid(*words, "series"),
        uid(*words, number),
        vendor=vendor,
        technique=replace(technique, force_n=0),
    )
    ds = raw_mammogram(raw, header)
    ds.InstanceNumber, ds.PatientSex, ds.SeriesDescription = number, "O", "Contrast-detail phantom"
    plate = f"{ACRYLIC_MM:g} mm acrylic, {ALUMINIUM_MM:g} mm aluminium"
    ds.ImageComments = f"{plate}, gold discs; {dose:g} of the usual dose"
    del ds.PatientAge
    return encoded(ds)


def _behind(vendor: Vendor, gold_um: float) -> float:
    """Part of the signal that passes the plate and so much gold."""
    beam = spectrum(vendor.tube.spectrum)
    paths = (("acrylic", ACRYLIC_MM), ("aluminium", ALUMINIUM_MM), ("gold", gold_um / 1000.0))
    depth = sum(table(f"mu {name}") * length for name, length in paths)
    return round(beam.signal(np.exp(-depth)) / beam.signal(), 9)


def _disc(x: float, y: float, radius: float) -> tuple[tuple[slice, slice], np.ndarray]:
    """Part of each pixel that a disc covers, and which pixels these are; lengths in pixels."""
    reach = int(radius) + 2
    left, top = int(x) - reach, int(y) - reach
    size = 2 * reach + 1
    fine = (np.arange(size * _FINER) + 0.5) / _FINER
    inside = (fine[None, :] + left - x) ** 2 + (fine[:, None] + top - y) ** 2 <= radius**2
    part = inside.reshape(size, _FINER, size, _FINER).mean((1, 3), dtype=np.float64)
    return (slice(top, top + size), slice(left, left + size)), part.astype(np.float32)


def _rule(signal: np.ndarray, phantom: tuple[Cell, ...], pixel_mm: float, behind: np.float32) -> None:
    """Draw the lines between the cells."""
    x, y = (centre - 0.5 * PITCH_MM for centre in phantom[0].centre_mm)
    wide = max(1, round(_LINE_MM / pixel_mm))
    end_x, end_y = round((x + 16 * PITCH_MM) / pixel_mm), round((y + 16 * PITCH_MM) / pixel_mm)
    for k in range(17):
        row, column = (round((start + k * PITCH_MM) / pixel_mm) for start in (y, x))
        signal[row : row + wide, round(x / pixel_mm) : end_x + wide] = behind
        signal[round(y / pixel_mm) : end_y + wide, column : column + wide] = behind


def _table(phantom: tuple[Cell, ...]) -> str:
    """Write the right answers as a table, one row per cell."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["row", "column", "diameter_mm", "thickness_um", "corner", *_PLACES])
    for cell in phantom:
        what = [cell.row, cell.column, cell.diameter_mm, cell.thickness_um, cell.corner]
        rows.writerow([*what, *cell.centre_mm, *cell.corner_mm])
    return text.getvalue()


def _write(path: Path, data: bytes) -> None:
    """Write beside the place, then rename."""
    beside = path.with_name(f".{path.name}")
    beside.write_bytes(data)
    beside.replace(path)
