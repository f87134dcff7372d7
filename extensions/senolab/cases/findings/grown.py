"""Findings grown in a breast: body, spicules, calcium and changed tissue in the breast's frame."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from senolab.cases.strands import Strands, gathered

from . import spicules
from .altered import drawn_together, made_denser
from .bodies import Body, body_of
from .calcifications import calcified
from .catalogue import kind_of
from .finding import Finding
from .grains import Grains, together
from .growth import aged, visible
from .placing import place_of, room_mm, veil_of
from .position import Position, position_of

if TYPE_CHECKING:
    from senolab.cases.anatomy import Anatomy
    from senolab.cases.views import View


class NoPlaceError(ValueError):
    """A breast has no place for a finding."""


@dataclass(frozen=True)
class Grown:
    """A finding grown in a breast, lengths in mm in the breast's frame.

    Attributes
    ----------
    number
        Its place among the woman's findings, from 1: the same at every round.
    centre
        Position (w, x, z).
    body, strands, grains
        What it consists of; `body` None and the others empty where it has none.
    altered
        The anatomy with its tissue changed, or None.
    size_mm
        Longest diameter in space: of the body, or of what the calcifications fill.
    """

    number: int
    finding: Finding
    centre: np.ndarray
    position: Position
    body: Body | None
    strands: Strands
    grains: Grains
    altered: "Anatomy | None"
    size_mm: float

    @property
    def capsuled(self) -> bool:
        """Whether it is fat in a capsule: inside it the image may be brighter, darker or the same."""
        return self.body is not None and self.body.fat != "none"

    def reach_mm(self) -> float:
        """Radius round the centre's projection that holds all of it in a view, stretching included."""
        parts = [0.5 * self.size_mm]
        if self.body is not None:
            parts.append(self.body.reach_mm())
        if len(self.strands.points):
            parts.append(float(np.linalg.norm(self.strands.points - self.centre, axis=1).max()))
        if len(self.grains.axes):
            away = np.linalg.norm(self.grains.anchors - self.centre, axis=1) * 1.3
            parts.append(float((away + np.linalg.norm(self.grains.offsets, axis=1)).max()))
        return max(parts) + 2.5


def grown_in(anatomy: "Anatomy", views: list["View"], first_views: list["View"] | None = None) -> list[Grown]:
    """Grow all findings of one side that are large enough to be seen.

    Parameters
    ----------
    views
        Both views of this side.
    first_views
        The views of her first round, and of the last that is planned, where this is one of several: places
        are chosen there, with room for what will have grown, so that they stay.

    Raises
    ------
    NoPlaceError
        When a finding has no place; one that came by chance is left out instead.
    """
    woman, found, taken = anatomy.woman, [], []
    for number, finding in enumerate(woman.findings, 1):
        if finding.side != anatomy.side:
            continue
        rng = woman.stream(f"finding {number}", anatomy.side)
        largest = aged(finding, woman.until - woman.years)
        where = first_views or views
        place = place_of(rng, largest, where[0].anatomy, where, taken)
        if place is None:
            if finding.incidental:
                continue
            raise NoPlaceError(f"no place for a {finding.kind} of {finding.size_mm:g} mm in this breast")
        taken.append((place, room_mm(largest)))
        if visible(finding):
            found.append(_grow(rng, number, finding, anatomy, place, where[0].anatomy))
    return found


def _grow(
    rng: np.random.Generator,
    number: int,
    finding: Finding,
    anatomy: "Anatomy",
    place: np.ndarray,
    at_first: "Anatomy",
) -> Grown:
    """Grow one finding at its place; calcium lies where it lay in the breast of her first round."""
    woman, side = anatomy.woman, anatomy.side
    body, strands, grains, altered, size = None, gathered([]), together([]), None, finding.size_mm
    group = kind_of(finding).group
    if group in ("mass", "lymph node"):
        body = body_of(finding, rng, woman.stream(f"surface {number}", side))
        if finding.margin == "obscured":
            body = replace(body, veil_mm=veil_of(anatomy, place, 0.5 * finding.size_mm))
        if finding.margin == "spiculated":
            strands = spicules.of_mass(rng, place, body)
    elif group == "calcifications":
        grains = calcified(rng, finding, at_first, place)
        place, size = _middle_and_size(grains)
    elif group == "architectural distortion":
        strands = spicules.of_distortion(rng, place, 0.5 * finding.size_mm)
        altered = drawn_together(anatomy, place, 0.5 * finding.size_mm)
    else:
        altered = _asymmetric(rng, finding, anatomy, place)
    if finding.kind == "oil cyst" and rng.random() < 0.4:
        shell = replace(finding, kind="rim calcification", size_mm=finding.size_mm + 0.2)
        grains = calcified(rng, shell, at_first, place)
    position = position_of(place, side, anatomy.shape.depth)
    return Grown(number, finding, place, position, body, strands, grains, altered, round(size, 2))


def _middle_and_size(grains: Grains) -> tuple[np.ndarray, float]:
    """Middle of calcifications, and the longest distance between two of them with their own size."""
    points = grains.anchors + grains.offsets
    middle = 0.5 * (points.min(0) + points.max(0))
    far = points[np.argsort(np.linalg.norm(points - middle, axis=1))[-60:]]
    across = np.linalg.norm(far[:, None] - far[None], axis=2).max()
    return middle, float(across + 2.0 * grains.axes.max())


def _asymmetric(
    rng: np.random.Generator, finding: Finding, anatomy: "Anatomy", place: np.ndarray
) -> "Anatomy":
    """Tissue of an asymmetry: a plain one is a layer along the beam of the CC view, faint in the other."""
    half = 0.5 * finding.size_mm * (np.array([0.9, 1.0, 0.8]) + 0.1 * rng.uniform(-1, 1, 3))
    level = {"focal asymmetry": 0.95, "developing asymmetry": 1.1, "global asymmetry": 0.6}.get(
        finding.kind, 0.8
    )
    if finding.kind == "asymmetry":
        half = 0.5 * finding.size_mm * np.array([0.75, 0.6, 2.0])
    texture = anatomy.woman.stream("asymmetry", anatomy.side)
    return made_denser(anatomy, place, half, level * finding.contrast, texture)
