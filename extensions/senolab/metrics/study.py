"""What readers did: the ratings and marks of one reading, and a study of many.

A *reading* is one reader's work over all cases in one modality (with AI and without are modalities
too). It holds marks that lie on lesions and marks that do not; a plain ROC rating is the special
case of one mark each: on the lesion where the case is diseased, on no lesion where it is not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from .inputs import Flags, Floats, floats, labels, listed, numbers, same_length
from .ownership import Indices, belonging, indices, lesions_fit, weights

Kind = Literal["roc", "froc"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Reading:
    """One reader's ratings of all cases in one modality.

    Attributes
    ----------
    diseased : ndarray of bool, shape (n_cases,)
    false_case, false_rating : ndarray, shape (n_false,)
        Case and rating of each mark on no lesion (of each rating of a healthy case in an ROC reading).
    lesion_case, lesion_rating, lesion_weight : ndarray, shape (n_lesions,)
        Case, highest rating (−∞: not marked) and weight of each lesion; weights of a case sum to 1.
    kind : {"roc", "froc"}
        Whether places count.

    Raises
    ------
    ValueError
        For one class only, NaN, and marks or lesions of no case.
    """

    diseased: Flags
    false_case: Indices
    false_rating: Floats
    lesion_case: Indices
    lesion_rating: Floats
    lesion_weight: Floats
    kind: Kind

    def __post_init__(self) -> None:
        if not isinstance(self.kind, str) or self.kind not in ("roc", "froc"):
            raise ValueError(f"kind is roc or froc, not {self.kind!r}")
        flags = labels(self.diseased, "diseased")
        object.__setattr__(self, "diseased", flags)  # of 0 and 1, ~ would be no opposite
        for name in ("false", "lesion"):
            given, empty = getattr(self, f"{name}_case"), name == "false"
            case = indices(given, f"{name}_case", len(flags), empty=empty)
            rating = floats(getattr(self, f"{name}_rating"), f"{name}_rating")
            rating = numbers(rating, f"{name}_rating", unmarked=True) if rating.size else rating
            same_length(**{f"{name}_case": case, f"{name}_rating": rating})
            object.__setattr__(self, f"{name}_case", case)
            object.__setattr__(self, f"{name}_rating", rating)
        lesions_fit(flags, case)
        object.__setattr__(self, "lesion_weight", weights(self.lesion_weight, case, len(flags)))

    def highest_false(self) -> Floats:
        """Highest rating of a mark on no lesion, by case; −∞ where there is none."""
        highest = np.full(len(self.diseased), -np.inf)
        np.maximum.at(highest, self.false_case, self.false_rating)
        return highest

    def highest_lesion(self) -> Floats:
        """Highest rating of a mark on a lesion, by case; −∞ where there is none."""
        highest = np.full(len(self.diseased), -np.inf)
        np.maximum.at(highest, self.lesion_case, self.lesion_rating)
        return highest


def _refuse_other_kinds(study: "Study") -> None:
    for name in ("modalities", "readers", "cases"):
        if not listed(given := getattr(study, name)) or isinstance(given, str):
            raise ValueError(f"{name} must be a tuple of names, not {given!r:.40}")
    if not isinstance(study.readings, Mapping):
        raise ValueError(f"readings must be a mapping of pairs to Readings, not {study.readings!r:.40}")


@dataclass(frozen=True, eq=False, kw_only=True)
class Study:
    """A fully crossed study: every reader read every case in every modality.

    Attributes
    ----------
    modalities, readers, cases : tuple of str
    readings : mapping of (modality, reader) to Reading
        All over the same cases in the same order.
    notes : tuple of str
        What was noticed while it was put together.
    """

    modalities: tuple[str, ...]
    readers: tuple[str, ...]
    cases: tuple[str, ...]
    readings: Mapping[tuple[str, str], Reading]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _refuse_other_kinds(self)
        pairs = [(m, r) for m in self.modalities for r in self.readers]
        if not pairs:
            raise ValueError("a study needs a modality and a reader")
        for name in ("modalities", "readers", "cases"):
            if len(set(given := getattr(self, name))) < len(given):
                raise ValueError(f"{name} holds a name twice")
        if missing := [pair for pair in pairs if pair not in self.readings]:
            raise ValueError(f"reader {missing[0][1]} has no reading in modality {missing[0][0]}")
        if strange := [pair for pair in pairs if not isinstance(self.readings[pair], Reading)]:
            raise ValueError(f"what reader {strange[0][1]} has in modality {strange[0][0]} is no Reading")
        first = self.readings[pairs[0]]
        if len(self.cases) != len(first.diseased):
            raise ValueError(f"cases has {len(self.cases)} names, but {len(first.diseased)} were read")
        for modality, reader in pairs[1:]:
            other = self.readings[modality, reader]
            if other.kind != first.kind or not np.array_equal(other.diseased, first.diseased):
                raise ValueError(f"reader {reader} in modality {modality} read other cases than the first")
            if not _same_lesions(other, first):
                raise ValueError(f"reader {reader} in modality {modality} has other lesions than the first")

    @property
    def kind(self) -> Kind:
        """Whether places count in it."""
        return next(iter(self.readings.values())).kind


def one_reading(given: object) -> Reading:
    """Return a reading, or refuse what is none, such as a whole study."""
    if not isinstance(given, Reading):
        raise ValueError(f"one Reading is wanted, not a {type(given).__name__}; a Study holds its `readings`")
    return given


def reading_of_ratings(truth: ArrayLike, rating: ArrayLike) -> Reading:
    """Return a reading without places: one rating a case.

    Parameters
    ----------
    truth : array_like, shape (n_cases,)
        1 for diseased, 0 for not.
    rating : array_like, shape (n_cases,)
        Higher is more suspicious; −∞ for a case that was not marked at all.

    Raises
    ------
    ValueError
        For unequal lengths, NaN, an empty set or one class only.
    """
    diseased = labels(truth)
    ratings = numbers(rating, "rating", unmarked=True)
    same_length(truth=diseased, rating=ratings)
    healthy, ill = np.flatnonzero(~diseased), np.flatnonzero(diseased)
    return Reading(
        diseased=diseased,
        false_case=healthy,
        false_rating=ratings[healthy],
        lesion_case=ill,
        lesion_rating=ratings[ill],
        lesion_weight=np.ones(len(ill)),
        kind="roc",
    )


def study_of_ratings(truth: ArrayLike, ratings: ArrayLike) -> Study:
    """Return an ROC study from one array; modalities and readers are numbered from 1.

    Parameters
    ----------
    truth : array_like, shape (n_cases,)
        1 for diseased, 0 for not.
    ratings : array_like, shape (n_modalities, n_readers, n_cases)

    Raises
    ------
    ValueError
        For other shapes, NaN, an empty set or one class only.
    """
    array = numbers(ratings, "ratings", ndim=3, unmarked=True)
    modalities, readers, cases = (tuple(str(k + 1) for k in range(n)) for n in array.shape)
    readings = {
        (m, r): reading_of_ratings(truth, array[i, j])
        for i, m in enumerate(modalities)
        for j, r in enumerate(readers)
    }
    return Study(modalities=modalities, readers=readers, cases=cases, readings=readings)


def reading_of_marks(
    truth: ArrayLike,
    *,
    lesion_case: ArrayLike,
    mark_case: ArrayLike,
    mark_lesion: ArrayLike,
    mark_rating: ArrayLike,
    lesion_weight: ArrayLike | None = None,
) -> Reading:
    """Return a reading with places: any number of marks a case, each on a lesion or on none.

    Parameters
    ----------
    truth : array_like, shape (n_cases,)
        1 for diseased, 0 for not.
    lesion_case : array_like of int, shape (n_lesions,)
        Index of the case that each lesion is in.
    mark_case, mark_lesion, mark_rating : array_like, shape (n_marks,)
        Index of the mark's case, index of the lesion it lies on or −1, and its rating. Of several marks
        on one lesion the highest counts, and the others are no false marks.
    lesion_weight : array_like, shape (n_lesions,), optional
        Sums to 1 over the lesions of a case; equal within a case where it is not given.

    Raises
    ------
    ValueError
        Where an index names no case or lesion, a lesion lies in a healthy case or a mark in another case
        than its lesion, a diseased case has no lesion, weights do not sum to 1, or an array has holes.
    """
    diseased = labels(truth)
    cases = indices(lesion_case, "lesion_case", len(diseased))
    lesions_fit(diseased, cases)
    weight = weights(lesion_weight, cases, len(diseased))
    case = indices(mark_case, "mark_case", len(diseased), empty=True)
    lesion = indices(mark_lesion, "mark_lesion", len(cases), least=-1, empty=True)
    rating = floats(mark_rating, "mark_rating")
    rating = numbers(rating, "mark_rating") if rating.size else np.zeros(0)
    same_length(mark_case=case, mark_lesion=lesion, mark_rating=rating)
    hit = lesion >= 0
    if (cases[lesion[hit]] != case[hit]).any():
        raise ValueError("a mark lies in another case than the lesion it is said to be on")
    highest = np.full(len(cases), -np.inf)
    np.maximum.at(highest, lesion[hit], rating[hit])
    return Reading(
        diseased=diseased,
        false_case=case[~hit],
        false_rating=rating[~hit],
        lesion_case=cases,
        lesion_rating=highest,
        lesion_weight=weight,
        kind="froc",
    )


def picked(reading: Reading, cases: ArrayLike) -> Reading:
    """Return a reading of some of its cases, each as often as it is named.

    Parameters
    ----------
    cases : array_like of int, shape (n_picked,)
        Places of cases, in the order they shall have.

    Raises
    ------
    ValueError
        For what is no reading, a place that does not exist, and where one class is left only.
    """
    places = indices(cases, "cases", len(one_reading(reading).diseased))
    diseased = labels(reading.diseased[places], "the truth of the picked cases")
    false, false_case = belonging(reading.false_case, places)
    lesion, lesion_case = belonging(reading.lesion_case, places)
    return Reading(
        diseased=diseased,
        false_case=false_case,
        false_rating=reading.false_rating[false],
        lesion_case=lesion_case,
        lesion_rating=reading.lesion_rating[lesion],
        lesion_weight=reading.lesion_weight[lesion],
        kind=reading.kind,
    )


def _same_lesions(one: Reading, other: Reading) -> bool:
    """Whether two readings have lesions of the same cases and weights, in whichever order."""
    a, b = (np.lexsort((reading.lesion_weight, reading.lesion_case)) for reading in (one, other))
    return np.array_equal(one.lesion_case[a], other.lesion_case[b]) and np.allclose(
        one.lesion_weight[a], other.lesion_weight[b]
    )
