"""The binormal curve against a published fit, and what it refuses."""

import numpy as np
import pytest
from scipy import stats
from senolab.metrics import binormal, roc

# Hanley & McNeil 1982, doi:10.1148/radiology.143.1.7063747, table I.
TRUTH = np.repeat([0, 1], [58, 51])
RATING = np.concatenate(
    [np.repeat(range(1, 6), [33, 6, 6, 11, 2]), np.repeat(range(1, 6), [3, 2, 2, 11, 33])]
)


# Stata Base Reference Manual, rocfit, example 1 (the same scans): intercept 1.656782, slope 0.713002,
# cuts .169768 .463215 .766860 1.797938, area .911331; its standard errors (.310456 .215882; area .029506)
# come from the observed information, ours from the expected one.
def test_the_fit_is_the_published_one() -> None:
    fitted = binormal.fit(TRUTH, RATING)
    assert (fitted.a, fitted.b) == (pytest.approx(1.656782, abs=2e-6), pytest.approx(0.713002, abs=2e-6))
    assert fitted.cuts == pytest.approx([0.169768, 0.463215, 0.766860, 1.797938], abs=2e-6)
    assert fitted.area.value == pytest.approx(0.911331, abs=1e-6)
    assert np.sqrt(np.diag(fitted.covariance)) == pytest.approx([0.310456, 0.215882], rel=0.01)
    probits = stats.norm.ppf([fitted.area.low, fitted.area.high])
    assert np.diff(probits)[0] / 2 / 1.959964 * stats.norm.pdf(probits.mean()) == pytest.approx(
        0.029506, rel=0.01
    )


def test_the_curve_joins_the_corners_and_its_area_is_the_integral() -> None:
    fitted = binormal.fit(TRUTH, RATING)
    assert fitted.sensitivity([0, 1]) == pytest.approx([0, 1])
    assert fitted.partial_area(1) == pytest.approx(fitted.area.value, abs=1e-6)
    assert 0 < fitted.partial_area(0.2) < 0.2
    with pytest.raises(ValueError, match="must lie between 0 and 1"):
        fitted.sensitivity([0.5, 1.5])


def test_fine_ratings_are_grouped_and_the_truth_is_found_again() -> None:
    rng = np.random.default_rng(3)
    truth = np.repeat([0, 1], [3000, 2000])
    rating = np.concatenate([rng.normal(0, 1, 3000), rng.normal(1.5, 1.25, 2000)])
    fitted = binormal.fit(truth, rating)
    assert (fitted.a, fitted.b) == (pytest.approx(1.2, abs=0.08), pytest.approx(0.8, abs=0.05))
    assert fitted.area.low < stats.norm.cdf(1.5 / np.hypot(1, 1.25)) < fitted.area.high
    assert fitted.area.value == pytest.approx(roc.auc(truth, rating), abs=0.01)


def test_a_monotone_change_of_the_ratings_changes_nothing() -> None:
    one, other = binormal.fit(TRUTH, RATING), binormal.fit(TRUTH, RATING.astype(float) ** 3)
    assert (one.a, one.b) == (pytest.approx(other.a, abs=1e-5), pytest.approx(other.b, abs=1e-5))


