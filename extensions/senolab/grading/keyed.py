"""The key that an answer is judged by: the corrected one, unless the question has become another.

A teacher who finds a wrong key amends it, releases again and marks again; what was handed in before then
has to be judged by the key that is right. A question whose exam, options or table have changed is another
question: an answer to it is judged by the key it was given under.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_SAME = ("kind", "case", "table", "unit")  # beside exam and options; words, hints and points may change


@dataclass(frozen=True)
class Version:
    """One version of a lesson: what is in its release.json and its keys.json."""

    release: Mapping[str, Any]
    keys: Mapping[str, Any]

    def question(self, name: str) -> Mapping[str, Any] | None:
        """Return a question as it was released."""
        questions = self.release.get("questions") or ()
        return next((question for question in questions if question["id"] == name), None)

    def exam(self, case: str | None, form: str) -> str | None:
        """Return the exam of a case in a form."""
        exams = ((self.release.get("cases") or {}).get(case or "") or {}).get("exam")
        return exams.get(form) if isinstance(exams, Mapping) else exams

    def key(self, name: str, form: str) -> Mapping[str, Any] | None:
        """Return the key of a question in a form."""
        forms = (self.keys.get("questions") or {}).get(name)
        return forms.get(form) if isinstance(forms, Mapping) else None


def judged_by(name: str, form: str, *, given: Version, current: Version) -> Version:
    """Return the version whose question and key an answer is judged by.

    Parameters
    ----------
    name
        The question.
    form
        The form that the learner read.
    given
        The version that the answer was given in; its release is empty where it is no longer known.
    current
        The version in force.
    """
    asked, asks = given.question(name), current.question(name)
    if asked is None or asks is None or current.key(name, form) is None:
        return given
    same = (
        all(asked.get(field) == asks.get(field) for field in _SAME)
        and _options(asked) == _options(asks)
        and given.exam(asked.get("case"), form) == current.exam(asks.get("case"), form)
    )
    return current if same else given


def _options(question: Mapping[str, Any]) -> list[str]:
    """Return the options in one order: to show them in another one changes no answer."""
    return sorted(str(option) for option in question.get("options") or ())
