"""The whole journey through the real hub: a teacher, two learners, one lesson; tests run in this order."""

import csv
import io
import os
import re
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import journey_reading as reading
import pytest
from journey_people import COURSE, LESSON, LESSON_PAGE, WIDTHS, Person, wait_until

pytestmark = [pytest.mark.hub, pytest.mark.browser, pytest.mark.timeout(600)]

People = Callable[[str], Person]
PROMISED = 15  # seconds from handing in to the grade


def test_everybody_signs_in_and_sees_what_is_next(people: People) -> None:
    ana = people("ana")
    ana.page = ana.context.new_page()
    ana.page.goto(f"{ana.campus.url}/hub/login")
    ana.stands_well("sign-in")
    ana.sign_in()
    ana.page.get_by_role("heading", name="My courses").wait_for()
    ana.page.get_by_text("A first case with AI").first.wait_for()
    ana.stands_well("my-courses", full=True)
    ana.page.get_by_role("link", name="A first case with AI").last.click()
    ana.stands_well("lesson-before", full=True)
    ben, ines = people("ben").sign_in(), people("ines").sign_in()
    assert "Courses I teach" not in ben.page.content()
    ines.page.get_by_role("heading", name="Courses I teach").wait_for()


def test_the_lesson_is_a_page_without_code(people: People) -> None:
    ana = people("ana")
    ana.open_lesson()
    page = ana.page
    page.get_by_role("heading", name="A first case with AI", level=1).wait_for()
    assert page.locator(".jp-InputArea-editor:visible").count() == 0
    assert page.locator("#top-panel-wrapper:visible, #menu-panel-wrapper:visible").count() == 0
    page.get_by_text("0 of 11 answered").wait_for()
    page.get_by_text("Education, not diagnosis").wait_for()
    ana.shoot("lesson")
    page.keyboard.press("Escape")
    for key in ("d", "d", "x", "a", "b"):  # a notebook's keys, which would cut its cells
        page.keyboard.press(key)
    assert page.locator("section.sl-case").count() == 4
    ana.case(1).scroll_into_view_if_needed()
    ana.stands_well("case", within=LESSON_PAGE)


def test_a_careful_learner_finds_what_is_there(people: People) -> None:
    ana = people("ana")
    keys = reading.keys_of(ana, reading.form_of(ana))
    for number in range(1, 5):
        lesions = keys[f"mark-{number}"]["lesions"]
        if lesions:
            spot = lesions[0]
            ana.case(number).scroll_into_view_if_needed()
            made = reading.mark(ana, number, spot["view"], spot["x_mm"], spot["y_mm"])
            assert abs(made["x_mm"] - spot["x_mm"]) < 2
            assert abs(made["y_mm"] - spot["y_mm"]) < 2
        else:
            ana.case(number).get_by_label("No finding").check()
        reading.be_sure(ana, number, 90 if keys[f"sure-{number}"]["truth"] else 5)
        ana.shoot(f"case-{number}-before", at=ana.case(number))
        reading.commit(ana, number)
        ana.shoot(f"case-{number}-after", at=ana.case(number))
    ana.page.get_by_text("8 of 11 answered").wait_for()
    assert ana.case(1).locator("fieldset:enabled").count() == 0


def test_a_learner_who_saw_nothing_says_so(people: People) -> None:
    ben = people("ben")
    ben.open_lesson()
    reading.see_nothing(ben)


def test_answers_are_there_again_after_a_reload(people: People) -> None:
    ana = people("ana")
    ana.page.reload()
    ana.case(4).get_by_role("heading", name="The truth").wait_for(timeout=120_000)
    ana.page.get_by_text("8 of 11 answered").wait_for()


@pytest.mark.parametrize(
    ("name", "cut", "recalled", "words"),
    [
        ("ana", 6, "About 3", "It missed the second woman. I would ask for the recall rate here."),
        (
            "ben",
            3,
            "About 57, as among the 20 women above",
            "<script>document.title='taken'</script> I pass.",
        ),
    ],
)
def test_the_rest_is_answered_handed_in_and_marked_before_her_eyes(
    people: People, name: str, cut: int, recalled: str, words: str,
    record_testsuite_property: Callable[[str, object], None],
) -> None:  # fmt: skip
    person = people(name)
    page = person.page
    reading.answer_the_rest(person, cut, recalled, words)
    person.shoot(f"answered-{name}", at=page.locator('[data-question="cut"] input[type="range"]'))
    page.get_by_role("button", name="Hand in", exact=True).click()
    dialog = page.get_by_role("dialog")
    person.stands_well(f"hand-in-{name}", within=LESSON_PAGE)
    dialog.get_by_role("button", name="Hand in").click()
    handed_in = time.monotonic()
    dialog.get_by_role("heading", name="Handed in").wait_for()
    assert re.search(r"[0-9A-Z]{4}", dialog.inner_text())
    page.get_by_text(re.compile(r"Marked: [\d.]+ of 13 points")).wait_for()  # the page tells by itself
    seconds = time.monotonic() - handed_in
    record_testsuite_property(f"seconds from {name}'s hand-in to the grade on her screen", round(seconds, 1))
    print(f"{name} sees the grade {seconds:.1f} s after handing in")
    assert seconds < PROMISED
    person.stands_well(f"handed-in-{name}", within=LESSON_PAGE)
    dialog.get_by_role("button", name="Stay on this page").click()
    page.evaluate("scrollTo(0, 0)")
    person.stands_well(f"marked-{name}", within=LESSON_PAGE)


