"""Agreement against published values, and by its properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from senolab.metrics.agreement import (
    agreement_table,
    bias_index,
    cohen_kappa,
    pabak,
    prevalence_index,
    raw_agreement,
)

pytestmark = pytest.mark.filterwarnings("error", "ignore::ResourceWarning")
WEIGHTS = ("none", "linear", "quadratic")
SAS = [[0, 4, 1], [0, 8, 0], [0, 1, 5]]  # in the tests of statsmodels, with the printout of SAS
SKIN = [[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]]  # SAS/STAT, PROC FREQ, agreement study
FLEISS = [
    [75, 1, 4],
    [5, 4, 1],
    [0, 0, 10],
]  # Fleiss 1981, Statistical Methods for Rates and Proportions, p. 213


def pairs(table):
    """The two readers' categories, 0, 1, 2 ..., of a table."""
    table = np.array(table)
    rows, columns = np.indices(table.shape)
    return np.repeat(rows.ravel(), table.ravel()), np.repeat(columns.ravel(), table.ravel())


ratings = st.integers(2, 5).flatmap(
    lambda size: st.tuples(
        st.just(list(range(size))),
        st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)), min_size=1, max_size=40),
    )
)


@pytest.mark.parametrize(
    ("table", "weights", "value", "low", "high"),
    [
        (SAS, "none", 0.4842, 0.2137, 0.7547),
        (SAS, "linear", 0.4701, 0.1845, 0.7558),
        (SKIN, "none", 0.3449, 0.2030, 0.4868),
    ],
)
def test_kappa_and_its_interval_are_those_of_sas(table, weights, value, low, high) -> None:
    kappa = cohen_kappa(*pairs(table), weights=weights, categories=range(len(table)))
    assert [kappa.value, kappa.low, kappa.high] == pytest.approx([value, low, high], abs=6e-5)
    assert kappa.method == "asymptotic" and not kappa.note


def test_kappa_is_that_of_the_textbook() -> None:
    assert cohen_kappa(*pairs(FLEISS)).value == pytest.approx(0.68, abs=0.005)


# Feinstein & Cicchetti 1990, doi:10.1016/0895-4356(90)90158-L: the same agreement of 85 % and two kappas
@pytest.mark.parametrize(("table", "kappa"), [([[40, 9], [6, 45]], 0.70), ([[80, 10], [5, 5]], 0.32)])
def test_the_paradox_of_kappa_is_told_by_the_prevalence_index(table, kappa) -> None:
    one, other = pairs(table)
    assert raw_agreement(one, other).value == 0.85
    assert cohen_kappa(one, other).value == pytest.approx(kappa, abs=0.005)
    assert pabak(one, other).value == pytest.approx(0.70)
    assert prevalence_index(one, other) == pytest.approx((table[1][1] - table[0][0]) / 100)
    assert bias_index(one, other) == pytest.approx((table[1][0] - table[0][1]) / 100)


def test_pabak_and_both_indices_are_the_published_ones() -> None:
    # Sim & Wright 2005, doi:10.1093/ptj/85.3.257: 22, 2, 4, 11 of 39; kappa .67, prevalence index
    # .28, bias index .05, PABAK .69; the first category is the positive one there
    one, other = pairs([[11, 4], [2, 22]])
    assert cohen_kappa(one, other).value == pytest.approx(0.67, abs=0.005)
    assert prevalence_index(one, other) == pytest.approx(0.28, abs=0.005)
    assert bias_index(one, other) == pytest.approx(-0.05, abs=0.005)
    assert pabak(one, other).value == pytest.approx(0.69, abs=0.005)


def test_pabak_of_a_scale_that_is_not_told_says_how_many_categories_it_counts() -> None:
    one, other = ["a"] * 8 + ["b"] * 8 + ["c"] * 4, ["a"] * 6 + ["b"] * 8 + ["c"] * 6
    counted, told = pabak(one, other), pabak(one, other, categories=["a", "b", "c", "d"])
    assert counted.value == pytest.approx(0.7) and told.value == pytest.approx(0.7333, abs=1e-4)
    assert "the 3 categories that occur" in counted.note and not told.note
    assert not pabak([True, False, True], [True, True, False]).note


