"""The same woman gives the same bytes, whatever the processor can."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# The plainest processor that the libraries still run on: numpy's own loops, numba's code and the C
# library's exponentials each choose by features.
PLAIN = {
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 X86_V3",
    "NUMBA_CPU_NAME": "generic",
    "NUMBA_CPU_FEATURES": "",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX2,-AVX,-FMA,-FMA4",
}


def hashes(folder: Path, **env: str) -> dict[str, str]:
    """What a process with this environment makes."""
    words = {"NUMBA_CACHE_DIR": str(folder), **env}
    command = [sys.executable, str(HERE / "hashing.py")]
    done = subprocess.run(command, env=os.environ | words, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def as_it_comes(tmp_path_factory) -> dict[str, str]:
    return hashes(tmp_path_factory.mktemp("own"))


def test_a_processor_with_fewer_features_makes_the_same_bytes(as_it_comes, tmp_path):
    assert hashes(tmp_path, **PLAIN) == as_it_comes


def test_the_bytes_are_those_that_were_made_before(as_it_comes):
    """Where the generator is changed on purpose: raise `making.GENERATOR`, and write them anew."""
    golden = json.loads((HERE / "golden.json").read_text("utf-8"))
    assert as_it_comes == golden
