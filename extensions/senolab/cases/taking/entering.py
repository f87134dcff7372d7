"""From clean objects to an exam of the library: names, truth, terms."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from senolab.cases.identity import keyed
from senolab.cases.library import Exam, Library

from . import knowing, pseudonyms
from .dataset import DataSet, Facts
from .naming import NAMED, named, view_in
from .terms import Terms
from .walking import Refused, shown

_MAMMOGRAM = "what came out of it is no mammogram"


@dataclass(frozen=True)
class Source:
    """One file whose header was looked at.

    Attributes
    ----------
    exam
        What brings the files of an exam together.
    told
        Who and when, as the header says; hashed before it is written anywhere.
    known_by
        Keyed hash of the file.
    masks
        Masks and crops of its findings, with what their paths say.
    """

    file: Path
    exam: str
    told: Mapping[str, str]
    facts: Facts | None
    known_by: str
    dataset: str = ""
    turned: bool = False
    masks: tuple[tuple[Path, Mapping[str, str]], ...] = ()

    @classmethod
    def of(
        cls, file: Path, answer: Mapping[str, Any], facts: Facts | None, known_by: str, data: DataSet | None
    ) -> "Source":
        """Bring together what header, data set and place say."""
        told = {
            name: str(answer.get(name) or "")[:128]
            for name in ("patient", "issuer", "study", "series", "instance", "date")
        }
        fields = facts.fields if facts else {}
        if facts and data:
            same = data.spec.get("same_exam", ())
            own = fields.get("exam") or " ".join(fields.get(word, "") for word in same)
            told |= {"patient": fields.get("patient", ""), "issuer": "", "study": own} if own else {}
            told["date"] = fields.get("date", "").replace("-", "")[:8] or told["date"]
        exam = told["study"] or f"folder {file.parent}"
        turned = bool(data and facts and data.spec.get("turned"))
        return cls(file, exam, told, facts, known_by, data.name if data and facts else "", turned)

    def words(self, view: str | None, spacing_mm: float | None) -> dict[str, Any]:
        """Give the words that whoever opens the file is told."""
        own = self.facts.view if self.facts else ""
        outside = own or view_in(self.file.name) or view
        return {"view": outside, "trusted": bool(own), "spacing": spacing_mm, "turned": self.turned}

    def image(self, answer: Mapping[str, Any], path: Path, regions: Mapping[Path, Any]) -> "Image | Refused":
        """Believe nothing that comes out of the sandbox but what has the right form."""
        try:
            view, modifiers = str(answer["view"]), tuple(str(word) for word in answer["modifiers"])
            age, rows, columns, frames = answer["age"], answer["rows"], answer["columns"], answer["frames"]
            down, across = (float(step) for step in answer["spacing"])
            whole = all(isinstance(count, int) and 0 < count < 1 << 20 for count in (rows, columns, frames))
            if not NAMED.fullmatch("-".join([view, *modifiers])) or not whole or path.is_symlink():
                raise ValueError(view)
            with path.open("rb") as clean:
                if clean.read(132)[128:] != b"DICM":
                    raise ValueError("no DICOM")
        except (OSError, ValueError, KeyError, TypeError):
            return Refused(self.file, _MAMMOGRAM)
        return Image(
            self, path, view, modifiers, bool(answer.get("raw")), rows, columns, frames, (down, across),
            shown(answer.get("vendor", "unknown"), 64),
            age if isinstance(age, int) and 0 < age < 200 else None,
            tuple(shown(word, 80) for word in answer.get("removed", ())[:64]),
            tuple(shown(word, 200) for word in answer.get("notes", ())[:64]),
            str(answer.get("content"))[:64], self._measured(rows, columns, regions),
        )  # fmt: skip

    def _measured(self, rows: int, columns: int, regions: Mapping[Path, Any]) -> Facts | None:
        """Give findings the boxes of their masks: of mask and crop, the mask is as large as the image."""
        if self.facts is None or not self.masks:
            return self.facts
        boxes = {}
        for file, told in self.masks:
            region = regions.get(file)
            same = isinstance(region, dict) and (region.get("rows"), region.get("columns")) == (rows, columns)
            box = region.get("box") if isinstance(region, dict) and same else None
            if isinstance(box, list) and len(box) == 4:
                boxes[(str(told.get("set", "")), str(told.get("id", "")))] = tuple(
                    float(step) for step in box
                )
        found = tuple(
            replace(one, box=boxes.get(one.mask, one.box)) if one.mask else one for one in self.facts.findings
        )
        return Facts(self.facts.fields, found)


@dataclass(frozen=True)
class Image:
    """One clean object and what is known of it."""

    source: Source
    path: Path
    view: str
    modifiers: tuple[str, ...]
    raw: bool
    rows: int
    columns: int
    frames: int
    spacing: tuple[float, float]
    vendor: str
    age: int | None
    removed: tuple[str, ...]
    notes: tuple[str, ...]
    content: str
    facts: Facts | None


@dataclass(frozen=True)
class Group:
    """The images of one exam."""

    images: tuple[Image, ...]


@dataclass
class Views:
    """Names of the images that were entered, by their number; and those that were not."""

    of: dict[int, str] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)


def enter(
    library: Library, group: Group, *, secret: bytes, terms: Terms, data: DataSet | None
) -> tuple[Exam, Views]:
    """Put one exam into the library, whole or not at all."""
    views, doubles = _named(group)
    first = group.images[0].source
    patient = pseudonyms.patient_of(
        secret, first.dataset, first.told["patient"] + first.told["issuer"], first.exam
    )
    exam_id = _free(library, "imported-" + keyed(secret, "exam", first.dataset, first.exam).hex()[:12])
    day = pseudonyms.moved(secret, patient, first.told["date"])
    with tempfile.TemporaryDirectory(prefix="senolab-enter-") as folder:
        files = {}
        for n, name in views.of.items():
            names = _names(secret, group.images[n], patient)
            files[name] = Path(folder) / f"{name}.dcm"
            files[name].write_bytes(names.stamped(group.images[n].path.read_bytes()))
        names = {"exam": exam_id, "patient": patient, "day": day}
        truth, known = _truth(Path(folder), group, {**views.of, **doubles}, names, data)
        exam = library.add(
            exam_id,
            files,
            truth=truth,
            vendor=_vendor(group),
            licence=terms.name,
            synthetic=False,
            source=data.spec["title"] if data and first.dataset else "imported",
            density=known.density if known else None,
            age=next((image.age for image in group.images if image.age), known.age if known else None),
            modality="DBT" if all(image.frames > 1 for image in group.images) else "MG",
            imported=_record(group, views, names, terms, data),
        )
    return exam, views


def _named(group: Group) -> tuple[Views, dict[int, str]]:
    """Name the images; one whose pixels are another's under the same view is that one."""
    kept: dict[tuple[str, tuple[str, ...], str], int] = {}
    doubles: dict[int, int] = {}
    for n, image in enumerate(group.images):
        first = kept.setdefault((image.view, image.modifiers, image.content), n)
        if first != n:
            doubles[n] = first
    single = [n for n in range(len(group.images)) if n not in doubles]
    names = named([group.images[n] for n in single])
    views = Views({single[n]: name for n, name in names.items()})
    for n, first in doubles.items():
        other = shown(group.images[first].source.file)
        views.refused.append(
            Refused(group.images[n].source.file, f"its pixels are those of {other}, which was taken")
        )
    return views, {n: views.of[first] for n, first in doubles.items()}


