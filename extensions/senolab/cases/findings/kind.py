"""What findings of one kind have in common: one row of `catalogue`."""

from dataclasses import dataclass

from .finding import Group


@dataclass(frozen=True)
class Kind:
    """What findings of one kind have in common; of several possible descriptors the first is the usual one.

    Attributes
    ----------
    sizes_mm
        Smallest and largest longest diameter.
    seen_from_mm
        Below this size nothing is drawn and nothing is true.
    code
        Segmented property type: value, scheme, meaning (PS3.16, CID 6010, 6014, 6016).
    """

    name: str
    label: str
    group: Group
    category: str
    outcome: str
    pathology: str
    sizes_mm: tuple[float, float]
    code: tuple[str, str, str]
    shapes: tuple[str, ...] = ()
    margins: tuple[str, ...] = ()
    densities: tuple[str, ...] = ()
    morphology: str = ""
    distributions: tuple[str, ...] = ()
    asymmetry: str = ""
    seen_from_mm: float = 3.0
