"""The notebook that is run and marked: the master copy with the learner's answers in it.

Of a submission only answers are taken, by their ids; a test or a locked part that was changed, moved,
deleted or retyped comes from the master copy. Parts a learner added are kept where they stood, since
answers may need them. Every repair is a sentence.
"""

from collections import Counter
from dataclasses import dataclass, replace

from senolab.grading.master import Master, MasterCell
from senolab.grading.submitted import Cell, Notebook
from senolab.words import gettext, marked


@dataclass(frozen=True)
class Part:
    """One cell of the mended notebook.

    Attributes
    ----------
    master
        The master cell it stands for; None for what the learner added.
    answered
        For an answer: whether it differs from what the learner was given.
    """

    cell_type: str
    source: str
    master: MasterCell | None = None
    answered: bool = False
    images: tuple[tuple[str, str, str], ...] = ()

    @property
    def grade_id(self) -> str | None:
        """The id of the master cell."""
        return self.master.grade_id if self.master else None


@dataclass(frozen=True)
class Mended:
    """A mended notebook, and the sentences on what was mended."""

    name: str
    parts: tuple[Part, ...]
    repairs: tuple[str, ...] = ()


def mend(submitted: Notebook, master: Master) -> Mended:
    """Put the answers of a submission into the master copy."""
    repairs = list(submitted.repairs)
    places = _places(submitted.cells, master)
    _tell_order(places, repairs)
    _fill_gaps(places, submitted.cells, master, repairs)
    added = _added(places, submitted.cells, master)
    parts = list(added.get(-1, ()))
    for index, cell in enumerate(master.cells):
        own = [submitted.cells[i] for i, place in enumerate(places) if place == index]
        parts += _parts(cell, own, repairs)
        parts += added.get(index, ())
    return Mended(master.name, tuple(parts), tuple(dict.fromkeys(repairs)))


def untouched(master: Master) -> Mended:
    """Give the master copy without any answer."""
    parts = [Part(cell.cell_type, cell.source, cell) for cell in master.cells]
    return Mended(master.name, tuple(parts))


def _places(cells: tuple[Cell, ...], master: Master) -> list[int | None]:
    """For each submitted cell the index of the master cell it stands for: by grade_id, id, or text."""
    by_grade_id = {cell.grade_id: i for i, cell in enumerate(master.cells) if cell.grade_id}
    by_id = {cell.id: i for i, cell in enumerate(master.cells) if cell.id}
    places = [by_grade_id.get(cell.grade_id) if cell.grade_id else None for cell in cells]
    taken = {place for place in places if place is not None}
    for i, cell in enumerate(cells):
        place = by_id.get(cell.id) if cell.id and places[i] is None else None
        if place is not None and place not in taken:
            places[i] = place
            taken.add(place)
    for i, cell in enumerate(cells):  # what has neither id is known by its text
        if places[i] is None and cell.source.strip():
            same = (
                j for j, one in enumerate(master.cells) if j not in taken and _same(one.shown, cell.source)
            )
            places[i] = next(same, None)
            taken |= {places[i]} - {None}
    return places


def _fill_gaps(places: list[int | None], cells: tuple[Cell, ...], master: Master, repairs: list[str]) -> None:
    """Give an answer that lost its id its place: the only part of its type between two known ones."""
    for index, cell in enumerate(master.cells):
        if not cell.answer or index in places:
            continue
        between = _between(places, index)
        own = [i for i in between if cells[i].cell_type == cell.cell_type and cells[i].source.strip()]
        if len(own) == 1:
            places[own[0]] = index
            repairs.append(
                gettext(
                    "The answer %(grade_id)r had lost its label; it was known by its place.",
                    grade_id=cell.grade_id,
                )
            )


def _between(places: list[int | None], index: int) -> range:
    """Find the submitted cells without a place that stand where master cell `index` should."""
    before = max((i for i, place in enumerate(places) if place is not None and place < index), default=-1)
    after = next((i for i in range(before + 1, len(places)) if places[i] is not None), len(places))
    following = places[after] if after < len(places) else None
    return range(before + 1, after) if following is None or following > index else range(0)


