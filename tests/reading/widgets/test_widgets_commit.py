"""Commit, then reveal; and what is still there when the lesson starts again."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from widgets_making import CELLS
from widgets_rig import acts, open_lesson, wait_for_act

pytestmark = pytest.mark.browser

# What the page asks its widgets before the lesson is handed in.
SETTLED = """async () => {
  const waits = [];
  document.dispatchEvent(new CustomEvent("senolab:settle", { detail: waits }));
  return Promise.all(waits).then(() => (waits.length ? "kept" : "nobody"), (problem) => problem.message);
}"""


def test_a_case_is_committed_once_and_comes_back_after_a_restart(browser, server, make_lesson, axe) -> None:
    opened = open_lesson(browser, server, make_lesson(CELLS[:1]))
    opened.lit()
    page = opened.page
    commit = page.get_by_role("button", name="Commit and see the truth")
    assert commit.get_attribute("aria-disabled") == "true"
    assert "Still to answer" in page.locator(".sl-reason").inner_text()

    page.get_by_label("No finding: I would not recall").check()
    assert wait_for_act(opened, lambda act: act["question"] == "mark-1")["value"] == []
    page.get_by_label("No finding: I would not recall").uncheck()
    page.get_by_role("button", name="Place a mark").click()
    page.mouse.click(*opened.centroid("LCC"))
    number = page.get_by_role("spinbutton", name="Probability in per cent")
    number.fill("80")
    page.keyboard.press("Tab")
    wait_for_act(opened, lambda act: act["question"] == "sure-1" and act["value"] == 80)
    number.fill("150")  # no probability: she is told, and what she answered before stands
    page.keyboard.press("Tab")
    page.get_by_text("A probability is 0 to 100 per cent.").wait_for()
    assert {act["value"] for act in acts(opened) if act["question"] == "sure-1"} == {80}
    number.fill("80")
    page.keyboard.press("Tab")
    page.get_by_text("A probability is 0 to 100 per cent.").wait_for(state="hidden")
    wait_for_act(opened, lambda act: act["question"] == "sure-1" and act["value"] == 80)
    page.locator('.sl-main[aria-disabled="false"]').first.wait_for()
    commit.click()
    assert page.get_by_text("you cannot change your answers").is_visible()
    page.get_by_role("button", name="Keep reading").click()
    commit.click()
    page.get_by_role("button", name="Commit now").click()
    page.get_by_text("Invasive cancer in the left breast").wait_for()
    check_revealed(opened)
    assert wait_for_act(opened, lambda act: act["case"] == "case-1", "commit")["value"]["sure-1"] == 80
    page.evaluate(axe)
    options = "{ rules: { 'heading-order': { enabled: false } } }"
    violations = f"async () => (await axe.run('.sl-root', {options})).violations.map(v => v.id)"
    assert page.evaluate(violations) == []

    page.locator(".sl-case").evaluate("old => old.setAttribute('data-old', '')")
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:restart-run-all'); }")
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    page.locator(".sl-case:not([data-old])").wait_for()
    opened.lit()
    page.get_by_text("Invasive cancer in the left breast").wait_for()
    check_revealed(opened)
    assert opened.strangers == []
    page.context.close()


def check_revealed(opened) -> None:
    page = opened.page
    assert page.get_by_text("You found the lesion.").is_visible()
    assert page.locator("fieldset.sl-mark").evaluate("field => field.disabled")
    assert page.locator(".sl-truth").count() == 2 and page.locator(".sl-prompt").count() == 1
    opened.images().focus()
    page.keyboard.press("t")
    page.keyboard.press("b")
    opened.settle()
    assert page.locator(".sl-truth").count() == 0 and page.locator(".sl-prompt").count() == 0
    page.keyboard.press("t")
    page.keyboard.press("b")
    opened.settle()
    assert page.get_by_role("button", name="Commit and see the truth").count() == 0


def test_where_the_server_hands_out_no_images_they_come_all_the_same(browser, server, make_lesson) -> None:
    code = "import senolab\nfrom pathlib import Path\nsenolab.view(Path('exams/exam-a'))"
    opened = open_lesson(browser, server, make_lesson((code,)), block="**/senolab/dicom/**")
    opened.lit()
    assert opened.mean("RMLO") > 5
    opened.page.context.close()


@contextmanager
def unwritable(record: Path) -> Iterator[None]:
    """Nobody can write a record where a folder stands."""
    aside = record.with_suffix(".kept")
    record.rename(aside)
    record.mkdir()
    yield
    record.rmdir()
    aside.rename(record)


def test_what_cannot_be_saved_is_told_and_can_be_tried_again(browser, server, make_lesson) -> None:
    notebook = make_lesson(CELLS[:2])
    opened = open_lesson(browser, server, notebook)
    opened.lit()
    page = opened.page
    with unwritable(opened.record):
        page.get_by_label("About 80").check()
        page.get_by_text("Not saved. The record cannot be written").wait_for()
        assert "The record cannot be written" in page.evaluate(SETTLED)
    page.get_by_role("button", name="Try again").click()
    assert wait_for_act(opened, lambda act: act["question"] == "pick")["value"] == "About 80"
    assert page.evaluate(SETTLED) == "kept"
    page.context.close()


def test_what_could_not_be_saved_is_saved_when_the_page_is_loaded_again(browser, server, make_lesson) -> None:
    opened = open_lesson(browser, server, make_lesson(CELLS[:2]))
    opened.lit()
    page = opened.page
    page.get_by_label("About 3", exact=True).check()
    wait_for_act(opened, lambda act: act["value"] == "About 3")
    with unwritable(opened.record):
        page.get_by_label("About 80").check()
        page.get_by_text("Not saved. The record cannot be written").wait_for()
    page.reload()
    opened.run_all()
    assert wait_for_act(opened, lambda act: act["question"] == "pick" and act["value"] == "About 80")
    page.locator('[data-question="pick"]').get_by_text("Saved").wait_for()
    assert page.get_by_label("About 80").is_checked()
    assert (
        page.evaluate("Object.keys(sessionStorage).filter(name => name.startsWith('senolab-')).length") == 0
    )
    page.context.close()


def test_what_another_page_saved_later_is_not_overwritten(browser, server, make_lesson) -> None:
    notebook = make_lesson(CELLS[:2])
    first, second = (open_lesson(browser, server, notebook) for _ in range(2))
    for opened in (first, second):
        opened.lit()
    with unwritable(first.record):
        first.page.get_by_label("About 80").check()
        first.page.get_by_text("Not saved. The record cannot be written").wait_for()
    second.page.get_by_label("About 3", exact=True).check()
    wait_for_act(second, lambda act: act["value"] == "About 3")
    first.page.reload()
    first.run_all()
    first.page.get_by_text("Saved").first.wait_for()
    assert first.page.get_by_label("About 3", exact=True).is_checked()
    for opened in (first, second):
        opened.page.context.close()
