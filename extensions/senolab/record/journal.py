"""The record's file: one act a line, appended whole, read tolerantly."""

import contextlib
import fcntl
import os
import secrets
import stat
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from senolab.words import gettext, ngettext
from senolab.words.trouble import reason

from .acts import MAX_LINE, Act, DamagedActError, Kind, body, digest, from_line, from_plain, line

MAX_FILE = 32 * 1024 * 1024  # bytes; of a longer file the end is read
MAX_DAMAGES = 100  # told one by one; the rest is counted

_BOM = b"\xef\xbb\xbf"
_CONFLICT = (b"<<<<<<<", b"=======", b">>>>>>>", b"|||||||")


@dataclass(frozen=True, order=True)
class Damage:
    """A line of a record that could not be taken as it stands (line numbers start at 1)."""

    line: int
    kind: str
    words: str


@dataclass(frozen=True)
class Record:
    """What a record holds, in the order of its lines, and what is damaged in it."""

    acts: tuple[Act, ...] = ()
    damages: tuple[Damage, ...] = ()


def append(
    path: Path | str,
    *,
    kind: Kind,
    lesson: str,
    version: int,
    form: str = "A",
    case: str | None = None,
    question: str | None = None,
    value: Any = None,
    shown: Any = None,
) -> Act:
    """Write one act at the end of a record and return it.

    One write to a file opened for appending, under a lock and flushed to the disk: two pages open on
    the same lesson never mix their lines, and an act that was shown as saved is saved. Times grow
    strictly within a file even if the clock is set back.

    Raises
    ------
    ValueError
        If the value is no JSON, or is too long.
    OSError
        If the disk does not take it; the record is then as before.
    """
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        with contextlib.suppress(OSError):  # some network file systems know no locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        size, tail = _tail(handle)
        previous = _last_line(tail)
        act = Act(
            id=secrets.token_hex(8),
            time=_time_after(previous),
            kind=kind,
            lesson=lesson,
            version=version,
            form=form,
            case=case,
            question=question,
            value=value,
            shown=shown,
        )
        from_plain(act.plain())  # what could not be read again is never written
        act = replace(act, chain=digest(previous, body(act)))
        mend = b"\n" if tail and not tail.endswith(b"\n") else b""
        _write(handle, mend + line(act) + b"\n", size)
        return act
    finally:
        os.close(handle)


def read(path: Path | str) -> Record:
    """Read a record; damaged lines are passed over and told, nothing raises on content.

    A file that does not exist is an empty record. What is no ordinary file is told as damage.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return Record()
    except OSError as problem:
        words = gettext("The record cannot be opened: %(reason)s.", reason=reason(problem))
        return Record(damages=(Damage(0, "unreadable", words),))
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            return Record(damages=(Damage(0, "unreadable", gettext("The record is no ordinary file.")),))
        if status.st_size > MAX_FILE:
            file.seek(status.st_size - MAX_FILE)
            rest = parse(file.read(MAX_FILE).partition(b"\n")[2])
            words = gettext("The record is longer than %(most)s bytes; only its end was read.", most=MAX_FILE)
            return Record(rest.acts, (Damage(0, "long", words), *rest.damages))
        return parse(file.read(MAX_FILE))


def parse(data: bytes) -> Record:
    """Read the bytes of a record; see `read`."""
    acts: dict[str, Act] = {}
    damages: list[Damage] = []
    previous = b""
    for number, raw in enumerate(data.removeprefix(_BOM).split(b"\n"), start=1):
        text = raw.strip()
        if not text:
            continue
        if text.startswith(_CONFLICT):
            words = gettext("Line %(number)s is the mark of a merge conflict.", number=number)
            damages.append(Damage(number, "conflict", words))
            continue
        try:
            act = from_line(text)
        except DamagedActError as problem:
            words = gettext("Line %(number)s cannot be read: %(problem)s.", number=number, problem=problem)
            damages.append(Damage(number, "damaged", words))
        else:
            if act.id in acts:
                words = gettext("Line %(number)s stands twice; it counts once.", number=number)
                damages.append(Damage(number, "doubled", words))
            elif act.chain != digest(previous, body(act)):
                damages.append(Damage(number, "broken", _broken(number)))
            acts.setdefault(act.id, act)
        previous = text
    return Record(tuple(acts.values()), _limited(damages))


def dump(acts: Iterable[Act]) -> bytes:
    """Return acts as the bytes of a fresh record, chained anew in the order given."""
    lines: list[bytes] = []
    for act in acts:
        previous = lines[-1] if lines else b""
        lines.append(line(replace(act, chain=digest(previous, body(act)))))
    return b"".join(text + b"\n" for text in lines)


def _broken(number: int) -> str:
    return gettext(
        "Line %(number)s does not follow from the line before: lines were changed, cut or moved.",
        number=number,
    )


def _limited(damages: list[Damage]) -> tuple[Damage, ...]:
    if len(damages) <= MAX_DAMAGES:
        return tuple(damages)
    more = len(damages) - MAX_DAMAGES
    words = ngettext("%(count)s more line is damaged.", "%(count)s more lines are damaged.", more)
    return (*damages[:MAX_DAMAGES], Damage(0, "more", words))


def _tail(handle: int) -> tuple[int, bytes]:
    """Return the file's size and its end, long enough to hold the last line that is hashed."""
    size = os.fstat(handle).st_size
    start = max(0, size - MAX_LINE - 1024)
    return size, os.pread(handle, size - start, start)


def _last_line(tail: bytes) -> bytes:
    """Return the last line that `parse` would chain from: not blank, no conflict mark."""
    lines = [raw.strip() for raw in tail.removeprefix(_BOM).split(b"\n")]
    return next((text for text in reversed(lines) if text and not text.startswith(_CONFLICT)), b"")


def _time_after(previous: bytes) -> str:
    now = datetime.now(UTC)
    with contextlib.suppress(DamagedActError, ValueError, OverflowError):
        last = datetime.fromisoformat(from_line(previous).time)
        now = max(now, last + timedelta(milliseconds=1))
    return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _write(handle: int, data: bytes, size: int) -> None:
    """Write all or nothing: what a full disk took of a line is taken back."""
    try:
        written = os.write(handle, data)
        if written < len(data):
            raise OSError(28, gettext("The disk is full; the answer was not saved"))  # ENOSPC
        os.fsync(handle)
    except OSError:
        with contextlib.suppress(OSError):
            os.ftruncate(handle, size)
        raise
