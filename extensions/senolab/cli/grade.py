"""`senolab grade`: mark what learners handed in."""

import argparse
import json
import sys
from pathlib import Path

from senolab.cli.main import CHECKOUT, RefusedError, state_folder
from senolab.grading import Marked, grade_all
from senolab.grading.marked import GradingError
from senolab.lessons.names import NameRefusedError
from senolab.lessons.shelf import Shelf
from senolab.operation import settings


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the verb's words."""
    parser = subparsers.add_parser(
        "grade",
        help="mark what learners handed in",
        description="Mark what learners handed in; what has not changed is not marked again.",
        epilog="senolab grade COURSE LESSON; for any nbgrader course senolab grade --course-dir DIR LESSON.",
    )
    parser.add_argument(
        "words", nargs="+", metavar="COURSE LESSON", help="course and lesson; with --course-dir LESSON"
    )
    parser.add_argument("--course-dir", type=Path, metavar="DIR", help="an nbgrader course folder")
    parser.add_argument(
        "--learner", action="append", metavar="L", help="mark this learner only (may be repeated)"
    )
    parser.add_argument("--state", type=Path, metavar="DIR", help="the campus's state folder")
    parser.add_argument("--jobs", type=int, metavar="N", help="submissions marked at once")
    parser.add_argument("--force", action="store_true", help="mark again even what has not changed")
    parser.add_argument("--json", action="store_true", help="print an array of marks")
    parser.set_defaults(parser=parser)


def run(args: argparse.Namespace) -> int:
    """Mark and tell; 0 if every submission could be marked."""
    course_dir, lesson = _place(args)
    marked: list[Marked] = []
    try:
        for one in grade_all(course_dir, lesson, args.learner, jobs=args.jobs, force=args.force):
            marked.append(one)
            _tell(one)
    except (GradingError, NameRefusedError) as problem:
        raise RefusedError(str(problem)) from problem
    if args.json:
        print(json.dumps([one.plain() for one in marked], ensure_ascii=False, indent=1))
    if not marked:
        print(f"senolab: nobody has handed in {lesson!r}.", file=sys.stderr)
    wanting = [one.learner for one in marked if {"failed", "not-run"} & set(one.flags)]
    wanting += [one.learner for one in marked if args.learner and "missing" in one.flags]
    if wanting:
        raise RefusedError(f"not marked whole: {', '.join(dict.fromkeys(wanting))}. The reasons stand above.")
    return 0


def _place(args: argparse.Namespace) -> tuple[Path, str]:
    expected = 1 if args.course_dir else 2
    if len(args.words) != expected:
        args.parser.error("name a LESSON with --course-dir DIR, or a COURSE and a LESSON")
    if args.jobs is not None and args.jobs < 1:
        args.parser.error("--jobs takes a number from 1")
    if args.course_dir:
        if not args.course_dir.is_dir():
            raise RefusedError(f"There is no folder {args.course_dir}.")
        return args.course_dir, args.words[0]
    state = state_folder(args.state)
    try:
        settings.speak(state, CHECKOUT)
        folder = Shelf(state).grader(args.words[0])
    except (NameRefusedError, settings.SettingsError) as problem:
        raise RefusedError(str(problem)) from problem
    if not folder.is_dir():
        raise RefusedError(
            f"The course {args.words[0]!r} has nothing to mark yet: release a lesson of it first."
        )
    return folder, args.words[1]


def _tell(one: Marked) -> None:
    """One line a learner for a person, and the sentences under it."""
    waits = ", waits for a teacher" if one.needs_manual else ""
    flags = f"  [{', '.join(one.flags)}]" if one.flags else ""
    print(f"{one.learner}: {one.auto_score:g} of {one.max_score:g}{waits}{flags}", file=sys.stderr)
    for sentence in one.words:
        print(f"  {sentence}", file=sys.stderr)
