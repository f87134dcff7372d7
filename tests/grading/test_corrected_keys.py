"""A key that was wrong: amended and released again, it judges what was handed in before."""

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from senolab import record
from senolab.grading import grade
from senolab.grading.keyed import Version, judged_by
from senolab.lessons.shelf import Shelf

COURSE, LESSON = "reading-with-ai", "01-first"
READING = Path(__file__).parent / "corpus" / "reading"
ON_LESION = [{"view": "RCC", "x_mm": 42, "y_mm": 60}]


def version() -> Version:
    told = {name: json.loads((READING / f"{name}.json").read_text("utf-8")) for name in ("release", "keys")}
    return Version(**told)


def question(one: Version, name: str) -> Any:
    return one.question(name)


CHANGES: dict[str, tuple[str, Callable[[Any], Any], bool]] = {
    "nothing": ("pick", lambda one: None, True),
    "how it is asked": ("pick", lambda one: question(one, "pick").update(ask="Which one?"), True),
    "its points": ("pick", lambda one: question(one, "pick").update(points=5.0), True),
    "the order of its options": ("pick", lambda one: question(one, "pick")["options"].reverse(), True),
    "an option": ("pick", lambda one: question(one, "pick")["options"].append("lobulated"), False),
    "its kind": ("pick", lambda one: question(one, "pick").update(kind="text"), False),
    "its case": ("sure-1", lambda one: question(one, "sure-1").update(case=None), False),
    "its exam": ("sure-1", lambda one: one.release["cases"]["case-1"]["exam"].update(A="another"), False),
    "the other form's exam": (
        "sure-1",
        lambda one: one.release["cases"]["case-1"]["exam"].update(B="another"),
        True,
    ),
    "its table": ("cut", lambda one: question(one, "cut").update(table=[]), False),
    "its name": ("pick", lambda one: question(one, "pick").update(id="choose"), False),
    "its key is gone": ("pick", lambda one: one.keys["questions"].pop("pick"), False),
}


@pytest.mark.parametrize("what", CHANGES)
def test_the_key_in_force_judges_a_question_that_has_stayed_the_same(what: str) -> None:
    name, change, stays = CHANGES[what]
    given, current = version(), copy.deepcopy(version())
    change(current)
    assert (judged_by(name, "A", given=given, current=current) is current) == stays


def test_where_the_version_handed_in_is_lost_its_own_key_judges() -> None:
    given = Version({}, version().keys)
    assert judged_by("pick", "A", given=given, current=version()) is given


def hand_in(campus: Shelf, *, version: int = 1, pick: Any = "round") -> Path:
    """Hand in a version: a committed case, and a choice that its key calls wrong."""
    place = campus.submitted(COURSE, "ada", LESSON)
    place.mkdir(parents=True)
    shutil.copy(campus.generated(COURSE, LESSON) / f"{LESSON}.ipynb", place)
    about: dict[str, Any] = {"lesson": LESSON, "version": version, "form": "A"}
    record.append(place / "stamps.jsonl", kind="open", **about)
    record.append(
        place / "stamps.jsonl",
        kind="commit",
        case="case-1",
        value={"mark-1": ON_LESION, "sure-1": 100},
        **about,
    )
    record.append(place / "record.jsonl", kind="answer", question="pick", value=pick, **about)
    return place


def release(campus: Shelf, change: Callable[[dict, dict], None]) -> None:
    terms = json.loads((READING / "release.json").read_text("utf-8"))
    keys = json.loads((READING / "keys.json").read_text("utf-8"))
    change(terms, keys)
    with campus.draft(COURSE, LESSON) as draft:
        (draft / "release.json").write_text(json.dumps(terms), "utf-8")
        campus.publish(COURSE, LESSON, draft, keys)


def scores(campus: Shelf, *, force: bool = False) -> dict[str, float | None]:
    done = grade(campus.grader(COURSE), LESSON, "ada", force=force)
    assert "failed" not in done.flags, done.words
    return {item.question: item.score for item in done.items}


