"""`senolab.case`: read an exam, answer, commit, then see the truth."""

import os
from collections.abc import Mapping
from typing import Any

from senolab.words import gettext

from . import lesson as lessons
from .commit import CampusError, Committed
from .hanging import ImageError
from .lesson import Lesson, LessonError
from .question_widget import save_answer
from .viewer import views_in
from .widget import Reading, RefusedError, notice, public


def case(ident: str) -> Reading | None:
    """Show a case of this lesson; what was answered before stands in it again.

    Parameters
    ----------
    ident
        The case's id, e.g. ``"case-1"``.
    """
    if os.environ.get("NBGRADER_EXECUTION"):
        return None  # nobody is looking
    try:
        lesson = lessons.here()
        return _Case(lesson, ident).widget
    except (LessonError, ImageError) as problem:
        return notice(str(problem))


class _Case:
    """One shown case: its widget, and what the widget may ask."""

    def __init__(self, lesson: Lesson, ident: str) -> None:
        self.lesson, self.ident = lesson, ident
        self.questions = lesson.questions_of(ident)
        views = views_in(lesson.exam_folder(ident))
        committed = self._restored()
        kept = lesson.answers()
        self.widget = Reading(
            kind="case",
            views=views,
            spec={
                "case": ident,
                "title": lesson.case(ident)["title"],
                "questions": self.questions,
                "views": public(views),
            },
            answers={q["id"]: kept[q["id"]] for q in self.questions if q["id"] in kept},
            committed=committed.public() if committed else {},
            handlers={"answer": self._answer, "commit": self._commit},
        )
        self._open()

    def _open(self) -> None:
        """Note once that the case was opened; a disk that refuses is told at the first answer."""
        try:
            if not any(act.kind == "open" and act.case == self.ident for act in self.lesson.acts()):
                self.lesson.append("open", case=self.ident)
        except OSError:
            return

    def _restored(self) -> Committed | None:
        """Return the commit of before: the record's, else the campus's, which then goes to the record."""
        told: dict[str, Any] = {}
        exam = self.lesson.exam(self.ident)
        for act in self.lesson.acts():
            if act.case == self.ident and act.kind in ("commit", "reveal"):
                told.setdefault(act.kind, act)
        reveal = told["reveal"].value if "reveal" in told else None
        known = isinstance(reveal, dict) and "reveal" in reveal and reveal.get("exam", exam) == exam
        if "commit" in told and isinstance(reveal, dict) and known:
            commit = told["commit"]
            return Committed(
                time=commit.time, answers=commit.value, reveal=reveal["reveal"], marks=reveal.get("marks", {})
            )
        earlier = self.lesson.desk.earlier(self.ident, exam) if self.lesson.desk else None
        if earlier is not None:
            self._note(earlier, committed="commit" in told)
        return earlier

    def _answer(self, message: Mapping[str, Any]) -> dict[str, Any]:
        question = next((q for q in self.questions if q["id"] == message.get("question")), None)
        if question is None:
            raise RefusedError(gettext("This question is not part of the case."))
        if self.widget.committed:
            raise RefusedError(gettext("This case is committed; its answers are locked."))
        return save_answer(self.lesson, question, message, case=self.ident)

    def _commit(self, _message: Mapping[str, Any]) -> dict[str, Any]:
        if self.widget.committed:
            return {}
        kept = self.lesson.answers()
        answers = {q["id"]: kept.get(q["id"]) for q in self.questions}
        missing = [q["ask"] for q in self.questions if answers[q["id"]] is None]
        if missing:
            raise RefusedError(gettext("Still to answer: %(missing)s", missing=" ".join(missing)))
        if self.lesson.desk is None:
            raise RefusedError(
                gettext("This case can be committed only in a lesson that was opened from the campus.")
            )
        try:
            committed = self.lesson.desk.commit(self.ident, answers)
        except CampusError as problem:
            raise RefusedError(str(problem)) from problem
        self._note(committed, committed=False)
        self.widget.committed = committed.public()
        return {}

    def _note(self, made: Committed, *, committed: bool) -> None:
        """Write commit and reveal to the record. The campus has its own copy: a full disk stops nothing."""
        try:
            if not committed:
                self.lesson.append("commit", case=self.ident, value=made.answers)
            shown = {"exam": self.lesson.exam(self.ident), "reveal": made.reveal, "marks": made.marks}
            self.lesson.append("reveal", case=self.ident, value=shown)
        except (OSError, ValueError):
            return
