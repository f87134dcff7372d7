"""The fixtures of the widgets' tests: a server, browsers, lessons."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pseudo
import pytest
from chromium import CHROMIUM, arguments, chromium, watched
from widgets_making import CELLS, write_lesson
from widgets_rig import CHECKOUT, TOKEN, Opened, Server, free_port, open_lesson, wait_for


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server as on a learner's machine."""
    with running(tmp_path_factory.mktemp("home")) as found:
        yield found


@pytest.fixture(scope="module")
def server_abroad(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that speaks the pseudo language."""
    with running(
        tmp_path_factory.mktemp("abroad"), **pseudo.environment(tmp_path_factory.mktemp("locale"))
    ) as found:
        yield found


@contextmanager
def running(root: Path, **surroundings: str) -> Iterator[Server]:
    """Run a server, with the app's commands in reach of the tests."""
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
    env = {
        **os.environ,
        **home,
        "JUPYTER_RUNTIME_DIR": str(root / ".runtime"),
        "HOME": str(root),
        **surroundings,
    }
    for name in ("SENOLAB_CAMPUS_URL", "SENOLAB_MATERIAL", "NBGRADER_EXECUTION", "JUPYTER_TOKEN"):
        env.pop(name, None)
    log = (root / ".server.log").open("wb")
    process = subprocess.Popen(argv, env=env, stdout=log, stderr=log, cwd=root)
    try:
        wait_for(found, process)
        yield found
    finally:
        process.terminate()
        process.wait(60)
        log.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """WebGL is drawn in software here."""
    if not CHROMIUM.exists():
        pytest.skip("There is no Chromium on this machine.")
    with chromium(flags=("--enable-unsafe-swiftshader",)) as started:
        yield started


@pytest.fixture(scope="module")
def browser_without_webgl(browser: object) -> Iterator[object]:
    started = browser.browser_type.launch(
        executable_path=CHROMIUM, args=[*arguments(), "--disable-3d-apis", "--disable-software-rasterizer"]
    )
    yield watched(started)
    started.close()


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
