"""What marking one submission gives."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from senolab.words import marked

# What a teacher should look at. The words say what happened; the flag is for sorting.
FLAGS = {
    "damaged": marked("The notebook was damaged and has been mended."),
    "failed": marked("Marking was broken off; nothing was written."),
    "form-unknown": marked("The campus did not say which form this learner read; form A was taken."),
    "late": marked("Handed in late."),
    "missing": marked("No notebook was found."),
    "not-run": marked("The code could not be run."),
    "stopped": marked("The learner's code stopped the program it ran in, or ran out of time or memory."),
    "tampered": marked("The tests were switched off by the learner's code."),
    "unreadable": marked("The notebook cannot be read."),
    "untrusted": marked("The record was changed after it was written."),
}


class GradingError(Exception):
    """A submission or a course cannot be graded; the message is a sentence for a person."""


@dataclass(frozen=True)
class ItemMark:
    """The mark of one question.

    Attributes
    ----------
    question
        The question's id, nbgrader's grade_id.
    score
        Points, or None while a teacher's mark is awaited.
    max_score
        Points there are.
    manual
        True where a teacher decides.
    words
        Sentences for the learner; never the source of a test.
    kind
        The kind of a campus question; "code" or "written" for the cells of any nbgrader course, "task".
    notebook
        Name of the notebook it stands in.
    answer
        The learner's answer as plain text, for the page and for seeing whether it changed.
    answered
        False where the learner gave no answer at all.
    """

    question: str
    score: float | None
    max_score: float
    manual: bool
    words: str
    kind: str = ""
    notebook: str = ""
    answer: str = ""
    answered: bool = True


@dataclass(frozen=True)
class Marked:
    """The marks of one submission.

    Attributes
    ----------
    auto_score, max_score
        Points given without a teacher, and all the points there are.
    needs_manual
        True while a teacher's mark is awaited.
    flags
        Names in `FLAGS`.
    words
        Sentences for the teacher and the learner: what was mended, what went wrong.
    """

    learner: str
    lesson: str
    auto_score: float
    max_score: float
    needs_manual: bool
    flags: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    items: tuple[ItemMark, ...] = ()
    form: str = ""
    version: int = 0

    def plain(self) -> dict[str, Any]:
        """Return what the command line tells of it."""
        names = ("learner", "auto_score", "max_score", "needs_manual", "flags", "words")
        plain = asdict(self)
        return {name: list(plain[name]) if name in {"flags", "words"} else plain[name] for name in names}


@dataclass
class Findings:
    """Flags and sentences gathered on the way; each is kept once, in the order found."""

    flags: dict[str, None] = field(default_factory=dict)
    words: dict[str, None] = field(default_factory=dict)

    def add(self, words: str | Iterable[str], *flags: str) -> None:
        """Keep one or more sentences and the flags that go with them."""
        for sentence in [words] if isinstance(words, str) else words:
            self.words[sentence] = None
        for flag in flags:
            self.flags[flag] = None


def items_json(items: Iterable[ItemMark]) -> str:
    """Write items as the audit row keeps them."""
    return json.dumps([asdict(item) for item in items], ensure_ascii=False)


def items_from(text: str) -> tuple[ItemMark, ...]:
    """Read items from an audit row."""
    return tuple(ItemMark(**entry) for entry in json.loads(text))
