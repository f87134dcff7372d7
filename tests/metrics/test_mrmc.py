"""Reader studies: published results, a second program's results on a study of our own, degenerate data."""

import math
import os
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from senolab.metrics import figures, merit, mrmc
from senolab.metrics.study import Reading, Study, reading_of_marks, reading_of_ratings, study_of_ratings
from senolab.metrics.studytables import read_marks, read_ratings

OURS = Path(__file__).parent / "studies"


@pytest.fixture(scope="module")
def published() -> Path:
    """The folder of published studies, which are not part of the project."""
    folder = Path(os.environ.get("SENOLAB_TEST_DATA", "")) / "reader_studies"
    if not folder.is_dir():
        pytest.skip("SENOLAB_TEST_DATA offers no reader studies.")
    return folder


def study_of(folder: Path, number: str) -> Study:
    found = sorted(folder.glob(f"dataset{number}_*_ratings.csv"))
    if found:
        return read_ratings(found[0])
    stem = str(next(folder.glob(f"dataset{number}_*_cases.csv"))).removesuffix("cases.csv")
    return read_marks(*(Path(f"{stem}{table}.csv") for table in ("cases", "lesions", "marks")))


def shown(value: float | None, digits: int) -> str:
    """A figure as a printout shows it."""
    assert value is not None
    return f"{value:.{digits}f}"


# Van Dyke et al. 1993 as analysed by OR-DBM MRMC 2.51 (Univ. of Iowa); its printout is in RJafroc,
# inst/Iowa/VanDyke.txt and inst/obumrm2/VanDyke-traparea-jackknife-obuch-anova.txt. Every digit of it.
def test_van_dyke_by_the_jackknife_is_the_published_printout(published: Path) -> None:
    study = study_of(published, "02")
    found = mrmc.analyse(study)
    assert [shown(v, 8) for v in found.foms[0]] == [
        "0.91964573",
        "0.85877617",
        "0.90386473",
        "0.97310789",
        "0.82979066",
    ]
    assert [shown(v, 8) for v in found.foms[1]] == [
        "0.94782609",
        "0.90531401",
        "0.92173913",
        "0.99935588",
        "0.92995169",
    ]
    parts = found.components
    assert [shown(v, 8) for v in (parts.cov1, parts.cov2, parts.cov3, parts.var)] == [
        "0.00034661",
        "0.00034407",
        "0.00023903",
        "0.00080229",
    ]
    assert (shown(found.ms_t, 8), shown(found.ms_tr, 8)) == ("0.00479617", "0.00055103")
    random, fixed, cases = (found.tests[name] for name in ("RRRC", "FRRC", "RRFC"))
    assert (shown(random.f, 2), shown(random.ddf, 2), shown(random.p, 4)) == ("4.46", "15.26", "0.0517")
    assert (shown(fixed.f, 5), shown(fixed.p, 4), fixed.ddf) == ("5.47595", "0.0193", math.inf)
    assert (shown(cases.f, 2), shown(cases.p, 4), cases.ddf) == ("8.70", "0.0420", 4)
    assert shown(found.ddf[study.modalities[0]], 2) == "12.74"
    assert [(shown(d.estimate, 8), shown(d.lower, 5), shown(d.upper, 5)) for d in found.differences] == [
        ("-0.04380032", "-0.08796", "0.00036"),
        ("-0.04380032", "-0.08049", "-0.00711"),
        ("-0.04380032", "-0.08502", "-0.00258"),
    ]
    first, second = (found.modalities[name] for name in study.modalities)
    assert [shown(v, 8) for v in (first.value, first.low, first.high)] == [
        "0.89703704",
        "0.82522360",
        "0.96885048",
    ]
    assert [shown(v, 8) for v in (second.value, second.low, second.high)] == [
        "0.94083736",
        "0.89413783",
        "0.98753689",
    ]


