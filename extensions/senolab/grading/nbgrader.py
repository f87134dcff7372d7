"""`nbgrader autograde` in a Senolab course uses our engine.

A course's ``nbgrader_config.py`` says::

    from senolab.grading.nbgrader import configure
    configure(c)

and the command line, the API and formgrader's button then mark through `grade`.
"""

import glob
from pathlib import Path
from typing import Any

import nbgrader.apps.api
import nbgrader.apps.autogradeapp
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException

from senolab.grading.lesson import prepare
from senolab.grading.marked import GradingError
from senolab.grading.marking import grade_prepared


class SenolabAutograde(Autograde):
    """nbgrader's converter with our engine in its place.

    A submission that has not changed is not marked again, with or without ``--force``: the marks would
    be the same. Settings of nbgrader's preprocessors have no effect here.
    """

    def init_notebooks(self) -> None:
        """Find the submissions asked for."""
        course: Any = self.coursedir
        wanted = self._format_source(course.assignment_id, course.student_id)
        excluded = set((course.student_id_exclude or "").split(","))
        # the names may be nbgrader's patterns: "*" for all learners
        folders = [Path(found) for found in sorted(glob.glob(wanted)) if Path(found).is_dir()]  # noqa: PTH207
        self.assignments = {str(path): [] for path in folders if path.parent.name not in excluded}
        self.notebooks = []
        if not self.assignments:
            self._refuse(f"No submissions were matched by '{wanted}'")

    def convert_notebooks(self) -> None:
        """Mark each submission; what is wrong with one is told and stops no other."""
        course: Any = self.coursedir
        lessons: dict[str, Any] = {}
        troubled = []
        for folder in map(Path, self.assignments):
            learner, lesson = folder.parent.name, folder.name
            try:
                if lesson not in lessons:
                    lessons[lesson] = prepare(Path(course.root), lesson)
            except GradingError as problem:
                self._refuse(str(problem))
            done = grade_prepared(lessons[lesson], learner)
            told = f"{done.auto_score:g} of {done.max_score:g}" + (" so far" if done.needs_manual else "")
            self.log.info("Autograded %s for %s: %s", lesson, learner, told)
            for words in done.words:
                self.log.warning("%s, %s: %s", learner, lesson, words)
            if {"failed", "unreadable", "not-run"} & set(done.flags):
                troubled.append(learner)
        if troubled:
            self._refuse(f"{', '.join(troubled)} could not be marked whole; see the words above.")

    def _refuse(self, words: str) -> None:
        self.log.error(words)
        raise NbGraderException(words)


def configure(_config: Any = None) -> None:
    """Make nbgrader use our engine in this process; takes the configuration being read."""
    nbgrader.apps.autogradeapp.Autograde = SenolabAutograde  # pyright: ignore[reportAttributeAccessIssue]
    nbgrader.apps.api.Autograde = SenolabAutograde  # pyright: ignore[reportAttributeAccessIssue]
