"""Whether images that bear a mass can be told by anything but the mass: the surroundings must not tell.

A network may learn a trace of how findings are put in instead of the finding. Patches beside the masses of
some women are set against patches beside places in other women where a mass was planned and left out,
so that where in the breast they lie is alike, and a classifier of texture is asked to tell them apart.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from senolab.cases.findings.catalogue import described
from senolab.cases.scales import Scale
from senolab.cases.woman import SIDES, Woman

from .discrimination import area, area_interval, scores_by_woman
from .rows import Row
from .running import Piece
from .women import Exposed, exposed, no_finer_than, woman_of

WANTED = (0.45, 0.55)
_PER_WOMAN = 8  # women for each that was asked for
_KINDS = ("spiculated mass", "indistinct mass", "circumscribed mass", "microlobulated mass")
_PATCH_MM, _AWAY_MM, _TURNS = 9.0, 4.0, 12


def pieces(count: int, scale: Scale) -> list[Piece]:
    """List what is measured: pairs of women alike in density and in the mass that one of them bears."""
    coarse = no_finer_than(scale, "binder")
    found = []
    for n in range(max(20, _PER_WOMAN * count)):
        pair, bears = divmod(n, 2)
        kind, size = _KINDS[pair % len(_KINDS)], 7.0 + 1.5 * (pair % 5)
        masses = tuple(replace(described(kind, side=s, size_mm=size), incidental=True) for s in SIDES)
        woman = replace(woman_of(5000 + n, "bc"[(pair // len(_KINDS)) % 2]), findings=masses)
        found.append(Piece(f"shortcut-{woman.seed}", of_woman, (woman, coarse, bool(bears))))
    return found


def of_woman(woman: Woman, scale: Scale, bears: bool) -> dict[str, Any]:
    """Describe the patches round the places of her masses, in both views of both breasts."""
    left_out = frozenset() if bears else frozenset(range(1, len(woman.findings) + 1))
    patches = [
        features
        for side in SIDES
        for one in exposed(woman, side, scale, left_out=left_out)
        for features in _patches(one)
    ]
    return {"bears": bears, "patches": patches}


def _patches(one: Exposed) -> list[list[float]]:
    """Describe patches of the image For Presentation beside the mass: all breast, and none of the mass."""
    picture, pixel = one.picture().astype(np.float32), one.view.scale.pixel_mm
    side, found = round(_PATCH_MM / pixel), []
    for grown, shadow in zip(one.grown, one.shadows, strict=True):
        touched = np.zeros(picture.shape, bool)
        touched[shadow.window] = (np.abs(shadow.tissue) > 0) | (shadow.calcium > 0)
        rows, columns, _, _ = one.view.project(grown.centre[None])
        away = (grown.reach_mm() + _AWAY_MM) / pixel + 0.71 * side
        for angle in np.arange(_TURNS) * 2 * np.pi / _TURNS:
            top = round(float(rows[0]) + away * np.sin(angle) - side / 2)
            left = round(float(columns[0]) + away * np.cos(angle) - side / 2)
            at = slice(top, top + side), slice(left, left + side)
            if min(top, left) < 0 or top + side > picture.shape[0] or left + side > picture.shape[1]:
                continue
            if one.distance[at].min() > 8.0 and one.muscle[at].max() <= 0.0 and not touched[at].any():
                found.append(described_patch(picture[at], pixel))
    return found


def described_patch(patch: np.ndarray, pixel_mm: float) -> list[float]:
    """Describe a square patch: mean, spread, slope and height of its spectrum, skewness, finest contrast."""
    centred = patch - patch.mean()
    spread = float(centred.std()) + 1e-6
    window = np.outer(np.hanning(len(patch)), np.hanning(len(patch)))
    power = np.abs(np.fft.rfft2(centred * window)) ** 2
    steps = np.hypot(
        np.fft.fftfreq(len(patch), pixel_mm)[:, None], np.fft.rfftfreq(len(patch), pixel_mm)[None, :]
    )
    inside = (steps > 0.2) & (steps < 1.4)
    slope, height = np.polyfit(np.log(steps[inside]), np.log(power[inside] + 1e-6), 1)
    fine = float(np.abs(np.diff(patch, axis=0)).mean() + np.abs(np.diff(patch, axis=1)).mean())
    skewness = float((centred**3).mean() / spread**3)
    return [
        float(patch.mean()),
        float(np.log(spread)),
        float(slope),
        float(height),
        skewness,
        np.log(fine + 1e-6),
    ]


def rows(women: list[dict[str, Any]]) -> list[Row]:
    """Judge the area under the curve of a classifier that was cross-validated by woman."""
    women = [woman for woman in women if woman["patches"]]
    features = np.concatenate([np.asarray(woman["patches"], float) for woman in women])
    owner = np.repeat(np.arange(len(women)), [len(woman["patches"]) for woman in women])
    bears = np.array([woman["bears"] for woman in women])
    scores = scores_by_woman(features, bears[owner], owner)
    value = area(scores, bears[owner])
    low, high = area_interval(scores, bears, owner)
    return [
        Row(
            name="shortcut",
            measure=f"telling {bears.sum()} women with a mass from {(~bears).sum()} without by"
            f" {len(owner)} patches beside it: area under the curve",
            value=f"{value:.3f} [{low:.3f}, {high:.3f}]",
            wanted=f"{WANTED[0]:g} to {WANTED[1]:g}",
            source="own",
            holds=WANTED[0] <= value <= WANTED[1],
            figures={"area": value, "low": low, "high": high},
        )
    ]
