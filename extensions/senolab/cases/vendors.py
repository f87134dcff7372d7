"""Two makers of mammography units, and one of them after a software upgrade.

They are made up: their figures are plausible for their kind (a selenium detector behind tungsten and
rhodium; a caesium iodide screen behind rhodium and rhodium), and nothing of a real maker is claimed.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Tube:
    """How a unit makes its rays.

    Attributes
    ----------
    spectrum
        Name in `spectra`; the target, the filter and the kV of the header go with it.
    current_ma
        Tube current.
    passed
        Part of the primary rays that paddle, support and grid let pass.
    """

    spectrum: str
    target: str
    filter: str
    filter_mm: float
    kv: int
    current_ma: int
    passed: float


@dataclass(frozen=True)
class Detector:
    """A detector and its exposure control.

    Attributes
    ----------
    indirect
        Light spreads the quanta after they were caught, their noise with them; else charge is drawn
        straight down and the noise stays white.
    quanta
        Absorbed quanta per 0.07 mm pixel that the exposure control aims at behind the thick part.
    blur_mm
        Standard deviation of the narrow point spread; its MTF is exp(-2 (pi f s)^2).
    glare, glare_mm
        Part of the signal that a wide point spread takes, and its standard deviation.
    scatter
        Scatter to primary ratio behind the grid and 50 mm of breast; it grows with thickness.
    scatter_mm
        Standard deviation of the scatter kernel.
    electronic
        Electronic noise in quanta, standard deviation per pixel.
    counts, offset
        Raw value that the exposure control aims at, and what an unexposed pixel gives.
    """

    type: str
    indirect: bool
    quanta: float
    blur_mm: float
    glare: float
    glare_mm: float
    scatter: float
    scatter_mm: float
    electronic: float
    counts: float
    offset: int


@dataclass(frozen=True)
class Window:
    """One window of the header, in stored values."""

    centre: int
    width: int
    explanation: str = "NORMAL"


@dataclass(frozen=True)
class Processing:
    """How raw counts become the picture a reader sees.

    Attributes
    ----------
    equalisation
        Part of the missing fat at the breast's edge that is added (1: the edge is as bright).
    sharpening, sharpening_mm
        Strength and standard deviation of the unsharp mask.
    lift, lift_mm
        The same for everything finer than a wide blur.
    least_span
        Least distance, in -ln, between fat and the brightest tissue: a fatty breast stays soft.
    fat, bright
        Places of fat and of the brightest tissue on the stored scale, 0 to 1.
    windows
        Windows with a SIGMOID function; none where a table is used.
    toe, gamma
        Of that table: part of the scale that stays black, and the power of the rest.
    inverse
        Whether air has the greatest stored value (MONOCHROME1, PresentationLUTShape INVERSE).
    """

    equalisation: float
    sharpening: float
    sharpening_mm: float
    lift: float
    lift_mm: float
    least_span: float
    fat: float
    bright: float
    windows: tuple[Window, ...] = ()
    toe: float = 0.0
    gamma: float = 1.0
    inverse: bool = False


@dataclass(frozen=True)
class Vendor:
    """One maker's unit; that of A after a software upgrade is a vendor of its own."""

    key: str
    manufacturer: str
    model: str
    software: str
    serial: str
    tube: Tube
    detector: Detector
    processing: Processing

    @property
    def name(self) -> str:
        """What the catalogue calls it: the maker, told apart from itself before the upgrade."""
        return f"{self.manufacturer.rpartition(' ')[0]} {self.key}"


_A = Vendor(
    key="A",
    manufacturer="Senolab Vendor A",
    model="In-silico A1",
    software="A1 2.4.0",
    serial="A1-0001",
    tube=Tube("W/Rh 28", "TUNGSTEN", "RHODIUM", 0.050, 28, 120, 0.62),
    detector=Detector("DIRECT", False, 2600.0, 0.038, 0.0, 1.0, 0.12, 15.0, 6.0, 620.0, 50),
    processing=Processing(0.96, 0.45, 0.35, 0.35, 8.0, 0.54, 0.41, 0.90, (Window(2330, 2100),)),
)
_B = Vendor(
    key="B",
    manufacturer="Senolab Vendor B",
    model="In-silico B7",
    software="B7 11.02",
    serial="B7-0001",
    tube=Tube("Rh/Rh 29", "RHODIUM", "RHODIUM", 0.025, 29, 80, 0.56),
    detector=Detector("SCINTILLATOR", True, 1500.0, 0.065, 0.18, 0.35, 0.24, 15.0, 10.0, 480.0, 0),
    processing=Processing(0.95, 0.70, 0.90, 0.20, 12.0, 0.54, 0.38, 0.93, toe=0.11, gamma=1.25, inverse=True),
)
_UPGRADED = replace(
    _A,
    key="A2",
    software="A1 3.0.1",
    processing=Processing(
        0.97,
        0.75,
        0.28,
        0.55,
        6.0,
        0.50,
        0.43,
        0.92,
        (Window(2400, 1850), Window(2400, 1400, "HARDER"), Window(2400, 2300, "SOFTER")),
    ),
)
VENDORS = {vendor.key: vendor for vendor in (_A, _B, _UPGRADED)}


def vendor_named(key: str) -> Vendor:
    """Find a vendor; a ValueError with a sentence when there is none of that name."""
    if key not in VENDORS:
        raise ValueError(f"there is no vendor {key!r}; the vendors are {', '.join(VENDORS)}")
    return VENDORS[key]
