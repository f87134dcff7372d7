"""Where a learner stands in a lesson, and what she may do next."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from .book import Handin
from .marking import Mark
from .releases import Release

State = Literal["not-started", "in-progress", "handed-in", "being-marked", "marked", "reopened"]


@dataclass(frozen=True)
class Standing:
    """A learner's standing in one lesson.

    Attributes
    ----------
    release
        The release in force, with the due date that counts for this learner.
    done
        Cases that are committed; None where the lesson has no cases.
    mark
        The marks of the hand-in in force, where there are some; never those of one before.
    closed
        Whether a hand-in would be refused.
    settled
        Whether the hand-in in force has its marks, and no teacher has reopened the lesson since. It has
        them also while it is marked again: whoever has read the feedback hands in no better answers.
    """

    release: Release
    state: State
    handin: Handin | None = None
    mark: Mark | None = None
    done: int | None = None
    closed: bool = False
    settled: bool = False

    def late(self, handin: Handin) -> bool:
        """Tell whether a hand-in came after the due date, which is known to the second."""
        return self.release.due is not None and handin.time[:19] > self.release.due[:19]

    @property
    def is_late(self) -> bool:
        """Whether the hand-in in force came after the due date."""
        return self.handin is not None and self.late(self.handin)

    @property
    def open_state(self) -> str:
        """The state as the learner's server knows it."""
        return "handed-in" if self.state == "being-marked" else self.state


def standing(
    release: Release,
    *,
    opened: bool,
    committed: Collection[str],
    handin: Handin | None,
    mark: Mark | None,
    job: str,
    reopened: str | None,
    closed: bool,
) -> Standing:
    """Fold what the campus knows about a learner and a lesson into one state.

    Parameters
    ----------
    committed
        The learner's committed cases; those that the lesson no longer has count nowhere.
    mark
        The newest marks; they may be those of a hand-in before.
    job
        State of the newest job on the queue of markings.
    reopened
        When a teacher reopened the lesson for this learner.
    closed
        Whether the lesson takes no more hand-ins.
    """
    done = len(set(committed) & set(release.cases)) if release.cases else None
    own = mark if handin is not None and mark is not None and mark.is_of(handin) else None
    again = reopened is not None and (handin is None or reopened > handin.time)
    if handin is None:
        state: State = "in-progress" if opened or committed else "not-started"
    elif again:
        state = "reopened"
    elif job in {"waiting", "working"}:
        state = "being-marked"
    else:
        state = "marked" if own is not None else "handed-in"
    settled = own is not None and not again
    return Standing(
        release, state, handin, own, done, closed=settled or (closed and not again), settled=settled
    )
