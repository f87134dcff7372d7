"""The exams of a lesson: drawn once by the cases room, kept, and handed to the lessons room."""

import contextlib
import fcntl
import hashlib
import hmac
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from senolab.cases.library import cohort_sizes
from senolab.cases.plans import Cohort, cohort_named
from senolab.lessons.course import wanting
from senolab.lessons.keys import DrawnCase
from senolab.lessons.lesson import Lesson
from senolab.lessons.shelf import private_folder, read_json, write_json

from .main import RefusedError

Steps = Callable[[int, int], None]


@dataclass(frozen=True)
class Exams:
    """The exams of every case and form, and where the images of each lie."""

    cases: tuple[DrawnCase, ...] = ()
    images: tuple[Path, ...] = ()


def cohort_of(lesson: Lesson) -> Cohort:
    """Return the cohort of a lesson, in as many forms as the lesson has.

    Raises
    ------
    RefusedError
        If there is none of that name, or it has too few forms or women for the lesson.
    """
    for line, words in wanting(lesson, cohort_sizes()):
        raise RefusedError(f"{lesson.path}:{line}: {words}")
    cohort = cohort_named(lesson.front.cohort or "")
    return replace(cohort, forms=len(lesson.forms))


def exams_of(
    lesson: Lesson, folder: Path, *, secret: bytes, scale: str, jobs: int = 1, steps: Steps | None = None
) -> Exams:
    """Return the exams of a lesson, drawn at first use and the same ever after.

    Parameters
    ----------
    folder
        Where they are kept; images and truth in folders of their own.
    secret
        What they are drawn from; it must be this lesson's own (see `lesson_secret`).
    steps
        Called with (finished, all).
    """
    if not lesson.cases:
        return Exams()
    cohort = cohort_of(lesson)
    private_folder(folder)
    with _alone(folder):
        kept = folder / "drawn.json"
        if not _holds(kept, lesson):
            _draw(cohort, folder, secret=secret, scale=scale, jobs=jobs, steps=steps)
        drawn = read_json(kept)["forms"]
    cases, images = [], {}
    for case in lesson.cases:
        for form in lesson.forms:
            exam = drawn[form][case.exam - 1]
            cases.append(
                DrawnCase(case.id, form, exam["exam"], exam["reveal"], exam["lesions"], calculated=True)
            )
            images[exam["exam"]] = folder / "images" / exam["exam"]
    return Exams(tuple(cases), tuple(images.values()))


def lesson_secret(secret: bytes, course: str, lesson: str) -> bytes:
    """Return the secret of one lesson, so that two lessons with one cohort do not show the same women."""
    return hmac.digest(secret, f"{course}/{lesson}".encode(), hashlib.sha256)


def lay_out(exams: Exams, folder: Path) -> None:
    """Put the images of a lesson into its release: links where the disk allows it, else copies."""
    for images in exams.images:
        (folder / images.name).mkdir(parents=True)
        for image in sorted(images.glob("*.dcm")):
            try:
                os.link(image, folder / images.name / image.name)
            except OSError:
                shutil.copyfile(image, folder / images.name / image.name)


def _holds(kept: Path, lesson: Lesson) -> bool:
    """Tell whether the exams were drawn before, in all the forms that the lesson has now."""
    return kept.exists() and set(lesson.forms) <= read_json(kept)["forms"].keys()


def _draw(cohort: Cohort, folder: Path, *, secret: bytes, scale: str, jobs: int, steps: Steps | None) -> None:
    from senolab.cases.cohort import draw

    drawn = draw(
        cohort,
        secret=secret,
        out_images=folder / "images",
        out_truth=folder / "truth",
        scale=scale,
        jobs=jobs,
        progress=steps,
    )
    forms: dict[str, list[dict[str, Any]]] = {form: [] for form in cohort.form_names}
    read = [exam for exam in drawn if exam.current]  # a lesson's exams are numbered by women
    for exam in sorted(read, key=lambda exam: (exam.form, exam.number)):
        forms[exam.form].append({"exam": exam.id, "reveal": exam.reveal(), "lesions": exam.truth.targets()})
    write_json(folder / "drawn.json", {"schema": 1, "cohort": cohort.name, "scale": scale, "forms": forms})


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
