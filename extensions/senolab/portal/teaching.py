"""The pages of teachers: lessons, the class, one learner, marking again."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from senolab.grading import edition
from senolab.grading.marked import FLAGS
from senolab.words import gettext, marked, ngettext

from . import drafts
from .desk import Desk
from .feedback import feedback_of
from .handmarks import ROUTES as HAND_ROUTES
from .progress import Standing
from .publishing import ROUTES as PUBLISHING_ROUTES
from .refusal import RefusedError
from .sheet import grades
from .web import Page

LIVE_SECONDS = 1.5  # a class's state is put together once for all who watch
_SAID = {
    "closed": marked("The lesson takes no more hand-ins."),
    "opened": marked("The lesson takes hand-ins again."),
    "reopened": marked("The learner can hand in once more."),
    "regrading": marked("Marking again has begun. The table below follows it."),
    "nothing": marked("Nobody has handed in this lesson yet, so there is nothing to mark."),
}


class CoursePage(Page):
    """A course's lessons and its class."""

    async def get(self, course: str) -> None:
        """Show the page."""
        self.teaches(course)
        releases = self.campus.releases.lessons(course)
        texts = await self.aside(drafts.lessons, self.campus.releases, course)
        standings = await self.aside(_class, self, course)
        said = _SAID.get(self.get_query_argument("said", ""), "")
        wanted = self.get_query_argument("q", "").strip()[:100]
        everyone = _rows(standings, _learners(self, course), self.campus.names.of)
        rows = [row for row in everyone if _matches(row, wanted)]
        jobs = {job.lesson: job for job in reversed(self.campus.releasing.jobs(course))}
        self.page(
            "teach.html",
            course=course,
            texts=texts,
            releases=releases,
            rows=rows,
            wanted=wanted,
            jobs=jobs,
            busy=await self.aside(_being_released, self, course),
            said=gettext(said) if said else "",
            closed=self.campus.book.closed(course),
            dated={one.lesson: Desk(self.campus).dated(one) for one in releases},
            counts=counts(standings),
            summary=_summary(self, course, standings),
            formgrader=self.campus.settings.grader(course),
        )


class CourseState(Page):
    """The state of a class as data, for a page that is being watched."""

    async def get(self, course: str) -> None:
        """Return cells of the table and counts; Tornado answers 304 where nothing has changed."""
        self.teaches(course)
        standings = await self.aside(_class, self, course)
        parts = self.campus.pages.parts(self.at_hand())
        cells = {
            _cell(learner, one.release.lesson): self._told(parts, learner, one)
            for learner, one in standings
            if one.state != "not-started"
        }
        counted = {
            f"{lesson}|{what}": str(parts.counted(what, found)).strip()
            for lesson, found in counts(standings).items()
            for what in ("handed", "marked", "by-hand")
        }
        self.set_header("Cache-Control", "no-cache")
        self.finish({"cells": cells, "counts": counted, "summary": _summary(self, course, standings)})

    def _told(self, parts: Any, learner: str, one: Standing) -> dict[str, str]:
        """Return what a cell shows; its address once there is a page of this learner's work."""
        address = self.address("teach", one.release.course, one.release.lesson, "of", learner)
        return {
            "text": str(parts.outcome(one)).strip(),
            "state": one.state,
            "rank": str(parts.rank(one)).strip(),
            "address": address if one.handin else "",
        }


class LearnerPage(Page):
    """One learner in one lesson, as her teacher sees it."""

    async def get(self, course: str, lesson: str, learner: str) -> None:
        """Show the page."""
        self.teaches(course)
        release = self.campus.releases.one(course, lesson)
        if not self.campus.book.handins(course, lesson, learner):
            raise RefusedError(marked("This learner has not handed in the lesson."), status=404)
        standing = (await self.aside(Desk(self.campus).standings, learner, course, [release]))[0]
        state, words = self.campus.marking.queued(course).get((learner, lesson), ("", ""))
        self.page(
            "learner.html",
            course=course,
            learner=learner,
            name=self.campus.names.of(learner),
            standing=standing,
            handins=self.campus.book.handins(course, lesson, learner),
            problem=words if state == "failed" else "",
            flags=standing.mark.remarks if standing.mark else [],
            late=gettext(FLAGS["late"]) if standing.is_late else "",
            feedback=await self.aside(feedback_of, self, standing, learner),
        )


