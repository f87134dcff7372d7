"""The pages on which a teacher checks a lesson's text and releases it."""

from typing import Any

from senolab.words import marked

from . import drafts
from .refusal import RefusedError
from .web import Page


class Check(Page):
    """What is found wanting in the text of a lesson."""

    async def get(self, course: str, lesson: str) -> None:
        """Show the findings."""
        self.teaches(course)
        text = drafts.one(self.campus.releases, course, lesson)
        found = await self.aside(drafts.check, self.campus.releases, course, lesson)
        self.page("check.html", course=course, text=text, findings=found)


class ReleaseStart(Page):
    """Starts a release."""

    async def post(self, course: str, lesson: str) -> None:
        """Start it and show how far it is."""
        self.teaches(course)
        self.campus.pace.take(self.me.name, "work")
        drafts.one(self.campus.releases, course, lesson)
        job = self.campus.releasing.start(course, lesson, by=self.me.name)
        self.redirect(self.address("teach", course, lesson, "release", str(job.id)))


class ReleasePage(Page):
    """How far a release is, and what it said."""

    def get(self, course: str, lesson: str, number: str) -> None:
        """Show the page."""
        self.teaches(course)
        self.page(
            "release.html",
            course=course,
            text=drafts.one(self.campus.releases, course, lesson),
            job=_job(self, course, lesson, number),
        )


class ReleaseState(Page):
    """How far a release is, as data."""

    def get(self, course: str, lesson: str, number: str) -> None:
        """Return it."""
        self.teaches(course)
        job = _job(self, course, lesson, number)
        self.finish(
            {"state": job.state, "done": job.done, "total": job.total, "words": job.words, "log": job.shown}
        )


def _job(page: Page, course: str, lesson: str, number: str) -> Any:
    job = page.campus.releasing.job(int(number))
    if (job.course, job.lesson) != (course, lesson):
        raise RefusedError(marked("There is no such release."), status=404)
    return job


_LESSON = r"teach/([^/]+)/([^/]+)"
ROUTES = [
    (_LESSON + r"/check", Check),
    (_LESSON + r"/release", ReleaseStart),
    (_LESSON + r"/release/(\d{1,9})", ReleasePage),
    (_LESSON + r"/release/(\d{1,9})\.json", ReleaseState),
]
