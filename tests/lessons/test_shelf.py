"""The shelf: names, paths, and a release that is in force whole or not at all."""

import json
import os
import threading
from pathlib import Path

import pytest
from senolab.lessons.names import NameRefusedError
from senolab.lessons.shelf import Shelf, ShelfError

C, L = "reading-with-ai", "01-a-first-case"


def published(shelf: Shelf, text: str = "one") -> int:
    with shelf.draft(C, L) as draft:
        (draft / "release.json").write_text(json.dumps({"schema": 1, "title": text}))
        (draft / "exams").mkdir(mode=0o700)
        return shelf.publish(C, L, draft, {"schema": 1, "title": text})


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "../up", "a..b", "a\n", "-x", ".git", "a\x00", "ä", "x" * 200, "a."]
)
@pytest.mark.parametrize("place", ["course", "home", "notices", "grader"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, place: str, name: str) -> None:
    with pytest.raises(NameRefusedError, match="cannot be the name of a"):
        getattr(Shelf(tmp_path), place)(name)


def test_a_hub_name_that_is_an_address_has_a_home(tmp_path: Path) -> None:
    assert Shelf(tmp_path).home("anna+c@klinik.example").parent == tmp_path / "homes"


def test_releases_are_numbered_and_the_last_is_in_force(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    assert shelf.current(C, L) is None and shelf.released() == []
    assert [published(shelf, "one"), published(shelf, "two")] == [1, 2]
    assert shelf.current(C, L) == 2
    assert shelf.versions(C, L) == [1, 2]
    assert shelf.released() == [(C, L)]
    assert shelf.release_json(C, L) == {"schema": 1, "title": "two", "version": 2}
    assert shelf.release_json(C, L, 1)["title"] == "one"
    assert shelf.keys_json(C, L) == {"schema": 1, "title": "two", "version": 2}
    assert shelf.keys_json(C, L, 1)["version"] == 1


def test_keys_are_private_and_releases_readable_by_all(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    before = os.umask(0o077)
    try:
        published(shelf)
    finally:
        os.umask(before)
    assert (shelf.keys(C, L, 1) / "keys.json").stat().st_mode & 0o777 == 0o600
    assert (shelf.state / "keys").stat().st_mode & 0o777 == 0o700
    release = shelf.release(C, L)
    assert [(release / name).stat().st_mode & 0o777 for name in (".", "release.json", "exams")] == [
        0o755,
        0o644,
        0o755,
    ]


def test_a_draft_that_was_not_published_leaves_nothing(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    published(shelf)
    with shelf.draft(C, L) as draft, pytest.raises(ShelfError, match="is missing"):
        shelf.publish(C, L, draft, {"schema": 1})
    assert sorted(path.name for path in shelf.lesson(C, L).iterdir()) == [".lock", "1", "current"]
    assert shelf.current(C, L) == 1


def test_a_release_in_the_making_lies_where_no_learner_looks(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    with shelf.draft(C, L) as draft:
        (draft / "release.json").write_text("{}")
        assert not [path for path in shelf.releases.rglob("*") if path.is_file()]
        assert not draft.is_relative_to(shelf.releases)


def test_a_reader_always_finds_a_whole_release(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    published(shelf)
    done = threading.Event()
    seen: list[int] = []

    def look() -> None:
        while not done.is_set():
            seen.append(shelf.release_json(C, L)["version"])

    reader = threading.Thread(target=look)
    reader.start()
    for _ in range(20):
        published(shelf)
    done.set()
    reader.join()
    assert seen == sorted(seen) and shelf.current(C, L) == 21


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "cannot be read"),
        ("[]", "no JSON object"),
        ('{"schema": 9}', "has the schema 9"),
        (None, "is missing"),
    ],
)
def test_a_damaged_release_says_so(tmp_path: Path, text: str | None, words: str) -> None:
    shelf = Shelf(tmp_path)
    published(shelf)
    path = shelf.release(C, L) / "release.json"
    path.unlink() if text is None else path.write_text(text)
    with pytest.raises(ShelfError, match=words):
        shelf.release_json(C, L)


def test_an_unreleased_lesson_says_how_to_release_it(tmp_path: Path) -> None:
    with pytest.raises(ShelfError, match="senolab course release reading-with-ai 01-a-first-case"):
        Shelf(tmp_path).release(C, L)


def test_a_secret_is_made_once_and_is_private(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    assert shelf.secret("release.key") == shelf.secret("release.key")
    assert len(shelf.secret("release.key")) == 32
    assert (shelf.secrets / "release.key").stat().st_mode & 0o777 == 0o600
