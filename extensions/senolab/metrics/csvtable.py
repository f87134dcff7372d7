"""A CSV table under examination: what cannot be used is told by file, line and reason."""

import csv
import io
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .inputs import LARGEST

MOST_TOLD = 20
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


class TableError(ValueError):
    """A table cannot be used; the message has one line a fault: file, line and reason."""


@dataclass(frozen=True)
class Row:
    """One row: where it stands, and its cells by column."""

    line: int
    cells: dict[str, str]


class Table:
    """A CSV file under examination: its rows, and the faults found so far."""

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        self.path, self.columns = path, columns
        self.faults: list[tuple[int, str]] = []
        self._line = 1
        self.rows = list(self._read())
        if not self.rows:
            self.stop("the table has no row below its header")

    def stop(self, reason: str) -> None:
        """Give up at once: raises a TableError with the reason."""
        raise TableError(f"{self.path}: {reason}")

    def fault(self, row: Row, reason: str) -> None:
        """Note what is wrong with a row, for `settle`."""
        self.faults.append((row.line, reason))

    def settle(self) -> None:
        """Raise what was found.

        Raises
        ------
        TableError
            With the first faults, and how many more there are.
        """
        if not self.faults:
            return
        more, faults = len(self.faults) - MOST_TOLD, sorted(self.faults, key=lambda fault: fault[0])
        told = [f"{self.path}, line {line}: {reason}" for line, reason in faults[:MOST_TOLD]]
        raise TableError("\n".join([*told, f"... and {more} more"] if more > 0 else told))

    def _read(self) -> Iterator[Row]:
        try:
            text = self.path.read_text("utf-8-sig")
        except OSError as problem:
            raise TableError(f"{self.path}: it cannot be read ({problem.strerror})") from problem
        except UnicodeDecodeError as problem:
            raise TableError(f"{self.path}: it is no text in UTF-8; save it as CSV (UTF-8)") from problem
        if not text.strip():
            self.stop("it is empty")
        if (place := text.find("\0")) >= 0:
            line = text.count("\n", 0, place) + 1
            raise TableError(f"{self.path}, line {line}: it holds a NUL, a character that no table has")
        first = text.lstrip("\r\n").split("\n", 1)[0]
        between = ";" if ";" in first and "," not in first else ","
        rows = self._numbered(csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=True))
        try:
            _, header = next(rows, (1, []))
            header = [name.strip() for name in header]
            self._fits(header)
            for begins, cells in rows:
                cells_of = dict(zip(header, cells, strict=False))
                row = Row(begins, {name: cells_of.get(name, "").strip() for name in self.columns})
                if len(cells) > len(header):
                    self.fault(row, "it has more cells than the header")
                yield row
        except csv.Error as problem:
            self.stop(f"the row from line {self._line} on is broken ({problem}); look for a lone quote")

    def _numbered(self, reader: Any) -> Iterator[tuple[int, list[str]]]:
        """Rows that are not blank with the line in which each begins: a quoted cell may go over several."""
        for cells in reader:
            if any(cell.strip() for cell in cells):  # a spreadsheet's blank row is commas alone
                yield self._line, cells
            self._line = reader.line_num + 1

    def _fits(self, header: Sequence[str]) -> None:
        """Refuse a header that lacks a column, or has one twice."""
        missing = [name for name in self.columns if name not in header]
        if missing and any("\t" in name for name in header):
            self.stop("its cells are parted by tabs; part them by commas or semicolons")
        if missing:
            self.stop(f"column {', '.join(missing)} is missing; the columns are {', '.join(self.columns)}")
        if twice := [name for name in self.columns if list(header).count(name) > 1]:
            self.stop(f"column {twice[0]} stands in the header twice")

    # -- cells: each returns a value, or notes a fault and returns None ---------------------------
    def word(self, row: Row, column: str) -> str | None:
        """Return a name; where the cell is empty, note a fault and return None."""
        if not row.cells[column]:
            self.fault(row, f"{column} is empty")
        return row.cells[column] or None

    def flag(self, row: Row, column: str = "truth") -> int | None:
        """Return 0 or 1; of another cell, note a fault and return None."""
        value = row.cells[column]
        if value not in ("0", "1"):
            self.fault(row, f"{column} must be 0 or 1, not {value!r}")
            return None
        return int(value)

    def number(self, row: Row, column: str, *, unmarked: bool = False) -> float | None:
        """Return a number that can be computed with, or with `unmarked` also −∞.

        Of another cell, note a fault and return None; so too of a number beyond `inputs.LARGEST`.
        """
        cell = row.cells[column]
        if unmarked and cell.lower() in ("-inf", "-infinity"):
            return -math.inf
        if _NUMBER.fullmatch(cell):
            if abs(value := float(cell)) <= LARGEST:
                return value
            told = f"{column} {cell:.60} is beyond {LARGEST:g} and cannot be computed with"
            self.fault(row, f"{told}; write it on another scale, e.g. divide the whole column by one number")
            return None
        hint = "; write a point for the decimals" if _NUMBER.fullmatch(cell.replace(",", ".")) else ""
        self.fault(row, f"{column} must be a number, not {cell!r:.60}{hint}")
        return None
