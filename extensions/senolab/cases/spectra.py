"""X-ray spectra and what attenuates them, from the frozen tables beside this module.

``tables/xray.npz`` was made once by ``tables/freeze.py``; ``tables/xray.json`` tells its sources,
versions and sha256. Arrays over photon energies have steps of 0.5 keV.
"""

import io
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np

FOCUS_MM = 650.0  # distance from the focus at which fluence and kerma are told
STEP_MM = 2.0  # of the tables over adipose and glandular tissue
_KEV_PER_GRAM_TO_MGY = 1.602177e-13 * 1e3  # keV/g -> mGy
_PER_MM2_TO_PER_CM2 = 100.0


@dataclass(frozen=True)
class Spectrum:
    """What leaves a tube behind its filter.

    Attributes
    ----------
    name
        Target, filter and kV, e.g. ``W/Rh 28``.
    energies
        Photon energies in keV.
    fluence
        Photons per mm2 and mAs at `FOCUS_MM`.
    caught
        Part of the photons that the vendor's detector absorbs.
    """

    name: str
    energies: np.ndarray
    fluence: np.ndarray
    caught: np.ndarray

    def kerma(self, through: np.ndarray | float = 1.0) -> float:
        """Air kerma in mGy per mAs at `FOCUS_MM`, behind what lets the part `through` pass."""
        energy = self.fluence * through * self.energies * table("air_absorbed")
        return float(energy.sum()) * _PER_MM2_TO_PER_CM2 * _KEV_PER_GRAM_TO_MGY

    def half_value_layer(self) -> float:
        """Aluminium in mm that halves the air kerma (IEC 61267), by bisection."""
        aluminium, whole = table("mu aluminium"), self.kerma()
        low, high = 0.0, 5.0
        while high - low > 1e-5:
            middle = 0.5 * (low + high)
            if self.kerma(np.exp(-aluminium * middle)) > 0.5 * whole:
                low = middle
            else:
                high = middle
        return 0.5 * (low + high)

    def signal(self, through: np.ndarray | float = 1.0) -> float:
        """Energy that the detector absorbs, keV per mm2 and mAs at `FOCUS_MM`."""
        return float((self.fluence * through * self.caught * self.energies).sum())

    def quanta(self) -> float:
        """Absorbed quanta per mm2 and mAs at `FOCUS_MM`, as many as the noise of their energy tells.

        An integrating detector's noise has the variance <E2>; N <E>2 / <E2> equal quanta have as
        much (Swank 1973, doi 10.1063/1.1662918).
        """
        hits = self.fluence * self.caught
        first, second = (hits * self.energies).sum(), (hits * self.energies**2).sum()
        return float(first**2 / second)


@dataclass(frozen=True)
class Tissues:
    """What tissue does to one spectrum; beam hardening is in the tables.

    Attributes
    ----------
    depth
        -ln of the signal behind ``(adipose, gland)`` in steps of `STEP_MM`, float32.
    skin, calcium
        What a little skin or calcium adds per mm behind as much tissue, float32.
    """

    depth: np.ndarray
    skin: np.ndarray
    calcium: np.ndarray

    def skin_as_gland(self) -> float:
        """How many mm of gland attenuate like one of skin; behind 24 mm of fat, nearly so behind any."""
        at = round(24.0 / STEP_MM)
        per_gland = float(self.depth[at, 1] - self.depth[at, 0]) / STEP_MM
        return float(self.skin[at, 0]) / per_gland


@lru_cache(maxsize=1)
def _arrays() -> dict[str, np.ndarray]:
    """Read the frozen tables."""
    data = resources.files("senolab.cases").joinpath("tables", "xray.npz").read_bytes()
    with np.load(io.BytesIO(data), allow_pickle=False) as found:
        return {name: found[name] for name in found.files}


def table(name: str) -> Any:
    """Give one frozen array over the energies: ``mu gland`` (per mm), ``air_absorbed`` (cm2/g), ..."""
    return _arrays()[name].astype(np.float64)


@lru_cache
def spectrum(name: str) -> Spectrum:
    """Give one of the four frozen spectra by name (``W/Rh 28``)."""
    stem = name.replace("/", "-")
    return Spectrum(name, table("energies"), table(f"{stem} fluence"), table(f"{stem} caught"))


@lru_cache
def tissues(name: str) -> Tissues:
    """Give what tissue does to one of the spectra that vendors use."""
    stem, found = name.replace("/", "-"), _arrays()
    return Tissues(*(found[f"{stem} {part}"] for part in ("depth", "skin", "calcium")))
