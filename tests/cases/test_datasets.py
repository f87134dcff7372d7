"""Public data sets in their own layout: small files made here, in the originals' folders and tables."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pydicom
import pytest
from odd_files import good, pixels, saved, volume
from senolab.cases.importing import ImportRefusedError, plan
from senolab.cases.library import Library
from senolab.cases.taking.dataset import names, spec_of
from senolab.cli.main import main
from senolab.sandbox import available


@pytest.fixture(autouse=True)
def _sandbox():
    ready = available()
    if not ready.ok:
        pytest.skip(f"no sandbox on this machine: {ready.why}")


def table(path: Path, *rows: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


numbers: Iterator[int] = iter(range(2000, 9000))


def image(path: Path, *, view: str = "", **gone: None) -> None:
    """A mammogram at a place; header words given as None are taken away, as publishers do."""
    ds = good(next(numbers))
    if view:
        ds.ImageLaterality, ds.ViewPosition = view[0], view[1:]
        ds.ViewCodeSequence[0].CodeValue = {"CC": "399162004", "MLO": "399368009"}[view[1:]]
    for word in gone:
        del ds[word]
    ds.PixelData = (pixels() + next(numbers) % 97).astype("<u2").tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(saved(ds))


def take(folder: Path, library: Path, *words: str) -> int:
    return main(["exams", "import", str(folder), "--library", str(library), "--yes", *words])


STRIPPED = dict.fromkeys(["ImageLaterality", "ViewPosition", "ViewCodeSequence", "PatientID"])


def vindr(root: Path) -> Path:
    study, one, two = "a" * 32, "b" * 32, "c" * 32
    image(root / f"images/{study}/{one}.dicom")
    image(root / f"images/{study}/{two}.dicom", view="LMLO")
    common = {"study_id": study, "series_id": "d" * 32, "breast_density": "DENSITY C", "split": "training"}
    cc = {**common, "image_id": one, "laterality": "L", "view_position": "CC", "breast_birads": "BI-RADS 4"}
    mlo = {**common, "image_id": two, "laterality": "L", "view_position": "MLO", "breast_birads": "BI-RADS 4"}
    box = dict.fromkeys(["xmin", "ymin", "xmax", "ymax"], "")
    table(root / "breast-level_annotations.csv", cc, mlo)
    table(
        root / "finding_annotations.csv",
        {
            **cc,
            "finding_categories": "['Mass']",
            "finding_birads": "BI-RADS 4",
            "xmin": 2,
            "ymin": 4,
            "xmax": 12,
            "ymax": 24,
        },
        {**mlo, "finding_categories": "['No Finding']", "finding_birads": "", **box},
    )
    return root


def rsna(root: Path) -> Path:
    rows = []
    for number, (patient, side, view, cancer, biopsy) in enumerate(
        [(10, "L", "CC", 1, 1), (10, "R", "MLO", 0, 0), (11, "L", "CC", 0, 0)]
    ):
        image(root / f"train_images/{patient}/{900 + number}.dcm", **STRIPPED)
        row = {
            "site_id": 1,
            "patient_id": patient,
            "image_id": 900 + number,
            "laterality": side,
            "view": view,
        }
        row |= {
            "age": 61.0,
            "cancer": cancer,
            "biopsy": biopsy,
            "invasive": cancer,
            "BIRADS": "",
            "implant": 0,
        }
        rows.append({**row, "density": "B", "machine_id": 49, "difficult_negative_case": False})
    table(root / "train.csv", *rows)
    return root


def embed(root: Path) -> Path:
    path = "images/cohort_1/555/777/1.2.3.4.dcm"
    image(root / path)
    image(root / "images/cohort_1/555/777/1.2.3.5.dcm", view="RMLO")
    meta = {
        "empi_anon": 555,
        "acc_anon": 777.0,
        "study_date_anon": "2015-03-04",
        "FinalImageType": "2D",
        "spot_mag": "",
    }
    table(
        root / "tables/EMBED_OpenData_metadata.csv",
        {**meta, "anon_dicom_path": f"/elsewhere/{path}", "ImageLateralityFinal": "L", "ViewPosition": "CC",
         "num_roi": 1, "ROI_coords": "[[4, 2, 24, 12]]"},
        {**meta, "anon_dicom_path": "/b/1.2.3.5.dcm", "ImageLateralityFinal": "R", "ViewPosition": "MLO",
         "num_roi": 0, "ROI_coords": "[]"},
    )  # fmt: skip
    finding = {
        "empi_anon": 555,
        "acc_anon": 777,
        "tissueden": 3.0,
        "massshape": "",
        "calcfind": "",
        "path_severity": "",
    }
    table(
        root / "tables/EMBED_OpenData_clinical.csv",
        {**finding, "numfind": 1, "side": "L", "asses": "S", "massshape": "I", "path_severity": 0.0},
        {**finding, "numfind": 2, "side": "R", "asses": "N"},
    )
    return root


def cbis(root: Path) -> Path:
    called = "Mass-Training_P_00001_LEFT_CC"
    image(root / f"CBIS-DDSM/{called}/07-20-2016-DDSM/1.0-full/1-1.dcm", **STRIPPED)
    mask, crop = good(next(numbers)), good(next(numbers))
    values = np.zeros((48, 32), np.uint8)
    values[10:20, 4:14] = 255
    for ds, data in ((mask, values), (crop, (pixels(12, 12) & 255).astype(np.uint8))):
        ds.BitsAllocated, ds.BitsStored, ds.HighBit = 8, 8, 7
        ds.Rows, ds.Columns = data.shape
        ds.PixelData = data.tobytes()
    home = root / f"CBIS-DDSM/{called}_1/07-20-2016-DDSM/1.0-ROI"
    home.mkdir(parents=True)
    (home / "1-1.dcm").write_bytes(saved(mask))
    (home / "1-2.dcm").write_bytes(saved(crop))
    row = {"patient_id": "P_00001", "breast_density": 3, "left or right breast": "LEFT", "image view": "CC"}
    row |= {
        "abnormality id": 1,
        "abnormality type": "mass",
        "mass shape": "=HYPERLINK(0)",
        "mass margins": "SPICULATED",
    }
    row |= {
        "assessment": 4,
        "pathology": "MALIGNANT",
        "subtlety": 4,
        "image file path": "x",
        "ROI mask file path": "x",
    }
    table(root / "mass_case_description_train_set.csv", row)
    calc = {
        k.replace("breast_density", "breast density"): v for k, v in row.items() if not k.startswith("mass")
    }
    table(root / "calc_case_description_train_set.csv", {**calc, "patient_id": "P_00002", "calc type": "X"})
    return root


def bcs_dbt(root: Path) -> Path:
    descriptive = "Breast-Cancer-Screening-DBT/DBT-P00013/01-01-2000-DBT-S01/5377.000000{}-76549/1-1.dcm"
    path = root / descriptive.format("-NA")
    path.parent.mkdir(parents=True)
    ds = volume()  # its header says L, its chest wall lies at the left edge; the table says right
    path.write_bytes(saved(ds))
    key = {"PatientID": "DBT-P00013", "StudyUID": "DBT-S01", "View": "rcc"}
    classic = "Breast-Cancer-Screening-DBT/DBT-P00013/1.2/1.3/1-1.dcm"
    table(
        root / "BCS-DBT file-paths-train-v2.csv",
        {**key, "descriptive_path": descriptive.format(""), "classic_path": classic},
    )
    table(
        root / "BCS-DBT labels-train-v2.csv", {**key, "Normal": 0, "Actionable": 0, "Benign": 0, "Cancer": 1}
    )
    place = {"Subject": "DBT-P00013", "Slice": 2, "X": 2, "Y": 4, "Width": 10, "Height": 20}
    table(
        root / "BCS-DBT boxes-train-v2.csv", {**key, **place, "Class": "cancer", "AD": 0, "VolumeSlices": 3}
    )
    return root


LAYOUTS = {"vindr": vindr, "rsna": rsna, "embed": embed, "cbis": cbis, "bcs-dbt": bcs_dbt}


@pytest.mark.parametrize("name", sorted(LAYOUTS))
def test_a_data_set_is_found_by_its_layout_and_says_that_it_is_unverified(tmp_path, capsys, name):
    root = LAYOUTS[name](tmp_path / "in")
    assert take(root, tmp_path / "lib") == 0
    told = capsys.readouterr().err
    assert spec_of(name)["title"] in told and "verified_on_original: no" in told
    assert spec_of(name)["terms"]["name"] in told
    for exam in Library(tmp_path / "lib").list():
        assert exam.imported is not None
        assert exam.imported["dataset"] == name
        assert exam.imported["verified_on_original"] == "no"
        assert exam.source == spec_of(name)["title"]


def test_every_adapter_is_a_table_and_has_a_layout_here():
    assert set(names()) == set(LAYOUTS)
    assert all(spec_of(name)["verified_on_original"] == "no" for name in names())


def test_vindr_has_boxes_and_density_and_no_outcome(tmp_path):
    take(vindr(tmp_path / "in"), tmp_path / "lib")
    library = Library(tmp_path / "lib")
    (exam,) = library.list()
    truth = library.truth(exam.id)
    assert truth is not None
    assert (exam.density, list(exam.views), exam.finding) == ("c", ["LCC", "LMLO"], "mass")
    (lesion,) = truth.lesions
    assert (truth.outcome, lesion.category, lesion.size_mm, truth.age) == ("unknown", "4", None, None)
    (place,) = lesion.views
    assert (place.view, place.x_mm, place.y_mm) == ("LCC", pytest.approx(0.49), pytest.approx(0.98))
    assert "not known" in truth.sentence()
    assert truth.targets()[0]["radius_mm"] > 0


def test_rsna_gives_views_that_the_headers_lack_and_cancer_without_a_place(tmp_path):
    take(rsna(tmp_path / "in"), tmp_path / "lib")
    library = Library(tmp_path / "lib")
    two, one = sorted(library.list(), key=lambda exam: -len(exam.views))
    truths = [library.truth(exam.id) for exam in (two, one)]
    assert [(t.outcome, t.density, t.age) for t in truths if t] == [
        ("cancer", "b", 61),
        ("no cancer", "b", 61),
    ]
    assert truths[0] and [(lesion.side, lesion.views) for lesion in truths[0].lesions] == [("L", ())]
    assert list(two.views) == ["LCC", "RMLO"]
    assert library.find(finding="no cancer") == [one]
    assert two.imported and one.imported and two.imported["patient"] != one.imported["patient"]


def test_embed_lays_a_finding_to_its_own_breast_and_keeps_regions_apart(tmp_path):
    take(embed(tmp_path / "in"), tmp_path / "lib")
    library = Library(tmp_path / "lib")
    (exam,) = library.list()
    truth = library.truth(exam.id)
    assert truth is not None
    assert (truth.outcome, truth.density) == ("cancer", "c")
    found = {(lesion.kind, lesion.side, lesion.category, len(lesion.views)) for lesion in truth.lesions}
    assert found == {("marked region", "L", "", 1), ("mass", "L", "4", 0)}
    assert exam.imported and exam.imported["day"] and exam.imported["day"] != "2015-03-04"


def test_cbis_takes_the_place_from_the_mask_and_the_woman_from_the_folder(tmp_path):
    take(cbis(tmp_path / "in"), tmp_path / "lib")
    library = Library(tmp_path / "lib")
    (exam,) = library.list()
    truth = library.truth(exam.id)
    assert truth is not None and list(exam.views) == ["LCC"]
    (lesion,) = truth.lesions
    assert (truth.outcome, truth.density, lesion.kind, lesion.category) == ("cancer", "c", "mass", "4")
    assert [place.outline_mm[0] for place in lesion.views] == [(pytest.approx(0.28), pytest.approx(0.7))]
    tables = json.loads((library.truths / exam.id / "tables.json").read_text())
    assert set(tables) == {"source", "patient", "exam", "image", "finding", "outcome"}
    assert "P_00001" not in json.dumps(tables)


def test_bcs_dbt_follows_the_table_against_the_header_and_turns_the_volume(tmp_path):
    take(bcs_dbt(tmp_path / "in"), tmp_path / "lib")
    library = Library(tmp_path / "lib")
    (exam,) = library.list()
    truth = library.truth(exam.id)
    assert (
        truth is not None
        and truth.outcome == "cancer"
        and (exam.modality, list(exam.views)) == ("DBT", ["RCC"])
    )
    ds = pydicom.dcmread(exam.views["RCC"])
    assert np.array_equal(ds.pixel_array[0], pixels()[::-1, ::-1])
    assert ds.SharedFunctionalGroupsSequence[0].FrameAnatomySequence[0].FrameLaterality == "R"
    assert exam.imported and any("turned" in note for note in exam.imported["images"]["RCC"]["notes"])


def test_a_table_without_its_columns_is_told(tmp_path):
    root = rsna(tmp_path / "in")
    (root / "train.csv").write_text("patient,image\n1,2\n")
    with pytest.raises(ImportRefusedError, match=r"train\.csv: it has no column image_id"):
        plan([root])
    assert plan([root], dataset="none", licence="own").data is None
    with pytest.raises(ImportRefusedError, match="known are bcs-dbt, cbis"):
        plan([root], dataset="mammo\x1b[31m")


@pytest.mark.parametrize("junk", [b"\x00\xff" * 500, b'"' + b"a" * (2 << 20), b"=1+1\n" * 10, b""])
def test_a_table_of_junk_stops_nothing_but_itself(tmp_path, capsys, junk):
    root = vindr(tmp_path / "in")
    (root / "finding_annotations.csv").write_bytes(junk)
    assert take(root, tmp_path / "lib") in (0, 1)
    assert "Traceback" not in capsys.readouterr().err
