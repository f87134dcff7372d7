"""What a reader and a scorer rely on: orientation, anatomy, and a truth that fits the pixels."""

import numpy as np
import pydicom
from pydicom.pixels.processing import apply_voi_lut
from scipy import ndimage
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


def test_the_gland_of_both_sides_is_alike_from_afar_and_each_sides_own_in_detail():
    both = [[seen_from(Woman(seed, density="c"), side) for side in "RL"] for seed in (6, 7, 8)]
    mean = np.mean([slow for one in both for slow, _ in one], 0)

    def alike(one, other):
        return np.corrcoef((one - mean).ravel(), (other - mean).ravel())[0, 1]

    same = [alike(right[0], left[0]) for right, left in both]
    strangers = [alike(both[n][0][0], both[n - 1][1][0]) for n in range(3)]
    assert min(same) > 0.2 and np.mean(same) > np.mean(strangers) + 0.3
    assert all(abs(np.log(right[0].mean() / left[0].mean())) < 0.35 for right, left in both)
    fine = [np.corrcoef(right[1].ravel(), left[1].ravel())[0, 1] for right, left in both]
    assert max(np.abs(fine)) < 0.15


def seen_from(woman: Woman, side: str) -> tuple[np.ndarray, np.ndarray]:
    """Glandular fraction of a breast in its own measures: smoothed by 3 mm, and what is left."""
    anatomy = anatomy_of(woman, side, CI.voxel_mm)
    half = np.array([anatomy.shape.depth, anatomy.shape.half_width, anatomy.shape.half_height])
    ends = [np.linspace(a, b, 48) for a, b in ((0.1, 0.85), (-0.7, 0.7), (-0.7, 0.7))]
    at = np.stack(np.meshgrid(*ends, indexing="ij")) * half[:, None, None, None]
    at = (at - anatomy.origin[:, None, None, None]) / anatomy.voxel_mm
    fraction = anatomy.fraction.astype(float)
    slow = ndimage.gaussian_filter(fraction, 3.0 / anatomy.voxel_mm)
    return tuple(ndimage.map_coordinates(part, at, order=1) for part in (slow, fraction - slow))


def test_only_the_side_of_the_lesion_has_one(drawn):
    views = [finding["view"] for finding in drawn[1].truth.places()]
    assert len(views) == 2
    assert len({view[0] for view in views}) == 1


def test_every_quantum_is_drawn_from_the_seed():
    one, other = (next(images_of(Woman(seed), CI)).pixels for seed in (1, 2))
    assert np.array_equal(one, next(images_of(Woman(1), CI)).pixels)
    assert not np.array_equal(one, other)
