"""What the campus has to tell one person, e.g. that her server was stopped and why."""

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST = 5  # the newest ones; nobody reads more


@dataclass(frozen=True)
class Notice:
    """One notice; `time` is ISO 8601 or empty."""

    id: str
    words: str
    time: str = ""


def read(path: Path, *, dismissed: Collection[str] = ()) -> list[Notice]:
    """Return the notices of a person, the newest first; a file that cannot be read holds none.

    The file is a list of notices, or one notice: each an object with ``words`` (and, where known,
    ``time`` and ``id``), or just a sentence. The watch of the sandboxes calls its words ``sentence``.
    """
    try:
        plain = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return []
    if isinstance(plain, dict) and isinstance(plain.get("notices"), list):
        plain = plain["notices"]
    found = [_notice(one) for one in (plain if isinstance(plain, list) else [plain])]
    return [one for one in reversed(found) if one and one.id not in dismissed][:MOST]


def _notice(plain: Any) -> Notice | None:
    if isinstance(plain, str):
        plain = {"words": plain}
    words = (plain.get("words") or plain.get("sentence")) if isinstance(plain, dict) else None
    if not isinstance(words, str) or not words.strip():
        return None
    time = str(plain.get("time") or "")
    named = str(plain.get("id") or hashlib.sha256(f"{time}\n{words}".encode()).hexdigest()[:32])
    return Notice(named[:64], words.strip()[:1000], time)
