"""What a reader and a scorer rely on: orientation, anatomy, and a truth that fits the pixels."""

import numpy as np
import pydicom
import pytest
from PIL import Image, ImageDraw
from pydicom.pixels.processing import apply_voi_lut
from scipy import ndimage
from senolab.cases.anatomy import anatomy_of
from senolab.cases.enlarging import enlarged
from senolab.cases.imaging import images_of, paths_of
from senolab.cases.lesions import grow
from senolab.cases.scales import SCALES
from senolab.cases.views import view_of
from senolab.cases.woman import KINDS, VIEWS, Lesion, Woman

CI = SCALES["ci"]


def anatomy_and_views(woman, side):
    """One side laid down for both its views, with its lesion."""
    anatomy = anatomy_of(woman, side, CI.voxel_mm)
    views = [view_of(anatomy, projection, CI) for projection in ("CC", "MLO")]
    return anatomy, views, grow(woman.lesion, anatomy, views) if woman.lesion else None


@pytest.fixture(scope="module", params=KINDS)
def with_lesion(request):
    return Woman(77, 58, "b", 1.0, 54.0, Lesion(request.param, "R", 12.0, 0.8))


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
        anatomy, _, _ = anatomy_and_views(Woman(5, 55, density), "L")
        part.append(float(anatomy.fraction[anatomy.fraction > 0].mean()))
    assert part == sorted(part)
    assert part[3] > 1.5 * part[0]


def test_left_and_right_are_alike_and_never_equal():
    sides = [anatomy_and_views(Woman(6), side)[0].shape for side in "RL"]
    assert sides[0] != sides[1]
    assert abs(sides[0].depth / sides[1].depth - 1) < 0.06


def test_the_outline_is_that_of_the_difference_a_lesion_makes(with_lesion):
    _, views, grown = anatomy_and_views(with_lesion, "R")
    images = {image.view: image for image in images_of(with_lesion, CI)}
    for view in views:
        distance = enlarged(view.distance, CI.rows, view.used_columns)
        change = (
            paths_of(view, grown, distance)[0].attenuation() - paths_of(view, None, distance)[0].attenuation()
        )
        assert images[view.name[0] + view.name[1:]].lesion is not None
        full = np.zeros((CI.rows, CI.columns))
        full[:, : view.used_columns] = np.maximum(change, 0.0)
        full = full[:, ::-1]  # the right breast is stored mirrored
        lesion = images[view.name].lesion
        inside = _raster(lesion.outline_mm)
        assert full[inside].sum() > 0.8 * full.sum()
        y, x = ndimage.center_of_mass(full)
        assert np.hypot(x * CI.pixel_mm - lesion.x_mm, y * CI.pixel_mm - lesion.y_mm) < 2.0
        if with_lesion.lesion.kind != "calcifications":
            smooth = ndimage.gaussian_filter(full, 0.5 / CI.pixel_mm)
            seen = smooth > 0.2 * smooth.max()
            assert (inside & seen).sum() / (inside | seen).sum() > 0.7


def test_a_lesion_stands_at_the_same_depth_in_both_views(with_lesion):
    depths = [
        CI.columns * CI.pixel_mm - image.lesion.x_mm
        for image in images_of(with_lesion, CI)
        if image.lesion is not None
    ]
    assert len(depths) == 2
    assert abs(depths[0] - depths[1]) < 5.0


def test_only_the_side_of_the_lesion_has_one(drawn):
    views = [finding["view"] for finding in drawn[1].truth.findings()]
    assert len(views) == 2
    assert len({view[0] for view in views}) == 1


def test_every_quantum_is_drawn_from_the_seed():
    one, other = (next(images_of(Woman(seed), CI)).pixels for seed in (1, 2))
    assert np.array_equal(one, next(images_of(Woman(1), CI)).pixels)
    assert not np.array_equal(one, other)


def _raster(outline) -> np.ndarray:
    picture = Image.new("1", (CI.columns, CI.rows))
    ImageDraw.Draw(picture).polygon([(x / CI.pixel_mm, y / CI.pixel_mm) for x, y in outline], fill=1)
    return np.array(picture)
