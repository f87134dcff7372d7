"""From places in mm to a reading."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from senolab.metrics import merit
from senolab.metrics.marks import Lesion, Mark, match
from senolab.metrics.places import ReadCase, by_radius, reading_of_places

MASS = (Lesion("mass", "RCC", 50, 60, 6), Lesion("mass", "RMLO", 55, 90, 6))
SQUARE = Lesion("sheet", "LCC", 30, 30, outline_mm=((10, 10), (50, 10), (50, 50), (10, 50)))


def case(*marks: tuple[str, float, float, float], lesions: tuple[Lesion, ...] = ()) -> ReadCase:
    return ReadCase(
        lesions=lesions,
        marks=[Mark(view, x, y) for view, x, y, _ in marks],
        ratings=[rating for *_, rating in marks],
    )


def test_a_lesion_marked_in_both_views_is_found_once_by_its_highest_mark() -> None:
    reading = reading_of_places(
        [
            case(("LCC", 5, 5, 3)),
            case(("RCC", 52, 60, 2), ("RMLO", 55, 95, 4), ("RCC", 90, 90, 1), lesions=MASS),
        ]
    )
    assert reading.lesion_rating.tolist() == [4]
    assert (reading.false_case.tolist(), reading.false_rating.tolist()) == ([0, 1], [3, 1])


def test_an_outline_accepts_where_no_radius_does() -> None:
    edge = case(("LCC", 12, 48, 5), lesions=(SQUARE,))
    assert reading_of_places([case(), edge], radius_mm=0).lesion_rating.tolist() == [5]
    outside = case(("LCC", 8, 48, 5), lesions=(SQUARE,))
    assert reading_of_places([case(), outside], radius_mm=0).lesion_rating.tolist() == [-math.inf]


def test_a_mark_inside_an_outline_is_that_lesions_however_near_another_centre_is() -> None:
    sheet = Lesion("sheet", "LCC", 0, 0, outline_mm=((-20, -20), (20, -20), (20, 20), (-20, 20)))
    spot = Lesion("spot", "LCC", 25, 0)
    assert match([Mark("LCC", 18, 0)], [spot, sheet]).found == ("sheet",)


def test_weights_come_by_lesion_or_are_equal() -> None:
    both = case(lesions=(*MASS, SQUARE))
    assert reading_of_places([case(), both]).lesion_weight.tolist() == [0.5, 0.5]
    given = reading_of_places([case(), both], weights={"mass": 0.8, "sheet": 0.2})
    assert given.lesion_weight.tolist() == [0.8, 0.2]
    with pytest.raises(ValueError, match="lesion sheet has no weight"):
        reading_of_places([case(), both], weights={"mass": 1.0})


def test_what_the_radius_changes_is_told() -> None:
    near = [case(("RCC", 50, 72, 4), lesions=MASS) for _ in range(3)]
    told = by_radius([case(("LCC", 1, 1, 2)), case(), *near], radii_mm=(5, 10, 15))
    assert [told[r].value for r in (5, 10, 15)] == [0.25, 0.25, 1.0]
    with pytest.raises(ValueError, match="a list of at least one radius"):
        by_radius([case(), *near], radii_mm=())


spots = st.tuples(
    st.sampled_from(["RCC", "RMLO", "LCC"]), st.floats(0, 120), st.floats(0, 120), st.integers(1, 5)
)


@given(st.lists(st.lists(spots, max_size=4), min_size=4, max_size=6), st.floats(0, 40), st.floats(0, 40))
def test_a_larger_radius_never_finds_fewer_lesions_nor_makes_more_false_marks(spots, one, other) -> None:
    cases = [case(*marks, lesions=MASS if k % 2 else ()) for k, marks in enumerate(spots)]
    small, large = (reading_of_places(cases, radius_mm=r) for r in sorted((one, other)))
    assert np.isfinite(small.lesion_rating).sum() <= np.isfinite(large.lesion_rating).sum()
    assert len(small.false_case) >= len(large.false_case)
    assert merit.figure_of_merit(small, "wafroc") <= merit.figure_of_merit(large, "wafroc") + 1e-12


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: reading_of_places([]), "truth is empty"),
        (lambda: reading_of_places([case(), case()]), "both classes"),
        (
            lambda: reading_of_places([case(), case(lesions=MASS)], radius_mm=-1),
            "radius must be 0 mm or more",
        ),
        (lambda: match([], [], radius_mm=math.nan), "radius must be 0 mm or more, not nan"),
        (lambda: Mark("RCC", math.nan, 3), "a place must be finite numbers in mm"),
        (
            lambda: Lesion("a", "RCC", 1, 2, outline_mm=((1, math.inf), (1, 1), (2, 1))),
            "a place must be finite",
        ),
        (lambda: Lesion("a", "RCC", 1, 2, outline_mm=((1, 1), (2, 2))), "needs 3 corners or more, not 2"),
        (lambda: Lesion("a", "RCC", 1, 2, radius_mm=-3), "radius must be 0 mm or more, not -3"),
        (
            lambda: reading_of_places([case(), ReadCase(lesions=MASS, marks=[Mark("RCC", 1, 1)])]),
            "the case at place 1 has 1 marks, but 0 ratings",
        ),
        (
            lambda: reading_of_places([case(), case(("RCC", 1, 1, math.nan), lesions=MASS)]),
            "mark_rating holds nan",
        ),
        (lambda: reading_of_places([((), ()), (MASS, ())]), "cases must be a list of ReadCase"),  # pyright: ignore[reportArgumentType]
        (
            lambda: reading_of_places([case(), ReadCase(lesions=MASS, marks=[("RCC", 1, 1)], ratings=[1])]),  # pyright: ignore[reportArgumentType]
            "marks must be a list of Mark",
        ),
        (lambda: match([], ["mass"]), "lesions must be a list of Lesion"),  # pyright: ignore[reportArgumentType]
        (
            lambda: reading_of_places([case(), case(lesions=MASS)], weights=1),  # pyright: ignore[reportArgumentType]
            "weights must be a mapping of lesion ids to numbers, not 1",
        ),
    ],
)
def test_places_that_are_none_are_refused_in_a_sentence(call, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()
