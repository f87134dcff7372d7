"""Files and folders of the shelf, written beside their place and renamed: nobody sees a half."""

import contextlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from senolab.words import gettext

SCHEMA = 1


class ShelfError(Exception):
    """Something on the shelf is missing or cannot be read; the message is a sentence for a person."""


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object of a schema that is known.

    Raises
    ------
    ShelfError
        If the file is missing, no JSON, or of another schema.
    """
    try:
        plain = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ShelfError(gettext("%(path)s is missing. Release the lesson again.", path=path)) from None
    except (OSError, ValueError, RecursionError) as problem:
        raise ShelfError(
            gettext(
                "%(path)s cannot be read (%(problem)s). Release the lesson again.", path=path, problem=problem
            )
        ) from problem
    if not isinstance(plain, dict):
        raise ShelfError(gettext("%(path)s holds no JSON object. Release the lesson again.", path=path))
    if plain.get("schema") != SCHEMA:
        raise ShelfError(
            gettext(
                "%(path)s has the schema %(found)r; this Senolab reads %(read)s. Release the lesson "
                "again, or use the Senolab that wrote it.",
                path=path,
                found=plain.get("schema"),
                read=SCHEMA,
            )
        )
    return plain


def write_json(path: Path, value: Any, *, mode: int = 0o600) -> None:
    """Write JSON beside its place, then rename: a reader never sees a half."""
    text = json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    write_bytes(path, text.encode("utf-8"), mode=mode)


def private_folder(path: Path) -> Path:
    """Make a folder that only its owner may enter, and return it."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def open_for_reading(folder: Path) -> None:
    """Let every account read a release; a private umask must not lock learners out."""
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o644)


def write_bytes(path: Path, data: bytes, *, mode: int) -> None:
    """Write a file beside its place, flush it to the disk, then rename."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def swap(new: Path, place: Path) -> None:
    """Put a folder in the place of another.

    What stood there waits meanwhile beside the new folder, under its name and ``.old``. It comes back if
    the new one cannot take its place.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    old = new.with_name(f"{new.name}.old")
    with contextlib.ExitStack() as back:
        with contextlib.suppress(FileNotFoundError):
            place.rename(old)
            back.callback(old.rename, place)
        new.rename(place)
        back.pop_all()
    shutil.rmtree(old, ignore_errors=True)
