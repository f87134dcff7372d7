"""What a woman has: findings that fit their description, their truth and the pixels."""

import csv
import io
import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.path import Path
from scipy import ndimage
from senolab.cases.anatomy import anatomy_of
from senolab.cases.enlarging import enlarged
from senolab.cases.findings.agreement import mask_agreement
from senolab.cases.findings.bodies import body_of
from senolab.cases.findings.catalogue import KINDS, category_of, described
from senolab.cases.findings.grains import calcium, ellipsoids
from senolab.cases.findings.grown import NoPlaceError, grown_in
from senolab.cases.findings.growth import later
from senolab.cases.findings.incidental import incidental, vascular_chance
from senolab.cases.findings.outline import longest_diameter, outline_of
from senolab.cases.findings.position import position_of
from senolab.cases.imaging import both_views, first_views, images_of, paths_of
from senolab.cases.making import content_of
from senolab.cases.plans import Drawing
from senolab.cases.scales import SCALES
from senolab.cases.truth import Truth
from senolab.cases.truthtable import table_of, truth_of
from senolab.cases.woman import SIDES, Woman, shape_of

CI = SCALES["ci"]
PLACES = st.tuples(st.floats(1, 79), st.floats(-60, 60), st.floats(-60, 60))


def one_of(kind: str, side: str = "R", **words):
    least, most = KINDS[kind].sizes_mm
    return described(kind, side=side, **{"size_mm": min(max(14.0, least), most)} | words)


def woman_with(*findings, seed: int = 77) -> Woman:
    return Woman(seed, 58, "b", 1.0, 54.0, findings)


def grown_of(woman: Woman, side: str = "R"):
    anatomy = anatomy_of(woman, side, CI.voxel_mm)
    return grown_in(anatomy, both_views(anatomy, CI), first_views(anatomy, CI))


def truth(woman: Woman) -> Truth:
    return truth_of(woman, [seen for image in images_of(woman, CI) for seen in image.findings])


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_mask_is_that_of_the_difference_its_finding_makes(kind, record_property):
    found = mask_agreement(woman_with(one_of(kind)), CI)
    assert len(found) == (1 if kind == "asymmetry" else 2)
    record_property("overlap", float(min(one.overlap for one in found)))
    for one in found:
        assert one.overlap >= 0.9
        assert one.centre_px <= 1.0
        assert one.contrast > 0.004


@pytest.mark.parametrize("kind", ["cyst", "circumscribed mass", "lymph node", "indistinct mass"])
def test_the_outline_is_where_the_difference_falls_to_a_quarter(kind, record_property):
    woman = woman_with(one_of(kind))
    anatomy = anatomy_of(woman, "R", CI.voxel_mm)
    shown = {image.view: image.findings[0].view for image in images_of(woman, CI) if image.findings}
    for view in both_views(anatomy, CI):
        distance = enlarged(view.distance, CI.rows, view.used_columns)
        found = (grown_of(woman), [])
        with_it, without = (paths_of(view, one, distance)[0].attenuation() for one in found)
        change = np.zeros((CI.rows, CI.columns))
        change[:, : view.used_columns] = with_it - without
        change = change[:, ::-1]  # the right breast is stored mirrored
        rows, columns = np.mgrid[: CI.rows, : CI.columns]
        middles = np.stack([columns.ravel(), rows.ravel()], 1) * CI.pixel_mm
        inside = Path(shown[view.name].outline_mm).contains_points(middles).reshape(CI.rows, CI.columns)
        seen = change > 0.25 * np.quantile(change[change > 0.01], 0.98)
        overlap = (inside & seen).sum() / (inside | seen).sum()
        record_property(view.name, float(overlap))
        assert overlap >= 0.9
        y, x = (n * CI.pixel_mm for n in ndimage.center_of_mass(change))
        assert np.hypot(x - shown[view.name].x_mm, y - shown[view.name].y_mm) < 1.0


