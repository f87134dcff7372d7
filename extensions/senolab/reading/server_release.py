"""Laying a release out in the learner's home, without losing what the learner made of the last one."""

import contextlib
import itertools
import json
import os
import secrets
import shutil
from pathlib import Path
from typing import Any

import nbformat

from senolab.words import gettext
from senolab.words.trouble import reason

from .server_places import RefusedError, Worked, notebooks

_OWN = {"record.jsonl", "release.json"}  # the first is the learner's, the second is written last


def lay_out(release: Path, worked: Worked) -> bool:
    """Bring a lesson's folder up to a release; return whether a notebook was replaced.

    A new version brings its notebooks, ``release.json`` and files; the record and whatever else the
    learner keeps there stay. A notebook that was deleted or damaged is brought afresh. What the learner
    changed, notebook or file, is kept beside as ``<name>.old.ipynb``, the next time as
    ``<name>.old-2.ipynb``. ``release.json`` is renamed into place last, so that an interrupted opening is
    done again.

    Parameters
    ----------
    release
        Folder of the release.
    worked
        Where the learner works.

    Raises
    ------
    RefusedError
        If the home does not take the files.
    """
    try:
        worked.folder.mkdir(parents=True, exist_ok=True)
        return _lay_out(release, worked)
    except OSError as problem:
        raise RefusedError(
            gettext("The lesson cannot be put into your folder: %(reason)s.", reason=reason(problem)),
            status=500,
        ) from problem


def _lay_out(release: Path, worked: Worked) -> bool:
    terms = (release / "release.json").read_bytes()
    held_terms = _bytes(worked.folder / "release.json")
    names = notebooks(json.loads(terms))
    due = [name for name in names if held_terms != terms or _lost(release / name, worked.folder / name)]
    if held_terms != terms:
        _copy_files(release, worked, names, held_terms)
    for name in due:
        _bring(release / name, worked.folder / name, before=_before(release, name, held_terms))
    if held_terms != terms:
        _put(worked.folder / "release.json", terms)
    return bool(due)


def _lost(released: Path, place: Path) -> bool:
    """Tell whether a notebook is gone, or can no longer serve."""
    held = _bytes(place)
    return held is None or _damaged(held, released.read_bytes())


def _bring(released: Path, place: Path, *, before: bytes | None) -> None:
    """Put a released notebook in its place, with what the learner wrote in it."""
    held, fresh = _bytes(place), released.read_bytes()
    if held is not None and _essence(held) not in (_essence(fresh), _essence(before)):
        _keep(place, held)
    _put(place, _carried(held, before, fresh))


def _keep(place: Path, held: bytes) -> None:
    """Keep what the learner made of a file beside it, over nothing else; what is kept stays kept once."""
    for number in itertools.count(1):
        mark = ".old" if number == 1 else f".old-{number}"
        copy = place.with_name(f"{place.stem}{mark}{place.suffix}")
        there = _bytes(copy)
        if there is None:
            _put(copy, held)
        if there is None or there == held:
            return


def _copy_files(release: Path, worked: Worked, notebooks: list[str], held_terms: bytes | None) -> None:
    """Copy what the lesson's text shows (pictures, tables); exams are read where they lie."""
    for path in release.rglob("*"):
        name = path.relative_to(release)
        skip = name.parts[0] == "exams" or name.name in _OWN or str(name) in notebooks
        skip = skip or any(part.startswith(".") for part in name.parts)
        if path.is_file() and not skip:
            target = worked.folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            held = _bytes(target)
            if held is not None and held not in (path.read_bytes(), _before(release, str(name), held_terms)):
                _keep(target, held)
            draft = _draft(target)
            shutil.copyfile(path, draft)
            draft.replace(target)


def _before(release: Path, name: str, held_terms: bytes | None) -> bytes | None:
    """Return a file as it was released in the version that the learner has."""
    with contextlib.suppress(ValueError, KeyError, TypeError, OSError):
        version = int(json.loads(held_terms or b"")["version"])
        return (release.parent / str(version) / name).read_bytes()
    return None


def _damaged(held: bytes, fresh: bytes) -> bool:
    """Tell whether a notebook can no longer serve as the lesson that was released.

    The page never writes to the notebook, so on a page every change is damage. In a lesson with code the
    learner works in the notebook; there only one that cannot be read is damaged.
    """
    if _notebook(held) is None:
        return True
    released = _notebook(fresh) or {}
    page = released.get("metadata", {}).get("senolab", {}).get("page") is True
    return page and _essence(held) != _essence(fresh)


def _essence(data: bytes | None) -> Any:
    """Return what makes a notebook this lesson: its cells without outputs and counters."""
    notebook = _notebook(data)
    if notebook is None:
        return data
    marks = ("nbgrader", "tags")
    return [
        (cell["cell_type"], cell["source"], {mark: cell["metadata"].get(mark) for mark in marks})
        for cell in notebook["cells"]
    ]


def _carried(held: bytes | None, before: bytes | None, fresh: bytes) -> bytes:
    """Return the fresh notebook with the learner's own code in the cells meant for it."""
    mine, theirs, notebook = _answers(_notebook(held)), _answers(_notebook(before)), _notebook(fresh)
    if notebook is None or notebook["metadata"].get("senolab", {}).get("page") is True:
        return fresh
    written = {name: text for name, text in mine.items() if name in theirs and text != theirs[name]}
    changed = False
    for cell in notebook["cells"]:
        name = _answer_id(cell)
        if name in written:
            cell["source"], changed = written[name], True
    return nbformat.writes(notebook).encode("utf-8") if changed else fresh


def _answers(notebook: Any) -> dict[str, str]:
    cells = notebook["cells"] if notebook else []
    return {name: cell["source"] for cell in cells if (name := _answer_id(cell))}


def _answer_id(cell: Any) -> str | None:
    mark = cell["metadata"].get("nbgrader", {})
    return mark.get("grade_id") if mark.get("solution") or mark.get("task") else None


def _notebook(data: bytes | None) -> Any:
    """Return a notebook that can be opened, or None."""
    with contextlib.suppress(Exception):  # what the reader of notebooks raises on nonsense is its own affair
        notebook = nbformat.reads((data or b"").decode("utf-8"), as_version=4)
        nbformat.validate(notebook)
        return notebook
    return None


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _put(path: Path, data: bytes) -> None:
    draft = _draft(path)
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _draft(path: Path) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
