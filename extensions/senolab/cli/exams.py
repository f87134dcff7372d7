"""`senolab exams`: make, import, list, show, check, accept exams; image a contrast-detail phantom."""

import argparse
import json
import os
import resource
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from senolab.cases.cohort import DrawnExam, cohort_named, draw
from senolab.cases.identity import PRACTICE_KEY
from senolab.cases.library import Exam, Library
from senolab.cases.plans import shipped
from senolab.cases.planting import planted_in
from senolab.cases.scales import SCALES
from senolab.cases.searching import OF_FINDING
from senolab.cases.vendors import VENDORS
from senolab.cli import exams_accept, exams_import
from senolab.cli.exams_import import told
from senolab.cli.main import RefusedError, state_folder

if TYPE_CHECKING:
    from senolab.cases.checks.exams import Checked
    from senolab.cases.phantoms import PhantomPlan

_SEARCHED = ("modality", "density", *OF_FINDING, "vendor", "age", "licence", "view")
_ASKED = {
    "size": "of a finding, in mm, such as 8-15",
    "age": "in years, such as 50-59",
    "density": "of the breast, a to d",
    "finding": "normal, or words that describe a finding, such as vascular",
    "vendor": f"{', '.join(VENDORS)}, or words of the manufacturer",
}
SYNTHETIC_LICENCE = "CC0-1.0 (synthetic, nobody was imaged)"


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the verb and its actions."""
    verb = subparsers.add_parser("exams", help="make, import, list, show and check exams")
    actions = verb.add_subparsers(dest="action", required=True, metavar="ACTION")
    make = actions.add_parser("make", help="make the exams of a cohort")
    make.add_argument("cohort", metavar="COHORT", help=f"{', '.join(shipped())}, or a YAML file")
    make.add_argument("--scale", choices=tuple(SCALES), default="class")
    make.add_argument("--jobs", type=_count, default=min(2, os.cpu_count() or 1), metavar="N")
    make.add_argument("--out", type=Path, metavar="DIR", help="make them here, in images/ and truth/")
    make.add_argument(
        "--vendor", choices=tuple(VENDORS), help="who images all women, whatever the cohort says"
    )
    make.add_argument("--no-cache", action="store_true", help="compute all tissue anew, and keep none")
    make.add_argument("--for-processing", action="store_true", help="keep the raw images too")
    phantom = actions.add_parser("phantom", help="make images of a contrast-detail phantom")
    phantom.add_argument("--out", type=Path, required=True, metavar="DIR", help="here, in images/ and truth/")
    phantom.add_argument("--vendor", choices=tuple(VENDORS), default="A")
    phantom.add_argument(
        "--dose", type=_dose, default=1.0, metavar="PART", help="of the usual one, 0.05 to 8"
    )
    phantom.add_argument("--count", type=_count, default=16, metavar="N", help="exposures, 16 if not given")
    phantom.add_argument("--scale", choices=tuple(SCALES), default="class")
    phantom.add_argument("--json", action="store_true")
    exams_accept.add_action(actions)
    fetch, export = exams_import.add_actions(actions)
    show = actions.add_parser("show", help="everything about one exam")
    show.add_argument("exam", metavar="EXAM")
    check = actions.add_parser("check", help="check headers against pixels, other files and the standard")
    check.add_argument(
        "exams",
        nargs="*",
        metavar="EXAM_OR_PATH",
        help="exams of the library, files, folders; the whole library",
    )
    check.add_argument(
        "--prior", nargs="+", default=[], metavar="EXAM_OR_PATH", help="earlier exams of the same woman"
    )
    sheet = actions.add_parser("sheet", help="one picture of exams as they hang, or of each kind of finding")
    sheet.add_argument("exams", nargs="*", metavar="EXAM", help="the whole library if none is named")
    sheet.add_argument("--findings", action="store_true", help="every kind of finding at 100 %% zoom instead")
    sheet.add_argument("--scale", choices=tuple(SCALES), default="class", help="of the findings")
    sheet.add_argument("--out", type=Path, required=True, metavar="FILE", help=".png or .jpg")
    listing = actions.add_parser("list", help="all exams")
    search = actions.add_parser("search", help="exams that match, findings by the truth where it is at hand")
    search.add_argument("text", nargs="?", default="", help="words that stand anywhere in the exam's entry")
    for word in _SEARCHED:
        ranged = "RANGE" if word in ("age", "size") else "WORDS"
        search.add_argument(f"--{word}", metavar=ranged, help=_ASKED.get(word))
    for action in (make, fetch, show, check, export, sheet, listing, search):
        action.add_argument("--library", type=Path, metavar="DIR", help="another library than the state's")
        action.add_argument(
            "--state", type=Path, metavar="DIR", help="folder that keeps everything (.senolab)"
        )
        action.add_argument("--json", action="store_true")


def _count(word: str) -> int:
    """Read a number of processes."""
    if not word.isdigit() or not 1 <= int(word) <= 256:
        raise argparse.ArgumentTypeError("a number of processes, 1 to 256")
    return int(word)


def _dose(word: str) -> float:
    """Read a part of the usual dose."""
    try:
        dose = float(word)
    except ValueError:
        dose = 0.0
    if not 0.05 <= dose <= 8.0:
        raise argparse.ArgumentTypeError("a part of the usual dose, 0.05 to 8")
    return dose


def run(args: argparse.Namespace) -> int:
    """Do what is asked; sentences instead of tracebacks."""
    if args.action == "phantom":
        return _phantom(args)
    if args.action == "accept":
        return exams_accept.accept(args)
    made_at = args.out if args.action == "make" else None
    if args.library and args.action in _READ and not args.library.is_dir():
        raise RefusedError(f"There is no folder {args.library}. Name that of a library with --library.")
    library = Library(args.library or made_at or state_folder(args.state) / "exams")
    try:
        return _ACTIONS.get(args.action, _list)(args, library)
    except KeyError as fault:
        raise RefusedError(str(fault.args[0])) from fault
    except (ValueError, OSError) as fault:
        raise RefusedError(str(fault)) from fault


def _make(args: argparse.Namespace, library: Library) -> int:
    """Make a cohort of practice exams: their key is public, they carry their truth."""
    spec = cohort_named(args.cohort)
    if spec.phantom:
        return told(args, [_phantom_exam(args, library, spec.name, spec.phantom)])
    drawn = draw(
        spec,
        secret=PRACTICE_KEY,
        out_images=library.images,
        out_truth=library.truths,
        scale=args.scale,
        jobs=args.jobs,
        vendor=args.vendor,
        for_processing=args.for_processing,
        cache=None if args.no_cache else _cache(args, library),
        progress=sys.stderr.isatty(),
    )
    exams = [
        library.register(
            exam.id,
            vendor=VENDORS[exam.vendor].name,
            licence=SYNTHETIC_LICENCE,
            synthetic=True,
            source=f"{spec.name}, form {exam.form}, exam {exam.number}{_beside(exam)}, {args.scale}",
            density=exam.truth.density,
            age=exam.truth.age,
            round=exam.round,
            priors=exam.priors,
        )
        for exam in drawn
    ]
    _tell_cost(len(exams))
    return told(args, exams)


def _cache(args: argparse.Namespace, library: Library) -> Path:
    """Keep tissue with the campus, so that exams made elsewhere find it too; else beside the exams."""
    state = state_folder(args.state)
    return (state if state.is_dir() else library.images.parent) / "cache"


def _phantom_exam(args: argparse.Namespace, library: Library, name: str, plan: "PhantomPlan") -> Exam:
    """Expose the phantom that a cohort plans in place of women, as one exam of the library."""
    from senolab.cases.phantoms import expose

    plan = replace(plan, vendor=args.vendor or plan.vendor)
    words = {"secret": PRACTICE_KEY, "scale": SCALES[args.scale]}
    exam = expose(name, plan, images=library.images, truth=library.truths, **words)
    return library.register(
        exam,
        vendor=VENDORS[plan.vendor].name,
        licence=SYNTHETIC_LICENCE,
        synthetic=True,
        source=f"{name}, {plan.exposures} exposures of a phantom, {args.scale}",
    )


def _beside(exam: DrawnExam) -> str:
    """Say which of a woman's rounds it is, where she has several, and the hospital, where that is told."""
    rounds = f", round {exam.round} of {exam.rounds}" if exam.rounds > 1 else ""
    return rounds + (f", hospital {exam.hospital}" if exam.hospital else "")


