"""The library: exams come in whole, are found by what they are, and keep their truth apart."""

import json
import subprocess
import sys

import pytest
from senolab.cases.library import Library

ENTRY = {
    "vendor": "Senolab",
    "licence": "CC0-1.0",
    "synthetic": True,
    "source": "tests",
    "density": "b",
    "age": 60,
}


@pytest.fixture
def library(drawn, tmp_path) -> Library:
    library = Library(tmp_path)
    for exam in drawn:
        truth = exam.images.parents[1] / "truth" / exam.id
        library.add(exam.id, exam.views, truth=truth, **ENTRY)
    return library


def test_exams_are_listed_with_their_views_in_hanging_order(library, drawn):
    assert sorted(exam.id for exam in library.list()) == sorted(exam.id for exam in drawn)
    assert list(library.list()[0].views) == ["RCC", "LCC", "RMLO", "LMLO"]


def test_exams_are_found_by_finding_density_vendor_and_text(library, drawn):
    assert [e.id for e in library.find(finding="normal")] == [drawn[0].id]
    assert [e.id for e in library.find(finding="mass")] == [drawn[1].id]
    assert len(library.find(density="B", vendor="seno")) == 2
    assert library.find(density="c") == []
    assert len(library.find("cc0")) == 2
    assert len(library.find(view="RCC", synthetic=True)) == 2
    size = round(drawn[1].truth.lesions[0].size_mm)
    assert [e.id for e in library.find(size=f"{size - 1}-{size + 1}")] == [drawn[1].id]
    assert library.find(size=f"{size + 1}-99") == []
    assert len(library.find(age="15-99")) == 2
    age = library.get(drawn[0].id).age
    assert [e.id for e in library.find(age=age, finding="normal")] == [drawn[0].id]
    with pytest.raises(ValueError, match="age is a number or a range"):
        library.find(age="old")
    with pytest.raises(ValueError, match="shoe size"):
        library.find(**{"shoe size": 38})


def test_truth_and_images_lie_apart(library, drawn):
    assert library.truth(drawn[1].id) == drawn[1].truth
    assert library.prompt(drawn[1].id) == drawn[1].prompt
    blind = Library("unused", images=library.images, truth=library.images / "nowhere")
    assert blind.get(drawn[1].id).finding is None
    assert blind.truth(drawn[1].id) is None
    assert not [p for p in library.images.rglob("*") if "truth" in p.name or "seg" in p.name]


def test_an_exam_is_got_by_the_beginning_of_its_id(library, drawn):
    assert library.get(drawn[0].id[:8]).id == drawn[0].id
    for word in ("", "ex-", "none"):
        with pytest.raises(KeyError, match="exam"):
            library.get(word)


def test_an_exam_is_added_once(library, drawn):
    with pytest.raises(ValueError, match="already"):
        library.add(drawn[0].id, drawn[0].views, **ENTRY)


def test_half_an_exam_is_never_listed(library, drawn, tmp_path):
    (library.images / ".adding-x").mkdir()
    (library.images / "half").mkdir()
    (library.images / "damaged").mkdir()
    (library.images / "damaged" / "exam.json").write_text("{")
    with pytest.raises(FileNotFoundError):
        library.add("gone", {"RCC": tmp_path / "missing.dcm"}, **ENTRY)
    assert len(library.list()) == 2
    assert not (library.images / "gone").exists()


# Adds an exam again and again, each time in a library of its own, and is killed one step later each time:
# before a file is copied or written, before a folder is put into its place.
KILLED = """
import os, shutil, signal, sys
from pathlib import Path
from senolab.cases.library import Library

def counted(work):
    def do(*words):
        if next(steps) == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return work(*words)
    return do

shutil.copyfile, Path.rename = counted(shutil.copyfile), counted(Path.rename)
Path.write_text = counted(Path.write_text)
root, images, truth = map(Path, sys.argv[1:])
views = {path.stem: path for path in images.glob("*.dcm")}
for last in range(100):
    steps, child = iter(range(100)), os.fork()
    if child == 0:
        Library(root / str(last)).add(
            "killed", views, truth=truth, vendor="V", licence="own", synthetic=False, source="tests"
        )
        os._exit(0)
    if os.waitpid(child, 0)[1] != signal.SIGKILL:
        break
"""


def test_one_that_is_killed_at_any_step_can_be_added_again_and_is_never_half_there(drawn, tmp_path):
    exam = drawn[1]
    truth = exam.images.parents[1] / "truth" / exam.id
    words = [str(tmp_path), str(exam.images), str(truth)]
    subprocess.run([sys.executable, "-c", KILLED, *words], check=True)
    *killed, whole = [Library(tmp_path / str(step)) for step in range(len(list(tmp_path.iterdir())))]
    assert len(killed) == 4 + len(list(truth.iterdir())) + 3  # its files, its entry, its two folders
    for library in killed:
        assert library.list() == []
        library.add("killed", exam.views, truth=truth, **ENTRY)
    for library in (*killed, whole):
        (added,) = library.list()
        assert (added.id, added.finding, len(added.views)) == ("killed", "spiculated mass", 4)
        for parent in (library.images, library.truths):
            assert [path.name for path in parent.iterdir()] == ["killed"]


def test_a_damaged_exam_is_told_with_the_way_out(library, drawn):
    (library.images / drawn[0].id / "exam.json").write_text("{")
    with pytest.raises(ValueError, match=r"cannot be read there: move .* away"):
        library.add(drawn[0].id, drawn[0].views, **ENTRY)


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "x" * 65])
def test_a_name_that_leads_elsewhere_is_refused(library, drawn, name):
    with pytest.raises(ValueError, match="no exam id"):
        library.add(name, drawn[0].views, **ENTRY)
    assert library.truth(name) is None


def test_an_entry_is_plain_data(library):
    assert json.loads(json.dumps(library.list()[0].entry()))["synthetic"] is True
