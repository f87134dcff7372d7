"""One list of all that the product says, and translations that reach a person from it."""

import ast
import re
from pathlib import Path

import pytest
import senolab
from babel.messages.checkers import checkers
from babel.messages.pofile import read_po
from playwright.sync_api import Browser
from senolab import words
from senolab.words.__main__ import template
from senolab.words.catalogues import HERE, TEMPLATE, for_browser

PACKAGE = Path(senolab.__file__).parent
POLISH = r"""msgid ""
msgstr ""
"Language: pl\n"
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\n"

msgid "Not answered."
msgstr "Bez odpowiedzi."

#, fuzzy
msgid "Right."
msgstr "Lewo."

msgid "{n} point"
msgid_plural "{n} points"
msgstr[0] "{n} punkt"
msgstr[1] "{n} punkty"
msgstr[2] "{n} punktów"

msgid "%(count)s hand-in"
msgid_plural "%(count)s hand-ins"
msgstr[0] "%(count)s praca"
msgstr[1] "%(count)s prace"
msgstr[2] "%(count)s prac"
"""


@pytest.fixture
def polish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pl.po").write_text(POLISH, "utf-8")
    monkeypatch.setenv("SENOLAB_LOCALE", str(tmp_path))
    monkeypatch.setenv("SENOLAB_LANGUAGE", "pl")


def test_the_list_of_messages_is_what_the_command_writes() -> None:
    assert TEMPLATE.read_text("utf-8") == template(), "run: python -m senolab.words"


def test_no_shipped_translation_loses_a_place() -> None:
    for path in HERE.glob("*.po"):
        with path.open("rb") as file:
            catalogue = read_po(file, locale=path.stem)
        for message in catalogue:
            for check in checkers:
                check(catalogue, message)


def test_a_translation_is_read_from_its_file_and_the_rest_stays_english(polish: None) -> None:
    assert words.languages() == ["en", "pl"]
    assert words.gettext("Not answered.") == "Bez odpowiedzi."
    assert words.gettext("Not right.") == "Not right.", "nobody has translated it"
    assert words.gettext("Right.") == "Right.", "a guess that nobody has looked at is no translation"


@pytest.mark.parametrize(
    ("count", "said"), [(1, "1 praca"), (3, "3 prace"), (12, "12 prac"), (1022, "1022 prace")]
)
def test_each_language_counts_in_its_own_way(polish: None, count: int, said: str) -> None:
    assert words.ngettext("%(count)s hand-in", "%(count)s hand-ins", count).replace("\xa0", "") == said


def test_a_sum_of_points_is_written_alike_whichever_way_it_was_added_up() -> None:
    assert words.number(8.094999999999999) == words.number(8.095000000000001) == "8.1"
    assert (words.number(1234.5), words.number(-0.125), words.number(3)) == ("1,234.5", "-0.12", "3")


def test_english_needs_no_file_and_writes_days_before_months() -> None:
    assert (words.language(), words.locale(), words.number(1234.5)) == ("en", "en-GB", "1,234.5")
    assert words.gettext("You chose %(chosen)s", chosen=1) == "You chose 1"
    assert for_browser("reading/words.js")["messages"] == {}


def test_the_browser_gets_the_messages_of_its_file_and_counts_as_python_does(
    polish: None, browser: Browser
) -> None:
    told = for_browser("reading/words.js")
    assert told["messages"] == {"{n} point": ["{n} punkt", "{n} punkty", "{n} punktów"]}
    page = browser.new_page()
    said = page.evaluate(
        """async ([source, told]) => {
          const words = await import("data:text/javascript;charset=utf-8," + encodeURIComponent(source));
          const dictionary = { deep: { points: words.ngettext("{n} point", "{n} points") } };
          words.speak(dictionary, told);
          words.speak(dictionary, told); // a second widget of the same page
          return [1, 2, 5, 22, 112, 1000, 1002].map((n) => words.count(dictionary.deep.points, n));
        }""",
        [(PACKAGE / "reading" / "translate.js").read_text("utf-8"), told],
    )
    page.close()
    assert [line.replace("\xa0", "") for line in said] == [
        "1 punkt", "2 punkty", "5 punktów", "22 punkty", "112 punktów", "1000 punktów", "1002 punkty",
    ]  # fmt: skip


