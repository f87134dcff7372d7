"""What the breast is made of at a point: fat lobules between thin walls, and gland in a ragged cone.

Slow fields (where the gland ends, how the tissue is warped) are computed on a coarse grid, the guide, and
interpolated; fine ones are evaluated at every voxel, down to the wavelength that the grid can carry. The slow
ones are mostly the same on both sides, so that the two breasts of a woman look like mirror images from afar;
the fine ones are each side's own.
"""

from typing import Any

import numpy as np

from .compiled import compiled
from .noise import cell_at, octaves_at, smooth_step, value_at

GUIDE_MM = 1.6
FIELDS = (
    7  # of the guide: three displacements, depth in the cone, walls, clouds in the fat, lobes of the gland
)
_COARSEST_MM = 10.0  # of the gland's texture, across
_BOTH, _OWN = 0.9, 0.436  # of a slow field: what both sides share, and their own; squares sum to 1
_GAIN = 1.0  # equal variance in each octave: a power spectrum that falls with the third power of frequency


@compiled
def cone_depth(w: float, x: float, z: float, m: Any) -> float:
    """Depth in mm inside the smooth cone that holds the gland (negative outside)."""
    t = w / m[0]
    left = max(1.0 - t, 0.0)
    radius = m[3] * left**0.7 * smooth_step(m[8] - 0.16, m[8] + 0.30, t) + 0.06 * smooth_step(0.5, 0.9, t)
    px = (x - m[6] * left) / m[1]
    pz = (z - m[7] * left) / m[2]
    return (radius - np.sqrt(px * px + pz * pz)) * 0.5 * (m[1] + m[2])


@compiled
def _mixed(both: Any, own: Any, a: float, b: float, c: float, count: int, gain: float) -> float:
    """Slow field of one side: mostly what both sides share. Its variance is that of either."""
    shared = octaves_at(both, a, b, c, count, gain)
    return _BOTH * shared + _OWN * octaves_at(own, a, b, c, count, gain)


@compiled
def guide(out: Any, origin: Any, both: Any, own: Any, m: Any) -> None:
    """Fill the guide, float32 ``(nw, nx, nz, 7)``, GUIDE_MM apart from the origin on."""
    for i in range(out.shape[0]):
        w = origin[0] + i * GUIDE_MM
        for j in range(out.shape[1]):
            x = origin[1] + j * GUIDE_MM
            for k in range(out.shape[2]):
                z = origin[2] + k * GUIDE_MM
                dw = 5.0 * _mixed(both, own, w / 22 + 3.1, x / 22, z / 22, 1, 1.0)
                dw += 1.5 * value_at(own, w / 7 + 1.3, x / 7, z / 7)
                dx = 5.0 * _mixed(both, own, w / 22, x / 22 + 7.7, z / 22, 1, 1.0)
                dx += 1.5 * value_at(own, w / 7, x / 7 + 4.9, z / 7)
                dz = 5.0 * _mixed(both, own, w / 22, x / 22, z / 22 + 11.3, 1, 1.0)
                dz += 1.5 * value_at(own, w / 7, x / 7, z / 7 + 8.3)
                ragged = _mixed(both, own, w / 34 + 2.2, x / 26, z / 26 + 6.6, 3, 0.75)
                out[i, j, k, 0] = dw
                out[i, j, k, 1] = dx
                out[i, j, k, 2] = dz
                out[i, j, k, 3] = cone_depth(w + dw, x + dx, z + dz, m) + 19.0 * ragged
                walls = _mixed(both, own, w / 15 + 4.0, x / 15 + 3.0, z / 15, 1, 1.0)
                out[i, j, k, 4] = smooth_step(-0.25, 0.45, walls)
                out[i, j, k, 5] = _mixed(both, own, w / 24 + 1.0, x / 20 + 6.0, z / 20, 3, 0.8)
                out[i, j, k, 6] = _mixed(both, own, w / 36 + 9.0, x / 30, z / 30 + 17.0, 2, 0.6)


