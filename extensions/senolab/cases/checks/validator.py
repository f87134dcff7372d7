"""What the validators of Debian's dicom3tools say, where they are installed: a second opinion."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from .findings import Finding, error, warning

_SECONDS = 60
_NAMED = re.compile(r"(\w+) \([0-9A-F]{4},[0-9A-F]{4}\)")  # as our sentences name attributes
_MEANT = re.compile(r"(\w+)\([0-9a-f]{4},[0-9a-f]{4}\)|Element=<(\w+)>")  # as the validators do


def validated(path: Path) -> Iterator[Finding]:
    """Give the errors that dciodvfy finds in one file; its warnings are mostly of other modalities."""
    yield from _asked("dciodvfy", ["-new", str(path)])


def validated_together(paths: Sequence[Path]) -> Iterator[Finding]:
    """Give the errors that dcentvfy finds between files: what one patient, study, series tells twice."""
    if len(paths) > 1:
        yield from _asked("dcentvfy", [str(path) for path in paths])


def installed(program: str = "dciodvfy") -> bool:
    """Tell whether a validator is there."""
    return shutil.which(program) is not None


def _asked(name: str, words: list[str]) -> Iterator[Finding]:
    program = shutil.which(name)
    if program is None:
        return
    try:
        done = subprocess.run(
            [program, *words], capture_output=True, text=True, errors="replace", timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        yield warning(
            "validator", f"{name} took longer than {_SECONDS} seconds: it says nothing of this file"
        )
        return
    yield from found_in(done.stderr + "\n" + done.stdout, name)


def found_in(said: str, name: str) -> Iterator[Finding]:
    """Take the errors out of what a validator said."""
    for line in dict.fromkeys(said.splitlines()):
        if line.startswith("Error"):
            words = "".join(
                letter if letter.isprintable() else " " for letter in line.removeprefix("Error - ")
            )
            yield error(name, f"{name}: {words[:300]}")


def news(said: Sequence[Finding], own: Sequence[Finding]) -> list[Finding]:
    """Leave out what a validator says of attributes that our own rules have named, with what to do."""
    told = {keyword for finding in own for keyword in _NAMED.findall(finding.words)}
    return [finding for finding in said if not _meant(finding) & told]


def _meant(finding: Finding) -> set[str]:
    """Name the attribute that a validator's line is about: the innermost of its path."""
    found = [match[1] or match[2] for match in _MEANT.finditer(finding.words)]
    return set(found[-1:])
