"""The library of exams: images and truth in folders apart, one small catalogue entry per exam.

``images/<exam id>/`` holds ``<VIEW>.dcm`` (``RCC.dcm``; of a further image of the view ``RCC-2.dcm``, of a
special one ``RCC-spot.dcm``) and ``exam.json``, and ``processing/<VIEW>.dcm`` where the images For Processing
were asked for; ``truth/<exam id>/`` holds what only a
scorer, a reveal or a practising learner may see. The catalogue never opens a DICOM file.
"""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .searching import matches
from .truth import FindingTruth, Truth, read_truth

CohortSize = tuple[int, int]  # women, and forms of the same women
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TOLD = (
    *("id", "kind", "group", "side", "size_mm", "shape", "margin", "density"),
    *("morphology", "distribution", "asymmetry", "category", "outcome"),
)  # of a finding; where it lies is not told
_FIELDS = ("modality", "density", "vendor", "age", "licence", "synthetic", "source")


@dataclass(frozen=True)
class Exam:
    """The images of one woman on one day.

    Attributes
    ----------
    views
        View name (``RCC`` ...) -> DICOM file.
    raw
        View name -> file For Processing, where these were made.
    density
        BI-RADS density, where known.
    finding
        ``normal``, or the kinds of the findings to recall for; None where the truth is not at hand.
    findings
        All of them, typically benign ones included, where the truth is at hand.
    vendor
        Whose unit; ours by `Vendor.name`, of an exam from outside the manufacturer's words.
    round, priors
        Which of the woman's rounds it is, from 1, and the exams of the earlier ones, the latest first; None
        and none where that is not known.
    imported
        Of an exam from outside: her pseudonym, the moved day, the data set, the terms of its licence, and
        what is special about each image.
    """

    id: str
    views: Mapping[str, Path]
    modality: str
    density: str | None
    vendor: str
    age: int | None
    licence: str
    finding: str | None
    synthetic: bool
    source: str
    raw: Mapping[str, Path] = field(default_factory=dict)
    imported: Mapping[str, Any] | None = None
    findings: tuple[FindingTruth, ...] = ()
    round: int | None = None
    priors: tuple[str, ...] = ()

    def entry(self) -> dict[str, Any]:
        """As `exams list --json` prints it."""
        fields = {name: getattr(self, name) for name in ("id", *_FIELDS, "finding")}
        fields["findings"] = [{name: getattr(one, name) for name in _TOLD} for one in self.findings]
        fields |= {"round": self.round, "priors": list(self.priors)}
        if self.imported is not None:
            fields["imported"] = self.imported
        return {**fields, "views": {view: str(path) for view, path in self.views.items()}}


