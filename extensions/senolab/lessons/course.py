"""A course: what it says about itself, and everything that is found wanting in its lessons."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from senolab.words import gettext
from senolab.words.trouble import reason

from .contents import CourseRefusedError, Entry, entries, entry, folders, left_out
from .fields import Fields
from .findings import Finding, Findings, did_you_mean
from .lesson import Lesson
from .links import check_links
from .names import NameRefusedError, lesson_name
from .ownfiles import LINK, read_bytes, stray, strays
from .plain import check_notebook
from .reader import examine
from .syntax import check_syntax
from .yamltext import load

__all__ = [
    "CourseInfo",
    "CourseRefusedError",
    "Entry",
    "check",
    "check_entry",
    "entries",
    "entry",
    "folders",
    "info",
    "left_out",
    "wanting",
]


@dataclass(frozen=True)
class CourseInfo:
    """What ``course.yaml`` says about a course."""

    id: str
    title: str
    summary: str = ""
    licence: str = ""


def info(course_dir: Path | str) -> CourseInfo:
    """Return what a course says about itself; a course without ``course.yaml`` has its name as title."""
    folder = Path(course_dir).absolute()
    return _info(folder, Findings(str(folder / "course.yaml")))


def check(
    course_dir: Path | str, lesson: str | None = None, *, cohorts: Mapping[str, tuple[int, int]] | None = None
) -> list[Finding]:
    """Return everything found wanting in a course (or in one lesson of it), in the order of the files.

    Parameters
    ----------
    cohorts
        Name of each cohort that exists -> its numbers of women and of forms; None leaves them unchecked.

    Raises
    ------
    CourseRefusedError
        If there is no such course or lesson.
    """
    wanted = [entry(course_dir, lesson)] if lesson else entries(course_dir)
    about = Findings(str(Path(course_dir) / "course.yaml"))
    _info(Path(course_dir).absolute(), about)
    found = [] if lesson else about.found
    users: dict[str, str] = {}  # question id -> lesson that uses it
    for one in wanted:
        found += check_entry(one, Path(course_dir), users, cohorts)
    return found


def check_entry(
    one: Entry, course_dir: Path, users: dict[str, str], cohorts: Mapping[str, tuple[int, int]] | None
) -> list[Finding]:
    """Return what is found wanting in one lesson; `users` gathers the question ids of the course."""
    findings = Findings(str(course_dir / one.path.name))
    try:
        lesson_name(one.id)
    except NameRefusedError as problem:
        findings.error(1, str(problem))
    if one.kind == "notebooks":
        return findings.found + _check_notebooks(one, course_dir)
    lesson = examine(one.path, findings)
    if lesson is not None:
        _check_lesson(lesson, findings, cohorts)
        _check_across(lesson, findings, users)
    return sorted(findings.found)


def _check_lesson(lesson: Lesson, findings: Findings, cohorts: Mapping[str, tuple[int, int]] | None) -> None:
    check_syntax(lesson, findings)
    check_links(lesson, findings)
    if lesson.front.cohort and cohorts is not None:
        _check_cohort(lesson, findings, cohorts)


def _check_cohort(lesson: Lesson, findings: Findings, cohorts: Mapping[str, tuple[int, int]]) -> None:
    for line, words in wanting(lesson, cohorts):
        findings.error(line, words)


def wanting(lesson: Lesson, cohorts: Mapping[str, tuple[int, int]]) -> Iterator[tuple[int, str]]:
    """Yield what a lesson wants of its cohort and the cohort has not, each with its line.

    Parameters
    ----------
    lesson
        A lesson that names a cohort.
    cohorts
        Number of women and of forms of each cohort there is.
    """
    name = lesson.front.cohort or ""
    line = lesson.front.lines.get("cohort", 1)
    if name not in cohorts:
        yield (
            line,
            gettext("There is no cohort %(cohort)r.", cohort=name) + did_you_mean(name, sorted(cohorts)),
        )
        return
    women, forms = cohorts[name]
    if forms < len(lesson.forms):
        words = gettext(
            "The lesson wants %(count)s forms, and the cohort %(name)r has %(forms)s."
            " Write forms: %(forms)s, or name another cohort.",
            count=len(lesson.forms),
            name=name,
            forms=forms,
        )
        yield line, words
    for case in lesson.cases:
        if case.exam > women:
            words = gettext(
                "%(id)s wants exam %(exam)s, and the cohort %(name)r has %(count)s women.",
                id=case.id,
                exam=case.exam,
                name=name,
                count=women,
            )
            yield case.line, words


def _check_across(lesson: Lesson, findings: Findings, users: dict[str, str]) -> None:
    for asked in lesson.questions:
        other = users.setdefault(asked.id, lesson.id)
        if other != lesson.id:
            words = gettext(
                "The id %(id)r is used in %(other)s too; ids of their own keep charts and tables apart.",
                id=asked.id,
                other=other,
            )
            findings.warn(asked.line, words)


def _check_notebooks(one: Entry, course_dir: Path) -> list[Finding]:
    found = [
        Finding(str(problem.filename), 1, "error", f"{problem.strerror}.")
        for problem in strays(one.path, leave_out=left_out)
    ]
    if stray(one.folder, "autotests.yml"):
        found.append(Finding(str(course_dir / "autotests.yml"), 1, "error", gettext(LINK)))
    if found:
        return found
    autotests = (course_dir / "autotests.yml").is_file()
    for path in sorted(one.path.glob("*.ipynb")):
        findings = Findings(str(course_dir / "source" / one.id / path.name))
        check_notebook(path, findings, autotests=autotests)
        found += findings.found
    return found


def _info(folder: Path, findings: Findings) -> CourseInfo:
    nothing = CourseInfo(folder.name, folder.name)
    try:
        text = read_bytes(folder, "course.yaml").decode("utf-8-sig")
    except FileNotFoundError:
        findings.warn(1, gettext("There is no course.yaml; write title: and summary: into one."))
        return nothing
    except (OSError, ValueError) as problem:
        why = reason(problem) if isinstance(problem, OSError) else problem
        findings.error(1, gettext("The file cannot be read: %(why)s.", why=why))
        return nothing
    mapped = load(text, first_line=1, findings=findings)
    if mapped is None:
        return nothing
    fields = Fields(mapped, findings, "Course")
    title = fields.text("title", required=True) or folder.name
    about = CourseInfo(folder.name, title, fields.text("summary"), fields.text("licence"))
    fields.finish()
    return about
