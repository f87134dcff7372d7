"""In another language no word of the lesson page stays English; what its author wrote is as it was."""

from collections.abc import Iterator

import pseudo
import pytest
from page_rig import CAMPUS_TOKEN, OPEN, TEXT, TOKEN, Campus, Server, begin, release, start
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser
AUTHORED = {
    *(line.strip("# ") for line in TEXT.splitlines() if line.strip()),
    *(question["ask"] for question in release()["questions"]),
    *(case["title"] for case in release()["cases"].values()),
    release()["title"],
    "A-B-C",  # a receipt
    "Senolab",
}


@pytest.fixture(scope="module")
def abroad(campus: Campus, built: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    given = {"JUPYTERHUB_API_TOKEN": CAMPUS_TOKEN, **pseudo.environment(tmp_path_factory.mktemp("locale"))}
    address = {"campus": campus.url, "public": campus.url}
    yield from start(tmp_path_factory.mktemp("abroad"), campus=address, given=given)


@pytest.fixture
def page(browser: Browser, abroad: Server, campus: Campus) -> Iterator[Page]:
    begin(abroad, campus)
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(30_000)
    context.request.get(f"{abroad.url}senolab/about?token={TOKEN}")
    yield context.new_page()
    context.close()


def test_no_word_of_the_page_stays_english(page: Page, abroad: Server, campus: Campus) -> None:
    campus.state = {"due": "2026-11-27T16:00:00Z", "form": "A"}
    page.goto(abroad.url + OPEN)
    expect(page.get_by_text(pseudo.accented("What to tell your teacher"))).to_be_visible(timeout=30_000)
    assert page.locator("html").get_attribute("lang") == "de"
    frame = page.locator("#senolab-page")
    for part in (".lp-header", ".lp-footer", ".lp-news", ".lp-broken > p", ".lp-bar"):
        assert not pseudo.untranslated(frame.locator(part).first, authored=AUTHORED), part
    expect(frame.locator(".lp-news")).to_contain_text("27.11.2026")  # a date as Germans write it

    page.get_by_role("button", name=pseudo.accented("Hand in"), exact=True).click()
    asked = page.get_by_role("dialog")
    assert not pseudo.untranslated(asked, authored=AUTHORED)
    campus.refusal = pseudo.accented("The lesson is closed.")
    asked.get_by_role("button", name=pseudo.accented("Hand in"), exact=True).click()
    expect(asked).to_contain_text(campus.refusal)
    assert not pseudo.untranslated(asked, authored=AUTHORED)


@pytest.mark.parametrize("path", ["senolab/about", "senolab/open/no-course/no-lesson", "senolab/preview/a/b"])
def test_no_word_of_a_servers_own_page_stays_english(page: Page, abroad: Server, path: str) -> None:
    page.goto(abroad.url + path)
    assert not pseudo.untranslated(page.locator("body"), authored=[*AUTHORED, "courses/a/b.md"])
