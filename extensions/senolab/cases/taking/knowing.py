"""What a data set says of an exam, in the form of the library's truth; what it does not say stays unknown."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from senolab.cases.truth import FindingTruth, FindingView, Truth
from senolab.words import marked

from .dataset import DataSet, Facts, Finding

_WORST = ("cancer", "benign", "no cancer", "normal")
LABELS = {
    "mass": marked("Mass"),
    "calcifications": marked("Calcifications"),
    "architectural distortion": marked("Architectural distortion"),
    "asymmetry": marked("Asymmetry"),
    "focal asymmetry": marked("Focal asymmetry"),
    "global asymmetry": marked("Global asymmetry"),
    "skin thickening": marked("Skin thickening"),
    "skin retraction": marked("Skin retraction"),
    "nipple retraction": marked("Nipple retraction"),
    "lymph node": marked("Lymph node"),
    "marked region": marked("Marked region"),
    "unspecified": marked("Finding of a kind that is not stated"),
}


@dataclass(frozen=True)
class Imaged:
    """One image of an exam: its view in the library, size and pixel in mm, and what is said of it."""

    view: str
    side: str
    rows: int
    columns: int
    spacing: tuple[float, float]
    facts: Facts


def truth_of(images: Sequence[Imaged]) -> Truth:
    """Bring together what is said of an exam's images."""
    fields = [image.facts.fields for image in images]
    lesions = [
        _lesion(image, finding) for image in images for finding in image.facts.findings if not finding.side
    ]
    breasts = {
        (finding.side, finding.id): finding
        for image in images
        for finding in image.facts.findings
        if finding.side
    }
    sides = sorted({image.side for image in images})
    for (side, _), finding in sorted(breasts.items()):
        lesions += [_whole_breast(finding, one) for one in sides if side in (one, "both")]
    lesions += _cancers_without_place(images, lesions)
    told = [f.outcome for image in images for f in image.facts.findings] + [
        row.get("outcome", "") for row in fields
    ]
    outcome = next((word for word in _WORST if word in told), "unknown")
    if outcome == "normal" and (lesions or {row.get("outcome") for row in fields} != {"normal"}):
        outcome = "unknown"  # one breast said to be normal says nothing of the other
    densities = sorted({row["density"] for row in fields if row.get("density")})
    ages = [int(row["age"]) for row in fields if row.get("age", "").isdigit()]
    age = next((min(age, 90) for age in ages if 15 <= age <= 120), None)
    return Truth(outcome, densities[-1] if densities else None, age, tuple(lesions))


def _cancers_without_place(images: Sequence[Imaged], lesions: Sequence[FindingTruth]) -> list[FindingTruth]:
    """Name a breast that is said to hold a cancer, where no table says which finding it is."""
    sides = sorted({image.side for image in images if image.facts.fields.get("outcome") == "cancer"})
    had = {lesion.side for lesion in lesions}
    return [_whole_breast(Finding(id="breast", outcome="cancer"), side) for side in sides if side not in had]


def _lesion(image: Imaged, finding: Finding) -> FindingTruth:
    kind = finding.kind or "unspecified"
    views = (_placed(image, finding.box),) if finding.box else ()
    return FindingTruth(
        f"{image.view} {finding.id}",
        kind,
        LABELS[kind],
        finding.birads,
        None,
        image.side,
        tuple(v for v in views if v),
        outcome=_its_own(finding),
    )


def _whole_breast(finding: Finding, side: str) -> FindingTruth:
    kind = finding.kind or "unspecified"
    name, label = f"{side} {finding.id}", LABELS[kind]
    return FindingTruth(name, kind, label, finding.birads, None, side, (), outcome=_its_own(finding))


def _its_own(finding: Finding) -> str:
    """Outcome of a finding where it is told of it alone."""
    return finding.outcome if finding.outcome in ("cancer", "benign") else ""


def _placed(image: Imaged, box: tuple[float, float, float, float]) -> FindingView | None:
    """Make the outline of a box, cut at the image's edges; None where nothing of it is inside."""
    down, across = image.spacing
    x0, x1 = (min(max(step, 0.0), float(image.columns)) * across for step in (box[0], box[2]))
    y0, y1 = (min(max(step, 0.0), float(image.rows)) * down for step in (box[1], box[3]))
    if not (x1 > x0 and y1 > y0):
        return None
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    radius = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5 / 2
    corners = tuple((round(a, 3), round(b, 3)) for a, b in ((x0, y0), (x1, y0), (x1, y1), (x0, y1)))
    return FindingView(image.view, round(x, 3), round(y, 3), round(radius, 3), corners)


def write(folder: Path, data: DataSet, names: Mapping[str, str], images: Sequence[Imaged]) -> Truth:
    """Write an exam's truth: as ours, and as tables that every data set has in common."""
    truth = truth_of(images)
    (folder / "truth.json").write_text(truth.to_json(), "utf-8")
    (folder / "tables.json").write_text(json.dumps(_tables(data, names, images, truth), indent=1), "utf-8")
    return truth


def _tables(
    data: DataSet, names: Mapping[str, str], images: Sequence[Imaged], truth: Truth
) -> dict[str, list[dict[str, Any]]]:
    """List patient, exam, image, finding and outcome as rows; the data set's own names are left out."""
    kept = ("density", "birads", "implant")
    exam = {"exam": names["exam"], "patient": names["patient"], "density": truth.density, "day": names["day"]}
    return {
        "source": [{"dataset": data.name, "verified_on_original": data.spec["verified_on_original"]}],
        "patient": [{"patient": names["patient"], "age": truth.age}],
        "exam": [exam],
        "image": [
            {"view": image.view, "side": image.side, **{k: image.facts.fields.get(k) or None for k in kept}}
            for image in images
        ],
        "finding": [
            {"view": image.view, **{k: v or None for k, v in asdict(finding).items() if k != "mask"}}
            for image in images
            for finding in image.facts.findings
        ],
        "outcome": [{"exam": names["exam"], "side": None, "outcome": truth.outcome}, *_sides(names, images)],
    }


def _sides(names: Mapping[str, str], images: Sequence[Imaged]) -> list[dict[str, Any]]:
    """Outcome of each breast where a table says it."""
    told = {image.side: image.facts.fields.get("outcome") or None for image in images}
    return [
        {"exam": names["exam"], "side": side, "outcome": word} for side, word in sorted(told.items()) if word
    ]
