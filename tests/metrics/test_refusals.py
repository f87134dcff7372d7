"""No function of the room computes with what is no number: each argument is damaged in turn."""

import copy
import math
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from calls import GOOD
from public import FUNCTIONS, REFUSES_NOTHING, takes_arguments
from senolab.metrics import inference, ownership, partialarea, study

# Files are refused by line and reason, in the corpus of `tables`.
OF_FILES = ("csvtable.", "studytables.", "studyplot.")
# Words of ours, which become part of a sentence, and flags, of which anything is true or false.
OURS = ("name", "note", "notes", "standardised", "words")
# What is no damage: an option that may be left out, a figure that may be negative, ∞ with a meaning.
ALLOWED = {
    "nothing": (
        "agreement.agreement_table-categories calibrationline.calibration_intercept-clip "
        "calibrationline.calibration_slope-clip decision.decision_curve-thresholds "
        "decision.decision_curve-prevalence decision.net_benefit-prevalence distractors.distractors-options "
        "funnel.funnel-target inference.inferences-ms_tr ownership.weights-given "
        "places.reading_of_places-weights planning.screens_needed-assurance recalibration.log_odds-clip "
        "recalibration.platt_scaling-clip recalibration.temperature_scaling-clip answers.score-value "
        "inputs.floats-values study.reading_of_marks-lesion_weight"
    ),
    "a negative number": (
        "classscores.estimate-value estimate.percentile-value figures.sensitivity_at-threshold "
        "figures.specificity_at-threshold inference.f_test-ms_t inference.two_sided-ratio "
        "inputs.number-value marks.inside-x marks.inside-y operating.operating_point-threshold "
        "proportions.real-value reliability.feldt_interval-value"
    ),
    "infinity": (
        "inference.quantile-ddf inference.two_sided-ddf inputs.floats-values monitoring.cusum-months "
        "proportions.real-value roc.shares_from-threshold"
    ),
    "NaN": "inputs.floats-values proportions.real-value answers.score-value",
    "a gap": "inputs.floats-values",
    "emptiness": (
        "inference.differences-found inputs.floats-values marks.inside-outline marks.lesions_of-key "
        "marks.match-marks marks.match-lesions ownership.lesions_fit-lesion_case roc.shares_from-threshold"
    ),
    "text": "monitoring.cusum-months",
    "a number": "inputs.floats-values roc.shares_from-threshold",
    "a dimension more": "binormal.Binormal.sensitivity-false_positive_fraction inputs.floats-values "
    "roc.shares_from-threshold",
    "an object": "answers.score-value",
    "an array": "answers.score-value",
    "another word": "answers.score-value classscores.estimate-method",
}


def with_first(values: Any, wrong: object) -> list[Any]:
    """Put something wrong in the first place of nested lists."""
    nested = copy.deepcopy(values.tolist() if isinstance(values, np.ndarray) else list(values))
    inner = nested
    while isinstance(inner[0], list) and inner[0]:
        inner = inner[0]
    inner[0] = wrong
    return nested


def damages(value: object) -> Iterator[tuple[str, object]]:
    """What may be wrong with an argument, by the kind of its good value."""
    yield "nothing", None
    yield "an object", object()
    if isinstance(value, list | np.ndarray) and len(value):
        yield "NaN", with_first(value, math.nan)
        yield "infinity", with_first(value, math.inf)
        yield "a gap", with_first(value, None)
        yield "text", with_first(value, "x")
        yield "emptiness", []
        yield "a number", 3.5
        yield "a dimension more", [value]
        yield "a word", "wrong"
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield "NaN", math.nan
        yield "infinity", math.inf
        yield "text", "x"
        yield "a list", [value]
        yield "an array", np.ones((2, 2))
        yield "a negative number", -1.0
    elif isinstance(value, str):
        yield "NaN", math.nan
        yield "another word", "no such word"
        yield "an array", np.ones((2, 2))
    else:
        yield "NaN", math.nan
        yield "a word", "wrong"
        yield "emptiness", []


def drained(result: object) -> object:
    """Go through what is made one by one."""
    return list(result) if isinstance(result, Iterator) else result


CALLS = [
    pytest.param(name, argument, wrong, id=f"{name}-{argument}-{kind}")
    for name, (_, given) in GOOD.items()
    for argument, value in given.items()
    for kind, wrong in damages(value)
    if argument not in OURS and f"{name}-{argument}" not in ALLOWED.get(kind, "").split()
]


