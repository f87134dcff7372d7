"""`senolab course`: check, build, preview, release and begin lessons."""

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from senolab.lessons.course import CourseRefusedError, Entry, check, entries, entry, folders
from senolab.lessons.files import swap
from senolab.lessons.findings import Finding, LessonRefusedError
from senolab.lessons.keys import SplitRefusedError
from senolab.lessons.names import NameRefusedError
from senolab.lessons.shelf import Shelf, ShelfError
from senolab.lessons.tree import write_source
from senolab.operation import settings
from senolab.words import gettext, ngettext

from .main import CHECKOUT, RefusedError, state_folder

SCALES = ("ci", "binder", "class")


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the words of `senolab course`."""
    parser = subparsers.add_parser("course", help="check, build, preview and release lessons")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    checking = _action(actions, "check", "find mistakes, with file and line")
    checking.add_argument("--run", action="store_true", help="also run each lesson with its solutions")
    checking.add_argument("--seed", type=int, default=1, help="given to lessons that take one, at --run (1)")
    checking.add_argument("--scale", choices=SCALES, default="ci", help="size of the images at --run (ci)")
    checking.add_argument("--device", default="cpu", help="given to lessons that take one, at --run (cpu)")
    build = _action(actions, "build", "write nbgrader's source notebooks")
    build.add_argument(
        "--out", type=Path, help="nbgrader course folder to write into (the state's build/COURSE)"
    )
    preview = _action(actions, "preview", "write lessons that check themselves, without a campus")
    preview.add_argument("--out", type=Path, help="folder to write into (the state's preview/COURSE/LESSON)")
    preview.add_argument("--scale", choices=SCALES, default="ci", help="size of the images (ci)")
    preview.add_argument("--jobs", type=_jobs, help="exams to make at once")
    release = _action(actions, "release", "put lessons in force for learners")
    release.add_argument("--scale", choices=SCALES, help="size of the images (as before, else the campus's)")
    release.add_argument("--jobs", type=_jobs, help="exams to make at once")
    for one in (preview, release):
        one.add_argument(
            "--progress", choices=("bar", "json"), default="bar", help="how to tell the progress"
        )
    _action(actions, "new", "begin a lesson from a small one that works", lesson=True)


def run(args: argparse.Namespace) -> int:
    """Do what was asked; what stands in the way is told in sentences."""
    try:
        settings.speak(state_folder(args.state), CHECKOUT)
        return _ACTIONS[args.action](args)
    except LessonRefusedError as refused:
        _tell(refused.findings, file=sys.stderr)
        raise RefusedError(gettext("%(what)s to mend first.", what=_count(refused.findings))) from refused
    except (CourseRefusedError, NameRefusedError, ShelfError, SplitRefusedError) as refused:
        raise RefusedError(str(refused)) from refused
    except settings.SettingsError as refused:
        raise RefusedError(str(refused)) from refused
    except OSError as problem:
        raise RefusedError(f"{problem.filename or 'The disk'}: {problem.strerror}.") from problem


def _action(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    purpose: str,
    *,
    lesson: bool = False,
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=purpose, description=purpose)
    parser.add_argument("course", metavar="COURSE", help="id of a course, or its folder")
    parser.add_argument(
        "lesson", metavar="LESSON", nargs=None if lesson else "?", help="id of a lesson (all)"
    )
    parser.add_argument("--state", type=Path, help="folder that keeps everything (.senolab)")
    parser.add_argument("--json", action="store_true", help="one JSON value on standard output")
    return parser


def _jobs(word: str) -> int:
    if not word.isdecimal() or not 1 <= int(word) <= 256:
        raise argparse.ArgumentTypeError("a number of jobs from 1 to 256, please")
    return int(word)


def _check(args: argparse.Namespace) -> int:
    from senolab.cases.library import cohort_sizes

    folder = course_folder(args)
    found = check(folder, args.lesson, cohorts=cohort_sizes())
    if args.run and not any(finding.severity == "error" for finding in found):
        from .course_run import Parameters, run_lesson

        parameters = Parameters(args.seed, args.scale, args.device)
        for one in _wanted(folder, args.lesson):
            print(f"running {one.id}", file=sys.stderr)
            found += run_lesson(one, parameters)
    if args.json:
        print(json.dumps([asdict(finding) for finding in found], ensure_ascii=False))
    else:
        _tell(found, file=sys.stdout)
        print(f"{folder.name}: {_count(found)}.", file=sys.stderr)
    return 1 if any(finding.severity == "error" for finding in found) else 0


def _build(args: argparse.Namespace) -> int:
    from .course_nbgrader import write_config

    folder, written = course_folder(args), []
    out = args.out or _place(args, folder)
    for one in _wanted(folder, args.lesson):
        target = out / "source" / one.id
        out.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".new-", dir=out))
        try:
            write_source(one, beside / one.id)
            swap(beside / one.id, target)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        written.append({"course": one.course, "lesson": one.id, "path": str(target)})
    write_config(out, folder.name)
    _say(args, written, [f"{one['lesson']}: {one['path']}" for one in written])
    return 0


def _preview(args: argparse.Namespace) -> int:
    from .course_preview import preview

    folder, written = course_folder(args), []
    zone = settings.zone(state_folder(args.state), CHECKOUT, clock=os.environ.get("TZ", ""))
    for one in _wanted(folder, args.lesson):
        # a lesson that is named goes straight into the folder that is named
        out = args.out if args.out and args.lesson else (args.out or _place(args, folder)) / one.id
        with _progress(args) as steps:
            told = preview(one, out, scale=args.scale, zone=zone, jobs=args.jobs or _cores(), steps=steps)
        written.append({"course": one.course, "lesson": one.id, "path": str(told), "scale": args.scale})
    lines = [f"{one['lesson']}: {one['path']}" for one in written]
    _say(args, written[0] if args.lesson else written, lines)
    return 0


def _place(args: argparse.Namespace, course: Path) -> Path:
    """Return where a course is written whose `--out` is not given: in the state folder, by action."""
    state = state_folder(args.state)
    _ours(state)
    return state / args.action / course.name


def _release(args: argparse.Namespace) -> int:
    from senolab.cases.library import cohort_sizes

    from .course_release import release
    from .course_scale import scale_of

    folder, shelf = course_folder(args), Shelf(state_folder(args.state))
    _ours(shelf.state)
    wanted = _wanted(folder, args.lesson)
    errors = [f for f in check(folder, args.lesson, cohorts=cohort_sizes()) if f.severity == "error"]
    if errors:
        raise LessonRefusedError(errors)
    zone, jobs, done = settings.zone(shelf.state, CHECKOUT), args.jobs or _cores(), []
    for one in wanted:
        scale = args.scale or scale_of(one, shelf, checkout=CHECKOUT)
        with _progress(args) as steps:
            done.append(release(one, shelf, scale=scale, zone=zone, jobs=jobs, steps=steps))
        if not args.json:
            print(f"{one.id}: version {done[-1].version}, {done[-1].max_points:g} points", flush=True)
    if args.json:
        print(json.dumps([asdict(one) for one in done]))
    return 0


def _new(args: argparse.Namespace) -> int:
    from .course_new import new_lesson

    try:
        folder = course_folder(args)
    except CourseRefusedError:
        word = Path(args.course)
        folder = word if len(word.parts) > 1 else CHECKOUT / "courses" / args.course
    path = new_lesson(folder.absolute(), args.lesson)
    _say(args, {"course": folder.name, "lesson": path.stem, "path": str(path)}, [f"Now write {path}"])
    return 0


_ACTIONS: dict[str, Callable[[argparse.Namespace], int]] = {
    "check": _check,
    "build": _build,
    "preview": _preview,
    "release": _release,
    "new": _new,
}


def course_folder(args: argparse.Namespace) -> Path:
    """Return the folder of a course named by its id (the state's text before the checkout's) or path.

    Raises
    ------
    CourseRefusedError
        If there is none.
    """
    word = Path(args.course)
    places = [state_folder(args.state) / "courses" / args.course, CHECKOUT / "courses" / args.course]
    candidates = [word] if len(word.parts) != 1 or word.is_absolute() else [*places, word]
    for place in candidates:
        if place.is_dir():
            return place.resolve()
    known = sorted({path.name for place in places for path in folders(place.parent)})
    told = " " + gettext("There are: %(names)s.", names=", ".join(known)) if known else ""
    raise CourseRefusedError(gettext("There is no course %(course)r.", course=args.course) + told)


def _wanted(folder: Path, lesson: str | None) -> list[Entry]:
    return [entry(folder, lesson)] if lesson else entries(folder)


def _ours(state: Path) -> None:
    """Refuse to leave files in a campus that its own account could not change."""
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    if state.stat().st_uid != os.geteuid():
        raise RefusedError(
            gettext("%(state)s belongs to another account; release as that account.", state=state)
        )


def _cores() -> int:
    """Return how many exams to make at once: each takes about a gigabyte at full size."""
    return max(1, min(4, os.cpu_count() or 1))


def _count(findings: "list[Finding] | tuple[Finding, ...]") -> str:
    errors = sum(finding.severity == "error" for finding in findings)
    warnings = len(findings) - errors
    told = [
        ngettext("%(count)s error", "%(count)s errors", errors) if errors else "",
        ngettext("%(count)s warning", "%(count)s warnings", warnings) if warnings else "",
    ]
    if all(told):
        return gettext("%(errors)s and %(warnings)s", errors=told[0], warnings=told[1])
    return "".join(told) or gettext("no finding")


def _tell(findings: "list[Finding] | tuple[Finding, ...]", *, file: object) -> None:
    for finding in findings:
        print(finding, file=file)  # pyright: ignore[reportArgumentType]


def _say(args: argparse.Namespace, value: object, lines: list[str]) -> None:
    print(json.dumps(value) if args.json else "\n".join(lines))


def _progress(args: argparse.Namespace):
    from .course_progress import Progress

    return Progress(as_json=args.progress == "json")
