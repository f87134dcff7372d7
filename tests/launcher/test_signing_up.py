"""Native sign-up on a real campus: the page, the names that nobody can take, and who may sign in when."""

import json
import re
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from hub_fixture import Answer, RunningCampus, running_campus, temporary_state
from senolab.cli.main import main as senolab
from senolab.sandbox import available

pytestmark = [
    pytest.mark.hub,
    pytest.mark.skipif(sys.platform != "linux", reason="the campus runs on Linux"),
]
WORD, COURSE = "a-long-enough-word", "reading-with-ai"


def signed_up(campus: RunningCampus, name: str, word: str = WORD, again: str | None = None) -> Answer:
    visitor = campus.visitor()
    page = visitor.get("/hub/login")
    assert 'href="/hub/signup"' in page.text
    page = visitor.get("/hub/signup")
    token = re.search(r'name="_xsrf" value="([^"]+)"', page.text)
    assert token, page.text[:2000]
    words = {"signup_password": word, "signup_password_confirmation": word if again is None else again}
    return visitor.post(page.url, form={"username": name, "_xsrf": token[1], **words})


def test_who_signs_up_may_sign_in_when_the_operator_has_said_so() -> None:
    if not available().ok:
        pytest.skip(f"no sandbox here: {available().why}")
    with temporary_state() as state:
        for name, content in (
            ("settings.json", {"authenticator": "native", "release_first": False}),
            (
                "people.json",
                {"schema": 1, "people": {"ines": {"display": "Ines", "role": "instructor", "courses": []}}},
            ),
        ):
            (state / name).write_text(json.dumps(content))
        with running_campus(state) as campus:
            assert campus.passwords == {}
            assert "two passwords are not the same" in signed_up(campus, "dora", again="another").text
            assert "Use 12 characters or more" in signed_up(campus, "dora", "short").text
            for name in ("ines", "INES", "campus", "grader-x", "do/ra"):
                assert "This name cannot be had" in signed_up(campus, name).text, name
            assert senolab(["people", "--state", str(state), "add", "dora"]) == 1  # she has not signed up
            assert "signed up as dora" in signed_up(campus, "dora").text
            assert "This name cannot be had" in signed_up(campus, "dora", "and-now-another-word").text
            assert campus.visitor().sign_in("dora", WORD).status == 403
            people(state, "add", "dora")
            campus.passwords["dora"] = WORD
            assert campus.visitor("dora").get("/").url == campus.address("campus")
            wrong = campus.visitor().sign_in("dora", "wrong")
            assert (wrong.status, "do not belong together" in wrong.text) == (403, True)
            assert campus.visitor().sign_in("ines", WORD).status == 403
            a_teacher_who_is_removed_teaches_no_more(campus)


def a_teacher_who_is_removed_teaches_no_more(campus: RunningCampus) -> None:
    """Neither in the browser where she is signed in, nor when she comes back as a learner."""
    assert "signed up as eva" in signed_up(campus, "eva").text
    people(campus.state, "add", "eva", "--role", "instructor")
    campus.passwords["eva"] = WORD
    eva = campus.visitor("eva")
    course, grades = (f"{campus.address('campus')}teach/{COURSE}{end}" for end in ("", "/grades.csv"))
    formgrader = campus.address(f"grader-{COURSE}") + "formgrader/"
    assert [eva.get(page).status for page in (course, grades)] == [200, 200]
    eventually(lambda: eva.get(formgrader).status == 200, "no formgrader", 120)
    people(campus.state, "remove", "eva")
    promised = time.monotonic() + 30
    for page in (course, grades, formgrader):
        seen = partial(eva.get, page)
        eventually(lambda seen=seen: "/hub/login" in seen().url, page, promised - time.monotonic())
    people(campus.state, "add", "eva")
    again = campus.visitor("eva")
    assert [again.get(page).status for page in (course, grades)] == [403, 403]


def eventually(holds: Callable[[], bool], what: str, patience: float) -> None:
    until = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < until, what
        time.sleep(0.5)


def people(state: Path, *words: str) -> None:
    assert senolab(["people", "--state", str(state), *words]) == 0
