"""The queue and its workers: nothing is lost, nothing is marked by two at once."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from senolab import record
from senolab.grading import edition, grade, table
from senolab.grading.queue import MOST_ATTEMPTS, MarkingQueue
from senolab.grading.worker import Worker
from senolab.lessons.shelf import Shelf

COURSE, LESSON = "reading-with-ai", "01-first"


@pytest.fixture
def queue(tmp_path) -> MarkingQueue:
    return MarkingQueue(tmp_path / "marking" / "queue.sqlite")


def hand_in(campus, *learners) -> None:
    for learner in learners:
        place = campus.submitted(COURSE, learner, LESSON)
        place.mkdir(parents=True)
        shutil.copy(campus.generated(COURSE, LESSON) / f"{LESSON}.ipynb", place)
        record.append(
            place / "record.jsonl", kind="answer", lesson=LESSON, version=1, question="pick", value="oval"
        )


def states(queue: MarkingQueue) -> Counter[str]:
    """How many jobs are in which state."""
    return Counter(job.state for job in queue.jobs())


def test_what_is_put_twice_waits_once(queue) -> None:
    first = queue.put("c", "l", "ada")
    assert queue.put("c", "l", "ada") == first
    assert queue.put("c", "l", "ben") != first
    assert states(queue) == {"waiting": 2}


def test_jobs_are_taken_in_order_and_end_with_words(queue) -> None:
    queue.put("c", "l", "ada")
    queue.put("c", "l", "ben")
    job = queue.claim("w")
    assert (job.learner, job.state) == ("ada", "working")
    assert queue.finish(job.id, "w", words="3 of 4")
    assert queue.state("c", "l", "ada").words == "3 of 4"
    other = queue.claim("w")
    assert queue.fail(other.id, "w", words="No notebook.")
    assert states(queue) == {"done": 1, "failed": 1}
    assert queue.claim("w") is None


def test_a_learner_is_never_marked_by_two_at_once(queue) -> None:
    queue.put("c", "l", "ada")
    job = queue.claim("one")
    queue.put("c", "l", "ada")  # handed in again meanwhile
    assert queue.claim("two") is None
    queue.finish(job.id, "one")
    assert queue.claim("two").learner == "ada"


def test_a_lost_workers_job_comes_back_until_it_has_cost_too_many(queue) -> None:
    queue.put("c", "l", "ada")
    for attempt in range(MOST_ATTEMPTS):
        job = queue.claim(f"w{attempt}", lease=-1)
        assert job.attempts == attempt + 1
    assert queue.claim("last") is None
    assert queue.state("c", "l", "ada").state == "failed"
    assert "broken off 3 times" in queue.state("c", "l", "ada").words


def test_a_worker_that_lost_its_job_cannot_end_it(queue) -> None:
    queue.put("c", "l", "ada")
    job = queue.claim("slow", lease=-1)
    again = queue.claim("quick")
    assert again.id == job.id
    assert not queue.renew(job.id, "slow")
    assert not queue.finish(job.id, "slow")
    assert queue.renew(job.id, "quick")
    assert queue.finish(job.id, "quick")


def test_the_jobs_of_workers_that_are_gone_wait_for_no_lease(queue) -> None:
    for learner in ("ada", "ben"):
        queue.put("c", "l", learner)
    lost, kept = queue.claim("gone"), queue.claim("alive")
    queue.release(lambda worker: worker == "gone")
    assert queue.claim("next").id == lost.id
    assert queue.claim("next") is None
    assert queue.finish(kept.id, "alive")


def test_many_workers_mark_a_class_each_once(queue) -> None:
    from concurrent.futures import ThreadPoolExecutor

    for number in range(60):
        queue.put("c", "l", f"learner-{number}")

    def work(name: str) -> list[str]:
        done = []
        while (job := queue.claim(name)) is not None:
            done.append(job.learner)
            assert queue.finish(job.id, name)
        return done

    with ThreadPoolExecutor(6) as pool:
        marked = [learner for done in pool.map(work, [f"w{i}" for i in range(6)]) for learner in done]
    assert sorted(marked) == sorted(f"learner-{number}" for number in range(60))


def test_a_worker_marks_what_waits_and_tells_what_cannot_be_marked(campus) -> None:
    hand_in(campus, "ada", "ben")
    queue = MarkingQueue(campus.marking_queue)
    for learner in ("ada", "ben", "nobody"):
        queue.put(COURSE, LESSON, learner)
    queue.put("no-course", LESSON, "ada")
    assert Worker(campus).run(until_empty=True) == 4
    assert queue.state(COURSE, LESSON, "ada").words == "0.5 of 10 points"
    assert queue.state(COURSE, LESSON, "nobody").words == "nobody has not handed in '01-first'."
    assert queue.state("no-course", LESSON, "ada").state == "failed"
    assert set(table.rows(campus.grader(COURSE)).rows) == {"ada", "ben"}


def test_what_is_claimed_while_a_release_replaces_the_one_before_is_marked(
    campus, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(campus, "ada")
    queue = MarkingQueue(campus.marking_queue)
    queue.put(COURSE, LESSON, "ada")
    worker = threading.Thread(target=lambda: Worker(campus).run(until_empty=True))
    grader, rename = campus.grader(COURSE), Path.rename
    found = []

    def slow(path: Path, target: Path) -> Path:
        """Let the worker come when the old copies are away and the new ones are not there yet."""
        if path.parts[-2:] == ("release", LESSON) and not campus.generated(COURSE, LESSON).exists():
            worker.start()
            wait_for(lambda: queue.state(COURSE, LESSON, "ada").state != "waiting")
            worker.join(5)
            found.append(queue.state(COURSE, LESSON, "ada").state)
        return rename(path, target)

    def publish() -> int:
        with campus.draft(COURSE, LESSON) as draft:
            shutil.copy(campus.release(COURSE, LESSON) / "release.json", draft)
            return campus.publish(COURSE, LESSON, draft, campus.keys_json(COURSE, LESSON, 1))

    with edition.alone(grader), edition.making(campus, COURSE, LESSON) as making:
        for name in ("source", "release"):
            shutil.copytree(grader / name / LESSON, making / name / LESSON)
        monkeypatch.setattr(Path, "rename", slow)
        assert edition.put_in_force(campus, COURSE, LESSON, publish) == 2
    worker.join()
    assert found == ["working"], "it waits, and does not fail"
    assert queue.state(COURSE, LESSON, "ada").words == "0.5 of 10 points"
    assert table.rows(grader).rows["ada"][LESSON].score == 0.5


def start(campus, *words) -> subprocess.Popen:
    argv = [sys.executable, "-m", "senolab.grading.worker", "--state", str(campus.state), *words]
    return subprocess.Popen(argv, stderr=subprocess.PIPE, text=True)


def wait_for(condition, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_killed_worker_loses_nothing(campus) -> None:
    learners = [f"learner-{number}" for number in range(12)]
    hand_in(campus, *learners)
    queue = MarkingQueue(campus.marking_queue)
    for learner in learners:
        queue.put(COURSE, LESSON, learner)
    victim = start(campus)
    wait_for(lambda: states(queue)["done"] >= 2)
    victim.kill()
    victim.wait()
    assert Worker(campus).run(until_empty=True) >= 1  # at once, not when a lease has run out
    assert states(queue)["done"] == 12
    marks = table.rows(campus.grader(COURSE)).rows
    assert {learner: row[LESSON].score for learner, row in marks.items()} == dict.fromkeys(learners, 0.5)


# A worker that is killed at a place of its own choosing; the words of the place stand in for it.
KILLED = """
import os, signal, sys
from pathlib import Path
from senolab.grading import book, marking, worker
from senolab.grading.queue import MarkingQueue

