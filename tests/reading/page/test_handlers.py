"""The learner's server: what it opens, serves, tells and hands in."""

import json
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest
from page_rig import CAMPUS_TOKEN, COURSE, LESSON, OPEN, TOKEN, Campus, Server
from senolab import record

IMAGE = f"senolab/dicom/releases/{COURSE}/{LESSON}/1/exams/x/RCC.dcm"
NOTEBOOK = f"lessons/{COURSE}/{LESSON}/{LESSON}.ipynb"


def answer(lesson: Path, question: str, value: object, **options: object) -> None:
    record.append(
        lesson / "record.jsonl",
        kind="answer",
        lesson=LESSON,
        version=1,
        question=question,
        value=value,
        **options,
    )


# ---- who may


@pytest.mark.parametrize(
    "path", [OPEN, IMAGE, f"senolab/lesson?path={NOTEBOOK}", "senolab/", "senolab/about"]
)
def test_nothing_is_given_to_strangers(server: Server, path: str) -> None:
    reply = server.get(path, token=None)
    assert reply.status in {302, 403}
    assert "login" in reply.headers.get("Location", "login")


def test_a_hand_in_needs_the_pages_own_token_against_forged_requests(server: Server, lesson: Path) -> None:
    page = server.get("senolab/about?token=" + TOKEN, token=None)
    cookies = "; ".join(cookie.split(";")[0] for cookie in page.headers.get_all("Set-Cookie"))
    body = json.dumps({"path": NOTEBOOK}).encode()
    request = urllib.request.Request(server.url + "senolab/handin", data=body, headers={"Cookie": cookies})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    assert refused.value.code == 403


# ---- opening


def test_opening_leads_to_the_lessons_page(server: Server) -> None:
    reply = server.get(OPEN)
    assert reply.status == 302
    assert reply.headers["Location"] == f"/notebooks/{NOTEBOOK}"


def test_a_lesson_that_is_not_released_is_told_on_a_page(server: Server) -> None:
    reply = server.get(f"senolab/open/{COURSE}/99-not-yet")
    assert reply.status == 404
    assert "This lesson is not open to you yet" in reply.text
    assert "<html lang=" in reply.text and "Traceback" not in reply.text


def test_a_new_version_stops_what_computed_the_old_one(server: Server, lesson: Path) -> None:
    body = {"path": NOTEBOOK, "type": "notebook", "name": "", "kernel": {"name": "python3"}}
    assert server.post("api/sessions", body).status == 201
    server.shelf.put(version=2)
    server.get(OPEN)
    assert server.get("api/sessions").json == []


def test_the_notebook_page_brings_its_grey_shapes_along(server: Server, lesson: Path) -> None:
    page = server.get(f"notebooks/{NOTEBOOK}").text
    assert 'id="senolab-wait"' in page
    assert "__" not in page[page.index('id="senolab-wait"') :].split("</div>")[0]


# ---- images


