"""The lesson as a learner meets it, in Chromium."""

import contextlib
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from page_rig import CAMPUS_TOKEN, CHECKOUT, COURSE, LESSON, OPEN, TOKEN, Campus, Server, begin, notebook
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect
from senolab import record

pytestmark = pytest.mark.browser

NOTEBOOK = f"lessons/{COURSE}/{LESSON}/{LESSON}.ipynb"
AXE = CHECKOUT / "node_modules" / "axe-core" / "axe.min.js"
LONG = 30_000  # ms; how long a part may take on a busy machine
expect.set_options(timeout=LONG)
LIKE_A_PERSON = {"width": 1280, "height": 800}


@pytest.fixture
def window(browser: Browser, server: Server) -> Iterator[BrowserContext]:
    yield from signed_in(browser, server)


@pytest.fixture
def page(window: BrowserContext, server: Server) -> Page:
    """The lesson, opened and ready."""
    return opened(window, server)


@pytest.fixture(scope="class")
def shared_page(browser: Browser, on_campus: Server, campus: Campus) -> Iterator[Page]:
    """One opened lesson for several tests that only look at it."""
    server = begin(on_campus, campus)
    for window in signed_in(browser, server):
        yield opened(window, server)


def signed_in(browser: Browser, server: Server) -> Iterator[BrowserContext]:
    """Open a signed-in browser. It reaches no other host, and a page that asks for one fails the test."""
    strangers: list[str] = []
    context = browser.new_context(viewport=LIKE_A_PERSON)
    context.set_default_timeout(LONG)

    def stranger(route: Route) -> None:
        strangers.append(route.request.url)
        route.abort()

    context.route(lambda url: not url.startswith((server.url, "data:", "blob:")), stranger)
    context.request.get(f"{server.url}senolab/about?token={TOKEN}")
    yield context
    context.close()
    assert strangers == []


def opened(window: BrowserContext, server: Server) -> Page:
    page = window.new_page()
    page.goto(server.url + OPEN)
    expect(page.get_by_role("button", name="Answer pick")).to_be_visible(timeout=LONG)
    expect(said(page, "did not work")).to_be_visible(timeout=LONG)
    return page


def said(page: Page, text: str) -> Locator:
    """What the lesson's page says; the notebook that it replaces lies hidden in the same document."""
    return page.locator("#senolab-page, #senolab-wait").get_by_text(text)


def kept(server: Server) -> list[str]:
    acts = record.read(server.home / "lessons" / COURSE / LESSON / "record.jsonl").acts
    return [act.question for act in acts]


