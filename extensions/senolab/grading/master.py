"""The master copy of a lesson: what a submission is rebuilt from.

Order and text come from the learner's version in release/, points and the full text of tests from the
gradebook (nbgrader wrote it there when the lesson was released; hidden tests stand nowhere else).
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat import NO_CONVERT, NotebookNode, reads
from nbformat.v4 import upgrade
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.preprocessors import ClearHiddenTests

from senolab import sandbox
from senolab.grading.marked import GradingError
from senolab.lessons.ownfiles import read_bytes
from senolab.words import gettext

INSIDE = "/course"
SETTINGS = ("nbgrader_config.py", "nbgrader_config.json")


@dataclass(frozen=True)
class MasterCell:
    """One cell of the master copy.

    Attributes
    ----------
    source
        What runs: of a test the whole of it, hidden tests included.
    shown
        What the learner was given.
    grade, solution, locked, task
        As nbgrader's metadata say.
    """

    cell_type: str
    source: str
    shown: str
    metadata: Mapping[str, Any] = field(default_factory=dict)
    grade_id: str | None = None
    id: str | None = None
    grade: bool = False
    solution: bool = False
    locked: bool = False
    task: bool = False
    points: float = 0.0

    @property
    def test(self) -> bool:
        """Whether it is an autograded test."""
        return self.grade and not self.solution and self.cell_type == "code"

    @property
    def manual(self) -> bool:
        """Whether a teacher marks it."""
        return (self.grade and self.solution) or self.task

    @property
    def answer(self) -> bool:
        """Whether the learner's text counts."""
        return self.solution

    @property
    def hidden(self) -> bool:
        """Whether it holds tests that the learner must not see."""
        return self.test and self.source.rstrip() != self.shown.rstrip()


@dataclass(frozen=True)
class Master:
    """The master copy of one notebook."""

    name: str
    cells: tuple[MasterCell, ...]
    language: str = "python"

    def graded(self) -> list[MasterCell]:
        """Give the cells that have points."""
        return [cell for cell in self.cells if cell.grade or cell.task]


def read(course_dir: Path, lesson: str, notebooks: Mapping[str, Mapping[str, Any]]) -> list[Master]:
    """Read the master copies of a lesson.

    Parameters
    ----------
    notebooks
        From the gradebook: {notebook: {grade_id: {"source", "points", "cell_type", "locked"}}}.
    """
    return [_master(course_dir, lesson, name, cells) for name, cells in sorted(notebooks.items())]


def _master(course_dir: Path, lesson: str, name: str, kept: Mapping[str, Any]) -> Master:
    path = course_dir / "release" / lesson / f"{name}.ipynb"
    if not path.is_file():
        raise GradingError(
            gettext(
                "The learners' version of %(lesson)s/%(name)s.ipynb is not in release/. Release the "
                "lesson again.",
                lesson=lesson,
                name=name,
            )
        )
    try:
        text = read_bytes(course_dir, path.relative_to(course_dir)).decode("utf-8")
        notebook = reads(text, as_version=NO_CONVERT)
        notebook = upgrade(notebook) if notebook.nbformat < 4 else notebook
    except Exception as problem:  # whatever a broken file raises, it is one sentence
        raise GradingError(
            gettext(
                "%(name)s in release/%(lesson)s cannot be read: %(problem)s",
                name=path.name,
                lesson=lesson,
                problem=problem,
            )
        ) from problem
    cells = tuple(_cell(cell, kept) for cell in notebook.cells)
    here = {cell.grade_id for cell in cells}
    lost = [grade_id for grade_id, entry in kept.items() if entry["points"] and grade_id not in here]
    if lost:
        raise GradingError(
            gettext(
                "%(name)s in release/%(lesson)s and the gradebook differ (%(lost)s). Release the "
                "lesson again.",
                name=path.name,
                lesson=lesson,
                lost=", ".join(lost),
            )
        )
    language = notebook.metadata.get("kernelspec", {}).get("language") or "python"
    return Master(name, cells, language.lower())


