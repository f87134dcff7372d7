"""What the pages show, and what they keep to themselves."""

import csv
import fcntl
import io
import json
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import campus_world as made
import pytest
from campus_world import COURSE, LESSON, World
from senolab import record
from senolab.grading import edition
from senolab.portal import web
from senolab.sandbox import watch

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def text_record(world: World, text: str) -> str:
    path = world.shelf.state / "a-record.jsonl"
    path.unlink(missing_ok=True)
    record.append(path, kind="answer", lesson=LESSON, version=1, question="reflect", value=text)
    return path.read_text()


def hidden(page: str) -> dict[str, str]:
    """Return what the form of marks sends along unseen."""
    form = page.partition('id="marks"')[2]
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
    fields.pop("_xsrf")
    return fields


@pytest.fixture
def waiting(world: World) -> World:
    """Ana's own words, and hostile ones, wait for a teacher; Bob's too."""
    for name in ("ana", "bob"):
        assert world.commit(name).ok
        assert world.hand_in(name, text_record(world, f"{name} says {HOSTILE}")).ok
    made.mark_all(world.shelf)
    return world


@pytest.mark.parametrize("calculated", [True, False])
def test_only_a_lesson_of_calculated_images_says_that_nobody_was_imaged(
    state: Path, calculated: bool
) -> None:
    path = state / "releases" / COURSE / LESSON / "1" / "release.json"
    told = json.loads(path.read_text("utf-8")) | {"calculated": calculated}
    path.chmod(0o600)
    path.write_text(json.dumps(told))
    with made.running(state) as world:
        assert world.hand_in("ana").ok
        made.mark_all(world.shelf)
        ana, lesson = world.visitor("ana"), f"course/{COURSE}/lesson/{LESSON}"
        assert "calculated" not in ana.get("").text and "diagnosis" in ana.get("").text
        assert ("images of this lesson are calculated" in ana.get(lesson).text) is calculated
        assert ("calculated images" in ana.get(f"{lesson}/feedback").text) is calculated


def test_what_a_learner_wrote_is_shown_and_never_obeyed(waiting: World) -> None:
    people = json.loads(waiting.shelf.people.read_text())
    people["people"]["ana"]["display"] = HOSTILE
    waiting.shelf.people.write_text(json.dumps(people))
    pages = {
        "ana": ["", f"course/{COURSE}/lesson/{LESSON}/feedback"],
        "ines": [
            f"teach/{COURSE}",
            f"teach/{COURSE}?q={HOSTILE}",
            f"teach/{COURSE}/{LESSON}/hand",
            f"teach/{COURSE}/{LESSON}/of/ana",
        ],
    }
    for name, paths in pages.items():
        visitor = waiting.visitor(name)
        for path in paths:
            text = visitor.get(path).text
            assert "<script>alert" not in text and "<img src=x" not in text, path
            assert "&lt;script&gt;" in text, path


def test_a_notice_stands_until_it_is_dismissed(world: World) -> None:
    path = world.shelf.notices("ana")
    path.parent.mkdir()
    path.write_text(
        json.dumps([{"time": "2026-11-22T08:00:00Z", "words": f"Your server was stopped. {HOSTILE}"}])
    )
    visitor = world.visitor("ana")
    page = visitor.get("").text
    assert "Your server was stopped. &lt;script&gt;" in page
    notice = re.search(r'name="notice" value="([^"]+)"', page)
    assert notice and visitor.post("notices/dismiss", notice=notice[1]).status_code == 302
    assert "Your server was stopped" not in visitor.get("").text
    assert "Your server was stopped" not in world.visitor("bob").get("").text


def test_a_learner_reads_why_the_watch_ended_her_server(world: World) -> None:
    watch.tell(world.shelf.notices("ana"), watch.Excess("memory", f"It used too much memory. {HOSTILE}"))
    page = world.visitor("ana").get("").text
    assert "It used too much memory. &lt;script&gt;" in page and "<script>alert" not in page
    assert "too much memory" not in world.visitor("bob").get("").text


@pytest.mark.parametrize("content", ["", "{", "[1, null, {}]", '{"words": 3}', "\x00"])
def test_notices_that_cannot_be_read_do_not_stop_the_page(world: World, content: str) -> None:
    path = world.shelf.notices("ana")
    path.parent.mkdir()
    path.write_text(content)
    assert world.visitor("ana").get("").status_code == 200


def test_one_person_sees_nothing_of_anothers_work(waiting: World) -> None:
    for path in ("", f"course/{COURSE}/lesson/{LESSON}", f"course/{COURSE}/lesson/{LESSON}/feedback"):
        assert "ana says" not in waiting.visitor("bob").get(path).text


