"""Recalibration against R and by its properties."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit
from senolab.metrics.recalibration import (
    IsotonicScaling,
    PlattScaling,
    TemperatureScaling,
    fit_logistic,
    isotonic_scaling,
    log_odds,
    platt_scaling,
    shift_prevalence,
    temperature_scaling,
)

pytestmark = pytest.mark.filterwarnings("error", "ignore::ResourceWarning")

# The set for R 4.2: i <- 1:60; p <- i/61; y <- as.integer(((i*37) %% 61)/61 < p^2 + 0.1)
STEPS = np.arange(1, 61)
PROBABILITY = STEPS / 61
TRUTH = (((STEPS * 37) % 61) / 61 < PROBABILITY**2 + 0.1).astype(int)


@st.composite
def cases(draw):
    """Truth of both classes, and different predictions."""
    size = draw(st.integers(4, 30))
    truth = draw(
        st.lists(st.integers(0, 1), min_size=size, max_size=size).filter(lambda t: 0 < sum(t) < len(t))
    )
    places = draw(st.lists(st.integers(1, 999), min_size=size, max_size=size, unique=True))
    return np.array(truth), np.array(places) / 1000


def test_platt_scaling_is_that_of_r() -> None:
    # R: t <- ifelse(y == 1, (sum(y) + 1)/(sum(y) + 2), 1/(sum(1 - y) + 2));
    # glm(t ~ qlogis(p), family=quasibinomial, control=list(epsilon=1e-14))
    fit = platt_scaling(TRUTH, PROBABILITY)
    assert (fit.intercept, fit.slope) == pytest.approx((-0.347877985855, 0.753393719374), abs=1e-9)
    # glm(y ~ qlogis(p), family=binomial, ...)
    plain = platt_scaling(TRUTH, PROBABILITY, smooth=False)
    assert (plain.intercept, plain.slope) == pytest.approx((-0.365800483043, 0.844470332983), abs=1e-9)
    # the first again, on the raw score z <- 100*i - 50
    raw = platt_scaling(TRUTH, 100 * STEPS - 50, scale="score")
    assert (raw.intercept, raw.slope) == pytest.approx((-2.371033460864670, 0.000673093820394), abs=1e-9)


def test_temperature_scaling_is_that_of_r() -> None:
    # R: 1/coef(glm(y ~ 0 + qlogis(p), family=binomial, control=list(epsilon=1e-14)))
    assert temperature_scaling(TRUTH, PROBABILITY).temperature == pytest.approx(1.21614652627, abs=1e-9)


def test_isotonic_scaling_is_that_of_r() -> None:
    # R: isoreg(p, y)$yf[c(1, 10, 20, 30, 40, 50, 60)]
    repaired = isotonic_scaling(TRUTH, PROBABILITY).apply(PROBABILITY)
    assert repaired[[0, 9, 19, 29, 39, 49, 59]] == pytest.approx([0, 0.2, 0.2, 1 / 3, 0.6, 0.8, 1])


def test_a_shift_from_a_reading_set_to_screening_is_bayes_rule() -> None:
    # 0.8 among 50 % cancers is a likelihood ratio of 4; at 1 % that gives 4/(4 + 99)
    assert shift_prevalence([0.8, 0.5, 0, 1], given=0.5, wanted=0.01) == pytest.approx([4 / 103, 0.01, 0, 1])


@given(
    st.lists(st.floats(0.001, 0.999), min_size=1, max_size=20),
    st.floats(0.001, 0.999),
    st.floats(0.001, 0.999),
)
def test_a_shift_moves_all_logits_alike_and_can_be_taken_back(values, here, there) -> None:
    moved = shift_prevalence(values, given=here, wanted=there)
    assert logit(moved) == pytest.approx(logit(values) + logit(there) - logit(here), abs=1e-6)
    assert shift_prevalence(moved, given=there, wanted=here) == pytest.approx(values, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(cases())
def test_platt_scaling_without_smoothing_has_the_mean_of_the_truth(data) -> None:
    truth, probability = data
    ill, well = probability[truth == 1], probability[truth == 0]
    assume(ill.min() < well.max() and well.min() < ill.max())
    repaired = platt_scaling(truth, probability, smooth=False).apply(probability)
    assert repaired.mean() == pytest.approx(truth.mean(), abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(cases())
def test_platt_scaling_exists_for_all_cases_and_says_where_it_turns_them_round(data) -> None:
    truth, probability = data
    fit = platt_scaling(truth, probability)
    repaired = fit.apply(probability)
    assert ((repaired > 0) & (repaired < 1)).all()
    assert (fit.slope > 0) == (not fit.note)
    ill, well = sum(truth), sum(1 - truth)
    targets = ill * (ill + 1) / (ill + 2) + well / (well + 2)
    assert repaired.sum() == pytest.approx(targets, abs=1e-5)


@given(cases(), st.floats(0.1, 10), st.floats(-5, 5))
@settings(max_examples=30, deadline=None)
def test_platt_scaling_of_a_raw_score_does_not_depend_on_its_unit(data, factor, shift) -> None:
    truth, scores = data
    one = platt_scaling(truth, scores, scale="score").apply(scores)
    other_scores = factor * scores + shift
    other = platt_scaling(truth, other_scores, scale="score").apply(other_scores)
    assert other == pytest.approx(one, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(cases())
def test_the_temperature_keeps_ranking_and_one_half_and_makes_the_truth_more_likely(data) -> None:
    truth, probability = data
    assume(logit(probability) @ (truth - 0.5) > 0.01)
    assume(((probability > 0.5) != truth).any() and (probability != 0.5).all())
    fit = temperature_scaling(truth, probability)
    repaired = fit.apply(probability)
    assert fit.temperature > 0
    assert (np.diff(repaired[np.argsort(probability)]) >= 0).all()
    assert ((repaired > 0.5) == (probability > 0.5)).all()
    assert fit.apply([0.5]) == pytest.approx([0.5])

    def likelihood(temperature):
        away = logit(probability) / temperature * (2 * truth - 1)
        return -np.logaddexp(0, -away).sum()

    best = likelihood(fit.temperature)
    assert best >= max(likelihood(t) for t in (1, 0.99 * fit.temperature, 1.01 * fit.temperature)) - 1e-9


@settings(max_examples=30, deadline=None)
@given(cases())
def test_isotonic_scaling_never_falls_and_keeps_the_mean(data) -> None:
    truth, scores = data
    fit = isotonic_scaling(truth, scores)
    repaired = fit.apply(scores)
    assert (np.diff(repaired[np.argsort(scores)]) >= 0).all()
    assert repaired.mean() == pytest.approx(truth.mean())
    assert fit.apply([-9, 9]) == pytest.approx([repaired.min(), repaired.max()])


def test_scalings_are_applied_by_their_formula() -> None:
    scores = [0.2, 0.7]
    logits = logit(scores)
    assert PlattScaling(slope=2, intercept=1).apply(scores) == pytest.approx(expit(2 * logits + 1))
    raw = PlattScaling(slope=2, intercept=1, scale="score")
    assert raw.apply([-3, 4]) == pytest.approx(expit([-5, 9]))
    assert TemperatureScaling(temperature=2).apply(scores) == pytest.approx(expit(logits / 2))
    assert IsotonicScaling(knots=((0, 0.1), (1, 0.3))).apply([0.5, 2]) == pytest.approx([0.2, 0.3])
    assert PlattScaling(slope=1, intercept=0, clip=0.01).apply([0, 1]) == pytest.approx([0.01, 0.99])


def test_logits_tell_how_many_predictions_were_moved() -> None:
    logits, note = log_odds([0, 0.5, 1], clip=0.1)
    assert logits == pytest.approx([-np.log(9), 0, np.log(9)])
    assert note == "2 of 3 predictions were moved into 0.1 to 0.9."
    assert log_odds([0.2])[1] == ""


def test_a_logistic_regression_of_lists_is_that_of_arrays() -> None:
    targets, x = [0, 1, 0, 1], [0.1, 0.2, 0.3, 0.4]
    assert fit_logistic(targets, x) == fit_logistic(np.array(targets, dtype=float), np.array(x))


def test_a_model_that_is_too_timid_gets_a_temperature_below_one() -> None:
    truth, timid = [0] * 9 + [1] + [1] * 9 + [0], [0.4] * 10 + [0.6] * 10
    fit = temperature_scaling(truth, timid)
    assert fit.temperature == pytest.approx(logit(0.6) / logit(0.9))
    assert fit.apply([0.6]) == pytest.approx([0.9])


FITS = [platt_scaling, temperature_scaling, isotonic_scaling]
BAD = [
    ([], [], "truth is empty"),
    ([0, 1], [0.1], "has 1 values, but truth has 2"),
    ([[0, 1]], [0.1, 0.2], "truth must have 1 dimension"),
    ([0, 1], [[0.1, 0.2]], "must have 1 dimension"),
    ([0, np.nan], [0.1, 0.2], "truth holds nan at place 1"),
    ([0, 1], [np.nan, 0.2], "holds nan at place 0"),
    ([0, 0], [0.1, 0.2], "truth holds 0 only"),
    ([1, 1], [0.1, 0.2], "truth holds 1 only"),
    ([0, 1], ["a", "b"], "must be numbers"),
]


@pytest.mark.parametrize(("truth", "scores", "says"), BAD)
@pytest.mark.parametrize("fit", FITS)
def test_bad_cases_are_refused_with_a_sentence(fit, truth, scores, says) -> None:
    with pytest.raises(ValueError, match=says):
        fit(truth, scores)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: platt_scaling([0, 1], [0.2, 1.0]), "0 or 1, which have no logit"),
        (lambda: platt_scaling([0, 1], [0.2, 3.0]), "must lie between 0 and 1"),
        (lambda: platt_scaling([0, 1], [0.2, 0.2]), "hold one value only"),
        (lambda: platt_scaling([0, 1], [0.2, 0.3], smooth=False), "separate the two classes perfectly"),
        (lambda: platt_scaling([1, 0], [0.2, 0.3], smooth=False), "separate the two classes perfectly"),
        (lambda: platt_scaling([0, 1], [0.2, 0.3], scale="log"), "scale must be logit or score, not 'log'"),
        (lambda: temperature_scaling([0, 1], [0.2, 0.7]), "no case lies on the wrong side of 0.5"),
        (
            lambda: temperature_scaling([0, 1], [0.5, 0.5]),
            "every probability is 0.5, which no temperature moves",
        ),
        (lambda: temperature_scaling([0, 1, 1], [0.2, 0.5, 0.7]), "no case lies on the wrong side"),
        (lambda: temperature_scaling([1, 0], [0.2, 0.7]), "no more than 0.5 would"),
        (lambda: temperature_scaling([0, 1], [0.0, 0.7]), "0 or 1, which have no logit"),
        (lambda: platt_scaling([0, 1, 1], [-1e120, 1e120, 0], scale="score"), "scores must lie between"),
        (lambda: isotonic_scaling([0, 1, 1], [-1e140, 1e140, 0]), "scores must lie between"),
        (lambda: PlattScaling(slope=1, intercept=0, scale="score").apply([1e140]), "scores must lie between"),
        (lambda: PlattScaling(slope=np.nan, intercept=0), "slope must be a finite number"),
        (lambda: PlattScaling(slope=1, intercept="0"), "intercept must be a single number"),
        (lambda: TemperatureScaling(temperature=0), "temperature must be a number above 0"),
        (lambda: IsotonicScaling(knots=()), "knots must have 2 dimensions"),
        (lambda: IsotonicScaling(knots=((0, 1), (1, 0))), "both rising"),
        (lambda: fit_logistic([0, 2], [1, 2]), "targets must lie between 0 and 1"),
        (lambda: fit_logistic([0, 1, 0], [1, 2]), "scores has 2 values, but targets has 3"),
        (lambda: fit_logistic([1, 1], [0, 1]), "targets hold one class only"),
        (lambda: log_odds([]), "probability is empty"),
        (lambda: log_odds([0.5], clip=0.7), "clip must lie below 0.5"),
        (lambda: shift_prevalence([], given=0.1, wanted=0.2), "probability is empty"),
        (lambda: shift_prevalence([np.nan], given=0.1, wanted=0.2), "probability holds nan"),
        (lambda: shift_prevalence([[0.1]], given=0.1, wanted=0.2), "1 dimension"),
        (lambda: shift_prevalence([0.5], given=5e-324, wanted=5e-324), "must be at least 1e-12"),
        (lambda: shift_prevalence([0.1], given=0, wanted=0.2), "given must lie between 0 and 1"),
        (lambda: shift_prevalence([0.1], given=0.1, wanted=1), "wanted must lie between 0 and 1"),
        (lambda: shift_prevalence([0.1], given=0.1, wanted=np.nan), "wanted must lie"),
        (lambda: TemperatureScaling(temperature=2).apply([0, 0.5]), "0 or 1, which have no logit"),
        (lambda: PlattScaling(slope=1, intercept=0, scale="score").apply([np.nan]), "scores holds nan"),
        (lambda: IsotonicScaling(knots=((0, 0), (1, 1))).apply([]), "scores is empty"),
    ],
)
def test_what_cannot_be_repaired_is_refused_with_a_sentence(call, says) -> None:
    with pytest.raises(ValueError, match=says):
        call()
