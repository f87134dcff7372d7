"""What a reader and a scorer rely on: orientation, anatomy, and a truth that fits the pixels."""

import numpy as np
import pydicom
from pydicom.pixels.processing import apply_voi_lut
from senolab.cases.anatomy import anatomy_of
from senolab.cases.imaging import images_of
from senolab.cases.scales import SCALES
from senolab.cases.woman import VIEWS, Woman

CI = SCALES["ci"]


def test_the_chest_wall_lies_where_the_orientation_says(drawn):
    for view in VIEWS:
        ds = pydicom.dcmread(drawn[0].views[view])
        pixels = ds.pixel_array
        left, right = (np.count_nonzero(pixels[:, c]) for c in (0, -1))
        assert (left > right) == (ds.PatientOrientation[0] == "A")
        assert ds.ImageLaterality == view[0]
        assert ds.PatientOrientation[0] == {"R": "P", "L": "A"}[view[0]]
        assert ds.ViewCodeSequence[0].CodeValue == {"CC": "399162004", "MLO": "399368009"}[view[1:]]
        assert [float(step) for step in ds.ImagerPixelSpacing] == [0.28, 0.28]


def test_air_is_black_and_no_pixel_exceeds_twelve_bit(drawn):
    for path in drawn[0].views.values():
        pixels = pydicom.dcmread(path).pixel_array
        assert pixels.shape == (CI.rows, CI.columns)
        assert np.count_nonzero(pixels == 0) > 0.2 * pixels.size
        assert 2000 < pixels.max() < 4096


def test_the_armpit_side_shows_muscle_in_oblique_views_only(drawn):
    def brightness(view: str) -> tuple[float, float]:
        ds = pydicom.dcmread(drawn[0].views[view])
        pixels = apply_voi_lut(ds.pixel_array, ds)  # as the header says that it is shown
        pixels = pixels if view[0] == "L" else pixels[:, ::-1]
        return pixels[20:90, 4:90].mean(), pixels[-400:-330, 4:90].mean()

    for side in "RL":
        top, below = brightness(f"{side}MLO")
        assert top > 1.4 * below


def test_denser_women_have_more_gland():
    part = []
    for density in "abcd":
        anatomy = anatomy_of(Woman(5, 55, density), "L", CI.voxel_mm)
        part.append(float(anatomy.fraction[anatomy.fraction > 0].mean()))
    assert part == sorted(part)
    assert part[3] > 1.5 * part[0]


def test_left_and_right_are_alike_and_never_equal():
    sides = [anatomy_of(Woman(6), side, CI.voxel_mm).shape for side in "RL"]
    assert sides[0] != sides[1]
    assert abs(sides[0].depth / sides[1].depth - 1) < 0.06


def test_only_the_side_of_the_lesion_has_one(drawn):
    views = [finding["view"] for finding in drawn[1].truth.places()]
    assert len(views) == 2
    assert len({view[0] for view in views}) == 1


def test_every_quantum_is_drawn_from_the_seed():
    one, other = (next(images_of(Woman(seed), CI)).pixels for seed in (1, 2))
    assert np.array_equal(one, next(images_of(Woman(1), CI)).pixels)
    assert not np.array_equal(one, other)
