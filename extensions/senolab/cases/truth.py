"""The truth about an exam: kept apart from its images, read only by a scorer and a reveal."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from senolab.words import gettext, marked, number

from .findings.catalogue import RECALLED
from .findings.outline import longest_diameter, outline_of
from .positioning import Placement


@dataclass(frozen=True)
class FindingView:
    """One finding in one view; mm from the left and top edge of the stored matrix.

    Attributes
    ----------
    x_mm, y_mm
        Centre of the mask.
    radius_mm
        Radius of a circle round the centre that holds the outline.
    outline_mm
        Closed polygon as ``((x, y), ...)`` without the repeated first point.
    size_mm
        Longest diameter of the outline; 0 in truth made before it was told.
    """

    view: str
    x_mm: float
    y_mm: float
    radius_mm: float
    outline_mm: tuple[tuple[float, float], ...]
    size_mm: float = 0.0


@dataclass(frozen=True)
class FindingTruth:
    """One finding: the same `id` in all its views, BI-RADS words as in `findings.catalogue`.

    Attributes
    ----------
    category
        BI-RADS category that it warrants by itself, or was given; empty where none is known.
    outcome, pathology
        What histology would tell; empty where that is not known of it alone.
    detection
        ``screen``, ``interval`` or empty.
    size_mm
        Longest diameter in space; None where it is not known.
    views
        Where images show it; none where its place is not known.
    clock, depth, quadrant, nipple_mm
        Where it lies (`findings.position.Position`).
    incidental
        Whether it came by chance.
    """

    id: str
    kind: str
    label: str
    category: str
    size_mm: float | None
    side: str
    views: tuple[FindingView, ...]
    group: str = ""
    shape: str = ""
    margin: str = ""
    density: str = ""
    morphology: str = ""
    distribution: str = ""
    asymmetry: str = ""
    outcome: str = ""
    pathology: str = ""
    detection: str = ""
    clock: int = 0
    depth: str = ""
    quadrant: str = ""
    nipple_mm: float = 0.0
    incidental: bool = False

    @property
    def recalled(self) -> bool:
        """Whether a reader should recall for it: not said to be typically benign or negative."""
        return self.category in ("", *RECALLED)


_ALONE = {
    "cancer": marked("Cancer. Its place is not stated."),
    "benign": marked("A benign finding. Its place is not stated."),
    "normal": marked("Normal: there is nothing to find in this exam."),
    "no cancer": marked("No cancer was found in this woman."),
    "unknown": marked("What became of this exam is not known."),
}
_SENTENCES = {
    ("cancer", "R"): marked("Cancer in the right breast: %(what)s."),
    ("cancer", "L"): marked("Cancer in the left breast: %(what)s."),
    ("benign", "R"): marked("Benign finding in the right breast: %(what)s."),
    ("benign", "L"): marked("Benign finding in the left breast: %(what)s."),
    ("typically benign", "R"): marked(
        "Typically benign, no reason for recall, in the right breast: %(what)s."
    ),
    ("typically benign", "L"): marked(
        "Typically benign, no reason for recall, in the left breast: %(what)s."
    ),
    ("unknown", "R"): marked("A finding in the right breast: %(what)s."),
    ("unknown", "L"): marked("A finding in the left breast: %(what)s."),
}


@dataclass(frozen=True)
class Truth:
    """What is known of an exam.

    Attributes
    ----------
    outcome
        ``cancer``; ``benign`` when something had to be recalled for that turned out so; else ``normal``. Of
        imported exams also ``no cancer`` or ``unknown``.
    findings
        What the images show, typically benign things included.
    placements
        How the breasts lie, view by view, where it was measured.
    patient, round
        Who she is at all her rounds, as the headers name her, and which of them this is; findings keep their
        ids. Empty in truth made before women had rounds.
    """

    outcome: str
    density: str | None
    age: int | None
    findings: tuple[FindingTruth, ...]
    placements: tuple[Placement, ...] = ()
    patient: str = ""
    round: int = 1

    @property
    def lesions(self) -> tuple[FindingTruth, ...]:
        """Findings that a reader should recall for."""
        return tuple(finding for finding in self.findings if finding.recalled)

    def places(self) -> list[dict[str, Any]]:
        """List the findings as a reveal shows them: one per finding and view."""
        return [
            {**_place(finding, view), "label": gettext(finding.label)}
            for finding in self.findings
            for view in finding.views
        ]

    def targets(self) -> list[dict[str, Any]]:
        """List the lesions as the key of a mark question holds them: one per lesion and view."""
        return [
            {**_place(lesion, view), "radius_mm": view.radius_mm}
            for lesion in self.lesions
            for view in lesion.views
        ]

    def reveal(self, prompt: dict[str, Any]) -> dict[str, Any]:
        """Give everything a learner may see after committing."""
        return {
            "outcome": self.outcome,
            "sentence": self.sentence(),
            "findings": self.places(),
            "prompt": prompt,
        }

    def sentence(self) -> str:
        """Say in the served language what there was to find."""
        if not self.findings:
            return gettext(_ALONE[self.outcome])
        told = [_sentence(finding, self.outcome) for finding in self.findings]
        if self.outcome in ("no cancer", "unknown"):
            return " ".join([*told, gettext(_ALONE[self.outcome])])
        normal = [] if self.lesions else [gettext("Normal: there is nothing to recall for in this exam.")]
        return " ".join(normal + told)

    def to_json(self) -> str:
        """Text that `from_json` reads back, the same for equal truths."""
        return json.dumps(asdict(self), indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "Truth":
        """Read what `to_json` wrote; a ValueError with a sentence when it is something else."""
        try:
            found = json.loads(text)
            found.pop("sentence", None)  # truth made before the campus spoke languages
            earlier = found.pop("lesions", None)  # truth made before women had several findings
            entries = found.pop("findings", earlier)
            laid = tuple(Placement(**entry) for entry in found.pop("placements", ()))
            return cls(**found, findings=tuple(_finding(entry) for entry in entries), placements=laid)
        except (TypeError, KeyError, AttributeError, json.JSONDecodeError) as fault:
            raise ValueError(f"this is no truth table of an exam: {fault}") from fault


def _sentence(finding: FindingTruth, exam: str) -> str:
    """Say in the served language what one finding is; of the exam's outcome where its own is not known."""
    what = finding.outcome or exam
    if not finding.recalled:
        what = "typically benign"
    elif what not in ("cancer", "benign"):
        what = "unknown"
    label = gettext(finding.label)
    if finding.size_mm is not None and what != "typically benign":
        label = gettext("%(label)s, %(size)s mm", label=label, size=number(finding.size_mm, 0))
    return gettext(_SENTENCES[what, finding.side], what=label)