def test_both_have_the_points_that_they_earned(people: People) -> None:
    ana, ben = people("ana"), people("ben")
    good = wait_until(ana.sees_points, "Ana's points")
    poor = wait_until(ben.sees_points, "Ben's points")
    assert good[1] == poor[1] == 13
    # Ana found everything: all of the marks, nearly all of the probabilities, the best cut, the right choice.
    assert 9.9 <= good[0] <= 10
    # Ben: two normal women of four, 50 % each time (three quarters), a costly cut, a wrong choice.
    assert poor[0] == pytest.approx(2 + 1.5 + 0.5 + 0, abs=0.01)


def test_feedback_says_why(people: People) -> None:
    ben = people("ben")
    ben.page.get_by_role("link", name="Feedback").first.click()
    text = ben.page.locator("main").inner_text()
    assert "57 in 100 (4 of 7) is right for the set above" in text
    assert "document.title='taken'" in text
    assert ben.page.title() != "taken"
    assert "rubric" not in text.lower()
    ben.stands_well("feedback", full=True)
    ben.home()
    ben.stands_well("my-courses-marked")
    ben.page.get_by_role("link", name=re.compile("^Receipt")).first.click()
    ben.stands_well("receipt")
    ben.home()
    ben.page.get_by_role("link", name="A first case with AI").first.click()
    ben.stands_well("lesson-after", full=True)


def test_the_teacher_sees_the_class_and_marks_by_hand(people: People) -> None:
    ines = people("ines")
    ines.teach()
    row = ines.page.locator("#class-table tbody tr").filter(has_text="ana")
    assert "/13" in row.inner_text()
    ines.stands_well("teach", full=True)
    row.get_by_role("link").first.click()
    ines.stands_well("learner", full=True)
    ines.teach()
    ines.page.get_by_role("link", name=re.compile("Mark by hand")).first.click()
    ines.page.get_by_label(re.compile("Points, of 3")).fill("7")
    ines.page.get_by_role("button", name="Save and next").click()
    ines.page.get_by_role("heading", name="There is a problem").wait_for()
    ines.stands_well("mark-by-hand-problem", full=True)
    for _ in range(2):
        answer = ines.page.locator(".answer").inner_text()
        ines.stands_well("mark-by-hand", full=True)
        good = "recall rate" in answer
        ines.page.get_by_label(re.compile("Points, of 3")).fill("3" if good else "0.5")
        comment = "Well asked." if good else "Have another look."
        ines.page.get_by_label("Comment for the learner").fill(comment)
        ines.page.get_by_role("button", name="Save and next").click()
        ines.page.get_by_text("The marks are saved.").wait_for()
    assert ines.page.title() != "taken"
    ana = people("ana")
    score = wait_until(lambda: (ana.sees_points() or (0,))[0] > 12 and ana.sees_points(), "Ana's full points")
    assert 12.9 <= score[0] <= 13
    ana.page.get_by_role("link", name="Feedback").first.click()
    ana.page.get_by_text("Well asked.").wait_for()


def test_the_grades_leave_as_a_file(people: People) -> None:
    ines = people("ines")
    ines.teach()
    with ines.page.expect_download() as waiting:
        ines.page.get_by_role("link", name=re.compile("CSV")).click()
    text = waiting.value.path().read_text("utf-8-sig")
    rows = {row["learner"]: row for row in csv.DictReader(io.StringIO(text)) if row.get("lesson") == LESSON}
    assert float(rows["ana"]["points"]) > 12.5 > 5 > float(rows["ben"]["points"])


