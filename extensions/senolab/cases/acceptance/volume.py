"""How much of a breast is gland, by volume, for each of the four BI-RADS densities."""

from itertools import pairwise
from typing import Any

import numpy as np

from senolab.cases.anatomy import anatomy_of
from senolab.cases.enlarging import enlarged
from senolab.cases.imaging import both_views, paths_of
from senolab.cases.scales import Scale
from senolab.cases.woman import DENSITIES, Woman

from .rows import Row
from .running import Piece
from .women import no_finer_than, woman_of

LEAST_WOMEN = 4  # of each density


def pieces(count: int, scale: Scale) -> list[Piece]:
    """List what is measured: half as many women of each density; volumes need no finer grid than binder's."""
    each = max(LEAST_WOMEN, count // 2)
    women = [woman_of(2000 + n, density) for density in DENSITIES for n in range(each)]
    coarse = no_finer_than(scale, "binder")
    return [Piece(f"volume-{w.density}{w.seed}", of_woman, (w, coarse)) for w in women]


def of_woman(woman: Woman, scale: Scale) -> dict[str, Any]:
    """Measure gland in tissue under the skin in both views of her left breast, where no muscle is."""
    found: dict[str, Any] = {"density": woman.density}
    for view in both_views(anatomy_of(woman, "L", scale.voxel_mm), scale):
        distance = enlarged(view.distance, scale.rows, view.used_columns)
        breast = enlarged(view.muscle, scale.rows, view.used_columns) <= 0.0
        paths, _ = paths_of(view, [], distance)
        gland = float(paths.gland[breast].sum(dtype=np.float64))
        found[view.name[1:]] = gland / (gland + float(paths.adipose[breast].sum(dtype=np.float64)))
    return found


def rows(women: list[dict[str, Any]]) -> list[Row]:
    """Judge that medians rise and that the middle halves of neighbouring densities do not overlap."""
    parts = {
        density: [100 * (w["CC"] + w["MLO"]) / 2 for w in women if w["density"] == density]
        for density in DENSITIES
    }
    quartiles = {density: np.quantile(part, [0.25, 0.5, 0.75]).tolist() for density, part in parts.items()}
    medians = [q[1] for q in quartiles.values()]
    apart = all(one[2] < other[0] for one, other in pairwise(quartiles.values()))
    words = [f"{d} {q[1]:.1f} ({q[0]:.1f} to {q[2]:.1f})" for d, q in quartiles.items()]
    each = min(len(part) for part in parts.values())
    return [
        Row(
            name="density",
            measure=f"volumetric density in %, {each} women each: median (quartiles)",
            value=", ".join(words),
            wanted="medians rise, quartiles do not overlap",
            source="own; no published range is at hand",
            holds=apart and medians == sorted(medians),
            figures={"quartiles": quartiles, "each": parts},
        )
    ]
