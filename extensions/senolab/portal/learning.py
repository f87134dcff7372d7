"""The pages of learners: courses, a lesson, feedback, receipts."""

from typing import Any

from senolab.lessons.names import NameRefusedError
from senolab.words import marked

from . import notices
from .desk import Desk
from .feedback import feedback_of
from .progress import Standing
from .refusal import RefusedError
from .web import Page

# What a learner can still do something about, the most pressing first.
_OPEN = ("reopened", "in-progress", "not-started")


class Home(Page):
    """All courses of a person as task lists."""

    async def get(self) -> None:
        """Show the page."""
        courses = await self.aside(self._courses)
        standings = [standing for course in courses for standing in course["standings"]]
        self.page(
            "home.html",
            courses=courses,
            next=next_step(standings),
            missed=missed(standings),
            notices=self._notices(),
        )

    def _courses(self) -> list[dict[str, Any]]:
        desk, releases = Desk(self.campus), self.campus.releases
        return [
            {
                "id": course,
                "title": releases.course_title(course),
                "summary": releases.about(course).summary,
                "standings": desk.standings(self.me.name, course, releases.lessons(course)),
            }
            for course in sorted(self.me.learns)
        ]

    def _notices(self) -> list[notices.Notice]:
        try:
            path = self.campus.shelf.notices(self.me.name)
        except NameRefusedError:
            return []
        return notices.read(path, dismissed=self.campus.book.dismissed(self.me.name))


class Dismiss(Page):
    """Takes a notice away."""

    def post(self) -> None:
        """Remember the dismissal and go back to the courses."""
        notice = self.get_body_argument("notice", "")
        if not 0 < len(notice) <= 64:
            raise RefusedError(marked("There is no such notice."), status=400)
        self.campus.book.dismiss(self.me.name, notice)
        self.redirect(self.address(""))


class LessonPage(Page):
    """One lesson: what it is about, where the learner stands, what she handed in."""

    async def get(self, course: str, lesson: str) -> None:
        """Show the page."""
        self.learns(course)
        release = self.campus.releases.one(course, lesson)
        standing = (await self.aside(Desk(self.campus).standings, self.me.name, course, [release]))[0]
        self.page(
            "lesson.html", standing=standing, handins=self.campus.book.handins(course, lesson, self.me.name)
        )


class FeedbackPage(Page):
    """What became of a hand-in."""

    async def get(self, course: str, lesson: str) -> None:
        """Show the page."""
        self.learns(course)
        release = self.campus.releases.one(course, lesson)
        standing = (await self.aside(Desk(self.campus).standings, self.me.name, course, [release]))[0]
        told = await self.aside(feedback_of, self, standing, self.me.name)
        self.page("feedback.html", standing=standing, feedback=told)


class Receipt(Page):
    """The proof of a hand-in, for the learner and for the course's teachers."""

    async def get(self, code: str) -> None:
        """Show the page."""
        found = self.campus.book.receipt(code)
        if found is None or not (found.learner == self.me.name or found.course in self.me.teaches):
            raise RefusedError(marked("There is no such receipt, or it is not yours."), status=404)
        handins = self.campus.book.handins(found.course, found.lesson, found.learner)
        try:
            title = self.campus.releases.one(found.course, found.lesson, found.version).title
            release = self.campus.releases.one(found.course, found.lesson)
        except RefusedError:  # lost: what was handed in was handed in all the same
            title, standing = found.lesson, None
        else:
            about = (found.learner, found.course, [release])
            standing = (await self.aside(Desk(self.campus).standings, *about))[0]
        self.page(
            "receipt.html",
            handin=found,
            title=title,
            due=standing.release.due if standing else None,
            late=standing is not None and standing.late(found),
            name=self.campus.names.of(found.learner),
            current=handins[-1].id == found.id,
        )


def next_step(standings: list[Standing]) -> Standing | None:
    """Return the lesson to go on with: what is reopened or begun first, then what is due first."""
    able = [one for one in standings if one.state in _OPEN and not one.closed]
    return min(able, key=lambda one: (_OPEN.index(one.state), one.release.due or "9999"), default=None)


def missed(standings: list[Standing]) -> list[Standing]:
    """Return the lessons that were not handed in and cannot be any more."""
    return [one for one in standings if one.state in _OPEN and one.closed]


ROUTES = [
    (r"", Home),
    (r"notices/dismiss", Dismiss),
    (r"course/([^/]+)/lesson/([^/]+)", LessonPage),
    (r"course/([^/]+)/lesson/([^/]+)/feedback", FeedbackPage),
    (r"receipt/([A-Z0-9-]{1,32})", Receipt),
]
