"""What must hold for every study, every reading and every table, not only for those that were published."""

import csv
import itertools
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from senolab.metrics import (
    agreement,
    binormal,
    calibration,
    items,
    merit,
    mrmc,
    operating,
    places,
    reliability,
    roc,
    rounds,
)
from senolab.metrics.marks import Lesion, Mark, inside, match
from senolab.metrics.meritinterval import merit_interval
from senolab.metrics.monitoring import cusum, cusum_chart
from senolab.metrics.study import Study, picked, reading_of_marks, reading_of_ratings, study_of_ratings
from senolab.metrics.studytables import read_marks, read_ratings


@st.composite
def designs(draw, *, modalities: tuple[int, int] = (1, 3), readers: tuple[int, int] = (1, 4)) -> Any:
    """Truth and ratings on few levels, so that ties and perfect readers come up."""
    shape = draw(st.integers(*modalities)), draw(st.integers(*readers))
    healthy, diseased = draw(st.integers(2, 12)), draw(st.integers(2, 12))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    truth = np.repeat([0, 1], [healthy, diseased])
    apart, levels = draw(st.integers(0, 4)), draw(st.integers(1, 6))
    return truth, rng.integers(0, levels, (*shape, len(truth))) + apart * truth


def numbers_of(found: mrmc.Analysis) -> list[float | None]:
    """Every number that an analysis tells, in order."""
    told: list[float | None] = [*found.foms.ravel().tolist(), *vars(found.components).values()]
    told += [v for test in found.tests.values() for v in vars(test).values()]
    told += [v for one in found.differences for v in (one.estimate, one.lower, one.upper, one.p)]
    return told + [v for one in found.modalities.values() for v in (one.value, one.low, one.high)]


def alike(one: mrmc.Analysis, other: mrmc.Analysis) -> bool:
    a, b = ([np.nan if v is None else v for v in numbers_of(found)] for found in (one, other))
    return np.allclose(a, b, rtol=1e-6, atol=1e-9, equal_nan=True)


@given(designs(), st.sampled_from(merit.METHODS))
def test_no_study_gives_nan_and_every_interval_holds_its_figure(design, method) -> None:
    found = mrmc.analyse(study_of_ratings(*design), method=method, resamples=100)
    assert not any(v is not None and np.isnan(v) for v in numbers_of(found))
    assert not any(np.isnan(ddf) or ddf <= 0 for ddf in found.ddf.values())
    for one in found.modalities.values():
        assert 0 <= one.low <= one.value <= one.high <= 1
    for test in found.tests.values():
        assert test.p is None or 0 <= test.p <= 1
    for one in found.differences:
        assert one.lower is None or one.upper is None or one.lower <= one.estimate <= one.upper


@given(designs(), st.randoms(use_true_random=False), st.sampled_from(("jackknife", "delong")))
def test_a_study_does_not_depend_on_the_order_of_cases_or_readers_or_on_the_scale(
    design, chance, method
) -> None:
    truth, ratings = design
    order = list(range(len(truth)))
    chance.shuffle(order)
    found = mrmc.analyse(study_of_ratings(truth, ratings), method=method)
    moved = mrmc.analyse(study_of_ratings(truth[order], ratings[:, :, order]), method=method)
    scaled = mrmc.analyse(study_of_ratings(truth, np.exp(ratings / 3.0) - 7.0), method=method)
    assert alike(found, moved) and alike(found, scaled)
    turned = mrmc.analyse(study_of_ratings(truth, ratings[:, ::-1]), method=method)
    assert alike(replace(found, foms=found.foms[:, ::-1]), turned)


@given(designs(modalities=(2, 2)))
def test_two_modalities_changed_about_differ_by_the_opposite(design) -> None:
    truth, ratings = design
    found, turned = (mrmc.analyse(study_of_ratings(truth, r)) for r in (ratings, ratings[::-1]))
    for one, other in zip(found.differences, turned.differences, strict=True):
        assert one.estimate == pytest.approx(-other.estimate, abs=1e-12)
        if one.lower is not None and other.upper is not None:
            assert one.lower == pytest.approx(-other.upper, abs=1e-9)
            assert one.p == pytest.approx(other.p, abs=1e-9)


@given(designs(modalities=(1, 1)))
def test_a_modality_does_not_differ_from_itself(design) -> None:
    truth, ratings = design
    found = mrmc.analyse(study_of_ratings(truth, np.repeat(ratings, 2, axis=0)))
    for one in found.differences:
        assert one.estimate == 0
        assert one.lower is None or (one.upper is not None and one.lower <= 0 <= one.upper)