def _tell_cost(count: int) -> None:
    """Say what this run took of the machine, its processes included."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    seconds = sum(one.ru_utime + one.ru_stime for one in used)
    memory = max(one.ru_maxrss for one in used) / 1024
    print(f"{count} exams, {seconds:.1f} s of CPU time, {memory:.0f} MiB in one process", file=sys.stderr)


def _phantom(args: argparse.Namespace) -> int:
    """Make the images of a contrast-detail phantom; what is right lies in a folder of its own."""
    from senolab.cases.contrast_detail import make

    words = {"vendor": VENDORS[args.vendor], "scale": SCALES[args.scale], "dose": args.dose}
    try:
        paths = [str(path) for path in make(args.out, secret=PRACTICE_KEY, count=args.count, **words)]
    except OSError as fault:
        raise RefusedError(str(fault)) from fault
    print(json.dumps(paths) if args.json else "\n".join(paths))
    return 0


def _list(args: argparse.Namespace, library: Library) -> int:
    """List all exams, or those that match."""
    if args.action == "list":
        return told(args, library.list())
    criteria = {word: getattr(args, word) for word in _SEARCHED if getattr(args, word) is not None}
    return told(args, library.find(args.text, **criteria))


def _show(args: argparse.Namespace, library: Library) -> int:
    """Tell everything about one exam, its prior named, its truth included where it is at hand."""
    exam = library.get(args.exam)
    truth, prior = library.truth(exam.id), next(iter(exam.priors), None)
    entry = {
        **exam.entry(),
        "prior": prior,
        "planted": planted_in(library.truths / exam.id),
        "truth": truth.reveal(library.prompt(exam.id) or {}) if truth else None,
    }
    print(json.dumps(entry, ensure_ascii=False, indent=None if args.json else 1))
    return 0


def _check(args: argparse.Namespace, library: Library) -> int:
    """Check exams and files; 1 when anything is found wanting."""
    from senolab.cases.checks.exams import checked, priors_of, rounds_of

    named = [one for word in args.exams for one in _looked_at(word, library)]
    current = named if args.exams else [checked(e, truth=library.truths / e.id) for e in library.list()]
    priors = [one for word in args.prior for one in _looked_at(word, library)]
    everything = [*current, *priors]
    found = [(exam, fault) for exam in everything for fault in exam.faults]
    found += [*rounds_of(everything), *priors_of(current, priors)]
    if args.json:
        rows = [
            {"exam": exam.name, "file": str(f.file), "words": f.words, "rule": f.rule, "severity": f.severity}
            for exam, f in found
        ]
        print(json.dumps(rows, ensure_ascii=False))
    else:
        for _, fault in found:
            print(f"{fault.file}: {fault.severity}: {fault.words} [{fault.rule}]")
    errors = sum(fault.severity == "error" for _, fault in found)
    exams = sum(bool(exam.facts) for exam in everything)
    print(f"{exams} exams checked, {errors} errors, {len(found) - errors} warnings", file=sys.stderr)
    return 1 if found else 0


def _looked_at(word: str, library: Library) -> "list[Checked]":
    """Check what a word names: an exam by its id, else a file or folder, else an exam by its beginning."""
    from senolab.cases.checks.exams import checked, checked_outside

    whole = any(exam.id == word for exam in library.list())
    if not whole and (Path(word).exists() or "/" in word):
        return checked_outside(Path(word))
    try:
        exam = library.get(word)
    except KeyError as fault:
        raise RefusedError(f"{fault.args[0]}, and no file or folder of that name") from fault
    return [checked(exam, truth=library.truths / exam.id)]


def _sheet(args: argparse.Namespace, library: Library) -> int:
    """Draw a contact sheet."""
    from senolab.cases.sheet import exams_sheet, findings_sheet

    if args.findings:
        findings_sheet(SCALES[args.scale], args.out, told=lambda kind: print(kind, file=sys.stderr))
    else:
        exams = [library.get(name) for name in args.exams] if args.exams else library.list()
        exams_sheet(exams, args.out)
    print(json.dumps(str(args.out)) if args.json else args.out)
    return 0


_READ = ("list", "search", "sheet", "check", "show", "export")  # of a library that must be there
_ACTIONS = {
    "sheet": _sheet,
    "make": _make,
    "import": exams_import.take,
    "check": _check,
    "show": _show,
    "export": exams_import.hand_out,
}
