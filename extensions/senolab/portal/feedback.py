"""The feedback page's content: total, cases with what was there, question by question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from senolab.words import gettext, marked, ngettext

from .book import Commit
from .marking import Line, Report
from .progress import Standing
from .releases import Release
from .words import Words

if TYPE_CHECKING:
    from .web import Frame

SMALLEST_FILM = (180.0, 240.0)  # mm; a sketch is at least as large as a small detector
MOST_DRAWN = 100  # shapes in a sketch
# What a learner reads of a flag of the marking room; files and their parts are her teacher's business.
_REMARKS = {
    "damaged": marked(
        "A part of what you handed in was damaged. It was mended as far as that could be done."
    ),
    "failed": marked("Your work could not be marked yet. Your teacher sees that."),
    "form-unknown": marked(
        "It is not certain which images you had before you. Ask your teacher to look at your points."
    ),
    "late": marked("You handed in after the last day."),
    "missing": marked(
        "A part of the lesson did not come with what you handed in. It counts as not answered."
    ),
    "not-run": marked("Some of your code could not be run. Ask your teacher to look at your points."),
    "stopped": marked("Some of your code broke off or took too long. The rest was marked."),
    "tampered": marked("Some checks of your code had been switched off. They earn no points."),
    "unreadable": marked("A part of what you handed in could not be read. Ask your teacher what to do."),
    "untrusted": marked("Your answers were changed after they were kept. Your teacher sees that."),
}


@dataclass(frozen=True)
class Item:
    """One question with its answer and what is said: of this answer, or of an `earlier` one."""

    ask: str
    answer: str
    words: tuple[str, ...]
    score: float = 0.0
    max_score: float = 0.0
    waiting: bool = False
    comment: str = ""
    earlier: bool = False


@dataclass(frozen=True)
class CaseSheet:
    """One case: what the learner marked and what was there, in mm from the image's upper left corner."""

    title: str
    sentence: str
    items: tuple[Item, ...]
    marks: tuple[Mapping[str, Any], ...] = ()
    findings: tuple[Mapping[str, Any], ...] = ()
    boxes: tuple[Mapping[str, Any], ...] = ()
    views: tuple[str, ...] = ()
    width: float = SMALLEST_FILM[0]
    height: float = SMALLEST_FILM[1]


@dataclass(frozen=True)
class Feedback:
    """Everything that the page shows; `remarks` are for the learner, `repairs` for her teacher alone."""

    score: float
    max_score: float
    waiting: int
    items: tuple[Item, ...]
    cases: tuple[CaseSheet, ...]
    remarks: tuple[str, ...] = field(default=())
    repairs: tuple[str, ...] = field(default=())

    @property
    def may_fall(self) -> bool:
        """Whether points count that a teacher may take back, having read another answer."""
        return any(item.earlier for item in self.items)


def feedback_of(page: "Frame", standing: Standing, learner: str) -> Feedback | None:
    """Return the feedback on a learner's hand-in in the reader's words; None while there is none."""
    current, campus = standing.release, page.campus
    if standing.handin is None or standing.state not in {"marked", "reopened"} or standing.mark is None:
        return None
    report = campus.marking.report(current.course, current.lesson, learner)
    if report is None:
        return None
    commits = campus.book.commits(learner, current.course, current.lesson)
    return sheet(current, report, commits, page.words, late=standing.is_late)


def sheet(
    release: Release, report: Report, commits: Sequence[Commit], words: Words, *, late: bool = False
) -> Feedback:
    """Put a hand-in's feedback together from the release, the marks and the campus's own stamps."""
    flags = dict.fromkeys([*report.flags, "late"] if late else report.flags)
    shown = [line for line in report.lines if line.max_score or line.comment]
    return Feedback(
        score=report.score,
        max_score=report.max_score,
        waiting=sum(line.score is None or line.review for line in shown),
        items=tuple(_item(line) for line in shown),
        cases=tuple(_case(release, commit, words) for commit in commits if commit.case_id in release.cases),
        remarks=tuple(gettext(_REMARKS[flag]) for flag in flags if flag in _REMARKS),
        repairs=report.repairs,
    )


def said(question: Mapping[str, Any], value: Any, words: Words) -> str:
    """Return an answer as a person reads it."""
    kind = question.get("kind")
    if kind == "probability":
        return gettext("%(percent)s %%", percent=words.number(value, 0))
    if kind == "mark":
        count = len(value)
        if not count:
            return gettext("No finding")
        return ngettext("%(count)s mark", "%(count)s marks", count)
    if kind == "threshold":
        return f"{words.number(value)} {question.get('unit') or ''}".strip()
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return words.number(value) if isinstance(value, int | float) else str(value)


def _item(line: Line) -> Item:
    return Item(
        ask=line.ask or line.question,
        answer=line.answer,
        words=(line.words,) if line.words else (),
        score=line.score or 0.0,
        max_score=line.max_score,
        waiting=line.score is None or line.review,
        comment=line.comment,
        earlier=line.review,
    )


def _case(release: Release, commit: Commit, words: Words) -> CaseSheet:
    case, questions = release.cases[commit.case_id], release.questions
    items, marks = [], []
    for name, value in commit.answers.items():
        question = questions.get(name, {})
        told = str((commit.marks.get(name) or {}).get("words") or "")
        items.append(
            Item(str(question.get("ask") or name), said(question, value, words), (told,) * bool(told))
        )
        marks += value if question.get("kind") == "mark" else []
    prompt = commit.reveal.get("prompt") or {}
    findings = [_outlined(finding) for finding in commit.reveal.get("findings") or ()][:MOST_DRAWN]
    boxes = list(prompt.get("boxes") or ())[:MOST_DRAWN]
    width, height = _film(marks, findings, boxes)
    return CaseSheet(
        title=str(case.get("title") or commit.case_id),
        sentence=str(commit.reveal.get("sentence") or gettext("What was there is not kept for this case.")),
        items=tuple(items),
        marks=tuple(marks),
        findings=tuple(findings),
        boxes=tuple(boxes),
        views=_views({thing["view"] for thing in (*marks, *findings, *boxes)}),
        width=width,
        height=height,
    )


def _views(shown: set[str]) -> tuple[str, ...]:
    """Return the views to sketch: the four of a screening exam as they hang, then any others."""
    standard = ("RCC", "LCC", "RMLO", "LMLO")
    return (*standard, *sorted(shown - set(standard))) if shown else ()


def _outlined(finding: Mapping[str, Any]) -> dict[str, Any]:
    """Add the outline as the points of a polygon."""
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in finding.get("outline_mm") or ())
    label = finding.get("label") or finding.get("id") or ""
    return {**finding, "path": path, "label": str(label)}


def _film(
    marks: Sequence[Mapping[str, Any]],
    findings: Sequence[Mapping[str, Any]],
    boxes: Sequence[Mapping[str, Any]],
) -> tuple[float, float]:
    """Return width and height (mm) of a sketch that holds everything."""
    points = [(thing["x_mm"], thing["y_mm"]) for thing in (*marks, *findings)]
    points += [(box["x1_mm"], box["y1_mm"]) for box in boxes]
    points += [(x, y) for finding in findings for x, y in finding.get("outline_mm") or ()]
    across = max((x for x, _ in points), default=0.0)
    down = max((y for _, y in points), default=0.0)
    return max(SMALLEST_FILM[0], across + 10), max(SMALLEST_FILM[1], down + 10)
