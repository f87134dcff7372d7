"""Files from outside: each is looked at in a sandbox of its own; here come facts and sentences only."""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from senolab.sandbox import Limits, Mount, available, run

from .across import among_views
from .facts import Facts
from .findings import Fault, Finding, error, warning
from .segments import apart_from_source
from .validator import found_in, installed, news

_LIMITS = Limits(memory=3 << 30, cpu_seconds=120, wall_seconds=180, file_size=1 << 20, output=1 << 20)
_RULE = re.compile(r"[a-z-]{1,40}")
_IMAGES = (".dcm", ".dicom", ".ima", "")
_TEXTS = re.compile(r"(licen[cs]e|copying|readme|dicomdir|index|version)(\.\w+)?", re.IGNORECASE)
_REASONS = {"time": "it takes too long to read", "memory": "it needs too much memory"}


class NotCheckedError(ValueError):
    """Nothing can be checked; the message says why and what to do."""


@dataclass(frozen=True)
class Checked:
    """One exam that was checked, or the files of one place that are none: its name, faults and facts."""

    name: str
    place: Path
    faults: tuple[Fault, ...]
    facts: tuple[Facts, ...]


@dataclass(frozen=True)
class _Seen:
    """One file that was looked at."""

    path: Path
    findings: tuple[Finding, ...]
    facts: Facts | None


def checked_outside(path: Path) -> list[Checked]:
    """Check a file, or all that a folder holds, exam by exam.

    Raises
    ------
    NotCheckedError
        Where there is no such file, or no sandbox to open it in.
    """
    ready = available()
    if not ready.ok:
        raise NotCheckedError(f"files from outside are opened in a sandbox only: {ready.why} {ready.mend}")
    seen = [_look(file) for file in _files(path)]
    strays = [one for one in seen if one.facts is None]
    faults = tuple(Fault(o.path, f.words, f.rule, f.severity) for o in strays for f in o.findings)
    exams = [_exam(group, path) for group in _groups(seen)]
    return [*exams, *([Checked(str(path), path, faults, ())] if strays else [])]


def _files(path: Path) -> list[Path]:
    """Find what may be an object: a file as given; in a folder what ends as one, texts aside."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise NotCheckedError(f"{path}: there is no such file or folder")
    inside = (p for p in sorted(path.rglob("*")) if p.is_file() and not p.name.startswith("."))
    found = [p for p in inside if p.suffix.lower() in _IMAGES and not _TEXTS.fullmatch(p.name)]
    if not found:
        raise NotCheckedError(f"{path}: no DICOM file was found in it (.dcm, .dicom, .ima, or no ending)")
    return found


def _look(path: Path) -> _Seen:
    """Look at one file in the sandbox."""
    inside = "/mnt/image.dcm"
    done = run(
        [sys.executable, "-m", "senolab.cases.checks.untrusted", inside],
        mounts=[Mount(path.resolve(), inside)],
        limits=_LIMITS,
    )
    if done.reason or done.returncode:
        words = _REASONS.get(done.reason or "", "it cannot be read in the sandbox")
        return _Seen(path, (error("unreadable", words),), None)
    try:
        return _Seen(path, *_believed(done.stdout))
    except (ValueError, KeyError, TypeError, RecursionError):
        return _Seen(path, (error("unreadable", "what came out of it is no answer"),), None)


def _believed(answer: bytes) -> tuple[tuple[Finding, ...], Facts | None]:
    """Take what has the right form out of an answer; a ValueError where it has not."""
    told = json.loads(answer)
    findings = []
    for rule, severity, words in told["findings"][:200]:
        if severity not in ("error", "warning") or not _RULE.fullmatch(rule) or not isinstance(words, str):
            raise ValueError("no finding")
        plain = "".join(letter if letter.isprintable() else " " for letter in words[:1000])
        findings.append(Finding(rule, severity, plain))
    return tuple(findings), None if told["facts"] is None else Facts.from_json(told["facts"])


def _groups(seen: Iterable[_Seen]) -> list[list[_Seen]]:
    """Join files to exams: the same study, or the same woman on the same day in one folder."""
    groups: list[tuple[set[tuple[str, ...]], list[_Seen]]] = []
    for one in seen:
        if one.facts is None:
            continue
        keys, members, apart = _keys(one.path, one.facts), [one], []
        for known, others in groups:
            if known & keys:
                keys, members = keys | known, [*others, *members]
            else:
                apart.append((known, others))
        groups = [*apart, (keys, members)]
    return [members for _, members in groups]


def _keys(path: Path, facts: Facts) -> set[tuple[str, ...]]:
    """Say by what a file is known to be of an exam; one that tells nothing stands alone."""
    keys: set[tuple[str, ...]] = {("study", facts.study)} if facts.study else {("file", str(path))}
    if facts.patient and facts.date:
        keys.add(("day", str(path.parent), facts.patient, facts.date))
    return keys


def _exam(group: Sequence[_Seen], asked: Path) -> Checked:
    """Put the files of one exam together."""
    faults = [Fault(o.path, f.words, f.rule, f.severity) for o in group for f in o.findings]
    facts = [one.facts for one in group if one.facts is not None]
    whole = asked.is_dir() or len(group) > 1
    place = asked if asked.is_dir() else group[0].path
    together = list(among_views(facts, whole=whole))
    together += news(list(_validated(group)), together)
    faults += [Fault(place, f.words, f.rule, f.severity) for f in together]
    images = {one.instance: one for one in facts if one.kind in ("presentation", "processing")}
    for one in group:
        if one.facts is not None and one.facts.kind == "segmentation" and images:
            faults += [
                Fault(one.path, f.words, f.rule, f.severity)
                for f in apart_from_source(one.facts, images, all_there=False)
            ]
    return Checked(str(asked), place, tuple(faults), tuple(facts))


def _validated(group: Sequence[_Seen]) -> Iterator[Finding]:
    """Ask dcentvfy about an exam's files, in the sandbox too."""
    if len(group) < 2 or not installed("dcentvfy"):
        return
    inside = {f"/mnt/{number}.dcm": one.path for number, one in enumerate(group)}
    done = run(
        ["dcentvfy", *inside],
        mounts=[Mount(path.resolve(), to) for to, path in inside.items()],
        limits=_LIMITS,
    )
    if done.reason:
        yield warning("validator", "dcentvfy did not come to an end: it says nothing of these files")
        return
    said = done.complaint + "\n" + done.text
    for to, path in inside.items():
        said = said.replace(f"<{to}>", f"<{path.name}>")
    yield from found_in(said, "dcentvfy")
