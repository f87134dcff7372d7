"""Figures of merit against their definitions, written out pair by pair."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from senolab.metrics import figures, merit, pairs, roc
from senolab.metrics.characteristics import characteristic, froc, lesion_fraction
from senolab.metrics.estimate import percentile
from senolab.metrics.proportions import score_limits
from senolab.metrics.study import Reading, reading_of_marks, reading_of_ratings, study_of_ratings

PLACED = tuple(name for name in pairs.FIGURES if name != "auc")


@st.composite
def marked(draw: st.DrawFn) -> Reading:
    """A free-response reading of few cases and levels, at least two of each class."""
    healthy, lesions = draw(st.integers(2, 5)), draw(st.lists(st.integers(1, 3), min_size=2, max_size=5))
    truth = [0] * healthy + [1] * len(lesions)
    lesion_case = np.repeat(np.arange(len(lesions)) + healthy, lesions)
    level = st.integers(1, 4)
    found = [draw(st.none() | level) for _ in lesion_case]
    false = draw(st.lists(st.tuples(st.integers(0, len(truth) - 1), level), max_size=12))
    hits = [
        (int(case), place, rating)
        for place, (case, rating) in enumerate(zip(lesion_case, found, strict=True))
    ]
    marks = [one for one in hits if one[2] is not None] + [(case, -1, rating) for case, rating in false]
    raw = np.array([draw(st.integers(1, 5)) for _ in lesion_case], float)
    weight = raw / np.bincount(lesion_case, weights=raw)[lesion_case]
    return reading_of_marks(
        truth,
        lesion_case=lesion_case,
        lesion_weight=weight,
        mark_case=[one[0] for one in marks],
        mark_lesion=[one[1] for one in marks],
        mark_rating=[one[2] for one in marks],
    )


def psi(x: float, y: float) -> float:
    return 1.0 if x < y else 0.5 if x == y else 0.0


def by_pairs(reading: Reading, figure: str, keep: list[int] | None = None) -> float:
    """The definition, over the kept cases, in plain loops."""
    cases = list(range(len(reading.diseased))) if keep is None else keep
    healthy = [k for k in cases if not reading.diseased[k]]
    ill = [k for k in cases if reading.diseased[k]]

    def false(k: int) -> float:
        return max(reading.false_rating[reading.false_case == k], default=-np.inf)

    def located(k: int) -> float:
        return max(reading.lesion_rating[reading.lesion_case == k], default=-np.inf)

    if figure in ("auc", "hr-auc"):
        won = [psi(false(i), max(false(k), located(k))) for i in healthy for k in ill]
        return sum(won) / len(won)
    if figure == "lroc":
        won = [psi(false(i), located(k)) if located(k) > false(k) else 0.0 for i in healthy for k in ill]
        return sum(won) / len(won)
    others = cases if figure.endswith("1") else healthy
    total = weight = 0.0
    for case, rating, share in zip(
        reading.lesion_case, reading.lesion_rating, reading.lesion_weight, strict=True
    ):
        if case in ill:
            w = share if figure.startswith("w") else 1.0
            weight += w
            total += w * sum(psi(false(i), rating) for i in others)
    return total / weight / len(others)


@given(marked())
@settings(max_examples=60)
def test_every_figure_is_its_definition_and_so_is_each_leaving_one_case_out(reading: Reading) -> None:
    every = list(range(len(reading.diseased)))
    for figure in PLACED:
        assert merit.figure_of_merit(reading, figure) == pytest.approx(by_pairs(reading, figure)), figure
        without = [by_pairs(reading, figure, [k for k in every if k != case]) for case in every]
        assert merit.leave_one_out(reading, figure) == pytest.approx(without), figure


@given(marked())
@settings(max_examples=40)
def test_drawing_every_case_once_is_no_resampling_and_drawing_twice_is_two_cases(reading: Reading) -> None:
    size = len(reading.diseased)
    first = int(np.flatnonzero(reading.diseased)[0])
    for figure in PLACED:
        counts = np.ones((2, size), int)
        counts[1] = 2
        assert merit.resampled(reading, figure, counts) == pytest.approx([by_pairs(reading, figure)] * 2)
        if not figure.endswith("1"):
            twice = np.ones((1, size), int)
            twice[0, first] = 0
            kept = [k for k in range(size) if k != first]
            assert merit.resampled(reading, figure, twice)[0] == pytest.approx(
                by_pairs(reading, figure, kept)
            )


@given(marked())
@settings(max_examples=40)
def test_each_figure_is_the_area_under_its_curve(reading: Reading) -> None:
    for figure in PLACED:
        curve = characteristic(reading, figure)
        assert np.trapezoid(curve.y, curve.x) == pytest.approx(merit.figure_of_merit(reading, figure)), figure
        assert (np.diff(curve.x) >= -1e-12).all() and (np.diff(curve.y) >= -1e-12).all()


def test_weights_that_round_make_no_reader_better_than_perfect() -> None:
    lesion_case = np.repeat([2, 3, 4], 3)
    perfect = reading_of_marks(
        [0, 0, 1, 1, 1],
        lesion_case=lesion_case,
        lesion_weight=np.array([5, 5, 1, 1, 1, 4, 5, 5, 4]) / np.repeat([11, 6, 14], 3),
        mark_case=lesion_case,
        mark_lesion=range(9),
        mark_rating=[1] * 9,
    )
    for method in merit.METHODS:
        one = merit.estimate(perfect, "wafroc", method=method)
        assert one.value == one.high == 1 and one.low < 1


@given(marked())
@settings(max_examples=40)
def test_intervals_stay_between_0_and_1_and_hold_the_figure(reading: Reading) -> None:
    for figure, method in [(f, m) for f in PLACED for m in ("jackknife", "delong")]:
        if method == "delong" and figure.endswith("1"):
            continue
        one = merit.estimate(reading, figure, method=method)
        assert 0 <= one.low <= one.value <= one.high <= 1, (figure, method)
        assert one.method.startswith(method)


def test_weights_matter_only_where_a_case_has_several_lesions() -> None:
    single = reading_of_marks(
        [0, 0, 1, 1], lesion_case=[2, 3], mark_case=[0, 2, 3], mark_lesion=[-1, 0, 1], mark_rating=[2, 3, 1]
    )
    assert merit.figure_of_merit(single, "afroc") == merit.figure_of_merit(single, "wafroc") == 0.75
    assert merit.figure_of_merit(single, "lroc") == 0.75


def test_in_lroc_a_false_mark_rated_as_the_lesion_makes_the_case_wrong() -> None:
    about = {"lesion_case": [2, 3], "mark_case": [2, 2, 3], "mark_lesion": [0, -1, 1]}
    tied = reading_of_marks([0, 0, 1, 1], **about, mark_rating=[3, 3, 3])
    above = reading_of_marks([0, 0, 1, 1], **about, mark_rating=[3, 2, 3])
    assert (merit.figure_of_merit(tied, "lroc"), merit.figure_of_merit(above, "lroc")) == (0.5, 1)


def test_ratings_of_whole_cases_give_the_roc_area_and_its_delong_variance() -> None:
    rng = np.random.default_rng(5)
    truth, rating = np.repeat([0, 1], [30, 20]), np.append(rng.integers(1, 5, 30), rng.integers(2, 6, 20))
    reading = reading_of_ratings(truth, rating)
    assert merit.figure_of_merit(reading, "auc") == pytest.approx(roc.auc(truth, rating))
    one, other = merit.estimate(reading, "auc", method="delong"), roc.delong(truth, rating)
    assert (one.low, one.high) == pytest.approx((other.low, other.high))
    bootstrap = merit.estimate(reading, "auc", method="bootstrap", seed=1)
    assert (bootstrap.low, bootstrap.high) == pytest.approx((one.low, one.high), abs=0.04)
    assert bootstrap == merit.estimate(reading, "auc", method="bootstrap", seed=1)


@pytest.fixture
def reader() -> Reading:
    """Two healthy cases, two diseased ones with three lesions; four false marks."""
    return reading_of_marks(
        [0, 0, 1, 1],
        lesion_case=[2, 2, 3],
        mark_case=[2, 3, 0, 0, 1, 3],
        mark_lesion=[0, 2, -1, -1, -1, -1],
        mark_rating=[5, 3, 4, 1, 2, 2],
    )


def test_a_perfect_reader_has_no_empty_interval_however_it_is_made() -> None:
    perfect = reading_of_ratings([0] * 8 + [1] * 7, [1] * 8 + [5] * 7)
    for method in merit.METHODS:
        one = merit.estimate(perfect, "auc", method=method)
        assert one.value == one.high == 1 and one.low < 0.9 and one.note, method


def test_the_froc_curve_counts_false_marks_by_case(reader: Reading) -> None:
    curve = froc(reader)
    assert curve.threshold.tolist() == [np.inf, 5, 4, 3, 2, 1]
    assert curve.x.tolist() == [0, 0, 0.25, 0.25, 0.75, 1]
    assert curve.y == pytest.approx([0, 1 / 3, 1 / 3, 2 / 3, 2 / 3, 2 / 3])


def test_the_share_of_lesions_found_is_told_at_a_number_of_false_marks(reader: Reading) -> None:
    half = lesion_fraction(reader, false_marks=0.5)
    assert half.value == pytest.approx(2 / 3)
    assert lesion_fraction(reader, false_marks=0.1).value == pytest.approx(1 / 3)
    assert half.low <= half.value <= half.high and not half.note
    beyond = lesion_fraction(reader, false_marks=2)
    assert beyond.value == pytest.approx(2 / 3) and "1.00 false marks a case in all" in beyond.note


def test_every_lesion_found_is_as_sure_as_the_diseased_cases_are_many() -> None:
    about = {"lesion_case": range(5, 10), "mark_lesion": [*range(5), -1]}
    perfect = reading_of_marks(
        [0] * 5 + [1] * 5, **about, mark_case=[*range(5, 10), 0], mark_rating=[5, 4, 4, 4, 5, 1]
    )
    one = lesion_fraction(perfect, false_marks=0.05)
    assert (one.value, one.low, one.high) == (1, *score_limits(1.0, 5)[:1], 1) and "no variation" in one.note
    unsure = reading_of_marks(
        [0] * 5 + [1] * 5, **about, mark_case=[*range(5, 10), 0], mark_rating=[5, 4, 4, 4, 1, 2]
    )
    other = lesion_fraction(unsure, false_marks=0.1)
    assert other.value == other.high == 1 and other.low <= one.low and not other.note


@given(marked(), st.sampled_from([0.1, 0.5, 1.0, 3.0]))
@settings(max_examples=30)
def test_the_interval_of_lesions_found_has_a_width_and_holds_the_share(
    reading: Reading, marks: float
) -> None:
    one = lesion_fraction(reading, false_marks=marks, resamples=100)
    assert 0 <= one.low <= one.value <= one.high <= 1 and one.low < one.high


def test_of_several_marks_on_one_lesion_the_highest_counts_and_none_is_false() -> None:
    reading = reading_of_marks(
        [0, 0, 1, 1], lesion_case=[2, 3], mark_case=[2, 2, 3], mark_lesion=[0, 0, 1], mark_rating=[1, 4, 2]
    )
    assert reading.lesion_rating.tolist() == [4, 2] and len(reading.false_case) == 0


def test_a_reader_without_a_mark_is_at_chance_not_an_error() -> None:
    blank = reading_of_marks([0, 0, 1, 1], lesion_case=[2, 3], mark_case=[], mark_lesion=[], mark_rating=[])
    assert {figure: merit.figure_of_merit(blank, figure) for figure in PLACED} == {
        figure: 0.0 if figure == "lroc" else 0.5 for figure in PLACED
    }
    assert merit.estimate(blank, "wafroc").note


GOOD = {"lesion_case": [2, 3], "mark_case": [2, 0], "mark_lesion": [0, -1], "mark_rating": [3, 2]}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"truth": [0, 0, 0, 0]}, "both classes"),
        ({"truth": []}, "truth is empty"),
        ({"lesion_case": [2, 1]}, "a lesion lies in a case whose truth is 0"),
        ({"lesion_case": [2, 2]}, "the diseased case at place 3 has no lesion"),
        ({"lesion_case": [2, 9]}, "lesion_case holds 9; it must be whole numbers from 0 to 3"),
        ({"mark_case": [2.5, 0]}, "mark_case holds 2.5"),
        ({"mark_lesion": [0, -2]}, "mark_lesion holds -2; it must be whole numbers from -1 to 1"),
        ({"mark_lesion": [0, 1]}, "a mark lies in another case than the lesion"),
        ({"mark_rating": [3, np.nan]}, "mark_rating holds nan at place 1"),
        ({"mark_rating": [3]}, "mark_rating has 1 values, but mark_case has 2"),
        ({"lesion_weight": [1, 0.9]}, "must sum to 1, not 0.9"),
        ({"lesion_weight": [1, 0]}, "greater than 0"),
        ({"lesion_weight": [1]}, "lesion_weight has 1 values"),
    ],
)
def test_marks_that_fit_no_case_are_refused_in_a_sentence(change: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        reading_of_marks(**({"truth": [0, 0, 1, 1]} | GOOD | change))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"diseased": np.array([True] * 4)}, "diseased holds 1 only; cases of both classes"),
        ({"false_rating": np.array([np.nan])}, "false_rating holds nan"),
        ({"false_case": np.array([4])}, "false_case holds 4"),
        ({"false_rating": np.array([1.0, 2.0])}, "false_rating has 2 values, but false_case has 1"),
        ({"lesion_rating": np.array([np.nan, 1])}, "lesion_rating holds nan"),
        ({"lesion_weight": np.array([1.0])}, "lesion_weight has 1 values, but lesion_case has 2"),
        ({"kind": "FROC"}, "kind is roc or froc, not 'FROC'"),
        ({"lesion_weight": np.array([0.0, 1.0])}, "greater than 0"),
        ({"lesion_weight": np.array([3.0, 1.0])}, "must sum to 1, not 3"),
        ({"lesion_case": np.array([2, 1])}, "a lesion lies in a case whose truth is 0"),
        ({"lesion_case": np.array([2, 2])}, "the diseased case at place 3 has no lesion"),
    ],
)
def test_a_reading_made_by_hand_is_checked_too(change: dict, words: str) -> None:
    parts = vars(reading_of_marks([0, 0, 1, 1], **GOOD))
    assert Reading(**parts | {"diseased": np.array([0, 0, 1, 1])}).diseased.dtype == bool
    with pytest.raises(ValueError, match=words):
        Reading(**parts | change)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda whole, _: merit.figure_of_merit(whole, "wafroc"), "wafroc needs marks and lesions"),
        (lambda _, placed: merit.figure_of_merit(placed, "auc"), "marks give hr-auc"),
        (lambda whole, _: merit.figure_of_merit(whole, "AUC"), "there is no figure of merit 'AUC'"),
        (lambda whole, _: merit.figure_of_merit(whole, None), "there is no figure of merit None"),
        (lambda whole, _: merit.leave_one_out(whole, 3), "there is no figure of merit 3"),
        (
            lambda _, placed: merit.influence(placed, "wafroc1"),
            "DeLong's variance is not defined for wafroc1",
        ),
        (
            lambda whole, _: merit.estimate(whole, "auc", method="magic"),
            "method must be jackknife, delong or bootstrap, not 'magic'",
        ),
        (lambda whole, _: froc(whole), "this needs marks and lesions"),
        (lambda _, placed: lesion_fraction(placed, false_marks=0), "false_marks must be greater than 0"),
        (lambda _, placed: merit.estimate(placed, "wafroc", confidence=2), "confidence must lie"),
    ],
)
def test_a_figure_that_a_reading_cannot_give_is_refused(call, words: str) -> None:
    whole = reading_of_ratings([0, 0, 1, 1], [1, 2, 2, 3])
    with pytest.raises(ValueError, match=words):
        call(whole, reading_of_marks([0, 0, 1, 1], **GOOD))


@pytest.mark.parametrize(
    ("drawn", "words"),
    [([], "drawn is empty"), ([0.5, np.nan], "drawn holds nan"), (["x"], "drawn must be numbers")],
)
def test_resampled_figures_that_are_none_give_no_interval(drawn: list, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        percentile(0.5, drawn, confidence=0.95)
    with pytest.raises(ValueError, match="confidence must lie"):
        percentile(0.5, [0.4, 0.6], confidence=95)
    with pytest.raises(ValueError, match="value must be a finite number"):
        percentile(np.nan, [0.4, 0.6], confidence=0.95)


@pytest.mark.parametrize("figure", ["auc", figures.sensitivity_at(2)], ids=["named", "own"])
def test_a_study_in_place_of_its_readings_is_refused_with_what_is_wanted(figure) -> None:
    study = study_of_ratings([0, 0, 1, 1], [[[1, 2, 2, 3]]])
    with pytest.raises(ValueError, match="one Reading is wanted, not a Study; a Study holds its `readings`"):
        merit.estimate(study, figure)  # pyright: ignore[reportArgumentType]


def test_one_case_of_a_class_gives_a_figure_but_no_interval() -> None:
    reading = reading_of_ratings([0, 1, 1], [1, 2, 3])
    assert merit.figure_of_merit(reading, "auc") == 1
    with pytest.raises(ValueError, match="at least 2 cases of each class"):
        merit.estimate(reading, "auc")


@pytest.mark.parametrize("method", merit.METHODS)
def test_one_case_of_a_class_tells_no_interval(method: str) -> None:
    reading = reading_of_ratings([0, 0, 0, 0, 1], [1, 2, 3, 1, 2.5])
    with pytest.raises(ValueError, match="at least 2 cases of each class"):
        merit.estimate(reading, "auc", method=method)
