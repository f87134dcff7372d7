"""Exams from outside: hospital or public DICOM mammograms, or PNG pictures whose view is told.

Each file is opened in the sandbox by `untrusted` and leaves it as a new, clean object; this process never
parses an image that came from outside. One bad file is a sentence with its name and stops no other.
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from .library import Exam, Library
from .taking import pseudonyms
from .taking.dataset import DataSet, detected, opened
from .taking.entering import Group, Source, enter
from .taking.naming import view_in
from .taking.sandboxed import Job, check_sandbox, done
from .taking.terms import Terms, terms_of, texts_beside
from .taking.walking import Found, ImportRefusedError, Refused, found_in, shown

__all__ = ["ImportRefusedError", "Plan", "Refused", "Report", "Taken", "plan", "take_in"]
_UNSTATED = "no licence lies beside the images: state it with --licence WORDS"
_VIEW_WORDS = "R or L and a projection, such as RCC, LCC, RMLO, LMLO"
_TOGETHER = 32  # files of whole exams that are read before they are entered; what they fill is then freed


@dataclass(frozen=True)
class Taken:
    """One file that is now in the library.

    Attributes
    ----------
    removed
        What was left out of its header, in words.
    notes
        What was assumed, mended or followed where the file contradicts itself.
    """

    file: Path
    exam: str
    view: str
    removed: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """What became of each file."""

    exams: tuple[Exam, ...]
    taken: tuple[Taken, ...]
    refused: tuple[Refused, ...]

    def sentence(self) -> str:
        """Tell how many were taken and refused."""
        count = f"{len(self.taken)} of {len(self.taken) + len(self.refused)} files were taken"
        exams = f" into {len(self.exams)} exam{'s' * (len(self.exams) != 1)}" if self.exams else ""
        return f"{count}{exams}, {len(self.refused)} refused"


@dataclass(frozen=True)
class Plan:
    """What an import would do, before anything is opened.

    Attributes
    ----------
    data
        The data set whose tables tell about the images, or None.
    terms
        Licence to accept, or None where nothing states it.
    beside
        Folder -> licence whose text lies there, where these texts decide.
    """

    found: Found
    data: DataSet | None
    terms: Terms | None
    view: str | None
    spacing_mm: float | None
    beside: Mapping[Path, Terms] = field(default_factory=dict)

    def terms_for(self, file: Path) -> Terms:
        """Give the licence of a file: the text that lies nearest above it, else what holds for all."""
        if self.terms is None:
            raise ImportRefusedError(_UNSTATED)
        return next((self.beside[above] for above in file.parents if above in self.beside), self.terms)

    @property
    def about(self) -> list[str]:
        """What a person should know of the data set beforehand."""
        if self.data is None:
            return []
        spec = self.data.spec
        told = [f"Data set: {spec['title']}", f"verified_on_original: {spec['verified_on_original']}"]
        if spec["verified_on_original"] == "no":
            told.append("nobody has run this adapter on the original yet; unverified:")
            told += [f"  - {line}" for line in spec.get("unverified", ())]
        return [*told, *(f"Note: {line}" for line in spec.get("notes", ()))]


def plan(
    paths: Iterable[Path],
    *,
    licence: str | None = None,
    dataset: str | None = None,
    view: str | None = None,
    spacing_mm: float | None = None,
) -> Plan:
    """Find files, data set and licence.

    Parameters
    ----------
    licence
        Words that state it, where no file beside the images and no data set does.
    dataset
        Name of a data set; found by its layout when not given, ``none`` for none.
    view
        View of images that do not say it.
    spacing_mm
        Pixel size of images that do not say it; 0.1 mm for pictures when not given.
    """
    if view is not None and view_in(view, whole=True) is None:
        raise ImportRefusedError(f"there is no view {shown(view)!r}; a view is {_VIEW_WORDS}")
    if spacing_mm is not None and not 0.005 <= spacing_mm <= 5:
        raise ImportRefusedError(f"a pixel of {spacing_mm:g} mm is none of a mammogram (0.005 to 5 mm)")
    found = found_in(paths)
    name = None if dataset == "none" else dataset or detected(found.roots)
    data = opened(name, found.roots) if name else None
    texts = texts_beside(found.folders())
    terms = _terms(licence, data, next(iter(texts.values()), None))
    beside = {} if licence or data else {folder: terms_of(text) for folder, text in texts.items()}
    return Plan(found, data, terms, view_in(view, whole=True) if view else None, spacing_mm, beside)


def _terms(licence: str | None, data: DataSet | None, text: str | None) -> Terms | None:
    """Licence as told; else the data set's, with the text that lies beside; else that text."""
    if licence:
        return terms_of(licence)
    if data is not None:
        return replace(data.terms, text="\n\n".join(filter(None, [data.terms.text, text])))
    return terms_of(text) if text else None


