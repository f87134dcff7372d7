"""From commit to receipt: what a learner's server sends, and what the campus makes of it."""

import csv
import io
import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import campus_world as made
import pytest
from campus_world import ANSWERS, COURSE, LESSON, World
from senolab import record
from senolab.grading.marking import grade
from senolab.grading.queue import MarkingQueue
from senolab.portal.campus import Campus
from senolab.portal.settings import Settings

WHERE = f"course={COURSE}&lesson={LESSON}"


def state_of(world: World, name: str) -> dict[str, Any]:
    return world.api(name, "GET", f"lesson?{WHERE}").json()


# -- commits -------------------------------------------------------------------------------------


def test_a_commit_is_stamped_and_answered_with_the_reveal_and_marks(world: World) -> None:
    told = world.commit("ana").json()
    assert told["already"] is False and told["answers"] == ANSWERS
    assert told["reveal"]["outcome"] == "cancer" and told["time"].endswith("Z")
    assert told["marks"]["mark-1"]["fraction"] == 1.0
    assert told["marks"]["sure-1"]["fraction"] == pytest.approx(0.99)


def test_a_second_commit_returns_the_first_and_changes_nothing(world: World) -> None:
    first = world.commit("ana").json()
    second = world.commit("ana", {"mark-1": [], "sure-1": 1}).json()
    assert second == first | {"already": True}
    assert world.api("ana", "GET", f"commits?{WHERE}").json() == [second]
    assert world.api("bob", "GET", f"commits?{WHERE}").json() == []


def test_of_two_commits_at_once_one_counts_and_both_are_told_it(world: World) -> None:
    with ThreadPoolExecutor(8) as pool:
        told = [
            answer.json()
            for answer in pool.map(
                lambda sure: world.commit("ana", ANSWERS | {"sure-1": sure}), range(10, 90, 10)
            )
        ]
    assert len({json.dumps(one["answers"]) for one in told}) == 1
    assert sum(not one["already"] for one in told) == 1


def test_a_new_release_is_no_second_look_at_a_case(world: World) -> None:
    first = world.commit("ana").json()
    assert made.release(world.shelf) == 2
    again = world.commit("ana", {"mark-1": [], "sure-1": 0}, version=2).json()
    assert again["already"] and again["answers"] == first["answers"] and again["version"] == 1


def test_nothing_of_a_key_leaves_before_the_commit(world: World) -> None:
    told = state_of(world, "ana"), world.api("ana", "GET", "releases").json()
    refused = world.commit("ana", {"mark-1": [], "sure-1": 500})
    visitor = world.visitor("ana")
    pages = "".join(visitor.get(path).text for path in ("", f"course/{COURSE}/lesson/{LESSON}"))
    for text in (json.dumps(told), refused.text, pages):
        assert (
            "cancer." not in text
            and "outline" not in text
            and "pectoral" not in text
            and "One point" not in text
        )


BAD_ANSWERS = {
    "no object": [],
    "a question left out": {"sure-1": 50},
    "an answer that is null": {"mark-1": None, "sure-1": 50},
    "a stranger's question": ANSWERS | {"pick": "CC"},
    "a question that does not exist": ANSWERS | {"<script>": 1},
    "a probability over 100": ANSWERS | {"sure-1": 101},
    "a probability below 0": ANSWERS | {"sure-1": -1},
    "a probability that is no whole number": ANSWERS | {"sure-1": 50.5},
    "a probability that is true": ANSWERS | {"sure-1": True},
    "a probability as text": ANSWERS | {"sure-1": "50"},
    "marks that are no list": ANSWERS | {"mark-1": {"view": "RCC"}},
    "more marks than allowed": ANSWERS | {"mark-1": made.FOUND * 5},
    "a mark without a place": ANSWERS | {"mark-1": [{"view": "RCC", "x_mm": 1}]},
    "a mark outside every image": ANSWERS | {"mark-1": [{"view": "RCC", "x_mm": 1, "y_mm": 5000}]},
    "a mark left of the image": ANSWERS | {"mark-1": [{"view": "RCC", "x_mm": -1, "y_mm": 5}]},
    "a mark in no view": ANSWERS | {"mark-1": [{"view": "../x", "x_mm": 1, "y_mm": 1}]},
    "a mark with a stowaway": ANSWERS
    | {"mark-1": [{"view": "RCC", "x_mm": 1, "y_mm": 1, "more": "x" * 999}]},
    "a mark with a wrong rating": ANSWERS
    | {"mark-1": [{"view": "RCC", "x_mm": 1, "y_mm": 1, "rating": 101}]},
    "a mark at an endless number": ANSWERS | {"mark-1": [{"view": "RCC", "x_mm": 10**400, "y_mm": 1}]},
}


