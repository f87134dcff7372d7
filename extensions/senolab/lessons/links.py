"""What a lesson's prose points at: pictures and files beside it, never another host's."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from senolab.words import gettext

from .findings import Findings
from .lesson import Lesson, Prose, Text
from .ownfiles import LINK, stray

_TARGET = r"(?:<([^<>\n]+)>|([^()\s]*(?:\([^()\s]*\)[^()\s]*)*))"
_MARKDOWN = re.compile(r"(?P<image>!)?\[[^\]\n]*\]\(\s*" + _TARGET + r"(?:\s+[\"'(][^\n]*?[\"')])?\s*\)")
_HTML = re.compile(
    r"<(?P<tag>[a-z]+)\b[^>]*?\b(?:src|poster|data|srcset)\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE
)
_RUNS = re.compile(r"<(script|iframe|object|embed|link|base|form)\b", re.IGNORECASE)
_CODE = re.compile(r"^(`{3,}|~{3,}).*?^\1[`~]*[ \t]*$|`[^`\n]*`", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Link:
    """Something a lesson points at; `loads` where the page itself would fetch it."""

    line: int
    target: str
    loads: bool


def links(lesson: Lesson) -> list[Link]:
    """Return what the prose points at, in order; code and examples are passed over."""
    found: list[Link] = []
    for line, source in _prose(lesson):
        for match in _MARKDOWN.finditer(source):
            target = match[2] or match[3] or ""
            found.append(Link(_line(line, source, match), target, match["image"] is not None))
        found += [Link(_line(line, source, match), match[2], True) for match in _HTML.finditer(source)]
    return found


def check_links(lesson: Lesson, findings: Findings) -> None:
    """Note links to files that are not there, and everything that another host would be asked for."""
    for link in links(lesson):
        if _outside(link.target):
            if link.loads:
                words = gettext(
                    "%(target)s would be fetched from another host; put the file beside the lesson.",
                    target=link.target,
                )
                findings.error(link.line, words)
        elif _beside(link.target) is None:
            continue
        elif (problem := _problem(lesson.path.parent, link.target)) is not None:
            findings.error(link.line, problem)
    for line, source in _prose(lesson):
        for match in _RUNS.finditer(source):
            words = gettext(
                "<%(match)s> does nothing on a lesson page; use a question, a case or a picture.",
                match=match[1],
            )
            findings.error(_line(line, source, match), words)


def assets(lesson: Lesson) -> list[Path]:
    """Return the files beside the lesson that it shows or offers, relative to its folder, sorted."""
    folder = lesson.path.parent
    named = {_beside(link.target) for link in links(lesson)}
    inside = [name for name in named if name is not None and _problem(folder, name) is None]
    return sorted(
        {
            Path(os.path.normpath(name))
            for name in inside
            if (folder / name).is_file() and not name.endswith(".md")
        }
    )


def _prose(lesson: Lesson) -> Iterator[tuple[int, str]]:
    """Give every stretch of prose with its line, code and examples blanked out."""
    for block in lesson.blocks:
        if isinstance(block, Text | Prose):
            yield block.line, _CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), block.source)


def _line(first: int, source: str, match: re.Match[str]) -> int:
    return first + source[: match.start()].count("\n")


def _outside(target: str) -> bool:
    return target.startswith("//") or re.match(r"[a-z][a-z0-9+.-]*://", target, re.IGNORECASE) is not None


def _beside(target: str) -> str | None:
    """Return the path of a file beside the lesson, or None for an anchor, a scheme, a campus page."""
    if (
        not target
        or target[0] in "#/?"
        or _outside(target)
        or re.match(r"[a-z][a-z0-9+.-]*:", target, re.IGNORECASE)
    ):
        return None
    return unquote(re.split(r"[?#]", target, maxsplit=1)[0])


def _problem(folder: Path, target: str) -> str | None:
    name = _beside(target) or ""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        return gettext(
            "%(target)s leads out of the course's folder; put the file beside the lesson.", target=target
        )
    if stray(folder, name) is not None:
        return f"{target}: {gettext(LINK)}"
    if not path.exists():
        return gettext(
            "%(target)s is not there; is it spelt as the file is called (capitals too)?", target=target
        )
    return None