def test_an_image_is_served_once_and_then_kept(server: Server) -> None:
    first = server.get(IMAGE)
    assert first.status == 200
    assert first.headers["Content-Type"] == "application/dicom"
    assert first.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    again = server.get(IMAGE, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status == 304
    assert again.body == b""


def test_an_image_that_may_change_is_asked_for_again(server: Server, lesson: Path) -> None:
    path = f"senolab/dicom/lessons/{COURSE}/{LESSON}/own.dcm"
    (lesson / "own.dcm").write_bytes(b"one")
    first = server.get(path)
    assert first.headers["Cache-Control"] == "private, no-cache"
    (lesson / "own.dcm").write_bytes(b"three")
    second = server.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert second.body == b"three"
    assert server.get(IMAGE.replace("/1/", "/current/")).headers["Cache-Control"] == "private, no-cache"


def test_a_part_of_an_image_can_be_asked_for(server: Server) -> None:
    reply = server.get(IMAGE, headers={"Range": "bytes=128-131"})
    assert reply.status == 206
    assert reply.body == b"DICM"


@pytest.mark.parametrize(
    "path",
    [
        "../../../etc/passwd",
        "..%2f..%2f..%2fetc%2fpasswd",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        f"releases/{COURSE}/{LESSON}/1/release.json",
        f"releases/{COURSE}/{LESSON}/1/exams",
        "lessons/../../outside.dcm",
        "out.dcm",
        "loop.dcm",
        "folder.dcm",
        "a%00b.dcm",
        "x.dcm/../../outside.dcm",
    ],
)
def test_nothing_outside_the_two_places_is_served(server: Server, path: str) -> None:
    (server.home.parent / "outside.dcm").write_bytes(b"secret")
    for name, target in {"out.dcm": "../outside.dcm", "loop.dcm": "loop.dcm"}.items():
        if not (server.home / name).is_symlink():
            (server.home / name).symlink_to(target)
    (server.home / "folder.dcm").mkdir(exist_ok=True)
    reply = server.get(f"senolab/dicom/{path}")
    assert reply.status == 404
    assert b"secret" not in reply.body and b"root:" not in reply.body


# ---- state


def test_the_state_counts_what_is_answered(server: Server, lesson: Path) -> None:
    state = server.get(f"senolab/lesson?path={NOTEBOOK}&fresh=1").json
    assert (state["answered"], state["of"]) == (0, 2), "a tally is no question to answer"
    answer(lesson, "pick", "a")
    answer(lesson, "mark-1", [], case="case-1")
    state = server.get(f"senolab/lesson?path={NOTEBOOK}").json
    assert state["answered"] == 2, "no mark at all is an answer"
    assert [q["committed"] for q in state["questions"]] == [None, False]
    assert (state["state"], state["can_hand_in"], state["title"]) == (
        "in-progress",
        True,
        "A first case with AI",
    )
    answer(lesson, "pick", "  ")
    assert server.get(f"senolab/lesson?path={NOTEBOOK}").json["answered"] == 1, "an empty text is none"


def test_a_damaged_record_does_not_hide_the_lesson(server: Server, lesson: Path) -> None:
    answer(lesson, "pick", "a")
    with (lesson / "record.jsonl").open("ab") as file:
        file.write(b'\xff{"half": ')
    assert server.get(f"senolab/lesson?path={NOTEBOOK}").json["answered"] == 1


def test_the_campus_tells_of_marks_and_feedback(server: Server, lesson: Path, campus: Campus) -> None:
    feedback = f"/services/campus/course/{COURSE}/lesson/{LESSON}/feedback"
    campus.state.update(state="in-progress", feedback_url=feedback)
    assert server.get(f"senolab/lesson?path={NOTEBOOK}&fresh=1").json["feedback_url"] is None
    campus.state.update(state="marked", points=1.5, feedback_url=feedback)
    state = server.get(f"senolab/lesson?path={NOTEBOOK}&fresh=1").json
    assert (state["state"], state["points"], state["can_hand_in"]) == ("marked", 1.5, False)
    assert state["feedback_url"] == campus.url.removesuffix("/services/campus") + feedback
    assert set(campus.tokens) == {f"token {CAMPUS_TOKEN}"}


def test_a_due_date_is_the_campuss_also_where_a_teacher_took_it_away(
    server: Server, lesson: Path, campus: Campus
) -> None:
    release = lesson / "release.json"
    kept = release.read_text()
    release.chmod(0o600)
    release.write_text(json.dumps(json.loads(kept) | {"due": "2026-12-24T20:00:00Z"}))
    try:
        told = []
        for said in ({}, {"due": "2027-01-06T20:00:00Z"}, {"due": None}):
            campus.state = said
            told.append(server.get(f"senolab/lesson?path={NOTEBOOK}&fresh=1").json["due"])
    finally:
        release.write_text(kept)
        campus.state = {}
    assert told == ["2026-12-24T20:00:00Z", "2027-01-06T20:00:00Z", None]


@pytest.mark.parametrize("path", ["../../etc/passwd", "lessons", "", "lessons/x.txt", "/etc/x.ipynb"])
def test_the_state_of_what_is_no_lesson_is_refused_in_words(server: Server, path: str) -> None:
    reply = server.get(f"senolab/lesson?path={path}")
    assert reply.status in {400, 404}
    assert reply.json["message"].endswith(".")


# ---- handing in


def test_a_hand_in_takes_the_notebook_and_the_record_and_gives_a_receipt(
    server: Server, lesson: Path, campus: Campus
) -> None:
    answer(lesson, "pick", "a")
    reply = server.post("senolab/handin", {"path": NOTEBOOK})
    assert reply.status == 200
    assert reply.json == {"receipt": "K7QM-2XWD", "time": "2026-11-22T10:02:00Z"}
    [taken] = campus.taken
    assert set(taken) == {"course", "lesson", "version", "files"}
    assert (taken["course"], taken["lesson"], taken["version"]) == (COURSE, LESSON, 1)
    assert taken["files"][f"{LESSON}.ipynb"] == (lesson / f"{LESSON}.ipynb").read_text()
    assert taken["files"]["record.jsonl"] == (lesson / "record.jsonl").read_text()
    state = server.get(f"senolab/lesson?path={NOTEBOOK}").json
    assert (state["state"], state["receipt"]) == ("handed-in", "K7QM-2XWD")


def test_of_a_lesson_of_several_notebooks_all_are_reached_and_handed_in(
    server: Server, campus: Campus
) -> None:
    server.shelf.put(version=2, page=False, notebooks=("problem1.ipynb", "problem 2.ipynb"))
    reply = server.get(OPEN)
    folder = f"lessons/{COURSE}/{LESSON}"
    addresses = [f"/notebooks/{folder}/problem%202.ipynb", f"/notebooks/{folder}/problem1.ipynb"]
    assert (reply.status, reply.headers["Location"]) == (302, addresses[0])
    state = server.get(f"senolab/lesson?path={folder}/problem1.ipynb&fresh=1").json
    assert [one["address"] for one in state["notebooks"]] == addresses
    assert [one["name"] for one in state["notebooks"]] == ["problem 2", "problem1"]
    assert state["can_hand_in"]
    assert not server.get(f"senolab/lesson?path={folder}/scratch.ipynb").json["can_hand_in"]
    assert server.post("senolab/handin", {"path": f"{folder}/problem1.ipynb"}).status == 200
    assert set(campus.taken[0]["files"]) == {"problem1.ipynb", "problem 2.ipynb"}
    (server.home / folder / "problem1.ipynb").unlink()
    refused = server.post("senolab/handin", {"path": f"{folder}/problem 2.ipynb"})
    assert (refused.status, "problem1.ipynb is gone" in refused.json["message"]) == (409, True)


def test_the_campuss_own_sentence_reaches_the_learner(server: Server, lesson: Path, campus: Campus) -> None:
    campus.refusal = "The lesson closed on Friday."
    reply = server.post("senolab/handin", {"path": NOTEBOOK})
    assert reply.status == 409
    assert reply.json == {"message": "The lesson closed on Friday."}


@pytest.mark.parametrize("body", [{}, [], None, {"path": 3}, {"path": "../x.ipynb"}])
def test_a_hand_in_of_nothing_is_refused_in_words(server: Server, body: object) -> None:
    reply = server.post("senolab/handin", body)
    assert reply.status in {400, 404}
    assert reply.json["message"].endswith(".")


def test_without_a_campus_the_lesson_still_opens_and_says_that_it_is_practice(alone: Server) -> None:
    alone.shelf.put(mode="self-check")
    listed = alone.get("senolab/")
    assert f"/senolab/open/{COURSE}/{LESSON}" in listed.text
    assert alone.get(OPEN).status == 302
    state = alone.get(f"senolab/lesson?path={NOTEBOOK}").json
    assert (state["mode"], state["can_hand_in"], state["campus"]) == ("self-check", False, None)
    refused = alone.post("senolab/handin", {"path": NOTEBOOK})
    assert (refused.status, "practice" in refused.json["message"]) == (409, True)


def test_with_a_campus_the_list_of_lessons_is_the_campuss(server: Server, campus: Campus) -> None:
    reply = server.get("senolab/")
    assert (reply.status, reply.headers["Location"]) == (302, campus.url + "/")


# ---- an instructor's preview


def write(server: Server, text: str) -> str:
    (server.home / "courses" / COURSE).mkdir(parents=True, exist_ok=True)
    (server.home / "courses" / COURSE / f"{LESSON}.md").write_text(text)
    return f"senolab/preview/{COURSE}/{LESSON}"


def follow(server: Server, path: str) -> "tuple[str, object]":
    """Follow a build to its end; return its address and its last answer."""
    address = server.get(path).headers["Location"].lstrip("/")
    assert "Building the preview" in server.get(address).text
    state = address.replace("/preview/", "/preview-state/")
    for _ in range(600):
        told = server.get(state).json
        if told["state"] != "building":
            break
        time.sleep(0.1)
    return address, server.get(address)


def test_a_preview_is_built_from_the_text_and_opened(alone: Server) -> None:
    _, reply = follow(alone, write(alone, "# A draft"))
    assert reply.status == 302
    assert reply.headers["Location"] == f"/notebooks/preview/{COURSE}/{LESSON}/{LESSON}.ipynb"
    built = alone.home / "preview" / COURSE / LESSON
    (built / "record.jsonl").write_text("acts of the last look\n")
    follow(alone, write(alone, "# A second draft"))
    assert "A second draft" in (built / f"{LESSON}.ipynb").read_text()
    assert not (built / "record.jsonl").exists(), "each preview begins as a learner does"


def test_a_preview_of_a_folder_of_notebooks_opens_the_first(alone: Server) -> None:
    folder = alone.home / "courses" / COURSE / "source" / "ps1"
    folder.mkdir(parents=True)
    for name in ("problem2", "problem1"):
        (folder / f"{name}.ipynb").write_text(json.dumps(nbformat.v4.new_notebook()))
    _, reply = follow(alone, f"senolab/preview/{COURSE}/ps1")
    assert (reply.status, reply.headers["Location"]) == (
        302,
        f"/notebooks/preview/{COURSE}/ps1/problem1.ipynb",
    )


def test_a_preview_that_cannot_be_built_says_what_to_mend(alone: Server) -> None:
    address, reply = follow(alone, write(alone, "no heading <script>"))
    assert "line 1: the lesson has no heading" in reply.text
    assert "making the exams" not in reply.text, "what was made is no message"
    assert "<script>alert" not in reply.text
    assert alone.get(address).status == 200, "reading the message again builds nothing"


def test_a_preview_tells_how_many_of_its_exams_are_made(alone: Server) -> None:
    address = alone.get(write(alone, "# A draft")).headers["Location"].lstrip("/")
    state = address.replace("/preview/", "/preview-state/")
    for _ in range(100):
        told = alone.get(state).json
        if told.get("total"):
            break
        time.sleep(0.1)
    assert (told["done"], told["total"]) == (1, 4)


def test_a_preview_of_no_text_is_refused_in_words(alone: Server) -> None:
    reply = alone.get(f"senolab/preview/{COURSE}/no-such-lesson")
    assert reply.status == 404
    assert "There is no text of this lesson" in reply.text
