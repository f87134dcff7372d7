"""Marking by hand: one learner at a time, with the rubric beside, with or without names."""

from dataclasses import dataclass
from typing import Any

from senolab.grading.book import Place
from senolab.grading.hand import Answer, fingerprint
from senolab.words import gettext, marked

from .refusal import RefusedError
from .web import Page

LONGEST_COMMENT = 5000  # characters


@dataclass(frozen=True)
class Sheet:
    """One learner's hand-in; `handle` names the learner without naming her, `waits` for a teacher's mark."""

    handle: str
    learner: str
    waits: bool


class Hand(Page):
    """Shows one learner's free answers and takes points and a comment for each."""

    async def get(self, course: str, lesson: str) -> None:
        """Show a learner: the one named, else the first who waits."""
        self.teaches(course)
        sheets = await self.aside(self._sheets, course, lesson)
        place = self._place(sheets, self.get_query_argument("of", ""))
        self._show(course, lesson, sheets, place, problems=[], typed={})

    async def post(self, course: str, lesson: str) -> None:
        """Keep the marks and go on to the next who waits."""
        self.teaches(course)
        self.campus.pace.take(self.me.name, "read")
        sheets = await self.aside(self._sheets, course, lesson)
        handle = self.get_body_argument("of", "")
        place = next((i for i, sheet in enumerate(sheets) if sheet.handle == handle), None)
        if place is None:
            raise RefusedError(marked("This answer is not here any more. Reload the list."), status=404)
        typed = {name: self.get_body_argument(name, "") for name in self.request.body_arguments}
        answers = self.campus.marking.by_hand(course, lesson, sheets[place].learner)
        given, problems = self._read(answers, typed)
        shown, learner = self.get_body_argument("shown", ""), sheets[place].learner
        if problems:
            moved = shown != fingerprint(answers)
        else:
            moved = not await self.aside(self._keep, course, lesson, learner, given, shown)
        if moved:
            sentence = gettext(
                "This has changed since you opened the page: the learner handed in again, or another teacher"
                " marked her. Nothing was saved. Read it as it is now, and save again what you have typed."
            )
            problems = [("marks", sentence)]
        if problems:
            self.set_status(409 if moved else 422)
            self._show(course, lesson, sheets, place, problems=problems, typed=typed)
            return
        after = [*sheets[place + 1 :], *sheets[:place]]
        following = next((sheet for sheet in after if sheet.waits), None)
        query = f"?blind={int(self._blind())}&said=saved"
        query += f"&of={following.handle}" if following else "&all=1"
        self.redirect(self.address("teach", course, lesson, "hand") + query)

    def _sheets(self, course: str, lesson: str) -> list[Sheet]:
        """Return every marked hand-in of the lesson, in an order that hides or shows names."""
        marks = self.campus.marking.marks(course)
        sheets = [
            Sheet(self.campus.keyring.receipt("hand", course, lesson, learner), learner, mark.needs_manual)
            for (learner, of), mark in marks.items()
            if of == lesson
        ]
        # Sorted by handle, the order tells nothing about who it is.
        name_of = self.campus.names.of
        return sorted(
            sheets, key=lambda sheet: sheet.handle if self._blind() else name_of(sheet.learner).casefold()
        )

    def _blind(self) -> bool:
        return self.get_argument("blind", "0") == "1"

    def _place(self, sheets: list[Sheet], handle: str) -> int:
        named = [i for i, sheet in enumerate(sheets) if sheet.handle == handle]
        waiting = [i for i, sheet in enumerate(sheets) if sheet.waits]
        return (named or waiting or [0])[0]

    def _read(
        self, answers: tuple[Answer, ...], typed: dict[str, str]
    ) -> tuple[dict[Place, tuple[float, str]], list[tuple[str, str]]]:
        """Return points and comments by place, and what is wrong as pairs of field and sentence."""
        given, problems = {}, []
        for number, answer in enumerate(answers, start=1):
            points, comment = (
                typed.get(f"points-{number}", "").strip(),
                typed.get(f"comment-{number}", "").strip(),
            )
            score = _points(points)
            if score is None or not 0 <= score <= answer.max_score:
                most = self.words.number(answer.max_score)
                sentence = gettext(
                    "Answer %(number)s: give points from 0 to %(most)s.", number=number, most=most
                )
                problems.append((f"points-{number}", sentence))
            elif len(comment) > LONGEST_COMMENT:
                sentence = gettext("Answer %(number)s: the comment is too long.", number=number)
                problems.append((f"comment-{number}", sentence))
            else:
                given[answer.place] = (score, comment)
        return given, problems

    def _keep(
        self, course: str, lesson: str, learner: str, given: dict[Place, tuple[float, str]], shown: str
    ) -> bool:
        marking = self.campus.marking
        return marking.set_by_hand(course, lesson, learner, given, by=self.me.name, shown=shown)

    def _show(self, course: str, lesson: str, sheets: list[Sheet], place: int, **values: Any) -> None:
        release = self.campus.releases.one(course, lesson)
        sheet = None if not sheets or self.get_query_argument("all", "") == "1" else sheets[place]
        answers = self.campus.marking.by_hand(course, lesson, sheet.learner) if sheet else ()
        self.page(
            "hand.html",
            course=course,
            lesson=lesson,
            release=release,
            sheets=sheets,
            place=place,
            sheet=sheet,
            answers=answers,
            shown=fingerprint(answers),
            blind=self._blind(),
            name_of=self.campus.names.of,
            rubrics=self._rubrics(release),
            said=self.get_query_argument("said", "") == "saved",
            **values,
        )

    def _rubrics(self, release: Any) -> dict[str, dict[str, str]]:
        """Return ask and rubric of each question, for whoever teaches the course."""
        keys = self.campus.releases.keys(release).get("questions") or {}
        found: dict[str, dict[str, str]] = {}
        for name, question in release.questions.items():
            key = next(iter((keys.get(name) or {}).values()), {})
            rubric = key.get("rubric") if isinstance(key, dict) else None
            found[name] = {"ask": str(question.get("ask") or name), "rubric": _lines(rubric)}
        return found


def _lines(rubric: Any) -> str:
    """Return a rubric as it is read; in releases of before, one may be a list of anything."""
    if isinstance(rubric, list):
        return "\n".join(_lines(entry) for entry in rubric)
    if isinstance(rubric, dict):  # "- 1 point: why", not in quotes
        return "\n".join(f"{name}: {_lines(text)}" for name, text in rubric.items())
    return "" if rubric is None else str(rubric)


def _points(text: str) -> float | None:
    """Read points as typed, with a point or a comma."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if abs(value) < 1e9 else None  # nan is not below anything


ROUTES = [(r"teach/([^/]+)/([^/]+)/hand", Hand)]
