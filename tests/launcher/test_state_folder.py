"""One state folder for every verb: as told, else as SENOLAB_STATE says, else the checkout's own."""

import json
from pathlib import Path

import pytest
from senolab.cli.main import CHECKOUT, main, state_folder


def put_exam(state: Path, name: str) -> None:
    """An entry of a library; a list opens no image."""
    folder = state / "exams" / "images" / name
    folder.mkdir(parents=True)
    (folder / "RCC.dcm").touch()
    entry = {"modality": "MG", "density": None, "vendor": "V", "age": None, "licence": "own"}
    (folder / "exam.json").write_text(json.dumps({**entry, "synthetic": False, "source": "tests"}))


def listed(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert main(["exams", "list", "--json", *words]) == 0
    return [exam["id"] for exam in json.loads(capsys.readouterr().out)]


@pytest.fixture(autouse=True)
def standing_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to stand in that has a `.senolab` of its own, which is nobody's campus."""
    monkeypatch.delenv("SENOLAB_STATE", raising=False)
    put_exam(tmp_path / ".senolab", "astray")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_library_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["exams", "list", "--library", str(tmp_path / "mistyped")]) == 1
    assert "mistyped. Name that of a library with --library." in capsys.readouterr().err


def test_a_verb_uses_what_it_is_told_then_the_environment_then_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert state_folder(None) == CHECKOUT / ".senolab"
    monkeypatch.setenv("SENOLAB_STATE", "surrounding")
    assert state_folder(None) == tmp_path / "surrounding"
    assert state_folder(Path("told")) == tmp_path / "told"


def test_exams_are_those_of_the_campus_wherever_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "astray" not in listed(capsys)
    put_exam(tmp_path / "campus", "mine")
    assert listed(capsys, "--state", "campus") == ["mine"]
    monkeypatch.setenv("SENOLAB_STATE", str(tmp_path / "campus"))
    assert listed(capsys) == ["mine"]
    assert listed(capsys, "--library", str(tmp_path / ".senolab" / "exams")) == ["astray"]
    assert main(["exams", "export", "mine", "--out", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "mine" / "RCC.dcm").is_file()


def test_marking_looks_where_the_campus_keeps_its_courses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".senolab" / "grader" / "a-course-of-nobody").mkdir(parents=True)
    assert main(["grade", "a-course-of-nobody", "01-first"]) == 1
    assert "has nothing to mark yet" in capsys.readouterr().err
    monkeypatch.setenv("SENOLAB_STATE", str(tmp_path / ".senolab"))
    assert main(["grade", "a-course-of-nobody", "01-first"]) == 1
    assert "has nothing to mark yet" not in capsys.readouterr().err
