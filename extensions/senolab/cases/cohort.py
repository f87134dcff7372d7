"""Cohorts: making their exams, several at once, stopped and taken up again."""

import json
import multiprocessing
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .making import PROCESSING, Task, finished, make
from .plans import Cohort, cohort_named, drawings, shipped
from .planting import planted_in
from .scales import scale_named
from .staging import sweep
from .truth import Truth, read_truth
from .woman import VIEWS

__all__ = ["Cohort", "DrawnExam", "cohort_named", "draw", "shipped"]


@dataclass(frozen=True)
class DrawnExam:
    """An exam that was made.

    Attributes
    ----------
    id
        Keyed one-way hash; also the name of its folders.
    form, number
        Its woman's place in the cohort: form ``"A"``, women from 1.
    images
        Folder with ``RCC.dcm LCC.dcm RMLO.dcm LMLO.dcm``, and ``processing/`` with the same names where
        the raw images were asked for; nothing else.
    vendor
        Whose unit imaged her.
    truth
        What a scorer and a reveal may know.
    prompt
        What the simple program says (`senolab.cases.prompt`).
    round, rounds, priors
        Which of her rounds it is, how many she has, and the exams of the earlier ones, the latest first.
    planted
        What is odd about its files, as its truth tells (`planting.planted_in`); None if nothing.
    hospital
        Where she was imaged, where the cohort tells it.
    """

    id: str
    form: str
    number: int
    images: Path
    truth: Truth
    prompt: dict[str, Any]
    vendor: str = "A"
    round: int = 1
    rounds: int = 1
    priors: tuple[str, ...] = ()
    planted: dict[str, Any] | None = None
    hospital: str = ""

    @property
    def current(self) -> bool:
        """Whether it is her last round, the one to be read."""
        return self.round == self.rounds

    @property
    def views(self) -> dict[str, Path]:
        """View name -> file."""
        return {view: self.images / f"{view}.dcm" for view in VIEWS}

    @property
    def raw(self) -> dict[str, Path]:
        """View name -> file For Processing, where these were asked for."""
        files = {view: self.images / PROCESSING / f"{view}.dcm" for view in VIEWS}
        return {view: path for view, path in files.items() if path.is_file()}

    def reveal(self) -> dict[str, Any]:
        """Everything a learner may see after committing: outcome, sentence, findings, prompt."""
        return self.truth.reveal(self.prompt)


def draw(
    spec: Cohort,
    *,
    secret: bytes,
    out_images: Path,
    out_truth: Path,
    scale: str = "class",
    jobs: int = 1,
    vendor: str | None = None,
    for_processing: bool = False,
    cache: Path | None = None,
    progress: Callable[[int, int], None] | bool | None = None,
) -> list[DrawnExam]:
    """Make all exams of a cohort, of each woman the earlier rounds first.

    Finished exams are kept (their content is checked), so a stopped run can be taken up again; what one
    that was killed left half made is taken away.
    Each exam appears at once and whole: images under `out_images`, truth under `out_truth`, each
    in a folder named by the exam's id.

    Parameters
    ----------
    secret
        At least 16 bytes; seeds, sides, order, ids and UIDs follow from it and from nothing else.
    scale
        ``ci``, ``binder`` or ``class``.
    jobs
        Processes at once.
    vendor
        Who images all women, whatever the cohort says.
    for_processing
        Keep the raw images too, whatever the cohort says; `DrawnExam.raw` names them.
    cache
        Private folder in which the tissue of her breasts is kept for the next time, and found again.
    progress
        Called with (finished, all); True shows a bar on standard error.
    """
    fineness = scale_named(scale)
    raw = for_processing or spec.for_processing
    tasks = [
        Task(drawing, fineness, secret, Path(out_images), Path(out_truth), raw, cache)
        for drawing in drawings(spec, secret=secret, scale=scale, vendor=vendor)
    ]
    for folder in (out_images, out_truth):
        Path(folder).mkdir(parents=True, exist_ok=True)
        sweep(Path(folder))
    waiting = [task for task in tasks if not finished(task)]
    done = len(tasks) - len(waiting)
    with _reporting(progress, len(tasks)) as tell:
        tell(done)
        for _ in _made(waiting, jobs):
            done += 1
            tell(done)
    return [_drawn(task) for task in tasks]


def _made(tasks: list[Task], jobs: int) -> Iterator[None]:
    """Make the exams, in this process or in several; what is not begun is dropped when one fails."""
    if jobs <= 1 or len(tasks) <= 1:
        for task in tasks:
            make(task)
            yield
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs, len(tasks)), mp_context=context) as pool:
        futures = [pool.submit(make, task) for task in tasks]
        try:
            for future in as_completed(futures):
                future.result()
                yield
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


@contextmanager
def _reporting(
    progress: Callable[[int, int], None] | bool | None, total: int
) -> Iterator[Callable[[int], None]]:
    """Tell how far it is: to a callable, on a bar, or nobody."""
    if callable(progress):
        yield lambda done: progress(done, total)
    elif progress:
        from tqdm import tqdm

        with tqdm(total=total, unit="exam", file=sys.stderr) as bar:
            yield lambda done: _moved(bar, done)
    else:
        yield lambda _done: None


def _moved(bar: Any, done: int) -> None:
    """Bring a bar to a count."""
    bar.update(done - bar.n)


def _drawn(task: Task) -> DrawnExam:
    """Read a finished exam back."""
    drawing, folder = task.drawing, task.truth / task.drawing.exam
    prompt = json.loads((folder / "prompt.json").read_text("utf-8"))
    return DrawnExam(
        drawing.exam,
        drawing.form,
        drawing.number,
        task.images / drawing.exam,
        read_truth(folder / "truth.json"),
        prompt,
        drawing.vendor,
        drawing.round,
        drawing.rounds,
        drawing.priors,
        planted_in(folder),
        drawing.hospital,
    )
