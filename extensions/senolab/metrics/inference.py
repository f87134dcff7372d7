"""What a study's error terms allow to say: three tests, and the differences between modalities.

Random readers and random cases (RRRC) speaks of such readers and such cases; fixed readers (FRRC) of
these readers only, fixed cases (RRFC) of these cases only.

The formulas of `inferences`, `f_test` and `differences` are those of Obuchowski & Rockette, Commun Stat Simul
Comput 24:285-308, 1995, doi:10.1080/03610919508813243, with the degrees of freedom of Hillis, Stat Med
26:596-619, 2007, doi:10.1002/sim.2532.
"""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Real

from scipy import stats

from senolab.words import gettext

from .inputs import LARGEST, Floats, count, listed, number, numbers
from .inputs import level as at
from .proportions import real

_ROUNDING = 1e-9  # by which two means of the same numbers may differ
_TINY = 1e-14  # an error term below it is the rounding of a sum that is 0


@dataclass(frozen=True, kw_only=True)
class Components:
    """The error's variance and covariances, means over all pairs of modalities and readers.

    None where there is no such pair: Cov1 and Cov3 with one modality, Cov2 and Cov3 with one reader.
    """

    var: float
    cov1: float | None
    cov2: float | None
    cov3: float | None

    def __post_init__(self) -> None:
        number(self.var, "var")
        for name in ("cov1", "cov2", "cov3"):
            if (value := getattr(self, name)) is not None:
                number(value, name)


