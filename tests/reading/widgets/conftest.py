"""A real Jupyter server and a headless Chromium, both on this machine only."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from widgets_making import CELLS, write_lesson

CHECKOUT = Path(__file__).parents[3]
CHROMIUM = "/usr/bin/chromium"
TOKEN = "a-token-for-the-test"
QUIET = (
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--no-proxy-server",
)


@dataclass
class Server:
    """A running Jupyter server."""

    root: Path
    port: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def page(self, notebook: Path) -> str:
        return f"{self.address}/notebooks/{notebook.relative_to(self.root)}?token={TOKEN}"


@dataclass
class Opened:
    """A lesson open in a browser's page."""

    page: object
    notebook: Path
    strangers: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def record(self) -> Path:
        return self.notebook.with_name("record.jsonl")

    def run_all(self) -> None:
        self.page.wait_for_function("() => window.jupyterapp?.commands?.hasCommand('notebook:run-all-cells')")
        self.page.wait_for_function(
            "() => window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'",
            timeout=60_000,
        )
        self.page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")

    def lit(self, count: int = 4) -> None:
        """Wait until so many images are drawn."""
        self.page.wait_for_function(
            "n => document.querySelectorAll('.sl-cell[data-lit]').length >= n", arg=count, timeout=60_000
        )

    def mean(self, view: str) -> float:
        """Mean grey of a view as drawn on the screen's canvas."""
        return self.page.evaluate(
            """view => {
              const canvas = document.querySelector(`.sl-cell[data-view="${view}"] canvas`);
              const copy = document.createElement('canvas');
              [copy.width, copy.height] = [canvas.width, canvas.height];
              const context = copy.getContext('2d');
              context.drawImage(canvas, 0, 0);
              const data = context.getImageData(0, 0, copy.width, copy.height).data;
              let sum = 0;
              for (let k = 0; k < data.length; k += 4) sum += data[k];
              return sum / (data.length / 4);
            }""",
            view,
        )

    def centroid(self, view: str, least: int = 200) -> tuple[float, float]:
        """Centre of the bright disc on the screen, in CSS pixels of the page."""
        x, y = self.page.evaluate(
            """([view, least]) => {
              const cell = document.querySelector(`.sl-cell[data-view="${view}"]`);
              const canvas = cell.querySelector('canvas');
              const copy = document.createElement('canvas');
              [copy.width, copy.height] = [canvas.width, canvas.height];
              const context = copy.getContext('2d');
              context.drawImage(canvas, 0, 0);
              const data = context.getImageData(0, 0, copy.width, copy.height).data;
              let n = 0, sx = 0, sy = 0;
              for (let k = 0; k < data.length; k += 4) if (data[k] >= least) {
                n += 1; sx += (k / 4) % copy.width + 0.5; sy += Math.floor(k / 4 / copy.width) + 0.5;
              }
              const box = cell.getBoundingClientRect();
              const host = cell.querySelector('.sl-host').style.transform;
              let x = sx / n * box.width / copy.width;
              if (host.startsWith('scale(-1')) x = box.width - x;
              return [box.left + x, box.top + sy / n * box.height / copy.height];
            }""",
            [view, least],
        )
        return x, y

    def box(self, view: str) -> dict:
        return self.page.locator(f'.sl-cell[data-view="{view}"]').bounding_box()

    def drag(self, view: str, dx: float, dy: float, *, button: str = "left") -> None:
        box = self.box(view)
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        mouse = self.page.mouse
        mouse.move(x, y)
        mouse.down(button=button)
        for step in range(1, 6):
            mouse.move(x + dx * step / 5, y + dy * step / 5)
        mouse.up(button=button)
        self.settle()

    def settle(self) -> None:
        """Wait two frames: what was asked is drawn."""
        self.page.evaluate("() => new Promise(f => requestAnimationFrame(() => requestAnimationFrame(f)))")
        self.page.wait_for_timeout(80)

    def images(self) -> object:
        return self.page.locator(".sl-grid").first


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server as on a learner's machine, with the app's commands in reach of the tests."""
    root = tmp_path_factory.mktemp("home")
    found = Server(root, free_port())
    argv = [
        sys.executable, "-m", "notebook", "--no-browser", "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={found.port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={root}",
        f"--IdentityProvider.token={TOKEN}", "--JupyterNotebookApp.expose_app_in_browser=True",
        "--ServerApp.jpserver_extensions={'senolab.reading.server': True}",
    ]  # fmt: skip
    if os.geteuid() == 0:
        argv.append("--allow-root")
    home = {
        name: str(root / f".{name.lower()}")
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")
    }
    env = {**os.environ, **home, "JUPYTER_RUNTIME_DIR": str(root / ".runtime"), "HOME": str(root)}
    for name in ("SENOLAB_CAMPUS_URL", "SENOLAB_MATERIAL", "NBGRADER_EXECUTION", "JUPYTER_TOKEN"):
        env.pop(name, None)
    log = (root / ".server.log").open("wb")
    process = subprocess.Popen(argv, env=env, stdout=log, stderr=log, cwd=root)
    try:
        wait_for(found, process)
        yield found
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def wait_for(server: Server, process: subprocess.Popen) -> None:
    for _ in range(600):
        assert process.poll() is None, (server.root / ".server.log").read_text()
        try:
            urllib.request.urlopen(f"{server.address}/api", timeout=1).read()
            return
        except OSError:
            time.sleep(0.1)
    pytest.fail("The server did not come up: " + (server.root / ".server.log").read_text())


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    if not shutil.which(CHROMIUM):
        pytest.skip("There is no Chromium on this machine.")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments())
        yield started
        started.close()


@pytest.fixture(scope="session")
def browser_without_webgl(browser: object) -> Iterator[object]:
    started = browser.browser_type.launch(
        executable_path=CHROMIUM, args=[*arguments(), "--disable-3d-apis", "--disable-software-rasterizer"]
    )
    yield started
    started.close()


def arguments() -> list[str]:
    """As root Chromium has no sandbox of its own; WebGL is drawn in software."""
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    return [*QUIET, *root, "--disable-gpu", "--enable-unsafe-swiftshader"]


def open_lesson(
    browser: object, server: Server, notebook: Path, *, width: int = 1280, height: int = 900, block: str = ""
) -> Opened:
    """Open a notebook and run it, noting every request to another host."""
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    if block:
        page.route(block, lambda route: route.fulfill(status=404))
    page.set_default_timeout(30_000)
    opened = Opened(page, notebook)
    local = (server.address, "data:", "blob:", f"ws://127.0.0.1:{server.port}")
    page.on("request", lambda request: request.url.startswith(local) or opened.strangers.append(request.url))
    # our modules come as blobs; what other extensions of the server throw is not ours
    page.on(
        "pageerror", lambda problem: "blob:" in str(problem.stack) and opened.failures.append(str(problem))
    )
    page.goto(server.page(notebook))
    opened.run_all()
    return opened


@pytest.fixture(scope="session")
def make_lesson(server: Server):
    """Write a fresh lesson below the server's root."""
    made = iter(range(100))

    def make(cells: tuple[str, ...] = CELLS) -> Path:
        return write_lesson(server.root / f"lesson-{next(made)}", cells)

    return make


@pytest.fixture(scope="module")
def lesson(browser: object, server: Server, make_lesson) -> Iterator[Opened]:
    """One lesson, open and drawn, shared by the tests of a module."""
    opened = open_lesson(browser, server, make_lesson())
    opened.lit()
    yield opened
    opened.page.context.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The accessibility checker's source."""
    source = CHECKOUT / "node_modules" / "axe-core" / "axe.min.js"
    if not source.is_file():
        pytest.skip("axe-core is not installed: run `npm ci`.")
    return source.read_text("utf-8")


@pytest.fixture(scope="session")
def real_mammogram() -> Path:
    """One real view, where the test data is at hand."""
    data = Path(os.environ.get("SENOLAB_TEST_DATA") or CHECKOUT.parent / "shared" / "data")
    found = data / "real_mammograms" / "ge_senographe" / "ge_senographe.dcm"
    if not found.is_file():
        pytest.skip("The real mammogram is not here (SENOLAB_TEST_DATA names the folder of the test data).")
    return found
