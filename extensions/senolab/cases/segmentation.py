"""A lesion's outline as a DICOM Segmentation, for the folder of truth."""

import io

import numpy as np
from pydicom.dataset import Dataset

from .dicom import DATE, MANUFACTURER, TIME
from .truth import LesionTruth

_TYPES = {
    "spiculated mass": ("4147007", "Mass"),
    "circumscribed mass": ("4147007", "Mass"),
    "calcifications": ("129748009", "Calcification cluster"),
}


def segmentation(
    source: Dataset, mask: np.ndarray, lesion: LesionTruth, *, series_uid: str, instance_uid: str
) -> bytes:
    """Write the mask of one lesion in one view as a DICOM file, deflated nowhere, dates fixed.

    Parameters
    ----------
    source
        The mammogram the mask belongs to.
    mask
        Bool, as large as the image.
    """
    import highdicom as hd  # takes a second to load, and only truth needs it
    from highdicom.sr.coding import CodedConcept

    value, meaning = _TYPES[lesion.kind]
    described = hd.seg.SegmentDescription(
        segment_number=1,
        segment_label=lesion.label,
        segmented_property_category=CodedConcept("49755003", "SCT", "Morphologically Abnormal Structure"),
        segmented_property_type=CodedConcept(value, "SCT", meaning),
        algorithm_type=hd.seg.SegmentAlgorithmTypeValues.MANUAL,
        tracking_uid=hd.UID(instance_uid),
        tracking_id=lesion.id,
    )
    seg = hd.seg.Segmentation(
        source_images=[source],
        pixel_array=mask.astype(np.uint8)[None],
        segmentation_type=hd.seg.SegmentationTypeValues.BINARY,
        segment_descriptions=[described],
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
    for word in ("ContentDate", "SeriesDate", "InstanceCreationDate"):
        if word in seg:
            setattr(seg, word, DATE)
    for word in ("ContentTime", "SeriesTime", "InstanceCreationTime"):
        if word in seg:
            setattr(seg, word, TIME)
    stream = io.BytesIO()
    seg.save_as(stream)
    return stream.getvalue()
