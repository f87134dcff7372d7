"""The one table of what is plausible: kinds of findings, BI-RADS descriptors, category and outcome.

The words are those of the BI-RADS lexicon, 5th edition (D'Orsi 2013). Categories follow what the lexicon
and published predictive values say of a descriptor:

- of biopsied lesions with spiculated margins 81 % were cancer, with irregular shape 73 %, with linear
  calcifications 81 %, with segmental distribution 74 % and with linear distribution 68 %, which the authors
  call category 5 (Liberman 1998, doi 10.2214/ajr.171.1.9648759);
- other suspicious descriptors are category 4;
- what can only be judged with more views or ultrasound is category 0;
- typically benign calcifications, fat-containing masses and nodes with a fatty hilum are category 2.

How often a kind occurs is not told here: that is the choice of a cohort. Sizes are what can be drawn well.
"""

from dataclasses import dataclass
from typing import Any

from senolab.words import marked

from .finding import Finding, Group

RECALLED = ("0", "3", "4", "5")  # categories that are worked up after screening


@dataclass(frozen=True)
class Kind:
    """What findings of one kind have in common; of several possible descriptors the first is the usual one.

    Attributes
    ----------
    sizes_mm
        Smallest and largest longest diameter.
    seen_from_mm
        Below this size nothing is drawn and nothing is true.
    code
        Segmented property type: value, scheme, meaning (PS3.16, CID 6010, 6014, 6016).
    """

    name: str
    label: str
    group: Group
    category: str
    outcome: str
    pathology: str
    sizes_mm: tuple[float, float]
    code: tuple[str, str, str]
    shapes: tuple[str, ...] = ()
    margins: tuple[str, ...] = ()
    densities: tuple[str, ...] = ()
    morphology: str = ""
    distributions: tuple[str, ...] = ()
    asymmetry: str = ""
    seen_from_mm: float = 3.0


_MASS = ("129788004", "SCT", "Mammographic breast mass")
_OVAL, _ROUND = ("oval", "round"), ("round", "oval")
_SUSPECT, _EQUAL = ("high", "equal"), ("equal", "low", "high")


def _mass(name: str, label: str, category: str, pathology: str, **more: Any) -> Kind:
    """One row of the masses; cancers are those that grow."""
    given = {"outcome": "benign", "sizes_mm": (5.0, 30.0), "densities": _EQUAL} | more
    return Kind(name, label, "mass", category, pathology=pathology, code=_MASS, **given)


_MASSES = (
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


_CALCIFICATIONS = (
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


_OTHERS = (
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

KINDS = {kind.name: kind for kind in (*_MASSES, *_CALCIFICATIONS, *_OTHERS)}


def kind_of(finding: Finding) -> Kind:
    """Row of the table that a finding belongs to."""
    return KINDS[finding.kind]


def category_of(finding: Finding) -> str:
    """BI-RADS category that the finding's description warrants by itself.

    Suspicious calcifications that follow a duct are category 5 (Liberman 1998); a finding whose histology is
    set to the contrary keeps its category, since the image does not show it.
    """
    row = kind_of(finding)
    along_ducts = finding.distribution in ("linear", "segmental")
    return "5" if row.category == "4" and row.group == "calcifications" and along_ducts else row.category


def described(kind: str, **words: Any) -> Finding:
    """Make a finding of a kind; the descriptors not given are the usual ones.

    Parameters
    ----------
    kind
        Name of a row.
    words
        Fields of `Finding`.

    Raises
    ------
    ValueError
        With a sentence, for an unknown kind and for a descriptor that the kind cannot have.
    """
    if kind not in KINDS:
        raise ValueError(f"there is no finding {kind!r}; known are {', '.join(sorted(KINDS))}")
    row = KINDS[kind]
    may = {
        "shape": row.shapes,
        "margin": row.margins,
        "density": row.densities,
        "distribution": row.distributions,
    }
    for word, choices in may.items():
        given = words.setdefault(word, choices[0] if choices else "")
        if given not in (choices or ("",)):
            allowed = ", ".join(choices) or "left out"
            raise ValueError(f"the {word} of a {kind} is {allowed}, not {given!r}")
    words.setdefault("outcome", row.outcome)
    return Finding(kind, **words)
