"""Files from outside: opened in the sandbox, cleaned, or refused in a sentence."""

import json
import shutil
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image
from senolab.cases.checks.exams import check_exam
from senolab.cases.library import Library
from senolab.cases.taking.terms import terms_of
from senolab.cli.main import main
from senolab.sandbox import available


@pytest.fixture(autouse=True)
def _sandbox():
    ready = available()
    if not ready.ok:
        pytest.skip(f"no sandbox on this machine: {ready.why}")


def take(folder: Path, library: Path, *words: str) -> int:
    return main(["exams", "import", str(folder), "--library", str(library), *words])


def test_a_named_patient_leaves_no_trace(drawn, tmp_path, capsys):
    ds = pydicom.dcmread(drawn[0].views["LCC"])
    ds.PatientName, ds.PatientID, ds.PatientBirthDate = "Doe^Jane", "4711-HOSP", "19600229"
    ds.InstitutionName, ds.StudyDate, ds.PatientAge = "Saint Elsewhere", "20230405", "093Y"
    ds.add_new(0x00091001, "LO", "private Doe")
    source = tmp_path / "in"
    source.mkdir()
    ds.save_as(source / "a.dcm")
    assert take(source, tmp_path / "lib", "--licence", "own", "--yes") == 0
    told = capsys.readouterr().err
    assert "PatientName, PatientID, PatientBirthDate" in told
    exam = Library(tmp_path / "lib").list()[0]
    data = exam.views["LCC"].read_bytes()
    for word in (b"Doe", b"4711", b"19600229", b"Elsewhere", b"20230405", b"093Y", drawn[0].id.encode()):
        assert word not in data
    assert np.array_equal(pydicom.dcmread(exam.views["LCC"]).pixel_array, ds.pixel_array)
    assert (exam.synthetic, exam.licence, exam.age) == (False, "own", 90)
    assert errors_of(exam) == []


def test_the_licence_is_shown_and_must_be_accepted(drawn, tmp_path, capsys):
    source = tmp_path / "in"
    source.mkdir()
    shutil.copy(drawn[0].views["RCC"], source)
    assert take(source, tmp_path / "lib", "--yes") == 1
    assert "--licence" in capsys.readouterr().err
    (source / "LICENSE").write_text("Be kind licence\n\nAnything goes.")
    assert take(source, tmp_path / "lib") == 1
    assert "Be kind" in capsys.readouterr().err
    assert take(source, tmp_path / "lib", "--yes") == 0
    assert Library(tmp_path / "lib").list()[0].licence == "Be kind licence"
    assert take(source, tmp_path / "lib", "--yes") == 1
    assert "already in this library" in capsys.readouterr().err


BUNDLED = "\n---- a library ----\n\nThe MIT License (MIT)\n\nPermission is hereby granted\n"


@pytest.mark.parametrize(
    ("text", "spdx", "also"),
    [
        ("Fellow\n\nThis is licensed under the Microsoft Public License (MS-PL)\n" + BUNDLED, "MS-PL", "MIT"),
        ("Be kind licence\n\nAnything goes.\n" + BUNDLED, "", "MIT"),
        ("Of this hospital only.\n" * 30 + BUNDLED, "", "MIT"),
        ("BSD 2-Clause License\n\nCopyright (c) 2018", "BSD-2-Clause", ""),
        ("MIT License\n\nParts: Apache License, Version 2.0", "MIT", "Apache-2.0"),
        ("LICENSE\n=======\n\nCC BY 4.0", "CC-BY-4.0", ""),
        ("Attribution-NonCommercial-NoDerivatives 4.0 International", "CC-BY-NC-ND-4.0", ""),
        ("Creative Commons Attribution-NonCommercial-\nShareAlike 4.0", "", ""),
        ("Creative Commons Attribution 4.0 International", "CC-BY-4.0", ""),
        ("SPDX-License-Identifier: BSD-3-Clause", "BSD-3-Clause", ""),
        ("MIT", "MIT", ""),
        ("cc by-nc 4.0", "CC-BY-NC-4.0", ""),
        ("CC-BY-NC-SA-4.0", "CC-BY-NC-SA-4.0", ""),
        ("Nutzung nur mit Genehmigung", "", ""),
        ("These images are not in the public domain.\nCC BY 4.0", "CC-BY-4.0", ""),
        ("From the MIT Lab, own terms", "", ""),
        ("public domain", "CC0-1.0", ""),
    ],
)
def test_a_licence_is_what_its_own_heading_says_or_unknown(text, spdx, also):
    terms = terms_of(text)
    assert (terms.spdx, terms.also_names) == (spdx, also)
    assert (terms.redistribution == "unknown") == (spdx == "")
    assert bool(terms.taken_for()) == bool(also)


def test_each_exam_has_the_licence_that_lies_nearest_to_it(drawn, tmp_path, capsys):
    source = tmp_path / "in"
    for name, exam, text in (("one", 0, "MIT License\n" + BUNDLED), ("two", 1, "CC BY 4.0")):
        (source / name / "images").mkdir(parents=True)
        (source / name / "LICENSE").write_text(text)
        shutil.copy(drawn[exam].views["RCC"], source / name / "images")
    (source / "LICENSE").write_text("Be kind licence\n" + BUNDLED)
    assert take(source, tmp_path / "lib") == 1
    said = capsys.readouterr().err
    assert all(words in said for words in ("MIT License", "CC BY 4.0", "taken for none; it also names MIT"))
    assert take(source, tmp_path / "lib", "--yes") == 0
    exams = Library(tmp_path / "lib").list()
    assert sorted(exam.imported["terms"]["spdx"] for exam in exams) == ["CC-BY-4.0", "MIT"]
    rows = (tmp_path / "lib" / "acceptances.jsonl").read_text().splitlines()
    assert len(rows) == 3


