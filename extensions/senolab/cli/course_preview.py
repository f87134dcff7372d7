"""A lesson as a learner sees it, with instant self-check: no hub, no state folder, no campus's secret."""

import datetime as dt
import json
import secrets
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nbformat

from senolab.lessons.course import Entry
from senolab.lessons.keys import split
from senolab.lessons.notebook import text_of
from senolab.lessons.plain import plain_release, settle_kernels
from senolab.lessons.reader import read
from senolab.lessons.shelf import private_folder, write_json
from senolab.lessons.tree import write_source

from .course_exams import Exams, exams_of, lay_out
from .course_nbgrader import student_version

KEPT = ".exams"  # drawn exams stay, so that a changed text is seen within seconds


def preview(
    entry: Entry,
    out: Path,
    *,
    scale: str = "ci",
    zone: dt.tzinfo = dt.UTC,
    jobs: int = 1,
    steps: Callable[[int, int], None] | None = None,
    student: bool = True,
) -> Path:
    """Write a self-check release of a lesson into a folder and return it.

    Holds one form, drawn from a secret of its own that is kept in the folder: whoever sees a preview may
    see its truth. A record that lies there stays.

    Parameters
    ----------
    zone
        The campus's time zone, in which the lesson is due.
    student
        False leaves solutions and tests in the notebook (to run them).
    """
    out.mkdir(parents=True, exist_ok=True)
    staged = Path(tempfile.mkdtemp(prefix=".new-", dir=out))
    try:
        lesson = read(entry.path) if entry.kind == "text" else None
        write_source(entry, staged, lesson=lesson)
        for path in sorted(staged.glob("*.ipynb")) if student else []:
            path.write_text(text_of(student_version(nbformat.read(path, as_version=4))), "utf-8")
        if lesson is None:
            settle_kernels(staged)
            told, keys = plain_release(course=entry.course, lesson=entry.id, folder=staged, mode="self-check")
        else:
            lesson = replace(lesson, front=replace(lesson.front, forms=1))
            exams = Exams()
            if lesson.cases:
                folder = private_folder(out / KEPT) / f"{lesson.front.cohort}-{scale}"
                secret = _secret(out / KEPT)
                exams = exams_of(lesson, folder, secret=secret, scale=scale, jobs=jobs, steps=steps)
            told, keys = split(lesson, exams.cases, mode="self-check", zone=zone)
            lay_out(exams, staged / "exams")
        write_json(staged / "self-check.json", keys)
        write_json(staged / "release.json", told, mode=0o644)
        _move(staged, out)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return out


def _secret(folder: Path) -> bytes:
    path = folder / "secret.json"
    if not path.exists():
        write_json(path, {"secret": secrets.token_hex(32)})
    return bytes.fromhex(json.loads(path.read_text("utf-8"))["secret"])


def _move(staged: Path, out: Path) -> None:
    """Put what was staged in place, the notebook last: when it changes, the rest is there."""
    for path in sorted(staged.iterdir(), key=lambda path: (path.suffix == ".ipynb", path.name)):
        target = out / path.name
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)
        path.replace(target)
