"""A segmentation of the truth: it says which image it is of, and lies where that image has breast."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from .facts import Facts
from .findings import Finding, error, items, named, shown, text, warning

SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"


def sources(ds: Any) -> tuple[str, ...]:
    """Give the images that a segmentation says it was made from."""
    found = [text(item, "ReferencedSOPInstanceUID") for item in items(ds, "SourceImageSequence")]
    for word in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        for group in items(ds, word):
            for derivation in items(group, "DerivationImageSequence"):
                found += [
                    text(item, "ReferencedSOPInstanceUID")
                    for item in items(derivation, "SourceImageSequence")
                ]
    for series in items(ds, "ReferencedSeriesSequence"):
        found += [
            text(item, "ReferencedSOPInstanceUID") for item in items(series, "ReferencedInstanceSequence")
        ]
    return tuple(dict.fromkeys(uid for uid in found if uid))


def segmented(ds: Any) -> Iterator[Finding]:
    """Check a segmentation's header by itself."""
    if not sources(ds):
        yield error(
            "segment-source",
            f"{named('SourceImageSequence')} is missing: nobody knows of which image this is",
        )
    # One that lies in a patient's space (CT, MR, tomosynthesis) is oriented by its planes.
    if not text(ds, "PatientOrientation") and not text(ds, "FrameOfReferenceUID"):
        yield error(
            "orientation", f"{named('PatientOrientation')} is missing: write that of the image it is of"
        )


def mask_of(pixels: np.ndarray) -> np.ndarray:
    """Give the union of a segmentation's frames, bool ``(rows, columns)``."""
    return np.asarray(pixels if pixels.ndim == 2 else pixels.max(axis=0)) > 0


def unmasked(mask: np.ndarray) -> Iterator[Finding]:
    """Check that a segmentation marks anything."""
    if not mask.any():
        yield error("empty-segment", f"{named('PixelData')} marks nothing: a lesion without a pixel")


def apart_from_source(segment: Facts, images: Mapping[str, Facts], *, all_there: bool) -> Iterator[Finding]:
    """Compare a segmentation with the image it is of.

    Parameters
    ----------
    images
        Images by their SOPInstanceUID.
    all_there
        Whether the image must be among them.
    """
    found = [images[uid] for uid in segment.sources if uid in images]
    if segment.sources and not found:
        yield (error if all_there else warning)(
            "segment-source",
            f"{named('ReferencedSOPInstanceUID')} is no image of this exam: the segmentation is of another",
        )
    for image in found:
        if (segment.rows, segment.columns) != (image.rows, image.columns):
            yield error(
                "segment-size",
                f"{named('Rows')} and {named('Columns')} are {segment.rows} x {segment.columns}, the image "
                f"{image.view} has {image.rows} x {image.columns}",
            )
        elif segment.occupied & ~image.occupied:
            yield error(
                "segment-outside", f"{named('PixelData')} marks places outside the breast of {image.view}"
            )
        if segment.orientation and segment.orientation != image.orientation:
            yield error(
                "orientation",
                f"{named('PatientOrientation')} is {shown(segment.orientation)}, that of {image.view} "
                f"{shown(image.orientation)}: make them the same",
            )
        for keyword, mine, its in (
            ("StudyInstanceUID", segment.study, image.study),
            ("PatientID", segment.patient, image.patient),
        ):
            if mine != its:
                yield error("segment-source", f"{named(keyword)} differs from that of the image {image.view}")
