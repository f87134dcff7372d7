"""Logs of what the launcher runs: kept small, and no reason for anything to fail where the disk is full."""

import contextlib
import os
import shutil
from pathlib import Path

LOG_LIMIT = 5 << 20  # bytes of a log before it is turned over
SPARE = 1 << 20  # bytes below which a disk counts as full
FULL = (
    "The disk that holds {} is full, so that people can neither save nor hand in. "
    "Free some space; nothing else is needed then."
)


def turn_over(log: Path) -> None:
    """Keep a log small: what it holds moves to ``.1`` once it is large. The writer keeps its handle."""
    with contextlib.suppress(OSError):
        if log.stat().st_size > LOG_LIMIT:
            shutil.copyfile(log, log.with_suffix(".log.1"))
            os.truncate(log, 0)


def pass_on(end: int, log: Path) -> bool:
    """Write into a log what stands in a pipe, and say whether more may come.

    Parameters
    ----------
    end
        The pipe's reading end, which does not block.
    log
        What it cannot take, for want of space, is dropped.
    """
    with contextlib.suppress(BlockingIOError):
        while said := os.read(end, 1 << 16):
            with contextlib.suppress(OSError), log.open("ab") as file:
                file.write(said)
        return False
    return True


def full(folder: Path) -> bool:
    """Whether the disk that holds a folder has no room any more."""
    with contextlib.suppress(OSError):
        return shutil.disk_usage(folder).free < SPARE
    return False
