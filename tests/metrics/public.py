"""Every public function of the room, by module and name."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator

from senolab import metrics

# What these get is checked already, or may be anything; the cells of a table become faults of its file.
REFUSES_NOTHING = {
    "csvtable.Table.fault",
    "csvtable.Table.flag",
    "csvtable.Table.number",
    "csvtable.Table.word",
    "inputs.absent",
    "inputs.few",
    "inputs.listed",
    "marks.mark_of",
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
