"""Where a learner's server finds released lessons, and where it lays them for the learner."""

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from senolab.words import gettext

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)


class RefusedError(Exception):
    """The request cannot be met; the message is the sentence the person reads.

    Attributes
    ----------
    status
        HTTP status that goes with it.
    """

    def __init__(self, sentence: str, *, status: int = 404) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True)
class Worked:
    """One lesson as it lies in the learner's home: its notebooks, its release and the record."""

    folder: Path
    lesson: str

    @property
    def notebooks(self) -> list[Path]:
        """The lesson's notebooks, as its release names them."""
        return [self.folder / name for name in notebooks(self.release())]

    @property
    def notebook(self) -> Path:
        """The notebook that the lesson opens with."""
        return self.notebooks[0]

    @property
    def record(self) -> Path:
        """The learner's acts."""
        return self.folder / "record.jsonl"

    def release(self) -> dict[str, Any]:
        """Return what the release says; refuse where there is none."""
        release = _json(self.folder / "release.json")
        if not notebooks(release):
            raise RefusedError(gettext("This lesson was not opened from the campus. Open it there again."))
        return release


@dataclass(frozen=True)
class Places:
    """The folders of one learner's server.

    Attributes
    ----------
    home
        Root of the server's files; lessons are worked at ``home/lessons/<course>/<lesson>``.
    material
        Read-only material with the releases, or None on a server without any.
    """

    home: Path
    material: Path | None

    @classmethod
    def of(cls, settings: dict[str, Any]) -> "Places":
        """Read the places from a server's settings and the environment."""
        material = os.environ.get("SENOLAB_MATERIAL", "")
        home = Path(settings["server_root_dir"]).expanduser().resolve()
        return cls(home=home, material=Path(material).resolve() if material else None)

    def release(self, course: str, lesson: str) -> Path:
        """Return the folder of a lesson's current release; refuse what was not released here."""
        _check_names(course, lesson)
        if self.material is None:
            raise RefusedError(gettext("There are no lessons here. Open the campus, and start there."))
        shelf = self.material / "releases"
        found = (shelf / course / lesson / "current").resolve()
        names = notebooks(_json(found / "release.json")) if found.is_relative_to(shelf.resolve()) else []
        if not names or not all((found / name).is_file() for name in names):
            raise RefusedError(gettext("This lesson is not open to you yet, or its name has changed."))
        return found

    def releases(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Return (course, lesson, release) of every lesson released here, in order."""
        found = []
        shelf = self.material / "releases" if self.material else None
        for path in sorted(shelf.glob("*/*/current/release.json")) if shelf else []:
            lesson, course = path.parents[1].name, path.parents[2].name
            release = json.loads(path.read_text("utf-8"))
            found.append((course, lesson, release))
        return found

    def worked(self, course: str, lesson: str) -> Worked:
        """Return where a released lesson is worked."""
        _check_names(course, lesson)
        return Worked(self.home / "lessons" / course / lesson, lesson)

    def preview(self, course: str, lesson: str) -> Worked:
        """Return where an instructor's preview of a lesson lies."""
        _check_names(course, lesson)
        return Worked(self.home / "preview" / course / lesson, lesson)

    def worked_at(self, path: str) -> Worked:
        """Return the lesson whose notebook has this path below the home."""
        notebook = (self.home / path.lstrip("/")).resolve()
        if not notebook.is_relative_to(self.home) or notebook.suffix != ".ipynb":
            raise RefusedError(gettext("This is not the page of a lesson."), status=400)
        return Worked(notebook.parent, notebook.parent.name)


def notebooks(release: dict[str, Any]) -> list[str]:
    """Return the names of a release's notebooks, the one to open first; none where it tells none."""
    names = release.get("notebooks")
    return sorted(names) if isinstance(names, list) and all(map(_is_notebook, names)) else []


def _is_notebook(name: Any) -> bool:
    return isinstance(name, str) and Path(name).name == name and name.endswith(".ipynb")


def _json(path: Path) -> dict[str, Any]:
    """Read a JSON object; an empty one where there is none."""
    try:
        plain = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return plain if isinstance(plain, dict) else {}


def _check_names(*names: str) -> None:
    for name in names:
        if not _NAME.fullmatch(name):
            raise RefusedError(gettext("There is no lesson of this name."))
