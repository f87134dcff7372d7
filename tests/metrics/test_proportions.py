"""Proportions against published intervals, R and statsmodels."""

import math
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special
from senolab.metrics.differences import PairedTable, difference, mcnemar, paired_difference, paired_table
from senolab.metrics.estimate import Estimate
from senolab.metrics.planning import sample_size, screens_needed
from senolab.metrics.proportions import Rate, exact, per_1000, score_limits, two_sided_z, wilson

# Newcombe 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E, table I: method 3 is
# Wilson's, method 5 the exact one. R 4.2 binom.test gives the latter too.
TABLE_I = [
    ((81, 263), (0.2553, 0.3662), (0.2527, 0.3676)),
    ((15, 148), (0.0624, 0.1605), (0.0578, 0.1617)),
    ((0, 20), (0.0, 0.1611), (0.0, 0.1684)),
    ((1, 29), (0.0061, 0.1718), (0.0009, 0.1776)),
]
# Newcombe 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I, table II, method 10.
TABLE_II = [
    ((56, 70), (48, 80), (0.0524, 0.3339)),
    ((9, 10), (3, 10), (0.1705, 0.8090)),
    ((6, 7), (2, 7), (0.0582, 0.8062)),
    ((5, 56), (0, 29), (-0.0381, 0.1926)),
    ((0, 10), (0, 20), (-0.1611, 0.2775)),
    ((0, 10), (0, 10), (-0.2775, 0.2775)),
    ((10, 10), (0, 20), (0.6791, 1.0)),
    ((10, 10), (0, 10), (0.6075, 1.0)),
]


def limits(figure: Rate | Estimate) -> tuple[float, float]:
    return round(figure.low, 4), round(figure.high, 4)


@pytest.mark.parametrize(("pair", "score", "clopper_pearson"), TABLE_I)
def test_the_interval_of_one_proportion_is_the_published_one(pair, score, clopper_pearson) -> None:
    assert limits(wilson(*pair)) == score
    assert limits(exact(*pair)) == clopper_pearson
    assert exact(*pair).method == "exact"


def test_another_level_is_that_of_r() -> None:
    # R 4.2: binom.test(43, 50, conf.level = 0.9)
    assert limits(exact(43, 50, confidence=0.9)) == (0.7531, 0.9324)
    assert two_sided_z(0.95) == pytest.approx(1.959963985)


def test_half_of_twelve_may_be_a_quarter_or_three_quarters() -> None:
    assert str(wilson(6, 12)) == "50.0 % (25.4 to 74.6), 6 of 12"


@pytest.mark.parametrize(("first", "second", "published"), TABLE_II)
def test_the_difference_of_two_groups_has_the_published_interval(first, second, published) -> None:
    found = difference(first, second)
    assert limits(found) == published
    assert found.value == pytest.approx(first[0] / first[1] - second[0] / second[1])


@pytest.mark.parametrize(
    ("table", "published", "p"),
    [
        # Newcombe 1998, doi:10.1002/(SICI)1097-0258(19981130)17:22<2635::AID-SIM954>3.0.CO;2-C, method 10
        ((36, 12, 2, 0), (0.0569, 0.3404), 0.012939),
        # M. W. Fagerland, S. Lydersen & P. Laake, Statistical Analysis of Contingency Tables, CRC Press
        # 2017, chapter 8 (R package contingencytables): data of Cavo 2012 and of Bentur 2009
        ((59, 6, 16, 80), (-0.1186, -0.0046), 0.052479),
        ((1, 1, 7, 12), (-0.5069, -0.0256), 0.070312),
    ],
)
def test_the_difference_of_pairs_is_the_published_one(table, published, p) -> None:
    counts = PairedTable(*table)
    assert limits(paired_difference(counts)) == published
    assert mcnemar(counts).p == pytest.approx(p, abs=1e-6)


def test_two_readers_who_never_disagree_are_told_so() -> None:
    table = PairedTable(30, 0, 0, 10)
    found, test = paired_difference(table), mcnemar(table)
    assert found.low < found.value == 0 < found.high and "never disagree" in found.note
    assert test.p == 1 and "never disagree" in test.note
    assert not paired_difference(PairedTable(30, 1, 0, 10)).note


def test_a_reader_who_is_right_three_milliard_times_alone_differs_beyond_doubt() -> None:
    assert mcnemar(PairedTable(0, 0, 3 * 10**9, 0)).p < 1e-12


