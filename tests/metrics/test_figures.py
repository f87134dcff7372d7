"""Figures of merit that are no rank statistic, in a study."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from senolab.metrics import binormal, figures, merit, mrmc, partialarea
from senolab.metrics.study import picked, reading_of_marks, reading_of_ratings, study_of_ratings

RNG = np.random.default_rng(9)
TRUTH = np.repeat([0, 1], [20, 15])
RATINGS = RNG.integers(1, 6, (2, 3, 35)) + TRUTH
WHOLE = reading_of_ratings(TRUTH, RATINGS[0, 0])
EVERY = {
    "partial": figures.partial_area(0.2),
    "sensitivity": figures.sensitivity_at(4),
    "specificity": figures.specificity_at(4),
    "binormal": figures.binormal_area(),
}


def test_each_figure_is_what_its_own_module_gives() -> None:
    rating = RATINGS[0, 0]
    partial = partialarea.partial_auc(TRUTH, rating, most_false=0.2, standardised=True).value
    assert merit.figure_of_merit(WHOLE, EVERY["partial"]) == pytest.approx(partial)
    assert merit.figure_of_merit(WHOLE, EVERY["sensitivity"]) == np.mean(rating[TRUTH == 1] >= 4)
    assert merit.figure_of_merit(WHOLE, EVERY["specificity"]) == np.mean(rating[TRUTH == 0] < 4)
    smooth = binormal.fit(TRUTH, rating).area.value
    assert merit.figure_of_merit(WHOLE, EVERY["binormal"]) == pytest.approx(smooth, abs=1e-6)


# Of few cases some resamples determine no binormal curve, and the bootstrap is refused.
@pytest.mark.parametrize(
    ("name", "method"),
    [(n, m) for n in EVERY for m in ("jackknife", "bootstrap") if (n, m) != ("binormal", "bootstrap")],
)
def test_a_study_is_analysed_by_any_of_them(name: str, method: str) -> None:
    found = mrmc.analyse(study_of_ratings(TRUTH, RATINGS), figure=EVERY[name], method=method, resamples=100)
    assert found.figure == EVERY[name].name and set(found.tests) == {"RRRC", "FRRC", "RRFC"}
    assert found.components.var > 0 and all(0 <= test.p <= 1 for test in found.tests.values())


def test_a_function_of_ones_own_gives_what_the_rank_statistic_gives() -> None:
    def area(reading) -> float:
        healthy, diseased = figures.sides(reading)
        return float(np.mean((diseased > healthy[:, None]) + 0.5 * (diseased == healthy[:, None])))

    study = study_of_ratings(TRUTH, RATINGS)
    for method in ("jackknife", "bootstrap"):
        own, known = (mrmc.analyse(study, figure=f, method=method, resamples=200) for f in (area, "auc"))
        assert own.foms == pytest.approx(known.foms)
        assert vars(own.components) == pytest.approx(vars(known.components))
        assert own.figure == "own figure"


@pytest.mark.parametrize("figure", [EVERY["partial"], EVERY["sensitivity"]], ids=["partial", "sensitivity"])
def test_cases_read_alike_share_a_computation_and_nothing_else(figure) -> None:
    marked = reading_of_marks(
        [0, 0, 1, 1, 1],
        lesion_case=[2, 2, 3, 4],
        lesion_weight=[0.3, 0.7, 1, 1],
        mark_case=[0, 1, 2, 3, 4],
        mark_lesion=[-1, -1, 1, 2, 3],
        mark_rating=[4, 5, 5, 4, 4],
    )
    for reading in (WHOLE, marked):
        one_by_one = merit.leave_one_out(reading, figure.__call__)
        assert merit.leave_one_out(reading, figure) == pytest.approx(one_by_one, abs=1e-15)


def test_a_figure_that_a_reading_does_not_have_is_told_with_whose_it_is() -> None:
    ratings = np.array([[RATINGS[0, 0], np.resize([1, 5], 35)]])
    with pytest.raises(ValueError, match=r"reader 2 in modality 1: the ratings do not determine"):
        mrmc.analyse(study_of_ratings(TRUTH, ratings), figure=EVERY["binormal"])
    with pytest.raises(ValueError, match=r"a function of one reading, such as figures.binormal_area\(\)"):
        merit.figure_of_merit(WHOLE, figures.binormal_area)  # pyright: ignore[reportArgumentType]


def test_what_they_cannot_do_is_refused_in_a_sentence() -> None:
    study = study_of_ratings(TRUTH, RATINGS)
    with pytest.raises(ValueError, match="DeLong's variance is defined for rank statistics"):
        mrmc.analyse(study, figure=EVERY["partial"], method="delong")
    with pytest.raises(ValueError, match="do not determine a binormal curve"):
        mrmc.analyse(study_of_ratings([0, 0, 1, 1], [[[1, 2, 1, 2]]]), figure=EVERY["binormal"])
    with pytest.raises(ValueError, match="the figure of merit must be a finite number, not nan"):
        merit.figure_of_merit(WHOLE, lambda reading: float("nan"))
    with pytest.raises(ValueError, match="most_false must be greater than 0"):
        figures.partial_area(0)
    with pytest.raises(ValueError, match="threshold must be a finite number"):
        figures.sensitivity_at(float("nan"))
    with pytest.raises(ValueError, match="cases holds 99"):
        picked(WHOLE, [0, 99])
    with pytest.raises(ValueError, match="the truth of the picked cases holds 0 only"):
        picked(WHOLE, [0, 1])


@given(st.lists(st.integers(0, 3), min_size=2, max_size=8))
@settings(max_examples=50)
def test_picking_cases_takes_all_that_belongs_to_them(cases) -> None:
    reading = reading_of_marks(
        [0, 0, 1, 1],
        lesion_case=[2, 2, 3],
        mark_case=[3, 0, 2, 0, 3],
        mark_lesion=[2, -1, 0, -1, -1],
        mark_rating=[4, 1, 5, 3, 2],
    )
    cases = [*cases, 0, 2]
    new = picked(reading, cases)
    assert new.highest_false().tolist() == [reading.highest_false()[k] for k in cases]
    assert new.highest_lesion().tolist() == [reading.highest_lesion()[k] for k in cases]
    assert np.bincount(new.lesion_case, new.lesion_weight, len(cases)) == pytest.approx(
        [float(k >= 2) for k in cases]
    )
