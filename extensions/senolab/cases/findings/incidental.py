"""Typically benign findings that come to any woman by chance, so that a finding is no giveaway."""

from typing import TYPE_CHECKING

import numpy as np

from .catalogue import KINDS, described
from .finding import Finding

if TYPE_CHECKING:
    from senolab.cases.woman import Woman

# How often each comes to one breast. Not frequencies of a population: they are set so that about half of the
# women have something, and typically benign calcifications are the most common of it.
_CHANCES = {
    "round calcifications": 0.09,
    "punctate calcifications": 0.08,
    "lymph node": 0.07,
    "skin calcifications": 0.03,
    "rim calcification": 0.02,
    "popcorn calcification": 0.02,
    "dystrophic calcifications": 0.01,
    "large rod-like calcifications": 0.01,
    "oil cyst": 0.015,
}


def vascular_chance(age: float) -> float:
    """Chance that a woman has vascular calcifications.

    12 % at 60 and twice as many with each decade, as was found in 17 237 screened women (12.3 % at a mean
    age of 60; doubling per decade from 45 to 84).
    """
    return min(0.6, 0.12 * 2.0 ** ((age - 60.0) / 10.0))


def incidental(woman: "Woman") -> tuple[Finding, ...]:
    """Draw a woman's typically benign findings; they change nothing else in her."""
    rng = woman.stream("incidental")
    found = []
    if rng.random() < vascular_chance(woman.age):
        both = rng.random() < 0.7
        sides = ("R", "L") if both else (("R", "L")[int(rng.integers(2))],)
        found += [_by_chance(rng, "vascular calcifications", side) for side in sides]
    for side in ("R", "L"):
        found += [_by_chance(rng, kind, side) for kind, chance in _CHANCES.items() if rng.random() < chance]
    return tuple(found)


def _by_chance(rng: np.random.Generator, kind: str, side: str) -> Finding:
    row = KINDS[kind]
    words = {"distribution": str(rng.choice(row.distributions))} if row.distributions else {}
    least, most = row.sizes_mm
    size = float(np.exp(rng.uniform(np.log(least), np.log(most))))
    return described(kind, side=side, size_mm=round(size, 1), incidental=True, **words)
