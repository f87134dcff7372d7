"""Checks that must fail: if one passes, the learner's code has switched the tests off.

Before each autograded test a short piece of Python is run whose assertion is false. It is written anew
each time, in one of several shapes, so that no filter can know it by its text. It also calls whatever
`assert...` helper the test itself uses, with arguments that helper must refuse.
"""

import ast
import secrets
from collections.abc import Callable

_RANDOM = secrets.SystemRandom()
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def canaries(test: str) -> list[str]:
    """Give the pieces of code that must end in an error before `test` is run."""
    return [_RANDOM.choice(_SHAPES)(), *(_helper(name) for name in helpers(test))]


def helpers(test: str) -> list[str]:
    """Names of the assertion helpers a test calls, as it calls them (``np.testing.assert_allclose``)."""
    try:
        tree = ast.parse(test)
    except (SyntaxError, ValueError, RecursionError):
        return []
    local = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    names = {
        ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call) and _plain(node.func)
    }
    known = {name for name in names if name.rpartition(".")[2] in _REFUSED}
    return sorted(name for name in known if name.split(".")[0] not in local)[:5]


def prelude(test: str) -> str:
    """Give the imports of a test, so that a helper is called under the name the test gives it."""
    try:
        tree = ast.parse(test)
    except (SyntaxError, ValueError, RecursionError):
        return ""
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    return "\n".join(ast.unparse(node) for node in imports)


# Helpers with well-known names, and arguments they must refuse.
_REFUSED = {
    "assert_": "False",
    "assert_allclose": "{a}, {b}",
    "assert_almost_equal": "{a}, {b}",
    "assert_approx_equal": "{a}, {b}",
    "assert_array_almost_equal": "[{a}], [{b}]",
    "assert_array_equal": "[{a}], [{b}]",
    "assert_equal": "{a}, {b}",
    "assert_false": "True",
    "assert_true": "False",
}


def _helper(name: str) -> str:
    a = _RANDOM.randrange(100, 9000)
    return f"{name}({_REFUSED[name.rpartition('.')[2]].format(a=a, b=a + _RANDOM.randrange(500, 900))})"


def _plain(node: ast.expr) -> bool:
    """Whether an expression is a dotted name."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _word() -> str:
    return "".join(_RANDOM.choice(_LETTERS) for _ in range(_RANDOM.randrange(4, 9))) + "_"


def _compared() -> str:
    name, value = _word(), _RANDOM.randrange(10, 9000)
    return f"{name} = {value}\nassert {name} == {value + _RANDOM.randrange(1, 99)}"


def _called() -> str:
    name, step, at = _word(), _RANDOM.randrange(2, 50), _RANDOM.randrange(2, 50)
    wrong = at + step + _RANDOM.randrange(1, 9)
    return f"def {name}(x):\n    return x + {step}\n\n\nassert {name}({at}) == {wrong}"


def _listed() -> str:
    numbers = [_RANDOM.randrange(50) for _ in range(4)]
    return f"assert sorted({numbers}) == {[*sorted(numbers), _RANDOM.randrange(50)]}, {_word()!r}"


def _member() -> str:
    return f"assert {_word()!r} in {[_word() for _ in range(3)]}"


_SHAPES: tuple[Callable[[], str], ...] = (_compared, _called, _listed, _member)