def test_nbgraders_own_pages_open_as_a_page(people: People) -> None:
    ines = people("ines")
    ines.teach()
    ines.page.get_by_role("link", name="Formgrader").click()
    row = ines.page.locator("#main-table tr").filter(has_text=LESSON)
    row.get_by_text("released").wait_for()
    ines.shoot("formgrader")
    row.locator(".release-feedback a").click()
    ines.page.get_by_role("heading", name="Success").wait_for(timeout=120_000)
    ines.page.get_by_role("dialog").get_by_role("button", name="OK").click()
    with ines.context.expect_page() as coming:
        row.get_by_role("link", name=LESSON).click()
    lesson = coming.value
    lesson.locator(":target").get_by_role("heading", name="A first case with AI").wait_for()
    assert lesson.url == f"{ines.campus.address('campus')}teach/{COURSE}#lesson-{LESSON}"
    lesson.close()


def test_the_teacher_amends_the_lesson_in_her_browser(people: People) -> None:
    ines = people("ines")
    ines.teach()
    ines.page.get_by_role("link", name=re.compile("^Edit")).first.click()
    editor = ines.page.locator(".jp-FileEditor .cm-content").first
    editor.wait_for(timeout=120_000)
    ines.resize(WIDTHS[0])  # JupyterLab's sides give way to the text
    ines.page.wait_for_function("document.querySelector('.jp-FileEditor').offsetWidth > 250")
    ines.shoot("edit")
    line = editor.locator(".cm-line", has_text="You have 25 minutes before clinic").first
    line.click()
    ines.page.keyboard.press("End")
    ines.page.keyboard.type(" Your coffee is still warm.")
    ines.page.keyboard.press("Control+s")
    text = ines.campus.state / "courses" / COURSE / f"{LESSON}.md"
    wait_until(lambda: "coffee is still warm" in text.read_text("utf-8"), "the saved text")
    ines.teach()
    assert "Changed since release 1" in ines.page.content()
    ines.page.get_by_role("link", name=re.compile("^Check")).first.click()
    ines.stands_well("check")
    ines.page.get_by_role("button", name="Release again").click()
    ines.page.get_by_role("progressbar").wait_for()
    ines.shoot("release-running")
    ines.page.get_by_text("The lesson is released. Learners see it at once.").wait_for(timeout=180_000)
    ines.stands_well("release-done")
    ana = people("ana")
    ana.open_lesson()
    ana.page.locator("#senolab-lesson").get_by_text("Your coffee is still warm.").wait_for()
    ana.case(1).get_by_role("heading", name="The truth").wait_for()


def kill(person: Person, name: str) -> int:
    """Kill one of the launcher's children the hard way."""
    pid = person.campus.pid(name)
    assert pid, f"there is no {name}"
    os.kill(pid, signal.SIGKILL)
    return pid


@pytest.mark.parametrize("name", ["hub", "proxy", "campus"])
def test_what_is_killed_comes_back_and_nothing_is_lost(people: People, name: str) -> None:
    ana, ines = people("ana"), people("ines")
    before = ana.sees_points()
    old = kill(ana, name)
    wait_until(lambda: ana.campus.pid(name) not in (None, old), f"a new {name}")

    def works() -> bool:
        try:
            return ana.campus.visitor().get("/hub/health").status == 200 and ana.sees_points() == before
        except Exception:  # the page may not load while it restarts
            return False

    wait_until(works, f"the campus after the {name} was killed", 90)
    ana.open_lesson()
    ana.case(1).get_by_role("heading", name="The truth").wait_for()
    ines.teach()
    ines.page.locator("#class-table").wait_for()


def test_a_killed_server_starts_again_with_everything_in_it(people: People) -> None:
    ana = people("ana")
    before = len(reading.record_of(ana))
    state = ana.campus.state
    mine = [path for path in Path("/proc").glob("[0-9]*") if _is_server_of(path, "ana", state)]
    assert mine, "Ana's server is not to be seen"
    for path in mine:
        with suppress(ProcessLookupError):
            os.kill(int(path.name), signal.SIGKILL)

    def opens() -> bool:
        try:  # until the hub has noticed, it leads to where the server was
            ana.open_lesson(patience=20_000)
        except Exception:
            return False
        return True

    wait_until(opens, "the lesson", 150)
    assert len(reading.record_of(ana)) >= before
    ana.page.get_by_text("11 of 11 answered").wait_for()


def _is_server_of(process: Path, name: str, state: Path) -> bool:
    """Whether a process holds a learner's server of this campus, and of no other that runs meanwhile."""
    try:
        if process.stat().st_uid != state.stat().st_uid:
            return False
        words = (process / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    there = any(word.startswith(str(state).encode()) for word in words)
    return b"bwrap" in words[0] and there and f"/home/{name}".encode() in words
