"""One good call of every public function of the room, for `test_refusals` to damage."""

from collections.abc import Callable
from typing import Any

import numpy as np
from senolab.metrics import (
    agreement,
    answers,
    area,
    binormal,
    calibration,
    calibrationline,
    characteristics,
    classscores,
    decision,
    differences,
    distractors,
    estimate,
    figures,
    funnel,
    inference,
    inputs,
    items,
    marks,
    merit,
    meritinterval,
    monitoring,
    mrmc,
    operating,
    ownership,
    pairs,
    partialarea,
    places,
    planning,
    proportions,
    recalibration,
    reliability,
    roc,
    rounds,
    screening,
    study,
)

TRUTH = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]
RATING = [1.0, 2.0, 1.0, 3.0, 2.0, 4.0, 2.0, 3.0, 5.0, 4.0, 5.0, 3.0]
OTHER = [1.0, 1.0, 2.0, 3.0, 1.0, 2.0, 3.0, 3.0, 5.0, 5.0, 4.0, 2.0]
SHARE = [0.1, 0.2, 0.15, 0.4, 0.3, 0.6, 0.3, 0.5, 0.9, 0.7, 0.95, 0.45]
SCORES = [[1.0, 0.0, 1.0], [0.0, 0.0, 1.0], [1.0, 1.0, 1.0], [0.0, 1.0, 0.0], [1.0, 1.0, 0.0]]
HEALTHY, DISEASED = RATING[:6], RATING[6:]
READING = study.reading_of_marks(
    TRUTH,
    lesion_case=[6, 7, 8, 9, 10, 11],
    mark_case=[0, 3, 6, 8, 9, 11],
    mark_lesion=[-1, -1, 0, 2, 3, -1],
    mark_rating=[2.0, 1.0, 3.0, 4.0, 2.0, 1.0],
)
RATED = study.reading_of_ratings(TRUTH, RATING)
STUDY = study.study_of_ratings(TRUTH, [[RATING, OTHER], [OTHER, RATING]])
COUNTS = rounds.Counts(tp=40, fp=300, fn=10, tn=9650)
ROUND = rounds.Round(
    screens=10000,
    recalls=340,
    screen_detected_cancers=40,
    interval_cancers=10,
    biopsies_recommended=100,
    cancers_recommended=38,
    biopsies_performed=90,
    cancers_biopsied=37,
)
TABLE = differences.PairedTable(both=20, first_only=5, second_only=3, neither=30)
CURVE = binormal.fit(TRUTH, RATING)
LESION, MARK = marks.Lesion("a", "RCC", 10.0, 10.0, 5.0), marks.Mark("RCC", 11.0, 10.0)
READ = [places.ReadCase(), places.ReadCase(lesions=[LESION], marks=[MARK], ratings=[3.0])]
CASES = READ * 3
CHART = monitoring.cusum_chart(in_control=0.05, out_of_control=0.1, run_length=500)
POINT = operating.operating_point(TRUTH, RATING, threshold=3)
PARTS = inference.Components(var=0.004, cov1=0.001, cov2=0.001, cov3=0.0005)
ERROR = inference.Inference("RRRC", 0.01, 12.0)
FOMS = np.array([[0.8, 0.7], [0.9, 0.8]])
FAST = {"resamples": 100, "seed": 0}
TWO = {"one": [1, 2, 3, 1, 2, 3], "other": [1, 2, 2, 1, 2, 3]}
TP = {"truth": TRUTH, "probability": SHARE}
TR = {"truth": TRUTH, "rating": RATING}
AUDIT = {"counts": COUNTS, "confidence": 0.9}

Call = tuple[Callable[..., Any], dict[str, Any]]


def call(function: Callable[..., Any], **given: Any) -> tuple[str, Call]:
    """Return a call under the name by which the walk over the room knows the function."""
    return f"{function.__module__.rpartition('.')[2]}.{function.__qualname__}", (function, given)


