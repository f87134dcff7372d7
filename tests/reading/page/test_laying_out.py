"""A release comes into the learner's home without losing what the learner made."""

import json
import shutil
from pathlib import Path

import nbformat
import pytest
from page_rig import COURSE, LESSON, Shelf
from senolab.reading.server_places import Places, RefusedError, Worked
from senolab.reading.server_release import lay_out


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path / "material")
    shelf.put()
    return shelf


@pytest.fixture
def places(shelf: Shelf, tmp_path: Path) -> Places:
    (tmp_path / "home").mkdir()
    return Places(home=tmp_path / "home", material=shelf.root)


def opened(places: Places) -> Worked:
    worked = places.worked(COURSE, LESSON)
    lay_out(places.release(COURSE, LESSON), worked)
    return worked


def source(worked: Worked, grade_id: str) -> str:
    cells = nbformat.read(worked.notebook, as_version=4).cells
    return next(c.source for c in cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def rewrite(worked: Worked, grade_id: str, text: str) -> None:
    book = nbformat.read(worked.notebook, as_version=4)
    next(c for c in book.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id)["source"] = text
    nbformat.write(book, worked.notebook)


def test_a_first_opening_brings_the_notebook_and_the_release_but_no_exams(places: Places) -> None:
    worked = opened(places)
    assert worked.release()["version"] == 1
    assert sorted(path.name for path in worked.folder.iterdir()) == [f"{LESSON}.ipynb", "release.json"]


def test_opening_again_changes_nothing(places: Places) -> None:
    worked = opened(places)
    before = {path: path.stat().st_mtime_ns for path in worked.folder.iterdir()}
    assert lay_out(places.release(COURSE, LESSON), worked) is False
    assert {path: path.stat().st_mtime_ns for path in worked.folder.iterdir()} == before


def test_a_new_version_keeps_the_record_and_the_learners_own_files(places: Places, shelf: Shelf) -> None:
    worked = opened(places)
    worked.record.write_text("acts\n")
    (worked.folder / "my notes.txt").write_text("notes")
    shelf.put(version=2, text="# Better words")
    assert lay_out(places.release(COURSE, LESSON), worked) is True
    assert worked.release()["version"] == 2
    assert "Better words" in worked.notebook.read_text()
    assert worked.record.read_text() == "acts\n"
    assert (worked.folder / "my notes.txt").read_text() == "notes"
    assert not (worked.folder / f"{LESSON}.old.ipynb").exists(), "nothing of the learner's was in the old one"


def test_files_that_the_text_shows_come_along_and_are_renewed(places: Places, shelf: Shelf) -> None:
    (shelf.root / "releases" / COURSE / LESSON / "1" / "figures").mkdir()
    picture = shelf.root / "releases" / COURSE / LESSON / "1" / "figures" / "cut.png"
    picture.write_bytes(b"one")
    worked = opened(places)
    assert (worked.folder / "figures" / "cut.png").read_bytes() == b"one"
    folder = shelf.put(version=2)
    (folder / "figures").mkdir()
    (folder / "figures" / "cut.png").write_bytes(b"two")
    lay_out(places.release(COURSE, LESSON), worked)
    assert (worked.folder / "figures" / "cut.png").read_bytes() == b"two"


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"[]",
        b'{"cells": 3}',
        b"\xff\xfe\x00",
        json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}).encode(),
    ],
    ids=["empty", "half", "a list", "no notebook", "no text", "no cells"],
)
def test_a_damaged_notebook_is_brought_afresh_and_the_damaged_one_kept(places: Places, damage: bytes) -> None:
    worked = opened(places)
    good = worked.notebook.read_bytes()
    worked.notebook.write_bytes(damage)
    assert lay_out(places.release(COURSE, LESSON), worked) is True
    assert worked.notebook.read_bytes() == good
    assert (worked.folder / f"{LESSON}.old.ipynb").read_bytes() == damage


def test_a_deleted_notebook_comes_back(places: Places) -> None:
    worked = opened(places)
    worked.notebook.unlink()
    assert lay_out(places.release(COURSE, LESSON), worked) is True
    assert worked.notebook.exists()


def test_outputs_saved_by_another_program_are_no_damage(places: Places) -> None:
    worked = opened(places)
    book = nbformat.read(worked.notebook, as_version=4)
    book.cells[1]["outputs"] = [nbformat.v4.new_output("stream", text="computed")]
    book.cells[1]["execution_count"] = 3
    nbformat.write(book, worked.notebook)
    assert lay_out(places.release(COURSE, LESSON), worked) is False


def test_in_a_lesson_with_code_the_learners_work_is_no_damage(places: Places, shelf: Shelf) -> None:
    shelf.put(version=2, page=False)
    worked = opened(places)
    rewrite(worked, "work", "answer = 42")
    assert lay_out(places.release(COURSE, LESSON), worked) is False
    assert source(worked, "work") == "answer = 42"


