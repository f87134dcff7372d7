"""The campus's book: what was committed, handed in, opened, closed and reopened, and by whom."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sql
from sqlalchemy.exc import IntegrityError

from senolab.record import Act

from .database import CLOSED, COMMITS, DISMISSED, HANDINS, OPENED, REOPENED


def now() -> str:
    """Return the server's time as the record writes it: UTC, ISO 8601, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True)
class Commit:
    """A case's answers as the campus stamped them, with what it told then."""

    time: str
    learner: str
    course: str
    lesson: str
    case_id: str
    version: int
    form: str
    act: str
    answers: dict[str, Any]
    marks: dict[str, dict[str, Any]]
    reveal: dict[str, Any]

    def plain(self, *, already: bool, exam: str | None) -> dict[str, Any]:
        """Return what the learner's server is told; `exam` is the one that was read."""
        return {
            "case": self.case_id,
            "exam": exam,
            "version": self.version,
            "form": self.form,
            "time": self.time,
            "already": already,
            "answers": self.answers,
            "reveal": self.reveal,
            "marks": self.marks,
        }

    def stamp(self) -> Act:
        """Return the commit as an act of the record."""
        return Act(
            id=self.act,
            time=self.time,
            kind="commit",
            lesson=self.lesson,
            version=self.version,
            form=self.form,
            case=self.case_id,
            value=self.answers,
        )


@dataclass(frozen=True)
class Handin:
    """One hand-in; `size` in bytes, `digest` of its files."""

    id: int
    time: str
    learner: str
    course: str
    lesson: str
    version: int
    form: str
    receipt: str
    digest: str
    size: int
    attempt: int

    @property
    def mark(self) -> str:
        """How marking names it: by time and id of the campus's stamp on it; a later one sorts after it."""
        return f"{self.time} {stamp_id(self.digest)}"


