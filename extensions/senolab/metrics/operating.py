"""Operating points: what calling from a threshold on would find, spare and recall.

The set that a reader or a model was tried on is enriched; what a threshold means for screening follows
from its sensitivity and specificity and the prevalence there.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .inputs import Floats, classes, number, share
from .inputs import level as at
from .proportions import Rate, wilson

_ROUNDING = 1e-12  # of a sum of shares: three tenths recalled are no more than .3


@dataclass(frozen=True)
class OperatingPoint:
    """What calling from a threshold on would give."""

    threshold: float
    sensitivity: Rate
    specificity: Rate

    def recalled(self, prevalence: float) -> float:
        """Return the share of all screened that it would recall, at a prevalence of cancer.

        Sensitivity · prevalence + (1 − specificity)(1 − prevalence), 0..1, by the law of total probability
        (Pepe, The Statistical Evaluation of Medical Tests, 2003). Raises ValueError for a prevalence outside
        0 to 1.
        """
        sick = share(prevalence, "prevalence")
        return self.sensitivity.value * sick + (1 - self.specificity.value) * (1 - sick)


def operating_points(
    truth: ArrayLike, rating: ArrayLike, *, confidence: float = 0.95
) -> tuple[OperatingPoint, ...]:
    """Every threshold that the ratings offer, from strict to lax, with sensitivity and specificity.

    Parameters
    ----------
    truth, rating : array_like, shape (n_cases,)
        As for `roc.auc`.
    confidence : float
        Level of the intervals.

    Returns
    -------
    tuple of OperatingPoint
        One for each different rating; formulas as in `operating_point`.

    Raises
    ------
    ValueError
        As `roc.auc`.

    References
    ----------
    Metz, Basic principles of ROC analysis, Semin Nucl Med 8:283-298, 1978,
    doi:10.1016/S0001-2998(78)80014-2.
    """
    healthy, diseased = classes(truth, rating)
    steps = np.unique(np.concatenate([healthy, diseased]))[::-1]
    return tuple(_point(healthy, diseased, float(step), at(confidence)) for step in steps)


def operating_point(
    truth: ArrayLike, rating: ArrayLike, *, threshold: float, confidence: float = 0.95
) -> OperatingPoint:
    """Sensitivity and specificity, each with its Wilson interval, of calling from a threshold on.

    #{y ≥ t}/n of the n diseased and #{x < t}/m of the m healthy.

    Parameters
    ----------
    truth, rating : array_like, shape (n_cases,)
        As for `roc.auc`.
    threshold : float
        The rating t, in the unit of the ratings.
    confidence : float
        Level of the intervals.

    Raises
    ------
    ValueError
        As `roc.auc`, and for a threshold that is no number.

    References
    ----------
    Metz, Basic principles of ROC analysis, Semin Nucl Med 8:283-298, 1978,
    doi:10.1016/S0001-2998(78)80014-2.
    """
    healthy, diseased = classes(truth, rating)
    return _point(healthy, diseased, number(threshold, "threshold"), at(confidence))


def threshold_for(
    truth: ArrayLike,
    rating: ArrayLike,
    *,
    specificity: float | None = None,
    recall_rate: float | None = None,
    prevalence: float | None = None,
    confidence: float = 0.95,
) -> OperatingPoint:
    """Return the operating point of the highest sensitivity that keeps a constraint.

    Of several with that sensitivity it is the one that spares most healthy cases.

    Parameters
    ----------
    truth, rating : array_like, shape (n_cases,)
        As for `auc`; the set may be enriched.
    specificity : float, optional
        The least that is wanted.
    recall_rate, prevalence : float, optional
        The most that may be recalled of all screened, at the prevalence of cancer among them; both
        together, in place of `specificity`.
    confidence : float
        Level of the intervals of sensitivity and specificity.

    Raises
    ------
    ValueError
        If even the strictest threshold of the ratings does not keep it, or not one constraint is named.

    References
    ----------
    Metz, Basic principles of ROC analysis, Semin Nucl Med 8:283-298, 1978,
    doi:10.1016/S0001-2998(78)80014-2.
    """
    kept = list(operating_points(truth, rating, confidence=confidence))
    if specificity is not None and recall_rate is None and prevalence is None:
        wanted = share(specificity, "specificity")
        kept, told = [one for one in kept if one.specificity.value >= wanted], f"a specificity of {wanted:g}"
    elif specificity is None and recall_rate is not None and prevalence is not None:
        most, sick = share(recall_rate, "recall_rate"), share(prevalence, "prevalence")
        kept = [one for one in kept if one.recalled(sick) <= most + _ROUNDING]
        told = f"a recall rate of {most:g}"
    else:
        raise ValueError("name specificity alone, or recall_rate with prevalence")
    if not kept:
        raise ValueError(f"no threshold of these ratings keeps {told}")
    return max(kept, key=lambda one: (one.sensitivity.count, one.specificity.count))


def _point(healthy: Floats, diseased: Floats, threshold: float, level: float) -> OperatingPoint:
    found, spared = int((diseased >= threshold).sum()), int((healthy < threshold).sum())
    return OperatingPoint(
        threshold,
        wilson(found, len(diseased), confidence=level),
        wilson(spared, len(healthy), confidence=level),
    )
