"""The ROC of one reader: areas, intervals, the paired test, operating points."""

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from senolab.metrics import operating, partialarea, roc
from senolab.metrics.area import auc_interval, model_variance

TRUTH = [0] * 12 + [1] * 8
FIRST = [1, 1, 2, 1, 3, 2, 1, 2, 4, 1, 3, 2, 3, 4, 5, 2, 5, 4, 5, 3]
SECOND = [2, 1, 3, 1, 3, 1, 2, 2, 4, 2, 5, 1, 3, 3, 5, 1, 4, 4, 5, 2]


@st.composite
def readings(draw: st.DrawFn, least: int = 2):
    """Truth and ratings of few levels, at least `least` cases of each class."""
    healthy, diseased = draw(st.integers(least, 12)), draw(st.integers(least, 12))
    levels = st.integers(1, draw(st.integers(1, 6)))
    ratings = draw(st.lists(levels, min_size=healthy + diseased, max_size=healthy + diseased))
    return np.repeat([0, 1], [healthy, diseased]), np.array(ratings, float)


# R 4.2.2 with pROC: roc(direction = "<"), var, ci.auc, roc.test(method = "delong", paired = TRUE),
# auc(partial.auc = c(1, 0.8)) plain and with partial.auc.correct = TRUE.
def test_area_variance_and_paired_test_are_those_of_another_program() -> None:
    assert roc.auc(TRUTH, FIRST) == pytest.approx(0.895833333333333, abs=1e-14)
    assert roc.delong_variance(TRUTH, FIRST) == pytest.approx(0.0045770202020202, abs=1e-15)
    assert roc.delong_variance(TRUTH, SECOND) == pytest.approx(0.01464420995671, abs=1e-14)
    compared = roc.paired_delong(TRUTH, FIRST, SECOND)
    assert compared.z == pytest.approx(2.3889341492445446, abs=1e-12)
    assert compared.p == pytest.approx(0.0168973307116879, abs=1e-12)
    assert compared.difference.value == pytest.approx(0.895833333333333 - 0.729166666666667)


def test_the_partial_area_is_that_of_another_program() -> None:
    plain = partialarea.partial_auc(TRUTH, FIRST, most_false=0.2)
    scaled = partialarea.partial_auc(TRUTH, FIRST, most_false=0.2, standardised=True)
    assert plain.value == pytest.approx(0.124791666666667, abs=1e-14)
    assert scaled.value == pytest.approx(0.791087962962963, abs=1e-14)
    assert plain.low <= plain.value <= plain.high
    assert partialarea.partial_auc(TRUTH, FIRST, most_false=1).value == pytest.approx(roc.auc(TRUTH, FIRST))


@given(readings(), st.floats(0.01, 1))
def test_the_interval_of_a_partial_area_has_a_width_and_is_one_on_both_scales(reading, most_false) -> None:
    plain = partialarea.partial_auc(*reading, most_false=most_false)
    scaled = partialarea.partial_auc(*reading, most_false=most_false, standardised=True)
    assert 0 <= plain.low <= plain.value <= plain.high <= most_false + 1e-12 and plain.low < plain.high
    assert scaled.low <= scaled.value <= scaled.high <= 1
    chance = most_false**2 / 2
    for end in ("low", "value", "high"):
        back = 0.5 * (1 + (getattr(plain, end) - chance) / (most_false - chance))
        assert back == pytest.approx(getattr(scaled, end), abs=1e-9)


def test_the_partial_area_of_ten_cases_ordered_right_is_not_certain() -> None:
    truth = np.repeat([0, 1], 5)
    one = partialarea.partial_auc(truth, range(10), most_false=0.2, standardised=True)
    assert (one.value, one.high) == (1, 1) and one.low == pytest.approx(0.643, abs=1e-3) and one.note
    assert partialarea.partial_auc(truth, range(10), most_false=0.2).low < 0.11


# Hanley & McNeil 1982, doi:10.1148/radiology.143.1.7063747, table I: 58 normal, 51 abnormal scans, W = .893.
def test_the_area_of_the_classic_example() -> None:
    truth = np.repeat([0, 1], [58, 51])
    rating = np.concatenate(
        [np.repeat(range(1, 6), [33, 6, 6, 11, 2]), np.repeat(range(1, 6), [3, 2, 2, 11, 33])]
    )
    assert round(roc.auc(truth, rating), 3) == 0.893


