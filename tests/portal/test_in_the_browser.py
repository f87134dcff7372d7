"""The pages in a real browser: axe finds nothing, nothing leaves the campus, keys and scripts work."""

import json
import os
import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import campus_world as made
import pytest
from campus_world import COURSE, LESSON, World
from playwright.sync_api import Browser, BrowserContext, Page
from senolab import record

pytestmark = pytest.mark.browser
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
SHOTS = os.environ.get("SENOLAB_SCREENSHOTS")  # a folder: keep pictures of every page for people to look at
WORDS = "The recall rate here, and who decides when we disagree. <script>alert(1)</script>"


@pytest.fixture
def told(world: World) -> World:
    """A class at work: Ana is marked and waits for her teacher, Bob has begun."""
    answers = [("pick", "CC"), ("reflect", WORDS)]
    lines = [
        {"kind": "answer", "lesson": LESSON, "version": 1, "question": q, "value": v} for q, v in answers
    ]
    path = world.shelf.state / "record.jsonl"
    for line in lines:
        record.append(path, **line)
    assert world.commit(
        "ana", {"mark-1": [*made.FOUND, {"view": "LMLO", "x_mm": 90, "y_mm": 160}], "sure-1": 70}
    ).ok
    assert world.hand_in("ana", path.read_text()).ok
    assert made.mark_all(world.shelf) == 1
    assert world.commit("bob").ok
    notice = [
        {"time": "2026-11-22T08:00:00Z", "words": "Your server was stopped: it used 2.1 GB of 2 GB disk."}
    ]
    world.shelf.notices("ana").parent.mkdir(exist_ok=True)
    world.shelf.notices("ana").write_text(json.dumps(notice))
    return world


def context_of(browser: Browser, world: World, name: str, **how: Any) -> BrowserContext:
    """Return a browser of one person, who is signed in at the hub."""
    how = {"viewport": {"width": 1280, "height": 900}, "locale": "en-GB", "timezone_id": "Europe/Paris"} | how
    context = browser.new_context(**how)
    context.add_cookies([{"name": "small-hub", "value": name, "url": world.hub}])
    return context


