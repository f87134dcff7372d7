"""How well patches are told apart, when the women of the test are not those of the training."""

import numpy as np
from scipy import stats

_FOLDS = 5
_RESAMPLES = 1000


def scores_by_woman(features: np.ndarray, ill: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Score each patch by a logistic regression that was trained on other women.

    Parameters
    ----------
    features : ndarray, shape (patches, features)
    ill : ndarray of bool, shape (patches,)
    owner : ndarray of int, shape (patches,)
        Number of the patch's woman.

    Returns
    -------
    ndarray, shape (patches,)
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    scores = np.zeros(len(ill))
    folds = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=0)
    for train, test in folds.split(features, ill, owner):
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
        scores[test] = model.fit(features[train], ill[train]).decision_function(features[test])
    return scores


def area(scores: np.ndarray, ill: np.ndarray) -> float:
    """Area under the receiver operating characteristic: Mann-Whitney's statistic, ties count half.

    References
    ----------
    Bamber, The area above the ordinal dominance graph and the area below the receiver operating
    characteristic graph, J Math Psychol 12:387-415, 1975, doi:10.1016/0022-2496(75)90001-2.
    """
    ranks, count = stats.rankdata(scores), int(ill.sum())
    return float((ranks[ill].sum() - count * (count + 1) / 2) / (count * (len(ill) - count)))


def area_interval(scores: np.ndarray, women_ill: np.ndarray, owner: np.ndarray) -> tuple[float, float]:
    """95 % interval of the area by drawing women, with all of their patches, ill and well apart.

    Parameters
    ----------
    women_ill : ndarray of bool, shape (women,)
        Whether the woman of that number is ill.
    """
    rng, found = np.random.default_rng(0), []
    places = [np.flatnonzero(owner == woman) for woman in range(len(women_ill))]
    groups = [np.flatnonzero(women_ill), np.flatnonzero(~women_ill)]
    for _ in range(_RESAMPLES):
        drawn = np.concatenate([rng.choice(group, len(group)) for group in groups])
        at = np.concatenate([places[woman] for woman in drawn])
        found.append(area(scores[at], women_ill[owner[at]]))
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)