@pytest.mark.parametrize("seed", [77, 78, 79])
def test_the_margin_of_an_obscured_mass_is_hidden_on_one_side_in_both_views(seed):
    woman = woman_with(one_of("obscured mass"), seed=seed)
    anatomy = anatomy_of(woman, "R", CI.voxel_mm)
    body = grown_of(woman)[0].body
    for view in both_views(anatomy, CI):
        whole, _ = body.paths(view, (120, 120), 60.0, 60.0)
        steep = np.abs(np.diff(whole[60]))
        sides = steep[:60].max(), steep[60:].max()
        assert max(sides) > 1.5 * min(sides)


def test_an_obscured_mass_lies_where_more_gland_adjoins_than_round_a_circumscribed_one():
    def adjoining(kind: str) -> float:
        women = [woman_with(one_of(kind), seed=seed) for seed in range(77, 83)]
        return float(np.mean([adjoining_gland(woman) for woman in women]))

    assert adjoining("obscured mass") > 1.5 * adjoining("circumscribed mass")


def adjoining_gland(woman: Woman) -> float:
    """Mean glandular fraction in a shell of 5 mm round the woman's only finding."""
    anatomy = anatomy_of(woman, "R", CI.voxel_mm)
    centre = (grown_of(woman)[0].centre - anatomy.origin) / anatomy.voxel_mm
    grid = np.indices(anatomy.fraction.shape, sparse=True)
    away = np.sqrt(sum((axis - c) ** 2 for axis, c in zip(grid, centre, strict=True))) * anatomy.voxel_mm
    return float(anatomy.fraction[(away > 7.0) & (away < 12.0)].mean()) / 255.0


@pytest.mark.parametrize("size", [12.0, 28.0])
@pytest.mark.parametrize("kind", ["hamartoma", "lipoma", "oil cyst"])
def test_the_outline_of_fat_is_its_capsule_and_not_the_brightest_part(kind, size):
    woman = woman_with(one_of(kind, size_mm=size))
    for one in mask_agreement(woman, CI):
        assert one.edge_overlap is not None and one.edge_overlap >= 0.9
    for finding in truth(woman).findings[0].views:
        assert 0.6 * size <= finding.size_mm <= size + 2.0


@pytest.mark.parametrize("kind", ["spiculated mass", "lymph node", "hamartoma", "microlobulated mass"])
@pytest.mark.parametrize("size", [6.0, 11.0, 20.0])
def test_the_longest_diameter_of_a_body_is_the_size_asked_for(kind, size):
    body = body_of(one_of(kind, size_mm=size), np.random.default_rng(3), np.random.default_rng(4))
    radii = body._radii()
    half = len(radii) // 2
    assert (radii[:half] + radii[half:]).max() == pytest.approx(size, rel=0.01)


@pytest.mark.parametrize("scale", ["ci", "class"])
@pytest.mark.parametrize("radius", [0.03, 0.075, 0.3, 1.0])
def test_a_grain_has_the_contrast_of_its_volume_at_every_pixel_size(scale, radius):
    anatomy = anatomy_of(Woman(1), "L", 2.2)
    view = both_views(anatomy, replace(SCALES[scale], ray_mm=0.56, voxel_mm=2.2))[0]
    grain = ellipsoids([40.0, 3.3, 2.7], np.zeros(3), radius * np.array([1.0, 0.8, 1.2]))
    rows, columns, _, _ = view.project(grain.anchors)
    path = calcium(grain, view, (80, 80), int(rows[0]) - 40, int(columns[0]) - 40)
    volume = 4 / 3 * np.pi * radius**3 * 0.96
    assert path.sum() * view.scale.pixel_mm**2 == pytest.approx(volume, rel=1e-4)


@given(PLACES)
def test_left_and_right_are_mirrored_on_the_clock(place):
    right, left = (position_of(np.array(place), side, 80.0) for side in SIDES)
    assert (right.clock + left.clock) % 12 == 0
    assert (right.depth, right.quadrant, right.nipple_mm) == (left.depth, left.quadrant, left.nipple_mm)


@given(PLACES, st.sampled_from(SIDES))
def test_clock_and_quadrant_tell_the_same(place, side):
    found = position_of(np.array(place), side, 80.0)
    hour = found.clock % 12
    if found.quadrant != "central" and hour % 3:
        lateral = (hour < 6) == (side == "L")
        assert found.quadrant == ("L" if 3 < hour < 9 else "U") + ("O" if lateral else "I") + "Q"


