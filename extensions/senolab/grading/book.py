"""nbgrader's gradebook: what a lesson is worth, and the marks of a submission in one transaction.

A second table in the same file keeps every marking that changed anything (who, when, from what), so
that a mark can be explained and the same submission is not marked twice. Teachers' marks and comments
are never overwritten; where the answer changed they are put up for review.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbgrader import api as _models
from nbgrader.utils import parse_utc
from sqlalchemy import create_engine, event, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from senolab.grading.marked import GradingError, Marked, items_from, items_json
from senolab.words import gettext

api: Any = _models  # its columns carry no types a checker could use
Place = tuple[str, str]  # a notebook and, in it, a question: two notebooks may use one id

_TABLES = (
    """CREATE TABLE IF NOT EXISTS senolab_marking (
    id INTEGER PRIMARY KEY, time TEXT NOT NULL, learner TEXT NOT NULL, lesson TEXT NOT NULL,
    digest TEXT NOT NULL, form TEXT NOT NULL, version INTEGER NOT NULL, auto_score REAL NOT NULL,
    max_score REAL NOT NULL, needs_manual INTEGER NOT NULL, flags TEXT NOT NULL, words TEXT NOT NULL,
    items TEXT NOT NULL, handin TEXT NOT NULL DEFAULT '')""",
    "CREATE INDEX IF NOT EXISTS senolab_marking_of ON senolab_marking (lesson, learner)",
    """CREATE TABLE IF NOT EXISTS senolab_hand (
    id INTEGER PRIMARY KEY, time TEXT NOT NULL, learner TEXT NOT NULL, lesson TEXT NOT NULL,
    question TEXT NOT NULL, grader TEXT NOT NULL, score REAL, comment TEXT NOT NULL, before REAL,
    notebook TEXT NOT NULL DEFAULT '')""",
    "CREATE INDEX IF NOT EXISTS senolab_hand_of ON senolab_hand (lesson, learner, question)",
)


@dataclass(frozen=True)
class Kept:
    """A marking as it was kept; `handin` is empty where it was marked before that was noted."""

    marked: Marked
    digest: str
    time: str
    handin: str = ""


@contextmanager
def gradebook(course_dir: Path, *, write: bool = False) -> Iterator[Session]:
    """Open a course's gradebook; with `write` everything is one transaction.

    Raises
    ------
    GradingError
        If there is none, or it is of another nbgrader.
    """
    path = course_dir / "gradebook.db"
    if not path.is_file():
        raise GradingError(
            gettext("%(name)s has no gradebook yet. Release a lesson first.", name=course_dir.name)
        )
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 60})
    try:
        if write:
            # ask for the write lock at once: two markers wait for each other instead of failing
            event.listen(engine, "connect", _no_own_begin)
            event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
        with Session(engine) as session:
            if write:
                _lay(session)
            yield session
            if write:
                session.commit()
    except OperationalError as problem:
        raise GradingError(
            gettext(
                "The gradebook of %(name)s cannot be used: %(orig)s. If nbgrader was updated, back "
                "gradebook.db up and run: nbgrader db upgrade",
                name=course_dir.name,
                orig=problem.orig,
            )
        ) from problem
    finally:
        engine.dispose()


def _no_own_begin(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself


def find_lesson(session: Session, lesson: str) -> Any:
    """Give the gradebook's entry of a lesson."""
    return session.scalars(select(api.Assignment).where(api.Assignment.name == lesson)).one_or_none()


def notebooks(assignment: Any) -> dict[str, dict[str, dict[str, Any]]]:
    """Give what the gradebook holds of a lesson's cells: {notebook: {grade_id: ...}}, see `master.read`."""
    told: dict[str, dict[str, dict[str, Any]]] = {}
    for notebook in assignment.notebooks:
        cells: dict[str, dict[str, Any]] = {}
        for cell in notebook.source_cells:
            cells[cell.name] = {"source": cell.source, "cell_type": cell.cell_type, "points": 0.0}
        for cell in [*notebook.grade_cells, *notebook.task_cells]:
            entry = cells.setdefault(cell.name, {"source": None, "cell_type": cell.cell_type})
            entry["points"] = float(cell.max_score)
        told[notebook.name] = cells
    return told


