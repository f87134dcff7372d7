"""What the Python side does with what the page sends, with a campus and without."""

import errno
import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import senolab
from senolab.reading import lesson as lessons
from widgets_making import keys, release, write_lesson

REVEAL = {
    "outcome": "normal",
    "sentence": "Nothing there.",
    "findings": [],
    "prompt": {"score": 2, "boxes": []},
}


@pytest.fixture
def worked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the lesson, where the notebook runs."""
    for name in ("SENOLAB_CAMPUS_URL", "SENOLAB_MATERIAL", "NBGRADER_EXECUTION"):
        monkeypatch.delenv(name, raising=False)
    write_lesson(tmp_path / "lesson", ())
    monkeypatch.chdir(tmp_path / "lesson")
    lessons._lesson.cache_clear()
    return tmp_path / "lesson"


class Campus(BaseHTTPRequestHandler):
    """Answers like the campus; `server.told` keeps what it was told."""

    def do_GET(self) -> None:
        if self.path.startswith("/services/campus/api/lesson?"):
            self.answer({"form": "B", "state": "in-progress"})
        else:
            self.answer([{"case": case, **made} for case, made in self.server.commits.items()])

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.told.append((self.headers["Authorization"], body))
        if self.server.broken:
            self.answer({"message": "The campus rests for a minute."}, 503)
            return
        made = {"time": "2026-11-22T10:00:00.000Z", "answers": body["answers"], "reveal": REVEAL}
        made["marks"] = {"sure-1": {"fraction": 0.5, "words": "Half."}}
        first = self.server.commits.setdefault(body["case"], made)
        self.answer({**first, "already": first is not made})

    def answer(self, value: object, status: int = 200) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def campus(worked: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HTTPServer]:
    """A campus that holds the truth, so that the lesson does not."""
    (worked / "self-check.json").unlink()
    (worked / "exams" / "exam-a").rename(worked / "exams" / "exam-b")
    on_hub = release() | {"mode": "hub", "forms": ["A", "B"]}
    on_hub["cases"]["case-1"]["exam"] = {"A": "exam-a", "B": "exam-b"}
    (worked / "release.json").write_text(json.dumps(on_hub))
    server = HTTPServer(("127.0.0.1", 0), Campus)
    server.told, server.commits, server.broken = [], {}, False
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("SENOLAB_CAMPUS_URL", f"http://127.0.0.1:{server.server_port}/services/campus")
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "learner-token")
    yield server
    server.shutdown()
    server.server_close()


def tell(widget, message: dict) -> dict:
    """Send what the page would send; return the reply."""
    replies = []
    widget.send = lambda reply, buffers=None: replies.append(reply)
    widget._receive(widget, {"ticket": "t", **message}, [])
    assert [reply["ticket"] for reply in replies] == ["t"]
    return replies[0]


def answer(widget, question: str, value: object) -> dict:
    return tell(widget, {"type": "answer", "question": question, "value": value, "shown": {"views": "all"}})


def recorded(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "record.jsonl").read_text().splitlines()]


def test_a_case_gets_nothing_of_the_truth_before_the_commit(worked: Path) -> None:
    state = senolab.case("case-1").get_state()
    shown = json.dumps(
        {name: value for name, value in state.items() if name not in ("_esm", "_css")}, default=str
    )
    for secret in ("Invasive", "lesions", "outline_mm", "Look at the left breast"):
        assert secret not in shown


def test_every_answer_is_in_the_record_at_once_and_comes_back(worked: Path) -> None:
    mark = {"view": "LCC", "x_mm": 40.0, "y_mm": 70.0}
    assert answer(senolab.case("case-1"), "mark-1", [mark])["ok"]
    act = recorded(worked)[-1]
    assert (act["kind"], act["question"], act["case"], act["value"]) == ("answer", "mark-1", "case-1", [mark])
    assert act["shown"] == {"views": "all"}
    assert senolab.case("case-1").answers == {"mark-1": [mark]}


def test_opening_a_case_is_noted_once(worked: Path) -> None:
    senolab.case("case-1")
    senolab.case("case-1")
    assert [act["kind"] for act in recorded(worked)] == ["open"]


def test_a_commit_waits_for_every_answer(worked: Path) -> None:
    widget = senolab.case("case-1")
    answer(widget, "mark-1", [])
    reply = tell(widget, {"type": "commit"})
    assert not reply["ok"] and "How likely" in reply["words"]
    assert widget.committed == {}


def test_a_commit_reveals_marks_and_locks(worked: Path) -> None:
    widget = senolab.case("case-1")
    answer(widget, "mark-1", [{"view": "LCC", "x_mm": 40.0, "y_mm": 70.0}])
    answer(widget, "sure-1", 100)
    assert tell(widget, {"type": "commit"})["ok"]
    assert widget.committed["reveal"]["outcome"] == "cancer"
    assert widget.committed["marks"]["mark-1"]["fraction"] == 1
    assert [act["kind"] for act in recorded(worked)][-2:] == ["commit", "reveal"]
    late = answer(widget, "sure-1", 0)
    assert not late["ok"] and "locked" in late["words"]
    again = senolab.case("case-1")
    assert {**again.committed, "time": ""} == {**widget.committed, "time": ""}
    assert again.answers["sure-1"] == 100


def test_the_campus_takes_the_commit_with_the_learners_own_form_and_token(
    worked: Path, campus: HTTPServer
) -> None:
    widget = senolab.case("case-1")
    assert not isinstance(widget.spec.get("sentence"), str), widget.spec
    answer(widget, "mark-1", [])
    answer(widget, "sure-1", 5)
    assert tell(widget, {"type": "commit"})["ok"]
    token, body = campus.told[0]
    assert token == "token learner-token"
    assert body == {"course": "trying", "lesson": "01-one-case", "version": 1, "case": "case-1",
                    "answers": {"mark-1": [], "sure-1": 5}}  # fmt: skip
    assert widget.committed["reveal"] == REVEAL
    assert {act["form"] for act in recorded(worked)} == {"B"}


def test_a_campus_that_rests_loses_nothing(worked: Path, campus: HTTPServer) -> None:
    widget = senolab.case("case-1")
    answer(widget, "mark-1", [])
    answer(widget, "sure-1", 5)
    campus.broken = True
    reply = tell(widget, {"type": "commit"})
    assert reply == {"ticket": "t", "ok": False, "words": "The campus rests for a minute."}
    assert "commit" not in [act["kind"] for act in recorded(worked)]
    campus.broken = False
    assert tell(widget, {"type": "commit"})["ok"]


def test_a_commit_that_only_the_campus_remembers_comes_back(worked: Path, campus: HTTPServer) -> None:
    widget = senolab.case("case-1")
    answer(widget, "mark-1", [])
    answer(widget, "sure-1", 5)
    tell(widget, {"type": "commit"})
    (worked / "record.jsonl").unlink()
    lessons._lesson.cache_clear()
    again = senolab.case("case-1")
    assert again.committed["reveal"] == REVEAL
    assert again.answers == {"mark-1": [], "sure-1": 5}


def test_without_the_campus_the_form_is_remembered_or_the_lesson_waits(
    worked: Path, campus: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENOLAB_CAMPUS_URL", "http://127.0.0.1:9/services/campus")
    assert "campus does not answer" in senolab.case("case-1").spec["sentence"]
    from senolab.record import append

    append(worked / "record.jsonl", kind="open", lesson="01-one-case", version=1, form="B", case="case-1")
    assert senolab.case("case-1").spec["case"] == "case-1"


def test_a_question_is_checked_at_once_where_the_lesson_marks_itself(worked: Path) -> None:
    widget = senolab.question("pick")
    answer(widget, "pick", "About 80")
    assert tell(widget, {"type": "check", "question": "pick"})["ok"]
    assert "That is the sensitivity." in widget.feedback["pick"]["words"]
    answer(widget, "pick", "About 3")
    assert widget.feedback == {}


def test_questions_of_a_case_and_tallies_show_nothing_of_their_own(worked: Path) -> None:
    assert senolab.question("mark-1") is None
    assert senolab.question("all-marks") is None


def test_a_stock_grader_gives_nothing_for_free(worked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert senolab.question("pick") == 0.0
    assert senolab.case("case-1") is None
    assert not (worked / "record.jsonl").exists()


def test_wrong_names_and_missing_lessons_are_said_in_sentences(
    worked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no question 'pikc'" in senolab.question("pikc").spec["sentence"]
    assert "no case 'case-9'" in senolab.case("case-9").spec["sentence"]
    monkeypatch.chdir(worked.parent)
    assert "release.json is missing" in senolab.case("case-1").spec["sentence"]


def test_the_pixels_come_through_the_connection_unchanged(worked: Path) -> None:
    widget = senolab.case("case-1")
    sent = []
    widget.send = lambda reply, buffers=None: sent.append((reply, buffers))
    widget._receive(widget, {"type": "pixels", "view": "RCC", "ticket": "p"}, [])
    assert sent[0][1] == [(worked / "exams" / "exam-a" / "RCC.dcm").read_bytes()]
    widget._receive(widget, {"type": "pixels", "view": "../release.json", "ticket": "q"}, [])
    assert sent[1][0]["ok"] is False


def test_a_mistake_of_ours_is_told_and_logged(worked: Path, caplog: pytest.LogCaptureFixture) -> None:
    widget = senolab.case("case-1")
    widget._handlers["answer"] = lambda message: message["no such word"]
    reply = answer(widget, "mark-1", [])
    assert not reply["ok"] and "This did not work, by a mistake of ours" in reply["words"]
    assert "KeyError: 'no such word'" in caplog.text


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EACCES, "this is not allowed"),
        (errno.ENOENT, "it is missing"),
        (errno.EBADFD, os.strerror(errno.EBADFD)),
    ],
)
def test_what_the_disk_refuses_is_told_in_plain_words(worked: Path, number: int, words: str) -> None:
    def refuse(message: dict) -> dict:
        raise OSError(number, os.strerror(number))

    widget = senolab.case("case-1")
    widget._handlers["answer"] = refuse
    assert answer(widget, "mark-1", [])["words"] == f"A file of this lesson is in the way: {words}."


def test_released_images_are_named_as_the_server_hands_them_out(
    worked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    material = worked.parent / "material"
    place = material / "releases" / "trying" / "01-one-case" / "1" / "exams"
    place.mkdir(parents=True)
    (worked / "exams" / "exam-a").rename(place / "exam-a")
    monkeypatch.setenv("SENOLAB_MATERIAL", str(material))
    urls = [view["url"] for view in senolab.case("case-1").spec["views"]]
    assert urls[0] == "releases/trying/01-one-case/1/exams/exam-a/RCC.dcm"


def test_the_keys_in_the_test_lesson_cover_its_questions() -> None:
    assert set(keys()["questions"]) == {q["id"] for q in release()["questions"] if q["kind"] != "tally"}


def committed(case: str, exam: str) -> dict:
    """What the campus keeps of a commit."""
    return {"case": case, "exam": exam, "version": 1, "time": "2026-11-22T10:00:00.000Z",
            "answers": {"mark-1": [], "sure-1": 7}, "reveal": REVEAL, "marks": {}}  # fmt: skip


def test_a_committed_case_that_got_other_images_shows_those_that_were_read(
    worked: Path, campus: HTTPServer
) -> None:
    (worked / "exams" / "exam-b").rename(worked / "exams" / "exam-before")
    campus.commits["case-1"] = committed("case-1", "exam-before")
    widget = senolab.case("case-1")
    assert widget.committed["reveal"] == REVEAL and widget.answers == {"mark-1": [], "sure-1": 7}
    assert "other images after you committed" in widget.spec["note"]
    assert not answer(widget, "sure-1", 9)["ok"]
    senolab.case("case-1")
    assert [act["value"]["exam"] for act in recorded(worked) if act["kind"] == "reveal"] == ["exam-before"]


def test_images_that_are_gone_and_images_that_were_revealed_before_are_told_at_once(
    worked: Path, campus: HTTPServer
) -> None:
    campus.commits["case-1"] = committed("case-1", "exam-lost")
    assert "before it got other images" in senolab.case("case-1").spec["sentence"]
    campus.commits.clear()
    campus.commits["case-9"] = committed("case-9", "exam-b")
    lessons._lesson.cache_clear()
    assert "seen the truth of these images" in senolab.case("case-1").spec["sentence"]


def test_a_record_that_names_other_images_reveals_nothing_over_these(
    worked: Path, campus: HTTPServer
) -> None:
    widget = senolab.case("case-1")
    answer(widget, "mark-1", [])
    answer(widget, "sure-1", 5)
    assert tell(widget, {"type": "commit"})["ok"]
    lines = (worked / "record.jsonl").read_text()
    exam = recorded(worked)[-1]["value"]["exam"]
    (worked / "record.jsonl").write_text(lines.replace(f'"{exam}"', '"another"'))
    campus.commits.clear()
    lessons._lesson.cache_clear()
    assert senolab.case("case-1").committed == {}
