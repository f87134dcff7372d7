"""Exams from outside: hospital or public DICOM mammograms, or PNG pictures whose view is told.

Each file is opened in the sandbox by `reading_untrusted` and leaves it as a new, clean object; this
process never parses what came from outside.
"""

import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from senolab.sandbox import Limits, Mount, available, run

from .library import Exam, Library
from .woman import VIEWS

_PICTURES = (".png",)
_LICENCES = re.compile(r"(licen[cs]e|copying)(\.\w+)?", re.IGNORECASE)
_LIMITS = Limits(memory=3 << 30, cpu_seconds=120, wall_seconds=180, file_size=256 << 20, output=1 << 20)


class ImportRefusedError(ValueError):
    """A file cannot be taken in; the message names it and says why."""


@dataclass(frozen=True)
class Taken:
    """One file that was read and cleaned.

    Attributes
    ----------
    path
        The clean object.
    removed
        What was left out of its header, in words.
    study
        Hash of the study it belonged to, or "".
    digest
        SHA-256 of the file as it came.
    """

    source: Path
    path: Path
    view: str
    vendor: str
    age: int | None
    removed: tuple[str, ...]
    study: str
    digest: str


def files_in(paths: Iterable[Path]) -> list[Path]:
    """Find what can be read: files as given, and in folders everything but texts and licences."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = (p for p in sorted(path.rglob("*")) if p.is_file() and not p.name.startswith("."))
            found += [
                p
                for p in inside
                if p.suffix.lower() in (".dcm", ".dicom", "", *_PICTURES) and not _is_licence(p)
            ]
        elif path.is_file():
            found.append(path)
        else:
            raise ImportRefusedError(f"{path}: there is no such file or folder")
    if not found:
        raise ImportRefusedError("there is nothing to import: no DICOM file and no PNG picture was found")
    return found


def _is_licence(path: Path) -> bool:
    return _LICENCES.fullmatch(path.name) is not None


def licence_of(files: Iterable[Path]) -> str | None:
    """Text of the licence that lies beside the files, or None."""
    for folder in dict.fromkeys(path.parent for path in files):
        for path in sorted(folder.iterdir()):
            if path.is_file() and _is_licence(path):
                return path.read_text("utf-8", errors="replace")[:20_000]
    return None


def licence_name(text: str | None) -> str:
    """Give a short name for a licence: its first line that says something."""
    lines = (line.strip(" #*=-\t") for line in (text or "").splitlines())
    return next((line[:80] for line in lines if len(line) > 3), "not stated")


@contextmanager
def taken(
    files: Iterable[Path], *, view: str | None = None, spacing_mm: float | None = None
) -> Iterator[list[Taken]]:
    """Read and clean files in the sandbox; the clean ones live as long as the context.

    Parameters
    ----------
    view
        View of the pictures that do not say it in their names.
    spacing_mm
        Pixel size of pictures; 0.1 mm when not given.
    """
    if view is not None and view not in VIEWS:
        raise ImportRefusedError(f"there is no view {view!r}; the views are {', '.join(VIEWS)}")
    ready = available()
    if not ready.ok:
        raise ImportRefusedError(f"files from outside are opened in a sandbox only: {ready.why} {ready.mend}")
    with tempfile.TemporaryDirectory(prefix="senolab-import-") as folder:
        yield [_take(path, Path(folder) / str(n), view, spacing_mm) for n, path in enumerate(files)]


def _take(path: Path, home: Path, view: str | None, spacing_mm: float | None) -> Taken:
    """Read one file in the sandbox."""
    home.mkdir(mode=0o777)
    inside = f"/mnt/{'picture.png' if path.suffix.lower() in _PICTURES else 'image.dcm'}"
    told = _view_in(path.name) or view or "-"
    words = [inside, "/home/learner", told, "-" if spacing_mm is None else f"{spacing_mm:g}"]
    done = run(
        [sys.executable, "-m", "senolab.cases.reading_untrusted", *words],
        mounts=[Mount(path.resolve(), inside)],
        limits=_LIMITS,
        home=home,
    )
    if done.reason or done.returncode:
        reasons = {"time": "it takes too long", "memory": "it needs too much memory"}
        raise ImportRefusedError(
            f"{path}: {reasons.get(done.reason or '', 'it cannot be read in the sandbox')}"
        )
    return _checked(path, home, done.stdout)


def _checked(path: Path, home: Path, answer: bytes) -> Taken:
    """Believe nothing that comes out of the sandbox but what has the right form."""
    try:
        told = json.loads(answer)
        if "refused" in told:
            raise ImportRefusedError(f"{path}: {str(told['refused'])[:400]}")
        view, vendor, age = told["view"], str(told["vendor"])[:64], told["age"]
        removed = tuple(str(word)[:80] for word in told["removed"])
        if view not in VIEWS or not (age is None or isinstance(age, int)):
            raise ValueError(view)
        clean = home / "clean.dcm"
        handle = os.open(clean, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(handle, "rb") as source:
            if source.read(132)[128:] != b"DICM":
                raise ValueError("no DICOM")
    except ImportRefusedError:
        raise
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise ImportRefusedError(f"{path}: what came out of it is no mammogram") from fault
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Taken(path, clean, view, vendor, age, removed, str(told.get("study", ""))[:64], digest)


def _view_in(name: str) -> str | None:
    """Read the view from a file's name such as ``R-CC.png`` or ``lmlo.png``."""
    found = re.search(r"(?<![A-Za-z])([RL])[-_ ]?(CC|MLO)(?![A-Za-z])", name, re.IGNORECASE)
    return (found[1] + found[2]).upper() if found else None


def exams_of(files: list[Taken]) -> list[list[Taken]]:
    """Group files to exams: DICOM by study, pictures by folder; a second image of a view is refused."""
    groups: dict[str, list[Taken]] = {}
    for file in files:
        groups.setdefault(file.study or str(file.source.parent), []).append(file)
    for group in groups.values():
        views = [file.view for file in group]
        twice = next((view for view in views if views.count(view) > 1), None)
        if twice:
            names = ", ".join(file.source.name for file in group if file.view == twice)
            raise ImportRefusedError(f"{names}: the exam has two images of {twice}; import one of them")
    return list(groups.values())


def enter(library: Library, group: list[Taken], *, licence: str) -> Exam:
    """Put one exam into the library; the same files are known again and refused."""
    digest = hashlib.sha256("".join(sorted(file.digest for file in group)).encode()).hexdigest()
    ages = [file.age for file in group if file.age]
    with tempfile.TemporaryDirectory(prefix="senolab-enter-") as folder:
        files = {
            file.view: Path(shutil.copyfile(file.path, Path(folder) / f"{file.view}.dcm")) for file in group
        }
        try:
            return library.add(
                f"imported-{digest[:12]}",
                files,
                vendor=group[0].vendor,
                licence=licence,
                synthetic=False,
                source="imported",
                age=ages[0] if ages else None,
            )
        except ValueError as fault:
            raise ImportRefusedError(f"{group[0].source}: {fault}") from fault
