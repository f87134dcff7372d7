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
        ([0, 0, 1, 1], [1, 1, 2, 2], "fewer than two operating points"),
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
