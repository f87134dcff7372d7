"""The fixtures of the lesson page's tests: a Notebook server, and a campus it hands in to."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from page_rig import (
    CAMPUS_TOKEN,
    CHECKOUT,
    COURSE,
    LESSON,
    OPEN,
    READING,
    Campus,
    Server,
    begin,
    fake_campus,
    start,
)


@pytest.fixture(scope="session")
def campus() -> Iterator[Campus]:
    yield from fake_campus()


@pytest.fixture(scope="session")
def built() -> Path:
    """The page's extension, built where it is missing or older than its source."""
    out = READING / "labextension" / "senolab-page" / "package.json"
    sources = [
        READING.parent / "look" / "tokens.css",
        *(path for path in (READING / "page").rglob("*") if path.is_file()),
    ]
    if not out.exists() or out.stat().st_mtime < max(path.stat().st_mtime for path in sources):
        subprocess.run(["node", READING / "page" / "build.mjs"], check=True, cwd=CHECKOUT, timeout=60)
    return out


@pytest.fixture(scope="session")
def on_campus(campus: Campus, built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    tmp = tmp_path_factory.mktemp("learner")
    address = {"campus": campus.url, "public": campus.url}
    yield from start(tmp, campus=address, given={"JUPYTERHUB_API_TOKEN": CAMPUS_TOKEN})


@pytest.fixture(scope="session")
def alone(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server without a campus."""
    yield from start(tmp_path_factory.mktemp("alone"), campus={}, given={})


@pytest.fixture
def server(on_campus: Server, campus: Campus) -> Server:
    """The learner's server, with the lesson released and nothing done yet."""
    return begin(on_campus, campus)


@pytest.fixture
def lesson(server: Server) -> Path:
    """The lesson's folder in the learner's home, after opening it."""
    assert server.get(OPEN).status == 302
    return server.home / "lessons" / COURSE / LESSON
