"""A release again shows the same women, whatever the settings say by then."""

import fcntl
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from senolab.cli import course_release
from senolab.cli.course_scale import scale_of
from senolab.cli.main import main
from senolab.lessons.course import Entry
from senolab.lessons.shelf import Shelf, write_json

C, L = "trial", "01-one"
ENTRY = Entry(C, L, Path(f"{L}.md"), "text")
LESSON = """---
title: One
minutes: 5
outcomes: [Read.]
licence: CC-BY-4.0
review: {status: draft}
---

Text.
"""


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """A campus whose settings name the largest size."""
    shelf = Shelf(tmp_path / "state")
    shelf.run.mkdir(parents=True)
    shelf.settings.write_text('{"scale": "class"}')
    return shelf


@pytest.fixture
def running(shelf: Shelf) -> Iterator[None]:
    """It was started with another size, and runs."""
    (shelf.run / "campus.json").write_text('{"scale": "ci"}')
    with (shelf.run / "lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def draw(shelf: Shelf, scale: str, *exams: str, cohort: str = "tiny") -> None:
    folder = shelf.drawn(C, L, cohort, scale)
    folder.mkdir(parents=True)
    forms = {"A": [{"exam": exam} for exam in exams]}
    write_json(folder / "drawn.json", {"schema": 1, "cohort": cohort, "scale": scale, "forms": forms})


def publish(shelf: Shelf, exam: str) -> None:
    with shelf.draft(C, L) as draft:
        told = {"schema": 1, "cases": {"case-1": {"exam": {"A": exam}}}}
        (draft / "release.json").write_text(json.dumps(told))
        shelf.publish(C, L, draft, {"schema": 1})


def scale(shelf: Shelf) -> str:
    return scale_of(ENTRY, shelf, checkout=shelf.state)


def test_where_nothing_was_drawn_and_nothing_runs_the_settings_count(shelf: Shelf) -> None:
    assert scale(shelf) == "class"


def test_the_running_campus_comes_before_the_settings(shelf: Shelf, running: None) -> None:
    assert scale(shelf) == "ci"


def test_a_campus_that_has_ended_does_not_count(shelf: Shelf) -> None:
    (shelf.run / "campus.json").write_text('{"scale": "ci"}')
    (shelf.run / "lock").write_text("1")
    assert scale(shelf) == "class"


def test_exams_that_were_drawn_come_before_everything(shelf: Shelf, running: None) -> None:
    draw(shelf, "binder", "one", "two")
    assert scale(shelf) == "binder"


def test_of_several_sizes_it_is_that_of_the_release_in_force(shelf: Shelf) -> None:
    draw(shelf, "ci", "small")
    draw(shelf, "binder", "middle")
    assert scale(shelf) == "binder"  # the newest
    publish(shelf, "small")
    assert scale(shelf) == "ci"
    draw(shelf, "class", "large", cohort="first-case")
    assert scale(shelf) == "ci"


def test_a_damaged_note_of_what_was_drawn_does_not_count(shelf: Shelf) -> None:
    draw(shelf, "ci", "small")
    (shelf.drawn(C, L, "tiny", "ci") / "drawn.json").write_text("{")
    assert scale(shelf) == "class"


def test_a_release_without_a_size_takes_it_from_there_and_one_that_is_named_counts(
    shelf: Shelf, running: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = []

    def release(entry: Entry, shelf: Shelf, *, scale: str, **_: object) -> course_release.Released:
        taken.append(scale)
        return course_release.Released(entry.course, entry.id, 1, ["A"], 0, scale)

    monkeypatch.setattr(course_release, "release", release)
    shelf.course(C).mkdir(parents=True)
    (shelf.course(C) / f"{L}.md").write_text(LESSON)
    words = ["course", "release", C, L, "--state", str(shelf.state)]
    assert main(words) == 0
    draw(shelf, "binder", "one")
    assert main(words) == 0
    assert main([*words, "--scale", "class"]) == 0
    assert taken == ["ci", "binder", "class"]
