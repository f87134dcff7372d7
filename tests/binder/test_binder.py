"""The lesson as Binder shows it: laid out by binder/lessons, served by what binder/start starts, no hub."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

BINDER = Path(__file__).resolve().parents[2] / "binder"
COURSE, LESSON = "reading-with-ai", "01-a-first-case"
TOKEN = "a-token-for-tests"
LONG = 60_000  # ms; how long a part may take on a busy machine


@dataclass
class Visit:
    """A browser at the server that Binder started; `strangers` are requests that left this machine."""

    url: str
    page: Page
    folder: Path
    strangers: list[str] = field(default_factory=list)

    def note(self, url: str) -> None:
        there = urlsplit(url)
        if there.scheme in {"http", "https", "ws", "wss"} and there.hostname != "127.0.0.1":
            self.strangers.append(url)

    def case(self, number: int) -> Locator:
        return self.page.locator("section.sl-case").nth(number - 1)

    def question(self, name: str) -> Locator:
        return self.page.locator(f'[data-question="{name}"]')


@pytest.fixture(scope="module")
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment like Binder's: this Python first on the path, a home of its own, nothing of ours set."""
    ours = ("SENOLAB", "JUPYTER", "NBGRADER")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    path = f"{Path(sys.executable).parent}{os.pathsep}{inherited['PATH']}"
    return inherited | {"PATH": path, "HOME": str(tmp_path_factory.mktemp("home"))}


@pytest.fixture(scope="module")
def material(surroundings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("material")
    done = subprocess.run(
        [BINDER / "lessons", folder, "ci"], env=surroundings, cwd="/", capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return folder


@contextmanager
def serving(command: str, surroundings: dict[str, str], material: Path) -> Iterator[str]:
    """Start a server with the words that Binder uses, and give its address."""
    home = Path(surroundings["HOME"])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    argv = [BINDER / "start", command, "--ip=127.0.0.1", f"--port={port}", "--no-browser"]
    argv += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"]
    argv += ["--allow-root"] if os.geteuid() == 0 else []
    env = surroundings | {"SENOLAB_MATERIAL": str(material)}
    log = home / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(argv, env=env, cwd=home, stdout=output, stderr=subprocess.STDOUT)
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
def server(surroundings: dict[str, str], material: Path) -> Iterator[str]:
    with serving("jupyter-lab", surroundings, material) as url:
        yield url


@pytest.fixture(scope="module")
def visit(browser: Browser, server: str, surroundings: dict[str, str]) -> Iterator[Visit]:
    """A visitor who follows Binder's link and opens the lesson from the list."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(LONG)
    folder = Path(surroundings["HOME"]) / "lessons" / COURSE / LESSON
    here = Visit(server, context.new_page(), folder)
    context.on("request", lambda request: here.note(request.url))
    here.page.on("websocket", lambda socket: here.note(socket.url))
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


def test_the_start_page_of_the_server_is_the_list_of_lessons(server: str) -> None:
    path, text = start_page(server)
    assert path == "/senolab/"
    assert f"senolab/open/{COURSE}/{LESSON}" in text


def test_a_server_that_is_started_as_a_notebook_begins_there_too(
    surroundings: dict[str, str], material: Path
) -> None:
    with serving("jupyter-notebook", surroundings, material) as url:
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


def test_no_other_host_was_asked_for_anything(visit: Visit) -> None:
    assert visit.strangers == []
