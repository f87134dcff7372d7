"""Bodies of masses and lymph nodes: stiff solids whose surface is drawn as a radius in each direction."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from senolab.cases.compiled import compiled
from senolab.cases.enlarging import enlarged
from senolab.cases.noise import lattice, octaves_at, smooth_step

from .finding import Finding
from .grains import stiff, turns_at_random

if TYPE_CHECKING:
    from senolab.cases.views import View

# Gland-like path per mm of body. Cancer attenuates somewhat more than gland (Johns and Yaffe 1987,
# doi 10.1088/0031-9155/32/6/002): a dense mass counts 1.15.
_LEVELS = {"high": 1.15, "equal": 1.0, "low": 0.6, "fat-containing": 0.9}
_CAPSULE_MM = 0.32


@dataclass(frozen=True)
class Body:
    """One solid round the finding's centre, in the breast's frame.

    Attributes
    ----------
    radius_mm
        Radius that the rest modulates.
    axes, turn
        Relative half axes and their directions.
    roughness, waves
        Height and angular frequency of the surface's irregularity: a Gaussian-random-sphere-like mass
        (de Sisternes 2015, doi 10.1118/1.4905232).
    lobes
        Angular frequency of small bulges; 0 for none.
    soft_mm
        Width of the margin.
    veil_mm
        How much wider it is where tissue hides it: towards the nipple, or, if negative, the chest.
    level
        Gland-like path per mm.
    fat
        ``none``, ``filled`` (inside a capsule) or ``mixed``.
    hilum
        Middle (relative to the radius) and relative radius of the fatty hilum; radius 0 for none.
    """

    radius_mm: float
    axes: np.ndarray
    turn: np.ndarray
    roughness: float
    waves: float
    lobes: float
    soft_mm: float
    level: float
    fat: str
    hilum: np.ndarray
    field: np.ndarray
    veil_mm: float = 0.0

    def _form(self) -> np.ndarray:
        """Numbers that the loops read."""
        fat = ("none", "filled", "mixed").index(self.fat)
        numbers = [self.radius_mm, self.roughness, self.waves, self.lobes, self.soft_mm, fat, _CAPSULE_MM]
        return np.array([*numbers, *self.axes, *self.hilum, *self.turn.ravel(), self.veil_mm])

    def reach_mm(self) -> float:
        """Radius of a ball that holds the body."""
        return float(self._radii().max()) + self.soft_mm + 0.5 * abs(self.veil_mm)

    def _radii(self) -> np.ndarray:
        """Radius in 2 x 600 directions, opposite ones 600 apart."""
        count = 600
        n = np.arange(count) + 0.5
        z, turn = 1.0 - n / count, np.pi * (1.0 + 5.0**0.5) * n
        half = np.column_stack([np.sqrt(1 - z**2) * np.cos(turn), np.sqrt(1 - z**2) * np.sin(turn), z])
        return _edges(np.concatenate([half, -half]), self._form(), self.field)

    def sized(self, diameter: float) -> "Body":
        """Scale the body so that its longest diameter through the centre is so many mm."""
        body = self
        for _ in range(4):  # bulges keep their height, so that the size is no plain factor
            radii = body._radii()
            longest = float((radii[: len(radii) // 2] + radii[len(radii) // 2 :]).max())
            body = replace(body, radius_mm=body.radius_mm * diameter / longest)
        return body

    def paths(
        self, view: "View", size: tuple[int, int], row: float, column: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Path through the body, and through fat inside it, in mm for each pixel of a window.

        Parameters
        ----------
        size
            Of the window.
        row, column
            Place of the centre in the window.
        """
        pixel = view.scale.pixel_mm
        step = max(pixel, min(0.14, 0.05 * self.radius_mm))
        shape = tuple(max(4, round(n * pixel / step)) for n in size)
        v = (row + 0.5) * pixel - (np.arange(shape[0]) + 0.5) * (size[0] * pixel / shape[0])
        w = (np.arange(shape[1]) + 0.5) * (size[1] * pixel / shape[1]) - (column + 0.5) * pixel
        whole, fat = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        _chords(whole, fat, v, w, view.up, view.beam, self._form(), self.field, self.reach_mm())
        return tuple(np.maximum(enlarged(path, *size), 0.0) for path in (whole, fat))  # type: ignore[return-value]