def corrected(_terms: dict, keys: dict) -> None:
    keys["questions"]["pick"]["A"]["correct"] = ["round"]
    keys["questions"]["sure-1"]["A"]["truth"] = 0


@pytest.mark.parametrize("force", [False, True])
def test_a_corrected_key_moves_the_points_of_what_was_handed_in_before(campus: Shelf, force: bool) -> None:
    hand_in(campus)
    before = scores(campus)
    assert (before["pick"], before["sure-1"], before["mark-1"]) == (0, 1, 2)
    release(campus, corrected)
    after = scores(campus, force=force)
    assert (after["pick"], after["sure-1"], after["mark-1"]) == (2, 0, 2)
    assert scores(campus, force=True) == after, "marking again moves nothing more"


def asked_as(several: bool, *correct: str) -> Callable[[dict, dict], None]:
    """A release in which `pick` asks for one option or several."""

    def change(terms: dict, keys: dict) -> None:
        next(one for one in terms["questions"] if one["id"] == "pick")["multiple"] = several
        keys["questions"]["pick"]["A"]["correct"] = list(correct)

    return change


@pytest.mark.parametrize(
    ("several", "correct", "pick", "points"),
    [
        (True, ["round", "oval"], ["round"], 1),
        (True, ["round", "oval"], "round", 0),
        (False, ["spiculated"], ["spiculated", "oval"], 0),  # a share of the points is for "oval"
        (False, ["spiculated"], "spiculated", 2),
    ],
)
def test_a_record_in_another_shape_than_was_asked_for_earns_nothing(
    campus: Shelf, several: bool, correct: list[str], pick: Any, points: float
) -> None:
    release(campus, asked_as(several, *correct))
    hand_in(campus, version=2, pick=pick)
    assert scores(campus)["pick"] == points


def test_a_key_that_gets_a_second_right_option_takes_what_was_answered_with_one(campus: Shelf) -> None:
    release(campus, asked_as(False, "oval"))
    hand_in(campus, version=2)
    assert scores(campus)["pick"] == 0
    release(campus, asked_as(True, "oval", "round"))
    assert scores(campus)["pick"] == 2


def test_a_new_release_with_the_same_keys_moves_nothing(campus: Shelf) -> None:
    hand_in(campus)
    before = scores(campus)
    release(campus, lambda terms, keys: terms.update(title="A better title"))
    assert scores(campus, force=True) == before


def test_another_exam_of_the_same_name_does_not_judge_what_was_read_before(campus: Shelf) -> None:
    hand_in(campus)

    def swapped(terms: dict, keys: dict) -> None:
        corrected(terms, keys)
        terms["cases"]["case-1"]["exam"] = {"A": "exam-b", "B": "exam-a"}

    release(campus, swapped)
    after = scores(campus)
    assert (after["pick"], after["sure-1"], after["mark-1"]) == (2, 1, 2)


ANSWERED = {"question": "cut", "case": "case-2", "value": 5}
COMMITTED = {"case": "case-2", "value": {"cut": 5}}


@pytest.mark.parametrize(("kind", "said"), [("answer", ANSWERED), ("commit", COMMITTED)])
def test_images_whose_truth_was_shown_as_another_case_earn_nothing_a_second_time(
    campus: Shelf, kind: Any, said: dict[str, Any]
) -> None:
    place = hand_in(campus)

    def moved(terms: dict, _keys: dict) -> None:
        cases = terms["cases"]
        cases["case-2"] = cases["case-1"] | {"questions": ["cut"]}
        cases["case-1"] = cases["case-1"] | {"exam": {"A": "exam-c", "B": "exam-d"}}
        question(Version(terms, {}), "cut")["case"] = "case-2"

    release(campus, moved)
    about = {"lesson": LESSON, "version": 2, "form": "A"}
    record.append(place / "stamps.jsonl", kind="open", **about)
    record.append(place / "record.jsonl", kind=kind, **said, **about)
    done = grade(campus.grader(COURSE), LESSON, "ada")
    points = {item.question: item.score for item in done.items}
    assert points["cut"] == 0 and points["mark-1"] == 2, "what was committed before still counts"
    assert any("case-2 does not count" in words for words in done.words)
