"""A machine without bubblewrap: one person is served, under a banner that nobody overlooks."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hub_fixture import RunningCampus, running_campus, temporary_state
from journey_people import Person

pytestmark = [pytest.mark.hub, pytest.mark.browser, pytest.mark.timeout(600)]

BANNER = "Unprotected: this machine has no sandbox."


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCampus]:
    """A campus that finds every program of this machine but bwrap."""
    programs = tmp_path_factory.mktemp("programs")
    for folder in filter(os.path.isdir, os.environ["PATH"].split(os.pathsep)):
        with suppress(PermissionError):  # a folder of somebody else's
            for program in Path(folder).iterdir():
                if program.name != "bwrap" and not os.path.lexists(programs / program.name):
                    (programs / program.name).symlink_to(program)
    assert shutil.which("bwrap", path=str(programs)) is None
    with (
        temporary_state() as state,
        running_campus(state, release=False, environment={"PATH": str(programs)}, patience=300) as running,
    ):
        yield running


@pytest.fixture(scope="module")
def ines(bare: RunningCampus, browser: Any) -> Iterator[Person]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    yield Person("ines", bare, context)
    context.close()


def test_the_launcher_says_what_is_missing_and_how_to_get_it(bare: RunningCampus) -> None:
    said = bare.words()
    assert "bubblewrap (bwrap) is not installed" in said
    assert "apt" in said


def test_every_page_carries_the_banner(ines: Person) -> None:
    ines.page = ines.context.new_page()
    ines.page.goto(f"{ines.campus.url}/hub/login")
    ines.page.get_by_role("alert").get_by_text(BANNER).wait_for()
    ines.stands_well("unprotected-sign-in")
    ines.sign_in()
    ines.page.get_by_role("alert").get_by_text(BANNER).wait_for()
    ines.stands_well("unprotected-courses")


def test_nobody_else_is_let_in(bare: RunningCampus) -> None:
    answer = bare.visitor().sign_in("ana", bare.passwords.get("ana", "none"))
    assert answer.status == 403
    assert BANNER in answer.text


def test_her_own_session_works(ines: Person) -> None:
    ines.page.goto(f"{ines.campus.url}/hub/user-redirect/lab")
    ines.page.locator("#jp-menu-panel").wait_for(timeout=120_000)