@pytest.mark.parametrize(
    ("truth", "rating", "words"),
    [
        ([0, 0, 1, 1], [1, 1, 2, 2], "no maximum, and only grows towards an area of 1"),
        ([0, 0, 1, 1, 0, 1], [1, 1, 2, 2, 2, 1], "fewer than two operating points"),
        ([0, 0, 1, 1], [3, 3, 3, 3], "fewer than two operating points"),
        ([0, 0], [1, 2], "both classes"),
        ([0, 1, 1], [1, 2], "rating has 2 values"),
        ([], [], "is empty"),
        ([0, 1], [1, np.nan], "rating holds nan"),
    ],
)
def test_ratings_that_determine_no_curve_are_refused(truth: list, rating: list, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        binormal.fit(truth, rating)


# Each table holds the counts by category, of the healthy and of the diseased. What is approached is seen in
# the empirical points: (.3, 1) and (0, .8) lie on the edges at the upper left corner.
ENDS = {
    "into the corner": ([7, 3, 0], [0, 2, 8], 1),
    "into the other corner": ([0, 2, 8], [7, 3, 0], 0),
    "level": ([5, 3, 2, 0], [4, 0, 3, 3], 0.6),
    "level and to the right": ([0, 6, 4], [2, 0, 8], 0.8),
    "upright": ([4, 0, 4, 2], [1, 3, 6, 0], 0.4),
    "upright and on top": ([4, 2, 0, 4], [0, 3, 3, 4], 0.6),
}


@pytest.mark.parametrize(("healthy", "diseased", "end"), ENDS.values(), ids=ENDS)
def test_where_the_likelihood_has_no_maximum_the_area_is_what_it_grows_towards(
    healthy: list, diseased: list, end: float
) -> None:
    truth, rating = _cases(healthy, diseased)
    with pytest.raises(ValueError, match=rf"no maximum, and only grows towards an area of {end:.6g}; take"):
        binormal.fit(truth, rating)
    assert binormal.area(truth, rating) == pytest.approx(end)
    # The same many times, and one case in each empty cell: now there is a maximum, the nearer the more often.
    often = ([[n * k or 1 for k in side] for side in (healthy, diseased)] for n in (100, 10_000))
    less, more = (abs(binormal.fit(*_cases(*tables)).area.value - end) for tables in often)
    assert more < min(0.8 * less, 0.05)


@pytest.mark.parametrize(
    ("healthy", "diseased"),
    [([4, 6], [3, 7]), ([0, 10, 0], [2, 5, 3]), ([2, 5, 3], [0, 10, 0]), ([4, 0, 6], [3, 0, 7])],
)
def test_an_area_that_the_ratings_leave_open_is_refused(healthy: list, diseased: list) -> None:
    with pytest.raises(ValueError, match="fewer than two operating points lie between the corners"):
        binormal.area(*_cases(healthy, diseased))


# Counts where a search ends on a plain that is none, if tails beyond the numbers' reach are cut off.
@pytest.mark.parametrize(
    ("healthy", "diseased", "a", "b"),
    [
        ([19, 1, 1, 11, 0], [2, 0, 61, 5, 1], 2.420095, 3.974033),
        ([24, 0, 0, 27, 24], [4, 7, 39, 2, 1], -1.911447, 5.462168),
        ([38, 11, 14, 0], [20, 1, 42, 3], 0.538016, 0.085296),
    ],
)
def test_no_curve_near_the_fitted_one_is_likelier(healthy: list, diseased: list, a: float, b: float) -> None:
    counts = np.array([healthy, diseased])
    fitted = binormal.fit(*_cases(healthy, diseased))
    assert (fitted.a, fitted.b) == (pytest.approx(a, abs=1e-5), pytest.approx(b, abs=1e-5))

    def likelihood(a: float, b: float, cuts: np.ndarray) -> float:
        whole = np.concatenate([[-np.inf], cuts, [np.inf]])
        shares = np.diff(stats.norm.cdf([whole, b * whole - a]))
        return float((counts * np.log(np.maximum(shares, 1e-300))).sum())

    best, rng = likelihood(fitted.a, fitted.b, fitted.cuts), np.random.default_rng(5)
    for step in rng.normal(0, 0.05, (200, 2 + len(fitted.cuts))):
        assert likelihood(fitted.a * (1 + step[0]), fitted.b * (1 + step[1]), fitted.cuts + step[2:]) < best


# One point between the edges, but points on both edges beside it: they hold the slope from both sides.
def test_points_on_two_edges_determine_the_slope_through_a_third() -> None:
    truth, rating = _cases([6, 56, 7, 0, 0], [0, 8, 4, 6, 27])
    fitted = binormal.fit(truth, rating)
    assert (fitted.a, fitted.b) == (pytest.approx(1.66, abs=5e-3), pytest.approx(0.447, abs=5e-4))
    assert binormal.area(truth, rating) == fitted.area.value


def _cases(healthy: list, diseased: list) -> tuple[np.ndarray, np.ndarray]:
    """Truth and rating of cases by their counts in each category."""
    truth = np.repeat([0, 1], [sum(healthy), sum(diseased)])
    return truth, np.concatenate([np.repeat(range(len(side)), side) for side in (healthy, diseased)])
