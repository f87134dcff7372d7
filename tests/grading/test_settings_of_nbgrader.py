"""What nbgrader runs as its caller's own settings is never what a lesson's code has left there."""

import shutil
import sys
from pathlib import Path

import pytest
from senolab.cli import formgrader
from senolab.cli.course_nbgrader import CONFIGS, generate, write_config
from senolab.grading import grade_all
from senolab.lessons.shelf import Shelf
from senolab.sandbox import run

CORPUS = Path(__file__).parent / "corpus"
HARM = """
import pathlib
here = pathlib.Path({folder!r})

def replaced(path):
    beside = here / "beside"
    beside.write_text("harm")
    beside.replace(path)

for path in map(here.joinpath, {names!r}):
    for harm in (
        lambda: path.write_text("harm"),
        lambda: path.chmod(0o666),
        lambda: path.unlink(),
        lambda: path.rename(here / "aside"),
        lambda: replaced(path),
    ):
        try:
            harm()
        except OSError as trouble:
            print(trouble.strerror)
"""


def harm(folder: Path | str, *names: str) -> str:
    return HARM.format(folder=str(folder), names=names or CONFIGS)


def test_code_beside_formgrader_replaces_no_settings(walls, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    (shelf.run / "doors").mkdir(parents=True)
    shown = formgrader.mounts("reading", shelf)
    before = {name: (shelf.grader("reading") / name).read_bytes() for name in CONFIGS}

    done = run([sys.executable, "-c", harm(shelf.grader("reading"))], mounts=shown, nesting=True)

    assert done.text.count("Read-only file system") >= 4, done.complaint
    assert {name: (shelf.grader("reading") / name).read_bytes() for name in CONFIGS} == before
    assert not (shelf.grader("reading") / "aside").exists()
    assert (shelf.grader("reading") / "beside").read_text() == "harm"  # the folder itself is written


def test_code_in_a_release_writes_where_the_release_is_made_and_nowhere_else(walls, tmp_path: Path) -> None:
    folder = tmp_path / "reading"
    making = folder / ".making-p1"
    shutil.copytree(CORPUS / "course" / "source", making / "source")
    write_config(folder, "reading")
    (folder / "gradebook.db").write_text("everybody's marks")
    code = harm("/course", *CONFIGS, "gradebook.db", "submitted")
    (folder / CONFIGS[0]).write_text(f"c = get_config()\n{code}")  # runs where a lesson's tests do
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}

    generate(folder, "p1", within=making.name)

    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
    assert (making / "release" / "p1" / "p1.ipynb").is_file()


@pytest.mark.parametrize("there", CONFIGS)
def test_a_course_graded_where_it_lies_keeps_its_settings_and_gets_no_others(
    walls, tmp_path: Path, there: str
) -> None:
    folder = tmp_path / "course"
    shutil.copytree(CORPUS / "course", folder)
    shutil.copytree(CORPUS / "submissions" / "correct", folder / "submitted" / "ada" / "p1")
    code = f"c = get_config()\n{harm('/course')}"
    settings = {CONFIGS[0]: code} if there == CONFIGS[0] else {CONFIGS[0]: code, CONFIGS[1]: "{}"}
    for name, text in settings.items():
        (folder / name).write_text(text)

    assert [one.auto_score for one in grade_all(folder, "p1")] == [9]

    assert {name: (folder / name).read_text() for name in CONFIGS if (folder / name).exists()} == settings


def test_a_link_where_the_settings_belong_is_replaced_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other.py"
    other.write_text("harm")
    folder = tmp_path / "reading"
    folder.mkdir()
    (folder / CONFIGS[0]).symlink_to(other)
    write_config(folder, "reading")
    assert "CourseDirectory" in (folder / CONFIGS[0]).read_text()
    assert other.read_text() == "harm"
