"""The door: exams of the library and files from outside, checked one by one and against one another."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from senolab.cases.library import Exam

from .across import among_views, before_current, between_rounds
from .facts import Facts
from .findings import Fault, Finding
from .identity import NEUTRAL_IDS, Origin
from .opening import opened
from .outside import Checked, NotCheckedError, checked_outside
from .segments import apart_from_source
from .validator import news, validated_together

__all__ = ["Checked", "NotCheckedError", "check_exam", "checked", "checked_outside", "priors_of", "rounds_of"]


def check_exam(exam: Exam, *, truth: Path | None = None) -> list[Fault]:
    """Check an exam's views, each by itself and all together; see `checked`."""
    return list(checked(exam, truth=truth).faults)


def checked(exam: Exam, *, truth: Path | None = None) -> Checked:
    """Check an exam of the library.

    Parameters
    ----------
    truth
        Folder of its truth, where it is at hand: its segmentations are checked against the images.
    """
    origin: Origin = "synthetic" if exam.synthetic else "imported"
    folder = next(iter(exam.views.values())).parent
    faults, facts = [], []
    images = (*exam.views.items(), *exam.raw.items())
    for view, path in images:
        found, told = opened(path, view=view.partition("-")[0], origin=origin)  # LCC of LCC-spot
        faults += _at(path, found)
        facts += [told] if told is not None else []
    # An import gives each picture UIDs of its own; only what was made has a study that is common to all.
    together = list(among_views(facts, one_study=exam.synthetic))
    if exam.synthetic:
        together += news(list(validated_together([path for _, path in images])), together)
    faults += _at(folder, together)
    faults += _segments(truth, {image.instance: image for image in facts}) if truth else []
    return Checked(exam.id, folder, tuple(faults), tuple(facts))


def _segments(truth: Path, images: dict[str, Facts]) -> Iterator[Fault]:
    """Check the segmentations in a folder of truth."""
    for path in sorted(truth.glob("*.dcm")):
        found, segment = opened(path)
        if segment is not None:
            found = [*found, *apart_from_source(segment, images, all_there=True)]
        yield from _at(path, found)


def _at(place: Path, found: Sequence[Finding]) -> list[Fault]:
    return [Fault(place, finding.words, finding.rule, finding.severity) for finding in found]


def rounds_of(exams: Sequence[Checked]) -> list[tuple[Checked, Fault]]:
    """Compare the exams that belong to one woman by her PatientID: sex, birth, age against date."""
    women: dict[str, list[tuple[str, Facts]]] = {}
    for exam in exams:
        first = _image(exam)
        if first is not None and first.patient not in NEUTRAL_IDS:
            women.setdefault(first.patient, []).append((f"{exam.name} ({first.date or 'no date'})", first))
    named = {id(_image(exam)): exam for exam in exams}
    found = []
    for rounds in women.values():
        for entry, finding in between_rounds(rounds):
            exam = named[id(entry)]
            found += [(exam, fault) for fault in _at(exam.place, [finding])]
    return found


def priors_of(current: Sequence[Checked], priors: Sequence[Checked]) -> list[tuple[Checked, Fault]]:
    """Check that priors are earlier than the current exams, and of the same woman."""
    found = []
    for prior in priors:
        for exam in current:
            mine, its = _image(prior), _image(exam)
            if mine is not None and its is not None:
                faults = _at(prior.place, list(before_current(mine, its, exam.name)))
                found += [(prior, fault) for fault in faults]
    return found


def _image(exam: Checked) -> Facts | None:
    """Give the first image of an exam."""
    return next((one for one in exam.facts if one.kind in ("presentation", "processing")), None)
