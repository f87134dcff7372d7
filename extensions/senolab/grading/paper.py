"""The marked notebook: what a teacher opens in formgrader, safe to look at.

It goes to ``autograded/<learner>/<lesson>/``, written beside and renamed. Hidden tests are left out of
it, so that nbgrader's own feedback pages made from it do not show them either.
"""

import contextlib
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nbformat import NotebookNode, v4
from nbgrader.utils import compute_checksum

from senolab.grading import clean
from senolab.grading.marked import ItemMark
from senolab.grading.master import without_hidden
from senolab.grading.mend import Mended, Part
from senolab.grading.run import Ran, Run
from senolab.lessons.files import swap
from senolab.words import gettext

_NAMING, _LONGEST = "submission_secret.txt", 1000
_DATA_KINDS = {"choice", "probability", "mark", "threshold", "tally", "text"}


def write(
    course_dir: Path,
    learner: str,
    lesson: str,
    papers: Iterable[tuple[Mended, Run]],
    items: Iterable[ItemMark],
    *,
    timestamp: str | None,
) -> Path:
    """Write a learner's marked notebooks, all at once; to be called within the gradebook's transaction."""
    place = course_dir / "autograded" / learner / lesson
    place.parent.mkdir(parents=True, exist_ok=True)
    for left in place.parent.glob(f".{lesson}-????????"):  # by a marking that was killed
        shutil.rmtree(left, ignore_errors=True)
    marks = {(item.notebook, item.question): item for item in items}
    fresh = Path(tempfile.mkdtemp(prefix=f".{lesson}-", dir=place.parent))
    try:
        for mended, ran in papers:
            text = v4.writes(_notebook(mended, ran, marks))
            (fresh / f"{mended.name}.ipynb").write_text(text, "utf-8")
        if timestamp:
            (fresh / "timestamp.txt").write_text(timestamp, "utf-8")
        (fresh / _NAMING).write_text(_secret(course_dir / "submitted" / learner / lesson, place), "ascii")
        fresh.chmod(0o755)
        swap(fresh, place)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return place


def _secret(*folders: Path) -> str:
    """Give the word by which nbgrader's release_feedback names a page; what the campus took has none yet."""
    for path in (folder / _NAMING for folder in folders):
        with contextlib.suppress(OSError, ValueError):
            word = path.read_bytes()[:_LONGEST].decode("ascii").strip() if not path.is_symlink() else ""
            if word:
                return word
    return secrets.token_hex(64)


def _notebook(mended: Mended, ran: Run, marks: Mapping[tuple[str, str], ItemMark]) -> NotebookNode:
    hidden = _hidden_lines(mended)
    cells = []
    for index, part in enumerate(mended.parts):
        item = marks.get((mended.name, part.grade_id)) if part.grade_id else None
        cells.append(_cell(part, ran.parts.get(index), item, hidden, f"part-{index}"))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return v4.new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})


def _hidden_lines(mended: Mended) -> list[str]:
    """Give the lines that stand in hidden tests only."""
    shown = {line.strip() for part in mended.parts if part.master for line in part.master.shown.splitlines()}
    tests = [part.source for part in mended.parts if part.master and part.master.hidden]
    return sorted({line.strip() for test in tests for line in test.splitlines()} - shown - {""})


def _cell(
    part: Part, ran: Ran | None, item: ItemMark | None, hidden: list[str], cell_id: str
) -> NotebookNode:
    learners = part.master is None or part.master.answer
    if part.cell_type == "code":
        source = without_hidden(part.source) if part.master and part.master.hidden else part.source
        cell = v4.new_code_cell(clean.plain(source), id=cell_id)
        cell.outputs = [NotebookNode(output) for output in _outputs(part, ran, item, hidden)]
    elif learners:
        data = item is not None and item.kind in _DATA_KINDS
        written = clean.literal if data or part.cell_type == "raw" else clean.markdown
        cell = v4.new_markdown_cell(written(part.source), id=cell_id)
        if part.images:
            cell.attachments = {name: {kind: image} for name, kind, image in part.images}
    else:
        make = v4.new_raw_cell if part.cell_type == "raw" else v4.new_markdown_cell
        cell = make(part.source, id=cell_id)
    if part.master is not None and part.grade_id:
        cell.metadata["nbgrader"] = NotebookNode(part.master.metadata.get("nbgrader") or {})
        if part.master.grade or part.master.task:
            cell.metadata["nbgrader"]["points"] = part.master.points
        cell.metadata["nbgrader"]["checksum"] = compute_checksum(cell)
    return cell


def _outputs(part: Part, ran: Ran | None, item: ItemMark | None, hidden: list[str]) -> list[dict[str, Any]]:
    """Give what stands under a part: of a question or a hidden test the mark in words, else what was run."""
    told = item is not None and (item.kind in _DATA_KINDS or (part.master is not None and part.master.hidden))
    if item is not None and told:
        answer = gettext("Answer: %(answer)s", answer=item.answer) + "\n" if item.answer else ""
        text = clean.plain(f"{answer}{item.words}\n")
        return [{"output_type": "stream", "name": "stdout", "text": text}]
    return clean.outputs(ran.outputs, hidden) if ran is not None else []
