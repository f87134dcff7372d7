"""Rows of the catalogue that are tissue: masses, distortion, asymmetries and the lymph node."""

from typing import Any

from senolab.words import marked

from .kind import Kind

_MASS = ("129788004", "SCT", "Mammographic breast mass")
_OVAL, _ROUND = ("oval", "round"), ("round", "oval")
_SUSPECT, _EQUAL = ("high", "equal"), ("equal", "low", "high")


def _mass(name: str, label: str, category: str, pathology: str, **more: Any) -> Kind:
    """One row of the masses; cancers are those that grow."""
    given = {"outcome": "benign", "sizes_mm": (5.0, 30.0), "densities": _EQUAL} | more
    return Kind(name, label, "mass", category, pathology=pathology, code=_MASS, **given)


MASSES = (
    _mass(
        "spiculated mass",
        marked("Spiculated mass"),
        "5",
        "invasive carcinoma of no special type",
        outcome="cancer",
        shapes=("irregular", "round", "oval"),
        margins=("spiculated",),
        densities=_SUSPECT,
    ),
    _mass(
        "indistinct mass",
        marked("Indistinct mass"),
        "4",
        "invasive carcinoma of no special type",
        outcome="cancer",
        shapes=("irregular", "round", "oval"),
        margins=("indistinct",),
        densities=_SUSPECT,
    ),
    _mass(
        "microlobulated mass",
        marked("Microlobulated mass"),
        "4",
        "mucinous carcinoma",
        outcome="cancer",
        shapes=("oval", "round", "irregular"),
        margins=("microlobulated",),
        densities=("equal", "high"),
    ),
    _mass(
        "obscured mass",
        marked("Obscured mass"),
        "0",
        "fibroadenoma",
        shapes=_OVAL,
        margins=("obscured",),
        densities=("equal",),
    ),
    _mass(
        "circumscribed mass",
        marked("Circumscribed mass"),
        "3",
        "fibroadenoma",
        shapes=_OVAL,
        margins=("circumscribed",),
    ),
    _mass("cyst", marked("Cyst"), "0", "cyst", shapes=_ROUND, margins=("circumscribed",)),
    _mass(
        "oil cyst",
        marked("Oil cyst"),
        "2",
        "fat necrosis",
        shapes=_ROUND,
        margins=("circumscribed",),
        densities=("fat-containing",),
    ),
    _mass(
        "lipoma",
        marked("Lipoma"),
        "2",
        "lipoma",
        shapes=_OVAL,
        margins=("circumscribed",),
        densities=("fat-containing",),
        sizes_mm=(10.0, 40.0),
    ),
    _mass(
        "hamartoma",
        marked("Hamartoma"),
        "2",
        "hamartoma",
        shapes=_OVAL,
        margins=("circumscribed",),
        densities=("fat-containing",),
        sizes_mm=(15.0, 45.0),
    ),
)

_ASYMMETRIC = ("129790003", "SCT", "Asymmetric breast tissue")


def _asymmetry(name: str, label: str, **more: Any) -> Kind:
    """One row of the asymmetries: fibroglandular tissue on one side only."""
    given = {
        "category": "0",
        "outcome": "benign",
        "pathology": "",
        "code": _ASYMMETRIC,
        "seen_from_mm": 6.0,
    } | more
    return Kind(name, label, "asymmetry", **given)


OTHERS = (
    Kind(
        "architectural distortion",
        marked("Architectural distortion"),
        "architectural distortion",
        "4",
        "cancer",
        "invasive lobular carcinoma",
        (15.0, 40.0),
        ("129792006", "SCT", "Architectural distortion of breast"),
        seen_from_mm=8.0,
    ),
    _asymmetry("asymmetry", marked("Asymmetry"), asymmetry="asymmetry", sizes_mm=(12.0, 35.0)),
    _asymmetry(
        "focal asymmetry",
        marked("Focal asymmetry"),
        asymmetry="focal",
        sizes_mm=(12.0, 35.0),
        code=("129789007", "SCT", "Focal asymmetric breast tissue"),
    ),
    _asymmetry(
        "global asymmetry",
        marked("Global asymmetry"),
        category="2",
        asymmetry="global",
        sizes_mm=(45.0, 80.0),
    ),
    _asymmetry(
        "developing asymmetry",
        marked("Developing asymmetry"),
        category="4",
        outcome="cancer",
        pathology="invasive lobular carcinoma",
        asymmetry="developing",
        sizes_mm=(10.0, 30.0),
        code=("129789007", "SCT", "Focal asymmetric breast tissue"),
    ),
    Kind(
        "lymph node",
        marked("Intramammary lymph node"),
        "lymph node",
        "2",
        "benign",
        "lymph node",
        (5.0, 11.0),
        ("443808008", "SCT", "Intramammary lymph node"),
        shapes=("reniform",),
        margins=("circumscribed",),
        densities=("equal",),
    ),
)
