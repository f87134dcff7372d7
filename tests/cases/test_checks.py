"""`exams check`: each seeded defect is told by attribute and tag, and nothing is told of what is right."""

import io
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from senolab.cases.checks import outside
from senolab.cases.checks.exams import check_exam
from senolab.cases.checks.looking import looked_at
from senolab.cases.checks.opening import opened
from senolab.cases.findings.catalogue import described
from senolab.cases.library import Exam, Library
from senolab.cases.planting import defects, spoilt
from senolab.cases.segmentation import segmentation
from senolab.cli.main import main
from senolab.sandbox import Availability, Finished, available

DEFECTS = list(defects().values())
PROCESSING = "1.2.840.10008.5.1.4.1.1.1.2.1"
EXTRA = {
    "Exposure": 80,
    "ExposureInuAs": 80000,
    "OrganDose": "0.012",
    "FieldOfViewOrigin": ["0", "0"],
    "FieldOfViewRotation": "0",
    "FieldOfViewHorizontalFlip": "NO",
}


@pytest.fixture(scope="session")
def plain(drawn) -> bytes:
    """A right MLO view with native pixels and without a defect."""
    ds = pydicom.dcmread(drawn[0].views["RMLO"])
    ds.decompress(generate_instance_uid=False)
    del ds.PixelSpacing
    for keyword, value in EXTRA.items():
        setattr(ds, keyword, value)
    return saved(ds)


@pytest.fixture
def exam(drawn, tmp_path) -> Exam:
    """The exam with a lesion, in a library of its own, to be spoilt."""
    folder = drawn[1].images.parents[1] / "truth" / drawn[1].id
    entry = {"vendor": "Senolab", "licence": "own", "synthetic": True, "source": "tests"}
    return Library(tmp_path / "lib").add(drawn[1].id, drawn[1].views, truth=folder, **entry)


@pytest.fixture
def sandbox() -> None:
    ready = available()
    if not ready.ok:
        pytest.skip(f"no sandbox on this machine: {ready.why}")


def read(data: bytes) -> pydicom.Dataset:
    return pydicom.dcmread(io.BytesIO(data))


def saved(ds: pydicom.Dataset) -> bytes:
    stream = io.BytesIO()
    ds.save_as(stream, enforce_file_format="SOPClassUID" in ds)
    return stream.getvalue()


def validator_says(path: Path) -> dict[str, set[str]]:
    done = subprocess.run(["dciodvfy", "-new", str(path)], capture_output=True, text=True, errors="replace")
    lines = (done.stderr + done.stdout).splitlines()
    return {word: {line for line in lines if line.startswith(word)} for word in ("Error", "Warning")}


def rewrite(path: Path, edit: Callable[[pydicom.Dataset], object]) -> None:
    ds = pydicom.dcmread(path)
    edit(ds)
    ds.save_as(path)


def told(ds: pydicom.Dataset, **words: str) -> list[str]:
    return [finding.words for finding in looked_at(ds, **words)[0]]


@pytest.mark.parametrize("without", [False, True], ids=["as installed", "without dciodvfy"])
@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect["name"])
def test_each_defect_is_told_by_its_attribute_and_what_to_do(plain, tmp_path, monkeypatch, defect, without):
    if without:
        monkeypatch.setenv("PATH", "/nowhere")
    path = tmp_path / "image.dcm"
    path.write_bytes(spoilt(plain, defect))
    findings, _ = opened(path, origin="synthetic")
    own = [finding.words for finding in findings if finding.rule not in ("dciodvfy", "validator")]
    assert [words for words in own if all(part in words for part in defect["tells"])], own


def test_the_corpus_holds_the_48_defects_of_the_reference():
    counted = [defect["validator"] for defect in DEFECTS[:48]]
    assert [counted.count(word) for word in ("error", "warning", "silent")] == [28, 3, 17]


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect["name"])
def test_the_validator_says_of_each_defect_what_the_corpus_tells(plain, tmp_path, defect):
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy is not on this machine: install the Debian package dicom3tools")
    before, after = tmp_path / "before.dcm", tmp_path / "after.dcm"
    before.write_bytes(plain)
    after.write_bytes(spoilt(plain, defect))
    known, said = validator_says(before), validator_says(after)
    assert not known["Error"]
    answer = "error" if said["Error"] else "warning" if said["Warning"] - known["Warning"] else "silent"
    assert answer == defect["validator"], said


