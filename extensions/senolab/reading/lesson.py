"""The lesson that a notebook belongs to: its release, the learner's form, the record, the exams."""

import json
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from senolab.words import gettext, marked

from .commit import Campus, CampusError, Desk, OwnDesk

NO_RELEASE = marked(
    "There is no lesson beside this notebook (release.json is missing). Open the lesson from the campus, "
    "or preview it there."
)


class LessonError(Exception):
    """The lesson cannot be shown; the message is the sentence the person reads."""


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """A released lesson in the folder where it is worked.

    Attributes
    ----------
    folder
        Holds release.json and record.jsonl.
    release
        The content of release.json.
    form
        The learner's form, "A" or "B".
    desk
        Who takes a commit and marks it: the campus, or the lesson itself; None where nobody does.
    """

    folder: Path
    release: dict[str, Any]
    form: str
    desk: Desk | None

    @property
    def id(self) -> str:
        """Lesson id."""
        return str(self.release["lesson"])

    @property
    def record(self) -> Path:
        """The learner's record."""
        return self.folder / "record.jsonl"

    def question(self, ident: str) -> dict[str, Any]:
        """Return a question as released."""
        for question in self.release["questions"]:
            if question["id"] == ident:
                return question
        known = ", ".join(question["id"] for question in self.release["questions"])
        raise LessonError(
            gettext("This lesson has no question %(ident)r. It has: %(known)s.", ident=ident, known=known)
        )

    def case(self, ident: str) -> dict[str, Any]:
        """Return a case as released."""
        cases = self.release.get("cases", {})
        if ident not in cases:
            raise LessonError(
                gettext(
                    "This lesson has no case %(ident)r. It has: %(cases)s.",
                    ident=ident,
                    cases=", ".join(cases) or gettext("none"),
                )
            )
        return cases[ident]

    def questions_of(self, case: str) -> list[dict[str, Any]]:
        """Return the questions of a case, in order."""
        return [self.question(ident) for ident in self.case(case)["questions"]]

    def exam(self, case: str) -> str:
        """Return the id of a case's exam, for the learner's form."""
        exam = self.case(case)["exam"]
        return str(exam[self.form] if isinstance(exam, dict) else exam)

    def images(self, exam: str, *, version: int = 0) -> Path:
        """Return the folder with an exam's images, as a version of the lesson has them (0: this one).

        Raises
        ------
        LessonError
            If they are not here.
        """
        course, number = str(self.release["course"]), str(version or self.release["version"])
        places = [self.folder / "exams" / exam]
        if material := os.environ.get("SENOLAB_MATERIAL"):
            places += [
                Path(material) / "releases" / course / self.id / number / "exams" / exam,
                Path(material) / "exams" / "images" / exam,
                Path(material) / "exams" / exam,
            ]
        for place in places:
            if place.is_dir():
                return place
        raise LessonError(gettext("The images of this case are not here yet. Reload the page in a minute."))

    def append(self, kind: Any, **about: Any) -> Any:
        """Write one act to the record at once; return it."""
        from senolab.record import append

        version = int(self.release["version"])
        return append(self.record, kind=kind, lesson=self.id, version=version, form=self.form, **about)

    def acts(self) -> tuple[Any, ...]:
        """Return the acts in the record that belong to this lesson."""
        from senolab.record import read

        return tuple(act for act in read(self.record).acts if act.lesson == self.id)

    def answers(self) -> dict[str, Any]:
        """Return the answers that count, as {question id: value}."""
        from senolab.record import answers

        cases = {name: case["questions"] for name, case in self.release.get("cases", {}).items()}
        return {ident: act.value for ident, act in answers(self.acts(), cases=cases).items()}


def here() -> Lesson:
    """Return the lesson of the current folder.

    Raises
    ------
    LessonError
        If there is none, or its form cannot be learnt.
    """
    file = Path.cwd() / "release.json"
    try:
        return _lesson(file, file.stat().st_mtime_ns)
    except FileNotFoundError as problem:
        raise LessonError(gettext(NO_RELEASE)) from problem


@lru_cache(maxsize=4)
def _lesson(file: Path, _changed: int) -> Lesson:
    release = _json(file)
    for name in ("course", "lesson", "version", "questions"):
        if name not in release:
            raise LessonError(
                gettext("release.json lacks %(name)r; open the lesson from the campus again.", name=name)
            )
    keys = file.with_name("self-check.json")
    campus = Campus.of_environment(release)
    if keys.is_file() and (campus is None or release.get("mode") == "self-check"):
        return Lesson(folder=file.parent, release=release, form="A", desk=OwnDesk(release, _json(keys)))
    if campus is None:
        return Lesson(folder=file.parent, release=release, form="A", desk=None)
    return Lesson(folder=file.parent, release=release, form=_form(file.parent, release, campus), desk=campus)


def _form(folder: Path, release: dict[str, Any], campus: Campus) -> str:
    """Ask the campus for the learner's form; where it is silent, the record remembers."""
    try:
        return campus.form()
    except CampusError as problem:
        from senolab.record import read

        known = [act.form for act in read(folder / "record.jsonl").acts if act.lesson == release["lesson"]]
        if known:
            return known[-1]
        raise LessonError(
            f"{problem} " + gettext("Until then the lesson cannot choose your cases.")
        ) from problem


def _json(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as problem:
        raise LessonError(
            gettext("%(name)s cannot be read; open the lesson from the campus again.", name=file.name)
        ) from problem
    if not isinstance(content, dict):
        raise LessonError(
            gettext("%(name)s is damaged; open the lesson from the campus again.", name=file.name)
        )
    return content
