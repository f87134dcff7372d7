"""The pages in a real browser: axe finds nothing, nothing leaves the campus, keys and scripts work."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import campus_world as made
import pytest
from campus_world import COURSE, LESSON, World
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from senolab import record

pytestmark = pytest.mark.browser
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--disable-gpu", "--disable-background-networking", "--no-first-run"]
SHOTS = os.environ.get("SENOLAB_SCREENSHOTS")  # a folder: keep pictures of every page for people to look at
WORDS = "The recall rate here, and who decides when we disagree. <script>alert(1)</script>"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip(f"{CHROMIUM} is not installed")
    arguments = ARGUMENTS + (["--no-sandbox"] if os.geteuid() == 0 else [])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def told(world: World) -> World:
    """A class at work: Ana is marked and waits for her teacher, Bob has begun."""
    answers = [("pick", "CC"), ("reflect", WORDS)]
    lines = [{"kind": "answer", "lesson": LESSON, "version": 1, "question": q, "value": v} for q, v in answers]
    path = world.shelf.state / "record.jsonl"
    for line in lines:
        record.append(path, **line)
    assert world.commit("ana", {"mark-1": [*made.FOUND, {"view": "LMLO", "x_mm": 90, "y_mm": 160}], "sure-1": 70}).ok
    assert world.hand_in("ana", path.read_text()).ok
    assert made.mark_all(world.shelf) == 1
    assert world.commit("bob").ok
    notice = [{"time": "2026-11-22T08:00:00Z", "words": "Your server was stopped: it used 2.1 GB of 2 GB disk."}]
    world.shelf.notices("ana").parent.mkdir(exist_ok=True)
    world.shelf.notices("ana").write_text(__import__("json").dumps(notice))
    return world


def context_of(browser: Browser, world: World, name: str, *, width: int = 1280, **how: object) -> BrowserContext:
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="en-GB", timezone_id="Europe/Paris", **how)  # type: ignore[arg-type]
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


def test_axe_finds_nothing_on_any_page_and_nothing_is_fetched_from_outside(browser: Browser, told: World) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: run `npm ci` in the checkout")
    own = {urlsplit(told.address).netloc, urlsplit(told.hub).netloc}
    problems = []
    for name, (who, path) in pages_of(told).items():
        for width in (360, 1280) if not SHOTS else (360, 768, 1280, 2560):
            context = context_of(browser, told, who, width=width, bypass_csp=True)
            page = context.new_page()
            page.on("request", lambda asked: problems.append(f"asks {asked.url}") if urlsplit(asked.url).netloc not in own else None)
            page.on("pageerror", lambda error, name=name: problems.append(f"{name}: {error}"))
            page.goto(told.address + path)
            if SHOTS:
                page.screenshot(path=f"{SHOTS}/{name}-{width}.png", full_page=True)
            page.add_script_tag(path=str(AXE))
            for found in page.evaluate("axe.run().then(r => r.violations)"):
                problems.append(f"{name} at {width}: {found['id']}: {found['nodes'][0]['html'][:200]}")
            across = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if across > 0:
                problems.append(f"{name} at {width} is {across} px too wide")
            context.close()
    assert not problems, "\n".join(problems)
