"""Freeze spectra and attenuation into ``xray.npz``: run by hand when a spectrum is added, never by Senolab.

It needs two libraries that Senolab does not, in an environment of its own::

    python -m venv /tmp/freeze && /tmp/freeze/bin/pip install spekpy==2.5.4 xraydb==4.5.8
    /tmp/freeze/bin/python extensions/senolab/cases/tables/freeze.py

Spectra: spekpy (Poludniowski, Omar, Bujila and Andreo 2021, doi 10.1002/mp.14945). Attenuation: the
tables of Elam, Ravel and Sieber 2002 (doi 10.1016/S0969-806X(01)00227-4) as xraydb gives them; air's
energy absorption and aluminium: spekpy's. Tissues: Hammerstein 1979 (doi 10.1148/130.2.485).
"""

import hashlib
import io
import json
import zipfile
from importlib.metadata import version
from pathlib import Path

import numpy as np
import spekpy  # pyright: ignore[reportMissingImports]
import xraydb  # pyright: ignore[reportMissingImports]

HERE = Path(__file__).parent
STEP_KEV, FOCUS_MM = 0.5, 650.0
ANODE_DEGREES, WINDOW_MM = 16.0, 0.8  # a beryllium window
ENERGIES = np.arange(5.25, 31.0, STEP_KEV)
# target, kV, filter, its thickness in mm, absorber of the detector, its thickness in mm
SPECTRA = {
    "W/Rh 28": ("W", 28, "Rh", 0.050, "selenium", 0.20),
    "Rh/Rh 29": ("Rh", 29, "Rh", 0.025, "caesium iodide", 0.10),
    "Mo/Mo 28": ("Mo", 28, "Mo", 0.030, "selenium", 0.20),
    "W/Al 31": ("W", 31, "Al", 0.700, "selenium", 0.20),
}
# mass fractions and g/cm3
MATERIALS = {
    "adipose": ({"H": 0.112, "C": 0.619, "N": 0.017, "O": 0.251, "P": 0.001}, 0.93),
    "gland": ({"H": 0.102, "C": 0.184, "N": 0.032, "O": 0.677, "P": 0.005}, 1.04),
    "skin": ({"H": 0.098, "C": 0.178, "N": 0.050, "O": 0.667, "P": 0.007}, 1.09),
    "calcium": ({"Ca": 0.2743, "C": 0.1644, "H": 0.0138, "O": 0.5475}, 2.12),  # oxalate monohydrate
    "acrylic": ({"H": 0.0805, "C": 0.5999, "O": 0.3196}, 1.19),
    "gold": ({"Au": 1.0}, 19.3),
}
ALUMINIUM = 2.699
ABSORBERS = {"selenium": ({"Se": 1.0}, 4.28), "caesium iodide": ({"Cs": 0.5115, "I": 0.4885}, 3.6)}
ADIPOSE_MM, GLAND_MM = np.arange(0.0, 121.0, 2.0), np.arange(0.0, 101.0, 2.0)
IMAGED = ("W/Rh 28", "Rh/Rh 29")  # the spectra that vendors use; the others are there to compare with
ELECTRON_KEV = 510.999


def mass_attenuation(parts: dict[str, float], kind: str = "total") -> np.ndarray:
    """Mass attenuation in cm2/g over `ENERGIES`."""
    found = [part * xraydb.mu_elam(element, ENERGIES * 1e3, kind=kind) for element, part in parts.items()]
    return np.sum(found, axis=0)


def per_mm(name: str, kind: str = "total") -> np.ndarray:
    """Linear attenuation per mm over `ENERGIES`."""
    parts, density = (MATERIALS | ABSORBERS)[name]
    return mass_attenuation(parts, kind) * density / 10.0


def absorbed(name: str) -> np.ndarray:
    """Mass energy absorption in cm2/g: photoelectric, and the electrons' part of Compton scattering."""
    parts, _ = MATERIALS[name]
    ratio = ENERGIES / ELECTRON_KEV
    compton = mass_attenuation(parts, "incoh") * ratio / (1.0 + 2.0 * ratio)
    return mass_attenuation(parts, "photo") + compton


