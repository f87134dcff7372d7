"""A picture of a reader study: each modality's curves, and every reader's figure in both.

Modalities differ by line and by marker as well as by colour, so that the picture prints in grey and is
read by colour-blind readers. The numbers stand in the command's table.
"""

from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .characteristics import characteristic
from .mrmc import Analysis
from .study import Study

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS = ("#0b5c8f", "#b3541e", "#3f7d20", "#6a3d9a", "#555555")  # apart in hue and in lightness
_LINES, _MARKERS = ("-", "--", ":", "-."), ("o", "s", "^", "D", "v")
_AXES = {
    "auc": ("False-positive fraction", "True-positive fraction"),
    "hr-auc": ("False-positive fraction", "True-positive fraction"),
    "afroc": ("Healthy cases with a false mark", "Lesions found"),
    "wafroc": ("Healthy cases with a false mark", "Lesions found"),
    "lroc": ("False-positive fraction", "Found at the right place"),
}
_OTHER = ("Cases with a false mark", "Lesions found")  # afroc1, wafroc1: every case counts
FORMATS = (".svg", ".png", ".pdf")


def draw(study: Study, analysis: Analysis, path: Path) -> None:
    """Write the picture; its format is the file name's ending.

    Raises
    ------
    ValueError
        For another ending than .svg, .png or .pdf.
    OSError
        Where the file cannot be written.
    """
    if path.suffix.lower() not in FORMATS:
        raise ValueError(f"{path}: a picture's name ends in {', '.join(FORMATS)}")
    from matplotlib.figure import Figure  # slow to load, and few ask for a picture

    figure = Figure(figsize=(10, 4.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    looks = list(
        islice(zip(cycle(_COLOURS), cycle(_LINES), cycle(_MARKERS), strict=False), len(study.modalities))
    )
    _curves(left, study, analysis, looks)
    _readers(right, study, analysis, looks)
    left.legend(loc="lower right", frameon=False)
    beside = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        figure.savefig(beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _curves(axes: "Axes", study: Study, analysis: Analysis, looks: Sequence[Any]) -> None:
    """One thin line a reader, and the readers' mean in bold."""
    grid = np.linspace(0, 1, 201)
    for modality, (colour, line, _) in zip(study.modalities, looks, strict=True):
        heights = []
        for reader in study.readers:
            curve = characteristic(study.readings[modality, reader], analysis.figure)
            axes.plot(curve.x, curve.y, line, color=colour, linewidth=0.7, alpha=0.45)
            heights.append(np.interp(grid, curve.x, curve.y))
        mean = np.append(0.0, np.mean(heights, axis=0))  # from the corner, where nothing is called
        axes.plot(np.append(0.0, grid), mean, line, color=colour, linewidth=2.4, label=_plainly(modality))
    across, up = _AXES.get(analysis.figure, _OTHER)
    axes.set(xlabel=across, ylabel=up, xlim=(0, 1), ylim=(0, 1), aspect="equal")
    axes.set_title("Curves: each reader, and their mean in bold", fontsize="medium")


def _readers(axes: "Axes", study: Study, analysis: Analysis, looks: Sequence[Any]) -> None:
    """Every reader's figure by modality, and the mean with its interval at the right."""
    places = np.arange(len(study.readers))
    for i, (modality, (colour, _, marker)) in enumerate(zip(study.modalities, looks, strict=True)):
        shift = 0.12 * (i - (len(study.modalities) - 1) / 2)
        mean = analysis.modalities[modality]
        axes.plot(places + shift, analysis.foms[i], marker, color=colour, label=_plainly(modality))
        spread = [[mean.value - mean.low], [mean.high - mean.value]]
        axes.errorbar(len(places) + shift, mean.value, spread, fmt=marker, color=colour, capsize=4)
    axes.set_xticks(
        np.arange(len(study.readers) + 1),
        [*(_plainly(name[:16]) for name in study.readers), "mean"],
        rotation=45,
        ha="right",
    )
    axes.set(xlabel="Reader", ylabel=analysis.figure)
    axes.grid(axis="y", alpha=0.3)
    level = f"{100 * next(iter(analysis.modalities.values())).confidence:.9g} %"
    axes.set_title(f"Figure of merit by reader; mean with its {level} interval", fontsize="medium")


def _plainly(name: str) -> str:
    """Write a name as it is: matplotlib hides labels that begin with _ and reads $ as mathematics."""
    return ("\u200b" if name.startswith("_") else "") + name.replace("$", r"\$")