def test_of_made_exams_nothing_is_told(plain, drawn, exam):
    assert told(read(plain), origin="synthetic", view="RMLO") == []
    assert check_exam(exam, truth=drawn[1].images.parents[1] / "truth" / exam.id) == []


def test_a_heading_of_another_object_is_told(plain):
    ds = read(plain)
    ds.file_meta.MediaStorageSOPInstanceUID = "2.25.1"
    assert "MediaStorageSOPInstanceUID (0002,0003)" in told(ds)[0]


def test_what_a_validator_says_comes_once_and_with_our_words(plain, tmp_path):
    path = tmp_path / "image.dcm"
    path.write_bytes(spoilt(plain, {"drop": ["OrganExposed"]}))
    findings, _ = opened(path)
    assert [finding.rule for finding in findings] == ["required"]


def test_names_and_birth_dates_are_never_repeated(plain):
    ds = read(plain)
    ds.PatientName, ds.PatientBirthDate, ds.PatientID = "Garcia^Maria", "19600229", "4711 " * 20
    assert not any(word in " ".join(told(ds)) for word in ("Garcia", "Maria", "19600229", "4711"))


@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("Garcia^Maria", True),
        ("von Berg^Anna^^Dr.", True),
        ("Müller", True),
        ("SYNTHETIC^ex-1", False),
        ("IMPORTED^EXAM", False),
        ("REAL^CLEANED", False),
        ("ANON12345", False),
        ("Anonymous", False),
        ("Patient^Test", False),
        ("", False),
    ],
)
def test_a_pseudonym_is_told_from_a_name(plain, name, person):
    ds = read(plain)
    ds.PatientName = name
    assert any("may name a person" in words for words in told(ds)) == person


def test_a_file_of_a_hospital_may_name_its_patient_and_is_only_warned_of(plain):
    ds = read(plain)
    ds.PatientName, ds.PatientIdentityRemoved, ds.QualityControlImage = "Garcia^Maria", "NO", "NO"
    (finding,) = looked_at(ds)[0]
    assert (finding.rule, finding.severity) == ("names-person", "warning")
    assert {f.severity for f in looked_at(ds, origin="imported")[0]} == {"error"}


def test_a_made_exam_must_say_that_it_is_made(plain):
    ds = read(plain)
    ds.QualityControlImage = "NO"
    assert told(ds) == []
    assert "QualityControlImage (0028,0300)" in told(ds, origin="synthetic")[0]


# Raw images.


def raw(data: bytes) -> pydicom.Dataset:
    """The same view For Processing: values that rise with the X-rays."""
    ds = read(data)
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = PROCESSING
    ds.PresentationIntentType, ds.PixelIntensityRelationship = "FOR PROCESSING", "LIN"
    ds.PixelIntensityRelationshipSign = 1
    ds.PixelData = (4095 - ds.pixel_array).astype("<u2").tobytes()
    del ds.WindowCenter, ds.WindowWidth
    return ds


def test_a_raw_image_needs_no_window(plain):
    assert told(raw(plain)) == []


@pytest.mark.parametrize(
    ("keyword", "value", "words"),
    [
        ("PixelIntensityRelationshipSign", -1, "write 1"),
        ("PixelIntensityRelationship", "LOG", "a raw one is LIN"),
        ("PresentationIntentType", "FOR PRESENTATION", "FOR PROCESSING"),
    ],
)
def test_a_raw_image_is_checked_by_rules_of_its_own(plain, keyword, value, words):
    ds = raw(plain)
    setattr(ds, keyword, value)
    assert any(keyword in sentence and words in sentence for sentence in told(ds))


def test_raw_values_that_fall_with_the_x_rays_are_told(plain):
    ds = raw(plain)
    ds.PixelData = read(plain).PixelData
    assert any("air has the smaller values" in words for words in told(ds))


