"""Screening arithmetic against published audits and against simulation."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from senolab.metrics import screening
from senolab.metrics.proportions import per_1000
from senolab.metrics.screening import (
    Counts,
    Round,
    at_prevalence,
    expected,
    npv,
    operating_point,
    ppv,
    ppv1,
    ppv2,
    ppv3,
    recall_rate,
    sensitivity,
    specificity,
    wilson,
)

# M. Larsen et al., European Radiology 32:8238-8246, 2022 (PMC9705475), table 2: women recalled and
# screen-detected cancers of BreastScreen Norway, of 122,969 screens and with 205 interval cancers.
LARSEN = Round(
    screens=122_969, recalls=3_896, screen_detected_cancers=752, interval_cancers=205, follow_up_months=24
)
# Lehman 2017, doi:10.1148/radiol.2016161174, abstract, as counts of its 1,682,504 screens.
BCSC = Round(
    screens=1_682_504,
    recalls=round(0.116 * 1_682_504),
    screen_detected_cancers=round(0.0051 * 1_682_504),
    interval_cancers=round(0.0008 * 1_682_504),
)
RATES = (
    sensitivity,
    specificity,
    recall_rate,
    screening.cancer_detection_rate,
    screening.false_positive_recall_rate,
    screening.interval_cancer_rate,
    screening.interval_cancer_share,
    ppv1,
    screening.observed_npv,
)


def test_rates_of_a_reading_session() -> None:
    counts = Counts(tp=8, fp=30, fn=2, tn=960)
    assert [round(rate(counts).value, 6) for rate in RATES] == [
        0.8,
        round(960 / 990, 6),
        0.038,
        0.008,
        0.03,
        0.002,
        0.2,
        round(8 / 38, 6),
        round(960 / 962, 6),
    ]
    assert str(sensitivity(counts)) == "80.0 % (49.0 to 94.3), 8 of 10"
    assert sensitivity(counts, confidence=0.9).low > sensitivity(counts).low


@pytest.mark.parametrize(
    ("recalls", "cancers", "per_cent"),
    # all read; scores 1-5, then 1-7 not read; only score 10 read
    [(3_896, 752, 19.3), (3_201, 735, 23.0), (2_564, 719, 28.0), (1_437, 653, 45.4)],
)
def test_fewer_reads_raise_the_ppv_of_a_recall_as_in_norway(recalls, cancers, per_cent) -> None:
    missed = 957 - cancers
    read = Round(screens=122_969, recalls=recalls, screen_detected_cancers=cancers, interval_cancers=missed)
    assert round(100 * ppv1(read.counts).value, 1) == per_cent


def test_the_norwegian_round_has_its_published_rates() -> None:
    counts = LARSEN.counts
    assert counts == Counts(752, 3_144, 205, 118_868)
    assert round(per_1000(screening.cancer_detection_rate(counts)).value, 1) == 6.1
    assert round(per_1000(screening.interval_cancer_rate(counts)).value, 2) == 1.67
    assert round(100 * recall_rate(counts).value, 1) == 3.2


def test_the_american_benchmarks_agree_with_each_other_and_have_their_intervals() -> None:
    counts = BCSC.counts

    def told(figure, scale) -> tuple[float, float, float]:
        return tuple(round(scale * part, 1) for part in (figure.value, figure.low, figure.high))

    assert told(screening.cancer_detection_rate(counts), 1000) == (5.1, 5.0, 5.2)
    assert told(ppv1(counts), 100) == (4.4, 4.3, 4.5)
    assert 100 * specificity(counts).value == pytest.approx(88.9, abs=0.1)
    # 5.1 and 0.8 per 1,000 are rounded: the published 86.9 % lies between 5.05/5.90 and 5.15/5.90
    assert 505 / 5.90 <= 100 * sensitivity(counts).value <= 515 / 5.90
    assert told(recall_rate(counts), 100)[0] == 11.6


def test_biopsies_recommended_and_performed_give_ppv2_and_ppv3() -> None:
    audit = Round(
        screens=10_000,
        recalls=400,
        screen_detected_cancers=60,
        interval_cancers=15,
        biopsies_recommended=125,
        cancers_recommended=58,
        biopsies_performed=110,
        cancers_biopsied=55,
    )
    assert (ppv2(audit).count, ppv2(audit).total) == (58, 125)
    assert (ppv3(audit).count, ppv3(audit).total) == (55, 110)
    with pytest.raises(ValueError, match="does not tell cancers_recommended"):
        ppv2(LARSEN)
    with pytest.raises(ValueError, match="does not tell cancers_biopsied"):
        ppv3(LARSEN)


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"recalls": 101}, "101 recalls exceed 100 screens"),
        ({"screen_detected_cancers": 11}, "11 screen detected cancers exceed 10 recalls"),
        ({"interval_cancers": 91}, "91 interval cancers exceed 90 normal screens"),
        ({"biopsies_recommended": 11}, "11 biopsies recommended exceed 10 recalls"),
        ({"biopsies_performed": 11}, "11 biopsies performed exceed 10 recalls"),
        ({"biopsies_recommended": 4, "biopsies_performed": 5}, "exceed 4 biopsies recommended"),
        ({"biopsies_recommended": 4, "cancers_recommended": 5}, "exceed 4 biopsies recommended"),
        ({"cancers_recommended": 7}, "exceed 6 screen detected cancers"),
        ({"cancers_biopsied": 7}, "exceed 6 screen detected cancers"),
        ({"biopsies_performed": 2, "cancers_biopsied": 3}, "exceed 2 biopsies performed"),
        ({"cancers_recommended": 2, "cancers_biopsied": 3}, "exceed 2 cancers recommended"),
        ({"screens": 0}, "screens must be a whole number of at least 1"),
        ({"recalls": -1}, "recalls must be a whole number"),
        ({"follow_up_months": 0}, "follow_up_months must be"),
    ],
)
def test_a_round_whose_parts_exceed_their_whole_is_refused(counts, words) -> None:
    good = {"screens": 100, "recalls": 10, "screen_detected_cancers": 6, "interval_cancers": 2}
    with pytest.raises(ValueError, match=words):
        Round(**good | counts)


def test_the_same_reader_has_another_ppv_at_a_screening_prevalence() -> None:
    reader = {"sensitivity": 0.8, "specificity": 0.96}
    assert round(100 * ppv(**reader, prevalence=0.5)) == 95
    assert round(100 * ppv(**reader, prevalence=0.007), 1) == 12.4
    # 6 per 1000, 87 % sensitivity, 93 % specificity: 5.22 true of 74.8 called
    assert ppv(sensitivity=0.87, specificity=0.93, prevalence=0.006) == pytest.approx(5.22 / (5.22 + 69.58))
    assert npv(sensitivity=0.87, specificity=0.93, prevalence=0.006) == pytest.approx(
        924.42 / (924.42 + 0.78)
    )


@pytest.mark.parametrize(
    ("counts", "prevalence", "of_ppv", "of_npv", "method"),
    [
        # R 4.2, formulae (8)-(11) of Mercaldo 2007 typed in; the table is that paper's example (ApoE ε4)
        (Counts(240, 87, 178, 288), 0.03, (0.058871, 0.085637), (0.980949, 0.985084), "logit"),
        (Counts(240, 87, 178, 288), 0.50, (0.669155, 0.751753), (0.614269, 0.671323), "logit"),
        # the same with z²/2 successes and failures added; the end that the estimate reaches is the estimate
        (Counts(8, 0, 2, 50), 0.006, (0.028267, 1.0), (0.995911, 0.999235), "adjusted-logit"),
        (Counts(10, 2, 0, 48), 0.006, (0.026189, 0.159319), (0.996648, 1.0), "adjusted-logit"),
    ],
)
def test_predictive_values_have_the_logit_interval(counts, prevalence, of_ppv, of_npv, method) -> None:
    found = at_prevalence(counts, prevalence)
    assert (found.ppv.low, found.ppv.high) == pytest.approx(of_ppv, abs=1e-6)
    assert (found.npv.low, found.npv.high) == pytest.approx(of_npv, abs=1e-6)
    assert found.ppv.method == found.npv.method == method
    assert bool(found.ppv.note) == (method != "logit")
    rates = {"sensitivity": found.sensitivity.value, "specificity": found.specificity.value}
    assert found.ppv.value == pytest.approx(ppv(**rates, prevalence=prevalence))
    assert found.npv.value == pytest.approx(npv(**rates, prevalence=prevalence))


def test_an_enriched_set_tells_about_screening_what_a_simulation_tells() -> None:
    """Draw the two rates from their Jeffreys posteriors: another method must tell nearly the same."""
    counts, prevalence, chance = Counts(85, 12, 15, 188), 0.007, np.random.default_rng(1)
    se, fp = chance.beta(85.5, 15.5, 200_000), chance.beta(12.5, 188.5, 200_000)
    found = at_prevalence(counts, prevalence)
    drawn = {
        "ppv": se * prevalence / (se * prevalence + fp * (1 - prevalence)),
        "recall_rate": se * prevalence + fp * (1 - prevalence),
        "cancer_detection_rate": se * prevalence,
        "false_positive_recall_rate": fp * (1 - prevalence),
        "missed_cancer_rate": (1 - se) * prevalence,
    }
    for name, values in drawn.items():
        figure = getattr(found, name)
        low, high = np.quantile(values, [0.025, 0.975])
        assert (figure.low, figure.high) == pytest.approx((low, high), rel=0.07), name
        assert figure.value == pytest.approx(values.mean(), rel=0.06), name


def test_the_rates_at_a_prevalence_fit_together() -> None:
    found = at_prevalence(Counts(40, 4, 10, 96), 0.007)
    assert found.recall_rate.value == pytest.approx(
        found.cancer_detection_rate.value + found.false_positive_recall_rate.value
    )
    assert found.cancer_detection_rate.value + found.missed_cancer_rate.value == pytest.approx(0.007)
    assert found.ppv.value == pytest.approx(found.cancer_detection_rate.value / found.recall_rate.value)
    assert found.cancer_detection_rate.low == pytest.approx(0.007 * found.sensitivity.low)
    assert found.missed_cancer_rate.high == pytest.approx(0.007 * (1 - found.sensitivity.low))


def test_the_benchmarks_tell_what_an_enriched_set_would_show() -> None:
    se, sp = operating_point(recall_rate=0.116, cancer_detection_rate=0.0051, prevalence=0.0059)
    assert (round(se, 3), round(sp, 3)) == (0.864, 0.888)
    table = expected(sensitivity=se, specificity=sp, prevalence=1 / 3, screens=60)
    assert table.tp == pytest.approx(20 * se) and table.fn == pytest.approx(20 * (1 - se))
    assert table.tn == pytest.approx(40 * sp) and table.fp == pytest.approx(40 * (1 - sp))


def test_the_counts_of_a_round_carry_to_a_set_as_well() -> None:
    found = at_prevalence(LARSEN.counts, 0.5)
    assert found.ppv.value == pytest.approx(
        ppv(sensitivity=752 / 957, specificity=118_868 / 122_012, prevalence=0.5)
    )
    assert found.recall_rate.value == pytest.approx((752 / 957 + 3_144 / 122_012) / 2)


PERFECT = {"sensitivity": 1, "specificity": 1}
BAD: dict[str, Callable[[], object]] = {
    "a negative count": lambda: Counts(1, -1, 0, 0),
    "half a count": lambda: Counts(1, 0.5, 0, 0),  # pyright: ignore[reportArgumentType]
    "a count of NaN": lambda: Counts(math.nan, 1, 0, 0),  # pyright: ignore[reportArgumentType]
    "more than there are": lambda: at_prevalence(Counts(10**300, 1, 1, 1), 0.01),
    "a count of text": lambda: Counts("1", 1, 0, 0),  # pyright: ignore[reportArgumentType]
    "a round of text": lambda: Round(**{**ROUND, "screens": "9"}),  # pyright: ignore[reportArgumentType]
    "screens of text": lambda: expected(**PERFECT, prevalence=0.1, screens="9"),  # pyright: ignore[reportArgumentType]
    "a level of no width": lambda: at_prevalence(Counts(0, 1, 1, 1), 0.01, confidence=1e-300),
    "a share above 1": lambda: ppv(sensitivity=1, specificity=1, prevalence=2),
    "a share of NaN": lambda: npv(sensitivity=math.nan, specificity=1, prevalence=0.5),
    "nobody recalled": lambda: ppv(sensitivity=0, specificity=1, prevalence=0.1),
    "everybody recalled": lambda: npv(sensitivity=1, specificity=0, prevalence=0.1),
    "no screens": lambda: expected(**PERFECT, prevalence=0.1, screens=0),
    "NaN screens": lambda: expected(**PERFECT, prevalence=0.1, screens=math.nan),
    "endless screens": lambda: expected(**PERFECT, prevalence=0.1, screens=math.inf),
    "more found than ill": lambda: operating_point(
        recall_rate=0.1, cancer_detection_rate=0.02, prevalence=0.01
    ),
    "more found than recalled": lambda: operating_point(
        recall_rate=0.01, cancer_detection_rate=0.02, prevalence=0.05
    ),
    "more recalled than there are": lambda: operating_point(
        recall_rate=1, cancer_detection_rate=0.01, prevalence=0.05
    ),
    "no prevalence": lambda: operating_point(recall_rate=0.1, cancer_detection_rate=0, prevalence=0),
    "a rate of NaN": lambda: operating_point(
        recall_rate=math.nan, cancer_detection_rate=0.01, prevalence=0.05
    ),
    "a set without cancer": lambda: at_prevalence(Counts(0, 3, 0, 9), 0.01),
    "a set of cancers only": lambda: at_prevalence(Counts(3, 0, 2, 0), 0.01),
    "a set in which nobody is recalled": lambda: at_prevalence(Counts(0, 0, 2, 9), 0.01),
    "a set in which everybody is recalled": lambda: at_prevalence(Counts(2, 9, 0, 0), 0.01),
    "a prevalence of none": lambda: at_prevalence(Counts(1, 1, 1, 1), 0),
    "no level": lambda: at_prevalence(Counts(1, 1, 1, 1), 0.01, confidence=1),
    "no recommended biopsy": lambda: ppv2(Round(**ROUND, biopsies_recommended=0, cancers_recommended=0)),
    "no performed biopsy": lambda: ppv3(Round(**ROUND, biopsies_performed=0, cancers_biopsied=0)),
    "NaN biopsies": lambda: Round(**ROUND, biopsies_performed=math.nan),  # pyright: ignore[reportArgumentType]
    "wilson of nothing": lambda: wilson(0, 0),
} | {f"{rate.__name__} of nothing": lambda rate=rate: rate(Counts(0, 0, 0, 0)) for rate in RATES}
ROUND = {"screens": 9, "recalls": 1, "screen_detected_cancers": 1, "interval_cancers": 0}


@pytest.mark.parametrize("call", BAD.values(), ids=BAD.keys())
def test_what_cannot_be_computed_is_refused_with_a_sentence(call) -> None:
    with pytest.raises(ValueError) as refusal:
        call()
    assert len(str(refusal.value).split()) >= 4


@pytest.mark.parametrize(
    ("rate", "counts", "words"),
    [
        (sensitivity, Counts(0, 1, 0, 9), "no woman with cancer"),
        (specificity, Counts(1, 0, 9, 0), "no woman without cancer"),
        (ppv1, Counts(0, 0, 9, 9), "no abnormal screen"),
        (screening.observed_npv, Counts(9, 9, 0, 0), "no normal screen"),
        (screening.interval_cancer_share, Counts(0, 9, 0, 9), "no woman with cancer"),
    ],
)
def test_a_rate_without_its_class_says_which_is_missing(rate, counts, words) -> None:
    with pytest.raises(ValueError, match=words):
        rate(counts)


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: rate.__name__)
def test_a_round_in_place_of_its_counts_is_refused_with_what_is_wanted(rate) -> None:
    with pytest.raises(ValueError, match=r"Counts are wanted, not a Round; .* \.counts"):
        rate(BCSC)


@pytest.mark.parametrize("rate", [ppv2, ppv3])
def test_counts_in_place_of_a_round_are_refused_with_what_is_wanted(rate) -> None:
    with pytest.raises(ValueError, match=r"a Round is wanted, .* not a Counts"):
        rate(BCSC.counts)


def test_a_level_near_nought_has_an_interval_where_a_count_is_nought() -> None:
    told = at_prevalence(Counts(9, 0, 1, 9), 0.01, confidence=1e-12)
    assert told.ppv.low <= told.ppv.value <= told.ppv.high == 1


shares = st.floats(0.001, 0.999)
counts = st.builds(Counts, *[st.integers(0, 500)] * 4)
usable = counts.filter(lambda c: min(c.tp + c.fn, c.fp + c.tn, c.tp + c.fp, c.fn + c.tn) > 0)


@given(st.floats(0.01, 1), st.floats(0, 0.99), shares, shares)
def test_a_rarer_disease_never_raises_the_predictive_value(sens, spec, one, other) -> None:
    low, high = sorted((one, other))
    rare = ppv(sensitivity=sens, specificity=spec, prevalence=low)
    assert rare <= ppv(sensitivity=sens, specificity=spec, prevalence=high) + 1e-12


@given(shares, shares, shares)
def test_the_npv_is_the_ppv_of_the_other_class(sens, spec, prevalence) -> None:
    other = ppv(sensitivity=spec, specificity=sens, prevalence=1 - prevalence)
    assert npv(sensitivity=sens, specificity=spec, prevalence=prevalence) == pytest.approx(other)


@given(st.floats(0, 1), st.floats(0, 1), shares)
def test_the_way_to_screening_figures_and_back_loses_nothing(sens, spec, prevalence) -> None:
    there = expected(sensitivity=sens, specificity=spec, prevalence=prevalence)
    recalled, detected = min(1.0, there.tp + there.fp), there.tp
    back = operating_point(
        recall_rate=recalled, cancer_detection_rate=min(detected, recalled, prevalence), prevalence=prevalence
    )
    assert back == pytest.approx((sens, spec), abs=1e-9)


@given(shares, shares, shares, st.floats(0.1, 1e6))
def test_expected_counts_add_up_to_the_screens(sens, spec, prevalence, screens) -> None:
    table = expected(sensitivity=sens, specificity=spec, prevalence=prevalence, screens=screens)
    assert sum(table) == pytest.approx(screens)
    assert min(table) >= 0


@given(usable, st.floats(1e-300, 0.999999))
def test_every_figure_at_any_prevalence_lies_in_its_interval(counts, prevalence) -> None:
    found = vars(at_prevalence(counts, prevalence))
    for name in set(found) - {"prevalence"}:
        assert 0 <= found[name].low <= found[name].value <= found[name].high <= 1, name


@given(usable)
def test_a_set_carried_to_its_own_prevalence_shows_its_own_figures(counts) -> None:
    cancers, others = counts.tp + counts.fn, counts.fp + counts.tn
    found = at_prevalence(counts, cancers / (cancers + others))
    assert found.ppv.value == pytest.approx(ppv1(counts).value)
    assert found.npv.value == pytest.approx(screening.observed_npv(counts).value)
    assert found.recall_rate.value == pytest.approx(recall_rate(counts).value)
    assert found.missed_cancer_rate.value == pytest.approx(screening.interval_cancer_rate(counts).value)


@given(usable.filter(lambda c: min(c.tp, c.fp, c.fn, c.tn) > 0), shares, st.integers(2, 50))
def test_more_cases_of_the_same_kind_narrow_every_interval(counts, prevalence, times) -> None:
    few = vars(at_prevalence(counts, prevalence))
    many = vars(at_prevalence(Counts(*(times * n for n in vars(counts).values())), prevalence))
    for name in set(few) - {"prevalence"}:
        assert many[name].high - many[name].low < few[name].high - few[name].low, name