def test_in_a_lesson_with_code_a_new_version_takes_the_learners_work_along(
    places: Places, shelf: Shelf
) -> None:
    shelf.put(version=2, page=False)
    worked = opened(places)
    rewrite(worked, "work", "answer = 42")
    rewrite(worked, "pick", "cheat()")
    shelf.put(version=3, page=False, text="# Better words")
    lay_out(places.release(COURSE, LESSON), worked)
    assert "Better words" in worked.notebook.read_text()
    assert source(worked, "work") == "answer = 42"
    assert source(worked, "pick") != "cheat()", "only cells meant for the learner are taken along"
    assert (worked.folder / f"{LESSON}.old.ipynb").exists()


def test_of_two_new_versions_the_second_keeps_what_the_learner_made_of_the_first(
    places: Places, shelf: Shelf
) -> None:
    shelf.put(version=2, page=False)
    worked = opened(places)
    for number in (1, 2, 3):
        book = nbformat.read(worked.notebook, as_version=4)
        book.cells.append(nbformat.v4.new_code_cell(f"mine = {number}"))
        nbformat.write(book, worked.notebook)
        for version in (2 * number + 1, 2 * number + 2):  # the second finds nothing of hers to keep
            shelf.put(version=version, page=False, text=f"# Better words {version}")
            lay_out(places.release(COURSE, LESSON), worked)
    kept = sorted(worked.folder.glob("*.old*.ipynb"))
    assert [path.name for path in kept] == [f"{LESSON}.old{mark}.ipynb" for mark in ("-2", "-3", "")]
    assert ["mine = " in path.read_text() for path in kept] == [True] * 3
    assert ["mine = 2" in path.read_text() for path in kept] == [True, False, False]


def test_a_file_of_the_learners_own_is_kept_where_a_new_version_brings_one_of_its_name(
    places: Places, shelf: Shelf
) -> None:
    (shelf.root / "releases" / COURSE / LESSON / "1" / "table.csv").write_text("one")
    worked = opened(places)
    (worked.folder / "table.csv").write_text("what I made of it")
    (worked.folder / "own.csv").write_text("all mine")
    folder = shelf.put(version=2)
    for name in ("table.csv", "own.csv"):
        (folder / name).write_text("two")
    lay_out(places.release(COURSE, LESSON), worked)
    assert (worked.folder / "table.csv").read_text() == "two"
    assert (worked.folder / "table.old.csv").read_text() == "what I made of it"
    assert (worked.folder / "own.old.csv").read_text() == "all mine"


def test_an_interrupted_opening_is_done_again(places: Places, shelf: Shelf) -> None:
    worked = opened(places)
    release = shelf.put(version=2, text="# Better words")
    shutil.copy(release / f"{LESSON}.ipynb", worked.notebook)  # the notebook came, release.json did not
    lay_out(places.release(COURSE, LESSON), worked)
    assert worked.release()["version"] == 2


def test_a_lesson_of_several_notebooks_comes_whole_and_each_keeps_its_work(
    places: Places, shelf: Shelf
) -> None:
    both = ("problem2.ipynb", "problem1.ipynb")
    shelf.put(version=2, page=False, notebooks=both)
    worked = opened(places)
    assert [path.name for path in worked.notebooks] == ["problem1.ipynb", "problem2.ipynb"]
    assert worked.notebook.name == "problem1.ipynb", "it opens with the first by name"
    rewrite(worked, "work", "answer = 42")
    worked.notebooks[1].unlink()
    assert lay_out(places.release(COURSE, LESSON), worked) is True
    assert worked.notebooks[1].exists()
    assert source(worked, "work") == "answer = 42", "the other one is left alone"
    shelf.put(version=3, page=False, notebooks=both, text="# Better words")
    lay_out(places.release(COURSE, LESSON), worked)
    assert all("Better words" in path.read_text() for path in worked.notebooks)
    assert source(worked, "work") == "answer = 42"
    assert (worked.folder / "problem1.old.ipynb").exists()
    assert not (worked.folder / "problem2.old.ipynb").exists(), "nothing was written in that one"


@pytest.mark.parametrize(
    "names", [None, [], "problem1.ipynb", [3], ["../x.ipynb"], ["x.txt"], ["gone.ipynb"]]
)
def test_a_release_that_names_no_notebooks_of_its_own_is_not_open(
    places: Places, shelf: Shelf, names: object
) -> None:
    path = shelf.root / "releases" / COURSE / LESSON / "1" / "release.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"notebooks": names}))
    with pytest.raises(RefusedError, match="not open to you"):
        places.release(COURSE, LESSON)


def test_a_home_that_takes_nothing_is_told_in_a_sentence(places: Places) -> None:
    (places.home / "lessons").write_text("a file where the folder should be")
    with pytest.raises(RefusedError, match="cannot be put into your folder"):
        opened(places)


@pytest.mark.parametrize("name", ["..", ".hidden", "a/b", "", "a b", "x" * 200, "\x00"])
def test_names_that_are_no_names_are_refused(places: Places, name: str) -> None:
    with pytest.raises(RefusedError):
        places.release(name, LESSON)
    with pytest.raises(RefusedError):
        places.worked(COURSE, name)


def test_a_release_that_leads_out_of_the_material_is_refused(
    places: Places, shelf: Shelf, tmp_path: Path
) -> None:
    link = shelf.root / "releases" / COURSE / LESSON / "current"
    shutil.copytree(link.resolve(), tmp_path / "elsewhere")
    link.unlink()
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RefusedError, match="not open to you"):
        places.release(COURSE, LESSON)
