"""A lesson is released: read, exams drawn, built, stripped by nbgrader, put in force at once."""

import contextlib
import fcntl
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from senolab.lessons.course import Entry
from senolab.lessons.keys import split
from senolab.lessons.lesson import Lesson
from senolab.lessons.plain import plain_release
from senolab.lessons.reader import read
from senolab.lessons.shelf import Shelf, private_folder, write_json
from senolab.lessons.tree import write_source

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


def release(entry: Entry, shelf: Shelf, *, scale: str, jobs: int = 1, steps: Steps) -> Released:
    """Release one lesson; whatever fails leaves the release before in force.

    Parameters
    ----------
    scale
        Size of the images: ``ci``, ``binder`` or ``class``.
    steps
        Called with (done, total, words).

    Raises
    ------
    RefusedError, LessonRefusedError
        With the reason.
    """
    exams_told = 0

    def drawing(done: int, total: int) -> None:
        nonlocal exams_told
        exams_told = total
        steps(done, total + BUILDING, f"{entry.id}: making the exams")

    def building(step: int, words: str) -> None:
        steps(exams_told + step, exams_told + BUILDING, f"{entry.id}: {words}")

    with _alone(shelf, entry):
        lesson = read(entry.path) if entry.kind == "text" else None  # once: it may be edited meanwhile
        exams = _exams(lesson, shelf, scale=scale, jobs=jobs, steps=drawing)
        with _making(shelf, entry) as making:
            building(0, "building the notebook")
            write_source(entry, making / "source" / entry.id, lesson=lesson)
            building(1, "making the learners' version")
            generate(shelf.grader(entry.course), entry.id, within=making.name)
            building(2, "putting it in force")
            student = making / "release" / entry.id
            if lesson is None:
                told, keys = plain_release(course=entry.course, lesson=entry.id, folder=student)
            else:
                told, keys = split(lesson, exams.cases)
            with shelf.draft(entry.course, entry.id) as draft:
                shutil.copytree(student, draft, dirs_exist_ok=True)
                lay_out(exams, draft / "exams")
                write_json(draft / "release.json", told, mode=0o644)
                _swap(making / "source" / entry.id, shelf.source(entry.course, entry.id))
                _swap(student, shelf.generated(entry.course, entry.id))
                version = shelf.publish(entry.course, entry.id, draft, keys)
        building(3, "released")
    return Released(entry.course, entry.id, version, told["forms"], told["max_points"], scale)


def _exams(lesson: Lesson | None, shelf: Shelf, *, scale: str, jobs: int, steps: Drawing) -> Exams:
    if lesson is None or not lesson.cases:
        return Exams()
    private_folder(shelf.state / "drawn")
    folder = shelf.drawn(lesson.course, lesson.id, lesson.front.cohort or "", scale)
    secret = lesson_secret(shelf.secret("release.key"), lesson.course, lesson.id)
    return exams_of(lesson, folder, secret=secret, scale=scale, jobs=jobs, steps=steps)


@contextlib.contextmanager
def _making(shelf: Shelf, entry: Entry) -> Iterator[Path]:
    """Give a folder within nbgrader's course folder to build in.

    The course's own ``source`` and ``release`` are the master copies from which submissions are marked
    meanwhile; they change only once all has gone well.
    """
    grader = shelf.grader(entry.course)
    write_config(grader, entry.course)
    autotests = entry.path.parents[1] / "autotests.yml"
    if entry.kind == "notebooks" and autotests.is_file():
        shutil.copyfile(autotests, grader / "autotests.yml")
    making = grader / f".making-{entry.id}"
    for left in (making, *shelf.lesson(entry.course, entry.id).glob(".draft-*")):  # by one that was killed
        shutil.rmtree(left, ignore_errors=True)
    try:
        yield making
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _swap(new: Path, place: Path) -> None:
    """Put a folder in the place of another; what stood there goes back where the new one was."""
    place.parent.mkdir(parents=True, exist_ok=True)
    old = new.with_name(f".old-{new.name}")
    if place.exists():
        place.rename(old)
    new.rename(place)


@contextlib.contextmanager
def _alone(shelf: Shelf, entry: Entry) -> Iterator[None]:
    """Let one release of a course run at a time."""
    grader = shelf.grader(entry.course)
    grader.mkdir(parents=True, exist_ok=True)
    with (grader / ".release.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
