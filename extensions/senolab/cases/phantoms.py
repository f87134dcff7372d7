"""A cohort that exposes a phantom in place of women: one exam, whose views are the exposures."""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .finding_plans import only, span
from .identity import exam_id
from .scales import Scale
from .staging import staging, sweep
from .vendors import vendor_named

_MOST = 99
_VERSION = 1  # raise it when the same plan gives other pixels


@dataclass(frozen=True)
class PhantomPlan:
    """How often a contrast-detail phantom is exposed, on whose unit, and at which part of the usual dose."""

    exposures: int = 16
    vendor: str = "A"
    dose: float = 1.0


def phantom_from(entry: Any, vendor: str) -> PhantomPlan:
    """Read the phantom of a cohort's file; `vendor` exposes it where it names none."""
    only(entry, {"exposures", "vendor", "dose"}, "phantom")
    count = entry.get("exposures", 16)
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= _MOST:
        raise ValueError(f"phantom: exposures is a number, 1 to {_MOST}, not {count!r}")
    dose, _ = span(entry.get("dose", 1.0), "phantom: dose", 0.05, 8.0)
    return PhantomPlan(count, vendor_named(str(entry.get("vendor", vendor))).key, dose)


def expose(cohort: str, plan: PhantomPlan, *, secret: bytes, scale: Scale, images: Path, truth: Path) -> str:
    """Make the exam of a phantom, or keep it where it lies there whole; give its id.

    ``images/<id>/LCC-01.dcm`` ... are For Processing, ``truth/<id>/contrast-detail.csv`` tells what is right.
    """
    from .contrast_detail import make

    exam = exam_id(secret, cohort, *asdict(plan).values(), scale.name)
    told = json.dumps({"version": _VERSION, **asdict(plan), "scale": scale.name})
    made = truth / exam / "made.json"
    names = [f"LCC-{number:02d}.dcm" for number in range(1, plan.exposures + 1)]
    same = made.is_file() and made.read_text("utf-8") == told
    if same and all((images / exam / name).is_file() for name in names):
        return exam
    for folder in (images, truth):
        folder.mkdir(parents=True, exist_ok=True)
        sweep(folder)
    with staging(images) as shown, staging(truth) as hidden:
        words = {"vendor": vendor_named(plan.vendor), "dose": plan.dose, "count": plan.exposures}
        for name, path in zip(names, make(shown, secret=secret, scale=scale, **words), strict=True):
            path.rename(shown / name)
        for path in (shown / "truth").iterdir():
            shutil.move(path, hidden / path.name)
        for left in ("images", "truth"):
            (shown / left).rmdir()
        (hidden / "made.json").write_text(told, "utf-8")
        for staged, final in ((hidden, truth / exam), (shown, images / exam)):
            shutil.rmtree(final, ignore_errors=True)
            staged.rename(final)
    return exam
