"""A course of plain nbgrader notebooks, dropped in as it is: source/<assignment>/*.ipynb."""

import datetime as dt
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from senolab.words import gettext

from .files import write_bytes
from .findings import Findings
from .keys import SCHEMA
from .notebook import KERNEL
from .ownfiles import read_bytes

MAX_BYTES = 64 * 1024 * 1024
_GRADE_ID = re.compile(r"[A-Za-z0-9_-]{1,120}", re.ASCII)
_PAIRS = (("### BEGIN SOLUTION", "### END SOLUTION"), ("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"))


def check_notebook(path: Path, findings: Findings, *, autotests: bool) -> list[dict[str, Any]]:
    """Note what nbgrader would stumble over; return the cells.

    Parameters
    ----------
    autotests
        Whether the course has an ``autotests.yml``.
    """
    text, cells = _cells(path, findings)
    counted = Counter(_grade_id(cell) for cell in cells if _said(cell))
    for number, cell in enumerate(cells, start=1):
        said = _said(cell)
        if said is None:
            continue
        ident = _grade_id(cell)
        named = ident or gettext("without grade id")
        line, what = _line(text, ident), gettext("Cell %(number)s (%(ident)s)", number=number, ident=named)
        for words in _faults(cell, said, ident, counted):
            findings.error(line, f"{what}: {words}")
        if not autotests and re.search(r"###\s*(HASHED )?AUTOTEST\b", source_of(cell)):
            words = gettext("its AUTOTEST lines need a file autotests.yml in the course's folder.")
            findings.error(line, f"{what}: {words}")
    return cells


def plain_release(
    *, course: str, lesson: str, folder: Path, mode: str = "hub", released: dt.datetime | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return (release.json, keys.json) of an assignment of plain notebooks; it has no keys.

    Raises
    ------
    OSError, ValueError
        If a notebook cannot be read.
    """
    names = sorted(path.name for path in folder.glob("*.ipynb"))
    points = 0.0
    for name in names:
        plain = json.loads(read_bytes(folder, name))
        points += sum(_points(cell) for cell in plain.get("cells", []))
    when = (released or dt.datetime.now(dt.UTC)).astimezone(dt.UTC)
    head = {"schema": SCHEMA, "course": course, "lesson": lesson, "version": 1}
    release = head | {
        "title": lesson,
        "minutes": None,
        "outcomes": [],
        "released": when.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "due": None,
        "max_points": points,
        "forms": ["A"],
        "mode": mode,
        "notebooks": names,
        "cases": {},
        "questions": [],
    }
    return release, head | {"questions": {}, "reveals": {}}


def settle_kernels(folder: Path) -> None:
    """Let the notebooks of a folder that are in Python name the kernel that a campus has.

    JupyterLab asks a learner to select a kernel where a notebook names none, or one of another machine
    (nbgrader's own documentation course names ``python``). Notebooks in other languages stay as they are.

    Raises
    ------
    OSError, ValueError
        If a notebook cannot be read.
    """
    for path in sorted(folder.glob("*.ipynb")):
        plain = json.loads(read_bytes(folder, path.name))
        metadata = plain.get("metadata", {})
        spec = metadata.get("kernelspec", {})
        language = spec.get("language") or metadata.get("language_info", {}).get("name", "python")
        if language == "python" and spec.get("name") != KERNEL["name"]:
            plain["metadata"] = metadata | {"kernelspec": KERNEL}
            write_bytes(path, json.dumps(plain, ensure_ascii=False, indent=1).encode() + b"\n", mode=0o644)


def source_of(cell: dict[str, Any]) -> str:
    """Return a cell's text, however the file splits it."""
    source = cell.get("source", "")
    return "".join(map(str, source)) if isinstance(source, list) else str(source)


def _cells(path: Path, findings: Findings) -> tuple[str, list[dict[str, Any]]]:
    try:
        if path.stat().st_size > MAX_BYTES:
            findings.error(
                1,
                gettext("The notebook is larger than %(most)s bytes; clear its outputs.", most=MAX_BYTES),
            )
            return "", []
        text = read_bytes(path.parent, path.name).decode("utf-8")
        plain = json.loads(text)
    except (OSError, ValueError, RecursionError) as problem:
        findings.error(1, gettext("This is no notebook that can be read: %(problem)s.", problem=problem))
        return "", []
    if not isinstance(plain, dict) or plain.get("nbformat") != 4 or not isinstance(plain.get("cells"), list):
        findings.error(1, gettext("This is no notebook of format 4; open and save it in Jupyter."))
        return text, []
    return text, [cell for cell in plain["cells"] if isinstance(cell, dict)]


def _said(cell: dict[str, Any]) -> dict[str, Any] | None:
    metadata = cell.get("metadata")
    said = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return said if isinstance(said, dict) and said else None


def _grade_id(cell: dict[str, Any]) -> str:
    return str((_said(cell) or {}).get("grade_id", "")).strip()


def _points(cell: dict[str, Any]) -> float:
    said = _said(cell) or {}
    worth = said.get("points", 0)
    graded = said.get("grade") or said.get("task")
    return float(worth) if graded and isinstance(worth, int | float) else 0.0


def _faults(cell: dict[str, Any], said: dict[str, Any], ident: str, counted: Counter[str]) -> list[str]:
    version = said.get("schema_version", 0)
    if version != 3:
        newer = isinstance(version, int) and version > 3
        mend = (
            gettext("this nbgrader is too old for it")
            if newer
            else gettext("run 'nbgrader update' on the notebook")
        )
        return [
            gettext(
                "its metadata have schema %(version)s, and 3 is wanted; %(mend)s.", version=version, mend=mend
            )
        ]
    graded, solution, task = (bool(said.get(name)) for name in ("grade", "solution", "task"))
    faults: list[str] = []
    if not _GRADE_ID.fullmatch(ident):
        faults.append(gettext("it needs a grade id of letters, digits, '-' and '_'."))
    elif counted[ident] > 1:
        faults.append(gettext("another cell has the same grade id; rename one of them."))
    if graded or task:
        points = said.get("points")
        if not isinstance(points, int | float) or isinstance(points, bool) or points < 0:
            faults.append(gettext("it is graded and needs points of 0 or more."))
    if graded and not solution and cell.get("cell_type") != "code":
        faults.append(gettext("tests must stand in a code cell."))
    if task and cell.get("cell_type") != "markdown":
        faults.append(gettext("a task must stand in a Markdown cell."))
    source = source_of(cell)
    faults += [
        gettext("%(first)r and %(last)r do not pair.", first=first, last=last)
        for first, last in _PAIRS
        if _unpaired(source, first, last)
    ]
    return faults


def _unpaired(source: str, first: str, last: str) -> bool:
    return source.count(first) != source.count(last)


def _line(text: str, ident: str) -> int:
    """Return the line of a grade id's last use in the file: of two, the one to rename."""
    place = text.rfind(f'"grade_id": "{ident}"') if ident else -1
    return text[:place].count("\n") + 1 if place >= 0 else 1
