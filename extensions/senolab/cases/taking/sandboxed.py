"""Jobs on files from outside, done in one sandbox after another until each has an answer."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from senolab.sandbox import Limits, Mount, available, run

from .walking import ImportRefusedError, Refused, shown

_SECONDS = 60.0  # for one file
_TOGETHER = 100  # files opened in one sandbox; it takes a second to start, and its words have a limit
_STOPPED = {
    "time": "it takes too long to read",
    "memory": "it needs more memory than any mammogram",
    "crash": "it is damaged so that the program that reads it failed",
}


@dataclass(frozen=True)
class Job:
    """One file and what to do with it; `words` are told to whoever opens it."""

    file: Path
    do: str
    words: dict[str, Any] = field(default_factory=dict)


def check_sandbox() -> None:
    """Refuse where this machine cannot build a sandbox."""
    ready = available()
    if not ready.ok:
        raise ImportRefusedError(f"files from outside are opened in a sandbox only: {ready.why} {ready.mend}")


def done(
    jobs: Sequence[Job], *, home: Path, told: Callable[[int], None] = lambda _: None
) -> list[dict[str, Any] | Refused]:
    """Do jobs; for each its answer as it came, or the reason why there is none.

    A file that ends the sandbox itself, which none has done yet, is refused; those after it get a new one.

    Parameters
    ----------
    home
        Folder for what is written: ``<number of the job>.dcm``.
    told
        Called with the number of jobs that have ended.
    """
    answers: dict[int, dict[str, Any] | Refused] = {}
    while len(answers) < len(jobs):
        left = [n for n in range(len(jobs)) if n not in answers][:_TOGETHER]
        _attempt(jobs, left, home, answers)
        told(len(answers))
    return [answers[n] for n in range(len(jobs))]


def _attempt(
    jobs: Sequence[Job], left: list[int], home: Path, answers: dict[int, dict[str, Any] | Refused]
) -> None:
    """Start one sandbox for some jobs and keep what it says; at least one of them has an answer then."""
    begun: list[int] = []

    def hear(line: str) -> None:
        answer = _read(line)
        n = answer.pop("n", None)
        if n not in left or n in answers:
            return
        if answer.pop("begun", False):
            begun.append(n)
        else:
            answers[n] = _judged(jobs[n].file, answer)

    home.chmod(0o777)
    ended = run(
        [sys.executable, "-m", "senolab.cases.untrusted"],
        mounts=[Mount(jobs[n].file.resolve(), f"/mnt/{n}") for n in left],
        limits=Limits(
            memory=3 << 30,
            cpu_seconds=None,
            wall_seconds=30 + _SECONDS * len(left),
            file_size=1 << 30,
            output=4 << 20,
        ),
        env={"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        home=home,
        stdin=_words(jobs, left),
        on_line=hear,
    )
    if ended.reason == "sandbox":
        raise ImportRefusedError(f"the sandbox could not be built: {shown(ended.complaint)}")
    lost = [n for n in begun if n not in answers] or [n for n in left if n not in answers][:1]
    for n in lost:
        answers[n] = Refused(jobs[n].file, _STOPPED.get(ended.reason or "crash", _STOPPED["crash"]))


def _words(jobs: Sequence[Job], left: list[int]) -> bytes:
    listed = [
        {**jobs[n].words, "n": n, "do": jobs[n].do, "path": f"/mnt/{n}", "out": f"/home/learner/{n}.dcm"}
        for n in left
    ]
    return json.dumps({"seconds": _SECONDS, "jobs": listed}).encode()


def _read(line: str) -> dict[str, Any]:
    try:
        answer = json.loads(line)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _judged(file: Path, answer: dict[str, Any]) -> dict[str, Any] | Refused:
    """Tell an answer from a refusal."""
    if "stopped" in answer:
        return Refused(file, _STOPPED.get(str(answer["stopped"]), _STOPPED["crash"]))
    if "refused" in answer:
        return Refused(file, shown(answer["refused"]))
    return answer
