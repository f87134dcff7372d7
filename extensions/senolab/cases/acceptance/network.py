"""Whether a small network finds masses, fewer of them in dense breasts, fewer with another vendor.

Each breast has places for small masses; every other one is left out of the image, so that patches with
and without a mass come from the same images and from places alike. The network sees grey values as the
header has them shown, by each vendor's own window or table, normalised by the same numbers for both: what
a model is fed that was trained on one vendor's images and meets another's.
"""

import base64
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from senolab.cases.findings.catalogue import described
from senolab.cases.presentation import as_shown
from senolab.cases.scales import Scale
from senolab.cases.woman import SIDES, Woman

from .rows import Row, not_measured
from .running import Piece
from .women import Exposed, binned, exposed, no_finer_than, woman_of

if TYPE_CHECKING:
    from .network_training import Areas

LEAST_WOMEN = 60
PIXEL_MM, SIDE = 0.56, 48
_KINDS = ("spiculated mass", "indistinct mass", "circumscribed mass", "microlobulated mass")
_PLACES = 4  # in a breast; two of them are left out
# The standard difficulty. It was chosen on other women (seeds from 9000) than those that are measured.
_SIZES_MM = (3.5, 6.0)
_DENSITIES = "bcd"  # one after the other
_VENDORS = ("A", "B")
_JITTER_MM = 3.0
_SAMPLE = "<u2"


def pieces(count: int, scale: Scale) -> list[Piece]:
    """List what is measured: women of densities b, c and d; none where torch is missing."""
    if find_spec("torch") is None:
        return []
    coarse = no_finer_than(scale, "binder")  # finer than the patches
    women = [woman_of(8000 + n, _DENSITIES[n % len(_DENSITIES)]) for n in range(max(LEAST_WOMEN, count))]
    return [Piece(f"network-{woman.seed}", of_woman, (_with_masses(woman), coarse)) for woman in women]


def _with_masses(woman: Woman) -> Woman:
    """Give a woman her masses, alike in both breasts but for chance."""
    rng, masses = np.random.default_rng([woman.seed, 48]), []
    for side in SIDES:
        for _ in range(_PLACES):
            kind, size = _KINDS[rng.integers(len(_KINDS))], round(rng.uniform(*_SIZES_MM), 1)
            masses.append(replace(described(kind, side=side, size_mm=size), incidental=True))
    return replace(woman, findings=tuple(masses))


def of_woman(woman: Woman, scale: Scale) -> dict[str, Any]:
    """Cut patches round the places of her masses from the images of both vendors."""
    left_out = frozenset(range(2, len(woman.findings) + 1, 2))
    rng = np.random.default_rng([woman.seed, 49])
    shifts = rng.uniform(-_JITTER_MM, _JITTER_MM, (len(woman.findings) + 1, 2, 2))
    patches: dict[str, list[np.ndarray]] = {key: [] for key in _VENDORS}
    ill: list[bool] = []
    for side in SIDES:
        for one in exposed(woman, side, scale, vendors=_VENDORS, left_out=left_out):
            patches[one.vendor.key] += _patches(one, shifts)
            if one.vendor.key == _VENDORS[0]:
                ill += [grown.number not in left_out for grown in one.grown]
    coded = {key: _coded(np.stack(found)) for key, found in patches.items()}
    return {"density": woman.density, "ill": ill, "patches": coded}


def _patches(one: Exposed, shifts: np.ndarray) -> list[np.ndarray]:
    """Cut a patch near each place, of 12 bit grey values as shown; what lies outside is air."""
    picture = as_shown(one.picture(), one.vendor.processing)
    block = round(PIXEL_MM / one.view.scale.pixel_mm)
    coarse = np.pad(binned(picture.astype(np.float32), block), SIDE)
    found = []
    for grown in one.grown:
        rows, columns, _, _ = one.view.project(grown.centre[None])
        shift = shifts[grown.number, int(one.view.name.endswith("CC"))] / PIXEL_MM
        middle = np.array([rows[0], columns[0]]) / block + shift + SIDE / 2
        top, left = np.rint(middle).astype(int).tolist()
        found.append(coarse[top : top + SIDE, left : left + SIDE])
    return found


def _coded(patches: np.ndarray) -> str:
    return base64.b64encode(np.rint(patches).astype(_SAMPLE).tobytes()).decode()


def _decoded(words: str) -> np.ndarray:
    """Give patches back, float32, shape (patches, side, side)."""
    return np.frombuffer(base64.b64decode(words), _SAMPLE).reshape(-1, SIDE, SIDE).astype(np.float32)


def rows(women: list[dict[str, Any]]) -> list[Row]:
    """Train on vendor A in folds by woman, and judge the areas under the curve."""
    if not women:
        return [not_measured("network", *words, "own", why="needs torch") for words in _WANTED]
    from .network_training import FOLDS, Areas, trained

    owner = np.repeat(np.arange(len(women)), [len(woman["ill"]) for woman in women])
    ill = np.concatenate([np.array(woman["ill"], bool) for woman in women])
    images = {key: np.concatenate([_decoded(w["patches"][key]) for w in women]) for key in _VENDORS}
    fold = owner // len(_DENSITIES) % FOLDS  # women of each density in each
    areas = Areas(trained(images["A"], images, ill, fold), ill, owner)
    return _judged(areas, np.array([woman["density"] for woman in women]))


def _judged(areas: "Areas", density: np.ndarray) -> list[Row]:
    """Judge the area, what density does to it, and what another vendor does to it."""
    whole, drop = areas.of("A"), areas.drop("A", "B")
    of_b, of_d = (areas.of("A", among=density == letter) for letter in "bd")
    about = f"{len(density)} women, {len(areas.ill)} patches"
    found = (
        (whole, f"{_told(whole)}; {about}", 0.75 <= whole[0] <= 0.95),
        (of_d, f"d {_told(of_d)}, b {_told(of_b)}", of_d[0] < of_b[0]),
        (drop, f"{_told(drop)}; B {_told(areas.of('B'))}", drop[1] > 0.0),
    )
    return [_row(*words, *outcome) for words, outcome in zip(_WANTED, found, strict=True)]


def _row(measure: str, wanted: str, area: tuple[float, float, float], value: str, holds: bool) -> Row:
    return Row(
        name="network",
        measure=measure,
        value=value,
        wanted=wanted,
        source="own",
        holds=holds,
        figures=dict(zip(("value", "low", "high"), area, strict=True)),
    )


_WANTED = (
    ("small network, masses of 3.5 to 6 mm, split by woman: area under the curve", "0.75 to 0.95"),
    ("small network: area by density", "d below b"),
    ("small network: drop from vendor A to B, grey as shown, normalised alike", "95 % interval above 0"),
)


def _told(area: tuple[float, float, float]) -> str:
    return f"{area[0]:.3f} [{area[1]:.3f}, {area[2]:.3f}]"
