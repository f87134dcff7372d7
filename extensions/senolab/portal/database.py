"""The campus's database: commits, hand-ins, and what teachers decided about a lesson."""

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sql
from sqlalchemy import event

META = sql.MetaData()


def _names(*columns: str, key: bool = False) -> list[sql.Column[str]]:
    """Make columns for names of people, courses, lessons and cases."""
    return [sql.Column(name, sql.String(255), nullable=False, primary_key=key) for name in columns]


def _time(name: str = "time") -> sql.Column[str]:
    """Make a column for a moment: ISO 8601, UTC, milliseconds."""
    return sql.Column(name, sql.String(24), nullable=False)


VERSION = sql.Table("schema_version", META, sql.Column("version", sql.Integer, primary_key=True))

COMMITS = sql.Table(
    "commits",
    META,
    sql.Column("id", sql.Integer, primary_key=True),
    _time(),
    *_names("learner", "course", "lesson", "case_id"),
    sql.Column("version", sql.Integer, nullable=False),
    sql.Column("form", sql.String(8), nullable=False),
    sql.Column("act", sql.String(32), nullable=False),
    sql.Column("answers", sql.JSON, nullable=False),
    sql.Column("marks", sql.JSON, nullable=False),
    sql.Column("reveal", sql.JSON, nullable=False),
    # Whatever the release, a case that was revealed once stays locked: a new version is no second look.
    sql.UniqueConstraint("learner", "course", "lesson", "case_id"),
)

HANDINS = sql.Table(
    "handins",
    META,
    sql.Column("id", sql.Integer, primary_key=True),
    _time(),
    *_names("learner", "course", "lesson"),
    sql.Column("version", sql.Integer, nullable=False),
    sql.Column("form", sql.String(8), nullable=False),
    sql.Column("receipt", sql.String(32), nullable=False, unique=True),
    sql.Column("digest", sql.String(64), nullable=False),
    sql.Column("size", sql.Integer, nullable=False),
    sql.Column("attempt", sql.Integer, nullable=False),
    sql.Index("handins_of", "course", "lesson", "learner"),
)

OPENED = sql.Table(
    "opened",
    META,
    *_names("learner", "course", "lesson", key=True),
    _time(),
    sql.Column("version", sql.Integer, nullable=False, server_default="1"),
)

CLOSED = sql.Table(
    "closed",
    META,
    *_names("course", "lesson", key=True),
    _time(),
    *_names("by"),
)

REOPENED = sql.Table(
    "reopened",
    META,
    *_names("learner", "course", "lesson", key=True),
    _time(),
    *_names("by"),
)

JOBS = sql.Table(
    "jobs",
    META,
    sql.Column("id", sql.Integer, primary_key=True),
    sql.Column("kind", sql.String(16), nullable=False),
    *_names("course", "lesson", "by"),
    _time("started"),
    sql.Column("ended", sql.String(24)),
    sql.Column("state", sql.String(16), nullable=False),
    sql.Column("done", sql.Float, nullable=False, default=0.0),
    sql.Column("total", sql.Float, nullable=False, default=0.0),
    sql.Column("words", sql.Text, nullable=False, default=""),
    sql.Column("log", sql.JSON, nullable=False, default=list),
)

DISMISSED = sql.Table(
    "dismissed",
    META,
    *_names("person", key=True),
    sql.Column("notice", sql.String(64), primary_key=True),
)


def _opened_version(connection: sql.Connection) -> None:
    """Keep the version in which a lesson was first opened; of what was opened before, the first."""
    if "version" not in {column["name"] for column in sql.inspect(connection).get_columns("opened")}:
        connection.exec_driver_sql("ALTER TABLE opened ADD COLUMN version INTEGER NOT NULL DEFAULT 1")


# One function a step; step n leads from schema n to n + 1. The first makes everything as it is now.
MIGRATIONS: tuple[Callable[[sql.Connection], None], ...] = (META.create_all, _opened_version)


class SchemaError(Exception):
    """The database is of a newer campus than this one."""


def connect(path: Path) -> sql.Engine:
    """Open the campus's database, making or migrating it as needed.

    Raises
    ------
    SchemaError
        If a newer Senolab wrote it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = sql.create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})
    event.listen(engine, "connect", _pragmas)
    with engine.begin() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # of two starting processes, one migrates
        _migrate(connection)
    return engine


def _pragmas(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")  # a stamp that was shown is a stamp that is kept
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _migrate(connection: sql.Connection) -> None:
    known = sql.inspect(connection).has_table("schema_version")
    found = connection.scalar(sql.select(sql.func.max(VERSION.c.version))) if known else 0
    if (found or 0) > len(MIGRATIONS):
        raise SchemaError(
            f"The campus's database has schema {found}, and this Senolab knows {len(MIGRATIONS)}: "
            "it was written by a newer version. Start that version, or restore a copy from before."
        )
    for step in MIGRATIONS[found or 0 :]:
        step(connection)
    connection.execute(sql.delete(VERSION))
    connection.execute(sql.insert(VERSION).values(version=len(MIGRATIONS)))
