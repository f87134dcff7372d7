"""What a validator of the standard does not see: whether a header agrees with itself and the pixels."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .dicom import VIEW_CODE
from .library import Exam

_DOWN = {("R", "CC"): "L", ("L", "CC"): "R", ("R", "MLO"): "FL", ("L", "MLO"): "FR"}


@dataclass(frozen=True)
class Fault:
    """One thing wrong: where (a file) and what (a sentence that names the tag)."""

    file: Path
    words: str


def check_exam(exam: Exam) -> list[Fault]:
    """Check an exam's views, each by itself and all together."""
    import pydicom

    faults: list[Fault] = []
    studies, instances, spacings = set(), [], set()
    for view, path in exam.views.items():
        try:
            ds = pydicom.dcmread(path)
            words = [*check_header(ds, view), *_pixels(ds), *_validator(path)]
        except Exception as fault:  # parsers of broken files raise whatever they like
            faults.append(Fault(path, f"it cannot be read: {type(fault).__name__}: {fault}"))
            continue
        faults += [Fault(path, sentence) for sentence in words]
        studies.add(ds.get("StudyInstanceUID"))
        instances.append(ds.get("SOPInstanceUID"))
        spacings.add(str(ds.get("ImagerPixelSpacing")))
    folder = next(iter(exam.views.values())).parent
    if exam.synthetic and len(studies) > 1:
        faults.append(Fault(folder, "the views belong to several studies: StudyInstanceUID (0020,000D)"))
    if len(set(instances)) < len(instances):
        faults.append(Fault(folder, "two views have the same SOPInstanceUID (0008,0018)"))
    if len(spacings) > 1:
        faults.append(Fault(folder, "the views differ in ImagerPixelSpacing (0018,1164)"))
    return faults


def check_header(ds: Any, view: str) -> list[str]:
    """Check one view's header; sentences that name the tag."""
    side, projection = view[:1], view[1:]
    found = []
    if ds.get("ImageLaterality") != side:
        found.append(f"ImageLaterality (0020,0062) is {ds.get('ImageLaterality')}, the view is {view}")
    codes = [str(item.get("CodeValue")) for item in ds.get("ViewCodeSequence", [])]
    if projection in VIEW_CODE and codes != [VIEW_CODE[projection][0]]:
        found.append(f"ViewCodeSequence (0054,0220) is {', '.join(codes) or 'empty'}, the view is {view}")
    if ds.get("ViewPosition") != projection:
        found.append(f"ViewPosition (0018,5101) is {ds.get('ViewPosition')}, the view is {view}")
    orientation = [str(word) for word in ds.get("PatientOrientation", []) or []]
    if (
        len(orientation) != 2
        or orientation[0] not in ("A", "P")
        or orientation[1] not in (_DOWN.get((side, projection)), "F")
    ):
        found.append(f"PatientOrientation (0020,0020) {orientation} is none of a {view}")
    spacing = [float(word) for word in ds.get("ImagerPixelSpacing", []) or []]
    if len(spacing) != 2 or not all(0.02 <= step <= 0.5 for step in spacing):
        found.append(f"ImagerPixelSpacing (0018,1164) {spacing} is no pixel of a mammography detector")
    name = str(ds.get("PatientName", ""))
    if not name.upper().startswith(("SYNTHETIC", "IMPORTED")):
        found.append("PatientName (0010,0010) may name a person; import the exam anew")
    if str(ds.get("PatientBirthDate", "") or ""):
        found.append("PatientBirthDate (0010,0030) has a value")
    thickness = float(ds.get("BodyPartThickness", 50) or 50)
    if not 10 <= thickness <= 150:
        found.append(f"BodyPartThickness (0018,11A0) of {thickness:g} mm is no compressed breast")
    return found


def _pixels(ds: Any) -> list[str]:
    """Check that the pixels fit the header: range, and the chest wall at the edge it tells."""
    pixels = ds.pixel_array
    found = []
    if int(pixels.max()) >= 2**ds.BitsStored:
        found.append(f"a pixel of {int(pixels.max())} does not fit BitsStored (0028,0101) {ds.BitsStored}")
    sums = [
        int(np.count_nonzero(pixels[:, columns] > pixels.max() // 50))
        for columns in (slice(0, 12), slice(-12, None))
    ]
    if ds.get("PhotometricInterpretation") == "MONOCHROME2" and abs(sums[0] - sums[1]) > pixels.shape[0]:
        wall = "A" if sums[0] > sums[1] else "P"
        told = str((ds.get("PatientOrientation") or [""])[0])
        if told != wall:
            found.append(
                f"PatientOrientation (0020,0020) begins with {told}, the chest wall lies at the other edge"
            )
    return found


def _validator(path: Path) -> list[str]:
    """Errors that dciodvfy tells, where it is installed (Debian package dicom3tools)."""
    program = shutil.which("dciodvfy")
    if program is None:
        return []
    done = subprocess.run(
        [program, "-new", str(path)],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=60,
        check=False,
    )
    lines = (done.stderr + done.stdout).splitlines()
    return [f"dciodvfy: {line.removeprefix('Error - ')}" for line in lines if line.startswith("Error")]