def test_feedback_tells_points_words_and_the_teachers_comment_and_no_rubric(waiting: World) -> None:
    teacher = waiting.visitor("ines")
    page = teacher.get(f"teach/{COURSE}/{LESSON}/hand").text
    assert "One point for each of population" in page, "the teacher sees the rubric"
    saved = teacher.post(
        f"teach/{COURSE}/{LESSON}/hand",
        **hidden(page),
        **{"points-1": "2,5", "comment-1": f"Good. {HOSTILE}"},
    )
    assert saved.status_code == 302, saved.text
    page = waiting.visitor("ana").get(f"course/{COURSE}/lesson/{LESSON}/feedback").text
    assert "2.5 of 3 points" in page and "Good. &lt;script&gt;" in page
    assert "6.5" in page and "One point for each" not in page


def test_the_mark_of_an_earlier_answer_is_told_as_that_until_a_teacher_has_read_the_new_one(
    waiting: World,
) -> None:
    def marks(points: str, comment: str) -> None:
        page = teacher.get(f"teach/{COURSE}/{LESSON}/hand").text
        given = {"points-1": points, "comment-1": comment}
        assert teacher.post(f"teach/{COURSE}/{LESSON}/hand", **hidden(page), **given).status_code == 302

    teacher, ana = waiting.visitor("ines"), waiting.visitor("ana")
    feedback = f"course/{COURSE}/lesson/{LESSON}/feedback"
    marks("2", "Short.")
    assert "A teacher still reads" not in ana.get(feedback).text
    waiting.campus.book.reopen("ana", COURSE, LESSON, by="ines")
    assert waiting.hand_in("ana", text_record(waiting, "Quite other words.")).ok
    made.mark_all(waiting.shelf)
    page = ana.get(feedback).text
    assert "Quite other words." in page and "A teacher marked this answer" not in page
    assert "A teacher gave your earlier answer 2 of 3 points. They count until this one is read." in page
    assert "A teacher still reads 1 answer. Your total may change." in page
    assert "Your teacher wrote of your earlier answer" in page and "Short." in page
    marks("3", "Whole.")
    page = ana.get(feedback).text
    assert "A teacher still reads" not in page and "3 of 3 points" in page and "earlier" not in page


def test_a_learner_reads_plainly_what_was_mended_and_her_teacher_reads_it_all(world: World) -> None:
    notebook = json.loads((world.shelf.release(COURSE, LESSON) / f"{LESSON}.ipynb").read_text())
    notebook["cells"].reverse()
    files = {f"{LESSON}.ipynb": json.dumps(notebook), "record.jsonl": "no line of a record\n"}
    assert world.hand_in("ana", files=files).ok
    made.mark_all(world.shelf)
    page = world.visitor("ana").get(f"course/{COURSE}/lesson/{LESSON}/feedback").text
    assert "was damaged. It was mended" in page
    for word in ("record.jsonl", "another order", "otebook", "Line 1"):
        assert word not in page, word
    page = world.visitor("ines").get(f"teach/{COURSE}/{LESSON}/of/ana").text
    assert "record.jsonl" in page and "another order" in page and "was damaged. It was mended" in page


def test_a_rubric_that_was_released_as_a_list_is_read_line_by_line(waiting: World) -> None:
    path = waiting.shelf.keys(COURSE, LESSON, 1) / "keys.json"
    keys = json.loads(path.read_text())
    for key in keys["questions"]["reflect"].values():
        key["rubric"] = ["1 point: the population", {"1 point": "the threshold"}, 3]
    path.write_text(json.dumps(keys))
    page = waiting.visitor("ines").get(f"teach/{COURSE}/{LESSON}/hand").text
    assert "1 point: the population\n1 point: the threshold\n3</p>" in page


@pytest.mark.parametrize("points", ["", "4", "-1", "many", "nan", "1e9"])
def test_points_that_cannot_be_given_are_named_with_their_field_and_nothing_is_lost(
    waiting: World, points: str
) -> None:
    teacher = waiting.visitor("ines")
    page = teacher.get(f"teach/{COURSE}/{LESSON}/hand").text
    answer = teacher.post(
        f"teach/{COURSE}/{LESSON}/hand",
        **hidden(page),
        **{"points-1": points, "comment-1": "kept words"},
    )
    assert answer.status_code == 422
    assert (
        "There is a problem" in answer.text
        and 'href="#points-1"' in answer.text
        and "from 0 to 3" in answer.text
    )
    assert "kept words" in answer.text and 'aria-invalid="true"' in answer.text


