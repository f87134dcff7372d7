"""A class as a table for a spreadsheet, in which no learner's text becomes a formula."""

import csv
import io
from collections.abc import Callable

from .progress import Standing

COLUMNS = (
    *("learner", "name", "lesson", "version", "form", "state", "handed_in", "late", "attempt", "receipt"),
    *("points", "max_points", "complete"),
)


def grades(standings: list[tuple[str, Standing]], name_of: Callable[[str], str]) -> str:
    """Return a class as CSV: one row a learner and lesson; times are ISO 8601, points plain numbers."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for learner, one in standings:
        writer.writerow(
            [_harmless(str(value)) for value in (learner, name_of(learner), *_handed(one), *_points(one))]
        )
    return file.getvalue()


def _handed(one: Standing) -> tuple[object, ...]:
    """Return what a learner handed in, from `lesson` to `receipt`."""
    taken = one.handin
    if taken is None:
        return one.release.lesson, "", "", one.state, "", "", "", ""
    return (
        one.release.lesson,
        taken.version,
        taken.form,
        one.state,
        taken.time,
        "yes" if one.is_late else "no",
        taken.attempt,
        taken.receipt,
    )


def _points(one: Standing) -> tuple[str, str, str]:
    """Return the points, their most, and whether nothing of them is awaited."""
    mark = one.mark
    if mark is None:
        return "", f"{one.release.max_points:.6g}", "no" if one.handin else ""
    return f"{mark.score:.6g}", f"{mark.max_score:.6g}", "no" if mark.needs_manual else "yes"


def _harmless(text: str) -> str:
    """Keep a spreadsheet from taking a learner's text for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"} else text
