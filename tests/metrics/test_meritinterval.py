"""Intervals of figures of merit: as sure as the cases they rest on, and no surer."""

import numpy as np
import pytest
from senolab.metrics import figures, merit, proportions
from senolab.metrics.meritinterval import merit_interval
from senolab.metrics.study import reading_of_ratings


@pytest.mark.parametrize("healthy", [50, 1000])
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_thousand_healthy_cases_do_not_tell_how_often_lesions_are_found(healthy: int, value: float) -> None:
    found = merit_interval(value, 0.0, figure="lroc", healthy=healthy, diseased=20)
    assert (found.low, found.high) == proportions.score_limits(value, 20)
    assert found.method == "wilson" and found.note


def test_a_sensitivity_has_wilsons_interval_and_rests_on_the_diseased() -> None:
    truth = np.repeat([0, 1], [1000, 20])
    rating = np.concatenate([np.zeros(1000), np.full(20, 5.0)])
    reading = reading_of_ratings(truth, rating)
    found = merit.estimate(reading, figures.sensitivity_at(3))
    assert (found.low, found.high) == proportions.score_limits(1.0, 20)
    known = merit.estimate(reading, figures.specificity_at(3))
    assert (known.low, known.high) == proportions.score_limits(1.0, 1000)


def test_lroc_near_its_end_covers_what_it_promises() -> None:
    rng = np.random.default_rng(5)
    found = rng.binomial(20, 0.95, 4000)
    covered = []
    for hits in found:
        value = hits / 20
        variance = value * (1 - value) / 19
        one = merit_interval(value, variance, figure="lroc", healthy=1000, diseased=20)
        covered.append(one.low <= 0.95 <= one.high)
    assert np.mean(covered) >= 0.92


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda: proportions.exact_limits(float("nan"), 10), "proportion"),
        (lambda: proportions.exact_limits(2, 10), "proportion must lie between 0 and 1"),
        (lambda: proportions.exact_limits(0.5, -1), "total must be"),
        (lambda: proportions.exact_limits(0.5, 10, confidence=2), "confidence"),
    ],
)
def test_limits_refuse_what_is_no_proportion(act, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        act()


def test_resampling_refuses_what_draws_one_class_only() -> None:
    reading = reading_of_ratings([0, 0, 1, 1], [1, 2, 3, 4])
    with pytest.raises(ValueError, match="cases of both classes"):
        merit.resampled(reading, "auc", np.array([[2, 2, 0, 0]]))
    with pytest.raises(ValueError, match="shape"):
        merit.resampled(reading, "auc", np.array([1, 1, 1, 1]))


@pytest.mark.parametrize("variance", [float("nan"), float("inf"), -1.0])
@pytest.mark.parametrize("figure", ["lroc", "auc", lambda reading: 0.5])
def test_no_interval_comes_of_what_is_no_variance(figure, variance: float) -> None:
    with pytest.raises(ValueError, match="variance"):
        merit_interval(0.5, variance, figure=figure, healthy=10, diseased=10)


@pytest.mark.parametrize("figure", ["auc", "lroc", figures.sensitivity_at(3), abs])
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"healthy": -3}, "healthy must be a whole number"),
        ({"diseased": 2.5}, "diseased must be a whole number"),
        ({"variance": True}, "variance must be a finite number, not True"),
        ({"value": np.True_}, "value must be a finite number"),
    ],
)
def test_every_interval_refuses_numbers_of_cases_that_are_none(figure, wrong, words: str) -> None:
    given = {"value": 0.8, "variance": 0.01, "healthy": 20, "diseased": 20} | wrong
    with pytest.raises(ValueError, match=words):
        merit_interval(given.pop("value"), given.pop("variance"), figure=figure, **given)


def test_no_interval_of_a_partial_area_reaches_below_what_the_worst_reading_has() -> None:
    truth = np.repeat([0, 1], 8)
    worst = reading_of_ratings(truth, np.concatenate([np.arange(10.0, 18), np.arange(8.0)]))
    figure = figures.partial_area(0.2)
    least = 0.8 / 1.8
    assert merit.figure_of_merit(worst, figure) == pytest.approx(least)
    poor = reading_of_ratings(
        truth, np.concatenate([np.arange(8.0), [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5]])
    )
    for reading in (worst, poor):
        for method in ("jackknife", "bootstrap"):
            found = merit.estimate(reading, figure, method=method)
            assert least - 1e-12 <= found.low <= found.value <= found.high