def test_no_mark_is_kept_for_an_answer_that_the_teacher_has_not_read(waiting: World) -> None:
    teacher, where = waiting.visitor("ines"), f"teach/{COURSE}/{LESSON}/hand"
    page = teacher.get(where).text
    assert "ana says" in page
    waiting.campus.book.reopen("ana", COURSE, LESSON, by="ines")
    assert waiting.hand_in("ana", text_record(waiting, "quite another answer")).ok
    made.mark_all(waiting.shelf)
    typed = {"points-1": "3", "comment-1": "kept words"}
    refused = teacher.post(where, **hidden(page), **typed)
    assert refused.status_code == 409 and "changed since you opened the page" in refused.text
    assert "quite another answer" in refused.text and "kept words" in refused.text
    assert waiting.campus.marking.by_hand(COURSE, LESSON, "ana")[0].score is None
    assert teacher.post(where, **hidden(refused.text), **typed).status_code == 302
    assert waiting.campus.marking.by_hand(COURSE, LESSON, "ana")[0].score == 3


def test_marking_goes_from_one_who_waits_to_the_next_and_ends_in_a_sentence(waiting: World) -> None:
    teacher, seen = waiting.visitor("ines"), []
    page = teacher.get(f"teach/{COURSE}/{LESSON}/hand")
    for _ in range(2):
        seen.append(hidden(page.text)["of"])
        saved = teacher.post(
            f"teach/{COURSE}/{LESSON}/hand",
            **hidden(page.text),
            **{"points-1": "1", "comment-1": ""},
        )
        page = teacher.get(saved.headers["Location"])
    assert len(set(seen)) == 2 and "Every answer has its mark." in page.text


def test_hidden_names_are_nowhere_on_the_page(waiting: World) -> None:
    page = waiting.visitor("ines").get(f"teach/{COURSE}/{LESSON}/hand?blind=1").text
    without_answer = page.replace("ana says", "").replace("bob says", "")
    assert "Learner 1" in page and not re.search(r"\b(ana|bob)\b", without_answer, re.IGNORECASE)


def test_a_spreadsheet_takes_nothing_in_the_grades_for_a_formula(waiting: World) -> None:
    people = json.loads(waiting.shelf.people.read_text())
    people["people"]["ana"]["display"] = '=HYPERLINK("http://x","y")'
    people["people"]["bob"]["display"] = "@SUM(A1), Bob"
    waiting.shelf.people.write_text(json.dumps(people))
    answer = waiting.visitor("ines").get(f"teach/{COURSE}/grades.csv")
    assert (
        answer.headers["Content-Type"].startswith("text/csv")
        and "attachment" in answer.headers["Content-Disposition"]
    )
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {row["name"] for row in rows} == {'\'=HYPERLINK("http://x","y")', "'@SUM(A1), Bob"}
    assert rows[0]["points"] == "4" and rows[0]["complete"] == "no" and rows[0]["handed_in"].endswith("Z")


def test_a_teacher_marks_one_or_all_again(waiting: World) -> None:
    teacher = waiting.visitor("ines")
    teacher.get(f"teach/{COURSE}")
    assert (
        teacher.post(f"teach/{COURSE}/{LESSON}/regrade", learner="ana")
        .headers["Location"]
        .endswith("said=regrading")
    )
    assert made.mark_all(waiting.shelf) == 1
    teacher.post(f"teach/{COURSE}/{LESSON}/regrade")
    assert "being marked" in teacher.get(f"teach/{COURSE}").text.casefold()
    assert made.mark_all(waiting.shelf) == 2


def test_the_state_of_a_class_is_told_as_data_and_costs_nothing_when_unchanged(waiting: World) -> None:
    teacher = waiting.visitor("ines")
    first = teacher.get(f"teach/{COURSE}/state.json")
    assert first.json()["cells"][f"ana|{LESSON}"]["text"] == "4/9 (teacher to read)"
    assert first.json()["summary"] == "2 hand-ins, 0 being marked, 2 wait for a teacher."
    again = teacher.get(f"teach/{COURSE}/state.json", headers={"If-None-Match": first.headers["Etag"]})
    assert again.status_code == 304


def test_a_class_is_found_by_name_without_a_script(waiting: World) -> None:
    teacher = waiting.visitor("ines")
    assert "bob" not in teacher.get(f"teach/{COURSE}?q=AN").text.partition("<tbody>")[2]
    assert "Nobody of this name" in teacher.get(f"teach/{COURSE}?q=zzz").text


