"""A woman over her screening rounds: exams of their own, one patient, earlier days, what has grown since."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom
import pytest
from senolab.cases.anatomy import anatomy_of
from senolab.cases.checks.exams import checked, priors_of, rounds_of
from senolab.cases.dicom import day_of
from senolab.cases.findings.catalogue import kind_of
from senolab.cases.findings.grown import grown_in
from senolab.cases.imaging import both_views, first_views
from senolab.cases.library import Library
from senolab.cases.plans import Drawing, cohort_named, drawings, parse
from senolab.cases.scales import SCALES
from senolab.cases.woman import VIEWS, Woman
from senolab.cli.main import main

CI = SCALES["ci"]
SECRET = b"a secret of the tests, long enough"
FOLLOWED = """
name: followed
order: fixed
women:
  - {age: 62, rounds: 3, interval_years: 1, findings: [{kind: spiculated mass, side: L, size_mm: 15}]}
  - {density: b, age: 62, findings: none}
"""
WITHOUT = FOLLOWED.replace("rounds: 3, interval_years: 1, ", "")


def drawn(text: str, secret: bytes = SECRET, **words: str) -> list[Drawing]:
    return drawings(parse(text, "x.yaml"), secret=secret, **{"scale": "ci", **words})


@dataclass(frozen=True)
class Made:
    library: Library
    ids: list[str]


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Made:
    """A woman of three rounds and one of a single exam, as the command makes them."""
    root = tmp_path_factory.mktemp("rounds")
    (root / "followed.yaml").write_text(FOLLOWED, "utf-8")
    words = ["exams", "make", str(root / "followed.yaml"), "--scale", "ci", "--jobs", "1"]
    assert main([*words, "--out", str(root / "lib")]) == 0
    library = Library(root / "lib")
    exams = sorted(library.list(), key=lambda exam: exam.source)
    return Made(library, [exam.id for exam in exams])


def header(made: Made, number: int, view: str = "LCC") -> pydicom.Dataset:
    return pydicom.dcmread(made.library.get(made.ids[number]).views[view])


def test_an_exam_without_rounds_is_the_one_that_it_was():
    several, one = drawn(FOLLOWED), drawn(WITHOUT)
    assert several[-1] == one[-1]
    assert (one[-1].patient, one[-1].rounds, one[-1].priors, one[-1].woman.until) == ("", 1, (), 0.0)
    assert several[2].exam == one[0].exam  # the last round keeps its id, too


def test_the_plan_describes_the_last_round_and_the_earlier_ones_are_younger():
    first, second, last, _ = drawn(FOLLOWED)
    assert [one.round for one in (first, second, last)] == [1, 2, 3]
    assert [one.woman.age for one in (first, second, last)] == [60, 61, 62]
    assert [one.woman.years for one in (first, second, last)] == [0, 1, 2]
    sizes = [one.woman.findings[0].size_mm for one in (first, second, last)]
    assert sizes[2] == 15.0
    assert sizes[1] / sizes[0] == pytest.approx(sizes[2] / sizes[1]) == pytest.approx(2 ** (365 / 157 / 3))


def test_each_round_names_its_priors_the_latest_first():
    first, second, last, single = drawn(FOLLOWED)
    assert (first.priors, second.priors, single.priors) == ((), (first.exam,), ())
    assert last.priors == (second.exam, first.exam)


def test_a_womans_name_is_hers_at_all_rounds_and_another_elsewhere():
    text = FOLLOWED.replace("order: fixed", "order: fixed\nforms: 2")
    ways = ({}, {"secret": SECRET + b"!"}, {"scale": "class"}, {"vendor": "B"})
    names = [one.patient for way in ways for one in drawn(text, **way) if one.rounds > 1]
    assert len(names) == 3 * len(set(names)) == 3 * 8
    assert not any(str(one.woman.seed)[:8] in one.patient for one in drawn(text))


def test_what_goes_wrong_while_exposing_goes_wrong_at_the_last_round_only():
    found = drawn(FOLLOWED.replace("rounds: 3", "fault: skin fold, rounds: 3"))
    assert [one.fault for one in found[:3]] == ["none", "none", "skin fold"]


@pytest.mark.parametrize(
    ("years", "day"),
    [(0, "20260101"), (2, "20240101"), (0.5, "20250702"), (6, "20200101"), (1.5, "20240702")],
)
def test_a_round_is_as_many_years_before_the_last_one_as_the_plan_says(years, day):
    assert day_of(years) == day


def test_half_years_are_counted_and_the_header_tells_completed_ones():
    found = drawn(FOLLOWED.replace("interval_years: 1", "interval_years: 0.5"))[:3]
    assert [one.woman.age for one in found] == [61.0, 61.5, 62]
    assert [one.woman.completed_years for one in found] == [61, 61, 62]


def places_of(woman: Woman, side: str) -> dict[int, np.ndarray]:
    anatomy = anatomy_of(woman, side, 2.2)
    grown = grown_in(anatomy, both_views(anatomy, CI), first_views(anatomy, CI))
    return {one.number: one.centre for one in grown}


def test_a_finding_lies_where_it_lies_at_the_last_round_and_is_absent_while_too_small():
    text = FOLLOWED.replace("interval_years: 1", "interval_years: 2")
    first, second, last = (places_of(one.woman, "L") for one in drawn(text)[:3])
    assert first == {}  # 1.7 mm
    assert np.array_equal(second[1], last[1])


def test_a_large_finding_has_room_for_what_it_has_grown_to():
    wide = FOLLOWED.replace("size_mm: 15", "size_mm: 34")
    for number in range(4):
        first, _, last = (one.woman for one in drawn(wide, SECRET + bytes([number]))[:3])
        anatomy = anatomy_of(last, "L", 2.2)
        grown = grown_in(anatomy, both_views(anatomy, CI), first_views(anatomy, CI))
        for view in both_views(anatomy, CI):
            row, column, _, distance = (float(n[0]) for n in view.project(grown[0].centre[None]))
            v, w = view.v_top - row * CI.pixel_mm, view.w_left + column * CI.pixel_mm
            assert distance > 17.0
            assert view.muscle_at(np.array(v), np.array(w)) == 0.0
        assert np.array_equal(places_of(first, "L")[1], grown[0].centre)


def test_headers_of_the_rounds_say_one_woman_on_other_days(made):
    found = [header(made, number) for number in range(3)]
    assert len({ds.PatientID for ds in found}) == len({str(ds.PatientName) for ds in found}) == 1
    assert found[0].PatientID.startswith("wo-")
    assert [ds.StudyDate for ds in found] == ["20240101", "20250101", "20260101"]
    assert [ds.PatientAge for ds in found] == ["060Y", "061Y", "062Y"]
    for word in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "IrradiationEventUID"):
        assert len({ds[word].value for ds in found}) == 3
    assert header(made, 3).PatientID == made.ids[3]
    assert header(made, 3).StudyDate == "20260101"


def test_the_check_finds_nothing_within_a_round_and_between_rounds(made):
    library = made.library
    exams = [checked(library.get(one), truth=library.truths / one) for one in made.ids]
    assert [fault for exam in exams for fault in exam.faults] == []
    assert rounds_of(exams) == []
    assert priors_of([exams[2]], exams[:2]) == []
    assert {fault.rule for _, fault in priors_of([exams[0]], exams[1:2])} == {"prior"}


def test_the_breast_is_laid_anew_at_each_round(made):
    pictures = [header(made, number, "RCC").pixel_array for number in range(3)]
    assert not np.array_equal(pictures[0] > 0, pictures[1] > 0)
    assert not np.array_equal(pictures[1] > 0, pictures[2] > 0)


def test_the_cancer_grows_in_the_truth_and_is_the_same_one_in_every_segmentation(made):
    truths = [made.library.truth(one) for one in made.ids]
    assert [truth.outcome for truth in truths] == ["cancer", "cancer", "cancer", "normal"]
    sizes = [truth.findings[0].size_mm for truth in truths[:3]]
    assert sizes == sorted(sizes)
    assert sizes[2] > 2.5 * sizes[0]
    assert len({(truth.findings[0].clock, truth.findings[0].quadrant) for truth in truths[:3]}) == 1
    assert [(truth.patient, truth.round) for truth in truths[:3]] == [
        (header(made, 0).PatientID, number) for number in (1, 2, 3)
    ]
    uids = set()
    for one in made.ids[:3]:
        seg = pydicom.dcmread(made.library.truths / one / "LCC.seg.dcm")
        uids.add(seg.SegmentSequence[0].TrackingUID)
        assert (
            seg.StudyDate == seg.ContentDate == pydicom.dcmread(made.library.get(one).views["LCC"]).StudyDate
        )
    assert len(uids) == 1


def test_the_table_names_the_woman_and_the_round(made):
    tables = [(made.library.truths / one / "findings.csv").read_text("utf-8") for one in made.ids]
    rows = [next(csv.DictReader(table.splitlines())) for table in tables]
    assert [row["round"] for row in rows] == ["1", "2", "3", "1"]
    assert len({row["patient"] for row in rows[:3]}) == 1
    assert rows[3]["patient"] == made.ids[3]


def test_the_library_tells_round_and_priors_without_the_truth(made, tmp_path):
    blind = Library(tmp_path, images=made.library.images, truth=tmp_path)
    exams = [blind.get(one) for one in made.ids]
    assert [exam.round for exam in exams] == [1, 2, 3, 1]
    assert exams[2].priors == (made.ids[1], made.ids[0])
    assert exams[2].entry()["priors"] == [made.ids[1], made.ids[0]]
    assert "round 2 of 3" in exams[1].source
    assert "round" not in exams[3].source


def test_show_names_the_prior(made, capsys):
    words = ["--json", "--library", str(made.library.images.parent)]
    for number, prior in ((2, made.ids[1]), (0, None)):
        assert main(["exams", "show", made.ids[number], *words]) == 0
        assert json.loads(capsys.readouterr().out)["prior"] == prior


def test_an_entry_that_tells_priors_oddly_is_read_without_them(made, tmp_path):
    folder = tmp_path / "images" / "odd"
    folder.mkdir(parents=True)
    (folder / "LCC.dcm").write_bytes(b"")
    entry = json.loads((made.library.images / made.ids[2] / "exam.json").read_text("utf-8"))
    (folder / "exam.json").write_text(json.dumps({**entry, "round": "2", "priors": ["../x", 3]}), "utf-8")
    exam = Library(tmp_path).get("odd")
    assert (exam.round, exam.priors) == (None, ())


def test_the_shipped_rounds_hold_growing_stable_and_normal_women_whom_the_plan_does_not_tell_apart():
    women = cohort_named("rounds-12").women
    assert len(women) == 12
    assert {woman.rounds.count for woman in women} == {2, 3}
    kinds = {woman.rounds: [bool(w.findings) for w in women if w.rounds == woman.rounds] for woman in women}
    assert all(sum(there) and not all(there) for there in kinds.values())
    found = drawings(cohort_named("rounds-12"), secret=SECRET, scale="ci")
    assert len(found) == 30
    by_woman: dict[str, list[Drawing]] = {}
    for one in found:
        by_woman.setdefault(one.patient, []).append(one)
    growing = [
        rounds for rounds in by_woman.values() if any(f.doubling_days for f in rounds[0].woman.findings)
    ]
    assert len(growing) == 5
    hidden = [
        rounds for rounds in growing if planned(rounds[0]).size_mm < kind_of(planned(rounds[0])).seen_from_mm
    ]
    assert len(hidden) == 1  # a cancer that no prior shows


def planned(one: Drawing):
    return next(finding for finding in one.woman.findings if finding.doubling_days)


def test_the_images_of_every_round_lie_in_a_folder_of_their_own(made):
    for one in made.ids:
        assert {path.stem for path in Path(made.library.images / one).glob("*.dcm")} == set(VIEWS)