# Pixels.


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda p: p[:, ::-1], "chest wall lies at the left edge"),
        (lambda p: 4095 - p, "air is white"),
        (np.zeros_like, "one value everywhere"),
        (lambda p: p * (np.indices(p.shape)[1] > p.shape[1] - 3), "almost one value everywhere"),
        (lambda p: np.where(p == 0, 2000, p), "show air at"),
    ],
    ids=["mirrored", "inverted", "empty", "almost empty", "grey air"],
)
def test_pixels_that_belie_the_header_are_told(plain, change, words):
    ds = read(plain)
    ds.PixelData = change(ds.pixel_array).astype("<u2").tobytes()
    assert any(words in sentence for sentence in told(ds))


def test_an_inverted_image_that_says_so_is_right(plain):
    ds = read(plain)
    ds.PixelData = (4095 - ds.pixel_array).astype("<u2").tobytes()
    ds.PhotometricInterpretation, ds.PresentationLUTShape = "MONOCHROME1", "INVERSE"
    ds.PixelIntensityRelationshipSign = 1
    assert told(ds) == []


def test_noise_without_air_is_not_judged_by_its_air(plain):
    ds = read(plain)
    noise = np.random.default_rng(1).integers(500, 700, (ds.Rows, ds.Columns))
    ds.PixelData = noise.astype("<u2").tobytes()
    assert told(ds) == []


# Files of one exam, and exams of one woman.

ACROSS = [
    (
        "the same instance",
        {"LCC": {"SOPInstanceUID": "2.25.7"}, "RCC": {"SOPInstanceUID": "2.25.7"}},
        "0008,0018",
    ),
    ("another study", {"LCC": {"StudyInstanceUID": "2.25.7"}}, "0020,000D"),
    ("another pixel", {"LCC": {"ImagerPixelSpacing": ["0.2", "0.2"]}}, "0018,1164"),
    ("another patient", {"LCC": {"PatientID": "someone"}}, "0010,0020"),
    ("another name", {"LCC": {"PatientName": "SYNTHETIC^other"}}, "0010,0010"),
    ("another sex", {"RMLO": {"PatientSex": "M"}}, "0010,0040"),
    ("another age", {"RMLO": {"PatientAge": "070Y"}}, "0010,1010"),
    ("another day", {"RMLO": {"StudyDate": "20200101"}}, "0008,0020"),
    ("another side", {"RMLO": {"ImageLaterality": "L"}}, "0020,0062"),
]


@pytest.mark.parametrize(("name", "edits", "tag"), ACROSS, ids=[row[0] for row in ACROSS])
def test_views_that_disagree_are_told(exam, monkeypatch, name, edits, tag):
    monkeypatch.setenv("PATH", "/nowhere")
    for view, values in edits.items():
        rewrite(exam.views[view], lambda ds, values=values: [setattr(ds, k, v) for k, v in values.items()])
    assert (
        any(tag in fault.words and fault.file.is_dir() for fault in check_exam(exam))
        or name == "another side"
    )
    assert any(tag in fault.words for fault in check_exam(exam))


def test_a_missing_view_is_told(exam):
    exam.views["LMLO"].unlink()
    views = {view: path for view, path in exam.views.items() if view != "LMLO"}
    (fault,) = check_exam(Exam(**{**vars(exam), "views": views}))
    assert (fault.rule, fault.severity) == ("views", "warning")
    assert "no LMLO For Presentation" in fault.words


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda ds: setattr(ds, "PatientOrientation", ["P", "F"]), "PatientOrientation (0020,0020)"),
        (lambda ds: delattr(ds, "PatientOrientation"), "PatientOrientation (0020,0020) is missing"),
        (lambda ds: setattr(ds, "StudyInstanceUID", "2.25.7"), "StudyInstanceUID (0020,000D)"),
        (lambda ds: setattr(ds, "PixelData", bytes(len(ds.PixelData))), "marks nothing"),
        (lambda ds: setattr(ds, "PixelData", b"\xff" * len(ds.PixelData)), "outside the breast"),
    ],
    ids=["orientation", "no orientation", "study", "empty", "everywhere"],
)
def test_a_segmentation_that_is_not_of_its_image_is_told(drawn, exam, tmp_path, edit, words):
    truth = tmp_path / "lib" / "truth" / exam.id
    rewrite(next(truth.glob("*.dcm")), edit)
    assert any(words in fault.words for fault in check_exam(exam, truth=truth))


