"""The translations: .po files, compiled in memory where they are needed.

Standard library only until a translation is asked for: the launcher comes here before anything is installed.
"""

import io
import os
from functools import lru_cache
from gettext import NullTranslations
from pathlib import Path
from typing import Any

SOURCE = "en"
HERE = Path(__file__).parents[1] / "locale"
TEMPLATE = HERE / "senolab.pot"
PERIOD = 100  # plural rules look at the last two digits; small numbers have rules of their own


def folder() -> Path:
    """Return where translations lie; a translator tries her own from the folder SENOLAB_LOCALE."""
    return Path(os.environ.get("SENOLAB_LOCALE") or HERE)


def languages() -> list[str]:
    """Return the languages that a campus can be served in."""
    return sorted({SOURCE, *(path.stem.replace("_", "-") for path in folder().glob("*.po"))})


def translations(language: str) -> NullTranslations:
    """Return the translations into a language; English and what nobody has translated stay English."""
    return NullTranslations() if language == SOURCE else _translations(_file(language))


def for_browser(source: str) -> dict[str, Any]:
    """Return what the browser needs of a translation, as JSON.

    Parameters
    ----------
    source
        The file whose messages are meant, e.g. ``reading/words.js``.

    Returns
    -------
    dict
        ``messages``: English to translation, or to a list of its plural forms; ``plural``: for the numbers 0
        to 199 which form is right (beyond, the last two digits decide as they do from 100 on).
    """
    from . import language, locale

    spoken = {"locale": locale(), "messages": {}, "plural": []}
    return spoken if language() == SOURCE else spoken | _for_browser(_file(language()), source)


def _file(language: str) -> Path:
    return folder() / f"{language.replace('-', '_')}.po"


@lru_cache(maxsize=8)
def _translations(path: Path) -> NullTranslations:
    from babel.messages.mofile import write_mo
    from babel.support import Translations

    if not path.is_file():
        return NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, _read(path))
    compiled.seek(0)
    return Translations(compiled)


@lru_cache(maxsize=16)
def _for_browser(path: Path, source: str) -> dict[str, Any]:
    from gettext import c2py  # pyright: ignore[reportAttributeAccessIssue] - public since 3.8, not in its stub

    if not path.is_file():
        return {}
    translated, messages = _read(path), {}
    for message in _read(TEMPLATE):
        if any(place.endswith(source) for place, _ in message.locations):
            found = translated.get(message.id if isinstance(message.id, str) else message.id[0])
            if found is not None and found.string and all(found.string) and not found.fuzzy:
                english = found.id if isinstance(found.id, str) else found.id[0]
                messages[english] = found.string if isinstance(found.string, str) else list(found.string)
    form = c2py(translated.plural_expr)
    return {"messages": messages, "plural": [form(count) for count in range(2 * PERIOD)]}


def _read(path: Path) -> Any:
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        return read_po(file, locale=None if path == TEMPLATE else path.stem)
