"""`senolab.case`: read an exam, answer, commit, then see the truth."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from senolab.words import gettext, marked

from . import lesson as lessons
from .commit import CampusError, Committed
from .hanging import ImageError
from .lesson import Lesson, LessonError
from .question_widget import save_answer
from .viewer import views_in
from .widget import Reading, RefusedError, notice, public

_CHANGED = marked(
    "Your teacher gave this case other images after you committed it. You see those that you read, and "
    "your answers to them count."
)
_GONE = marked(
    "You committed this case before it got other images. What you answered then counts; go on with the "
    "next case."
)
_SEEN = marked(
    "You have seen the truth of these images already, when they belonged to another case. Go on with the "
    "next case, and tell your teacher."
)


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
        committed = self._restored()
        views = views_in(self._images(committed))
        kept = committed.answers if committed else lesson.answers()
        self.widget = Reading(
            kind="case",
            views=views,
            spec={
                "case": ident,
                "title": lesson.case(ident)["title"],
                "questions": self.questions,
                "views": public(views),
                "note": gettext(_CHANGED) if committed and self._is_old(committed) else "",
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

    def _is_old(self, made: Committed) -> bool:
        """Whether a commit was made before the case got the images that it has now."""
        return bool(made.exam) and made.exam != self.lesson.exam(self.ident)

    def _images(self, committed: Committed | None) -> Path:
        """Return the folder of the images to show: those that were read, where the case was committed."""
        if committed is None or not self._is_old(committed):
            return self.lesson.images(self.lesson.exam(self.ident))
        try:
            return self.lesson.images(committed.exam, version=committed.version)
        except LessonError:
            raise LessonError(gettext(_GONE)) from None

    def _restored(self) -> Committed | None:
        """Return the commit of before: the record's, else the campus's, which then goes to the record.

        Raises
        ------
        LessonError
            If the truth of the case's images was shown already, as another case of an earlier version.
        """
        told: dict[str, Any] = {}
        exam = self.lesson.exam(self.ident)
        for act in self.lesson.acts():
            if act.case == self.ident and act.kind in ("commit", "reveal"):
                told.setdefault(act.kind, act)
        reveal = told["reveal"].value if "reveal" in told else None
        known = isinstance(reveal, dict) and "reveal" in reveal
        if "commit" in told and isinstance(reveal, dict) and known and reveal.get("exam", exam) == exam:
            commit = told["commit"]
            return Committed(
                time=commit.time, answers=commit.value, reveal=reveal["reveal"], marks=reveal.get("marks", {})
            )
        kept = self.lesson.desk.earlier() if self.lesson.desk else {}
        earlier = kept.get(self.ident)
        if earlier is None:
            if self._seen_as_another(kept):
                raise LessonError(gettext(_SEEN))
        elif not (known and self._is_old(earlier)):
            self._note(earlier, committed="commit" in told)
        return earlier

    def _seen_as_another(self, kept: Mapping[str, Committed]) -> bool:
        """Whether the case's exam was committed as a case that has another one now."""
        exam, now = self.lesson.exam(self.ident), self.lesson.release.get("cases", {})
        return any(
            one.exam == exam and (case not in now or self.lesson.exam(case) != exam)
            for case, one in kept.items()
        )

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
            exam = made.exam or self.lesson.exam(self.ident)
            shown = {"exam": exam, "reveal": made.reveal, "marks": made.marks}
            self.lesson.append("reveal", case=self.ident, value=shown)
        except (OSError, ValueError):
            return