def wrong(page: Page) -> list[str]:
    """What axe finds wrong on the page."""
    page.add_script_tag(path=AXE)
    found = page.evaluate("async () => (await axe.run(document)).violations")
    return [f"{rule['id']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]]


class TestALookAtThePage:
    """Several looks at one opened page."""

    def test_the_lesson_opens_as_a_page_and_runs_by_itself(self, shared_page: Page) -> None:
        page = shared_page
        expect(page).to_have_title("A first case with AI · Senolab")
        assert page.evaluate("document.documentElement.lang") == "en"
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        for thing in (
            ".cm-editor",
            ".jp-InputArea",
            ".jp-InputPrompt",
            ".jp-Toolbar",
            "#menu-panel",
            ".jp-Cell",
        ):
            assert page.locator(f"{thing}:visible").count() == 0, thing
        for text in ("ipywidgets", "your work", "The answer stands in the record", "only for authors"):
            expect(said(page, text)).not_to_be_visible()
        expect(page.get_by_role("link", name="Campus")).to_be_visible()
        expect(said(page, "Education, not diagnosis")).to_be_visible()
        expect(said(page, "The images of this lesson are calculated")).to_be_visible()
        assert page.locator("#senolab-wait").count() == 0

    def test_a_part_that_fails_says_so_and_the_next_goes_on(self, shared_page: Page) -> None:
        page = shared_page
        alert = page.get_by_role("alert").filter(has_text="did not work")
        expect(alert).to_contain_text("Your answers are kept.")
        expect(said(page, "ValueError: the pictures are missing")).not_to_be_visible()
        alert.get_by_text("What to tell your teacher").click()
        expect(said(page, "ValueError: the pictures are missing")).to_be_visible()
        assert said(page, "Traceback").locator("visible=true").count() == 0

    @pytest.mark.parametrize("width", [360, 768, 1280])
    def test_the_page_is_accessible_and_fits(self, shared_page: Page, width: int) -> None:
        page = shared_page
        page.set_viewport_size({"width": width, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert wrong(page) == []
        page.get_by_role("button", name="Hand in").click()
        expect(page.get_by_role("dialog")).to_be_visible()
        found = wrong(page)
        page.keyboard.press("Escape")
        assert found == []

    def test_the_keyboard_goes_through_the_page_in_order(self, shared_page: Page) -> None:
        page = shared_page
        skip = page.get_by_role("link", name="Skip to the lesson")
        skip.focus()
        names = []
        for _ in range(3):
            page.keyboard.press("Tab")
            names.append(page.evaluate("document.activeElement.textContent.trim()"))
        assert names[:2] == ["Campus", "Hand in"]
        assert page.evaluate("document.activeElement.closest('article') !== null"), names
        skip.focus()
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "senolab-lesson"

    def test_on_paper_the_lesson_stands_alone(self, shared_page: Page) -> None:
        page = shared_page
        page.emulate_media(media="print")
        expect(said(page, "A colleague stops you")).to_be_visible()
        expect(said(page, "Education, not diagnosis")).to_be_visible()
        expect(page.get_by_role("button", name="Hand in")).not_to_be_visible()
        box = page.locator("#senolab-page .jp-OutputArea-output").first.bounding_box()
        assert box and box["width"] > 300, "what a part shows keeps its width on paper"

    def test_no_key_or_click_changes_the_lesson(self, shared_page: Page, on_campus: Server) -> None:
        page = shared_page
        file = on_campus.home / NOTEBOOK
        before, shown = file.read_bytes(), page.locator(".lp-lesson > *").count()
        said(page, "A colleague stops you").click()
        said(page, "A colleague stops you").dblclick()
        for key in [
            "d",
            "d",
            "a",
            "b",
            "x",
            "c",
            "v",
            "z",
            "m",
            "y",
            "0",
            "0",
            "i",
            "i",
            "Enter",
            "Escape",
            "Delete",
        ]:
            page.keyboard.press(key)
        for key in ["Shift+Enter", "Control+Enter", "Control+Shift+c", "Control+b", "Alt+Enter", "Control+s"]:
            page.keyboard.press(key)
        expect(said(page, "Your answers are kept as you give them").first).to_be_visible()
        said(page, "A colleague stops you").click(button="right")
        assert page.locator(".lm-Menu:visible, .jp-Dialog:visible").count() == 0
        page.wait_for_timeout(1000)
        assert page.locator(".lp-lesson > *").count() == shown
        assert page.locator(".cm-editor:visible").count() == 0
        assert file.read_bytes() == before


def test_leaving_asks_nothing(page: Page) -> None:
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.get_by_role("button", name="Answer pick").click()  # a browser asks only whom someone has used
    expect(said(page, "1 of 2 answered")).to_be_visible()
    page.close(run_before_unload=True)
    assert asked == []


def test_an_answer_is_counted_when_it_is_given_and_found_again(page: Page, server: Server) -> None:
    expect(said(page, "0 of 2 answered")).to_be_visible()
    page.get_by_role("button", name="Answer pick").click()
    expect(said(page, "1 of 2 answered")).to_be_visible()
    assert kept(server) == ["pick"]
    page.reload()
    expect(said(page, "1 of 2 answered")).to_be_visible()
    expect(page.get_by_role("button", name="Answer pick")).to_be_visible()


def test_handing_in_names_what_is_missing_and_gives_a_receipt(page: Page, campus: Campus) -> None:
    page.get_by_role("button", name="Answer pick").click()
    expect(said(page, "1 of 2 answered")).to_be_visible()
    page.get_by_role("button", name="Hand in").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("You have answered 1 of 2.")
    expect(dialog).to_contain_text("The first woman: Mark what you would recall her for.")
    expect(dialog).not_to_contain_text("Which threshold")
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    assert campus.taken == []
    page.get_by_role("button", name="Hand in").click()
    dialog.get_by_role("button", name="Hand in").click()
    expect(dialog).to_contain_text("K7QM-2XWD")
    expect(dialog).to_contain_text("22 Nov 2026")
    expect(dialog.get_by_role("link", name="Go to the campus")).to_have_attribute("href", campus.url + "/")
    assert "pick" in campus.taken[0]["files"]["record.jsonl"]
    assert campus.tokens[-1] == f"token {CAMPUS_TOKEN}"
    dialog.get_by_role("button", name="Stay on this page").click()
    expect(page.get_by_role("button", name="Hand in again")).to_be_visible()
    expect(said(page, "Receipt K7QM-2XWD")).to_be_visible()


def test_who_comes_to_hand_in_is_asked_at_once_and_after_a_reload_no_more(
    page: Page, server: Server, campus: Campus
) -> None:
    page.goto(f"{server.url}{OPEN}?hand-in=1")
    expect(page.get_by_role("dialog")).to_contain_text("Hand in this lesson?", timeout=LONG)
    assert "hand-in" not in page.url
    page.reload()
    expect(page.get_by_role("button", name="Answer pick")).to_be_visible(timeout=LONG)
    expect(said(page, "did not work")).to_be_visible(timeout=LONG)
    expect(page.get_by_role("dialog")).not_to_be_visible()
    assert campus.taken == []


def test_a_refused_hand_in_says_why_and_can_be_tried_again(page: Page, campus: Campus) -> None:
    campus.refusal = "The campus is closed for an hour."
    page.get_by_role("button", name="Hand in").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Hand in").click()
    expect(dialog.get_by_role("alert")).to_have_text("The campus is closed for an hour.")
    campus.refusal = None
    dialog.get_by_role("button", name="Try again").click()
    expect(dialog).to_contain_text("K7QM-2XWD")


def test_handing_in_waits_for_answers_that_are_being_kept(page: Page, campus: Campus) -> None:
    page.evaluate("""document.addEventListener("senolab:settle", ({ detail }) =>
        detail.push(new Promise((kept, lost) => Object.assign(window, { kept, lost }))))""")
    page.get_by_role("button", name="Hand in").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Hand in").click()
    page.wait_for_function("Boolean(window.lost)")
    page.evaluate("window.lost(new Error('The disk is full.'))")
    expect(dialog.get_by_role("alert")).to_have_text("The disk is full.")
    assert campus.taken == []
    page.evaluate("window.kept = null")
    dialog.get_by_role("button", name="Try again").click()
    page.wait_for_function("Boolean(window.kept)")
    assert campus.taken == []
    page.evaluate("window.kept()")
    expect(dialog).to_contain_text("K7QM-2XWD")


def test_a_marked_lesson_shows_its_points_and_the_way_to_the_feedback(
    window: BrowserContext, server: Server, campus: Campus
) -> None:
    campus.state.update(state="marked", points=1.5, feedback_url="/services/campus/feedback")
    page = window.new_page()
    page.goto(server.url + OPEN)
    expect(said(page, "Marked: 1.5 of 2 points.")).to_be_visible()
    expect(said(page, "A teacher still reads your own words.")).not_to_be_visible()
    link = page.get_by_role("link", name="Read your feedback")
    expect(link).to_have_attribute("href", campus.url + "/feedback")
    expect(page.get_by_role("button", name="Hand in")).not_to_be_visible()


def test_points_that_a_teacher_may_still_add_to_are_told_as_such(
    window: BrowserContext, server: Server, campus: Campus
) -> None:
    campus.state.update(state="marked", points=1.5, waiting=True)
    page = window.new_page()
    page.goto(server.url + OPEN)
    expect(said(page, "A teacher still reads your own words. Your points can only grow.")).to_be_visible()


def test_a_lesson_that_stops_is_started_again_with_one_button(page: Page, server: Server) -> None:
    page.get_by_role("button", name="Answer pick").click()
    expect(said(page, "1 of 2 answered")).to_be_visible()
    os.kill(kernel_of(server), signal.SIGKILL)
    expect(said(page, "The lesson stopped. Your answers are kept.")).to_be_visible()
    assert page.locator(".jp-Dialog:visible").count() == 0
    page.get_by_role("button", name="Start again").click()
    expect(said(page, "The lesson stopped.")).not_to_be_visible()
    page.get_by_role("button", name="Answer pick").click()
    for _ in range(100):
        if len(kept(server)) == 2:
            break
        page.wait_for_timeout(100)
    assert kept(server) == ["pick", "pick"]


def kernel_of(server: Server) -> int:
    """Process id of the only kernel, found by the folder it works in."""
    folder = server.home / "lessons" / COURSE / LESSON
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "cwd").readlink() == folder and b"ipykernel" in (process / "cmdline").read_bytes():
                found.append(int(process.name))
    [pid] = found
    return pid


def test_waiting_is_told_in_words_then_with_a_reason_and_a_way_out(
    window: BrowserContext, server: Server
) -> None:
    server.get(OPEN)
    page = window.new_page()
    page.clock.install()
    page.route(re.compile("static/notebook/"), lambda route: route.abort())
    page.goto(server.url + "notebooks/" + NOTEBOOK)
    expect(page.locator("#senolab-wait .line").first).to_be_visible()
    expect(said(page, "The lesson is getting ready.")).not_to_be_visible()
    page.clock.run_for(1_100)
    expect(said(page, "The lesson is getting ready.")).to_be_visible()
    expect(page.get_by_role("link", name="Reload the page")).not_to_be_visible()
    page.clock.run_for(9_000)
    expect(page.get_by_role("alert")).to_contain_text("longer than usual")
    expect(page.get_by_role("link", name="Reload the page")).to_be_visible()
    expect(page.get_by_role("link", name="Back to the campus")).to_be_visible()
    assert wrong(page) == []


def test_a_notebook_that_is_no_page_stays_a_notebook(window: BrowserContext, server: Server) -> None:
    (server.home / "lessons" / "own").mkdir(parents=True)
    nbformat.write(notebook(page=False), server.home / "lessons" / "own" / "code.ipynb")
    page = window.new_page()
    page.goto(server.url + "notebooks/lessons/own/code.ipynb")
    expect(page.locator(".jp-Notebook .cm-editor:visible").first).to_be_visible()
    expect(page.locator("#menu-panel")).to_be_visible()
    expect(page.locator("#senolab-wait")).to_have_count(0)
    assert page.locator("#senolab-page").count() == 0


def test_authors_in_jupyterlab_see_the_lesson_as_it_is(window: BrowserContext, server: Server) -> None:
    server.get(OPEN)
    page = window.new_page()
    page.goto(f"{server.url}lab/tree/{NOTEBOOK}")
    expect(page.locator(".jp-Notebook .cm-editor:visible").first).to_be_visible()
    assert page.locator("#senolab-page").count() == 0


def test_practice_without_a_campus_has_nothing_to_hand_in(browser: Browser, alone: Server) -> None:
    if not (alone.shelf.root / "releases" / COURSE).exists():
        alone.shelf.put(mode="self-check")
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{alone.url}senolab/?token={TOKEN}")
    assert wrong(page) == []
    page.get_by_role("link", name="A first case with AI").click()
    expect(page.get_by_role("button", name="Answer pick")).to_be_visible(timeout=LONG)
    expect(said(page, "For practice: nothing is handed in").first).to_be_visible()
    expect(page.get_by_role("link", name="All lessons")).to_be_visible()
    expect(page.get_by_role("button", name="Hand in")).not_to_be_visible()
    context.close()
