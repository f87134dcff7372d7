"""The simple program looks at pixels only, and says so in numbers that can be wrong."""

import numpy as np
import pytest
from scipy import ndimage
from senolab.cases.prompt import detect


def breast(lump: float) -> np.ndarray:
    rows, columns = np.mgrid[0:500, 0:400] * 0.4
    image = 1000.0 * (((rows - 100) / 80) ** 2 + (columns / 110) ** 2 < 1)
    noise = np.random.default_rng(3).standard_normal(image.shape)
    image += 250 * ndimage.gaussian_filter(noise, 6) * (image > 0) / 0.05
    image += lump * np.exp(-((rows - 90) ** 2 + (columns - 60) ** 2) / (2 * 4.0**2))
    return np.clip(image, 0, 4095)


def test_a_clear_lump_is_boxed_where_it_is():
    found = detect({"LCC": breast(2200.0), "LMLO": breast(2200.0)}, 0.4)
    best = max((box for box in found["boxes"] if box["view"] == "LCC"), key=lambda box: box["score"])
    assert best["x0_mm"] < 60 < best["x1_mm"]
    assert best["y0_mm"] < 90 < best["y1_mm"]
    assert found["score"] > detect({"LCC": breast(0.0), "LMLO": breast(0.0)}, 0.4)["score"]


def test_a_mirrored_picture_gives_mirrored_boxes():
    image = breast(2200.0)
    straight, mirrored = (detect({"LCC": i, "LMLO": i}, 0.4) for i in (image, image[:, ::-1]))
    assert straight["boxes"]
    assert straight["score"] == mirrored["score"]
    width = 399 * 0.4
    for one, other in zip(straight["boxes"], mirrored["boxes"], strict=True):
        assert one["x0_mm"] == pytest.approx(width - other["x1_mm"], abs=0.02)


def test_an_empty_picture_gives_the_lowest_score():
    assert detect({"RCC": np.zeros((400, 300))}, 0.4) == {"score": 1, "boxes": []}


def test_an_exam_gets_a_score_and_boxes_inside_its_pictures(drawn):
    for exam in drawn:
        assert 1 <= exam.prompt["score"] <= 10
        assert exam.prompt == detect(exam.views.values())
        for box in exam.prompt["boxes"]:
            assert 0 < box["score"] < 1
            assert -8 < box["x0_mm"] < box["x1_mm"] < 640 * 0.28 + 8


def test_arrays_need_a_spacing():
    with pytest.raises(ValueError, match="spacing"):
        detect({"RCC": np.zeros((400, 300))})
