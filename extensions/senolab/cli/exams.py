"""`senolab exams`: make, import, list, show and check exams; make images of a contrast-detail phantom."""

import argparse
import json
import os
import resource
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from senolab.cases.cohort import cohort_named, draw
from senolab.cases.identity import PRACTICE_KEY
from senolab.cases.library import Exam, Library
from senolab.cases.scales import SCALES
from senolab.cases.vendors import VENDORS
from senolab.cli.main import RefusedError, state_folder

if TYPE_CHECKING:
    from senolab.cases.checks.exams import Checked
    from senolab.cases.importing import Report
    from senolab.cases.taking.terms import Terms

SYNTHETIC_LICENCE = "CC0-1.0 (synthetic, nobody was imaged)"


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the verb and its actions."""
    verb = subparsers.add_parser("exams", help="make, import, list, show and check exams")
    actions = verb.add_subparsers(dest="action", required=True, metavar="ACTION")
    make = actions.add_parser("make", help="make the exams of a cohort")
    make.add_argument("cohort", metavar="COHORT", help="a shipped name (tiny, first-case) or a YAML file")
    make.add_argument("--scale", choices=tuple(SCALES), default="class")
    make.add_argument("--jobs", type=_count, default=min(2, os.cpu_count() or 1), metavar="N")
    make.add_argument("--out", type=Path, metavar="DIR", help="make them here, in images/ and truth/")
    make.add_argument(
        "--vendor", choices=tuple(VENDORS), help="who images all women, whatever the cohort says"
    )
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
    fetch = actions.add_parser("import", help="take in DICOM mammograms or PNG pictures")
    fetch.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    fetch.add_argument("--view", help="view of images that do not tell it: RCC, LCC, RMLO, LMLO")
    fetch.add_argument("--spacing", type=float, metavar="MM", help="pixel size of images that do not tell it")
    fetch.add_argument(
        "--licence", metavar="WORDS", help="the licence, where no file beside the images states it"
    )
    fetch.add_argument(
        "--dataset",
        metavar="NAME",
        help="public data set whose tables lie beside: bcs-dbt, cbis, embed, rsna, vindr; none for none"
        " (found by its layout if not given)",
    )
    fetch.add_argument("--yes", action="store_true", help="accept the licence shown, for this account")
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
    export = actions.add_parser("export", help="copy an exam's images to a folder")
    export.add_argument("exam", metavar="EXAM")
    export.add_argument("--out", type=Path, required=True, metavar="DIR")
    export.add_argument("--yes", action="store_true", help="accept the licence shown, for this account")
    listing = actions.add_parser("list", help="all exams")
    search = actions.add_parser("search", help="exams that match")
    search.add_argument("text", nargs="?", default="")
    for word in ("modality", "density", "finding", "vendor", "licence", "view"):
        search.add_argument(f"--{word}")
    for action in (make, fetch, show, check, export, listing, search):
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
    made_at = args.out if args.action == "make" else None
    library = Library(args.library or made_at or state_folder(args.state) / "exams")
    try:
        return {"make": _make, "import": _import, "check": _check, "show": _show, "export": _export}.get(
            args.action, _list
        )(args, library)
    except KeyError as fault:
        raise RefusedError(str(fault.args[0])) from fault
    except (ValueError, OSError) as fault:
        raise RefusedError(str(fault)) from fault


def _make(args: argparse.Namespace, library: Library) -> int:
    """Make a cohort of practice exams: their key is public, they carry their truth."""
    spec = cohort_named(args.cohort)
    drawn = draw(
        spec,
        secret=PRACTICE_KEY,
        out_images=library.images,
        out_truth=library.truths,
        scale=args.scale,
        jobs=args.jobs,
        vendor=args.vendor,
        for_processing=args.for_processing,
        progress=sys.stderr.isatty(),
    )
    exams = [
        library.register(
            exam.id,
            vendor=VENDORS[exam.vendor].manufacturer,
            licence=SYNTHETIC_LICENCE,
            synthetic=True,
            source=f"{spec.name}, form {exam.form}, exam {exam.number}, {args.scale}",
            density=exam.truth.density,
            age=exam.truth.age,
        )
        for exam in drawn
    ]
    _tell_cost(len(exams))
    return _told(args, exams)


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


def _import(args: argparse.Namespace, library: Library) -> int:
    """Take exams in after the licence was accepted; 1 when a file was refused."""
    from senolab.cases.importing import plan, take_in

    what = plan(
        args.paths, licence=args.licence, dataset=args.dataset, view=args.view, spacing_mm=args.spacing
    )
    for line in what.about:
        print(line, file=sys.stderr)
    if what.terms is None:
        raise RefusedError("no licence lies beside the images: state it with --licence WORDS")
    _accepted(library, what.terms.record(), what.terms, yes=args.yes)
    report = take_in(library, what, told=_progress if sys.stderr.isatty() else lambda *_: None)
    return _imported(args, report, len(what.found.beside))


def _accepted(library: Library, record: dict, terms: "Terms", *, yes: bool) -> None:
    """Show a licence that this account has not accepted, and record that it does."""
    from senolab.cases.taking.terms import accept, accepted, account
    from senolab.cases.taking.walking import shown

    root, user = library.images.parent, account()
    if accepted(root, record, user):
        return
    text = "\n".join(shown(line, 1000) for line in terms.text[:6000].splitlines())
    print(f"Licence:\n{text.rstrip()}\n", file=sys.stderr)
    if not yes:
        raise RefusedError("the licence above was not accepted: read it, then repeat with --yes")
    accept(root, terms, user)


def _progress(done: str, count: int, total: int) -> None:
    """Tell how far an import is, on one line."""
    print(
        f"\r{done} {count} of {total} files", end="\n" if count >= total else "", file=sys.stderr, flush=True
    )


def _imported(args: argparse.Namespace, report: "Report", beside: int) -> int:
    """Tell what was taken and what was refused, each file by its name."""
    from senolab.cases.taking.walking import shown

    for file in report.taken:
        if file.removed:
            print(f"{shown(file.file)}: removed {', '.join(file.removed)}", file=sys.stderr)
        for note in file.notes:
            print(f"{shown(file.file)}: {note}", file=sys.stderr)
    for file in report.refused:
        print(f"{shown(file.file)}: {file.why}", file=sys.stderr)
    if args.json:
        told = {
            "taken": [
                {"file": shown(f.file), "exam": f.exam, "view": f.view, "notes": f.notes}
                for f in report.taken
            ],
            "refused": [{"file": shown(f.file), "why": f.why} for f in report.refused],
            "exams": [exam.entry() for exam in report.exams],
        }
        print(json.dumps(told, ensure_ascii=False))
    elif report.exams:
        _told(args, list(report.exams))
    left = f"; {beside} texts and hidden files were left aside" if beside else ""
    print(f"{report.sentence()}{left}", file=sys.stderr)
    return 1 if report.refused or not report.taken else 0


def _list(args: argparse.Namespace, library: Library) -> int:
    """List all exams, or those that match."""
    if args.action == "list":
        return _told(args, library.list())
    words = ("modality", "density", "finding", "vendor", "licence", "view")
    criteria = {word: getattr(args, word) for word in words if getattr(args, word) is not None}
    return _told(args, library.find(args.text, **criteria))


def _told(args: argparse.Namespace, exams: list[Exam]) -> int:
    """Print exams as JSON or as a table."""
    if args.json:
        print(json.dumps([exam.entry() for exam in exams], ensure_ascii=False))
        return 0
    for exam in exams:
        what = f"{exam.modality}  density {exam.density or '?'}  age {exam.age or '?'}  {exam.finding or ''}"
        print(f"{exam.id}  {' '.join(exam.views)}  {what}  {exam.vendor}  {exam.source}")
    if not exams:
        print("no exams", file=sys.stderr)
    return 0


def _show(args: argparse.Namespace, library: Library) -> int:
    """Tell everything about one exam, its truth included where it is at hand."""
    exam = library.get(args.exam)
    truth = library.truth(exam.id)
    entry = {**exam.entry(), "truth": truth.reveal(library.prompt(exam.id) or {}) if truth else None}
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


def _export(args: argparse.Namespace, library: Library) -> int:
    """Copy the images of an exam, those For Processing too, with its licence; never its truth."""
    from senolab.cases.taking.terms import beside_copy

    exam = library.get(args.exam)
    folder = args.out / exam.id
    if folder.exists():
        raise RefusedError(f"{folder} exists already")
    terms = (exam.imported or {}).get("terms")
    _may_leave(library, terms, yes=args.yes)
    beside = args.out / f".{exam.id}.{os.getpid()}"
    beside.mkdir(parents=True)
    for view, path in exam.views.items():
        shutil.copyfile(path, beside / f"{view}.dcm")
    for view, path in exam.raw.items():
        (beside / "processing").mkdir(exist_ok=True)
        shutil.copyfile(path, beside / "processing" / f"{view}.dcm")
    beside_copy(library.images.parent, terms, beside)
    beside.rename(folder)
    return _told(args, [exam]) if args.json else 0


def _may_leave(library: Library, terms: dict | None, *, yes: bool) -> None:
    """Refuse to copy what its licence forbids to hand on, unless this account accepted that licence."""
    from senolab.cases.taking.terms import account, kept, may_leave

    root = library.images.parent
    why = may_leave(root, terms, account())
    if not terms or not why:
        return
    text = kept(root, terms)
    if text is None:
        raise RefusedError(why)
    try:
        _accepted(library, terms, text, yes=yes)
    except RefusedError as fault:
        raise RefusedError(f"{why}; {fault}") from fault
