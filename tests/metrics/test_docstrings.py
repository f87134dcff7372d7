"""A statistician who reads a function of the room learns what it refuses."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator

import pytest
from senolab import metrics

# What these get is checked already, or may be anything; the cells of a table become faults of its file.
REFUSES_NOTHING = {
    "classscores.dichotomous",
    "classscores.estimate",
    "classscores.few_learners",
    "csvtable.Table.fault",
    "csvtable.Table.flag",
    "csvtable.Table.number",
    "csvtable.Table.word",
    "figures.sides",
    "inference.differences",
    "inference.f_test",
    "inference.inferences",
    "inference.quantile",
    "inference.two_sided",
    "inputs.listed",
    "marks.mark_of",
    "meritinterval.kind_of",
    "meritinterval.least_of",
    "ownership.belonging",
    "proportions.mcnemar",
    "proportions.per_1000",
    "roc.shares_from",
}


def functions() -> Iterator[tuple[str, Callable]]:
    """Every public function and method of the room, by module and name."""
    for info in pkgutil.iter_modules(metrics.__path__):
        module = importlib.import_module(f"{metrics.__name__}.{info.name}")
        for name, thing in vars(module).items():
            if name.startswith("_") or getattr(thing, "__module__", None) != module.__name__:
                continue
            if inspect.isfunction(thing):
                yield f"{info.name}.{name}", thing
            elif inspect.isclass(thing):
                own = [one for one in vars(thing).items() if inspect.isfunction(one[1])]
                for part, method in own:
                    if part == "__call__" or not part.startswith("_"):
                        yield f"{info.name}.{name}.{part}", method


FUNCTIONS = dict(functions())


def takes_arguments(function: Callable) -> bool:
    return bool(inspect.signature(function).parameters.keys() - {"self"})


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
