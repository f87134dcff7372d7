"""The state folder before anything starts: private, lasting, refused in a sentence where it cannot serve."""

import errno
import json
import os
import shlex
import shutil
import socket
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import pytest
from senolab.cli import greeting, preparing, unwalled, up
from senolab.cli.main import RefusedError
from senolab.cli.main import main as senolab
from senolab.lessons.shelf import Shelf
from senolab.operation import accounts, settings
from senolab.operation.settings import Settings


@pytest.fixture
def shelf(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(accounts, "_COST", 2)
    before = os.umask(0o022)
    yield Shelf(tmp_path_factory.mktemp("s") / "state")  # short, as sockets want their paths
    os.umask(before)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for course in ("first", "second"):
        folder = tmp_path / "checkout" / "courses" / course
        folder.mkdir(parents=True)
        (folder / "course.yaml").write_text("title: A course\n")
        (folder / "01-lesson.md").write_text("# A lesson\n")
        (folder / "01-lesson.md").chmod(0o444)
    return tmp_path / "checkout"


def test_everything_is_private_from_the_first_moment(shelf: Shelf) -> None:
    preparing.folders(shelf)
    preparing.tokens(shelf, ["first"])
    preparing.people(shelf, ["first"])
    for path in (shelf.state, *shelf.state.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path


def test_an_open_state_folder_is_closed(shelf: Shelf) -> None:
    shelf.state.mkdir()
    shelf.state.chmod(0o755)
    preparing.folders(shelf)
    assert shelf.state.stat().st_mode & 0o077 == 0


def test_the_one_person_of_a_campus_without_walls_finds_her_texts_at_home(
    shelf: Shelf, checkout: Path
) -> None:
    preparing.folders(shelf)
    preparing.course_texts(shelf, checkout)
    preparing.people(shelf, ["first", "second"])
    bare = Settings(shelf.state, checkout, courses=("first", "second"), protected=False)
    texts = shelf.home("ines") / "courses"
    (texts / "first").mkdir(parents=True)  # left by walls, which showed the course there
    (texts / "second").mkdir()
    (texts / "second" / "mine.md").write_text("mine")
    told = unwalled.prepare(shelf, bare)
    assert len(told) == 1 and "second" in told[0] and "Move what is there" in told[0]
    (texts / "first" / "01-lesson.md").write_text("amended")
    assert (shelf.course("first") / "01-lesson.md").read_text() == "amended"
    assert (texts / "second" / "mine.md").read_text() == "mine"
    assert not shelf.home("ana").exists()


def test_walls_find_no_links_where_they_show_a_text(shelf: Shelf, checkout: Path) -> None:
    preparing.folders(shelf)
    preparing.course_texts(shelf, checkout)
    preparing.people(shelf, ["first"])
    campus = Settings(shelf.state, checkout, courses=("first",), protected=False)
    assert unwalled.prepare(shelf, campus) == unwalled.prepare(shelf, campus) == []
    texts = shelf.home("ines") / "courses"
    assert (texts / "first").is_symlink()
    (texts / "other").symlink_to("/nowhere")  # her own
    (texts / "moved").symlink_to("/elsewhere/.senolab/courses/moved")  # laid before the checkout was moved
    closed = shelf.home("ana") / "courses"
    closed.mkdir(parents=True)
    (closed / "first").symlink_to("/nowhere")
    closed.chmod(0)  # a learner's home is hers; that must stop nobody's start
    try:
        assert unwalled.prepare(shelf, replace(campus, protected=True)) == []
    finally:
        closed.chmod(0o700)
    assert [path.name for path in texts.iterdir()] == ["other"]
    assert (shelf.course("first") / "01-lesson.md").exists()


def test_secrets_and_accounts_are_made_once(shelf: Shelf) -> None:
    preparing.folders(shelf)
    tokens, passwords = preparing.tokens(shelf, ["first"]), preparing.people(shelf, ["first"])
    assert sorted(passwords) == ["ana", "ben", "carla", "ines"]
    open_for(shelf, passwords)
    greeting.greet(Settings(shelf.state, shelf.state), shelf, passwords)
    assert preparing.tokens(shelf, ["first"]) == tokens
    assert preparing.people(shelf, ["first"]) == {}
    open_for(shelf, passwords)
    assert len(set(tokens.values())) == len(tokens)
    assert min(map(len, tokens.values())) == 64


def test_whom_a_campus_without_a_sandbox_does_not_serve_is_told_a_password_once_it_does(
    shelf: Shelf, capsys: pytest.CaptureFixture[str]
) -> None:
    preparing.folders(shelf)
    bare = Settings(shelf.state, shelf.state, protected=False, courses=("first",))
    alone = preparing.people(shelf, ["first"])
    greeting.greet(bare, shelf, alone)
    assert alone["ines"] in (said := capsys.readouterr().out)
    assert not any(alone[name] in said for name in ("ana", "ben", "carla"))
    later = preparing.people(shelf, ["first"])
    assert sorted(later) == ["ana", "ben", "carla"]
    greeting.greet(replace(bare, protected=True), shelf, later)
    said = capsys.readouterr().out
    assert all(word in said for word in later.values())
    printed = next(line for line in said.splitlines() if "./senolab people reset" in line).split(":  ")[1]
    assert printed == f"./senolab people reset NAME --state {shelf.state}"  # it is not the usual folder
    assert senolab([*shlex.split(printed.replace("NAME", "ben"))[1:]]) == 0
    later["ben"] = capsys.readouterr().out.split(": ")[1].strip()
    open_for(shelf, {"ines": alone["ines"], **later})


def open_for(shelf: Shelf, passwords: dict[str, str]) -> None:
    people = accounts.read(shelf.people)
    assert all(accounts.matches(word, people[name].hash) for name, word in passwords.items())


# -- the greeting ------------------------------------------------------------------------------------
def test_passwords_of_a_start_that_never_told_them_are_made_anew_and_told(
    shelf: Shelf, capsys: pytest.CaptureFixture[str]
) -> None:
    preparing.folders(shelf)
    lost = preparing.people(shelf, ["first"])  # broken off before the greeting
    assert people(shelf, "reset", "ben") == 0
    capsys.readouterr()
    passwords = preparing.people(shelf, ["first"])
    assert sorted(passwords) == ["ana", "carla", "ines"]  # of ben's somebody knows
    assert not set(passwords.values()) & set(lost.values())
    greeting.greet(Settings(shelf.state, shelf.state), shelf, passwords)
    said = capsys.readouterr().out
    assert all(f"{name:<10}" in said and word in said for name, word in passwords.items())
    open_for(shelf, passwords)


def gone(*words: object, **how: object) -> None:
    raise BrokenPipeError


def test_a_password_that_could_not_be_told_is_made_anew(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    preparing.folders(shelf)
    passwords = preparing.people(shelf, ["first"])
    with monkeypatch.context() as terminal:
        terminal.setattr("builtins.print", gone)
        with pytest.raises(BrokenPipeError):
            greeting.greet(Settings(shelf.state, shelf.state), shelf, passwords)
    assert sorted(preparing.people(shelf, ["first"])) == sorted(passwords)


def test_whoever_got_another_password_or_left_during_the_start_is_not_told_the_first_one(
    shelf: Shelf, capsys: pytest.CaptureFixture[str]
) -> None:
    preparing.folders(shelf)
    passwords = preparing.people(shelf, ["first"])
    assert people(shelf, "reset", "ana") == 0
    assert people(shelf, "remove", "ben") == 0
    capsys.readouterr()
    greeting.greet(Settings(shelf.state, shelf.state), shelf, passwords)
    said = capsys.readouterr().out
    assert passwords["ana"] not in said
    assert passwords["ben"] not in said
    assert passwords["carla"] in said
    assert sorted(accounts.read(shelf.people)) == ["ana", "carla", "ines"]


def test_every_greeting_says_how_to_get_a_new_password(shelf: Shelf) -> None:
    preparing.folders(shelf)
    campus = Settings(shelf.state, shelf.state)
    assert "people add NAME --role instructor" in greeting.words(campus, shelf, {})
    passwords = preparing.people(shelf, ["first"])
    for told in (passwords, {}):
        assert "./senolab people reset NAME" in greeting.words(campus, shelf, told)


def test_every_start_says_when_all_share_one_origin(shelf: Shelf) -> None:
    preparing.folders(shelf)
    chosen = {"authenticator": "pam", "address": "https://campus.example.org"}
    for shared in (True, False):
        campus = Settings(shelf.state, shelf.state, subdomains=not shared, **chosen)
        assert ("ONE SHARED ORIGIN" in greeting.words(campus, shelf, {})) == shared


# -- courses and ports -------------------------------------------------------------------------------
def test_a_course_is_copied_once_and_then_the_instructors(shelf: Shelf, checkout: Path) -> None:
    preparing.folders(shelf)
    assert preparing.course_texts(shelf, checkout) == []
    assert preparing.courses(shelf) == ("first", "second")
    mine = shelf.course("first") / "01-lesson.md"
    mine.write_text("# My own\n")
    told = preparing.course_texts(shelf, checkout)
    assert mine.read_text() == "# My own\n"
    assert len(told) == 1
    assert "01-lesson.md" in told[0]


def plain_course(folder: Path) -> Path:
    """nbgrader's layout, without anything of ours."""
    for name in ("problem1", "problem2"):
        path = folder / "source" / "ps1" / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    return folder


def test_a_course_of_plain_notebooks_is_a_course(shelf: Shelf, checkout: Path) -> None:
    preparing.folders(shelf)
    plain_course(shelf.courses / "course101")
    plain_course(checkout / "courses" / "shipped")
    (shelf.courses / "empty" / "source" / "ps1").mkdir(parents=True)
    assert preparing.course_texts(shelf, checkout) == []
    assert preparing.courses(shelf) == ("course101", "first", "second", "shipped")
    assert people(shelf, "add", "dora", "--course", "course101") == 0
    assert people(shelf, "enrol", "dora", "shipped") == 0


@pytest.mark.parametrize("name", ["Course101", "my course", "ends-", "a..b", "_x"])
def test_a_course_whose_name_can_be_no_address_is_left_out_and_told(
    shelf: Shelf, checkout: Path, name: str
) -> None:
    preparing.folders(shelf)
    plain_course(shelf.courses / name)
    plain_course(checkout / "courses" / name)
    told = preparing.course_texts(shelf, checkout)
    assert len(told) == 2
    assert all(name in words and "Rename the folder" in words for words in told)
    assert preparing.courses(shelf) == ("first", "second")


def test_a_copy_that_was_broken_off_is_made_again(shelf: Shelf, checkout: Path) -> None:
    preparing.folders(shelf)
    (shelf.courses / ".first.new").mkdir()
    (shelf.courses / ".first.new" / "course.yaml").write_text("half")
    assert preparing.courses(shelf) == ()
    preparing.course_texts(shelf, checkout)
    assert (shelf.course("first") / "course.yaml").read_text() == "title: A course\n"


def test_ports_stay_unless_somebody_else_took_one(shelf: Shelf) -> None:
    preparing.folders(shelf)
    first = preparing.ports(shelf, ["first"])
    assert preparing.ports(shelf, ["first"]) == first
    with socket.create_server(("127.0.0.1", first.campus)):
        second = preparing.ports(shelf, ["first"])
    assert second.campus != first.campus
    assert (second.hub, second.graders) == (first.hub, first.graders)


@pytest.mark.parametrize("text", ["{", "[]", '{"hub": "x"}'])
def test_a_damaged_list_of_ports_is_no_trouble(shelf: Shelf, text: str) -> None:
    preparing.folders(shelf)
    (shelf.run / "ports.json").write_text(text)
    assert preparing.ports(shelf, ["first"]).hub > 0


def refusal(shelf: Shelf) -> str:
    with pytest.raises(RefusedError) as told:
        preparing.folders(shelf)
    return str(told.value)


def test_a_state_of_a_newer_senolab_is_left_alone_and_the_doctor_knows_it(
    shelf: Shelf, capsys: pytest.CaptureFixture[str]
) -> None:
    preparing.folders(shelf)
    (shelf.state / "schema.json").write_text(json.dumps({"schema": 99}))
    assert "was made by a newer Senolab" in refusal(shelf)
    assert senolab(["doctor", "--state", str(shelf.state)]) == 1
    assert "was made by a newer Senolab" in capsys.readouterr().out


def test_a_damaged_state_says_what_to_write(shelf: Shelf) -> None:
    preparing.folders(shelf)
    (shelf.state / "schema.json").write_text("{")
    assert 'Write {"schema": 1} into it' in refusal(shelf)


def test_a_full_disk_is_told_before_anything_is_half_written(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(100, 100, 5 << 20))
    assert "has 5 MB left" in refusal(shelf)


def test_a_file_in_the_place_of_the_folder_is_told(shelf: Shelf) -> None:
    shelf.state.write_text("a file")
    assert "cannot be written" in refusal(shelf)


def test_a_path_too_long_for_sockets_is_told(tmp_path: Path) -> None:
    assert "too long for sockets" in refusal(Shelf(tmp_path / ("x" * 90)))


def test_one_state_has_one_launcher(shelf: Shelf) -> None:
    preparing.folders(shelf)
    with preparing.lock(shelf), pytest.raises(RefusedError, match=f"process {os.getpid()}"):
        preparing.lock(shelf)
    preparing.lock(shelf).close()


# -- accounts ----------------------------------------------------------------------------------------
def people(shelf: Shelf, *words: str) -> int:
    return senolab(["people", "--state", str(shelf.state), *words])


def test_people_are_added_enrolled_renewed_and_removed(
    shelf: Shelf, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    preparing.folders(shelf)
    preparing.course_texts(shelf, checkout)
    assert people(shelf, "add", "dora", "--course", "first") == 0
    word = capsys.readouterr().out.split(": ")[1].strip()
    dora = accounts.read(shelf.people)["dora"]
    assert (dora.display, dora.role, dora.courses) == ("Dora", "learner", ("first",))
    assert accounts.matches(word, dora.hash)
    assert people(shelf, "enrol", "dora", "second") == 0
    assert accounts.read(shelf.people)["dora"].groups(["first", "second"]) == [
        "nbgrader-first",
        "nbgrader-second",
    ]
    assert people(shelf, "reset", "dora") == 0
    assert not accounts.matches(word, accounts.read(shelf.people)["dora"].hash)
    capsys.readouterr()
    assert people(shelf, "list", "--json") == 0
    assert [one["name"] for one in json.loads(capsys.readouterr().out)] == ["dora"]
    assert people(shelf, "remove", "dora") == 0
    assert accounts.read(shelf.people) == {}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["reset", "nobody"], "There is no 'nobody'"),
        (["add", "eva", "--course", "third"], "There is no course 'third'. There are: first, second"),
        (["enrol", "nobody", "first"], "There is no 'nobody'"),
        (["add", "campus"], "is an address of the campus itself"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_changes(
    shelf: Shelf, checkout: Path, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    preparing.folders(shelf)
    preparing.course_texts(shelf, checkout)
    preparing.people(shelf, ["first"])
    before = shelf.people.read_bytes()
    assert people(shelf, *words) == 1
    assert sentence in capsys.readouterr().err
    assert shelf.people.read_bytes() == before


def test_a_port_that_only_root_may_use_is_not_said_to_be_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparing, "obstacle", lambda *_: errno.EACCES)
    said = up._cannot_listen(settings.read(Path("/nowhere"), Path("/nowhere"), port=80))
    assert "may not serve at port 80" in said and "81" not in said
    monkeypatch.undo()
    assert preparing.obstacle(8000, "192.0.2.1") == errno.EADDRNOTAVAIL
