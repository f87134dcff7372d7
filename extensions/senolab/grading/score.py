"""Points: of the answers in a record, and of the tests that were run.

Answers are compared with their keys here, in a process that never runs a learner's code.
"""

import ast
import builtins
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from senolab import record
from senolab.grading.keyed import Version
from senolab.grading.marked import Findings, ItemMark
from senolab.grading.master import MasterCell
from senolab.grading.mend import Part
from senolab.grading.run import Ran
from senolab.metrics import answers
from senolab.words import gettext, number

Judge = Callable[[str, str, int], Version]  # question, form and version handed in: what judges the answer
Asked = Callable[[str, int], Mapping[str, Any]]  # question and version handed in: how it was asked
MAX_TEXT = 100_000  # characters of a text answer


def data_items(
    release: Mapping[str, Any],
    judge: Judge,
    asked: Asked,
    acts: Iterable[record.Act],
    stamps: Sequence[record.Act],
    *,
    form: str,
    version: int,
    findings: Findings,
) -> list[ItemMark]:
    """Mark every question of a release.

    Parameters
    ----------
    release
        release.json.
    judge
        Gives the version whose question and key an answer is judged by. A stamped answer was given in the
        version of its stamp, every other in `version`.
    asked
        Gives the question as it was asked there: a corrected key must not change what could be answered.
    acts, stamps
        The learner's record, not trusted, and the campus's own commits.
    form
        Which form the learner read, by the campus's word.
    """
    questions = {question["id"]: question for question in release["questions"]}
    cases = {name: case["questions"] for name, case in (release.get("cases") or {}).items()}
    given = record.answers(acts, stamps=stamps, cases=cases)
    # a stamp says which version and form were read; a record's own word on that counts for nothing
    stamped = {act.case: act for act in stamps if act.kind == "commit" and act.case is not None}
    scored: dict[str, answers.Scored] = {}

    def score(name: str, path: tuple[str, ...] = ()) -> answers.Scored:
        if name not in scored:
            scored[name] = _score(questions[name], name, path)
        return scored[name]

    def _score(question: Mapping[str, Any], name: str, path: tuple[str, ...]) -> answers.Scored:
        stamp = stamped.get(question.get("case") or "")
        number, letter = (stamp.version, stamp.form) if stamp else (version, form)
        if question["kind"] == "tally":
            inner = [
                part for part in question.get("of") or () if part in questions and part not in (*path, name)
            ]
            parts = [score(part, (*path, name)) for part in inner]
            return answers.score("tally", {}, None, parts)
        value = given[name].value if name in given else None
        judging = judge(name, letter, number)
        question, key = judging.question(name) or question, judging.key(name, letter)
        if question["kind"] == "text":
            return _text_scored(value)
        if key is None:
            findings.add(
                gettext(
                    "The question %(name)r has no key for form %(letter)s; mark it by hand.",
                    name=name,
                    letter=letter,
                )
            )
            return answers.Scored(0.0, gettext("A teacher marks this answer."), by_hand=True)
        several = asked(name, number).get("multiple")
        return answers.score(question["kind"], key, _limited(question, value), multiple=several)

    return [_item(question, score(name), given.get(name)) for name, question in questions.items()]


def _limited(question: Mapping[str, Any], value: Any) -> Any:
    """Take no more marks than the question allows."""
    most = question.get("max_marks")
    return value[:most] if question["kind"] == "mark" and most and isinstance(value, list) else value


def _text_scored(value: Any) -> answers.Scored:
    if not isinstance(value, str) or not value.strip():
        return answers.Scored(0.0, gettext("Not answered."))
    return answers.score("text", {}, value)


def _item(question: Mapping[str, Any], scored: answers.Scored, act: record.Act | None) -> ItemMark:
    points = float(question.get("points") or 0.0)
    score = None if scored.by_hand else round(scored.fraction * points, 6)
    text = "" if act is None else answer_text(question, act.value)
    given = question["kind"] == "tally" or (act is not None and act.value is not None)
    return ItemMark(
        question["id"],
        score,
        points,
        scored.by_hand,
        scored.words,
        question["kind"],
        answer=text,
        answered=given and (question["kind"] != "text" or bool(text.strip())),
    )


