"""What the campus asks of the marking room: the queue, marks, feedback, marks by hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from senolab.grading import book, hand, table
from senolab.grading import feedback as told
from senolab.grading.marked import FLAGS, GradingError
from senolab.grading.queue import Job, MarkingQueue
from senolab.lessons.names import NameRefusedError
from senolab.lessons.shelf import Shelf
from senolab.words import gettext, marked

from .book import Handin
from .refusal import RefusedError

MOST_JOBS = 20_000  # a class of 500 with 40 lessons


@dataclass(frozen=True)
class Mark:
    """The marks of a hand-in; `needs_manual` while a teacher's mark is awaited, `time` of marking in UTC.

    `handin` is the `Handin.mark` of what was marked, empty where that was before it was noted; `extension`
    is what a teacher granted beyond the due date.
    """

    score: float
    max_score: float
    needs_manual: bool = False
    time: str = ""
    flags: tuple[str, ...] = ()
    handin: str = ""
    extension: timedelta = timedelta()

    @property
    def remarks(self) -> list[str]:
        """What a teacher should know about the hand-in, in sentences."""
        return [gettext(FLAGS.get(flag, flag)) for flag in self.flags]

    def is_of(self, handin: Handin) -> bool:
        """Tell whether these marks belong to a hand-in and not to one before.

        They may be of a later one, which the campus had put in its place when it was killed. Where it is not
        noted, the time of marking tells, in seconds: less sure, since marking one takes a while.
        """
        return self.handin >= handin.mark if self.handin else self.time[:19] >= handin.time[:19]


@dataclass(frozen=True)
class Line:
    """The mark of one question; `score` is None while a teacher's mark is awaited.

    With `review` it is the mark of an earlier answer, as is the comment, until a teacher has read this one.
    """

    question: str
    score: float | None
    max_score: float
    ask: str = ""
    case: str | None = None
    words: str = ""
    answer: str = ""
    comment: str = ""
    review: bool = False


@dataclass(frozen=True)
class Report:
    """What marking a hand-in gave; `flags` say what went wrong, `repairs` tell a teacher all about it."""

    score: float
    max_score: float
    lines: tuple[Line, ...]
    flags: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()


class Marking:
    """The campus's side of the marking room."""

    def __init__(self, shelf: Shelf):
        self._shelf = shelf
        self._queue = MarkingQueue(shelf.marking_queue)
        self._kept: dict[str, tuple[Any, dict[tuple[str, str], Mark]]] = {}
        self._dues: dict[str, tuple[Any, dict[str, str | None]]] = {}

    def put(self, course: str, lesson: str, learner: str, *, again: bool = False) -> None:
        """Queue a hand-in; `again` marks it even if nothing has changed."""
        self._queue.put(course, lesson, learner, force=again)

    def put_missing(self, handin: Handin, mark: Mark | None) -> bool:
        """Queue a hand-in that has neither a job nor marks; return whether it had to be queued."""
        job = self._queue.state(handin.course, handin.lesson, handin.learner)
        if _covers(job, handin) or (job is None and mark is not None and mark.is_of(handin)):
            return False
        self.put(handin.course, handin.lesson, handin.learner)
        return True

    def queued(self, course: str) -> dict[tuple[str, str], tuple[str, str]]:
        """Return state and sentence of the newest job, by (learner, lesson)."""
        found: dict[tuple[str, str], tuple[str, str]] = {}
        for job in self._queue.jobs(course=course, most=MOST_JOBS):  # newest first
            found.setdefault((job.learner, job.lesson), (job.state, job.words))
        return found

    def marks(self, course: str) -> dict[tuple[str, str], Mark]:
        """Return the marks of a course by (learner, lesson); read again when the gradebook has changed."""
        folder = self._folder(course)
        stamp = _stamp(folder)
        kept = self._kept.get(course)
        if kept and kept[0] == stamp:
            return kept[1]
        entries = table.rows(folder).entries()
        found = {
            (one.learner, one.lesson): Mark(
                one.score,
                one.max_score,
                one.needs_manual,
                one.marked_at,
                tuple(one.flags),
                one.handin,
                one.extension,
            )
            for one in entries
            if one.marked_at
        }
        self._kept[course] = (stamp, found)
        return found

    def mark(self, course: str, lesson: str, learner: str) -> Mark | None:
        """Return the marks of one learner in one lesson."""
        if not self._folder(course).joinpath("gradebook.db").is_file():
            return None
        with book.gradebook(self._folder(course)) as session:
            submission = book.find_submission(session, lesson, learner)
            kept = book.latest(session, lesson, learner)
            if submission is None or kept is None:
                return None
            score, most = float(submission.score), float(submission.max_score)
            waits = bool(submission.needs_manual_grade)
            longer = submission.extension or timedelta()
            return Mark(score, most, waits, kept.time, kept.marked.flags, kept.handin, longer)

    def due_dates(self, course: str) -> dict[str, str | None]:
        """Return when lessons are due by the gradebook, where nbgrader's own pages may move a date.

        One that is never due says None; one of which the gradebook was not told yet is left out.
        """
        folder = self._folder(course)
        stamp = _stamp(folder)
        kept = self._dues.get(course)
        if kept is None or kept[0] != stamp:
            kept = self._dues[course] = (stamp, table.due_dates(folder))
        return kept[1]

    def report(self, course: str, lesson: str, learner: str) -> Report | None:
        """Return the feedback on a hand-in; None while there is none."""
        try:
            found = told.read(self._folder(course), lesson, learner)
        except GradingError:
            return None
        lines = tuple(
            Line(
                question=item.question,
                score=item.score,
                max_score=item.max_score,
                ask=item.ask,
                case=item.case,
                words=item.words,
                answer=item.answer,
                comment=item.comment,
                review=item.review,
            )
            for item in found.items
        )
        return Report(found.score, found.max_score, lines, tuple(found.flags), tuple(found.repairs))

    def by_hand(self, course: str, lesson: str, learner: str) -> tuple[hand.Answer, ...]:
        """Return the answers of one learner that a teacher marks."""
        return hand.answers(self._folder(course), lesson, learner)

    def set_by_hand(
        self,
        course: str,
        lesson: str,
        learner: str,
        given: Mapping[book.Place, tuple[float, str]],
        *,
        by: str,
        shown: str,
    ) -> bool:
        """Keep a teacher's marks and comments, all or none; False if she had not read what is there now.

        Raises
        ------
        RefusedError
            If the marking room refuses them.
        """
        try:
            hand.set_marks(self._folder(course), lesson, learner, given, grader=by, shown=shown)
        except hand.MovedError:
            return False
        except GradingError as problem:
            raise RefusedError(marked("The marks were not saved: %(why)s"), why=problem) from problem
        return True

    def _folder(self, course: str) -> Path:
        try:
            return self._shelf.grader(course)
        except NameRefusedError as problem:
            raise RefusedError(marked("There is no such course."), status=404) from problem


def _covers(job: Job | None, handin: Handin) -> bool:
    """Tell whether a job reads what was handed in: it waits still, or began (or was ended) after that."""
    if job is None:
        return False
    last = max(job.put, job.started or 0.0, (job.ended or 0.0) if job.state == "cancelled" else 0.0)
    return job.state == "waiting" or last >= datetime.fromisoformat(handin.time).timestamp()


def _stamp(folder: Path) -> tuple[tuple[int, int], ...]:
    """Return what changes whenever the gradebook does."""
    found = []
    for name in ("gradebook.db", "gradebook.db-wal"):
        try:
            status = (folder / name).stat()
            found.append((status.st_mtime_ns, status.st_size))
        except OSError:
            found.append((0, 0))
    return tuple(found)
