"""Which breast and which projection: DICOM CID 4014 (views) and CID 4015 (modifiers)."""

import re
from dataclasses import dataclass
from typing import Any

from pydicom.dataset import Dataset

from .refusing import UnreadableError, printable

# term -> SNOMED CT code, meaning, the older code that real machines still write
VIEWS = {
    "CC": ("399162004", "cranio-caudal", "R-10242"),
    "MLO": ("399368009", "medio-lateral oblique", "R-10226"),
    "ML": ("399260004", "medial-lateral", "R-10224"),
    "LM": ("399352003", "latero-medial", "R-10228"),
    "LMO": ("399099002", "latero-medial oblique", "R-10230"),
    "FB": ("399196006", "caudo-cranial", "R-10244"),
    "SIO": ("399188001", "superolateral to inferomedial oblique", "R-102D0"),
    "ISO": ("441555000", "inferomedial to superolateral oblique", "R-40AAA"),
    "XCCL": ("399192008", "cranio-caudal exaggerated laterally", "R-1024A"),
    "XCCM": ("399101009", "cranio-caudal exaggerated medially", "R-1024B"),
    "XCC": ("399265003", "cranio-caudal exaggerated", "Y-X1770"),
}
# short word of a file's name -> SNOMED CT code, meaning, older code
MODIFIERS = {
    "id": ("399209000", "Implant Displaced", "R-102D5"),
    "mag": ("399163009", "Magnification", "R-102D6"),
    "spot": ("399055006", "Spot Compression", "R-102D7"),
    "at": ("399011000", "Axillary Tail", "R-102D1"),
    "axt": ("442580003", "Axillary tissue", "R-40AB2"),
    "cv": ("399161006", "Cleavage", "R-102D2"),
    "rl": ("399197002", "Rolled Lateral", "R-102D3"),
    "rm": ("399226006", "Rolled Medial", "R-102D4"),
    "rs": ("415670009", "Rolled Superior", "R-102C9"),
    "ri": ("414493004", "Rolled Inferior", "R-102CA"),
    "tan": ("399110001", "tangential", "R-102C2"),
    "ac": ("441752004", "Anterior compression", "P2-00161"),
    "imf": ("442593008", "Infra-mammary fold", "R-40ABE"),
    "nip": ("442581004", "Nipple in profile", "R-40AB3"),
}
_BY_CODE = {code: term for term, (sct, _, srt) in VIEWS.items() for code in (sct, srt)}
_MODIFIER = {code: term for term, (sct, _, srt) in MODIFIERS.items() for code in (sct, srt)}
_SPECIMEN = ("127457009", "G-8310")
_POSITION = re.compile(rf"[RL]?({'|'.join(sorted(VIEWS, key=len, reverse=True))})(ID|M|S)?")
_TOLD = re.compile(r"([RL])([A-Z]{2,4})")


@dataclass(frozen=True)
class Seen:
    """Side, projection, modifiers; and where the header contradicts what was told, in words."""

    side: str
    projection: str
    modifiers: tuple[str, ...]
    notes: tuple[str, ...]


def seen(ds: Dataset, *, told: str = "", trusted: bool = False) -> Seen:
    """Find the view of an image.

    Parameters
    ----------
    told
        A view from outside the file, such as ``RCC``: fills what the header lacks.
    trusted
        Whether `told` stands above the header (a data set's table, where headers are known to be wrong).
    """
    side, notes = _side(ds)
    projection = _projection(ds)
    outside = _TOLD.fullmatch(told)
    if outside:
        if trusted and (side, projection) != outside.groups() and (side or projection):
            notes += [f"its header says {side or '?'}{projection or ' (no view)'}, the table says {told}"]
        one, other = outside.groups()
        side, projection = (one, other) if trusted else (side or one, projection or other)
    if side == "B":
        raise UnreadableError("it shows both breasts in one image: ImageLaterality (0020,0062) is B")
    if not side:
        raise UnreadableError(
            "it does not say which breast: ImageLaterality (0020,0062) is neither R nor L (--view tells it)"
        )
    if not projection:
        raise UnreadableError(
            "its view is none that is known: ViewCodeSequence (0054,0220), ViewPosition (0018,5101)"
            " (--view tells it)"
        )
    return Seen(side, projection, tuple(_modifiers(ds)), tuple(notes))


def _side(ds: Dataset) -> tuple[str, list[str]]:
    """Read the side; ImageLaterality stands above Laterality."""
    words = [printable(ds.get(word) or "").upper() for word in ("ImageLaterality", "Laterality")]
    words += [_shared_side(ds)]
    sides = [{"RIGHT": "R", "LEFT": "L"}.get(word, word) for word in words if word]
    known = [side for side in sides if side in ("R", "L", "B")]
    notes = (
        ["its header names both sides; ImageLaterality (0020,0062) was followed"]
        if len(set(known)) > 1
        else []
    )
    return (known[0] if known and sides[0] in ("R", "L", "B") else ""), notes


def _shared_side(ds: Dataset) -> str:
    """Side of a volume, which stands in its functional groups."""
    try:
        return printable(ds.SharedFunctionalGroupsSequence[0].FrameAnatomySequence[0].FrameLaterality).upper()
    except Exception:
        return ""


def _items(ds: Any, word: str) -> list[Any]:
    """Items of a sequence; none where it is missing or damaged."""
    try:
        return list(ds.get(word) or [])
    except Exception:
        return []


def _projection(ds: Dataset) -> str:
    """Read the projection: the code first, the older term second."""
    codes = [printable(item.get("CodeValue") or "") for item in _items(ds, "ViewCodeSequence")]
    if any(code in _SPECIMEN for code in codes):
        raise UnreadableError("it shows a specimen, not a breast: ViewCodeSequence (0054,0220)")
    found = next((_BY_CODE[code] for code in codes if code in _BY_CODE), "")
    position = _POSITION.fullmatch(printable(ds.get("ViewPosition") or "").upper().replace(" ", ""))
    return found or (position[1] if position else "")


def _modifiers(ds: Dataset) -> list[str]:
    """Read what is special about a view, in a fixed order."""
    codes = {
        printable(modifier.get("CodeValue") or "")
        for item in _items(ds, "ViewCodeSequence")
        for modifier in _items(item, "ViewModifierCodeSequence")
    }
    found = {_MODIFIER[code] for code in codes if code in _MODIFIER}
    position = _POSITION.fullmatch(printable(ds.get("ViewPosition") or "").upper().replace(" ", ""))
    if position and position[2]:
        found.add({"ID": "id", "M": "mag", "S": "spot"}[position[2]])
    types = [printable(word).upper() for word in _values(ds, "ImageType")]
    series = printable(ds.get("SeriesDescription") or "").upper()
    if any("TOMO" in word or "GENERATED" in word for word in types) or "C-VIEW" in series:
        found.add("syn")
    return [word for word in (*MODIFIERS, "syn") if word in found]


def _values(ds: Dataset, word: str) -> list[Any]:
    """Values of an attribute, be they one or several."""
    value = ds.get(word)
    if value is None or value == "":
        return []
    return [value] if isinstance(value, str) or not hasattr(value, "__iter__") else list(value)
