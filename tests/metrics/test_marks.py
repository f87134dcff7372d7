"""Marks on lesions: one credit a lesion, whatever the order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from senolab.metrics.marks import Lesion, Mark, accepts, inside, lesions_of, mark_of, match

VIEWS = ("RCC", "RMLO")
SQUARE = ((0.0, 0.0), (40.0, 0.0), (40.0, 10.0), (0.0, 10.0))

places = st.floats(-20, 120, allow_nan=False)
marks = st.lists(st.builds(Mark, st.sampled_from(VIEWS), places, places), max_size=6)
lesions = st.lists(
    st.builds(
        Lesion,
        st.sampled_from("abc"),
        st.sampled_from(VIEWS),
        places,
        places,
        st.floats(0, 15, allow_nan=False),
    ),
    max_size=5,
)


def test_a_mark_within_the_radius_finds_the_lesion_and_one_beyond_is_false() -> None:
    lesion = Lesion("m1", "RCC", 50, 50)
    result = match([Mark("RCC", 56, 58), Mark("RCC", 58, 58)], [lesion], radius_mm=10)
    assert result.found == ("m1",)
    assert result.hits == ("m1", None)
    assert result.false == 1


def test_a_mark_inside_a_long_outline_counts_far_from_its_centre() -> None:
    lesion = Lesion("m1", "RCC", 20, 5, outline_mm=SQUARE)
    assert match([Mark("RCC", 39, 9)], [lesion], radius_mm=3).found == ("m1",)
    assert match([Mark("RCC", 44, 9)], [lesion], radius_mm=3).found == ()


def test_a_large_lesion_accepts_within_its_own_radius() -> None:
    assert match([Mark("RCC", 18, 0)], [Lesion("m1", "RCC", 0, 0, radius_mm=20)], radius_mm=5).found == (
        "m1",
    )


def test_a_lesion_seen_in_two_views_is_one_lesion() -> None:
    seen_twice = [Lesion("m1", "RCC", 30, 30), Lesion("m1", "RMLO", 60, 60)]
    result = match([Mark("RCC", 30, 30), Mark("RMLO", 61, 60)], seen_twice)
    assert (result.found, result.false, result.extra) == (("m1",), 0, 1)
    assert match([Mark("RMLO", 61, 60)], seen_twice).missed == ()


def test_a_mark_in_another_view_is_false() -> None:
    assert match([Mark("RMLO", 30, 30)], [Lesion("m1", "RCC", 30, 30)]).false == 1


def test_a_mark_between_two_lesions_goes_to_the_nearer() -> None:
    two = [Lesion("far", "RCC", 10, 0), Lesion("near", "RCC", 0, 0)]
    assert match([Mark("RCC", 4, 0)], two).hits == ("near",)


@given(marks, lesions, st.randoms())
def test_the_order_of_marks_and_lesions_does_not_matter(drawn, truth, random) -> None:
    before = match(drawn, truth)
    random.shuffle(drawn)
    random.shuffle(truth)
    after = match(drawn, truth)
    assert (before.found, before.missed, before.false, before.extra) == (
        after.found,
        after.missed,
        after.false,
        after.extra,
    )


@given(marks, lesions, st.builds(Mark, st.sampled_from(VIEWS), places, places))
def test_another_mark_never_loses_a_lesion(drawn, truth, another) -> None:
    assert set(match(drawn, truth).found) <= set(match([*drawn, another], truth).found)


@given(marks, lesions)
def test_every_mark_is_a_hit_an_extra_or_false(drawn, truth) -> None:
    result = match(drawn, truth)
    assert len(result.found) + result.extra + result.false == len(drawn)
    assert {*result.found, *result.missed} == {lesion.id for lesion in truth}


@given(st.floats(-50, 90), st.floats(-50, 60))
def test_a_rectangle_holds_exactly_its_inside(x, y) -> None:
    if min(abs(x), abs(x - 40), abs(y), abs(y - 10)) > 1e-5:
        assert inside(SQUARE, x, y) == (0 < x < 40 and 0 < y < 10)


@pytest.mark.parametrize(
    "value",
    [None, 3, "RCC", {}, {"view": 1, "x_mm": 1, "y_mm": 1}, {"view": "RCC", "x_mm": True, "y_mm": 0}]
    + [{"view": "RCC", "x_mm": bad, "y_mm": 0} for bad in ("1", None, float("nan"), float("inf"), 10**400)],
)
def test_what_is_no_place_is_no_mark(value) -> None:
    assert mark_of(value) is None


def test_lesions_are_read_from_a_key() -> None:
    entry = {
        "id": "m1",
        "view": "RCC",
        "x_mm": 1,
        "y_mm": 2,
        "radius_mm": 3,
        "outline_mm": [[0, 0], [1, 0], [0, 1]],
    }
    assert lesions_of({"lesions": [entry]}) == [Lesion("m1", "RCC", 1, 2, 3, ((0, 0), (1, 0), (0, 1)))]
    assert lesions_of({"lesions": []}) == []


@pytest.mark.parametrize("spacing", [0.05, 0.07, 0.085, 0.1, 0.14])
def test_a_mark_exactly_at_the_radius_counts_whatever_the_rounding(spacing: float) -> None:
    for column in range(0, 2000, 13):
        lesion = Lesion("a", "LCC", column * spacing, 0.0)
        mark = Mark("LCC", column * spacing + 10.0, 0.0)
        assert accepts(lesion, mark, radius_mm=10.0)
        assert accepts(
            lesion, Mark("LCC", round((column * spacing + 10.0) / spacing, 9) * spacing, 0.0), radius_mm=10.0
        )


def test_every_edge_of_an_outline_belongs_to_it() -> None:
    for x, y in ((0, 5), (40, 5), (20, 0), (20, 10), (40, 10)):
        assert inside(SQUARE, x, y)
