"""The cells of a lesson's Markdown become its blocks."""

import re
from typing import Any

import jupytext

from senolab.words import gettext

from .fences import asks, options, pieces
from .fields import Fields, is_number
from .findings import Findings, did_you_mean
from .lesson import Block, Case, Code, Prose, ProseRole, Question, Text
from .questions import RESERVED, bad_id, good_id, question
from .yamltext import Mapped, load

CODE_ROLES = ("solution", "tests", "locked")
PROSE_ROLES: tuple[ProseRole, ...] = ("answer", "task", "locked")
# what an editor may have written on a cell; it changes nothing
_EDITORS = {
    "title",
    "name",
    "slideshow",
    "editable",
    "deletable",
    "scrolled",
    "jupyter",
    "lines_to_next_cell",
}
_ID = re.compile(r"[a-z][a-z0-9_-]{0,63}", re.ASCII)


def blocks(lines: list[str], start: int, findings: Findings) -> list[Block]:
    """Read the blocks below the front matter, which takes `start` lines."""
    notebook = jupytext.reads("\n".join(lines[start:]), fmt="md")
    found: list[Block] = []
    cursor = start
    for cell in notebook.cells:
        line, cursor = _find(cell.source, lines, cursor)
        keys = {name: value for name, value in cell.metadata.items() if name not in _EDITORS}
        if cell.cell_type == "code":
            found.append(_code(cell.source, keys, line, findings))
        elif keys:
            prose = _prose(cell.source, keys, line, findings)
            found += [prose] if prose else []
        else:
            found += _markdown(cell.source, line, findings)
    return found


def _find(source: str, lines: list[str], cursor: int) -> tuple[int, int]:
    """Return the line (from 1) on which a cell's source starts, and where to look for the next.

    jupytext does not tell it.
    """
    wanted = source.split("\n")
    if wanted[0].startswith("%%"):  # jupytext turns a language into a magic
        wanted = wanted[1:]
    for index in range(cursor, len(lines)):
        if lines[index : index + len(wanted)] == wanted:
            return index + 1, index + len(wanted)
    return min(cursor + 1, len(lines)), cursor


def _code(source: str, keys: dict[str, Any], line: int, findings: Findings) -> Code:
    fence = line - 1
    _known(keys, (*CODE_ROLES, "points", "tags"), fence, findings)
    roles = [role for role in CODE_ROLES if role in keys]
    if len(roles) > 1:
        findings.error(fence, gettext("A block is one thing only, not %(roles)s.", roles=", ".join(roles)))
    tags = keys.get("tags", ())
    tags = tuple(map(str, tags)) if isinstance(tags, list | tuple) else (str(tags),)
    if not roles:
        if "points" in keys:
            findings.error(fence, gettext('Points stand on a block of tests: ```python tests="x" points=2'))
        return Code(line, "plain", source, tags=tags)
    role = roles[0]
    ident = _ident(keys[role], role, fence, findings)
    points = _points(keys, fence, findings, required=role == "tests")
    if role == "tests":
        return Code(line, "tests", source, f"test-{ident}", points, tags)
    if points:
        findings.error(
            fence,
            gettext(
                "Points stand on the tests of %(ident)r, not on its %(role)s block.", ident=ident, role=role
            ),
        )
    return Code(line, "solution" if role == "solution" else "locked", source, ident, 0, tags)


def _prose(source: str, keys: dict[str, Any], line: int, findings: Findings) -> Prose | None:
    mark = line - 1
    _known(keys, (*PROSE_ROLES, "points", "tags"), mark, findings)
    roles = [role for role in PROSE_ROLES if role in keys]
    if len(roles) != 1:
        if roles:
            findings.error(
                mark, gettext("A region is one thing only, not %(roles)s.", roles=", ".join(roles))
            )
        return None
    below = asks(source)
    if below is not None:
        findings.error(
            line + below, gettext("A case or a question cannot stand inside a region; move it out.")
        )
    role: ProseRole = next(name for name in PROSE_ROLES if name in keys)
    ident = _ident(keys[role], role, mark, findings)
    return Prose(line, role, source, ident, _points(keys, mark, findings, required=role != "locked"))


def _markdown(source: str, line: int, findings: Findings) -> list[Block]:
    found: list[Block] = []
    for piece in pieces(source, line):
        if piece.words is None:
            found.append(Text(piece.line, piece.source))
        else:
            asked = _asked(piece.words, piece.source, piece.line, findings)
            found += [asked] if asked else []
    return found


def _asked(words: str, source: str, line: int, findings: Findings) -> Case | Question | None:
    """Read a YAML block that names a case or a question."""
    named = options(words, line, findings)
    mapped = load(source, first_line=line + 1, findings=findings)
    if named is None or mapped is None:
        return None
    points = named.get("points")
    if "case" in named and "question" in named:
        findings.error(line, gettext("A block is a case or a question, not both."))
        return None
    if "case" in named:
        if points is not None:
            findings.error(line, gettext("Points stand on the questions of a case, not on the case."))
        return _case(named["case"], mapped, line, findings)
    if "question" in named:
        worth = None if points is None else _as_number(points)
        return question(mapped, findings, name=named["question"], points=worth, case=None)
    findings.error(line, gettext('Points of what? Write question="x" points=2.'))
    return None


def _case(ident: str, mapped: Mapped, line: int, findings: Findings) -> Case:
    fields = Fields(mapped, findings, gettext("Case %(ident)r", ident=ident))
    if not good_id(ident):
        findings.error(line, bad_id(ident))
    exam = fields.whole("exam", required=True, default=1, low=1, high=10_000)
    title = fields.text("title", default=ident)
    asked = fields.items("questions")
    fields.finish()
    read = [question(item, findings, name=None, points=None, case=ident) for item in asked]
    return Case(line, ident, title, exam, tuple(item for item in read if item is not None))


def _known(keys: dict[str, Any], known: tuple[str, ...], line: int, findings: Findings) -> None:
    for name in keys:
        if name not in known:
            findings.error(
                line, gettext("%(name)r is not known on this line.", name=name) + did_you_mean(name, known)
            )


def _ident(value: Any, role: str, line: int, findings: Findings) -> str:
    ident = str(value)
    if not isinstance(value, str) or not _ID.fullmatch(ident) or ident.startswith(RESERVED):
        findings.error(
            line, gettext('%(bad_id)s Write %(role)s="dense-fraction".', bad_id=bad_id(ident), role=role)
        )
    return ident


def _points(keys: dict[str, Any], line: int, findings: Findings, *, required: bool) -> float:
    points = keys.get("points")
    if points is None:
        if required:
            findings.error(line, gettext("How many points? Write points=2 on this line."))
        return 0
    if not is_number(points) or not 0 < points <= 1000:
        findings.error(line, gettext("points must be a number above 0, not %(points)r.", points=points))
        return 0
    return points


def _as_number(text: str) -> Any:
    try:
        return int(text) if text.isdecimal() else float(text)
    except ValueError:
        return text
