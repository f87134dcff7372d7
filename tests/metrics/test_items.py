"""Item analysis against published worked examples, R, and a bootstrap written out."""

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import special, stats
from senolab.metrics.distractors import distractors
from senolab.metrics.items import (
    alpha,
    alpha_if_deleted,
    analyse,
    correlations,
    difficulty,
    discrimination,
    kr20,
    rest_scores,
    upper_lower,
)
from senolab.metrics.proportions import wilson
from senolab.metrics.reliability import feldt_interval

# Ten learners, ten items: K. L. Wuensch, The Kuder-Richardson 20, East Carolina University
# (core.ecu.edu/wuenschk/StatHelp/KR20.txt), which prints the item means and the variance 5.84 of the totals.
LEARNERS = (
    "1111110110 1011011101 1111011001 0010001000 0000010010 "
    "1110111111 1101110111 1111111101 0101111101 1101101110"
)
QUIZ = np.array([[int(mark) for mark in row] for row in LEARNERS.split()])
# R's `attitude`: 30 departments by 7 items in per cent (S. Chatterjee & B. Price, Regression Analysis by
# Example, Wiley 1977).
DEPARTMENTS = (
    "43,51,30,39,61,92,45 63,64,51,54,63,73,47 71,70,68,69,76,86,48 61,63,45,47,54,84,35 "
    "81,78,56,66,71,83,47 43,55,49,44,54,49,34 58,67,42,56,66,68,35 71,75,50,55,70,66,41 "
    "72,82,72,67,71,83,31 67,61,45,47,62,80,41 64,53,53,58,58,67,34 67,60,47,39,59,74,41 "
    "69,62,57,42,55,63,25 68,83,83,45,59,77,35 77,77,54,72,79,77,46 81,90,50,72,60,54,36 "
    "74,85,64,69,79,79,63 65,60,65,75,55,80,60 65,70,46,57,75,85,46 50,58,68,54,64,78,52 "
    "50,40,33,34,43,64,33 64,61,52,62,66,80,41 53,66,52,50,63,80,37 40,37,42,58,50,57,49 "
    "63,54,42,48,66,75,33 66,77,66,63,88,76,72 78,75,58,74,80,78,49 48,57,44,45,51,83,38 "
    "85,85,71,71,77,74,55 82,82,39,59,64,78,39"
)
ATTITUDE = np.array([[int(part) / 100 for part in row.split(",")] for row in DEPARTMENTS.split()])
GUTTMAN = np.array([[1, 1, 1, 1], [1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]])


def test_the_quiz_has_the_published_kr20_and_difficulties() -> None:
    assert [round(item.value, 9) for item in difficulty(QUIZ)] == [
        0.7,
        0.7,
        0.6,
        0.7,
        0.6,
        0.8,
        0.7,
        0.7,
        0.5,
        0.6,
    ]
    found = kr20(QUIZ)
    assert found.value == pytest.approx(10 / 9 * (1 - 2.18 / 5.84))
    # R 4.2: 1 - (1 - a) * qf(c(.975, .025), 9, 81)
    assert (found.low, found.high) == pytest.approx((0.3090704289, 0.9112037122))
    assert found == alpha(QUIZ)


def test_the_discrimination_and_alpha_of_the_quiz_are_those_of_r() -> None:
    # R 4.2: cor(X[, j], rowSums(X[, -j])) and the alpha of X[, -j]
    r = (0.70588915, 0.70588915, 0, 0.47358920, 0.58387421)
    r += (0.28614654, -0.02744451, 0.70588915, -0.12361285, 0.47586687)
    without = (0.60839161, 0.60839161, 0.73526786, 0.65245203, 0.62897727)
    without += (0.68459302, 0.73550088, 0.60839161, 0.75636672, 0.65054348)
    assert [item.value for item in discrimination(QUIZ)] == pytest.approx(r, abs=1e-8)
    assert alpha_if_deleted(QUIZ) == pytest.approx(without, abs=1e-8)


