"""The marks that a broken-off merge leaves in a text, and the two sides between them."""

import io

OURS, BASE, THEIRS, END = "<" * 7, "|" * 7, "=" * 7, ">" * 7


def sides(text: str) -> tuple[str, str] | None:
    """Return a text with the first and with the second side of each conflict in it; None without a conflict.

    One pass over the lines, whatever stands in them: learners' texts are read here before any sandbox. Marks
    that make no whole conflict stay where they are.
    """
    both: tuple[list[str], list[str]] = [], []
    open_: tuple[list[str], list[str]] = [], []
    marked: list[str] = []  # the lines of a conflict that may turn out to be none
    state, found = "", False
    for line in io.StringIO(text):
        if line.startswith(OURS):
            _keep(both, marked)
            marked, open_, state = [line], ([], []), OURS
        elif state == THEIRS and line.startswith(END):
            for side, lines in zip(both, open_, strict=True):
                side.extend(lines)
            marked, state, found = [], "", True
        elif state:
            marked.append(line)
            state = _within(line, state, open_)
        else:
            _keep(both, [line])
    _keep(both, marked)
    return ("".join(both[0]), "".join(both[1])) if found else None


def _keep(both: tuple[list[str], list[str]], lines: list[str]) -> None:
    for side in both:
        side.extend(lines)


def _within(line: str, state: str, open_: tuple[list[str], list[str]]) -> str:
    """Take a line of a conflict, and return the part of it that goes on."""
    if state == OURS and line.startswith(BASE):
        return BASE
    if state != THEIRS and line.startswith(THEIRS):
        return THEIRS
    if state != BASE:
        open_[state == THEIRS].append(line)
    return state