def answer_text(question: Mapping[str, Any], value: Any) -> str:
    """Write an answer in words, for a page and for a teacher."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value[:MAX_TEXT]
    if question["kind"] == "mark" and isinstance(value, list):
        return "; ".join(_mark_text(mark) for mark in value[:50]) or gettext("no finding")
    if question["kind"] == "choice" and isinstance(value, list):
        return ", ".join(str(one)[:500] for one in value[:50])
    ordinary = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12
    shown = number(value, 4) if ordinary else json.dumps(value)[:500]
    if question["kind"] == "probability":
        return gettext("%(percent)s %%", percent=shown)
    return f"{shown} {question.get('unit') or ''}".rstrip()


def _mark_text(mark: Any) -> str:
    try:
        place = {
            "view": str(mark["view"])[:20],
            "x": number(float(mark["x_mm"]), 1, least=1),
            "y": number(float(mark["y_mm"]), 1, least=1),
        }
        if "rating" not in mark:
            return gettext("%(view)s %(x)s mm, %(y)s mm", **place)
        return gettext(
            "%(view)s %(x)s mm, %(y)s mm (%(rating)s %% sure)", rating=int(mark["rating"]), **place
        )
    except (TypeError, KeyError, ValueError, ArithmeticError):
        return gettext("a mark that cannot be read")


def code_item(part: Part, ran: Ran | None, findings: Findings, *, refused: bool = False) -> ItemMark:
    """Mark one graded part of any nbgrader notebook by nbgrader's rules, but for its rule on warnings.

    A test earns all its points if it ran to its end, the value of its last expression if that is a
    number, nothing if it failed. What it wrote to standard error costs nothing. Where this machine could
    not run anything (`refused`), a teacher decides.
    """
    master = part.master
    if master is None:
        raise ValueError("a part that the learner added has no mark")
    item = (master.grade_id or "", master.points)
    if master.manual:
        return _manual_item(part, master)
    if refused and ran is None:
        findings.add([], "not-run")
        words = gettext("This could not be run; a teacher marks it, or has it run again.")
        return ItemMark(item[0], None, item[1], True, words, "code")
    if ran is None or ran.status == "not-run":
        findings.add([], "not-run")
        return ItemMark(*_points(item, 0.0), False, gettext("This test could not be run."), "code")
    if not ran.canary:
        findings.add(
            gettext(
                "The test %(item)r was switched off by the learner's code; it earns nothing.", item=item[0]
            ),
            "tampered",
        )
        return ItemMark(
            *_points(item, 0.0), False, gettext("The tests were switched off by this code."), "code"
        )
    if ran.status != "ok":
        return ItemMark(*_points(item, 0.0), False, failure(master, ran), "code")
    score = partial(ran.outputs, master.points)
    words = (
        gettext("Passed.")
        if score >= master.points
        else gettext(
            "Partly right: %(score)s of %(points)s points.", score=number(score), points=number(master.points)
        )
    )
    return ItemMark(*_points(item, score), False, words if score > 0 else gettext("Not right."), "code")


def _points(item: tuple[str, float], score: float) -> tuple[str, float, float]:
    return item[0], score, item[1]


def _manual_item(part: Part, master: MasterCell) -> ItemMark:
    kind = "task" if master.task else "written" if master.cell_type == "markdown" else "code"
    name, points = master.grade_id or "", master.points
    if not part.answered and not master.task:  # as it was given: nothing to read
        return ItemMark(name, 0.0, points, False, gettext("Not answered."), kind, answered=False)
    answer = part.source[:MAX_TEXT] if part.answered else ""
    return ItemMark(
        name, None, points, True, gettext("A teacher reads and marks this answer."), kind, answer=answer
    )


def partial(outputs: Iterable[Mapping[str, Any]], points: float) -> float:
    """Points of a test that ran to its end: all, or the number its last expression gave, 0 to `points`."""
    for output in outputs:
        if output.get("output_type") == "execute_result":
            try:
                value = float(str((output.get("data") or {}).get("text/plain")))
            except ValueError:
                return points  # as nbgrader: no number is no partial credit
            return min(max(value, 0.0), points) if math.isfinite(value) else 0.0
    return points


def failure(master: MasterCell, ran: Ran) -> str:
    """Say how a test failed, in words that show nothing of it but what its author wrote for learners."""
    if ran.ename == "Timeout" or ran.status == "timeout":
        return gettext("Not right: the code did not come to an end in time.")
    if ran.status == "died":
        return gettext("Not right: the code stopped the program it ran in.")
    if ran.ename == "AssertionError":
        message = ran.evalue.strip()
        return (
            gettext("Not right: %(message)s", message=message)
            if message and message in _messages(master.source)
            else gettext("Not right.")
        )
    # a name of the learner's own making could tell what stands in the test
    if ran.ename in _ERRORS:
        return gettext("Not right: the code stopped with %(error)s.", error=ran.ename)
    return gettext("Not right: the code stopped with an error.")


_ERRORS = {
    name
    for name, kind in vars(builtins).items()
    if isinstance(kind, type) and issubclass(kind, BaseException)
}


def _messages(source: str) -> set[str]:
    """Give the messages that a test's own assertions carry."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return set()
    told = [node.msg for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    return {
        node.value.strip() for node in told if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
