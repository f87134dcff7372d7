"""Reading named values that an author wrote, with a sentence for each that does not fit."""

import datetime as dt
import math
from typing import Any

from senolab.words import gettext, number

from .findings import Findings, did_you_mean
from .yamltext import Mapped

LONGEST = 20_000  # characters of one text


class Fields:
    """One mapping of a lesson, read name by name; `finish` tells the names that nobody asked for."""

    def __init__(self, mapped: Mapped, findings: Findings, what: str) -> None:
        self._mapped, self._findings, self._what = mapped, findings, what
        self._asked: list[str] = []

    def line(self, name: str) -> int:
        """Return the line on which a name stands, else that of the mapping."""
        return self._mapped.lines.get(name, self._mapped.line)

    def error(self, name: str, words: str) -> None:
        """Note what must be mended at a name."""
        self._findings.error(self.line(name), f"{self._what}: {words}")

    def warn(self, name: str, words: str) -> None:
        """Note what should be looked at."""
        self._findings.warn(self.line(name), f"{self._what}: {words}")

    def has(self, name: str) -> bool:
        """Tell whether a name was written at all."""
        return name in self._mapped

    def take(self, name: str, *, required: bool = False) -> Any:
        """Return a value as it stands, or None."""
        self._asked.append(name)
        value = self._mapped.get(name)
        if value is None and required:
            self.error(name, gettext("%(name)r is missing.", name=name))
        return value

    def text(self, name: str, *, required: bool = False, default: str = "") -> str:
        """Return a text."""
        value = self.take(name, required=required)
        found = default if value is None else plain_text(value)
        if found is None or len(found) > LONGEST:
            self.error(
                name,
                gettext(
                    "%(name)r must be one text, of at most %(most)s characters; put it in quotes.",
                    name=name,
                    most=LONGEST,
                ),
            )
            return default
        return found

    def texts(self, name: str, *, required: bool = False) -> tuple[str, ...]:
        """Return a list of texts; one text alone counts as a list of one."""
        value = self.take(name, required=required)
        if value is None:
            return ()
        found = [plain_text(item) for item in (value if isinstance(value, list) else [value])]
        if any(item is None or not item.strip() for item in found):
            words = gettext(
                "%(name)r must be a list of texts; put true, false and what holds a colon in quotes.",
                name=name,
            )
            self.error(name, words)
            return ()
        return tuple(item for item in found if item is not None)

    def number(
        self,
        name: str,
        *,
        required: bool = False,
        default: float = 0.0,
        low: float = -math.inf,
        high: float = math.inf,
    ) -> float:
        """Return a finite number within [low, high]; whole numbers stay whole."""
        value = self.take(name, required=required)
        if value is None:
            return default
        if not is_number(value) or not low <= value <= high:
            self.error(name, _not_a_number(name, value, low, high))
            return default
        return value

    def whole(self, name: str, *, required: bool = False, default: int = 0, low: int, high: int) -> int:
        """Return a whole number within [low, high]."""
        value = self.take(name, required=required)
        if value is None:
            return default
        if type(value) is not int or not low <= value <= high:
            self.error(
                name,
                gettext(
                    "%(name)r must be a whole number from %(low)s to %(high)s, not %(value)r.",
                    name=name,
                    low=low,
                    high=high,
                    value=value,
                ),
            )
            return default
        return value

    def sentences(self, name: str) -> dict[str, str]:
        """Return a mapping from texts to sentences."""
        value = self.take(name)
        if value is None:
            return {}
        if not isinstance(value, dict) or any(not isinstance(text, str) for text in value.values()):
            self.error(name, gettext("%(name)r must be lines of 'what it is about: sentence'.", name=name))
            return {}
        return dict(value)

    def mapping(self, name: str) -> "Fields | None":
        """Return a mapping within this one."""
        value = self.take(name)
        if value is None:
            return None
        if not isinstance(value, Mapped):
            self.error(name, gettext("%(name)r must hold lines of 'name: value'.", name=name))
            return None
        return Fields(value, self._findings, f"{self._what}, {name}")

    def items(self, name: str, *, required: bool = False) -> list[Mapped]:
        """Return a list of mappings."""
        value = self.take(name, required=required)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, Mapped) for item in value):
            self.error(name, gettext("%(name)r must be a list of '- name: value' entries.", name=name))
            return []
        return value

    def finish(self) -> None:
        """Tell every name that is not known here."""
        for name in self._mapped:
            if name not in self._asked:
                known = dict.fromkeys(self._asked)
                self.error(
                    name, gettext("%(name)r is not known here.", name=name) + did_you_mean(name, known)
                )


def _not_a_number(name: str, value: Any, low: float, high: float) -> str:
    blanks = {"name": name, "value": value, "low": number(low, 6), "high": number(high, 6)}
    if math.isfinite(high):
        return gettext("%(name)r must be a number from %(low)s to %(high)s, not %(value)r.", **blanks)
    if math.isfinite(low):
        return gettext("%(name)r must be a number from %(low)s on, not %(value)r.", **blanks)
    return gettext("%(name)r must be a number, not %(value)r.", **blanks)


def plain_text(value: Any) -> str | None:
    """Return a scalar as the author wrote it, or None for what is no text (true and false neither)."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | dt.date):
        return None
    return str(value).strip() if isinstance(value, str) else str(value)


def is_number(value: Any) -> bool:
    """Tell a finite number (true is none)."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
