"""Every word of a page can be translated; dates and numbers follow the reader."""

import json
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import campus_world as made
import pseudo
import pytest
from campus_world import COURSE, FOUND, LESSON, World
from senolab.portal import words
from senolab.portal.words import Words

SPOKEN = ("title", "aria-label", "alt", "placeholder", "data-paused", "label")
# Names, units, keys of a keyboard: the same in every language.
SAME = {"Senolab", "Ctrl", "Enter", "Alt"}


class Spoken(HTMLParser):
    """Gathers what a reader sees or hears of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.silent += tag in {"script", "style"}
        self.found += [value for name, value in attributes if name in SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in {"script", "style"}

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.found.append(data)


def test_in_another_language_no_page_keeps_a_word_of_english(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pseudo.speak(monkeypatch, tmp_path)
    world.commit("ana")
    world.hand_in("ana")
    made.mark_all(world.shelf)
    world.commit("bob")
    for name, paths in PAGES.items():
        visitor = world.visitor(name)
        for path in paths:
            page = Spoken()
            text = visitor.get(path).text
            page.feed(re.sub(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b", "", text))  # a receipt is no word
            shown = " ".join(page.found)
            for sentence in authored():
                shown = shown.replace(sentence, " ")
            strangers = pseudo.plain(shown) - SAME - WRITTEN
            assert not strangers, (path, strangers)
            assert '<html lang="de"' in text


PAGES = {
    "both": [""],
    "ana": [
        "",
        f"course/{COURSE}/lesson/{LESSON}",
        f"course/{COURSE}/lesson/{LESSON}/feedback",
        "no/page",
        f"teach/{COURSE}",
    ],
    "nobody": [""],
    "ines": [
        f"teach/{COURSE}",
        f"teach/{COURSE}?said=closed",
        f"teach/{COURSE}/{LESSON}/check",
        f"teach/{COURSE}/{made.DRAFT}/check",
        f"teach/{COURSE}/{LESSON}/hand",
        f"teach/{COURSE}/{LESSON}/hand?blind=1",
        f"teach/{COURSE}/{LESSON}/of/ana",
    ],
}
# What people are called, names of files and units.
WRITTEN = pseudo.words_of(
    f"Ana ana Bob bob both Both Ines nobody Nobody {LESSON}.md {made.DRAFT}.md"
    " RCC LCC RMLO LMLO UTC CSV mm md"
)


def authored() -> list[str]:
    """Return the sentences that the lesson's author wrote, the longest first."""
    lines = [line.strip("- ") for line in made.TEXT.splitlines()]
    told = {part.strip() for line in lines for part in (line, line.partition(": ")[2])}
    told |= {"Reading with AI", "For everyone who reads mammograms.", "A second lesson"}
    told |= {made.REVEAL["sentence"], made.LESION["label"], "Look at the upper edge."}
    return sorted((one for one in told if len(one) > 2), key=len, reverse=True)


