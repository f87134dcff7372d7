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

from typing import Any

from .finding import Finding
from .kind import Kind
from .kinds_of_calcium import CALCIFICATIONS
from .kinds_of_tissue import MASSES, OTHERS

RECALLED = ("0", "3", "4", "5")  # categories that are worked up after screening
KINDS = {kind.name: kind for kind in (*MASSES, *CALCIFICATIONS, *OTHERS)}


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