def test_three_o_clock_is_lateral_in_the_left_breast_and_medial_in_the_right():
    lateral = np.array([40.0, 30.0, 0.1])
    assert position_of(lateral, "L", 80.0).clock == 3
    assert position_of(lateral, "R", 80.0).clock == 9
    assert position_of(np.array([40.0, 0.1, 30.0]), "R", 80.0).clock == 12
    assert position_of(np.array([79.0, 0.0, 0.0]), "R", 80.0).depth == "anterior"
    assert position_of(np.array([5.0, 0.0, 0.0]), "R", 80.0).depth == "posterior"


@given(st.integers(5, 30), st.integers(5, 30))
def test_the_outline_of_an_ellipse_holds_its_area_and_its_length(high, wide):
    y, x = np.mgrid[-40:41, -40:41]
    points = outline_of((y / high) ** 2 + (x / wide) ** 2 <= 1.0)
    after = np.roll(points, -1, 0)
    area = abs(np.sum(points[:, 0] * after[:, 1] - points[:, 1] * after[:, 0])) / 2
    assert area == pytest.approx(np.pi * high * wide, rel=0.12)
    assert longest_diameter(points) == pytest.approx(2 * max(high, wide), abs=2.0)


def test_a_volume_doubling_in_200_days_takes_a_radius_of_2_to_3_05_and_4_65_mm_in_yearly_rounds():
    woman = woman_with(replace(one_of("spiculated mass", size_mm=4.0), doubling_days=200.0))
    radii = [later(woman, years).findings[0].size_mm / 2 for years in (0, 1, 2)]
    assert radii == pytest.approx([2.0, 3.05, 4.65], abs=0.006)
    assert later(later(woman, 1), 1).findings[0].size_mm / 2 == pytest.approx(radii[2])


def test_a_cancer_grows_where_it_is_and_what_is_benign_stays():
    cancer = replace(one_of("indistinct mass", size_mm=2.0), doubling_days=150.0)
    woman = woman_with(cancer, one_of("cyst"), seed=31)
    rounds = [grown_of(later(woman, years) if years else woman) for years in (0, 2, 3)]
    assert [len(found) for found in rounds] == [1, 2, 2]  # below 3 mm nothing is there
    sizes = [found[0].size_mm for found in rounds[1:]]
    assert 3.0 < sizes[0] < sizes[1]
    assert np.array_equal(rounds[1][0].centre, rounds[2][0].centre)
    cysts = [found[-1] for found in rounds]
    assert {one.size_mm for one in cysts} == {14.0}
    assert len({tuple(one.centre) for one in cysts}) == 1


def test_a_later_round_is_the_same_breast_positioned_anew_with_less_gland():
    first = woman_with(seed=8)
    second = later(first, 3)
    assert second.age == first.age + 3
    assert shape_of(second, "L").depth == shape_of(first, "L").depth
    assert shape_of(second, "L").extent < shape_of(first, "L").extent
    views = [both_views(anatomy_of(woman, "L", 2.2), CI)[0] for woman in (first, second)]
    assert views[0].v_top != views[1].v_top
    contents = {content_of(Drawing("an exam", "A", 1, woman), CI) for woman in (first, second)}
    assert len(contents) == 2


def test_a_finding_changes_nothing_of_the_breast_and_of_the_other_findings():
    bare, one = woman_with(), woman_with(one_of("oil cyst"))
    both = woman_with(one_of("oil cyst"), one_of("spiculated mass", size_mm=9.0))
    assert np.array_equal(*(anatomy_of(woman, "R", 2.2).fraction for woman in (bare, both)))
    alone, first = grown_of(one)[0], grown_of(both)[0]
    assert np.array_equal(alone.centre, first.centre)
    assert np.array_equal(alone.body.turn, first.body.turn)
    left = [next(image for image in images_of(woman, CI) if image.view == "LCC") for woman in (bare, both)]
    assert np.array_equal(left[0].pixels, left[1].pixels)