def test_partial_credit_has_the_alpha_of_r() -> None:
    # R 4.2 with A <- as.matrix(attitude) / 100, as above
    r = (0.67126206, 0.74210971, 0.56071111, 0.71444550, 0.78627559, 0.26503434, 0.46081055)
    without = (0.80976021, 0.79691746, 0.82784777, 0.80303097, 0.79538657, 0.86387231, 0.84046487)
    found = alpha(ATTITUDE)
    assert found.value == pytest.approx(0.843142769565)
    assert (found.low, found.high) == pytest.approx((0.7393756856, 0.9157730722))
    assert [item.value for item in discrimination(ATTITUDE)] == pytest.approx(r, abs=1e-8)
    assert alpha_if_deleted(ATTITUDE) == pytest.approx(without, abs=1e-8)
    assert not found.note


@pytest.mark.parametrize(
    ("value", "learners", "items", "limits"),
    [
        # C. Evans, feldt1.return(0.913, 873, 20), imaging.mrc-cbu.cam.ac.uk/statswiki/FAQ/cafun
        (0.913, 873, 20, (0.9044024, 0.9211588)),
        (0.696347031963, 10, 10, (0.3090704289, 0.9112037122)),
    ],
)
def test_feldts_interval_is_the_published_one(value, learners, items, limits) -> None:
    assert feldt_interval(value, learners=learners, items=items) == pytest.approx(limits, abs=1e-7)
    narrow = feldt_interval(value, learners=learners, items=items, confidence=0.5)
    assert limits[0] < narrow[0] < value < narrow[1] < limits[1]


def test_the_interval_of_a_difficulty_is_wilsons() -> None:
    found, rate = difficulty(QUIZ)[0], wilson(7, 10)
    assert (found.low, found.high, found.method) == (rate.low, rate.high, "wilson")
    assert "too wide" in difficulty(ATTITUDE)[0].note and "too wide" not in found.note


def test_the_bootstrap_is_that_of_drawing_learners_again() -> None:
    chance, k = np.random.default_rng(7), 3
    drawn = []
    for _ in range(2000):
        sample = ATTITUDE[chance.integers(0, 30, 30)]
        drawn.append(np.corrcoef(sample[:, k], np.delete(sample, k, axis=1).sum(axis=1))[0, 1])
    low, high = np.quantile(drawn, [0.05, 0.95])
    found = discrimination(ATTITUDE, confidence=0.9, draws=4050, seed=3)[k]
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.02)
    assert found.method == "bootstrap-percentile"


def test_the_same_seed_gives_the_same_interval_and_another_nearly_the_same() -> None:
    before = np.random.get_state()[1].tolist()  # noqa: NPY002 - the global generator must stay untouched
    one, same, other = (discrimination(ATTITUDE, seed=seed) for seed in (1, 1, 2))
    assert one == same != other
    assert [item.low for item in one] == pytest.approx([item.low for item in other], abs=0.08)
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


def test_the_upper_and_the_lower_group_are_told_apart() -> None:
    # of ten learners the best 2.7 score 9, 9 and 8 (two of them, who share 0.7), the weakest 2, 2 and 7
    upper = (QUIZ[5] + QUIZ[7] + 0.7 * (QUIZ[0] + QUIZ[6]) / 2) / 2.7
    sevens = QUIZ[[1, 2, 8, 9]].mean(axis=0)
    lower = (QUIZ[3] + QUIZ[4] + 0.7 * sevens) / 2.7
    assert upper_lower(QUIZ) == pytest.approx(upper - lower)
    assert upper_lower(GUTTMAN, share=0.2) == (1, 1, 1, 1)
    assert upper_lower([[0.1, 0.2], [0.3, 0], [1, 1]], share=1 / 3) == pytest.approx((0.8, 0.9))  # both 0.3
    assert upper_lower(GUTTMAN, share=0.01) == (1, 1, 1, 1)  # a part of one learner


