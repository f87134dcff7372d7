"""Calibration against published values, against R, and by its properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from senolab.metrics.calibration import (
    brier_parts,
    brier_score,
    curve_distance,
    expected_calibration_error,
    flexible_curve,
    reliability_curve,
)
from senolab.metrics.calibrationline import calibration_intercept, calibration_slope
from senolab.metrics.recalibration import log_odds, platt_scaling

pytestmark = pytest.mark.filterwarnings("error", "ignore::ResourceWarning")
BINNINGS = ("equal-mass", "equal-width")

# The set for R 4.2: i <- 1:60; p <- i/61; y <- as.integer(((i*37) %% 61)/61 < p^2 + 0.1)
STEPS = np.arange(1, 61)
PROBABILITY = STEPS / 61
TRUTH = (((STEPS * 37) % 61) / 61 < PROBABILITY**2 + 0.1).astype(int)


def few(measure):
    """With as few resamples as are allowed."""
    return lambda truth, probability, **options: measure(truth, probability, resamples=100, **options)


@st.composite
def cases(draw, low=0.0, high=1.0):
    """Truth of both classes, and predictions with many ties."""
    size = draw(st.integers(4, 40))
    truth = draw(
        st.lists(st.integers(0, 1), min_size=size, max_size=size).filter(lambda t: 0 < sum(t) < len(t))
    )
    grid = st.integers(0, 20).map(lambda i: low + (high - low) * i / 20)
    return np.array(truth), np.array(draw(st.lists(grid, min_size=size, max_size=size)))


def test_the_brier_score_is_that_of_briers_own_example() -> None:
    # Brier 1950, table 1: ten forecasts of rain score P = 0.19, twice the form in use
    forecast = [0.7, 0.9, 0.8, 0.4, 0.2, 0, 0, 0, 0, 0.1]
    rain = [0, 1, 1, 1, 0, 0, 0, 0, 0, 0]
    assert 2 * brier_score(rain, forecast).value == pytest.approx(0.19)


def test_the_brier_interval_is_near_the_one_of_a_mean() -> None:
    loss = (PROBABILITY - TRUTH) ** 2
    half = 1.96 * loss.std() / np.sqrt(60)
    score = brier_score(TRUTH, PROBABILITY, resamples=4000)
    assert (score.low, score.high) == pytest.approx((score.value - half, score.value + half), abs=0.005)
    assert not score.note


def test_the_flexible_curve_and_its_distances_are_those_of_r() -> None:
    # R: s <- lowess(p, y, iter=0); c <- approx(s, xout=p, ties=mean)$y; e <- abs(c - p);
    # mean(e), median(e), quantile(e, .9), as rms::val.prob makes Eavg and E90; c[c(1, 30, 60)]
    curve = flexible_curve(TRUTH, PROBABILITY)
    assert curve[[0, 29, 59]] == pytest.approx([0.1325029848955, 0.3571102427862, 0.9362102249906], abs=1e-12)
    away = curve_distance(TRUTH, PROBABILITY, resamples=100)
    figures = [away.ici.value, away.e50.value, away.e90.value]
    assert figures == pytest.approx([0.0811224541964, 0.0765722543478, 0.1331912645814], abs=1e-12)


def test_the_flexible_curve_is_that_of_r_where_predictions_are_tied() -> None:
    # the same lines of R with q <- round(p, 1); q[q == 0] <- .05; q[q == 1] <- .95
    tied = np.clip(np.round(PROBABILITY, 1), 0.05, 0.95)
    curve = flexible_curve(TRUTH, tied)
    assert curve[[0, 29, 59]] == pytest.approx([0.1354807371211, 0.3500089954731, 0.9210453930186], abs=1e-12)
    assert curve_distance(TRUTH, tied, resamples=100).ici.value == pytest.approx(0.0802034689931, abs=1e-12)


def test_intercept_and_slope_are_those_of_r() -> None:
    # R: glm(y ~ 1, offset=qlogis(p), family=binomial, control=list(epsilon=1e-15, maxit=100)) and
    # glm(y ~ qlogis(p), ...), each with confint.default
    level = calibration_intercept(TRUTH, PROBABILITY)
    expected = [-0.395604026059, -1.015210774659, 0.224002722540]
    assert [level.value, level.low, level.high] == pytest.approx(expected, abs=1e-9)
    slope = calibration_slope(TRUTH, PROBABILITY)
    assert [slope.value, slope.low, slope.high] == pytest.approx(
        [0.844470332983, 0.357936553411, 1.331004112555], abs=1e-9
    )
    narrow = calibration_slope(TRUTH, PROBABILITY, confidence=0.9)
    assert [narrow.low, narrow.high] == pytest.approx([0.436158313846, 1.252782352120], abs=1e-9)


def test_a_bin_has_its_mean_its_rate_and_the_wilson_interval() -> None:
    # R: prop.test(4, 20, correct=FALSE)$conf.int
    first, *_ = curve = reliability_curve(TRUTH, PROBABILITY, bins=3)
    assert [one.count for one in curve] == [20, 20, 20]
    assert first.mean_prediction == pytest.approx(10.5 / 61)
    assert first.observed.value == TRUTH[:20].mean() == 0.2
    assert (first.observed.low, first.observed.high) == pytest.approx((0.0806576625798, 0.4160174322519))


def test_equal_masses_are_as_equal_as_can_be() -> None:
    curve = reliability_curve([0, 1] * 5, np.arange(10) / 10, bins=4)
    assert [one.count for one in curve] == [2, 3, 2, 3]
    tied = reliability_curve([0, 1, 0, 1, 0], [0.1, 0.1, 0.2, 0.3, 0.4], bins=4)
    assert [one.count for one in tied] == [2, 2, 1]


def test_equal_widths_are_closed_on_the_left_and_empty_ones_left_out() -> None:
    curve = reliability_curve([0, 1, 0, 1, 1], [0.0, 0.25, 0.3, 0.75, 1.0], bins=4, binning="equal-width")
    assert [(one.count, one.mean_prediction) for one in curve] == [(1, 0), (2, 0.275), (2, 0.875)]
    hundred = reliability_curve([0, 1], [0.28, 0.29], bins=100, binning="equal-width")
    assert len(hundred) == 2


def test_the_calibration_error_is_counted_by_hand() -> None:
    truth, probability = [0, 0, 1, 1, 1], [0.1, 0.3, 0.3, 0.9, 0.9]
    # widths: (.1, .3, .3) with 1 of 3, (.9, .9) with 2 of 2: 3/5 · |.7/3 − 1/3| + 2/5 · .1
    assert few(expected_calibration_error)(
        truth, probability, bins=2, binning="equal-width"
    ).value == pytest.approx(0.1)
    # masses, ties together: (.1) (.3, .3) (.9, .9): 1/5 · .1 + 2/5 · .2 + 2/5 · .1
    assert few(expected_calibration_error)(truth, probability, bins=3).value == pytest.approx(0.14)


@pytest.mark.parametrize("binning", BINNINGS)
@settings(max_examples=25, deadline=None)
@given(data=cases(), bins=st.integers(1, 12))
def test_the_parts_of_the_brier_score_add_up(binning, data, bins) -> None:
    truth, probability = data
    parts = brier_parts(truth, probability, bins=bins, binning=binning)
    assert parts.binned + parts.within == pytest.approx(np.mean((probability - truth) ** 2), abs=1e-12)
    curve = reliability_curve(truth, probability, bins=bins, binning=binning)
    spread = [one.count * ((one.mean_prediction - one.observed.value) ** 2) for one in curve]
    variance = [one.count * one.observed.value * (1 - one.observed.value) for one in curve]
    assert parts.binned == pytest.approx((sum(spread) + sum(variance)) / len(truth), abs=1e-12)
    assert min(parts.reliability, parts.resolution, parts.uncertainty) >= 0


@settings(max_examples=25, deadline=None)
@given(cases())
def test_bins_of_one_value_hide_nothing(data) -> None:
    truth, probability = data
    assert brier_parts(truth, probability, bins=40, binning="equal-width").within == pytest.approx(
        0, abs=1e-12
    )


@settings(max_examples=8, deadline=None)
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_the_cases_does_not_matter(data, random) -> None:
    truth, probability = data
    order = list(range(len(truth)))
    random.shuffle(order)
    for measure in (few(brier_score), few(expected_calibration_error), reliability_curve, brier_parts):
        one, other = measure(truth, probability), measure(truth[order], probability[order])
        assert repr(one) == repr(other) or measure in (reliability_curve, brier_parts)
    one, other = reliability_curve(truth, probability), reliability_curve(truth[order], probability[order])
    assert [(b.count, b.observed) for b in one] == [(b.count, b.observed) for b in other]
    curve = flexible_curve(truth, probability)[order]
    assert flexible_curve(truth[order], probability[order]) == pytest.approx(curve, abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(cases(0.02, 0.98))
def test_to_mirror_truth_and_prediction_mirrors_the_figures(data) -> None:
    truth, probability = data
    assert few(brier_score)(1 - truth, 1 - probability).value == pytest.approx(
        few(brier_score)(truth, probability).value
    )
    level, mirrored = (
        calibration_intercept(truth, probability),
        calibration_intercept(1 - truth, 1 - probability),
    )
    assert [mirrored.value, mirrored.low] == pytest.approx([-level.value, -level.high], abs=1e-6)
    assert level.low < level.value < level.high


@settings(max_examples=8, deadline=None)
@given(cases())
def test_figures_stay_within_bounds_and_their_interval_around_them(data) -> None:
    truth, probability = data
    away = few(curve_distance)(truth, probability)
    rest = [few(expected_calibration_error)(truth, probability, binning=b) for b in BINNINGS]
    for figure in (away.ici, away.e50, away.e90, few(brier_score)(truth, probability), *rest):
        assert 0 <= figure.low <= figure.value <= figure.high
    assert away.e50.value <= away.e90.value
    assert np.isfinite(flexible_curve(truth, probability)).all()


@settings(max_examples=25, deadline=None)
@given(cases(0.02, 0.98), st.floats(-3, 3))
def test_a_shift_of_all_logits_is_found_by_the_intercept(data, shift) -> None:
    truth, probability = data
    moved = 1 / (1 + np.exp(-(log_odds(probability)[0] + shift)))
    expected = calibration_intercept(truth, probability).value - shift
    assert calibration_intercept(truth, moved).value == pytest.approx(expected, abs=1e-5)


def test_a_slope_of_doubled_logits_is_half_as_steep() -> None:
    doubled = 1 / (1 + np.exp(-2 * log_odds(PROBABILITY)[0]))
    half = calibration_slope(TRUTH, PROBABILITY).value / 2
    assert calibration_slope(TRUTH, doubled).value == pytest.approx(half, abs=1e-6)


def test_what_platt_repaired_is_calibrated() -> None:
    repaired = platt_scaling(TRUTH, PROBABILITY, smooth=False).apply(PROBABILITY)
    assert calibration_intercept(TRUTH, repaired).value == pytest.approx(0, abs=1e-6)
    assert calibration_slope(TRUTH, repaired).value == pytest.approx(1, abs=1e-6)


def test_one_prediction_for_most_cases_gives_their_observed_rate() -> None:
    # R: lowess(c(rep(.1, 8), .5, .9), rep(0:1, 5), iter=0)$y
    curve = flexible_curve([0, 1] * 5, [0.1] * 8 + [0.5, 0.9])
    assert curve == pytest.approx([0.5] * 8 + [0, 1])
    assert flexible_curve([0, 1, 1, 1], [0.2] * 4) == pytest.approx([0.75] * 4)


def test_cases_close_to_that_one_prediction_keep_a_curve_of_their_own() -> None:
    curve = flexible_curve([0, 1] * 10 + [1, 1, 0, 1], [0.1] * 20 + [0.101, 0.102, 0.5, 0.9])
    assert curve[[0, 20]] == pytest.approx([0.5, 1])


def test_the_interval_of_a_distance_begins_where_the_bootstrap_is_reflected() -> None:
    rng = np.random.default_rng(7)

    def error(truth, probability):
        place = (probability * 5).astype(int)
        return sum(abs((probability - truth)[place == one].sum()) for one in range(5)) / 60

    value = error(TRUTH, PROBABILITY)
    drawn = [error(TRUTH[d], PROBABILITY[d]) for d in rng.integers(60, size=(999, 60))]
    low, high = np.quantile(drawn, [0.025, 0.975])
    found = expected_calibration_error(TRUTH, PROBABILITY, bins=5, binning="equal-width")
    assert found.value == pytest.approx(value)
    assert found.high == pytest.approx(high, abs=0.02)
    assert found.low == pytest.approx(max(0, min(low, 2 * value - high)), abs=0.02)
    assert found.low < low - 0.02


def test_a_perfect_model_has_an_interval_without_width_and_says_so() -> None:
    score = brier_score([0, 1, 1], [0, 1, 1])
    assert (score.value, score.low, score.high) == (0, 0, 0)
    assert "no width" in score.note


def test_an_interval_without_width_says_so_in_the_language_that_is_served(monkeypatch) -> None:
    monkeypatch.setattr("senolab.metrics.calibration.gettext", lambda sentence: f"«{sentence}»")
    assert brier_score([0, 1, 1], [0, 1, 1]).note.startswith("«All resamples")


def test_moved_predictions_are_counted() -> None:
    note = calibration_intercept([0, 1, 0, 1], [0.0, 0.4, 0.6, 1.0], clip=0.01).note
    assert note == "2 of 4 predictions were moved into 0.01 to 0.99."
    assert calibration_slope(TRUTH, PROBABILITY, clip=0.001).note == ""


@pytest.mark.parametrize(
    ("truth", "probability", "says"),
    [
        ([0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4], "separate the two classes perfectly"),
        ([1, 1, 0, 0], [0.1, 0.2, 0.3, 0.4], "separate the two classes perfectly"),
        ([0, 0, 1, 1], [0.1, 0.2, 0.2, 0.4], "separate the two classes perfectly"),
        ([0, 1, 0, 1], [0.3, 0.3, 0.3, 0.3], "one value only"),
        ([0, 1, 0, 1], [0.3, 0.0, 0.3, 0.4], "0 or 1, which have no logit"),
    ],
)
def test_a_slope_that_does_not_exist_is_refused(truth, probability, says) -> None:
    with pytest.raises(ValueError, match=says):
        calibration_slope(truth, probability)


def test_an_intercept_that_nothing_fixes_is_refused() -> None:
    with pytest.raises(ValueError, match="too near 0 or 1 for a logistic regression"):
        calibration_intercept([1, 0], [1e-300, 1 - 1e-16])


MEASURES = [
    reliability_curve,
    brier_score,
    brier_parts,
    expected_calibration_error,
    flexible_curve,
    curve_distance,
    calibration_intercept,
    calibration_slope,
]
BAD = [
    ([], [], "truth is empty"),
    ([0, 1], [0.1], "probability has 1 values, but truth has 2"),
    ([[0, 1]], [0.1, 0.2], "truth must have 1 dimension"),
    ([0, 1], [[0.1, 0.2]], "probability must have 1 dimension"),
    ([0, np.nan], [0.1, 0.2], "truth holds nan at place 1"),
    ([0, 1], [np.nan, 0.2], "probability holds nan at place 0"),
    ([0, 1], [0.1, np.inf], "probability holds inf"),
    ([0, 0], [0.1, 0.2], "truth holds 0 only"),
    ([1, 1], [0.1, 0.2], "truth holds 1 only"),
    ([0, 2], [0.1, 0.2], "truth must hold 0 and 1 only"),
    ([0, 1], [0.1, 1.2], "probability must lie between 0 and 1"),
    (["a", "b"], [0.1, 0.2], "truth must be numbers"),
]


@pytest.mark.parametrize(("truth", "probability", "says"), BAD)
@pytest.mark.parametrize("measure", MEASURES)
def test_bad_cases_are_refused_with_a_sentence(measure, truth, probability, says) -> None:
    with pytest.raises(ValueError, match=says):
        measure(truth, probability)


@pytest.mark.parametrize(
    ("measure", "options", "says"),
    [
        (reliability_curve, {"bins": 0}, "bins must be a whole number of at least 1"),
        (reliability_curve, {"binning": "even"}, "binning must be equal-mass or equal-width, not 'even'"),
        (brier_parts, {"bins": 2.5}, "bins must be a whole number"),
        (brier_parts, {"bins": 10**300}, "bins must be at most"),
        (reliability_curve, {"bins": 10**12, "binning": "equal-width"}, "bins must be at most"),
        (brier_score, {"seed": "one"}, "seed must be a single number"),
        (calibration_slope, {"confidence": 1 - 1e-16}, "confidence lies too near"),
        (expected_calibration_error, {"binning": "even"}, "binning must be"),
        (brier_score, {"resamples": 9}, "resamples must be a whole number of at least 100"),
        *[
            (m, {"confidence": 1}, "confidence must lie")
            for m in MEASURES
            if m not in (brier_parts, flexible_curve)
        ],
        (calibration_intercept, {"clip": 0.5}, "clip must lie below 0.5"),
        (calibration_slope, {"clip": 0}, "clip must lie between 0 and 1"),
    ],
)
def test_bad_options_are_refused_with_a_sentence(measure, options, says) -> None:
    with pytest.raises(ValueError, match=says):
        measure(TRUTH, PROBABILITY, **options)
