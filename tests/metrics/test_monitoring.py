"""CUSUM and funnel charts against published values, against R, and by simulation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from senolab.metrics.funnel import funnel, funnel_limits
from senolab.metrics.monitoring import (
    CusumChart,
    average_run_length,
    cusum,
    cusum_chart,
)

pytestmark = pytest.mark.filterwarnings("error", "ignore::ResourceWarning")
RECALLS = cusum_chart(in_control=0.1, out_of_control=0.15, run_length=500)


def chart(event, other, limit, *, step=1.0):
    """A chart of given steps."""
    return CusumChart(
        in_control=0.1,
        out_of_control=0.2,
        step=step,
        event_steps=event,
        other_steps=other,
        limit_steps=limit,
        run_length_in_control=1,
        run_length_out_of_control=1,
    )


# Steiner et al. 2000, p. 446: patients of Parsonnet scores 0 and 50, logit p = -3.68 + 0.077 score,
# doubled odds: a death weighs 0.67 and 0.26, a survival -0.024 and -0.43
@pytest.mark.parametrize(("score", "death", "survival"), [(0, 0.67, -0.024), (50, 0.26, -0.43)])
def test_weights_are_the_published_ones(score, death, survival) -> None:
    good = 1 / (1 + np.exp(3.68 - 0.077 * score))
    doubled = cusum_chart(in_control=good, out_of_control=2 * good / (1 + good), run_length=50)
    assert doubled.event_steps * doubled.step == pytest.approx(death, rel=0.005)
    assert doubled.other_steps * doubled.step == pytest.approx(survival, rel=0.025)


# R: a dense chain, Q[s, max(0, s + event)] += p and Q[s, max(0, s + other)] += 1 - p while below
# the limit, solve(diag(limit) - Q, rep(1, limit))[1]
@pytest.mark.parametrize(
    ("rate", "event", "other", "limit", "length"),
    [
        (0.5, 9, -11, 66, 97.0338768772),
        (0.5, 9, -11, 67, 101.2233905780),
        (0.6, 9, -11, 67, 36.8002919255),
        (0.1, 71, -10, 347, 495.1676758395),
        (0.1, 71, -10, 348, 501.3774461349),
        (0.15, 71, -10, 348, 104.1508767588),
    ],
)
def test_run_lengths_are_those_of_r(rate, event, other, limit, length) -> None:
    assert average_run_length(chart(event, other, limit), rate=rate) == pytest.approx(length, rel=1e-9)


def test_the_limit_is_the_lowest_with_the_wanted_run_length() -> None:
    assert (RECALLS.event_steps, RECALLS.other_steps, RECALLS.limit_steps) == (71, -10, 348)
    assert RECALLS.run_length_in_control == pytest.approx(501.3774461349)
    assert RECALLS.run_length_out_of_control == pytest.approx(104.1508767588)
    assert RECALLS.limit == pytest.approx(348 * np.log(18 / 17) / 10)


@given(st.floats(0.05, 0.95), st.integers(1, 6))
def test_a_chart_that_waits_for_a_run_of_events_has_the_run_length_of_runs(rate, run) -> None:
    # any case without the event sends it back to 0: (1 - p^k) / (p^k (1 - p)), Feller 1968, XIII.7
    length = (1 - rate**run) / (rate**run * (1 - rate))
    assert average_run_length(chart(1, -run, run), rate=rate) == pytest.approx(length)


def test_a_simulation_signals_as_often_as_the_chain_says() -> None:
    rng = np.random.default_rng(4)
    lengths = []
    for _ in range(400):
        events = rng.random(6000) < 0.1
        signal = cusum(events, ["2026-01"] * 6000, chart=RECALLS).signal
        assert signal is not None
        lengths.append(signal + 1)
    error = np.std(lengths) / np.sqrt(len(lengths))
    assert np.mean(lengths) == pytest.approx(RECALLS.run_length_in_control, abs=3 * error)


@settings(max_examples=15, deadline=None)
@given(st.floats(0.02, 0.9), st.floats(0.02, 0.9), st.floats(2, 400))
def test_a_chart_is_slow_at_the_good_rate_and_faster_at_the_bad(good, bad, wanted) -> None:
    if abs(good - bad) < 0.01:
        return
    found = cusum_chart(in_control=good, out_of_control=bad, run_length=wanted)
    assert found.run_length_in_control >= wanted
    assert found.run_length_out_of_control <= found.run_length_in_control
    assert (found.event_steps > 0) == (bad > good) == (found.other_steps < 0)
    assert found.event_steps * found.step == pytest.approx(np.log(bad / good), rel=0.00101)
    assert found.other_steps * found.step == pytest.approx(np.log((1 - bad) / (1 - good)), rel=0.00101)
    lower = chart(found.event_steps, found.other_steps, found.limit_steps - 1)
    assert found.limit_steps == 1 or average_run_length(lower, rate=good) < wanted


@settings(max_examples=15, deadline=None)
@given(st.floats(0.05, 0.45), st.floats(0.05, 0.45))
def test_to_count_the_others_as_events_mirrors_a_chart(good, bad) -> None:
    if abs(good - bad) < 0.01:
        return
    one = cusum_chart(in_control=good, out_of_control=bad, run_length=100)
    other = cusum_chart(in_control=1 - good, out_of_control=1 - bad, run_length=100)
    assert (one.event_steps, one.other_steps) == (other.other_steps, other.event_steps)
    assert one.run_length_in_control == pytest.approx(other.run_length_in_control)


def test_the_month_of_the_signal_is_that_of_the_case_which_reaches_the_limit() -> None:
    months = ["January"] * 4 + ["February"] * 2
    found = cusum([0, 1, 0, 1, 1, 0], months, chart=chart(2, -1, 5, step=0.5))
    assert found.path.tolist() == [0, 1, 0.5, 1.5, 2.5, 2]
    assert (found.signal, found.month) == (4, "February")
    quiet = cusum([0, 0, 1], [1, 1, 2], chart=chart(2, -1, 5))
    assert (quiet.signal, quiet.month) == (None, None)


@given(st.lists(st.integers(0, 1), min_size=1, max_size=60), st.integers(1, 5), st.integers(1, 5))
def test_the_path_is_that_of_the_definition(events, up, down) -> None:
    state, path = 0, []
    for event in events:
        state = max(0, state + (up if event else -down))
        path.append(state)
    assert cusum(events, [0] * len(events), chart=chart(up, -down, 99)).path.tolist() == path


# R: r <- qbinom(p, n, .04); a <- (pbinom(r, n, .04) - p)/(pbinom(r, n, .04) - pbinom(r - 1, n, .04));
# pmin(1, pmax(0, (r - a)/n)) for p in .025, .975, .001, .999
@pytest.mark.parametrize(
    ("total", "low", "high", "lowest", "highest"),
    [
        (10, 0, 0.163830831658, 0, 0.290341546090),
        (50, 0, 0.093871949149, 0, 0.138454428711),
        (500, 0.0226579060823, 0.0570857044434, 0.0146154943373, 0.0686238809543),
    ],
)
def test_funnel_limits_are_those_of_r(total, low, high, lowest, highest) -> None:
    lower, upper = funnel_limits([total], target=0.04)
    assert lower[0] == pytest.approx([low, lowest])
    assert upper[0] == pytest.approx([high, highest])


def test_a_funnel_of_as_many_cases_as_there_can_be_has_limits() -> None:
    lower, upper = funnel_limits([1e12], target=0.05, levels=[1 - 1e-12])
    assert 0.0499 < lower[0, 0] < 0.05 < upper[0, 0] < 0.0501


def test_a_funnel_sets_readers_apart() -> None:
    found = funnel([40, 20, 6, 75], [1000, 1000, 50, 1000])
    assert found.target == pytest.approx(141 / 3050)
    assert found.rates == pytest.approx([0.04, 0.02, 0.12, 0.075])
    assert found.outside.tolist() == [[0, 0], [-1, -1], [0, 0], [1, 1]]  # P(6 or more of 50) = .0272
    assert funnel([40], [1000], target=0.04).outside.tolist() == [[0, 0]]
    assert funnel([0, 0], [10, 20], target=0.04, levels=[0.9]).lower.shape == (2, 1)


@given(st.integers(1, 3000), st.floats(0.001, 0.999))
def test_limits_hold_the_target_are_nested_and_mirror_each_other(total, target) -> None:
    (lower,), (upper,) = funnel_limits([total], target=target, levels=[0.8, 0.95, 0.998])
    assert (np.diff(lower) <= 1e-12).all() and (np.diff(upper) >= -1e-12).all()
    assert (lower >= 0).all() and (upper <= 1).all() and (lower <= upper).all()
    assert (lower - 1 / total <= target).all() and (target <= upper + 1 / total).all()
    (mirrored,), _ = funnel_limits([total], target=1 - target, levels=[0.8])
    # the published limits are whole counts that are reached or passed, hence one case apart
    assert upper[0] == 0 or mirrored[0] == pytest.approx(max(0, 1 - upper[0] - 1 / total), abs=1e-6)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: cusum_chart(in_control=0, out_of_control=0.1, run_length=9), "in_control must lie between"),
        (
            lambda: cusum_chart(in_control=0.1, out_of_control=1, run_length=9),
            "out_of_control must lie between",
        ),
        (lambda: cusum_chart(in_control=np.nan, out_of_control=0.1, run_length=9), "in_control must lie"),
        (lambda: cusum_chart(in_control=0.1, out_of_control=0.1, run_length=9), "must differ"),
        (
            lambda: cusum_chart(in_control=0.1, out_of_control=0.2, run_length=1),
            "run_length must lie between 2",
        ),
        (lambda: cusum_chart(in_control=0.1, out_of_control=0.2, run_length=np.nan), "run_length must lie"),
        (lambda: cusum_chart(in_control=0.1, out_of_control=0.2, run_length=1e9), "run_length must lie"),
        (lambda: cusum_chart(in_control=1e-6, out_of_control=1.1e-6, run_length=1e7), "too long a chart"),
        (
            lambda: cusum_chart(in_control=None, out_of_control=0.2, run_length=9),
            "in_control must be a single",
        ),
        (
            lambda: cusum_chart(in_control=0.1, out_of_control=0.2, run_length="9"),
            "run_length must be a single",
        ),
        (
            lambda: cusum_chart(in_control=1e-17, out_of_control=0.5, run_length=100),
            "too long to be computed",
        ),
        (
            lambda: cusum_chart(in_control=5e-324, out_of_control=0.5, run_length=100),
            "too long to be computed",
        ),
        (lambda: cusum_chart(in_control=1e-300, out_of_control=1e-200, run_length=9), "too long a chart"),
        (lambda: average_run_length(RECALLS, rate=1e-300), "too long to be computed"),
        (lambda: average_run_length(RECALLS, rate=1e-8), "too long to be computed"),
        (lambda: average_run_length(RECALLS, rate="0.1"), "rate must be a single number"),
        (lambda: average_run_length(RECALLS, rate=0), "rate must lie between"),
        (lambda: cusum([], [], chart=RECALLS), "events is empty"),
        (lambda: cusum([0, 2], [1, 1], chart=RECALLS), "events must hold 0 and 1 only"),
        (lambda: cusum([0, np.nan], [1, 1], chart=RECALLS), "events holds nan"),
        (lambda: cusum([[0, 1]], [1, 1], chart=RECALLS), "events must have 1 dimension"),
        (lambda: cusum([0, 1], [1], chart=RECALLS), "months has 1 values, but events has 2"),
        (lambda: cusum([0, 1, 0], [1, 2, 1], chart=RECALLS), "comes back to a month"),
        (lambda: cusum([0, 1], None, chart=RECALLS), "months must be a list"),
        (lambda: cusum([0], np.array("May"), chart=RECALLS), "months must be a list"),
        (lambda: cusum([0, 1], [[1], [2]], chart=RECALLS), "months must hold one label"),
        (lambda: funnel([], []), "events is empty"),
        (lambda: funnel([1], [2, 3]), "events has 1 values, but totals has 2"),
        (lambda: funnel([1.5], [2]), "events must be a whole number"),
        (lambda: funnel([-1], [2]), "events must be a whole number of at least 0"),
        (lambda: funnel([0], [0]), "totals must be a whole number of at least 1"),
        (lambda: funnel([np.nan], [2]), "events holds nan"),
        (lambda: funnel([[1]], [2]), "events must have 1 dimension"),
        (lambda: funnel([1, 3], [2, 2]), "events are more than totals at place 1"),
        (lambda: funnel([0, 0], [5, 6]), "target must lie between 0 and 1, and be neither"),
        (lambda: funnel([5, 6], [5, 6]), "target must lie between 0 and 1, and be neither"),
        (lambda: funnel([1], [2], levels=[]), "levels is empty"),
        (lambda: funnel_limits([1], target=0.5, levels=[95]), "levels must lie between 0 and 1"),
        (lambda: funnel_limits([5, 100], target=0.05, levels=(1 - 1e-16,)), "levels lies too near 0 or 1"),
        (lambda: funnel_limits([5], target=0.5, levels=0.95), "levels must be a list of numbers"),
        (lambda: funnel_limits([5], target=0.5, levels=np.array(0.95)), "levels must be a list of numbers"),
        (lambda: funnel_limits([5], target=0.5, levels=["a"]), "levels must be a single number"),
        (lambda: funnel_limits([5], target=None), "target must be a single number"),
        (lambda: funnel_limits([1e13], target=0.5), "totals must be at most"),
        (lambda: funnel_limits([], target=0.5), "totals is empty"),
        (lambda: funnel_limits([1.5], target=0.5), "totals must be a whole number"),
        (lambda: funnel_limits([5], target=np.nan), "target must lie"),
    ],
)
def test_bad_input_is_refused_with_a_sentence(call, says) -> None:
    with pytest.raises(ValueError, match=says):
        call()


@pytest.mark.parametrize(("n", "target"), [(1, 0.5), (5, 0.04), (20, 0.04), (50, 0.04), (1000, 0.006)])
def test_a_reader_at_the_target_stands_outside_no_oftener_than_the_limits_say(n: int, target: float) -> None:
    events = np.arange(n + 1)
    outside = funnel(events, np.full(n + 1, n), target=target).outside
    chance = stats.binom.pmf(events, n, target)
    for k, level in enumerate((0.95, 0.998)):
        for side in (-1, 1):
            assert chance[outside[:, k] == side].sum() <= (1 - level) / 2 + 1e-12