def test_each_interval_names_how_it_was_made() -> None:
    assert roc.delong(TRUTH, SECOND).method == "logit"
    few_errors = [1] * 11 + [3] + [2] + [4] * 7
    assert roc.delong(TRUTH, few_errors).method == "logit-shrunken"
    perfect = roc.delong(TRUTH, TRUTH)
    assert (perfect.method, perfect.value, perfect.high) == ("score", 1.0, 1.0)
    assert 0.6 < perfect.low < 0.95 and "no variation" in perfect.note
    blind = roc.delong(TRUTH, [3] * 20)
    assert (blind.value, blind.method) == (0.5, "score") and 0 < blind.low < 0.5 < blind.high < 1


def test_the_interval_does_not_jump_where_the_help_sets_in_or_is_full() -> None:
    for edge in (0.15, 0.85, 0.05, 0.95):
        before, after = (auc_interval(edge + step, 0.004, healthy=15, diseased=15) for step in (-1e-7, 1e-7))
        assert (before.low, before.high) == pytest.approx((after.low, after.high), abs=1e-5)


@given(readings())
def test_the_interval_holds_the_area_and_stays_between_0_and_1(reading) -> None:
    one = roc.delong(*reading)
    assert 0 <= one.low <= one.value <= one.high <= 1
    assert one.low < one.high
    wider = roc.delong(*reading, confidence=0.99)
    assert wider.low <= one.low + 1e-12 and wider.high >= one.high - 1e-12


@given(readings(), st.randoms(use_true_random=False))
def test_order_of_cases_and_scale_of_ratings_change_nothing(reading, random) -> None:
    truth, rating = reading
    order = list(range(len(truth)))
    random.shuffle(order)
    assert roc.auc(truth[order], np.exp(rating[order])) == pytest.approx(roc.auc(truth, rating))
    assert roc.delong_variance(truth[order], 3 * rating[order] - 7) == pytest.approx(
        roc.delong_variance(truth, rating)
    )


@given(readings())
def test_exchanging_the_classes_mirrors_area_and_interval(reading) -> None:
    truth, rating = reading
    one, other = roc.delong(truth, rating), roc.delong(1 - truth, rating)
    assert other.value == pytest.approx(1 - one.value)
    assert (other.low, other.high) == pytest.approx((1 - one.high, 1 - one.low), abs=1e-9)


@given(readings())
def test_the_area_is_that_under_the_curve_and_the_share_of_pairs_in_order(reading) -> None:
    truth, rating = reading
    healthy, diseased = rating[truth == 0], rating[truth == 1]
    pairs = np.mean([(y > x) + 0.5 * (y == x) for x in healthy for y in diseased])
    curve = roc.curve(truth, rating)
    assert roc.auc(truth, rating) == pytest.approx(pairs)
    assert np.trapezoid(curve.y, curve.x) == pytest.approx(pairs)
    assert (np.diff(curve.x) >= 0).all() and (np.diff(curve.y) >= 0).all()
    assert (curve.x[[0, -1]], curve.y[[0, -1]]) == (pytest.approx([0, 1]), pytest.approx([0, 1]))


@given(readings())
def test_a_rating_compared_with_itself_or_its_opposite(reading) -> None:
    truth, rating = reading
    same = roc.paired_delong(truth, rating, rating)
    assert (same.difference.value, same.z, same.p) == (0, 0, 1) and same.difference.note
    turned = roc.paired_delong(truth, rating, -rating)
    assert turned.difference.value == pytest.approx(2 * roc.auc(truth, rating) - 1)
    assert math.isfinite(turned.z) and 0 <= turned.p <= 1


def test_a_perfect_and_an_inverse_reader_differ_by_more_than_chance() -> None:
    compared = roc.paired_delong(TRUTH, TRUTH, [1 - t for t in TRUTH])
    assert compared.p < 0.02 and compared.difference.high == 1 and compared.difference.note


