"""Rows of the catalogue that are calcifications: typically benign ones, and suspicious ones."""

from typing import Any

from senolab.words import marked

from .kind import Kind


def _benign(name: str, label: str, morphology: str, code: tuple[str, str, str], **more: Any) -> Kind:
    """One row of the typically benign calcifications."""
    given = {"pathology": "", "sizes_mm": (2.0, 20.0), "seen_from_mm": 0.5} | more
    return Kind(name, label, "calcifications", "2", "benign", morphology=morphology, code=code, **given)


def _suspicious(name: str, label: str, morphology: str, code: tuple[str, str, str], **more: Any) -> Kind:
    """One row of the suspicious calcifications."""
    given = {
        "category": "4",
        "outcome": "cancer",
        "pathology": "ductal carcinoma in situ",
        "sizes_mm": (4.0, 40.0),
        "distributions": ("grouped", "segmental", "linear", "regional"),
        "seen_from_mm": 1.5,
    } | more
    return Kind(name, label, "calcifications", morphology=morphology, code=code, **given)


CALCIFICATIONS = (
    _benign(
        "skin calcifications",
        marked("Skin calcifications"),
        "skin",
        ("129757003", "SCT", "Calcified skin of breast"),
        distributions=("grouped",),
        sizes_mm=(5.0, 30.0),
    ),
    _benign(
        "vascular calcifications",
        marked("Vascular calcifications"),
        "vascular",
        ("129759000", "SCT", "Vascular calcification"),
        distributions=("linear",),
        sizes_mm=(20.0, 90.0),
    ),
    _benign(
        "popcorn calcification",
        marked("Coarse, popcorn-like calcification"),
        "coarse or popcorn-like",
        ("129749001", "SCT", "Coarse (popcorn-like) calcification"),
        pathology="involuting fibroadenoma",
    ),
    _benign(
        "large rod-like calcifications",
        marked("Large rod-like calcifications"),
        "large rod-like",
        ("129752009", "SCT", "Large rod-like calcification"),
        distributions=("regional", "diffuse", "segmental"),
        pathology="duct ectasia",
        sizes_mm=(15.0, 70.0),
    ),
    _benign(
        "round calcifications",
        marked("Round calcifications"),
        "round",
        ("129756007", "SCT", "Round shaped calcification"),
        distributions=("diffuse", "regional", "grouped"),
        sizes_mm=(5.0, 90.0),
    ),
    _benign(
        "punctate calcifications",
        marked("Punctate calcifications"),
        "punctate",
        ("129755006", "SCT", "Punctate calcification"),
        distributions=("diffuse", "regional", "grouped"),
        sizes_mm=(5.0, 90.0),
    ),
    _benign(
        "rim calcification",
        marked("Rim calcification"),
        "rim",
        ("129751002", "SCT", "Eggshell calcification"),
        pathology="fat necrosis",
    ),
    _benign(
        "dystrophic calcifications",
        marked("Dystrophic calcifications"),
        "dystrophic",
        ("129750001", "SCT", "Dystrophic calcification"),
        distributions=("grouped",),
        pathology="fat necrosis",
        sizes_mm=(4.0, 25.0),
    ),
    _benign(
        "milk of calcium",
        marked("Milk of calcium"),
        "milk of calcium",
        ("129753004", "SCT", "Milk of calcium calcification"),
        distributions=("grouped", "regional"),
        pathology="microcysts",
        sizes_mm=(5.0, 30.0),
    ),
    _benign(
        "suture calcifications",
        marked("Suture calcifications"),
        "suture",
        ("129758008", "SCT", "Calcified suture material"),
        distributions=("grouped",),
        pathology="after surgery",
        sizes_mm=(6.0, 25.0),
    ),
    _suspicious(
        "amorphous calcifications",
        marked("Amorphous calcifications"),
        "amorphous",
        ("129760005", "SCT", "Amorphous calcification"),
        distributions=("grouped", "regional", "segmental", "linear", "diffuse"),
    ),
    _suspicious(
        "coarse heterogeneous calcifications",
        marked("Coarse heterogeneous calcifications"),
        "coarse heterogeneous",
        ("129763007", "SCT", "Heterogeneous calcification"),
    ),
    _suspicious(
        "fine pleomorphic calcifications",
        marked("Fine pleomorphic calcifications"),
        "fine pleomorphic",
        ("111344", "DCM", "Fine pleomorphic calcification"),
    ),
    _suspicious(
        "fine linear calcifications",
        marked("Fine linear or fine-linear branching calcifications"),
        "fine linear or fine-linear branching",
        ("129762002", "SCT", "Fine linear, branching (casting) calcification"),
        category="5",
        distributions=("linear", "segmental", "grouped"),
        sizes_mm=(8.0, 45.0),
    ),
)
