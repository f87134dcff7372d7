"""Rows of the acceptance table: what was measured, what is wanted, who says so, whether it holds."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import stats

_HEAD = ("measure", "value", "wanted", "source", "holds")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of the table.

    Attributes
    ----------
    name
        The measure that `--only` calls it by; one measure may give several rows.
    measure, value, wanted, source
        Words for a person; the value with its interval or range.
    holds
        Whether it is as wanted; None where nothing is wanted or nothing was measured.
    measured
        False where the value tells why there is none.
    figures
        The numbers behind the value, for programs.
    """

    name: str
    measure: str
    value: str
    wanted: str
    source: str
    holds: bool | None
    measured: bool = True
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """``yes``, ``no``, ``-`` where nothing is wanted, ``not measured``."""
        if not self.measured:
            return "not measured"
        return "-" if self.holds is None else "yes" if self.holds else "no"

    def entry(self) -> dict[str, Any]:
        """Give the row as JSON has it."""
        words = ("name", "measure", "value", "wanted", "source", "holds", "measured", "figures")
        return {word: getattr(self, word) for word in words}


def not_measured(name: str, measure: str, wanted: str, source: str, *, why: str) -> Row:
    """Give the row of what could not be measured here."""
    return Row(
        name=name,
        measure=measure,
        value=f"not measured: {why}",
        wanted=wanted,
        source=source,
        holds=None,
        measured=False,
    )


def failed(rows: list[Row]) -> list[Row]:
    """Give the rows that do not hold."""
    return [row for row in rows if row.measured and row.holds is False]


def table(rows: list[Row]) -> str:
    """Lay the rows out as a table in Markdown whose columns stand under each other."""
    cells = [_HEAD, *((row.measure, row.value, row.wanted, row.source, row.verdict) for row in rows)]
    wide = [max(len(line[n]) for line in cells) for n in range(len(_HEAD))]
    lines = [
        "| " + " | ".join(word.ljust(width) for word, width in zip(line, wide, strict=True)) + " |"
        for line in cells
    ]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in wide) + "|", *lines[1:]])


def mean_interval(values: list[float]) -> tuple[float, float, float]:
    """Mean of a sample and its 95 % interval by Student's t; the interval of one value is without end."""
    found = np.asarray(values, float)
    mean = float(found.mean())
    if len(found) < 2:
        return mean, -np.inf, np.inf
    half = float(stats.t.ppf(0.975, len(found) - 1) * found.std(ddof=1) / np.sqrt(len(found)))
    return mean, mean - half, mean + half


def with_interval(values: tuple[float, float, float], digits: int = 2) -> str:
    """Write a value and its interval."""
    value, low, high = (f"{one:.{digits}f}" for one in values)
    return f"{value} [{low}, {high}]" if np.isfinite(values[1]) else f"{value} [no interval of one]"
