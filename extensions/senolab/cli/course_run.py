"""`course check --run`: each lesson is executed with its solutions, in a sandbox."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from senolab.lessons.course import Entry
from senolab.lessons.findings import Finding
from senolab.lessons.notebook import cell_lines
from senolab.lessons.reader import read
from senolab.sandbox import Limits, Mount, available, run

from .course_preview import preview
from .main import RefusedError

INSIDE = "/lesson"


def run_lesson(entry: Entry) -> list[Finding]:
    """Run a lesson from top to bottom; return what fails, with its line.

    Raises
    ------
    RefusedError
        If no sandbox works here: the code of a lesson runs in one only.
    """
    state = available()
    if not state.ok:
        raise RefusedError(f"Lessons cannot be run here. {state.why} {state.mend}")
    with tempfile.TemporaryDirectory(prefix="senolab-run-") as folder:
        work = preview(entry, Path(folder) / "lesson", student=False)
        found: list[Finding] = []
        for notebook in sorted(work.glob("*.ipynb")):
            for fault in _faults(work, notebook.name):
                file, line = _place(entry, notebook.name, fault)
                found.append(Finding(file, line, "error", f"When it runs: {fault['words']}."))
    return found


def _faults(work: Path, name: str) -> list[dict[str, Any]]:
    done = run(
        [sys.executable, "-m", "senolab.lessons.running", f"{INSIDE}/{name}"],
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


def _place(entry: Entry, notebook: str, fault: dict[str, Any]) -> tuple[str, int]:
    """Return file and line of a fault."""
    if entry.kind == "notebooks":
        return str(entry.path / notebook), 1
    lines = cell_lines(read(entry.path))
    number = fault["cell"]
    return str(entry.path), lines[number] if number is not None and number < len(lines) else 1