# Where what is raised is read by learners and teachers.
ROOMS = ("grading", "lessons", "metrics", "portal", "reading", "record")
FOR_OPERATORS = {"SettingsError", "SchemaError", "TableError"}
OURS = {
    node.name
    for path in PACKAGE.rglob("*.py")
    for node in ast.walk(ast.parse(path.read_text("utf-8")))
    if isinstance(node, ast.ClassDef) and node.name.endswith("Error")
}
NOTED = {"error", "warn", "append", "add", "notice", *(OURS - FOR_OPERATORS)}


@pytest.mark.parametrize(
    "path", sorted(p for room in ROOMS for p in (PACKAGE / room).rglob("*.py")), ids=lambda p: p.name
)
def test_no_sentence_is_raised_or_noted_that_nobody_could_translate(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        called = getattr(node.func, "attr", getattr(node.func, "id", ""))
        for given in node.args if called in NOTED and not is_log(node.func) else ():
            assert not is_sentence(given), f"{path.name}:{given.lineno}: say it through gettext"


@pytest.mark.parametrize(
    ("code", "spoken"),
    [
        ("'Not answered.'", True),
        ("f'there is no kind {kind!r}.{more}'", True),  # after a colon, sentences begin small
        ("'there is no hint ' + name", True),
        ("'none of these' if name else ''", True),
        ("gettext('The file is missing.')", False),
        ("f'{what}: {words}'", False),
        ("'not-run'", False),
        ("'custom:campus:teach'", False),
    ],
)
def test_a_sentence_is_told_by_its_words(code: str, spoken: bool) -> None:
    assert is_sentence(ast.parse(code, mode="eval").body) is spoken


def is_log(function: ast.expr) -> bool:
    """Tell a line for the log: operators read it, in English."""
    owner = getattr(function, "value", None)
    return getattr(owner, "attr", getattr(owner, "id", "")) in {"log", "LOG", "logger"}


def is_sentence(node: ast.expr) -> bool:
    """Tell a text that begins and ends like a sentence, or has three words; however it is glued together."""
    if isinstance(node, ast.BinOp):
        return is_sentence(node.left) or is_sentence(node.right)
    if isinstance(node, ast.IfExp):
        return is_sentence(node.body) or is_sentence(node.orelse)
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    text = "X".join(str(part.value) for part in parts if isinstance(part, ast.Constant))
    whole = text[:1].isupper() and text[-1:] in ".?!" and " " in text
    return whole or len(re.findall(r"(?:^|\s)[^\W\d_]{2,}(?=[\s.,;:?!]|$)", text)) >= 3


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_every_place_of_a_message_is_filled_and_by_its_name(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        called = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
        if not isinstance(node, ast.Call) or called not in {"gettext", "ngettext"} or given_whole(node):
            continue
        messages = [part.value for part in node.args if isinstance(part, ast.Constant)]
        places = {name for text in messages for name in re.findall(r"%\((\w+)\)", str(text))}
        filled = {blank.arg for blank in node.keywords} | ({"count"} if called == "ngettext" else set())
        assert not messages or places <= filled, f"{path.name}:{node.lineno}: {places - filled} stays empty"
        assert not messages or filled <= places | {"count"}, f"{path.name}:{node.lineno}: {filled - places}"


def given_whole(node: ast.Call) -> bool:
    return any(blank.arg is None for blank in node.keywords)


def test_every_message_of_python_stands_in_the_list() -> None:
    """The extraction reads no f-strings: a message inside one would be lost."""
    with TEMPLATE.open("rb") as file:
        listed = {message.id if isinstance(message.id, str) else message.id[0] for message in read_po(file)}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            called = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if isinstance(node, ast.Call) and called in {"gettext", "ngettext", "marked"}:
                first = node.args[0]
                assert not isinstance(first, ast.Constant) or first.value in listed, (
                    f"{path.name}:{node.lineno}"
                )
