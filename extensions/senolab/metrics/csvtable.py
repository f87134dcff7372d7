"""A CSV table under examination: what cannot be used is told by file, line and reason."""

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MOST_TOLD = 20


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
        self.rows = list(self._read())
        if not self.rows:
            self.stop("the table has no row below its header")

    def stop(self, reason: str) -> None:
        """Give up at once."""
        raise TableError(f"{self.path}: {reason}")

    def fault(self, row: Row, reason: str) -> None:
        """Note what is wrong with a row."""
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
        more = len(self.faults) - MOST_TOLD
        told = [f"{self.path}, line {line}: {reason}" for line, reason in self.faults[:MOST_TOLD]]
        raise TableError("\n".join([*told, f"... and {more} more"] if more > 0 else told))

    def _read(self) -> Iterator[Row]:
        try:
            text = self.path.read_text("utf-8-sig")
        except OSError as problem:
            raise TableError(f"{self.path}: it cannot be read ({problem.strerror})") from problem
        except UnicodeDecodeError as problem:
            raise TableError(f"{self.path}: it is no text in UTF-8; save it as CSV (UTF-8)") from problem
        lines = text.splitlines()
        header = lines[0] if lines else ""
        reader = csv.DictReader(lines, delimiter=";" if ";" in header and "," not in header else ",")
        missing = [name for name in self.columns if name not in (reader.fieldnames or ())]
        if missing:
            self.stop(f"column {', '.join(missing)} is missing; the columns are {', '.join(self.columns)}")
        for cells in reader:
            row = Row(reader.line_num, {name: (cells[name] or "").strip() for name in self.columns})
            if None in cells:
                self.fault(row, "it has more cells than the header")
            yield row

    # -- cells: each returns a value, or notes a fault and returns None ---------------------------
    def word(self, row: Row, column: str) -> str | None:
        """Return a name."""
        if not row.cells[column]:
            self.fault(row, f"{column} is empty")
        return row.cells[column] or None

    def flag(self, row: Row, column: str = "truth") -> int | None:
        """Return 0 or 1."""
        value = row.cells[column]
        if value not in ("0", "1"):
            self.fault(row, f"{column} must be 0 or 1, not {value!r}")
            return None
        return int(value)

    def number(self, row: Row, column: str, *, unmarked: bool = False) -> float | None:
        """Return a finite number, or with `unmarked` also −∞."""
        try:
            value = float(row.cells[column])
        except ValueError:
            value = math.nan
        if math.isfinite(value) or (unmarked and value == -math.inf):
            return value
        self.fault(row, f"{column} must be a number, not {row.cells[column]!r}")
        return None