def test_the_surroundings_of_a_finding_are_those_without_it():
    plain, ill = (
        {image.view: image for image in images_of(woman, CI)}
        for woman in (woman_with(), woman_with(one_of("circumscribed mass", size_mm=9.0)))
    )
    for view in ("RCC", "RMLO"):
        change = ill[view].pixels.astype(float) - plain[view].pixels
        y, x = np.mgrid[: CI.rows, : CI.columns] * CI.pixel_mm
        shown = ill[view].findings[0].view
        away = np.hypot(x - shown.x_mm, y - shown.y_mm)
        assert np.abs(change[away < 3.0]).mean() > 100
        assert abs(change[(away > 25.0) & (plain[view].pixels > 0)].mean()) < 8


def test_findings_of_one_breast_keep_apart():
    many = [one_of(kind, size_mm=8.0) for kind in ("cyst", "spiculated mass", "oil cyst", "lymph node")]
    centres = [one.centre for one in grown_of(woman_with(*many))]
    assert len(centres) == 4
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(centres, 2)) > 8.0


def test_a_node_lies_up_and_out_and_vascular_calcifications_lie_on_vessels():
    for seed in range(4):
        (node,) = grown_of(woman_with(one_of("lymph node", size_mm=7.0), seed=seed))
        assert node.position.quadrant == "UOQ"
    (tracks,) = grown_of(woman_with(one_of("vascular calcifications", size_mm=50.0)))
    vessels = anatomy_of(woman_with(), "R", 2.2).strands.points
    nearest = np.linalg.norm(tracks.grains.anchors[::9, None] - vessels[None], axis=2).min(1)
    assert nearest.max() < 1.5


def test_what_has_no_place_is_refused_unless_it_came_by_chance():
    huge = one_of("circumscribed mass", size_mm=95.0)
    with pytest.raises(NoPlaceError, match="circumscribed mass of 95 mm"):
        grown_of(woman_with(huge))
    assert grown_of(woman_with(replace(huge, incidental=True))) == []


def test_the_descriptors_are_those_that_the_kind_can_have():
    assert one_of("spiculated mass").shape == "irregular"
    assert one_of("amorphous calcifications").distribution == "grouped"
    with pytest.raises(ValueError, match="the margin of a cyst is circumscribed, not 'spiculated'"):
        one_of("cyst", margin="spiculated")
    with pytest.raises(ValueError, match="there is no finding 'shadow'"):
        described("shadow", side="R", size_mm=9.0)
    assert category_of(one_of("amorphous calcifications")) == "4"
    assert category_of(one_of("amorphous calcifications", distribution="segmental")) == "5"


def test_incidental_findings_are_benign_and_call_for_no_recall():
    women = [Woman(seed, 65) for seed in range(150)]
    found = [finding for woman in women for finding in incidental(woman)]
    assert {finding.outcome for finding in found} == {"benign"}
    assert {category_of(finding) for finding in found} == {"2"}
    assert all(finding.incidental for finding in found)
    assert 0.35 < np.mean([bool(incidental(woman)) for woman in women]) < 0.75
    assert vascular_chance(70) == pytest.approx(2 * vascular_chance(60))


def test_a_normal_exam_with_something_benign_is_normal_and_asks_for_no_mark():
    found = truth(woman_with(one_of("popcorn calcification", size_mm=6.0, incidental=True)))
    assert found.outcome == "normal"
    assert found.targets() == []
    assert len(found.places()) == 2
    assert "nothing to recall for" in found.sentence()
    assert "popcorn" in found.sentence()


def test_the_truth_tells_all_of_several_findings_and_can_be_read_back():
    woman = woman_with(one_of("spiculated mass"), one_of("lymph node", "L", size_mm=7.0))
    found = truth(woman)
    assert Truth.from_json(found.to_json()) == found
    assert found.outcome == "cancer"
    assert {place["id"] for place in found.targets()} == {"finding-1"}
    rows = list(csv.DictReader(io.StringIO(table_of("ex-1", found))))
    assert [(row["id"], row["view"]) for row in rows] == [
        ("finding-1", "RCC"),
        ("finding-1", "RMLO"),
        ("finding-2", "LCC"),
        ("finding-2", "LMLO"),
    ]
    assert rows[0]["margin"] == "spiculated"
    assert rows[0]["category"] == "5"
    assert float(rows[0]["size_mm"]) == 14.0
    assert 8.0 < float(rows[0]["view_size_mm"]) < 26.0
    assert rows[2]["shape"] == "reniform"
