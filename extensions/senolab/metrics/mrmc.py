"""Multi-reader multi-case analysis by Obuchowski and Rockette.

Did a modality help such readers on such cases, and not only these readers on these cases? A class that
reads the same cases with AI and without is such a study. The figure of merit of modality i and reader j
is modelled as μ + τᵢ + Rⱼ + (τR)ᵢⱼ + εᵢⱼ, where the errors are correlated since the cases are the same:
Cov1 same reader, other modality; Cov2 other reader, same modality; Cov3 both others. The covariances
come from resampling the cases, the rest is an analysis of variance: with t modalities, r readers and mean
squares MS(T), MS(TR),

    RRRC  F = MS(T) / E,  E = MS(TR) + r max(Cov2 − Cov3, 0),  ddf = E² (t − 1)(r − 1) / MS(TR)²
    FRRC  χ² = (t − 1) MS(T) / (Var − Cov1 + (r − 1) max(Cov2 − Cov3, 0)),  F = χ² / (t − 1)
    RRFC  F = MS(T) / MS(TR),  ddf = (t − 1)(r − 1)

the numerator having t − 1 degrees of freedom in each. Readings are shares from 0 to 1, without a unit.

References
----------
Obuchowski & Rockette, Hypothesis testing of diagnostic accuracy for multiple readers and multiple
tests, Commun Stat Simul Comput 24:285-308, 1995, doi:10.1080/03610919508813243. Hillis, A comparison of
denominator degrees of freedom methods for multiple observer ROC analysis, Stat Med 26:596-619, 2007,
doi:10.1002/sim.2532.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from senolab.words import gettext

from . import merit
from .area import ROUNDING
from .estimate import Estimate
from .inference import Components, Difference, FTest, differences, f_test, inferences, quantile
from .inputs import Floats, one_of
from .inputs import level as at
from .meritinterval import kind_of, least_of, merit_interval
from .study import Study


@dataclass(frozen=True, eq=False, kw_only=True)
class Analysis:
    """What the study shows.

    Attributes
    ----------
    figure, method : str
        Figure of merit, and where the covariances come from.
    foms : ndarray, shape (n_modalities, n_readers)
    ms_t, ms_r, ms_tr : float or None
        Mean squares of modalities, readers and their interaction; None where there is only one.
    components : Components
    tests : dict of {"RRRC", "FRRC", "RRFC"} to FTest
        Random readers and random cases; readers fixed; cases fixed. Empty for one modality.
    differences : tuple of Difference
        Every pair of modalities, by each inference that is defined.
    modalities : dict of str to Estimate
        Mean over readers with the interval for random readers and cases (of cases alone for one reader).
    ddf : dict of str to float
        Degrees of freedom of each modality's interval; ∞ where it is one of cases alone.
    notes : tuple of str
        Where an estimate degenerates, and what was done.
    """

    figure: str
    method: str
    foms: Floats
    ms_t: float | None
    ms_r: float | None
    ms_tr: float | None
    components: Components
    tests: dict[str, FTest]
    differences: tuple[Difference, ...]
    modalities: dict[str, Estimate]
    ddf: dict[str, float]
    notes: tuple[str, ...]


def analyse(
    study: Study,
    *,
    figure: merit.FigureOfMerit = "auc",
    method: str = "jackknife",
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Analysis:
    """Analyse a fully crossed study.

    Parameters
    ----------
    study
        One or more modalities and readers; at least two cases of each class.
    figure
        One of `pairs.FIGURES`, or one of `figures`: partial and binormal areas, rates at a threshold. Those
        are no rank statistics: they have no DeLong variance, and take a computation for each case.
    method : {"jackknife", "delong", "bootstrap"}
        How the covariances of the figures are found.
    confidence : float
        Level of every interval.
    resamples, seed : int
        Of the bootstrap.

    Returns
    -------
    Analysis

    Raises
    ------
    ValueError
        For a figure or a method that the study cannot give, for fewer than two cases of a class, and as
        `merit.draws`, whatever the method.
    """
    if not isinstance(study, Study):
        raise ValueError(f"a Study is analysed, not a {type(study).__name__}; see `study`")
    level, notes = at(confidence), list(study.notes)
    merit.asked(resamples, seed)
    foms = np.array([[_figure(study, m, r, figure) for r in study.readers] for m in study.modalities])
    covariance = _covariance(study, figure, method, resamples, seed)
    parts = _components(covariance)
    ms_t, ms_r, ms_tr = _mean_squares(foms)
    found = list(inferences(foms.shape, parts, ms_tr, notes)) if len(study.modalities) > 1 else []
    if len(study.modalities) == 1:
        notes.append(gettext("There is one modality; nothing is compared."))
    tests = {one.name: f_test(one, ms_t or 0.0, len(study.modalities) - 1, notes) for one in found}
    alone = {
        name: _modality(foms[i], covariance[i, :, i, :], study, figure, level)
        for i, name in enumerate(study.modalities)
    }
    means = {name: one for name, (one, _) in alone.items()}
    return Analysis(
        figure=figure if isinstance(figure, str) else getattr(figure, "name", "own figure"),
        method=method,
        foms=foms,
        ms_t=ms_t,
        ms_r=ms_r,
        ms_tr=ms_tr,
        components=parts,
        tests=tests,
        differences=tuple(differences(study.modalities, foms, found, level)),
        modalities=means,
        ddf={name: ddf for name, (_, ddf) in alone.items()},
        notes=tuple(dict.fromkeys(notes + _notes_of(means))),
    )


def _figure(study: Study, modality: str, reader: str, figure: merit.FigureOfMerit) -> float:
    """Figure of one reading; what it refuses is told with whose it is."""
    try:
        return merit.figure_of_merit(study.readings[modality, reader], figure)
    except ValueError as problem:
        if isinstance(figure, str):  # is refused for every reading alike
            raise
        raise ValueError(f"reader {reader} in modality {modality}: {problem}") from problem


def _covariance(
    study: Study, figure: merit.FigureOfMerit, method: str, resamples: int, seed: int
) -> NDArray[np.float64]:
    """Covariance of all figures, shape (modalities, readers, modalities, readers)."""
    one_of(method, merit.METHODS, "method")
    readings = [study.readings[m, r] for m in study.modalities for r in study.readers]
    if method == "jackknife":
        without = np.array([merit.leave_one_out(one, figure) for one in readings])
        n = without.shape[1]
        flat = np.cov(without) * (n - 1) ** 2 / n
    elif method == "delong":
        sides = zip(*(merit.influence(one, figure) for one in readings), strict=True)
        flat = sum(np.cov(np.array(side)) / len(side[0]) for side in sides)
    else:
        merit.enough(readings[0])
        counts = merit.draws(readings[0], resamples=resamples, seed=seed)
        flat = np.cov(np.array([merit.resampled(one, figure, counts) for one in readings]))
    size = (len(study.modalities), len(study.readers))
    return np.reshape(flat, (*size, *size))


def _components(covariance: NDArray[np.float64]) -> Components:
    """Means over the pairs that each covariance is about; None where there is no such pair."""
    t, r = covariance.shape[:2]
    same_t, same_r = np.eye(t, dtype=bool)[:, None, :, None], np.eye(r, dtype=bool)[None, :, None, :]

    def mean(where: NDArray[np.bool_]) -> float | None:
        chosen = covariance[np.broadcast_to(where, covariance.shape)]
        return float(chosen.mean()) if chosen.size else None

    return Components(
        var=float(np.einsum("trtr->tr", covariance).mean()),
        cov1=mean(~same_t & same_r),
        cov2=mean(same_t & ~same_r),
        cov3=mean(~same_t & ~same_r),
    )


def _mean_squares(foms: Floats) -> tuple[float | None, float | None, float | None]:
    """Mean squares of modalities, readers and interaction."""
    t, r = foms.shape
    by_t, by_r, all_ = foms.mean(1, keepdims=True), foms.mean(0, keepdims=True), foms.mean()
    ms_t = float(r * ((by_t - all_) ** 2).sum() / (t - 1)) if t > 1 else None
    ms_r = float(t * ((by_r - all_) ** 2).sum() / (r - 1)) if r > 1 else None
    both = t > 1 and r > 1
    ms_tr = float(((foms - by_t - by_r + all_) ** 2).sum() / ((t - 1) * (r - 1))) if both else None
    return ms_t, ms_r, ms_tr


def _modality(
    foms: Floats, covariance: Floats, study: Study, figure: merit.FigureOfMerit, level: float
) -> tuple[Estimate, float]:
    """Mean of one modality over its readers from its own data (Hillis 2007, section 5.3), and its ddf.

    One reader, or several who show no variation at all, speak of the cases only.
    """
    r, value, cut = len(foms), float(foms.mean()), kind_of(figure) is not None
    least = least_of(figure)
    cov2 = float(covariance[~np.eye(r, dtype=bool)].mean()) if r > 1 else 0.0
    ms_r = float(foms.var(ddof=1)) if r > 1 else 0.0
    error = ms_r + r * max(cov2, 0.0)
    if r == 1 or error <= ROUNDING:
        diseased = next(iter(study.readings.values())).diseased
        made = merit_interval(
            value,
            max(float(np.diagonal(covariance).mean()), 0.0),
            figure=figure,
            healthy=int((~diseased).sum()),
            diseased=int(diseased.sum()),
            confidence=level,
        )
        return replace(made, method=f"cases, {made.method}"), math.inf
    ddf = error**2 / ms_r**2 * (r - 1) if ms_r > ROUNDING else math.inf
    half, notes = quantile(level, ddf) * math.sqrt(error / r), []
    if cov2 < 0:
        notes.append(gettext("Cov2 is negative, which can only be chance; it counts as 0."))
    if cut and half > min(value - least, 1 - value):
        notes.append(
            gettext(
                "The interval would leave %(least)s to 1 and is cut there; "
                "so few readers and cases tell little.",
                least=f"{least:.3g}",
            )
        )
    low, high = (max(value - half, least), min(value + half, 1.0)) if cut else (value - half, value + half)
    told = {"method": "readers and cases", "note": " ".join(notes)}
    return Estimate(value=value, low=low, high=high, confidence=level, **told), ddf


def _notes_of(means: dict[str, Estimate]) -> list[str]:
    return [
        gettext("%(modality)s: %(note)s", modality=name, note=one.note)
        for name, one in means.items()
        if one.note
    ]