def test_an_answer_that_no_question_can_have_is_refused_and_locks_nothing(world: World) -> None:
    for what, answers in BAD_ANSWERS.items():
        world.campus.pace._buckets.clear()
        answer = world.commit("ana", answers)
        assert answer.status_code in {400, 422}, what
        assert answer.json()["error"].endswith("."), what
    assert world.api("ana", "GET", f"commits?{WHERE}").json() == []
    assert world.commit("ana", {"mark-1": [], "sure-1": 0}).ok, "no finding is an answer"


SEVERAL = """  - id: views-1
    kind: choice
    ask: Which views show it?
    options: [CC, MLO, ML]
    key: [CC, MLO]
  - id: side-1
    kind: choice
    ask: Which side?
    options: [left, right]
    key: left
    credit: {right: 0.5}
```

```yaml question="marks"
"""


def test_a_choice_is_committed_in_the_shape_that_it_was_asked_in(world: World) -> None:
    made.amended(world, '```\n\n```yaml question="marks"', SEVERAL.removesuffix("\n"))
    right = ANSWERS | {"views-1": ["CC", "MLO"], "side-1": "left"}
    for forged in ({"views-1": "CC"}, {"side-1": ["left", "right"]}):
        refused = world.commit("ana", right | forged, version=2)
        assert refused.status_code == 422 and "option" in refused.json()["error"]
    marks = world.commit("ana", right, version=2).json()["marks"]
    assert (marks["views-1"]["fraction"], marks["side-1"]["fraction"]) == (1, 1)


def test_a_release_that_does_not_say_how_many_options_it_asks_for_judges_by_its_key(world: World) -> None:
    made.amended(world, '```\n\n```yaml question="marks"', SEVERAL.removesuffix("\n"))
    path = world.shelf.release(COURSE, LESSON) / "release.json"
    told = json.loads(path.read_text())
    for question in told["questions"]:
        question.pop("multiple", None)
    path.write_text(json.dumps(told))
    forged = {"views-1": "CC", "side-1": ["left", "right"]}
    marks = world.commit("ana", ANSWERS | forged, version=2).json()["marks"]
    assert (marks["views-1"]["fraction"], marks["side-1"]["fraction"]) == (0, 0)
    right = {"views-1": ["CC", "MLO"], "side-1": "left"}
    marks = world.commit("bob", ANSWERS | right, version=2).json()["marks"]
    assert (marks["views-1"]["fraction"], marks["side-1"]["fraction"]) == (1, 1)


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"version": 2}, 404),
        ({"version": "1"}, 400),
        ({"version": True}, 400),
        ({"version": 0}, 400),
        ({"version": 2**70}, 400),
        ({"case": "case-9"}, 404),
        ({"case": ["case-1"]}, 400),
        ({"lesson": "../01-first"}, 404),
        ({"lesson": "02-second"}, 404),
        ({"course": "elsewhere"}, 403),
        ({"course": "../reading"}, 403),
        ({"surplus": 1}, 400),
    ],
)
def test_a_commit_to_the_wrong_place_is_refused(world: World, changed: dict[str, Any], status: int) -> None:
    assert world.commit("ana", **changed).status_code == status


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"a": NaN}', b"[" * 100_000, b"\xff\xfe", b'"x"'])
def test_a_body_that_is_no_object_is_refused_in_a_sentence(world: World, body: bytes) -> None:
    for route in ("commit", "handin"):
        answer = world.api("ana", "POST", route, data=body)
        assert answer.status_code == 400 and answer.json()["error"]