def test_a_lesson_is_described_and_its_bad_items_flagged() -> None:
    able = np.arange(60)
    items = [able >= cut for cut in (12, 25, 35, 45, 57, 1)]
    table = np.column_stack([*items, able < 30])  # the last has the wrong key
    found = analyse(table)
    assert [item.flags for item in found.items[:4]] == [()] * 4
    assert found.items[4].flags == ("too hard",)
    assert "too easy" in found.items[5].flags
    assert found.items[6].flags == ("low discrimination",) and found.items[6].discrimination.high < 0
    assert found.learners == 60 and found.notes == ()
    assert found.kr20 == found.alpha == alpha(table)
    assert [item.difficulty for item in found.items] == list(difficulty(table))
    assert [item.discrimination for item in found.items] == list(discrimination(table))
    assert tuple(item.upper_lower for item in found.items) == upper_lower(table)
    assert tuple(item.alpha_if_deleted for item in found.items) == alpha_if_deleted(table)
    assert found.items[6].alpha_if_deleted > found.alpha.value


def test_flags_begin_beyond_their_limits() -> None:
    twenty = np.zeros((20, 4), dtype=int)
    twenty[:4, 0] = 1  # 0.20 is not too hard
    twenty[:3, 1] = 1
    twenty[:19, 2] = 1  # 0.95 is not too easy
    twenty[:, 3] = 1
    told = [item.flags for item in analyse(twenty).items]
    assert "too hard" not in told[0] and "too hard" in told[1]
    assert "too easy" not in told[2] and "too easy" in told[3]
    assert "low discrimination" not in told[0] and "low discrimination" in told[3]


def test_partial_credit_has_alpha_only() -> None:
    found = analyse(ATTITUDE)
    assert found.kr20 is None and found.alpha.value == pytest.approx(0.843142769565)
    with pytest.raises(ValueError, match="item 0 gives partial credit"):
        kr20(ATTITUDE)
    with pytest.raises(ValueError, match="item 1 gives partial credit"):
        kr20([[1, 0.5], [0, 1], [1, 1]])


def test_a_column_of_numbers_with_a_gap_has_the_options_of_one_without() -> None:
    rest = [1, 2, 3, 4, 5, 6]
    found = distractors([1.0, 2.0, 1.0, math.nan, 1.0, 3.0], rest, key=1, missing="drop")
    assert found == distractors([1, 2, 1, None, 1, 3], rest, key=1, missing="drop")
    assert [option.option for option in found.options] == ["1", "2", "3"]


def test_a_small_class_is_told_that_its_figures_are_unreliable() -> None:
    for figure in (*difficulty(QUIZ), *discrimination(QUIZ), alpha(QUIZ), kr20(QUIZ)):
        assert "10 learners are few" in figure.note
    assert "10 learners are few" in analyse(QUIZ).notes[0]
    assert "10 learners are few" in distractors("abcdabcdab", QUIZ.sum(axis=1), key="a").notes[0]
    assert "learners are few" in alpha(ATTITUDE[:29]).note and not alpha(ATTITUDE).note


def test_a_missing_answer_needs_a_declared_meaning() -> None:
    holes = QUIZ.astype(float)
    holes[0, 0] = holes[3, 4] = holes[3, 5] = math.nan
    with pytest.raises(ValueError, match=r'no answer at place 0, 0.*missing="zero".*missing="drop"'):
        alpha(holes)
    with pytest.raises(ValueError, match="scores must have 2 dimensions, not 0"):
        analyse(math.nan)
    wrong = QUIZ.copy()
    wrong[0, 0] = wrong[3, 4] = wrong[3, 5] = 0
    whole = np.delete(QUIZ, [0, 3], axis=0)
    assert alpha(holes, missing="zero").value == alpha(wrong).value
    assert alpha(holes, missing="drop").value == alpha(whole).value
    assert "3 missing answers count 0." in alpha(holes, missing="zero").note
    assert "2 of 10 learners are left out" in alpha(holes, missing="drop").note
    for measure in (difficulty, discrimination):
        assert measure(holes, missing="drop")[1].value == measure(whole)[1].value
        assert "left out" in measure(holes, missing="drop")[1].note
    for measure in (alpha_if_deleted, upper_lower, rest_scores):
        assert np.asarray(measure(holes, missing="zero")).tolist() == np.asarray(measure(wrong)).tolist()
    found = analyse([[1, None], [0, 0], [1, 1], [0, 1]], missing="zero")
    assert found.notes[0] == "One missing answer counts 0." and found.items[1].alpha_if_deleted is None
    assert kr20(holes, missing="zero").value == kr20(wrong).value
    assert alpha(QUIZ, missing="drop") == alpha(QUIZ)


