"""Measuring piece by piece, or several at once; what was measured is kept and not measured again."""

import hashlib
import json
import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from senolab.cases.making import GENERATOR

VERSION = 3  # raise it when the same woman gives other measures


@dataclass(frozen=True)
class Piece:
    """One thing to measure, e.g. the texture of one woman.

    Attributes
    ----------
    name
        Of the piece; also the beginning of its file's name.
    measure
        A function of a module, so that it can go to another process; what it returns goes into JSON.
    about
        What it is called with; all that the outcome depends on.
    """

    name: str
    measure: Callable[..., dict[str, Any]]
    about: tuple[Any, ...] = ()

    def place(self, work: Path) -> Path:
        """Give the file that keeps the outcome; its name changes with everything that it depends on."""
        words = repr((GENERATOR, VERSION, self.measure.__module__, self.measure.__name__, self.about))
        return work / f"{self.name}-{hashlib.sha256(words.encode()).hexdigest()[:16]}.json"


def kept(piece: Piece, work: Path) -> dict[str, Any] | None:
    """Read what was measured before; None where it was not, or where the file is no longer whole."""
    try:
        found = json.loads(piece.place(work).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def measure(piece: Piece, work: Path) -> dict[str, Any]:
    """Measure one piece and keep the outcome: written beside its place, then renamed.

    Raises
    ------
    ValueError
        If it cannot be measured; the sentence names the piece.
    """
    try:
        found = piece.measure(*piece.about)
    except ValueError as fault:
        raise ValueError(f"{piece.name}: {fault}") from fault
    path = piece.place(work)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(json.dumps(found), "utf-8")
    beside.replace(path)
    return json.loads(json.dumps(found))  # as the next run reads it


def all_measured(
    pieces: list[Piece], work: Path, *, jobs: int = 1, told: Callable[[int, int], None] = lambda *_: None
) -> dict[str, dict[str, Any]]:
    """Measure all pieces that were not measured before.

    Parameters
    ----------
    work
        Folder that keeps the outcomes; made if it is not there.
    jobs
        Processes at once.
    told
        Called with (measured, all).

    Returns
    -------
    dict
        Name of the piece -> what was measured.
    """
    work.mkdir(parents=True, exist_ok=True)
    found = {piece.name: outcome for piece in pieces if (outcome := kept(piece, work)) is not None}
    waiting = [piece for piece in pieces if piece.name not in found]
    told(len(found), len(pieces))
    for piece, outcome in _measured(waiting, work, jobs):
        found[piece.name] = outcome
        told(len(found), len(pieces))
    return found


def _measured(pieces: list[Piece], work: Path, jobs: int) -> Iterator[tuple[Piece, dict[str, Any]]]:
    """Measure in this process or in several; what is not begun is dropped when one fails."""
    if jobs <= 1 or len(pieces) <= 1:
        for piece in pieces:
            yield piece, measure(piece, work)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs, len(pieces)), mp_context=context) as pool:
        futures = {pool.submit(measure, piece, work): piece for piece in pieces}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