# MRMCaov 0.3.0, docs/jss/MRMCaov.tex, lines 765-803.
def test_van_dyke_by_delong_is_the_published_printout(published: Path) -> None:
    found = mrmc.analyse(study_of(published, "02"), method="delong")
    parts, test = found.components, found.tests["RRRC"]
    assert [shown(v, 10) for v in (parts.cov1, parts.cov2, parts.cov3)] == [
        "0.0003420090",
        "0.0003395265",
        "0.0002358497",
    ]
    assert (shown(test.f, 6), shown(test.ddf, 5), shown(test.p, 8)) == ("4.484854", "15.06611", "0.05123303")


# The binormal row of MRMCaov's JSS paper, of which F, df and p are near, not equal: of one jackknife sample
# the likelihood has no maximum, and the search there ends 4e-5 before the area that is approached.
def test_van_dyke_gives_the_published_binormal_areas_and_their_difference(published: Path) -> None:
    found = mrmc.analyse(study_of(published, "02"), figure=figures.binormal_area())
    assert [[shown(v, 3) for v in row] for row in found.foms] == [
        ["0.933", "0.890", "0.929", "0.970", "0.833"],
        ["0.951", "0.935", "0.928", "1.000", "0.945"],
    ]
    parts, test = found.components, found.tests["RRRC"]
    assert [shown(v, 7) for v in (found.ms_t, found.ms_tr)] == ["0.0041142", "0.0009479"]
    assert parts.cov1 == pytest.approx(0.0003125019, abs=3e-10)
    assert shown(found.differences[0].estimate, 8) == "-0.04056698"
    assert (test.f, test.ddf) == (pytest.approx(2.67666, rel=3e-4), pytest.approx(10.51789, rel=5e-4))
    assert test.p == pytest.approx(0.1313682, abs=3e-5)


# RJafroc, tests/testthat/goodValues361/FOM/UtilFigureOfMeritFROC-*.rds.
@pytest.mark.parametrize(
    ("figure", "digits", "values"),
    [
        ("hr-auc", 6, ".795997 .865227 .841175 .831110 .846559"),
        ("afroc1", 8, ".80733997 .86722617 .87123755 .84421053 .85658606"),
        ("wafroc1", 6, ".807987 .869663 .874780 .851761 .856347"),
    ],
)
def test_tony_gives_the_published_figures(published: Path, figure: str, digits: int, values: str) -> None:
    found = mrmc.analyse(study_of(published, "01"), figure=figure)
    assert [shown(v, digits).lstrip("0") for v in found.foms[0]] == values.split()


# RJafroc, inst/JAFROC/FedRoc.txt (first four figures) and tests/testthat/MeanSquares/dataset05wAFROC-OR.rds.
def test_two_more_published_studies_give_their_figures_and_mean_squares(published: Path) -> None:
    found = mrmc.analyse(study_of(published, "04"), figure="hr-auc")
    assert [shown(v, 5) for v in found.foms[0]] == ["0.90425", "0.79820", "0.81175", "0.86645"]
    found = mrmc.analyse(study_of(published, "05"), figure="wafroc")
    assert [shown(v, 8) for v in (found.ms_t, found.ms_r, found.ms_tr)] == [
        "0.02739718",
        "0.01833741",
        "0.00092775",
    ]


# RJafroc 2.1.3 (with MRMCaov 0.3.0 for the ROC studies): mean figure by modality, F, ddf, p of RRRC.
RJAFROC = [
    ("01", "wafroc", ".81224 .71111", "10.29883", "24.703", "0.003669"),
    ("02", "auc", ".89704 .94084", "4.45632", "15.260", "0.051666"),
    ("03", "auc", ".84775 .83690", "4.69406", "3.000", "0.118838"),
    ("04", "wafroc", ".75322 .76007 .72260 .76925 .71438", "7.80030", "36.793", "0.000117"),
    ("05", "wafroc", ".76826 .84629", "6.52118", "164.053", "0.011571"),
    ("06", "wafroc", ".57371 .41433", "18.23965", "51.182", "0.000085"),
    ("07", "wafroc", ".84151 .65562 .68483 .55133 .84495", "42.61285", "62.597", "0.000000"),
    ("08", "auc", ".82396 .81605 .81520 .82015 .80430", "0.59153", "53.229", "0.670238"),
    ("10", "auc", ".74772 .75934 .75769", "0.12634", "27.070", "0.881828"),
    ("11", "wafroc", ".41014 .38111 .49115 .48635", "12.93566", "24.154", "0.000031"),
    ("12", "auc", ".58430 .60717 .71942 .67704", "12.66275", "43.075", "0.000005"),
    ("13", "wafroc", ".38361 .34268 .44640 .43148", "5.73842", "17.309", "0.006519"),
    ("14", "auc", ".87763 .85379", "3.94032", "22.240", "0.059611"),
]


