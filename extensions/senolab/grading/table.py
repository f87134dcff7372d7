"""The class at a glance: learners by lessons, and the same as CSV."""

import csv as _csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import inspect, select, text
from sqlalchemy.orm import undefer

from senolab.grading import book

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
COLUMNS = (
    "learner", "lesson", "score", "max_score", "needs_manual", "handed_in", "late", "marked_at", "flags",
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One learner's marks of one lesson; times are ISO 8601, UTC."""

    learner: str
    lesson: str
    score: float
    max_score: float
    needs_manual: bool
    handed_in: str = ""
    late: bool = False
    marked_at: str = ""
    flags: tuple[str, ...] = ()
    handin: str = ""  # which was marked, see `book.Kept`
    extension: timedelta = timedelta()  # that a teacher granted


@dataclass(frozen=True)
class Table:
    """Marks of a course: `lessons` is {lesson: points}, `rows` is {learner: {lesson: Entry}}."""

    lessons: dict[str, float] = field(default_factory=dict)
    rows: dict[str, dict[str, Entry]] = field(default_factory=dict)

    def entries(self) -> list[Entry]:
        """Give all entries, by learner and lesson."""
        return [entry for _, row in sorted(self.rows.items()) for _, entry in sorted(row.items())]


def rows(course_dir: Path, *, learners: Iterable[str] = ()) -> Table:
    """Read the marks of a course.

    Parameters
    ----------
    learners
        Names that get a row even if they handed nothing in.
    """
    table = Table(rows={name: {} for name in sorted(learners)})
    if not (Path(course_dir) / "gradebook.db").is_file():
        return table
    with book.gradebook(Path(course_dir)) as session:
        for assignment in session.scalars(select(book.api.Assignment).order_by(book.api.Assignment.name)):
            table.lessons[assignment.name] = float(assignment.max_score or 0.0)
        given = select(book.api.SubmittedAssignment).options(
            undefer(book.api.SubmittedAssignment.score),
            undefer(book.api.SubmittedAssignment.max_score),
            undefer(book.api.SubmittedAssignment.needs_manual_grade),
        )
        for submission in session.scalars(given):
            entry = _entry(session, submission)
            table.rows.setdefault(entry.learner, {})[entry.lesson] = entry
    return Table(table.lessons, dict(sorted(table.rows.items())))


def due_dates(course_dir: Path) -> dict[str, str | None]:
    """Give when lessons are due, by name: ISO 8601, UTC; None where never.

    One without a date is left out while the gradebook was not told yet what its text says.
    """
    if not (Path(course_dir) / "gradebook.db").is_file():
        return {}
    with book.gradebook(Path(course_dir)) as session:
        told = _told(session)
        found = session.scalars(select(book.api.Assignment))
        return {
            one.name: _iso(one.duedate) or None for one in found if one.duedate is not None or one.id in told
        }


def _told(session: book.Session) -> set[str]:
    """Give the ids of the lessons whose date the gradebook was told, see `edition.note_due`."""
    if not inspect(session.connection()).has_table("senolab_due"):
        return set()
    return set(session.scalars(text("SELECT assignment FROM senolab_due")))


def _entry(session: book.Session, submission: Any) -> Entry:
    lesson, learner = submission.assignment.name, submission.student_id
    kept = book.latest(session, lesson, learner)
    return Entry(
        learner=learner,
        lesson=lesson,
        score=round(float(submission.score), 6),
        max_score=float(submission.max_score),
        needs_manual=bool(submission.needs_manual_grade),
        handed_in=_iso(submission.timestamp),
        late=book.late(submission),
        extension=submission.extension or timedelta(),
        marked_at=kept.time if kept else "",
        flags=kept.marked.flags if kept else (),
        handin=kept.handin if kept else "",
    )


def _iso(moment: datetime | None) -> str:
    return f"{moment.isoformat(timespec='seconds')}Z" if moment else ""


def csv(table: Table) -> str:
    """Write a table as CSV (RFC 4180), one line an entry, that no spreadsheet takes for formulas.

    A text that begins like a formula gets an apostrophe before it.
    """
    file = io.StringIO()
    writer = _csv.writer(file, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for entry in table.entries():
        writer.writerow(
            [
                safe(entry.learner),
                safe(entry.lesson),
                f"{entry.score:g}",
                f"{entry.max_score:g}",
                "yes" if entry.needs_manual else "no",
                entry.handed_in,
                "yes" if entry.late else "no",
                entry.marked_at,
                safe(" ".join(entry.flags)),
            ]
        )
    return file.getvalue()


def safe(value: str) -> str:
    """Give a text that a spreadsheet shows and does not calculate."""
    return f"'{value}" if value.startswith(_DANGEROUS) else value
