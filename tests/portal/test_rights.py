"""Who may see and do what: every route for every kind of person."""

import re

import campus_world as made
import pytest
import requests
from campus_world import COURSE, LESSON, World
from jupyterhub.services.auth import HubOAuth
from senolab.portal import api, learning, teaching

LEARNERS = {"ana", "bob", "both"}
TEACHERS = {"ines", "both"}
EVERYBODY = {"ana", "bob", "ines", "both", "other", "group-only", "nobody"}
# page -> who may; where a page is for everybody signed in, what it shows is tested elsewhere
GET = {
    "": EVERYBODY,
    f"course/{COURSE}/lesson/{LESSON}": LEARNERS,
    f"course/{COURSE}/lesson/{LESSON}/feedback": LEARNERS,
    f"teach/{COURSE}": TEACHERS,
    f"teach/{COURSE}/state.json": TEACHERS,
    f"teach/{COURSE}/grades.csv": TEACHERS,
    f"teach/{COURSE}/{LESSON}/check": TEACHERS,
    f"teach/{COURSE}/{LESSON}/hand": TEACHERS,
    f"teach/{COURSE}/{LESSON}/of/ana": TEACHERS,
}
POST = {
    f"teach/{COURSE}/{LESSON}/close": TEACHERS,
    f"teach/{COURSE}/{LESSON}/open": TEACHERS,
    f"teach/{COURSE}/{LESSON}/reopen": TEACHERS,
    f"teach/{COURSE}/{LESSON}/regrade": TEACHERS,
}
API = {
    ("GET", f"lesson?course={COURSE}&lesson={LESSON}"),
    ("GET", f"commits?course={COURSE}&lesson={LESSON}"),
    ("POST", "commit"),
    ("POST", "handin"),
}


@pytest.fixture
def handed(world: World) -> World:
    assert world.commit("ana").ok
    assert world.hand_in("ana").ok
    made.mark_all(world.shelf)
    return world


def test_each_page_opens_for_those_it_is_for_and_refuses_the_others_with_a_sentence(handed: World) -> None:
    for name in sorted(EVERYBODY):
        visitor = handed.visitor(name)
        for path, allowed in GET.items():
            answer = visitor.get(path)
            assert answer.status_code == (200 if name in allowed else 403), (name, path, answer.status_code)
            if name not in allowed:
                assert re.search(r"for the teachers|not enrolled", answer.text), (name, path)


def test_each_form_works_for_those_it_is_for_and_refuses_the_others(handed: World) -> None:
    for name in sorted(EVERYBODY):
        visitor = handed.visitor(name)
        visitor.get("")
        for path, allowed in POST.items():
            answer = visitor.post(path, learner="ana")
            assert answer.status_code == (302 if name in allowed else 403), (name, path, answer.text)


def test_a_release_is_started_by_teachers_alone(world: World) -> None:
    for name in ("ana", "other", "group-only"):
        visitor = world.visitor(name)
        visitor.get("")
        assert visitor.post(f"teach/{COURSE}/{LESSON}/release").status_code == 403
    assert world.campus.releasing.jobs(COURSE) == []


def test_a_teacher_of_another_course_has_no_way_in_by_any_address(handed: World) -> None:
    visitor = handed.visitor("other")
    handins = handed.campus.book.handins(COURSE)
    assert visitor.get(f"receipt/{handins[0].receipt}").status_code == 404
    assert visitor.get(f"teach/elsewhere/{LESSON}/of/ana").status_code == 404


def test_a_receipt_opens_for_its_learner_and_her_teacher_alone(handed: World) -> None:
    code = handed.campus.book.handins(COURSE)[0].receipt
    for name, status in (("ana", 200), ("ines", 200), ("bob", 404), ("nobody", 404)):
        assert handed.visitor(name).get(f"receipt/{code}").status_code == status, name


def test_nobody_gets_anywhere_without_signing_in(world: World) -> None:
    visitor = world.visitor(None)
    for path in GET:
        answer = visitor.get(path)
        assert answer.status_code == 302 and "oauth2/authorize" in answer.headers["Location"], path
    for path in POST:
        assert visitor.post(path).status_code == 403


def test_a_person_whose_token_may_not_use_the_campus_is_refused(world: World) -> None:
    visitor = world.visitor(None)
    visitor.sign_in("stranger")
    assert visitor.get("").status_code == 403
    assert world.api("stranger", "GET", "releases").status_code == 403