def _place(finding: FindingTruth, view: FindingView) -> dict[str, Any]:
    return {
        "id": finding.id,
        "view": view.view,
        "x_mm": view.x_mm,
        "y_mm": view.y_mm,
        "outline_mm": [list(point) for point in view.outline_mm],
    }


def _finding(entry: dict[str, Any]) -> FindingTruth:
    """One finding from its JSON form."""
    views = tuple(
        FindingView(**{**view, "outline_mm": tuple((x, y) for x, y in view["outline_mm"])})
        for view in entry["views"]
    )
    return FindingTruth(**{**entry, "views": views})


def read_truth(path: Path) -> Truth:
    """Read a truth file; a ValueError names it when it is damaged."""
    try:
        return Truth.from_json(path.read_text("utf-8"))
    except ValueError as fault:
        raise ValueError(f"{path}: {fault}; make the exam again") from fault


def finding_view(view: str, mask: np.ndarray, pixel_mm: float) -> FindingView:
    """Measure a finding's mask: centre, outline of its largest part, and the circle that holds that."""
    rows, columns = np.nonzero(mask)
    y, x = float(rows.mean()), float(columns.mean())
    points = outline_of(mask)
    far = float(np.hypot(points[:, 0] - y, points[:, 1] - x).max())
    return FindingView(
        view,
        round(x * pixel_mm, 3),
        round(y * pixel_mm, 3),
        round(far * pixel_mm, 3),
        tuple((round(c * pixel_mm, 3), round(r * pixel_mm, 3)) for r, c in points.tolist()),
        round(longest_diameter(points) * pixel_mm, 2),
    )
