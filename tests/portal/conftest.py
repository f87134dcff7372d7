"""A campus for each test, copied from one that was made once."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import campus_world as made


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state of a campus with one released lesson."""
    state = tmp_path_factory.mktemp("template") / "state"
    made.made_state(state)
    return state


@pytest.fixture
def state(template: Path, tmp_path: Path) -> Path:
    """A copy of that state."""
    return Path(shutil.copytree(template, tmp_path / "state", symlinks=True))


@pytest.fixture
def world(state: Path) -> Iterator[made.World]:
    """A running campus of one's own."""
    with made.running(state) as running:
        yield running
