"""The truth about an exam put together from what its images show, and written as one tidy table."""

import csv
import io
from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING

from .findings.catalogue import category_of, kind_of
from .positioning import Placement
from .truth import FindingTruth, Truth
from .woman import Woman

if TYPE_CHECKING:
    from .imaging import Seen

_EXAM = ("exam", "exam_outcome", "breast_density", "age", "patient", "round")
_LEFT_OUT = ("views", "label")
_VIEW = ("view", "view_x_mm", "view_y_mm", "view_radius_mm", "view_size_mm")


def finding_id(number: int) -> str:
    """Name of a woman's finding, the same in all views and at every round."""
    return f"finding-{number}"


def truth_of(
    woman: Woman,
    seen: Sequence["Seen"],
    placements: Sequence[Placement] = (),
    *,
    patient: str = "",
    round_: int = 1,
) -> Truth:
    """Write down what is known of a woman, where her images show it, and how her breasts lie in them."""
    numbers = sorted({one.number for one in seen})
    findings = tuple(_finding([one for one in seen if one.number == number]) for number in numbers)
    age, laid = woman.completed_years, tuple(placements)
    return Truth(_outcome(findings), woman.density, age, findings, laid, patient, round_)


def _outcome(findings: Sequence[FindingTruth]) -> str:
    """Outcome of the exam: that of the worst finding that calls for recall."""
    outcomes = {finding.outcome for finding in findings if finding.recalled or finding.outcome == "cancer"}
    return "cancer" if "cancer" in outcomes else "benign" if outcomes else "normal"


def _finding(seen: Sequence["Seen"]) -> FindingTruth:
    """Truth of one finding from its views."""
    one, finding, place = seen[0], seen[0].finding, seen[0].position
    row = kind_of(finding)
    return FindingTruth(
        finding_id(one.number),
        finding.kind,
        row.label,
        category_of(finding),
        one.size_mm,
        finding.side,
        tuple(view.view for view in seen),
        group=row.group,
        shape=finding.shape,
        margin=finding.margin,
        density=finding.density,
        morphology=row.morphology,
        distribution=finding.distribution,
        asymmetry=row.asymmetry,
        outcome=finding.outcome,
        pathology=row.pathology if finding.outcome == row.outcome else "",
        detection=finding.detection,
        clock=place.clock,
        depth=place.depth,
        quadrant=place.quadrant,
        nipple_mm=place.nipple_mm,
        incidental=finding.incidental,
    )


def table_of(exam: str, truth: Truth) -> str:
    """Write the truth as a table: one row per finding and view, one row for an exam without any."""
    words = [field.name for field in fields(FindingTruth) if field.name not in _LEFT_OUT]
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow([*_EXAM, *words, *_VIEW])
    common = [exam, truth.outcome, truth.density, truth.age, truth.patient, truth.round]
    for finding in truth.findings:
        what = [getattr(finding, word) for word in words]
        for view in finding.views:
            rows.writerow([*common, *what, view.view, view.x_mm, view.y_mm, view.radius_mm, view.size_mm])
    if not truth.findings:
        rows.writerow([*common, *[""] * (len(words) + len(_VIEW))])
    return text.getvalue()