def body_of(finding: Finding, rng: np.random.Generator, field_rng: np.random.Generator) -> Body:
    """Draw the body of a mass or a node; its chances do not depend on its size."""
    turn = turns_at_random(rng, 1)[0]
    chance = rng.uniform(-1, 1, 3)
    axes = {
        "oval": np.array([1.0, 0.78, 0.66]) * (1.0 + 0.06 * chance),
        "round": 1.0 + 0.04 * chance,
        "irregular": 1.0 + 0.18 * chance,
        "reniform": np.array([1.0, 0.62, 0.66]) * (1.0 + 0.05 * chance),
    }[finding.shape]
    rough, waves, lobes, soft = {
        "circumscribed": (0.05, 0.7, 0.0, 0.3),
        "obscured": (0.06, 0.8, 0.0, 0.6),
        "microlobulated": (0.05, 0.8, 1.0, 0.4),
        "indistinct": (0.22, 1.0, 0.0, 3.0),
        "spiculated": (0.30, 1.2, 0.0, 0.9),
    }[finding.margin]
    if finding.shape == "irregular":
        rough, waves = 0.5, 1.4
    hilum = np.zeros(4)
    if finding.shape == "reniform":
        turn = _towards_chest(rng)
        hilum = np.array([0.12 * chance[0], 0.60, 0.0, 0.50])
    radius = 0.5 * finding.size_mm
    body = Body(
        radius,
        axes,
        turn,
        rough,
        waves,
        lobes * max(1.5, radius / 1.9),
        min(soft, 0.5 * radius),
        _LEVELS[finding.density],
        {"oil cyst": "filled", "lipoma": "filled", "hamartoma": "mixed"}.get(finding.kind, "none"),
        hilum,
        lattice(field_rng),
    )
    return body.sized(finding.size_mm)


def _towards_chest(rng: np.random.Generator) -> np.ndarray:
    """Directions of a node: its hilum (second axis) looks to the chest wall, so that both views show it."""
    second = np.array([-1.0, *rng.normal(0, 0.3, 2)])
    second /= np.linalg.norm(second)
    first = np.cross(second, np.array([0.0, *rng.standard_normal(2)]))
    first /= np.linalg.norm(first)
    return np.stack([first, second, np.cross(first, second)])


def window_of(view: "View", row: float, column: float, half_mm: float) -> tuple[int, int, tuple[int, int]]:
    """Top, left and size of a window round a place, inside the part of the image that is used."""
    half = int(half_mm / view.scale.pixel_mm) + 2
    top, left = max(0, int(row) - half), max(0, int(column) - half)
    bottom = min(view.scale.rows, int(row) + half)
    right = min(view.used_columns, int(column) + half)
    return top, left, (bottom - top, right - left)


def unstretched(offsets: np.ndarray, view: "View") -> np.ndarray:
    """Offsets in the breast's frame that the view's stretching turns into the given ones."""
    v, w, u = stiff(offsets, view)
    v = v / view.stretch_v
    x, z = v * view.up[0] + u * view.beam[0], v * view.up[1] + u * view.beam[1]
    return np.column_stack([w / view.stretch_w, x, z])


@compiled
def _nearest(field: Any, a: float, b: float, c: float) -> float:
    """Distance from the nearest of scattered points (Worley 1996, doi 10.1145/237170.237267)."""
    i, j, k = int(np.floor(a)), int(np.floor(b)), int(np.floor(c))
    least = 1e9
    for di in range(-1, 2):
        for dj in range(-1, 2):
            for dk in range(-1, 2):
                ii, jj, kk = (i + di) & 63, (j + dj) & 63, (k + dk) & 63
                da = i + di + 0.5 + 0.4 * field[ii, jj, kk] - a
                db = j + dj + 0.5 + 0.4 * field[kk, (ii + 31) & 63, jj] - b
                dc = k + dk + 0.5 + 0.4 * field[jj, kk, (ii + 17) & 63] - c
                least = min(least, da * da + db * db + dc * dc)
    return np.sqrt(least)


