"""Links planted in a course's folder: whoever writes a course reads nothing else of the campus's account."""

import os
import shutil
from pathlib import Path

import pytest
from senolab import lessons
from senolab.cli import course_release
from senolab.cli.main import main
from senolab.lessons.course import CourseRefusedError
from senolab.lessons.findings import LessonRefusedError
from senolab.lessons.ownfiles import StrayFileError, copy_folder, read_bytes
from senolab.lessons.shelf import Shelf
from senolab.sandbox import available

SECRET = "the campus's own words"
LESSON = """---
title: SECRET-TITLE
minutes: 5
outcomes: [Read.]
licence: CC-BY-4.0
review: {status: draft}
---

# A lesson

![a figure](figure.svg)

```yaml question="pick" points=1
kind: choice
ask: Which?
options: [this, that]
key: this
```
"""
NOTEBOOK = '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}'


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """What a course must not reach."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "release.key").write_text(f"title: {SECRET}\n")
    (folder / "lesson.md").write_text(LESSON)
    (folder / "book.ipynb").write_text(NOTEBOOK)
    return folder


@pytest.fixture
def course(tmp_path: Path) -> Path:
    folder = tmp_path / "state" / "courses" / "trial"
    folder.mkdir(parents=True)
    (folder / "course.yaml").write_text("title: A trial\n")
    (folder / "01-one.md").write_text(LESSON)
    (folder / "figure.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    return folder


def with_notebooks(course: Path) -> Path:
    folder = course / "source" / "02-plain"
    folder.mkdir(parents=True)
    (folder / "plain.ipynb").write_text(NOTEBOOK)
    return folder


def errors(course: Path, lesson: str | None = None) -> list[str]:
    return [str(one) for one in lessons.check(course, lesson) if one.severity == "error"]


def refused(course: Path, capsys: pytest.CaptureFixture[str], *, naming: str) -> None:
    """Release the course and expect a sentence, no release, and nothing of the secret anywhere."""
    state = course.parents[1]
    assert main(["course", "release", "trial", "--state", str(state), "--scale", "ci"]) == 1
    said = "".join(capsys.readouterr())
    assert naming in said and "link" in said and "Traceback" not in said and SECRET not in said
    kept = [path for path in state.rglob("*") if path.is_file() and not path.is_symlink()]
    assert not [path for path in kept if SECRET in path.read_bytes().decode("utf-8", "replace")]
    assert Shelf(state).released() == []


def test_a_linked_lesson_is_refused_and_nothing_of_it_is_told(
    course: Path, outside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (course / "02-two.md").symlink_to(outside / "lesson.md")
    (course / "03-three.md").symlink_to(outside / "release.key")
    found = errors(course)
    assert len(found) == 2 and "02-two.md:1" in found[0] and "This is a link" in found[0]
    assert "SECRET" not in "".join(found)
    with pytest.raises(LessonRefusedError, match="This is a link"):
        lessons.read(course / "02-two.md")
    refused(course, capsys, naming="02-two.md")


def test_a_linked_course_yaml_is_not_read(
    course: Path, outside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (course / "course.yaml").unlink()
    (course / "course.yaml").symlink_to(outside / "release.key")
    assert lessons.info(course).title == "trial"
    assert "course.yaml:1" in errors(course)[0]
    refused(course, capsys, naming="course.yaml")


@pytest.mark.parametrize("name", ["data.csv", "other.ipynb", "deep/data.csv"])
def test_a_linked_file_among_notebooks_is_refused(
    course: Path, outside: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = with_notebooks(course) / name
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(outside / "release.key")
    assert path.name in errors(course, "02-plain")[0]
    with pytest.raises(StrayFileError, match="This is a link"):
        lessons.write_source(lessons.entry(course, "02-plain"), course.parent / "out")
    refused(course, capsys, naming=path.name)


def test_a_linked_folder_of_notebooks_is_refused(
    course: Path, outside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (course / "source").mkdir()
    (course / "source" / "02-plain").symlink_to(outside)
    assert "02-plain" in errors(course, "02-plain")[0]
    with pytest.raises(StrayFileError, match="This is a link"):
        lessons.write_source(lessons.entry(course, "02-plain"), course.parent / "out")
    refused(course, capsys, naming="02-plain")


def test_a_linked_source_folder_is_refused(course: Path, outside: Path) -> None:
    (outside / "02-plain").mkdir()
    (outside / "02-plain" / "plain.ipynb").write_text(NOTEBOOK)
    (course / "source").symlink_to(outside)
    with pytest.raises(CourseRefusedError, match="source: This is a link"):
        lessons.entries(course)


def test_linked_autotests_are_refused(
    course: Path, outside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with_notebooks(course)
    (course / "autotests.yml").symlink_to(outside / "release.key")
    refused(course, capsys, naming="autotests.yml")


def test_a_linked_picture_is_refused(course: Path, outside: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (course / "real.svg").write_text("<svg/>")
    for target in (outside / "release.key", course / "real.svg"):
        (course / "figure.svg").unlink()
        (course / "figure.svg").symlink_to(target)
        assert "figure.svg" in errors(course, "01-one")[0]
    refused(course, capsys, naming="figure.svg")


def test_a_pipe_among_notebooks_holds_nothing_up(course: Path) -> None:
    os.mkfifo(with_notebooks(course) / "pipe.ipynb")
    assert "neither a file nor a folder" in errors(course, "02-plain")[0]
    with pytest.raises(StrayFileError, match="neither a file nor a folder"):
        lessons.write_source(lessons.entry(course, "02-plain"), course.parent / "out")


def test_no_path_leads_out_of_a_folder(course: Path, outside: Path) -> None:
    (course / "way").symlink_to(outside)
    for name in ("../../../outside/release.key", str(outside / "release.key"), "way/release.key"):
        with pytest.raises(StrayFileError):
            read_bytes(course, name)
        with pytest.raises(StrayFileError):
            copy_folder(course, Path(name).parent, course.parent / "copy")
    assert read_bytes(course, "way/../figure.svg").startswith(b"<svg")


def generating(monkeypatch: pytest.MonkeyPatch, plant) -> None:
    """Let `plant` leave something where the lesson's code ran."""

    def generate(folder: Path, lesson: str, *, within: str) -> None:
        shutil.copytree(folder / within / "source" / lesson, folder / within / "release" / lesson)
        plant(folder, folder / within)

    monkeypatch.setattr(course_release, "generate", generate)


