"""`senolab exams import` and `export`: what comes into the library, what leaves it, under which licence."""

import argparse
import json
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from senolab.cases.library import Exam, Library
from senolab.cli.main import RefusedError

if TYPE_CHECKING:
    from senolab.cases.importing import Report
    from senolab.cases.taking.terms import Terms


def add_actions(actions: argparse._SubParsersAction) -> tuple[argparse.ArgumentParser, ...]:
    """Add both actions; return their parsers."""
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
    export = actions.add_parser("export", help="copy an exam's images to a folder")
    export.add_argument("exam", metavar="EXAM")
    export.add_argument("--out", type=Path, required=True, metavar="DIR")
    export.add_argument("--yes", action="store_true", help="accept the licence shown, for this account")
    return fetch, export


def take(args: argparse.Namespace, library: Library) -> int:
    """Take exams in after the licence was accepted; 1 when a file was refused."""
    from senolab.cases.importing import plan, take_in

    what = plan(
        args.paths, licence=args.licence, dataset=args.dataset, view=args.view, spacing_mm=args.spacing
    )
    for line in what.about:
        print(line, file=sys.stderr)
    if what.terms is None:
        raise RefusedError("no licence lies beside the images: state it with --licence WORDS")
    licences = {terms.digest: (terms.record(), terms) for terms in (what.terms, *what.beside.values())}
    _accepted(library, list(licences.values()), yes=args.yes)
    report = take_in(library, what, told=_progress if sys.stderr.isatty() else lambda *_: None)
    return _imported(args, report, len(what.found.beside))


def _accepted(library: Library, licences: "list[tuple[dict, Terms]]", *, yes: bool) -> None:
    """Show the licences that this account has not accepted, and record that it does."""
    from senolab.cases.taking.terms import accept, accepted, account
    from senolab.cases.taking.walking import shown

    root, user = library.images.parent, account()
    open_ones = [terms for record, terms in licences if not accepted(root, record, user)]
    for terms in open_ones:
        text = "\n".join(shown(line, 1000) for line in terms.text[:6000].splitlines())
        print(f"Licence:\n{text.rstrip()}\n", file=sys.stderr)
        if terms.taken_for():
            print(f"Of this licence: {terms.taken_for()}\n", file=sys.stderr)
    if open_ones and not yes:
        raise RefusedError("the licence above was not accepted: read it, then repeat with --yes")
    for terms in open_ones:
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
        outcome = {
            "taken": [
                {"file": shown(f.file), "exam": f.exam, "view": f.view, "notes": f.notes}
                for f in report.taken
            ],
            "refused": [{"file": shown(f.file), "why": f.why} for f in report.refused],
            "exams": [exam.entry() for exam in report.exams],
        }
        print(json.dumps(outcome, ensure_ascii=False))
    elif report.exams:
        told(args, list(report.exams))
    left = f"; {beside} texts and hidden files were left aside" if beside else ""
    print(f"{report.sentence()}{left}", file=sys.stderr)
    return 1 if report.refused or not report.taken else 0


def told(args: argparse.Namespace, exams: list[Exam]) -> int:
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


def hand_out(args: argparse.Namespace, library: Library) -> int:
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
    return told(args, [exam]) if args.json else 0


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
        _accepted(library, [(terms, text)], yes=yes)
    except RefusedError as fault:
        raise RefusedError(f"{why}; {fault}") from fault
