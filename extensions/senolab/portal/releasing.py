"""A release as the teacher starts it: a process of its own, its progress kept in the book."""

import asyncio
import contextlib
import json
import logging
import os
import re
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sql

from senolab.lessons.shelf import Shelf
from senolab.words import gettext, marked

from .book import now
from .database import JOBS
from .refusal import RefusedError

MOST_LINES = 400  # of the log; the newest stay
LONGEST_LINE = 2000
_REPORT = re.compile(r"[\s+|]*(Exception Group )?Traceback \(most recent call last\)")
_CHAINED = re.compile(r"(During handling of|The above exception was)\b.* exception.*:$")
_INSIDE = re.compile(r"\s")
_UNFORESEEN = marked(
    "The release met something unforeseen (%(what)s). The whole report stands in the campus's log."
)
log = logging.getLogger("senolab.campus")
GUARD = (sys.executable, "-I", "-S", str(Path(__file__).with_name("guard.py")))
LONGEST_RUN = 6 * 3600.0  # seconds


@dataclass(frozen=True)
class Job:
    """One run; `done` of `total` steps, `words` say what it does now, `log` what it said."""

    id: int
    kind: str
    course: str
    lesson: str
    by: str
    started: str
    ended: str | None
    state: str
    done: float
    total: float
    words: str
    log: list[str]

    @property
    def shown(self) -> list[str]:
        """What it said as a teacher reads it: one sentence stands for each of the program's own reports."""
        return [gettext(_UNFORESEEN, what=text) if fault else text for text, fault in _told(self.log)]


class Releasing:
    """Starts releases and tells how far they are. Of one lesson, one release runs at a time."""

    def __init__(self, engine: sql.Engine, shelf: Shelf, *, command: Sequence[str] | None = None):
        self._engine = engine
        self._shelf = shelf
        self._command = list(command or [sys.executable, "-P", "-m", "senolab.cli.main"])
        self._tasks: set[asyncio.Task[None]] = set()
        self._lost()

    def start(self, course: str, lesson: str, *, by: str) -> Job:
        """Start releasing a lesson; must be called where an event loop runs.

        Raises
        ------
        RefusedError
            If the lesson is being released already.
        """
        if any(job.state == "running" for job in self.jobs(course, lesson)):
            raise RefusedError(marked("This lesson is being released already."), status=409)
        values = {"kind": "release", "course": course, "lesson": lesson, "by": by, "started": now()}
        with self._engine.begin() as connection:
            key = connection.execute(sql.insert(JOBS).values(**values, state="running")).inserted_primary_key
        job = self.job(key[0] if key else 0)
        task = asyncio.get_running_loop().create_task(self._run(job))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return job

    def job(self, number: int) -> Job:
        """Return one run.

        Raises
        ------
        RefusedError
            If there is none of that number.
        """
        with self._engine.connect() as connection:
            row = connection.execute(sql.select(JOBS).where(JOBS.c.id == number)).first()
        if row is None:
            raise RefusedError(marked("There is no such release."), status=404)
        return Job(**row._mapping)

    def jobs(self, course: str, lesson: str | None = None) -> list[Job]:
        """Return the runs of a course or lesson, the newest first."""
        wanted = [JOBS.c.course == course] + ([JOBS.c.lesson == lesson] if lesson else [])
        query = sql.select(JOBS).where(*wanted).order_by(JOBS.c.id.desc()).limit(50)
        with self._engine.connect() as connection:
            return [Job(**row._mapping) for row in connection.execute(query)]

    def _lost(self) -> None:
        """Close runs that the end of an earlier campus cut off."""
        with self._engine.begin() as connection:
            connection.execute(
                sql.update(JOBS)
                .where(JOBS.c.state == "running")
                .values(
                    state="failed",
                    ended=now(),
                    words=gettext("The campus was stopped meanwhile. Please release again."),
                )
            )

    async def _run(self, job: Job) -> None:
        arguments = ["course", "release", job.course, job.lesson, "--state", str(self._shelf.state)]
        said: list[str] = []
        try:
            process = await asyncio.create_subprocess_exec(
                *GUARD,
                *self._command,
                *arguments,
                "--progress",
                "json",
                stdin=asyncio.subprocess.PIPE,  # closes with the campus, and the guard ends the release
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
                limit=2**20,
            )
        except OSError as problem:
            words = gettext("The release could not start: %(why)s", why=problem)
            self._write(job.id, state="failed", ended=now(), words=words)
            return
        try:
            async with asyncio.timeout(LONGEST_RUN):
                await self._listen(job.id, process, said)
                status = await process.wait()
            end = {"state": "done" if status == 0 else "failed", "words": _last(said) if status else ""}
        except TimeoutError:
            words = gettext("The release took more than six hours and was stopped.")
            end = {"state": "failed", "words": words}
        finally:
            await _ended(process)
        self._write(job.id, **end, ended=now(), log=said[-MOST_LINES:])
        if any(_REPORT.match(line) for line in said):
            log.error("release %d of %s/%s said:\n%s", job.id, job.course, job.lesson, "\n".join(said))

    async def _listen(self, number: int, process: asyncio.subprocess.Process, said: list[str]) -> None:
        """Keep what the process says: its progress as numbers, the rest as log."""
        assert process.stdout is not None  # noqa: S101 - asked for above
        while line := await _line(process.stdout):
            text = line.decode("utf-8", "replace").rstrip()[:LONGEST_LINE]
            text = text.replace(f"{self._shelf.courses}/", "")  # a teacher knows her course, not the disk
            step = _progress(text)
            if step is not None:
                self._write(number, **step)
            elif text.strip():
                said.append(text)
                self._write(number, log=said[-MOST_LINES:])

    def _write(self, number: int, **values: Any) -> None:
        with self._engine.begin() as connection:
            connection.execute(sql.update(JOBS).where(JOBS.c.id == number).values(**values))


