"""Which breast, which view, which way up: what a header says three times must agree."""

from collections.abc import Iterator
from typing import Any

from pydicom.sr.codedict import codes

from .findings import Finding, error, items, named, shown, text, texts, warning

# Codes of the views (CID 4014, SNOMED CT) and the terms that ViewPosition has for them.
TERMS = {
    "399162004": "CC", "399368009": "MLO", "399260004": "ML", "399352003": "LM", "399099002": "LMO",
    "399196006": "FB", "399188001": "SIO", "441555000": "ISO", "399192008": "XCCL", "399101009": "XCCM",
}  # fmt: skip
_OLDER = {
    "R-10242": "399162004", "R-10226": "399368009", "R-10224": "399260004", "R-10228": "399352003",
    "R-10230": "399099002", "R-10244": "399196006", "R-102D0": "399188001", "R-40AAA": "441555000",
    "R-1024A": "399192008", "R-1024B": "399101009", "T-04000": "76752008",
}  # fmt: skip
# Where the columns of a view run to, as images of the library are stored; the rows run to A or P.
_DOWN = {"RCC": "L", "LCC": "R", "RMLO": "FL", "LMLO": "FR"}
_RETIRED = ("SRT", "SNM3", "99SDM")
_BREAST = ("76752008", "73056007", "80248007")
_AS_WELL = {"XCC": ("XCCL", "XCCM"), "CC": ("RL", "RM", "CV"), "ML": ("MLO",)}


def _plain(meaning: str) -> str:
    return "".join(letter for letter in meaning.casefold() if letter.isalpha())


_MEANINGS = {
    str(code.value): str(code.meaning) for code in (getattr(codes.cid4014, n) for n in codes.cid4014.dir())
}
_TERM_OF_MEANING = {
    **{_plain(meaning): TERMS[value] for value, meaning in _MEANINGS.items() if value in TERMS},
    "mediolateral": "ML",
    "craniocaudal": "CC",
    "exaggeratedcraniocaudallateral": "XCCL",
    "exaggeratedcraniocaudalmedial": "XCCM",
}


def view_of(ds: Any) -> str:
    """Give side and projection as the code says, else the older term: RCC; "" where it is not told."""
    side = text(ds, "ImageLaterality") or text(ds, "Laterality")
    projection = _coded(ds) or text(ds, "ViewPosition")
    return side + projection if side in ("R", "L") and projection else ""


def _coded(ds: Any) -> str:
    """Projection that the first view code means, or ""."""
    for item in items(ds, "ViewCodeSequence"):
        value = text(item, "CodeValue")
        return TERMS.get(_OLDER.get(value, value), "")
    return ""


def misplaced(ds: Any, view: str = "") -> Iterator[Finding]:
    """Check side, view and orientation; `view` is what it should be, where that is known."""
    yield from _sides(ds, view)
    yield from _codes(ds)
    yield from _projections(ds, view)
    yield from _orientation(ds)


def _sides(ds: Any, view: str) -> Iterator[Finding]:
    side, series = text(ds, "ImageLaterality"), text(ds, "Laterality")
    if view and side and side != view[0]:
        yield error(
            "laterality", f"{named('ImageLaterality')} is {shown(side)}, the image is entered as {view}"
        )
    if side and "Laterality" in ds:
        differs = series not in ("", side)
        yield (error if differs else warning)(
            "laterality",
            f"{named('Laterality')} is {shown(series)} beside {named('ImageLaterality')} {shown(side)}: "
            "take it out, a mammogram tells its side once",
        )


def _codes(ds: Any) -> Iterator[Finding]:
    """Check the coded view and region: complete, of a scheme in use, value and meaning the same."""
    for keyword in ("ViewCodeSequence", "AnatomicRegionSequence", "ViewModifierCodeSequence"):
        holders = items(ds, "ViewCodeSequence") if keyword == "ViewModifierCodeSequence" else iter([ds])
        for item in (item for holder in holders for item in items(holder, keyword)):
            scheme = text(item, "CodingSchemeDesignator")
            if not any(text(item, word) for word in ("CodeValue", "LongCodeValue", "URNCodeValue")):
                yield error("code", f"{named(keyword)} has an item without {named('CodeValue')}")
            elif not scheme:
                yield error("code", f"{named(keyword)} has a code without {named('CodingSchemeDesignator')}")
            elif scheme in _RETIRED:
                new = _OLDER.get(text(item, "CodeValue"))
                yield warning(
                    "code-scheme",
                    f"{named(keyword)} has a code of the retired scheme {scheme}: "
                    f"write {f'{new}, SCT' if new else 'its code of the scheme SCT'}",
                )
    for item in items(ds, "ViewCodeSequence"):
        yield from _meaning(item)
    for item in items(ds, "AnatomicRegionSequence"):
        value = text(item, "CodeValue")
        if value and _OLDER.get(value, value) not in _BREAST:
            yield error(
                "code", f"{named('AnatomicRegionSequence')} is {shown(value)}: write 76752008, SCT, Breast"
            )


def _meaning(item: Any) -> Iterator[Finding]:
    value, meaning = text(item, "CodeValue"), text(item, "CodeMeaning")
    value = _OLDER.get(value, value)
    if value not in TERMS or not meaning:
        return
    told = _TERM_OF_MEANING.get(_plain(meaning))
    if told != TERMS[value]:
        yield (error if told else warning)(
            "code-meaning",
            f"{named('ViewCodeSequence')} has the code {value}, {_MEANINGS[value]}, but "
            f"{named('CodeMeaning')} {shown(meaning)}: write the code and the meaning of one view",
        )


def _projections(ds: Any, view: str) -> Iterator[Finding]:
    coded, term = _coded(ds), text(ds, "ViewPosition")
    if view and coded and coded != view[1:]:
        yield error(
            "view", f"{named('ViewCodeSequence')} says {coded}, the image is entered as {view}: correct one"
        )
    told = coded or view[1:]
    if (
        told
        and term
        and term != told
        and term not in _AS_WELL.get(told, ())
        and told not in _AS_WELL.get(term, ())
    ):
        by = named("ViewCodeSequence") if coded else "the image's place"
        yield error("view", f"{named('ViewPosition')} is {shown(term)}, but {by} says {told}: correct one")


def _orientation(ds: Any) -> Iterator[Finding]:
    """Check the directions of rows and columns; a right MLO runs to the feet and to the left."""
    name, told, view = named("PatientOrientation"), texts(ds, "PatientOrientation"), view_of(ds)
    if not told:
        what = "has no value" if "PatientOrientation" in ds else "is missing"
        yield error("orientation", f"{name} {what}: a viewer cannot hang the image; {_right_one(view)}")
        return
    down, word = _DOWN.get(view), shown("\\".join(told))
    if len(told) != 2 or told[0] not in ("A", "P"):
        yield error("orientation", f"{name} is {word}, no mammogram's; {_right_one(view)}")
    elif down and told[1] not in ((down, "F") if view.endswith("MLO") else (down,)):
        others = [other for other, word in _DOWN.items() if word == told[1]]
        whose = f"that of {others[0]}" if others else "of no such view"
        yield error("orientation", f"{name} is {word}, {whose}, in {view}; {_right_one(view)}")


def _right_one(view: str) -> str:
    """Say what should stand there."""
    down = _DOWN.get(view)
    if down is None:
        return "write e.g. P\\L for RCC, A\\R for LCC, P\\FL for RMLO, A\\FR for LMLO"
    return f"write P\\{down} where the chest wall is at the right edge, A\\{down} at the left"
