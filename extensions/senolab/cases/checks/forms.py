"""Whether each value has the form of its type (VR), in the object and in its sequences.

What cannot be read at all is named and taken out of the object, so that the other rules meet only values.
"""

from collections.abc import Iterator
from typing import Any

from pydicom import config
from pydicom.datadict import dictionary_has_tag, dictionary_keyword
from pydicom.valuerep import validate_value

from .findings import Finding, error, shown

_FORMS = {
    "UI": "numbers parted by dots, none with a leading zero, at most 64 letters in all",
    "DS": "a decimal number of at most 16 letters",
    "IS": "a whole number",
    "DA": "a date such as 20260131",
    "TM": "a time such as 235959",
    "DT": "a date and a time such as 20260131235959",
    "AS": "an age such as 058Y",
    "CS": "at most 16 capital letters, digits, blanks and underscores",
    "SH": "at most 16 letters",
    "LO": "at most 64 letters",
}
_DEEPEST = 16  # sequences within sequences
_NAMING_GROUP = 0x0010
_TELLING = ("PatientAge", "PatientSex")


def unsound(ds: Any, depth: int = 0) -> Iterator[Finding]:
    """Name what cannot be read, or has not the form of its type; private attributes are left alone."""
    for tag in [tag for tag in ds.keys() if not tag.is_private]:  # noqa: SIM118 # a Dataset iterates elements
        name = _name(tag)
        try:
            element = ds[tag]
            value, kind = element.value, element.VR
        except Exception as fault:  # parsers of broken values raise whatever they like
            del ds[tag]
            yield error("unreadable-value", f"{name} has a value that cannot be read: {_why(fault)}")
            continue
        if kind == "SQ":
            if depth < _DEEPEST:
                for item in value:
                    yield from unsound(item, depth + 1)
        elif kind in _FORMS:
            yield from _formed(name, kind, element, tag)


def _formed(name: str, kind: str, element: Any, tag: Any) -> Iterator[Finding]:
    """Check the values of one element."""
    several = element.VM > 1
    for one in element.value if several else [element.value]:
        word = str(getattr(one, "original_string", one) if one is not None else "")
        try:
            if word:
                validate_value(kind, word, config.RAISE)
        except ValueError:
            hidden = tag.group == _NAMING_GROUP and element.keyword not in _TELLING
            what = "a value" if hidden else shown(word)
            yield error("value-form", f"{name} is {what}, which has not the form of {kind}: {_FORMS[kind]}")
            return


def _name(tag: Any) -> str:
    keyword = dictionary_keyword(tag) if dictionary_has_tag(tag) else "an unknown attribute"
    return f"{keyword or 'a retired attribute'} ({tag.group:04X},{tag.element:04X})"


def _why(fault: Exception) -> str:
    return shown(f"{type(fault).__name__}: {fault}")
