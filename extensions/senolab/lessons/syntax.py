"""Whether the Python of a lesson can be compiled."""

import ast
import warnings

from senolab.words import gettext

from .findings import Findings
from .lesson import Code, Lesson

# nbgrader's marks, and the one kind of block that each belongs into
MARKS = {
    "SOLUTION": ("### BEGIN SOLUTION", "### END SOLUTION", "solution"),
    "HIDDEN TESTS": ("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS", "tests"),
}


def check_syntax(lesson: Lesson, findings: Findings) -> None:
    """Note every block of Python that is none, and marks that would let a solution through."""
    for block in lesson.blocks:
        if isinstance(block, Code):
            fault = syntax_fault(block.source)
            if fault is not None:
                findings.error(
                    block.line + fault[0] - 1, gettext("This is no Python: %(fault)s.", fault=fault[1])
                )
            _check_marks(block, findings)


def _check_marks(block: Code, findings: Findings) -> None:
    for name, (first, last, role) in MARKS.items():
        if first not in block.source and last not in block.source:
            continue
        if block.role != role:
            words = gettext(
                "%(name)s stands in a block that keeps it: learners would see it. Write ```python "
                "%(role)s=...",
                name=name,
                role=role,
            )
            findings.error(block.line, words)
        elif block.source.count(first) != block.source.count(last):
            findings.error(block.line, gettext("%(first)r and %(last)r do not pair.", first=first, last=last))


def syntax_fault(source: str) -> tuple[int, str] | None:
    """Return (line, words) of what keeps a block from being Python, magics allowed, or None."""
    from IPython.core.inputtransformer2 import TransformerManager

    if source.lstrip().startswith("%%"):  # another language, or a magic that reads the block itself
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code = TransformerManager().transform_cell(source)
            compile(code, "lesson", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except SyntaxError as problem:
        return problem.lineno or 1, problem.msg
    except (ValueError, RecursionError, MemoryError) as problem:
        return 1, str(problem) or gettext("it is nested too deeply")
    return None
