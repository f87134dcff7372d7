"""Cohorts: making their exams, several at once, stopped and taken up again, images and truth apart."""

import csv
import hashlib
import io
import json
import multiprocessing
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from senolab.words import marked

from .identity import uid
from .plans import Cohort, Drawing, cohort_named, drawings, shipped
from .scales import Scale, scale_named
from .truth import LesionTruth, LesionView, Truth, read_truth
from .woman import VIEWS, Woman

__all__ = ["Cohort", "DrawnExam", "cohort_named", "draw", "shipped"]

GENERATOR = 2  # raise it when the same woman gives other pixels
_MOMENT = 1767225600  # 2026-01-01 00:00 UTC: the time of every file, so that it tells nothing

OUTCOMES = {"spiculated mass": "cancer", "circumscribed mass": "benign", "calcifications": "cancer"}
LABELS = {
    "spiculated mass": marked("Spiculated mass"),
    "circumscribed mass": marked("Circumscribed mass"),
    "calcifications": marked("Fine pleomorphic calcifications"),
}
CATEGORIES = {"spiculated mass": "5", "circumscribed mass": "2", "calcifications": "4"}


@dataclass(frozen=True)
class DrawnExam:
    """An exam that was made.

    Attributes
    ----------
    id
        Keyed one-way hash; also the name of its folders.
    form, number
        Its place in the cohort: form ``"A"``, exams from 1.
    images
        Folder with ``RCC.dcm LCC.dcm RMLO.dcm LMLO.dcm`` and nothing else.
    truth
        What a scorer and a reveal may know.
    prompt
        What the simple program says (`senolab.cases.prompt`).
    """

    id: str
    form: str
    number: int
    images: Path
    truth: Truth
    prompt: dict[str, Any]

    @property
    def views(self) -> dict[str, Path]:
        """View name -> file."""
        return {view: self.images / f"{view}.dcm" for view in VIEWS}

    def reveal(self) -> dict[str, Any]:
        """Everything a learner may see after committing: outcome, sentence, findings, prompt."""
        return self.truth.reveal(self.prompt)


@dataclass(frozen=True)
class _Task:
    """One exam to make, as it goes to another process."""

    drawing: Drawing
    scale: Scale
    secret: bytes
    images: Path
    truth: Path


def draw(
    spec: Cohort,
    *,
    secret: bytes,
    out_images: Path,
    out_truth: Path,
    scale: str = "class",
    jobs: int = 1,
    progress: Callable[[int, int], None] | bool | None = None,
) -> list[DrawnExam]:
    """Make all exams of a cohort.

    Finished exams are kept (their content is checked), so a stopped run can be taken up again.
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
    progress
        Called with (finished, all); True shows a bar on standard error.
    """
    fineness = scale_named(scale)
    tasks = [
        _Task(drawing, fineness, secret, Path(out_images), Path(out_truth))
        for drawing in drawings(spec, secret=secret, scale=scale)
    ]
    for folder in (out_images, out_truth):
        Path(folder).mkdir(parents=True, exist_ok=True)
    waiting = [task for task in tasks if not _finished(task)]
    done = len(tasks) - len(waiting)
    with _reporting(progress, len(tasks)) as tell:
        tell(done)
        for _ in _made(waiting, jobs):
            done += 1
            tell(done)
    return [_drawn(task) for task in tasks]


def _made(tasks: list[_Task], jobs: int) -> Iterator[None]:
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