RATES = (
    screening.cancer_detection_rate,
    screening.false_positive_recall_rate,
    screening.interval_cancer_rate,
    screening.interval_cancer_share,
    screening.observed_npv,
    screening.ppv1,
    screening.recall_rate,
    screening.sensitivity,
    screening.specificity,
)
CALLS = [
    call(agreement.agreement_table, **TWO, categories=[1, 2, 3]),
    call(agreement.bias_index, one=TRUTH, other=TRUTH[::-1]),
    call(agreement.cohen_kappa, **TWO, weights="linear", categories=[1, 2, 3], confidence=0.9),
    call(agreement.pabak, **TWO, confidence=0.9),
    call(agreement.prevalence_index, one=TRUTH, other=TRUTH[::-1]),
    call(agreement.raw_agreement, **TWO, confidence=0.9),
    call(answers.score, kind="choice", key={"correct": ["a"]}, value="a"),
    call(area.auc_interval, value=0.8, variance=0.01, healthy=10, diseased=10, confidence=0.9),
    call(area.model_variance, area=0.8, m=10, n=10),
    call(CURVE.partial_area, most_false=0.2),
    call(CURVE.sensitivity, false_positive_fraction=[0.1, 0.2]),
    call(binormal.area, **TR),
    call(binormal.categories, rating=RATING),
    call(binormal.fit, **TR, confidence=0.9),
    call(calibration.brier_parts, **TP, bins=3, binning="equal-mass"),
    call(calibration.brier_score, **TP, confidence=0.9, **FAST),
    call(calibration.checked, **TP),
    call(calibration.curve_distance, **TP, confidence=0.9, **FAST),
    call(calibration.expected_calibration_error, **TP, bins=3, binning="equal-mass", confidence=0.9, **FAST),
    call(calibration.flexible_curve, **TP),
    call(calibration.reliability_curve, **TP, bins=3, binning="equal-mass", confidence=0.9),
    call(calibrationline.calibration_intercept, **TP, clip=0.01, confidence=0.9),
    call(calibrationline.calibration_slope, **TP, clip=0.01, confidence=0.9),
    call(characteristics.characteristic, reading=READING, figure="afroc"),
    call(characteristics.froc, reading=READING),
    call(characteristics.lesion_fraction, reading=READING, false_marks=0.2, confidence=0.9, **FAST),
    call(classscores.answered, scores=SCORES, missing="refuse", items=2),
    call(classscores.declared, missing="zero"),
    call(classscores.dichotomous, table=np.array(SCORES)),
    call(classscores.estimate, value=0.5, limits=[0.4, 0.6], confidence=0.9, method="own"),
    call(classscores.few_learners, learners=5),
    call(decision.decision_curve, **TP, thresholds=[0.1, 0.2], prevalence=0.1, confidence=0.9, **FAST),
    call(decision.net_benefit, **TP, threshold=0.2, prevalence=0.1, confidence=0.9, **FAST),
    call(differences.difference, first=(3, 9), second=(5, 9), confidence=0.9),
    call(differences.mcnemar, table=TABLE),
    call(differences.paired_difference, table=TABLE, confidence=0.9),
    call(differences.paired_table, first=TRUTH, second=TRUTH[::-1]),
    call(
        distractors.distractors, choices=list("abac"), rest=[1.0, 2.0, 2.0, 0.0], key="a", options=list("abc")
    ),
    call(estimate.percentile, value=0.5, drawn=[0.4, 0.6], confidence=0.9),
    call(figures.sensitivity_at(2).__call__, reading=READING),
    call(figures.sensitivity_at(2).sides, reading=READING),
    call(figures.partial_area, most_false=0.2),
    call(figures.sensitivity_at, threshold=3.0),
    call(figures.sides, reading=READING),
    call(figures.specificity_at, threshold=3.0),
    call(funnel.funnel, events=[3, 4], totals=[50, 60], target=0.1, levels=(0.9, 0.99)),
    call(funnel.funnel_limits, totals=[50, 60], target=0.1, levels=(0.9, 0.99)),
    call(inference.differences, names=("a", "b"), foms=FOMS, found=[ERROR], level=0.9),
    call(inference.f_test, one=ERROR, ms_t=0.02, ndf=1, notes=["a"]),
    call(inference.inferences, size=(2, 5), parts=PARTS, ms_tr=0.001, notes=["a"]),
    call(inference.quantile, level=0.9, ddf=5.0),
    call(inference.two_sided, ratio=1.5, ddf=5.0),
    call(inputs.classes, **TR, least=2),
    call(inputs.count, value=3, name="count"),
    call(inputs.floats, values=RATING, name="values"),
    call(inputs.labels, values=TRUTH),
    call(inputs.level, value=0.9),
    call(inputs.number, value=0.9, name="number"),
    call(inputs.one_of, word="a", words=("a", "b"), name="word"),
    call(inputs.numbers, values=RATING, name="values"),
    call(inputs.probabilities, values=SHARE),
    call(inputs.same_length, one=np.zeros(3), other=np.zeros(3)),
    call(inputs.share, value=0.9, name="share"),
    call(items.analyse, scores=SCORES, missing="refuse", confidence=0.9, draws=100),
    call(items.correlations, weights=np.ones((1, 5)), x=SCORES, y=SCORES),
    call(items.difficulty, scores=SCORES, missing="refuse", confidence=0.9),
    call(items.discrimination, scores=SCORES, missing="refuse", confidence=0.9, draws=100, seed=0),
    call(items.rank_bounds, ability=np.array(RATING)),
    call(items.rest_scores, scores=SCORES, missing="refuse"),
    call(items.upper_lower, scores=SCORES, share=0.3, missing="refuse"),
    call(marks.accepts, lesion=LESION, mark=MARK, radius_mm=5.0),
    call(marks.inside, outline=[(0, 0), (1, 0), (0, 1)], x=0.2, y=0.2),
    call(marks.lesions_of, key={"lesions": []}),
    call(marks.match, marks=[MARK], lesions=[LESION], radius_mm=5.0),
    call(merit.asked, **FAST),
    call(merit.draws, reading=READING, **FAST),
    call(merit.enough, reading=READING),
    call(merit.estimate, reading=READING, figure="wafroc", method="jackknife", confidence=0.9, **FAST),
    call(merit.figure_of_merit, reading=READING, figure="wafroc"),
    call(merit.influence, reading=READING, figure="wafroc"),
    call(merit.leave_one_out, reading=READING, figure="wafroc"),
    call(merit.resampled, reading=READING, figure="wafroc", counts=np.ones((2, 12), int)),
    call(meritinterval.kind_of, figure="auc"),
    call(meritinterval.least_of, figure="auc"),
    call(
        meritinterval.merit_interval,
        value=0.8,
        variance=0.01,
        figure="auc",
        healthy=9,
        diseased=9,
        confidence=0.9,
    ),
    call(monitoring.average_run_length, chart=CHART, rate=0.05),
    call(monitoring.cusum, events=[0, 1], months=["May", "May"], chart=CHART),
    call(monitoring.cusum_chart, in_control=0.05, out_of_control=0.1, run_length=500.0),
    call(mrmc.analyse, study=STUDY, figure="auc", method="jackknife", confidence=0.9, **FAST),
    call(POINT.recalled, prevalence=0.01),
    call(operating.operating_point, **TR, threshold=3.0, confidence=0.9),
    call(operating.operating_points, **TR, confidence=0.9),
    call(operating.threshold_for, **TR, recall_rate=0.3, prevalence=0.1, confidence=0.9),
    call(ownership.belonging, owner=np.array([0, 1, 1]), cases=np.array([1, 0])),
    call(ownership.indices, values=[0, 1], name="places", end=3),
    call(ownership.lesions_fit, diseased=np.array([False, True]), lesion_case=np.array([1])),
    call(ownership.weights, given=[0.5, 0.5], lesion_case=np.array([1, 1]), n_cases=2),
    call(pairs.known, figure="wafroc"),
    call(pairs.pairs_of, reading=READING, figure="wafroc"),
    call(partialarea.area_up_to, healthy=HEALTHY, diseased=DISEASED, end=0.2, standardised=True),
    call(partialarea.without_each, ratings=HEALTHY, area=np.mean),
    call(partialarea.partial_auc, **TR, most_false=0.2, confidence=0.9),
    call(places.by_radius, cases=CASES, figure="wafroc", radii_mm=[5.0]),
    call(places.reading_of_places, cases=READ, radius_mm=5.0, weights={"a": 1.0}),
    call(planning.sample_size, proportion=0.1, half_width=0.02, confidence=0.9, method="wilson"),
    call(planning.screens_needed, cancers=50, prevalence=0.006, assurance=0.9),
    call(proportions.cases, value=3, name="cases"),
    call(proportions.exact, count=3, total=9, confidence=0.9),
    call(proportions.exact_limits, proportion=0.3, total=9.0, confidence=0.9),
    call(proportions.level, value=0.9),
    call(proportions.per_1000, figure=proportions.wilson(3, 9)),
    call(proportions.real, value=3.0, name="number"),
    call(proportions.score_limits, proportion=0.3, total=9.0, confidence=0.9),
    call(proportions.two_sided_z, confidence=0.9),
    call(proportions.wilson, count=3, total=9, confidence=0.9),
    call(recalibration.isotonic_scaling(TRUTH, SHARE).apply, scores=SHARE),
    call(recalibration.platt_scaling(TRUTH, SHARE).apply, scores=SHARE),
    call(recalibration.temperature_scaling(TRUTH, SHARE).apply, probability=SHARE),
    call(recalibration.fit_logistic, targets=TRUTH, x=RATING),
    call(recalibration.isotonic_scaling, truth=TRUTH, scores=SHARE),
    call(recalibration.log_odds, probability=SHARE, clip=0.01),
    call(recalibration.platt_scaling, truth=TRUTH, scores=SHARE, scale="logit", clip=0.01),
    call(recalibration.shift_prevalence, probability=SHARE, given=0.5, wanted=0.01),
    call(recalibration.temperature_scaling, **TP, clip=0.01),
    call(reliability.alpha, scores=SCORES, missing="refuse", confidence=0.9),
    call(reliability.alpha_if_deleted, scores=SCORES, missing="refuse"),
    call(reliability.feldt_interval, value=0.7, learners=20, items=5, confidence=0.9),
    call(reliability.kr20, scores=SCORES, missing="refuse", confidence=0.9),
    call(roc.auc, **TR),
    call(roc.curve, **TR),
    call(roc.delong, **TR, confidence=0.9),
    call(roc.delong_variance, **TR),
    call(roc.exchange_p, truth=TRUTH, rating_a=RATING, rating_b=OTHER, seed=0),
    call(roc.paired_delong, truth=TRUTH, rating_a=RATING, rating_b=OTHER, confidence=0.9),
    call(roc.placements, healthy=np.array(HEALTHY), diseased=np.array(DISEASED)),
    call(roc.rated, healthy=HEALTHY, diseased=DISEASED),
    call(roc.shares_from, ratings=np.array(HEALTHY), threshold=np.array([2.0, 3.0])),
    call(screening.at_prevalence, **AUDIT, prevalence=0.006),
    call(screening.expected, sensitivity=0.8, specificity=0.9, prevalence=0.006, screens=1000.0),
    call(screening.npv, sensitivity=0.8, specificity=0.9, prevalence=0.006),
    call(screening.operating_point, recall_rate=0.03, cancer_detection_rate=0.006, prevalence=0.008),
    call(screening.ppv, sensitivity=0.8, specificity=0.9, prevalence=0.006),
    call(screening.ppv2, audit=ROUND, confidence=0.9),
    call(screening.ppv3, audit=ROUND, confidence=0.9),
    call(study.one_reading, given=READING),
    call(study.picked, reading=READING, cases=[0, 6]),
    call(
        study.reading_of_marks,
        truth=[0, 1],
        lesion_case=[1],
        mark_case=[0, 1],
        mark_lesion=[-1, 0],
        mark_rating=[1.0, 2.0],
        lesion_weight=[1.0],
    ),
    call(study.reading_of_ratings, **TR),
    call(study.study_of_ratings, truth=TRUTH, ratings=[[RATING, OTHER], [OTHER, RATING]]),
    *(call(rate, **AUDIT) for rate in RATES),
]
GOOD: dict[str, Call] = dict(CALLS)