@pytest.mark.parametrize(
    ("number", "figure", "means", "f", "ddf", "p"), RJAFROC, ids=[one[0] for one in RJAFROC]
)
def test_published_studies_give_what_another_program_gives(
    published: Path, number: str, figure: str, means: str, f: str, ddf: str, p: str
) -> None:
    found = mrmc.analyse(study_of(published, number), figure=figure)
    test = found.tests["RRRC"]
    # Two means lie half way between two printed digits (.760075, .714375), so they are compared as numbers.
    assert found.foms.mean(1) == pytest.approx([float(v) for v in means.split()], abs=1.01e-5)
    assert (shown(test.f, 5), shown(test.ddf, 3), shown(test.p, 6)) == (f, ddf, p)


def test_a_study_of_one_modality_compares_nothing_and_says_so(published: Path) -> None:
    found = mrmc.analyse(study_of(published, "09"))
    assert shown(found.foms.mean(), 5) == "0.84549"
    assert not found.tests and "nothing is compared" in found.notes[0]
    assert (found.components.cov1, found.components.cov3) == (None, None)


def test_a_covariance_below_another_is_told_and_counts_as_none(published: Path) -> None:
    found = mrmc.analyse(study_of(published, "03"))
    assert any("Cov2 (0.000484) is below Cov3 (0.000513)" in note for note in found.notes)


# The study in `studies/` is drawn; R 4.2.2 gave these figures by loops over pairs and cases that share
# nothing with the code here: mean by modality, Var, Cov1 to Cov3, F, ddf, chi-square and F of RRFC.
BY_LOOPS = {
    "auc": "0.71875 0.82068452381 0.00827372403832 -0.000307103251485 0.000239244898207 -3.68864377452e-05 "
    "7.98486514493 9.05467274331 2.2086093664 13.8721359941",
    "hr-auc": "0.790922619048 0.866071428571 0.00701157007947 0.00141284297333 0.00117297228239 "
    "0.000418649989482 2.44699554034 25.0153472627 1.43667346598 7.06603555761",
    "afroc": "0.697478991597 0.805147058824 0.00795944594592 -0.000109423754276 0.000428812579174 "
    "0.000623699465689 104.108175062 3 2.87336718304 104.108175062",
    "afroc1": "0.686368778281 0.789875565611 0.00651991250555 -0.00146818931295 0.000202096063015 "
    "0.000614693161752 9.92462708683 3 2.68240322091 9.92462708683",
    "wafroc": "0.665736607143 0.801711309524 0.00943963830589 0.000852008975838 0.000175209533699 "
    "0.000420007943214 38.7339744364 3 4.30598922636 38.7339744364",
    "wafroc1": "0.655949519231 0.785556891026 0.00759750870385 -0.000390351424432 0.000220219921805 "
    "0.000426617660129 14.9636818588 3 4.20590009184 14.9636818588",
    "lroc": "0.526041666667 0.659226190476 0.0178064231958 -0.000125510697046 0.00211755881905 "
    "0.00434931589076 2.37393494851 3 1.97838308889 2.37393494851",
}


