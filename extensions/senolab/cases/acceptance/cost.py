"""What one exam of four views costs: seconds of CPU and memory, in a process that has done nothing else."""

import json
import resource
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from senolab.cases.checks.validator import installed, validated, validated_together
from senolab.cases.findings.catalogue import described
from senolab.cases.making import PROCESSING, Task, make
from senolab.cases.plans import Drawing
from senolab.cases.scales import SCALES, Scale
from senolab.cases.vendors import VENDORS
from senolab.cases.woman import VIEWS

from .rows import Row, mean_interval, not_measured, with_interval
from .running import Piece
from .women import woman_of

SECONDS, MEBIBYTES = 45.0, 1536.0
_MILLION = 1_000_000
_SECRET = b"exams that are made to be measured"
_PROGRAMS = ("dciodvfy", "dcentvfy")


def pieces(count: int, scale: Scale) -> list[Piece]:
    """List what is made: an exam of each vendor, and no more than women were asked for."""
    return [Piece(f"exam-{key}", of_exam, (key, scale.name)) for key in list(VENDORS)[:count]]


def of_exam(vendor: str, scale: str) -> dict[str, Any]:
    """Make an exam in a fresh process, measure it, and ask the validators about each of its objects."""
    with tempfile.TemporaryDirectory(prefix="senolab-accept-") as folder:
        if scale != "ci":  # so that compiling the inner loops, once a machine, is not counted
            made(vendor, "ci", Path(folder) / "first")
        found = made(vendor, scale, Path(folder) / "exam")
        return found | _asked(Path(folder) / "exam")


def made(vendor: str, scale: str, folder: Path) -> dict[str, Any]:
    """Make an exam in a fresh process, and give its seconds of CPU time and mebibytes.

    Raises
    ------
    ValueError
        If none could be made; with its last words.
    """
    words = [sys.executable, "-m", __name__, vendor, scale, str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ValueError(f"an exam could not be made: {done.stderr.strip().splitlines()[-1:]}")
    return json.loads(done.stdout)


def _asked(folder: Path) -> dict[str, Any]:
    """Ask each validator that is installed about all objects, and about all of one series."""
    objects = sorted(folder.rglob("*.dcm"))
    exams = sorted(folder.glob("images/*"))
    groups = [[exam / f"{view}.dcm" for view in VIEWS] for exam in exams]
    groups += [[exam / PROCESSING / f"{view}.dcm" for view in VIEWS] for exam in exams]
    return {
        "objects": len(objects),
        "dciodvfy": [f"{path.name}: {one.words}" for path in objects for one in validated(path)]
        if installed("dciodvfy")
        else None,
        "dcentvfy": [one.words for group in groups for one in validated_together(group)]
        if installed("dcentvfy")
        else None,
    }


def main(vendor: str, scale: str, folder: str) -> None:
    """Make one exam, For Processing too, and print what this process took."""
    images, truth = Path(folder) / "images", Path(folder) / "truth"
    for place in (images, truth):
        place.mkdir(parents=True)
    findings = (
        described("spiculated mass", side="R", size_mm=12.0),
        described("fine pleomorphic calcifications", side="L", size_mm=15.0),
    )
    woman = replace(woman_of(4000, "c"), findings=findings)
    drawing = Drawing("exam", "A", 1, woman, vendor)
    make(Task(drawing, SCALES[scale], _SECRET, images, truth, for_processing=True))
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"seconds": used.ru_utime + used.ru_stime, "mebibytes": used.ru_maxrss / 1024}))


def cost_rows(exams: list[dict[str, Any]], scale: str) -> list[Row]:
    """Judge time and memory, and tell what a million images would cost."""
    seconds = mean_interval([exam["seconds"] for exam in exams])
    memory = max(exam["mebibytes"] for exam in exams)
    hours = seconds[0] * _MILLION / len(VIEWS) / 3600
    about = f"one exam of four views, for presentation and for processing, scale {scale}"
    return [
        _row(
            f"CPU time of {about}, {len(exams)} exams: mean",
            f"{with_interval(seconds, 1)} s",
            f"at most {SECONDS:g} s",
            seconds[0] <= SECONDS,
            {"mean": seconds[0], "each": [exam["seconds"] for exam in exams]},
        ),
        _row(
            f"memory of {about}: greatest",
            f"{memory:.0f} MiB",
            f"below {MEBIBYTES:g} MiB",
            memory < MEBIBYTES,
            {"mebibytes": memory},
        ),
        _row(
            f"CPU time of a million images, scale {scale}",
            f"{hours:.0f} CPU-hours",
            "told",
            None,
            {"hours": hours},
        ),
    ]


def _row(measure: str, value: str, wanted: str, holds: bool | None, figures: dict[str, Any]) -> Row:
    return Row(
        name="cost", measure=measure, value=value, wanted=wanted, source="own", holds=holds, figures=figures
    )


def object_rows(exams: list[dict[str, Any]]) -> list[Row]:
    """Judge that the validators find no error."""
    return [_validator(exams, program) for program in _PROGRAMS]


def _validator(exams: list[dict[str, Any]], program: str) -> Row:
    objects = sum(exam["objects"] for exam in exams)
    of = f"{objects} objects" if program == "dciodvfy" else f"the views of {len(exams)} exams"
    measure, source = f"errors that {program} finds in {of}", "dicom3tools"
    if any(exam[program] is None for exam in exams):
        return not_measured("objects", measure, "0", source, why="install dicom3tools")
    errors = [words for exam in exams for words in exam[program]]
    value = f"{len(errors)}" + (f" ({errors[0][:120]})" if errors else "")
    return Row(
        name="objects",
        measure=measure,
        value=value,
        wanted="0",
        source=source,
        holds=not errors,
        figures={"errors": errors},
    )


if __name__ == "__main__":
    main(*sys.argv[1:4])