def link(place: Path, target: Path) -> None:
    if place.is_dir():
        place.rename(place.with_name(".aside"))
    place.symlink_to(target)


@pytest.mark.parametrize("name", ["stolen.txt", "deep/stolen.txt"])
def test_a_link_that_the_lessons_code_left_is_not_released(
    course: Path, outside: Path, name: str, monkeypatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def plant(folder: Path, making: Path) -> None:
        place = making / "release" / "01-one" / name
        place.parent.mkdir(exist_ok=True)
        link(place, outside / "release.key")

    generating(monkeypatch, plant)
    refused(course, capsys, naming="stolen.txt")


@pytest.mark.parametrize("which", ["making/release", "making/source", "source", "release", "making"])
def test_a_folder_that_the_lessons_code_made_a_link_is_not_followed(
    course: Path, outside: Path, which: str, monkeypatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("01-one", "source/01-one", "release/01-one"):
        (outside / name).mkdir(parents=True)

    def plant(folder: Path, making: Path) -> None:
        head, _, tail = which.partition("/")
        link((making if head == "making" else folder / head) / tail, outside)

    generating(monkeypatch, plant)
    refused(course, capsys, naming="01-one")
    assert (outside / "01-one").is_dir() and (outside / "source" / "01-one").is_dir()


def test_links_left_in_the_course_folder_write_nowhere_else(
    course: Path, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(course.parents[1])
    with_notebooks(course)
    (course / "autotests.yml").write_text("python3: {}\n")
    grader = shelf.grader("trial")
    grader.mkdir(parents=True)
    before = {path: path.read_bytes() for path in outside.iterdir()}
    for name in (".nbgrader_config.new", "autotests.yml", ".autotests.new"):
        (grader / name).symlink_to(outside / "release.key")
    (grader / ".making-02-plain").symlink_to(outside)
    generating(monkeypatch, lambda folder, making: None)
    words = ["course", "release", "trial", "02-plain", "--state", str(shelf.state), "--scale", "ci"]
    assert main(words) == 0
    assert {path: path.read_bytes() for path in outside.iterdir()} == before
    (grader / ".release.lock").unlink()
    (grader / ".release.lock").symlink_to(outside / "release.key")
    assert main(words) == 1
    assert {path: path.read_bytes() for path in outside.iterdir()} == before


def test_code_of_a_lesson_that_plants_a_link_inside_the_sandbox_releases_nothing(
    course: Path, outside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if not available().ok:
        pytest.skip(f"No sandbox on this machine: {available().why}")
    grader = Shelf(course.parents[1]).grader("trial")
    grader.mkdir(parents=True)
    (grader / "nbgrader_config.py").write_text(
        "import atexit, os\n"
        "c = get_config()\n"
        "place = '/course/.making-01-one/release/01-one/stolen.txt'\n"
        f"atexit.register(lambda: os.symlink({str(outside / 'release.key')!r}, place))\n"
    )
    refused(course, capsys, naming="stolen.txt")


def test_a_release_that_cannot_be_published_leaves_the_master_copies(
    course: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shelf = Shelf(course.parents[1])
    generating(monkeypatch, lambda folder, making: None)
    words = ["course", "release", "trial", "01-one", "--state", str(shelf.state), "--scale", "ci"]
    assert main(words) == 0
    places = [shelf.source("trial", "01-one"), shelf.generated("trial", "01-one")]
    before = [(place / "01-one.ipynb").read_bytes() for place in places]
    (course / "01-one.md").write_text(LESSON.replace("# A lesson", "# Another"))

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device", "releases")

    monkeypatch.setattr(Shelf, "publish", full)
    assert main(words) == 1
    assert "No space left" in capsys.readouterr().err
    assert [(place / "01-one.ipynb").read_bytes() for place in places] == before
    assert shelf.current("trial", "01-one") == 1
