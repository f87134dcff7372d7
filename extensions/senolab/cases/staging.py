"""Folders in which something is made beside its place, and the end of those whose maker was killed.

A maker holds a lock (``flock``) on its folder as long as it works; the kernel lets go of it however the
process ends. So a folder that can be locked is nobody's, and one that cannot is never touched.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PREFIX = ".making-"


@contextmanager
def staging(parent: Path) -> Iterator[Path]:
    """Give a hidden folder beside the final ones, gone when something fails or, after a kill, by `sweep`."""
    folder, handle = _held(parent)
    try:
        folder.chmod(0o755)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def sweep(parent: Path) -> None:
    """Take away the folders of makers that were killed; those of makers at work stay."""
    for folder in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):  # at work, or no folder, or of another account
            handle = _opened(folder)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder)
            finally:
                os.close(handle)


def _held(parent: Path) -> tuple[Path, int]:
    """Make a folder and lock it; another, where a sweep came between the two."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        try:
            handle = _opened(folder)
        except FileNotFoundError:
            continue
        with suppress(OSError):  # a file system without locks, where no sweep gets one either
            fcntl.flock(handle, fcntl.LOCK_EX)
        if folder.is_dir():
            return folder, handle
        os.close(handle)


def _opened(folder: Path) -> int:
    """Open a folder, not what a link leads to."""
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
