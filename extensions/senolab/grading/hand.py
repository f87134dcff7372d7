"""A teacher's mark for one answer."""

import math
from pathlib import Path
from typing import Any

from sqlalchemy import text

from senolab.grading import book
from senolab.grading.marked import GradingError

MAX_COMMENT = 5000


def set_mark(
    course_dir: Path,
    lesson: str,
    learner: str,
    question: str,
    *,
    score: float | None,
    grader: str,
    comment: str = "",
) -> None:
    """Set the mark and comment of a teacher; the marks of the machine stay as they are beside it.

    Parameters
    ----------
    score
        0 to the question's points; None takes a mark back, and the machine's counts again.
    grader
        Who marked; kept with the mark.

    Raises
    ------
    GradingError
        If there is no such answer, or the score is out of range.
    """
    comment = _checked(comment, grader)
    with book.gradebook(Path(course_dir), write=True) as session:
        grade, notes = _find(session, lesson, learner, question)
        if score is not None and not (math.isfinite(score) and 0 <= score <= grade.max_score):
            raise GradingError(
                f"{question!r} has 0 to {grade.max_score:g} points; {score:g} is not among them."
            )
        before, grade.manual_score = grade.manual_score, score
        grade.needs_manual_grade = score is None and grade.auto_score is None
        if notes is not None:
            notes.manual_comment = comment or None
        session.execute(
            text(
                "INSERT INTO senolab_hand (time, learner, lesson, question, grader, score, comment, before)"
                " VALUES (:time, :learner, :lesson, :question, :grader, :score, :comment, :before)"
            ),
            {
                "time": book.now(),
                "learner": learner,
                "lesson": lesson,
                "question": question,
                "grader": grader,
                "score": score,
                "comment": comment,
                "before": before,
            },
        )


def _checked(comment: str, grader: str) -> str:
    if not grader.strip():
        raise GradingError("A mark needs the name of who gave it.")
    if len(comment) > MAX_COMMENT:
        raise GradingError(f"A comment has {MAX_COMMENT} characters at most; this one has {len(comment)}.")
    return comment.strip()


def _find(session: book.Session, lesson: str, learner: str, question: str) -> tuple[Any, Any]:
    submission = book.find_submission(session, lesson, learner)
    if submission is None:
        raise GradingError(f"{learner} has no marked submission of {lesson!r}.")
    for notebook in submission.notebooks:
        for grade in notebook.grades:
            if grade.cell.name == question:
                notes = next((one for one in notebook.comments if one.cell.name == question), None)
                return grade, notes
    raise GradingError(f"{lesson!r} has no marked question {question!r}.")
