"""Findings over the years: growth by volume doubling time, and the same woman at a later round."""

from dataclasses import replace
from typing import TYPE_CHECKING

from .catalogue import kind_of
from .finding import Finding

if TYPE_CHECKING:
    from senolab.cases.woman import Woman

# Median volume doubling time of breast cancers, days, by age at diagnosis: below 50, 50 to 70, above 70
# (Peer 1993, Age-dependent growth rate of primary breast cancer).
_DOUBLING_DAYS = ((50, 80.0), (70, 157.0), (200, 188.0))
_DAYS_A_YEAR = 365.0


def doubling_days(age: int) -> float:
    """Median volume doubling time of a cancer found at an age, days."""
    return next(days for below, days in _DOUBLING_DAYS if age < below or below == _DOUBLING_DAYS[-1][0])


def aged(finding: Finding, years: float) -> Finding:
    """Let a finding grow (or, for negative years, be as small as it was).

    The diameter grows with the third root of the volume, which doubles every `doubling_days`
    (exponential growth, as Peer 1993 assumes). What has no doubling time stays as it is.
    """
    if finding.doubling_days is None:
        return finding
    factor = 2.0 ** (_DAYS_A_YEAR * years / (3.0 * finding.doubling_days))
    return replace(finding, size_mm=finding.size_mm * factor)


def visible(finding: Finding) -> bool:
    """Whether it is large enough to be seen at all."""
    return finding.size_mm >= kind_of(finding).seen_from_mm


def later(woman: "Woman", years: float, *, new: tuple[Finding, ...] = ()) -> "Woman":
    """Give the same woman some years later: the same anatomy, older, positioned anew.

    Parameters
    ----------
    years
        Negative for an earlier round: younger, and what has grown since as small as it was.
    new
        Findings that have come since, as they are then; those she had keep their places.
    """
    findings = tuple(aged(finding, years) for finding in woman.findings) + new
    age, since = round(woman.age + years, 6), round(woman.years + years, 6)
    return replace(woman, age=age, years=since, findings=findings)