def test_an_item_that_all_solve_discriminates_nobody_and_says_so() -> None:
    table = np.column_stack([GUTTMAN, np.ones(5)])
    found = discrimination(table)[4]
    assert (found.value, found.low, found.high) == (0, -1, 1)
    assert "same score" in found.note
    almost = np.zeros((12, 3))
    almost[0], almost[1:6, 0] = 1, 1
    assert "resamples had no variance" in discrimination(almost)[1].note


def test_items_that_agree_or_contradict_each_other_are_noted() -> None:
    same = np.repeat(GUTTMAN[:, :1], 3, axis=1)
    found = alpha(same)
    assert (found.value, found.low, found.high) == (1, 1, 1) and "no width" in found.note
    rounded = np.repeat([[0.98], [0.69], [0.65], [0.69], [0.39]], 6, axis=1)  # 1.0000000000000002 in floats
    assert alpha(rounded).value == 1
    against = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 0], [0, 1, 1]])
    assert alpha(against).value < 0 and "wrong key" in alpha(against).note
    assert alpha_if_deleted([[1, 0, 1], [0, 1, 1], [1, 0, 0]])[2] is None


CHOICES = list("aaaaaaaabbbbccdddddddddddddddddd")
REST = [9, 9, 9, 8, 8, 8, 7, 7, 3, 3, 2, 2, 9.5, 9.5, *[5] * 18]


def test_a_table_shows_who_chose_what() -> None:
    found = distractors(CHOICES, REST, key="a", options="abcde")
    rows = {row.option: row for row in found.options}
    assert [row.chosen.count for row in found.options] == [8, 4, 2, 18, 0]
    assert rows["a"].chosen == wilson(8, 32) and rows["a"].is_key and not rows["b"].is_key
    assert rows["a"].mean_rest == 65 / 8 and rows["e"].mean_rest is None
    assert rows["b"].discrimination == pytest.approx(
        stats.pearsonr([c == "b" for c in CHOICES], REST).statistic
    )
    assert rows["e"].discrimination is None
    # 27 % of 32 are 8.6: the four with least; the eighteen equals stay together in the middle
    assert [row.by_group for row in found.options] == [(0, 2, 6), (4, 0, 0), (0, 0, 2), (0, 18, 0), (0, 0, 0)]
    assert rows["c"].flags == ("preferred by the better",)
    assert rows["e"].flags == ("never chosen",)
    assert rows["a"].flags == rows["b"].flags == rows["d"].flags == ()
    assert found.notes == ()


def test_where_ability_is_counted_from_does_not_matter() -> None:
    here, far = (distractors(CHOICES, np.array(REST) + shift, key="a") for shift in (0, 1e8))
    for row, moved in zip(here.options, far.options, strict=True):
        assert (row.by_group, row.flags) == (moved.by_group, moved.flags)
        assert row.discrimination == pytest.approx(moved.discrimination, abs=1e-6)


def test_a_key_that_the_weaker_choose_is_flagged() -> None:
    found = distractors(CHOICES, REST, key="b")
    rows = {row.option: row for row in found.options}
    assert rows["b"].flags == ("negative key",)
    assert rows["a"].flags == rows["c"].flags == rows["d"].flags == ("preferred by the better",)
    nobody = distractors(CHOICES, REST, key="e")
    assert [row.flags for row in nobody.options][-1] == ("never chosen",)
    assert [row.flags for row in nobody.options][:-1] == [()] * 4


def test_those_who_chose_nothing_count_as_was_declared() -> None:
    choices = [None, math.nan, *CHOICES[2:]]
    with pytest.raises(ValueError, match="2 of 32 learners chose nothing"):
        distractors(choices, REST, key="a")
    stay = distractors(choices, REST, key="a", missing="zero")
    gone = distractors(choices, REST, key="a", missing="drop")
    assert [row.chosen.total for row in stay.options] == [32] * 4
    assert [row.chosen.total for row in gone.options] == [30] * 4
    assert stay.notes == gone.notes == ("2 of 32 learners chose nothing.",)
    assert gone.options[0].mean_rest == stay.options[0].mean_rest == 47 / 6


