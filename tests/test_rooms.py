"""The rule of the rooms, read from the imports."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
PACKAGE = CHECKOUT / "extensions" / "senolab"

# room -> rooms it may import. `cli` may use all and nobody uses it, nor does the hub's configuration.
# `words` imports no room and serves all: a sentence said in any room is read by a person somewhere.
MAY_USE: dict[str, set[str]] = {
    "words": set(),
    "metrics": set(),
    "record": set(),
    "sandbox": set(),
    "lessons": set(),
    "kernels": set(),
    "operation": set(),
    "cases": {"sandbox"},
    "reading": {"cases", "metrics", "record"},
    "models": {"cases", "metrics", "sandbox"},
    "grading": {"lessons", "metrics", "record", "sandbox"},
    "portal": {"lessons", "grading", "metrics", "operation", "record", "cases"},
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Full names of every senolab module that a file imports, wherever in the file."""
    names: set[str] = set()
    package = [part for part in path.relative_to(CHECKOUT).parent.parts if part != "extensions"]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            names |= {f"{stem}.{alias.name}" for alias in node.names}
    return {name for name in names if name.split(".")[0] == "senolab"}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_room_uses_only_the_rooms_it_may(path: Path) -> None:
    room = path.relative_to(PACKAGE).parts[0]
    if room in {"cli", "__init__.py"}:
        return
    rooms = {name.split(".")[1] for name in imported(path) if len(name.split(".")) > 1}
    strangers = {r for r in rooms if (PACKAGE / r).is_dir()} - MAY_USE[room] - {room, "words"}
    assert not strangers, f"{path.relative_to(PACKAGE)} reaches into {', '.join(sorted(strangers))}"


def test_the_campus_uses_only_the_catalogue_of_the_cases() -> None:
    names = {name for path in (PACKAGE / "portal").rglob("*.py") for name in imported(path)}
    from_cases = {name for name in names if name.startswith("senolab.cases")}
    assert all(name.startswith("senolab.cases.library") for name in from_cases), from_cases


def test_nobody_imports_the_hubs_configuration() -> None:
    for path in MODULES:
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            module = node.module if isinstance(node, ast.ImportFrom) else None
            assert not (module or "").startswith("hub_config"), path


def test_the_hubs_configuration_uses_no_verb() -> None:
    for path in sorted((CHECKOUT / "hub_config").rglob("*.py")):
        assert not {name for name in imported(path) if name.startswith("senolab.cli")}, path


def test_importing_senolab_loads_no_heavy_engine() -> None:
    heavy = ("torch", "jupyterhub", "nbgrader", "numpy")
    code = f"import sys, senolab; print([m for m in {heavy} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
