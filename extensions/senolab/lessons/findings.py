"""What is found wanting in a lesson: file, line, and a sentence that says how to mend it."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from senolab.words import gettext

Severity = Literal["error", "warning"]


@dataclass(frozen=True, order=True)
class Finding:
    """One thing to mend (`error`: the lesson cannot be released) or to look at (`warning`)."""

    file: str
    line: int
    severity: Severity
    words: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.severity}: {self.words}"


class LessonRefusedError(Exception):
    """A lesson cannot be used; `findings` says all that is wrong with it, not only the first thing."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


@dataclass
class Findings:
    """What was found in one file so far."""

    file: str
    found: list[Finding] = field(default_factory=list)

    def error(self, line: int, words: str) -> None:
        """Note what must be mended."""
        self.found.append(Finding(self.file, line, "error", words))

    def warn(self, line: int, words: str) -> None:
        """Note what should be looked at."""
        self.found.append(Finding(self.file, line, "warning", words))

    @property
    def errors(self) -> list[Finding]:
        """What stands in the way of a release."""
        return [finding for finding in self.found if finding.severity == "error"]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` for a word that resembles a known one, else the known ones."""
    names = list(known)
    near = difflib.get_close_matches(word, names, n=1)
    return (
        " " + gettext("Did you mean %(near)r?", near=near[0])
        if near
        else " " + gettext("Known are: %(names)s.", names=", ".join(names))
    )
