"""Any nbgrader course: its published marks, its own command line, ours."""

import json
import logging
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from senolab import sandbox
from senolab.cli.main import main
from senolab.grading import feedback, grade_all, hand

SUBMISSIONS = Path(__file__).parent / "corpus" / "submissions"


def hand_in(course_dir: Path, learner: str, notebook: Path = SUBMISSIONS / "correct" / "p1.ipynb") -> None:
    folder = course_dir / "submitted" / learner / "p1"
    folder.mkdir(parents=True)
    shutil.copy(notebook, folder / "p1.ipynb")


@pytest.fixture(scope="session")
def documentation_course(data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    archive = data_folder / "nbgrader_course" / "nbgrader_docs_course.tar.gz"
    if not archive.is_file():
        pytest.skip("nbgrader's documentation course is not in the folder that SENOLAB_TEST_DATA names")
    folder = tmp_path_factory.mktemp("documentation")
    with tarfile.open(archive) as file:
        file.extractall(folder)
    guide = next(folder.rglob("user_guide"))
    shutil.copytree(guide / "source" / "ps1", folder / "c" / "source" / "ps1")
    shutil.copytree(guide / "submitted", folder / "c" / "submitted")
    return folder / "c"


def test_nbgraders_documentation_course_gets_its_published_marks(walls, documentation_course) -> None:
    marked = {one.learner: one for one in grade_all(documentation_course, "ps1")}
    assert {learner: one.auto_score for learner, one in marked.items()} == {"bitdiddle": 1.5, "hacker": 3.0}
    assert {one.max_score for one in marked.values()} == {13}
    assert all(one.needs_manual for one in marked.values())
    kinds = {(item.question, item.kind, item.manual) for item in marked["hacker"].items}
    assert ("cell-938593c4a215c6cc", "task", True) in kinds
    assert ("sum_of_squares_equation", "written", True) in kinds
    untouched = next(i for i in marked["bitdiddle"].items if i.question == "sum_of_squares_application")
    assert (untouched.score, untouched.words) == (0, "Not answered.")


def test_two_notebooks_that_use_one_id_are_marked_by_hand_each_for_itself(walls, course_dir) -> None:
    shutil.rmtree(course_dir / "release")
    (course_dir / "gradebook.db").unlink()
    source = course_dir / "source" / "p1"
    shutil.copy(source / "p1.ipynb", source / "p2.ipynb")
    hand_in(course_dir, "ada")
    handed = course_dir / "submitted" / "ada" / "p1"
    shutil.copy(handed / "p1.ipynb", handed / "p2.ipynb")
    assert [one.needs_manual for one in grade_all(course_dir, "p1")] == [True]
    given = {("p1", "why"): (1.0, "Short."), ("p2", "why"): (0.5, "Why twice?")}
    hand.set_marks(course_dir, "p1", "ada", given, grader="dr-lee")
    kept = {one.place: (one.score, one.comment) for one in hand.answers(course_dir, "p1", "ada")}
    assert kept == given
    told = {item.comment for item in feedback.read(course_dir, "p1", "ada").items if item.question == "why"}
    assert told == {"Short.", "Why twice?"}


@pytest.mark.parametrize("trouble", ["no sandbox", "sandbox", "cancelled"])
def test_code_that_the_machine_could_not_run_waits_for_a_teacher_and_is_run_the_next_time(
    walls, course_dir, monkeypatch, trouble
) -> None:
    hand_in(course_dir, "ada")
    with monkeypatch.context() as machine:
        if trouble == "no sandbox":
            machine.setattr(sandbox, "available", lambda: sandbox.Availability(False, "No walls.", "Mend."))
        else:
            finished = sandbox.Finished(1, b"", b"", trouble)
            machine.setattr(sandbox, "run", lambda *words, **how: finished)
        (without,) = grade_all(course_dir, "p1")
        assert (without.flags, without.needs_manual, without.auto_score) == (("not-run",), True, 0)
        code = [item for item in without.items if item.kind == "code"]
        assert {(item.score, item.manual) for item in code} == {(None, True)}
        assert all(item.words.startswith("This could not be run; a teacher marks it") for item in code)
        assert any("was not run" in sentence for sentence in without.words)
    (again,) = grade_all(course_dir, "p1")
    assert (again.auto_score, again.flags) == (9, ())
    assert {item.question for item in again.items if item.score is None} == {"why"}
    assert list(grade_all(course_dir, "p1")) == [again]


def test_nbgrader_autograde_uses_our_engine_by_configuration(walls, course_dir) -> None:
    hand_in(course_dir, "ada", SUBMISSIONS / "answer-split" / "p1.ipynb")
    hand_in(course_dir, "ben", SUBMISSIONS / "empty" / "p1.ipynb")
    argv = [sys.executable, "-m", "nbgrader", "autograde", "p1", "--force"]
    done = subprocess.run(argv, cwd=course_dir, capture_output=True, text=True)
    assert "Autograded p1 for ada: 9 of 10 so far" in done.stderr
    assert "p1.ipynb is empty" in done.stderr
    assert done.returncode == 1  # ben's could not be marked whole
    assert "Traceback" not in done.stderr
    export = subprocess.run(
        [sys.executable, "-m", "nbgrader", "export", "--to", "g.csv"], cwd=course_dir, capture_output=True
    )
    assert export.returncode == 0
    assert "ada" in (course_dir / "g.csv").read_text("utf-8")


def test_nbgrader_releases_feedback_on_what_did_not_come_by_its_exchange(walls, course_dir, tmp_path) -> None:
    hand_in(course_dir, "ada")
    list(grade_all(course_dir, "p1"))
    name = "submission_secret.txt"
    kept = (course_dir / "autograded" / "ada" / "p1" / name).read_text("ascii")
    list(grade_all(course_dir, "p1", force=True))
    assert (course_dir / "autograded" / "ada" / "p1" / name).read_text("ascii") == kept
    (course_dir / "autograded" / "ada" / "p1" / "timestamp.txt").write_text("2026-11-30 09:00:00 UTC")
    exchange = [f"--Exchange.root={tmp_path / 'exchange'}", "--course", "c"]
    (tmp_path / "exchange").mkdir(mode=0o777)
    (tmp_path / "exchange").chmod(0o777)
    for words in (["generate_feedback", "p1"], ["release_feedback", "p1", *exchange]):
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *words], cwd=course_dir, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "exchange" / "c" / "feedback").glob("*.html"))) == 1


