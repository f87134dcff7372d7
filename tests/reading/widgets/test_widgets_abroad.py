"""In another language no word of a widget stays English, and numbers and times are written its way."""

import pseudo
import pytest
from widgets_making import CELLS, QUESTIONS, TABLE, VIEWS, release, write_lesson
from widgets_rig import open_lesson

pytestmark = pytest.mark.browser
AUTHORED = {
    *(question["ask"] for question in QUESTIONS),
    *(question["ask"].rstrip(".?") for question in QUESTIONS),
    *(option for question in QUESTIONS for option in question.get("options", ())),
    *(row["label"] for row in TABLE),
    *(row["outcome"] for row in TABLE),
    *(row["outcome"].title() for row in TABLE),
    *(case["title"] for case in release()["cases"].values()),
    *VIEWS,
    "Invasive cancer in the left breast",
    "Mass",  # the finding's label, which the exam's truth brings along
    "mm",
}


def test_no_word_of_a_widget_stays_english(browser, server_abroad) -> None:
    opened = open_lesson(browser, server_abroad, write_lesson(server_abroad.root / "lesson", CELLS))
    opened.lit()
    page = opened.page
    roots = page.locator(".sl-root")
    for number in range(roots.count()):
        assert not pseudo.untranslated(roots.nth(number), authored=AUTHORED)

    commit(opened)
    assert not pseudo.untranslated(roots.first, authored=AUTHORED)
    assert page.get_by_text(pseudo.accented("You found the lesion.")).is_visible()
    assert "0,96" in page.locator(".sl-verdict").nth(1).inner_text()  # written the German way
    opened.images().focus()
    page.keyboard.press("?")
    assert not pseudo.untranslated(page.locator(".sl-help"), authored=AUTHORED)
    page.context.close()


def commit(opened) -> None:
    page = opened.page
    page.get_by_role("button", name=pseudo.accented("Place a mark")).click()
    page.mouse.click(*opened.centroid("LCC"))
    page.get_by_role("spinbutton", name=pseudo.accented("Probability in per cent")).fill("80")
    page.keyboard.press("Tab")
    page.locator('.sl-main[aria-disabled="false"]').first.click()
    page.get_by_role("button", name=pseudo.accented("Commit now")).click()
    page.get_by_text("Invasive cancer in the left breast").wait_for()
