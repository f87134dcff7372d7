"""The screens that a good day does not show: what went wrong, what is full, what has ended."""

import json
import re
from collections.abc import Callable

import pytest
from journey_people import COURSE, LESSON, LESSON_PAGE, Person, wait_until

pytestmark = [pytest.mark.hub, pytest.mark.browser, pytest.mark.timeout(600)]

People = Callable[[str], Person]


def test_a_wrong_password_is_told_where_it_is_typed(people: People) -> None:
    ben = people("ben")
    ben.page = ben.context.new_page()
    ben.page.goto(f"{ben.campus.url}/hub/login")
    ben.page.get_by_label("Name").fill("ben")
    ben.page.get_by_label("Password", exact=True).fill("wrong")
    ben.page.get_by_role("button", name="Sign in").click()
    ben.page.get_by_role("alert").get_by_text("do not belong together").wait_for()
    ben.stands_well("sign-in-wrong")


@pytest.mark.parametrize(
    ("name", "path", "words"),
    [
        ("hub-404", "hub/nothing-here", "There is no such page"),
        ("hub-403", "hub/admin", "This page is not yours to see"),
        ("hub-503", "hub/error/503", "This page is not ready"),
        ("hub-home", "hub/home", "Your session"),
        ("campus-404", "services/campus/nothing-here", "There is no such page"),
        ("campus-403", f"services/campus/teach/{COURSE}", "for the teachers of the course"),
    ],
)
def test_a_page_that_is_not_to_be_had_says_so_and_leads_on(
    people: People, name: str, path: str, words: str
) -> None:
    ben = people("ben").sign_in()
    host = ben.campus.url if path.startswith("hub/") else ben.campus.address("campus").split("/services")[0]
    ben.page.goto(f"{host}/{path}")
    ben.page.get_by_text(words).first.wait_for()
    assert "Jupyter" not in ben.page.locator("body").inner_text()
    ben.stands_well(name)
    ben.page.get_by_role("link", name=re.compile("my courses", re.IGNORECASE)).last.click()
    ben.page.wait_for_url("**/services/campus/")


def test_a_session_starts_before_the_eyes_and_tells_when_it_has_ended(people: People) -> None:
    ben = people("ben")
    campus, page = ben.campus, ben.page
    visitor = campus.visitor("ben")
    visitor.start_server("ben")
    page.goto(f"{campus.url}/hub/home")
    stopped = page.evaluate(
        """async () => (await fetch("/hub/api/users/ben/server", {
          method: "DELETE", headers: {"X-XSRFToken": window.jhdata.xsrf_token}})).status"""
    )
    assert stopped in (202, 204)
    page.route("**/hub/spawn/ben*", lambda route: route.abort())  # it starts again by itself: not at once
    wait_until(lambda: page.goto(f"{campus.url}/hub/user/ben/tree").status == 424, "the end of the session")
    page.get_by_role("heading", name="Your session has ended").wait_for()
    page.goto("about:blank")
    page.unroute_all()
    page.goto(f"{campus.url}/hub/spawn/ben?next=%2Fhub%2Fhome")
    page.get_by_role("heading", name="The lesson is getting ready").wait_for()
    ben.shoot("session-starts")
    wait_until(lambda: visitor.get(campus.home_of("ben") + "api").status == 200, "Ben's session")


def test_what_ended_a_session_stands_on_the_first_page(people: People) -> None:
    ben = people("ben")
    words = (
        "Your session was ended because it used more memory (2.1 GB) than the 1.5 GB that one person may use."
    )
    notice = ben.campus.state / "notices" / "ben.json"
    notice.write_text(json.dumps({"what": "memory", "sentence": words, "time": "2026-11-22T08:00:00Z"}))
    ben.home()
    ben.page.get_by_text(words).wait_for()
    ben.stands_well("notice")
    ben.page.get_by_role("button", name="Dismiss").click()
    ben.page.get_by_text(words).wait_for(state="detached")


def test_what_is_wanting_in_a_lesson_is_named_by_line_and_not_released(people: People) -> None:
    ines = people("ines").sign_in()
    text = ines.campus.state / "courses" / COURSE / f"{LESSON}.md"
    good = text.read_text("utf-8")
    try:
        text.write_text(good.replace("minutes: 25", "minutes: soon").replace("kind: choice", "kind: chioce"))
        ines.teach()
        ines.page.get_by_role("link", name=re.compile("^Check")).first.click()
        ines.page.get_by_text("Did you mean 'choice'?").wait_for()
        assert ines.page.get_by_role("button", name=re.compile("^Release")).count() == 0
        ines.stands_well("check-findings", full=True)
        ines.teach()
        ines.page.get_by_role("button", name=re.compile("^Release again")).first.click()
        ines.page.get_by_role("heading", name="The lesson was not released").wait_for(timeout=120_000)
        ines.stands_well("release-failed", full=True)
    finally:
        text.write_text(good)


def test_the_teacher_sees_the_page_as_learners_will(people: People) -> None:
    ines = people("ines")
    ines.teach()
    asked: list[int] = []
    ines.page.on(
        "response", lambda reply: asked.append(reply.status) if "/preview-state/" in reply.url else None
    )
    ines.page.get_by_role("link", name=re.compile("^Preview")).first.click()
    ines.page.wait_for_url("**/notebooks/**", timeout=400_000)  # the first one draws exams
    assert set(asked) == {200}, "the waiting page is told how the build goes"
    ines.page.wait_for_function(
        "() => document.querySelectorAll('.sl-cell[data-lit]').length >= 4", timeout=120_000
    )
    ines.page.get_by_text("nothing is handed in").first.wait_for()
    ines.stands_well("preview", within=LESSON_PAGE)
