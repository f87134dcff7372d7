"""A statistician who reads a function of the room learns what it refuses."""

from collections.abc import Callable

import pytest
from public import FUNCTIONS, REFUSES_NOTHING, takes_arguments


def tells_what_it_refuses(function: Callable) -> bool:
    return any(word in (function.__doc__ or "").lower() for word in ("raises", "refuse"))


def test_the_walk_sees_functions_and_methods() -> None:
    assert {"roc.auc", "figures.Figure.__call__", "binormal.Binormal.sensitivity"} < FUNCTIONS.keys()


def test_every_function_that_takes_arguments_tells_what_it_refuses() -> None:
    silent = [
        name
        for name, function in FUNCTIONS.items()
        if takes_arguments(function) and not tells_what_it_refuses(function) and name not in REFUSES_NOTHING
    ]
    assert not silent, f"these say nothing of what they refuse: {', '.join(silent)}"


@pytest.mark.parametrize("name", sorted(REFUSES_NOTHING))
def test_what_is_said_to_refuse_nothing_exists_and_tells_of_no_refusal(name: str) -> None:
    assert not tells_what_it_refuses(FUNCTIONS[name])
