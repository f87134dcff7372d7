"""Smooth random fields in space: value noise on a periodic lattice."""

from typing import Any

import numpy as np

from .compiled import compiled

PERIOD = 64  # lattice points along an axis; a power of two, so that wrapping is a mask


def lattice(rng: np.random.Generator) -> np.ndarray:
    """Draw the lattice of a field: float32 ``(64, 64, 64)``, uniform in -1..1."""
    return rng.uniform(-1.0, 1.0, (PERIOD, PERIOD, PERIOD)).astype(np.float32)


@compiled
def value_at(field: Any, a: float, b: float, c: float) -> float:
    """Value of the field at lattice coordinates; smooth (C1), in -1..1.

    Value noise with cubic fades (Perlin 1985, doi 10.1145/325165.325247). The lattice is turned
    against the axes, since rays along an axis would show its planes.
    """
    turned = 0.36 * a + 0.48 * b - 0.80 * c
    middle = -0.80 * a + 0.60 * b
    c = 0.48 * a + 0.64 * b + 0.60 * c
    a = turned
    b = middle
    i = int(np.floor(a))
    j = int(np.floor(b))
    k = int(np.floor(c))
    fa = a - i
    fb = b - j
    fc = c - k
    fa = fa * fa * (3.0 - 2.0 * fa)
    fb = fb * fb * (3.0 - 2.0 * fb)
    fc = fc * fc * (3.0 - 2.0 * fc)
    i0 = i & 63
    j0 = j & 63
    k0 = k & 63
    i1 = (i + 1) & 63
    j1 = (j + 1) & 63
    k1 = (k + 1) & 63
    p00 = field[i0, j0, k0] + fc * (field[i0, j0, k1] - field[i0, j0, k0])
    p01 = field[i0, j1, k0] + fc * (field[i0, j1, k1] - field[i0, j1, k0])
    p10 = field[i1, j0, k0] + fc * (field[i1, j0, k1] - field[i1, j0, k0])
    p11 = field[i1, j1, k0] + fc * (field[i1, j1, k1] - field[i1, j1, k0])
    p0 = p00 + fb * (p01 - p00)
    p1 = p10 + fb * (p11 - p10)
    return p0 + fa * (p1 - p0)


@compiled
def octaves_at(field: Any, a: float, b: float, c: float, count: int, gain: float) -> float:
    """Sum of octaves, each of half the wavelength and `gain` times the height of the one before.

    A gain of 1 gives equal variance per octave, hence a power spectrum falling with the third
    power of frequency in three dimensions, which is what a mammogram shows (beta about 3.2:
    Chen 2012, doi 10.1118/1.3685462).
    """
    total = 0.0
    height = 1.0
    for n in range(count):
        total += height * value_at(field, a + 13.7 * n, b + 5.3 * n, c + 29.1 * n)
        a *= 2.0
        b *= 2.0
        c *= 2.0
        height *= gain
    return total


@compiled
def cell_at(field: Any, a: float, b: float, c: float) -> tuple[float, float, float]:
    """Distances from the two nearest of scattered points, one in each unit cube, and the nearest one's value.

    Cellular noise (Worley 1996, doi 10.1145/237170.237267). The points' places and values are read from the
    lattice; the value is uniform in -1..1. The difference of the distances is 0 on the walls between cells.
    """
    i = int(np.floor(a))
    j = int(np.floor(b))
    k = int(np.floor(c))
    first = 1e9
    second = 1e9
    value = 0.0
    for di in range(-1, 2):
        for dj in range(-1, 2):
            for dk in range(-1, 2):
                ii = (i + di) & 63
                jj = (j + dj) & 63
                kk = (k + dk) & 63
                da = i + di + 0.5 + 0.45 * field[ii, jj, kk] - a
                db = j + dj + 0.5 + 0.45 * field[kk, (ii + 31) & 63, jj] - b
                dc = k + dk + 0.5 + 0.45 * field[jj, kk, (ii + 17) & 63] - c
                away = da * da + db * db + dc * dc
                if away < first:
                    second = first
                    first = away
                    value = field[(ii + 7) & 63, kk, (jj + 41) & 63]
                elif away < second:
                    second = away
    return np.sqrt(first), np.sqrt(second), value


@compiled
def smooth_step(low: float, high: float, x: float) -> float:
    """0 below `low`, 1 above `high`, smooth between."""
    t = (x - low) / (high - low)
    t = min(max(t, 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)
