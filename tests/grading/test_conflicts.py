"""What a merge left in a learner's text: found in one pass, whatever she hands in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from senolab.grading import clean
from senolab.grading.conflicts import sides

WHOLE = "a\n<<<<<<< mine\nx = 1\n=======\nx = 2\n>>>>>>> theirs\nb\n"
MARKS = ("<<<<<<< a\n", "||||||| b\n", "=======\n", ">>>>>>> c\n", "plain\n")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("no mark at all\n", None),
        (WHOLE, ("a\nx = 1\nb\n", "a\nx = 2\nb\n")),
        (WHOLE + WHOLE, ("a\nx = 1\nb\n" * 2, "a\nx = 2\nb\n" * 2)),
        ("<<<<<<< a\n1\n||||||| base\n0\n=======\n2\n>>>>>>> b", ("1\n", "2\n")),
        ("<<<<<<< a\n=======\n2\n>>>>>>> b\n", ("", "2\n")),
        ("<<<<<<< a\n1\n=======\n2\n", None),
        ("Title\n=======\ntext >>>>>>> no mark\n", None),
        (">>>>>>> b\n=======\n<<<<<<< a\n", None),
        (
            "<<<<<<< never closed\n" + WHOLE,
            ("<<<<<<< never closed\na\nx = 1\nb\n", "<<<<<<< never closed\na\nx = 2\nb\n"),
        ),
    ],
)
def test_each_side_of_a_merge_is_found_and_half_a_merge_stays_as_it_is(text, wanted) -> None:
    assert sides(text) == wanted


@given(st.lists(st.sampled_from(MARKS), max_size=30))
def test_no_line_of_an_answer_gets_lost_by_the_marks_round_it(lines) -> None:
    found = sides("".join(lines))
    plain = lines.count("plain\n")
    if found is None:
        return
    assert all(side.count("plain\n") <= plain for side in found)
    assert "||||||| b\n" in lines or sum(side.count("plain\n") for side in found) >= plain


# Each took from half a minute to hours once; one worker marks for a whole campus.
@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("read", "text"),
    [
        (sides, "<<<<<<< a\n" * 8000 + "=======\n" * 8000),
        (sides, "<<<<<<< a\n||||||| b\n=======\n" * 6000),
        (clean.markdown, "![" * 100_000),
        (clean.markdown, "![](attachment:" * 13_000),
        (clean.markdown, "&#" + "9" * 100_000 + ";"),
    ],
    ids=["starts", "all-but-ends", "pictures", "attachments", "a-long-number"],
)
def test_a_text_made_to_be_slow_is_read_at_once(read, text) -> None:
    read(text)
