"""Which licence a text is: the one that its beginning names first, or none rather than a wrong one.

Texts of licences hold those of other works too (a notice of a bundled library, say), name licences that do
not apply, and use words such as "mit" or "public domain" in passing. So only the heading counts, and a
licence that is not known, named before one that is, leaves the text unknown.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HEADING = 20  # lines that are not empty
_CC = r"(?:Creative\s+Commons\s+|CC[\s-])?"


@dataclass(frozen=True)
class Known:
    """One licence; ``yes``, ``no`` or ``unknown`` as in `terms.Terms`."""

    pattern: str
    spdx: str
    redistribution: str
    non_commercial: str
    model_release: str


_KNOWN = (
    Known(
        r"CC0|Public\s+Domain\s+Dedication|(?:dedicated|released|placed)\s+(?:in|in?to)\s+the\s+public\s+domain"
        r"|(?:^|\n)\W*public\s+domain\W*(?:\n|$)",
        *("CC0-1.0", "yes", "no", "yes"),
    ),
    Known(
        rf"CC BY-NC-ND 4\.0|{_CC}(?:Attribution-)?NonCommercial-NoDerivatives\s+4\.0",
        *("CC-BY-NC-ND-4.0", "yes", "yes", "unknown"),
    ),
    Known(
        rf"CC BY-NC-SA 4\.0|{_CC}(?:Attribution-)?NonCommercial-ShareAlike\s+4\.0",
        *("CC-BY-NC-SA-4.0", "yes", "yes", "unknown"),
    ),
    Known(rf"CC BY-NC 4\.0|{_CC}Attribution-NonCommercial\s+4\.0", "CC-BY-NC-4.0", "yes", "yes", "unknown"),
    Known(rf"CC BY-SA 4\.0|{_CC}Attribution-ShareAlike\s+4\.0", "CC-BY-SA-4.0", "yes", "no", "unknown"),
    Known(rf"CC BY 4\.0|{_CC}Attribution\s+4\.0", "CC-BY-4.0", "yes", "no", "yes"),
    Known(rf"CC BY 3\.0|{_CC}Attribution\s+3\.0", "CC-BY-3.0", "yes", "no", "yes"),
    Known(r"(?:The\s+)?MIT\s+Licen[cs]e", "MIT", "yes", "no", "yes"),
    Known(r"Apache\s+Licen[cs]e,?\s+Version\s+2\.0", "Apache-2.0", "yes", "no", "yes"),
    Known(r"Microsoft\s+Public\s+Licen[cs]e", "MS-PL", "yes", "no", "unknown"),
    Known(r"(?:The\s+)?BSD\s+2-Clause(?:\s+\S+)?\s+Licen[cs]e", "BSD-2-Clause", "yes", "no", "yes"),
    Known(r"(?:The\s+)?BSD\s+3-Clause(?:\s+\S+)?\s+Licen[cs]e", "BSD-3-Clause", "yes", "no", "yes"),
)
# A word before "licence" that names none.
_NAMELESS = re.compile(
    "the|this|that|a|an|any|each|such|said|your|our|its|his|her|their|of|for|under|in|on|by|with|to|as|and|or|see"
    "|no|data|dataset|images?|software|code|user|project|file|following|above|below|same|own|open|source"
    "|copyright|use|public|whole|full|present|terms|licen[cs]e|from",
    re.IGNORECASE,
)
_ANOTHER = re.compile(r"([\w'.-]+)\s+licen[cs]e\b", re.IGNORECASE)


def recognised(text: str) -> tuple[Known | None, tuple[str, ...]]:
    """Give the licence that a text names first in its heading, or None, and what it names beside it."""
    heading = _heading(text)
    named = sorted(_named(heading), key=lambda place: (place[0], -place[1]))
    first = named[0] if named else None
    for other in _ANOTHER.finditer(heading):
        overlaps = any(start < other.end() and other.start() < end for start, end, _ in named)
        before = first is None or other.start() < first[0]
        if before and not overlaps and not _NAMELESS.fullmatch(other[1]):
            first = None
            break
    known = first[2] if first else None
    everywhere = {one.spdx: None for _, _, one in sorted(_named(text), key=lambda place: place[0])}
    return known, tuple(spdx for spdx in everywhere if known is None or spdx != known.spdx)


def _heading(text: str) -> str:
    """Give the beginning of a text."""
    lines = [line for line in text.splitlines() if line.strip()]
    return "\n".join(lines[:_HEADING])


def _named(text: str) -> Iterator[tuple[int, int, Known]]:
    """Find each place at which a known licence is named: by its name, or by its identifier."""
    for known in _KNOWN:
        for found in re.finditer(rf"(?<![\w-])(?:{known.pattern})(?![\w-])", text, re.IGNORECASE):
            yield *found.span(), known
        by_id = rf"(?:SPDX-License-Identifier:\s*|^\W*|\(){re.escape(known.spdx)}(?=\W*$|\))"
        for found in re.finditer(by_id, text, re.MULTILINE):
            yield *found.span(), known
