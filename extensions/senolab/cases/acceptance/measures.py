"""All measures by their names: what each needs to have measured, and the rows it makes of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from senolab.cases.scales import Scale

from . import archive, beam, bits, cost, network, shortcut, texture, truthfit, volume
from .rows import Row
from .running import Piece

Outcomes = list[dict[str, Any]]


@dataclass(frozen=True)
class Measure:
    """One measure.

    Attributes
    ----------
    pieces
        Pieces to measure, for so many women at a scale; measures may share them.
    rows
        Makes the rows of their outcomes.
    """

    pieces: Callable[[int, Scale], list[Piece]]
    rows: Callable[[Outcomes, Scale], list[Row]]


def _nothing(*_: Any) -> list[Piece]:
    return []


MEASURES = {
    "power-law": Measure(texture.pieces, lambda found, _: texture.power_rows(found)),
    "entropy": Measure(texture.pieces, lambda found, _: texture.entropy_rows(found)),
    "density": Measure(volume.pieces, lambda found, _: volume.rows(found)),
    "layers": Measure(_nothing, lambda _found, _: beam.rows()),
    "truth": Measure(truthfit.pieces, lambda found, _: truthfit.rows(found)),
    "shortcut": Measure(shortcut.pieces, lambda found, _: shortcut.rows(found)),
    "cost": Measure(cost.pieces, lambda found, scale: cost.cost_rows(found, scale.name)),
    "objects": Measure(cost.pieces, lambda found, _: cost.object_rows(found)),
    "archive": Measure(archive.pieces, lambda found, _: archive.rows(found)),
    "bits": Measure(bits.pieces, lambda found, _: bits.rows(found)),
    "network": Measure(network.pieces, lambda found, _: network.rows(found)),
}


def pieces_of(names: list[str], count: int, scale: Scale) -> list[Piece]:
    """List all pieces that the measures need, each once."""
    found = {piece.name: piece for name in names for piece in MEASURES[name].pieces(count, scale)}
    return list(found.values())


def rows_of(names: list[str], count: int, scale: Scale, outcomes: dict[str, dict[str, Any]]) -> list[Row]:
    """Make the table's rows of what was measured."""
    rows: list[Row] = []
    for name in names:
        measure = MEASURES[name]
        rows += measure.rows([outcomes[p.name] for p in measure.pieces(count, scale)], scale)
    return rows
