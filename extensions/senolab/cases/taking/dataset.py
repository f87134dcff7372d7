"""A public data set as a table of what stands where: found by its layout, asked file by file."""

import fnmatch
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from .tables import cell, columns_of, needed, numbers, plain, rows
from .terms import Terms
from .walking import ImportRefusedError, shown

_HOME = Path(__file__).parent / "datasets"


@dataclass(frozen=True)
class Finding:
    """What a table says of a finding; None or empty where it says nothing.

    Attributes
    ----------
    box
        ``(x0, y0, x1, y1)`` in pixels of the image as it came.
    mask
        Names its mask where the place comes from an image.
    """

    id: str = ""
    kind: str = ""
    birads: str = ""
    outcome: str = ""
    side: str = ""
    words: str = ""
    slice: int | None = None
    box: tuple[float, float, float, float] | None = None
    mask: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """What a data set says of one image: fields by name, and its findings."""

    fields: Mapping[str, str]
    findings: tuple[Finding, ...] = ()

    @property
    def view(self) -> str:
        """Side and projection such as ``RCC``, where both are known."""
        side, projection = self.fields.get("side", ""), self.fields.get("projection", "").upper()
        return side + projection if side in ("R", "L") and projection else ""


@cache
def names() -> tuple[str, ...]:
    """Names of the data sets that are known."""
    return tuple(sorted(path.stem for path in _HOME.glob("*.yaml")))


@cache
def spec_of(name: str) -> dict[str, Any]:
    """Table of a data set; a sentence where there is none of that name."""
    if name not in names():
        raise ImportRefusedError(f"there is no data set {shown(name)!r}; known are {', '.join(names())}")
    return yaml.safe_load((_HOME / f"{name}.yaml").read_text("utf-8"))


def detected(roots: Sequence[Path]) -> str | None:
    """Find by its layout which data set the folders are; None where they are none, or several."""
    fit = [name for name in names() if all(_present(roots, word) for word in spec_of(name)["known_by"][:2])]
    return fit[0] if len(fit) == 1 else None


def _places(roots: Iterable[Path]) -> Iterator[Path]:
    """Give the folders where tables may lie: those named, inside to two levels, and one above."""
    for root in dict.fromkeys(roots):
        yield root
        for pattern in ("*", "*/*"):
            yield from (
                path for path in sorted(root.glob(pattern)) if path.is_dir() and not path.is_symlink()
            )
        yield root.parent


def _present(roots: Iterable[Path], word: str) -> bool:
    return any(_named(folder, word) for folder in _places(roots))


def _named(folder: Path, word: str) -> list[Path]:
    """Entries of a folder whose names fit."""
    try:
        return sorted(path for path in folder.iterdir() if fnmatch.fnmatch(path.name, word))
    except OSError:
        return []


@dataclass(frozen=True)
class DataSet:
    """A data set whose tables were read."""

    spec: Mapping[str, Any]
    facts: tuple[tuple[Mapping[str, Any], Mapping[tuple[str, ...], dict[str, str]]], ...]
    found: tuple[tuple[Mapping[str, Any], Mapping[tuple[str, ...], list[Finding]]], ...]
    patterns: tuple[re.Pattern[str], ...] = field(default=())

    @property
    def name(self) -> str:
        """Short name."""
        return self.spec["name"]

    @property
    def terms(self) -> Terms:
        """Licence, with the text that is shown."""
        told = self.spec["terms"]
        lines = [f"{self.spec['title']}: {told['name']}", f"Read the whole licence: {told['url']}"]
        asked = {
            "redistribution": "handing copies on",
            "model_release": "publishing models trained on it",
        }
        lines += [f"{words}: {told[key]}" for key, words in asked.items()]
        lines += [f"only for non-commercial use: {told['non_commercial']}"]
        lines += [f"each user accepts it for herself: {told['per_user']}"]
        return Terms(text="\n".join(lines), **told)

    def facts_of(self, file: Path) -> Facts | None:
        """Tell what the data set says of a file; None where it is none of its images."""
        fields = self._from_path(file, self.patterns)
        if fields is None:
            return None
        for spec, table in self.facts:
            key = tuple(fields.get(word, "").casefold() for word in spec["by"])
            fields = {**fields, **{k: v for k, v in table.get(key, {}).items() if v}}
        findings = []
        for spec, table in self.found:
            key = tuple(fields.get(word, "").casefold() for word in spec["by"])
            findings += table.get(key, [])
            if "side" in spec["by"]:
                both = tuple(
                    "both" if word == "side" else part for word, part in zip(spec["by"], key, strict=True)
                )
                findings += table.get(both, [])
        return Facts(fields, (*findings, *self._regions(fields)))

    def _regions(self, fields: Mapping[str, str]) -> Iterator[Finding]:
        """Boxes that a table gives for an image, tied to no finding."""
        spec = self.spec.get("regions")
        for n, box in enumerate(numbers(fields.get(spec["field"], "")) if spec else [], start=1):
            if isinstance(box, list | tuple) and len(box) == 4:
                y0, x0, y1, x1 = (float(step) for step in box)
                yield Finding(id=f"region {n}", kind="marked region", box=(x0, y0, x1, y1))

    def mask_of(self, file: Path) -> dict[str, str] | None:
        """Fields of the image and finding that a mask or crop belongs to; None where it is none."""
        patterns = tuple(re.compile(word) for word in self.spec.get("masks", ()))
        return self._from_path(file, patterns) if patterns else None

    def _from_path(self, file: Path, patterns: Iterable[re.Pattern[str]]) -> dict[str, str] | None:
        path = file.as_posix().replace(self.spec.get("drop") or "\0", "")
        match = next((found for pattern in patterns if (found := pattern.search(path))), None)
        if match is None:
            return None
        told = {name: value or "" for name, value in match.groupdict().items()}
        return {name: _mapped(self.spec, name, value) for name, value in told.items()}


