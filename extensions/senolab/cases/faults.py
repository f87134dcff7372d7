"""What can go wrong when a woman is imaged, by the names that a cohort's file uses."""

from dataclasses import dataclass

from .physics import USUAL, Conditions
from .positioning import WELL, Positioning


@dataclass(frozen=True)
class Fault:
    """What goes wrong while a breast is laid and exposed."""

    positioning: Positioning = WELL
    conditions: Conditions = USUAL


FAULTS = {
    "none": Fault(),
    "under-exposed": Fault(conditions=Conditions(exposure=0.12)),
    "over-exposed": Fault(conditions=Conditions(exposure=8.0)),
    "moved": Fault(conditions=Conditions(motion_mm=1.4)),
    "nipple not in profile": Fault(Positioning(rolled_mm=17.0)),
    "pectoral muscle short": Fault(Positioning(short_mm=48.0)),
    "tissue missing": Fault(Positioning(missing_mm=22.0)),
    "skin fold": Fault(Positioning(fold=True)),
}
