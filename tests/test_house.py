"""The whole checkout keeps the house's form: lint, layout, types. Nothing is fetched for it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    "words",
    [
        # a campus's state may lie in the checkout; without git nothing says that it is no source
        ["ruff", "check", "--no-cache", "--extend-exclude", ".senolab", "."],
        ["ruff", "format", "--check", "--no-cache", "--extend-exclude", ".senolab", "."],
        ["pyright"],
    ],
    ids=["lint", "layout", "types"],
)
def test_the_checkout_passes(words: list[str]) -> None:
    quiet = {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}  # else it asks the network for a newer one
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=CHECKOUT, env=os.environ | quiet, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