async def _ended(process: asyncio.subprocess.Process) -> None:
    """End a process and all that it started; for one that has ended, only close what it leaves."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(TimeoutError, ValueError):
        async with asyncio.timeout(5):
            await process.communicate()


async def _line(stream: asyncio.StreamReader) -> bytes:
    """Return the next line; one that is too long is cut, never the end of the listening."""
    try:
        return await stream.readline()
    except ValueError:
        return gettext("(a line too long to show)").encode() + b"\n"


def _progress(text: str) -> dict[str, Any] | None:
    """Read a line of progress: a JSON object with ``done``, ``total`` and ``words``."""
    if not text.startswith("{"):
        return None
    try:
        plain = json.loads(text)
        step: dict[str, Any] = {
            name: float(plain[name]) for name in ("done", "total") if plain.get(name) is not None
        }
        words = plain.get("words") or plain.get("step") or plain.get("stage")
        return step | ({"words": str(words)[:500]} if words else {}) or None
    except (ValueError, TypeError, RecursionError, AttributeError):
        return None


def _last(said: Sequence[str]) -> str:
    """Return the sentence in which a failed run says why."""
    sentences = [
        gettext(_UNFORESEEN, what=text) if fault else text.removeprefix("senolab: ")
        for text, fault in _told(said)
        if fault or not _INSIDE.match(text)
    ]
    if sentences:
        return sentences[-1]
    return gettext("The release ended without a word. Look into the campus's log.")


def _told(said: Sequence[str]) -> list[tuple[str, bool]]:
    """Return the lines of a run; of each traceback its last line alone, with True beside it.

    Of tracebacks that led to one another the last one counts.
    """
    told: list[tuple[str, bool]] = []
    inside = False
    for line in said:
        if _REPORT.match(line):
            inside = True
        elif _CHAINED.match(line) and told and told[-1][1]:
            told.pop()
        elif not inside:
            told.append((line, False))
        elif not _INSIDE.match(line):
            told.append((line, True))
            inside = False
    return told
