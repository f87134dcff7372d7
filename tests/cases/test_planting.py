"""Dirty objects and tricky files: what a cohort plans is there, and only the truth tells it."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.pixels import apply_voi_lut
from senolab.cases.checks.exams import check_exam
from senolab.cases.checks.looking import looked_at
from senolab.cases.cohort import draw
from senolab.cases.identity import PRACTICE_KEY
from senolab.cases.library import Library
from senolab.cases.plans import cohort_named, drawings, parse
from senolab.cases.planting import FORMS, NOTHING, Planted, plant, planted_in
from senolab.cases.storing import object_in, restored
from senolab.cases.woman import VIEWS
from senolab.cli.main import main

SECRET = b"a secret of the tests, long enough"
ENTRY = {"vendor": "Senolab", "licence": "own", "synthetic": True, "source": "tests"}
DIRTY = sorted({w.planted.defect for name in ("dirty-30", "headers-10") for w in cohort_named(name).women})
SHORT = """
name: short
order: fixed
for_processing: true
women:
  - {findings: [{kind: spiculated mass, size_mm: 14}], defect: no organ, rounds: 2, hospital: North}
  - {findings: none, stored: inverse}
  - {findings: none}
"""


@dataclass(frozen=True)
class Made:
    library: Library
    ids: list[str]


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Made:
    """A short cohort as the command makes it: an earlier round, a dirty exam, a tricky one, a plain one."""
    root = tmp_path_factory.mktemp("planted")
    (root / "short.yaml").write_text(SHORT, "utf-8")
    words = ["exams", "make", str(root / "short.yaml"), "--scale", "ci", "--jobs", "1"]
    assert main([*words, "--out", str(root / "lib")]) == 0
    plans = drawings(cohort_named(root / "short.yaml"), secret=PRACTICE_KEY, scale="ci")
    return Made(Library(root / "lib"), [one.exam for one in plans])


def truth_folder(made: Made, number: int) -> Path:
    return made.library.truths / made.ids[number]


@pytest.mark.parametrize("defect", DIRTY)
def test_the_check_finds_each_planted_defect_in_its_object_and_none_elsewhere(drawn, tmp_path, defect):
    exam = Library(tmp_path / "lib").add(drawn[0].id, drawn[0].views, **ENTRY)
    folder = exam.views["RCC"].parent
    plant(folder, tmp_path, Planted(defect=defect), secret=SECRET, exam=exam.id)
    told = planted_in(tmp_path)
    assert told is not None and told["defect"] == defect
    found = check_exam(exam)
    spoilt = folder / f"{told['view']}.dcm"
    assert {fault.file for fault in found} <= {spoilt, folder}
    own = [fault.words for fault in found if fault.file == spoilt]
    assert any(all(part in words for part in told["tells"]) for words in own), own


def test_a_planted_exam_keeps_its_truth_and_tells_its_defect_there_alone(made):
    dirty = made.ids[1]
    told = planted_in(truth_folder(made, 1))
    assert told is not None and told["defect"] == "no organ"
    assert [planted_in(truth_folder(made, number)) for number in (0, 3)] == [None, None]
    entry = (made.library.images / dirty / "exam.json").read_text("utf-8")
    assert not any(word in entry for word in ("organ", "defect", told["view"]))
    truth = made.library.truth(dirty)
    assert truth is not None and truth.outcome == "cancer"
    faults = check_exam(made.library.get(dirty), truth=truth_folder(made, 1))
    assert {fault.file.name for fault in faults} == {f"{told['view']}.dcm"}
    for number in (0, 2, 3):
        assert check_exam(made.library.get(made.ids[number]), truth=truth_folder(made, number)) == []


def test_a_finished_planted_cohort_is_not_made_again(made, capsys):
    plan = made.library.images.parents[1] / "short.yaml"
    before = {path: path.stat().st_ino for path in made.library.images.rglob("*.dcm")}
    words = ["exams", "make", str(plan), "--scale", "ci", "--jobs", "1"]
    assert main([*words, "--out", str(made.library.images.parent)]) == 0
    assert {path: path.stat().st_ino for path in made.library.images.rglob("*.dcm")} == before
    capsys.readouterr()
    assert main(["exams", "show", made.ids[2], "--json", "--library", str(made.library.images.parent)]) == 0
    assert json.loads(capsys.readouterr().out)["planted"] == {"stored": "inverse"}


def test_the_hospital_stands_in_the_header_and_in_the_catalogue(made):
    exam = made.library.get(made.ids[0])
    assert pydicom.dcmread(exam.views["LCC"]).InstitutionName == "Senolab North"
    assert exam.source.endswith("hospital North, ci")
    assert "InstitutionName" not in pydicom.dcmread(made.library.get(made.ids[3]).views["LCC"])


def shown(ds: pydicom.Dataset) -> np.ndarray:
    """Give a view as a screen shows it: 0 black to 1 white, the chest wall where the library has it."""
    grey = np.asarray(apply_voi_lut(ds.pixel_array, ds, prefer_lut=True), float)
    grey /= (1 << ds.BitsStored) - 1
    grey = 1 - grey if ds.PhotometricInterpretation == "MONOCHROME1" else grey
    stored = {"R": "P", "L": "A"}[ds.ImageLaterality]
    return grey if ds.PatientOrientation[0] == stored else grey[:, ::-1]


@pytest.mark.parametrize("form", [form for form in FORMS if "linear" not in form])
def test_each_form_shows_the_same_picture(drawn, form):
    data = drawn[0].views["RMLO"].read_bytes()
    assert shown(object_in(restored(data, form))) == pytest.approx(shown(object_in(data)), abs=2e-3)


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_right_and_another_file(drawn, tmp_path, form):
    views = {view: tmp_path / f"{view}.dcm" for view in VIEWS}
    for view, path in views.items():
        path.write_bytes(restored(drawn[0].views[view].read_bytes(), form))
        assert path.read_bytes() != drawn[0].views[view].read_bytes()
    assert check_exam(Library(tmp_path / "lib").add(drawn[0].id, views, **ENTRY)) == []


@pytest.fixture(scope="module")
def of_other_units(tmp_path_factory) -> list[bytes]:
    """A view of a unit that has a table and white air, and of one that has several windows."""
    root, plan = tmp_path_factory.mktemp("units"), parse("name: one\nwomen: [{findings: none}]", "one.yaml")
    places = {"out_images": root / "images", "out_truth": root / "truth"}
    exams = [draw(plan, secret=SECRET, scale="ci", vendor=unit, **places)[0] for unit in ("B", "A2")]
    return [exam.views["LCC"].read_bytes() for exam in exams]


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_right_on_other_units_too(of_other_units, form):
    for data in of_other_units:
        ds = object_in(restored(data, form))
        assert looked_at(ds, view="LCC", origin="synthetic")[0] == []


def test_the_tricky_cohort_has_each_form_once_and_all_units():
    women = cohort_named("tricky-12").women
    assert sorted(w.planted.stored for w in women) == sorted(["", "", "", *FORMS])
    assert {w.vendor for w in women if w.planted == NOTHING} == {"A", "B", "A2"}
    assert cohort_named("tricky-12").for_processing


def test_the_hospitals_differ_in_size_unit_and_prevalence():
    women = cohort_named("hospitals-4").women
    groups = {name: [w for w in women if w.hospital == name] for name in ("North", "South", "East", "West")}
    assert [len(group) for group in groups.values()] == [40, 24, 16, 8]
    parts = [sum(bool(w.findings) for w in group) / len(group) for group in groups.values()]
    assert len(set(parts)) == 4
    assert {w.vendor for w in women} == {"A", "B", "A2"}
    assert all(len({w.vendor for w in group}) == 1 for group in groups.values())


def test_a_phantom_is_one_exam_with_its_answers_aside_and_is_kept(tmp_path, capsys):
    words = ["exams", "make", "contrast-detail-16", "--scale", "ci", "--out", str(tmp_path), "--json"]
    assert main(words) == 0
    exam = json.loads(capsys.readouterr().out)[0]["id"]
    files = sorted((tmp_path / "images" / exam).glob("*.dcm"))
    assert len(files) == 16
    assert (tmp_path / "truth" / exam / "contrast-detail.csv").is_file()
    assert check_exam(Library(tmp_path).get(exam), truth=tmp_path / "truth" / exam) == []
    before = files[0].stat().st_ino
    assert main(words) == 0
    assert files[0].stat().st_ino == before
    shutil.rmtree(tmp_path / "truth")
    assert main(words) == 0
    assert (tmp_path / "truth" / exam / "contrast-detail.csv").is_file()


def test_a_right_view_stays_without_a_word(drawn):
    assert looked_at(pydicom.dcmread(drawn[0].views["LCC"]), view="LCC", origin="synthetic")[0] == []
