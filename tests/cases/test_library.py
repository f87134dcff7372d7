"""The library: exams come in whole, are found by what they are, and keep their truth apart."""

import json

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


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "x" * 65])
def test_a_name_that_leads_elsewhere_is_refused(library, drawn, name):
    with pytest.raises(ValueError, match="no exam id"):
        library.add(name, drawn[0].views, **ENTRY)
    assert library.truth(name) is None


def test_an_entry_is_plain_data(library):
    assert json.loads(json.dumps(library.list()[0].entry()))["synthetic"] is True