def pages_of(world: World) -> dict[str, tuple[str, str]]:
    """Every page by name: who opens it, and where it is."""
    receipt = world.campus.book.handins(COURSE, LESSON, "ana")[-1].receipt
    return {
        "home": ("ana", ""),
        "home-both": ("both", ""),
        "home-empty": ("nobody", ""),
        "lesson": ("bob", f"course/{COURSE}/lesson/{LESSON}"),
        "lesson-marked": ("ana", f"course/{COURSE}/lesson/{LESSON}"),
        "feedback": ("ana", f"course/{COURSE}/lesson/{LESSON}/feedback"),
        "feedback-empty": ("bob", f"course/{COURSE}/lesson/{LESSON}/feedback"),
        "receipt": ("ana", f"receipt/{receipt}"),
        "refused": ("ana", f"teach/{COURSE}"),
        "teach": ("ines", f"teach/{COURSE}"),
        "check": ("ines", f"teach/{COURSE}/{made.DRAFT}/check"),
        "hand": ("ines", f"teach/{COURSE}/{LESSON}/hand"),
        "hand-done": ("ines", f"teach/{COURSE}/{LESSON}/hand?all=1"),
        "learner": ("ines", f"teach/{COURSE}/{LESSON}/of/ana"),
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page_and_nothing_is_fetched_from_outside(
    browser: Browser, told: World, scheme: str
) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: run `npm ci` in the checkout")
    own = {urlsplit(told.address).netloc, urlsplit(told.hub).netloc}
    asked: set[str] = set()
    problems: list[str] = []
    broken: list[Any] = []
    everything = pages_of(told)
    for person in sorted({who for who, _ in everything.values()}):
        # Where its policy held, axe itself could not be added.
        context = context_of(browser, told, person, bypass_csp=True, color_scheme=scheme)
        page = context.new_page()
        page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
        page.on("pageerror", lambda error: broken.append(error))  # noqa: PLW0108 - no built-in, please
        for name, (who, path) in everything.items():
            if who == person:
                page.goto(told.address + path)
                problems += found_on(page, f"{name}-{scheme}")
        context.close()
    assert not problems, "\n".join(problems)
    assert not broken
    assert asked <= own


def found_on(page: Page, name: str) -> list[str]:
    """Return what axe finds on a page, and whether it is wider than a narrow and a wide window."""
    problems = []
    page.add_script_tag(path=str(AXE))
    for width in (360, 1280, *((768, 2560) if SHOTS else ())):
        page.set_viewport_size({"width": width, "height": 900})
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/{name}-{width}.png", full_page=True)
        if width in {360, 1280}:
            found = page.evaluate("axe.run().then(r => r.violations)")
            problems += [f"{name} at {width}: {one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]
        across = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if across > 0:
            problems.append(f"{name} at {width} is {across} px too wide")
        hidden = page.evaluate(
            "[...document.querySelectorAll('.slide')].map(e => e.scrollWidth - e.clientWidth)"
        )
        problems += [f"{name} at {width}: {one} px of a table are not seen" for one in hidden if one > 0]
    return problems


def test_a_full_disk_is_told_on_a_page_that_leads_on(
    browser: Browser, told: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def receipt(_: str) -> None:
        Path("/dev/full").write_text("x")

    monkeypatch.setattr(told.campus.book, "receipt", receipt)
    context = context_of(browser, told, "ana", bypass_csp=True)
    page = context.new_page()
    page.goto(told.address + "receipt/AAAA-BBBB")
    page.get_by_text("The disk of the campus is full. Nothing you handed in is lost.").wait_for()
    assert found_on(page, "disk-full") == []
    page.get_by_role("link", name="My courses").last.click()
    page.wait_for_url(told.address)
    context.close()


def test_a_page_keeps_to_its_policy_and_works_at_twice_the_size(browser: Browser, told: World) -> None:
    context = context_of(browser, told, "ines", viewport={"width": 640, "height": 450})  # 1280 px at 200 %
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    for path in (f"teach/{COURSE}", f"teach/{COURSE}/{LESSON}/hand", f"teach/{COURSE}/{LESSON}/of/ana"):
        page.goto(told.address + path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    assert not refused, "the browser refused nothing, and no script failed"
    context.close()


def test_a_learner_reaches_the_main_button_with_the_keyboard_alone(browser: Browser, told: World) -> None:
    context = context_of(browser, told, "bob")
    page = context.new_page()
    page.goto(told.address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    for _ in range(4):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "button":
            break
    assert page.evaluate("document.activeElement.textContent") == "Continue: A first case"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url(f"{told.hub}/hub/user-redirect/senolab/open/{COURSE}/{LESSON}")
    context.close()


def test_the_table_sorts_filters_and_follows_the_marking_by_itself(browser: Browser, told: World) -> None:
    context = context_of(browser, told, "ines")
    page = context.new_page()
    page.goto(told.address + f"teach/{COURSE}")
    rows = "[...document.querySelectorAll('#class-table tbody tr')]"
    names = f"{rows}.filter(row => !row.hidden).map(row => row.dataset.name)"
    assert page.evaluate(names) == ["Ana ana", "Bob bob"]
    page.get_by_role("button", name="Learner", exact=True).click()
    assert page.evaluate(names) == ["Bob bob", "Ana ana"]
    assert page.locator("th[aria-sort=descending]").count() == 1
    page.get_by_role("button", name="A first case", exact=True).click()
    assert page.evaluate(names) == ["Bob bob", "Ana ana"], "in progress comes before marked"
    page.get_by_label("Find a learner").fill("AN")
    assert page.evaluate(names) == ["Ana ana"]
    page.get_by_label("Find a learner").fill("")
    assert told.hand_in("bob").ok
    page.get_by_role("status").get_by_text("1 being marked").wait_for(timeout=20_000)
    made.mark_all(told.shelf)
    page.locator(f"[data-cell='bob|{LESSON}']").get_by_text("4/9").wait_for(timeout=20_000)
    context.close()


def test_a_hand_in_reaches_the_page_without_disturbing_who_types_there(browser: Browser, told: World) -> None:
    context = context_of(browser, told, "ines")
    page = context.new_page()
    page.goto(told.address + f"teach/{COURSE}")
    page.evaluate("window.before = true")
    assert page.get_by_text("1 handed in", exact=True).count() == 1
    field = page.get_by_label("Find a learner")
    field.press_sequentially("bo")
    page.evaluate("document.activeElement.setSelectionRange(1, 1)")
    assert told.hand_in("bob").ok
    page.get_by_text("2 handed in", exact=True).wait_for(timeout=20_000)
    made.mark_all(told.shelf)
    page.get_by_text("2 marked", exact=True).wait_for(timeout=20_000)
    page.keyboard.type("B")
    assert field.input_value() == "bBo" and page.evaluate("window.before === true")
    page.keyboard.press("Backspace")
    assert page.locator(f"[data-cell='bob|{LESSON}'] [data-part=marked]").inner_text() == "4/9"
    page.locator(f"[data-cell='bob|{LESSON}'] a").click()
    page.get_by_role("heading", name=re.compile("^Bob")).wait_for()
    context.close()


def test_a_teacher_marks_by_hand_without_a_mouse(browser: Browser, told: World) -> None:
    context = context_of(browser, told, "ines")
    page = context.new_page()
    page.goto(told.address + f"teach/{COURSE}/{LESSON}/hand")
    page.keyboard.type("7")
    page.keyboard.press("Control+Enter")
    page.get_by_role("heading", name="There is a problem").wait_for()
    assert page.evaluate("document.activeElement.id") == "summary"
    page.get_by_label("Points, of 3").fill("2")
    page.keyboard.press("Control+Enter")
    page.get_by_text("Every answer has its mark.").wait_for()
    assert told.campus.marking.by_hand(COURSE, LESSON, "ana")[0].score == 2
    context.close()


def test_the_reader_sees_times_on_her_own_clock(browser: Browser, told: World) -> None:
    context = context_of(browser, told, "ana", timezone_id="Asia/Tokyo")
    page = context.new_page()
    page.goto(told.address)
    page.goto(told.address + pages_of(told)["receipt"][1])
    assert "(Asia/Tokyo)" in page.inner_text("main")
    context.close()


def test_a_release_is_followed_to_its_end(browser: Browser, state: Path) -> None:
    steps = "import json, sys, time\nfor i in range(2):\n"
    steps += " print(json.dumps({'done': i, 'total': 2, 'words': f'exam {i}'}), flush=True); time.sleep(4)\n"
    with made.running(state, command=[sys.executable, "-c", steps]) as world:
        context = context_of(browser, world, "ines", bypass_csp=True)
        page = context.new_page()
        page.goto(world.address + f"teach/{COURSE}")
        page.get_by_role("button", name=re.compile("Release.*A second lesson")).click()
        page.get_by_text("exam 1").wait_for(timeout=20_000)
        assert not found_on(page, "release-running")
        page.get_by_text("The lesson is released.").wait_for(timeout=20_000)
        assert "yet" not in page.locator("main").inner_text()
        assert not found_on(page, "release-done")
        context.close()
