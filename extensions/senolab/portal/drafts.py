"""The text of a course as its teacher sees it: drafts, what changed since the release, what is wanting."""

import contextlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from senolab.cases.library import cohort_sizes
from senolab.lessons import course as text
from senolab.lessons.findings import Finding, LessonRefusedError
from senolab.lessons.names import NameRefusedError
from senolab.lessons.reader import read
from senolab.words import marked

from .refusal import RefusedError
from .releases import Release, Releases


@dataclass(frozen=True)
class Draft:
    """One lesson's text.

    Attributes
    ----------
    state
        ``draft``: never released; ``changed``: written to since; ``released``: as learners have it;
        ``gone``: released, and its text is no longer there.
    place
        Where its text stands in the folder of the course.
    """

    lesson: str
    title: str
    state: Literal["draft", "changed", "released", "gone"]
    release: Release | None
    place: str = ""


def lessons(releases: Releases, course: str) -> list[Draft]:
    """Return the lessons of a course, the released ones without a text last."""
    released = {release.lesson: release for release in releases.lessons(course)}
    found = [_draft(entry, released.pop(entry.id, None)) for entry in releases.texts(course)]
    return found + [Draft(name, one.title, "gone", one) for name, one in released.items()]


def one(releases: Releases, course: str, lesson: str) -> Draft:
    """Return one lesson's draft.

    Raises
    ------
    RefusedError
        If the course has no such lesson.
    """
    for draft in lessons(releases, course):
        if draft.lesson == lesson:
            return draft
    raise RefusedError(marked("There is no such lesson."), status=404)


def check(releases: Releases, course: str, lesson: str) -> list[Finding]:
    """Return what is found wanting in one lesson."""
    try:
        return text.check(releases.shelf.course(course), lesson, cohorts=cohort_sizes())
    except (NameRefusedError, text.CourseRefusedError) as problem:
        raise RefusedError(marked("There is no such lesson."), status=404) from problem


def _draft(entry: text.Entry, release: Release | None) -> Draft:
    place = f"{entry.id}.md" if entry.kind == "text" else f"source/{entry.id}"
    if release is None:
        return Draft(entry.id, _title(entry), "draft", None, place)
    state: Literal["changed", "released"] = "changed" if _written_since(entry, release) else "released"
    return Draft(entry.id, release.title, state, release, place)


def _title(entry: text.Entry) -> str:
    if entry.kind == "text":
        with contextlib.suppress(LessonRefusedError):
            return read(entry.path).front.title or entry.id
    return entry.id


def _written_since(entry: text.Entry, release: Release) -> bool:
    """Tell whether a text was written to after its release."""
    try:
        released = datetime.fromisoformat(str(release.plain.get("released"))).timestamp()
        files = [entry.path] if entry.kind == "text" else [*entry.path.glob("*.ipynb")]
        return any(file.stat().st_mtime > released + 1 for file in files)  # times are kept to the second
    except (OSError, ValueError):
        return False