def test_four_cases_prove_nothing_though_every_rating_is_turned_round() -> None:
    # Of the 16 ways to exchange the ratings of four cases, this and its opposite show the largest gap.
    truth, rating = [0, 0, 1, 1], [1, 2, 3, 4]
    assert roc.exchange_p(truth, rating, rating[::-1]) == pytest.approx(2 / 16)
    compared = roc.paired_delong(truth, rating, rating[::-1])
    assert (compared.difference.value, compared.p) == (1, pytest.approx(2 / 16))
    assert compared.difference.low < 0 and compared.difference.note


def test_an_exchange_of_ratings_agrees_with_delong_where_cases_are_many() -> None:
    rng = np.random.default_rng(3)
    truth = np.arange(200) % 2
    first, second = rng.normal(size=(2, 200)) + np.outer([1.4, 1.0], truth)
    found = roc.exchange_p(truth, first, second)
    assert found == roc.exchange_p(truth, first * 10, second - 5)
    assert found == pytest.approx(roc.paired_delong(truth, first, second).p, abs=0.02)


def test_a_recalibration_that_keeps_the_order_of_many_cases_changes_no_area_and_takes_little_memory() -> None:
    rng = np.random.default_rng(4)
    truth = np.arange(5000) % 2
    score = rng.normal(size=5000) + truth
    tracemalloc.start()
    compared = roc.paired_delong(truth, 1 / (1 + np.exp(-score)), 1 / (1 + np.exp(1 - 2 * score)))
    other = roc.exchange_p(truth[:1000], score[:1000], rng.normal(size=1000) + truth[:1000])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (compared.difference.value, compared.p) == (0, 1) and 0 < other < 1
    assert peak < 250e6  # all exchanges of these thousand at once would take 1 GB


def test_operating_points_run_from_strict_to_lax() -> None:
    points = operating.operating_points(TRUTH, FIRST)
    assert [one.threshold for one in points] == [5, 4, 3, 2, 1]
    assert points[1].sensitivity.count == 5 and points[1].specificity.count == 11
    chosen = operating.threshold_for(TRUTH, FIRST, specificity=0.75)
    assert (chosen.threshold, chosen.sensitivity.count) == (3, 7)
    assert operating.operating_point(TRUTH, FIRST, threshold=3) == chosen
    recall = operating.threshold_for(TRUTH, FIRST, recall_rate=0.1, prevalence=0.007)
    assert recall.threshold == 4 and recall.recalled(0.007) == pytest.approx(5 / 8 * 0.007 + 1 / 12 * 0.993)
    narrow = operating.operating_point(TRUTH, FIRST, threshold=3, confidence=0.5)
    assert narrow.sensitivity.high - narrow.sensitivity.low < chosen.sensitivity.high - chosen.sensitivity.low
    with pytest.raises(ValueError, match="no threshold of these ratings keeps a recall rate of 0"):
        operating.threshold_for([0, 1, 0, 1], [5, 5, 1, 1], recall_rate=0, prevalence=0.01)
    for wrong in ({}, {"specificity": 0.9, "recall_rate": 0.1}, {"recall_rate": 0.1}):
        with pytest.raises(ValueError, match="name specificity alone, or recall_rate with prevalence"):
            operating.threshold_for(TRUTH, FIRST, **wrong)
    with pytest.raises(ValueError, match=r"no threshold .* keeps a specificity of 1"):
        operating.threshold_for([0, 1, 0, 1], [5, 5, 1, 1], specificity=1)


