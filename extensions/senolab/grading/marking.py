"""Marking one submission, or all of a lesson: the same input gives the same grade.

What is handed in lies in ``submitted/<learner>/<lesson>/``: the notebook, the learner's record
(record.jsonl), the campus's own commits (stamps.jsonl) and the time (timestamp.txt). Whatever is wrong
with one submission becomes that learner's row, never an end of the whole.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from senolab.grading import book, submitted
from senolab.grading.fingerprint import fingerprint, other_files
from senolab.grading.lesson import Keys, Lesson, prepare
from senolab.grading.marked import FLAGS, Findings, GradingError, ItemMark, Marked
from senolab.grading.master import Master
from senolab.grading.mend import Mended, Part, mend, untouched
from senolab.grading.paper import write
from senolab.grading.recorded import answers, which
from senolab.grading.run import Allowance, Run, run
from senolab.grading.score import code_item
from senolab.lessons.names import learner_name, lesson_name
from senolab.words import gettext


def grade(
    course_dir: Path,
    lesson: str,
    learner: str,
    *,
    keys: Path | Mapping[str, Any] | Keys | None = None,
    release: Path | Mapping[str, Any] | None = None,
    form: str | None = None,
    allowance: Allowance | None = None,
    force: bool = False,
) -> Marked:
    """Mark one learner's submission and write the marks into the gradebook.

    Parameters
    ----------
    course_dir
        nbgrader's course folder, ``<state>/grader/<course>`` on a campus.
    keys
        keys.json: the file, its content, or a function of the version. On a campus found by itself.
    release
        The release folder or release.json's content. On a campus found by itself.
    form
        The form the learner read, by the campus's word; else the stamps tell.
    force
        Mark again even if nothing has changed since.

    Raises
    ------
    GradingError
        If the lesson itself cannot be marked; whatever is wrong with the submission is in the result.
    """
    prepared = prepare(course_dir, lesson, keys=keys, release=release)
    return grade_prepared(prepared, learner, form=form, allowance=allowance, force=force)


def grade_all(
    course_dir: Path,
    lesson: str,
    learners: Iterable[str] | None = None,
    *,
    keys: Path | Mapping[str, Any] | Keys | None = None,
    release: Path | Mapping[str, Any] | None = None,
    jobs: int | None = None,
    allowance: Allowance | None = None,
    force: bool = False,
) -> Iterator[Marked]:
    """Mark a class, in the order of names; one submission never stops the others.

    Parameters
    ----------
    learners
        All who handed in, by default.
    jobs
        Submissions marked at once; as many as there are cores (4 at most) by default.
    """
    prepared = prepare(course_dir, lesson, keys=keys, release=release)
    names = sorted(learners) if learners is not None else handed_in(course_dir, lesson)
    workers = jobs or min(4, os.cpu_count() or 1)
    with ThreadPoolExecutor(max_workers=workers) as pool:
        yield from pool.map(
            lambda name: grade_prepared(prepared, name, allowance=allowance, force=force), names
        )


def handed_in(course_dir: Path, lesson: str) -> list[str]:
    """Give the learners who handed a lesson in."""
    folders = (course_dir / "submitted").glob(f"*/{lesson_name(lesson)}")
    return sorted(folder.parent.name for folder in folders if folder.is_dir())


def grade_prepared(
    lesson: Lesson,
    learner: str,
    *,
    form: str | None = None,
    allowance: Allowance | None = None,
    force: bool = False,
) -> Marked:
    """Mark one submission of a lesson that was read before; see `grade`."""
    try:
        folder = lesson.course_dir / "submitted" / learner_name(learner) / lesson.name
        if not folder.is_dir() or folder.is_symlink():
            words = (gettext("%(learner)s has not handed in %(name)r.", learner=learner, name=lesson.name),)
            return Marked(learner, lesson.name, 0.0, lesson.points, False, ("missing",), words)
        return _grade(lesson, folder, learner, form=form, allowance=allowance, force=force)
    except Exception as problem:  # whatever it is, it is this learner's row and no end of the class
        sentence = str(problem) if isinstance(problem, GradingError | ValueError) else _unforeseen(problem)
        return Marked(learner, lesson.name, 0.0, lesson.points, True, ("failed",), (sentence,))


def _unforeseen(problem: Exception) -> str:
    return gettext(
        "Marking met something unforeseen (%(name)s: %(problem)s). Nothing was changed.",
        name=type(problem).__name__,
        problem=problem,
    )


def _grade(
    lesson: Lesson, folder: Path, learner: str, *, form: str | None, allowance: Allowance | None, force: bool
) -> Marked:
    handin = which(folder, lesson.name)  # first: one that comes in meanwhile must not get these marks
    digest = fingerprint(lesson, folder, form, allowance)
    paper = lesson.course_dir / "autograded" / learner / lesson.name
    with book.gradebook(lesson.course_dir) as session:
        kept = book.latest(session, lesson.name, learner)
        known = kept is not None and kept.digest == digest and kept.handin in ("", handin)
        if kept and known and not force and _written(lesson, paper):
            # a teacher may have marked since, or moved the due date: the gradebook tells
            late = book.late(book.find_submission(session, lesson.name, learner))
            waits = _waiting(session, lesson.name, learner)
            return replace(kept.marked, needs_manual=waits, flags=_flags(kept.marked.flags, late=late))
    findings = Findings()
    items, papers, form, version = _mark(lesson, folder, form, allowance, findings)
    marked = _marked(lesson, learner, items, findings, form, version)
    if "not-run" in marked.flags:
        digest += _NOT_RUN
    timestamp = _read_text(folder / "timestamp.txt")
    with book.gradebook(lesson.course_dir, write=True) as session:
        needs = book.save(session, marked, digest=digest, handed_in=timestamp, handin=handin)
        late = book.late(book.find_submission(session, lesson.name, learner))
        write(lesson.course_dir, learner, lesson.name, papers, marked.items, timestamp=timestamp)
    return replace(marked, needs_manual=needs, flags=_flags(marked.flags, late=late))


_NOT_RUN = " not-run"  # what could not be run is run the next time, although nothing handed in has changed


def _flags(flags: tuple[str, ...], *, late: bool) -> tuple[str, ...]:
    """Give the flags in the order they are listed in."""
    return tuple(flag for flag in FLAGS if flag in flags or (late and flag == "late"))


def _written(lesson: Lesson, paper: Path) -> bool:
    return all((paper / f"{one.name}.ipynb").is_file() for one in lesson.masters)


def _waiting(session: book.Session, lesson: str, learner: str) -> bool:
    submission = book.find_submission(session, lesson, learner)
    return submission is not None and bool(submission.needs_manual_grade)


def _marked(
    lesson: Lesson, learner: str, items: list[ItemMark], findings: Findings, form: str, version: int
) -> Marked:
    graded = {(one.name, cell.grade_id) for one in lesson.masters for cell in one.graded()}
    counted = [item for item in items if (item.notebook, item.question) in graded]
    return Marked(
        learner=learner,
        lesson=lesson.name,
        auto_score=round(sum(item.score or 0.0 for item in counted), 6),
        max_score=round(sum(item.max_score for item in counted), 6),
        needs_manual=any(item.score is None for item in counted),
        flags=tuple(flag for flag in FLAGS if flag in findings.flags),
        words=tuple(findings.words),
        items=tuple(items),
        form=form,
        version=version,
    )


def _mark(
    lesson: Lesson, folder: Path, form: str | None, allowance: Allowance | None, findings: Findings
) -> tuple[list[ItemMark], list[tuple[Mended, Run]], str, int]:
    """Mend, run and score all notebooks of a submission."""
    answered, form, version = answers(lesson, folder, form, findings)
    items: list[ItemMark] = []
    papers: list[tuple[Mended, Run]] = []
    for one in lesson.masters:
        mended, found = _mended(folder, one, findings)
        mended = replace(mended, parts=tuple(_with_text(part, answered) for part in mended.parts))
        done = _run(lesson, folder, mended, allowance, findings) if found else Run({})
        papers.append((mended, done))
        for index, part in enumerate(mended.parts):
            if part.master is None or not (part.master.grade or part.master.task):
                continue
            if part.master.grade_id in answered:
                item = _worth(answered.pop(part.master.grade_id), part.master.points)
            elif found:
                item = code_item(part, done.parts.get(index), findings, refused=bool(done.refused))
            else:
                words = gettext("Not answered.")
                item = ItemMark(part.grade_id or "", 0.0, part.master.points, False, words, answered=False)
            items.append(replace(item, notebook=one.name))
    return [*items, *answered.values()], papers, form, version


def _worth(item: ItemMark, points: float) -> ItemMark:
    """Take the points from the gradebook, which is what the class was promised."""
    if item.max_score == points or item.score is None:
        return replace(item, max_score=points)
    fraction = item.score / item.max_score if item.max_score else 0.0
    return replace(item, max_score=points, score=round(fraction * points, 6))


def _with_text(part: Part, answered: Mapping[str, ItemMark]) -> Part:
    """Put a written answer of the record into its place in the notebook."""
    item = answered.get(part.grade_id) if part.grade_id else None
    if item is None or item.kind != "text" or part.cell_type != "markdown":
        return part
    return replace(part, source=item.answer, answered=bool(item.answer.strip()))


def _mended(folder: Path, one: Master, findings: Findings) -> tuple[Mended, bool]:
    """Find and mend one notebook; a lesson answered in the record alone needs none."""
    wanted = [cell.grade_id for cell in one.cells if cell.grade_id]
    notebook, problems = submitted.find(folder, one.name, wanted)
    if notebook is not None:
        mended = mend(notebook, one)
        if mended.repairs:
            findings.add(mended.repairs, "damaged")
        return mended, True
    if problems:
        findings.add(problems, "unreadable")
    elif any(cell.answer for cell in one.cells) or not (folder / "record.jsonl").exists():
        findings.add(
            gettext("%(name)s.ipynb was not handed in; it counts as not answered.", name=one.name), "missing"
        )
    return untouched(one), False


def _run(
    lesson: Lesson, folder: Path, mended: Mended, allowance: Allowance | None, findings: Findings
) -> Run:
    """Run a notebook if a learner's code has to be run for its marks."""
    code = [part for part in mended.parts if part.cell_type == "code" and part.master is not None]
    wanted = [part for part in code if part.master and (part.master.grade or part.master.solution)]
    if not any(part.grade_id not in lesson.questions for part in wanted):
        return Run({})
    files = [*other_files(folder), *other_files(lesson.course_dir / "release" / lesson.name)]
    files += other_files(lesson.course_dir / "source" / lesson.name)
    if lesson.material is not None:
        files.append(("release.json", lesson.material / "release.json"))
    done = run(mended, files=files, material=lesson.material, skip=lesson.questions, allowance=allowance)
    if done.refused:
        findings.add(done.refused, "not-run")
    if done.stopped:
        findings.add(done.stopped, "stopped")
    if any(ran.status in {"died", "timeout"} or ran.ename == "Timeout" for ran in done.parts.values()):
        findings.add(
            gettext("A part of the code stopped the program or did not end in time; the rest was run."),
            "stopped",
        )
    return done


def _read_text(path: Path) -> str | None:
    with suppress(submitted.UnreadableError):
        return submitted.read_bytes(path)[:1000].decode("utf-8", "replace")
    return None
