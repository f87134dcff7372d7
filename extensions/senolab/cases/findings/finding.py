"""One finding of a woman, as a radiologist would describe it, and as far as chance does not decide it."""

from dataclasses import dataclass
from typing import Literal

Group = Literal["mass", "calcifications", "architectural distortion", "asymmetry", "lymph node"]


@dataclass(frozen=True)
class Finding:
    """What it is, in which breast, and how big on this day; where it lies follows from the woman's seed.

    The descriptors are those of BI-RADS; an empty one does not apply.

    Attributes
    ----------
    kind
        A row of `catalogue.KINDS`, such as ``spiculated mass``.
    side
        ``"R"`` or ``"L"``.
    size_mm
        Longest diameter in space of the body, or of the region that calcifications fill.
    shape, margin, density
        Of a mass.
    distribution
        Of calcifications.
    contrast
        1 is the attenuation that the kind has; less makes it fainter.
    outcome
        ``cancer`` or ``benign``, as histology would tell.
    detection
        ``screen``, ``interval`` or empty: how a cancer comes to light.
    doubling_days
        Volume doubling time; None for what does not grow.
    incidental
        Whether it came by chance, not by a cohort's plan: left out where the breast has no place for it.
    """

    kind: str
    side: Literal["R", "L"]
    size_mm: float
    shape: str = ""
    margin: str = ""
    density: str = ""
    distribution: str = ""
    contrast: float = 1.0
    outcome: str = "benign"
    detection: str = ""
    doubling_days: float | None = None
    incidental: bool = False
