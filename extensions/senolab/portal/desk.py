"""The desk of the campus: takes hand-ins, and knows where each learner stands."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING

from senolab.lessons.names import NameRefusedError
from senolab.record import Act
from senolab.words import marked

from . import handin
from .book import Handin, latest, now, stamp_id
from .marking import Mark
from .progress import Standing, standing
from .refusal import RefusedError
from .releases import Release

if TYPE_CHECKING:
    from .campus import Campus

_ONE_AT_A_TIME = Lock()  # two hand-ins of one lesson must not swap folders at once; they take milliseconds


class Desk:
    """Takes what learners hand in and folds the book, the queue and the marks into standings."""

    def __init__(self, campus: "Campus"):
        self._campus = campus

    def standings(self, learner: str, course: str, releases: Iterable[Release]) -> list[Standing]:
        """Return where one learner stands in lessons of one course."""
        book = self._campus.book
        handins = latest(book.handins(course, learner=learner))
        folded = self._fold(
            [learner],
            course,
            list(releases),
            committed=book.committed(course, learner=learner),
            handins=handins,
            marks={
                at: mark
                for at in handins
                if (mark := self._campus.marking.mark(course, at[1], learner)) is not None
            },
        )
        return [one for _, one in folded]

    def class_standings(
        self, course: str, releases: Iterable[Release], learners: Iterable[str]
    ) -> list[tuple[str, Standing]]:
        """Return where a whole class stands: learner by learner, lesson by lesson."""
        book = self._campus.book
        return self._fold(
            list(learners),
            course,
            list(releases),
            committed=book.committed(course),
            handins=latest(book.handins(course)),
            marks=self._campus.marking.marks(course),
        )

    def dated(self, release: Release, mark: Mark | None = None) -> Release:
        """Return a release with the due date in force: a teacher may have moved it, or given longer.

        She may have taken it away too: where the gradebook was told the date, what it says now counts.
        """
        due = self._campus.marking.due_dates(release.course).get(release.lesson, release.due)
        if due and mark and mark.extension:
            later = datetime.fromisoformat(due) + mark.extension
            due = later.isoformat(timespec="seconds").replace("+00:00", "Z")
        return release if due == release.due else replace(release, plain={**release.plain, "due": due})

    def take(self, learner: str, release: Release, files: Mapping[str, bytes]) -> Handin:
        """Take a hand-in: put it in its place, write the book, queue it for marking.

        The same files once more get the same receipt, and a marking if they were left without one.
        What stands is read inside the lock: of a doubled click, the second finds what the first did.

        Raises
        ------
        RefusedError
            If the lesson takes no more hand-ins, or this learner's is marked. Until then the newest one
            takes the place of the one before: nothing of its marking is shown while another waits.
        """
        digest = handin.digest(files)
        with _ONE_AT_A_TIME:
            stands = self.standings(learner, release.course, [release])[0]
            taken = stands.handin
            same = taken is not None and (taken.digest, taken.version) == (digest, release.version)
            if taken is None or not same or stands.state == "reopened":
                taken = self._enter(learner, release, files, stands, digest)
        self._campus.marking.put_missing(taken, stands.mark)
        return taken

    def _enter(
        self, learner: str, release: Release, files: Mapping[str, bytes], stands: Standing, digest: str
    ) -> Handin:
        """Put files that are new into their place and write the book."""
        campus, course, lesson, previous = self._campus, release.course, release.lesson, stands.handin
        if stands.settled:
            raise RefusedError(
                marked(
                    "This lesson has been marked. Your teacher can reopen it for you; "
                    "then you can hand it in again."
                ),
                status=409,
            )
        if stands.closed:
            raise RefusedError(
                marked("This lesson takes no more hand-ins. Ask your teacher to reopen it for you."),
                status=409,
            )
        try:
            folder = campus.shelf.submitted(course, learner, lesson)
        except NameRefusedError as problem:
            raise RefusedError(
                marked("The campus cannot keep files under your name. Tell your teacher.")
            ) from problem
        time = now()
        form = campus.keyring.form(learner, course, lesson, release.forms)
        # The first stamp tells the marking room form and version even where no case was committed.
        opened = Act(
            id=stamp_id(digest),
            time=time,
            kind="open",
            lesson=lesson,
            version=release.version,
            form=form,
        )
        stamps = [opened, *(commit.stamp() for commit in campus.book.commits(learner, course, lesson))]
        handin.place(folder, files, stamps=stamps, time=time)
        return campus.book.hand_in(
            time=time,
            learner=learner,
            course=course,
            lesson=lesson,
            version=release.version,
            form=form,
            receipt=campus.keyring.receipt(learner, course, lesson, time, digest),
            digest=digest,
            size=sum(len(data) for data in files.values()),
            attempt=(previous.attempt if previous else 1) + int(stands.state == "reopened"),
        )

    def _fold(
        self,
        learners: list[str],
        course: str,
        releases: list[Release],
        *,
        committed: Mapping[tuple[str, str], Collection[str]],
        handins: Mapping[tuple[str, str], Handin],
        marks: Mapping[tuple[str, str], Mark],
    ) -> list[tuple[str, Standing]]:
        book = self._campus.book
        opened, closed, reopened = book.opened(course), book.closed(course), book.reopened(course)
        queued = self._campus.marking.queued(course)
        found = []
        for learner in learners:
            for release in releases:
                at = (learner, release.lesson)
                one = standing(
                    self.dated(release, marks.get(at)),
                    opened=at in opened,
                    committed=committed.get(at, ()),
                    handin=handins.get(at),
                    mark=marks.get(at),
                    job=queued.get(at, ("", ""))[0],
                    reopened=reopened.get(at),
                    closed=release.lesson in closed,
                )
                found.append((learner, one))
        return found