def test_a_segmentation_of_another_exam_or_of_another_size_is_told(drawn, exam, tmp_path):
    truth = tmp_path / "lib" / "truth" / exam.id
    mass = described("circumscribed mass", side="R", size_mm=9.0)
    source = pydicom.dcmread(drawn[0].views["RCC"])
    mask = np.zeros((source.Rows, source.Columns), bool)
    mask[300:340, -60:-20] = True
    uids = {"series_uid": "2.25.8", "instance_uid": "2.25.9", "dimensions_uid": "2.25.11"}
    uids["tracking_uids"] = ["2.25.10"]
    (truth / "other.seg.dcm").write_bytes(segmentation(source, [mask], [mass], ["finding-1"], **uids))
    assert any("is no image of this exam" in fault.words for fault in check_exam(exam, truth=truth))
    rewrite(exam.views["RCC"], lambda ds: setattr(ds, "SOPInstanceUID", source.SOPInstanceUID))
    rewrite(exam.views["RCC"], lambda ds: setattr(ds, "Rows", 800))
    assert any("Rows (0028,0010)" in fault.words for fault in check_exam(exam, truth=truth))


def younger(drawn) -> str:
    """Give the woman's age two years before."""
    return f"{int(pydicom.dcmread(drawn[0].views['RCC']).PatientAge[:3]) - 2:03d}Y"


@pytest.fixture
def rounds(drawn, tmp_path) -> Callable[..., list[str]]:
    """A library with two exams of one woman, two years apart."""
    entry = {"vendor": "Senolab", "licence": "own", "synthetic": True, "source": "tests"}

    def written(name: str, **edits: str) -> dict[str, Path]:
        views = {view: tmp_path / f"{name}{view}.dcm" for view in drawn[0].views}
        for number, (view, path) in enumerate(drawn[0].views.items()):
            ds = pydicom.dcmread(path)
            if name == "before":
                ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"2.25.70{number}"
            for keyword, value in edits.items():
                setattr(ds, keyword, value)
            ds.save_as(views[view])
        return views

    def made(**later: str) -> list[str]:
        first = {"StudyDate": "20240101", "PatientAge": younger(drawn), "StudyInstanceUID": "2.25.77"}
        library = Library(tmp_path / "rounds")
        library.add("before", written("before", **first), **entry)
        library.add("now", written("now", **later), **entry)
        library.add("other", drawn[1].views, **entry)
        return ["--library", str(tmp_path / "rounds")]

    return made


def checked(capsys, *words: object) -> list[dict]:
    main(["exams", "check", "--json", *map(str, words)])
    streams = capsys.readouterr()
    assert "Traceback" not in streams.err
    return json.loads(streams.out)


def test_a_prior_is_earlier_and_of_the_same_woman(rounds, capsys):
    library = rounds()
    assert checked(capsys, "now", *library, "--prior", "before") == []
    assert {row["rule"] for row in checked(capsys, "before", *library, "--prior", "now")} == {"prior"}
    rows = checked(capsys, "now", *library, "--prior", "other")  # of the same day, too
    assert sorted(row["words"].split(" ")[0] for row in rows) == ["PatientID", "StudyDate"]


@pytest.mark.parametrize(
    ("later", "rule"),
    [
        ({"PatientAge": "040Y"}, "round-ages"),
        ({"PatientSex": "M"}, "woman-differs"),
        ({"PatientBirthDate": "19600229"}, "names-person"),
        ({"StudyDate": "20240101"}, "round-dates"),
    ],
)
def test_rounds_of_one_woman_that_disagree_are_told(rounds, capsys, later, rule):
    rows = checked(capsys, *rounds(**later))
    assert rule in {row["rule"] for row in rows}


def test_a_folder_from_outside_is_checked_exam_by_exam(drawn, tmp_path, capsys, sandbox):
    for exam, view in ((0, "RCC"), (0, "LCC"), (1, "RCC")):
        shutil.copy(drawn[exam].views[view], tmp_path / f"{exam}{view}")
    rewrite(tmp_path / "0LCC", lambda ds: setattr(ds, "StudyInstanceUID", "2.25.7"))
    (tmp_path / "README").write_text("no image")
    (tmp_path / "1LCC.dcm").write_text("no image either")
    rows = checked(capsys, tmp_path)
    assert sorted(row["rule"] for row in rows if row["rule"] != "dcentvfy") == [
        "no-dicom", "studies", "views", "views",
    ]  # fmt: skip


