"""`course check --run`: each lesson is executed by papermill with its solutions, in a sandbox."""

import json
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from senolab.lessons.course import Entry
from senolab.lessons.findings import Finding
from senolab.lessons.notebook import cell_lines
from senolab.lessons.reader import read
from senolab.sandbox import Limits, Mount, available, run
from senolab.words import gettext

from .course_preview import preview
from .main import RefusedError

INSIDE = "/lesson"


@dataclass(frozen=True)
class Parameters:
    """What a lesson is run with, where its block of the tag ``parameters`` names it."""

    seed: int = 1
    scale: str = "ci"
    device: str = "cpu"


def run_lesson(entry: Entry, parameters: Parameters) -> list[Finding]:
    """Run a lesson from top to bottom; return what fails, with its line.

    Raises
    ------
    RefusedError
        If no sandbox works here: the code of a lesson runs in one only.
    """
    state = available()
    if not state.ok:
        raise RefusedError(
            gettext("Lessons cannot be run here. %(why)s %(mend)s", why=state.why, mend=state.mend)
        )
    with tempfile.TemporaryDirectory(prefix="senolab-run-") as folder:
        work = preview(entry, Path(folder) / "lesson", scale=parameters.scale, student=False)
        found: list[Finding] = []
        for notebook in sorted(work.glob("*.ipynb")):
            faults = _faults(work, notebook.name, asdict(parameters))
            found += [_finding(entry, notebook.name, fault) for fault in faults]
    return found


def _faults(work: Path, name: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    done = run(
        [sys.executable, "-m", "senolab.lessons.running", f"{INSIDE}/{name}", json.dumps(parameters)],
        mounts=[Mount(work, INSIDE, writable=True)],
        limits=Limits(wall_seconds=1800, memory=4 << 30),
        env={"NBGRADER_EXECUTION": "validate", "PYTHONWARNINGS": "ignore"},
        cwd=INSIDE,
        user="author",
    )
    if done.returncode or done.reason:
        last = (done.complaint.strip().splitlines() or ["it ended without a word"])[-1]
        words = f"it was stopped ({done.reason})" if done.reason else last
        return [{"cell": None, "grade_id": None, "words": words}]
    return json.loads(done.text.strip().splitlines()[-1])


def _finding(entry: Entry, notebook: str, fault: dict[str, Any]) -> Finding:
    """Return a fault with its file and the line where its block begins; a notebook has cells instead."""
    number, words = fault["cell"], gettext("When it runs: %(words)s.", words=gettext(fault["words"]))
    if entry.kind == "notebooks":
        place = "" if number is None else gettext("Cell %(number)s:", number=number + 1) + " "
        return Finding(str(entry.path / notebook), 1, "error", place + words)
    lines = cell_lines(read(entry.path))
    line = lines[number] if number is not None and number < len(lines) else 1
    return Finding(str(entry.path), line, "error", words)
