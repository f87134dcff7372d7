"""What an exposure costs: tube load, incident air kerma and mean glandular dose.

The mean glandular dose is estimated from the frozen spectra and not by a table of conversion
factors: the energy that glandular tissue takes from the rays, averaged over the depth of the breast
behind its skin. Photons that are scattered forward stay in a broad beam, so they are not counted as
lost: half of the Compton and all of the coherent scattering. For 2 cm of a breast of Dance 1990
(doi 10.1088/0031-9155/35/9/002) this gives his factors within 8 %.
"""

from dataclasses import dataclass

import numpy as np

from .spectra import FOCUS_MM, Spectrum, spectrum, table
from .vendors import Tube, Vendor

DETECTOR_MM = 660.0  # distance of the detector, and of the breast's support, from the focus
SKIN_MM = 1.1


@dataclass(frozen=True)
class Technique:
    """What the header tells of an exposure; its figures agree with each other.

    Attributes
    ----------
    thickness_mm, force_n
        Of the compressed breast.
    time_ms
        Exposure time; with the tube's current it gives the load.
    load_mas
        Tube load.
    entrance_mgy
        Incident air kerma at the skin, without backscatter.
    organ_mgy
        Mean glandular dose.
    half_value_layer_mm
        Of aluminium, of the tube's beam.
    """

    thickness_mm: float
    force_n: int
    time_ms: int
    load_mas: float
    entrance_mgy: float
    organ_mgy: float
    half_value_layer_mm: float


def technique_of(
    vendor: Vendor, open_quanta: float, *, thickness_mm: float, gland_part: float, force_n: int
) -> Technique:
    """Work back from the quanta that the detector caught to what the tube and the breast had.

    Parameters
    ----------
    open_quanta
        Absorbed quanta per mm2 where nothing attenuates, behind the grid.
    gland_part
        Part of the tissue under the skin that is glandular.
    """
    tube = vendor.tube
    beam = spectrum(tube.spectrum)
    load = open_quanta / (beam.quanta() * tube.passed * (FOCUS_MM / DETECTOR_MM) ** 2)
    time_ms = max(1, round(1000.0 * load / tube.current_ma))
    load = time_ms * tube.current_ma / 1000.0
    entrance = entrance_mgy(tube, load, thickness_mm)
    organ = entrance * glandular_part(beam, thickness_mm=thickness_mm, gland_part=gland_part)
    return Technique(thickness_mm, force_n, time_ms, load, entrance, organ, beam.half_value_layer())


def entrance_mgy(tube: Tube, load_mas: float, thickness_mm: float) -> float:
    """Incident air kerma in mGy at the upper skin, by the inverse square law."""
    return spectrum(tube.spectrum).kerma() * load_mas * (FOCUS_MM / (DETECTOR_MM - thickness_mm)) ** 2


def glandular_part(
    beam: Spectrum,
    *,
    thickness_mm: float,
    gland_part: float,
    skin_mm: float = SKIN_MM,
    skin: str = "skin",
) -> float:
    """Mean glandular dose per incident air kerma.

    Parameters
    ----------
    skin_mm, skin
        Thickness and material of the outer layer at either side, in which no gland lies (Dance: 5 mm
        of ``adipose``).
    """
    inner = thickness_mm - 2.0 * skin_mm
    stopped = gland_part * table("stopped gland") + (1.0 - gland_part) * table("stopped adipose")
    reached = (
        np.exp(-table(f"stopped {skin}") * skin_mm) * (1.0 - np.exp(-stopped * inner)) / (stopped * inner)
    )
    energy = beam.fluence * beam.energies
    return float((energy * table("gland_absorbed") * reached).sum() / (energy * table("air_absorbed")).sum())
