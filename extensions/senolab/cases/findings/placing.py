"""Where a finding can lie, so that both views show it: in the gland or the fat, in the skin, up and out."""

import math
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from senolab.cases.views import inner_thickness

from .calcifications import depth_in_gland, in_skin
from .catalogue import kind_of
from .finding import Finding

if TYPE_CHECKING:
    from senolab.cases.anatomy import Anatomy
    from senolab.cases.views import View

_TRIES, _CALM_TRIES = 3000, 2000
_APART_MM = 4.0  # between the edges of two findings
_OFFERS = 40  # places of which an obscured mass takes the one where most tissue hides it

# kind -> depth in the gland's cone (mm, negative outside), and room in (w, x, z) as parts of the breast
_GLAND = ((-9.0, 12.0), (0.25, 0.82), (-0.6, 0.75), (-0.6, 0.75))
_FAT = ((-30.0, -2.0), (0.2, 0.8), (-0.7, 0.75), (-0.7, 0.75))
_ROOM = {
    "obscured mass": ((5.0, 40.0), (0.25, 0.82), (-0.6, 0.75), (-0.6, 0.75)),
    "oil cyst": _FAT,
    "rim calcification": _FAT,
    "lipoma": _FAT,
    "lymph node": ((-60.0, -1.0), (0.1, 0.6), (0.2, 0.85), (0.1, 0.8)),
    "skin calcifications": ((-200.0, 200.0), (0.15, 0.75), (-0.7, 0.4), (-0.8, 0.5)),
    "global asymmetry": ((4.0, 60.0), (0.3, 0.65), (-0.1, 0.5), (-0.2, 0.5)),
}


def place_of(
    rng: np.random.Generator,
    finding: Finding,
    anatomy: "Anatomy",
    views: list["View"],
    taken: list[tuple[np.ndarray, float]],
) -> np.ndarray | None:
    """Find a place (w, x, z) that all views show, apart from what is there already; None when there is none.

    Parameters
    ----------
    taken
        Centre and radius of the findings placed before.
    """
    offers = _places(rng, finding, anatomy, views, taken)
    if finding.margin != "obscured":
        return next(offers, None)
    best = sorted(islice(offers, _OFFERS), key=lambda at: -max(_hiding(anatomy, at, 0.5 * finding.size_mm)))
    return best[0] if best else None


def _places(
    rng: np.random.Generator,
    finding: Finding,
    anatomy: "Anatomy",
    views: list["View"],
    taken: list[tuple[np.ndarray, float]],
) -> Iterator[np.ndarray]:
    """Yield places as `place_of` looks for them, each drawn anew."""
    (low, high), *room = _ROOM.get(finding.kind, _GLAND)
    shape = anatomy.shape
    whole = np.array([shape.depth, shape.half_width, shape.half_height])
    radius = room_mm(finding)
    for attempt in range(_TRIES):
        place = whole * [rng.uniform(*ends) for ends in room]
        slack = 0.0 if attempt < _CALM_TRIES else 11.0
        if not low - slack < depth_in_gland(anatomy, *place) < high + slack:
            continue
        if any(np.linalg.norm(place - other) < radius + far + _APART_MM for other, far in taken):
            continue
        if finding.kind == "skin calcifications":
            place = in_skin(anatomy, place)
            if all(_inside(view, place) for view in views):
                yield place
        elif all(_shows(view, place, radius + 6.0) for view in views):
            yield place


def veil_of(anatomy: "Anatomy", place: np.ndarray, radius: float) -> float:
    """Width of an obscured margin where most tissue adjoins, mm; negative on the side of the chest wall."""
    nipple, chest = _hiding(anatomy, place, radius)
    return math.copysign(min(6.0, 0.8 * radius), nipple - chest)


def _hiding(anatomy: "Anatomy", place: np.ndarray, radius: float) -> tuple[float, float]:
    """Mean glandular fraction (0 to 255) that adjoins a ball towards the nipple, and towards the chest."""
    offset = np.arange(-1.6 * radius, 1.6 * radius + 0.5, 1.0)
    w, x, z = np.meshgrid(offset, offset, offset, indexing="ij")
    away = np.sqrt(w**2 + x**2 + z**2)
    shell = (away > radius) & (away < 1.6 * radius) & (np.abs(w) > 0.4 * away)
    at = np.rint(
        (place + np.column_stack([w[shell], x[shell], z[shell]]) - anatomy.origin) / anatomy.voxel_mm
    )
    i, j, k = np.clip(at.astype(int), 0, np.array(anatomy.fraction.shape) - 1).T
    found, front = anatomy.fraction[i, j, k].astype(float), w[shell] > 0.0
    return float(found[front].mean()), float(found[~front].mean())


def room_mm(finding: Finding) -> float:
    """Radius of the room that a finding needs; of what follows ducts or fills the gland only the middle."""
    spread = finding.distribution in ("diffuse", "regional", "segmental", "linear")
    if spread or finding.kind == "global asymmetry":
        return 4.0
    grown = 12.0 if finding.doubling_days is not None else 0.0  # a place where it can grow
    return 0.5 * max(finding.size_mm, grown) * (0.6 if kind_of(finding).group == "asymmetry" else 1.0)


def _inside(view: "View", place: np.ndarray) -> bool:
    """Whether a place lies inside the picture."""
    rows, columns, _, distance = (float(a[0]) for a in view.project(place[None]))
    edge = 10.0 / view.scale.pixel_mm
    return edge < rows < view.scale.rows - edge and 0.4 * edge < columns and distance > 1.5


def _shows(view: "View", place: np.ndarray, margin: float) -> bool:
    """Whether a view shows the place well: tissue all round, no muscle over it, inside the picture."""
    rows, columns, beam, distance = (float(a[0]) for a in view.project(place[None]))
    scale = view.scale
    edge = margin / scale.pixel_mm
    if not (edge < rows < scale.rows - edge and edge < columns < scale.columns - edge):
        return False
    v = view.v_top - (rows + 0.5) * scale.pixel_mm
    w = view.w_left + (columns + 0.5) * scale.pixel_mm
    thick = float(inner_thickness(np.array(distance), view.thickness_mm))
    clear = float(view.muscle_at(np.array(v), np.array(w - margin))) == 0.0
    return distance > margin + 4.0 and abs(beam) < 0.5 * thick - 0.3 * margin and clear
