"""Names of hosts that courses and services get."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from senolab.operation.addresses import host_label

MADE = host_label("grader-my_course")


@pytest.mark.parametrize("name", ["campus", "grader-reading-with-ai", "grader-2026"])
def test_a_name_that_may_stand_in_an_address_stays(name: str) -> None:
    assert host_label(name) == name


def test_no_course_can_be_called_like_the_host_that_was_made_for_another() -> None:
    assert host_label(MADE) != MADE
    assert host_label(host_label(MADE)) != host_label(MADE)


@given(st.lists(st.text(min_size=1, max_size=80), min_size=2, max_size=5, unique=True))
def test_each_name_has_a_host_of_its_own_that_a_host_may_be_called(names: list[str]) -> None:
    labels = [host_label(name) for name in names]
    assert len(set(labels)) == len(labels)
    assert all(re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", label) for label in labels), labels
