"""The pages that a learner's server draws itself: no barrier, no sideways scroll, and a picture of each."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from journey_people import Person
from page_rig import COURSE, TOKEN, Server

pytestmark = pytest.mark.browser


@pytest.fixture
def visitor(browser: Any) -> Iterator[Person]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    yield Person("", None, context, context.new_page())  # pyright: ignore[reportArgumentType]
    context.close()


@pytest.fixture
def texts(alone: Server) -> None:
    """A course with a text that cannot be built, and one that takes its time."""
    folder = alone.home / "courses" / COURSE
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "02-broken.md").write_text("no heading")
    (folder / "03-slow.md").write_text("# Slow")


@pytest.mark.parametrize(
    ("name", "path", "words"),
    [
        ("server-about", "about", "What it is for"),
        ("server-refused", f"open/{COURSE}/99-not-yet", "This lesson is not open to you yet"),
        ("server-unbuilt", f"preview/{COURSE}/02-broken", "the lesson has no heading"),
        ("server-follow", f"preview/{COURSE}/03-slow", "1 of 4 exams are made"),
    ],
)
def test_a_page_of_the_server_stands_well(
    visitor: Person, alone: Server, texts: None, name: str, path: str, words: str
) -> None:
    visitor.page.goto(f"{alone.url}senolab/about?token={TOKEN}")
    visitor.page.goto(f"{alone.url}senolab/{path}")
    visitor.page.get_by_text(words).first.wait_for()
    visitor.stands_well(name)


def test_the_list_of_lessons_stands_well_with_lessons_and_without(visitor: Person, alone: Server) -> None:
    releases = alone.shelf.root / "releases" / COURSE
    shutil.rmtree(releases, ignore_errors=True)
    visitor.page.goto(f"{alone.url}senolab/?token={TOKEN}")
    visitor.page.get_by_text("No lesson is here yet").wait_for()
    visitor.stands_well("server-list-empty")
    alone.shelf.put(mode="self-check")
    alone.shelf.put(mode="self-check", lesson="02-more")
    visitor.page.reload()
    visitor.page.get_by_role("link", name="A first case with AI").first.wait_for()
    visitor.stands_well("server-list")
    shutil.rmtree(releases)
