"""One act of a learner, and how it stands on a line."""

import hashlib
import json
import re
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from senolab.words import gettext, number

SCHEMA = 1
MAX_LINE = 256 * 1024  # bytes; a text answer of 20,000 words fits twice
MAX_DEPTH = 32  # lists in lists; whoever writes the act again must not run out of stack

Kind = Literal["open", "answer", "commit", "reveal"]
KINDS: tuple[str, ...] = get_args(Kind)

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,200}")


class DamagedActError(ValueError):
    """A line is no act; the message says in a few words what is wrong with it."""


@dataclass(frozen=True, kw_only=True)
class Act:
    """One thing a learner did.

    Attributes
    ----------
    id
        Unique; the same act copied twice keeps it.
    time
        UTC, ISO 8601 with milliseconds, e.g. ``2026-11-22T09:00:00.000Z``.
    kind
        ``open`` (looked), ``answer``, ``commit`` (locked the answers of a case) or ``reveal``.
    lesson, version, form
        What was open: lesson id, number of the release, form of the exam ("A" or "B").
    case, question
        What it is about, where it is about one.
    value
        The answer as plain JSON; of a commit the mapping {question id: value}.
    shown
        What was visible then, as plain JSON (for example whether the prompt was on).
    chain
        Digest of the line before and of this one.
    """

    id: str
    time: str
    kind: str
    lesson: str
    version: int
    form: str = "A"
    case: str | None = None
    question: str | None = None
    value: Any = None
    shown: Any = None
    chain: str = ""

    def plain(self) -> dict[str, Any]:
        """Return the act as a JSON object; what is None is left out, but never the answer itself."""
        pairs = {field.name: getattr(self, field.name) for field in fields(self)}
        return {"v": SCHEMA} | {
            name: value
            for name, value in pairs.items()
            if value is not None or (name == "value" and self.kind == "answer")
        }


def body(act: Act) -> bytes:
    """Return what the digest of an act covers: its line without the chain."""
    plain = act.plain()
    plain.pop("chain", None)
    return _dumps(plain)


def line(act: Act) -> bytes:
    """Return the act's line, without the line end.

    Raises
    ------
    ValueError
        If the value is no JSON (or not a finite number), or the line is over `MAX_LINE` bytes.
    """
    text = _dumps(act.plain())
    if len(text) > MAX_LINE:
        raise ValueError(
            gettext(
                "The answer is too long: %(size)s bytes, and %(most)s are allowed.",
                size=number(len(text)),
                most=number(MAX_LINE),
            )
        )
    return text


def digest(previous: bytes, act_body: bytes) -> str:
    """Return the chain digest of an act: 16 hex digits over the line before and its own body."""
    return hashlib.sha256(previous[-MAX_LINE:].strip() + b"\n" + act_body).hexdigest()[:16]


def from_line(text: bytes) -> Act:
    """Read one line.

    Raises
    ------
    DamagedActError
        If it is no act of this schema.
    """
    if len(text) > MAX_LINE:
        raise DamagedActError(
            gettext(
                "it is %(size)s bytes long; %(most)s are allowed",
                size=number(len(text)),
                most=number(MAX_LINE),
            )
        )
    try:
        plain = json.loads(text.decode("utf-8"), parse_constant=_no_constant)
        if b"\\u" in text:  # a half surrogate pair could not be written to any file later
            plain = json.loads(json.dumps(plain, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError) as problem:
        raise DamagedActError(gettext("it is no JSON")) from problem
    if _depth(plain) > MAX_DEPTH:
        raise DamagedActError(gettext("it is nested too deeply"))
    return from_plain(plain)


def from_plain(plain: Any) -> Act:
    """Read an act from a JSON object; keys it does not know are passed over."""
    if not isinstance(plain, dict):
        raise DamagedActError(gettext("it is no JSON object"))
    version = plain.get("v")
    if type(version) is not int or version < 1:
        raise DamagedActError(gettext("it has no schema version 'v'"))
    if version > SCHEMA:
        raise DamagedActError(
            gettext(
                "it was written by a newer version (v %(version)s; this one reads v %(known)s)",
                version=version,
                known=SCHEMA,
            )
        )
    known = {field.name for field in fields(Act)}
    for name in ("id", "time", "kind", "lesson", "version"):
        if name not in plain:
            raise DamagedActError(gettext("it lacks %(name)r", name=name))
    _check_types(plain)
    return Act(**{name: value for name, value in plain.items() if name in known})


def _check_types(plain: dict[str, Any]) -> None:
    for name in ("id", "lesson", "form"):
        if not _is_name(plain.get(name, "A")):
            raise DamagedActError(gettext("it has a wrong %(name)r", name=name))
    for name in ("case", "question"):
        if plain.get(name) is not None and not _is_name(plain[name]):
            raise DamagedActError(gettext("it has a wrong %(name)r", name=name))
    if not isinstance(plain["time"], str) or not _TIME.fullmatch(plain["time"]):
        raise DamagedActError(gettext("it has a wrong %(name)r", name="time"))
    if plain["kind"] not in KINDS:
        raise DamagedActError(gettext("it has a 'kind' that is none of %(kinds)s", kinds=", ".join(KINDS)))
    if type(plain["version"]) is not int or not 0 <= plain["version"] < 2**31:
        raise DamagedActError(gettext("it has a wrong %(name)r", name="version"))
    if not isinstance(plain.get("chain", ""), str) or len(plain.get("chain", "")) > 64:
        raise DamagedActError(gettext("it has a wrong %(name)r", name="chain"))


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def _depth(value: Any) -> int:
    depth, layer = 0, [value]
    while layer and depth <= MAX_DEPTH:
        depth += 1
        inner = [part for part in layer if isinstance(part, (dict, list))]
        layer = [item for part in inner for item in (part.values() if isinstance(part, dict) else part)]
    return depth


def _no_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are no JSON and no answer


def _dumps(plain: dict[str, Any]) -> bytes:
    # ASCII only: no editor's guess of the encoding can damage it
    try:
        text = json.dumps(plain, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    except (TypeError, RecursionError) as problem:
        raise ValueError(gettext("The answer cannot be kept: %(problem)s.", problem=problem)) from problem
    return text.encode("ascii")