def test_the_campus_refuses_a_learners_server_in_its_language(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pseudo.speak(monkeypatch, tmp_path)
    refusals = [
        world.api("ana", "POST", "commit", json={"course": COURSE}),
        world.commit("ana", answers={"mark-1": FOUND, "sure-1": 300}),
        world.commit("ana", answers={"mark-1": [FOUND[0] | {"view": "?"}], "sure-1": 30}),
        world.commit("ana", case="case-9"),
        world.hand_in("ana", files={}),
        world.api("nobody", "GET", f"lesson?course={COURSE}&lesson={LESSON}"),
        world.api(None, "GET", "releases"),
    ]
    names = pseudo.words_of(f"course lesson version case answers mark sure {LESSON}.ipynb")
    for refused in refusals:
        assert refused.status_code >= 400
        assert not pseudo.plain(refused.json()["error"]) - names, refused.json()


@pytest.mark.parametrize(
    ("header", "served", "expected"),
    [
        ("", "en", "en-GB"),
        ("en-US,en;q=0.9", "en", "en-US"),
        ("fr, en;q=0.5", "en", "en"),
        ("de-AT;q=0.9, en;q=0.8", "de", "de-AT"),
        ("de-AT;q=0.9", "en", "en-GB"),
        ("*;q=x, ,;;q=1", "en", "en-GB"),
        ("zz" * 5000, "de", "de"),
    ],
)
def test_dates_follow_the_readers_own_variant_of_the_language(
    monkeypatch: pytest.MonkeyPatch, header: str, served: str, expected: str
) -> None:
    monkeypatch.setenv("SENOLAB_LANGUAGE", served)
    assert words.variant(header) == expected


def reader(language: str = "en-GB", zone: str = "Europe/Brussels") -> Words:
    return Words(language, ZoneInfo(zone), datetime(2026, 11, 24, 9, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (timedelta(hours=3), "today, 13:00"),
        (timedelta(hours=14, minutes=59), "tomorrow, 00:59"),
        (timedelta(days=1), "tomorrow, 10:00"),
        (timedelta(days=3), "Friday, in 3 days"),
        (timedelta(days=3, hours=-9), "Friday, in 3 days"),
        (timedelta(days=6), "Monday, in 6 days"),
        (timedelta(days=10), "Friday 4 December, in 1 week"),
        (-timedelta(days=1), "yesterday, 10:00"),
        (-timedelta(days=20), "Wednesday 4 November, 3 weeks ago"),
    ],
)
def test_a_due_date_is_said_as_people_say_it(ahead: timedelta, said: str) -> None:
    assert reader().due(reader().now + ahead) == said


def test_times_are_told_on_the_readers_clock() -> None:
    late = "2026-11-24T23:30:00Z"
    assert reader().moment(late) == "Wednesday 25 November, 00:30"
    assert reader(zone="America/New_York").moment(late) == "Tuesday 24 November, 18:30"
    assert reader().dated(late) == "25 November 2026, 00:30", "what people keep tells the year"
    assert reader("de").number(1234.5) == "1.234,5" and reader().number(1234.5) == "1,234.5"
    assert reader("zz-bad").moment(late), "a language nobody knows is read as English"
    assert words.zone("No/Where", "Europe/Brussels").key == "Europe/Brussels"
    assert words.zone("../../etc/passwd", "UTC").key == "UTC"


def test_a_due_date_is_told_on_the_readers_own_clock_also_of_releases_of_before(world: World) -> None:
    made.amended(world, "due: 2099-01-01", "due: 2098-11-27")
    abroad = world.visitor("ana")
    abroad.session.cookies.set("senolab-zone", "Asia%2FTokyo", path=made.PREFIX)
    path = world.shelf.release(COURSE, LESSON) / "release.json"
    told = json.loads(path.read_text())
    assert told["due"] == "2098-11-27T22:59:59Z"
    before = {name: value for name, value in told.items() if name != "due_zone"}
    for terms in (told, before | {"due": "2098-11-27T23:59:59Z"}):
        path.write_text(json.dumps(terms))
        world.campus.releases._read.cache_clear()
        for visitor, said in (
            (world.visitor("ana"), "27 Nov 2098, 23:59"),
            (abroad, "28 Nov 2098, 07:59"),
        ):
            assert said in visitor.get(f"course/{COURSE}/lesson/{LESSON}").text


def test_a_page_tells_its_language_and_direction(world: World) -> None:
    assert '<html lang="en" dir="ltr">' in world.visitor("ana").get("").text
    visitor = world.visitor("ana")
    visitor.session.cookies.set("senolab-zone", "Asia%2FTokyo", path=made.PREFIX)
    world.hand_in("ana")
    one = world.campus.book.handins(COURSE)[0]
    text = visitor.get(f"receipt/{one.receipt}").text
    year = datetime.fromisoformat(one.time).astimezone(ZoneInfo("Asia/Tokyo")).year
    assert "(Asia/Tokyo)" in text and re.search(rf">[^<>]*\b{year}\b[^<>]*</time>", text)
