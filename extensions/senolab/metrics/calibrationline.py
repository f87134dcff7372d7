"""The line of calibration: level and slope of the truth on the logit of a model's probabilities.

Two figures that hold without bins: whether the probabilities are too low or too high on the whole, and
whether they are too far apart. What is refused is told in `calibration`.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from senolab.metrics.calibration import checked
from senolab.metrics.estimate import Estimate
from senolab.metrics.proportions import two_sided_z
from senolab.metrics.recalibration import fit_logistic, log_odds


def calibration_intercept(
    truth: ArrayLike, probability: ArrayLike, *, clip: float | None = None, confidence: float = 0.95
) -> Estimate:
    """Calibration in the large: a in logit P(cancer) = a + logit p, the slope fixed at 1; 0 is ideal.

    Above 0 the model's probabilities are too low. Wald interval; `clip` as in `log_odds`.

    Raises
    ------
    ValueError
        As `checked` and `log_odds`, for a level that is none, and for predictions so near 0 and 1 that no
        level can be told.

    Source: Cox 1958, doi:10.1093/biomet/45.3-4.562; Steyerberg et al. 2010,
    doi:10.1097/EDE.0b013e3181c30fb2.
    """
    from scipy.optimize import root_scalar

    flags, predictions = checked(truth, probability)
    given, note = log_odds(predictions, clip=clip)
    reach, found = np.abs(given).max() + 40, flags.sum()
    level = root_scalar(lambda a: expit(given + a).sum() - found, bracket=(-reach, reach), xtol=1e-12).root
    information = (expit(given + level) * expit(-given - level)).sum()
    if information < 1e-9:
        raise ValueError(
            "probability is too near 0 or 1 for a logistic regression; clip=0.001 moves it inside"
        )
    return _wald(float(level), float(information) ** -0.5, confidence, note)


def calibration_slope(
    truth: ArrayLike, probability: ArrayLike, *, clip: float | None = None, confidence: float = 0.95
) -> Estimate:
    """Calibration slope: b in logit P(cancer) = a + b logit p; 1 is ideal, below 1 is overconfident.

    Wald interval; `clip` as in `log_odds`; source as in `calibration_intercept`.

    Raises
    ------
    ValueError
        As `checked` and `log_odds`, for a level that is none, and where no finite slope fits best: all
        predictions equal, or those of the two classes do not overlap.
    """
    flags, predictions = checked(truth, probability)
    given, note = log_odds(predictions, clip=clip)
    slope, error, _ = fit_logistic(flags.astype(float), given)
    return _wald(slope, error, confidence, note)


def _wald(value: float, error: float, confidence: float, note: str) -> Estimate:
    half = two_sided_z(confidence) * error
    low, high = value - half, value + half
    return Estimate(value=value, low=low, high=high, confidence=confidence, method="wald", note=note)
