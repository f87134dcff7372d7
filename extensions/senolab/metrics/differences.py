"""The difference of two proportions: of two groups of cases, or of the same cases seen twice.

Both combine the score limits of their parts (`proportions`), so that no interval leaves −1 to 1.
"""

import math
from dataclasses import dataclass

from numpy.typing import ArrayLike

from senolab.metrics import inputs
from senolab.metrics.estimate import Estimate
from senolab.metrics.proportions import Rate, cases, wilson
from senolab.words import gettext


@dataclass(frozen=True)
class PairedTable:
    """Cases by two yes-or-no results on each: who was right (or recalled) on how many of them."""

    both: int
    first_only: int
    second_only: int
    neither: int

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            cases(value, name)
        if self.cases == 0:
            raise ValueError("the table holds no case, so there is nothing to compare")

    @property
    def cases(self) -> int:
        """Number of cases."""
        return self.both + self.first_only + self.second_only + self.neither


@dataclass(frozen=True, kw_only=True)
class McNemar:
    """Exact test of two results on the same cases: the discordant counts and the two-sided `p`."""

    first_only: int
    second_only: int
    p: float
    note: str = ""


def difference(first: tuple[int, int], second: tuple[int, int], *, confidence: float = 0.95) -> Estimate:
    """Difference of two independent proportions, each (count, total): first minus second.

    d ± √(δ₁² + δ₂²) with δ the distances to the Wilson limits.

    Source: R. G. Newcombe, Interval estimation for the difference between independent proportions,
    Statistics in Medicine 17(8):873-890, 1998, method 10,
    doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I.

    Raises
    ------
    ValueError
        As `exact`, and for what is no pair.
    """
    for name, pair in (("first", first), ("second", second)):
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise ValueError(f"{name} must be a count and a total, not {pair!r}")
    one, other = wilson(*first, confidence=confidence), wilson(*second, confidence=confidence)
    return _square_and_add(one, other, 0.0, "newcombe")


def paired_table(first: ArrayLike, second: ArrayLike) -> PairedTable:
    """Count two vectors of 0 and 1 over the same cases, e.g. whether two readers recalled each.

    Both of shape (cases,). Raises ValueError as `inputs.labels`, though one class only will do, and for
    unequal lengths.
    """
    a = inputs.labels(first, "first", both=False)
    b = inputs.labels(second, "second", both=False)
    inputs.same_length(first=a, second=b)
    return PairedTable(int((a & b).sum()), int((a & ~b).sum()), int((~a & b).sum()), int((~a & ~b).sum()))


def paired_difference(table: PairedTable, *, confidence: float = 0.95) -> Estimate:
    """Difference of two proportions of the same cases: first minus second.

    As `difference`, with the correlation φ of the two results, corrected for continuity where it is
    positive: two readers of the same cases vary together, and the interval is shorter for it. Raises
    ValueError for a level that is none, and for what is no PairedTable, which refuses its counts itself.

    Source: R. G. Newcombe, Improved confidence intervals for the difference between binomial
    proportions based on paired data, Statistics in Medicine 17(22):2635-2650, 1998, method 10,
    doi:10.1002/(SICI)1097-0258(19981130)17:22<2635::AID-SIM954>3.0.CO;2-C.
    """
    _paired(table)
    one = wilson(table.both + table.first_only, table.cases, confidence=confidence)
    other = wilson(table.both + table.second_only, table.cases, confidence=confidence)
    note = "" if table.first_only + table.second_only else gettext("The two never disagree on a case.")
    return _square_and_add(one, other, _phi(table), "newcombe-paired", note)


def _paired(table: object) -> None:
    if not isinstance(table, PairedTable):
        raise ValueError(f"a PairedTable is compared, not {table!r:.40}; see `paired_table`")


def _phi(table: PairedTable) -> float:
    """Correlation of two yes-or-no results, as method 10 takes it; 0 where one of them never varies."""
    yes, other_yes = table.both + table.first_only, table.both + table.second_only
    spread = yes * (table.cases - yes) * other_yes * (table.cases - other_yes)
    if spread == 0:
        return 0.0
    cross = table.both * table.neither - table.first_only * table.second_only
    return (max(cross - table.cases / 2, 0.0) if cross > 0 else cross) / math.sqrt(spread)


def mcnemar(table: PairedTable) -> McNemar:
    """Test whether two results on the same cases differ, by the exact (conditional binomial) test.

    p = 2 P(X ≤ min(b, c)), X ~ Binomial(b + c, ½), at most 1; b and c count the discordant cases.

    Source: Q. McNemar, Note on the sampling error of the difference between correlated proportions or
    percentages, Psychometrika 12(2):153-157, 1947, doi:10.1007/BF02295996.

    Raises ValueError for what is no PairedTable.
    """
    _paired(table)
    fewer, discordant = min(table.first_only, table.second_only), table.first_only + table.second_only
    p, note = 1.0, gettext("The two never disagree on a case, so nothing speaks for either.")
    if discordant:
        from scipy.special import betainc  # bdtr counts to 2³¹ only

        p, note = min(1.0, 2 * float(betainc(discordant - fewer, fewer + 1, 0.5))), ""
    return McNemar(first_only=table.first_only, second_only=table.second_only, p=p, note=note)


def _square_and_add(one: Rate, other: Rate, phi: float, method: str, note: str = "") -> Estimate:
    """Join the distances to the limits of two proportions with correlation `phi`."""
    value = one.value - other.value

    def reach(a: float, b: float) -> float:
        return math.sqrt(max(0.0, a * a - 2 * phi * a * b + b * b))

    low = value - reach(one.value - one.low, other.high - other.value)
    high = value + reach(one.high - one.value, other.value - other.low)
    return Estimate(value=value, low=low, high=high, confidence=one.confidence, method=method, note=note)