@given(st.integers(0, 10**6), st.floats(0.4, 2.0), st.floats(0.6, 1.6))
@settings(max_examples=40)
def test_the_binormal_curve_does_not_depend_on_the_scale_and_turns_with_the_truth(
    seed, apart, spread
) -> None:
    rng, truth = np.random.default_rng(seed), np.repeat([0, 1], [60, 50])
    hidden = rng.standard_normal(110) * np.where(truth, spread, 1.0) + apart * truth
    rating = np.digitize(hidden, [-0.6, 0.1, 0.8, 1.5])
    try:
        found = binormal.fit(truth, rating)
    except ValueError:  # these ratings determine no curve, which is refused; see test_binormal
        assume(False)
        raise
    again = binormal.fit(truth, rating**3.0)
    assert (found.a, found.b) == (pytest.approx(again.a), pytest.approx(again.b))
    turned = binormal.fit(1 - truth, -rating)
    assert turned.area.value == pytest.approx(found.area.value, abs=1e-5)
    assert 0 <= found.area.low <= found.area.value <= found.area.high <= 1
    heights = found.sensitivity(np.linspace(0, 1, 21))
    assert (np.diff(heights) >= 0).all() and heights[0] == 0 and heights[-1] == 1


@given(
    st.floats(0, 1),
    st.floats(0, 0.24),
    st.integers(1, 300),
    st.integers(1, 300),
    st.sampled_from(("auc", "wafroc", "lroc")),
)
def test_every_interval_holds_its_figure_and_a_surer_one_holds_the_less_sure(
    value, variance, healthy, diseased, figure
) -> None:
    levels = (
        merit_interval(value, variance, figure=figure, healthy=healthy, diseased=diseased, confidence=level)
        for level in (0.8, 0.95, 0.99)
    )
    for inner, outer in itertools.pairwise(levels):
        assert 0 <= outer.low <= inner.low + 1e-9 <= value + 2e-9
        assert value - 2e-9 <= inner.high - 1e-9 <= outer.high <= 1


@given(designs())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_table_that_was_written_is_read_back_as_the_study_it_was(tmp_path: Path, design) -> None:
    truth, ratings = design
    path, rows = tmp_path / "ratings.csv", []
    for (i, j, k), rating in np.ndenumerate(ratings):
        rows.append((f"m{i}", f"r, {j}", f"c{k}", truth[k], rating))
    with path.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([("modality", "reader", "case", "truth", "rating"), *rows])
    found, made = mrmc.analyse(read_ratings(path)), mrmc.analyse(study_of_ratings(truth, ratings))
    assert alike(found, made)


