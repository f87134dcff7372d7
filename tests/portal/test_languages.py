"""Every word of a page can be translated; dates and numbers follow the reader."""

import io
import re
from datetime import UTC, datetime, timedelta
from gettext import NullTranslations
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import campus_world as made
import pytest
from babel.messages.pofile import write_po
from campus_world import COURSE, LESSON, World
from jinja2 import Environment
from senolab.portal import catalogue, words
from senolab.portal.pages import Pages
from senolab.portal.words import Words

TEMPLATES = Path(catalogue.__file__).parent / "templates"
SPOKEN = ("title", "aria-label", "alt", "placeholder", "data-paused", "label")
# Names, units, keys of a keyboard: the same in every language.
SAME = {"Senolab", "Ctrl", "Enter", "Alt"}


class Pseudo(NullTranslations):
    """A language in which every message stands between marks."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


class Spoken(HTMLParser):
    """Gathers what a reader sees or hears of a page, outside the marks of the pseudo language."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.depth = 0
        self.silent = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.silent += tag in {"script", "style"}
        for name, value in attributes:
            if name in SPOKEN and value:
                self._keep(value)

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in {"script", "style"}

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self._keep(data)

    def _keep(self, text: str) -> None:
        outside = ""
        for letter in text:
            self.depth += (letter == "⟦") - (letter == "⟧")
            if self.depth == 0 and letter != "⟧":
                outside += letter
        self.found += re.findall(r"[^\W\d_]{2,}", outside)


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_no_template_holds_a_word_that_cannot_be_translated(path: Path) -> None:
    source = path.read_text("utf-8")
    environment = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"], autoescape=True)
    environment.parse(source)
    loose = re.sub(r"{%-?\s*trans\b.*?{%-?\s*endtrans\s*-?%}", "", source, flags=re.DOTALL)
    loose = re.sub(r"{% block width %}.*?{% endblock %}", "", loose)  # a class of the page
    loose = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", "", loose, flags=re.DOTALL)
    spoken = [value for name in SPOKEN for value in re.findall(rf'\b{name}="([^"]*)"', loose)]
    text = re.sub(r"<[^>]*>|&[a-z]+;", " ", loose)
    for piece in [text, *spoken]:
        strangers = set(re.findall(r"[^\W\d_]{2,}", piece)) - SAME
        assert not strangers, strangers


def test_every_page_in_a_pseudo_language_holds_its_words_between_marks(world: World) -> None:
    pseudo = Pseudo()
    world.campus.catalogues["en"] = pseudo
    world.campus.pages = Pages(world.campus.settings, world.campus.catalogues)
    world.commit("ana")
    world.hand_in("ana")
    made.mark_all(world.shelf)
    world.commit("bob")
    pages = {
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
            f"teach/{COURSE}/{LESSON}/hand",
            f"teach/{COURSE}/{LESSON}/hand?blind=1",
            f"teach/{COURSE}/{LESSON}/of/ana",
        ],
    }
    content = words_of("Ana ana Bob bob both nobody Ines Reading with AI A first case A second lesson")
    for name, paths in pages.items():
        visitor = world.visitor(name)
        for path in paths:
            page = Spoken()
            text = visitor.get(path).text
            page.feed(re.sub(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b", "", text))  # receipts are no words
            strangers = set(page.found) - SAME - content - WRITTEN - DATES
            assert not strangers, (path, strangers)
            assert "⟦" in text


def words_of(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]{2,}", text))


# What the lesson's text, the marking room and the state itself say, which no catalogue of the campus holds.
WRITTEN = words_of(made.TEXT + str(made.REVEAL) + "For everyone who reads mammograms")
WRITTEN |= words_of(
    "You found the lesion. You said, and it was so: of the points. Sure and right earns most."
)
WRITTEN |= words_of("The mean of answers. Not answered. RCC LCC RMLO LMLO mm md bob")
DATES = words_of(
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday in day days month months year years"
)
DATES |= words_of("January February March April May June July August September October November December Jan")


def test_the_list_of_messages_is_up_to_date() -> None:
    kept = catalogue.POT.read_text("utf-8")
    assert kept == catalogue.text(), "run: python -m senolab.portal.catalogue"


def test_a_translation_is_compiled_as_it_is_read(tmp_path: Path) -> None:
    made_of = catalogue.catalogue()
    made_of.locale = "de"
    for message in made_of:
        if message.id == "My courses":
            message.string = "Meine Kurse"
    file = io.BytesIO()
    write_po(file, made_of)
    (tmp_path / "de.po").write_bytes(file.getvalue())
    found = words.catalogues(tmp_path)
    assert found["de"].gettext("My courses") == "Meine Kurse"
    assert found["de"].gettext("Sign out") == "Sign out", "what is not translated stays English"
    assert set(found) == {"en", "de"}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", ("en", "en-GB")),
        ("en-US,en;q=0.9", ("en", "en-US")),
        ("fr, en;q=0.5", ("en", "en")),
        ("de-AT;q=0.9, en;q=0.8", ("de", "de-AT")),
        ("*;q=x, ,;;q=1", ("en", "en-GB")),
        ("zz" * 5000, ("en", "en-GB")),
    ],
)
def test_the_language_is_the_first_that_reader_and_campus_share(
    header: str, expected: tuple[str, str]
) -> None:
    assert words.chosen(header, {"en", "de"}) == expected


def reader(language: str = "en-GB", zone: str = "Europe/Brussels") -> Words:
    return Words(language, NullTranslations(), ZoneInfo(zone), datetime(2026, 11, 24, 9, 0, tzinfo=UTC))


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
    assert reader("de").number(1234.5) == "1.234,5" and reader().number(1234.5) == "1,234.5"
    assert reader("zz-bad").moment(late), "a language nobody knows is read as English"
    assert words.zone("No/Where", "Europe/Brussels").key == "Europe/Brussels"
    assert words.zone("../../etc/passwd", "UTC").key == "UTC"


def test_a_page_tells_its_language_and_direction(world: World) -> None:
    assert '<html lang="en" dir="ltr">' in world.visitor("ana").get("").text
    visitor = world.visitor("ana")
    visitor.session.cookies.set("senolab-zone", "Asia%2FTokyo", path=made.PREFIX)
    world.hand_in("ana")
    assert "(Asia/Tokyo)" in visitor.get(f"receipt/{world.campus.book.handins(COURSE)[0].receipt}").text
