"""The fences of a lesson: what opens and closes, and which blocks ask something."""

import re
from dataclasses import dataclass

from senolab.words import gettext

from .findings import Findings, did_you_mean

_FENCE = re.compile(r"^(?P<mark>`{3,}|~{3,})[ \t]*(?P<language>[\w+-]*)[ \t]*(?P<words>.*?)[ \t]*$")
_OPTION = re.compile(r"""([A-Za-z_-]+)=(?:"([^"]*)"|'([^']*)'|([^\s"']+))(?:\s+|$)""")
_ASKING = ("case", "question", "points")
_OURS = ("yaml", "yml", "python")


@dataclass(frozen=True)
class Piece:
    """A stretch of Markdown: prose (`words` is None), or a YAML block with the words on its fence."""

    line: int
    source: str
    words: str | None = None


def structure(lines: list[str], start: int, findings: Findings) -> None:
    """Notice fences and regions that are not closed: all that follows would change its meaning.

    Parameters
    ----------
    lines
        The whole file.
    start
        How many lines the front matter takes.
    """
    fence: tuple[int, re.Match[str]] | None = None
    region: int | None = None
    for number, line in enumerate(lines[start:], start=start + 1):
        found = _FENCE.match(line)
        if fence is None:
            region = _region_after(region, line, number, findings)
            fence = (number, found) if found else None
        elif found and _closes(found, fence[1]["mark"]):
            fence = None
        elif found and fence[1]["language"] in _OURS and found["mark"] == fence[1]["mark"]:
            findings.error(
                fence[0],
                gettext("This block is not closed before the one in line %(number)s.", number=number),
            )
            fence = number, found
    if fence is not None:
        mark = fence[1]["mark"]
        findings.error(
            fence[0],
            gettext("The block that starts here is not closed; end it with a line %(mark)s", mark=mark),
        )
    if region is not None:
        findings.error(
            region, gettext("The region that starts here is not closed; end it with <!-- #endregion -->")
        )


def _region_after(region: int | None, line: str, number: int, findings: Findings) -> int | None:
    """Return the line on which the region began that is open after this line, or None."""
    if re.match(r"^<!--\s*#region\b", line):
        if region is not None:
            findings.error(
                number,
                gettext(
                    "A region starts here inside the one of line %(region)s; close that first.", region=region
                ),
            )
        return number
    if re.match(r"^<!--\s*#endregion\b", line):
        if region is None:
            findings.error(number, gettext("A region ends here that never began."))
        return None
    return region


def pieces(source: str, line: int) -> list[Piece]:
    """Split Markdown that starts on a line at the YAML blocks with words on their fence."""
    found: list[Piece] = []
    prose: list[str] = []
    prose_line = start = line
    mark, words = "", None  # of the fence that is open
    inside: list[str] = []
    for number, text in enumerate(source.split("\n"), start=line):
        fence = _FENCE.match(text)
        if not mark and fence and fence["language"] in {"yaml", "yml"} and fence["words"]:
            found += _prose(prose, prose_line)
            prose, prose_line = [], number + 1
            start, mark, words, inside = number, fence["mark"], fence["words"], []
        elif words is not None and fence and _closes(fence, mark):
            found.append(Piece(start, "\n".join(inside), words))
            mark, words, prose_line = "", None, number + 1
        elif words is not None:
            inside.append(text)
        else:
            prose.append(text)
            if fence and not mark:
                mark = fence["mark"]
            elif fence and _closes(fence, mark):
                mark = ""
    return found + _prose(prose, prose_line)


def options(words: str, line: int, findings: Findings) -> dict[str, str] | None:
    """Read the words on a fence, ``question="pick" points=2``; note what does not fit."""
    found: dict[str, str] = {}
    position = 0
    while position < len(words):
        option = _OPTION.match(words, position)
        if option is None:
            findings.error(
                line,
                gettext('%(words)r cannot be read; write question="x" points=2.', words=words[position:]),
            )
            return None
        name, value = option[1], next(part for part in option.groups()[1:] if part is not None)
        if name not in _ASKING:
            findings.error(
                line, gettext("%(name)r is not known on this line.", name=name) + did_you_mean(name, _ASKING)
            )
            return None
        found[name] = value
        position = option.end()
    return found


def asks(source: str) -> int | None:
    """Return how far below its start a Markdown source asks something, or None."""
    return next((piece.line for piece in pieces(source, 0) if piece.words is not None), None)


def _closes(fence: re.Match[str], mark: str) -> bool:
    return fence["mark"].startswith(mark) and not fence["language"] and not fence["words"]


def _prose(lines: list[str], line: int) -> list[Piece]:
    """Return prose as a piece, blank lines at its ends taken off; nothing for nothing."""
    source = "\n".join(lines)
    if not source.strip():
        return []
    blank = len(source) - len(source.lstrip("\n"))
    return [Piece(line + blank, source.strip("\n"))]
