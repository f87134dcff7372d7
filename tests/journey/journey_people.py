"""People at browsers of their own, and what they do at the campus."""

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hub_fixture import CHECKOUT, RunningCampus

COURSE, LESSON = "reading-with-ai", "01-a-first-case"
WIDTHS = (360, 768, 1280)
LESSON_PAGE = "document.querySelector('#senolab-page') ?? document"
AXE = CHECKOUT / "node_modules" / "axe-core" / "axe.min.js"


@dataclass
class Person:
    """Somebody at a browser of her own."""

    name: str
    campus: RunningCampus
    context: Any
    page: Any = None

    def sign_in(self) -> "Person":
        self.page = self.page or self.context.new_page()
        self.page.goto(f"{self.campus.url}/hub/login")
        if self.page.locator("#username_input").count():  # else she is signed in already
            self.page.locator("#username_input").fill(self.name)
            self.page.locator("#password_input").fill(self.campus.passwords[self.name])
            self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url("**/services/campus/**")
        return self

    def home(self) -> None:
        self.go(self.campus.address("campus"))

    def teach(self) -> None:
        self.go(self.campus.address("campus") + f"teach/{COURSE}")

    def go(self, address: str) -> None:
        """Go to an address, again where the page that is left reloads itself at that very moment."""
        for patience in (0.2, 1, 3, None):
            try:
                self.page.goto(address)
                return
            except Exception as problem:
                crossed = "ERR_ABORTED" in str(problem) or "interrupted by another" in str(problem)
                if not crossed or patience is None:
                    raise
                time.sleep(patience)  # both navigations end meanwhile, and the page with the script is gone

    def open_lesson(self, *, patience: float = 120_000) -> None:
        """Follow the campus's main button to the lesson, and wait until the first images are drawn."""
        self.home()
        self.page.locator("ul.tasks .task > a").filter(has_text="A first case with AI").first.click()
        self.page.locator('main a[href*="senolab/open/"]').first.click()
        self.page.wait_for_url("**/notebooks/**", timeout=patience)
        self.page.wait_for_function(
            "() => document.querySelectorAll('.sl-cell[data-lit]').length >= 4", timeout=120_000
        )

    def sees_points(self) -> tuple[float, float] | None:
        """What the campus shows as points of the first lesson; nothing while it is being marked."""
        self.home()
        row = self.page.locator("ul.tasks li").filter(has=self.page.locator(f'a[href$="/lesson/{LESSON}"]'))
        found = re.search(r"([\d.]+) of ([\d.]+) points", " ".join(row.all_inner_texts()))
        return (float(found[1]), float(found[2])) if found else None

    def case(self, number: int) -> Any:
        return self.page.locator("section.sl-case").nth(number - 1)

    def shoot(self, name: str, *, full: bool = False, at: Any = None) -> None:
        """Keep a picture of the page at every width, from a part of it on, where pictures are asked for."""
        folder = os.environ.get("SENOLAB_SCREENSHOTS")
        if not folder:
            return
        Path(folder).mkdir(parents=True, exist_ok=True)
        for width in WIDTHS:
            self.resize(width)
            self.page.wait_for_timeout(400)
            if at is not None:
                at.evaluate("part => part.scrollIntoView()")
            self.page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=full)
        self.resize(WIDTHS[-1])

    def resize(self, width: int) -> None:
        self.page.set_viewport_size({"width": width, "height": 900})

    def stands_well(self, name: str, *, full: bool = False, within: str = "document") -> None:
        """Hold that axe finds nothing in a page and that no width makes it scroll sideways; keep its picture.

        640 px are a window of 1280 px at 200 %.
        """
        too_wide = []
        for width in (WIDTHS[0], 640, *WIDTHS[1:]):
            self.resize(width)
            if self.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                too_wide.append(width)
        assert not too_wide, f"{name} scrolls sideways at {too_wide} px"
        found = self.axe(within)
        assert not found, f"{name}: {found}"
        self.shoot(name, full=full)

    def axe(self, within: str = "document") -> list[str]:
        """What axe finds in the page: rule and place."""
        if not AXE.exists():
            pytest.fail(f"{AXE.relative_to(CHECKOUT)} is missing; run npm ci.")
        self.page.evaluate(AXE.read_text("utf-8"))
        found = self.page.evaluate(f"() => axe.run({within})")
        return [
            f"{violation['id']}: {node['target']}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]


def wait_until(true: Callable[[], object], what: str, seconds: float = 60) -> Any:
    """Wait until something holds, and return it."""
    until = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < until, f"did not come: {what}"
        time.sleep(0.3)
    return found
