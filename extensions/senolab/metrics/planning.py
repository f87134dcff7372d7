"""How many cases a plan needs: for an interval of a wanted width, or for enough cancers in a round.

The intervals are those of `proportions`, with their sources; that of the normal formula is W. G. Cochran,
Sampling Techniques, 3rd edition, Wiley 1977, chapter 4.
"""

import math
from collections.abc import Callable
from fractions import Fraction

from senolab.metrics import inputs
from senolab.metrics.proportions import (
    EDGE,
    MOST_CASES,
    cases,
    exact_limits,
    level,
    real,
    score_limits,
    two_sided_z,
)

SIZING = ("wilson", "exact", "normal")


def sample_size(
    proportion: float, *, half_width: float, confidence: float = 0.95, method: str = "wilson"
) -> int:
    """Fewest cases whose interval is at most `half_width` (0..0.5) to each side, on the mean.

    Parameters
    ----------
    proportion
        The proportion that is expected; p·n counts as observed, even where it is no whole number.
    method
        ``"wilson"`` or ``"exact"``, found by search, or ``"normal"``: n = z² p(1 − p) / half_width²,
        for comparison, since it promises too much near 0 and 1.

    Raises
    ------
    ValueError
        For arguments out of range, and for "normal" at 0 or 1, where it asks for no case at all.
    """
    p = inputs.share(real(proportion, "proportion"), "proportion")
    wanted = inputs.share(real(half_width, "half_width"), "half_width", ends=False)
    inputs.one_of(method, SIZING, "method")
    if method == "normal":
        return _normal(p, wanted, confidence)

    wide = level(confidence)

    def narrow(number: int) -> bool:
        limits = score_limits if method == "wilson" else exact_limits
        low, high = limits(p, number, confidence=wide)
        return high - low <= 2 * wanted

    return _fewest(narrow, 1)


def screens_needed(cancers: int, *, prevalence: float, assurance: float | None = None) -> int:
    """How many women must be screened for `cancers` among them, at a prevalence (0..1, neither end).

    Without `assurance` the number that holds them on the mean, cancers / prevalence: every second
    round of that size falls short. With it, the fewest screens that hold them with that probability,
    P(Binomial(n, π) ≥ cancers) ≥ assurance.

    Raises
    ------
    ValueError
        For no whole number of cancers, and for shares at 0 or 1 or beyond.
    """
    least = cases(cancers, "cancers", least=1)
    share = inputs.share(real(prevalence, "prevalence"), "prevalence", ends=False)
    if assurance is None:  # the decimal as it was written: 9 at 0.009 need 1,000
        return _feasible(math.ceil(least / Fraction(str(share))))
    wanted = inputs.share(real(assurance, "assurance"), "assurance", ends=False)
    from scipy.special import betainc

    return _fewest(lambda screens: betainc(least, screens - least + 1, share) >= wanted, least)


def _normal(proportion: float, half_width: float, confidence: float) -> int:
    if proportion in {0, 1}:
        raise ValueError(f"the normal approximation has no width at {proportion:g}; use wilson or exact")
    if half_width < EDGE:  # its square may be 0
        raise ValueError(f"half_width must be at least {EDGE:g}, not {half_width:g}")
    return _feasible(math.ceil(two_sided_z(confidence) ** 2 * proportion * (1 - proportion) / half_width**2))


def _fewest(enough: Callable[[int], bool], least: int) -> int:
    """Smallest whole number from `least` on that is enough, where a larger one stays enough."""
    short, reached = least - 1, least
    while not enough(reached):
        short, reached = reached, 2 * reached
        _feasible(reached)
    while reached - short > 1:
        middle = (short + reached) // 2
        short, reached = (short, middle) if enough(middle) else (middle, reached)
    return reached


def _feasible(number: int) -> int:
    if number > MOST_CASES:
        raise ValueError(f"more than {MOST_CASES:,} cases would be needed; ask for less")
    return number