def test_intervals_of_raw_agreement_are_wilsons_and_pabak_carries_them_over() -> None:
    # R: prop.test(4, 20, correct=FALSE)$conf.int is 0.0806576625798 to 0.4160174322519
    one, other = pairs([[1, 9], [7, 3]])
    raw, adjusted = raw_agreement(one, other), pabak(one, other)
    assert [raw.value, raw.low, raw.high] == pytest.approx([0.2, 0.0806576625798, 0.4160174322519])
    assert [adjusted.value, adjusted.low] == pytest.approx([2 * 0.2 - 1, 2 * raw.low - 1])
    three = pabak(one, other, categories=[0, 1, 2])
    assert [three.value, three.high] == pytest.approx([(3 * 0.2 - 1) / 2, (3 * raw.high - 1) / 2])


def test_words_are_categories_too_in_the_order_given() -> None:
    one, other = ["a", "b", "d", "d"], ["a", "b", "b", "d"]
    table = agreement_table(one, other, categories=["a", "b", "c", "d"])
    assert table.tolist() == [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0], [0, 1, 0, 1]]
    assert agreement_table(one, other).tolist() == [[1, 0, 0], [0, 1, 0], [0, 1, 1]]
    far = cohen_kappa(one, other, weights="linear", categories=["a", "b", "c", "d"])
    near = cohen_kappa(one, other, weights="linear", categories=["a", "b", "d"])
    assert far.value < near.value


@pytest.mark.parametrize("weights", WEIGHTS)
def test_kappa_of_one_common_category_is_undefined_and_says_so(weights) -> None:
    kappa = cohen_kappa([0] * 9, [0] * 9, weights=weights, categories=[0, 1])
    assert (kappa.value, kappa.low, kappa.high, kappa.method) == (0, -1, 1, "undefined")
    assert kappa.note == "Kappa is undefined: both readers put all cases into the same category."
    assert pabak([0] * 9, [0] * 9, categories=[0, 1]).value == 1


@pytest.mark.parametrize("weights", WEIGHTS)
def test_perfect_agreement_of_few_cases_has_a_wide_interval(weights) -> None:
    # R: prop.test(10, 10, correct=FALSE)$conf.int[1] is 0.7224672001371; chance agrees on one half
    kappa = cohen_kappa(*pairs([[5, 0], [0, 5]]), weights=weights, categories=[0, 1])
    assert (kappa.value, kappa.low, kappa.high) == pytest.approx((1, 2 * 0.7224672001371 - 1, 1))
    assert "standard error of kappa is 0" in kappa.note


def test_a_reader_of_one_category_gets_a_kappa_of_nought_and_a_note() -> None:
    kappa = cohen_kappa(*pairs([[7, 3], [0, 0]]))
    assert kappa.value == pytest.approx(0)
    assert kappa.low < 0 < kappa.high
    assert kappa.note.startswith("One reader put all cases into one category")
    apart = cohen_kappa([0] * 5, [1] * 5)
    assert apart.value == 0 and apart.method == "wilson"


@pytest.mark.filterwarnings("error", "ignore::ResourceWarning")
def test_a_weighted_kappa_without_error_comes_without_a_warning() -> None:
    kappa = cohen_kappa([0, 0, 0], [0, 1, 2], weights="quadratic", categories=[0, 1, 2])
    assert kappa.value == pytest.approx(0) and kappa.method == "wilson"


