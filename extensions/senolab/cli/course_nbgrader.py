"""nbgrader's part of a release: its course folder, and the student version of a notebook."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from tqdm import tqdm

from senolab.lessons.files import write_bytes
from senolab.sandbox import Limits, Mount, available, run
from senolab.words import gettext

from .main import RefusedError

INSIDE = "/course"
CONFIGS = ("nbgrader_config.py", "nbgrader_config.json")  # all that nbgrader reads where it is run
_UNPROTECTED = (
    "Unprotected: this machine has no sandbox, so nbgrader makes the learners' version of %s WITHOUT walls; "
    "code that the lesson brings for it runs as you and reaches all you reach. "
    "./senolab doctor says what is missing."
)
_CONFIG = '''"""Settings of this course for nbgrader's own commands; run them in this folder."""

from pathlib import Path

from senolab.grading.nbgrader import configure

c = get_config()  # noqa: F821 - nbgrader gives it
c.CourseDirectory.course_id = {course!r}
root = Path(__file__).resolve().parent
c.CourseDirectory.root = str(root)
c.Exchange.root = str(root / "exchange")  # nobody hands in there; `nbgrader list` wants one
configure(c)  # `nbgrader autograde` marks with Senolab's engine
'''


def write_config(folder: Path, course: str) -> list[Path]:
    """Write the `CONFIGS` of nbgrader that a course folder lacks; return where they are.

    nbgrader runs them as whoever calls it in that folder, so a sandbox that may write the folder shows
    these over it, read-only: what is there cannot be replaced.
    """
    (folder / "exchange").mkdir(exist_ok=True)
    paths = [folder / name for name in CONFIGS]
    for path, text in zip(paths, (_CONFIG.format(course=course), "{}\n"), strict=True):
        if path.is_symlink() or not path.exists():  # a link was left there by what ran in the folder
            write_bytes(path, text.encode(), mode=0o644)
    return paths


def generate(folder: Path, lesson: str, *, within: str) -> None:
    """Let nbgrader make ``release/<lesson>`` from ``source/<lesson>``, and note it in a gradebook.

    Parameters
    ----------
    folder
        nbgrader's course folder.
    within
        Name of the folder in it that holds ``source`` and the gradebook, and gets ``release``.

    Notes
    -----
    Instantiating tests runs the lesson's code, so this happens in a sandbox that may write into
    that folder only.

    Raises
    ------
    RefusedError
        With nbgrader's reason in a sentence.
    """
    words = [
        *(sys.executable, "-m", "nbgrader", "generate_assignment", lesson, "--force", "--log-level=WARN"),
        f"--CourseDirectory.source_directory={within}/source",
        f"--CourseDirectory.release_directory={within}/release",
    ]
    environment = {"PYTHONWARNINGS": "ignore", "PYTHONDONTWRITEBYTECODE": "1"}
    if available().ok:
        mounts = [Mount(folder, INSIDE), Mount(folder / within, f"{INSIDE}/{within}", writable=True)]
        limits = Limits(wall_seconds=900, memory=4 << 30)
        done = run(
            [*words, _book(Path(INSIDE), within)],
            mounts=mounts,
            limits=limits,
            env=environment,
            cwd=INSIDE,
            user="release",
        )
        status, told = done.returncode, done.complaint + done.text
        told += {"time": "it took too long", "memory": "it took too much memory"}.get(done.reason or "", "")
    else:
        tqdm.write(_UNPROTECTED % lesson, file=sys.stderr)  # the release's page shows it in its log
        status, told = _outside([*words, _book(folder, within)], folder, environment)
    if status:
        why = reason(told)
        raise RefusedError(gettext("nbgrader refuses %(lesson)s: %(why)s", lesson=lesson, why=why))


def _book(folder: Path, within: str) -> str:
    return f"--CourseDirectory.db_url=sqlite:///{folder / within / 'gradebook.db'}"


def _outside(words: list[str], folder: Path, environment: dict[str, str]) -> tuple[int, str]:
    """Run without a sandbox, on a machine that has none; nbgrader calls alembic by its bare name."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    with tempfile.TemporaryDirectory() as settings:
        env = {**os.environ, **environment, "PATH": path, "JUPYTER_CONFIG_DIR": settings}
        done = subprocess.run(
            words,
            cwd=folder,
            env=env,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=900,
            check=False,
        )
    return done.returncode, done.stderr + done.stdout


def reason(told: str) -> str:
    """Return a sentence from what nbgrader said."""
    if "Cannot add or remove cells" in told or "Cannot modify existing assignment" in told:
        return gettext(
            "learners have handed it in, so its questions cannot be added, removed or renamed any more. "
            "Keep their ids; texts, points and keys may change. Put a new question into a lesson of its own. "
            "A question that should not count any more stays: let its key give every answer full points "
            "(of a choice, 'credit'), release, and mark the lesson again."
        )
    lines = [re.sub(r"^\[[^]]*\]\s*", "", line).strip() for line in told.splitlines()]
    errors = [
        line
        for line in lines
        if re.match(r"(\w+\.)*\w*(Error|Exception)\b", line) and "NbGraderException" not in line
    ]
    kept = errors or [
        line for line in lines if line and not line.startswith(("Traceback", "There was an error"))
    ]
    return kept[-1][:600] if kept else gettext("it gave no reason")


def student_version(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return what learners get of a source notebook, without any gradebook (for a preview).

    Raises
    ------
    RefusedError
        If nbgrader finds the notebook wanting.
    """
    from nbgrader import preprocessors as steps

    resources: Any = {}
    order = (
        steps.LockCells,
        steps.ClearSolutions,
        steps.ClearOutput,
        steps.CheckCellMetadata,
        steps.ClearHiddenTests,
        steps.ClearMarkScheme,
        steps.ComputeChecksums,
    )
    try:
        for step in order:
            notebook, resources = step().preprocess(notebook, resources)
    except Exception as problem:  # nbgrader raises whatever it likes; it is one sentence here
        raise RefusedError(
            gettext("nbgrader refuses the notebook: %(problem)s", problem=problem)
        ) from problem
    return notebook
