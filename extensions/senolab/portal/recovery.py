"""What a campus does first: it takes up again what the end of the one before it cut off."""

import logging
from typing import TYPE_CHECKING

from senolab.grading import edition
from senolab.grading.marked import GradingError
from senolab.lessons.names import NameRefusedError
from senolab.lessons.shelf import ShelfError

from . import handin
from .book import latest
from .releases import Releases

if TYPE_CHECKING:
    from .campus import Campus

log = logging.getLogger("senolab.campus")


def recover(campus: "Campus") -> int:
    """Put right what killed releases left, bring back folders of hand-ins, and queue what nobody would mark.

    Returns how many hand-ins were queued.

    A receipt that was given means that the work will be marked, even if the campus was killed before
    it could say so to the marking room.
    """
    queued = 0
    built = {path.parent.name for path in campus.shelf.state.glob("grader/*/nbgrader_config.py")}
    for course in sorted(built | set(campus.book.courses())):
        try:
            queued += _recover_course(campus, course)
        except (GradingError, NameRefusedError, ShelfError, OSError) as problem:  # the other courses go on
            log.error("%s could not be looked through: %s", course, problem)
    if queued:
        log.warning("queued %d hand-ins that were not marked", queued)
    return queued


def _recover_course(campus: "Campus", course: str) -> int:
    edition.settle_all(campus.shelf, course)
    handin.restore(campus.shelf.grader(course) / "submitted")
    # What was released before the gradebook was told when it is due, it is told now, and only once: a date
    # that it was told is a teacher's to take away.
    for release in Releases(campus.shelf, zone=campus.settings.zone).lessons(course):
        edition.note_due(campus.shelf.grader(course), release.lesson, release.due, anew=False)
    taken = latest(campus.book.handins(course))
    marks = campus.marking.marks(course)
    return sum(campus.marking.put_missing(one, marks.get(at)) for at, one in taken.items())