def test_every_function_has_a_good_call() -> None:
    asked = {name for name, function in FUNCTIONS.items() if takes_arguments(function)}
    asked = {name for name in asked - REFUSES_NOTHING if not name.startswith(OF_FILES)}
    assert asked ^ GOOD.keys() == set()


def numbers_of(result: object) -> Iterator[float]:
    """Every number in a result, however deep it lies."""
    if isinstance(result, float | np.floating):
        yield float(result)
    elif isinstance(result, np.ndarray) and result.dtype.kind == "f":
        yield from result.ravel().tolist()
    elif isinstance(result, list | tuple):
        for part in result:
            yield from numbers_of(part)
    elif isinstance(result, dict):
        yield from numbers_of(list(result.values()))
    elif hasattr(result, "__dict__"):
        yield from numbers_of(list(vars(result).values()))


def test_a_nan_is_seen_however_deep_it_lies() -> None:
    deep = {"a": [(1.0, np.array([[2.0, math.nan]]))]}
    assert any(map(math.isnan, numbers_of(deep)))


@pytest.mark.parametrize("name", GOOD)
def test_the_good_call_is_answered_without_nan(name: str) -> None:
    function, given = GOOD[name]
    assert not any(map(math.isnan, numbers_of(drained(function(**given)))))


@pytest.mark.parametrize(("name", "argument", "wrong"), CALLS)
def test_a_damaged_argument_is_refused_in_a_sentence(name: str, argument: str, wrong: object) -> None:
    function, given = GOOD[name]
    with pytest.raises(ValueError) as refusal:
        drained(function(**{**given, argument: wrong}))
    assert len(str(refusal.value).split()) >= 3
    assert "ambiguous" not in str(refusal.value), "numpy's own sentence tells nobody what to give"


class Missing:
    """Says of nothing whether it is so, as pandas' NA does."""

    def __ne__(self, other: object) -> bool:
        raise TypeError("boolean value of NA is ambiguous")

    __hash__ = None  # pyright: ignore[reportAssignmentType]


EXACT = [
    pytest.param(name, argument, make(value), id=f"{name}-{argument}-{make.__name__}")
    for name, (_, given) in GOOD.items()
    for argument, value in given.items()
    for make in (Fraction, Decimal, complex)
    if isinstance(value, float)
]


@pytest.mark.parametrize(("name", "argument", "value"), EXACT)
def test_a_number_of_another_kind_is_taken_or_refused(name: str, argument: str, value: Any) -> None:
    function, given = GOOD[name]
    told = ""
    try:
        found = drained(function(**{**given, argument: value}))
        assert not any(map(math.isnan, numbers_of(found)))
    except ValueError as problem:
        told = str(problem)
    assert len(told.split()) > 2 or (told == "" and not isinstance(value, complex))


def test_a_month_that_says_nothing_is_refused() -> None:
    function, given = GOOD["monitoring.cusum"]
    months = [*given["months"][:-1], Missing()]
    with pytest.raises(ValueError, match=r"months (holds|must hold)"):
        function(**{**given, "months": months})


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ownership.lesions_fit(np.array([False, True]), np.array([5])), "none of 2 cases"),
        (lambda: ownership.weights(None, np.array([5]), 2), "none of 2 cases"),
        (lambda: ownership.weights(None, np.array([-1]), 2), "none of 2 cases"),
        (lambda: partialarea.without_each(np.array([1.0]), np.mean), "at least 2 cases of a class"),
        (lambda: inference.quantile(0.95, 10**400), "too large to compute with"),
        (lambda: inference.quantile(0.95, 5e-324), "ddf must be at least 0.1"),
        (lambda: inference.two_sided(1.0, 10**400), "too large to compute with"),
    ],
)
def test_what_lies_beyond_all_cases_or_numbers_is_refused(call: Callable[[], object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


def test_a_mean_square_beyond_computing_is_refused() -> None:
    function, given = GOOD["inference.inferences"]
    with pytest.raises(ValueError, match="ms_tr must lie between 0 and 1e"):
        drained(function(**{**given, "ms_tr": 1e308}))


@pytest.mark.parametrize("part", ["modalities", "readers", "cases", "readings"])
@pytest.mark.parametrize("wrong", [None, 5, "abc"])
def test_a_study_of_no_names_or_readings_is_refused(part: str, wrong: object) -> None:
    truth, ratings = [0, 0, 1, 1], [[[1, 2, 2, 3]]]
    whole = vars(study.study_of_ratings(truth, ratings))
    with pytest.raises(ValueError, match=f"{part} must be a"):
        study.Study(**{**whole, part: wrong})
