"""People at browsers of their own, and what they do at the campus."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hub_fixture import CHECKOUT, RunningCampus

COURSE, LESSON = "reading-with-ai", "01-a-first-case"
AXE = CHECKOUT / "node_modules" / "axe-core" / "axe.min.js"


@dataclass
class Person:
    """Somebody at a browser of her own; every request that is not for this machine is noted."""

    name: str
    campus: RunningCampus
    context: Any
    strangers: list[str] = field(default_factory=list)
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
        self.page.goto(self.campus.address("campus"))

    def teach(self) -> None:
        self.page.goto(self.campus.address("campus") + f"teach/{COURSE}")

    def open_lesson(self, *, patience: float = 120_000) -> None:
        """Follow the campus's main button to the lesson, and wait until the first images are drawn."""
        self.home()
        self.page.locator("ul.tasks .task > a").filter(has_text="A first case with AI").first.click()
        self.page.locator('main a[href*="senolab/open/"]').first.click()
        self.page.wait_for_url("**/notebooks/**", timeout=patience)
        self.page.wait_for_function(
            "() => document.querySelectorAll('.sl-cell[data-lit]').length >= 4", timeout=120_000
        )

    def case(self, number: int) -> Any:
        return self.page.locator("section.sl-case").nth(number - 1)

    def shoot(self, name: str, *, widths: tuple[int, ...] = (1280,), full: bool = False) -> None:
        """Keep a picture of the page, where somebody asked for pictures."""
        folder = os.environ.get("SENOLAB_SCREENSHOTS")
        if not folder:
            return
        Path(folder).mkdir(parents=True, exist_ok=True)
        for width in widths:
            self.page.set_viewport_size({"width": width, "height": 900})
            self.page.wait_for_timeout(400)
            self.page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=full)
        self.page.set_viewport_size({"width": 1280, "height": 900})

    def axe(self, where: str = "document") -> list[str]:
        """What axe finds in the page: rule and place."""
        if not AXE.exists():
            pytest.fail(f"{AXE.relative_to(CHECKOUT)} is missing; run npm ci.")
        self.page.evaluate(AXE.read_text("utf-8"))
        found = self.page.evaluate(f"() => axe.run({where})")
        return [
            f"{violation['id']}: {node['target']}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]


def note(person: Person, url: str) -> None:
    host = urlsplit(url).hostname or ""
    if urlsplit(url).scheme in {"http", "https", "ws", "wss"} and not (
        host == "127.0.0.1" or host == "localhost" or host.endswith(".localhost")
    ):
        person.strangers.append(url)
