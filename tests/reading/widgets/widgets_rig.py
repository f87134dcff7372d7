"""A real Jupyter server, a headless Chromium, and a lesson open in it; all on this machine only."""

import json
import socket
import subprocess
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[3]
TOKEN = "a-token-for-the-test"
REMEMBER_CONTEXTS = """
  const ask = HTMLCanvasElement.prototype.getContext;
  window.contexts = [];
  HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
    const made = ask.call(this, kind, ...more);
    if (made && kind.startsWith('webgl')) window.contexts.push(made);
    return made;
  };
"""


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

    def in_cell(self, view: str) -> tuple[float, float]:
        """Centre of the bright disc, in CSS pixels of its view."""
        (x, y), box = self.centroid(view), self.box(view)
        return x - box["x"], y - box["y"]

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


def open_lesson(
    browser: object, server: Server, notebook: Path, *, width: int = 1280, height: int = 900, block: str = ""
) -> Opened:
    """Open a notebook and run it, noting every request to another host."""
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.add_init_script(REMEMBER_CONTEXTS)
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


def acts(opened: Opened, kind: str = "answer") -> list[dict]:
    if not opened.record.exists():
        return []
    return [act for act in map(json.loads, opened.record.read_text().splitlines()) if act["kind"] == kind]


def wait_for_act(opened: Opened, check, kind: str = "answer") -> dict:
    for _ in range(150):
        found = [act for act in acts(opened, kind) if check(act)]
        if found:
            return found[-1]
        opened.page.wait_for_timeout(100)
    pytest.fail(f"No such act; the record has {acts(opened)}")
