"""A lesson as it was read: front matter and blocks, in the order of the text."""

import string
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

CodeRole = Literal["plain", "solution", "tests", "locked"]
ProseRole = Literal["answer", "task", "locked"]


@dataclass(frozen=True)
class Text:
    """Prose that the learner reads."""

    line: int
    source: str


@dataclass(frozen=True)
class Code:
    """A block of Python; `id` and `points` where it is an answer, a test or locked."""

    line: int
    role: CodeRole
    source: str
    id: str | None = None
    points: float = 0
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Prose:
    """A region of prose: an answer marked by hand, a task, or locked text."""

    line: int
    role: ProseRole
    source: str
    id: str
    points: float = 0


@dataclass(frozen=True)
class Question:
    """One question answered without code.

    Attributes
    ----------
    public
        What the learner's side gets beside id, kind, ask and points.
    secret
        What stays on the teacher's side: key, hints, why, rubric.
    """

    line: int
    id: str
    kind: str
    ask: str
    points: float = 0
    case: str | None = None
    public: dict[str, Any] = field(default_factory=dict)
    secret: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One exam of the lesson's cohort (`exam` counts from 1) and what is asked about it."""

    line: int
    id: str
    title: str
    exam: int
    questions: tuple[Question, ...]


Block = Text | Code | Prose | Question | Case


@dataclass(frozen=True)
class FrontMatter:
    """What a lesson says about itself."""

    title: str = ""
    minutes: int = 0
    outcomes: tuple[str, ...] = ()
    prerequisites: tuple[str, ...] = ()
    competences: tuple[str, ...] = ()
    cohort: str | None = None
    forms: int = 1
    due: str | None = None  # as written, see `due.written`
    licence: str = ""
    language: str = ""  # of the text, e.g. fr; empty where it is the campus's
    review_status: str = ""
    review_date: str = ""
    lines: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Lesson:
    """One Markdown file, read whole."""

    course: str
    id: str
    path: Path
    front: FrontMatter
    blocks: tuple[Block, ...]

    @property
    def cases(self) -> tuple[Case, ...]:
        """The cases, in order."""
        return tuple(block for block in self.blocks if isinstance(block, Case))

    @property
    def questions(self) -> tuple[Question, ...]:
        """All questions answered without code, those of cases included, in order."""
        found: list[Question] = []
        for block in self.blocks:
            if isinstance(block, Question):
                found.append(block)
            elif isinstance(block, Case):
                found += block.questions
        return tuple(found)

    @property
    def max_points(self) -> float:
        """Points of the whole lesson, code and prose included."""
        graded = [block.points for block in self.blocks if isinstance(block, Code | Prose)]
        return sum(graded) + sum(question.points for question in self.questions)

    @property
    def forms(self) -> tuple[str, ...]:
        """Names of the parallel forms: A, B, ..."""
        return tuple(string.ascii_uppercase[: self.front.forms])
