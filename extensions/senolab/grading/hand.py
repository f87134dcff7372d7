"""Teachers' marks: the answers that a teacher has before her, and her marks for them in one transaction."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text

from senolab.grading import book
from senolab.grading.marked import GradingError
from senolab.words import gettext, number

MAX_COMMENT = 5000
_BY_HAND = {"text", "written", "task"}


class MovedError(GradingError):
    """What the teacher had before her is not what is in the gradebook any more."""


@dataclass(frozen=True)
class Answer:
    """One answer that a teacher marks, and the mark and comment in force."""

    notebook: str
    question: str
    answer: str
    score: float | None
    max_score: float
    comment: str = ""

    @property
    def place(self) -> book.Place:
        """Where it stands, by which it is marked."""
        return self.notebook, self.question


def answers(course_dir: Path, lesson: str, learner: str) -> tuple[Answer, ...]:
    """Give the answers of one learner that a teacher marks; none before the machine has marked hers."""
    with book.gradebook(Path(course_dir)) as session:
        return _answers(session, lesson, learner)


def fingerprint(shown: tuple[Answer, ...]) -> str:
    """Give what changes whenever an answer does, and behind it what changes with a mark or comment."""
    asked = [(*one.place, one.answer, one.max_score) for one in shown]
    marks = [(*one.place, one.score, one.comment) for one in shown]
    return "-".join(hashlib.sha256(json.dumps(part).encode()).hexdigest()[:32] for part in (asked, marks))


def set_marks(
    course_dir: Path,
    lesson: str,
    learner: str,
    given: Mapping[book.Place, tuple[float | None, str]],
    *,
    grader: str,
    shown: str | None = None,
) -> None:
    """Set marks and comments of a teacher, all or none; the machine's own marks stay as they are beside.

    Parameters
    ----------
    given
        {(notebook, question): (score, comment)}. A score is 0 to the question's points; None takes a mark
        back, and the machine's counts again.
    grader
        Who marked; kept with each mark.
    shown
        The `fingerprint` of what the teacher had before her, where she had read it.

    Raises
    ------
    MovedError
        If that is not what is there any more: the learner handed in again, or another teacher marked.
    GradingError
        If there is no such answer, or a score is out of range.
    """
    checked = {place: (score, _checked(comment, grader)) for place, (score, comment) in given.items()}
    with book.gradebook(Path(course_dir), write=True) as session:  # nobody else writes until this ends
        if shown is not None and _settled(_answers(session, lesson, learner), checked, shown):
            return
        for place, (score, comment) in checked.items():
            _set(session, lesson, learner, place, score=score, grader=grader, comment=comment)


def _settled(
    now: tuple[Answer, ...], given: Mapping[book.Place, tuple[float | None, str]], shown: str
) -> bool:
    """Tell whether these very marks stand already, as after a doubled click.

    Raises
    ------
    MovedError
        If the teacher had something else before her.
    """
    if fingerprint(now) == shown:
        return False
    same = fingerprint(now).partition("-")[0] == shown.partition("-")[0]
    if same and all(
        given.get(one.place, (one.score, one.comment)) == (one.score, one.comment) for one in now
    ):
        return True
    raise MovedError(gettext("These answers or their marks have changed since they were read."))


def _answers(session: book.Session, lesson: str, learner: str) -> tuple[Answer, ...]:
    kept, submission = book.latest(session, lesson, learner), book.find_submission(session, lesson, learner)
    if kept is None or submission is None:
        return ()
    notes = book.comments(session, lesson, learner)
    marks = {
        (notebook.notebook.name, grade.cell.name): grade
        for notebook in submission.notebooks
        for grade in notebook.grades
    }
    found: list[Answer] = []
    for item in kept.marked.items:
        place = (item.notebook, item.question)
        if (item.manual or item.kind in _BY_HAND) and item.max_score and place in marks:
            grade = marks[place]
            score = grade.auto_score if grade.manual_score is None else grade.manual_score
            comment = notes.get(place, ("", ""))[0]
            found.append(Answer(*place, item.answer, score, item.max_score, comment))
    return tuple(found)


def _set(
    session: book.Session,
    lesson: str,
    learner: str,
    place: book.Place,
    *,
    score: float | None,
    grader: str,
    comment: str,
) -> None:
    notebook, question = place
    grade, notes = _find(session, lesson, learner, place)
    if score is not None and not (math.isfinite(score) and 0 <= score <= grade.max_score):
        raise GradingError(
            gettext(
                "%(question)r has 0 to %(max_score)s points; %(score)s is not among them.",
                question=question,
                max_score=number(grade.max_score),
                score=number(score),
            )
        )
    before, grade.manual_score = grade.manual_score, score
    grade.needs_manual_grade = score is None and grade.auto_score is None
    if notes is not None:
        notes.manual_comment = comment or None
    session.execute(
        text(
            "INSERT INTO senolab_hand"
            " (time, learner, lesson, notebook, question, grader, score, comment, before) VALUES"
            " (:time, :learner, :lesson, :notebook, :question, :grader, :score, :comment, :before)"
        ),
        {
            "time": book.now(),
            "learner": learner,
            "lesson": lesson,
            "notebook": notebook,
            "question": question,
            "grader": grader,
            "score": score,
            "comment": comment,
            "before": before,
        },
    )


def _checked(comment: str, grader: str) -> str:
    if not grader.strip():
        raise GradingError(gettext("A mark needs the name of who gave it."))
    if len(comment) > MAX_COMMENT:
        raise GradingError(
            gettext(
                "A comment has %(most)s characters at most; this one has %(count)s.",
                most=MAX_COMMENT,
                count=len(comment),
            )
        )
    return comment.strip()


def _find(session: book.Session, lesson: str, learner: str, place: book.Place) -> tuple[Any, Any]:
    name, question = place
    submission = book.find_submission(session, lesson, learner)
    if submission is None:
        raise GradingError(
            gettext("%(learner)s has no marked submission of %(lesson)r.", learner=learner, lesson=lesson)
        )
    for notebook in submission.notebooks:
        for grade in notebook.grades:
            if (notebook.notebook.name, grade.cell.name) == (name, question):
                notes = next((one for one in notebook.comments if one.cell.name == question), None)
                return grade, notes
    raise GradingError(
        gettext("%(lesson)r has no marked question %(question)r.", lesson=lesson, question=question)
    )
