"""Write the list of all that the product says: ``python -m senolab.words`` in a checkout."""

import contextlib
import tempfile
from pathlib import Path

from babel.messages.frontend import CommandLineInterface

from .catalogues import TEMPLATE

CHECKOUT = Path(__file__).parents[3]
# No line numbers and no date: moving a line changes nothing.
WORDS = (
    "pybabel", "-q", "extract", "--mapping", "pyproject.toml", "--keywords", "marked",
    "--add-location", "file", "--sort-output", "--omit-header", "--width", "110",
)  # fmt: skip


def template() -> str:
    """Return the list of messages as the text of senolab.pot, with pyproject.toml's mapping."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(CHECKOUT):
        out = Path(folder) / TEMPLATE.name
        CommandLineInterface().run([*WORDS, "--output", str(out), "extensions/senolab", "hub_config"])
        return out.read_text("utf-8")


if __name__ == "__main__":
    TEMPLATE.write_text(template(), "utf-8")
