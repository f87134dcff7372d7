"""Whether the masks are where the findings are: against the difference that each finding makes."""

from dataclasses import asdict, replace
from typing import Any

from senolab.cases.findings.agreement import mask_agreement
from senolab.cases.findings.catalogue import KINDS, described
from senolab.cases.findings.finding import Finding
from senolab.cases.scales import Scale
from senolab.cases.woman import Woman

from .rows import Row
from .running import Piece
from .women import screened

OVERLAP, CENTRE_PX = 0.9, 1.0
_TOGETHER = 3  # findings in one breast; each is compared with the others left out
_USUAL_MM = 14.0


def pieces(count: int, scale: Scale) -> list[Piece]:
    """List what is measured: all kinds once, three in a breast, and on with the next women."""
    kinds = sorted(KINDS)
    women = screened(max(count, -(-len(kinds) // _TOGETHER)), first=3000)
    found = []
    for n, woman in enumerate(women):
        hers = [kinds[(n * _TOGETHER + k) % len(kinds)] for k in range(_TOGETHER)]
        side = "R" if n % 2 else "L"
        ill = replace(woman, findings=tuple(_usual(kind, side) for kind in hers))
        found.append(Piece(f"truth-{woman.seed}", compared, (ill, scale)))
    return found


def _usual(kind: str, side: Any) -> Finding:
    """Give a kind its middling size; as if by chance, so that it is left out where it has no place."""
    least, most = KINDS[kind].sizes_mm
    return replace(described(kind, side=side, size_mm=min(max(_USUAL_MM, least), most)), incidental=True)


def compared(woman: Woman, scale: Scale) -> dict[str, Any]:
    """Compare all masks of a woman."""
    return {"found": [asdict(one) for one in mask_agreement(woman, scale)]}


def rows(women: list[dict[str, Any]]) -> list[Row]:
    """Judge the worst mask and the worst centre, and name what is below."""
    found = [one for woman in women for one in woman["found"]]
    seen = len({one["kind"] for one in found})
    about = f"{len(found)} masks of {seen} of {len(KINDS)} kinds"
    small = [one for one in found if one["overlap"] < OVERLAP]
    edged = [one for one in found if one["edge_overlap"] is not None]
    blurred = [one for one in edged if one["edge_overlap"] < OVERLAP]
    far = [one for one in found if one["centre_px"] > CENTRE_PX]
    least = min((one["overlap"] for one in found), default=0.0)
    edge = min((one["edge_overlap"] for one in edged), default=0.0)
    most = max((one["centre_px"] for one in found), default=float("inf"))
    return [
        _row(
            f"mask against difference image, {about}: least overlap (IoU)",
            _worst(f"{least:.3f}", small, "overlap"),
            f"at least {OVERLAP:g}",
            not small and bool(found),
            {"least": least, "below": small},
        ),
        _row(
            f"mask against difference image, {about}: greatest distance of centres",
            _worst(f"{most:.2f} px", far, "centre_px"),
            f"at most {CENTRE_PX:g} px in both views",
            not far and bool(found),
            {"most": most, "beyond": far},
        ),
        _row(
            f"mask against where the difference exceeds a quarter of its contrast (a tenth round a capsule),"
            f" {len(edged)} masks of masses and nodes: least overlap (IoU)",
            _worst(f"{edge:.3f}", blurred, "edge_overlap"),
            f"at least {OVERLAP:g}",
            not blurred and bool(edged),
            {"least": edge, "below": blurred},
        ),
    ]


def _worst(value: str, wanting: list[dict[str, Any]], word: str) -> str:
    """Write a value, and which findings are not as wanted."""
    if not wanting:
        return value
    wanting = sorted(wanting, key=lambda one: one[word], reverse=word == "centre_px")
    names = [f"{one['kind']} {one['view'][1:]} {one[word]:.3g}" for one in wanting]
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    return f"{value} ({', '.join(names[:4])}{more})"


def _row(measure: str, value: str, wanted: str, holds: bool, figures: dict[str, Any]) -> Row:
    return Row(
        name="truth",
        measure=measure,
        value=value,
        wanted=wanted,
        source="own",
        holds=holds,
        figures=figures,
    )
