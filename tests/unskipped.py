"""`./senolab test --full` fails for what was skipped: without a browser or a sandbox a run proves little.

A test may be skipped for what no install can bring, and its sentence says which: the real third-party files,
whose folder SENOLAB_TEST_DATA names, and control groups, which the kernel lends or does not.
"""

import os
from collections.abc import Generator

import pytest

EXCUSED = ("SENOLAB_TEST_DATA", "was lent no control groups")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip without an excuse into a failure, where everything is to be run."""
    report = yield
    why = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if report.skipped and os.environ.get("SENOLAB_FULL") and not any(word in why for word in EXCUSED):
        report.outcome = "failed"
        report.longrepr = f"test --full runs all, and this was skipped: {why.removeprefix('Skipped: ')}"
    return report
