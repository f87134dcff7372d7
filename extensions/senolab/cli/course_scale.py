"""The size of a lesson's images where nobody names one: a release again shows the same women."""

import fcntl
import json
from pathlib import Path
from typing import Any

from senolab.lessons.course import Entry
from senolab.lessons.shelf import Shelf, ShelfError, read_json
from senolab.operation import checks, settings


def scale_of(entry: Entry, shelf: Shelf, *, checkout: Path) -> str:
    """Return the size of the exams drawn for a lesson, else the running campus's, else the settings'.

    Exams of another size are other women with other ids, and a lesson in which learners already answered
    must not change them. Of several sizes it is that of the release in force, else the newest.

    Raises
    ------
    SettingsError
        If the operator's settings cannot be read.
    """
    drawn = _drawn(entry, shelf)
    if drawn:
        shown = _shown(entry, shelf)
        kept = [one for one in drawn if shown and shown <= _ids(one)]
        return (kept or drawn)[-1]["scale"]
    return _running(shelf) or settings.read(shelf.state, checkout).scale


def _drawn(entry: Entry, shelf: Shelf) -> list[dict[str, Any]]:
    """Return what was drawn for a lesson, the newest last."""
    folder = shelf.drawn(entry.course, entry.id, "any", "any").parent
    found = []
    for path in folder.glob("*/drawn.json"):
        try:
            told = read_json(path)
            time = path.stat().st_mtime_ns
        except (OSError, ShelfError):  # whoever draws will tell it
            continue
        if told.get("scale") in checks.SCALES:
            found.append((time, path.parent.name, told))
    return [told for *_, told in sorted(found, key=lambda one: one[:2])]


def _ids(drawn: dict[str, Any]) -> set[str]:
    return {exam["exam"] for exams in drawn["forms"].values() for exam in exams}


def _shown(entry: Entry, shelf: Shelf) -> set[str]:
    """Return the exams of the release in force; none where there is none."""
    try:
        cases = shelf.release_json(entry.course, entry.id)["cases"]
    except (ShelfError, KeyError):
        return set()
    return {exam for case in cases.values() for exam in case["exam"].values()}


def _running(shelf: Shelf) -> str | None:
    """Return the size that the campus was started with, if one runs here."""
    try:
        with (shelf.run / "lock").open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return None  # nobody holds it: what the file says is of a campus that has ended
    except BlockingIOError:
        pass
    except OSError:
        return None
    try:
        scale = json.loads((shelf.run / "campus.json").read_text("utf-8"))["scale"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return scale if scale in checks.SCALES else None
