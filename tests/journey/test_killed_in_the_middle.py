"""kill -9 in the middle of a hand-in, a marking, a release: all comes back, nothing is lost or twice."""

import os
import re
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from journey_people import COURSE, LESSON, Person, wait_until

pytestmark = [pytest.mark.hub, pytest.mark.browser, pytest.mark.timeout(600)]

People = Callable[[str], Person]


@pytest.fixture(scope="module")
def dora(people: People) -> Person:
    """A learner with the lesson open and something answered."""
    person = people("dora").sign_in()
    person.open_lesson()
    person.page.locator('[data-question="recalled"]').get_by_label("About 3", exact=True).check()
    person.page.get_by_text("1 of 11 answered").wait_for()
    return person


def kill_when(person: Person, name: str, now: Callable[[], object]) -> None:
    """Kill one of the launcher's children the moment that something holds, and wait for the next one."""
    pid = person.campus.pid(name)
    assert pid
    until = time.monotonic() + 60
    while not now():
        assert time.monotonic() < until, f"nothing began in which to kill {name}"
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: person.campus.pid(name) not in (None, pid), f"a new {name}", 90)


def rows(person: Person, words: str, *values: object) -> list[tuple]:
    """What the marking queue holds."""
    path = person.campus.state / "marking" / "queue.sqlite"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as database:
        return database.execute(words, values).fetchall()


def jobs(person: Person, *states: str) -> int:
    marks = ", ".join("?" * len(states))
    words = f"SELECT count(*) FROM job WHERE learner = ? AND state IN ({marks})"
    return rows(person, words, person.name, *states)[0][0]


def answers(person: Person) -> bool:
    """Whether hub and campus serve her."""
    with suppress(Exception):
        return person.page.goto(person.campus.address("campus")).status == 200
    return False


def hand_in(person: Person) -> None:
    """Press the button and do not wait for what comes of it."""
    person.page.get_by_role("button", name=re.compile("^Hand in")).first.click()
    dialog = person.page.get_by_role("dialog")
    dialog.get_by_role("heading", name="Hand in this lesson?").wait_for()
    dialog.get_by_role("button", name="Hand in").evaluate("button => setTimeout(() => button.click(), 50)")


def aside_of(person: Person) -> Iterator[Path]:
    """What a hand-in of hers leaves while it is written, and when it is there."""
    return (person.campus.state / "grader" / COURSE / "submitted" / person.name).glob(f"*{LESSON}*")


def test_a_hand_in_that_is_cut_off_comes_through_once(dora: Person) -> None:
    hand_in(dora)
    kill_when(dora, "campus", lambda: any(aside_of(dora)))
    dialog = dora.page.get_by_role("dialog")
    handed_in = dialog.get_by_role("heading", name="Handed in", exact=True)
    again = dialog.get_by_role("button", name="Try again")

    def through() -> bool:
        if again.count():
            with suppress(Exception):  # it may go away as it is pressed
                again.click(timeout=2_000)
        return handed_in.count() > 0

    wait_until(through, "the receipt", 120)
    receipt = re.search(r"[0-9A-Z]{4}(-[0-9A-Z]{4})+", dialog.inner_text())
    assert receipt
    points = wait_until(dora.sees_points, "the points", 90)
    assert points == (2, 13)
    dora.page.get_by_role("link", name="A first case with AI").first.click()
    assert receipt[0] in dora.page.locator("main").inner_text()
    left = [path.name for path in aside_of(dora)]
    assert left == [LESSON]
    assert jobs(dora, "waiting", "working") == 0


def test_a_marking_that_is_cut_off_is_taken_up_again(dora: Person, people: People) -> None:
    ines = people("ines").sign_in()
    done = jobs(dora, "done")
    ines.page.goto(f"{ines.campus.address('campus')}teach/{COURSE}/{LESSON}/of/dora")
    ines.page.get_by_role("button", name="Mark again").evaluate(
        "button => setTimeout(() => button.click(), 50)"
    )
    kill_when(dora, "marking", lambda: jobs(dora, "working"))
    wait_until(lambda: jobs(dora, "waiting", "working") == 0, "the end of the marking", 180)
    assert jobs(dora, "failed") == 0
    assert jobs(dora, "done") == done + 1
    assert dora.sees_points() == (2, 13)
    ines.teach()
    assert ines.page.locator("#class-table tbody tr").filter(has_text="dora").count() == 1


def test_a_release_that_is_cut_off_leaves_the_one_before_and_can_be_made_again(people: People) -> None:
    ines, ana = people("ines").sign_in(), people("ana").sign_in()
    releases = ines.campus.state / "releases" / COURSE / LESSON
    before = (releases / "current").resolve().name
    ines.teach()
    ines.page.get_by_role("button", name=re.compile("^Release again")).first.click()
    ines.page.get_by_role("heading", name=re.compile("^Release")).wait_for()
    kill_when(ines, "campus", lambda: any(_releases(ines)))
    wait_until(lambda: answers(ana), "the campus", 90)
    assert (releases / "current").resolve().name == before
    wait_until(lambda: not any(_releases(ines)), "the end of the release that was cut off")
    ines.teach()
    ines.page.get_by_role("link", name=re.compile("^The last release failed")).click()
    ines.page.get_by_text("The campus was stopped meanwhile. Please release again.").wait_for()
    ines.page.get_by_role("button", name="Release again").click()
    ines.page.get_by_text("The lesson is released. Learners see it at once.").wait_for(timeout=180_000)
    assert int((releases / "current").resolve().name) == int(before) + 1
    whole = sorted(path.name for path in releases.iterdir() if path.name.isdigit())
    assert whole == sorted(str(number) for number in range(1, int(before) + 2))


def _releases(person: Person) -> Iterator[Path]:
    """The processes that release a lesson of this campus."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (process / "cmdline").read_bytes().split(b"\0")
            if b"release" in words and str(person.campus.state).encode() in words:
                yield process
