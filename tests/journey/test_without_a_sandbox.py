"""A machine without bubblewrap: one person teaches and learns, under a banner that nobody overlooks."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import journey_reading as reading
import pytest
from hub_fixture import RunningCampus, running_campus, temporary_state
from journey_people import COURSE, LESSON, LESSON_PAGE, Person, wait_until

pytestmark = [pytest.mark.hub, pytest.mark.browser, pytest.mark.timeout(600)]

BANNER = "Unprotected: this machine has no sandbox."


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCampus]:
    """A campus that finds every program of this machine but bwrap."""
    programs = tmp_path_factory.mktemp("programs")
    for folder in filter(os.path.isdir, os.environ["PATH"].split(os.pathsep)):
        with suppress(PermissionError):  # a folder of somebody else's
            for program in Path(folder).iterdir():
                if program.name != "bwrap" and not os.path.lexists(programs / program.name):
                    (programs / program.name).symlink_to(program)
    assert shutil.which("bwrap", path=str(programs)) is None
    with (
        temporary_state() as state,
        running_campus(state, released=True, environment={"PATH": str(programs)}, patience=600) as running,
    ):
        yield running


@pytest.fixture(scope="module")
def ines(bare: RunningCampus, browser: Any) -> Iterator[Person]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    yield Person("ines", bare, context)
    context.close()


def test_the_launcher_says_what_is_missing_and_how_to_get_it(bare: RunningCampus) -> None:
    said = bare.words()
    assert "bubblewrap (bwrap) is not installed" in said
    assert "apt" in said
    assert "UNPROTECTED: only ines can sign in, as teacher and learner of every course." in said


def test_every_page_carries_the_banner(ines: Person) -> None:
    ines.page = ines.context.new_page()
    ines.page.goto(f"{ines.campus.url}/hub/login")
    ines.page.get_by_role("alert").get_by_text(BANNER).wait_for()
    ines.stands_well("unprotected-sign-in")
    ines.sign_in()
    ines.page.get_by_role("alert").get_by_text(BANNER).wait_for()
    ines.stands_well("unprotected-courses")


def test_nobody_else_is_let_in(bare: RunningCampus) -> None:
    assert bare.printed_passwords().keys() == {"ines"}
    bare.enrol("dora")
    answer = bare.visitor().sign_in("dora", bare.passwords["dora"])
    assert answer.status == 403
    assert BANNER in answer.text


def test_she_reads_commits_hands_in_and_sees_her_mark(ines: Person) -> None:
    ines.open_lesson()
    ines.page.get_by_role("alert").get_by_text(BANNER).wait_for()
    ines.stands_well("unprotected-lesson", within=LESSON_PAGE)
    reading.see_nothing(ines)
    reading.answer_the_rest(ines, 3, "About 57, as among the 20 women above", "I pass.")
    page = ines.page
    page.get_by_role("button", name="Hand in", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Hand in").click()
    page.get_by_text(re.compile(r"Marked: [\d.]+ of 13 points")).wait_for()
    assert wait_until(ines.sees_points, "her points")[0] == pytest.approx(2 + 1.5 + 0.5, abs=0.01)
    page.get_by_role("link", name="Feedback").first.click()
    page.get_by_text("57 in 100 (4 of 7) is right for the set above").first.wait_for()


def test_she_marks_her_own_words_as_a_teacher(ines: Person) -> None:
    ines.teach()
    page = ines.page
    assert page.locator("#class-table tbody tr").count() == 1  # nobody else can sign in
    page.get_by_role("link", name=re.compile("Mark by hand")).first.click()
    page.get_by_label(re.compile("Points, of 3")).fill("3")
    page.get_by_role("button", name="Save and next").click()
    page.get_by_text("The marks are saved.").wait_for()
    wait_until(lambda: (ines.sees_points() or (0,))[0] == pytest.approx(7, abs=0.01), "three points more")


def test_she_previews_a_lesson_as_learners_see_it(ines: Person) -> None:
    ines.teach()
    ines.page.get_by_role("link", name=re.compile("^Preview")).first.click()
    ines.page.wait_for_url("**/notebooks/preview/**", timeout=180_000)
    ines.page.get_by_role("heading", name="A first case with AI", level=1).wait_for(timeout=120_000)
    ines.page.get_by_text("0 of 11 answered").wait_for()


def test_she_edits_a_lesson_and_releases_it_again(ines: Person) -> None:
    ines.teach()
    ines.page.get_by_role("link", name=re.compile("^Edit")).first.click()
    editor = ines.page.locator(".jp-FileEditor .cm-content").first
    editor.wait_for(timeout=120_000)
    ines.page.get_by_role("alert").get_by_text(BANNER).wait_for()
    ines.shoot("unprotected-edit")
    editor.locator(".cm-line", has_text="You have 25 minutes before clinic").first.click()
    ines.page.keyboard.press("End")
    ines.page.keyboard.type(" Nobody else is here.")
    ines.page.keyboard.press("Control+s")
    text = ines.campus.state / "courses" / COURSE / f"{LESSON}.md"
    wait_until(lambda: "Nobody else is here" in text.read_text("utf-8"), "the saved text")
    ines.teach()
    ines.page.get_by_role("link", name=re.compile("^Check")).first.click()
    ines.page.get_by_role("button", name="Release again").click()
    ines.page.get_by_text("The lesson is released. Learners see it at once.").wait_for(timeout=180_000)
    ines.open_lesson()
    ines.page.locator("#senolab-lesson").get_by_text("Nobody else is here.").wait_for()