def latest(session: Session, lesson: str, learner: str) -> Kept | None:
    """Give the last marking of a learner's submission."""
    if not _has_tables(session):
        return None
    query = (
        "SELECT * FROM senolab_marking WHERE lesson = :lesson AND learner = :learner ORDER BY id DESC LIMIT 1"
    )
    row = session.execute(text(query), {"lesson": lesson, "learner": learner}).mappings().one_or_none()
    if row is None:
        return None
    marked = Marked(
        learner=row["learner"],
        lesson=row["lesson"],
        auto_score=row["auto_score"],
        max_score=row["max_score"],
        needs_manual=bool(row["needs_manual"]),
        flags=tuple(json.loads(row["flags"])),
        words=tuple(json.loads(row["words"])),
        items=items_from(row["items"]),
        form=row["form"],
        version=row["version"],
    )
    return Kept(marked, row["digest"], row["time"], row.get("handin") or "")


def _has_tables(session: Session) -> bool:
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'senolab_marking'"
    return session.execute(text(query)).first() is not None


def save(session: Session, marked: Marked, *, digest: str, handed_in: str | None, handin: str = "") -> bool:
    """Write the marks of a submission; returns whether it still needs a teacher.

    Parameters
    ----------
    digest
        Of everything the marks follow from.
    handed_in
        The text of timestamp.txt.
    handin
        Which hand-in was marked, by the campus's word; empty without a campus.
    """
    assignment = find_lesson(session, marked.lesson)
    if assignment is None:
        raise GradingError(
            gettext("The lesson %(lesson)r is not in the gradebook. Release it again.", lesson=marked.lesson)
        )
    submission = _submission(session, assignment, marked.learner)
    submission.timestamp = _moment(handed_in) or submission.timestamp
    before = latest(session, marked.lesson, marked.learner)
    known = {(item.notebook, item.question): item.answer for item in before.marked.items} if before else {}
    items = {(item.notebook, item.question): item for item in marked.items}
    for notebook in submission.notebooks:
        notebook.late_submission_penalty = None
        # one cell of a notebook is two in the gradebook, one to grade and one to comment, of one name
        comments = {comment.cell.name: comment for comment in notebook.comments}
        for grade in notebook.grades:
            item = items.get((notebook.notebook.name, grade.cell.name))
            if item is None:
                continue
            grade.auto_score = item.score
            changed = known.get((item.notebook, item.question), item.answer) != item.answer
            # a teacher's mark stands; for another answer it waits for the teacher's review
            review = changed or bool(grade.needs_manual_grade)
            grade.needs_manual_grade = item.manual if grade.manual_score is None else review
            if grade.cell.name in comments:
                comments[grade.cell.name].auto_comment = None if item.answered else "No response."
    session.flush()
    needs = any(grade.needs_manual_grade for notebook in submission.notebooks for grade in notebook.grades)
    if before is None or (before.digest, before.handin) != (digest, handin):
        _audit(session, marked, digest=digest, needs=needs, handin=handin)
    return needs


def _audit(session: Session, marked: Marked, *, digest: str, needs: bool, handin: str) -> None:
    session.execute(
        text(
            """INSERT INTO senolab_marking
            (time, learner, lesson, digest, form, version, auto_score, max_score, needs_manual, flags, words,
            items, handin) VALUES (:time, :learner, :lesson, :digest, :form, :version, :auto_score,
            :max_score, :needs_manual, :flags, :words, :items, :handin)"""
        ),
        {
            "time": now(),
            "learner": marked.learner,
            "lesson": marked.lesson,
            "digest": digest,
            "form": marked.form,
            "version": marked.version,
            "auto_score": marked.auto_score,
            "max_score": marked.max_score,
            "needs_manual": needs,
            "flags": json.dumps(marked.flags),
            "words": json.dumps(marked.words, ensure_ascii=False),
            "items": items_json(marked.items),
            "handin": handin,
        },
    )