def test_the_licences_of_real_exams_are_their_own(real_data, tmp_path):
    assert take(real_data, tmp_path, "--yes") == 0
    terms = {
        e.vendor: (e.imported["terms"]["spdx"], e.imported["terms"]["also_names"])
        for e in Library(tmp_path).list()
    }
    assert terms.pop("GE MEDICAL SYSTEMS") == ("MS-PL", "MIT")
    assert list(terms.values()) == [("BSD-2-Clause", "")]


def errors_of(exam) -> list[str]:
    return [fault.words for fault in check_exam(exam) if fault.severity == "error"]


def truncated(data: bytes) -> bytes:
    return data[: len(data) // 2]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: b"hello", "neither a DICOM file"),
        (truncated, "PixelData|cannot be read|cut short"),
        (lambda data: data[:132] + b"\xff" * 300, "bad.dcm: "),
    ],
)
def test_a_broken_file_is_told_by_name(drawn, tmp_path, capsys, change, words):
    source = tmp_path / "in"
    source.mkdir()
    (source / "bad.dcm").write_bytes(change(drawn[0].views["RCC"].read_bytes()))
    assert take(source, tmp_path / "lib", "--licence", "own", "--yes") == 1
    told = capsys.readouterr().err
    assert "bad.dcm: " in told
    assert any(word in told for word in words.split("|"))
    assert "Traceback" not in told
    assert Library(tmp_path / "lib").list() == []


@pytest.mark.parametrize(
    ("keyword", "value", "tag"),
    [
        ("BurnedInAnnotation", "YES", "0028,0301"),
        ("ImageLaterality", "B", "0020,0062"),
        ("SOPClassUID", "1.2.840.10008.5.1.4.1.1.2", "0008,0016"),
        ("Rows", None, "0028,0010"),
    ],
)
def test_what_is_no_plain_mammogram_is_refused_with_its_tag(drawn, tmp_path, capsys, keyword, value, tag):
    ds = pydicom.dcmread(drawn[0].views["RCC"])
    if value is None:
        delattr(ds, keyword)
    else:
        setattr(ds, keyword, value)
    source = tmp_path / "in"
    source.mkdir()
    ds.save_as(source / "odd.dcm")
    assert take(source, tmp_path / "lib", "--licence", "own", "--yes") == 1
    assert tag in capsys.readouterr().err


def test_a_picture_needs_its_view(tmp_path, capsys):
    picture = np.zeros((300, 200), np.uint8)
    picture[40:260, :120] = 90
    source = tmp_path / "in"
    source.mkdir()
    Image.fromarray(picture).save(source / "scan.png")
    assert take(source, tmp_path / "lib", "--licence", "own", "--yes") == 1
    assert "--view" in capsys.readouterr().err
    assert (
        take(source, tmp_path / "lib", "--licence", "own", "--yes", "--view", "RMLO", "--spacing", "0.2") == 0
    )
    exam = Library(tmp_path / "lib").list()[0]
    ds = pydicom.dcmread(exam.views["RMLO"])
    assert list(ds.PatientOrientation) == ["A", "FL"]  # the picture is mirrored, and the header says so
    assert float(ds.ImagerPixelSpacing[0]) == 0.2
    assert errors_of(exam) == []


def test_a_real_vendors_mammogram_comes_in(real_data, tmp_path):
    assert take(real_data / "ge_senographe", tmp_path, "--yes") == 0
    exam = Library(tmp_path).list()[0]
    assert exam.vendor == "GE MEDICAL SYSTEMS"
    ds = pydicom.dcmread(exam.views["RMLO"])
    assert ds.VOILUTFunction == "SIGMOID"
    assert len(ds.VOILUTSequence) == 3
    assert ds.StudyDate not in ("", "20000101")  # moved
    assert ds.pixel_array.shape == (3062, 2394)
    assert errors_of(exam) == []


def test_a_real_exam_of_four_pictures_comes_in_as_one(real_data, tmp_path):
    assert take(real_data / "nyu_four_view", tmp_path, "--yes") == 0
    (exam,) = Library(tmp_path).list()
    assert list(exam.views) == ["RCC", "LCC", "RMLO", "LMLO"]


def test_the_command_line_makes_lists_shows_checks_and_exports(tmp_path, capsys):
    library = ["--library", str(tmp_path / "lib")]
    assert main(["exams", "make", "tiny", "--scale", "ci", "--jobs", "1", *library, "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert [entry["finding"] for entry in made] == ["normal", "spiculated mass"]
    assert main(["exams", "list", "--json", *library]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 2
    assert main(["exams", "show", made[1]["id"], "--json", *library]) == 0
    assert json.loads(capsys.readouterr().out)["truth"]["outcome"] == "cancer"
    assert main(["exams", "check", "--json", *library]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert main(["exams", "export", made[0]["id"], "--out", str(tmp_path / "out"), *library]) == 0
    assert len(list((tmp_path / "out" / made[0]["id"]).iterdir())) == 4
    assert main(["exams", "make", "nobody", *library]) == 1
    assert "shipped are contrast-detail-16, density-40," in capsys.readouterr().err
