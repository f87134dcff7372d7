"""A file opened and looked at, in this process: for files of the library, and for the sandbox."""

import warnings
from pathlib import Path

from .facts import Facts
from .findings import Finding, error, shown
from .identity import Origin
from .looking import looked_at
from .validator import news, validated


def opened(path: Path, *, view: str = "", origin: Origin = "outside") -> tuple[list[Finding], Facts | None]:
    """Read a file and check its object; no exception, and no facts where it is no object."""
    import pydicom
    from pydicom.errors import InvalidDicomError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what pydicom warns of is told in a sentence
            ds = pydicom.dcmread(path)
        if not any(not tag.is_private for tag in ds.keys()):  # noqa: SIM118 # a Dataset iterates elements
            return [error("unreadable", "it is cut short: nothing follows the file's heading")], None
        own, facts = looked_at(ds, view=view, origin=origin)
    except InvalidDicomError:
        return [error("no-dicom", "it is no DICOM file (no DICM mark at byte 128)")], None
    except Exception as fault:  # parsers of broken files raise whatever they like
        return [error("unreadable", f"it cannot be read: {shown(f'{type(fault).__name__}: {fault}')}")], None
    return [*own, *news(list(validated(path)), own)], facts