class LessonAct(Page):
    """What a teacher does with one lesson; each is a form that comes back to the course's page."""

    async def post(self, course: str, lesson: str, act: str) -> None:
        """Do it and go back."""
        self.teaches(course)
        self.campus.pace.take(self.me.name, "work")
        acts: Mapping[str, Callable[[str, str], str]] = {
            "close": self._close,
            "open": self._open,
            "reopen": self._reopen,
            "regrade": self._regrade,
        }
        said = acts[act](course, lesson)
        self.redirect(f"{self.address('teach', course)}?said={said}")

    def _close(self, course: str, lesson: str) -> str:
        self.campus.releases.one(course, lesson)
        self.campus.book.close(course, lesson, by=self.me.name)
        return "closed"

    def _open(self, course: str, lesson: str) -> str:
        self.campus.book.unclose(course, lesson)
        return "opened"

    def _reopen(self, course: str, lesson: str) -> str:
        learner = self.get_body_argument("learner", "")
        if not self.campus.book.handins(course, lesson, learner):
            raise RefusedError(marked("This learner has not handed in the lesson."), status=404)
        self.campus.book.reopen(learner, course, lesson, by=self.me.name)
        return "reopened"

    def _regrade(self, course: str, lesson: str) -> str:
        learner = self.get_body_argument("learner", "") or None
        learners = sorted({one.learner for one in self.campus.book.handins(course, lesson, learner)})
        for one in learners:
            self.campus.marking.put(course, lesson, one, again=True)
        return "regrading" if learners else "nothing"


class Grades(Page):
    """The class as a table for a spreadsheet."""

    async def get(self, course: str) -> None:
        """Return the file."""
        self.teaches(course)
        standings = await self.aside(_class, self, course)
        self.set_header("Content-Type", "text/csv; charset=utf-8")
        self.set_header("Content-Disposition", f'attachment; filename="{course}-grades.csv"')
        self.finish("\ufeff" + grades(standings, self.campus.names.of))


def counts(standings: list[tuple[str, Standing]]) -> dict[str, dict[str, int]]:
    """Return by lesson how many learners stand in each state, and how many wait for a teacher."""
    found: dict[str, dict[str, int]] = {}
    for _, one in standings:
        of_lesson = found.setdefault(one.release.lesson, {})
        of_lesson[one.state] = of_lesson.get(one.state, 0) + 1
        of_lesson["by-hand"] = of_lesson.get("by-hand", 0) + bool(one.mark and one.mark.needs_manual)
    return found


def _class(page: Page, course: str) -> list[tuple[str, Standing]]:
    """Return where the class stands, as pairs of learner and standing; kept for a moment."""
    kept = page.campus.watched.get(course)
    if kept and time.monotonic() - kept[0] < LIVE_SECONDS:
        return kept[1]
    releases = page.campus.releases.lessons(course)
    standings = Desk(page.campus).class_standings(course, releases, _learners(page, course))
    page.campus.watched[course] = (time.monotonic(), standings)
    return standings


def _learners(page: Page, course: str) -> list[str]:
    """Return the class by name: whose account lists the course, and who worked in it."""
    book, names = page.campus.book, page.campus.names
    learners = names.learners(course)
    learners |= {one.learner for one in book.handins(course)} | {who for who, _ in book.opened(course)}
    return sorted(learners, key=lambda name: (names.of(name).casefold(), name))


def _being_released(page: Page, course: str) -> bool:
    """Whether a release is being made that no teacher began here: a start makes the shipped lessons."""
    begun_here = any(job.state == "running" for job in page.campus.releasing.jobs(course))
    return not begun_here and edition.busy(page.campus.shelf.grader(course))


def _rows(
    standings: list[tuple[str, Standing]], learners: list[str], name_of: Callable[[str], str]
) -> list[dict[str, Any]]:
    """Return a row for each learner, also where nothing is released yet."""
    rows = {one: {"learner": one, "name": name_of(one), "cells": []} for one in learners}
    for learner, standing in standings:
        row = rows.setdefault(learner, {"learner": learner, "name": name_of(learner), "cells": []})
        row["cells"].append({"id": _cell(learner, standing.release.lesson), "standing": standing})
    return list(rows.values())


def _matches(row: Mapping[str, Any], wanted: str) -> bool:
    return not wanted or wanted.casefold() in f"{row['name']} {row['learner']}".casefold()


def _cell(learner: str, lesson: str) -> str:
    return f"{learner}|{lesson}"


def _summary(page: Page, course: str, standings: list[tuple[str, Standing]]) -> str:
    """Return in a sentence how far the marking is."""
    handed = sum(one.handin is not None for _, one in standings)
    being = sum(one.state == "being-marked" for _, one in standings)
    by_hand = sum(bool(one.mark and one.mark.needs_manual) for _, one in standings)
    failed = sum(state == "failed" for state, _ in page.campus.marking.queued(course).values())
    parts = [
        ngettext("%(count)s hand-in", "%(count)s hand-ins", handed),
        ngettext("%(count)s being marked", "%(count)s being marked", being),
        ngettext("%(count)s waits for a teacher", "%(count)s wait for a teacher", by_hand),
    ]
    if failed:
        parts.append(ngettext("%(count)s could not be marked", "%(count)s could not be marked", failed))
    return gettext("%(parts)s.", parts=", ".join(parts))


_LESSON = r"teach/([^/]+)/([^/]+)"
ROUTES = [
    (r"teach/([^/]+)", CoursePage),
    (r"teach/([^/]+)/state\.json", CourseState),
    (r"teach/([^/]+)/grades\.csv", Grades),
    (_LESSON + r"/of/([^/]+)", LearnerPage),
    (_LESSON + r"/(close|open|reopen|regrade)", LessonAct),
    *HAND_ROUTES,
    *PUBLISHING_ROUTES,
]
