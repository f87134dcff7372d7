"""Reader performance and scoring: pure functions over arrays and plain values.

Every figure comes with its interval; bad input is refused by a ``ValueError`` that says what is wrong.

============================================  ==========================================================
question                                      where
============================================  ==========================================================
How well does this reader or model tell       `roc.delong`; two of them `roc.paired_delong`; smoothed
sick from healthy?                            `binormal.fit`; marks with places `merit.estimate`
Where do the marks lie?                       `places.reading_of_places`, `marks.match`
Where should the threshold be?                `operating.threshold_for` (specificity, or recall rate)
Did AI help such readers on such cases?       `mrmc.analyse`; a study from `study.study_of_ratings` or
                                              from tables, `studytables`; further figures, `figures`
What would that mean in screening?            `screening.at_prevalence`, `screening.expected`
How sure is a rate? How many cases?           `proportions.wilson`; `planning.sample_size`,
                                              `planning.screens_needed`
Do two rates differ?                          `differences.difference`; of the same cases
                                              `differences.paired_difference`, `differences.mcnemar`
Do the probabilities mean what they say?      `calibration`, `calibrationline`; mending `recalibration`
Is acting on them worth it?                   `decision.decision_curve`
Has something changed since last month?       `monitoring.cusum`, `funnel.funnel`
Do two readers agree?                         `agreement.cohen_kappa`, `agreement.pabak`
Which question of the lesson is bad?          `items.analyse`, `distractors.distractors`; `reliability`
What is this answer worth?                    `answers.score`
============================================  ==========================================================
"""
