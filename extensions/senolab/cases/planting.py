"""What a cohort plans to be odd about an exam's files: a defect of one object, or another way to store all.

Both are planted after the exam was made: masks, prompt and truth are those of the exam as it should be, so
that a file that nothing can read any more spoils nobody's truth. What was planted stands in the folder of the
truth, never in the catalogue's entry.
"""

import difflib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from .identity import keyed
from .woman import VIEWS

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

# Ways to store the same picture, all of them right; `storing` has what each does.
FORMS = (
    *("linear window", "linear exact window", "table", "window and table", "inverse"),
    *("sixteen bits", "mirrored", "magnified", "implicit little endian"),
)
MOVED = ("mirrored", "magnified")  # forms in which a place is another one, or a millimetre
_FILE = "planted.json"


@dataclass(frozen=True)
class Planted:
    """Names of what is planted, empty where nothing is.

    Attributes
    ----------
    defect
        Of one view's object, one of `defects`.
    stored
        How all views For Presentation are stored, one of `FORMS`.
    """

    defect: str = ""
    stored: str = ""


NOTHING = Planted()


@lru_cache(maxsize=1)
def defects() -> Mapping[str, Mapping[str, Any]]:
    """Name -> edits of each defect that `exams check` finds, and what it then tells."""
    text = resources.files("senolab.cases").joinpath("tables", "defects.yaml").read_text("utf-8")
    return {entry["name"]: entry for entry in yaml.safe_load(text)}


def planted_from(entry: Mapping[str, Any], place: str) -> Planted:
    """Read what is planted in an exam of the file; a ValueError that begins with the place."""
    known = {"defect": tuple(defects()) if "defect" in entry else (), "stored": FORMS}
    words = {word: str(entry[word]) for word in known if word in entry}
    for word, name in words.items():
        if name not in known[word]:
            near = difflib.get_close_matches(name, known[word], 3, 0.3) or known[word][:3]
            raise ValueError(f"{place}: {word} {name!r} is not known; there are {', '.join(near)}, ...")
    return Planted(**words)


def plant(images: Path, truth: Path, what: Planted, *, secret: bytes, exam: str) -> None:
    """Change the files of an exam, and tell in its truth what was changed.

    Parameters
    ----------
    secret, exam
        Which view has the defect follows from them, where the defect leaves it open.
    """
    if what == NOTHING:
        return
    told: dict[str, Any] = {word: name for word, name in asdict(what).items() if name}
    if what.stored:
        from .storing import restored

        for view in VIEWS:
            path = images / f"{view}.dcm"
            path.write_bytes(restored(path.read_bytes(), what.stored))
    if what.defect:
        defect = defects()[what.defect]
        view = defect.get("view") or VIEWS[keyed(secret, "defect", exam)[0] % len(VIEWS)]
        path = images / f"{view}.dcm"
        path.write_bytes(spoilt(path.read_bytes(), defect))
        told |= {"view": view, "tells": defect["tells"]}
    (truth / _FILE).write_text(json.dumps(told, indent=1), "utf-8")


def planted_in(truth: Path) -> dict[str, Any] | None:
    """Read from a folder of truth what was planted: ``defect``, ``view``, ``stored``; None if nothing."""
    path = truth / _FILE
    return json.loads(path.read_text("utf-8")) if path.is_file() else None


def spoilt(data: bytes, defect: Mapping[str, Any]) -> bytes:
    """Seed one defect into a file; a file that has none is needed.

    Parameters
    ----------
    defect
        Edits: ``drop`` (keywords), ``set`` (keyword: value), ``in_view`` (both in the item of
        ViewCodeSequence), ``private`` (a value), ``pixel`` (a value), ``cut`` (bytes off the pixels' end).
    """
    from .storing import object_in, written

    ds = object_in(data)
    for holder, edit in ((ds, defect), (ds.ViewCodeSequence[0], defect.get("in_view", {}))):
        for keyword in edit.get("drop", ()):
            delattr(holder, keyword)
        for keyword, value in edit.get("set", {}).items():
            setattr(holder, keyword, value)
    if "SOPClassUID" in defect.get("set", {}):
        ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    if "private" in defect:
        ds.private_block(0x0019, "WARD SYSTEM 1.0", create=True).add_new(0x10, "LO", defect["private"])
    if "pixel" in defect or "cut" in defect:
        _pixels(ds, defect)
    return written(ds)


def _pixels(ds: "Dataset", defect: Mapping[str, Any]) -> None:
    """Spoil the pixels, which no coding then keeps as they are: they are stored plain."""
    if ds.file_meta.TransferSyntaxUID.is_compressed:
        ds.decompress(generate_instance_uid=False)
    if "pixel" in defect:
        values = np.frombuffer(ds.PixelData, "<u2").copy()
        values[len(values) // 2] = defect["pixel"]
        ds.PixelData = values.tobytes()
    if "cut" in defect:
        ds.PixelData = ds.PixelData[: -defect["cut"]]