@pytest.mark.parametrize("key", [None, math.nan, pd.NA, pd.NaT, "", " "])
def test_a_key_that_is_missing_is_refused_and_is_no_option_of_its_own(key: object) -> None:
    with pytest.raises(ValueError, match="key must be the one right option"):
        distractors(CHOICES, REST, key=key)
    gaps = [pd.NA, math.nan, *CHOICES[2:]]
    assert len(distractors(gaps, REST, key="a", missing="drop").options) == 4


def test_equals_in_ability_are_not_compared() -> None:
    found = distractors([1, 2, 2] * 11, [4] * 33, key=1)
    assert "All rest scores are equal" in found.notes[0]
    assert [row.discrimination for row in found.options] == [None, None]
    assert [row.by_group for row in found.options] == [(0, 11, 0), (0, 22, 0)]
    assert [row.flags for row in found.options] == [(), ()]


OF_SCORES = (analyse, difficulty, discrimination, upper_lower, alpha, kr20, alpha_if_deleted, rest_scores)
BAD_SCORES: dict[str, object] = {
    "nothing": [],
    "no item": np.zeros((5, 0)),
    "a vector": [1, 0, 1],
    "ragged rows": [[1, 0], [1]],
    "words": [["a", "b"], ["c", "d"]],
    "infinite": [[1, 0, 0], [0, math.inf, 1], [1, 1, 1]],
    "above 1": [[1, 0, 0], [0, 2, 1], [1, 1, 1]],
    "below 0": [[1, 0, 0], [0, -1, 1], [1, 1, 1]],
}
BAD: dict[str, Callable[[], object]] = {
    f"{measure.__name__} of {name} ({policy})": lambda m=measure, s=scores, p=policy: m(s, missing=p)
    for measure in OF_SCORES
    for name, scores in BAD_SCORES.items()
    for policy in ("refuse", "zero", "drop")
}
BAD |= {
    f"{measure.__name__} of NaN": lambda m=measure: m([[1, 0, 0], [0, math.nan, 1], [1, 1, 1]])
    for measure in OF_SCORES
}
BAD |= {f"{m.__name__} by no policy": lambda m=m: m(QUIZ, missing="mean") for m in OF_SCORES}
BAD |= {
    f"{m.__name__} of nobody who answered all": lambda m=m: m([[1, None, 1]] * 4, missing="drop")
    for m in OF_SCORES
}
BAD |= {
    f"{measure.__name__} of two learners": lambda m=measure: m([[1, 0, 1], [0, 1, 1]])
    for measure in OF_SCORES
    if measure is not difficulty
}
BAD |= {
    f"{measure.__name__} at no level": lambda m=measure: m(QUIZ, confidence=1)
    for measure in (analyse, difficulty, discrimination, alpha, kr20)
}
BAD |= {
    "alpha of equal totals": lambda: alpha([[1, 0], [0, 1], [1, 0]]),
    "kr20 of one class": lambda: kr20(np.ones((5, 3))),
    "analysis of one class": lambda: analyse(np.zeros((5, 3))),
    "alpha if deleted of two items": lambda: alpha_if_deleted(QUIZ[:, :2]),
    "too few draws": lambda: discrimination(QUIZ, draws=10),
    "a negative seed": lambda: discrimination(QUIZ, seed=-1),
    "groups of nobody": lambda: upper_lower(QUIZ, share=0),
    "groups that overlap": lambda: upper_lower(QUIZ, share=0.6),
    "groups of NaN": lambda: upper_lower(QUIZ, share=math.nan),
    "an alpha above 1": lambda: feldt_interval(1.1, learners=10, items=3),
    "an alpha of NaN": lambda: feldt_interval(math.nan, learners=10, items=3),
    "an alpha of one learner": lambda: feldt_interval(0.5, learners=1, items=3),
    "an alpha of one item": lambda: feldt_interval(0.5, learners=10, items=1),
    "an alpha at no level": lambda: feldt_interval(0.5, learners=10, items=3, confidence=0),
    "an alpha far below 0": lambda: feldt_interval(-1e308, learners=10, items=3),
    "an alpha of text": lambda: feldt_interval("a", learners=10, items=3),  # pyright: ignore[reportArgumentType]
    "an alpha at a level beyond all digits": lambda: feldt_interval(
        1, learners=10, items=3, confidence=1 - 1e-16
    ),
    "groups of text": lambda: upper_lower(QUIZ, share="a"),  # pyright: ignore[reportArgumentType]
    "groups of hardly anybody": lambda: upper_lower(QUIZ, share=5e-324),
    "weights of nothing": lambda: correlations([[0.0] * 10], QUIZ, QUIZ),
    "weights below 0": lambda: correlations([[-1.0, *[1.0] * 9]], QUIZ, QUIZ),
    "correlations of NaN": lambda: correlations(np.ones((1, 10)), QUIZ * np.nan, QUIZ),
    "correlations of too few": lambda: correlations(np.ones((1, 10)), QUIZ[:5], QUIZ[:5]),
    "correlations of other items": lambda: correlations(np.ones((1, 10)), QUIZ, QUIZ[:, :1]),
    "rest beyond all digits": lambda: distractors(["a", "b"], [1e140, -1e140], key="a"),
    "rest of endless points": lambda: distractors(["a", "b", "a"], [1e308, 1e308, 1], key="a"),
    "no choices": lambda: distractors(None, [1, 2], key="a"),  # pyright: ignore[reportArgumentType]
    "no list of options": lambda: distractors(["a", "b"], [1, 2], key="a", options=5),  # pyright: ignore[reportArgumentType]
    "options without a dimension": lambda: distractors(["a"], [1], key="a", options=np.array(5)),  # pyright: ignore[reportArgumentType]
    "choices without a dimension": lambda: distractors(np.array("a"), [1], key="a"),  # pyright: ignore[reportArgumentType]
    "choices of nobody": lambda: distractors([], [], key="a"),
    "choices of too few": lambda: distractors(["a"], [1, 2], key="a"),
    "choices of several": lambda: distractors([["a"], ["b"]], [1, 2], key="a"),
    "an unknown choice": lambda: distractors(["a", "x"], [1, 2], key="a", options="ab"),
    "an unknown key": lambda: distractors(["a", "b"], [1, 2], key="c", options="ab"),
    "two keys": lambda: distractors(["a", "b"], [1, 2], key=["a", "b"]),
    "an option that is NaN": lambda: distractors(["a", "b"], [1, 2], key="a", options=["a", "b", math.nan]),
    "one option": lambda: distractors(["a", "a"], [1, 2], key="a"),
    "an option twice": lambda: distractors(["a", "b"], [1, 2], key="a", options="aba"),
    "no option": lambda: distractors(["a", "b"], [1, 2], key="a", options=[]),
    "rest of NaN": lambda: distractors(["a", "b"], [1, math.nan], key="a"),
    "rest as a table": lambda: distractors(["a", "b"], [[1, 2]], key="a"),
    "only gaps": lambda: distractors([None, None], [1, 2], key="a", missing="drop"),
    "choices by no policy": lambda: distractors(["a", "b"], [1, 2], key="a", missing="mean"),
}