class Library:
    """A folder of exams.

    Parameters
    ----------
    root
        Folder that holds ``images/`` and ``truth/``.
    images, truth
        Where these two lie elsewhere (inside a learner's sandbox they are mounted apart).
    """

    def __init__(self, root: Path | str, *, images: Path | None = None, truth: Path | None = None) -> None:
        self.images = Path(images) if images else Path(root) / "images"
        self.truths = Path(truth) if truth else Path(root) / "truth"

    def list(self) -> list[Exam]:
        """All exams, by id; a folder without a readable catalogue entry is none."""
        if not self.images.is_dir():
            return []
        found = (self._read(folder) for folder in sorted(self.images.iterdir()) if _ID.fullmatch(folder.name))
        return [exam for exam in found if exam is not None]

    def find(self, text: str = "", **criteria: object) -> "list[Exam]":
        """Exams that match: ``find(density="c", finding="normal")``, and `text` anywhere in the entry.

        Values are compared without regard to case: `vendor` by whole words (``A`` is not ``A2``), `licence`
        and `source` by words, and so is what describes a finding: `finding` by any of its words, or `kind`,
        `group`, `shape` and so on. `age` and `size` take ranges. See `searching.matches`.
        """
        return [exam for exam in self.list() if matches(exam, text, criteria)]

    def get(self, exam_id: str) -> Exam:
        """One exam by its id or the beginning of its id; a KeyError with a sentence when there is none."""
        exams = self.list()
        found = [e for e in exams if e.id == exam_id] or [
            e for e in exams if exam_id and e.id.startswith(exam_id)
        ]
        if len(found) != 1:
            what = "is no exam" if not found else "are several exams"
            raise KeyError(f"there {what} {exam_id!r} in this library")
        return found[0]

    def truth(self, exam_id: str) -> Truth | None:
        """Give the truth of an exam, or None where it is not at hand."""
        path = self.truths / exam_id / "truth.json"
        return read_truth(path) if _ID.fullmatch(exam_id) and path.is_file() else None

    def prompt(self, exam_id: str) -> dict[str, Any] | None:
        """Give what the simple program says about an exam, or None where it is not at hand."""
        path = self.truths / exam_id / "prompt.json"
        return json.loads(path.read_text("utf-8")) if _ID.fullmatch(exam_id) and path.is_file() else None

    def register(self, exam_id: str, **entry: Any) -> Exam:
        """Enter an exam in the catalogue whose folder of images already lies in the library.

        Parameters
        ----------
        entry
            What the catalogue tells of it, as in `Exam`: vendor, licence, synthetic, source; and
            density, age, modality, round and priors where they are known.
        """
        folder = self.images / exam_id
        if not _ID.fullmatch(exam_id) or not folder.is_dir():
            raise ValueError(f"{exam_id!r} has no images in this library")
        beside = folder / f".exam.json.{os.getpid()}"
        beside.write_text(_entry(exam_id, **entry), "utf-8")
        beside.replace(folder / "exam.json")
        return self._entered(exam_id)

    def add(
        self, exam_id: str, files: Mapping[str, Path], *, truth: Path | None = None, **entry: Any
    ) -> Exam:
        """Copy an exam into the library; it appears at once and whole, or not at all.

        Parameters
        ----------
        files
            View name -> DICOM file.
        truth
            Folder of its truth, if it has one.
        entry
            As for `register`.
        """
        if not _ID.fullmatch(exam_id):
            raise ValueError(f"{exam_id!r} is no exam id: letters, digits, dot, dash and underscore only")
        told = _entry(exam_id, **entry)
        folder = self.images / exam_id
        if folder.exists():
            listed = self._read(folder) is not None
            way_out = "" if listed else f", but cannot be read there: move {folder} away, then add it again"
            raise ValueError(f"exam {exam_id} is already in this library{way_out}")
        # The truth first: an exam whose images are there has its truth. One without images is a leftover.
        shutil.rmtree(self.truths / exam_id, ignore_errors=True)
        if truth is not None:
            self._place(self.truths, exam_id, {path.name: path for path in truth.iterdir()})
        self._place(self.images, exam_id, {f"{view}.dcm": path for view, path in files.items()}, told)
        return self._entered(exam_id)

    def _place(self, parent: Path, exam_id: str, files: Mapping[str, Path], entry: str = "") -> None:
        """Copy files into a new folder beside its place, the entry with them, then rename it."""
        parent.mkdir(parents=True, exist_ok=True)
        for left in parent.glob(f".adding-{exam_id}~*"):  # of one that was killed
            shutil.rmtree(left, ignore_errors=True)
        staged = Path(tempfile.mkdtemp(prefix=f".adding-{exam_id}~", dir=parent))
        try:
            staged.chmod(0o755)
            for name, path in files.items():
                shutil.copyfile(path, staged / name)
            if entry:
                (staged / "exam.json").write_text(entry, "utf-8")
            staged.rename(parent / exam_id)
        finally:
            shutil.rmtree(staged, ignore_errors=True)

    def _entered(self, exam_id: str) -> Exam:
        exam = self._read(self.images / exam_id)
        if exam is None:
            raise ValueError(f"{exam_id!r} has no views in this library")
        return exam

    def _read(self, folder: Path) -> Exam | None:
        """Read an exam from its folder, or None when the entry is missing or damaged."""
        try:
            entry = json.loads((folder / "exam.json").read_text("utf-8"))
            fields = {name: entry[name] for name in _FIELDS}
        except (OSError, ValueError, KeyError, TypeError):
            return None
        views, raw = _files(folder), _files(folder / "processing")
        if not views:
            return None
        told = entry.get("imported")
        imported = told if isinstance(told, dict) else None
        truth = self.truth(folder.name)
        return Exam(
            id=folder.name,
            views=views,
            raw=raw,
            finding=None if truth is None else _finding(truth),
            imported=imported,
            findings=() if truth is None else truth.findings,
            **_rounds(entry),
            **fields,
        )


def _rounds(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Read which round an entry tells of, and its priors; entries of earlier versions tell none."""
    number, priors = entry.get("round"), entry.get("priors")
    ids = priors if isinstance(priors, list) else []
    return {
        "round": number if isinstance(number, int) else None,
        "priors": tuple(one for one in ids if isinstance(one, str) and _ID.fullmatch(one)),
    }


def _finding(truth: Truth) -> str | None:
    known = None if truth.outcome == "unknown" else truth.outcome
    return ", ".join(sorted({lesion.kind for lesion in truth.lesions})) or known


def _entry(
    exam_id: str,
    *,
    vendor: str,
    licence: str,
    synthetic: bool,
    source: str,
    density: str | None = None,
    age: int | None = None,
    modality: str = "MG",
    imported: Mapping[str, Any] | None = None,
    round: int | None = None,  # noqa: A002  # the entry's own word
    priors: Sequence[str] = (),
) -> str:
    """Write an exam's entry in the catalogue."""
    entry = {
        "schema": 1,
        "id": exam_id,
        "modality": modality,
        "density": density,
        "vendor": vendor,
        "age": age,
        "licence": licence,
        "synthetic": synthetic,
        "source": source,
        **({"imported": imported} if imported is not None else {}),
        **({"round": round, "priors": list(priors)} if round is not None else {}),
    }
    return json.dumps(entry, indent=1)


def _files(folder: Path) -> dict[str, Path]:
    """View name -> DICOM file of a folder, as they hang."""
    return {path.stem: path for path in sorted(folder.glob("*.dcm"), key=_hanging)}


def _hanging(path: Path) -> tuple[int, str, int]:
    """Order of views as they hang: the four, other views, then special and further images of each."""
    order = ("RCC", "LCC", "RMLO", "LMLO")
    view, special, _ = path.stem.partition("-")
    words, _, number = path.stem.rpartition("-")
    rank = order.index(view) if view in order else len(order)
    further = number.isdigit() and bool(words)
    name, count = (words, int(number)) if further else (path.stem, 1)
    return (rank + (len(order) + 1) * bool(special), name, count)


def cohort_sizes() -> dict[str, CohortSize]:
    """Return the cohorts that a lesson may name, each with its number of women and of forms."""
    from .plans import cohort_named, shipped

    cohorts = (cohort_named(name) for name in shipped())
    return {one.name: (len(one.women), one.forms) for one in cohorts}
