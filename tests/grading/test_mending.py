"""Parts of the engine by themselves: mending, canaries, what is shown."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from senolab.grading import clean
from senolab.grading.canary import canaries, helpers, prelude
from senolab.grading.master import Master, MasterCell, without_hidden
from senolab.grading.mend import mend
from senolab.grading.score import partial
from senolab.grading.submitted import Cell, Notebook, UnreadableError, parse

MASTER = Master(
    "p",
    (
        MasterCell("markdown", "# Title", "# Title", id="m0"),
        MasterCell("code", "blank a", "blank a", {}, "a", "m1", solution=True),
        MasterCell("code", "test a + hidden", "test a", {}, "t", "m2", grade=True, locked=True, points=1),
        MasterCell("markdown", "blank b", "blank b", {}, "b", "m3", grade=True, solution=True, points=1),
    ),
)
cells = st.lists(
    st.builds(
        Cell,
        st.sampled_from(["code", "markdown", "raw"]),
        st.sampled_from(["", "blank a", "test a", "# Title", "x = 1", "words", "test a + hidden"]),
        st.sampled_from([None, "a", "t", "b", "other"]),
        st.sampled_from([None, "m0", "m1", "m2", "m3", "z"]),
    ),
    max_size=8,
)


@given(cells)
def test_whatever_is_handed_in_the_master_copy_stands(handed_in) -> None:
    mended = mend(Notebook("p.ipynb", tuple(handed_in)), MASTER)
    assert [part.master for part in mended.parts if part.master] == list(MASTER.cells)
    test = next(part for part in mended.parts if part.grade_id == "t")
    assert test.source == "test a + hidden"
    assert all(part.cell_type == part.master.cell_type for part in mended.parts if part.master)


@given(cells)
def test_mending_loses_no_code_a_learner_wrote(handed_in) -> None:
    mended = mend(Notebook("p.ipynb", tuple(handed_in)), MASTER)
    kept = "\n".join(part.source for part in mended.parts)
    own = [cell for cell in handed_in if cell.source in {"x = 1"} and cell.grade_id in {None, "a", "other"}]
    placed = [cell for cell in own if cell.id not in {"m0", "m2"} or cell.grade_id == "a"]
    assert all(cell.source in kept for cell in placed)


def readable(data: bytes) -> bool:
    """Whether bytes are taken for a notebook; anything but a sentence is a failure."""
    try:
        parse("p.ipynb", data)
    except UnreadableError as problem:
        return not str(problem).startswith("p.ipynb")
    return True


@given(st.binary(max_size=200))
def test_no_bytes_make_reading_stumble(data) -> None:
    assert not readable(data)


NAMES = ("cells", "source", "input", "cell_type", "metadata", "nbgrader", "grade_id", "attachments", "id")
plain = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(NAMES), inner),
    max_leaves=10,
)


@given(plain)
def test_no_json_makes_reading_stumble(value) -> None:
    cell = {"cell_type": value, "source": "x", "metadata": value, "attachments": value, "id": value}
    assert readable(json.dumps({"cells": [value, cell]}).encode())
    assert readable(json.dumps({"worksheets": [value, {"cells": value}, {"cells": [cell]}]}).encode())


def test_every_canary_fails_where_nothing_was_switched_off() -> None:
    for _ in range(200):
        for source in canaries("assert f(1) == 2"):
            with pytest.raises(AssertionError):
                exec(source, {})


def test_the_helpers_of_a_test_are_checked_under_the_names_it_gives_them() -> None:
    imports = "from numpy.testing import assert_equal as same, assert_allclose"
    test = f"{imports}\nassert_allclose(f(1), 2)\nsame(1, 1)"
    assert helpers(test) == ["assert_allclose"]
    space: dict = {}
    exec(prelude(test), space)
    for source in canaries(test):
        with pytest.raises(AssertionError):
            exec(source, space)


@pytest.mark.parametrize("test", ["def assert_equal(a, b): pass\nassert_equal(1, 1)", "not python (", ""])
def test_helpers_a_test_defines_itself_are_its_own_matter(test) -> None:
    assert helpers(test) == []


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("0.5", 0.5),
        ("7", 2.0),
        ("-1", 0.0),
        ("nan", 0.0),
        ("inf", 0.0),
        ("None", 2.0),
        ("'1'", 2.0),
        ("True", 2.0),
    ],
)
def test_the_last_number_of_a_test_is_its_points(text, points) -> None:
    warned = {"output_type": "stream", "name": "stderr", "text": "careful"}
    assert partial([warned, {"output_type": "execute_result", "data": {"text/plain": text}}], 2.0) == points
    assert partial([warned], 2.0) == 2.0


def test_a_test_is_shown_without_its_hidden_part() -> None:
    source = "assert f(1)\n### BEGIN HIDDEN TESTS\nassert f(2)\n### END HIDDEN TESTS"
    assert without_hidden(source) == "assert f(1)"
    assert "f(2)" not in without_hidden("assert f(1)\n### BEGIN HIDDEN TESTS\nassert f(2)")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("The ratio is $a < b$ and **clear**.", "The ratio is $a < b$ and **clear**."),
        ("<b>bold</b>", "&lt;b>bold&lt;/b>"),
        ("![me](attachment:me.png)", "![me](attachment:me.png)"),
        ("![me](https://elsewhere.example/x.png)", "\\![me](https://elsewhere.example/x.png)"),
        ("\x1b[31mred\x1b[0m\x00", "red"),
    ],
)
def test_markdown_keeps_what_is_harmless(text, shown) -> None:
    assert clean.markdown(text) == shown


@given(st.text(max_size=60))
def test_nothing_active_survives(text) -> None:
    for shown in (clean.markdown(text), clean.literal(text)):
        assert "<script" not in shown.lower()
        assert "\x1b" not in shown


def test_outputs_keep_text_and_pixels_only() -> None:
    raw = [
        {
            "output_type": "display_data",
            "data": {"text/html": "<script>", "text/plain": "words", "image/png": "AAAA"},
        },
        {"output_type": "display_data", "data": {"image/png": "<svg>"}},
        {
            "output_type": "error",
            "ename": "E",
            "evalue": "secret line",
            "traceback": ["a", "the secret line here"],
        },
        {"output_type": "update_display_data", "data": {"text/plain": "x"}},
        {"output_type": "stream", "text": ["a", 3]},
    ]
    kept = clean.outputs(raw, ["secret line"])
    assert [one["output_type"] for one in kept] == ["display_data", "error", "stream"]
    assert kept[0]["data"] == {"text/plain": "words", "image/png": "AAAA"}
    assert "secret line" not in json.dumps(kept)