def test_a_commit_that_is_too_large_is_refused(world: World) -> None:
    assert world.commit("ana", {"sure-1": "x" * 600_000}).status_code == 413


def test_the_form_stays_with_the_learner_and_both_forms_are_given(world: World, state: Any) -> None:
    form = state_of(world, "ana")["form"]
    assert {state_of(world, "ana")["form"] for _ in range(3)} == {form}
    assert world.commit("ana").json()["form"] == form
    forms = [world.campus.keyring.form(f"learner-{i}", COURSE, LESSON, ["A", "B"]) for i in range(400)]
    assert 140 < forms.count("A") < 260
    again = Campus(Settings(state=world.shelf.state))
    assert again.keyring.form("ana", COURSE, LESSON, ["A", "B"]) == form, "kept over a restart"
    again.close()


def test_whoever_asks_too_often_is_told_to_wait(world: World) -> None:
    answers = [world.commit("ana").status_code for _ in range(40)]
    assert set(answers) == {200, 429} and answers[0] == 200
    assert world.commit("bob").ok


# -- hand-ins ------------------------------------------------------------------------------------


def test_a_hand_in_lies_whole_in_its_place_with_the_campuss_own_stamps(world: World) -> None:
    committed = world.commit("ana").json()
    told = world.hand_in("ana", "one line\n").json()
    folder = world.shelf.submitted(COURSE, "ana", LESSON)
    assert {path.name for path in folder.iterdir()} == {
        f"{LESSON}.ipynb",
        "record.jsonl",
        "stamps.jsonl",
        "timestamp.txt",
    }
    assert (folder / "record.jsonl").read_text() == "one line\n"
    stamps = record.read(folder / "stamps.jsonl")
    assert not stamps.damages and [act.kind for act in stamps.acts] == ["open", "commit"]
    assert stamps.acts[1].value == committed["answers"] and stamps.acts[1].time == committed["time"]
    assert {act.form for act in stamps.acts} == {committed["form"]}
    assert (folder / "timestamp.txt").read_text() == f"{told['time'][:10]} {told['time'][11:19]} UTC\n"
    assert not [path for path in folder.parent.iterdir() if path.name.startswith(".")]


def test_a_hand_in_is_marked_and_its_feedback_is_shown(world: World) -> None:
    world.commit("ana")
    world.hand_in("ana")
    told = state_of(world, "ana")
    assert told["state"] == "handed-in" and told["marking"] and told["points"] is None
    assert "not marked yet" in world.visitor("ana").get(f"course/{COURSE}/lesson/{LESSON}/feedback").text
    made.mark_all(world.shelf)
    told = state_of(world, "ana")
    assert told["state"] == "marked" and told["points"] == 4.0 and told["max_points"] == 9.0
    page = world.visitor("ana").get(told["feedback_url"]).text
    assert "A mass in the right breast" in page and "4 of 4 points" in page


def test_the_same_hand_in_twice_is_one_with_one_receipt(world: World) -> None:
    first, second = world.hand_in("ana").json(), world.hand_in("ana").json()
    assert first == second and len(world.campus.book.handins(COURSE)) == 1


def test_a_doubled_click_gets_one_receipt(world: World) -> None:
    with ThreadPoolExecutor(5) as pool:
        told = list(pool.map(lambda _: world.hand_in("ana", "one line\n").json(), range(5)))
    assert len({answer["receipt"] for answer in told}) == 1
    assert len(world.campus.book.handins(COURSE)) == 1


def cut_off(*_: Any, **__: Any) -> None:
    raise OSError("the machine went down")