@pytest.mark.parametrize("figure", BY_LOOPS)
def test_every_figure_of_a_study_is_that_of_a_second_program(figure: str) -> None:
    tables = ("ratings",) if figure == "auc" else ("cases", "lesions", "marks")
    read = read_ratings if figure == "auc" else read_marks
    found = mrmc.analyse(read(*(OURS / f"{name}.csv" for name in tables)), figure=figure)
    parts, tests = found.components, found.tests
    told = [*found.foms.mean(1), parts.var, parts.cov1, parts.cov2, parts.cov3]
    told += [tests["RRRC"].f, tests["RRRC"].ddf, tests["FRRC"].f, tests["RRFC"].f]
    assert told == pytest.approx([float(v) for v in BY_LOOPS[figure].split()], rel=1e-9)


def study(ratings: np.ndarray, truth: list[int]) -> Study:
    """A study from ratings of shape (modalities, readers, cases)."""
    names = [tuple(f"{kind}{k}" for k in range(n)) for kind, n in zip("mr", ratings.shape, strict=False)]
    readings = {
        (m, r): reading_of_ratings(truth, ratings[i, j])
        for i, m in enumerate(names[0])
        for j, r in enumerate(names[1])
    }
    return Study(
        modalities=names[0], readers=names[1], cases=tuple(map(str, range(len(truth)))), readings=readings
    )


def drawn(modalities: int, readers: int, *, seed: int = 0) -> Study:
    rng = np.random.default_rng(seed)
    truth = [0] * 20 + [1] * 15
    return study(rng.integers(1, 6, (modalities, readers, 35)) + np.array(truth), truth)


def finite(found: mrmc.Analysis) -> bool:
    """Whether no number of an analysis is NaN."""
    numbers = [*found.foms.ravel(), *(v for v in vars(found.components).values() if v is not None)]
    numbers += [v for test in found.tests.values() for v in (test.f, test.ddf, test.p) if v is not None]
    numbers += [v for d in found.differences for v in (d.estimate, d.lower, d.upper, d.p) if v is not None]
    numbers += [v for one in found.modalities.values() for v in (one.value, one.low, one.high)]
    return not np.isnan(numbers).any()


@pytest.mark.parametrize("method", merit.METHODS)
def test_degenerate_studies_are_told_in_words_and_never_in_nan(method: str) -> None:
    truth = [0] * 6 + [1] * 5
    perfect = np.broadcast_to(np.array(truth, float), (2, 3, 11))
    found = mrmc.analyse(study(perfect, truth), method=method)
    assert finite(found) and {test.p for test in found.tests.values()} == {None}
    assert sum("not defined" in note for note in found.notes) == 3
    twins = np.repeat(np.random.default_rng(1).integers(1, 6, (2, 1, 11)), 3, axis=1)
    found = mrmc.analyse(study(twins, truth), method=method)
    assert finite(found) and found.tests["RRFC"].f is None
    blind = mrmc.analyse(study(np.ones((2, 3, 11)), truth), method=method)
    assert finite(blind) and blind.modalities["m0"].value == 0.5


@pytest.mark.parametrize("method", merit.METHODS)
def test_one_reader_speaks_of_the_cases_only_and_one_modality_of_nothing_else(method: str) -> None:
    alone = mrmc.analyse(drawn(2, 1), method=method)
    assert list(alone.tests) == ["FRRC"] and finite(alone)
    assert alone.components.cov1 is not None and alone.components.cov2 is None
    assert any("nothing can be said of readers in general" in note for note in alone.notes)
    single = mrmc.analyse(drawn(1, 3), method=method)
    assert not single.tests and finite(single)
    least = mrmc.analyse(drawn(1, 1), method=method)
    assert finite(least) and least.modalities["m0"].method.startswith("cases, ")


def test_a_perfect_reader_has_an_interval_with_a_width_and_a_note_that_tells_why() -> None:
    truth = [0] * 7 + [1] * 7
    for shape in ((1, 1), (2, 1), (1, 3), (2, 3)):
        found = mrmc.analyse(study(np.broadcast_to(np.array(truth) + 1.0, (*shape, 14)), truth))
        one = found.modalities["m0"]
        assert one.value == one.high == 1 and 0.6 < one.low < 0.9
        assert any(note.startswith("m0: ") for note in found.notes)


