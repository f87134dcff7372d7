"""The truth about an exam: kept apart from its images, read only by a scorer and a reveal."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage

from senolab.words import gettext, marked, number

_RAYS = 72


@dataclass(frozen=True)
class LesionView:
    """One lesion in one view; mm from the left and top edge of the stored matrix.

    Attributes
    ----------
    x_mm, y_mm
        Centre of the mask.
    radius_mm
        Radius of a circle round the centre that holds the outline.
    outline_mm
        Closed polygon as ``((x, y), ...)`` without the repeated first point.
    """

    view: str
    x_mm: float
    y_mm: float
    radius_mm: float
    outline_mm: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class LesionTruth:
    """One lesion: the same `id` in all its views."""

    id: str
    kind: str
    label: str
    category: str  # BI-RADS assessment it deserves
    size_mm: float
    side: str
    views: tuple[LesionView, ...]


_SENTENCES = {
    ("cancer", "R"): marked("Cancer in the right breast: %(label)s, %(size)s mm."),
    ("cancer", "L"): marked("Cancer in the left breast: %(label)s, %(size)s mm."),
    ("benign", "R"): marked("Benign finding in the right breast: %(label)s, %(size)s mm."),
    ("benign", "L"): marked("Benign finding in the left breast: %(label)s, %(size)s mm."),
}


@dataclass(frozen=True)
class Truth:
    """What is known of an exam: outcome ``cancer``, ``benign`` or ``normal``, density, age, lesions."""

    outcome: str
    density: str
    age: int
    lesions: tuple[LesionTruth, ...]

    def findings(self) -> list[dict[str, Any]]:
        """List the findings as a reveal shows them: one per lesion and view."""
        return [{**_place(lesion, view), "label": gettext(lesion.label)} for lesion, view in self._seen()]

    def targets(self) -> list[dict[str, Any]]:
        """List the lesions as the key of a mark question holds them: one per lesion and view."""
        return [{**_place(lesion, view), "radius_mm": view.radius_mm} for lesion, view in self._seen()]

    def reveal(self, prompt: dict[str, Any]) -> dict[str, Any]:
        """Give everything a learner may see after committing."""
        return {
            "outcome": self.outcome,
            "sentence": self.sentence(),
            "findings": self.findings(),
            "prompt": prompt,
        }

    def sentence(self) -> str:
        """Say in the served language what there was to find."""
        if not self.lesions:
            return gettext("Normal: there is nothing to find in this exam.")
        lesion = self.lesions[0]
        size = number(lesion.size_mm, 0)
        return gettext(_SENTENCES[self.outcome, lesion.side], label=gettext(lesion.label), size=size)

    def _seen(self) -> Iterator[tuple[LesionTruth, LesionView]]:
        return ((lesion, view) for lesion in self.lesions for view in lesion.views)

    def to_json(self) -> str:
        """Text that `from_json` reads back, the same for equal truths."""
        return json.dumps(asdict(self), indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "Truth":
        """Read what `to_json` wrote; a ValueError with a sentence when it is something else."""
        try:
            found = json.loads(text)
            found.pop("sentence", None)  # truth made before the campus spoke languages
            lesions = tuple(_lesion(entry) for entry in found.pop("lesions"))
            return cls(**found, lesions=lesions)
        except (TypeError, KeyError, AttributeError, json.JSONDecodeError) as fault:
            raise ValueError(f"this is no truth table of an exam: {fault}") from fault


def _place(lesion: LesionTruth, view: LesionView) -> dict[str, Any]:
    return {
        "id": lesion.id,
        "view": view.view,
        "x_mm": view.x_mm,
        "y_mm": view.y_mm,
        "outline_mm": [list(point) for point in view.outline_mm],
    }


def _lesion(entry: dict[str, Any]) -> LesionTruth:
    """One lesion from its JSON form."""
    views = tuple(
        LesionView(**{**view, "outline_mm": tuple((x, y) for x, y in view["outline_mm"])})
        for view in entry["views"]
    )
    return LesionTruth(**{**entry, "views": views})


def read_truth(path: Path) -> Truth:
    """Read a truth file; a ValueError names it when it is damaged."""
    try:
        return Truth.from_json(path.read_text("utf-8"))
    except ValueError as fault:
        raise ValueError(f"{path}: {fault}; make the exam again") from fault


def _parts(mask: np.ndarray) -> tuple[np.ndarray, int]:
    """Label the connected parts of a mask."""
    labels = np.zeros(mask.shape, np.int32)
    return labels, int(ndimage.label(mask, output=labels))  # type: ignore[arg-type]


def lesion_view(view: str, mask: np.ndarray, pixel_mm: float) -> LesionView:
    """Measure a lesion's mask: centre, outline, and the circle that holds it.

    The outline is the mask's farthest edge in 72 directions from its centre, the mask's holes and
    splinters left aside.
    """
    labels, count = _parts(mask)
    if count > 1:
        sizes = ndimage.sum_labels(mask, labels, np.arange(1, count + 1))
        mask = labels == 1 + int(np.argmax(sizes))
    rows, columns = np.nonzero(np.asarray(mask))
    y, x = float(rows.mean()), float(columns.mean())
    reach = np.hypot(rows - y, columns - x)
    turn = np.arctan2(rows - y, columns - x)
    sector = np.floor((turn + np.pi) / (2 * np.pi) * _RAYS).astype(int) % _RAYS
    far = np.zeros(_RAYS)
    np.maximum.at(far, sector, reach)
    filled = far > 0
    angles = -np.pi + (np.arange(_RAYS) + 0.5) * 2 * np.pi / _RAYS
    far = np.interp(angles, angles[filled], far[filled], period=2 * np.pi) + 0.5
    outline = tuple(
        (round((x + r * np.cos(a)) * pixel_mm, 3), round((y + r * np.sin(a)) * pixel_mm, 3))
        for a, r in zip(angles, far, strict=True)
    )
    return LesionView(
        view, round(x * pixel_mm, 3), round(y * pixel_mm, 3), round(float(far.max()) * pixel_mm, 3), outline
    )
