"""The same woman gives the same bytes, whatever the processor can."""

import json
from pathlib import Path

import pytest
from senolab.cases.acceptance import bits
from senolab.cases.vendors import VENDORS


@pytest.fixture(scope="module")
def as_it_comes() -> dict[str, str]:
    return bits.hashes(VENDORS)


def test_a_processor_with_fewer_features_makes_the_same_bytes(as_it_comes):
    assert bits.hashes(VENDORS, **bits.PLAIN) == as_it_comes


def test_the_bytes_are_those_that_were_made_before(as_it_comes):
    """Where the generator is changed on purpose: raise `making.GENERATOR`, and write them anew."""
    golden = json.loads(Path(__file__).with_name("golden.json").read_text("utf-8"))
    assert as_it_comes == golden
