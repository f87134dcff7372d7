"""Screening arithmetic against published values."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from senolab.metrics.screening import Counts, ppv, recall_rate, sensitivity, specificity, wilson


# R 4.3: binom::binom.confint(x, n, methods = "wilson"); also Newcombe 1998,
# doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E, table I, method 3.
@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_the_published_one(count, total, low, high) -> None:
    rate = wilson(count, total)
    assert (round(rate.low, 4), round(rate.high, 4)) == (low, high)


def test_rates_of_a_reading_session() -> None:
    counts = Counts(tp=8, fp=30, fn=2, tn=960)
    assert sensitivity(counts).value == pytest.approx(0.8)
    assert specificity(counts).value == pytest.approx(960 / 990)
    assert recall_rate(counts).value == pytest.approx(0.038)
    assert str(sensitivity(counts)) == "80.0 % (49.0 to 94.3), 8 of 10"


def test_no_cancer_gives_no_sensitivity() -> None:
    rate = sensitivity(Counts(0, 1, 0, 9))
    assert math.isnan(rate.value)
    assert str(rate) == "no observation"


def test_a_good_test_at_a_low_prevalence_calls_mostly_healthy_women() -> None:
    # 6 per 1000, 87 % sensitivity, 93 % specificity: 5.22 true of 74.8 called
    assert ppv(sensitivity=0.87, specificity=0.93, prevalence=0.006) == pytest.approx(5.22 / (5.22 + 69.58))
    assert math.isnan(ppv(sensitivity=0, specificity=1, prevalence=0.1))
    with pytest.raises(ValueError, match="prevalence must lie"):
        ppv(sensitivity=1, specificity=1, prevalence=2)


@pytest.mark.parametrize(("count", "total"), [(-1, 3), (4, 3)])
def test_what_is_no_proportion_is_refused(count, total) -> None:
    with pytest.raises(ValueError, match="no proportion"):
        wilson(count, total)


def test_negative_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        Counts(1, -1, 0, 0)


pairs = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(pairs)
def test_the_interval_holds_the_rate_and_stays_a_proportion(pair) -> None:
    rate = wilson(*pair)
    assert 0 <= rate.low <= rate.value <= rate.high <= 1


@given(pairs)
def test_the_interval_of_failures_mirrors_that_of_successes(pair) -> None:
    count, total = pair
    one, other = wilson(count, total), wilson(total - count, total)
    assert one.low == pytest.approx(1 - other.high)


@given(st.floats(0.01, 1), st.floats(0, 0.99), st.floats(0.001, 0.999), st.floats(0.001, 0.999))
def test_a_rarer_disease_never_raises_the_predictive_value(sens, spec, one, other) -> None:
    low, high = sorted((one, other))
    rare = ppv(sensitivity=sens, specificity=spec, prevalence=low)
    assert rare <= ppv(sensitivity=sens, specificity=spec, prevalence=high) + 1e-12
