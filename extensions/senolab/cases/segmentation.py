"""Masks of the findings as a DICOM Segmentation, for the folder of truth."""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from .dicom import IMPLEMENTATION, MANUFACTURER, TIME
from .findings.catalogue import kind_of
from .findings.finding import Finding


def segmentation(
    source: Dataset,
    masks: Sequence[np.ndarray],
    findings: Sequence[Finding],
    ids: Sequence[str],
    *,
    series_uid: str,
    instance_uid: str,
    dimensions_uid: str,
    tracking_uids: Sequence[str],
) -> bytes:
    """Write the masks of the findings of one view as a DICOM file, one segment each, on the day of the view.

    Parameters
    ----------
    source
        The mammogram the masks belong to.
    masks
        Bool, each as large as the image.
    dimensions_uid
        Of the order of its frames.
    ids, tracking_uids
        Of the findings, the same in all views.
    """
    import highdicom as hd  # takes a second to load, and only truth needs it

    described = [
        _segment(number, finding, ident, tracking_uid)
        for number, (finding, ident, tracking_uid) in enumerate(
            zip(findings, ids, tracking_uids, strict=True), 1
        )
    ]
    seg = hd.seg.Segmentation(
        source_images=[source],
        pixel_array=np.stack(masks, axis=-1).astype(np.uint8)[None],
        segmentation_type=hd.seg.SegmentationTypeValues.BINARY,
        segment_descriptions=described,
        series_instance_uid=series_uid,
        series_number=100,
        sop_instance_uid=instance_uid,
        instance_number=int(source.InstanceNumber),
        manufacturer=MANUFACTURER,
        manufacturer_model_name="In-silico mammography",
        software_versions="1",
        device_serial_number="1",
    )
    seg.PatientOrientation = source.PatientOrientation
    _settle(seg, source.StudyDate, dimensions_uid)
    stream = io.BytesIO()
    seg.save_as(stream)
    return stream.getvalue()


def _settle(seg: Dataset, day: str, dimensions_uid: str) -> None:
    """Replace what highdicom takes from the clock and from chance: the same masks give the same bytes."""
    for element in seg.iterall():
        if element.keyword == "DimensionOrganizationUID":
            element.value = dimensions_uid
        elif element.keyword in ("ContentDate", "SeriesDate", "InstanceCreationDate"):
            element.value = day
        elif element.keyword in ("ContentTime", "SeriesTime", "InstanceCreationTime"):
            element.value = TIME
        elif element.keyword == "ContributionDateTime":
            element.value = day + TIME
    seg.file_meta.ImplementationClassUID = IMPLEMENTATION


def _segment(number: int, finding: Finding, ident: str, tracking_uid: str) -> Any:
    """Describe one segment; its property is the finding's kind, coded."""
    import highdicom as hd
    from highdicom.sr.coding import CodedConcept

    row = kind_of(finding)
    value, scheme, meaning = row.code
    return hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=row.label,
        segmented_property_category=CodedConcept("49755003", "SCT", "Morphologically Abnormal Structure"),
        segmented_property_type=CodedConcept(value, scheme, meaning),
        algorithm_type=hd.seg.SegmentAlgorithmTypeValues.MANUAL,
        tracking_uid=hd.UID(tracking_uid),
        tracking_id=ident,
    )
