"""Half-value layers of the beams that the two made-up vendors use."""

from senolab.cases.spectra import spectrum
from senolab.cases.vendors import VENDORS

from .rows import Row

# What SpekPy 2.5.4 gives for the same target, filter and kV; a frozen table must say the same.
PUBLISHED_MM = {"W/Rh 28": 0.457, "Rh/Rh 29": 0.338, "Mo/Mo 28": 0.284, "W/Al 31": 0.464}
_WITHIN_MM = 0.003


def rows() -> list[Row]:
    """Judge the half-value layer of each vendor's spectrum; two vendors may share one."""
    users: dict[str, list[str]] = {}
    for vendor in VENDORS.values():
        users.setdefault(vendor.tube.spectrum, []).append(vendor.key)
    return [_row(name, keys) for name, keys in users.items()]


def _row(name: str, keys: list[str]) -> Row:
    layer, published = spectrum(name).half_value_layer(), PUBLISHED_MM[name]
    return Row(
        name="layers",
        measure=f"half-value layer of {name} kV, vendor {' and '.join(keys)}",
        value=f"{layer:.3f} mm Al",
        wanted=f"{published:.3f} ± {_WITHIN_MM:g} mm Al",
        source="SpekPy 2.5.4",
        holds=abs(layer - published) <= _WITHIN_MM,
        figures={"mm": layer},
    )