# Files from outside.


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: b"hello", "it is no DICOM file"),
        (lambda data: b"", "it is no DICOM file"),
        (lambda data: data[:140], "cut short"),
        (lambda data: data[: len(data) // 2], "PixelData (7FE0,0010)"),
        (lambda data: data[:700] + b"\xff" * 300, ""),
        (lambda data: data.replace(b"DS\x02\x0028", b"DS\x02\x00ab"), "KVP (0018,0060)"),
        (lambda data: data.replace(b"GE\x1b", b""), None),
    ],
    ids=["text", "nothing", "heading", "half", "garbage", "a number in words", "whole"],
)
def test_a_file_from_outside_is_told_of_in_a_sentence(plain, tmp_path, capsys, sandbox, change, words):
    path = tmp_path / "bad.dcm"
    path.write_bytes(change(plain))
    rows = checked(capsys, path)
    if words is None:
        assert rows == []
    else:
        assert any(words in row["words"] and row["file"] == str(path) for row in rows), rows
        assert all(set(row) == {"exam", "file", "words", "rule", "severity"} for row in rows)


def test_the_validators_are_asked_in_the_sandbox_too(plain, tmp_path, capsys, sandbox):
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy is not on this machine: install the Debian package dicom3tools")
    ds = read(spoilt(plain, {"drop": ["ImageLaterality"]}))
    (tmp_path / "one.dcm").write_bytes(saved(ds))
    ds.StudyID, ds.SOPInstanceUID = "2", "2.25.3"
    (tmp_path / "two.dcm").write_bytes(saved(ds))
    rows = checked(capsys, tmp_path)
    assert {"dciodvfy", "dcentvfy"} <= {row["rule"] for row in rows}
    assert any("<one.dcm>" in row["words"] for row in rows)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "[]",
        "{}",
        '{"findings": 3, "facts": null}',
        '{"findings": [["a rule", "error", "words"]], "facts": null}',
        '{"findings": [["rule", "grave", "words"]], "facts": null}',
        '{"findings": [], "facts": {"kind": "presentation"}}',
        "[" * 100_000,
    ],
)
def test_what_comes_out_of_the_sandbox_is_not_believed(tmp_path, monkeypatch, answer):
    monkeypatch.setattr(outside, "available", lambda: Availability(True))
    monkeypatch.setattr(outside, "run", lambda *_, **__: Finished(0, answer.encode(), b""))
    path = tmp_path / "image.dcm"
    path.write_bytes(b"any")
    (one,) = outside.checked_outside(path)
    assert [fault.words for fault in one.faults] == ["what came out of it is no answer"]


def test_no_value_moves_the_readers_cursor(plain):
    ds = read(plain)
    ds["OrganExposed"] = pydicom.DataElement(
        "OrganExposed", "CS", "\x1b[2JBREAST\n" + "x" * 900, validation_mode=pydicom.config.IGNORE
    )
    assert all(sentence.isprintable() and len(sentence) < 400 for sentence in told(ds))


def test_what_is_neither_exam_nor_file_is_told(tmp_path, capsys, sandbox):
    for word in ("nobody", str(tmp_path / "none")):
        assert main(["exams", "check", word, "--library", str(tmp_path)]) == 1
        assert "file or folder" in capsys.readouterr().err
    assert main(["exams", "check", str(tmp_path)]) == 1
    assert "no DICOM file was found" in capsys.readouterr().err


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_header_without_any_one_attribute_or_with_any_text_in_it_is_checked_to_the_end(plain, data):
    ds = read(plain)
    element = data.draw(st.sampled_from([e for e in ds if e.keyword != "PixelData"]))
    if data.draw(st.booleans()):
        del ds[element.tag]
    else:
        ds[element.tag] = pydicom.DataElement(
            element.tag, "LO", data.draw(st.text(max_size=8)), validation_mode=pydicom.config.IGNORE
        )
    assert not [words for words in told(ds) if "cannot be understood" in words]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(132, 3000), junk=st.binary(min_size=1, max_size=8))
