"""What is released, as the campus shows it; versions never change, so each is read once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from senolab.lessons import course as text
from senolab.lessons import due
from senolab.lessons.names import NameRefusedError
from senolab.lessons.shelf import Shelf, ShelfError
from senolab.words import marked

from .refusal import RefusedError


@dataclass(frozen=True)
class Release:
    """One version of a lesson, as learners have it (the content of its release.json)."""

    course: str
    lesson: str
    version: int
    plain: Mapping[str, Any]

    @property
    def title(self) -> str:
        """Title of the lesson."""
        return str(self.plain.get("title") or self.lesson)

    @property
    def due(self) -> str | None:
        """When it is due (ISO 8601, UTC), or None."""
        return self.plain.get("due") or None

    @property
    def max_points(self) -> float:
        """Points that can be reached."""
        return float(self.plain.get("max_points") or 0)

    @property
    def forms(self) -> list[str]:
        """Forms of the exam."""
        return [str(form) for form in self.plain.get("forms") or ["A"]]

    @property
    def notebooks(self) -> list[str]:
        """Names of the notebooks it consists of."""
        return [str(name) for name in self.plain.get("notebooks") or ()]

    @property
    def calculated(self) -> bool:
        """Whether all its exams are known to show nobody."""
        return self.plain.get("calculated") is True

    @property
    def questions(self) -> dict[str, Mapping[str, Any]]:
        """Questions by id, in the order of the lesson."""
        return {question["id"]: question for question in self.plain.get("questions", ())}

    @property
    def cases(self) -> dict[str, Mapping[str, Any]]:
        """Cases by id."""
        return dict(self.plain.get("cases") or {})

    def case_questions(self, case: str) -> dict[str, Mapping[str, Any]]:
        """Return the questions that a case asks."""
        named = self.cases[case].get("questions", ())
        return {name: self.questions[name] for name in named if name in self.questions}

    def exam(self, case: str, form: str) -> str | None:
        """Return the id of a case's exam in a form; None where there is none."""
        exams = self.cases.get(case, {}).get("exam")
        return exams.get(form) if isinstance(exams, dict) else exams


class Releases:
    """Reads the shelf for the campus."""

    def __init__(self, shelf: Shelf, *, zone: str = "UTC"):
        self.shelf = shelf
        self._zone = ZoneInfo(zone)
        self._read = lru_cache(maxsize=256)(self._read_once)

    def lessons(self, course: str) -> list[Release]:
        """Return the releases in force of a course, in order; one that cannot be read is left out."""
        found = []
        for owner, lesson in self.shelf.released():
            if owner == course:
                try:
                    found.append(self.one(course, lesson))
                except RefusedError:
                    continue
        return found

    def one(self, course: str, lesson: str, version: int | None = None) -> Release:
        """Return a release: the version named, else the one in force.

        Raises
        ------
        RefusedError
            If there is none.
        """
        try:
            number = self.shelf.current(course, lesson) if version is None else version
            if number is None:
                raise RefusedError(marked("This lesson is not released yet."), status=404)
            return self._read(course, lesson, number)
        except NameRefusedError as problem:
            raise RefusedError(marked("There is no such lesson."), status=404) from problem
        except ShelfError as problem:
            raise RefusedError(marked("There is no such release of this lesson."), status=404) from problem

    def keys(self, release: Release) -> dict[str, Any]:
        """Return the keys of a release. Nothing of them leaves before a commit.

        Raises
        ------
        RefusedError
            If they cannot be read.
        """
        try:
            return self.shelf.keys_json(release.course, release.lesson, release.version)
        except ShelfError as problem:
            raise RefusedError(
                marked("The answers of this lesson are not at hand. Tell your teacher."), status=500
            ) from problem

    def about(self, course: str) -> text.CourseInfo:
        """Return what a course says about itself; its id where it says nothing."""
        try:
            return text.info(self.shelf.course(course))
        except NameRefusedError:
            return text.CourseInfo(course, course)

    def course_title(self, course: str) -> str:
        """Return the title of a course."""
        return self.about(course).title

    def texts(self, course: str) -> list[text.Entry]:
        """Return the lessons of a course's text, in order; none where there is no text."""
        try:
            return text.entries(self.shelf.course(course))
        except (NameRefusedError, text.CourseRefusedError):
            return []

    def _read_once(self, course: str, lesson: str, version: int) -> Release:
        plain = self.shelf.release_json(course, lesson, version)
        plain = json.loads(json.dumps(plain)) | {"due": due.released(plain, self._zone)}
        return Release(course, lesson, version, plain)
