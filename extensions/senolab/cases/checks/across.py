"""Files of one exam, and exams of one woman, against one another."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise

from senolab.cases.identity import PHANTOM
from senolab.cases.woman import VIEWS

from .facts import Facts
from .findings import Finding, error, named, shown, warning
from .values import years_of

_SAME_WOMAN = (
    ("patient", "PatientID"),
    ("name", "PatientName"),
    ("sex", "PatientSex"),
    ("birth", "PatientBirthDate"),
)
_SAME_DAY = (("age", "PatientAge"), ("date", "StudyDate"), ("maker", "Manufacturer"))


def among_views(files: Sequence[Facts], *, whole: bool = True, one_study: bool = True) -> Iterator[Finding]:
    """Check the files of one exam.

    Parameters
    ----------
    whole
        Whether the four views should be there.
    one_study
        Whether the files tell their study (imported pictures have no common one).
    """
    for uid, count in Counter(file.instance for file in files if file.instance).items():
        if count > 1:
            yield error(
                "same-uid",
                f"{count} files have the same {named('SOPInstanceUID')} {shown(uid)}: each has its own",
            )
    images = [file for file in files if file.kind in ("presentation", "processing")]
    for kind in ("presentation", "processing"):
        of_breasts = [image for image in images if image.kind == kind and image.patient != PHANTOM]
        yield from _views(of_breasts, kind, whole)
    if one_study and len({image.study for image in images}) > 1:
        yield error("studies", f"the views differ in {named('StudyInstanceUID')}: one exam is one study")
    for attribute, keyword in (*_SAME_WOMAN, *_SAME_DAY) if one_study else ():
        if len({getattr(image, attribute) for image in images}) > 1:
            yield error(
                "exam-differs", f"the views differ in {named(keyword)}: one exam is of one woman on one day"
            )
    if len({image.spacing for image in images}) > 1:
        yield warning(
            "spacing-differs",
            f"the views differ in {named('ImagerPixelSpacing')}: sizes and hanging need each its own scale",
        )


def _views(images: Sequence[Facts], kind: str, whole: bool) -> Iterator[Finding]:
    """Check that the four views are there, each once."""
    count = Counter(image.view for image in images)
    where = f"{named('ViewCodeSequence')} and {named('ImageLaterality')}"
    absent = [view for view in VIEWS if not count[view]]
    if whole and images and absent:
        yield warning("views", f"the exam has no {', no '.join(absent)} For {kind.title()}: {where}")
    for view in VIEWS:
        if count[view] > 1:
            yield warning("views", f"{count[view]} images For {kind.title()} are {view}: {where}")


def between_rounds(rounds: Sequence[tuple[str, Facts]]) -> Iterator[tuple[Facts, Finding]]:
    """Compare the exams of one woman: sex, birth, and an age that follows the date.

    Parameters
    ----------
    rounds
        Name and one image of each exam.

    Yields
    ------
    tuple
        Facts of the exam that disagrees with an earlier one, and what is wrong.
    """
    dated = sorted(rounds, key=lambda entry: entry[1].date)
    for (before, earlier), (_, later) in pairwise(dated):
        for attribute, keyword in (("sex", "PatientSex"), ("birth", "PatientBirthDate")):
            mine, its = getattr(later, attribute), getattr(earlier, attribute)
            if mine and its and mine != its:
                yield (
                    later,
                    error(
                        "woman-differs", f"{named(keyword)} differs from that of {before}, of the same woman"
                    ),
                )
        if later.date and later.date == earlier.date:
            yield (
                later,
                warning(
                    "round-dates",
                    f"{named('StudyDate')} is the same as that of {before}: one of both is wrong",
                ),
            )
        yield from ((later, finding) for finding in _ages(before, earlier, later))


def _ages(before: str, earlier: Facts, later: Facts) -> Iterator[Finding]:
    """Compare how much older she is with the time between."""
    ages, days = (years_of(earlier.age), years_of(later.age)), (_day(earlier.date), _day(later.date))
    if ages[0] is None or ages[1] is None or days[0] is None or days[1] is None:
        return
    years, older = (days[1] - days[0]).days / 365.25, ages[1] - ages[0]
    if abs(older - years) > 1.1:
        yield error(
            "round-ages",
            f"{named('PatientAge')} is {shown(later.age)}, {years:.1f} years after {before} "
            f"with {shown(earlier.age)}: age or date is wrong, or it is another woman",
        )


def before_current(prior: Facts, current: Facts, name: str) -> Iterator[Finding]:
    """Check one prior exam against the current one, called `name`: earlier, and of the same woman."""
    if not prior.date or not current.date:
        yield warning("prior", f"{named('StudyDate')} is not told by both: nobody can see which is the prior")
    elif prior.date >= current.date:
        yield error(
            "prior", f"{named('StudyDate')} is {shown(prior.date)}, not before {name} ({shown(current.date)})"
        )
    if prior.patient != current.patient:
        yield error(
            "prior", f"{named('PatientID')} differs from that of {name}: a prior is of the same woman"
        )


def _day(word: str) -> date | None:
    try:
        return date(int(word[:4]), int(word[4:6]), int(word[6:8]))
    except ValueError:
        return None
