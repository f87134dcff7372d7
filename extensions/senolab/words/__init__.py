"""What the product says, in the language that its campus is served in.

Every sentence that a person reads is a message of one list, ``locale/senolab.pot``, and a translation is one
file beside it. The source speaks English. One campus has one language: SENOLAB_LANGUAGE, which the launcher
sets from the operator's settings for all that it starts.
"""

import os

from .catalogues import SOURCE, languages, translations

__all__ = ["gettext", "language", "languages", "locale", "marked", "ngettext", "number"]


def language() -> str:
    """Return the language that is served, e.g. ``de``."""
    return os.environ.get("SENOLAB_LANGUAGE") or SOURCE


def locale() -> str:
    """Return the locale of dates and numbers, e.g. ``en-GB``: in English, days stand before months."""
    return "en-GB" if language() == SOURCE else language()


def marked(message: str) -> str:
    """Return a message as it is; whoever shows it translates it. The name tells so to the extraction."""
    return message


def gettext(message: str, /, **blanks: object) -> str:
    """Return a message in the served language.

    Parameters
    ----------
    message
        English, with places like ``%(name)s``; a literal per cent sign is ``%%`` where there are places.
    blanks
        What stands in the places.
    """
    found = translations(language()).gettext(message)
    return found % blanks if blanks else found


def ngettext(one: str, many: str, count: int, /, **blanks: object) -> str:
    """Return a message that counts; ``%(count)s`` in it is the number in the reader's notation."""
    found = translations(language()).ngettext(one, many, count)
    return found % {"count": number(count), **blanks}


def number(value: float, digits: int = 2, *, least: int = 0) -> str:
    """Return a number with at most `digits` and at least `least` decimals, in the reader's notation."""
    from babel.numbers import format_decimal

    pattern = "#,##0." + "0" * least + "#" * (digits - least)
    return format_decimal(round(value, 9), format=pattern, locale=locale().replace("-", "_"))