def _cell(cell: NotebookNode, kept: Mapping[str, Any]) -> MasterCell:
    if "nbgrader" in cell.metadata:
        cell = MetadataValidator().upgrade_cell_metadata(cell)
    told = cell.metadata.get("nbgrader") or {}
    grade_id = told.get("grade_id")
    entry = kept.get(grade_id) if grade_id else None
    plain = MasterCell(cell.cell_type, cell.source, cell.source, dict(cell.metadata), id=cell.get("id"))
    if entry is None:  # an ordinary cell, or one the gradebook knows nothing of
        return plain
    solution, grade, task = (bool(told.get(name)) for name in ("solution", "grade", "task"))
    return MasterCell(
        cell_type=entry["cell_type"] or cell.cell_type,
        source=cell.source if solution or entry["source"] is None else entry["source"],
        shown=cell.source,
        metadata=dict(cell.metadata),
        grade_id=grade_id,
        id=cell.get("id"),
        grade=grade,
        solution=solution,
        locked=(grade or bool(told.get("locked"))) and not solution,
        task=task,
        points=float(entry["points"] or 0.0),
    )


def without_hidden(source: str) -> str:
    """Give a test's text as learners may see it."""
    cell = NotebookNode(cell_type="code", source=source, metadata={}, outputs=[])
    try:
        ClearHiddenTests(enforce_metadata=False).preprocess_cell(cell, {}, 0)  # pyright: ignore[reportArgumentType]
    except RuntimeError:  # an unclosed region: show nothing of it
        return "# This test is not shown."
    return cell.source


def _settings(course_dir: Path) -> list[Path]:
    """Return what nbgrader would run in a course folder as its settings."""
    return [path for path in map(course_dir.joinpath, SETTINGS) if path.is_symlink() or path.is_file()]


def generate(course_dir: Path, lesson: str) -> None:
    """Build the learners' version and the gradebook's entry of a lesson that was never released.

    nbgrader runs the folder's settings and the lesson's code, so it gets a sandbox with this folder only.

    Raises
    ------
    GradingError
        If no sandbox works here, or nbgrader cannot build it; with nbgrader's last words.
    """
    if not (course_dir / "source" / lesson).is_dir():
        raise GradingError(
            gettext(
                "The lesson %(lesson)r is neither in the gradebook nor in source/ of %(name)s. "
                "Release it first: senolab course release %(name)s %(lesson)s",
                lesson=lesson,
                name=course_dir.name,
            )
        )
    state = sandbox.available()
    if not state.ok:
        raise GradingError(
            gettext(
                "The lesson %(lesson)r cannot be built from source/. %(why)s %(mend)s",
                lesson=lesson,
                why=state.why,
                mend=state.mend,
            )
        )
    settings = _settings(course_dir)
    argv = [sys.executable, "-m", "nbgrader", "generate_assignment", lesson, "--create", "--force"]
    done = sandbox.run(
        [*argv, f"--CourseDirectory.root={INSIDE}"],
        mounts=[
            sandbox.Mount(course_dir, INSIDE, writable=True),
            *(sandbox.Mount(path, f"{INSIDE}/{path.name}") for path in settings),
        ],
        limits=sandbox.Limits(wall_seconds=900, memory=4 << 30),
        env={"PYTHONDONTWRITEBYTECODE": "1"},
        cwd=INSIDE,
        user="release",
    )
    for path in set(_settings(course_dir)) - set(settings):
        path.unlink()  # the lesson's code left it, for whoever runs nbgrader here next
    if done.returncode or done.reason:
        last = (done.complaint.strip() or f"it was stopped ({done.reason})").splitlines()[-1]
        raise GradingError(
            gettext(
                "The lesson %(lesson)r could not be built from source/: %(last)s", lesson=lesson, last=last
            )
        )
