"""The lines between ``---`` at the top of a lesson."""

import datetime as dt
import re

from senolab.words import gettext

from .due import written
from .fields import Fields
from .findings import Findings
from .lesson import FrontMatter
from .yamltext import load

REVIEW = ("draft", "in review", "reviewed")
LICENCES = ("CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0")


def split_front(lines: list[str]) -> tuple[str, int]:
    """Return the front matter's text and the number of lines that it and its marks take (0: none)."""
    if not lines or lines[0].rstrip() != "---":
        return "", 0
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() in {"---", "..."}:
            return "\n".join(lines[1:number]), number + 1
    return "\n".join(lines[1:]), -1


def front_matter(text: str, findings: Findings) -> FrontMatter:
    """Read the front matter; note what does not fit."""
    mapped = load(text, first_line=2, findings=findings)
    if mapped is None:
        return FrontMatter()
    fields = Fields(mapped, findings, gettext("Front matter"))
    for name in ("jupyter", "jupytext", "kernelspec"):  # what an editor may have written
        fields.take(name)
    front = FrontMatter(
        title=fields.text("title", required=True),
        minutes=fields.whole("minutes", required=True, low=1, high=600),
        outcomes=fields.texts("outcomes"),
        prerequisites=fields.texts("prerequisites"),
        competences=fields.texts("competences"),
        cohort=fields.text("cohort") or None,
        forms=fields.whole("forms", default=1, low=1, high=6),
        due=_due(fields),
        licence=fields.text("licence"),
        language=_language(fields),
        **_review(fields),
        lines=dict(mapped.lines),
    )
    fields.finish()
    _advise(front, fields)
    return front


def _language(fields: Fields) -> str:
    """Return the tag of the text's language, so that a screen reader pronounces it well."""
    tag = fields.text("language")
    if tag and not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", tag):
        fields.error("language", gettext("%(tag)r is no language; write it like en, fr or pt-BR.", tag=tag))
        return ""
    return tag


def _review(fields: Fields) -> dict[str, str]:
    review = fields.mapping("review")
    if review is None:
        return {}
    status, date = review.text("status", required=True), review.take("date")
    if status and status not in REVIEW:
        review.error(
            "status",
            gettext(
                "%(status)r is no status of review; say one of: %(known)s.",
                status=status,
                known=", ".join(REVIEW),
            ),
        )
    if date is not None and type(date) is not dt.date:
        review.error("date", gettext("a date is written as 2026-11-22."))
        date = None
    if status == "reviewed" and date is None:
        review.error("date", gettext("a reviewed lesson says when: date: 2026-11-22."))
    review.text("by")
    review.finish()
    return {"review_status": status, "review_date": date.isoformat() if date else ""}


def _due(fields: Fields) -> str | None:
    """Return the due time as it was written: which moment it is, the campus's time zone decides."""
    value = fields.take("due")
    due = written(value)
    if value is not None and due is None:
        fields.error("due", gettext("'due' is a date (2026-11-22) or a time (2026-11-22 18:00)."))
    return due


def _advise(front: FrontMatter, fields: Fields) -> None:
    if not fields.has("outcomes"):
        fields.warn("outcomes", gettext("'outcomes' is missing: what can a learner do afterwards?"))
    if not fields.has("review"):
        fields.warn("review", gettext("'review' is missing; write review: {status: draft}."))
    if not fields.has("licence"):
        fields.warn("licence", gettext("'licence' is missing; course text is CC-BY-4.0 here."))
    elif front.licence and front.licence not in LICENCES:
        fields.warn(
            "licence",
            gettext(
                "%(licence)r is none of %(known)s; may it stand here?",
                licence=front.licence,
                known=", ".join(LICENCES),
            ),
        )