def stopped(name: str) -> np.ndarray:
    """Attenuation per mm that dose sees: what is scattered forward is not lost from a broad beam."""
    return per_mm(name, "photo") + 0.5 * per_mm(name, "incoh")


def spectrum(target: str, kv: float, foil: str, foil_mm: float, absorber: str, absorber_mm: float) -> dict:
    """Freeze one spectrum: fluence per mAs and mm2, its kerma, and what part the detector catches."""
    tube = spekpy.Spek(kvp=kv, th=ANODE_DEGREES, targ=target, dk=STEP_KEV, z=FOCUS_MM / 10)
    tube.filter("Be", WINDOW_MM).filter(foil, foil_mm)
    energies, fluence = tube.get_spectrum(edges=False)  # per cm2, mAs and keV
    fluence = np.interp(ENERGIES, energies, fluence, left=0.0, right=0.0) * STEP_KEV / 100.0
    return {
        "fluence": fluence,
        "caught": 1.0 - np.exp(-per_mm(absorber) * absorber_mm),
        "kerma_uGy": np.array(tube.get_kerma()),
        "hvl_mm": np.array(tube.get_hvl1()),
    }


def tissues(fluence: np.ndarray, caught: np.ndarray) -> dict[str, np.ndarray]:
    """-ln of the signal over adipose and glandular mm, and what a little skin or calcium adds per mm."""
    weight = fluence * ENERGIES * caught
    fat = np.exp(-np.outer(ADIPOSE_MM, per_mm("adipose")))
    gland = np.exp(-np.outer(GLAND_MM, per_mm("gland")))
    through = np.einsum("e,ae,ge->age", weight / weight.sum(), fat, gland)
    signal = through.sum(axis=2)
    effective = {m: np.einsum("age,e->ag", through, per_mm(m)) / signal for m in ("skin", "calcium")}
    return {"depth": -np.log(signal), **effective}


def frozen() -> dict[str, np.ndarray]:
    """Every array of the file."""
    beam = spekpy.Spek(kvp=31, th=ANODE_DEGREES, targ="W", dk=STEP_KEV)
    air, aluminium = beam.muen_air_data, beam.mu_data.get_mu_over_rho(13, ENERGIES)
    arrays = {
        "energies": ENERGIES,
        "adipose_mm": ADIPOSE_MM,
        "gland_mm": GLAND_MM,
        "air_absorbed": air.get_muen_over_rho_air(ENERGIES),
        "gland_absorbed": absorbed("gland"),
        **{f"stopped {name}": stopped(name) for name in ("adipose", "gland", "skin")},
        **{f"mu {name}": per_mm(name) for name in MATERIALS},
        "mu aluminium": aluminium * ALUMINIUM / 10.0,  # spekpy's own, so that half-value layers agree
    }
    for name, words in SPECTRA.items():
        found = spectrum(*words)
        if name in IMAGED:
            found |= tissues(found["fluence"], found["caught"])
        arrays |= {f"{name} {part}": array for part, array in found.items()}
    return {name: np.asarray(array, np.float32) for name, array in sorted(arrays.items())}


def main() -> None:
    """Write the file, the same bytes for the same numbers, and beside it where they come from."""
    with zipfile.ZipFile(HERE / "xray.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in frozen().items():
            stream = io.BytesIO()
            np.save(stream, array)
            archive.writestr(zipfile.ZipInfo(f"{name.replace('/', '-')}.npy"), stream.getvalue())
    told = {
        "file": "xray.npz",
        "sha256": hashlib.sha256((HERE / "xray.npz").read_bytes()).hexdigest(),
        "made by": "freeze.py",
        "spekpy": f"{version('spekpy')}, MIT",
        "xraydb": f"{version('xraydb')}, MIT",
        "spectra": {name: list(words) for name, words in SPECTRA.items()},
        "densities g/cm3": {name: density for name, (_, density) in (MATERIALS | ABSORBERS).items()},
    }
    (HERE / "xray.json").write_text(json.dumps(told, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
