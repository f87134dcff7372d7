"""Recalibration: repair a model's probabilities without training it again.

A scaling is fitted on cases the model was not trained on and then applied to new ones. Platt
scaling is the first repair, since it corrects both the level and the spread; temperature scaling
corrects the spread only and keeps both the ranking and what lies above 0.5; isotonic regression
follows any rising shape, but needs many cases. A set with more cancers than screening has needs a
shift of prevalence as well.

Throughout, `truth` is a vector of 0 and 1 (1: cancer). Wrong shapes, NaN, one class only, no cases
and unknown options are refused by a `ValueError`.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit

from senolab.metrics.inputs import Flags, Floats, labels, numbers, one_of, probabilities, same_length, share
from senolab.metrics.proportions import EDGE, real
from senolab.words import gettext

Scale = Literal["logit", "score"]
LARGEST = 1e100


@dataclass(frozen=True, kw_only=True)
class PlattScaling:
    """P(cancer) = 1 / (1 + exp(-(slope · x + intercept))).

    Attributes
    ----------
    slope, intercept : float
        On x.
    scale : str
        What x is: ``"logit"`` of a probability, or any raw ``"score"``.
    clip : float or None
        As the predictions of the fit were treated, see `log_odds`.
    note : str
        A sentence where the user of the scaling has to know more; empty otherwise.
    """

    slope: float
    intercept: float
    scale: Scale = "logit"
    clip: float | None = None
    note: str = ""

    def __post_init__(self) -> None:
        for name in ("slope", "intercept"):
            if not abs(real(getattr(self, name), name)) <= LARGEST**2:  # NaN comes here too
                raise ValueError(f"{name} must be a finite number, not {getattr(self, name)}")

    def apply(self, scores: ArrayLike) -> Floats:
        """Probabilities of new cases, shape (cases,), from scores on the scale of the fit.

        Raises ValueError as `log_odds` for a logit, and for raw scores beyond `LARGEST`, NaN and none at all.
        """
        return expit(self.slope * _on_scale(scores, self.scale, self.clip) + self.intercept)


@dataclass(frozen=True, kw_only=True)
class TemperatureScaling:
    """P(cancer) = 1 / (1 + exp(-logit(p) / temperature)); a temperature above 1 softens."""

    temperature: float
    clip: float | None = None

    def __post_init__(self) -> None:
        if not 1 / LARGEST <= real(self.temperature, "temperature") <= LARGEST:  # NaN comes here too
            raise ValueError(f"temperature must be a number above 0, not {self.temperature}")

    def apply(self, probability: ArrayLike) -> Floats:
        """Probabilities of new cases, shape (cases,); 0.5 stays 0.5. Raises as `log_odds`."""
        return expit(log_odds(probability, clip=self.clip)[0] / self.temperature)


@dataclass(frozen=True, kw_only=True)
class IsotonicScaling:
    """A rising line through `knots`, pairs of score and probability; flat outside of them."""

    knots: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        table = numbers(self.knots, "knots", ndim=2)
        if table.shape[1] != 2 or (np.diff(table, axis=0) < 0).any():
            raise ValueError("knots must be pairs of score and probability, both rising")
        _scores(table[:, 0])
        probabilities(table[:, 1], "knots")

    def apply(self, scores: ArrayLike) -> Floats:
        """Probabilities of new cases, shape (cases,), from scores; raises as `PlattScaling.apply`."""
        x, y = np.transpose(self.knots)
        return np.interp(_scores(scores), x, y)


def platt_scaling(
    truth: ArrayLike,
    scores: ArrayLike,
    *,
    scale: Scale = "logit",
    smooth: bool = True,
    clip: float | None = None,
) -> PlattScaling:
    """Fit a logistic regression of truth on the logit of a probability, or on a raw score.

    Parameters
    ----------
    scores
        Vector as long as `truth`: probabilities, or finite scores with ``scale="score"``.
    smooth
        Platt's targets, (n₁ + 1)/(n₁ + 2) and 1/(n₀ + 2) instead of 1 and 0, so that a fit
        exists where the scores separate the classes. Without them the mean of the repaired
        probabilities is the share of cancers and their calibration slope 1, exactly.
    clip
        As in `log_odds`; for the logit only.

    Raises
    ------
    ValueError
        Also where all scores are equal, or separate the classes and `smooth` is off.

    Source: Platt 1999, in Advances in Large Margin Classifiers, MIT Press; Lin, Lin & Weng 2007,
    doi:10.1007/s10994-007-5018-6.
    """
    flags = labels(truth)
    x = _on_scale(scores, scale, clip)
    same_length(truth=flags, scores=x)
    slope, _, intercept = fit_logistic(_targets(flags) if smooth else flags.astype(float), x)
    note = gettext("The slope is not above 0: cancers have the lower scores.") if slope <= 0 else ""
    return PlattScaling(slope=slope, intercept=intercept, scale=scale, clip=clip, note=note)


def temperature_scaling(
    truth: ArrayLike, probability: ArrayLike, *, clip: float | None = None
) -> TemperatureScaling:
    """Fit the one temperature that makes the truth most likely.

    Ranking and decisions at 0.5 stay as they are, and so does a level that is wrong: where the
    intercept of the calibration is not 0, use `platt_scaling`.

    Raises
    ------
    ValueError
        Also where no finite temperature above 0 is best: no case lies on the wrong side of 0.5,
        the probabilities tell no more than 0.5 would, or all of them are 0.5.

    Source: Guo et al. 2017, doi:10.48550/arXiv.1706.04599.
    """
    from scipy.optimize import root_scalar

    flags, (given, _) = labels(truth), log_odds(probability, clip=clip)
    same_length(truth=flags, probability=given)
    # Below a trillionth of the whole, a sum is its own rounding.
    least = 1e-12 * np.abs(given).sum()
    if least == 0:
        raise ValueError("every probability is 0.5, which no temperature moves")
    if np.abs(given[flags != (given > 0)]).sum() <= least:
        raise ValueError("no case lies on the wrong side of 0.5; the best temperature would be 0")
    if given @ (flags - 0.5) <= least:
        raise ValueError("probability tells no more than 0.5 would; no finite temperature is best")

    def gradient(log_temperature: float) -> float:
        return float(given @ (flags - expit(given * np.exp(-log_temperature))))

    # The likelihood is concave in 1 / temperature, so that its gradient has one root.
    found = root_scalar(gradient, bracket=(-50, 50), xtol=1e-14).root
    return TemperatureScaling(temperature=float(np.exp(found)), clip=clip)


def isotonic_scaling(truth: ArrayLike, scores: ArrayLike) -> IsotonicScaling:
    """Fit the rising step line with the least squared error; it gives 0 and 1 at its ends freely.

    Scores are in any unit, up to `LARGEST`. Raises ValueError for larger ones, and as the module says.

    Source: Zadrozny & Elkan 2002, doi:10.1145/775047.775151.
    """
    from sklearn.isotonic import IsotonicRegression

    flags, x = labels(truth), _scores(scores)
    same_length(truth=flags, scores=x)
    fit = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(x, flags.astype(float))
    return IsotonicScaling(
        knots=tuple(zip(fit.X_thresholds_.tolist(), fit.y_thresholds_.tolist(), strict=True))
    )


def shift_prevalence(probability: ArrayLike, *, given: float, wanted: float) -> Floats:
    """Carry probabilities from one prevalence to another: logit p' = logit p + logit π' - logit π.

    It assumes that cancers look the same in both places, and women without cancer too.

    Parameters
    ----------
    probability
        Vector of predictions from 0 to 1 (0 and 1 stay).
    given, wanted
        Prevalence π that the predictions hold for, and π' of where they shall be used; neither
        may be 0 or 1. Raises ValueError for others, also below a millionth of a millionth.

    Source: Saerens, Latinne & Decaestecker 2002, doi:10.1162/089976602753284446.
    """
    predictions = probabilities(probability)
    old, new = share(given, "given", ends=False), share(wanted, "wanted", ends=False)
    if min(old, new) < EDGE:
        raise ValueError(f"given and wanted must be at least {EDGE:g} to be computed with")
    ill, well = predictions * new * (1 - old), (1 - predictions) * (1 - new) * old
    return ill / (ill + well)


def log_odds(probability: ArrayLike, *, clip: float | None = None) -> tuple[Floats, str]:
    """Logits of predictions, and a sentence on those that were moved.

    log(p/(1 − p)), shape (n_cases,) (Cox 1958, doi:10.1111/j.2517-6161.1958.tb00292.x). With `clip` of e.g.
    0.001 predictions are first moved into 0.001..0.999.
    Raises ValueError for what is no prediction, 0 and 1 without `clip`, and a `clip` not between 0 and ½.
    """
    predictions = probabilities(probability)
    low = 0.0 if clip is None else share(clip, "clip", ends=False)
    if low >= 0.5:
        raise ValueError(f"clip must lie below 0.5, not {low:g}")
    inside = np.clip(predictions, low, 1 - low)
    if ((inside == 0) | (inside == 1)).any():
        raise ValueError("probability holds 0 or 1, which have no logit; clip=0.001 moves them inside")
    moved = int((inside != predictions).sum())
    told = gettext(
        "%(moved)s of %(all)s predictions were moved into %(low)s to %(high)s.",
        moved=moved,
        all=inside.size,
        low=f"{low:g}",
        high=f"{1 - low:g}",
    )
    return logit(inside), told if moved else ""


def fit_logistic(targets: ArrayLike, x: ArrayLike) -> tuple[float, float, float]:
    """Slope, its standard error and intercept of the logistic regression of targets on x, each (n_cases,).

    Found by a trust region, which gets to the one maximum of the likelihood from afar, where
    iterated reweighting overflows. The targets may be fractions.

    Raises
    ------
    ValueError
        Where no finite slope is best: all values of x are the same but for rounding, those of
        target 0 and of target 1 do not overlap, or the likelihood is flat at its top, as with
        values of very unequal size.

    Source: Cox 1958, doi:10.1111/j.2517-6161.1958.tb00292.x.
    """
    from scipy.optimize import minimize

    targets, x = probabilities(targets, "targets"), _scores(x)
    same_length(targets=targets, scores=x)
    middle, spread = float(x.mean()), float(x.std())
    if spread <= 1e-9 * max(abs(middle), 1e-9):
        raise ValueError("the predictions hold one value only; no slope can be fitted to them")
    if np.ptp(targets) == 0 and targets[0] in {0, 1}:
        raise ValueError("targets hold one class only; no finite slope fits best")
    ill, well = x[targets == 1], x[targets == 0]
    if ill.size and well.size and (ill.min() >= well.max() or ill.max() <= well.min()):
        raise ValueError("the predictions separate the two classes perfectly; no finite slope fits best")
    design = np.column_stack([np.ones(len(x)), (x - middle) / spread])

    def loss(b: Floats) -> float:
        return float(np.logaddexp(0, design @ b).sum() - targets @ (design @ b))

    def gradient(b: Floats) -> Floats:
        return design.T @ (expit(design @ b) - targets)

    def information(b: Floats) -> Floats:
        return (design.T * (expit(design @ b) * expit(-(design @ b)))) @ design

    top = minimize(loss, np.zeros(2), jac=gradient, hess=information, method="trust-exact", tol=1e-8).x
    (a, b), (_, d) = information(top)
    if not a * d - b * b > 1e-12 * a * a:
        raise ValueError("the predictions are too uneven for a logistic regression; try clip=0.001")
    level, slope = top - np.linalg.solve(information(top), gradient(top))
    error = (a / (a * d - b * b)) ** 0.5
    return float(slope / spread), float(error / spread), float(level - slope * middle / spread)


def _on_scale(scores: ArrayLike, scale: str, clip: float | None) -> Floats:
    one_of(scale, get_args(Scale), "scale")
    return log_odds(scores, clip=clip)[0] if scale == "logit" else _scores(scores)


def _scores(scores: ArrayLike) -> Floats:
    """Raw scores whose squares, and products with a slope, stay finite."""
    x = numbers(scores, "scores")
    if np.abs(x).max() > LARGEST:
        raise ValueError(f"scores must lie between -{LARGEST:g} and {LARGEST:g} to be computed with")
    return x


def _targets(flags: Flags) -> Floats:
    """Replace 1 and 0 by the means that Platt's prior of one more case on each side gives."""
    ill, well = int(flags.sum()), int((~flags).sum())
    return np.where(flags, (ill + 1) / (ill + 2), 1 / (well + 2))
