"""One exam of a cohort as it is written: images and truth in folders apart, each there at once and whole."""

import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .cache import Cache
from .faults import FAULTS
from .identity import uid
from .plans import Drawing
from .planting import NOTHING, plant
from .positioning import Placement
from .scales import Scale
from .staging import staging
from .truth import Truth
from .truthtable import finding_id, table_of, truth_of
from .vendors import vendor_named
from .woman import VIEWS

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from .dicom import Header
    from .imaging import Image

GENERATOR = 8  # raise it when the same woman gives other pixels
PROCESSING = "processing"  # folder of the images For Processing, inside that of the exam
_MOMENT = 1767225600  # 2026-01-01 00:00 UTC: the time of every file, so that it tells nothing
_NO_MASK = np.zeros((0, 0), bool)  # masks are kept no longer than it takes to write them


@dataclass(frozen=True)
class Task:
    """One exam to make, as it goes to another process.

    Attributes
    ----------
    for_processing
        Whether the raw images are kept too, in a folder ``processing`` beside those for presentation.
    cache
        Folder of tissue that was computed before, or None.
    """

    drawing: Drawing
    scale: Scale
    secret: bytes
    images: Path
    truth: Path
    for_processing: bool = False
    cache: Path | None = None


def content_of(drawing: Drawing, scale: Scale) -> str:
    """Hash of everything an exam's images depend on."""
    vendor, fault = vendor_named(drawing.vendor), FAULTS[drawing.fault]
    parts = [GENERATOR, *(asdict(part) for part in (drawing.woman, scale, vendor, fault))]
    if drawing.planted != NOTHING or drawing.hospital:
        parts += [asdict(drawing.planted), drawing.hospital]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def finished(task: Task) -> bool:
    """Whether the exam lies there whole, made from the same things."""
    exam = task.drawing.exam
    try:
        made = json.loads((task.truth / exam / "made.json").read_text("utf-8"))
        if made["content"] != content_of(task.drawing, task.scale):
            return False
        names = [f"{view}.dcm" for view in VIEWS]
        if task.for_processing:
            names += [f"{PROCESSING}/{name}" for name in names]
        return all(_sha256(task.images / exam / name) == made["files"][name] for name in names)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def make(task: Task) -> None:
    """Make one exam: the truth first, so that an exam whose images are there has its truth."""
    from .dicom import mammogram
    from .imaging import Seen, images_of
    from .segmentation import segmentation

    drawing, secret, exam = task.drawing, task.secret, task.drawing.exam
    woman, vendor = drawing.woman, vendor_named(drawing.vendor)
    hidden: dict[str, bytes] = {}
    seen: list[Seen] = []
    placements: list[Placement] = []
    with staging(task.images) as images, staging(task.truth) as truth:
        cache, fault = task.cache and Cache(task.cache, GENERATOR), FAULTS[drawing.fault]
        for image in images_of(woman, task.scale, vendor=vendor, fault=fault, cache=cache):
            ds = mammogram(image.pixels, _header(task, image))
            placements.append(image.placement)
            if image.findings:
                seen += [replace(one, mask=_NO_MASK) for one in image.findings]
                words = (secret, exam, image.view, "segmentation")
                ids = [finding_id(one.number) for one in image.findings]
                hidden[f"{image.view}.seg.dcm"] = segmentation(
                    ds,
                    [one.mask for one in image.findings],
                    [one.finding for one in image.findings],
                    ids,
                    series_uid=uid(*words, "series"),
                    instance_uid=uid(*words),
                    dimensions_uid=uid(*words, "dimensions"),
                    tracking_uids=[uid(secret, drawing.patient or exam, ident) for ident in ids],
                )
            _write_image(images, task, image, ds)
        told = truth_of(woman, seen, placements, patient=drawing.patient or exam, round_=drawing.round)
        _write_truth(truth, task, told, hidden, images)
        _settle(truth, task.truth / exam)
        _settle(images, task.images / exam)


def _header(task: Task, image: "Image", *, raw: bool = False) -> "Header":
    """Name an image: UIDs from the secret and the exam's id, never from what is in it."""
    from .dicom import Header

    def named(*words: str) -> str:
        return uid(task.secret, task.drawing.exam, *words)

    return Header(
        task.drawing.exam,
        image.view,
        task.drawing.woman.completed_years,
        image.pixel_mm,
        named("study"),
        named("raw series") if raw else named("series"),
        named(image.view, "raw") if raw else named(image.view),
        source_uid="" if raw else named(image.view, "raw"),
        event_uid=named(image.view, "irradiation"),
        vendor=vendor_named(task.drawing.vendor),
        technique=image.technique,
        patient=task.drawing.patient,
        years_ago=task.drawing.woman.until - task.drawing.woman.years,
        hospital=task.drawing.hospital,
    )


def _write_image(folder: Path, task: Task, image: "Image", ds: "Dataset") -> None:
    """Write a view For Presentation and, where asked for, For Processing (always without loss)."""
    from .dicom import encoded, raw_mammogram

    (folder / f"{image.view}.dcm").write_bytes(encoded(ds, lossy_ratio=task.scale.lossy_ratio))
    if task.for_processing:
        raw = raw_mammogram(image.raw, _header(task, image, raw=True))
        (folder / PROCESSING).mkdir(exist_ok=True)
        (folder / PROCESSING / f"{image.view}.dcm").write_bytes(encoded(raw))


def _write_truth(folder: Path, task: Task, truth: Truth, hidden: dict[str, bytes], images: Path) -> None:
    """Fill an exam's folder of truth."""
    from .prompt import detect

    for name, data in hidden.items():
        (folder / name).write_bytes(data)
    (folder / "truth.json").write_text(truth.to_json(), "utf-8")
    (folder / "findings.csv").write_text(table_of(task.drawing.exam, truth), "utf-8")
    prompt = detect({view: images / f"{view}.dcm" for view in VIEWS})
    (folder / "prompt.json").write_text(json.dumps(prompt, indent=1), "utf-8")
    plant(images, folder, task.drawing.planted, secret=task.secret, exam=task.drawing.exam)
    files = {str(path.relative_to(images)): _sha256(path) for path in sorted(images.rglob("*.dcm"))}
    made = {"content": content_of(task.drawing, task.scale), "files": files, "scale": task.scale.name}
    (folder / "made.json").write_text(json.dumps(made, indent=1), "utf-8")


def _settle(staged: Path, final: Path) -> None:
    """Give the files one time and one mode, and put the folder in its place."""
    for path in sorted(staged.rglob("*"), reverse=True):
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.utime(path, (_MOMENT, _MOMENT))
    os.utime(staged, (_MOMENT, _MOMENT))
    if final.exists():
        shutil.rmtree(final)
    staged.rename(final)
