"""The words of Jinja2 templates: what ``{% trans %}`` and ``gettext`` say in them."""

from typing import Any

from . import language
from .catalogues import translations


def gettext(message: str) -> str:
    """Return a message in the served language; the template fills its places."""
    return translations(language()).gettext(message)


def ngettext(one: str, many: str, count: int) -> str:
    """Return a message that counts; the template fills its places."""
    return translations(language()).ngettext(one, many, count)


def speak(environment: Any) -> None:
    """Have an environment with the extension ``jinja2.ext.i18n`` speak the served language."""
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(gettext, ngettext, newstyle=True)