@pytest.mark.parametrize(("method", "route"), sorted(API))
def test_the_api_knows_learners_by_their_token_alone(world: World, method: str, route: str) -> None:
    body = {"course": COURSE, "lesson": LESSON, "version": 1, "case": "case-1", "answers": {}}
    if route == "handin":
        body = {"course": COURSE, "lesson": LESSON, "version": 1, "files": {}}
    for name, statuses in (
        ("ana", {200, 400, 422}),
        ("ines", {403}),
        ("nobody", {403}),
        (None, {403}),
        ("x", {403}),
    ):
        answer = world.api(name, method, route, json=body if method == "POST" else None)
        assert answer.status_code in statuses, (name, route, answer.text)


def test_a_cookie_opens_nothing_of_the_api(world: World) -> None:
    visitor = world.visitor("ana")
    assert visitor.get(f"api/lesson?course={COURSE}&lesson={LESSON}").status_code == 403
    assert visitor.post("api/commit").status_code == 403


def test_a_token_in_the_address_opens_nothing(world: World) -> None:
    for headers in ({}, {"Sec-Fetch-Mode": "websocket"}):
        answer = requests.get(
            f"{world.address}api/releases?token=token-of-ana",
            headers=headers,
            timeout=10,
            allow_redirects=False,
        )
        assert answer.status_code == 403


def test_every_route_is_in_this_matrix() -> None:
    """A route that is added must say whom it is for."""
    others = {r"notices/dismiss", r"receipt/([A-Z0-9-]{1,32})", r"api/releases"}
    others |= {route for route, _ in teaching.ROUTES if "/release" in route}
    listed = [*GET, *POST, *(f"api/{route.partition('?')[0]}" for _, route in API)]
    for route, _ in (*learning.ROUTES, *teaching.ROUTES, *api.ROUTES):
        assert route in others or any(re.fullmatch(route, path) for path in listed), route


# -- forged forms --------------------------------------------------------------------------------


def test_a_form_without_its_token_or_with_a_strangers_is_refused_with_a_sentence(world: World) -> None:
    visitor, other = world.visitor("ines"), world.visitor("both")
    visitor.get(f"teach/{COURSE}")
    other.get(f"teach/{COURSE}")
    stolen = next(c.value for c in other.session.cookies if c.name == "_xsrf")
    path = f"teach/{COURSE}/{LESSON}/close"
    for fields in ({}, {"_xsrf": "nonsense"}, {"_xsrf": stolen or ""}):
        answer = visitor.post(path, xsrf=False, **fields)
        assert answer.status_code == 403 and "out of date" in answer.text
    assert world.campus.book.closed(COURSE) == set()
    assert visitor.post(path).status_code == 302
    assert world.campus.book.closed(COURSE) == {LESSON}


def test_protection_against_forged_forms_is_really_switched_on(world: World) -> None:
    application = made.make_app(world.campus, HubOAuth(api_token="x", oauth_client_id="y"))
    assert application.settings["xsrf_cookies"] is True


# -- headers -------------------------------------------------------------------------------------


def test_every_answer_carries_the_headers_that_protect_it(world: World) -> None:
    visitor = world.visitor("ana")
    paths = [
        "",
        f"teach/{COURSE}",
        "no/such/page",
        "static/tokens.css",
        "static/campus.css",
        "static/none.css",
        "api/releases",
        "health",
        "oauth_callback",
    ]
    for path in paths:
        answer = visitor.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy, path
        assert "unsafe" not in policy and "http" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Traceback" not in answer.text


def test_no_page_holds_a_script_or_style_of_its_own(handed: World) -> None:
    for name, path in (
        ("ana", ""),
        ("ana", f"course/{COURSE}/lesson/{LESSON}/feedback"),
        ("ines", f"teach/{COURSE}"),
        ("ines", f"teach/{COURSE}/{LESSON}/hand"),
    ):
        text = handed.visitor(name).get(path).text
        assert not re.search(r"<script(?![^>]*\bsrc=)", text)
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
        for address in re.findall(r'(?:src|href)="([^"]+)"', text):
            assert address.startswith(("/services/campus/", "#", "?", handed.hub)), address


def test_signing_in_leads_back_to_the_page_that_was_asked_for(world: World) -> None:
    visitor = world.visitor(None)
    asked = visitor.get(f"course/{COURSE}/lesson/{LESSON}")
    state = re.search(r"state=([^&]+)", asked.headers["Location"])
    assert state
    done = visitor.get(f"oauth_callback?code=ana&state={state[1]}")
    assert done.headers["Location"] == f"{made.PREFIX}course/{COURSE}/lesson/{LESSON}"


def test_a_broken_sign_in_tells_so_in_a_sentence(world: World) -> None:
    answer = world.visitor(None).get("oauth_callback?code=ana&state=forged")
    assert answer.status_code == 403 and "Please try again" in answer.text