def test_formgraders_button_uses_our_engine_too(walls, course_dir, monkeypatch) -> None:
    from nbgrader.apps import NbGraderAPI, autogradeapp
    from nbgrader.apps import api as nbgrader_api
    from senolab.grading.nbgrader import configure
    from traitlets.config import Config

    for module in (nbgrader_api, autogradeapp):  # put back what configure changes
        monkeypatch.setattr(module, "Autograde", module.Autograde)
    hand_in(course_dir, "ada", SUBMISSIONS / "answer-split" / "p1.ipynb")
    configure(Config())
    config = Config()
    config.CourseDirectory.root = str(course_dir)
    api = NbGraderAPI(config=config)
    logging.getLogger("traitlets").setLevel(logging.WARNING)
    assert api.autograde("p1", "ada")["success"]
    assert api.get_submission("p1", "ada")["score"] == 9


def test_the_command_prints_one_array(walls, course_dir, capsys) -> None:
    hand_in(course_dir, "ada")
    assert main(["grade", "--course-dir", str(course_dir), "p1", "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out) == [
        {
            "learner": "ada",
            "auto_score": 9.0,
            "max_score": 10.0,
            "needs_manual": True,
            "flags": [],
            "words": [],
        }
    ]
    assert "ada: 9 of 10, waits for a teacher" in told.err


def test_a_class_of_nobody_is_an_empty_array(course_dir, capsys) -> None:
    assert main(["grade", "--course-dir", str(course_dir), "p1", "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out) == []
    assert "nobody has handed in" in told.err


def test_a_campus_lesson_is_marked_by_course_and_name(campus, capsys) -> None:
    place = campus.submitted("reading-with-ai", "ada", "01-first")
    place.mkdir(parents=True)
    (place / "record.jsonl").write_text("", "utf-8")
    words = ["grade", "reading-with-ai", "01-first", "--state", str(campus.state), "--json"]
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out)[0]["max_score"] == 10


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["no-course", "p1"], "nothing to mark yet"),
        (["../up", "p1"], "cannot be the name of a course"),
    ],
)
def test_what_cannot_be_marked_is_refused_with_a_sentence(tmp_path, capsys, words, sentence) -> None:
    assert main(["grade", *words, "--state", str(tmp_path)]) == 1
    assert sentence in capsys.readouterr().err


def test_a_learner_who_handed_nothing_in_is_refused(course_dir, capsys) -> None:
    assert main(["grade", "--course-dir", str(course_dir), "p1", "--learner", "nobody"]) == 1
    assert "nobody has not handed in" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["p1"], ["a", "b", "c"], ["--course-dir", ".", "a", "b"], []])
def test_wrong_words_are_told_apart(words, capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["grade", *words])
    assert ended.value.code == 2