BAD = [
    ({"truth": [], "rating": []}, "is empty"),
    ({"truth": [0, 1, 1], "rating": [1, 2]}, "rating has 2 values, but truth has 3"),
    ({"truth": [0, 0, 0], "rating": [1, 2, 3]}, "truth holds 0 only; cases of both classes"),
    ({"truth": [1, 1, 1], "rating": [1, 2, 3]}, "truth holds 1 only"),
    ({"truth": [0, 1, 2], "rating": [1, 2, 3]}, "truth must hold 0 and 1 only, not 2"),
    ({"truth": [0, 1, 1], "rating": [1, math.nan, 3]}, "rating holds nan at place 1"),
    ({"truth": [0, 1, 1], "rating": [1, math.inf, 3]}, "rating holds inf at place 1"),
    ({"truth": [[0, 1]], "rating": [1, 2]}, "truth must have 1 dimension, not 2"),
    ({"truth": ["no", "yes"], "rating": [1, 2]}, "truth must be numbers"),
    ({"truth": [0, 1, 1], "rating": [[1], [2, 3], 4]}, "rating must be numbers in rows of equal length"),
]
MEASURES = {
    "auc": roc.auc,
    "delong": roc.delong,
    "variance": roc.delong_variance,
    "curve": roc.curve,
    "points": operating.operating_points,
    "point": lambda truth, rating: operating.operating_point(truth, rating, threshold=1),
    "threshold": lambda truth, rating: operating.threshold_for(truth, rating, specificity=0.5),
    "partial": lambda truth, rating: partialarea.partial_auc(truth, rating, most_false=0.2),
}


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize(("given", "words"), BAD, ids=[words[:25] for _, words in BAD])
def test_what_is_no_reading_is_refused_in_a_sentence(measure: str, given: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        MEASURES[measure](**given)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: roc.delong(TRUTH, FIRST, confidence=1),
            "confidence must lie between 0 and 1, and be neither",
        ),
        (lambda: roc.delong([0, 1, 1], [1, 2, 3]), "at least 2 cases of each class"),
        (lambda: roc.paired_delong(TRUTH, FIRST, SECOND[:-1]), "rating_b has 19 values"),
        (lambda: partialarea.partial_auc(TRUTH, FIRST, most_false=0), "most_false must be greater than 0"),
        (lambda: roc.placements([], [1.0]), "healthy is empty"),
        (lambda: roc.placements([1.0], [math.nan]), "diseased holds nan at place 0"),
        (
            lambda: partialarea.area_up_to([1, math.nan], [2.0], 0.5, standardised=False),
            "healthy holds nan at place 1",
        ),
        (lambda: partialarea.area_up_to([1.0], [], 0.5, standardised=False), "diseased is empty"),
        (
            lambda: partialarea.area_up_to([1.0], [2.0], 0.0, standardised=True),
            "most_false must be greater than 0",
        ),
        (
            lambda: partialarea.area_up_to([1.0], [2.0], math.nan, standardised=True),
            "most_false must lie between",
        ),
        (
            lambda: partialarea.partial_auc(TRUTH, FIRST, most_false=1.2),
            "most_false must lie between 0 and 1",
        ),
        (
            lambda: operating.operating_point(TRUTH, FIRST, threshold=math.nan),
            "threshold must be a finite number",
        ),
        (lambda: roc.delong(TRUTH, FIRST, confidence="x"), "confidence must be a finite number, not 'x'"),
        (lambda: roc.delong(TRUTH, FIRST, confidence=[0.95]), "confidence must be a finite number"),
        (lambda: roc.delong(TRUTH, FIRST, confidence=1 - 1e-15), "confidence must lie between 0.000001 and"),
        (lambda: roc.delong(TRUTH, [1e200] * 20), "beyond 1e\\+150"),
        (lambda: roc.delong(TRUTH, [1j] * 20), "rating must be numbers"),
        (lambda: roc.delong(TRUTH, ["1"] * 20), "rating must be numbers"),
        (lambda: roc.delong(TRUTH, np.ma.masked_array([1.0] * 20, [True] * 20)), "rating must be numbers"),
        (
            lambda: operating.operating_point(TRUTH, FIRST, threshold=None),
            "threshold must be a finite number",
        ),
        (lambda: auc_interval(0.8, math.nan, healthy=3, diseased=3), "variance must be a finite number"),
        (lambda: auc_interval(0.8, -1, healthy=3, diseased=3), "variance must be 0 or more"),
        (lambda: model_variance(0.8, 0, 0), "healthy must be a whole number of at least 1"),
        (lambda: auc_interval(1.2, 0.1, healthy=3, diseased=3), "the area must lie between 0 and 1"),
        (
            lambda: auc_interval(0.8, 0.1, healthy=0, diseased=3),
            "healthy must be a whole number of at least 1",
        ),
    ],
)
def test_options_out_of_range_are_refused_in_a_sentence(call, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()
