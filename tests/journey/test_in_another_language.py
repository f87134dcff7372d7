"""A whole campus in another language: from signing in to the truth of a case no word stays English."""

import json
from collections.abc import Iterator
from typing import Any

import pseudo
import pytest
from hub_fixture import RunningCampus, running_campus, temporary_state
from journey_people import COURSE, LESSON

pytestmark = [pytest.mark.browser, pytest.mark.hub, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def abroad() -> Iterator[RunningCampus]:
    with temporary_state() as state:
        state.joinpath("settings.json").write_text(
            json.dumps({"language": pseudo.LANGUAGE, "memory_mb": 1500})
        )
        locale = state / "locale"
        locale.mkdir()
        told = {"SENOLAB_LOCALE": str(pseudo.write(locale))}
        with running_campus(state, released=True, patience=600, environment=told) as running:
            yield running


def test_from_signing_in_to_the_truth_no_word_stays_english(abroad: RunningCampus, browser: Any) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)
    page, authored = context.new_page(), [*written(abroad), "Senolab", "Ana"]
    name = "ana"

    left: dict[str, set[str]] = {}

    def look(place: str = "body") -> None:
        if found := pseudo.untranslated(page.locator(place).first, authored=authored):
            left[f"{page.url} {place}"] = found

    page.goto(f"{abroad.url}/hub/login")
    assert page.locator("html").get_attribute("lang") == pseudo.LANGUAGE
    look()
    sign_in(page, name, "wrong")
    page.get_by_role("alert").wait_for()
    look()
    page.goto(f"{abroad.url}/hub/no-such-page")
    look("main")

    page.goto(f"{abroad.url}/hub/login")
    sign_in(page, name, abroad.passwords[name])
    page.wait_for_url("**/services/campus/**")
    look()
    page.locator("ul.tasks .task > a").first.click()
    look()
    page.locator('main a[href*="senolab/open/"]').first.click()
    page.wait_for_url("**/notebooks/**", timeout=120_000)
    page.wait_for_function(
        "() => document.querySelectorAll('.sl-cell[data-lit]').length >= 4", timeout=120_000
    )
    for part in (".lp-header", ".lp-footer", ".sl-case"):
        look(part)

    case = page.locator(".sl-case").first
    case.get_by_label(pseudo.accented("No finding: I would not recall")).check()
    case.locator("input[type=number]").first.fill("30")
    page.keyboard.press("Tab")
    case.locator('.sl-main[aria-disabled="false"]').click()
    case.get_by_role("button", name=pseudo.accented("Commit now")).click()
    case.locator(".sl-outcome").first.wait_for()
    look(".sl-case")
    context.close()
    assert not left


def sign_in(page: Any, name: str, password: str) -> None:
    page.locator("#username_input").fill(name)
    page.locator("#password_input").fill(password)
    page.get_by_role("button", name=pseudo.accented("Sign in")).click()


def written(campus: RunningCampus) -> set[str]:
    """Return what the lesson's author wrote: all the texts of its release and of its keys but the reveals."""
    release = json.loads(
        (campus.state / "releases" / COURSE / LESSON / "current" / "release.json").read_text("utf-8")
    )
    keys = json.loads(
        (campus.state / "keys" / COURSE / LESSON / str(release["version"]) / "keys.json").read_text("utf-8")
    )
    about = (campus.state / "courses" / COURSE / "course.yaml").read_text("utf-8")
    told = {line.partition(": ")[2].strip("'\" ") for line in about.splitlines()}
    told |= texts([release, keys["questions"]])
    named = {part for part in told if part[:1].isupper() and part[1:2].islower()}  # and no ids
    sentences = named | {part for part in told if " " in part}
    ended = {part.rstrip(".?:") for part in sentences}
    return sentences | ended | {"RCC", "LCC", "RMLO", "LMLO", "mm"}


def texts(plain: Any) -> set[str]:
    """Return all texts in a JSON value."""
    if isinstance(plain, dict):
        return {text for value in plain.values() for text in texts(value)}
    if isinstance(plain, list):
        return {text for value in plain for text in texts(value)}
    return {plain} if isinstance(plain, str) else set()
