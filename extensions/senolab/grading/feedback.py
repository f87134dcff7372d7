"""What a learner is told about a marked submission. Never the source of a test."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from senolab.grading import book
from senolab.grading.lesson import prepare
from senolab.grading.marked import GradingError, ItemMark
from senolab.words import gettext, number


@dataclass(frozen=True)
class FeedbackItem:
    """One question as its learner sees it afterwards.

    Attributes
    ----------
    ask
        What was asked, plain text; the question's id where a notebook asked.
    score
        Points, a teacher's before the machine's; None while a teacher's mark is awaited.
    words
        Why, with the author's hint.
    comment, grader
        What a teacher wrote, and who, where that is known.
    review
        Whether the teacher's mark and comment are of an earlier answer, and she has still to read this one.
    """

    question: str
    kind: str
    ask: str
    case: str | None
    answer: str
    score: float | None
    max_score: float
    words: str
    comment: str = ""
    grader: str = ""
    by_hand: bool = False
    review: bool = False


@dataclass(frozen=True)
class Feedback:
    """A learner's feedback page as data.

    Attributes
    ----------
    score
        Points so far.
    pending
        True while a teacher's mark is awaited.
    repairs
        What was mended or went wrong, in sentences.
    """

    learner: str
    lesson: str
    title: str
    score: float
    max_score: float
    pending: bool
    late: bool
    marked_at: str
    flags: tuple[str, ...]
    repairs: tuple[str, ...]
    items: tuple[FeedbackItem, ...]
    cases: Mapping[str, str] = field(default_factory=dict)


def read(
    course_dir: Path,
    lesson: str,
    learner: str,
    *,
    keys: Any = None,
    release: Any = None,
) -> Feedback:
    """Read the feedback on a marked submission.

    Parameters
    ----------
    keys, release
        As for `grade`; on a campus found by themselves.

    Raises
    ------
    GradingError
        If it is not marked yet.
    """
    prepared = prepare(Path(course_dir), lesson, keys=keys, release=release)
    with book.gradebook(prepared.course_dir) as session:
        kept = book.latest(session, lesson, learner)
        submission = book.find_submission(session, lesson, learner)
        if kept is None or submission is None:
            raise GradingError(
                gettext(
                    "The lesson %(lesson)r of %(learner)s has not been marked yet.",
                    lesson=lesson,
                    learner=learner,
                )
            )
        notes = book.comments(session, lesson, learner)
        late = book.late(submission)
        grades = {
            (notebook.notebook.name, grade.cell.name): grade
            for notebook in submission.notebooks
            for grade in notebook.grades
        }
        asked = {question["id"]: question for question in (prepared.release or {}).get("questions", ())}
        items = tuple(
            _item(item, asked.get(item.question, {}), grades.get((item.notebook, item.question)), notes)
            for item in kept.marked.items
        )
        score, total = round(float(submission.score), 6), float(submission.max_score)
        pending = bool(submission.needs_manual_grade)
    cases = (prepared.release or {}).get("cases") or {}
    return Feedback(
        learner=learner,
        lesson=lesson,
        title=str((prepared.release or {}).get("title") or lesson),
        score=score,
        max_score=total,
        pending=pending,
        late=late,
        marked_at=kept.time,
        flags=kept.marked.flags,
        repairs=kept.marked.words,
        items=items,
        cases={name: str(case.get("title") or name) for name, case in cases.items()},
    )


def _item(
    item: ItemMark,
    question: Mapping[str, Any],
    grade: Any,
    notes: Mapping[book.Place, tuple[str, str]],
) -> FeedbackItem:
    comment, grader = notes.get((item.notebook, item.question), ("", ""))
    by_hand = grade is not None and grade.manual_score is not None
    score = item.score
    if grade is not None:
        score = grade.manual_score if by_hand else grade.auto_score
        score = None if score is None else score + (grade.extra_credit or 0.0)
    review = grade is not None and by_hand and bool(grade.needs_manual_grade)
    words = gettext("A teacher marked this answer.") if by_hand and item.manual else item.words
    if review and score is not None:
        words = gettext(
            "A teacher gave your earlier answer %(score)s of %(max_score)s points. They count until this one "
            "is read.",
            score=number(score),
            max_score=number(item.max_score),
        )
    return FeedbackItem(
        question=item.question,
        kind=item.kind,
        ask=str(question.get("ask") or item.question),
        case=question.get("case"),
        answer=item.answer,
        score=score,
        max_score=item.max_score,
        words=words,
        comment=comment,
        grader=grader,
        by_hand=by_hand,
        review=review,
    )