def test_one_reader_alone_has_the_interval_of_a_single_area() -> None:
    made = drawn(1, 1)
    reading = made.readings["m0", "r0"]
    known = merit.estimate(reading, "auc")
    found = mrmc.analyse(made).modalities["m0"]
    assert (found.low, found.high) == (pytest.approx(known.low), pytest.approx(known.high))


def test_a_figure_of_ones_own_may_lie_anywhere() -> None:
    found = mrmc.analyse(drawn(1, 2), figure=lambda reading: 7.5 + reading.diseased.mean())
    one = found.modalities["m0"]
    assert one.low <= one.value <= one.high


def test_an_interval_never_leaves_what_a_figure_can_be() -> None:
    truth = [0] * 10 + [1] * 10
    perfect, poor = np.array(truth) * 4 + 1.0, np.random.default_rng(3).integers(1, 6, 20)
    found = mrmc.analyse(study(np.array([[perfect, poor], [poor, perfect]]), truth))
    for one in found.modalities.values():
        assert 0 <= one.low <= one.value <= one.high <= 1 and "is cut there" in one.note


def test_readers_who_read_other_cases_are_no_study() -> None:
    one, other = (
        reading_of_ratings([0, 0, 1, 1], [1, 2, 3, 4]),
        reading_of_ratings([0, 1, 1, 1], [1, 2, 3, 4]),
    )
    about = {"modalities": ("a",), "readers": ("x", "y"), "cases": tuple("1234")}
    with pytest.raises(ValueError, match="reader y in modality a read other cases than the first"):
        Study(**about, readings={("a", "x"): one, ("a", "y"): other})
    with pytest.raises(ValueError, match="reader y has no reading in modality a"):
        Study(**about, readings={("a", "x"): one})
    with pytest.raises(ValueError, match="needs a modality and a reader"):
        Study(modalities=(), readers=(), cases=(), readings={})


def test_readers_who_had_other_lesions_or_unnamed_cases_are_no_study() -> None:
    def reading(lesion_case: list[int], weight: list[float]) -> Reading:
        marks = {"mark_case": [2, 0], "mark_lesion": [lesion_case.index(2), -1], "mark_rating": [3, 2]}
        return reading_of_marks([0, 0, 1, 1], lesion_case=lesion_case, lesion_weight=weight, **marks)

    about = {"modalities": ("a",), "readers": ("x", "y"), "cases": tuple("1234")}
    one = reading([2, 2, 3], [0.4, 0.6, 1])
    for other in (
        reading([2, 3], [1, 1]),
        reading([2, 2, 3], [0.5, 0.5, 1]),
        reading([2, 3, 3], [1, 0.4, 0.6]),
    ):
        with pytest.raises(ValueError, match="reader y in modality a has other lesions than the first"):
            Study(**about, readings={("a", "x"): one, ("a", "y"): other})
    turned = {("a", "x"): one, ("a", "y"): reading([3, 2, 2], [1, 0.6, 0.4])}
    assert Study(**about, readings=turned).kind == "froc"
    with pytest.raises(ValueError, match="cases has 3 names, but 4 were read"):
        Study(**about | {"cases": tuple("123")}, readings=turned)


def test_a_study_is_made_from_one_array() -> None:
    ratings = np.random.default_rng(1).integers(1, 6, (2, 3, 8))
    made = study_of_ratings([0, 1] * 4, ratings)
    assert (made.modalities, made.readers, len(made.cases)) == (("1", "2"), ("1", "2", "3"), 8)
    assert mrmc.analyse(made).foms == pytest.approx(mrmc.analyse(study(ratings, [0, 1] * 4)).foms)
    with pytest.raises(ValueError, match="ratings must have 3 dimensions, not 2"):
        study_of_ratings([0, 1], [[1, 2]])


