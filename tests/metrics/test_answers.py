"""What an answer is worth: golden values, bounds, and no stumbling over anything a learner wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from senolab.metrics.answers import KINDS, Scored, score

CHOICE = {
    "correct": ["4"],
    "credit": {"3": 0.5},
    "hints": {"3": "Look at the margin."},
    "why": "A spiculated margin is suspicious.",
}
MARK = {
    "lesions": [
        {"id": "m1", "view": "RCC", "x_mm": 50, "y_mm": 50, "radius_mm": 6, "outline_mm": []},
        {"id": "m1", "view": "RMLO", "x_mm": 40, "y_mm": 60, "radius_mm": 6, "outline_mm": []},
        {"id": "m2", "view": "RCC", "x_mm": 90, "y_mm": 90, "radius_mm": 6, "outline_mm": []},
    ],
    "radius_mm": 10,
}
THRESHOLD = {"best": [0.4, 0.6], "credit": [[0.3, 0.7, 0.5], [0.2, 0.8, 0.25]]}
KEYS = {
    "choice": CHOICE,
    "probability": {"truth": 1},
    "mark": MARK,
    "threshold": THRESHOLD,
    "text": {"rubric": "Names the margin."},
    "tally": {"of": ["a", "b"]},
}


def at(x, y, view="RCC"):
    return {"view": view, "x_mm": x, "y_mm": y}


GOLDEN = [
    ("choice", CHOICE, "4", 1.0),
    ("choice", CHOICE, 4, 1.0),
    ("choice", CHOICE, "3", 0.5),
    ("choice", CHOICE, "2", 0.0),
    ("choice", CHOICE, ["4"], 0.0),
    ("choice", CHOICE, ["4", "3"], 0.0),
    ("choice", CHOICE, {"4": 1}, 0.0),
    ("choice", {"correct": ["a", "b"]}, ["a", "b"], 1.0),
    ("choice", {"correct": ["a", "b"]}, ["a"], 0.5),
    ("choice", {"correct": ["a", "b"]}, ["a", "b", "c"], 0.5),
    ("choice", {"correct": ["a", "b"]}, ["a", "b", "c", "d"], 0.0),
    ("choice", {"correct": ["a", "b"]}, "b", 0.0),
    ("choice", {"correct": []}, [], 1.0),
    ("probability", {"truth": 1}, 80, 0.96),
    ("probability", {"truth": 0}, 80, 0.36),
    ("probability", {"truth": 0}, 50, 0.75),
    ("probability", {"truth": 0}, 0, 1.0),
    ("probability", {"truth": 0}, 101, 0.0),
    ("mark", MARK, [at(50, 50), at(90, 88)], 1.0),
    ("mark", MARK, [at(50, 50), at(40, 60, "RMLO"), at(90, 88)], 1.0),
    ("mark", MARK, [at(50, 50)], 0.5),
    ("mark", MARK, [at(50, 50), at(0, 0)], 0.0),
    ("mark", MARK, [at(50, 50), at(50, 50, "")], 0.0),
    ("mark", MARK, [at(50, 50), at(90, 90), at(0, 0)], 0.5),
    ("mark", MARK, [], 0.0),
    ("mark", {"lesions": [], "radius_mm": 10}, [], 1.0),
    ("mark", {"lesions": [], "radius_mm": 10}, [at(1, 1)], 0.0),
    ("mark", {"lesions": [], "radius_mm": 10}, None, 0.0),
    ("threshold", THRESHOLD, 0.4, 1.0),
    ("threshold", THRESHOLD, 0.65, 0.5),
    ("threshold", THRESHOLD, 0.25, 0.25),
    ("threshold", THRESHOLD, 0.95, 0.0),
    ("text", {"rubric": "r"}, "words", 0.0),
]


@pytest.mark.parametrize(("kind", "key", "value", "fraction"), GOLDEN)
def test_an_answer_is_worth_what_its_rule_says(kind, key, value, fraction) -> None:
    assert score(kind, key, value).fraction == pytest.approx(fraction)


@pytest.mark.parametrize("kind", ["choice", "probability", "mark", "threshold"])
def test_no_answer_earns_nothing_and_says_so(kind) -> None:
    assert score(kind, KEYS[kind], None) == Scored(0.0, "Not answered.")


@pytest.mark.parametrize(
    ("multiple", "correct", "value", "fraction"),
    [
        (True, ["a", "b"], ["a"], 0.5),
        (True, ["a", "b"], "a", None),
        (True, ["a"], ["a"], 1.0),  # the key was corrected since
        (True, ["a"], "a", None),
        (False, ["a"], "a", 1.0),
        (False, ["a"], ["a", "b"], None),
        (False, ["a", "b"], "b", 1.0),  # the key was corrected since
        (False, ["a", "b"], ["a", "b"], None),
    ],
)
def test_an_answer_in_another_shape_than_was_asked_for_is_not_read(
    multiple, correct, value, fraction
) -> None:
    scored = score("choice", {"correct": correct, "credit": {"b": 0.5}}, value, multiple=multiple)
    assert scored.fraction == (fraction or 0)
    assert ("cannot be read" in scored.words) == (fraction is None)


def test_the_authors_hint_and_reason_are_told() -> None:
    words = score("choice", CHOICE, "3").words
    assert words == "Partly right: 0.50 of the points. Look at the margin. A spiculated margin is suspicious."


def test_the_probability_rule_is_shown_with_its_numbers() -> None:
    assert "1 − 0.2² = 0.96" in score("probability", {"truth": 1}, 80).words


def test_marks_tell_found_and_false() -> None:
    key = {**MARK, "hints": {"missed": "The second one lies behind the nipple."}}
    words = score("mark", key, [at(50, 50), at(0, 0)]).words
    assert words == (
        "You found 1 of 2 lesions. One mark lies where no lesion is. The second one lies behind the nipple."
    )


def test_a_text_waits_for_a_teacher() -> None:
    assert score("text", {}, "anything").by_hand


def test_a_tally_is_the_mean_of_its_parts() -> None:
    parts = [Scored(1.0, ""), Scored(0.5, ""), 0.0]
    assert score("tally", {"of": []}, None, parts).fraction == pytest.approx(0.5)
    assert score("tally", {"of": []}, None, []).fraction == 0


def test_an_unknown_kind_is_refused_with_the_kinds_there_are() -> None:
    with pytest.raises(ValueError, match="the kind of a question must be choice"):
        score("riddle", {}, 1)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)


@given(st.sampled_from(KINDS), anything)
def test_anything_a_learner_writes_scores_between_0_and_1_with_words(kind, value) -> None:
    scored = score(kind, KEYS[kind], value, [0.25])
    assert 0 <= scored.fraction <= 1
    assert scored.words


@given(st.lists(st.sampled_from("34256"), max_size=5), st.randoms())
def test_the_order_of_choices_does_not_matter(chosen, random) -> None:
    before = score("choice", CHOICE, chosen, multiple=True).fraction
    random.shuffle(chosen)
    assert score("choice", CHOICE, chosen, multiple=True).fraction == before


@given(st.integers(0, 100), st.integers(0, 100))
def test_a_probability_nearer_to_the_truth_never_earns_less(one, other) -> None:
    low, high = sorted((one, other))
    assert (
        score("probability", {"truth": 1}, high).fraction >= score("probability", {"truth": 1}, low).fraction
    )


@given(st.floats(0, 1))
def test_telling_what_one_believes_is_the_best_probability(belief) -> None:
    """The rule is proper: no other answer expects more than the honest one."""

    def expected(percent):
        return (
            belief * score("probability", {"truth": 1}, percent).fraction
            + (1 - belief) * score("probability", {"truth": 0}, percent).fraction
        )

    honest = expected(belief * 100)
    assert all(expected(other) <= honest + 1e-9 for other in range(0, 101, 10))


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), max_size=5), st.randoms())
def test_the_order_of_marks_does_not_matter(places, random) -> None:
    placed = [at(x, y) for x, y in places]
    before = score("mark", MARK, placed).fraction
    random.shuffle(placed)
    assert score("mark", MARK, placed).fraction == before


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), max_size=5))
def test_finding_a_lesion_never_earns_less_than_not_marking_it(places) -> None:
    placed = [at(x, y) for x, y in places]
    assert score("mark", MARK, [*placed, at(90, 90)]).fraction >= score("mark", MARK, placed).fraction


@given(st.lists(st.floats(0, 1), min_size=1, max_size=9), st.randoms())
def test_a_tally_does_not_depend_on_the_order(parts, random) -> None:
    before = score("tally", {}, None, parts).fraction
    random.shuffle(parts)
    assert score("tally", {}, None, parts).fraction == before
