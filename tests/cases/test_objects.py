"""What viewers, physicists and programs read from an exam, per vendor and intent."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.pixels.processing import apply_voi_lut
from senolab.cases.acceptance import archive
from senolab.cases.cohort import DrawnExam, cohort_named, draw
from senolab.cases.library import Library
from senolab.cases.plans import drawings, parse
from senolab.cases.presentation import as_shown
from senolab.cases.vendors import VENDORS
from senolab.cases.woman import VIEWS
from senolab.cli.main import main

SECRET = b"a secret of the tests, long enough"
ONE = """
name: one
women: [{density: c, size: 0.9, thickness_mm: 50, findings: [{kind: fine pleomorphic calcifications}]}]
"""
READ = [
    "KVP", "ExposureTime", "XRayTubeCurrent", "Exposure", "ExposureInuAs", "AnodeTargetMaterial",
    "FilterMaterial", "FilterThicknessMinimum", "FilterThicknessMaximum", "FocalSpots", "Grid",
    "ExposureControlMode", "BodyPartThickness", "CompressionForce", "OrganDose",
    "EntranceDoseInmGy", "HalfValueLayer", "DistanceSourceToDetector", "DistanceSourceToPatient",
    "DistanceSourceToEntrance", "EstimatedRadiographicMagnificationFactor", "ImagerPixelSpacing",
    "DetectorType", "DetectorID", "DetectorConfiguration", "DetectorElementSpacing",
    "DetectorActiveShape", "FieldOfViewShape", "FieldOfViewDimensions", "FieldOfViewOrigin",
    "FieldOfViewRotation", "FieldOfViewHorizontalFlip", "PositionerType", "PositionerPrimaryAngle",
    "ViewPosition", "ViewCodeSequence", "PatientOrientation", "ImageLaterality",
    "BreastImplantPresent", "PartialView", "Manufacturer", "ManufacturerModelName",
    "SoftwareVersions", "DeviceSerialNumber", "IrradiationEventUID", "PresentationLUTShape",
    "RescaleType", "QualityControlImage", "ContributingEquipmentSequence",
]  # fmt: skip


@pytest.fixture(scope="module")
def under_each(tmp_path_factory) -> dict[str, DrawnExam]:
    """One woman by each vendor, both intents."""
    root = tmp_path_factory.mktemp("vendors")
    words = {"out_images": root / "images", "out_truth": root / "truth", "scale": "ci"}
    plan = parse(ONE, "one.yaml")
    return {
        key: draw(plan, secret=SECRET, vendor=key, for_processing=True, **words)[0] for key in sorted(VENDORS)
    }


@pytest.fixture(params=sorted(VENDORS))
def exam(request, under_each) -> DrawnExam:
    """That woman by one vendor."""
    return under_each[request.param]


def shown(path: Path) -> np.ndarray:
    """Grey that a reader sees, 0 to 1."""
    ds = pydicom.dcmread(path)
    grey = apply_voi_lut(ds.pixel_array, ds) / (2**ds.BitsStored - 1)
    return 1.0 - grey if ds.PhotometricInterpretation == "MONOCHROME1" else grey


def test_grey_as_shown_to_a_model_is_grey_as_a_viewer_shows_it(exam):
    path = exam.views["LCC"]
    found = as_shown(pydicom.dcmread(path).pixel_array, VENDORS[exam.vendor].processing)
    assert found.dtype == np.uint16 and np.ptp(found) > 2000
    assert abs(found - 4095.0 * shown(path)).max() <= 1.0


def everything(exam: DrawnExam) -> list[Path]:
    """List both intents and the outlines."""
    truth = exam.images.parents[1] / "truth" / exam.id
    return [*exam.views.values(), *exam.raw.values(), *truth.glob("*.seg.dcm")]


def test_each_view_says_what_viewers_physicists_and_programs_read(exam):
    for path in (*exam.views.values(), *exam.raw.values()):
        ds = pydicom.dcmread(path)
        assert [word for word in READ if word not in ds or ds[word].is_empty] == []
        assert ds.file_meta.TransferSyntaxUID == pydicom.uid.JPEGLSLossless


def test_the_figures_of_an_exposure_agree_with_each_other(exam):
    unit = VENDORS[exam.vendor]
    for path in exam.views.values():
        ds = pydicom.dcmread(path)
        assert ds.ExposureInuAs == ds.XRayTubeCurrent * ds.ExposureTime
        assert ds.Exposure == pytest.approx(ds.ExposureInuAs / 1000, abs=0.5)
        assert ds.DistanceSourceToEntrance == pytest.approx(660 - ds.BodyPartThickness, abs=1)
        glandular, entrance = 100 * float(ds.OrganDose), float(ds.EntranceDoseInmGy)  # dGy, mGy
        assert 0.6 < glandular < 2.5
        assert 0.15 < glandular / entrance < 0.4
        kerma = {"W/Rh 28": 0.0503, "Rh/Rh 29": 0.1207}[unit.tube.spectrum] * ds.ExposureInuAs / 1000
        assert entrance == pytest.approx(kerma * (650 / ds.DistanceSourceToEntrance) ** 2, rel=0.01)
        assert (ds.KVP, ds.AnodeTargetMaterial) == (unit.tube.kv, unit.tube.target)


def test_the_image_for_presentation_was_made_from_the_one_for_processing(exam):
    for view in VIEWS:
        shown_one, raw = (pydicom.dcmread(files[view]) for files in (exam.views, exam.raw))
        assert shown_one.PresentationIntentType == "FOR PRESENTATION"
        assert raw.PresentationIntentType == "FOR PROCESSING"
        source = shown_one.SourceImageSequence[0]
        assert source.ReferencedSOPInstanceUID == raw.SOPInstanceUID
        assert source.ReferencedSOPClassUID == raw.SOPClassUID
        assert shown_one.StudyInstanceUID == raw.StudyInstanceUID
        assert shown_one.SeriesInstanceUID != raw.SeriesInstanceUID
        assert shown_one.IrradiationEventUID == raw.IrradiationEventUID


def test_raw_counts_are_linear_fourteen_bit_and_constant_in_air(exam):
    for view in VIEWS:
        raw = pydicom.dcmread(exam.raw[view])
        pixels = raw.pixel_array
        air = shown(exam.views[view]) < 0.02
        assert (raw.BitsStored, raw.PixelIntensityRelationship, raw.PixelIntensityRelationshipSign) == (
            14,
            "LIN",
            1,
        )
        assert pixels.max() == 2**14 - 1
        assert (pixels[air] == 2**14 - 1).mean() > 0.97
        tissue = pixels[shown(exam.views[view]) > 0.15]
        assert np.median(tissue) == pytest.approx(VENDORS[exam.vendor].detector.counts, rel=0.8)


def test_more_exposure_is_darker_whichever_way_a_vendor_stores_it(exam):
    for view in VIEWS:
        ds, raw = (pydicom.dcmread(files[view]) for files in (exam.views, exam.raw))
        inverse = ds.PhotometricInterpretation == "MONOCHROME1"
        assert inverse == (exam.vendor == "B")
        assert ds.PresentationLUTShape == ("INVERSE" if inverse else "IDENTITY")
        assert ds.PixelIntensityRelationshipSign == (1 if inverse else -1)
        grey, counts = shown(exam.views[view]), raw.pixel_array.astype(float)
        inside = (grey > 0.15) & (counts < 3000)
        assert np.corrcoef(grey[inside], counts[inside])[0, 1] < -0.35  # the edge is evened out
        assert grey[counts == counts.max()].mean() < 0.03
        assert ds.pixel_array[0, 0 if ds.PatientOrientation[0] == "P" else -1] == ds.PixelPaddingValue


def test_the_grey_scale_stands_in_the_header(exam):
    ds = pydicom.dcmread(exam.views["RCC"])
    windows = {"A": ["NORMAL"], "A2": ["NORMAL", "HARDER", "SOFTER"]}.get(exam.vendor)
    if windows is None:
        assert "WindowCenter" not in ds
        assert ds.VOILUTSequence[0].LUTDescriptor == [4096, 0, 12]
    else:
        explained = ds.WindowCenterWidthExplanation
        assert ds.VOILUTFunction == "SIGMOID"
        assert ([explained] if isinstance(explained, str) else list(explained)) == windows


def test_every_object_passes_the_standards_validators(exam):
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy is not on this machine: install the Debian package dicom3tools")
    paths = everything(exam)
    assert len(paths) == 10
    for path in paths:
        done = subprocess.run(["dciodvfy", "-new", str(path)], capture_output=True, text=True, check=False)
        assert "Error" not in done.stderr + done.stdout, f"{path.name}: {done.stderr}"
    done = subprocess.run(["dcentvfy", *map(str, paths)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr + done.stdout) == (0, "")


CHANGES = (
    lambda ds: setattr(ds, "KVP", "31"),
    lambda ds: setattr(ds.SourceImageSequence[0], "ReferencedSOPInstanceUID", "2.25.1"),
    lambda ds: setattr(ds, "ImageComments", "more"),
    lambda ds: ds.add_new(0x00091001, "LO", "private"),
    lambda ds: delattr(ds, "OrganDose"),
)


def test_an_archive_that_receives_an_exam_keeps_every_pixel_and_value(exam, tmp_path):
    if shutil.which("storescp") is None:
        pytest.skip("storescp is not on this machine: install the Debian package dcmtk")
    sent = everything(exam)
    archive.send(sent, tmp_path)
    assert len(list(tmp_path.iterdir())) == len(sent) == 10
    assert archive.changed(sent, tmp_path) == []
    ours = pydicom.dcmread(sent[0])
    kept = next(p for p in tmp_path.iterdir() if pydicom.dcmread(p).SOPInstanceUID == ours.SOPInstanceUID)
    as_it_came = kept.read_bytes()
    for change in CHANGES:
        changed = pydicom.dcmread(kept)
        change(changed)
        changed.save_as(kept)
        assert archive.changed(sent, tmp_path) == [sent[0].name]
        kept.write_bytes(as_it_came)
    assert archive.changed(sent, tmp_path) == []
    pixels = ours.pixel_array.copy()
    pixels[0, 0] += 1
    ours.decompress()
    ours.PixelData = pixels.tobytes()
    ours.save_as(kept)
    assert archive.changed(sent, tmp_path) == [sent[0].name]
    kept.unlink()
    assert archive.changed(sent, tmp_path) == [sent[0].name]


def test_the_truth_has_the_same_bytes_however_many_jobs_make_it(drawn, tmp_path):
    plan = cohort_named("tiny")
    words = {"out_images": tmp_path / "images", "out_truth": tmp_path / "truth", "scale": "ci"}
    for exam in draw(plan, secret=SECRET, jobs=2, **words):
        (before,) = (one for one in drawn if one.id == exam.id)
        for folder in ("images", "truth"):
            one, other = (which.images.parents[1] / folder / which.id for which in (before, exam))
            names = sorted(path.relative_to(one) for path in one.rglob("*.*"))
            assert names == sorted(path.relative_to(other) for path in other.rglob("*.*"))
            changed = [name for name in names if (one / name).read_bytes() != (other / name).read_bytes()]
            assert changed == []


def test_every_uid_of_a_mask_is_the_standards_or_a_keyed_hash_and_every_day_the_fixed_one(exam):
    masks = [pydicom.dcmread(path) for path in everything(exam) if path.name.endswith(".seg.dcm")]
    assert masks
    for ds in masks:
        elements = [*ds.file_meta, *ds.iterall()]
        uids = [str(e.value) for e in elements if e.VR == "UI"]
        assert [uid for uid in uids if not uid.startswith(("2.25.", "1.2.840.10008."))] == []
        assert {str(e.value)[:8] for e in elements if e.VR in ("DA", "DT") and e.value} == {"20260101"}


def test_the_same_woman_looks_alike_under_each_vendor_and_never_equal(under_each):
    seen = {key: shown(exam.views["RCC"]) for key, exam in under_each.items()}
    assert len({exam.id for exam in under_each.values()}) == 3
    for key in ("B", "A2"):
        assert np.corrcoef(seen["A"].ravel(), seen[key].ravel())[0, 1] > 0.95
        assert np.abs(seen["A"] - seen[key]).max() > 0.1
    women = [drawings(parse(ONE, ""), secret=SECRET, scale="ci", vendor=key)[0].woman for key in VENDORS]
    assert women[0] == women[1] == women[2]


def test_images_for_processing_lie_apart_and_change_nothing_else(tmp_path, capsys):
    plan = tmp_path / "one.yaml"
    plan.write_text(ONE + "for_processing: true\nvendor: B\n", "utf-8")
    library = ["--library", str(tmp_path / "lib")]
    assert main(["exams", "make", str(plan), "--scale", "ci", "--jobs", "1", *library]) == 0
    (exam,) = Library(tmp_path / "lib").list()
    assert list(exam.views) == list(exam.raw) == ["RCC", "LCC", "RMLO", "LMLO"]
    assert exam.vendor == "Senolab Vendor B"
    assert {path.parent.name for path in exam.raw.values()} == {"processing"}
    before = exam.views["RCC"].read_bytes()
    plan.write_text(ONE + "vendor: B\n", "utf-8")
    other = ["--library", str(tmp_path / "other")]
    assert main(["exams", "make", str(plan), "--scale", "ci", "--jobs", "1", *other]) == 0
    (bare,) = Library(tmp_path / "other").list()
    assert bare.raw == {}
    assert bare.views["RCC"].read_bytes() == before
    assert main(["exams", "export", exam.id, "--out", str(tmp_path / "out"), *library]) == 0
    assert len(list((tmp_path / "out" / exam.id).rglob("*.dcm"))) == 8
    capsys.readouterr()


def test_a_fault_is_made_to_order(under_each, tmp_path):
    plan = parse(ONE.replace("density: c", "density: c, fault: under-exposed"), "one.yaml")
    faulty = draw(plan, secret=SECRET, out_images=tmp_path / "i", out_truth=tmp_path / "t", scale="ci")[0]
    noise = {}
    for fault, exam in (("none", under_each["A"]), ("under-exposed", faulty)):
        grey = shown(exam.views["LCC"])
        noise[fault] = np.abs(np.diff(grey, axis=0))[grey[1:] > 0.2].mean()
        mas = float(pydicom.dcmread(exam.views["LCC"]).ExposureInuAs)
        noise[f"{fault} mAs"] = mas
    assert noise["under-exposed"] > 1.6 * noise["none"]
    assert noise["under-exposed mAs"] == pytest.approx(0.12 * noise["none mAs"], rel=0.02)
