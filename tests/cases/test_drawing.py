"""What a release relies on: exams that are the same again, tell nothing, and appear whole."""

import shutil
import subprocess
import sys
from pathlib import Path

import pydicom
import pytest
from senolab.cases.cohort import cohort_named, draw
from senolab.cases.plans import drawings, parse
from senolab.cases.woman import VIEWS

SECRET = b"a secret of the tests, long enough"  # the one of the fixture `drawn`
EXPOSED = {"Exposure", "ExposureInuAs", "ExposureTime", "EntranceDoseInmGy", "OrganDose"}  # by the breast
BAD = sorted((Path(__file__).parent / "bad_cohorts").glob("*.yaml"))


def kinds_of(woman) -> str:
    return ", ".join(finding.kind for finding in woman.findings) or "none"


def test_the_same_secret_draws_the_same_bytes_in_other_processes(drawn, tmp_path):
    again = draw(
        cohort_named("tiny"),
        secret=SECRET,
        out_images=tmp_path / "i",
        out_truth=tmp_path / "t",
        scale="ci",
        jobs=2,
    )
    assert [exam.id for exam in again] == [exam.id for exam in drawn]
    for one, other in zip(drawn, again, strict=True):
        assert one.truth == other.truth
        assert one.prompt == other.prompt
        for view in VIEWS:
            assert one.views[view].read_bytes() == other.views[view].read_bytes()


def test_a_stopped_run_is_taken_up_and_a_damaged_exam_is_made_again(drawn, tmp_path):
    images, truth = tmp_path / "i", tmp_path / "t"
    shutil.copytree(drawn[0].images.parent, images)
    shutil.copytree(drawn[0].images.parents[1] / "truth", truth)
    shutil.rmtree(images / drawn[0].id)
    kept = images / drawn[1].id / "RCC.dcm"
    inode = kept.stat().st_ino
    told = []
    draw(
        cohort_named("tiny"),
        secret=SECRET,
        out_images=images,
        out_truth=truth,
        scale="ci",
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(1, 2), (2, 2)]
    assert kept.stat().st_ino == inode
    assert (images / drawn[0].id / "RCC.dcm").read_bytes() == drawn[0].views["RCC"].read_bytes()


MAKER = """
import sys
from pathlib import Path
from senolab.cases.making import staging

with staging(Path(sys.argv[1])) as images, staging(Path(sys.argv[2])) as truth:
    (images / "RCC.dcm").write_bytes(b"half")
    (truth / "truth.json").write_bytes(b"half")
    print("begun", flush=True)
    sys.stdin.read()
"""


def test_what_a_killed_run_left_half_made_is_taken_away_and_what_another_makes_is_not(drawn, tmp_path):
    places = [tmp_path / "images", tmp_path / "truth"]
    shutil.copytree(drawn[0].images.parent, places[0])
    shutil.copytree(drawn[0].images.parents[1] / "truth", places[1])
    words = [sys.executable, "-c", MAKER, *map(str, places)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    killed, atwork = (subprocess.Popen(words, **pipes) for _ in range(2))
    assert [one.stdout.readline() for one in (killed, atwork)] == [b"begun\n"] * 2
    killed.kill()
    killed.communicate()

    def half_made() -> list[int]:
        return [len(list(place.glob(".making-*/*"))) for place in places]

    def drawn_again() -> None:
        draw(cohort_named("tiny"), secret=SECRET, out_images=places[0], out_truth=places[1], scale="ci")

    assert half_made() == [2, 2]
    drawn_again()
    assert half_made() == [1, 1]
    atwork.communicate()
    assert (atwork.returncode, half_made()) == (0, [0, 0])
    (tmp_path / "elsewhere").mkdir()
    (places[0] / ".making-link").symlink_to(tmp_path / "elsewhere")
    drawn_again()
    assert (tmp_path / "elsewhere").is_dir()


def test_nothing_of_the_draw_can_be_told_from_another_secret():
    one = drawings(cohort_named("first-case"), secret=SECRET, scale="ci")
    other = drawings(cohort_named("first-case"), secret=SECRET + b"!", scale="ci")
    assert not {d.exam for d in one} & {d.exam for d in other}
    assert not {d.woman.seed for d in one} & {d.woman.seed for d in other}


def test_each_form_holds_the_same_mixture_of_other_women():
    found = drawings(cohort_named("first-case"), secret=SECRET, scale="ci")
    forms = {form: sorted(kinds_of(d.woman) for d in found if d.form == form) for form in "AB"}
    assert forms["A"] == forms["B"]
    assert forms["A"].count("none") == 2
    assert len({d.woman.seed for d in found}) == 8


def test_the_order_is_drawn_from_the_secret():
    def order(n: int) -> tuple[str, ...]:
        found = drawings(cohort_named("first-case"), secret=SECRET + bytes([n]), scale="ci")
        return tuple(kinds_of(d.woman) for d in found)

    assert len({order(n) for n in range(12)}) > 4


def test_a_short_secret_is_refused():
    with pytest.raises(ValueError, match="16 bytes"):
        drawings(cohort_named("tiny"), secret=b"short", scale="ci")


def test_the_header_of_a_lesion_exam_differs_in_nothing_that_tells(drawn):
    normal, lesion = drawn
    assert (normal.truth.outcome, lesion.truth.outcome) == ("normal", "cancer")
    own = {"PatientName", "PatientID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"}
    own |= {"IrradiationEventUID", "SourceImageSequence"}
    for view in VIEWS:
        one, other = (pydicom.dcmread(exam.views[view]) for exam in (normal, lesion))
        assert one.dir() == other.dir()
        differing = {word for word in one.dir() if one[word].value != other[word].value}
        hers = {"PatientAge", "BodyPartThickness", "CompressionForce", "DistanceSourceToEntrance"}
        assert differing <= own | hers | EXPOSED | {"PixelData"}
        assert one.file_meta.dir() == other.file_meta.dir()


def test_the_folder_of_images_holds_images_only_all_of_one_time(drawn):
    files = [path for exam in drawn for path in exam.images.iterdir()]
    assert {path.name for path in files} == {f"{view}.dcm" for view in VIEWS}
    assert len({path.stat().st_mtime for path in files}) == 1
    assert not list(drawn[0].images.parent.glob(".*"))


def test_the_exam_id_stands_in_each_file_and_the_seed_in_none(drawn):
    seeds = {d.exam: d.woman.seed for d in drawings(cohort_named("tiny"), secret=SECRET, scale="ci")}
    for exam in drawn:
        ds = pydicom.dcmread(exam.views["RCC"])
        assert ds.PatientID == exam.id
        assert str(seeds[exam.id]) not in str(ds)
        assert ds.PatientName.family_name == "SYNTHETIC"
        assert ds.QualityControlImage == "YES"


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_bad_cohort_is_told_in_one_sentence_with_its_file(path):
    with pytest.raises(ValueError, match=r"^bad\.yaml: \S+"):
        parse(path.read_text("utf-8"), "bad.yaml")


def test_the_standards_validator_finds_no_error(drawn):
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy is not on this machine: install the Debian package dicom3tools")
    segments = list((drawn[1].images.parents[1] / "truth" / drawn[1].id).glob("*.seg.dcm"))
    assert len(segments) == 2
    for path in [*drawn[0].views.values(), *drawn[1].views.values(), *segments]:
        done = subprocess.run(["dciodvfy", "-new", str(path)], capture_output=True, text=True, check=False)
        assert "Error" not in done.stderr, f"{path.name}: {done.stderr}"
