"""`senolab exams accept`: measure the generator against published values, and print the table."""

import argparse
import json
import os
import sys
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from senolab.cases.scales import SCALES
from senolab.cli.main import RefusedError, state_folder

if TYPE_CHECKING:
    from senolab.cases.acceptance.rows import Row

NAMES = (
    *("power-law", "entropy", "density", "layers", "truth", "shortcut", "cost"),
    *("objects", "archive", "bits", "network"),
)


def add_action(actions: argparse._SubParsersAction) -> None:
    """Add the action."""
    accept = actions.add_parser("accept", help="measure the generator against published values")
    accept.add_argument("--scale", choices=tuple(SCALES), default="class")
    accept.add_argument("--women", type=_women, default=12, metavar="N", help="12 if not given")
    accept.add_argument("--jobs", type=_jobs, default=min(2, os.cpu_count() or 1), metavar="N")
    accept.add_argument(
        "--only", nargs="+", choices=NAMES, default=NAMES, metavar="NAME", help=f"some of {', '.join(NAMES)}"
    )
    accept.add_argument(
        "--work",
        type=Path,
        metavar="DIR",
        help="keep what was measured here, so that it can be taken up again",
    )
    accept.add_argument("--state", type=Path, metavar="DIR", help="folder that keeps everything (.senolab)")
    accept.add_argument("--out", type=Path, metavar="FILE", help="write what is printed here, too")
    accept.add_argument("--json", action="store_true")


def _women(word: str) -> int:
    """Read a number of women."""
    if not word.isdigit() or not 2 <= int(word) <= 10_000:
        raise argparse.ArgumentTypeError("a number of women, 2 to 10000")
    return int(word)


def _jobs(word: str) -> int:
    """Read a number of processes."""
    if not word.isdigit() or not 1 <= int(word) <= 256:
        raise argparse.ArgumentTypeError("a number of processes, 1 to 256")
    return int(word)


def accept(args: argparse.Namespace) -> int:
    """Measure and print; 1 when a row does not hold."""
    from senolab.cases.acceptance.rows import failed, table

    try:
        rows = _measured(args)
        entries = json.dumps([row.entry() for row in rows], ensure_ascii=False)
        said = entries if args.json else table(rows)
        print(said)
        if args.out:
            _write(args.out, said + "\n")
    except (ValueError, OSError) as fault:
        raise RefusedError(str(fault)) from fault
    except BrokenExecutor as fault:
        raise RefusedError("a process was ended, perhaps for its memory; try again with --jobs 1") from fault
    wanting, blank = len(failed(rows)), sum(not row.measured for row in rows)
    print(f"{len(rows)} rows, {wanting} do not hold, {blank} not measured", file=sys.stderr)
    return 1 if wanting else 0


def _measured(args: argparse.Namespace) -> "list[Row]":
    """Measure all that is asked for, with a bar; what was measured before is not measured again."""
    from tqdm import tqdm

    from senolab.cases.acceptance.measures import pieces_of, rows_of
    from senolab.cases.acceptance.running import all_measured

    names = [name for name in NAMES if name in args.only]
    scale = SCALES[args.scale]
    work = args.work or state_folder(args.state) / "accept"
    pieces = pieces_of(names, args.women, scale)
    with tqdm(total=len(pieces), unit="piece", file=sys.stderr, disable=not pieces) as bar:

        def told(done: int, _all: int) -> None:
            bar.update(done - bar.n)

        found = all_measured(pieces, work, jobs=args.jobs, told=told)
    return rows_of(names, args.women, scale, found)


def _write(path: Path, text: str) -> None:
    """Write beside the place, then rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text, "utf-8")
    beside.replace(path)
