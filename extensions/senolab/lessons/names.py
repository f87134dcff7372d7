"""Names that become paths: courses, lessons, learners, questions. No name leads out of its folder."""

import re

from senolab.words import gettext, marked

_FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}", re.ASCII)
_LEARNER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,127}", re.ASCII)
QUESTION = re.compile(r"[a-z][a-z0-9-]{0,63}", re.ASCII)


class NameRefusedError(ValueError):
    """A name that cannot stand in a path; the message says which and why."""


def course_name(name: str) -> str:
    """Return the name of a course if it may be one.

    Raises
    ------
    NameRefusedError
        If it may not.
    """
    return _checked(name, _FOLDER, marked("%(name)s cannot be the name of a course."))


def lesson_name(name: str) -> str:
    """Return the name of a lesson if it may be one; see `course_name`."""
    return _checked(name, _FOLDER, marked("%(name)s cannot be the name of a lesson."))


def learner_name(name: str) -> str:
    """Return the name of a learner if it may be one; see `course_name`."""
    return _checked(name, _LEARNER, marked("%(name)s cannot be the name of a learner."))


def _checked(name: str, pattern: re.Pattern[str], refusal: str) -> str:
    if not isinstance(name, str) or not pattern.fullmatch(name) or ".." in name or name.endswith("."):
        rule = gettext("Letters, digits, '-', '_' and '.', starting with a letter or a digit, please.")
        shown = repr(name)[:80]
        raise NameRefusedError(f"{gettext(refusal, name=shown)} {rule}")
    return name
