"""Whether the Python of a lesson can be compiled."""

import ast
import warnings

from .findings import Findings
from .lesson import Code, Lesson


def check_syntax(lesson: Lesson, findings: Findings) -> None:
    """Note every block of Python that is none."""
    for block in lesson.blocks:
        if isinstance(block, Code):
            fault = syntax_fault(block.source)
            if fault is not None:
                findings.error(block.line + fault[0] - 1, f"This is no Python: {fault[1]}.")


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
        return 1, str(problem) or "it is nested too deeply"
    return None
