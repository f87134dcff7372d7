"""Who the header names: nobody, where it says that identity was removed; and the marks of a made exam."""

import re
from collections.abc import Iterator
from typing import Any, Literal

from .findings import Finding, error, named, shown, text, warning

Origin = Literal["synthetic", "imported", "outside"]
NEUTRAL_IDS = ("", "imported")
# Words that stand where a name stood; a token with a digit is a number, no name.
_NO_NAME = re.compile(
    r"synthetic\w*|import\w*|anonym\w*|anon|de-?ident\w*|deid\w*|pseudonym\w*|cleaned|removed|redacted|masked"
    r"|hidden|unknown|none|nobody|patient|case|exam|phantom|test|mammotest|subject|volunteer|research|study|x+",
    re.IGNORECASE,
)
_LEFT_OVER = (
    "PatientAddress", "OtherPatientIDs", "OtherPatientNames", "PatientTelephoneNumbers",
    "PatientMotherBirthName", "PatientBirthName", "MilitaryRank", "ReferringPhysicianName",
    "PerformingPhysicianName", "OperatorsName", "NameOfPhysiciansReadingStudy", "RequestingPhysician",
    "PatientComments", "AdditionalPatientHistory",
)  # fmt: skip
_MEND = "import the exam (senolab exams import), which leaves it out"


def named_person(ds: Any, origin: Origin) -> Iterator[Finding]:
    """Check what could name a person; the sentences never repeat it."""
    removed = text(ds, "PatientIdentityRemoved") == "YES"
    mine = origin != "outside"
    grave = error if removed or mine else warning
    claim = f", though {named('PatientIdentityRemoved')} is YES" if removed else ""
    if _looks_like_a_name(text(ds, "PatientName")):
        yield grave("names-person", f"{named('PatientName')} may name a person{claim}: {_MEND}")
    if text(ds, "PatientBirthDate"):
        yield grave("names-person", f"{named('PatientBirthDate')} has a value{claim}: {_MEND}")
    for keyword in _LEFT_OVER if removed or mine else ():
        if text(ds, keyword) and _looks_like_a_name(text(ds, keyword)):
            yield warning("names-person", f"{named(keyword)} has a value{claim}: {_MEND}")
    if removed or mine:
        yield from _private(ds)
    if removed and not any(
        word in ds for word in ("DeidentificationMethod", "DeidentificationMethodCodeSequence")
    ):
        yield error(
            "deidentification",
            f"{named('DeidentificationMethod')} is missing, though {named('PatientIdentityRemoved')} is YES: "
            "say how",
        )
    if text(ds, "PatientIdentityRemoved") == "NO" and mine:
        yield error("names-person", f"{named('PatientIdentityRemoved')} is NO in the library: {_MEND}")
    if origin == "synthetic":
        yield from _unmarked(ds)


def _private(ds: Any) -> Iterator[Finding]:
    """Name private attributes, which may hold anything; those that part them by maker are none."""
    for tag in ds.keys():  # noqa: SIM118 # a Dataset iterates elements
        if tag.is_private and not tag.is_private_creator:
            where = f"({tag.group:04X},{tag.element:04X})"
            yield warning("private", f"the private attribute {where} may name a person: {_MEND}")


def _looks_like_a_name(name: str) -> bool:
    """Tell a person's name from a pseudonym: its first part is letters, and none of the words for nobody."""
    tokens = [token for token in re.split(r"[\s^=_,.-]+", name) if token]
    if not tokens or any(_NO_NAME.fullmatch(token) for token in tokens):
        return False
    return not any(letter.isdigit() for letter in name) and any(len(token) > 1 for token in tokens)


def _unmarked(ds: Any) -> Iterator[Finding]:
    """Check that a made exam says that nobody was imaged."""
    if not text(ds, "PatientName").upper().startswith("SYNTHETIC"):
        yield error("synthetic-mark", f"{named('PatientName')} does not begin with SYNTHETIC in a made exam")
    if text(ds, "QualityControlImage") != "YES":
        told = shown(text(ds, "QualityControlImage"))
        yield error("synthetic-mark", f"{named('QualityControlImage')} is {told}: a made exam says YES")