def test_a_paired_table_counts_who_recalled_what() -> None:
    assert paired_table([1, 1, 0, 0, 1], [1, 0, 1, 0, 1]) == PairedTable(2, 1, 1, 1)
    with pytest.raises(ValueError, match="second has 2 values, but first has 3"):
        paired_table([1, 0, 1], [1, 0])


def test_pairs_that_vary_together_give_a_shorter_interval_than_two_groups() -> None:
    paired = paired_difference(PairedTable(60, 10, 5, 25))
    apart = difference((70, 100), (65, 100))
    assert paired.value == pytest.approx(apart.value)
    assert paired.high - paired.low < apart.high - apart.low


@pytest.mark.parametrize(
    ("proportion", "half_width", "cases", "exact_cases", "normal_cases"),
    [
        # R 4.2: the first n whose half width, by the Wilson formula or by qbeta at p·n, is small enough
        (0.85, 0.10, 49, 58, 49),
        (0.85, 0.05, 196, 215, 196),
        (0.85, 0.02, 1225, 1273, 1225),
        (0.50, 0.10, 93, 104, 97),
        (0.95, 0.05, 83, 94, 73),
        (1.00, 0.05, 35, 36, None),
        (0.00, 0.02, 93, 91, None),
    ],
)
def test_the_sample_size_is_the_fewest_cases(
    proportion, half_width, cases, exact_cases, normal_cases
) -> None:
    assert sample_size(proportion, half_width=half_width) == cases
    assert sample_size(proportion, half_width=half_width, method="exact") == exact_cases
    if normal_cases is None:
        with pytest.raises(ValueError, match="no width"):
            sample_size(proportion, half_width=half_width, method="normal")
    else:
        assert sample_size(proportion, half_width=half_width, method="normal") == normal_cases


def test_a_higher_confidence_asks_for_more_cases() -> None:
    assert sample_size(0.85, half_width=0.1, confidence=0.99) == 84  # R 4.2, as above


def test_fifty_cancers_need_eight_thousand_screens() -> None:
    # a sensitivity of 85 % with 50 cancers: 42 or 43 of them found
    assert limits(wilson(42, 50)) == (0.7149, 0.9166)
    assert screens_needed(50, prevalence=0.006) == 8334
    # R 4.2: qnbinom(.9, 50, .006) + 50 and qnbinom(.95, 49, .006) + 49
    assert screens_needed(50, prevalence=0.006, assurance=0.9) == 9870
    assert screens_needed(49, prevalence=0.006, assurance=0.95) == 10170
    assert screens_needed(9, prevalence=0.009) == 1000  # not 1001 for a rounding
    assert screens_needed(1, prevalence=0.5, assurance=0.5) == 1


def test_the_figures_are_those_of_statsmodels() -> None:
    from statsmodels.stats import contingency_tables, proportion

    for count, total in ((3, 7), (0, 9), (118, 400)):
        assert limits(wilson(count, total)) == pytest.approx(
            proportion.proportion_confint(count, total, method="wilson"), abs=1e-4
        )
        assert limits(exact(count, total)) == pytest.approx(
            proportion.proportion_confint(count, total, method="beta"), abs=1e-4
        )
    found = proportion.confint_proportions_2indep(15, 40, 9, 55, method="newcomb", compare="diff")
    assert limits(difference((15, 40), (9, 55))) == pytest.approx(found, abs=1e-4)
    oracle = contingency_tables.mcnemar([[20, 13], [4, 9]], exact=True)
    assert mcnemar(PairedTable(20, 13, 4, 9)).p == pytest.approx(oracle.pvalue)
    wanted = proportion.samplesize_confint_proportion(0.7, 0.08, alpha=0.05)
    assert sample_size(0.7, half_width=0.08, method="normal") == math.ceil(wanted)


def test_a_share_is_told_per_thousand_with_its_note() -> None:
    rate = per_1000(wilson(6, 1000))
    assert rate.value == pytest.approx(6)
    assert (rate.low, rate.high) == pytest.approx((2.75267, 13.02817), abs=1e-4)  # R 4.2 prop.test
    assert per_1000(Estimate(value=0.1, low=0, high=0.2, note="Few.")).note == "Few."


