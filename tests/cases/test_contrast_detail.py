"""The contrast-detail phantom: known corners, and a detection that depends on dose and detector."""

import csv
import json
from collections import Counter

import numpy as np
import pydicom
import pytest
from scipy import ndimage
from senolab.cases.contrast_detail import CORNERS, PITCH_MM, cells, exposed
from senolab.cases.scales import SCALES
from senolab.cases.vendors import VENDORS
from senolab.cli.main import main

FULL = SCALES["class"]
SECRET = b"a secret of the tests, long enough"


@pytest.fixture(scope="module")
def phantom():
    return cells(SECRET, FULL)


def found(phantom, key: str, *, dose: float = 1.0, seed: int = 1) -> dict[tuple[float, float], bool]:
    """Let a simple program choose the corner of each cell that is darkest in the raw counts."""
    raw, _ = exposed(phantom, VENDORS[key], FULL, np.random.default_rng(seed), dose=dose)
    right = {}
    for cell in phantom:
        column, row = (int(place / FULL.pixel_mm) for place in cell.centre_mm)
        reach, away = int(PITCH_MM / 2 / FULL.pixel_mm) - 3, PITCH_MM / 4 / FULL.pixel_mm
        part = raw[row - reach : row + reach, column - reach : column + reach].astype(np.float32)
        smooth = ndimage.gaussian_filter(part, max(cell.diameter_mm / 2.5, 0.06) / FULL.pixel_mm)
        spots = [(int(reach + y * away), int(reach + x * away)) for y in (-1, 1) for x in (-1, 1)]
        darkest = int(np.argmin([smooth[i - 1 : i + 3, j - 1 : j + 3].min() for i, j in spots]))
        right[cell.diameter_mm, cell.thickness_um] = CORNERS[darkest] == cell.corner
    return right


def test_each_pair_of_a_diameter_and_a_thickness_has_one_cell_and_any_corner(phantom):
    assert len({(cell.diameter_mm, cell.thickness_um) for cell in phantom}) == 256
    corners = Counter(cell.corner for cell in phantom)
    assert set(corners) == set(CORNERS)
    assert min(corners.values()) > 40
    assert [c.corner for c in cells(SECRET + b"!", FULL)] != [c.corner for c in phantom]


def test_thick_discs_are_found_thin_small_ones_are_guessed(phantom):
    right = found(phantom, "A")
    thick = [hit for (diameter, gold), hit in right.items() if diameter >= 0.25 and gold >= 1.0]
    thin = [hit for (diameter, gold), hit in right.items() if diameter <= 0.20 and gold <= 0.08]
    assert all(thick)
    assert 0.02 < np.mean(thin) < 0.5
    # European guidelines, 4th edition: 0.150 um of gold must be found at 0.5 mm, 0.091 um at 1 mm
    assert right[0.50, 0.16]
    assert right[1.00, 0.10]


def test_less_dose_and_a_wider_blur_find_less(phantom):
    usual, low, other = (
        sum(sum(found(phantom, key, dose=dose, seed=seed).values()) for seed in (1, 2))
        for key, dose in (("A", 1.0), ("A", 0.2), ("B", 1.0))
    )
    assert usual > low + 10
    assert usual > other + 10


def test_the_images_are_dicom_and_what_is_right_lies_apart(tmp_path, capsys):
    words = ["--vendor", "B", "--count", "2", "--scale", "ci", "--dose", "0.5", "--json"]
    assert main(["exams", "phantom", "--out", str(tmp_path), *words]) == 0
    paths = json.loads(capsys.readouterr().out)
    assert len(paths) == 2
    one, other = map(pydicom.dcmread, paths)
    assert one.StudyInstanceUID == other.StudyInstanceUID
    assert not np.array_equal(one.pixel_array, other.pixel_array)
    assert (one.PresentationIntentType, one.PatientSex, one.InstanceNumber) == ("FOR PROCESSING", "O", 1)
    assert "0.5 of the usual dose" in one.ImageComments
    with (tmp_path / "truth" / "contrast-detail.csv").open() as table:
        rows = list(csv.DictReader(table))
    assert len(rows) == 256
    assert not [path for path in (tmp_path / "images").iterdir() if path.suffix != ".dcm"]
