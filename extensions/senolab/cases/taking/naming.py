"""Names of an exam's images: the view, what is special about it, a number where there are several."""

import re
from collections.abc import Sequence
from typing import Protocol

_VIEW = r"[RL](?:CC|MLO|ML|LM|LMO|FB|SIO|ISO|XCCL|XCCM|XCC)"
_TOLD = re.compile(_VIEW)
NAMED = re.compile(rf"{_VIEW}(?:-[a-z]{{2,4}}|-\d{{1,4}})*")


def view_in(name: str, *, whole: bool = False) -> str | None:
    """Read the view from a name such as ``R-CC.png`` or ``lmlo.png``, or from a word that is a view."""
    if whole:
        return name.upper() if _TOLD.fullmatch(name.upper()) else None
    found = re.search(r"(?<![A-Za-z])([RL])[-_ ]?(CC|MLO)(?![A-Za-z])", name, re.IGNORECASE)
    return (found[1] + found[2]).upper() if found else None


class Viewed(Protocol):
    """An image whose view and kind are known."""

    @property
    def view(self) -> str: ...  # noqa: D102
    @property
    def modifiers(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def raw(self) -> bool: ...  # noqa: D102


def named(images: Sequence[Viewed]) -> dict[int, str]:
    """Name the images of an exam, all of them: none is left out for another.

    The plain view (``RCC``) is the one that a reader expects: without modifiers, for presentation. An image
    for processing beside one for presentation is ``RCC-raw``, a special one ``RCC-spot-mag``, a further one
    of the same kind ``RCC-2``, in the order of the files.
    """
    shown = {(image.view, image.modifiers) for image in images if not image.raw}
    names: dict[int, str] = {}
    count: dict[str, int] = {}
    for n, image in enumerate(images):
        special = [
            *image.modifiers,
            *(["raw"] if image.raw and (image.view, image.modifiers) in shown else []),
        ]
        name = "-".join([image.view, *special])
        count[name] = count.get(name, 0) + 1
        names[n] = name if count[name] == 1 else f"{name}-{count[name]}"
    return names