def test_an_interval_is_had_without_loading_an_engine() -> None:
    code = (
        "import sys; from senolab.metrics.differences import difference; difference((1, 2), (3, 4));"
        "print([m for m in ('scipy', 'pandas', 'statsmodels') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


BAD: dict[str, Callable[[], object]] = {
    "wilson of nothing": lambda: wilson(0, 0),
    "wilson of too many": lambda: wilson(4, 3),
    "wilson of fewer than none": lambda: wilson(-1, 3),
    "wilson of a half": lambda: wilson(0.5, 3),  # pyright: ignore[reportArgumentType]
    "wilson of NaN": lambda: wilson(math.nan, 3),  # pyright: ignore[reportArgumentType]
    "wilson at no level": lambda: wilson(1, 3, confidence=1),
    "exact of nothing": lambda: exact(0, 0),
    "exact of too many": lambda: exact(4, 3),
    "exact at no level": lambda: exact(1, 3, confidence=math.nan),
    "limits of no share": lambda: score_limits(1.2, 10),
    "limits of no case": lambda: score_limits(0.2, 0),
    "limits of NaN cases": lambda: score_limits(0.2, math.nan),
    "difference with nothing": lambda: difference((0, 0), (1, 2)),
    "difference to nothing": lambda: difference((1, 2), (0, 0)),
    "difference at no level": lambda: difference((1, 2), (1, 2), confidence=0),
    "an empty table": lambda: PairedTable(0, 0, 0, 0),
    "a table of a negative count": lambda: PairedTable(1, -1, 0, 0),
    "no pairs": lambda: paired_table([], []),
    "pairs with NaN": lambda: paired_table([1, math.nan], [0, 1]),
    "pairs of numbers": lambda: paired_table([1, 2], [0, 1]),
    "pairs as a matrix": lambda: paired_table(np.ones((2, 2)), np.ones((2, 2))),
    "paired difference at no level": lambda: paired_difference(PairedTable(1, 1, 1, 1), confidence=2),
    "sample size of no share": lambda: sample_size(math.nan, half_width=0.1),
    "sample size of no width": lambda: sample_size(0.5, half_width=0),
    "sample size at no level": lambda: sample_size(0.5, half_width=0.1, confidence=1),
    "sample size by no method": lambda: sample_size(0.5, half_width=0.1, method="guess"),
    "sample size beyond reason": lambda: sample_size(0.5, half_width=1e-9),
    "screens for no cancer": lambda: screens_needed(0, prevalence=0.01),
    "screens without prevalence": lambda: screens_needed(5, prevalence=0),
    "screens with full assurance": lambda: screens_needed(5, prevalence=0.01, assurance=1),
    "a rate that is no number": lambda: Rate(1, 2, math.nan, 0, 1),
    "a rate outside its interval": lambda: Rate(1, 2, 0.5, 0.6, 0.7),
    "no quantile": lambda: two_sided_z(1.5),
    "a quantile beyond all digits": lambda: two_sided_z(1 - 1e-16),
    "a quantile of no width": lambda: two_sided_z(5e-324),
    "wilson of no number": lambda: wilson(None, 5),  # pyright: ignore[reportArgumentType]
    "wilson of text": lambda: wilson("1", 5),  # pyright: ignore[reportArgumentType]
    "exact of more than there are": lambda: exact(1, 10**300),
    "a rate of text": lambda: Rate(1, 2, "a", 0, 1),  # pyright: ignore[reportArgumentType]
    "limits of hardly a case": lambda: score_limits(0.2, 1e-320),
    "limits of text": lambda: score_limits(0.2, "x"),  # pyright: ignore[reportArgumentType]
    "difference of no pair": lambda: difference((1,), (1, 5)),  # pyright: ignore[reportArgumentType]
    "difference to no pair": lambda: difference((1, 5), 3),  # pyright: ignore[reportArgumentType]
    "a table of more than there are": lambda: PairedTable(1, 10**300, 1, 1),
    "a table of text": lambda: PairedTable(1, "2", 1, 1),  # pyright: ignore[reportArgumentType]
    "sample size of text": lambda: sample_size("x", half_width=0.1),  # pyright: ignore[reportArgumentType]
    "sample size of no number": lambda: sample_size(0.5, half_width=None),  # pyright: ignore[reportArgumentType]
    "normal sample size beyond digits": lambda: sample_size(0.5, half_width=1e-200, method="normal"),
    "normal sample size beyond reason": lambda: sample_size(0.5, half_width=1e-9, method="normal"),
    "screens at hardly a prevalence": lambda: screens_needed(5, prevalence=1e-300),
    "per 1,000 of a bare number": lambda: per_1000(0.1),  # pyright: ignore[reportArgumentType]
    "a paired test of no table": lambda: mcnemar((1, 2, 3, 4)),  # pyright: ignore[reportArgumentType]
    "a paired difference of no table": lambda: paired_difference([1, 2]),  # pyright: ignore[reportArgumentType]
    "screens for more than there are": lambda: screens_needed(10**300, prevalence=0.5),
}


@pytest.mark.parametrize("call", BAD.values(), ids=BAD.keys())
def test_what_cannot_be_computed_is_refused_with_a_sentence(call) -> None:
    with pytest.raises(ValueError) as refusal:
        call()
    assert len(str(refusal.value).split()) >= 3


pairs = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
levels = st.floats(0.5, 0.999)


@given(pairs, levels)
def test_an_interval_holds_the_proportion_and_stays_one(pair, level) -> None:
    for rate in (wilson(*pair, confidence=level), exact(*pair, confidence=level)):
        assert 0 <= rate.low <= rate.value <= rate.high <= 1


@given(pairs)
def test_the_interval_of_failures_mirrors_that_of_successes(pair) -> None:
    count, total = pair
    for interval in (wilson, exact):
        one, other = interval(count, total), interval(total - count, total)
        assert one.low == pytest.approx(1 - other.high, abs=1e-9)


@given(pairs, levels, levels)
def test_more_confidence_needs_a_wider_interval(pair, one, other) -> None:
    low, high = sorted((one, other))
    for interval in (wilson, exact):
        narrow, wide = interval(*pair, confidence=low), interval(*pair, confidence=high)
        assert wide.low <= narrow.low + 1e-12 and narrow.high <= wide.high + 1e-12


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_exact_limits_leave_half_of_the_error_to_each_side(pair) -> None:
    count, total = pair
    rate = exact(count, total)
    if count:
        assert special.bdtrc(count - 1, total, rate.low) == pytest.approx(0.025)
    if count < total:
        assert special.bdtr(count, total, rate.high) == pytest.approx(0.025)


@given(pairs, pairs)
def test_a_difference_changes_its_sign_with_the_order(one, other) -> None:
    there, back = difference(one, other), difference(other, one)
    assert (there.value, there.low, there.high) == pytest.approx((-back.value, -back.high, -back.low))
    assert -1 - 1e-12 <= there.low <= there.value <= there.high <= 1 + 1e-12


cells = st.tuples(*[st.integers(0, 400)] * 4).filter(any)


@given(cells)
def test_a_paired_difference_and_its_test_do_not_depend_on_who_is_first(table) -> None:
    both, first, second, neither = table
    there = paired_difference(PairedTable(*table))
    back = paired_difference(PairedTable(both, second, first, neither))
    assert (there.value, there.low, there.high) == pytest.approx((-back.value, -back.high, -back.low))
    assert -1 - 1e-12 <= there.low <= there.value <= there.high <= 1 + 1e-12
    assert mcnemar(PairedTable(*table)).p == mcnemar(PairedTable(both, second, first, neither)).p
    assert 0 < mcnemar(PairedTable(*table)).p <= 1


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40), st.randoms())
def test_the_order_of_the_cases_does_not_matter(rows, chance) -> None:
    shuffled = rows.copy()
    chance.shuffle(shuffled)
    assert paired_table(*np.array(rows).T) == paired_table(*np.array(shuffled).T)


@given(st.floats(0, 1), st.floats(0.005, 0.3), st.sampled_from(["wilson", "exact"]))
def test_one_case_fewer_would_be_too_few(proportion, half_width, method) -> None:
    cases = sample_size(proportion, half_width=half_width, method=method)

    def width(n: int) -> float:
        if method == "wilson":
            low, high = score_limits(proportion, n)
            return high - low
        yes, no = proportion * n, (1 - proportion) * n
        low = special.betaincinv(yes, no + 1, 0.025) if yes else 0
        return (special.betaincinv(yes + 1, no, 0.975) if no else 1) - low

    assert width(cases) <= 2 * half_width + 1e-12
    assert cases == 1 or width(cases - 1) > 2 * half_width - 1e-12


@given(st.integers(1, 300), st.floats(0.001, 0.5), st.floats(0.01, 0.999))
def test_the_screens_hold_the_cancers_with_the_assurance(cancers, prevalence, assurance) -> None:
    screens = screens_needed(cancers, prevalence=prevalence, assurance=assurance)
    assert special.bdtrc(cancers - 1, screens, prevalence) >= assurance - 1e-9
    if screens > cancers:
        assert special.bdtrc(cancers - 1, screens - 1, prevalence) < assurance + 1e-9