def test_the_formgrader_is_named_only_where_a_sandbox_keeps_it(state: Path) -> None:
    for unprotected in (False, True):
        with made.running(state, unprotected=unprotected) as world:
            page = world.visitor("ines").get(f"teach/{COURSE}").text
            assert ("Unprotected:" in page, "Formgrader" in page) == (unprotected, not unprotected)


def test_a_lesson_says_whether_its_text_was_written_to_since(world: World) -> None:
    teacher = world.visitor("ines")
    page = teacher.get(f"teach/{COURSE}").text
    assert "Release 1" in page and "Draft" in page and "A second lesson" in page
    text = world.shelf.course(COURSE) / f"{LESSON}.md"
    text.write_text(text.read_text() + "\nMore.\n")
    import os
    import time

    os.utime(text, (time.time() + 60, time.time() + 60))
    assert "Changed since release 1" in teacher.get(f"teach/{COURSE}").text


def test_a_check_in_the_browser_knows_the_cohorts(world: World) -> None:
    text = world.shelf.course(COURSE) / f"{made.DRAFT}.md"
    text.write_text(text.read_text().replace("minutes: 10", "minutes: 10\ncohort: first-cas"))
    page = world.visitor("ines").get(f"teach/{COURSE}/{made.DRAFT}/check").text
    assert "There is no cohort" in page and "first-case" in page


def fill_a_file(_: Path) -> None:
    Path("/dev/full").write_text("x")


def fill_a_database(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "small.sqlite")) as database:
        database.execute("PRAGMA max_page_count = 2")
        database.execute("CREATE TABLE one (it)")
        database.execute("INSERT INTO one VALUES (?)", ("x" * 100_000,))


@pytest.mark.parametrize("fill", [fill_a_file, fill_a_database])
def test_a_disk_without_room_is_called_that(fill: Callable[[Path], None], tmp_path: Path) -> None:
    with pytest.raises((OSError, sqlite3.Error)) as full:
        fill(tmp_path)
    told = web.Frame.sentence(None, 500, full.value)  # pyright: ignore[reportArgumentType]
    assert told.startswith("The disk of the campus is full. Nothing you handed in is lost.")
    assert "disk" not in web.Frame.sentence(None, 500, OSError(13, "no"))  # pyright: ignore[reportArgumentType]


def test_a_check_names_the_line_and_what_to_do(world: World) -> None:
    text = world.shelf.course(COURSE) / f"{made.DRAFT}.md"
    text.write_text(text.read_text().replace("minutes: 10", "minutes: soon"))
    page = world.visitor("ines").get(f"teach/{COURSE}/{made.DRAFT}/check").text
    assert f"{made.DRAFT}.md:3" in page and "must be mended" in page
    assert world.visitor("ines").get(f"teach/{COURSE}/99-none/check").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "no/such/page",
        f"course/{COURSE}/lesson/99-none",
        "course/%2e%2e/lesson/x",
        "receipt/AAAA-BBBB-CCCC",
        "static/../app.py",
        "static/%2e%2e/app.py",
        "static/..%2f..%2fapp.py",
    ],
)
def test_an_address_of_nothing_is_told_in_a_sentence(world: World, path: str) -> None:
    answer = world.visitor("ana").get(path)
    assert answer.status_code in {403, 404} and "import" not in answer.text and "Traceback" not in answer.text


# -- releases ------------------------------------------------------------------------------------


def released(world: World) -> str:
    """Press Release for the draft; return the page when it has ended."""
    teacher = world.visitor("ines")
    teacher.get(f"teach/{COURSE}")
    started = teacher.post(f"teach/{COURSE}/{made.DRAFT}/release")
    assert started.status_code == 302, started.text
    page = started.headers["Location"]
    made.eventually(lambda: teacher.get(f"{page}.json").json()["state"] != "running")
    return teacher.get(page).text


SAYS = "import json, sys; say = lambda **k: print(json.dumps(k), file=sys.stderr, flush=True); "


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (
            SAYS
            + "say(done=1, total=4, words='exam 1'); say(done=4, total=4); print('02-second: release 1')",
            "The lesson is released",
        ),
        (
            "import sys; print('02-second.md:3: error: minutes'); sys.exit('senolab: 1 to mend first.')",
            "1 to mend first.",
        ),
        ("raise RuntimeError('boom <script>')", "RuntimeError: boom &lt;script&gt;"),
        ("import sys; sys.exit(3)", "ended without a word"),
        ("print('x' * 3_000_000); import sys; sys.exit(1)", "The lesson was not released"),
    ],
)
def test_a_release_ends_in_a_sentence_whatever_happens(state: Path, code: str, told: str) -> None:
    with made.running(state, command=[sys.executable, "-c", code]) as world:
        page = released(world)
        assert told in page
        assert world.campus.releasing.jobs(COURSE)[0].ended


