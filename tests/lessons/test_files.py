"""A folder takes another's place whole, or not at all."""

from pathlib import Path

import pytest
from senolab.lessons.files import swap


def folder(path: Path, text: str) -> Path:
    path.mkdir(parents=True)
    (path / "text").write_text(text)
    return path


def test_a_new_folder_takes_an_empty_place(tmp_path: Path) -> None:
    swap(folder(tmp_path / "new", "new"), tmp_path / "deep" / "place")
    assert (tmp_path / "deep" / "place" / "text").read_text() == "new"


def test_what_stood_there_is_gone_afterwards(tmp_path: Path) -> None:
    place = folder(tmp_path / "place", "old")
    swap(folder(tmp_path / "new", "new"), place)
    assert (place / "text").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["place"]


def test_the_old_folder_comes_back_if_the_new_one_cannot_take_its_place(tmp_path: Path) -> None:
    place = folder(tmp_path / "place", "old")
    with pytest.raises(FileNotFoundError):
        swap(tmp_path / "nowhere", place)
    assert (place / "text").read_text() == "old"