def content_of(woman: Woman, scale: Scale) -> str:
    """Hash of everything an exam depends on."""
    text = json.dumps([GENERATOR, asdict(woman), asdict(scale)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _finished(task: _Task) -> bool:
    """Whether the exam lies there whole, made from the same things."""
    exam = task.drawing.exam
    try:
        made = json.loads((task.truth / exam / "made.json").read_text("utf-8"))
        if made["content"] != content_of(task.drawing.woman, task.scale):
            return False
        return all(_sha256(task.images / exam / f"{view}.dcm") == made["images"][view] for view in VIEWS)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def make(task: _Task) -> None:
    """Make one exam: the truth first, so that an exam whose images are there has its truth."""
    from .dicom import Header, encoded, mammogram
    from .imaging import images_of
    from .segmentation import segmentation

    drawing, secret, exam = task.drawing, task.secret, task.drawing.exam
    woman = drawing.woman
    study, series = uid(secret, exam, "study"), uid(secret, exam, "series")
    hidden: dict[str, bytes] = {}
    hashes: dict[str, str] = {}
    seen: list[LesionView] = []
    with _staging(task.images) as images, _staging(task.truth) as truth:
        for image in images_of(woman, task.scale):
            header = Header(
                exam,
                image.view,
                woman.age,
                image.thickness_mm,
                image.pixel_mm,
                study,
                series,
                uid(secret, exam, image.view),
            )
            ds = mammogram(image.pixels, header)
            if image.lesion is not None and image.mask is not None:
                seen.append(image.lesion)
                words = (secret, exam, image.view, "segmentation")
                hidden[f"{image.view}-lesion-1.seg.dcm"] = segmentation(
                    ds,
                    image.mask,
                    _lesion(woman, ()),
                    series_uid=uid(*words, "series"),
                    instance_uid=uid(*words),
                )
            data = encoded(ds, lossy_ratio=task.scale.lossy_ratio)
            hashes[image.view] = hashlib.sha256(data).hexdigest()
            (images / f"{image.view}.dcm").write_bytes(data)
        _write_truth(truth, task, _truth(woman, tuple(seen)), hidden, hashes, images)
        _settle(truth, task.truth / exam)
        _settle(images, task.images / exam)


def _write_truth(
    folder: Path, task: _Task, truth: Truth, hidden: dict[str, bytes], hashes: dict[str, str], images: Path
) -> None:
    """Fill an exam's folder of truth."""
    from .prompt import detect

    for name, data in hidden.items():
        (folder / name).write_bytes(data)
    (folder / "truth.json").write_text(truth.to_json(), "utf-8")
    (folder / "lesions.csv").write_text(_table(task.drawing.exam, truth), "utf-8")
    prompt = detect({view: images / f"{view}.dcm" for view in VIEWS})
    (folder / "prompt.json").write_text(json.dumps(prompt, indent=1), "utf-8")
    made = {"content": content_of(task.drawing.woman, task.scale), "images": hashes, "scale": task.scale.name}
    (folder / "made.json").write_text(json.dumps(made, indent=1), "utf-8")


@contextmanager
def _staging(parent: Path) -> Iterator[Path]:
    """Give a hidden folder beside the final ones, gone when something fails."""
    folder = Path(tempfile.mkdtemp(prefix=".making-", dir=parent))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _settle(staged: Path, final: Path) -> None:
    """Give the files one time and one mode, and put the folder in its place."""
    for path in staged.iterdir():
        path.chmod(0o644)
        os.utime(path, (_MOMENT, _MOMENT))
    os.utime(staged, (_MOMENT, _MOMENT))
    if final.exists():
        shutil.rmtree(final)
    staged.rename(final)


def _truth(woman: Woman, views: tuple[LesionView, ...]) -> Truth:
    """Write down what is known of a woman, with her lesion's places."""
    if woman.lesion is None:
        return Truth("normal", woman.density, woman.age, ())
    lesion = _lesion(woman, views)
    return Truth(OUTCOMES[lesion.kind], woman.density, woman.age, (lesion,))


def _lesion(woman: Woman, views: tuple[LesionView, ...]) -> LesionTruth:
    if woman.lesion is None:
        raise ValueError("this woman has no lesion")
    kind = woman.lesion.kind
    return LesionTruth(
        "lesion-1", kind, LABELS[kind], CATEGORIES[kind], woman.lesion.size_mm, woman.lesion.side, views
    )


def _table(exam: str, truth: Truth) -> str:
    """Write the truth as a table: one row per lesion and view, one row for a normal exam."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(
        [
            "exam",
            "outcome",
            "density",
            "age",
            "lesion",
            "kind",
            "category",
            "size_mm",
            "view",
            "x_mm",
            "y_mm",
            "radius_mm",
        ]
    )
    common = [exam, truth.outcome, truth.density, truth.age]
    for lesion in truth.lesions:
        for view in lesion.views:
            what = [lesion.id, lesion.kind, lesion.category, lesion.size_mm]
            rows.writerow([*common, *what, view.view, view.x_mm, view.y_mm, view.radius_mm])
    if not truth.lesions:
        rows.writerow([*common, *[""] * 8])
    return text.getvalue()


def _drawn(task: _Task) -> DrawnExam:
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
    )