@compiled
def fill(fraction: Any, origin: Any, step: float, field: Any, slow: Any, m: Any) -> None:
    """Evaluate the tissue wherever a view can look: the breast's body and its axillary tail."""
    octaves = 1 + int(np.floor(np.log2(_COARSEST_MM / (1.6 * step))))
    here = np.empty(FIELDS)
    for i in range(fraction.shape[0]):
        w = origin[0] + i * step
        for j in range(fraction.shape[1]):
            x = origin[1] + j * step
            for k in range(fraction.shape[2]):
                z = origin[2] + k * step
                body = (x / m[1]) ** 2 + (z / m[2]) ** 2 + (max(w, 0.0) / m[0]) ** 2
                tail = x + z > 0.0 and w < 0.9 * m[0] and abs(x - z) < 0.6 * m[1]
                if body < 1.12 or tail:
                    _interpolated(slow, i * step / GUIDE_MM, j * step / GUIDE_MM, k * step / GUIDE_MM, here)
                    part = _tissue(field, here, w, x, z, m, step, octaves)
                    fraction[i, j, k] = np.uint8(255.0 * part + 0.5)


@compiled
def _interpolated(slow: Any, a: float, b: float, c: float, out: Any) -> None:
    """Trilinear value of all fields of the guide."""
    i = int(a)
    j = int(b)
    k = int(c)
    a -= i
    b -= j
    c -= k
    for n in range(FIELDS):
        p = slow[i, j, k, n] + c * (slow[i, j, k + 1, n] - slow[i, j, k, n])
        q = slow[i, j + 1, k, n] + c * (slow[i, j + 1, k + 1, n] - slow[i, j + 1, k, n])
        r = slow[i + 1, j, k, n] + c * (slow[i + 1, j, k + 1, n] - slow[i + 1, j, k, n])
        s = slow[i + 1, j + 1, k, n] + c * (slow[i + 1, j + 1, k + 1, n] - slow[i + 1, j + 1, k, n])
        p += b * (q - p)
        r += b * (s - r)
        out[n] = p + a * (r - p)


@compiled
def _sheet(value: float, width: float, blur: float) -> float:
    """Thin wall where a value falls to 0; `blur` widens it and keeps its volume."""
    wide = width + blur
    return (1.0 - smooth_step(0.0, wide, value)) * width / wide


@compiled
def _tissue(field: Any, here: Any, w: float, x: float, z: float, m: Any, step: float, octaves: int) -> float:
    """Glandular fraction 0..1 at a point.

    Lobules of fat, a little longer towards the nipple, each with a value of its own; between them thin walls,
    the septa and Cooper's ligaments, not everywhere. In the cone a power-law texture, drawn together towards
    the nipple, and round drops of fat that give its border a scalloped edge.
    """
    ww = w + here[0]
    xx = x + here[1]
    zz = z + here[2]
    inside = here[3]
    first, second, own = cell_at(field, ww / 13.0 + 20.0, xx / 9.0 + 31.0, zz / 9.0 + 12.0)
    width = m[10] * (0.05 + 0.03 * smooth_step(-18.0, 2.0, inside))
    walls = 0.95 * here[4] * _sheet(second - first, width, step / 10.0)
    fat = m[9] * (0.4 + 0.4 * own + 1.9 * smooth_step(-0.4, 1.6, here[5]))
    if inside < -14.0:
        return min(max(walls, fat), 1.0)
    narrow = 1.0 - 0.6 * min(max(ww / m[0], 0.0), 1.0)
    across = 1.0 / (_COARSEST_MM * narrow)
    texture = octaves_at(field, ww / 16 + 5.0, xx * across, zz * across + 1.0, octaves, _GAIN)
    drop, _, other = cell_at(field, ww / 7.0 + 3.0, xx / 5.0 + 5.0, zz / 5.0 + 7.0)
    drops = (1.0 - smooth_step(0.30, 0.55, drop)) * smooth_step(-0.1, 0.3, other)
    level = m[4] + 0.8 * texture + 1.2 * m[5] * here[6] - 1.2 * drops
    edge = smooth_step(-6.0, 6.0, inside + 6.0 * texture + 7.0 * (first - 0.45))
    return min(max(smooth_step(-0.4, 1.5, level) * edge, walls, fat), 1.0)
