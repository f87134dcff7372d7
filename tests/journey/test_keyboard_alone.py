"""A whole lesson without a mouse: Carla signs in, marks, commits, answers and hands in by keys alone."""

from collections.abc import Callable
from typing import Any

import journey_reading as reading
import pytest
from journey_people import LESSON_PAGE, Person, wait_until

pytestmark = [pytest.mark.hub, pytest.mark.browser, pytest.mark.timeout(600)]

MOST_STEPS = 400  # presses of Tab, more than any page needs


@pytest.fixture(scope="module")
def carla(people: Callable[[str], Person]) -> Person:
    person = people("carla")
    person.page = person.context.new_page()
    return person


def tab_to(page: Any, selector: str) -> None:
    """Press Tab until the focus is on what is wanted, and hold that it can be seen there."""
    for _ in range(MOST_STEPS):
        if page.evaluate("wanted => document.activeElement?.matches(wanted) ?? false", selector):
            style = page.evaluate(
                "() => { const s = getComputedStyle(document.activeElement);"
                " return [s.outlineStyle, parseFloat(s.outlineWidth)]; }"
            )
            assert style[0] != "none" and style[1] >= 2, f"the focus on {selector} is not to be seen"
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {selector}")


def test_she_signs_in_and_starts_the_lesson(carla: Person) -> None:
    page = carla.page
    page.goto(f"{carla.campus.url}/hub/login")
    page.keyboard.type("carla")  # the first field has the focus
    page.keyboard.press("Tab")
    page.keyboard.type(carla.campus.passwords["carla"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/services/campus/**")
    tab_to(page, 'main a.button[href*="senolab/open/"]')
    page.keyboard.press("Enter")
    page.wait_for_url("**/notebooks/**", timeout=120_000)
    page.wait_for_function(
        "() => document.querySelectorAll('.sl-cell[data-lit]').length >= 4", timeout=120_000
    )


def test_she_marks_with_arrows_and_enter(carla: Person) -> None:
    page = carla.page
    tab_to(page, "section.sl-case .sl-grid")
    page.keyboard.press("m")
    for key in ("ArrowRight", "ArrowDown", "Shift+ArrowLeft"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    first = reading.wait_for_marks(carla, "mark-1", 1)[0]
    assert first["view"] == "RCC"
    page.keyboard.press("v")
    for _ in range(2):
        page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Enter")
    second = reading.wait_for_marks(carla, "mark-1", 2)[1]
    assert second["view"] == "LCC"
    page.keyboard.press("Delete")
    assert reading.wait_for_marks(carla, "mark-1", 1) == [first]
    carla.shoot("keyboard-mark")


def test_she_commits_each_case(carla: Person) -> None:
    page = carla.page
    for number in range(1, 5):
        case = f"section.sl-case:has([data-question='sure-{number}'])"
        if number > 1:
            tab_to(page, f"{case} [data-question='mark-{number}'] input[type='checkbox']")
            page.keyboard.press("Space")
        tab_to(page, f"{case} [data-question='sure-{number}'] input[type='range']")
        page.keyboard.press("End")
        for _ in range(20):
            page.keyboard.press("ArrowLeft")
        tab_to(page, f"{case} .sl-commit > button")
        carla.case(number).locator(".sl-commit > button[aria-disabled='false']").wait_for()
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")  # "Commit now" has the focus
        carla.case(number).get_by_role("heading", name="The truth").wait_for()
        assert page.evaluate("() => document.activeElement.textContent") == "The truth"
    page.get_by_text("8 of 11 answered").wait_for()


def test_she_answers_the_rest_and_hands_in(carla: Person) -> None:
    page = carla.page
    tab_to(page, '[data-question="cut"] input[type="range"]')
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    tab_to(page, '[data-question="recalled"] input[type="radio"]')
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    tab_to(page, '[data-question="reflect"] textarea')
    page.keyboard.type("It pointed at normal tissue twice. Who reads what it recalls?")
    page.keyboard.press("Tab")
    page.get_by_text("11 of 11 answered").wait_for()
    for _ in range(MOST_STEPS):  # back to the head of the page
        if (
            page.evaluate(
                "() => document.activeElement?.closest('.lp-header') && document.activeElement.tagName"
            )
            == "BUTTON"
        ):
            break
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("heading", name="Hand in this lesson?").wait_for()
    tab_to(page, ".lp-ask .lp-main")
    page.keyboard.press("Enter")
    dialog.get_by_role("heading", name="Handed in").wait_for()
    tab_to(page, ".lp-ask .lp-plain")
    page.keyboard.press("Enter")
    assert dialog.count() == 0
    assert not carla.axe(LESSON_PAGE)
    points = wait_until(carla.sees_points, "Carla's points")
    assert points[1] == 13
    assert 0 < points[0] < 10
