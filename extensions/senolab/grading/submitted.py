"""Reading what a learner handed in: any bytes, no trust.

A notebook comes back from a download renamed, cut off, merged badly, or written by another program.
What can be read is read, and each repair is a sentence; what cannot is one `UnreadableError`.
"""

import json
import os
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from senolab.words import gettext, ngettext, number
from senolab.words.trouble import reason

from . import conflicts

MAX_BYTES = 64 * 1024 * 1024
MAX_CELLS = 2000
MAX_SOURCE = 200_000  # characters of one cell


class UnreadableError(Exception):
    """A file holds no notebook; the message says what is wrong and what to do."""


@dataclass(frozen=True)
class Cell:
    """One cell of a submission, reduced to what is taken from it."""

    cell_type: str  # "code", "markdown" or "raw"
    source: str
    grade_id: str | None = None
    id: str | None = None
    images: tuple[tuple[str, str, str], ...] = ()  # name, type, base64


@dataclass(frozen=True)
class Notebook:
    """A submitted notebook and the sentences on what was mended in reading it."""

    name: str
    cells: tuple[Cell, ...]
    repairs: tuple[str, ...] = ()


def read_bytes(path: Path) -> bytes:
    """Read an ordinary file; a link or a device planted in a submission is refused."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as problem:
        raise UnreadableError(
            gettext("%(name)s cannot be opened: %(reason)s.", name=path.name, reason=reason(problem))
        ) from problem
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableError(
                gettext("%(name)s is no ordinary file. Ask the learner to hand in again.", name=path.name)
            )
        if status.st_size > MAX_BYTES:
            size = status.st_size // 2**20
            most = MAX_BYTES // 2**20
            raise UnreadableError(
                gettext(
                    "%(name)s has %(size)s MiB; %(most)s MiB are read at most.",
                    name=path.name,
                    size=number(size),
                    most=number(most),
                )
            )
        return file.read(MAX_BYTES)


def parse(name: str, data: bytes) -> Notebook:
    """Read the bytes of a notebook file.

    Raises
    ------
    UnreadableError
        If no cell can be found in it.
    """
    repairs: list[str] = []
    text = data.decode("utf-8-sig", "replace")
    if not text.strip():
        raise UnreadableError(gettext("%(name)s is empty. Ask the learner to hand in again.", name=name))
    plain = _load(text)
    if plain is None and (merged := conflicts.sides(text)):
        plain = _of_sides(merged)
        repairs.append(
            gettext("%(name)s held the marks of a merge conflict; one side of each was taken.", name=name)
        )
    if plain is None:
        cells = _salvage(text)
        if not cells:
            raise UnreadableError(
                gettext("%(name)s is no notebook, or is cut off at its start. Ask for it again.", name=name)
            )
        sentence = ngettext(
            "%(name)s is cut off or damaged; %(count)s part of it could be read.",
            "%(name)s is cut off or damaged; %(count)s parts of it could be read.",
            len(cells),
            name=name,
        )
        repairs.append(sentence)
        plain = {"cells": cells}
    return Notebook(name, tuple(_cells(plain, name, repairs)), tuple(dict.fromkeys(repairs)))


def _load(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _of_sides(merged: tuple[str, str]) -> Any:
    """Take the side of a merge that reads as a notebook; of two, the one with more in it."""
    read = [side for side in map(_load, merged) if isinstance(side, dict)]
    return max(read, key=lambda side: len(str(side)), default=None)


def _salvage(text: str) -> list[Any]:
    """Read one cell after the other until the text breaks off."""
    start = re.search(r'"cells"\s*:\s*\[', text)
    cells: list[Any] = []
    decoder = json.JSONDecoder(strict=False)
    place = start.end() if start else len(text)
    while place < len(text) and len(cells) < MAX_CELLS:
        gap = re.compile(r"[\s,]*").match(text, place)
        place = gap.end() if gap else place
        try:
            cell, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            break
        cells.append(cell)
    return cells


def _cells(plain: Any, name: str, repairs: list[str]) -> Iterable[Cell]:
    """Give the cells of nbformat 4, or of the worksheets of nbformat 3."""
    if not isinstance(plain, dict):
        raise UnreadableError(
            gettext("%(name)s is no notebook. Ask the learner to hand in the .ipynb file.", name=name)
        )
    listed = plain.get("cells")
    if listed is None and isinstance(plain.get("worksheets"), list):
        sheets = [sheet for sheet in plain["worksheets"] if isinstance(sheet, dict)]
        inner = [sheet["cells"] for sheet in sheets if isinstance(sheet.get("cells"), list)]
        listed = [cell for cells in inner for cell in cells]
        repairs.append(gettext("%(name)s is in an old notebook format; it was converted.", name=name))
    if not isinstance(listed, list) or not listed:
        raise UnreadableError(
            gettext("%(name)s holds no cells. Ask the learner to hand in the .ipynb file.", name=name)
        )
    if len(listed) > MAX_CELLS:
        sentence = gettext(
            "%(name)s holds %(count)s parts; the first %(most)s were read.",
            name=name,
            count=number(len(listed)),
            most=number(MAX_CELLS),
        )
        repairs.append(sentence)
    for raw in listed[:MAX_CELLS]:
        cell = _cell(raw, name, repairs)
        if cell is not None:
            yield cell


def _cell(raw: Any, name: str, repairs: list[str]) -> Cell | None:
    source = _text(raw.get("source", raw.get("input", ""))) if isinstance(raw, dict) else None
    if not isinstance(raw, dict) or source is None:
        repairs.append(gettext("A part of %(name)s cannot be read and was left out.", name=name))
        return None
    cell_type = raw.get("cell_type")
    if cell_type not in ("code", "markdown", "raw"):
        cell_type = "markdown" if cell_type in ("heading", "html") else "code"
        repairs.append(
            gettext(
                "A part of %(name)s had lost its type; it was read as %(cell_type)s.",
                name=name,
                cell_type=cell_type,
            )
        )
    if len(source) > MAX_SOURCE:
        sentence = gettext(
            "A part of %(name)s was longer than %(most)s characters and was cut.",
            name=name,
            most=number(MAX_SOURCE),
        )
        repairs.append(sentence)
    source = _settled(source[:MAX_SOURCE], cell_type, name, repairs)
    own_id = raw.get("id")
    return Cell(cell_type, source, _grade_id(raw), own_id if isinstance(own_id, str) else None, _images(raw))


def _text(value: Any) -> str | None:
    """Join a source; it may be text or a list of lines."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        value = "".join(value)
    # a half surrogate pair could be written to no file
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else None


