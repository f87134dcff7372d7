"""`senolab metrics mrmc`: analyse a reader study from its tables."""

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Any

from senolab.cli.main import RefusedError
from senolab.metrics import merit, mrmc, pairs, studytables
from senolab.metrics.study import Study

_INFERENCE = {
    "RRRC": "readers and cases random",
    "FRRC": "readers fixed, cases random",
    "RRFC": "readers random, cases fixed",
}
_TABLES = (
    "An ROC study has --ratings; a free-response study has --cases, --lesions and --marks. The tables "
    "are CSV files in UTF-8 whose first row names the columns; others are ignored. truth is 1 for "
    "diseased and 0 for not; a rating is any number, the higher the more suspicious, and -inf in "
    "--ratings says that a case was not marked; the weights of a case's lesions sum to 1. Whether a "
    "mark lies on a lesion was decided before: mark is LL (on the lesion lesion_id) or NL (on none, "
    "lesion_id empty), so that there is no acceptance radius here; senolab.metrics.places matches "
    "places in mm by one. A case without marks has no row in --marks."
)
_PRINTED = (
    "Figures are shares from 0 to 1. Modalities and readers keep the order of the rows; a difference is the "
    "first minus the second. --json prints figure, method, confidence (the level of every interval), "
    "fom {modality: {reader: value}}, modalities {modality: {estimate, lower, upper, ddf}}, "
    "tests {RRRC, FRRC, RRFC: {F, ndf, ddf, p}}, differences [{a, b, estimate, lower, upper, p}], "
    "components and notes; what is not defined is null. F of FRRC is chi-square over its ndf, ddf then null."
)


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the verb's words."""
    parser = subparsers.add_parser("metrics", help="figures of reader studies")
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND")
    study = kinds.add_parser(
        "mrmc",
        help="multi-reader multi-case analysis (Obuchowski-Rockette)",
        description="Analyse a study in which every reader read every case in every modality.",
        epilog=f"{_TABLES} {_PRINTED}",
    )
    study.add_argument("--ratings", type=Path, metavar="CSV", help="modality, reader, case, truth, rating")
    study.add_argument("--cases", type=Path, metavar="CSV", help="case, truth, n_lesions")
    study.add_argument("--lesions", type=Path, metavar="CSV", help="case, lesion_id, weight")
    study.add_argument(
        "--marks", type=Path, metavar="CSV", help="modality, reader, case, truth, mark, lesion_id, rating"
    )
    study.add_argument("--fom", choices=pairs.FIGURES, help="figure of merit (auc; with marks wafroc)")
    study.add_argument(
        "--method",
        choices=merit.METHODS,
        default="jackknife",
        help="how covariances are found; none by delong for afroc1, wafroc1: their sides share cases",
    )
    study.add_argument(
        "--confidence", type=float, default=0.95, metavar="LEVEL", help="of every interval (0.95)"
    )
    study.add_argument("--resamples", type=int, default=2000, metavar="N", help="of the bootstrap (2000)")
    study.add_argument("--seed", type=int, default=0, metavar="N", help="of the bootstrap")
    study.add_argument("--plot", type=Path, metavar="FILE", help="draw the curves (.svg, .png or .pdf)")
    study.add_argument("--json", action="store_true", help="print one JSON value")
    study.set_defaults(parser=study)


def run(args: argparse.Namespace) -> int:
    """Analyse and tell."""
    try:
        study = _study(args)
        figure = args.fom or ("wafroc" if study.kind == "froc" else "auc")
        analysis = mrmc.analyse(
            study,
            figure=figure,
            method=args.method,
            confidence=args.confidence,
            resamples=args.resamples,
            seed=args.seed,
        )
        if args.plot:
            from senolab.metrics import studyplot

            studyplot.draw(study, analysis, args.plot)
    except ValueError as problem:
        raise RefusedError(str(problem)) from problem
    except OSError as problem:
        raise RefusedError(f"{args.plot}: the picture cannot be written ({problem.strerror})") from problem
    if args.json:
        print(json.dumps(plain(study, analysis), ensure_ascii=False, indent=1, allow_nan=False))
    else:
        print("\n".join(table(study, analysis)))
    if args.plot:
        print(f"senolab: the picture is {args.plot}", file=sys.stderr)
    return 0


def _study(args: argparse.Namespace) -> Study:
    """Read whichever tables were named."""
    marked = (args.cases, args.lesions, args.marks)
    if args.ratings and not any(marked):
        study = studytables.read_ratings(args.ratings)
    elif all(marked) and not args.ratings:
        study = studytables.read_marks(*marked)
    else:
        return args.parser.error("name --ratings, or --cases, --lesions and --marks")
    try:
        merit.enough(next(iter(study.readings.values())))
    except ValueError as problem:
        raise ValueError(f"{args.ratings or args.cases}: {problem}") from problem
    return study


