"""Exposure and geometry: values that say one thing twice must agree."""

from collections.abc import Iterator
from typing import Any

from .findings import Finding, error, named, number, numbers, shown, text, texts, warning

# (whole unit, thousandth of it): mA and uA, mAs and uAs, ms and us
_TWICE = (
    ("Exposure", "ExposureInuAs"),
    ("XRayTubeCurrent", "XRayTubeCurrentInuA"),
    ("ExposureTime", "ExposureTimeInuS"),
)
_FIELD = ("FieldOfViewOrigin", "FieldOfViewRotation", "FieldOfViewHorizontalFlip")
_LEAST_MM, _MOST_MM = 20.0, 480.0  # what an image covers: a small spot view, a large detector


def disagreeing(ds: Any) -> Iterator[Finding]:
    """Check exposure, magnification, spacing and field of view."""
    yield from _exposure(ds)
    yield from _magnification(ds)
    yield from _spacing(ds)
    there = [keyword for keyword in _FIELD if keyword in ds]
    if there and len(there) < len(_FIELD):
        lacking = ", ".join(named(keyword) for keyword in _FIELD if keyword not in ds)
        yield error(
            "field-of-view",
            f"{lacking} is missing beside {', '.join(map(named, there))}: write all three or none",
        )


def _exposure(ds: Any) -> Iterator[Finding]:
    if not (text(ds, "Exposure") or text(ds, "ExposureInuAs")):
        yield warning("wanted", f"{named('Exposure')} is missing: the exposure in mAs, which physics needs")
    for whole, small in _TWICE:
        one, other = number(ds, whole), number(ds, small)
        if one is not None and other is not None and abs(one - other / 1000) > max(1.0, 0.02 * abs(one)):
            yield error(
                "exposure",
                f"{named(whole)} is {one:g} and {named(small)} {other:g}: the second is 1000 times the first",
            )


def _magnification(ds: Any) -> Iterator[Finding]:
    """Compare the magnification with the distances (source to detector by source to patient)."""
    detector, patient = number(ds, "DistanceSourceToDetector"), number(ds, "DistanceSourceToPatient")
    told = number(ds, "EstimatedRadiographicMagnificationFactor")
    if detector and patient and told and abs(told / (detector / patient) - 1) > 0.02:
        yield warning(
            "magnification",
            f"{named('EstimatedRadiographicMagnificationFactor')} is {told:g}, but the distances "
            f"{named('DistanceSourceToDetector')} and {named('DistanceSourceToPatient')} "
            f"make it {detector / patient:.3g}",
        )


def _spacing(ds: Any) -> Iterator[Finding]:
    """Check the pixel: two numbers, square, an image as large as a breast, PixelSpacing in step with it."""
    told, steps = texts(ds, "ImagerPixelSpacing"), numbers(ds, "ImagerPixelSpacing")
    name = named("ImagerPixelSpacing")
    if told and len(steps) != 2:
        yield error(
            "spacing", f"{name} is {shown(text(ds, 'ImagerPixelSpacing'))}: two numbers in mm belong there"
        )
        return
    if not steps or min(steps) <= 0:
        return
    if abs(steps[0] / steps[1] - 1) > 0.001:
        yield warning("spacing", f"{name} is {steps[0]:g} and {steps[1]:g}: a detector's pixel is square")
    rows, columns = number(ds, "Rows") or 0, number(ds, "Columns") or 0
    high, wide = rows * steps[0], columns * steps[1]
    if rows and columns and (min(high, wide) < _LEAST_MM or max(high, wide) > _MOST_MM):
        yield warning(
            "image-size",
            f"{name} makes the image {high:.0f} x {wide:.0f} mm: a mammogram has {_LEAST_MM:.0f} to "
            f"{_MOST_MM:.0f}; correct the spacing, or the image is no whole view",
        )
    factor = number(ds, "EstimatedRadiographicMagnificationFactor") or 1.0
    others = [] if text(ds, "PixelSpacingCalibrationType") else numbers(ds, "PixelSpacing")
    fits = (
        any(abs(others[0] / wanted - 1) < 0.01 for wanted in (steps[0], steps[0] / factor))
        if others
        else True
    )
    if not fits:
        yield warning(
            "spacing",
            f"{named('PixelSpacing')} is {others[0]:g}, {name} {steps[0]:g}: it is the same, or divided by "
            f"the magnification ({factor:g})",
        )
