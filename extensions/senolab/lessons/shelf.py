"""What stands where in the state folder, and how a release gets onto the shelf.

Everything a campus keeps lies under one folder. Rooms get a `Shelf`, or plain paths from one, and
never put a path together themselves.
"""

import contextlib
import fcntl
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from senolab.words import gettext, marked

from .files import ShelfError, open_for_reading, private_folder, read_json, write_bytes, write_json
from .names import course_name, learner_name, lesson_name

__all__ = ["Shelf", "ShelfError", "private_folder", "read_json", "write_json"]


@dataclass(frozen=True)
class Shelf:
    """The state folder of a campus.

    Attributes
    ----------
    state
        The folder; what is in it is made as it is needed.
    """

    state: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "state", Path(self.state).absolute())

    # -- the campus and the hub ------------------------------------------------------------------
    @property
    def hub(self) -> Path:
        """The hub's own database and cookie secret."""
        return self.state / "hub"

    @property
    def secrets(self) -> Path:
        """Keys that nobody but the campus reads."""
        return self.state / "secrets"

    @property
    def people(self) -> Path:
        """Accounts."""
        return self.state / "people.json"

    @property
    def settings(self) -> Path:
        """The operator's settings."""
        return self.state / "settings.json"

    @property
    def logs(self) -> Path:
        """One file a service."""
        return self.state / "logs"

    @property
    def run(self) -> Path:
        """Sockets and process ids."""
        return self.state / "run"

    @property
    def campus(self) -> Path:
        """The campus's folder."""
        return self.state / "campus"

    @property
    def campus_database(self) -> Path:
        """The campus's database."""
        return self.campus / "campus.sqlite"

    @property
    def marking_queue(self) -> Path:
        """The queue of submissions to be marked."""
        return self.state / "marking" / "queue.sqlite"

    @property
    def homes(self) -> Path:
        """The users' homes."""
        return self.state / "homes"

    def home(self, user: str) -> Path:
        """Return a user's home."""
        return self.homes / learner_name(user)

    def notices(self, user: str) -> Path:
        """Return the file of notices to a user."""
        return self.state / "notices" / f"{learner_name(user)}.json"

    # -- exams -----------------------------------------------------------------------------------
    @property
    def exams(self) -> Path:
        """The library of practice exams."""
        return self.state / "exams"

    @property
    def exam_images(self) -> Path:
        """The library's images."""
        return self.exams / "images"

    @property
    def exam_truth(self) -> Path:
        """The truth of the library's exams."""
        return self.exams / "truth"

    def drawn(self, course: str, lesson: str, cohort: str, scale: str) -> Path:
        """Return the folder of the graded exams drawn for a lesson, all forms, truth included."""
        folder = f"{course_name(cohort)}-{course_name(scale)}"
        return self.state / "drawn" / course_name(course) / lesson_name(lesson) / folder

    # -- courses ---------------------------------------------------------------------------------
    @property
    def courses(self) -> Path:
        """The text of the courses, as their instructors edit it."""
        return self.state / "courses"

    def course(self, course: str) -> Path:
        """Return the folder of a course's text."""
        return self.courses / course_name(course)

    def grader(self, course: str) -> Path:
        """Return nbgrader's course folder."""
        return self.state / "grader" / course_name(course)

    def gradebook(self, course: str) -> Path:
        """Return nbgrader's gradebook of a course."""
        return self.grader(course) / "gradebook.db"

    def source(self, course: str, lesson: str) -> Path:
        """Return the folder of a lesson's source version, solutions and tests included."""
        return self.grader(course) / "source" / lesson_name(lesson)

    def generated(self, course: str, lesson: str) -> Path:
        """Return the folder of a lesson's student version, as nbgrader made it."""
        return self.grader(course) / "release" / lesson_name(lesson)

    def submitted(self, course: str, learner: str, lesson: str) -> Path:
        """Return the folder of what a learner handed in."""
        return self.grader(course) / "submitted" / learner_name(learner) / lesson_name(lesson)

    def autograded(self, course: str, learner: str, lesson: str) -> Path:
        """Return the folder of a marked submission."""
        return self.grader(course) / "autograded" / learner_name(learner) / lesson_name(lesson)

    def feedback(self, course: str, learner: str, lesson: str) -> Path:
        """Return the folder of the feedback on a submission."""
        return self.grader(course) / "feedback" / learner_name(learner) / lesson_name(lesson)

    # -- releases and keys -----------------------------------------------------------------------
    @property
    def releases(self) -> Path:
        """What learners get, mounted read-only into their sandboxes."""
        return self.state / "releases"

    def lesson(self, course: str, lesson: str) -> Path:
        """Return the folder of all versions of a released lesson."""
        return self.releases / course_name(course) / lesson_name(lesson)

    def released(self) -> list[tuple[str, str]]:
        """Return (course, lesson) of every lesson that has a release in force, in order."""
        found = [link.parent for link in self.releases.glob("*/*/current") if link.is_dir()]
        return sorted((folder.parent.name, folder.name) for folder in found)

    def versions(self, course: str, lesson: str) -> list[int]:
        """Return the versions of a lesson that were ever released, in order."""
        return _numbers(self.lesson(course, lesson))

    def current(self, course: str, lesson: str) -> int | None:
        """Return the version in force, or None."""
        try:
            target = (self.lesson(course, lesson) / "current").readlink().name
        except OSError:
            return None
        return int(target) if target.isdecimal() else None

    def release(self, course: str, lesson: str, version: int | None = None) -> Path:
        """Return the folder of a release: the version named, else the one in force.

        Raises
        ------
        ShelfError
            If there is none.
        """
        number = self.current(course, lesson) if version is None else int(version)
        folder = self.lesson(course, lesson) / str(number)
        if number is None or not folder.is_dir():
            told = _UNRELEASED if version is None else _NO_VERSION
            raise ShelfError(gettext(told, lesson=lesson, course=course, version=version))
        return folder

    def release_json(self, course: str, lesson: str, version: int | None = None) -> dict[str, Any]:
        """Return what the release tells the learner's side.

        Raises
        ------
        ShelfError
            If it is missing or cannot be read.
        """
        return read_json(self.release(course, lesson, version) / "release.json")

    def keys(self, course: str, lesson: str, version: int) -> Path:
        """Return the folder of a release's keys (never mounted into a learner's sandbox)."""
        return self.state / "keys" / course_name(course) / lesson_name(lesson) / str(int(version))

    def keys_json(self, course: str, lesson: str, version: int | None = None) -> dict[str, Any]:
        """Return the keys of a release; see `release_json`."""
        number = int(self.release(course, lesson, version).name)
        return read_json(self.keys(course, lesson, number) / "keys.json")

    def drafts(self, course: str, lesson: str) -> Path:
        """Return the folder of releases in the making, which no learner's sandbox shows."""
        return self.state / "drafts" / course_name(course) / lesson_name(lesson)

    @contextlib.contextmanager
    def draft(self, course: str, lesson: str) -> Iterator[Path]:
        """Give an empty folder in which a release is prepared; what is not published is removed."""
        draft = Path(tempfile.mkdtemp(dir=private_folder(self.drafts(course, lesson))))
        try:
            yield draft
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def publish(self, course: str, lesson: str, draft: Path, keys: Mapping[str, Any]) -> int:
        """Put a prepared release in force, all at once, and return its version.

        Readers see the old release or the new one, never a half. `draft` holds the release's files,
        ``release.json`` among them, and is taken away; the version is written into both files here.

        Raises
        ------
        ShelfError
            If ``release.json`` is missing or cannot be read; the release in force stays.
        """
        folder = self.lesson(course, lesson)
        folder.mkdir(parents=True, exist_ok=True)
        told = read_json(draft / "release.json")
        with _locked(folder / ".lock"):
            keyed = self.keys(course, lesson, 0).parent
            version = max([0, *_numbers(folder), *_numbers(keyed)]) + 1
            write_json(draft / "release.json", told | {"version": version}, mode=0o644)
            open_for_reading(draft)
            private_folder(self.state / "keys")
            private_folder(keyed / str(version))
            write_json(keyed / str(version) / "keys.json", dict(keys) | {"version": version})
            draft.rename(folder / str(version))
            link = folder / f".current-{version}"
            link.unlink(missing_ok=True)
            link.symlink_to(str(version))
            link.replace(folder / "current")
        return version

    def secret(self, name: str, *, length: int = 32) -> bytes:
        """Return a secret of this campus, made at first use and readable by nobody else."""
        private_folder(self.secrets)
        path = self.secrets / lesson_name(name)
        with _locked(self.secrets / ".lock"):
            if not path.exists():
                write_bytes(path, secrets.token_bytes(length), mode=0o600)
            found = path.read_bytes()
        if len(found) < 16:
            raise ShelfError(
                gettext("%(path)s is too short to be a secret. Restore it from a backup.", path=path)
            )
        return found


_UNRELEASED = marked(
    "The lesson %(lesson)r of %(course)r is not released. "
    "Release it with: senolab course release %(course)s %(lesson)s"
)
_NO_VERSION = marked(
    "The lesson %(lesson)r of %(course)r has no release %(version)s. "
    "Release it with: senolab course release %(course)s %(lesson)s"
)


def _numbers(folder: Path) -> list[int]:
    if not folder.is_dir():
        return []
    return sorted(int(entry.name) for entry in folder.iterdir() if entry.name.isdecimal())


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