@pytest.mark.filterwarnings("error", "ignore::ResourceWarning")
@pytest.mark.parametrize("call", BAD.values(), ids=BAD.keys())
def test_what_cannot_be_computed_is_refused_with_a_sentence(call) -> None:
    with pytest.raises(ValueError) as refusal:
        call()
    assert len(str(refusal.value).split()) >= 3


binary = arrays.arrays(np.int64, st.tuples(st.integers(3, 12), st.integers(3, 6)), elements=st.integers(0, 1))
partial = arrays.arrays(
    np.float64,
    st.tuples(st.integers(3, 12), st.integers(3, 6)),
    elements=st.sampled_from([0, 0.25, 0.5, 0.9, 1]),
)


def figures(table) -> list:
    """All that has to follow the items when they or the learners change places."""
    return list(
        zip(
            [item.value for item in difficulty(table)],
            [item.value for item in discrimination(table, draws=100)],
            upper_lower(table),
            [-9 if value is None else value for value in alpha_if_deleted(table)],
            strict=True,
        )
    )


@pytest.mark.filterwarnings("error", "ignore::ResourceWarning")
@settings(deadline=None)
@given(partial, st.randoms())
def test_the_order_of_learners_and_items_does_not_matter(table, chance) -> None:
    learners, items = list(range(len(table))), list(range(table.shape[1]))
    chance.shuffle(learners)
    chance.shuffle(items)
    moved = figures(table[learners][:, items])
    before = figures(table)
    for place, item in enumerate(items):
        assert moved[place] == pytest.approx(before[item], abs=1e-7)


