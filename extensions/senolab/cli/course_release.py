"""A lesson is released: read, exams drawn, built, stripped by nbgrader, put in force at once."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from senolab.grading import edition
from senolab.lessons import due
from senolab.lessons.course import Entry
from senolab.lessons.keys import split
from senolab.lessons.lesson import Lesson
from senolab.lessons.ownfiles import copy_file, copy_folder
from senolab.lessons.plain import plain_release, settle_kernels
from senolab.lessons.reader import read
from senolab.lessons.shelf import Shelf, ShelfError, private_folder, write_json
from senolab.lessons.tree import write_source
from senolab.words import gettext

from .course_exams import Exams, exams_of, lay_out, lesson_secret
from .course_exams import Steps as Drawing
from .course_nbgrader import generate, write_config

BUILDING = 3  # steps after the exams: source, student version, publishing
Steps = Callable[[float, float, str], None]


@dataclass(frozen=True)
class Released:
    """A release that is in force."""

    course: str
    lesson: str
    version: int
    forms: list[str]
    max_points: float
    scale: str


def release(
    entry: Entry, shelf: Shelf, *, scale: str, zone: ZoneInfo, jobs: int = 1, steps: Steps
) -> Released:
    """Release one lesson; whatever fails leaves the release before in force.

    Parameters
    ----------
    scale
        Size of the images: ``ci``, ``binder`` or ``class``.
    zone
        The campus's time zone, in which the lesson is due.
    steps
        Called with (done, total, words).

    Raises
    ------
    RefusedError, LessonRefusedError, StrayFileError
        With the reason.
    """
    exams_told = 0

    def drawing(done: int, total: int) -> None:
        nonlocal exams_told
        exams_told = total
        words = gettext("making the exams")
        steps(done, total + BUILDING, f"{entry.id}: {words}")

    def building(step: int, words: str) -> None:
        steps(exams_told + step, exams_told + BUILDING, f"{entry.id}: {words}")

    if edition.busy(shelf.grader(entry.course)):
        words = gettext("waiting for another release of this course")
        steps(0, BUILDING, f"{entry.id}: {words}")
    with edition.alone(shelf.grader(entry.course)):
        lesson = read(entry.path) if entry.kind == "text" else None  # once: it may be edited meanwhile
        exams = _exams(lesson, shelf, scale=scale, jobs=jobs, steps=drawing)
        with _making(shelf, entry, zone) as making:
            building(0, gettext("building the notebook"))
            write_source(entry, making / "source" / entry.id, lesson=lesson)
            building(1, gettext("making the learners' version"))
            generate(shelf.grader(entry.course), entry.id, within=making.name)
            building(2, gettext("putting it in force"))
            student = making / "release" / entry.id
            with shelf.draft(entry.course, entry.id) as draft:
                # Code of the lesson ran where `making` lies, and may have left links there.
                copy_folder(making.parent, student.relative_to(making.parent), draft)
                if lesson is None:
                    settle_kernels(draft)
                    told, keys = plain_release(course=entry.course, lesson=entry.id, folder=draft)
                else:
                    told, keys = split(lesson, exams.cases, zone=zone)
                lay_out(exams, draft / "exams")
                write_json(draft / "release.json", told, mode=0o644)
                edition.note_due(making, entry.id, told["due"])
                version = edition.put_in_force(
                    shelf,
                    entry.course,
                    entry.id,
                    partial(shelf.publish, entry.course, entry.id, draft, keys),
                )
        building(3, gettext("released"))
    return Released(entry.course, entry.id, version, told["forms"], told["max_points"], scale)


def _due(shelf: Shelf, entry: Entry, zone: ZoneInfo) -> str | None:
    """Return when the release in force says that the lesson is due; None where none can be read."""
    with contextlib.suppress(ShelfError):
        return due.released(shelf.release_json(entry.course, entry.id), zone)
    return None


def _exams(lesson: Lesson | None, shelf: Shelf, *, scale: str, jobs: int, steps: Drawing) -> Exams:
    if lesson is None or not lesson.cases:
        return Exams()
    private_folder(shelf.state / "drawn")
    folder = shelf.drawn(lesson.course, lesson.id, lesson.front.cohort or "", scale)
    secret = lesson_secret(shelf.secret("release.key"), lesson.course, lesson.id)
    return exams_of(lesson, folder, secret=secret, scale=scale, jobs=jobs, steps=steps)


@contextlib.contextmanager
def _making(shelf: Shelf, entry: Entry, zone: ZoneInfo) -> Iterator[Path]:
    """Give a folder within nbgrader's course folder to build in, with what nbgrader needs there."""
    grader = shelf.grader(entry.course)
    write_config(grader, entry.course)
    if entry.kind == "notebooks" and (entry.folder / "autotests.yml").is_file():
        beside = grader / ".autotests.new"
        beside.unlink(missing_ok=True)
        copy_file(entry.folder, "autotests.yml", beside)
        beside.replace(grader / "autotests.yml")
    # What the text has said until now, where that is not kept yet: only then can it be seen to change.
    edition.note_due(grader, entry.id, _due(shelf, entry, zone), anew=False)
    with edition.making(shelf, entry.course, entry.id) as making:
        yield making
