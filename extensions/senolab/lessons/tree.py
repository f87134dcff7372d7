"""Writing a lesson into nbgrader's source folder."""

from pathlib import Path

from .contents import Entry, left_out
from .findings import LessonRefusedError
from .lesson import Lesson
from .links import assets
from .notebook import build, text_of
from .ownfiles import copy_file, copy_folder
from .reader import read


def write_source(one: Entry, folder: Path, *, lesson: Lesson | None = None) -> Lesson | None:
    """Write the source version of a lesson, with the files it shows, into an empty or new folder.

    Parameters
    ----------
    lesson
        The lesson if it was read already: what is built then is what was read.

    Returns
    -------
    Lesson or None
        The lesson as read; None for plain notebooks, which are copied as they are.

    Raises
    ------
    LessonRefusedError
        If something in the lesson must be mended.
    StrayFileError
        If something that it holds is a link.
    """
    if one.kind == "notebooks":
        copy_folder(one.folder, one.inside, folder, leave_out=left_out)
        return None
    lesson = lesson or read(one.path)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{lesson.id}.ipynb").write_text(text_of(build(lesson)), "utf-8")
    for name in assets(lesson):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        copy_file(lesson.path.parent, name, folder / name)
    return lesson


__all__ = ["LessonRefusedError", "write_source"]