@given(st.integers(0, 10**6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_tables_of_marks_are_read_back_as_the_reading_they_were(tmp_path: Path, seed) -> None:
    rng, truth = np.random.default_rng(seed), np.repeat([0, 1], [6, 5])
    lesions = [(k, f"{k}-{n}") for k in range(6, 11) for n in range(rng.integers(1, 4))]
    marks = [(int(rng.integers(11)), -1, float(rng.integers(1, 6))) for _ in range(8)]
    marks += [(k, i, float(rng.integers(1, 6))) for i, (k, _) in enumerate(lesions) if rng.random() < 0.7]
    share = {k: sum(one == k for one, _ in lesions) for k in range(11)}
    tables = {
        "cases": [("case", "truth", "n_lesions"), *((k, truth[k], share[k]) for k in range(11))],
        "lesions": [("case", "lesion_id", "weight"), *((k, name, 1 / share[k]) for k, name in lesions)],
        "marks": [
            ("modality", "reader", "case", "truth", "mark", "lesion_id", "rating"),
            *(
                ("m", "r", k, truth[k], "NL" if i < 0 else "LL", "" if i < 0 else lesions[i][1], v)
                for k, i, v in marks
            ),
        ],
    }
    for name, rows in tables.items():
        with (tmp_path / f"{name}.csv").open("w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows(rows)
    made = reading_of_marks(
        truth,
        lesion_case=[k for k, _ in lesions],
        mark_case=[k for k, _, _ in marks],
        mark_lesion=[i for _, i, _ in marks],
        mark_rating=[v for _, _, v in marks],
    )
    found = read_marks(*(tmp_path / f"{name}.csv" for name in tables)).readings["m", "r"]
    for figure in ("hr-auc", "afroc", "afroc1", "wafroc", "wafroc1", "lroc"):
        assert merit.figure_of_merit(found, figure) == pytest.approx(merit.figure_of_merit(made, figure))


CHART = cusum_chart(in_control=0.02, out_of_control=0.06, run_length=200)


class Columns(list):
    """What a data frame is to who goes through it: the names of its columns."""

    ndim, columns = 2, ("a", "b")


SCORES = np.array([[1, 0, 1, 1.0], [0, 1, 1, 0], [1, 1, 0, 1], [0, 0, 0, 1], [1, 1, 1, 1], [0, 0, 1, 0]])
HIDDEN = np.ma.masked_array(SCORES, mask=np.eye(6, 4, dtype=bool))
TRUTH, RATING = [0] * 5 + [1] * 5, [1, 1, 0, 0, 0, 1, 0, 0, 0, 0]
ROUND: dict[str, Any] = dict.fromkeys(
    ("screens", "recalls", "screen_detected_cancers", "interval_cancers"), 5
) | {"interval_cancers": 0}
REFUSED = {
    "masked scores that count 0": lambda: items.difficulty(HIDDEN, missing="zero"),
    "masked scores that are dropped": lambda: items.analyse(HIDDEN, missing="drop"),
    "masked scores of alpha": lambda: reliability.alpha(HIDDEN, missing="zero"),
    "masked scores in a list": lambda: items.difficulty(list(HIDDEN)),
    "masked ratings in a list": lambda: study_of_ratings(
        TRUTH, [[np.ma.masked_array([*RATING[:-1], 999], mask=[0] * 9 + [1])]]
    ),
    "scores of text": lambda: items.difficulty([["1", "0"], ["0", "1"], ["1", "1"]], missing="zero"),  # pyright: ignore[reportArgumentType]
    "text among objects": lambda: roc.auc(np.array(list("0101"), object), np.array(list("1213"), object)),
    "no radius": lambda: places.by_radius([], radii_mm=()),
    "radii that are one number": lambda: places.by_radius([], radii_mm=5.0),  # pyright: ignore[reportArgumentType]
    "corners in space": lambda: Lesion("l", "a", 1.0, 2.0, outline_mm=((0, 0, 0), (1, 0, 0))),  # pyright: ignore[reportArgumentType]
    "no outline": lambda: Lesion("l", "a", 1.0, 2.0, outline_mm=None),  # pyright: ignore[reportArgumentType]
    "a place beyond all digits": lambda: Mark("a", 10**400, 1),
    "a round without screens": lambda: rounds.Round(**ROUND | {"screens": None}),
    "marks in rows of unequal length": lambda: reading_of_marks(
        [0, 1], lesion_case=[1], mark_case=[[1], [1, 2]], mark_lesion=[-1], mark_rating=[1]
    ),
    "heights at a masked fraction": lambda: binormal.fit(
        np.repeat([0, 1], 5), [1, 2, 3, 2, 1, 2, 3, 4, 4, 3]
    ).sensitivity(np.ma.masked_array([0.5], mask=[True])),
    "a mapping of readings": lambda: agreement.cohen_kappa({"c1": "a", "c2": "b"}, {"c1": "b", "c2": "a"}),  # pyright: ignore[reportArgumentType]
    "a table instead of its column": lambda: agreement.raw_agreement(Columns("ab"), Columns("ab")),
    "categories without an order": lambda: agreement.cohen_kappa(
        "abc",
        "abc",
        categories={"a", "b", "c"},
        weights="linear",  # pyright: ignore[reportArgumentType]
    ),
    "a mask instead of places": lambda: picked(reading_of_ratings(TRUTH, RATING), np.arange(10) < 7),
    "a mask of marks": lambda: reading_of_marks(
        [0, 1], lesion_case=[1], mark_case=np.array([True]), mark_lesion=[-1], mark_rating=[1]
    ),
    "whole numbers that are one float": lambda: roc.auc([0, 1], [2**53, 2**53 + 2]),
    "a case without a list of marks": lambda: places.ReadCase(marks=None),  # pyright: ignore[reportArgumentType]
    "a radius that is nothing": lambda: places.by_radius([], radii_mm=[None, 5]),  # pyright: ignore[reportArgumentType]
    "lesions that are gone once they were seen": lambda: match([Mark("a", 1, 1)], (one for one in ())),  # pyright: ignore[reportArgumentType]
    "cases that are gone once they were seen": lambda: places.reading_of_places(iter(())),  # pyright: ignore[reportArgumentType]
    "an outline that is gone once it was seen": lambda: Lesion("l", "a", 1, 1, outline_mm=(p for p in ())),  # pyright: ignore[reportArgumentType]
    "objects instead of places": lambda: picked(
        reading_of_ratings(TRUTH, RATING), np.array([True, False, *range(3, 10)], object)
    ),
    "a mark in no view": lambda: Mark(float("nan"), 1.0, 1.0),  # pyright: ignore[reportArgumentType]
    "a lesion in no view": lambda: Lesion("l", None, 1.0, 1.0),  # pyright: ignore[reportArgumentType]
    "a lesion without a name": lambda: Lesion(float("nan"), "RCC", 1.0, 1.0),  # pyright: ignore[reportArgumentType]
    "a corner of NaN": lambda: inside([(0, 0), (1, float("nan")), (1, 1)], 0.5, 0.5),
    "a month of NaN": lambda: cusum([0] * 3 + [1] * 3, np.array([1.0] * 5 + [np.nan]), chart=CHART),  # pyright: ignore[reportArgumentType]
    "a month of nothing": lambda: cusum([0, 1], ["2026-01", None], chart=CHART),
    "marks that are nothing": lambda: match(None, []),  # pyright: ignore[reportArgumentType]
    "a reading instead of a study": lambda: mrmc.analyse(reading_of_ratings(TRUTH, RATING)),  # pyright: ignore[reportArgumentType]
    "a study of no readings": lambda: Study(
        modalities=("a",),
        readers=("r",),
        cases=("1",),
        readings={("a", "r"): None},  # pyright: ignore[reportArgumentType]
    ),
    "masked counts of draws": lambda: merit.resampled(
        reading_of_ratings([0, 1], [1, 2]), "auc", np.ma.masked_array([[1, 1]], mask=[[0, 1]])
    ),
    "a doubled modality": lambda: Study(
        modalities=("a", "a"),
        readers=("r",),
        cases=tuple("0123456789"),
        readings={("a", "r"): reading_of_ratings(TRUTH, RATING)},
    ),
}


@pytest.mark.parametrize("call", REFUSED.values(), ids=REFUSED.keys())
def test_what_only_looks_like_numbers_is_refused_with_a_sentence(call) -> None:
    with pytest.raises(ValueError) as refusal:
        call()
    assert len(str(refusal.value).split()) >= 3 and "ambiguous" not in str(refusal.value)


def test_radii_may_be_an_array_and_a_level_a_decimal() -> None:
    cases = [
        places.ReadCase(),
        places.ReadCase(),
        *(
            places.ReadCase(
                lesions=[Lesion("l", "a", 5.0, 5.0)], marks=[Mark("a", 5.0, 5.0 + n)], ratings=[1.0]
            )
            for n in (0, 8)
        ),
    ]
    assert list(places.by_radius(cases, radii_mm=np.array([5.0, 10.0]))) == [5.0, 10.0]  # pyright: ignore[reportArgumentType]
    level: Any = Decimal("0.9")
    assert calibration.brier_score([0, 1, 0, 1], [0.2, 0.7, 0.4, 0.9], confidence=level).confidence == 0.9


@given(
    st.lists(st.integers(0, 4), min_size=10, max_size=10).filter(lambda r: len(set(r)) > 1),
    st.integers(1, 9),
    st.integers(1, 9),
)
def test_a_recall_rate_that_is_kept_exactly_is_kept(rating, tenths, sick) -> None:
    wanted, prevalence = tenths / 10, sick / 10
    exact = [
        threshold
        for threshold in sorted(set(rating), reverse=True)
        if sick * sum(r >= threshold for r in rating[5:])
        + (10 - sick) * sum(r >= threshold for r in rating[:5])
        <= 5 * tenths
    ]
    if not exact:
        with pytest.raises(ValueError, match="no threshold"):
            operating.threshold_for(TRUTH, rating, recall_rate=wanted, prevalence=prevalence)
        return
    found = operating.threshold_for(TRUTH, rating, recall_rate=wanted, prevalence=prevalence)
    most = sum(r >= exact[-1] for r in rating[5:])
    assert found.sensitivity.count == most
    assert found.threshold == next(t for t in exact if sum(r >= t for r in rating[5:]) == most)


def test_no_healthy_woman_is_recalled_for_no_further_cancer() -> None:
    rating = [1, 1, 2, 2, 3, 6, 7, 8, 9, 9]
    for constraint in ({"specificity": 0.8}, {"recall_rate": 0.3, "prevalence": 0.01}):
        found = operating.threshold_for(TRUTH, rating, **constraint)
        assert (found.threshold, found.sensitivity.value, found.specificity.value) == (6, 1, 1)
