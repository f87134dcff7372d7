"""The list of everything the campus says: ``python -m senolab.portal.catalogue`` writes locale/campus.pot.

A translation is ``locale/<language>.po`` beside it, made from that file with any editor for gettext.
"""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import write_po
from jinja2.ext import babel_extract

from .pages import TEMPLATES
from .words import LOCALE

HERE = Path(__file__).parent
KEYWORDS = {"gettext": None, "ngettext": (1, 2), "marked": None}
POT = LOCALE / "campus.pot"


def messages() -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """Yield every message with the file it stands in; a message that counts is a pair."""
    for path in sorted(HERE.glob("*.py")):
        for _line, found, _comments, _context in extract_from_file("python", path, keywords=KEYWORDS):
            yield path.name, found
    options = {"trimmed": "true", "extensions": "jinja2.ext.do", "silent": "false"}
    for path in sorted(TEMPLATES.glob("*.html")):
        with path.open("rb") as file:
            for _line, _function, found, _comments in babel_extract(
                file, ["gettext", "ngettext", "_"], [], options
            ):
                told = (found,) if isinstance(found, str) else tuple(one for one in found or () if one)
                yield f"templates/{path.name}", told[0] if len(told) == 1 else told


def catalogue() -> Catalog:
    """Return the messages as a catalogue without line numbers, so that moving a line changes nothing."""
    made = Catalog(
        project="Senolab", header_comment="# What the campus says. Made by senolab.portal.catalogue."
    )
    for file, message in messages():
        made.add(message, locations=[(file, 0)])
    return made


def text() -> str:
    """Return the catalogue as the text of campus.pot."""
    file = io.BytesIO()
    write_po(file, catalogue(), sort_output=True, include_lineno=False, omit_header=True)
    return file.getvalue().decode("utf-8")


def main() -> int:
    """Write campus.pot."""
    beside = POT.with_suffix(".new")
    beside.write_text(text(), "utf-8")
    beside.replace(POT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
