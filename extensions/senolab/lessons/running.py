"""Running a notebook by papermill: ``python -m senolab.lessons.running NOTEBOOK PARAMETERS``.

PARAMETERS is a JSON object. Those that the notebook's own cell of the tag ``parameters`` names are put below
that cell; a notebook without such a cell runs as it is. Prints one JSON array of what went wrong,
``{"cell", "grade_id", "words"}``, the cell counted as in the notebook given. It runs the lesson's code and
belongs into a sandbox.
"""

import json
import logging
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError

from senolab.words import marked

TIMEOUT = 300  # seconds a cell
# Translated by whoever reads it: the sandbox that this runs in knows no language.
_TOLD = {
    CellTimeoutError: marked("it runs for more than five minutes"),
    DeadKernelError: marked("it ends the kernel"),
}
_ADDED = {"injected-parameters", "papermill-error-cell-tag"}  # papermill's own cells


def faults(path: Path, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Run a notebook in its own folder; return the cell that failed, if one did."""
    logging.getLogger("papermill").setLevel(logging.ERROR)
    notebook: Any = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.ipynb"
        try:
            papermill.execute_notebook(
                notebook, out, taken(notebook, parameters), cwd=str(path.parent), progress_bar=False,
                kernel_name="python3", language="python", execution_timeout=TIMEOUT,
            )  # fmt: skip
        except PapermillExecutionError as problem:
            return [_fault(out, f"{problem.ename}: {problem.evalue}".strip()[:500])]
        except (CellTimeoutError, DeadKernelError) as problem:
            return [_fault(out, _TOLD[type(problem)])]
    return []


def taken(notebook: nbformat.NotebookNode, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the parameters that a notebook names; papermill would add the others all the same."""
    named = {parameter["name"] for parameter in papermill.inspect_notebook(notebook).values()}
    return {name: value for name, value in parameters.items() if name in named}


def _fault(out: Path, words: str) -> dict[str, Any]:
    """Return where a run ended, by what papermill wrote down: the last cell that it came to."""
    cells = [cell for cell in nbformat.read(out, as_version=4).cells if not _tags(cell) & _ADDED]
    reached = [
        number
        for number, cell in enumerate(cells)
        if cell.cell_type == "code" and cell.metadata.get("papermill", {}).get("start_time")
    ]
    number = reached[-1] if reached else None
    grade_id = None if number is None else cells[number].metadata.get("nbgrader", {}).get("grade_id")
    return {"cell": number, "grade_id": grade_id, "words": words}


def _tags(cell: nbformat.NotebookNode) -> set[str]:
    return set(cell.metadata.get("tags", ()))


if __name__ == "__main__":
    print(json.dumps(faults(Path(sys.argv[1]).resolve(), json.loads(sys.argv[2]))))