@dataclass(frozen=True, kw_only=True)
class FTest:
    """A test that all modalities have the same mean figure; None where it is not defined.

    `ddf` is ∞ for fixed readers: `f` times `ndf` is then the chi-square statistic.
    """

    f: float | None
    ndf: int
    ddf: float | None
    p: float | None


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Mean figure of modality `a` minus that of `b`, by one inference."""

    a: str
    b: str
    inference: str
    estimate: float
    lower: float | None
    upper: float | None
    p: float | None


@dataclass(frozen=True)
class Inference:
    """The error term of one inference: its mean square, degrees of freedom, and what is amiss."""

    name: str
    error: float
    ddf: float

    def __post_init__(self) -> None:
        number(self.error, "error")
        _degrees(self.ddf)


def inferences(
    size: tuple[int, ...], parts: Components, ms_tr: float | None, notes: list[str]
) -> Iterator[Inference]:
    """Error terms of the three inferences, by the formulas of `mrmc`.

    Parameters
    ----------
    size : tuple of int
        Numbers of modalities (at least 2) and of readers.
    parts : Components
    ms_tr : float or None
        Mean square of the interaction; None for one reader, who has FRRC only.
    notes : list of str
        Gets a sentence wherever an estimate degenerates.

    Raises
    ------
    ValueError
        For fewer than two modalities, no reader, no components, and a mean square that is below 0 or none.
    """
    if not listed(size) or len(size) != 2 or not isinstance(parts, Components):
        raise ValueError(
            f"modalities and readers, and Components are wanted, not {size!r:.40}, {parts!r:.40}"
        )
    t, r = (
        count(size[0], "the number of modalities", least=2),
        count(size[1], "the number of readers", least=1),
    )
    ms_tr = None if ms_tr is None else number(ms_tr, "ms_tr")
    if ms_tr is not None and not 0 <= ms_tr <= LARGEST:
        raise ValueError(f"ms_tr must lie between 0 and {LARGEST:g}, not {ms_tr}")
    cov2, cov3 = parts.cov2 or 0.0, parts.cov3 or 0.0
    if cov2 < cov3 - _ROUNDING * abs(cov3):
        notes.append(
            gettext(
                "Cov2 (%(cov2)s) is below Cov3 (%(cov3)s), which can only be chance. Their difference counts "
                "as 0, and the degrees of freedom are those of fixed cases.",
                cov2=f"{cov2:.3g}",
                cov3=f"{cov3:.3g}",
            )
        )
    floor = max(cov2 - cov3, 0.0)  # 0 for one reader, whose covariances these are not
    if ms_tr is None:
        notes.append(
            gettext("There is one reader; nothing can be said of readers in general, only of the cases.")
        )
    else:
        error = ms_tr + r * floor
        ddf = error**2 / (ms_tr**2 / ((t - 1) * (r - 1))) if ms_tr > _TINY else math.inf
        if ms_tr <= _TINY < error:
            notes.append(gettext("All readers show the same difference; RRRC rests on the cases only."))
        yield Inference("RRRC", error, ddf)
    yield Inference("FRRC", parts.var - (parts.cov1 or 0.0) + (r - 1) * floor, math.inf)
    if ms_tr is not None:
        yield Inference("RRFC", ms_tr, (t - 1) * (r - 1))


def f_test(one: Inference, ms_t: float, ndf: int, notes: list[str]) -> FTest:
    """Test that all modalities have one mean: F = `ms_t` / error with `ndf` and the error's own ddf.

    As Obuchowski & Rockette 1995 (see the module). Where the error term is 0 or below, the test is not
    defined, and `notes` gets a sentence on it. Raises ValueError for a mean square that is no number, no
    degree of freedom, and for what is no Inference.
    """
    if not isinstance(one, Inference):
        raise ValueError(f"an Inference is tested, not {one!r:.40}")
    ms_t, ndf = number(ms_t, "ms_t"), count(ndf, "ndf", least=1)
    if one.error <= _TINY:
        told = (
            gettext("%(inference)s: the error term is negative.", inference=one.name)
            if one.error < -_TINY
            else gettext("%(inference)s: the error term is 0.", inference=one.name)
        )
        why = gettext(
            "Readers or ratings do not vary enough, so this test and its intervals are not defined; let more "
            "readers read, or more cases be read."
        )
        notes.append(f"{told} {why}")
        return FTest(f=None, ndf=ndf, ddf=None, p=None)
    f = ms_t / one.error
    p = stats.chi2.sf(f * ndf, ndf) if math.isinf(one.ddf) else stats.f.sf(f, ndf, one.ddf)
    return FTest(f=f, ndf=ndf, ddf=one.ddf, p=float(p))


def differences(
    names: tuple[str, ...], foms: Floats, found: list[Inference], level: float
) -> Iterator[Difference]:
    """Return every pair of modalities by every inference, each with its interval at a level (0..1).

    Mean of a − mean of b ± t √(2 · error / readers), from figures of merit of shape (modalities, readers), as
    Obuchowski & Rockette 1995 and Hillis 2007 (see the module).
    Raises ValueError for figures of another shape, NaN among them, what is no Inference, and as `quantile`.
    """
    if not listed(names) or not listed(found) or not all(isinstance(one, Inference) for one in found):
        raise ValueError(f"names and a list of Inference are wanted, not {names!r:.40} and {found!r:.40}")
    foms = numbers(foms, "foms", ndim=2)
    if len(names) != len(foms):
        raise ValueError(f"foms has {len(foms)} rows, but there are {len(names)} modalities")
    means, readers = foms.mean(1), foms.shape[1]
    for one in found:
        for i, k in itertools.combinations(range(len(names)), 2):
            gap = float(means[i] - means[k])
            lower = upper = p = None
            if one.error > _TINY:
                se = math.sqrt(2 * one.error / readers)
                half = quantile(level, one.ddf) * se
                lower, upper, p = gap - half, gap + half, two_sided(gap / se, one.ddf)
            yield Difference(
                a=names[i], b=names[k], inference=one.name, estimate=gap, lower=lower, upper=upper, p=p
            )


def quantile(level: float, ddf: float) -> float:
    """Return the two-sided quantile, at a level (0..1), of t, or of the normal where its ddf are ∞.

    Raises ValueError for a level that is none, and for degrees of freedom below 0.1.
    """
    upper, ddf = 0.5 + at(level, "level") / 2, _degrees(ddf)
    return float(stats.norm.ppf(upper) if math.isinf(ddf) else stats.t.ppf(upper, ddf))


def two_sided(ratio: float, ddf: float) -> float:
    """Return the two-sided p value of a ratio of estimate and standard error.

    Raises ValueError for a ratio that is no number, and for degrees of freedom below 0.1.
    """
    far, ddf = abs(number(ratio, "ratio")), _degrees(ddf)
    return float(2 * (stats.norm.sf(far) if math.isinf(ddf) else stats.t.sf(far, ddf)))


def _degrees(ddf: float) -> float:
    """Degrees of freedom, ∞ among them; of fewer than 0.1 no quantile can be computed."""
    if not isinstance(ddf, Real) or isinstance(ddf, bool) or not ddf >= 0.1:  # NaN comes here too
        raise ValueError(f"ddf must be at least 0.1, not {ddf!r:.40}")
    return real(ddf, "ddf")