def _submission(session: Session, assignment: Any, learner: str) -> Any:
    """Find or make a submission with a grade for each graded cell, as nbgrader makes them."""
    student = session.get(api.Student, learner)
    if student is None:
        student = api.Student(id=learner)
        session.add(student)
    submission = next((one for one in student.submissions if one.assignment_id == assignment.id), None)
    if submission is None:
        submission = api.SubmittedAssignment(assignment_id=assignment.id, student_id=learner)
        session.add(submission)
        session.flush()
    there = {notebook.notebook_id: notebook for notebook in submission.notebooks}
    for notebook in assignment.notebooks:
        own = there.get(notebook.id)
        if own is None:
            own = api.SubmittedNotebook(notebook_id=notebook.id, assignment_id=submission.id)
            session.add(own)
            session.flush()
        graded = {grade.cell_id for grade in own.grades}
        commented = {comment.cell_id for comment in own.comments}
        for cell in [*notebook.grade_cells, *notebook.task_cells]:
            if cell.id not in graded:
                session.add(api.Grade(cell_id=cell.id, notebook_id=own.id))
        for cell in [*notebook.solution_cells, *notebook.task_cells]:
            if cell.id not in commented:
                session.add(api.Comment(cell_id=cell.id, notebook_id=own.id))
    session.flush()
    session.expire_all()
    return submission


def _moment(handed_in: str | None) -> datetime | None:
    try:
        return parse_utc(handed_in.strip()) if handed_in and handed_in.strip() else None
    except (ValueError, OverflowError, TypeError):
        return None


def late(submission: Any) -> bool:
    """Tell whether a submission (see `find_submission`) came after its due date, an extension counted in."""
    if submission is None or submission.assignment.duedate is None:
        return False
    return submission.total_seconds_late > 0


def find_submission(session: Session, lesson: str, learner: str) -> Any:
    """Give the gradebook's entry of a submission."""
    query = (
        select(api.SubmittedAssignment)
        .join(api.Assignment, api.Assignment.id == api.SubmittedAssignment.assignment_id)
        .where(api.Assignment.name == lesson, api.SubmittedAssignment.student_id == learner)
    )
    return session.scalars(query).one_or_none()


def _lay(session: Session) -> None:
    """Make our tables where there are none; those of before get the columns that they lack."""
    for table in _TABLES:
        session.execute(text(table))
    for table, column in (("senolab_hand", "notebook"), ("senolab_marking", "handin")):
        columns = {row[1] for row in session.execute(text(f"PRAGMA table_info({table})"))}
        if column not in columns:
            session.execute(text(f"ALTER TABLE {table} ADD COLUMN {column} TEXT NOT NULL DEFAULT ''"))


def comments(session: Session, lesson: str, learner: str) -> Mapping[Place, tuple[str, str]]:
    """Give teachers' comments: {(notebook, question): (comment, grader)}."""
    kept: dict[Place, str] = {}
    submission = find_submission(session, lesson, learner)
    for notebook in submission.notebooks if submission else ():
        name = notebook.notebook.name
        kept |= {(name, one.cell.name): one.manual_comment or "" for one in notebook.comments}
    told = {place: (comment, "") for place, comment in kept.items()}
    if _has_tables(session):
        query = "SELECT * FROM senolab_hand WHERE lesson = :l AND learner = :s ORDER BY id"
        for row in session.execute(text(query), {"l": lesson, "s": learner}).mappings():
            place = (row.get("notebook") or lesson, row["question"])
            comment = str(kept.get(place, row["comment"]))  # formgrader may have changed it since
            told[place] = (comment, row["grader"] if comment == row["comment"] else "")
    return {place: note for place, note in told.items() if any(note)}


def now() -> str:
    """Give the time, UTC, ISO 8601 to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
