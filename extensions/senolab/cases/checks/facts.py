"""What the rules across files need of one object, as plain words: nothing else comes out of the sandbox."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from .findings import number, text
from .grey import PRESENTATION, PROCESSING

Kind = Literal["presentation", "processing", "segmentation", "other"]
_LONGEST = 256
_MAP = re.compile(r"[0-9a-f]{0,1024}")


@dataclass(frozen=True)
class Facts:
    """One object among others; texts are "" where the header does not tell.

    Attributes
    ----------
    sources
        SOPInstanceUID of the images that a segmentation is of.
    occupied
        Where breast (of an image) or lesion (of a segmentation) lies, `pixels.cells`.
    """

    kind: Kind
    view: str
    instance: str
    series: str
    study: str
    patient: str
    name: str
    sex: str
    birth: str
    age: str
    date: str
    maker: str
    spacing: str
    orientation: str
    rows: int
    columns: int
    sources: tuple[str, ...] = ()
    occupied: int = 0

    def to_json(self) -> dict[str, Any]:
        """Write as plain data."""
        return {**asdict(self), "sources": list(self.sources), "occupied": f"{self.occupied:x}"}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Facts":
        """Read what a sandbox wrote, believing nothing; a ValueError where it is something else."""
        words = {name: told.get(name) for name in _TEXTS}
        sizes = {name: told.get(name) for name in ("rows", "columns")}
        sources, occupied = told.get("sources"), told.get("occupied")
        if not (
            all(isinstance(word, str) and len(word) <= _LONGEST for word in words.values())
            and all(type(size) is int and 0 <= size <= 1 << 17 for size in sizes.values())
            and isinstance(sources, list)
            and all(isinstance(uid, str) and len(uid) <= 64 for uid in sources[:100])
            and isinstance(occupied, str)
            and _MAP.fullmatch(occupied)
            and words["kind"] in ("presentation", "processing", "segmentation", "other")
        ):
            raise ValueError("no facts of an object")
        return cls(**words, **sizes, sources=tuple(sources[:100]), occupied=int(occupied or "0", 16))  # type: ignore[arg-type]


_TEXTS = [field.name for field in fields(Facts) if field.type is str or field.name == "kind"]


def facts_of(ds: Any, *, view: str, sources: tuple[str, ...] = (), occupied: int = 0) -> Facts:
    """Take the facts out of an object."""
    kinds: dict[str, Kind] = {
        PRESENTATION: "presentation",
        PROCESSING: "processing",
        "1.2.840.10008.5.1.4.1.1.66.4": "segmentation",
    }
    words = {
        "instance": "SOPInstanceUID",
        "series": "SeriesInstanceUID",
        "study": "StudyInstanceUID",
        "patient": "PatientID",
        "name": "PatientName",
        "sex": "PatientSex",
        "birth": "PatientBirthDate",
        "age": "PatientAge",
        "date": "StudyDate",
        "maker": "Manufacturer",
        "spacing": "ImagerPixelSpacing",
        "orientation": "PatientOrientation",
    }
    told = {name: text(ds, keyword)[:_LONGEST] for name, keyword in words.items()}
    return Facts(
        kind=kinds.get(text(ds, "SOPClassUID"), "other"),
        view=view[:_LONGEST],
        rows=_size(ds, "Rows"),
        columns=_size(ds, "Columns"),
        sources=sources[:100],
        occupied=occupied,
        **told,
    )


def _size(ds: Any, keyword: str) -> int:
    return min(max(int(number(ds, keyword) or 0), 0), 1 << 17)