def test_the_order_of_readers_and_modalities_changes_signs_only() -> None:
    one = drawn(3, 4)
    turned = Study(
        modalities=one.modalities[::-1], readers=one.readers[::-1], cases=one.cases, readings=one.readings
    )
    a, b = mrmc.analyse(one), mrmc.analyse(turned)
    assert [b.tests[n].p for n in b.tests] == pytest.approx([a.tests[n].p for n in a.tests])
    gaps = {(d.a, d.b, d.inference): d.estimate for d in a.differences}
    assert {(d.b, d.a, d.inference): -d.estimate for d in b.differences} == pytest.approx(gaps)
    assert len(gaps) == 9


def test_two_equal_modalities_differ_by_nothing() -> None:
    ratings = np.random.default_rng(2).integers(1, 6, (1, 4, 30)) + np.repeat([0, 1], 15)
    found = mrmc.analyse(study(np.repeat(ratings, 2, axis=0), [0] * 15 + [1] * 15))
    assert all(d.estimate == 0 for d in found.differences)


def test_jackknife_delong_and_bootstrap_agree_on_a_large_study() -> None:
    rng = np.random.default_rng(4)
    truth = [0] * 150 + [1] * 100
    signal = rng.normal(0, 1, (1, 1, 250)) + 1.2 * np.array(truth)
    made = study(signal + rng.normal(0, 0.7, (2, 4, 250)), truth)
    variances = {m: mrmc.analyse(made, method=m, resamples=4000).components.var for m in merit.METHODS}
    assert variances["delong"] == pytest.approx(variances["jackknife"], rel=0.02)
    assert variances["bootstrap"] == pytest.approx(variances["jackknife"], rel=0.1)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"figure": "wafroc"}, "wafroc needs marks"),
        ({"method": "magic"}, "method must be jackknife, delong or bootstrap, not 'magic'"),
        ({"confidence": 95}, "confidence must lie between 0 and 1"),
        ({"method": "jackknife", "seed": -1}, "seed must be a whole number of at least 0"),
        ({"method": "bootstrap", "resamples": 3}, "resamples must be a whole number of at least 100"),
    ],
)
def test_what_a_study_cannot_give_is_refused_in_a_sentence(options: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        mrmc.analyse(drawn(2, 2), **options)


def large(cases: int) -> Study:
    """2 modalities, 10 readers, a third of the cases with one or two lesions, two marks a case."""
    rng = np.random.default_rng(7)
    truth = (np.arange(cases) % 3 == 0).astype(int)
    lesion_case = np.concatenate([np.flatnonzero(truth), np.flatnonzero(truth)[::2]])
    names = tuple("ab"), tuple(f"r{k}" for k in range(10))
    readings = {}
    for m in names[0]:
        for r in names[1]:
            hit = np.flatnonzero(rng.random(len(lesion_case)) < 0.7)
            mark_case = np.concatenate([lesion_case[hit], rng.integers(0, cases, cases)])
            mark_lesion = np.concatenate([hit, np.full(cases, -1)])
            rating = np.concatenate([rng.normal(1, 1, len(hit)), rng.normal(0, 1, cases)])
            readings[m, r] = reading_of_marks(
                truth,
                lesion_case=lesion_case,
                mark_case=mark_case,
                mark_lesion=mark_lesion,
                mark_rating=rating,
            )
    return Study(
        modalities=names[0], readers=names[1], cases=tuple(map(str, range(cases))), readings=readings
    )


@pytest.mark.parametrize("method", ["jackknife", "bootstrap"])
def test_memory_grows_with_the_cases_and_not_with_their_square(method: str, record_property) -> None:
    peaks = []
    for cases in (500, 2000):
        made = large(cases)
        tracemalloc.start()
        began = time.perf_counter()
        mrmc.analyse(made, figure="wafroc", method=method, resamples=200)
        record_property(f"seconds for {cases} cases", round(time.perf_counter() - began, 2))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 6 * peaks[0]  # four times the cases