def plain(study: Study, analysis: mrmc.Analysis) -> dict[str, Any]:
    """Return the analysis as plain values; what is not defined is None."""
    told = "RRRC" if "RRRC" in analysis.tests else "FRRC"
    return {
        "figure": analysis.figure,
        "method": analysis.method,
        "confidence": _level(analysis),
        "fom": {
            modality: dict(zip(study.readers, map(float, analysis.foms[i]), strict=True))
            for i, modality in enumerate(study.modalities)
        },
        "modalities": {
            name: {
                "estimate": one.value,
                "lower": one.low,
                "upper": one.high,
                "ddf": _finite(analysis.ddf[name]),
            }
            for name, one in analysis.modalities.items()
        },
        "components": vars(analysis.components)
        | {"ms_t": analysis.ms_t, "ms_r": analysis.ms_r, "ms_tr": analysis.ms_tr},
        "tests": {name: _plain_test(analysis.tests.get(name)) for name in _INFERENCE},
        "differences": [
            {
                "a": one.a,
                "b": one.b,
                "estimate": one.estimate,
                "lower": one.lower,
                "upper": one.upper,
                "p": one.p,
            }
            for one in analysis.differences
            if one.inference == told
        ],
        "notes": list(analysis.notes),
    }


def _plain_test(test: mrmc.FTest | None) -> dict[str, float | None]:
    """JSON has no infinity: fixed readers have no denominator's degrees of freedom."""
    if test is None:
        return dict.fromkeys(("F", "ndf", "ddf", "p"))
    return {"F": test.f, "ndf": test.ndf, "ddf": _finite(test.ddf), "p": test.p}


def _finite(ddf: float | None) -> float | None:
    return ddf if ddf is not None and math.isfinite(ddf) else None


def table(study: Study, analysis: mrmc.Analysis) -> list[str]:
    """Return the lines that a person reads."""
    wide = max(len(name) for name in (*study.modalities, "modality")) + 2
    level = _percent(analysis)
    span = max(18, len(f"{level} interval"))
    diseased = int(next(iter(study.readings.values())).diseased.sum())
    lines = [
        f"{analysis.figure} (shares from 0 to 1) by {analysis.method}; modalities {len(study.modalities)}, "
        f"readers {len(study.readers)}, cases {len(study.cases)} ({diseased} diseased); {level} intervals",
        "",
        f"{'modality':<{wide}}{'mean':>8}  {f'{level} interval':<{span}}"
        + "".join(f"{reader:>{wide_enough(reader)}}" for reader in study.readers),
    ]
    for i, name in enumerate(study.modalities):
        mean = analysis.modalities[name]
        interval = f"{mean.low:.4f} to {mean.high:.4f}"
        lines.append(
            f"{name:<{wide}}{mean.value:>8.4f}  {interval:<{span}}"
            + "".join(
                f"{v:>{wide_enough(r)}.4f}" for r, v in zip(study.readers, analysis.foms[i], strict=True)
            )
        )
    for name, test in analysis.tests.items():
        lines += ["", f"{name}: {_INFERENCE[name]}", f"  {_tested(test)}"]
        lines += [f"  {_compared(one)}" for one in analysis.differences if one.inference == name]
    return lines + ["", *(f"Note: {note}" for note in analysis.notes)] * bool(analysis.notes)


def wide_enough(reader: str) -> int:
    """Return the width of a reader's column: names tell readers apart, so none is cut."""
    return max(len(reader), 6) + 2


def _tested(test: mrmc.FTest) -> str:
    if test.f is None or test.p is None or test.ddf is None:
        return "the test is not defined; see the note"
    if math.isinf(test.ddf):
        return f"chi-square = {test.f * test.ndf:.4f}, df = {test.ndf}, p = {test.p:.4g}"
    return f"F = {test.f:.4f}, df = {test.ndf} and {test.ddf:.2f}, p = {test.p:.4g}"


def _compared(one: mrmc.Difference) -> str:
    gap = f'"{one.a}" minus "{one.b}": {one.estimate:+.4f}'
    if one.lower is None or one.upper is None or one.p is None:
        return gap
    return f"{gap} ({one.lower:+.4f} to {one.upper:+.4f}), p = {one.p:.4g}"


def _level(analysis: mrmc.Analysis) -> float:
    """Return the level of every interval of an analysis."""
    return next(iter(analysis.modalities.values())).confidence


def _percent(analysis: mrmc.Analysis) -> str:
    return f"{100 * _level(analysis):.9g} %"
