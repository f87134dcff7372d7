"""A lesson is released: read, exams drawn, built, stripped by nbgrader, put in force at once."""

import contextlib
import fcntl
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from senolab.lessons.course import Entry
from senolab.lessons.keys import split
from senolab.lessons.plain import plain_release
from senolab.lessons.reader import read
from senolab.lessons.shelf import Shelf, private_folder, write_json
from senolab.lessons.tree import write_source

from .course_exams import Exams, exams_of, lay_out, lesson_secret
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
        exams = _exams(entry, shelf, scale=scale, jobs=jobs, steps=drawing)
        building(0, "building the notebook")
        with _kept_on_failure(shelf, entry):
            _source(entry, shelf)
            building(1, "making the learners' version")
            generate(shelf.grader(entry.course), entry.id)
            told, keys = _files(entry, shelf, exams)
            building(2, "putting it in force")
            with shelf.draft(entry.course, entry.id) as draft:
                shutil.copytree(shelf.generated(entry.course, entry.id), draft, dirs_exist_ok=True)
                lay_out(exams, draft / "exams")
                write_json(draft / "release.json", told, mode=0o644)
                version = shelf.publish(entry.course, entry.id, draft, keys)
        building(3, "released")
    return Released(entry.course, entry.id, version, told["forms"], told["max_points"], scale)


def _exams(entry: Entry, shelf: Shelf, *, scale: str, jobs: int, steps: Any) -> Exams:
    if entry.kind == "notebooks":
        return Exams()
    lesson = read(entry.path)
    if not lesson.cases:
        return Exams()
    private_folder(shelf.state / "drawn")
    folder = shelf.drawn(entry.course, entry.id, lesson.front.cohort or "", scale)
    secret = lesson_secret(shelf.secret("release.key"), entry.course, entry.id)
    return exams_of(lesson, folder, secret=secret, scale=scale, jobs=jobs, steps=steps)


def _source(entry: Entry, shelf: Shelf) -> None:
    """Put the source version into nbgrader's course folder."""
    grader = shelf.grader(entry.course)
    write_config(grader, entry.course)
    autotests = entry.path.parents[1] / "autotests.yml"
    if entry.kind == "notebooks" and autotests.is_file():
        shutil.copyfile(autotests, grader / "autotests.yml")
    beside = grader / f".new-{entry.id}"
    shutil.rmtree(beside, ignore_errors=True)
    try:
        write_source(entry, beside)
        target = shelf.source(entry.course, entry.id)
        target.parent.mkdir(exist_ok=True)
        shutil.rmtree(target, ignore_errors=True)
        beside.rename(target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _files(entry: Entry, shelf: Shelf, exams: Exams) -> tuple[dict[str, Any], dict[str, Any]]:
    if entry.kind == "notebooks":
        return plain_release(
            course=entry.course, lesson=entry.id, folder=shelf.generated(entry.course, entry.id)
        )
    return split(read(entry.path), exams.cases)


@contextlib.contextmanager
def _kept_on_failure(shelf: Shelf, entry: Entry) -> Iterator[None]:
    """Bring back nbgrader's source and release of the version before if anything fails.

    They are the master copies from which submissions to the release in force are marked.
    """
    folders = [shelf.source(entry.course, entry.id), shelf.generated(entry.course, entry.id)]
    kept = shelf.grader(entry.course) / f".kept-{entry.id}"
    shutil.rmtree(kept, ignore_errors=True)
    for folder in folders:
        if folder.is_dir():
            shutil.copytree(folder, kept / folder.parent.name)
    try:
        yield
    except BaseException:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
            if (kept / folder.parent.name).is_dir():
                (kept / folder.parent.name).rename(folder)
        raise
    finally:
        shutil.rmtree(kept, ignore_errors=True)


@contextlib.contextmanager
def _alone(shelf: Shelf, entry: Entry) -> Iterator[None]:
    """Let one release of a course run at a time."""
    grader = shelf.grader(entry.course)
    grader.mkdir(parents=True, exist_ok=True)
    with (grader / ".release.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