def take_in(
    library: Library, what: Plan, *, told: Callable[[str, int, int], None] = lambda *_: None
) -> Report:
    """Read, clean and enter what was found; each file is taken or refused, none is lost.

    Parameters
    ----------
    told
        Called with what is done, how many files have come so far, and of how many.
    """
    if what.terms is None:
        raise ImportRefusedError(_UNSTATED)
    check_sandbox()
    secret = pseudonyms.secret_of(library.images.parent)
    refused = list(what.found.refused)
    sources = _looked(library, what, secret, refused, told)
    exams: dict[str, Exam] = {}
    taken: list[Taken] = []
    for batch in _batches(_groups(sources)):
        with tempfile.TemporaryDirectory(prefix="senolab-import-") as folder:
            for group in _read(batch, Path(folder), what, refused):
                _entered(library, group, what, secret, exams, taken, refused)
        told("read", len(taken) + len(refused), len(what.found.files) + len(what.found.refused))
    return Report(tuple(exams.values()), tuple(taken), tuple(refused))


def _entered(
    library: Library,
    group: Group,
    what: Plan,
    secret: bytes,
    exams: dict[str, Exam],
    taken: list[Taken],
    refused: list[Refused],
) -> None:
    """Enter one exam, or refuse its files."""
    terms = what.terms_for(group.images[0].source.file)
    try:
        exam, views = enter(library, group, secret=secret, terms=terms, data=what.data)
    except (ValueError, OSError) as fault:
        refused += [Refused(image.source.file, shown(fault)) for image in group.images]
        return
    refused += views.refused
    exams[exam.id] = exam
    for n, view in views.of.items():
        image = group.images[n]
        taken.append(Taken(image.source.file, exam.id, view, image.removed, image.notes))


def _looked(
    library: Library,
    what: Plan,
    secret: bytes,
    refused: list[Refused],
    told: Callable[[str, int, int], None],
) -> list[Source]:
    """Look at each header, and give the files that go on: mammograms that are not in the library yet."""
    tables = what.data
    masks = {f: words for f in what.found.files if tables and (words := tables.mask_of(f)) is not None}
    files = [file for file in what.found.files if file not in masks]
    with tempfile.TemporaryDirectory(prefix="senolab-look-") as folder:
        jobs = [Job(file, "look") for file in files]
        answers = done(jobs, home=Path(folder), told=lambda count: told("looked at", count, len(files)))
    sources: list[Source] = []
    met = {digest: f"it is already in this library: exam {exam}" for digest, exam in _known(library).items()}
    for file, answer in zip(files, answers, strict=True):
        if isinstance(answer, Refused):
            refused.append(answer)
            continue
        try:
            digest = pseudonyms.keyed_digest(secret, _digest(file))
        except OSError as fault:
            refused.append(Refused(file, f"it cannot be read: {fault.strerror}"))
            continue
        if digest in met:
            refused.append(Refused(file, met[digest]))
            continue
        met[digest] = f"it is the same file as {shown(file)}"
        facts = what.data.facts_of(file) if what.data else None
        sources.append(Source.of(file, answer, facts, digest, what.data))
    return _with_masks(sources, masks)


def _with_masks(sources: list[Source], masks: dict[Path, dict[str, str]]) -> list[Source]:
    """Give each image the masks and crops of its findings."""
    by: dict[tuple[str, str, str], list[tuple[Path, dict[str, str]]]] = {}
    for file, told in masks.items():
        by.setdefault((told.get("patient", ""), told.get("side", ""), told.get("projection", "")), []).append(
            (file, told)
        )
    found = []
    for source in sources:
        fields = source.facts.fields if source.facts else {}
        key = (fields.get("patient", ""), fields.get("side", ""), fields.get("projection", ""))
        found.append(replace(source, masks=tuple(by.get(key, ()))))
    return found


def _known(library: Library) -> dict[str, str]:
    """Files that are in the library: keyed hash -> exam."""
    return {
        str(image.get("known_by")): exam.id
        for exam in library.list()
        if exam.imported
        for image in exam.imported.get("images", {}).values()
    }


def _digest(file: Path) -> str:
    """SHA-256 of a file as it came."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _groups(sources: Iterable[Source]) -> list[list[Source]]:
    """Bring the files of an exam together: by the data set, else by study, pictures by folder."""
    groups: dict[str, list[Source]] = {}
    for source in sources:
        groups.setdefault(source.exam, []).append(source)
    return list(groups.values())


def _batches(groups: Sequence[list[Source]]) -> Iterator[list[list[Source]]]:
    """Bring exams together until they fill a sandbox."""
    batch: list[list[Source]] = []
    for group in groups:
        if batch and sum(map(len, batch)) + len(group) > _TOGETHER:
            yield batch
            batch = []
        batch.append(group)
    if batch:
        yield batch


def _read(batch: list[list[Source]], folder: Path, what: Plan, refused: list[Refused]) -> Iterator[Group]:
    """Read the images of some exams in the sandbox; those that cannot be are refused."""
    sources = [source for group in batch for source in group]
    jobs = [Job(source.file, "take", source.words(what.view, what.spacing_mm)) for source in sources]
    jobs += [Job(file, "region") for source in sources for file, _ in source.masks]
    answers = done(jobs, home=folder)
    regions = {job.file: answer for job, answer in zip(jobs, answers, strict=True) if job.do == "region"}
    number = 0
    for group in batch:
        images = []
        for source in group:
            answer, path = answers[number], folder / f"{number}.dcm"
            number += 1
            image = answer if isinstance(answer, Refused) else source.image(answer, path, regions)
            if isinstance(image, Refused):
                refused.append(image)
            else:
                images.append(image)
        if images:
            yield Group(tuple(images))
