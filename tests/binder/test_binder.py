"""The lesson as Binder shows it: made by binder/postBuild, served by what binder/start starts, no hub."""

import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from binder_image import Image, image
from playwright.sync_api import Browser, Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

COURSE, LESSON = "reading-with-ai", "01-a-first-case"
TOKEN = "a-token-for-tests"
LONG = 60_000  # ms; how long a part may take on a busy machine


@dataclass
class Visit:
    """A browser at the server that Binder started."""

    url: str
    page: Page
    folder: Path

    def case(self, number: int) -> Locator:
        return self.page.locator("section.sl-case").nth(number - 1)

    def question(self, name: str) -> Locator:
        return self.page.locator(f'[data-question="{name}"]')


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Image, float]:
    """An image that postBuild has made at the smallest scale, and the seconds that it took."""
    here = image(tmp_path_factory.mktemp("binder"))
    began = time.monotonic()
    done = here.post_build(str(here.checkout / "build" / "material"), "ci")
    assert done.returncode == 0, done.stdout + done.stderr
    return here, time.monotonic() - began


@contextmanager
def serving(command: str, made: Image) -> Iterator[str]:
    """Start a server with the words that Binder uses, and give its address."""
    home = made.home
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    argv = [made.checkout / "binder" / "start", command, "--ip=127.0.0.1", f"--port={port}", "--no-browser"]
    argv += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"]
    argv += ["--allow-root"] if os.geteuid() == 0 else []
    log = home / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            argv, env=made.surroundings, cwd=home, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        url = f"http://127.0.0.1:{port}/"
        wait_for(url, process, log)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(url: str, process: subprocess.Popen, log: Path) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(f"{url}api?token={TOKEN}", timeout=10).close()
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="module")
def server(made: tuple[Image, float]) -> Iterator[str]:
    with serving("jupyter-lab", made[0]) as url:
        yield url


@pytest.fixture(scope="module")
def visit(browser: Browser, server: str, made: tuple[Image, float]) -> Iterator[Visit]:
    """A visitor who follows Binder's link and opens the lesson from the list."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(LONG)
    folder = made[0].home / "lessons" / COURSE / LESSON
    here = Visit(server, context.new_page(), folder)
    here.page.goto(f"{server}senolab/?token={TOKEN}")
    here.page.get_by_role("link", name="A first case with AI").click()
    here.page.wait_for_url(f"**/notebooks/lessons/{COURSE}/{LESSON}/{LESSON}.ipynb")
    here.page.wait_for_function("() => document.querySelectorAll('.sl-cell[data-lit]').length >= 4")
    yield here
    context.close()


def start_page(url: str) -> tuple[str, str]:
    """Where a server's own address leads, and what stands there."""
    request = urllib.request.Request(url, headers={"Authorization": f"token {TOKEN}"})
    with urllib.request.urlopen(request, timeout=30) as reply:
        return urlsplit(reply.url).path, reply.read().decode()


def test_post_build_makes_the_front_end_and_every_lesson_with_exams_and_self_check(
    made: tuple[Image, float], record_property: Callable[[str, object], None]
) -> None:
    """Binder has ten minutes for it, the installs and larger exams included."""
    here, seconds = made
    record_property("seconds of postBuild without its installs", round(seconds, 1))
    print(f"postBuild took {seconds:.1f} s without its installs, at the smallest scale.")
    reading = here.checkout / "extensions" / "senolab" / "reading"
    assert (reading / "static" / "engine.js.gz").is_file() and (reading / "labextension").is_dir()
    assert not (here.checkout / "node_modules").is_symlink(), "the image stays without Node's packages"
    for course in (here.checkout / "courses").glob("*/course.yaml"):
        for lesson in course.parent.glob("*.md"):
            release = here.checkout / "build/material/releases" / course.parent.name / lesson.stem / "current"
            told = json.loads((release / "release.json").read_text("utf-8"))
            assert told["mode"] == "self-check"
            assert (release / "self-check.json").is_file()
            assert len(list(release.glob("exams/*/RMLO.dcm"))) == len(told["cases"]) * len(told["forms"])


def test_the_start_page_of_the_server_is_the_list_of_lessons(server: str) -> None:
    path, text = start_page(server)
    assert path == "/senolab/"
    assert f"senolab/open/{COURSE}/{LESSON}" in text


def test_a_server_that_is_started_as_a_notebook_begins_there_too(made: tuple[Image, float]) -> None:
    with serving("jupyter-notebook", made[0]) as url:
        assert start_page(url)[0] == "/senolab/"


def test_the_lesson_is_a_page_without_code(visit: Visit) -> None:
    page = visit.page
    expect(page.get_by_role("heading", name="A first case with AI", level=1)).to_be_visible(timeout=LONG)
    expect(page.locator("#senolab-page").get_by_text("Education, not diagnosis")).to_be_visible(timeout=LONG)
    expect(page.locator("section.sl-case")).to_have_count(4, timeout=LONG)
    assert page.locator(".jp-InputArea-editor:visible").count() == 0
    assert page.get_by_role("button", name="Hand in").count() == 0, "nothing is handed in here"


def test_a_committed_case_shows_its_truth(visit: Visit) -> None:
    case = visit.case(1)
    case.get_by_label("No finding").check()
    sure = visit.question("sure-1").locator('input[type="number"]')
    sure.fill("20")
    sure.press("Tab")
    case.get_by_role("button", name="Commit and see the truth").click()
    case.get_by_role("button", name="Commit now").click()
    expect(case.get_by_role("heading", name="The truth")).to_be_visible(timeout=LONG)
    keys = json.loads((visit.folder / "self-check.json").read_text("utf-8"))
    expect(case.get_by_text(keys["reveals"]["case-1"]["A"]["sentence"]).first).to_be_visible(timeout=LONG)
    assert visit.question("sure-1").locator(".sl-verdict").count() == 1


@pytest.mark.parametrize(
    ("answer", "told"),
    [("About 57, as among the 20 women above", "57 in 100"), ("About 3", "Of 10,000 women, 70 have cancer")],
)
def test_an_answer_is_checked_with_a_hint_or_a_reason(visit: Visit, answer: str, told: str) -> None:
    question = visit.question("recalled")
    question.get_by_label(answer, exact=True).check()
    expect(question.get_by_role("status")).to_contain_text("Saved", timeout=LONG)
    panel = question.locator("xpath=..")
    panel.get_by_role("button", name="Check my answer").click()
    expect(question.locator(".sl-verdict")).to_contain_text(told, timeout=LONG)


def test_answers_are_there_again_after_a_reload(visit: Visit) -> None:
    visit.page.reload()
    expect(visit.case(1).get_by_role("heading", name="The truth")).to_be_visible(timeout=LONG)
    expect(visit.question("recalled").get_by_label("About 3", exact=True)).to_be_checked(timeout=LONG)
