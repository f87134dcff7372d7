"""What a check says: a rule's short name, how bad it is, and a sentence that names the attribute."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydicom.datadict import tag_for_keyword

Severity = Literal["error", "warning"]
_MOST_SHOWN = 60  # characters of a value


@dataclass(frozen=True)
class Finding:
    """One thing wrong with one object; `rule` stays the same from version to version."""

    rule: str
    severity: Severity
    words: str


@dataclass(frozen=True)
class Fault:
    """One thing wrong: where (a file, or the folder of files that disagree) and what."""

    file: Path
    words: str
    rule: str
    severity: Severity


def error(rule: str, words: str) -> Finding:
    """Make a finding that makes the object wrong."""
    return Finding(rule, "error", words)


def warning(rule: str, words: str) -> Finding:
    """Make a finding that makes the object less useful, or doubtful."""
    return Finding(rule, "warning", words)


def named(keyword: str) -> str:
    """Name an attribute as a person finds it again: ``KVP (0018,0060)``."""
    tag = tag_for_keyword(keyword) or 0
    return f"{keyword} ({tag >> 16:04X},{tag & 0xFFFF:04X})"


def shown(value: object) -> str:
    """Show a value from a file: one line, printable, short; ``nothing`` where it is empty."""
    text = "".join(letter if letter.isprintable() else " " for letter in str(value))
    text = " ".join(text.split())
    return (text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "...") or "nothing"


def text(ds: Any, keyword: str) -> str:
    """Give an attribute's value as text, several values parted as in DICOM; "" where there is none."""
    return "\\".join(texts(ds, keyword))


def texts(ds: Any, keyword: str) -> list[str]:
    """Give an attribute's values as texts."""
    value = ds.get(keyword)
    if value is None or value == "":
        return []
    several = isinstance(value, (list, tuple)) or type(value).__name__ == "MultiValue"
    return [str(one).strip() for one in value] if several else [str(value).strip()]


def number(ds: Any, keyword: str) -> float | None:
    """Give an attribute's first value as a number, or None where it is no finite one."""
    found = numbers(ds, keyword)
    return found[0] if found else None


def numbers(ds: Any, keyword: str) -> list[float]:
    """Give an attribute's values as numbers; none where one of them is no finite number."""
    try:
        found = [float(word) for word in texts(ds, keyword)]
    except ValueError:
        return []
    return found if all(abs(one) < 1e12 for one in found) else []


def items(ds: Any, keyword: str) -> Iterator[Any]:
    """Give the items of a sequence; none where the attribute is missing or is no sequence."""
    element = ds.get(tag_for_keyword(keyword) or 0)
    if element is not None and element.VR == "SQ":
        yield from element.value
