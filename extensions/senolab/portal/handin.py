"""A hand-in: what may be in it, and how it gets into the course's folder whole or not at all."""

import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from senolab import record
from senolab.lessons.files import swap
from senolab.record import Act
from senolab.words import marked

from .refusal import RefusedError

_ASIDE = re.compile(r"\.(?P<lesson>.+)\.[0-9a-f]{12}(?P<old>\.old)?")  # as `place` and `swap` name folders
LARGEST = 20 * 1024 * 1024  # bytes, all files together


def checked(notebooks: Collection[str], files: Any) -> dict[str, bytes]:
    """Return the files of a hand-in as bytes: the lesson's notebooks and the record.

    Parameters
    ----------
    notebooks
        Names of the notebooks that the lesson consists of.

    Raises
    ------
    RefusedError
        If a file has another name than expected, a notebook is missing, or all is too large. What is
        in them is not judged here: marking mends what can be mended, and the record holds the answers.
    """
    if not isinstance(files, dict) or not all(isinstance(text, str) for text in files.values()):
        raise RefusedError(marked("The files of a hand-in are an object: name to text."))
    strangers = sorted(set(files) - {*notebooks, "record.jsonl"})
    if strangers:
        raise RefusedError(
            marked("A hand-in holds the lesson and its record alone, not %(name)s."),
            name=repr(str(strangers[0])[:80]),
        )
    if lacking := sorted(set(notebooks) - set(files)):
        raise RefusedError(marked("The hand-in lacks the lesson itself (%(name)s)."), name=lacking[0])
    content = {name: text.encode("utf-8", "replace") for name, text in files.items()}
    size = sum(len(data) for data in content.values())
    if size > LARGEST:
        raise RefusedError(
            marked("This hand-in has %(size)d MB, and %(most)d MB are allowed. Clear large outputs first."),
            status=413,
            size=-(-size // 2**20),
            most=LARGEST // 2**20,
        )
    return {"record.jsonl": b""} | content


def digest(files: Mapping[str, bytes]) -> str:
    """Return a fingerprint of what was handed in: SHA-256 over names and contents."""
    total = hashlib.sha256()
    for name in sorted(files):
        for part in (name.encode(), files[name]):
            total.update(len(part).to_bytes(8, "big") + part)
    return total.hexdigest()


def place(folder: Path, files: Mapping[str, bytes], *, stamps: Iterable[Act], time: str) -> None:
    """Put a hand-in in its place: written aside, then renamed over what was there.

    Parameters
    ----------
    folder
        ``submitted/<learner>/<lesson>`` of the course.
    stamps
        The campus's own acts, which outrank the learner's record.
    time
        When it was handed in (ISO 8601, UTC); goes into nbgrader's ``timestamp.txt``.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = folder.parent / f".{folder.name}.{secrets.token_hex(6)}"
    aside.mkdir(mode=0o755)
    try:
        for name, data in files.items():
            _write(aside / name, data)
        _write(aside / "stamps.jsonl", record.dump(stamps))
        _write(aside / "timestamp.txt", f"{time[:10]} {time[11:19]} UTC\n".encode())
        _flush(aside)  # a receipt is given next: names have to be on the disk as well as files
        swap(aside, folder)
        _flush(folder.parent)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def restore(submitted: Path) -> None:
    """Put a course's hand-ins right after the campus was killed while it swapped folders.

    What had been set aside comes back where nothing has taken its place; what was never finished goes.
    To be called while nobody hands in.
    """
    for left in submitted.glob("*/.*"):
        found = _ASIDE.fullmatch(left.name)
        if found is None or left.is_symlink() or not left.is_dir():
            continue
        folder = left.with_name(found["lesson"])
        if found["old"] and not folder.exists():
            left.rename(folder)
        else:
            shutil.rmtree(left, ignore_errors=True)


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