def opened(name: str, roots: Sequence[Path]) -> DataSet:
    """Read a data set's tables; a sentence where one is missing or lacks a column."""
    spec = spec_of(name)
    facts = tuple((part, _facts(spec, part, roots)) for part in spec.get("facts", ()))
    found = tuple((part, _findings(spec, part, roots)) for part in spec.get("findings", ()))
    return DataSet(spec, facts, found, tuple(re.compile(word) for word in spec["files"]))


def _tables(spec: Mapping[str, Any], part: Mapping[str, Any], roots: Sequence[Path]) -> Iterator[Path]:
    """Tables of a part, each once; one of them at least has to be there, with the columns it needs."""
    met: dict[str, Path] = {}
    for word in part["tables"]:
        for folder in _places(roots):
            for path in _named(folder, word):
                met.setdefault(path.name, path)
        if met and not any(mark in word for mark in "*?"):
            break  # the names are alternatives; patterns add up
    needs = part.get("needs") or part["by"]
    for path in met.values():
        there = columns_of(path)
        for name in needs:
            wanted = needed(part["columns"][name])
            if there and not any(column in there for column in wanted):
                raise ImportRefusedError(
                    f"{shown(path)}: it has no column {' or '.join(wanted)}; is it {spec['title']}?"
                )
        yield path


def _fields(spec: Mapping[str, Any], part: Mapping[str, Any], row: Mapping[str, str]) -> dict[str, list[str]]:
    """Give the common fields of a row, mapped to the words that are known here."""
    told = {
        name: [_mapped(spec, name, value) for value in cell(row, where)]
        for name, where in part["columns"].items()
    }
    for name, rules in part.get("first", {}).items():
        told[name] = [next((value for test, value in rules if _fits(row, test)), "")]
    return told


def _fits(row: Mapping[str, str], test: Mapping[str, str]) -> bool:
    """Whether a row has these values; ``*`` is any."""
    found = {column: plain(row.get(column)) for column in test}
    return all(found[column] == value or (value == "*" and found[column]) for column, value in test.items())


def _mapped(spec: Mapping[str, Any], name: str, value: str) -> str:
    """Word of a field that is known here; what is none of them is unknown."""
    known = spec.get("values", {}).get(name)
    if name == "side":
        value = value.upper()
        return (known or {}).get(value.casefold(), value if value in ("R", "L") else "")
    if name in ("kind", "words") and value.startswith("["):  # a list, as Python writes it
        value = ", ".join(re.findall(r"'([^']*)'", value))
    if name == "birads":
        digit = re.search(r"[0-6]", value)
        return (known or {}).get(value.casefold(), digit[0] if digit and not known else "")
    if known is None:
        return shown(value, 120) if name == "words" else value
    return known.get(value.casefold()) or next(
        (known[w] for w in value.casefold().split(", ") if w in known), ""
    )


def _facts(
    spec: Mapping[str, Any], part: Mapping[str, Any], roots: Sequence[Path]
) -> dict[tuple[str, ...], dict[str, str]]:
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for path in _tables(spec, part, roots):
        for row in rows(path):
            told = _fields(spec, part, row)
            fields = {name: values[0] for name, values in told.items()}
            for first in told[part["by"][0]]:
                key = (_keyed(spec, first), *(_keyed(spec, fields[word]) for word in part["by"][1:]))
                known = found.setdefault(key, {})
                known.update(
                    {name: value for name, value in fields.items() if value and name not in (*part["by"],)}
                )
    return found


def _keyed(spec: Mapping[str, Any], value: str) -> str:
    return value.replace(spec.get("drop") or "\0", "").casefold()


def _findings(
    spec: Mapping[str, Any], part: Mapping[str, Any], roots: Sequence[Path]
) -> dict[tuple[str, ...], list[Finding]]:
    found: dict[tuple[str, ...], list[Finding]] = defaultdict(list)
    for path in _tables(spec, part, roots):
        for row in rows(path):
            fields = {name: values[0] for name, values in _fields(spec, part, row).items()}
            absent = part.get("without", {})
            only = part.get("only_with", ())
            if any(fields.get(name) == value for name, value in absent.items()):
                continue
            if only and not any(fields.get(name) for name in only):
                continue
            key = tuple(_keyed(spec, fields[word]) for word in part["by"])
            found[key].append(_finding(part, fields, row, len(found[key]) + 1))
    return dict(found)


def _finding(
    part: Mapping[str, Any], fields: Mapping[str, str], row: Mapping[str, str], number: int
) -> Finding:
    depth = fields.get("slice", "")
    return Finding(
        id=shown(fields.get("id") or str(number), 20),
        kind=fields.get("kind", ""),
        birads=fields.get("birads", ""),
        outcome=fields.get("outcome", ""),
        side=fields.get("side", "") if part.get("of") == "breast" else "",
        words=fields.get("words", ""),
        slice=int(depth) if depth.isdigit() else None,
        box=_box(part.get("box"), row),
        mask=tuple(fields.get(word, "").casefold() for word in part.get("mask", ())),
    )


def _box(
    spec: Mapping[str, list[str]] | None, row: Mapping[str, str]
) -> tuple[float, float, float, float] | None:
    """Corners of a box; None where the row has none."""
    if spec is None:
        return None
    try:
        one, two, three, four = (float(plain(row.get(name))) for names in spec.values() for name in names)
    except ValueError:
        return None
    return (one, two, one + three, two + four) if "sized" in spec else (one, two, three, four)