def kill(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def after(work):
    return lambda *words, **more: (work(*words, **more), kill())

{place}
worker.main(["--state", sys.argv[1], "--until-empty"])
"""


@pytest.mark.parametrize(
    "place",
    [
        "marking.answers = kill",
        "book._audit = kill",
        "marking.write = kill",
        "rename = Path.rename\n"
        "Path.rename = lambda path, to: kill() if path.name.startswith('.01-first-') else rename(path, to)",
        "marking.write = after(marking.write)",
        "worker.grade = after(worker.grade)",
    ],
    ids=[
        "while it marks",
        "while it writes marks",
        "before the paper",
        "before the paper is in its place",
        "before all is kept",
        "before it tells",
    ],
)
def test_a_marking_that_was_killed_is_done_again_and_leaves_no_half(campus, tmp_path, place) -> None:
    hand_in(campus, "ada")
    whole = Shelf(Path(shutil.copytree(campus.state, tmp_path / "whole", symlinks=True)))
    assert grade(whole.grader(COURSE), LESSON, "ada").auto_score == 0.5
    queue = MarkingQueue(campus.marking_queue)
    queue.put(COURSE, LESSON, "ada")
    words = [sys.executable, "-c", KILLED.format(place=place), str(campus.state)]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    row = table.rows(campus.grader(COURSE)).rows.get("ada", {}).get(LESSON)
    assert row is None or row.score in {0, 0.5}  # not marked, or marked
    with queue._open(write=True) as database:  # a minute later, when the lease has run out
        database.execute("UPDATE job SET lease = lease - 3600 WHERE state = 'working'")
    assert Worker(campus).run(until_empty=True) == 1
    assert queue.state(COURSE, LESSON, "ada").state == "done"
    assert kept(campus) == kept(whole)


def kept(shelf: Shelf) -> tuple:
    """What a marking leaves: marks, how often it was noted, and the paper."""
    with sqlite3.connect(shelf.gradebook(COURSE)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        marks = database.execute(
            "SELECT b.name, g.auto_score, g.manual_score, g.needs_manual_grade FROM grade g"
            " JOIN base_cell b ON b.id = g.cell_id ORDER BY b.name"
        ).fetchall()
        noted = database.execute("SELECT auto_score, words, items FROM senolab_marking").fetchall()
    papers = shelf.grader(COURSE) / "autograded" / "ada"
    files = sorted(path.relative_to(papers).as_posix() for path in papers.rglob("*"))
    return marks, noted, files, (papers / LESSON / f"{LESSON}.ipynb").read_text()


def test_a_worker_told_to_stop_ends_in_good_order(campus) -> None:
    hand_in(campus, "ada")
    queue = MarkingQueue(campus.marking_queue)
    queue.put(COURSE, LESSON, "ada")
    worker = start(campus)
    wait_for(lambda: states(queue)["done"] == 1)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    assert "Traceback" not in (worker.stderr.read() if worker.stderr else "")


def test_a_worker_ends_with_the_process_that_started_it(campus) -> None:
    code = (
        "import subprocess, sys, time\n"
        "words = [sys.executable, '-m', 'senolab.grading.worker', '--state', sys.argv[1]]\n"
        "worker = subprocess.Popen(words)\n"
        "print(worker.pid, flush=True)\ntime.sleep(600)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(campus.state)], stdout=subprocess.PIPE, text=True
    )
    number = int(parent.stdout.readline())
    wait_for(campus.marking_queue.exists)
    parent.kill()
    parent.wait()

    def gone() -> bool:
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return True
        return Path(f"/proc/{number}/stat").read_text("ascii").rsplit(")", 1)[1].split()[0] == "Z"

    wait_for(gone)
