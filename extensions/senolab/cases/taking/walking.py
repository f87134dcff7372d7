"""What can be read in the folders that a person names, and what cannot, by name."""

import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

MOST_FILES = 2_000_000
MOST_BYTES = 2 << 30
_LICENCES = re.compile(r"(licen[cs]e|copying)([-_. ]\w+)*", re.IGNORECASE)
# Texts and tables that lie beside images; they are counted, not refused.
_BESIDE = frozenset(
    ".txt .md .rst .csv .tsv .json .xml .yaml .yml .html .htm .pdf .xlsx .xls .docx .py .ipynb .tcia".split()  # noqa: SIM905
) | {".sha256", ".md5", ".log", ".ini", ".toml", ".tex", ".bib", ".js", ".css", ".svg"}
_KINDS = (
    (stat.S_ISFIFO, "it is a pipe, not a file"),
    (stat.S_ISSOCK, "it is a socket, not a file"),
    (stat.S_ISCHR, "it is a device, not a file"),
    (stat.S_ISBLK, "it is a device, not a file"),
)


class ImportRefusedError(ValueError):
    """Nothing can be taken in; the message says why."""


@dataclass(frozen=True)
class Refused:
    """A file that was not taken, and why, in words."""

    file: Path
    why: str


@dataclass(frozen=True)
class Found:
    """What lies in the folders.

    Attributes
    ----------
    files
        What is worth opening, in order of the names.
    refused
        Links out of the folder, pipes, devices and the like.
    beside
        Texts, tables and hidden files, which nobody takes for an image.
    roots
        The folders that were named, and those of the files that were named.
    """

    files: tuple[Path, ...]
    refused: tuple[Refused, ...]
    beside: tuple[Path, ...]
    roots: tuple[Path, ...]

    def folders(self) -> Iterator[Path]:
        """Give the folders that were named, then all that hold files and those between, each once."""
        met = dict.fromkeys(self.roots)
        yield from met
        for file in self.files:
            for above in file.parents:
                if above in met or not any(above.is_relative_to(root) for root in self.roots):
                    break
                met[above] = None
                yield above


def shown(name: object, most: int = 300) -> str:
    """Text from outside as a person may see it: what would move a terminal's cursor is spelt out."""
    text = os.fsencode(name).decode("utf-8", "backslashreplace") if isinstance(name, Path) else str(name)
    spelt = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
    return spelt if len(spelt) <= most else f"{spelt[: most // 2]}...{spelt[-most // 2 :]}"


def found_in(paths: Iterable[Path]) -> Found:
    """Walk the folders without following a link out of them, and open nothing.

    Raises
    ------
    ImportRefusedError
        Where a name is none of a file or folder, or there is nothing to open.
    """
    files: dict[Path, None] = {}
    refused, beside, roots = [], [], []
    for path in paths:
        if not os.path.lexists(path):
            raise ImportRefusedError(f"{shown(path)}: there is no such file or folder")
        roots.append(path if path.is_dir() else path.parent)
        for file, why in _inside(path) if path.is_dir() else [(path, _why_not(path))]:
            if why:
                refused.append(Refused(file, why))
            elif path.is_dir() and _is_beside(file):
                beside.append(file)
            else:
                files[file] = None
            if len(files) > MOST_FILES:
                raise ImportRefusedError(
                    f"{shown(path)}: it holds over {MOST_FILES} files: name smaller folders"
                )
    if not files and not refused:
        raise ImportRefusedError("there is nothing to import: no DICOM file and no PNG picture was found")
    return Found(tuple(files), tuple(refused), tuple(beside), tuple(dict.fromkeys(roots)))


def _inside(root: Path) -> Iterator[tuple[Path, str]]:
    """Everything that is no folder, in order, with the reason where it cannot be opened."""
    home, met = root.resolve(), set()
    for folder, folders, names in os.walk(root, onerror=None):
        here = Path(folder)
        linked = [name for name in folders if (here / name).is_symlink()]
        folders[:] = sorted(name for name in folders if name not in linked and not name.startswith("."))
        for name in sorted([*names, *linked]):
            file = here / name
            why = _link(file, home) if file.is_symlink() else ""
            real = file.resolve() if file.is_symlink() and not why else file
            if real in met:
                continue
            met.add(real)
            yield file, why or _why_not(file)


def _link(file: Path, home: Path) -> str:
    """Say why a link is not followed; an empty word where it leads to a file of the same folder."""
    try:
        target = file.resolve(strict=True)
    except (OSError, RuntimeError):
        return "it is a link that leads nowhere"
    if not target.is_relative_to(home):
        return "it is a link that leads out of the folder: name the folder it leads to"
    return "it is a link to a folder, which is read under its own name" if target.is_dir() else ""


def _why_not(file: Path) -> str:
    """Say why something cannot be opened as a file."""
    try:
        kind = file.stat()
    except OSError as fault:
        return f"it cannot be reached: {fault.strerror}"
    for test, words in _KINDS:
        if test(kind.st_mode):
            return words
    if not stat.S_ISREG(kind.st_mode):
        return "it is no ordinary file"
    if kind.st_size > MOST_BYTES:
        return f"it has {kind.st_size >> 20} MB: more than {MOST_BYTES >> 20} MB are not opened"
    return "" if os.access(file, os.R_OK) else "this account may not read it"


def _is_beside(file: Path) -> bool:
    return file.name.startswith(".") or file.suffix.lower() in _BESIDE or is_licence(file)


def is_licence(file: Path) -> bool:
    """Whether a file is called as licences are."""
    return _LICENCES.fullmatch(file.name) is not None
