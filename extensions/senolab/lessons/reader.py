"""Reading a lesson: its file, its front matter, its blocks, and what only the whole shows."""

from pathlib import Path

from senolab.words import gettext
from senolab.words.trouble import reason

from .cells import blocks
from .fences import structure
from .findings import Findings, LessonRefusedError, did_you_mean
from .frontmatter import front_matter, split_front
from .lesson import Case, Code, Lesson, Prose, Question
from .ownfiles import read_bytes

MAX_BYTES = 2 * 1024 * 1024
_NO_FRONT = gettext(
    "A lesson starts with its front matter: a line '---', then title: and minutes:, then a line '---'."
)


def read(path: Path | str) -> Lesson:
    """Read a lesson.

    Raises
    ------
    LessonRefusedError
        If something in it must be mended; all of it is told, each with its line.
    """
    path = Path(path)
    findings = Findings(str(path))
    lesson = examine(path, findings)
    if lesson is None or findings.errors:
        raise LessonRefusedError(findings.errors)
    return lesson


def examine(path: Path, findings: Findings) -> Lesson | None:
    """Read a lesson as far as it goes; note everything that does not fit."""
    text = _text_of(path, findings)
    if text is None:
        return None
    lines = text.split("\n")
    source, taken = split_front(lines)
    if taken <= 0:
        findings.error(
            1, _NO_FRONT if taken == 0 else gettext("The front matter is not closed by a line '---'.")
        )
        return None
    front = front_matter(source, findings)
    structure(lines, taken, findings)
    found = blocks(lines, taken, findings)
    lesson = Lesson(path.absolute().parent.name, path.stem, path, front, tuple(found))
    _check_ids(lesson, findings)
    _check_tallies(lesson, findings)
    if lesson.cases and not lesson.front.cohort:
        findings.error(
            1, gettext("The lesson has cases, but the front matter names no cohort: cohort: first-case.")
        )
    if not lesson.max_points and not findings.errors:
        findings.warn(1, gettext("Nothing in this lesson has points."))
    return lesson


def ids(lesson: Lesson) -> list[tuple[str, int]]:
    """Return every id that a built lesson uses, with its line."""
    found: list[tuple[str, int]] = []
    for block in lesson.blocks:
        if isinstance(block, Code | Prose | Case | Question) and block.id:
            found.append((block.id, block.line))
        if isinstance(block, Case):
            found += [(asked.id, asked.line) for asked in block.questions]
    return found + [(f"{asked.id}-ask", asked.line) for asked in lesson.questions if by_hand(asked)]


def by_hand(question: Question) -> bool:
    """Tell a question whose answer a teacher marks: it is built as two cells."""
    return question.kind == "text" and question.points > 0


def _text_of(path: Path, findings: Findings) -> str | None:
    try:
        data = read_bytes(path.parent, path.name)
    except OSError as problem:
        findings.error(1, gettext("The file cannot be read: %(why)s.", why=reason(problem)))
        return None
    if len(data) > MAX_BYTES:
        findings.error(
            1,
            gettext(
                "The file has %(count)s bytes; a lesson has at most %(most)s.",
                count=len(data),
                most=MAX_BYTES,
            ),
        )
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data[: problem.start].count(b"\n") + 1
        findings.error(line, gettext("This line is not UTF-8; save the file as UTF-8 in your editor."))
        return None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        findings.error(line, gettext("This line holds a null byte; this is no text file."))
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _check_ids(lesson: Lesson, findings: Findings) -> None:
    first: dict[str, int] = {}
    for ident, line in ids(lesson):
        if ident in first:
            findings.error(
                line,
                gettext(
                    "%(ident)r stands twice: in line %(first)s and here. Rename one.",
                    ident=ident,
                    first=first[ident],
                ),
            )
        first.setdefault(ident, line)


def _check_tallies(lesson: Lesson, findings: Findings) -> None:
    parts = {asked.id: asked for asked in lesson.questions if asked.kind not in {"tally", "text"}}
    for tally in (asked for asked in lesson.questions if asked.kind == "tally"):
        what = gettext("Question %(id)r", id=tally.id)
        for part in tally.public["of"]:
            if part not in parts:
                findings.error(
                    tally.line,
                    gettext("%(what)s: there is no %(part)r to sum up.", what=what, part=part)
                    + did_you_mean(part, parts),
                )
            elif parts[part].points and tally.points:
                findings.warn(
                    tally.line,
                    gettext(
                        "%(what)s: %(part)r has points of its own and counts twice.", what=what, part=part
                    ),
                )
