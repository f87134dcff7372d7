"""What a server without walls finds by links, where those behind walls have it shown."""

import contextlib
from collections.abc import Iterable
from pathlib import Path

from senolab.lessons.shelf import Shelf, private_folder
from senolab.operation import accounts
from senolab.operation.settings import Settings


def prepare(shelf: Shelf, campus: Settings) -> list[str]:
    """Lay the links out where a campus has no sandbox, else take them away; return what to tell a person."""
    take_back(shelf)
    if campus.protected:
        return []
    material(shelf)
    alone = accounts.alone(accounts.read(shelf.people), campus.courses)
    return [sentence for name in alone for sentence in texts(shelf, name, campus.courses)]


def material(shelf: Shelf) -> None:
    """Lay out what the others find under /material."""
    folder = private_folder(shelf.run / "material")
    targets = {"releases": shelf.releases, "exams": shelf.exam_images, "exams-truth": shelf.exam_truth}
    for name, target in targets.items():
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(target)


def texts(shelf: Shelf, user: str, courses: Iterable[str]) -> list[str]:
    """Lay out the courses' texts in a teacher's home; what stands there already is left alone, and told."""
    home = private_folder(shelf.home(user))
    told = []
    for course in courses:
        place = home / "courses" / course
        with contextlib.suppress(OSError):
            place.rmdir()  # where walls showed the course; empty outside of them
        try:
            place.parent.mkdir(exist_ok=True, mode=0o700)
            place.symlink_to(shelf.course(course))
        except OSError as trouble:
            told.append(
                f"{place} cannot lead to the text of {course} ({trouble.strerror}). "
                "Move what is there, and start again to edit the text on the campus"
            )
    return told


def take_back(shelf: Shelf) -> None:
    """Take the texts' links out of every home: walls show the folder itself there.

    A link is known by the folder that it leads to, wherever the checkout stood when it was laid. Homes
    belong to learners: what one of them has closed or changed must not keep the campus from starting.
    """
    for folder in shelf.homes.glob("*/courses"):
        with contextlib.suppress(OSError):
            for place in folder.iterdir() if folder.is_dir() and not folder.is_symlink() else ():
                with contextlib.suppress(OSError):
                    if place.is_symlink() and _was_laid(place):
                        place.unlink()


def _was_laid(place: Path) -> bool:
    """Whether a link leads to the course of its own name in some campus's folder of texts."""
    return place.readlink().parts[-2:] == ("courses", place.name) and place.readlink().is_absolute()
