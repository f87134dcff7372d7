"""Two women at the smallest scale, drawn once for all tests of the room."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from senolab.cases.cohort import DrawnExam, cohort_named, draw

SECRET = b"a secret of the tests, long enough"


@pytest.fixture(scope="session")
def drawn(tmp_path_factory) -> list[DrawnExam]:
    root = tmp_path_factory.mktemp("drawn")
    return draw(
        cohort_named("tiny"), secret=SECRET, out_images=root / "images", out_truth=root / "truth", scale="ci"
    )


@pytest.fixture(scope="session")
def real_data() -> Path:
    default = Path(__file__).parents[3] / "shared" / "data"
    folder = Path(os.environ.get("SENOLAB_TEST_DATA", default))
    if not (folder / "real_mammograms").is_dir():
        pytest.skip("real mammograms are not on this machine: set SENOLAB_TEST_DATA to their folder")
    return folder / "real_mammograms"


@pytest.fixture(scope="session", autouse=True)
def state(tmp_path_factory) -> Iterator[Path]:
    """Keep the state of commands that name none, their cache with it, out of the checkout."""
    folder = tmp_path_factory.mktemp("state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SENOLAB_STATE", str(folder))
        yield folder
