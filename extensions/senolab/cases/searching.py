"""Which exams match what somebody looks for."""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from .truth import FindingTruth
from .woman import DENSITIES

if TYPE_CHECKING:
    from .library import Exam

OF_FINDING = ("finding", "kind", "group", "shape", "margin", "morphology", "distribution", "category", "size")
SEARCHED = (
    "modality", "density", *OF_FINDING, "vendor", "age", "licence", "synthetic", "source", "view", "id",
)  # fmt: skip
_DESCRIBING = (
    "kind", "label", "group", "shape", "margin", "density", "morphology", "distribution", "asymmetry",
    "outcome", "pathology", "detection", "depth", "quadrant",
)  # fmt: skip
_RANGE = re.compile(r"(\d+(?:\.\d+)?)(?:\s*(?:-|to)\s*(\d+(?:\.\d+)?))?")
_PLACES = ("views", "findings")  # where the files lie is no text of an exam; its findings are asked in words


def matches(exam: "Exam", text: str, criteria: Mapping[str, object]) -> bool:
    """Whether an exam has all that is looked for.

    Findings are looked for among those that the catalogue read from the truth; where that is not at hand,
    none is found. All that is asked of a finding holds of one and the same, to recall for or not.

    Parameters
    ----------
    text
        Words that follow each other in what the exam or one of its findings is described by, in capitals
        or not; of three letters or more, the beginning of a word is enough.
    criteria
        Of `SEARCHED`. ``finding`` is ``normal``, or words that describe one finding, in any order. ``vendor``
        is whole words of the name. ``age`` and ``size`` (of a finding, mm) are a number or a range such as
        ``50-69``; a size is matched when rounded.

    Raises
    ------
    ValueError
        For a criterion that is none, and a range that is none.
    """
    if strange := sorted(set(criteria) - set(SEARCHED)):
        raise ValueError(f"exams are not found by {', '.join(strange)}; known are {', '.join(SEARCHED)}")
    wanted = {name: str(word) for name, word in criteria.items()}
    if wanted.get("density", "a").casefold() not in tuple(DENSITIES):
        raise ValueError(f"density is one of {', '.join(DENSITIES)}, not {wanted['density']!r}")
    ranges = {name: _range(name, wanted[name]) for name in ("age", "size") if name in wanted}
    if text.strip() and not any(_says(value, text) for value in _texts(exam)):
        return False
    return _shows(exam, wanted, ranges) and all(
        _has(exam, name, word, ranges) for name, word in wanted.items() if name not in OF_FINDING
    )


def _has(exam: "Exam", name: str, word: str, ranges: Mapping[str, tuple[float, float]]) -> bool:
    """Whether the exam itself has what is looked for."""
    if name == "age":
        return exam.age is not None and _within(exam.age, ranges[name])
    if name == "view":
        return word.upper() in exam.views
    if name == "vendor":
        return _says(exam.vendor, word, whole=True)
    if name in ("licence", "source"):
        return _says(str(getattr(exam, name)), word)
    return str(getattr(exam, name)).casefold() == word.casefold()


def _shows(exam: "Exam", wanted: Mapping[str, str], ranges: Mapping[str, tuple[float, float]]) -> bool:
    """Whether one finding has all that is looked for in one; without a lesion the outcome stands for some."""
    asked = {name: word for name, word in wanted.items() if name in OF_FINDING}
    whole = str(exam.finding).casefold() if not any(one.recalled for one in exam.findings) else ""
    if whole and asked.get("finding", "").casefold() == whole and exam.finding is not None:
        del asked["finding"]
    return not asked or any(
        all(_is(finding, name, word, ranges) for name, word in asked.items()) for finding in exam.findings
    )


def _is(finding: FindingTruth, name: str, word: str, ranges: Mapping[str, tuple[float, float]]) -> bool:
    """Whether a finding has one thing that is looked for."""
    if name == "size":
        return finding.size_mm is not None and _within(finding.size_mm, ranges[name])
    if name == "category":
        return bool(word) and finding.category.casefold().startswith(word.casefold())  # 4 of 4A
    if name == "finding":
        described = list(_described(finding))
        parts = re.findall(r"\w+", word)
        return bool(parts) and all(any(_says(value, part) for value in described) for part in parts)
    return _says(getattr(finding, name) or (finding.kind if name == "group" else ""), word)


def _described(finding: FindingTruth) -> Iterator[str]:
    """Give what describes a finding in words."""
    yield from (word for word in (getattr(finding, name) for name in _DESCRIBING) if word)
    if finding.category:
        yield f"category {finding.category}"


def _texts(exam: "Exam") -> Iterator[str]:
    """Give every value of an exam's entry as text, and what describes its findings."""
    entry = exam.entry()
    yield from _leaves({name: value for name, value in entry.items() if name not in _PLACES})
    yield from exam.views
    for finding in exam.findings:
        yield from _described(finding)


def _leaves(value: object) -> Iterator[str]:
    """Give the values inside nested ones."""
    if isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _leaves(inner)
    elif value is not None:
        yield str(value)


def _says(value: str, words: str, *, whole: bool = False) -> bool:
    """Whether words follow each other in a text; three letters may be a word's beginning, or none may."""
    parts = re.findall(r"\w+", words.casefold())
    ends = [r"\w*" if part.isalpha() and len(part) > 2 and not whole else r"(?!\w)" for part in parts]
    pattern = r"\W+".join(re.escape(part) + end for part, end in zip(parts, ends, strict=True))
    return bool(parts) and re.search(rf"(?<!\w){pattern}", value.casefold()) is not None


def _within(value: float, span: tuple[float, float]) -> bool:
    return span[0] <= round(value) <= span[1]


def _range(name: str, word: str) -> tuple[float, float]:
    """Read a number or a range."""
    found = _RANGE.fullmatch(word.strip())
    if found is None:
        raise ValueError(f"{name} is a number or a range such as 50-69, not {word!r}")
    low, high = float(found[1]), float(found[2] or found[1])
    if low > high:
        raise ValueError(f"{name} {word!r} begins with the greater number: write {found[2]}-{found[1]}")
    return low, high