def test_a_receipt_is_marked_though_the_campus_ended_before_it_was_queued(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with made.running(state) as world:
        with monkeypatch.context() as patch:
            patch.setattr(world.campus.marking, "put", cut_off)
            assert world.hand_in("ana").status_code == 500
        assert world.campus.book.handins(COURSE) and world.campus.marking.queued(COURSE) == {}
    with made.running(state) as world:
        assert world.campus.marking.queued(COURSE)["ana", LESSON][0] == "waiting"
        made.mark_all(world.shelf)
        assert state_of(world, "ana")["state"] == "marked"
    with made.running(state) as world:
        assert made.mark_all(world.shelf) == 0, "what is marked is not queued at each start"


def test_a_later_hand_in_is_marked_though_the_campus_ended_before_it_was_queued(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with made.running(state) as world:
        world.hand_in("ana", "a")
        made.mark_all(world.shelf)
        world.campus.book.reopen("ana", COURSE, LESSON, by="ines")
        monkeypatch.setattr(world.campus.marking, "put", cut_off)
        world.hand_in("ana", "b")
    with made.running(state) as world:
        assert made.mark_all(world.shelf) == 1


def test_the_same_files_again_are_queued_if_they_were_not(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(world.campus.marking, "put", cut_off)
        assert world.hand_in("ana").status_code == 500
    assert world.hand_in("ana").ok and len(world.campus.book.handins(COURSE)) == 1
    assert made.mark_all(world.shelf) == 1
    assert world.hand_in("ana").ok and made.mark_all(world.shelf) == 0


def test_a_hand_in_that_was_set_aside_when_the_campus_was_killed_comes_back(state: Path) -> None:
    with made.running(state) as world:
        world.hand_in("ana", "a")
        folder = world.shelf.submitted(COURSE, "ana", LESSON)
    folder.rename(folder.with_name(f".{LESSON}.0123456789ab.old"))
    folder.with_name(f".{LESSON}.ba9876543210").mkdir()
    with made.running(state) as world:
        assert [path.name for path in folder.parent.iterdir()] == [LESSON]
        assert (folder / "record.jsonl").read_text() == "a"


def test_another_hand_in_before_marking_takes_the_place_of_the_first(world: World) -> None:
    first, second = world.hand_in("ana", "a").json(), world.hand_in("ana", "b").json()
    assert first["receipt"] != second["receipt"] and second["attempt"] == 1
    assert (world.shelf.submitted(COURSE, "ana", LESSON) / "record.jsonl").read_text() == "b"
    assert [one.receipt for one in world.campus.book.handins(COURSE)] == [first["receipt"], second["receipt"]]
    assert "A later hand-in" in world.visitor("ana").get(f"receipt/{first['receipt']}").text
    assert made.mark_all(world.shelf) == 1


def test_what_is_handed_in_while_another_is_marked_waits_for_its_own_marks(world: World) -> None:
    world.hand_in("ana", "a")
    queue = MarkingQueue(world.shelf.marking_queue)
    job = queue.claim("slow")
    assert job is not None
    assert world.hand_in("ana", "b").json()["attempt"] == 1
    grade(world.shelf.grader(COURSE), LESSON, "ana")
    queue.finish(job.id, "slow")
    told = state_of(world, "ana")
    assert told["marking"] and told["points"] is None, "nothing is shown of the one before"
    assert "not marked yet" in world.visitor("ana").get(f"course/{COURSE}/lesson/{LESSON}/feedback").text
    assert made.mark_all(world.shelf) == 1
    assert state_of(world, "ana")["state"] == "marked"


def fails_to_mark(world: World) -> None:
    """Claim what waits and end it as a marking that met something unforeseen."""
    queue = MarkingQueue(world.shelf.marking_queue)
    job = queue.claim("unlucky")
    assert job is not None
    queue.fail(job.id, "unlucky", words="It met something unforeseen.")


def row_of(world: World, name: str) -> dict[str, str]:
    file = world.visitor("ines").get(f"teach/{COURSE}/grades.csv").content.decode("utf-8-sig")
    return next(row for row in csv.DictReader(io.StringIO(file)) if row["learner"] == name)


def test_what_came_in_while_another_was_marked_does_not_get_its_marks_if_its_own_fail(world: World) -> None:
    world.hand_in("ana", "a")
    queue = MarkingQueue(world.shelf.marking_queue)
    job = queue.claim("slow")
    assert job is not None
    from senolab.grading import marking

    with pytest.MonkeyPatch.context() as patch:  # the second arrives when the first has been read
        patch.setattr(marking, "write", lambda *_, **__: world.hand_in("ana", "b"))
        grade(world.shelf.grader(COURSE), LESSON, "ana")
    queue.finish(job.id, "slow")
    fails_to_mark(world)
    told = state_of(world, "ana")
    assert (told["state"], told["points"], told["closed"]) == ("handed-in", None, False)
    assert "not marked yet" in world.visitor("ana").get(f"course/{COURSE}/lesson/{LESSON}/feedback").text
    assert world.hand_in("ana", "c").ok, "and the next one is taken"
    made.mark_all(world.shelf)
    assert state_of(world, "ana")["state"] == "marked"


def test_points_of_one_hand_in_never_stand_beside_the_receipt_of_the_next(world: World) -> None:
    world.commit("ana")
    world.hand_in("ana", "a")
    made.mark_all(world.shelf)
    assert (row_of(world, "ana")["points"], row_of(world, "ana")["complete"]) == ("4", "yes")
    world.campus.book.reopen("ana", COURSE, LESSON, by="ines")
    receipt = world.hand_in("ana", "b").json()["receipt"]
    fails_to_mark(world)
    world.campus.watched.clear()
    row = row_of(world, "ana")
    assert (row["attempt"], row["receipt"], row["state"]) == ("2", receipt, "handed-in")
    assert (row["points"], row["max_points"], row["complete"]) == ("", "9", "no")
    assert (row_of(world, "bob")["points"], row_of(world, "bob")["complete"]) == ("", "")


def test_marks_of_before_hand_ins_were_noted_with_them_stand(state: Path) -> None:
    with made.running(state) as world:
        world.commit("ana")
        world.hand_in("ana", "a")
        made.mark_all(world.shelf)
    with closing(sqlite3.connect(world.shelf.gradebook(COURSE))) as database, database:
        database.execute("ALTER TABLE senolab_marking DROP COLUMN handin")
    with made.running(state) as world:
        assert row_of(world, "ana")["points"] == "4" and state_of(world, "ana")["state"] == "marked"
        assert world.hand_in("ana", "b").status_code == 409
        world.campus.book.reopen("ana", COURSE, LESSON, by="ines")
        assert world.hand_in("ana", "b").ok
        made.mark_all(world.shelf)
        assert state_of(world, "ana")["state"] == "marked"
        assert grade(world.shelf.grader(COURSE), LESSON, "ana").auto_score == 4


def test_a_marking_that_read_half_of_each_of_two_hand_ins_is_done_again(world: World) -> None:
    from senolab.grading import marking

    world.hand_in("ana", choice("CC"))
    reads = marking.fingerprint

    def swapped(*about: Any) -> str:
        world.hand_in("ana", choice("MLO"))
        return reads(*about)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(marking, "fingerprint", swapped)
        grade(world.shelf.grader(COURSE), LESSON, "ana")
    assert state_of(world, "ana")["points"] is None
    made.mark_all(world.shelf)
    assert state_of(world, "ana")["points"] == 2


def test_what_is_marked_is_handed_in_again_only_by_a_teachers_leave(world: World) -> None:
    first = world.hand_in("ana", "a").json()
    made.mark_all(world.shelf)
    refused = world.hand_in("ana", "b")
    assert refused.status_code == 409 and "Your teacher can reopen it" in refused.json()["error"]
    assert world.hand_in("ana", "a").json() == first, "the same files get the same receipt"
    folder = world.shelf.submitted(COURSE, "ana", LESSON)
    assert (folder / "record.jsonl").read_text() == "a" and len(world.campus.book.handins(COURSE)) == 1
    teacher = world.visitor("ines")
    teacher.get(f"teach/{COURSE}")
    teacher.post(f"teach/{COURSE}/{LESSON}/regrade")
    assert world.hand_in("ana", "b").status_code == 409, "marking again opens nothing"
    made.mark_all(world.shelf)
    teacher.post(f"teach/{COURSE}/{LESSON}/reopen", learner="ana")
    assert world.hand_in("ana", "b").json()["attempt"] == 2
    assert state_of(world, "ana")["state"] == "handed-in"
    made.mark_all(world.shelf)
    assert world.hand_in("ana", "c").status_code == 409


# -- versions ------------------------------------------------------------------------------------


def choice(text: str, *, question: str = "pick") -> str:
    """A record that answers one of the lesson's questions outside its case."""
    act = record.Act(
        id="1" * 16,
        time="2026-11-22T09:00:00.000Z",
        kind="answer",
        lesson=LESSON,
        version=1,
        question=question,
        value=text,
    )
    return record.dump([act]).decode()


def test_a_corrected_key_reaches_what_was_marked_by_the_wrong_one(world: World) -> None:
    made.amended(world, "key: MLO\nhints: {CC:", "key: CC\nhints: {MLO:")
    for name, text in (("ana", "MLO"), ("bob", "CC")):
        assert world.hand_in(name, choice(text), version=2).ok
    made.mark_all(world.shelf)
    assert [state_of(world, name)["points"] for name in ("ana", "bob")] == [0, 2]
    made.amended(world, "key: CC\nhints: {MLO:", "key: MLO\nhints: {CC:")
    teacher = world.visitor("ines")
    teacher.get(f"teach/{COURSE}")
    for _ in range(2):  # marking again without a change moves nothing
        teacher.post(f"teach/{COURSE}/{LESSON}/regrade")
        assert made.mark_all(world.shelf) == 2
        assert [state_of(world, name)["points"] for name in ("ana", "bob")] == [2, 0]


def test_a_version_is_taken_from_those_alone_who_had_it_before_them(world: World) -> None:
    state_of(world, "ana")
    made.release(world.shelf)
    state_of(world, "bob")
    for answer in (world.hand_in("bob"), world.commit("bob"), world.commit("both"), world.hand_in("both")):
        assert answer.status_code == 409 and "newer version" in answer.json()["error"]
    assert world.campus.book.handins(COURSE) == [] and world.campus.book.committed(COURSE) == {}
    assert world.hand_in("bob", version=2).ok
    assert world.commit("ana").ok and world.hand_in("ana").ok
    assert {one.learner: one.version for one in world.campus.book.handins(COURSE)} == {"ana": 1, "bob": 2}


def test_a_campus_of_before_versions_were_noted_takes_what_was_begun_there(state: Path) -> None:
    with made.running(state) as world:
        state_of(world, "ana")
    with closing(sqlite3.connect(world.shelf.campus_database)) as database, database:
        database.execute("ALTER TABLE opened DROP COLUMN version")
        database.execute("UPDATE schema_version SET version = 1")
    made.release(world.shelf)
    with made.running(state) as world:
        assert world.hand_in("ana").ok and world.hand_in("bob").status_code == 409


def redrawn(world: World) -> None:
    """Release the lesson with new images for its case, and those of before for a second one."""
    terms = world.shelf.release_json(COURSE, LESSON)
    keys = world.shelf.keys_json(COURSE, LESSON)
    case, pair = terms["cases"]["case-1"], {"mark-1": "mark-2", "sure-1": "sure-2"}
    terms["cases"] = {
        "case-1": case | {"exam": {form: f"new-{form}" for form in terms["forms"]}},
        "case-2": case | {"questions": list(pair.values())},
    }
    terms["questions"] += [
        question | {"id": pair[question["id"]], "case": "case-2"}
        for question in terms["questions"]
        if question["id"] in pair
    ]
    keys["questions"] |= {new: keys["questions"][old] for old, new in pair.items()}
    keys["reveals"]["case-2"] = keys["reveals"]["case-1"]
    with world.shelf.draft(COURSE, LESSON) as draft:
        (draft / "release.json").write_text(json.dumps(terms))
        world.shelf.publish(COURSE, LESSON, draft, keys)


def test_a_commit_counts_for_the_images_it_was_made_with_and_for_no_others(world: World) -> None:
    first = world.commit("ana").json()
    assert first["exam"] == f"exam-{first['form']}"
    redrawn(world)
    refused = world.commit("ana", {"mark-1": [], "sure-1": 1}, version=2)
    assert refused.status_code == 409 and "other images" in refused.json()["error"]
    seen = world.commit("ana", {"mark-2": made.FOUND, "sure-2": 100}, case="case-2", version=2)
    assert seen.status_code == 409 and "seen the truth" in seen.json()["error"]
    for answer in (refused, seen):
        assert "outcome" not in answer.text
    assert world.commit("ana").json() == first | {"already": True}, "the page of before still shows it"
    assert world.commit("bob", version=2).json()["exam"].startswith("new-")


def test_hand_ins_at_once_leave_one_whole_hand_in(world: World) -> None:
    with ThreadPoolExecutor(5) as pool:
        told = list(pool.map(lambda i: world.hand_in("ana", f"{i}\n"), range(5)))
    assert all(answer.ok for answer in told)
    folder = world.shelf.submitted(COURSE, "ana", LESSON)
    assert [path.name for path in folder.parent.iterdir()] == [LESSON]
    last = world.campus.book.handins(COURSE)[-1]
    assert (folder / "timestamp.txt").read_text().startswith(last.time[:10])


@pytest.mark.parametrize(
    "name",
    [
        "../../../evil.ipynb",
        "/etc/passwd",
        "stamps.jsonl",
        "timestamp.txt",
        ".hidden",
        "sub/record.jsonl",
        "",
        "x\0y",
        "02-second.ipynb",
    ],
)
def test_a_file_that_does_not_belong_is_refused_and_nothing_is_written(world: World, name: str) -> None:
    answer = world.hand_in("ana", files={f"{LESSON}.ipynb": "{}", name: "x"})
    assert answer.status_code == 400 and "lesson and its record alone" in answer.json()["error"]
    assert not world.shelf.submitted(COURSE, "ana", LESSON).exists()


def test_a_hand_in_without_the_lesson_or_of_the_wrong_shape_is_refused(world: World) -> None:
    for files in (
        {},
        {"record.jsonl": ""},
        [],
        "x",
        {f"{LESSON}.ipynb": 1},
        {f"{LESSON}.ipynb": {"cells": []}},
    ):
        assert world.hand_in("ana", files=files).status_code == 400


def test_a_hand_in_holds_all_notebooks_that_the_release_names_and_no_other(world: World) -> None:
    release = world.shelf.release(COURSE, LESSON) / "release.json"
    release.write_text(json.dumps(json.loads(release.read_text()) | {"notebooks": ["a.ipynb", "b 2.ipynb"]}))
    both = {"a.ipynb": "{}", "b 2.ipynb": "{}"}
    lacking = world.hand_in("ana", files={"a.ipynb": "{}"})
    assert lacking.status_code == 400 and "b 2.ipynb" in lacking.json()["error"]
    assert world.hand_in("ana", files=both | {f"{LESSON}.ipynb": "{}"}).status_code == 400
    assert not world.shelf.submitted(COURSE, "ana", LESSON).exists()
    assert world.hand_in("ana", files=both).ok
    handed = {path.name for path in world.shelf.submitted(COURSE, "ana", LESSON).glob("*.ipynb")}
    assert handed == set(both)


def test_a_hand_in_that_is_too_large_is_refused_with_its_size(world: World) -> None:
    answer = world.hand_in("ana", files={f"{LESSON}.ipynb": "x" * (21 * 2**20)})
    assert answer.status_code == 413 and "21 MB" in answer.json()["error"]
    assert world.campus.book.handins(COURSE) == []


def test_what_is_handed_in_damaged_is_taken_since_the_record_holds_the_answers(world: World) -> None:
    world.commit("ana")
    assert world.hand_in("ana", files={f"{LESSON}.ipynb": '{"cells": [', "record.jsonl": "\ud800"}).ok
    made.mark_all(world.shelf)
    assert state_of(world, "ana")["points"] == 4.0


def test_a_closed_lesson_takes_nothing_until_it_is_reopened_for_the_learner(world: World) -> None:
    world.hand_in("ana", "a")
    made.mark_all(world.shelf)
    teacher = world.visitor("ines")
    teacher.get(f"teach/{COURSE}")
    teacher.post(f"teach/{COURSE}/{LESSON}/close")
    assert world.hand_in("ana", "b").status_code == 409 and world.hand_in("bob").status_code == 409
    assert state_of(world, "bob")["closed"] is True
    teacher.post(f"teach/{COURSE}/{LESSON}/reopen", learner="ana")
    assert state_of(world, "ana")["state"] == "reopened" and state_of(world, "ana")["closed"] is False
    assert world.hand_in("ana", "a").json()["attempt"] == 2, "even the same files count anew"
    assert world.hand_in("ana", "c").status_code == 409
    teacher.post(f"teach/{COURSE}/{LESSON}/open")
    assert world.hand_in("bob").ok


def test_the_states_of_a_lesson_follow_one_another(world: World) -> None:
    home = world.visitor("ana")
    assert "Not started" in home.get("").text and "user-redirect/senolab/open" in home.get("").text
    state_of(world, "ana")
    assert "In progress" in home.get("").text
    world.commit("ana")
    assert "1 of 1 case committed" in home.get("").text
    receipt = world.hand_in("ana").json()["receipt"]
    assert (
        "Being marked" in home.get("").text and receipt in home.get(f"course/{COURSE}/lesson/{LESSON}").text
    )
    made.mark_all(world.shelf)
    assert "Marked" in home.get("").text and "4 of 9 points" in home.get("").text


def test_every_case_that_there_is_can_be_committed_and_no_other_is_counted(world: World) -> None:
    redrawn(world)
    for case, pair in (("case-1", ("mark-1", "sure-1")), ("case-2", ("mark-2", "sure-2"))):
        answers = dict(zip(pair, ANSWERS.values(), strict=True))
        assert world.commit("ana", answers, case=case, version=2).ok
    assert "2 of 2 cases committed" in world.visitor("ana").get("").text
    assert world.visitor("ines").get(f"teach/{COURSE}").text.count("(2 of 2)") == 1
    made.release(world.shelf)  # the second case is gone again
    assert "1 of 1 case committed" in world.visitor("ana").get("").text


def test_who_handed_in_nothing_before_the_end_is_not_told_that_she_did(world: World) -> None:
    home, teacher = world.visitor("ana"), world.visitor("ines")
    assert "Nothing waits" not in home.get("").text
    teacher.get(f"teach/{COURSE}")
    teacher.post(f"teach/{COURSE}/{LESSON}/close")
    page = home.get("").text
    assert "1 lesson was closed before you handed it in" in page and "Takes no more hand-ins" in page
    assert "Every lesson is handed in" not in page
    teacher.post(f"teach/{COURSE}/{LESSON}/open")
    world.hand_in("ana")
    assert "Nothing waits for you. Every lesson is handed in." in home.get("").text


def test_the_list_of_releases_names_the_learners_own_lessons(world: World) -> None:
    assert world.api("ana", "GET", "releases").json() == [
        {"course": COURSE, "lesson": LESSON, "version": 1, "title": "A first case"}
    ]
    assert world.api("nobody", "GET", "releases").json() == []


def test_while_a_teacher_still_reads_the_points_are_told_as_not_all(world: World) -> None:
    world.commit("ana")
    world.hand_in("ana", choice("MLO", question="reflect"))
    assert state_of(world, "ana")["waiting"] is False
    made.mark_all(world.shelf)
    told = state_of(world, "ana")
    assert (told["state"], told["points"], told["waiting"]) == ("marked", 4, True)
