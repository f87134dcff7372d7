"""A release changes what submissions are marked by: all of it at once, or nothing.

Master copies lie in ``source/`` and ``release/`` of nbgrader's course folder, points and tests in its
gradebook, keys and version on the shelf. A release is made in a folder beside them, nbgrader at work on a
copy of the gradebook, and put in force at the end. One that is killed meanwhile is taken back before its
version is in force, and finished after: by `settle`, which the next release and the campus's start call.
"""

import contextlib
import fcntl
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from senolab.lessons.ownfiles import StrayFileError, stray
from senolab.lessons.shelf import Shelf, ShelfError
from senolab.words import gettext

BOOK = "gradebook.db"
_PREFIX = ".making-"
_MOVING = ".moving.lock"  # held while what is in force is replaced, which takes milliseconds
_CELLS = ("grade_cells", "solution_cells", "task_cells")


@contextlib.contextmanager
def alone(grader: Path, *, wait: bool = True) -> Iterator[bool]:
    """Let one release of a course run at a time; tells whether this is the one (always, with `wait`)."""
    grader.mkdir(parents=True, exist_ok=True)
    with _locked(grader / ".release.lock", fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB)) as free:
        yield free


def busy(grader: Path) -> bool:
    """Tell whether a release of a course is being made; who asks at the same moment is not taken for one."""
    if not grader.is_dir():
        return False
    with _locked(grader / ".release.lock", fcntl.LOCK_SH | fcntl.LOCK_NB) as free:
        return not free


@contextlib.contextmanager
def steady(grader: Path) -> Iterator[None]:
    """Let whoever marks read what is in force whole: waits for the moment in which a release replaces it."""
    with _locked(grader / _MOVING, fcntl.LOCK_SH):
        yield


@contextlib.contextmanager
def _locked(path: Path, how: int) -> Iterator[bool]:
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC  # the folder is not ours alone
    handle = os.open(path, flags, 0o600)
    try:
        try:
            fcntl.flock(handle, how)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


@contextlib.contextmanager
def making(shelf: Shelf, course: str, lesson: str) -> Iterator[Path]:
    """Give a folder to make a release in, with a copy of the gradebook; to be called when `alone`."""
    settle(shelf, course, lesson)
    grader = shelf.grader(course)
    folder = grader / f"{_PREFIX}{lesson}"
    folder.mkdir()
    try:
        if (grader / BOOK).is_file():
            with _opened(grader / BOOK) as ours, _opened(folder / BOOK) as copy:
                ours.backup(copy)
        yield folder
    finally:
        settle(shelf, course, lesson)


def note_due(folder: Path, lesson: str, due: str | None, *, anew: bool = True) -> None:
    """Note in the gradebook of a folder when a lesson is due.

    A teacher may have moved the date in nbgrader's own pages, or taken it away. That stays as long as the
    text says what it said, so what the text said is kept beside. Where it is not yet, for the gradebook is
    of before it was, a date that stands there is taken for the text's, and none for one that is to be told.

    Parameters
    ----------
    due
        By the text: ISO 8601, UTC; None if never.
    anew
        Whether another date than the one that was kept takes its place.
    """
    if not (folder / BOOK).is_file():
        return
    names = {"lesson": lesson, "due": due}
    with _opened(folder / BOOK) as database, _whole(database):
        database.execute(_table("main"))
        found = database.execute("SELECT duedate FROM assignment WHERE name = :lesson", names).fetchone()
        if found is None:
            return
        told = database.execute(_told("main"), names).fetchone()
        if (told is None and found[0] is None and due) or (told is not None and anew and told[0] != due):
            wanted = f"{due[:10]} {due[11:19]}.000000" if due else None  # as nbgrader writes it
            database.execute("UPDATE assignment SET duedate = ? WHERE name = ?", (wanted, lesson))
        if told is None or anew:
            database.execute(
                "INSERT OR REPLACE INTO senolab_due SELECT id, :due FROM assignment WHERE name = :lesson",
                names,
            )


def put_in_force(shelf: Shelf, course: str, lesson: str, publish: Callable[[], int]) -> int:
    """Put what was made in the places of what is in force, and return the version that `publish` gives.

    Raises
    ------
    StrayFileError
        If a link stands where one of the folders is or belongs.
    """
    grader = shelf.grader(course)
    folder = grader / f"{_PREFIX}{lesson}"
    for name in ("source", "release"):
        for place in (folder / name / lesson, grader / name / lesson):
            if words := stray(grader, place.relative_to(grader)):
                raise StrayFileError(place, words)
    with _locked(grader / _MOVING, fcntl.LOCK_EX):
        before = folder / "before"  # what stands there until then; its name tells the version
        before.mkdir()
        (before / str(shelf.current(course, lesson) or 0)).mkdir()
        for name in ("source", "release"):
            place = grader / name / lesson
            place.parent.mkdir(exist_ok=True)
            if place.exists():
                place.rename(before / name)
            (folder / name / lesson).rename(place)
        return _take_over(grader, folder, lesson, publish)


