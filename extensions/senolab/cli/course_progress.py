"""How far a long command is: a bar for a person, lines of JSON for the campus's page."""

import json
import sys
from types import TracebackType
from typing import Any

from tqdm import tqdm


class Progress:
    """Tells steps on standard error; use it in a `with`, and call it with (done, total, words).

    Parameters
    ----------
    as_json
        One line ``{"done", "total", "words"}`` a step instead of a bar.
    """

    def __init__(self, *, as_json: bool = False) -> None:
        self._as_json = as_json
        self._bar: Any = None

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, done: float, total: float, words: str = "making the exams") -> None:
        """Say that `done` of `total` steps are behind, and what is being done now."""
        if self._as_json:
            print(json.dumps({"done": done, "total": total, "words": words}), file=sys.stderr, flush=True)
            return
        if self._bar is None:
            self._bar = tqdm(total=total, file=sys.stderr, bar_format="{l_bar}{bar}| {elapsed}", leave=False)
        self._bar.total, self._bar.n = total, done
        self._bar.set_description_str(words)
