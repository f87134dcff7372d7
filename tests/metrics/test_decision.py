"""Decision curves against R and by their properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from senolab.metrics.decision import decision_curve, net_benefit
from senolab.metrics.recalibration import shift_prevalence

pytestmark = pytest.mark.filterwarnings("error", "ignore::ResourceWarning")

# The set for R 4.2: i <- 1:60; p <- i/61; y <- as.integer(((i*37) %% 61)/61 < p^2 + 0.1)
STEPS = np.arange(1, 61)
PROBABILITY = STEPS / 61
TRUTH = (((STEPS * 37) % 61) / 61 < PROBABILITY**2 + 0.1).astype(int)


@st.composite
def cases(draw):
    """Truth of both classes, and predictions with ties."""
    size = draw(st.integers(2, 40))
    truth = draw(
        st.lists(st.integers(0, 1), min_size=size, max_size=size).filter(lambda t: 0 < sum(t) < len(t))
    )
    places = draw(st.lists(st.integers(0, 50), min_size=size, max_size=size))
    return np.array(truth), np.array(places) / 50


def curve(truth, probability, **options):
    """With as few resamples as are allowed."""
    return decision_curve(truth, probability, resamples=100, **options)


def test_the_curve_is_that_of_r() -> None:
    # R: for (t in c(.1, .3, .5, .8)) { w <- t/(1 - t); tp <- sum(p >= t & y == 1);
    #   fp <- sum(p >= t & y == 0); nb <- tp/60 - fp/60*w; all <- mean(y) - (1 - mean(y))*w;
    #   c(nb, all, nb/mean(y), (nb - all)/w) }
    model = [0.362962962963, 0.247619047619, 0.166666666667, 0.0333333333333]
    recall_all = [0.37037037037, 0.190476190476, -0.133333333333, -1.83333333333]
    standardised = [0.837606837607, 0.571428571429, 0.384615384615, 0.0769230769231]
    avoided = [-0.0666666666667, 0.133333333333, 0.3, 0.466666666667]
    found = curve(TRUTH, PROBABILITY, thresholds=[0.1, 0.3, 0.5, 0.8])
    assert found.model == pytest.approx(model)
    assert found.recall_all == pytest.approx(recall_all)
    assert found.standardised == pytest.approx(standardised)
    assert found.interventions_avoided == pytest.approx(avoided)
    assert (found.recall_none == 0).all()
    assert found.prevalence == pytest.approx(26 / 60)


def test_the_curve_at_another_prevalence_is_that_of_r() -> None:
    # R: tp/sum(y)*.02 - fp/sum(1 - y)*.98*w
    model = [-0.0736450477627, -0.217013574661, -0.272850678733, -0.2228959276018]
    found = curve(TRUTH, PROBABILITY, thresholds=[0.1, 0.3, 0.5, 0.8], prevalence=0.02)
    assert found.model == pytest.approx(model)
    assert found.recall_all[0] == pytest.approx(0.02 - 0.98 / 9)
    assert found.standardised[0] == pytest.approx(model[0] / 0.02)
    assert found.prevalence == 0.02


def test_a_case_is_recalled_at_its_own_threshold() -> None:
    found = curve([0, 1], [0.3, 0.3], thresholds=[0.29, 0.3, 0.31])
    assert found.model == pytest.approx([0.5 - 0.5 * 0.29 / 0.71, 0.5 - 0.5 * 0.3 / 0.7, 0])


def test_one_threshold_is_a_point_of_the_curve() -> None:
    one = net_benefit(TRUTH, PROBABILITY, threshold=0.3)
    whole = decision_curve(TRUTH, PROBABILITY)
    place = int(np.flatnonzero(whole.thresholds == 0.3)[0])
    assert (one.value, one.low, one.high) == (whole.model[place], whole.low[place], whole.high[place])
    assert one.method == "bootstrap-percentile" and not one.note


def test_the_band_is_near_the_one_of_a_mean() -> None:
    recalled, odds = PROBABILITY >= 0.3, 0.3 / 0.7
    gain = np.where(recalled, np.where(TRUTH == 1, 1, -odds), 0)
    half = 1.96 * gain.std() / np.sqrt(60)
    one = net_benefit(TRUTH, PROBABILITY, threshold=0.3, resamples=4000)
    assert (one.low, one.high) == pytest.approx((gain.mean() - half, gain.mean() + half), abs=0.012)


def test_the_band_at_another_prevalence_draws_within_the_classes() -> None:
    # all cancers are found and no woman without cancer is recalled, however one draws within a class
    one = net_benefit([1, 1, 0, 0], [0.9, 0.8, 0.1, 0.2], threshold=0.5, prevalence=0.01)
    assert (one.value, one.low, one.high) == pytest.approx((0.01, 0.01, 0.01))
    assert "no width" in one.note
    wide = net_benefit([1, 1, 0, 0], [0.9, 0.8, 0.1, 0.2], threshold=0.5)
    assert wide.low < 0.5 < wide.high


@settings(max_examples=25, deadline=None)
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_the_cases_does_not_matter(data, random) -> None:
    truth, probability = data
    order = list(range(len(truth)))
    random.shuffle(order)
    one, other = curve(truth, probability), curve(truth[order], probability[order])
    for name in ("model", "low", "high", "recall_all"):
        assert (getattr(one, name) == getattr(other, name)).all()


@settings(max_examples=25, deadline=None)
@given(cases(), st.none() | st.floats(0.01, 0.99))
def test_no_model_beats_finding_all_cancers_and_one_that_always_recalls_is_recalling_all(
    data, prevalence
) -> None:
    truth, probability = data
    found = curve(truth, probability, prevalence=prevalence)
    assert (found.standardised <= 1 + 1e-12).all()
    assert (found.low <= found.high).all()
    always = curve(truth, np.ones(len(truth)), prevalence=prevalence)
    assert always.model == pytest.approx(found.recall_all)
    assert always.interventions_avoided == pytest.approx(np.zeros(99), abs=1e-9)
    never = curve(truth, np.zeros(len(truth)), prevalence=prevalence)
    assert never.model == pytest.approx(never.recall_none)
    perfect = curve(truth, truth, prevalence=prevalence)
    assert perfect.standardised == pytest.approx(np.ones(99))


@settings(max_examples=25, deadline=None)
@given(cases())
def test_the_sets_own_prevalence_changes_nothing_but_the_band(data) -> None:
    truth, probability = data
    own = curve(truth, probability, prevalence=float(np.mean(truth)))
    assert own.model == pytest.approx(curve(truth, probability).model)


@settings(max_examples=25, deadline=None)
@given(cases(), st.floats(0.05, 0.95), st.floats(0.005, 0.5))
def test_a_shift_of_prevalence_carries_the_threshold_along(data, threshold, screening) -> None:
    # both predictions and threshold shifted: the same women are recalled
    truth, probability = data
    probability = 0.001 + 0.998 * probability
    here = float(np.mean(truth))
    moved = shift_prevalence(probability, given=here, wanted=screening)
    there = float(shift_prevalence([threshold], given=here, wanted=screening)[0])
    if np.abs(probability - threshold).min() < 1e-9:
        return
    found = curve(truth, moved, thresholds=[there], prevalence=screening).model[0]
    recalled = probability > threshold
    hits, false = recalled[truth == 1].mean(), recalled[truth == 0].mean()
    assert found == pytest.approx(hits * screening - false * (1 - screening) * there / (1 - there))


BAD = [
    ([], [], {}, "truth is empty"),
    ([0, 1], [0.1], {}, "probability has 1 values, but truth has 2"),
    ([[0, 1]], [0.1, 0.2], {}, "truth must have 1 dimension"),
    ([0, 1], [[0.1, 0.2]], {}, "probability must have 1 dimension"),
    ([0, np.nan], [0.1, 0.2], {}, "truth holds nan at place 1"),
    ([0, 1], [np.nan, 0.2], {}, "probability holds nan at place 0"),
    ([0, 0], [0.1, 0.2], {}, "truth holds 0 only"),
    ([1, 1], [0.1, 0.2], {}, "truth holds 1 only"),
    ([0, 1], [0.1, 1.2], {}, "probability must lie between 0 and 1"),
    ([0, 1], [0.1, 0.2], {"prevalence": 0}, "prevalence must lie between 0 and 1, and be neither"),
    ([0, 1], [0.1, 0.2], {"prevalence": np.nan}, "prevalence must lie"),
    ([0, 1], [0.1, 0.2], {"prevalence": 5e-324}, "prevalence must be at least 1e-12"),
    ([0, 1], [0.1, 0.2], {"prevalence": "rare"}, "prevalence must be a single number"),
    ([0, 1], [0.1, 0.2], {"seed": "one"}, "seed must be a single number"),
    ([0, 1], [0.1, 0.2], {"confidence": 0}, "confidence must lie"),
    ([0, 1], [0.1, 0.2], {"resamples": 5}, "resamples must be a whole number of at least 100"),
]


@pytest.mark.parametrize(("truth", "probability", "options", "says"), BAD)
@pytest.mark.parametrize("measure", [decision_curve, lambda t, p, **o: net_benefit(t, p, threshold=0.1, **o)])
def test_bad_cases_are_refused_with_a_sentence(measure, truth, probability, options, says) -> None:
    with pytest.raises(ValueError, match=says):
        measure(truth, probability, **options)


@pytest.mark.parametrize(
    ("thresholds", "says"),
    [
        ([], "thresholds is empty"),
        ([0, 0.5], "thresholds must lie between 0 and 1, and be neither"),
        ([0.5, 1], "thresholds must lie between 0 and 1, and be neither"),
        ([1e-320], "thresholds must be at least 1e-12"),
        ([0.5, 0.2], "thresholds must rise"),
        ([0.5, 0.5], "thresholds must rise"),
        ([np.nan], "thresholds holds nan"),
        ([[0.5]], "thresholds must have 1 dimension"),
    ],
)
def test_bad_thresholds_are_refused_with_a_sentence(thresholds, says) -> None:
    with pytest.raises(ValueError, match=says):
        decision_curve([0, 1], [0.1, 0.2], thresholds=thresholds)
    if len(thresholds) == 2:
        return
    with pytest.raises(ValueError, match="threshold must lie"):
        net_benefit([0, 1], [0.1, 0.2], threshold=1)
