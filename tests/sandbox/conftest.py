"""Fixtures of the sandbox's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sandbox_hub import SmallHub
from sandbox_scene import Scene, scene_in
from senolab.sandbox import available


@pytest.fixture(scope="session", autouse=True)
def walls() -> None:
    """No test of this folder means anything on a machine that cannot build sandboxes."""
    found = available()
    assert found.ok, f"{found.why} {found.mend}"


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    with scene_in(tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallHub]:
    """A hub whose servers are small; one for a module, each test takes users of its own."""
    small = SmallHub(tmp_path_factory.mktemp("hub"))
    try:
        small.start()
        yield small
    finally:
        small.stop()
