"""The texture of women's raw images: the power law, and how far from Gaussian, beside two references."""

from typing import Any

import numpy as np

from senolab.cases.scales import Scale
from senolab.cases.woman import Woman

from .entropy import BANDS, fractional_entropy
from .reference import PIXEL_MM, clustered_lumpy, compartments, in_noise
from .rows import Row, mean_interval, with_interval
from .running import Piece
from .spectrum import PowerLaw, power_law
from .women import binned, exposed, screened

ROIS = 200
PUBLISHED = {"CC": 3.17, "MLO": 3.30}  # mean exponents of 23 women
_NEAR, _EACH = 0.25, (2.6, 3.7)
_CHEN = "Chen 2012, doi:10.1118/1.3685462"


def pieces(count: int, scale: Scale) -> list[Piece]:
    """List what is measured: women without findings."""
    return [Piece(f"texture-{woman.seed}", of_woman, (woman, scale)) for woman in screened(count)]


def of_woman(woman: Woman, scale: Scale) -> dict[str, Any]:
    """Measure both views of her left breast, imaged by vendor A, and two textures of the same spectra."""
    found: dict[str, Any] = {"density": woman.density}
    rng = np.random.default_rng([woman.seed, 1999])
    textures = {"lumpy": clustered_lumpy(rng), "compartments": compartments(rng)}
    for one in exposed(woman, "L", scale):
        image, usable = one.attenuation(), one.usable()
        law = power_law(image, usable, scale.pixel_mm, rois=ROIS, seed=woman.seed)
        block = max(1, round(PIXEL_MM / scale.pixel_mm))  # as fine as the references
        coarse, inside = binned(image, block), binned(usable, block) == 1.0
        found[one.view.name[1:]] = {
            "exponent": law.exponent,
            "r2": law.r2,
            "noise_from": law.noise_from,
            "breast": _told(fractional_entropy(coarse, inside, scale.pixel_mm * block)),
        } | {name: _of_reference(texture, law, rng) for name, texture in textures.items()}
    return found


def _of_reference(texture: np.ndarray, law: PowerLaw, rng: np.random.Generator) -> dict[str, float]:
    """Measure the entropy of a texture that was given the spectrum of a view, its noise included."""
    image = in_noise(texture, law.exponent, law.noise_from, rng)
    return _told(fractional_entropy(image, np.ones(image.shape, bool), PIXEL_MM))


def _told(entropy: dict[float, float]) -> dict[str, float]:
    """Name the bands as JSON can."""
    return {f"{band:g}": value for band, value in entropy.items()}


def power_rows(women: list[dict[str, Any]]) -> list[Row]:
    """Judge the exponents: their mean, each of them, and the fits."""
    rows = [row for projection in PUBLISHED for row in _exponents(women, projection)]
    worst = min(woman[projection]["r2"] for woman in women for projection in PUBLISHED)
    about = f"R² of the fit, 0.15 to 0.7 cycles/mm, {ROIS} regions each: least"
    return [*rows, _power(about, f"{worst:.3f}", "at least 0.97", worst >= 0.97, {"least": worst})]


def _exponents(women: list[dict[str, Any]], projection: str) -> list[Row]:
    """Judge the exponents of one projection."""
    each = [woman[projection]["exponent"] for woman in women]
    mean, published = mean_interval(each), PUBLISHED[projection]
    least, most = min(each), max(each)
    about = f"power-law exponent, {projection}, {len(each)} women"
    near, wanted = abs(mean[0] - published) <= _NEAR, f"{published:.2f} ± {_NEAR:.2f}"
    figures = {"mean": mean[0], "low": mean[1], "high": mean[2]}
    inside, span = _EACH[0] <= least and most <= _EACH[1], f"{_EACH[0]:.2f} to {_EACH[1]:.2f}"
    return [
        _power(f"{about}: mean", with_interval(mean), wanted, near, figures),
        _power(f"{about}: each", f"{least:.2f} to {most:.2f}", span, inside, {"each": each}),
    ]


def _power(measure: str, value: str, wanted: str, holds: bool, figures: dict[str, Any]) -> Row:
    return Row(
        name="power-law",
        measure=measure,
        value=value,
        wanted=wanted,
        source="own" if measure.startswith("R²") else _CHEN,
        holds=holds,
        figures=figures,
    )


def entropy_rows(women: list[dict[str, Any]]) -> list[Row]:
    """Judge the entropy at each band: above the lumpy background, below the compartments."""
    return [_entropy(women, f"{band:g}") for band in BANDS]


def _entropy(women: list[dict[str, Any]], band: str) -> Row:
    each = {
        name: [float(np.mean([woman[p][name][band] for p in PUBLISHED])) for woman in women]
        for name in ("breast", "lumpy", "compartments")
    }
    mean, low, high = mean_interval(each["breast"]), np.mean(each["lumpy"]), np.mean(each["compartments"])
    return Row(
        name="entropy",
        measure=f"Laplacian fractional entropy at {band} cycles/mm, {len(women)} women: mean",
        value=with_interval(mean),
        wanted=f"between clustered lumpy {low:.2f} and compartments {high:.2f}",
        source="Abbey 2019, doi:10.1117/1.JMI.6.2.025502; Bochud 1999, doi:10.1364/OE.4.000033",
        holds=bool(low < mean[0] < high),
        figures={"mean": mean[0], "low": mean[1], "high": mean[2], "each": each},
    )
