"""Tables of text that come with data sets, read row by row and with limits."""

import ast
import csv
import os
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .walking import ImportRefusedError, shown

_MOST_BYTES, _MOST_ROWS = 4 << 30, 20_000_000
_NOTHING = ("", "nan", "none", "null", "n/a", "na")


def rows(path: Path) -> Iterator[dict[str, str]]:
    """Rows of a table by the names of its columns; a sentence where it is none.

    Raises
    ------
    ImportRefusedError
        Where it is no ordinary file, too large, or no table of text.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(handle, encoding="utf-8-sig", errors="replace", newline="") as file:
        kind = os.fstat(file.fileno())
        if not stat.S_ISREG(kind.st_mode) or kind.st_size > _MOST_BYTES:
            raise ImportRefusedError(f"{shown(path)}: it is no table of a size that is read")
        try:
            for count, row in enumerate(csv.DictReader(line.replace("\0", "") for line in file)):
                if count >= _MOST_ROWS:
                    raise ImportRefusedError(f"{shown(path)}: it has over {_MOST_ROWS} rows")
                yield {str(name).strip(): value for name, value in row.items() if isinstance(value, str)}
        except csv.Error as fault:
            raise ImportRefusedError(
                f"{shown(path)}: it is no table that can be read (a cell is too long)"
            ) from fault


def columns_of(path: Path) -> list[str]:
    """Names of a table's columns."""
    first = next(rows(path), None)
    return list(first) if first else []


def plain(value: str | None) -> str:
    """Give a cell without the ``.0`` that number programs add; empty where it says nothing."""
    text = (value or "").strip()
    text = text[:-2] if re.fullmatch(r"-?\d+\.0", text) else text
    return "" if text.casefold() in _NOTHING else text


def cell(row: Mapping[str, str], spec: Any) -> list[str]:
    """Values of a common field in a row: of a column, of the first of several, or part of one."""
    if isinstance(spec, str):
        return [plain(row.get(spec))]
    if isinstance(spec, list):
        return [next((found for name in spec if (found := plain(row.get(name)))), "")]
    names = spec.get("columns") or [spec["column"]]
    found = [re.search(spec["match"], plain(row.get(name)), re.IGNORECASE) for name in names]
    return [match[1] for match in found if match] or [""]


def needed(spec: Any) -> list[str]:
    """Columns of which a table must have one, for a field to be known."""
    if isinstance(spec, str):
        return [spec]
    return spec if isinstance(spec, list) else spec.get("columns") or [spec["column"]]


def numbers(text: str, most: int = 200) -> list[Any]:
    """Read lists of numbers as Python writes them; an empty list where it is something else."""
    if len(text) > 20_000 or not re.fullmatch(r"[\d\s.,eE+()\[\]-]*", text):
        return []
    try:
        found = ast.literal_eval(text or "[]")
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return []
    return list(found)[:most] if isinstance(found, list | tuple) else []
