"""One object looked at by the rules of its kind. No file is opened here."""

import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from pydicom.uid import UID

from senolab.cases.untrusted.pixels import MOST_PIXELS

from . import pixels as picture
from .facts import Facts, facts_of
from .findings import Finding, error, named, number, shown, text, warning
from .forms import unsound
from .grey import PRESENTATION, PROCESSING, grey
from .identity import Origin, named_person
from .placing import misplaced, view_of
from .segments import SEGMENTATION, mask_of, segmented, sources, unmasked
from .standard import missing
from .technique import disagreeing
from .values import implausible_age, implausible_values, other_class, told_apart, unknown_values, unwritten

Rule = Callable[[Any], Iterable[Finding]]
_MAMMOGRAM: tuple[Rule, ...] = (
    unknown_values, implausible_values, implausible_age, told_apart, unwritten, disagreeing, grey,
)  # fmt: skip


def looked_at(ds: Any, *, view: str = "", origin: Origin = "outside") -> tuple[list[Finding], Facts]:
    """Check one object, header and pixels.

    Parameters
    ----------
    ds
        The object as pydicom read it; values that cannot be read are taken out of it.
    view
        The view that it should be, where that is known from elsewhere: ``RCC``.
    origin
        Where it comes from, which decides what it may say of a person.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom warns of what is told here in a sentence
        found = list(unsound(ds))
        kind = _class_of(ds)
        for rule in _rules(kind, view, origin):
            found += _tried(rule, ds)
        array = None if any(finding.rule == "pixel-data" for finding in found) else _decoded(ds, kind, found)
        occupied = _seen(ds, kind, array, found) if array is not None else 0
        of = sources(ds) if kind == SEGMENTATION else ()
        facts = facts_of(ds, view=view_of(ds) or view, sources=of, occupied=occupied)
    return _told_once(found), facts


def _class_of(ds: Any) -> str:
    """Give the SOP class; that of the file's heading, or of mammograms, where the object lacks it."""
    told = text(ds, "SOPClassUID") or text(getattr(ds, "file_meta", {}), "MediaStorageSOPClassUID")
    return told or (PRESENTATION if text(ds, "Modality") == "MG" else "")


def _rules(kind: str, view: str, origin: Origin) -> Iterator[Rule]:
    """Choose the rules for a kind of object."""
    yield lambda ds: missing(ds, kind)
    yield other_class
    if kind in (PRESENTATION, PROCESSING):
        yield from _MAMMOGRAM
        yield lambda ds: misplaced(ds, view)
        yield lambda ds: named_person(ds, origin)
    elif kind == SEGMENTATION:
        yield segmented
    else:
        yield _stranger


def _stranger(ds: Any) -> Iterator[Finding]:
    """Say of what is neither mammogram nor segmentation that little of it is checked."""
    told = text(ds, "SOPClassUID")
    if not told:
        yield error("required", f"{named('SOPClassUID')} is missing: the file does not say what it is")
        return
    name = UID(told).name
    yield warning(
        "other-object",
        f"{named('SOPClassUID')} is {shown(name)}, no mammogram: only what the standard demands is checked",
    )


def _tried(rule: Rule, ds: Any) -> list[Finding]:
    """Apply a rule; a header that breaks it is a finding, not a traceback."""
    found: list[Finding] = []
    try:
        found.extend(rule(ds))
    except Exception as fault:  # a hostile header holds values of any type anywhere
        found.append(
            error(
                "unreadable", f"its header cannot be understood: {shown(f'{type(fault).__name__}: {fault}')}"
            )
        )
    return found


def _decoded(ds: Any, kind: str, found: list[Finding]) -> np.ndarray | None:
    """Decode the pixels of what is looked at; a finding where that fails."""
    if kind not in (PRESENTATION, PROCESSING, SEGMENTATION) or "PixelData" not in ds:
        return None
    size = (number(ds, "Rows") or 0) * (number(ds, "Columns") or 0) * (number(ds, "NumberOfFrames") or 1)
    if not 0 < size <= MOST_PIXELS:
        found.append(
            error(
                "pixel-data",
                f"{named('Rows')} x {named('Columns')} is {size:.0f} pixels: none, or too many to look at",
            )
        )
        return None
    try:
        ds.pixel_array_options(correct_unused_bits=False)  # else a value beyond BitsStored is cut to fit
        array = np.asarray(ds.pixel_array)
        if kind != SEGMENTATION and array.ndim != 2:
            raise ValueError("it is no grey image of one frame")
    except Exception as fault:  # decoders of broken files raise whatever they like
        syntax = getattr(getattr(ds, "file_meta", {}).get("TransferSyntaxUID"), "name", "unknown coding")
        found.append(
            error("pixel-data", f"{named('PixelData')} cannot be decoded ({shown(syntax)}): {shown(fault)}")
        )
        return None
    return array


def _seen(ds: Any, kind: str, array: np.ndarray, found: list[Finding]) -> int:
    """Check the pixels, and tell where breast or lesion lies."""
    if kind == SEGMENTATION:
        mask = mask_of(array)
        found += _tried(lambda _: unmasked(mask), ds)
        return picture.cells(mask)
    found += _tried(lambda header: picture.unlike_header(header, array), ds)
    return picture.occupied(array)


def _told_once(found: list[Finding]) -> list[Finding]:
    """Leave out that what could not be read is missing, and what is said twice in the same words."""
    unread = {
        finding.words.split(" has a value")[0] for finding in found if finding.rule == "unreadable-value"
    }
    return [
        finding
        for finding in dict.fromkeys(found)
        if finding.rule not in ("required", "wanted") or not any(name in finding.words for name in unread)
    ]
