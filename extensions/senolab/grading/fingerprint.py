"""One number for everything that marks follow from: while it stays, the marks stay."""

import hashlib
import json
import os
from pathlib import Path

from senolab import record
from senolab.grading.lesson import Lesson
from senolab.grading.run import Allowance
from senolab.words import language

ENGINE = 5  # raised whenever the same submission would get other marks, words or papers
_OWN = {"record.jsonl", "stamps.jsonl", "timestamp.txt", "release.json", "self-check.json"}
_MOST_FILES = 200


def fingerprint(lesson: Lesson, folder: Path, form: str | None, allowance: Allowance | None) -> str:
    """Give one number for everything the marks follow from."""
    parts: list[bytes] = [
        json.dumps([ENGINE, language(), form, repr(allowance), repr(lesson.masters)]).encode()
    ]
    parts.append(json.dumps(lesson.release, sort_keys=True).encode())
    if lesson.keys is not None:
        versions = {act.version for act in record.read(folder / "stamps.jsonl").acts} | {lesson.version}
        used = [lesson.at(version) for version in sorted(versions)]
        parts += [json.dumps([one.release, one.keys], sort_keys=True).encode() for one in used]
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()):
        parts += [path.relative_to(folder).as_posix().encode(), _file_digest(path)]
    for extra in ("source", "release"):
        for name, path in other_files(lesson.course_dir / extra / lesson.name):
            parts += [name.encode(), _file_digest(path)]
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "big") + part)
    return whole.hexdigest()


def _file_digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def other_files(folder: Path) -> list[tuple[str, Path]]:
    """Give a folder's ordinary files but notebooks and what is the campus's own; never through a link."""
    found: list[tuple[str, Path]] = []
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in sorted(folders) if not name.startswith(".")]
        for name in sorted(names):
            path = Path(root) / name
            inside = path.relative_to(folder).as_posix()
            if inside not in _OWN and path.suffix != ".ipynb" and not path.is_symlink() and path.is_file():
                found.append((inside, path))
    return found[:_MOST_FILES]