def test_a_teacher_reads_one_sentence_where_the_program_failed(
    state: Path, caplog: pytest.LogCaptureFixture
) -> None:
    code = "print('exam 1', flush=True)\ntry:\n  1 / 0\nexcept Exception:\n  raise RuntimeError('boom')"
    with made.running(state, command=[sys.executable, "-c", code]) as world:
        page = released(world)
        number = world.campus.releasing.jobs(COURSE)[0].id
        data = world.visitor("ines").get(f"teach/{COURSE}/{made.DRAFT}/release/{number}.json").text
    for told in (page, data):
        assert "something unforeseen (RuntimeError: boom)" in told and "exam 1" in told
        for part in ("Traceback", "File ", "ZeroDivisionError", "During handling"):
            assert part not in told, part
    assert "ZeroDivisionError" in caplog.text and "Traceback" in caplog.text


def test_a_releases_words_name_files_as_the_teacher_knows_them(state: Path) -> None:
    file = state / "courses" / COURSE / "02-second.md"
    with made.running(
        state, command=[sys.executable, "-c", f"exit({f'senolab: {file}:3: no minutes'!r})"]
    ) as world:
        page = released(world)
        assert f"{COURSE}/02-second.md:3: no minutes" in page and str(state) not in page


def test_a_release_that_cannot_start_is_told(state: Path) -> None:
    with made.running(state, command=["/nonexistent/senolab"]) as world:
        assert "could not start" in released(world)


CAMPUS = """
import asyncio, sys
from pathlib import Path
from senolab.portal.campus import Campus
from senolab.portal.settings import Settings

async def main():
    campus = Campus(Settings(state=Path(sys.argv[1])), command=[sys.executable, "-c", sys.argv[2]])
    campus.releasing.start("reading", "02-second", by="ines")
    await asyncio.sleep(60)

asyncio.run(main())
"""
HOLDS = """
import fcntl, subprocess, sys, time
file = open({path!r}, "w")
fcntl.flock(file, fcntl.LOCK_EX)
worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], pass_fds=[file.fileno()])
print("held", file=file, flush=True)
time.sleep(60)
"""


def test_a_release_ends_with_the_campus_that_began_it_even_if_that_is_killed(state: Path) -> None:
    lock = state / "held"
    campus = subprocess.Popen([sys.executable, "-c", CAMPUS, str(state), HOLDS.format(path=str(lock))])
    try:
        made.eventually(lambda: lock.exists() and lock.read_text())
    finally:
        campus.kill()
        campus.wait()

    def let_go() -> bool:
        with lock.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

    made.eventually(let_go)


def test_one_lesson_is_released_once_at_a_time_and_a_lost_release_is_told(state: Path) -> None:
    with made.running(state, command=[sys.executable, "-c", "import time; time.sleep(60)"]) as world:
        teacher = world.visitor("ines")
        teacher.get(f"teach/{COURSE}")
        started = teacher.post(f"teach/{COURSE}/{made.DRAFT}/release")
        assert "Running" in teacher.get(started.headers["Location"]).text
        assert teacher.post(f"teach/{COURSE}/{made.DRAFT}/release").status_code == 409
    with made.running(state) as world:
        page = world.visitor("ines").get(started.headers["Location"]).text
        assert "was stopped meanwhile" in page


def test_before_the_first_release_a_teacher_sees_her_class_and_that_the_lessons_come(state: Path) -> None:
    for name in ("releases", "keys"):
        if (state / name).is_dir():
            shutil.rmtree(state / name)
    with made.running(state) as world:
        people = json.loads(world.shelf.people.read_text())
        assert "ana" in people["people"]
        quiet = world.visitor("ines").get(f"teach/{COURSE}").text
        assert "Nobody is in this course" not in quiet and 'data-name="' in quiet
        assert "being released now" not in quiet
        grader = world.shelf.grader(COURSE)
        grader.mkdir(parents=True, exist_ok=True)
        with edition.alone(grader):
            assert edition.busy(grader)
            busy = world.visitor("ines").get(f"teach/{COURSE}").text
        assert "being released now" in busy and "You need not release them" in busy
