"""One campus, one headless Chromium and its people, for the whole journey."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hub_fixture import RunningCampus, running_campus, temporary_state
from journey_people import Person


@pytest.fixture(scope="session")
def campus() -> Iterator[RunningCampus]:
    """A campus with its first lesson released at the smallest scale, on a machine without a network."""
    with temporary_state() as state:
        (state / "settings.json").write_text(json.dumps({"disk_mb": 300, "file_mb": 200, "memory_mb": 1500}))
        with running_campus(state, released=True, patience=900) as running:
            running.enrol("dora")
            yield running


@pytest.fixture(scope="module")
def people(campus: RunningCampus, browser: Any) -> Iterator[Callable[[str], Person]]:
    """Give each person one browser for the whole story; ask by name."""
    here: dict[str, Person] = {}

    def person(name: str) -> Person:
        if name not in here:
            context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
            context.set_default_timeout(30_000)
            here[name] = Person(name, campus, context)
        return here[name]

    yield person
    for one in here.values():
        one.context.close()
