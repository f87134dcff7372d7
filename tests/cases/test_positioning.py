"""Positioning faults: each is measured, each is seen, and what is not ordered does not happen."""

import numpy as np
import pytest
from senolab.cases.faults import FAULTS
from senolab.cases.imaging import Image, images_of
from senolab.cases.plans import cohort_named, shipped
from senolab.cases.scales import SCALES
from senolab.cases.truth import Truth
from senolab.cases.truthtable import truth_of
from senolab.cases.woman import Woman

CI = SCALES["ci"]
WOMAN = Woman(31, 58, "b")


def imaged(fault: str, woman: Woman = WOMAN) -> dict[str, Image]:
    return {image.view: image for image in images_of(woman, CI, fault=FAULTS[fault])}


@pytest.fixture(scope="module")
def well() -> dict[str, Image]:
    return imaged("none")


def lines(images: dict[str, Image], side: str) -> tuple[float, float]:
    """Posterior nipple line of CC and MLO, mm."""
    cc, mlo = (images[side + projection].placement.posterior_nipple_line_mm for projection in ("CC", "MLO"))
    return cc, mlo


@pytest.mark.parametrize("seed", [31, 32, 33])
def test_a_breast_that_is_laid_well_passes_what_positioning_is_judged_by(seed: int) -> None:
    images = imaged("none", Woman(seed, 58, "b"))
    for side in "RL":
        cc, mlo = lines(images, side)
        assert -15.0 < cc - mlo < 15.0
        assert images[f"{side}MLO"].placement.muscle_above_nipple_mm < 12.0  # about the nipple's level
    assert all(image.placement.nipple_in_profile and not image.placement.fold for image in images.values())


def test_missing_tissue_shortens_the_line_of_the_cc_by_as_much(well) -> None:
    images = imaged("tissue missing")
    for side in "RL":
        assert lines(images, side)[0] == pytest.approx(lines(well, side)[0] - 22.0, abs=0.11)
        assert lines(images, side)[1] == lines(well, side)[1]
    breast = {view: np.count_nonzero(images[view].pixels) for view in images}
    assert breast["RCC"] < 0.85 * np.count_nonzero(well["RCC"].pixels)


def test_a_short_muscle_ends_far_above_the_nipple(well) -> None:
    images = imaged("pectoral muscle short")
    for side in "RL":
        above = images[f"{side}MLO"].placement.muscle_above_nipple_mm
        assert above == pytest.approx(well[f"{side}MLO"].placement.muscle_above_nipple_mm + 48.0, abs=3.0)
        assert np.array_equal(images[f"{side}CC"].pixels, well[f"{side}CC"].pixels)


def test_a_nipple_out_of_profile_is_seen_on_the_breast(well) -> None:
    images = imaged("nipple not in profile")
    for view, image in images.items():
        assert not image.placement.nipple_in_profile
        assert reach(image) < reach(well[view]) - 8  # nothing stands out at the edge


def reach(image: Image) -> int:
    """Columns that the breast covers."""
    return int(np.ptp(np.nonzero(image.pixels)[1]))


def test_a_fold_is_a_bright_line_of_the_mlo_alone(well) -> None:
    images = imaged("skin fold")
    for view, image in images.items():
        assert image.placement.fold == view.endswith("MLO")
        change = image.pixels.astype(int) - well[view].pixels.astype(int)
        bright = np.count_nonzero(change > 150)
        assert bright > 300 if view.endswith("MLO") else bright < 50


def test_the_truth_tells_how_each_view_lies_and_reads_back(well) -> None:
    truth = truth_of(WOMAN, [], [image.placement for image in well.values()])
    assert {one.view for one in truth.placements} == set(well)
    assert Truth.from_json(truth.to_json()) == truth


SIZES = {
    "reading-60": 60,
    "discordance-16": 16,
    "masks-200": 200,
    "positioning-24": 24,
    "density-40": 40,
    "rounds-12": 12,
    "dirty-30": 30,
    "headers-10": 10,
    "tricky-12": 12,
    "hospitals-4": 88,
    "contrast-detail-16": 0,
}


@pytest.mark.parametrize("name", shipped())
def test_each_shipped_cohort_can_be_read(name: str) -> None:
    cohort = cohort_named(name)
    assert cohort.name == name
    assert len(cohort.women) == SIZES.get(name, len(cohort.women))


def test_the_reading_set_has_forty_women_without_and_twenty_with_a_finding() -> None:
    women = cohort_named("reading-60").women
    assert sum(not woman.findings for woman in women) == 40
    assert {woman.density for woman in women if woman.findings} == set("abcd")
