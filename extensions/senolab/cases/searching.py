"""Which exams match what somebody looks for."""

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .library import Exam

SEARCHED = (
    "modality", "density", "finding", "size", "vendor", "age", "licence", "synthetic", "source", "view", "id",
)  # fmt: skip
_PART = ("finding", "vendor", "licence", "source")  # a part of the text is enough
_RANGE = re.compile(r"(\d+(?:\.\d+)?)(?:\s*(?:-|to)\s*(\d+(?:\.\d+)?))?")


def matches(exam: "Exam", text: str, criteria: Mapping[str, object]) -> bool:
    """Whether an exam has all that is looked for.

    Parameters
    ----------
    text
        Stands anywhere in the exam's entry, in capitals or not.
    criteria
        Of `SEARCHED`. ``age`` and ``size`` (of a finding to recall for, mm) are a number or a range such as
        ``50-69``; a size is matched when rounded.

    Raises
    ------
    ValueError
        For a criterion that is none, and a range that is none.
    """
    if strange := sorted(set(criteria) - set(SEARCHED)):
        raise ValueError(f"exams are not found by {', '.join(strange)}; known are {', '.join(SEARCHED)}")
    entry = exam.entry()
    if text and text.casefold() not in json.dumps(entry, ensure_ascii=False).casefold():
        return False
    return all(_has(exam, entry, name, wanted) for name, wanted in criteria.items())


def _has(exam: "Exam", entry: Mapping[str, object], name: str, wanted: object) -> bool:
    word = str(wanted).casefold()
    if name == "view":
        return word.upper() in exam.views
    if name in ("age", "size"):
        low, high = _range(name, word)
        values = exam.sizes_mm if name == "size" else () if exam.age is None else (exam.age,)
        return any(low <= round(value) <= high for value in values)
    if name in _PART:
        return word in str(entry[name]).casefold()
    return str(entry[name]).casefold() == word


def _range(name: str, word: str) -> tuple[float, float]:
    """Read a number or a range."""
    found = _RANGE.fullmatch(word.strip())
    if found is None:
        raise ValueError(f"{name} is a number or a range such as 50-69, not {word!r}")
    low = float(found[1])
    return low, float(found[2]) if found[2] else low