@compiled
def _edge(field: Any, a: float, b: float, c: float, form: Any) -> float:
    """Radius of the body in a direction (of length 1), mm."""
    p = form[14] * a + form[15] * b + form[16] * c
    q = form[17] * a + form[18] * b + form[19] * c
    r = form[20] * a + form[21] * b + form[22] * c
    long = max(np.sqrt((p / form[7]) ** 2 + (q / form[8]) ** 2 + (r / form[9]) ** 2), 1e-9)  # the very centre
    wave = octaves_at(field, p * form[2] + 20.0, q * form[2] + 20.0, r * form[2] + 20.0, 3, 0.55)
    edge = form[0] * (1.0 + form[1] * wave) / long
    if form[3] > 0.0:  # round bulges with sharp furrows between them
        first = _nearest(field, p * form[3] + 40.0, q * form[3] + 40.0, r * form[3] + 40.0)
        edge += 1.9 * (0.45 - first * first) * min(1.0, form[0] / 4.0)
    return edge


@compiled
def _veil(field: Any, a: float, b: float, c: float, veil: float) -> float:
    """How much wider the margin is in a direction, mm: on one side, with a ragged end."""
    if veil == 0.0:
        return 0.0
    ragged = octaves_at(field, 1.6 * a + 60.0, 1.6 * b + 60.0, 1.6 * c + 60.0, 2, 0.7)
    return abs(veil) * smooth_step(-0.35, 0.35, (a if veil > 0.0 else -a) + 0.4 * ragged)


@compiled
def _edges(directions: Any, form: Any, field: Any) -> Any:
    """Radius in each of ``(n, 3)`` directions."""
    out = np.empty(directions.shape[0])
    for n in range(directions.shape[0]):
        out[n] = _edge(field, directions[n, 0], directions[n, 1], directions[n, 2], form)
    return out


@compiled
def _fat(field: Any, w: float, x: float, z: float, inside: float, form: Any) -> float:
    """Part of a point inside the body that is fat, 0 to 1."""
    if form[5] > 0.5:
        fat = min(max((inside - form[6]) / 0.2 + 0.5, 0.0), 1.0)
        if form[5] > 1.5:
            fat *= min(max(0.5 + 1.6 * octaves_at(field, w / 9 + 7.0, x / 9 + 3.0, z / 9, 3, 0.8), 0.0), 1.0)
        return fat
    if form[13] > 0.0:
        p = (form[14] * w + form[15] * x + form[16] * z) / form[0] - form[10]
        q = (form[17] * w + form[18] * x + form[19] * z) / form[0] - form[11]
        r = (form[20] * w + form[21] * x + form[22] * z) / form[0] - form[12]
        away = form[13] - np.sqrt(p * p + q * q + r * r)
        return min(max(away * form[0] / 0.5 + 0.5, 0.0), 1.0)
    return 0.0


@compiled
def _chords(
    whole: Any, fat: Any, v: Any, w: Any, up: Any, beam: Any, form: Any, field: Any, reach: float
) -> None:
    """Integrate the body, and the fat in it, along the beam."""
    count = int(2.0 * reach / min(0.25, 0.06 * form[0])) + 1
    pace = 2.0 * reach / count
    for i in range(whole.shape[0]):
        for j in range(whole.shape[1]):
            if v[i] * v[i] + w[j] * w[j] > reach * reach:
                continue
            total = 0.0
            lucent = 0.0
            for s in range(count):
                u = -reach + (s + 0.5) * pace
                x = v[i] * up[0] + u * beam[0]
                z = v[i] * up[1] + u * beam[1]
                r = np.sqrt(w[j] * w[j] + x * x + z * z) + 1e-6
                if r > reach:
                    continue
                inside = _edge(field, w[j] / r, x / r, z / r, form) - r
                soft = form[4] + _veil(field, w[j] / r, x / r, z / r, form[23])
                part = min(max(inside / soft + 0.5, 0.0), 1.0)
                if part > 0.0:
                    total += part
                    lucent += part * _fat(field, w[j], x, z, inside, form)
            whole[i, j] = total * pace
            fat[i, j] = lucent * pace
