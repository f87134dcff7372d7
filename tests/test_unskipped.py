"""What is skipped fails a full run, unless nothing can be installed for it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
SCENE = """
import pytest

@pytest.fixture
def browser():
    pytest.skip("There is no Chromium on this machine.")

def test_in_a_browser(browser): pass

@pytest.mark.skipif(True, reason="another machine")
def test_elsewhere(): pass

def test_real_files(): pytest.skip("No real mammogram: SENOLAB_TEST_DATA names the folder.")

def test_that_runs(): pass
"""


@pytest.mark.parametrize(
    ("full", "told"), [("1", "1 passed, 1 skipped, 2 errors"), ("", "1 passed, 3 skipped")]
)
def test_only_a_full_run_fails_for_what_was_skipped(tmp_path: Path, full: str, told: str) -> None:
    (tmp_path / "test_scene.py").write_text(SCENE)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "unskipped", "-p", "no:cacheprovider", str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(TESTS), "SENOLAB_FULL": full},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told in done.stdout, done.stdout + done.stderr
    assert done.returncode == (1 if full else 0)
    assert ("and this was skipped: There is no Chromium on this machine." in done.stdout) == bool(full)
