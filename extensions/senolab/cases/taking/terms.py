"""The licence of imported exams: what it allows, who accepted it, and its record with every copy."""

import hashlib
import json
import os
import pwd
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .recognising import recognised
from .walking import is_licence

_MOST = 20_000


@dataclass(frozen=True)
class Terms:
    """What a licence says; ``yes``, ``no`` or ``unknown`` where it is asked for a permission.

    Attributes
    ----------
    redistribution
        Whether copies may be handed on.
    non_commercial
        Whether commercial use is forbidden.
    model_release
        Whether models trained on it may be published.
    per_user
        Whether each user has to accept it for herself.
    also_names
        Other licences that the text names, of parts of it perhaps.
    text
        What was shown.
    """

    name: str
    text: str
    url: str = ""
    spdx: str = ""
    redistribution: str = "unknown"
    non_commercial: str = "unknown"
    model_release: str = "unknown"
    per_user: str = "unknown"
    also_names: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 of the text that was shown."""
        return hashlib.sha256(self.text.encode("utf-8", "replace")).hexdigest()

    def record(self) -> dict[str, str]:
        """Give what goes with every exam and copy: all but the text, which its hash names."""
        told = asdict(self)
        del told["text"]
        return {**told, "sha256": self.digest}

    def taken_for(self) -> str:
        """Say which licence the text was taken for where it names several, or none that is known."""
        if not self.also_names:
            return ""
        first = (
            f"it was taken for {self.spdx}, which it names first" if self.spdx else "it was taken for none"
        )
        return f"{first}; it also names {self.also_names}"


def terms_of(words: str, **told: str) -> Terms:
    """Read terms from words or from a licence's text; what they do not state is unknown.

    Of several licences that a text names the first in its heading counts, see `recognising`.
    """
    lines = (line.strip(" #*=-\t") for line in words.splitlines())
    name = next((line[:80] for line in lines if len(line) > 2), words.strip()[:80] or "not stated")
    known, others = recognised(words)
    also = {"also_names": ", ".join(others)}
    if known is None:
        return Terms(name, words, **{**also, **told})
    allowed = ("spdx", "redistribution", "non_commercial", "model_release")
    return Terms(name, words, **{**{word: getattr(known, word) for word in allowed}, **also, **told})


def texts_beside(folders: Iterable[Path]) -> dict[Path, str]:
    """Text of the licence in each of the folders that holds one."""
    found = {}
    for folder in dict.fromkeys(folders):
        try:
            names = sorted(folder.iterdir())
        except OSError:
            continue
        texts = (_text(path) for path in names if is_licence(path))
        if (text := next((text for text in texts if text is not None), None)) is not None:
            found[folder] = text
    return found


def _text(path: Path) -> str | None:
    """Read the beginning of a text; not from a link, a pipe or a device."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return None
        return file.read(_MOST).decode("utf-8", "replace")


def account() -> str:
    """Name of the account that runs this."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def accepted(library: Path, record: Mapping[str, Any], user: str) -> bool:
    """Whether a user accepted a licence, text for text."""
    try:
        lines = (library / "acceptances.jsonl").read_text("utf-8").splitlines()
    except OSError:
        return False
    return any(row.get("user") == user and row.get("sha256") == record["sha256"] for row in map(_row, lines))


def _row(line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError:
        return {}
    return row if isinstance(row, dict) else {}


def accept(library: Path, terms: Terms, user: str) -> None:
    """Record that a user accepted a licence, with the time, and keep its text."""
    texts = library / "licences"
    texts.mkdir(parents=True, exist_ok=True)
    kept = texts / f"{terms.digest}.txt"
    if not kept.exists():
        beside = texts / f".{terms.digest}.{os.getpid()}"
        beside.write_bytes(terms.text.encode("utf-8", "replace"))
        beside.replace(kept)
    row = {"user": user, "licence": terms.name, "sha256": terms.digest}
    row["time"] = datetime.now(UTC).isoformat(timespec="seconds")
    handle = os.open(library / "acceptances.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(handle, "a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def may_leave(library: Path, record: Mapping[str, Any] | None, user: str) -> str:
    """Say why an exam may not be copied out of the library; an empty word where it may."""
    if not record or record.get("redistribution") != "no" or accepted(library, record, user):
        return ""
    return (
        f"its licence ({record['name']}) forbids handing copies on, and {user} has not accepted it:"
        " whoever takes images out accepts it first"
    )


def beside_copy(library: Path, record: Mapping[str, Any] | None, folder: Path) -> None:
    """Write the record, and the text where it is kept, beside copies of the images."""
    if not record:
        return
    (folder / "licence.json").write_text(json.dumps(record, indent=1, ensure_ascii=False), "utf-8")
    kept = library / "licences" / f"{record.get('sha256', '')}.txt"
    if re.fullmatch(r"[0-9a-f]{64}", str(record.get("sha256", ""))) and kept.is_file():
        (folder / "LICENCE.txt").write_bytes(kept.read_bytes())


def kept(library: Path, record: Mapping[str, Any]) -> Terms | None:
    """Terms of an exam with the text that was shown at its import; None where that is gone."""
    digest = str(record.get("sha256", ""))
    path = library / "licences" / f"{digest}.txt"
    if not re.fullmatch(r"[0-9a-f]{64}", digest) or not path.is_file():
        return None
    told = {name: str(value) for name, value in record.items() if name != "sha256"}
    return Terms(text=path.read_bytes().decode("utf-8"), **told)
