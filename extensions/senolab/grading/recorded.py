"""The answers that stand in a learner's record, and the campus's word on what was committed."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from senolab import record
from senolab.grading.keyed import Version, judged_by
from senolab.grading.lesson import Lesson
from senolab.grading.marked import FLAGS, Findings, GradingError, ItemMark
from senolab.grading.score import data_items
from senolab.words import gettext


def answers(
    lesson: Lesson, folder: Path, form: str | None, findings: Findings
) -> tuple[dict[str, ItemMark], str, int]:
    """Mark the answers in the record; none for a lesson without campus questions."""
    if lesson.release is None or lesson.keys is None or not lesson.questions:
        return {}, form or "", lesson.version
    stamps = _stamps(folder, lesson.name)
    own = record.read(folder / "record.jsonl")
    findings.add([f"record.jsonl: {damage.words}" for damage in own.damages[:20]])
    if any(damage.kind == "broken" for damage in own.damages):
        findings.add([], "untrusted")
    elif own.damages:
        findings.add([], "damaged")
    form = form or _form(lesson.release, stamps, findings)
    version = _version(stamps, lesson)
    at = cache(lesson.at)
    acts = [act for act in own.acts if act.lesson == lesson.name]
    shown = _shown(stamps, at(version), form, at)
    if shown:
        findings.add(
            gettext(
                "What was answered to %(cases)s does not count: the truth of its images had been shown "
                "before, as another case of an earlier version.",
                cases=", ".join(shown),
            )
        )
        barred = {question for about in shown.values() for question in about.get("questions", ())}
        acts = [act for act in acts if act.question not in barred and act.case not in shown]

    def judge(question: str, letter: str, number: int) -> Version:
        return judged_by(question, letter, given=at(number), current=at(lesson.version))

    def asked(question: str, number: int) -> Mapping[str, Any]:
        return at(number).question(question) or at(lesson.version).question(question) or {}

    items = data_items(
        lesson.release, judge, asked, acts, stamps, form=form, version=version, findings=findings
    )
    return {item.question: item for item in items}, form, version


def which(folder: Path, lesson: str) -> str:
    """Return which hand-in lies in a folder: time and id of the campus's stamp on it; empty without one."""
    stamps = record.read(folder / "stamps.jsonl").acts
    found = [act for act in stamps if act.kind == "open" and act.lesson == lesson]
    return f"{found[-1].time} {found[-1].id}" if found else ""


def _version(stamps: list[record.Act], lesson: Lesson) -> int:
    """Return the version that was handed in: of the campus's word at that moment, else of its last commit."""
    handed_in = [stamp.version for stamp in stamps if stamp.kind == "open"]
    return max(handed_in or [stamp.version for stamp in stamps], default=lesson.version)


def _shown(
    stamps: list[record.Act], given: Version, form: str, at: Callable[[int], Version]
) -> dict[str, Mapping[str, Any]]:
    """Return the cases whose exam the learner saw the truth of as another case of another version.

    The campus takes no commit of such a case; the learner's own record counts no more than it.
    """
    commits = [stamp for stamp in stamps if stamp.kind == "commit" and stamp.case is not None]
    seen = {stamp.case: at(stamp.version).exam(stamp.case, stamp.form) for stamp in commits}
    moved = {exam for case, exam in seen.items() if exam is not None and given.exam(case, form) != exam}
    cases = given.release.get("cases") or {}
    return {
        case: about for case, about in cases.items() if case not in seen and given.exam(case, form) in moved
    }


def _stamps(folder: Path, lesson: str) -> list[record.Act]:
    """Read the campus's own commits; it wrote them, a damaged line is an error here."""
    read = record.read(folder / "stamps.jsonl")
    if any(damage.kind != "broken" for damage in read.damages):
        raise GradingError(
            gettext(
                "stamps.jsonl is damaged: %(words)s Let the campus write it again.",
                words=read.damages[0].words,
            )
        )
    return [act for act in read.acts if act.lesson == lesson]


def _form(release: Mapping[str, Any], stamps: list[record.Act], findings: Findings) -> str:
    if stamps:
        return stamps[-1].form
    forms = release.get("forms") or ["A"]
    if len(forms) > 1:
        findings.add(gettext(FLAGS["form-unknown"]), "form-unknown")
    return forms[0]
