"""What comes of files that are broken, odd, or none of ours: each is taken or refused in a sentence."""

import json
import re
from pathlib import Path

import numpy as np
import pydicom
import pytest
from odd_files import TAKEN, corpus, pixels
from senolab.cases.library import Library
from senolab.cli.main import main
from senolab.sandbox import available

# Words of programmers, which no reason for a person may hold.
_JARGON = re.compile(r"Traceback|Error\b|Exception|None|0x|object|\b\w+\(\)|<class|NoneType|[\x00-\x1f\x7f]")


@pytest.fixture(scope="module")
def imported(tmp_path_factory) -> tuple[Library, dict[str, str], str, dict[str, tuple[str, str]]]:
    """The whole corpus in one folder, imported at once: library, file -> what came of it, words, exams."""
    if not available().ok:
        pytest.skip(f"no sandbox on this machine: {available().why}")
    folder, library = tmp_path_factory.mktemp("odd"), tmp_path_factory.mktemp("library")
    for name, (data, _) in corpus().items():
        (folder / f"{name}.dcm").write_bytes(data)
    return _import(folder, library)


def _import(folder: Path, library: Path, *words: str):
    import contextlib
    import io

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        main(
            [
                "exams",
                "import",
                str(folder),
                "--library",
                str(library),
                "--licence",
                "own",
                "--yes",
                "--json",
                *words,
            ]
        )
    told = json.loads(out.getvalue())
    came = {Path(one["file"]).stem: TAKEN for one in told["taken"]}
    came |= {Path(one["file"]).stem: one["why"] for one in told["refused"]}
    exams = {Path(one["file"]).stem: (one["exam"], one["view"]) for one in told["taken"]}
    return Library(library), came, err.getvalue(), exams


def test_the_corpus_is_large_and_no_file_of_it_is_lost(imported):
    assert len(corpus()) >= 60
    assert set(imported[1]) == set(corpus())


@pytest.mark.parametrize("name", sorted(corpus()))
def test_an_odd_file_is_taken_or_refused_as_expected(imported, name):
    expected, came = corpus()[name][1], imported[1][name]
    assert any(words in came for words in expected.split("|")), came
    assert came == TAKEN or not _JARGON.search(came)


def test_nothing_of_an_odd_header_reaches_terminal_or_library(imported):
    library, _, told, exams = imported
    assert "Traceback" not in told and "\x1b" not in told and "\x07" not in told
    assert "of 1" in told.splitlines()[-1] and "refused" in told.splitlines()[-1]
    for exam in library.list():
        assert exam.vendor.isprintable() and len(exam.vendor) <= 64
    assert not list(library.images.parent.rglob("passwd*"))
    assert len({exam for exam, _ in exams.values()}) == len(library.list())


@pytest.mark.parametrize(
    "name",
    [
        "jpeg-ls",
        "jpeg-2000",
        "jpeg-lossless",
        "rle",
        "implicit",
        "deflated",
        "big-endian",
        "no-meta",
        "no-preamble",
    ],
)
def test_lossless_pixels_come_through_whatever_the_syntax(imported, name):
    assert np.array_equal(_image(imported, name).pixel_array, pixels())


def test_signed_values_keep_their_meaning(imported):
    ds = _image(imported, "signed")
    assert np.array_equal(ds.pixel_array + float(ds.RescaleIntercept), pixels().astype(float) - 2000)
    assert int(ds.PixelRepresentation) == 0


def test_values_above_bit_zero_are_moved_down(imported):
    assert np.array_equal(_image(imported, "values-too-high").pixel_array, pixels())


def test_upper_bits_are_dropped_where_they_are_an_overlay_and_kept_where_they_are_the_image(imported):
    assert np.array_equal(_image(imported, "overlay-in-the-upper-bits").pixel_array, pixels())
    wide = _image(imported, "values-above-bits-stored")
    assert np.array_equal(wide.pixel_array, pixels() + 2000)
    assert wide.BitsStored == 13


def test_special_views_have_names_of_their_own(imported):
    exams = imported[3]
    views = {
        name: exams[name][1]
        for name in ("spot", "spot-and-magnification", "implant-displaced", "exaggerated")
    }
    assert views == {
        "spot": "LCC-spot",
        "spot-and-magnification": "LCC-mag-spot",
        "implant-displaced": "LCC-id",
        "exaggerated": "LXCCL",
    }
    modifier = _image(imported, "spot").ViewCodeSequence[0].ViewModifierCodeSequence[0]
    assert modifier.CodeMeaning == "Spot Compression"


def test_a_volume_is_an_exam_of_its_own_modality(imported):
    exam, view = imported[3]["volume"]
    assert imported[0].get(exam).modality == "DBT"
    ds = _image(imported, "volume")
    assert (view, ds.NumberOfFrames, ds.SOPClassUID.name) == ("LCC", 3, "Breast Tomosynthesis Image Storage")
    assert np.array_equal(ds.pixel_array, np.stack([pixels() + k for k in range(3)]))
    assert imported[0].find(modality="DBT")


def _image(imported, name: str) -> pydicom.Dataset:
    exam, view = imported[3][name]
    return pydicom.dcmread(imported[0].get(exam).views[view])


def test_pydicoms_own_files_are_refused_each_with_its_reason(tmp_path):
    if not available().ok:
        pytest.skip(f"no sandbox on this machine: {available().why}")
    folder = Path(pydicom.__file__).parent / "data" / "test_files"
    _, came, told, _ = _import(folder, tmp_path)
    assert len(came) > 100 and TAKEN not in came.values()
    assert "Traceback" not in told
    assert not [why for why in came.values() if _JARGON.search(why)]


def test_the_real_files_come_in(real_data, tmp_path):
    data = real_data.parent
    _, came, _, exams = _import(data / "valid_dicom", tmp_path)
    assert {name for name, why in came.items() if why == TAKEN} == {"mg1", "bto1"}
    _, came, _, exams = _import(real_data, tmp_path)
    assert set(came.values()) == {TAKEN}
    assert len({exam for exam, _ in exams.values()}) == 2
