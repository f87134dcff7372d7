"""Which version of a lesson a learner's answers may belong to, and which exam she committed there."""

from typing import TYPE_CHECKING

from senolab.words import marked

from .book import Commit
from .refusal import RefusedError
from .releases import Release

if TYPE_CHECKING:
    from .campus import Campus


def taken(campus: "Campus", learner: str, course: str, lesson: str, version: int) -> Release:
    """Return the release that answers belong to: the one in force, or one that the learner opened before.

    A learner who sits over a lesson while it is released again may finish what she has before her. Nobody
    else may choose an old version: its exams and its key could be the kinder ones.

    Raises
    ------
    RefusedError
        If there is no such version, or it was out of force before the learner first opened the lesson.
    """
    release = campus.releases.one(course, lesson, version)
    current = campus.releases.one(course, lesson)
    if release.version == current.version:
        campus.book.open(learner, course, lesson, version=release.version)
        return release
    first = campus.book.opened_in(learner, course, lesson)
    if first is None or not first <= release.version < current.version:
        raise RefusedError(
            marked("There is a newer version of this lesson. Open it again; your answers are kept."),
            status=409,
        )
    return release


def exam_of(campus: "Campus", commit: Commit) -> str | None:
    """Return the exam that a commit locked; None where its release is lost."""
    try:
        release = campus.releases.one(commit.course, commit.lesson, commit.version)
    except RefusedError:
        return None
    return release.exam(commit.case_id, commit.form)


def committed(campus: "Campus", learner: str, release: Release, case: str, form: str) -> Commit | None:
    """Return the commit that stands for a case of a release; None while there is none.

    Raises
    ------
    RefusedError
        If the case was committed with another exam, or its exam was revealed as another case: another
        version of the lesson had the exams in another order.
    """
    exam, found = release.exam(case, form), None
    for before in campus.book.commits(learner, release.course, release.lesson):
        read = exam_of(campus, before)
        if before.case_id == case:
            if read != exam:
                raise RefusedError(
                    marked(
                        "You committed this case before it got other images. "
                        "What you answered then counts; go on with the next case."
                    ),
                    status=409,
                )
            found = before
        elif read == exam and release.exam(before.case_id, form) != exam:
            raise RefusedError(
                marked(
                    "You have seen the truth of these images already, when they belonged to another case. "
                    "Go on with the next case, and tell your teacher."
                ),
                status=409,
            )
    return found
