"""Who handed in after the due date: seen by all whom it concerns, and it costs no points."""

import csv
import io
import sqlite3
from contextlib import closing
from pathlib import Path

import campus_world as made
import pytest
from campus_world import COURSE, LESSON, World
from senolab.grading import table

LESSON_PAGE = f"course/{COURSE}/lesson/{LESSON}"
FEEDBACK, LEARNER = f"{LESSON_PAGE}/feedback", f"teach/{COURSE}/{LESSON}/of/ana"


def handed_in(world: World) -> str:
    """Commit, hand in and mark; return the receipt."""
    assert world.commit("ana", version=world.shelf.current(COURSE, LESSON)).ok
    receipt = world.hand_in("ana", version=world.shelf.current(COURSE, LESSON)).json()["receipt"]
    assert made.mark_all(world.shelf) == 1
    world.campus.watched.clear()
    return receipt


def row(world: World) -> dict[str, str]:
    world.campus.watched.clear()
    file = world.visitor("ines").get(f"teach/{COURSE}/grades.csv").content.decode("utf-8-sig")
    return next(row for row in csv.DictReader(io.StringIO(file)) if row["learner"] == "ana")


def moved(world: World, due: str | None, column: str = "duedate", table: str = "assignment") -> None:
    """Change the gradebook as nbgrader's own pages and commands do."""
    with closing(sqlite3.connect(world.shelf.gradebook(COURSE))) as database, database:
        database.execute(f"UPDATE {table} SET {column} = ?", (due,))


@pytest.mark.parametrize(("due", "late"), [("2020-01-01", True), ("2099-01-01", False)])
def test_whoever_looks_at_a_late_hand_in_sees_that_it_is_late(state: Path, due: str, late: bool) -> None:
    with made.running(state) as world:
        made.amended(world, "due: 2099-01-01", f"due: {due}")
        learner, teacher = world.visitor("ana"), world.visitor("ines")
        assert "Handed in late" not in learner.get("").text, "nothing is handed in"
        receipt = handed_in(world)
        seen = [
            "Handed in late" in learner.get("").text,
            "Handed in late" in learner.get(LESSON_PAGE).text,
            learner.get(LESSON_PAGE).text.count("(late)") == 1,
            "This came later." in learner.get(f"receipt/{receipt}").text,
            "You handed in after the last day." in learner.get(FEEDBACK).text,
            "4/9 (late)" in " ".join(teacher.get(f"teach/{COURSE}").text.split()),
            "(late)" in teacher.get(f"teach/{COURSE}/state.json").json()["cells"][f"ana|{LESSON}"]["text"],
            "Handed in late." in teacher.get(LEARNER).text,
            row(world)["late"] == "yes",
        ]
        assert seen == [late] * len(seen)
        assert row(world)["points"] == "4", "late or not"


def test_one_who_handed_in_nothing_is_neither_late_nor_in_time(world: World) -> None:
    made.amended(world, "due: 2099-01-01", "due: 2020-01-01")
    assert row(world)["late"] == "" and "(late)" not in world.visitor("ines").get(f"teach/{COURSE}").text


def test_a_date_that_a_teacher_moved_counts_until_the_text_says_another(world: World) -> None:
    made.amended(world, "due: 2099-01-01", "due: 2020-01-01")
    handed_in(world)
    moved(world, "2098-05-05 10:00:00.000000")
    assert row(world)["late"] == "no"
    for visitor, path in (("ana", LESSON_PAGE), ("ines", f"teach/{COURSE}")):
        assert "5 May 2098" in world.visitor(visitor).get(path).text
    made.amended(world, "title: A first case", "title: A first case, amended")
    assert row(world)["late"] == "no"
    made.amended(world, "due: 2020-01-01", "due: 2020-01-02")
    assert row(world)["late"] == "yes"
    made.amended(world, "due: 2020-01-02\n", "")
    assert row(world)["late"] == "no" and "Due" not in world.visitor("ana").get(LESSON_PAGE).text


def test_a_learner_who_was_given_longer_is_not_late(world: World) -> None:
    made.amended(world, "due: 2099-01-01", "due: 2020-01-01")
    handed_in(world)
    moved(world, "2030-01-01 00:00:00.000000", "extension", "submitted_assignment")  # 60 years
    assert row(world)["late"] == "no"
    assert "You handed in after" not in world.visitor("ana").get(FEEDBACK).text


def test_a_campus_of_before_the_gradebook_knew_the_due_date_tells_it_at_its_start(state: Path) -> None:
    with made.running(state) as world:
        made.amended(world, "due: 2099-01-01", "due: 2020-01-01")
        moved(world, None)
        with closing(sqlite3.connect(world.shelf.gradebook(COURSE))) as database:
            database.execute("DROP TABLE senolab_due")
        handed_in(world)
        assert row(world)["late"] == "yes", "the release says so"
    with made.running(state) as world:
        assert world.campus.marking.due_dates(COURSE) == {LESSON: "2020-01-01T22:59:59Z"}


def test_a_date_that_a_teacher_took_away_stays_away_until_the_text_says_another(state: Path) -> None:
    def lateness(world: World) -> list[bool]:
        """Whether the hand-in is late by the campus, by its table, and by the marking room."""
        feedback = world.visitor("ana").get(FEEDBACK).text
        marks = table.rows(world.shelf.grader(COURSE)).rows["ana"][LESSON]
        return ["You handed in after" in feedback, row(world)["late"] == "yes", marks.late]

    with made.running(state) as world:
        made.amended(world, "due: 2099-01-01", "due: 2020-01-01")
        handed_in(world)
        assert lateness(world) == [True] * 3
        moved(world, None)
        assert lateness(world) == [False] * 3
        assert "Due" not in world.visitor("ana").get(LESSON_PAGE).text
    with made.running(state) as world:
        assert lateness(world) == [False] * 3, "the campus was started anew"
        made.amended(world, "title: A first case", "title: A first case, amended")
        assert lateness(world) == [False] * 3, "the text says the date that it said"
        made.amended(world, "due: 2020-01-01", "due: 2020-01-02")
        assert lateness(world) == [True] * 3