def _free(library: Library, exam_id: str) -> str:
    """Return an id that is free: images that come later than others of their study are an own exam."""
    number, wanted = 1, exam_id
    while (library.images / wanted).exists():
        number += 1
        wanted = f"{exam_id}-{number}"
    return wanted


def _vendor(group: Group) -> str:
    return next((image.vendor for image in group.images if image.vendor != "unknown"), "unknown")


def _names(secret: bytes, image: Image, patient: str) -> pseudonyms.Names:
    told, source = image.source.told, image.source
    return pseudonyms.Names(
        patient,
        pseudonyms.uid_of(secret, "study", source.dataset, source.exam),
        pseudonyms.uid_of(secret, "series", source.dataset, source.exam, told["series"] or source.known_by),
        pseudonyms.uid_of(secret, "instance", source.known_by),
        pseudonyms.uid_of(secret, "frame of reference", source.known_by),
        pseudonyms.moved(secret, patient, told["date"]),
    )


def _truth(
    folder: Path, group: Group, views: Mapping[int, str], names: Mapping[str, str], data: DataSet | None
) -> tuple[Path | None, Any]:
    """Write what the data set says; nothing where it says nothing of this exam."""
    if data is None or not any(image.facts for image in group.images):
        return None, None
    told = [
        knowing.Imaged(
            views[n], image.view[0], image.rows, image.columns, image.spacing, image.facts or Facts({})
        )
        for n, image in enumerate(group.images)
    ]
    home = folder / "truth"
    home.mkdir()
    return home, knowing.write(home, data, names, told)


def _record(
    group: Group, views: Views, names: Mapping[str, str], terms: Terms, data: DataSet | None
) -> dict[str, Any]:
    """Bring together what the catalogue keeps of where an exam came from."""
    day = names["day"]
    told = {
        "patient": names["patient"],
        "day": f"{day[:4]}-{day[4:6]}-{day[6:]}" if day else None,
        "terms": terms.record(),
        "images": {name: _image(group.images[n]) for n, name in views.of.items()},
    }
    if data is not None and group.images[0].source.dataset:
        told |= {"dataset": data.name, "verified_on_original": data.spec["verified_on_original"]}
    return told


def _image(image: Image) -> dict[str, Any]:
    return {
        "known_by": image.source.known_by,
        "intent": "FOR PROCESSING" if image.raw else "FOR PRESENTATION",
        "modifiers": list(image.modifiers),
        "notes": list(image.notes),
    }