def _grade_id(raw: Mapping[str, Any]) -> str | None:
    metadata = raw.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    return grade_id if isinstance(grade_id, str) and grade_id else None


def _images(raw: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    """Keep the pictures a learner pasted into an answer, and no other attachment."""
    attached = raw.get("attachments")
    found = []
    for name, bundle in attached.items() if isinstance(attached, dict) else ():
        for kind in ("image/png", "image/jpeg", "image/gif"):
            data = bundle.get(kind) if isinstance(bundle, dict) else None
            if isinstance(data, str) and re.fullmatch(r"[A-Za-z0-9+/=\s]+", data):
                found.append((str(name), kind, data))
    return tuple(found[:50])


def _settled(source: str, cell_type: str, name: str, repairs: list[str]) -> str:
    """Settle the marks of a merge conflict inside an answer: the side that is Python, else the first."""
    merged = conflicts.sides(source)
    if merged is None:
        return source
    repairs.append(
        gettext(
            "An answer in %(name)s held the marks of a merge conflict; one side of each was taken.", name=name
        )
    )
    return next((side for side in merged if cell_type == "code" and _compiles(side)), merged[0])


def _compiles(source: str) -> bool:
    try:
        compile(source, "answer", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def find(folder: Path, name: str, grade_ids: Iterable[str]) -> tuple[Notebook | None, list[str]]:
    """Find and read the notebook called `name` in a submission, by its content if need be.

    Returns
    -------
    tuple
        The notebook or None, and the sentences on what was tried.
    """
    wanted, problems = set(grade_ids), []
    exact = folder / f"{name}.ipynb"
    if exact.is_file() and not exact.is_symlink():
        try:
            return parse(exact.name, read_bytes(exact)), []
        except UnreadableError as problem:
            problems.append(str(problem))
    best: tuple[int, Notebook] | None = None
    others = [path for path in sorted(folder.glob("*.[iI][pP][yY][nN][bB]")) if path != exact]
    for path in others[:20]:
        try:
            notebook = parse(path.name, read_bytes(path))
        except UnreadableError as problem:
            problems.append(str(problem))
            continue
        known = len(wanted & {cell.grade_id for cell in notebook.cells if cell.grade_id})
        if known and (best is None or known > best[0]):
            best = known, notebook
    if best is None:
        return None, problems
    repair = gettext("%(name)s was found under the name %(found)s.", name=exact.name, found=best[1].name)
    return Notebook(best[1].name, best[1].cells, (*problems, repair, *best[1].repairs)), []