@pytest.mark.parametrize("weights", WEIGHTS)
@settings(max_examples=30, deadline=None)
@given(ratings)
def test_kappa_is_symmetric_bounded_and_the_one_of_scikit_learn(weights, drawn) -> None:
    from sklearn.metrics import cohen_kappa_score

    categories, cases = drawn
    one, other = np.transpose(cases)
    kappa = cohen_kappa(one, other, weights=weights, categories=categories)
    assert -1 <= kappa.low <= kappa.value <= kappa.high <= 1 + 1e-12
    swapped = cohen_kappa(other, one, weights=weights, categories=categories)
    assert [swapped.value, swapped.low] == pytest.approx([kappa.value, kappa.low], abs=1e-9)
    if kappa.method != "undefined":
        named = None if weights == "none" else weights
        expected = cohen_kappa_score(one, other, labels=categories, weights=named)
        assert kappa.value == pytest.approx(expected, abs=1e-12)
    back = cohen_kappa(one, other, weights=weights, categories=categories[::-1])
    assert back.value == pytest.approx(kappa.value, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(ratings, st.randoms(use_true_random=False))
def test_neither_order_nor_names_matter(drawn, random) -> None:
    categories, cases = drawn
    one, other = np.transpose(cases)
    order = list(range(len(cases)))
    random.shuffle(order)
    names = np.array(["b", "a", "d", "c", "e"])
    renamed = list(names[: len(categories)])
    for measure in (cohen_kappa, raw_agreement, pabak):
        first = measure(one, other, categories=categories)
        assert measure(one[order], other[order], categories=categories) == first
        assert measure(names[one], names[other], categories=renamed) == first


@given(ratings.filter(lambda drawn: len(drawn[0]) == 2))
def test_indices_turn_with_the_categories_and_with_the_readers(drawn) -> None:
    categories, cases = drawn
    one, other = np.transpose(cases)
    prevalence = prevalence_index(one, other, categories=categories)
    bias = bias_index(one, other, categories=categories)
    assert abs(prevalence) + abs(bias) <= 1
    assert prevalence_index(other, one, categories=categories) == prevalence
    assert bias_index(other, one, categories=categories) == -bias
    assert prevalence_index(one, other, categories=categories[::-1]) == -prevalence
    share = np.mean(one == 1) - np.mean(other == 1)
    assert bias == pytest.approx(share)


MEASURES = [agreement_table, raw_agreement, cohen_kappa, pabak, prevalence_index, bias_index]
BAD = [
    ([], [], {}, "one is empty"),
    ([0, 1], [0], {}, "other has 1 values, but one has 2"),
    ([[0, 1]], [0, 1], {}, "one must have 1 dimension, not 2"),
    ([0, 1], [[0, 1]], {}, "other must have 1 dimension, not 2"),
    ([0, np.nan], [0, 1], {}, "one holds nan at place 1"),
    ([0, 1], np.array([None, 1]), {}, "other holds None at place 0"),
    ([0, 1], ["a", "b"], {}, "mix words and numbers"),
    (["a", 1], ["a", "1"], {}, "mix words and numbers"),
    (["a", "b", np.nan], ["a", "b", "a"], {}, "one holds nan at place 2"),
    (["a", "b"], ["a", None], {}, "other holds None at place 1"),
    (["a", "b"], ["a", 1j], {}, "other holds 1j at place 1"),
    ("ab", ["a", "b"], {}, "one must have 1 dimension, not 0"),
    ([0, 1], np.array(5), {}, "other must have 1 dimension, not 0"),
    (np.array("a"), ["a"], {}, "one must have 1 dimension, not 0"),
    ([0, 1], [0, 1], {"categories": np.array(0)}, "categories must have 1 dimension, not 0"),
    ([0, 1], 5, {}, "other must have 1 dimension, not 0"),
    ([0, 1], np.zeros((2, 2, 2)), {}, "other must have 1 dimension, not 3"),
    ([0, 1], [0, 1], {"categories": 5}, "categories must have 1 dimension, not 0"),
    ([0, 1], [0, 1], {"categories": [[0], [1]]}, "categories must have 1 dimension, not 2"),
    ([0, 3], [0, 1], {"categories": [0, 1]}, "3 is not one of the categories 0, 1"),
    ([0, 1], [0, 1], {"categories": [0, 1, 1]}, "categories holds a category twice"),
]


@pytest.mark.parametrize(("one", "other", "options", "says"), BAD)
@pytest.mark.parametrize("measure", MEASURES)
def test_bad_ratings_are_refused_with_a_sentence(measure, one, other, options, says) -> None:
    with pytest.raises(ValueError, match=says):
        measure(one, other, **options)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: cohen_kappa([0, 1], [0, 1], weights="cubic"), "weights must be none, linear or quadratic"),
        (lambda: cohen_kappa([0, 1], [0, 1], weights="linear"), "categories must be given for weights"),
        (lambda: cohen_kappa([0, 1], [0, 1], confidence=1), "confidence must lie"),
        (lambda: cohen_kappa([0, 1, 1], [0, 1, 0], confidence=1 - 1e-16), "confidence lies too near"),
        (lambda: raw_agreement([0, 1], [0, 1], confidence=0), "confidence must lie"),
        (lambda: pabak([0, 1], [0, 1], confidence=np.nan), "confidence must lie"),
        (lambda: pabak([0, 0], [0, 0]), "only one category occurs"),
        (lambda: prevalence_index([0, 0], [0, 0]), "needs two categories, not 1"),
        (lambda: bias_index([0, 1, 2], [0, 1, 1]), "needs two categories, not 3"),
    ],
)
def test_bad_options_are_refused_with_a_sentence(call, says) -> None:
    with pytest.raises(ValueError, match=says):
        call()
