"""The queue of submissions to be marked: kept on disk, taken by workers on a lease.

A worker that is killed stops renewing its lease, and its job is given to another. A submission waits
once, however often it is put; one that comes in while its learner is being marked waits for its turn.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from senolab.words import gettext

State = Literal["waiting", "working", "done", "failed", "cancelled"]
LEASE = 60.0  # seconds; a worker renews it every third of that
MOST_ATTEMPTS = 3
_SCHEMA = """
CREATE TABLE IF NOT EXISTS job (
  id INTEGER PRIMARY KEY, course TEXT NOT NULL, lesson TEXT NOT NULL, learner TEXT NOT NULL,
  state TEXT NOT NULL, put REAL NOT NULL, started REAL, ended REAL, attempts INTEGER NOT NULL DEFAULT 0,
  worker TEXT, lease REAL, words TEXT NOT NULL DEFAULT '', force INTEGER NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX IF NOT EXISTS job_waits_once ON job (course, lesson, learner) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS job_state ON job (state, id);
"""
_COLUMNS = "id, course, lesson, learner, state, put, started, ended, attempts, worker, words, force"


@dataclass(frozen=True)
class Job:
    """One submission to be marked; times are seconds since 1970, UTC."""

    id: int
    course: str
    lesson: str
    learner: str
    state: State
    put: float
    started: float | None
    ended: float | None
    attempts: int
    worker: str | None
    words: str
    force: bool


class MarkingQueue:
    """A queue in one SQLite file; any number of processes may use it."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._open() as database:
            database.executescript(_SCHEMA)

    @contextmanager
    def _open(self, *, write: bool = False) -> Iterator[sqlite3.Connection]:
        database = sqlite3.connect(self.path, timeout=30, isolation_level=None)
        try:
            database.row_factory = sqlite3.Row
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = FULL")  # a receipt was given for what is in here
            if write:
                database.execute("BEGIN IMMEDIATE")
            yield database
            if write:
                database.execute("COMMIT")
        except BaseException:
            if database.in_transaction:
                database.execute("ROLLBACK")
            raise
        finally:
            database.close()

    def put(self, course: str, lesson: str, learner: str, *, force: bool = False) -> int:
        """Put a submission on the queue and return its job; one that waits already waits once.

        Parameters
        ----------
        force
            Mark it again even if nothing has changed since it was marked.
        """
        place = (course, lesson, learner)
        with self._open(write=True) as database:
            row = database.execute(
                "SELECT id FROM job WHERE course = ? AND lesson = ? AND learner = ? AND state = 'waiting'",
                place,
            ).fetchone()
            if row is not None:
                database.execute("UPDATE job SET force = max(force, ?) WHERE id = ?", (force, row["id"]))
                return int(row["id"])
            done = database.execute(
                "INSERT INTO job (course, lesson, learner, state, put, force)"
                " VALUES (?, ?, ?, 'waiting', ?, ?)",
                (*place, time.time(), force),
            )
            return int(done.lastrowid or 0)

    def claim(self, worker: str, *, lease: float = LEASE) -> Job | None:
        """Take the next job, or one whose worker no longer renews it; None if there is none.

        No learner is marked by two workers at once.
        """
        now = time.time()
        with self._open(write=True) as database:
            self._expire(database, now)
            row = database.execute(
                "SELECT id FROM job WHERE state = 'waiting' AND NOT EXISTS (SELECT 1 FROM job other WHERE"
                " other.state = 'working' AND other.course = job.course AND other.lesson = job.lesson"
                " AND other.learner = job.learner) ORDER BY id LIMIT 1"
            ).fetchone()
            if row is None:
                return None
            database.execute(
                "UPDATE job SET state = 'working', worker = ?, started = ?, lease = ?,"
                " attempts = attempts + 1 WHERE id = ?",
                (worker, now, now + lease, row["id"]),
            )
            return self._job(database, row["id"])

    def _expire(self, database: sqlite3.Connection, now: float) -> None:
        """Put back what a lost worker held; what has cost several workers their life has failed."""
        lost = database.execute("SELECT * FROM job WHERE state = 'working' AND lease < ?", (now,)).fetchall()
        for row in lost:
            newer = database.execute(
                "SELECT 1 FROM job WHERE course = ? AND lesson = ? AND learner = ? AND state = 'waiting'",
                (row["course"], row["lesson"], row["learner"]),
            ).fetchone()
            state = "cancelled" if newer else "failed" if row["attempts"] >= MOST_ATTEMPTS else "waiting"
            words = {
                "failed": gettext(
                    "Marking was broken off %(count)s times. Look at it by hand.", count=MOST_ATTEMPTS
                )
            }.get(state, "")
            ended = None if state == "waiting" else now
            database.execute(
                "UPDATE job SET state = ?, worker = NULL, lease = NULL, words = ?, ended = ? WHERE id = ?",
                (state, words, ended, row["id"]),
            )

    def release(self, gone: Callable[[str], bool]) -> None:
        """End the leases of workers that are `gone`, so that nobody waits until they run out."""
        with self._open(write=True) as database:
            held = database.execute("SELECT DISTINCT worker FROM job WHERE state = 'working'").fetchall()
            for worker in [row["worker"] for row in held if gone(row["worker"])]:
                database.execute("UPDATE job SET lease = 0 WHERE worker = ? AND state = 'working'", (worker,))

    def renew(self, job: int, worker: str, *, lease: float = LEASE) -> bool:
        """Keep a job; False if it is no longer this worker's (cancelled, or given to another)."""
        with self._open(write=True) as database:
            done = database.execute(
                "UPDATE job SET lease = ? WHERE id = ? AND worker = ? AND state = 'working'",
                (time.time() + lease, job, worker),
            )
            return done.rowcount == 1

    def finish(self, job: int, worker: str, *, words: str = "") -> bool:
        """Tell that a job is done; False if it was no longer this worker's."""
        return self._end(job, worker, "done", words)

    def fail(self, job: int, worker: str, *, words: str) -> bool:
        """Tell that a job cannot be done, with the sentence why."""
        return self._end(job, worker, "failed", words)

    def _end(self, job: int, worker: str, state: State, words: str) -> bool:
        with self._open(write=True) as database:
            done = database.execute(
                "UPDATE job SET state = ?, words = ?, ended = ?, lease = NULL WHERE id = ? AND worker = ?"
                " AND state = 'working'",
                (state, words[:2000], time.time(), job, worker),
            )
            return done.rowcount == 1

    def state(self, course: str, lesson: str, learner: str) -> Job | None:
        """Give the newest job of a submission."""
        with self._open() as database:
            row = database.execute(
                "SELECT id FROM job WHERE course = ? AND lesson = ? AND learner = ? ORDER BY id DESC LIMIT 1",
                (course, lesson, learner),
            ).fetchone()
            return None if row is None else self._job(database, row["id"])

    def jobs(self, *, course: str | None = None, lesson: str | None = None, most: int = 500) -> list[Job]:
        """Give the newest jobs, newest first."""
        with self._open() as database:
            rows = database.execute(
                f"SELECT {_COLUMNS} FROM job WHERE (?1 IS NULL OR course = ?1)"  # noqa: S608
                " AND (?2 IS NULL OR lesson = ?2) ORDER BY id DESC LIMIT ?3",
                (course, lesson, most),
            ).fetchall()
            return [_job_of(row) for row in rows]

    def _job(self, database: sqlite3.Connection, job: int) -> Job | None:
        row = database.execute(f"SELECT {_COLUMNS} FROM job WHERE id = ?", (job,)).fetchone()  # noqa: S608
        return None if row is None else _job_of(row)


def _job_of(row: sqlite3.Row) -> Job:
    return Job(**{**dict(row), "force": bool(row["force"])})
