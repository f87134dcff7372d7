"""Running a notebook from top to bottom: ``python -m senolab.lessons.running NOTEBOOK``.

Prints one JSON array of what went wrong, ``{"cell", "grade_id", "words"}``. It runs the lesson's code and
belongs into a sandbox.
"""

import json
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

TIMEOUT = 300  # seconds a cell


def faults(path: Path) -> list[dict[str, Any]]:
    """Run a notebook in its own folder; return one entry per cell that failed."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=TIMEOUT, allow_errors=True, resources={"metadata": {"path": str(path.parent)}}
    )
    try:
        client.execute()
    except (CellTimeoutError, DeadKernelError) as problem:
        words = (
            "runs for more than five minutes" if isinstance(problem, CellTimeoutError) else "ends the kernel"
        )
        return [*_failed(notebook), {"cell": None, "grade_id": None, "words": f"a block {words}"}]
    return _failed(notebook)


def _failed(notebook: nbformat.NotebookNode) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for number, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", ()):
            if output.output_type == "error":
                grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
                words = f"{output.ename}: {output.evalue}".strip()[:500]
                found.append({"cell": number, "grade_id": grade_id, "words": words})
    return found


if __name__ == "__main__":
    print(json.dumps(faults(Path(sys.argv[1]).resolve())))