@pytest.mark.filterwarnings("error", "ignore::ResourceWarning")
@settings(deadline=None)
@given(partial)
def test_no_figure_leaves_its_bounds(table) -> None:
    for item in difficulty(table):
        assert 0 <= item.low <= item.value <= item.high <= 1
    for item in discrimination(table, draws=100):
        assert -1 <= item.low <= item.high <= 1 and -1 <= item.value <= 1
    assert all(-1 - 1e-12 <= d <= 1 + 1e-12 for d in upper_lower(table))
    assert all(a is None or a <= 1 for a in alpha_if_deleted(table))
    if table.sum(axis=1).var() > 1e-9:
        found = alpha(table)
        assert found.low <= found.high <= 1 and found.value <= 1


@given(binary)
def test_the_reliability_of_what_is_wrong_is_that_of_what_is_right(table) -> None:
    assume(table.sum(axis=1).var() > 0)
    right, wrong = kr20(table), kr20(1 - table)
    assert (right.value, right.low, right.high) == pytest.approx((wrong.value, wrong.low, wrong.high))
    ours = [item.value for item in discrimination(table, draws=100)]
    assert ours == pytest.approx([item.value for item in discrimination(1 - table, draws=100)], abs=1e-9)


@given(binary)
def test_kr20_is_written_out_with_p_and_q(table) -> None:
    spread = table.sum(axis=1).var()
    assume(spread > 0)
    p, k = table.mean(axis=0), table.shape[1]
    assert kr20(table).value == pytest.approx(k / (k - 1) * (1 - (p * (1 - p)).sum() / spread))


@given(binary)
def test_alpha_without_an_item_is_the_alpha_of_the_others(table) -> None:
    for j, value in enumerate(alpha_if_deleted(table)):
        others = np.delete(table, j, axis=1)
        if value is None:
            assert len(set(others.sum(axis=1))) == 1
        else:
            assert value == pytest.approx(alpha(others).value)


@given(st.floats(-2, 0.999), st.integers(2, 500), st.integers(2, 60), st.floats(0.5, 0.999))
def test_feldts_limits_leave_half_of_the_error_to_each_side(value, learners, items, level) -> None:
    low, high = feldt_interval(value, learners=learners, items=items, confidence=level)
    df = (learners - 1, (learners - 1) * (items - 1))
    assert special.fdtr(*df, (1 - low) / (1 - value)) == pytest.approx((1 + level) / 2, abs=1e-6)
    assert special.fdtr(*df, (1 - high) / (1 - value)) == pytest.approx((1 - level) / 2, abs=1e-6)


answers = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 9)), min_size=2, max_size=40)


@pytest.mark.filterwarnings("error", "ignore::ResourceWarning")
@given(answers, st.randoms())
def test_a_distractor_table_counts_each_learner_once_in_any_order(rows, chance) -> None:
    shuffled = rows.copy()
    chance.shuffle(shuffled)
    found, moved = (
        distractors([c for c, _ in many], [r for _, r in many], key="a", options="abcd")
        for many in (rows, shuffled)
    )
    assert sum(row.chosen.count for row in found.options) == len(rows)
    for row, other in zip(found.options, moved.options, strict=True):
        assert sum(row.by_group) == row.chosen.count
        assert (row.by_group, row.chosen, row.flags) == (other.by_group, other.chosen, other.flags)
        assert row.discrimination == (
            None if other.discrimination is None else pytest.approx(other.discrimination, abs=1e-9)
        )
