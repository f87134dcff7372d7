"""`senolab.view`: look at an exam, with nothing to answer."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from senolab.words import gettext

from . import hanging
from .arrays import dicom_of
from .hanging import ImageError, View
from .widget import Reading, notice, public

_MOST = 12  # images at once


def view(exam: Any, *, spacing_mm: float = 0.1, cpu: bool = False) -> Reading:
    """Show an exam's images, hung as at the workstation.

    Parameters
    ----------
    exam
        A folder or file (path or text), a list of files, an exam of the library (anything with
        ``views``: {view: path}), or a dictionary {view: 2D array}.
    spacing_mm
        Pixel size of arrays, in mm.
    cpu
        Draw without graphics acceleration, even where there is one.
    """
    try:
        views = hanging.hang(_views(exam, spacing_mm))
    except ImageError as problem:
        return notice(str(problem))
    title = str(getattr(exam, "id", "") or "Exam")
    return Reading(kind="view", views=views, spec={"title": title, "views": public(views)}, cpu=cpu)


def views_in(folder: Path) -> list[View]:
    """Return the views of one exam's folder in hanging order.

    Raises
    ------
    ImageError
        If the folder holds no image, or one of them cannot be read.
    """
    return hanging.hang(_of_files(_files(folder)))


def _views(exam: Any, spacing_mm: float) -> list[View]:
    shown = getattr(exam, "views", exam)
    if isinstance(shown, Mapping):
        return [_one(name, source, spacing_mm) for name, source in shown.items()]
    if isinstance(shown, str | Path):
        path = Path(shown).expanduser()
        return _of_files(_files(path) if path.is_dir() else [path])
    if isinstance(shown, Iterable):
        return _of_files([Path(one).expanduser() for one in shown])
    raise ImageError(gettext("An exam is a folder, a list of files, or a dictionary of view and array."))


def _one(name: str, source: Any, spacing_mm: float) -> View:
    if isinstance(source, str | Path):
        return hanging.read(Path(source).expanduser(), name=name)
    return hanging.read(dicom_of(source, view=name, spacing_mm=spacing_mm), name=name)


def _files(folder: Path) -> list[Path]:
    found = sorted(path for path in folder.rglob("*") if path.is_file() and _is_dicom(path))
    if not found:
        raise ImageError(gettext("There is no DICOM image in %(name)s.", name=folder.name))
    return found


def _of_files(files: list[Path]) -> list[View]:
    if len(files) > _MOST:
        raise ImageError(
            gettext("%(count)s images are too many for one look; %(most)s fit.", count=len(files), most=_MOST)
        )
    return [hanging.read(path) for path in files]


def _is_dicom(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(132)[128:] == b"DICM"
    except OSError:
        return False
