"""A lesson becomes an nbgrader notebook (schema 3), the same bytes each time."""

from collections.abc import Callable
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from .lesson import Block, Case, Code, Lesson, Prose, Question, Text
from .reader import by_hand

HIDDEN = "senolab-hidden"  # tag of cells that a lesson page does not show
IN_THE_RECORD = "(The answer stands in the record.)"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
_START = "senolab-start"


def build(lesson: Lesson) -> NotebookNode:
    """Build the source version of a lesson: solutions and tests inside, keys of questions not.

    The ids of cells come from their grade ids or their place, so that two builds are byte-identical.
    """
    cells = [_cell(new_code_cell, "import senolab", _START, locked=True, tags=(HIDDEN,))]
    for block in lesson.blocks:
        cells += _BUILDERS[type(block)](block)
    for number, cell in enumerate(cells):
        cell["id"] = _cell_id(cell, number)
    about = {"page": True, "course": lesson.course, "lesson": lesson.id}
    about |= {"lang": lesson.front.language} if lesson.front.language else {}
    metadata = {
        "kernelspec": KERNEL,
        "language_info": {"name": "python"},
        "senolab": about,
    }
    notebook = new_notebook(cells=cells, metadata=metadata)
    notebook.nbformat_minor = 5
    nbformat.validate(notebook)
    return notebook


def text_of(notebook: NotebookNode) -> str:
    """Return a notebook as the text of its file."""
    return nbformat.writes(notebook) + "\n"


def cell_lines(lesson: Lesson) -> list[int]:
    """Return for each cell of the built notebook the line of the lesson it comes from."""
    lines = [block.line for block in lesson.blocks for _ in _BUILDERS[type(block)](block)]
    return [1, *lines]


def _text(block: Text) -> list[NotebookNode]:
    return [new_markdown_cell(block.source)]


def _code(block: Code) -> list[NotebookNode]:
    if block.id is None:
        cell = new_code_cell(block.source)
        if block.tags:
            cell.metadata["tags"] = list(block.tags)
        return [cell]
    how = {
        "solution": {"solution": True},
        "tests": {"grade": True, "locked": True, "points": block.points},
        "locked": {"locked": True},
    }[block.role]
    return [_cell(new_code_cell, block.source, block.id, tags=block.tags, **how)]


def _prose(block: Prose) -> list[NotebookNode]:
    how = {
        "answer": {"grade": True, "solution": True, "points": block.points},
        "task": {"locked": True, "task": True, "points": block.points},
        "locked": {"locked": True},
    }[block.role]
    return [_cell(new_markdown_cell, block.source, block.id, **how)]


def _case(block: Case) -> list[NotebookNode]:
    shown = _cell(new_code_cell, f'senolab.case("{block.id}")', block.id, locked=True)
    graded = [cell for question in block.questions for cell in _question(question, within_case=True)]
    return [shown, *graded]


def _question(block: Question, *, within_case: bool = False) -> list[NotebookNode]:
    """Build the cells of a question; those of a case without points live in the case's widget alone."""
    call = f'senolab.question("{block.id}")'
    hidden = (HIDDEN,) if within_case else ()
    if by_hand(block):
        asked = [] if within_case else [_cell(new_code_cell, call, f"{block.id}-ask", locked=True)]
        answer = {"grade": True, "solution": True, "points": block.points}
        return [*asked, _cell(new_markdown_cell, IN_THE_RECORD, block.id, tags=(HIDDEN,), **answer)]
    if block.points:
        return [
            _cell(new_code_cell, call, block.id, tags=hidden, grade=True, locked=True, points=block.points)
        ]
    return [] if within_case else [_cell(new_code_cell, call, block.id, locked=True)]


_BUILDERS: dict[type[Block], Callable[[Any], list[NotebookNode]]] = {
    Text: _text,
    Code: _code,
    Prose: _prose,
    Case: _case,
    Question: _question,
}


def _cell(
    make: Callable[..., NotebookNode],
    source: str,
    grade_id: str,
    *,
    tags: tuple[str, ...] = (),
    points: float | None = None,
    **how: bool,
) -> NotebookNode:
    """Make a cell with nbgrader's metadata; `how` sets grade, locked, solution or task."""
    said: dict[str, Any] = {"grade": False, "locked": False, "solution": False, "task": False} | how
    said |= {"grade_id": grade_id, "schema_version": 3}
    if points is not None:
        said["points"] = points
    metadata: dict[str, Any] = {"nbgrader": dict(sorted(said.items()))}
    if tags:
        metadata["tags"] = list(tags)
    return make(source, metadata=metadata)


def _cell_id(cell: NotebookNode, number: int) -> str:
    """Return a cell's id; the prefix keeps those by place apart from every grade id."""
    said = cell.metadata.get("nbgrader")
    return said["grade_id"] if said else f"senolab-{number}"
