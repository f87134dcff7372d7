"""Running a mended notebook: in a sandbox, with time, memory and output held.

Nothing of this process but the parts, the learner's own files and the lesson's files gets inside; the
gradebook, keys and other learners do not.
"""

import json
import shutil
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from senolab import sandbox
from senolab.grading.canary import canaries, prelude
from senolab.grading.mend import Mended
from senolab.words import gettext, marked

Status = Literal["ok", "error", "timeout", "died", "not-run"]
_MIB = 1 << 20


@dataclass(frozen=True)
class Allowance:
    """What running one submission may use; seconds and bytes."""

    part_seconds: float = 30.0
    wall_seconds: float = 300.0
    memory: int = 2048 * _MIB
    processes: int = 128
    output: int = 100_000  # characters of one part
    files: int = 256 * _MIB  # of the learner's own files together


@dataclass(frozen=True)
class Ran:
    """How one part ended.

    Attributes
    ----------
    outputs
        Untrusted; see `clean`.
    canary
        False where something that had to fail did not: the tests were switched off.
    """

    status: Status = "not-run"
    ename: str = ""
    evalue: str = ""
    outputs: list[dict[str, Any]] = field(default_factory=list)
    canary: bool = True


@dataclass(frozen=True)
class Run:
    """How a notebook ran: {index of the part: its end}, and a sentence where it was stopped as a whole."""

    parts: dict[int, Ran]
    stopped: str = ""
    refused: str = ""


def run(
    mended: Mended,
    *,
    files: Iterable[tuple[str, Path]] = (),
    material: Path | None = None,
    skip: Iterable[str] = (),
    allowance: Allowance | None = None,
) -> Run:
    """Run the code of a mended notebook.

    Parameters
    ----------
    files
        (name inside, file) of the learner's and the lesson's own files; later ones win.
    material
        A release folder, shown read-only as learners see it.
    skip
        Ids of questions that are no code to run.
    """
    allowance = allowance or Allowance()
    can = sandbox.available()
    if not can.ok:
        return Run(
            {},
            refused=gettext(
                "The code was not run, since this machine builds no sandbox: %(why)s %(mend)s",
                why=can.why,
                mend=can.mend,
            ),
        )
    parts = _parts(mended, set(skip))
    with tempfile.TemporaryDirectory(prefix="senolab-marking-") as folder:
        given = Path(folder) / "given"
        given.mkdir(mode=0o755)
        _gather(files, given, allowance.files)
        Path(folder).chmod(0o755)
        job = {
            "parts": parts,
            "seconds": allowance.part_seconds,
            "output": allowance.output,
            "given": "/given",
        }
        done = sandbox.run(
            [sys.executable, "-m", "senolab.grading.inside"],
            mounts=_mounts(given, material),
            limits=_limits(allowance),
            env=_ENVIRONMENT,
            stdin=json.dumps(job).encode(),
            warden=True,
        )
    if done.reason in _REFUSED:  # no fault of the learner's
        return Run({}, refused=gettext(_REFUSED[done.reason]))
    return Run(_read(done.stdout), stopped=_stopped(done))


_REFUSED = {
    "sandbox": marked("The code was not run, since the sandbox could not be built."),
    "cancelled": marked("The code was not run to its end, since marking was stopped."),
}


_ENVIRONMENT = {
    "JUPYTER_RUNTIME_DIR": "/tmp/run",  # noqa: S108 - private to the sandbox; paths of sockets must be short
    "IPYTHONDIR": "/tmp/ipython",  # noqa: S108
    "MPLCONFIGDIR": "/tmp/mpl",  # noqa: S108
    "NBGRADER_EXECUTION": "autograde",
    "NUMBA_CACHE_DIR": "/tmp/numba",  # noqa: S108
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "PYTHONHASHSEED": "0",  # the same submission runs the same way again
    "SENOLAB_MATERIAL": "/material",
}


def _limits(allowance: Allowance) -> sandbox.Limits:
    return sandbox.Limits(
        memory=allowance.memory,
        processes=allowance.processes,
        cpu_seconds=int(allowance.wall_seconds),
        wall_seconds=allowance.wall_seconds,
        output=64 * _MIB,
        temporary=allowance.files + 256 * _MIB,
    )


def _mounts(given: Path, material: Path | None) -> list[sandbox.Mount]:
    mounts = [sandbox.Mount(given, "/given")]
    if material is not None:  # <state>/releases/<course>/<lesson>/<version>, as in a learner's sandbox
        inside = "/".join(material.parts[-3:])
        mounts.append(sandbox.Mount(material, f"/material/releases/{inside}"))
    return mounts


def _parts(mended: Mended, skip: set[str]) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    for index, part in enumerate(mended.parts):
        if part.cell_type != "code" or not part.source.strip() or part.grade_id in skip:
            continue
        entry: dict[str, Any] = {"index": index, "source": part.source}
        if part.master is not None and part.master.test:
            entry |= {"test": True, "canaries": canaries(part.source), "prelude": prelude(part.source)}
        parts.append(entry)
    return parts


def _gather(files: Iterable[tuple[str, Path]], given: Path, most: int) -> None:
    """Copy the files that go inside; what is too much is left out."""
    for name, path in files:
        target = given / name
        if path.is_symlink() or not path.is_file() or path.stat().st_size > most:
            continue
        most -= path.stat().st_size
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        shutil.copyfile(path, target)


def _read(lines: bytes) -> dict[int, Ran]:
    """Read what the run told; a line that is none is passed over."""
    ran: dict[int, Ran] = {}
    for line in lines.splitlines():
        try:
            told = json.loads(line)
            status = told["status"] if told["status"] in get_args(Status) else "not-run"
            outputs = [output for output in told["outputs"] if isinstance(output, dict)]
            names = (str(told.get("ename") or ""), str(told.get("evalue") or ""))
            ran.setdefault(int(told["index"]), Ran(status, *names, outputs, told.get("canary") is not False))
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
    return ran


def _stopped(done: sandbox.Finished) -> str:
    reasons = {
        "time": gettext("The whole notebook ran out of time."),
        "memory": gettext("The notebook took more memory than there is for it."),
        "output": gettext("The notebook wrote more output than is kept."),
        "kernel": gettext("The notebook kept more connections or open files than there may be."),
    }
    if done.reason is not None:
        return reasons.get(done.reason, gettext("The notebook was stopped."))
    return "" if done.returncode == 0 else gettext("The notebook stopped the program that ran it.")
