"""Tables of a reader study: CSV files with one rating, lesion or mark a row, checked row by row.

=========  ====================================================================
table      columns
=========  ====================================================================
ratings    modality, reader, case, truth, rating
cases      case, truth, n_lesions
lesions    case, lesion_id, weight
marks      modality, reader, case, truth, mark, lesion_id, rating
=========  ====================================================================

`truth` is 1 for diseased; `mark` is ``LL`` on a lesion and ``NL`` on none; a case without a row among
the marks was not marked. A rating of ``-inf`` says that a case was not marked at all.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from senolab.words import gettext

from .csvtable import MOST_TOLD, Row, Table, TableError
from .ownership import ROUNDING
from .study import Reading, Study, reading_of_marks, reading_of_ratings

_RATINGS = ("modality", "reader", "case", "truth", "rating")
_CASES = ("case", "truth", "n_lesions")
_LESIONS = ("case", "lesion_id", "weight")
_MARKS = ("modality", "reader", "case", "truth", "mark", "lesion_id", "rating")


def read_ratings(path: Path) -> Study:
    """Read an ROC study: one rating by each reader of each case in each modality.

    Raises
    ------
    TableError
        With file, line and reason for every row that cannot be used, for a case with two truths, and where
        a reader did not rate every case in every modality.
    """
    table = Table(path, _RATINGS)
    truth: dict[str, int] = {}
    first: dict[str, int] = {}
    rated: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for row in table.rows:
        modality, reader, case = (table.word(row, name) for name in ("modality", "reader", "case"))
        diseased, rating = table.flag(row), table.number(row, "rating", unmarked=True)
        if modality is None or reader is None or case is None or diseased is None or rating is None:
            continue
        first.setdefault(case, row.line)
        if truth.setdefault(case, diseased) != diseased:
            before = f"{truth[case]} in line {first[case]}"
            table.fault(row, f"case {case} has truth {diseased} here and {before}")
        elif case in rated[modality, reader]:
            table.fault(row, f"reader {reader} rates case {case} in modality {modality} a second time")
        else:
            rated[modality, reader][case] = rating
    table.settle()
    modalities, readers = _names(rated)
    _crossed(table, modalities, readers, rated, truth)
    made = {
        pair: _made(table, reading_of_ratings, list(truth.values()), [ratings[case] for case in truth])
        for pair, ratings in rated.items()
    }
    return Study(modalities=modalities, readers=readers, cases=tuple(truth), readings=made)


def _crossed(
    table: Table,
    modalities: tuple[str, ...],
    readers: tuple[str, ...],
    rated: dict[tuple[str, str], dict[str, float]],
    truth: dict[str, int],
) -> None:
    """Refuse a study in which something was not read."""
    holes = [
        f"reader {reader} has no rating of case {case} in modality {modality}"
        for modality in modalities
        for reader in readers
        for case in truth
        if case not in rated.get((modality, reader), {})
    ]
    if holes:
        more = f" (and {len(holes) - 1} more are missing)" if len(holes) > 1 else ""
        table.stop(f"{holes[0]}{more}; every reader must read every case in every modality")


def read_marks(cases: Path, lesions: Path, marks: Path) -> Study:
    """Read a free-response study: any number of marks by each reader on each case in each modality.

    Raises
    ------
    TableError
        With file, line and reason for every row that cannot be used, and where the tables contradict
        each other.
    """
    truth = _cases(cases)
    lesion_of = _lesions(lesions, truth)
    _counted(cases, truth, lesion_of)
    table = Table(marks, _MARKS)
    placed: dict[tuple[str, str], list[tuple[str, int, float]]] = defaultdict(list)
    order = {key: place for place, key in enumerate(lesion_of)}
    for row in table.rows:
        modality, reader = table.word(row, "modality"), table.word(row, "reader")
        lesion, rating = _lesion_under(table, row, truth, order), table.number(row, "rating")
        if modality is not None and reader is not None and lesion is not None and rating is not None:
            placed[modality, reader].append((row.cells["case"], lesion, rating))
    table.settle()
    modalities, readers = _names(placed)
    place = {case: index for index, case in enumerate(truth)}
    notes = tuple(
        gettext(
            "Reader %(reader)s has no mark at all in modality %(modality)s; "
            "every case there counts as unmarked.",
            reader=reader,
            modality=modality,
        )
        for modality in modalities
        for reader in readers
        if (modality, reader) not in placed
    )

    def reading(given: list[tuple[str, int, float]]) -> Reading:
        return _made(
            table,
            reading_of_marks,
            [diseased for diseased, _, _ in truth.values()],
            lesion_case=[place[case] for case, _ in lesion_of],
            lesion_weight=list(lesion_of.values()),
            mark_case=[place[case] for case, _, _ in given],
            mark_lesion=[lesion for _, lesion, _ in given],
            mark_rating=[rating for _, _, rating in given],
        )

    made = {(m, r): reading(placed.get((m, r), [])) for m in modalities for r in readers}
    return Study(modalities=modalities, readers=readers, cases=tuple(truth), readings=made, notes=notes)


def _cases(path: Path) -> dict[str, tuple[int, int, int]]:
    """Truth, number of lesions and line of each case."""
    table, found = Table(path, _CASES), {}
    for row in table.rows:
        case, truth, lesions = table.word(row, "case"), table.flag(row), table.number(row, "n_lesions")
        if case is None or truth is None or lesions is None:
            continue
        if case in found:
            table.fault(row, f"case {case} stands in line {found[case][2]} already")
        elif lesions < 0 or lesions % 1 or (lesions > 0) != bool(truth):
            table.fault(row, f"a case of truth {truth} cannot have {row.cells['n_lesions']} lesions")
        else:
            found[case] = (truth, int(lesions), row.line)
    table.settle()
    if len({truth for truth, _, _ in found.values()}) < 2:
        table.stop(f"truth is {next(iter(found.values()))[0]} in every row; cases of both classes are needed")
    return found


def _lesions(path: Path, truth: dict[str, tuple[int, int, int]]) -> dict[tuple[str, str], float]:
    """Weight of each lesion, by case and lesion id."""
    table, found, sums = Table(path, _LESIONS), {}, defaultdict[str, float](float)
    first: dict[str, Row] = {}
    for row in table.rows:
        case, ident, weight = (
            table.word(row, "case"),
            table.word(row, "lesion_id"),
            table.number(row, "weight"),
        )
        if case is None or ident is None or weight is None:
            continue
        if case not in truth:
            table.fault(row, f"there is no case {case} in the table of cases")
        elif (case, ident) in found:
            table.fault(row, f"lesion {ident} of case {case} stands here a second time")
        elif weight <= 0:
            table.fault(row, f"weight must be greater than 0, not {row.cells['weight']}")
        else:
            found[case, ident] = weight
            sums[case] += weight
            first.setdefault(case, row)
    for case, total in sums.items():
        if abs(total - 1) > ROUNDING:
            table.fault(first[case], f"the weights of case {case} must sum to 1, not {total:g}")
    table.settle()
    return found


def _counted(
    path: Path, truth: dict[str, tuple[int, int, int]], lesion_of: dict[tuple[str, str], float]
) -> None:
    """Refuse cases whose number of lesions is not that of the table of lesions."""
    listed = Counter(case for case, _ in lesion_of)
    wrong = [
        f"{path}, line {line}: n_lesions is {number}, but {listed[case]} lesions of case {case} are listed"
        for case, (_, number, line) in truth.items()
        if listed[case] != number
    ]
    if wrong:
        raise TableError("\n".join(wrong[:MOST_TOLD]))


def _lesion_under(
    table: Table, row: Row, truth: dict[str, tuple[int, int, int]], order: dict[tuple[str, str], int]
) -> int | None:
    """Index of the lesion that a mark lies on, −1 for none; None where the row is at fault."""
    case, diseased, kind = table.word(row, "case"), table.flag(row), row.cells["mark"]
    ident = row.cells["lesion_id"]
    if case is None or diseased is None:
        return None
    if case not in truth:
        table.fault(row, f"there is no case {case} in the table of cases")
    elif truth[case][0] != diseased:
        table.fault(row, f"case {case} has truth {diseased} here and {truth[case][0]} in the table of cases")
    elif kind not in ("LL", "NL"):
        table.fault(row, f"mark must be LL (on a lesion) or NL (on none), not {kind!r}")
    elif kind == "NL" and ident:
        table.fault(row, f"a mark on no lesion (NL) names lesion {ident}")
    elif kind == "LL" and (case, ident) not in order:
        table.fault(row, f"there is no lesion {ident or '(empty)'} of case {case} in the table of lesions")
    else:
        return -1 if kind == "NL" else order[case, ident]
    return None


def _names(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Modalities and readers in the order in which they appear."""
    return tuple(dict.fromkeys(m for m, _ in pairs)), tuple(dict.fromkeys(r for _, r in pairs))


def _made(table: Table, make, *args, **kwargs) -> Reading:
    """Make a reading; what it refuses is told with the table's name."""
    try:
        return make(*args, **kwargs)
    except ValueError as problem:
        raise TableError(f"{table.path}: {problem}") from problem