def test_a_file_with_any_bytes_changed_is_checked_to_the_end(plain, tmp_path, place, junk):
    path = tmp_path / "changed.dcm"
    path.write_bytes(plain[:place] + junk + plain[place + len(junk) :])
    opened(path)


# Real files: what is told of them is true of them.

# It is real: an older scheme of codes, an age that was taken away, no word on the whole breast being there.
OF_GE = {
    ("implausible-value", "PatientAge (0010,1010)"),
    ("wanted", "PartialView (0028,1350)"),
    ("code-scheme", "ViewCodeSequence (0054,0220)"),
    ("code-scheme", "AnatomicRegionSequence (0008,2218)"),
}
# A minimal object of 64 x 48 pixels: nothing of type 3, and no whole view.
OF_MG1 = {
    ("wanted", f"{word}")
    for word in (
        "BreastImplantPresent (0028,1300)", "PartialView (0028,1350)", "KVP (0018,0060)",
        "BodyPartThickness (0018,11A0)", "CompressionForce (0018,11A2)", "AnodeTargetMaterial (0018,1191)",
        "ViewPosition (0018,5101)", "PatientIdentityRemoved (0012,0062)", "OrganDose (0040,0316)",
        "EntranceDoseInmGy (0040,8302)", "Exposure (0018,1152)",
    )
} | {("image-size", "ImagerPixelSpacing (0018,1164)")}  # fmt: skip


@pytest.mark.parametrize(
    ("file", "findings"),
    [("real_mammograms/ge_senographe/ge_senographe.dcm", OF_GE), ("valid_dicom/mg1.dcm", OF_MG1)],
    ids=["GE", "a minimal object"],
)
def test_of_files_from_elsewhere_only_what_is_true_is_told(real_data, capsys, sandbox, file, findings):
    rows = checked(capsys, real_data.parent / file)
    assert {(row["rule"], row["words"].split(")")[0] + ")") for row in rows} == findings
    assert {row["severity"] for row in rows} == {"warning"}


def test_other_objects_are_told_as_such(real_data, capsys, sandbox):
    for name in ("bto1.dcm", "us1.dcm", "cad_sr.dcm"):
        (row,) = checked(capsys, real_data.parent / "valid_dicom" / name)
        assert (row["rule"], row["severity"]) == ("other-object", "warning")
    assert checked(capsys, real_data.parent / "valid_dicom" / "seg1.dcm") == []


def test_of_imported_pictures_only_what_no_picture_tells_is_missed(real_data, tmp_path, capsys, sandbox):
    library = ["--library", str(tmp_path)]
    assert main(["exams", "import", str(real_data / "nyu_four_view"), *library, "--yes"]) == 0
    capsys.readouterr()
    rows = checked(capsys, *library)
    missed = {row["words"].split(" ")[0] for row in rows}
    assert {row["rule"] for row in rows} == {"wanted"}
    exposure = {"KVP", "BodyPartThickness", "CompressionForce", "AnodeTargetMaterial"}
    exposure |= {"Exposure", "OrganDose", "EntranceDoseInmGy"}
    assert missed == {*exposure, "BreastImplantPresent", "PartialView"}


def test_a_special_view_is_held_against_the_view_it_is_of(drawn, tmp_path):
    entry = {"vendor": "any", "licence": "own", "synthetic": False, "source": "tests"}
    views = {"RCC": drawn[0].views["RCC"], "RCC-spot": drawn[0].views["RCC"], "LCC-2": drawn[0].views["RMLO"]}
    exam = Library(tmp_path / "lib").add("special", views, **entry)
    told = {fault.file.name for fault in check_exam(exam) if fault.rule == "view"}
    assert told == {"LCC-2.dcm"}


def test_images_for_processing_are_checked_with_the_others(exam, tmp_path):
    folder = tmp_path / "lib" / "images" / exam.id / "processing"
    folder.mkdir()
    (folder / "RCC.dcm").write_bytes(exam.views["RCC"].read_bytes())
    rewrite(folder / "RCC.dcm", lambda ds: delattr(ds, "KVP"))
    found = check_exam(Library(tmp_path / "lib").get(exam.id))
    assert {fault.file.parent.name for fault in found if "KVP" in fault.words} == {"processing"}
