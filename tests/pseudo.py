"""A language in which every letter wears an accent: a plain letter on a page was never translated.

It is written from the list of messages as a German translation, so that dates and numbers are German.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from babel import Locale
from babel.messages.pofile import read_po, write_po
from senolab.words.catalogues import TEMPLATE

LANGUAGE = "de"
_ACCENTS = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "áƀćđéƒǧħíĵķłɱńóƥɋřšŧúṽŵẋýžÁɃĆĐÉƑǦĦÍĴĶŁⱮŃÓƤɊŘŠŦÚṼŴẊÝŽ",
)
# What a message keeps: places for values, tags of HTML, what stands in code marks, the names of keys.
_KEPT = re.compile(r"%\(\w+\)[srd]|\{\w+\}|%%|<kbd>.*?</kbd>|<[^>]*>|&\w+;|`[^`]*`")


def accented(message: str) -> str:
    """Return a message with an accent on every letter that a translator would touch."""
    parts, end = [], 0
    for kept in _KEPT.finditer(message):
        parts += [message[end : kept.start()].translate(_ACCENTS), kept[0]]
        end = kept.end()
    return "".join([*parts, message[end:].translate(_ACCENTS)])


def write(folder: Path) -> Path:
    """Write the language's catalogue into a folder, and return the folder."""
    with TEMPLATE.open("rb") as file:
        catalogue = read_po(file, locale=LANGUAGE)
    for message in catalogue:
        if isinstance(message.id, str):
            message.string = accented(message.id)
        else:
            message.string = tuple(accented(form) for form in message.id)
    catalogue.fuzzy = False
    with (folder / f"{LANGUAGE}.po").open("wb") as file:
        write_po(file, catalogue)
    return folder


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of a process that speaks the language."""
    return {"SENOLAB_LANGUAGE": LANGUAGE, "SENOLAB_LOCALE": str(write(folder))}


def speak(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Have this process speak the language until the test ends."""
    for name, value in environment(folder).items():
        monkeypatch.setenv(name, value)


# Everything below an element that a reader sees, hears or may point at.
SPOKEN = """root => {
  const names = ["aria-label", "title", "placeholder", "alt", "aria-valuetext", "value"];
  const told = [];
  for (const node of [root, ...root.querySelectorAll("*")]) {
    if (node.closest("script, style, kbd") || !node.checkVisibility()) continue;
    for (const name of names) {
      if (name === "value" && !node.matches("input[type=submit], input[type=button]")) continue;
      if (node.getAttribute(name)) told.push(node.getAttribute(name));
    }
    for (const child of node.childNodes) if (child.nodeType === 3) told.push(child.textContent);
  }
  return told.join("\\n");
}"""


def untranslated(place: Any, *, authored: Iterable[str] = ()) -> set[str]:
    """Return the plain words that stand below a place (a Playwright locator), but for what authors wrote."""
    text = place.evaluate(SPOKEN)
    for sentence in sorted(authored, key=len, reverse=True):
        text = text.replace(sentence, " ")
    return plain(text)


def plain(text: str) -> set[str]:
    """Return the words of a text that were not translated; the calendar's words are German already."""
    return set(re.findall(r"[A-Za-z]{2,}", text)) - CALENDAR


def words_of(text: str) -> set[str]:
    """Return the words of a text that nobody translates: a lesson's, a person's name."""
    return set(re.findall(r"[A-Za-z]{2,}", text))


_GERMAN = Locale(LANGUAGE)
CALENDAR = words_of(
    " ".join(
        name
        for names in (_GERMAN.days, _GERMAN.months)
        for widths in names["format"].values()
        for name in widths.values()
    )
)
CALENDAR |= words_of("Tag Tagen Woche Wochen Monat Monaten Jahr Jahren in vor um")