def _added(places: list[int | None], cells: tuple[Cell, ...], master: Master) -> dict[int, list[Part]]:
    """Gather what the learner added, under the index of the master cell it stands behind."""
    added: dict[int, list[Part]] = {}
    anchor = -1
    for place, cell in zip(places, cells, strict=True):
        if place is not None:
            anchor = place
        elif cell.source.strip() or cell.images:
            # before the learner's first known part lies whatever the master copy begins with
            added.setdefault(anchor, []).append(Part(cell.cell_type, cell.source, images=cell.images))
    if -1 in added and master.cells and master.cells[0].locked:
        added[0] = added.pop(-1) + added.get(0, [])
    return added


def _parts(master: MasterCell, own: list[Cell], repairs: list[str]) -> list[Part]:
    """One master cell as it goes into the mended notebook, with what belongs to it."""
    if master.answer:
        return _answer(master, own, repairs)
    name = f"'{master.grade_id}'" if master.grade_id else None
    if name and (master.locked or master.grade or master.task):
        _tell_changes(master, name, own, repairs)
        return [Part(master.cell_type, master.source, master)]
    changed = [cell for cell in own if not _same(cell.source, master.shown)]
    if changed and master.cell_type == "code":  # an open cell of the lesson, edited by the learner
        return [Part("code", changed[-1].source, master)]
    return [Part(master.cell_type, master.source, master)]


def _tell_changes(master: MasterCell, name: str, own: list[Cell], repairs: list[str]) -> None:
    if not own:
        repairs.append(gettext("The part %(name)s had been deleted; it was put back.", name=name))
    elif any(cell.cell_type != master.cell_type for cell in own):
        repairs.append(gettext("The part %(name)s had changed its type; the original was used.", name=name))
    elif any(not _same(cell.source, master.shown) and not _same(cell.source, master.source) for cell in own):
        repairs.append(gettext("The part %(name)s had been changed; the original was used.", name=name))
    if len(own) > 1:
        repairs.append(gettext("The part %(name)s stood there more than once; it counts once.", name=name))


def _answer(master: MasterCell, own: list[Cell], repairs: list[str]) -> list[Part]:
    """Take the learner's answer; of several copies the last counts and the others run before it."""
    name = f"'{master.grade_id}'"
    blank = Part(master.cell_type, master.source, master)
    if not own:
        repairs.append(gettext("The answer %(name)s had been deleted; it counts as not answered.", name=name))
        return [blank]
    if any(cell.cell_type != master.cell_type for cell in own):
        repairs.append(
            gettext(
                "The answer %(name)s had changed its type; it was taken as %(cell_type)s.",
                name=name,
                cell_type=master.cell_type,
            )
        )
    # of the same text twice the later stands
    written = {cell.source.strip(): cell for cell in own if not _same(cell.source, master.shown)}
    given = [cell for text, cell in written.items() if text or cell.images]
    if len(own) > 1:
        repairs.append(gettext(_counts(master, given), name=name))
    if not given:
        emptied = len(written) > 0  # deleted the text: nothing answered, but not what was given either
        return [replace(blank, source=own[-1].source)] if emptied else [blank]
    images = tuple(image for cell in given for image in cell.images)
    if master.cell_type == "markdown":
        source = "\n\n".join(cell.source for cell in given)
        return [Part("markdown", source, master, answered=True, images=images)]
    earlier = [Part("code", cell.source) for cell in given[:-1]]
    return [*earlier, Part("code", given[-1].source, master, answered=True, images=images)]


def _counts(master: MasterCell, given: list[Cell]) -> str:
    """Give the sentence on what became of several copies."""
    if len(given) < 2:
        return _ONCE
    return _JOINED if master.cell_type == "markdown" else _LAST


_ONCE = marked("The answer %(name)s stood there more than once; it counts once.")
_JOINED = marked("The answer %(name)s stood there more than once; all of it was joined.")
_LAST = marked("The answer %(name)s stood there more than once; the last counts, the others run before it.")


def _tell_order(places: list[int | None], repairs: list[str]) -> None:
    known = [place for place in places if place is not None]
    once = [place for place in known if Counter(known)[place] == 1]
    if once != sorted(once):
        repairs.append(
            gettext("Parts of the notebook stood in another order; the original order was restored.")
        )


def _same(one: str, other: str) -> bool:
    """Whether two texts are the same but for the ends of lines."""
    return [line.rstrip() for line in one.strip().splitlines()] == [
        line.rstrip() for line in other.strip().splitlines()
    ]