class Book:
    """Reads and writes the campus's database; every method is one transaction."""

    def __init__(self, engine: sql.Engine):
        self.engine = engine

    def commit(self, entry: Commit) -> tuple[Commit, bool]:
        """Write a commit unless the case has one; return what stands, and whether it stood already."""
        row = sql.insert(COMMITS).values(**entry.__dict__)
        try:
            with self.engine.begin() as connection:
                connection.execute(row)
        except IntegrityError:
            standing = self.commits(entry.learner, entry.course, entry.lesson, case_id=entry.case_id)
            return standing[0], True
        return entry, False

    def commits(
        self, learner: str, course: str, lesson: str | None = None, *, case_id: str | None = None
    ) -> list[Commit]:
        """Return a learner's commits in order."""
        wanted = [COMMITS.c.learner == learner, COMMITS.c.course == course]
        wanted += [COMMITS.c.lesson == lesson] if lesson is not None else []
        wanted += [COMMITS.c.case_id == case_id] if case_id is not None else []
        query = sql.select(*(c for c in COMMITS.c if c.name != "id")).where(*wanted).order_by(COMMITS.c.id)
        with self.engine.connect() as connection:
            return [Commit(**row._mapping) for row in connection.execute(query)]

    def committed(self, course: str, *, learner: str | None = None) -> dict[tuple[str, str], set[str]]:
        """Return the cases that were committed, by (learner, lesson)."""
        wanted = [COMMITS.c.course == course]
        wanted += [COMMITS.c.learner == learner] if learner is not None else []
        query = sql.select(COMMITS.c.learner, COMMITS.c.lesson, COMMITS.c.case_id).where(*wanted)
        found: dict[tuple[str, str], set[str]] = {}
        with self.engine.connect() as connection:
            for who, lesson, case in connection.execute(query):
                found.setdefault((who, lesson), set()).add(case)
        return found

    def hand_in(self, **entry: Any) -> Handin:
        """Write a hand-in and return it."""
        with self.engine.begin() as connection:
            key = connection.execute(sql.insert(HANDINS).values(**entry)).inserted_primary_key
        return Handin(id=key[0] if key else 0, **entry)

    def handins(self, course: str, lesson: str | None = None, learner: str | None = None) -> list[Handin]:
        """Return hand-ins, the oldest first."""
        wanted = [HANDINS.c.course == course]
        wanted += [HANDINS.c.lesson == lesson] if lesson is not None else []
        wanted += [HANDINS.c.learner == learner] if learner is not None else []
        query = sql.select(HANDINS).where(*wanted).order_by(HANDINS.c.id)
        with self.engine.connect() as connection:
            return [Handin(**row._mapping) for row in connection.execute(query)]

    def courses(self) -> list[str]:
        """Return the courses in which something was handed in."""
        with self.engine.connect() as connection:
            return sorted(connection.scalars(sql.select(HANDINS.c.course).distinct()))

    def receipt(self, code: str) -> Handin | None:
        """Return the hand-in of a receipt."""
        with self.engine.connect() as connection:
            row = connection.execute(sql.select(HANDINS).where(HANDINS.c.receipt == code)).first()
        return Handin(**row._mapping) if row else None

    def open(self, learner: str, course: str, lesson: str, *, version: int) -> None:
        """Note that a learner has opened a lesson, and in which version; the first time counts."""
        self._once(OPENED, learner=learner, course=course, lesson=lesson, time=now(), version=version)

    def opened_in(self, learner: str, course: str, lesson: str) -> int | None:
        """Return the version in force when a learner first opened a lesson; None if she never did."""
        table = OPENED.c
        query = sql.select(table.version).where(
            table.learner == learner, table.course == course, table.lesson == lesson
        )
        with self.engine.connect() as connection:
            return connection.scalar(query)

    def opened(self, course: str) -> set[tuple[str, str]]:
        """Return who has opened which lesson: pairs of learner and lesson."""
        query = sql.select(OPENED.c.learner, OPENED.c.lesson).where(OPENED.c.course == course)
        with self.engine.connect() as connection:
            return {(row.learner, row.lesson) for row in connection.execute(query)}

    def close(self, course: str, lesson: str, *, by: str) -> None:
        """Take no more hand-ins for a lesson."""
        self._once(CLOSED, course=course, lesson=lesson, time=now(), by=by)

    def unclose(self, course: str, lesson: str) -> None:
        """Take hand-ins again."""
        with self.engine.begin() as connection:
            connection.execute(sql.delete(CLOSED).where(CLOSED.c.course == course, CLOSED.c.lesson == lesson))

    def closed(self, course: str) -> set[str]:
        """Return the lessons of a course that take no more hand-ins."""
        with self.engine.connect() as connection:
            return set(connection.scalars(sql.select(CLOSED.c.lesson).where(CLOSED.c.course == course)))

    def reopen(self, learner: str, course: str, lesson: str, *, by: str) -> None:
        """Let one learner hand in once more, even where the lesson is closed."""
        table = REOPENED.c
        with self.engine.begin() as connection:
            connection.execute(
                sql.delete(REOPENED).where(
                    table.learner == learner, table.course == course, table.lesson == lesson
                )
            )
            connection.execute(
                sql.insert(REOPENED).values(learner=learner, course=course, lesson=lesson, time=now(), by=by)
            )

    def reopened(self, course: str) -> dict[tuple[str, str], str]:
        """Return when a lesson was reopened, by (learner, lesson)."""
        query = sql.select(REOPENED).where(REOPENED.c.course == course)
        with self.engine.connect() as connection:
            return {(row.learner, row.lesson): row.time for row in connection.execute(query)}

    def dismiss(self, person: str, notice: str) -> None:
        """Do not show a notice to a person again."""
        self._once(DISMISSED, person=person, notice=notice)

    def dismissed(self, person: str) -> set[str]:
        """Return the notices a person has dismissed."""
        with self.engine.connect() as connection:
            query = sql.select(DISMISSED.c.notice).where(DISMISSED.c.person == person)
            return set(connection.scalars(query))

    def _once(self, table: sql.Table, **values: Any) -> None:
        """Insert a row unless it stands."""
        try:
            with self.engine.begin() as connection:
                connection.execute(sql.insert(table).values(**values))
        except IntegrityError:
            pass


def latest(handins: Iterable[Handin]) -> dict[tuple[str, str], Handin]:
    """Return the last of hand-ins in order, by (learner, lesson)."""
    return {(one.learner, one.lesson): one for one in handins}


def stamp_id(digest: str) -> str:
    """Return the id of the campus's stamp on a hand-in."""
    return digest[:16]


def fresh_act() -> str:
    """Return the id of a new act."""
    return secrets.token_hex(8)
