"""A woman who was never born: what the generator needs to know about her."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .findings.finding import Finding

Side = Literal["R", "L"]
VIEWS = ("RCC", "LCC", "RMLO", "LMLO")
SIDES: tuple[Side, ...] = ("R", "L")
DENSITIES = "abcd"


@dataclass(frozen=True)
class Woman:
    """One woman on one day. Equal women give equal images.

    Attributes
    ----------
    seed
        Any whole number from 0; every chance in her comes from ``default_rng([seed, stream])``.
    age
        Years; a part of a year between birthdays.
    density
        BI-RADS density ``a`` to ``d``.
    size
        Breast size relative to the middle one (1.0); 0.8 to 1.2.
    thickness_mm
        Compressed thickness in the CC view.
    findings
        What there is to find, in either breast, those too small to be seen included. Their order stays:
        chance knows a finding by its number.
    years
        Since her first round; positioning and quanta are those of the day, everything else stays.
    until
        Years from her first round to the last that is planned, 0 for none: a finding's place leaves room for
        its size on that day, and is well seen then.
    """

    seed: int
    age: float = 55
    density: str = "b"
    size: float = 1.0
    thickness_mm: float = 54.0
    findings: tuple[Finding, ...] = ()
    years: float = 0.0
    until: float = 0.0

    @property
    def completed_years(self) -> int:
        """Age as a header tells it."""
        return math.floor(self.age + 1e-6)

    def stream(self, name: str, side: Side | None = None) -> np.random.Generator:
        """Give the random stream of that name: independent of all others, the same at every call."""
        words = [self.seed, *name.encode(), 0, 0 if side is None else 1 + SIDES.index(side)]
        return np.random.default_rng(words)

    def day_stream(self, name: str, side: Side | None = None) -> np.random.Generator:
        """Give the random stream of that name for this round: another one at the next round."""
        return self.stream(name if self.years == 0 else f"{name} after {self.years:g} years", side)


@dataclass(frozen=True)
class Shape:
    """Measures of one uncompressed breast in mm, and what its density class means.

    The frame of reference is the same for both sides: `w` from the chest wall to the nipple, `x`
    from medial to lateral, `z` from foot to head; the nipple sits at ``(depth, 0, 0)``.
    """

    depth: float
    half_width: float  # along x
    half_height: float  # along z
    extent: float  # of the glandular cone, as a part of the breast's radius
    fill: float  # how full of gland the cone is
    patchiness: float  # how uneven
    lateral: float  # the cone leans to the axilla, mm
    upper: float
    back: float  # fat behind the gland, as a part of the depth
    fat: float  # glandular fraction of the fat between its walls
    walls: float  # how thick these are, 1 in the middle of the ages that are screened


# density -> extent, fill, patchiness at 60 years, the middle of the ages that are screened. Set by eye and by
# the volumetric glandular fraction they give.
_DENSITY = {
    "a": (0.486, -0.95, 0.75),
    "b": (0.642, -0.42, 0.85),
    "c": (0.778, 0.10, 0.80),
    "d": (0.895, 0.70, 0.55),
}
_MIDDLE_AGE = 60.0
# A year: of the cone, of the walls and the fat between them, and of how full the cone is.
_SHRINKING, _THINNING, _EMPTYING = 0.0032, 0.0095, 0.0055


def shape_of(woman: Woman, side: Side) -> Shape:
    """Measures of one of her breasts: left and right alike, never equal.

    As she ages the cone of gland shrinks and empties and the walls in the fat thin out: in every class
    her volumetric density falls by somewhat less than 1 % of itself a year. Her class is the one she has at
    her last round, and what a class means is set for the middle of the ages that are screened.

    That it falls is published: by 2.2 cm3 of dense tissue a year over the menopause (Engmann 2019,
    doi:10.1158/1055-9965.EPI-18-1375), by a quarter of a percentage point a year after it, mostly because
    the breast grows fatter (PB.24, Breast Cancer Res 2014, doi:10.1186/bcr3729). How fast is a choice of
    this model, slower than the latter since these breasts keep their size.
    """
    both, own = woman.stream("shape"), woman.stream("shape", side)
    depth = 73.0 * woman.size * both.uniform(0.90, 1.10) * own.uniform(0.98, 1.02)
    width = 83.0 * woman.size * both.uniform(0.95, 1.05) * own.uniform(0.98, 1.02)
    height = 76.0 * woman.size * both.uniform(0.95, 1.05) * own.uniform(0.98, 1.02)
    extent, fill, patchiness = _DENSITY[woman.density]
    older = woman.age - _MIDDLE_AGE
    # rounded: the last bit of an exponential differs between processors
    smaller, thinner = (round(math.exp(-rate * older), 9) for rate in (_SHRINKING, _THINNING))
    extent *= smaller * both.uniform(0.93, 1.07) * own.uniform(0.96, 1.04)
    return Shape(
        depth=depth,
        half_width=width,
        half_height=height,
        extent=extent,
        fill=fill - _EMPTYING * older + both.uniform(-0.08, 0.08),
        patchiness=patchiness,
        lateral=0.14 * width * both.uniform(0.7, 1.3) * own.uniform(0.85, 1.15),
        upper=0.12 * height * both.uniform(0.6, 1.4) * own.uniform(0.85, 1.15),
        back=both.uniform(0.10, 0.18),
        fat=thinner * both.uniform(0.03, 0.045),
        walls=thinner,
    )
