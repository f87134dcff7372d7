"""What the standard demands of an object: types 1 and 2 of its modules, as the tables in highdicom hold them.

The tables come with highdicom and are made from PS3.3; they need no network and no Debian package.
Only mandatory modules are asked. What is conditional (1C, 2C) needs words of its own, in the other modules.
"""

import json
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .findings import Finding, error, items, named

# What belongs there, for those that a person who mends a mammogram meets.
BELONGS = {
    "ViewCodeSequence": "one item with the view's code, e.g. 399162004, SCT, cranio-caudal",
    "ViewModifierCodeSequence": "it stands in the view's item and may be empty, but must be there",
    "OrganExposed": "write BREAST",
    "PositionerType": "write MAMMOGRAPHIC",
    "ImageLaterality": "write R or L",
    "ImagerPixelSpacing": "two numbers in mm, the pixel's height and width on the detector",
    "BurnedInAnnotation": "write NO, or YES where text is in the pixels",
    "PresentationLUTShape": "write IDENTITY with MONOCHROME2, INVERSE with MONOCHROME1",
    "PresentationIntentType": "write FOR PRESENTATION or FOR PROCESSING, as the SOP class says",
    "AnatomicRegionSequence": "one item: 76752008, SCT, Breast",
    "PixelIntensityRelationship": "write LOG for an image to look at, LIN for a raw one",
    "PixelIntensityRelationshipSign": "write -1 where more X-rays make smaller values, else 1",
    "RescaleType": "write US where the values have no unit",
    "LossyImageCompression": "write 00, or 01 where it was ever compressed with loss",
    "AcquisitionContextSequence": "it may be empty, but must be there",
    "DetectorType": "write DIRECT, SCINTILLATOR or STORAGE",
    "Modality": "write MG",
}
# Its table holds the demands of every kind of content item at once.
_NOT_ASKED = ("sr-document-content",)
_FRAMES = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
Demand = tuple[tuple[str, ...], str, str]  # path of sequences, keyword, type


def missing(ds: Any, sop_class: str) -> Iterator[Finding]:
    """Name each attribute that a mandatory module demands and that is missing or has no value."""
    for path, keyword, kind in demanded(sop_class):
        for holder in _holders(ds, path):
            absent = keyword not in holder
            if absent or (kind == "1" and _empty(holder[keyword])):
                where = f"{' / '.join(path)} / " if path else ""
                what = "is missing" if absent else "has no value"
                must = "must have a value" if kind == "1" else "must be there, and may be empty"
                yield error(
                    "required", f"{where}{named(keyword)} {what}: {BELONGS.get(keyword, f'it {must}')}"
                )
                break


def _holders(ds: Any, path: tuple[str, ...]) -> list[Any]:
    """Find the datasets at a path of sequences."""
    holders = [ds]
    for keyword in path:
        holders = [item for holder in holders for item in items(holder, keyword)]
    return holders


def _empty(element: Any) -> bool:
    return len(element.value) == 0 if element.VR == "SQ" else element.is_empty


@lru_cache(maxsize=8)
def demanded(sop_class: str) -> tuple[Demand, ...]:
    """List what an object of a SOP class must hold; nothing for a class that the tables lack."""
    iod = _table("sop_class_iod_map").get(sop_class)
    modules = [
        m["key"]
        for m in _table("iod_module_map").get(iod or "", [])
        if m["usage"] == "M" and m["key"] not in _NOT_ASKED
    ]
    demands = {
        (tuple(row["path"]), row["keyword"], row["type"]): None
        for module in modules
        for row in _attributes().get(module, [])
        if row["type"] in ("1", "2") and not (row["path"] and row["path"][0] in _FRAMES)
    }
    strict = {(path, keyword) for path, keyword, kind in demands if kind == "1"}
    return tuple(d for d in demands if d[2] == "1" or (d[0], d[1]) not in strict)


@lru_cache(maxsize=1)
def _attributes() -> dict[str, Any]:
    return _table("module_attribute_map")


def _table(name: str) -> dict[str, Any]:
    """Read one of highdicom's tables without loading highdicom, which takes a second."""
    spec = find_spec("highdicom")
    places = list(spec.submodule_search_locations or ()) if spec else []
    if not places:
        return {}
    return json.loads((Path(places[0]) / "_standard" / f"{name}.json").read_text("utf-8"))