def settle(shelf: Shelf, course: str, lesson: str) -> None:
    """Put right what the last release of a lesson left, finished or not; to be called when `alone`."""
    grader = shelf.grader(course)
    folder = grader / f"{_PREFIX}{lesson}"
    if folder.is_symlink():
        folder.unlink()
    before = folder / "before"
    if before.is_dir() and not before.is_symlink():
        with _locked(grader / _MOVING, fcntl.LOCK_EX):
            if (before / str(shelf.current(course, lesson) or 0)).is_dir():
                _take_back(grader, before, lesson)
            else:
                _take_over(grader, folder, lesson, lambda: 0)  # it is published
    shutil.rmtree(shelf.drafts(course, lesson), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def settle_all(shelf: Shelf, course: str) -> None:
    """Put right what releases of a course left that were killed, unless one is at work just now."""
    grader = shelf.grader(course)
    if not any(grader.glob(f"{_PREFIX}*")):
        return
    with alone(grader, wait=False) as free:
        for folder in grader.glob(f"{_PREFIX}*") if free else ():
            settle(shelf, course, folder.name.removeprefix(_PREFIX))


def _take_back(grader: Path, before: Path, lesson: str) -> None:
    for name in ("source", "release"):
        old, place = before / name, grader / name / lesson
        if old.is_dir() and not old.is_symlink():
            shutil.rmtree(place, ignore_errors=True)
            old.rename(place)


def _take_over(grader: Path, folder: Path, lesson: str, publish: Callable[[], int]) -> int:
    """Publish, and let the gradebook know the lesson as nbgrader noted it in the copy, in one transaction."""
    book, copy = grader / BOOK, folder / BOOK
    if copy.is_symlink() or not copy.is_file():
        return publish()  # the first of a course, taken over already
    if not book.exists():
        version = publish()
        copy.rename(book)
        return version
    with _opened(book) as database:
        database.execute("ATTACH ? AS made", (str(copy),))
        with _whole(database):
            version = publish()
            for statement in _STATEMENTS:
                database.execute(statement, {"lesson": lesson})
    return version


def _table(book: str) -> str:
    """Return what makes the table of what the texts of lessons said of when they are due."""
    # By nbgrader's id, not the name: what is taken out of the gradebook and comes back is told again.
    return f"CREATE TABLE IF NOT EXISTS {book}.senolab_due (assignment TEXT PRIMARY KEY, told TEXT)"


def _told(book: str) -> str:
    return (
        f"SELECT told FROM {book}.senolab_due d JOIN {book}.assignment a ON d.assignment = a.id"  # noqa: S608
        " WHERE a.name = :lesson"
    )


def _notebooks(book: str) -> str:
    return (
        f"SELECT n.id FROM {book}.notebook n JOIN {book}.assignment a ON n.assignment_id = a.id"  # noqa: S608
        " WHERE a.name = :lesson"
    )


def _cells(book: str) -> str:
    return f"SELECT id FROM {book}.base_cell WHERE notebook_id IN ({_notebooks(book)})"  # noqa: S608


# What has marks stays, even if it was marked while the copy was being worked on.
_GONE = f"{_cells('main')} EXCEPT {_cells('made')} EXCEPT SELECT cell_id FROM main.grade"  # noqa: S608
_STATEMENTS = [
    *(f"DELETE FROM main.{table} WHERE id IN ({_GONE})" for table in (*_CELLS, "base_cell")),  # noqa: S608
    f"DELETE FROM main.source_cell WHERE notebook_id IN ({_notebooks('main')})",  # noqa: S608
    f"DELETE FROM main.notebook WHERE id IN ({_notebooks('main')} EXCEPT {_notebooks('made')}"  # noqa: S608
    " EXCEPT SELECT notebook_id FROM main.submitted_notebook)",
    "INSERT OR IGNORE INTO main.course SELECT * FROM made.course",
    "INSERT OR IGNORE INTO main.assignment SELECT * FROM made.assignment WHERE name = :lesson",
    # Only where the text says another date: a teacher may have moved hers while the copy was being worked on.
    *(_table(book) for book in ("main", "made")),
    "UPDATE main.assignment SET duedate = (SELECT duedate FROM made.assignment WHERE name = :lesson)"  # noqa: S608
    f" WHERE name = :lesson AND EXISTS ({_told('made')}) AND ({_told('main')}) IS NOT ({_told('made')})",
    f"INSERT OR REPLACE INTO main.senolab_due SELECT id, ({_told('made')}) FROM main.assignment"  # noqa: S608
    f" WHERE name = :lesson AND EXISTS ({_told('made')})",
    *(
        f"INSERT OR REPLACE INTO main.{table} SELECT * FROM made.{table} WHERE {where}"  # noqa: S608
        for table, where in (
            ("notebook", f"id IN ({_notebooks('made')})"),
            ("base_cell", f"notebook_id IN ({_notebooks('made')})"),
            ("source_cell", f"notebook_id IN ({_notebooks('made')})"),
            *((table, f"id IN ({_cells('made')})") for table in _CELLS),
        )
    ),
]


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    database = sqlite3.connect(path, timeout=60, isolation_level=None)
    try:
        yield database
    except sqlite3.Error as problem:
        raise ShelfError(gettext("%(path)s cannot be used: %(why)s.", path=path, why=problem)) from problem
    finally:
        database.close()


@contextlib.contextmanager
def _whole(database: sqlite3.Connection) -> Iterator[None]:
    """Change a gradebook all at once, or not at all."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        database.execute("ROLLBACK")
        raise
