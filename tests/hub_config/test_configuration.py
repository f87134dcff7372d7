"""What the hub is told, without a hub."""

import asyncio
import json
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pamela
import pytest
from jupyterhub.auth import Authenticator
from senolab.cli import children
from senolab.operation import accounts
from senolab.operation.checks import AUTHENTICATORS
from senolab.operation.settings import Ports, Settings
from senolab.portal import settings as portal
from tornado.web import HTTPError
from traitlets.config import Config

from hub_config import campus, pam, people, servers, settings
from hub_config.roles import LEARN, SERVER, TEACH, custom_scopes

COURSES = ("building-models", "reading-with-ai")
PORTS = Ports(
    hub=9001, proxy=9002, campus=9003, graders={course: 9010 + i for i, course in enumerate(COURSES)}
)
TOKENS = {
    name: f"token-of-{name}"
    for name in ("proxy", "campus", "cull", "launcher", *(f"grader-{c}" for c in COURSES))
}


@pytest.fixture
def one(tmp_path: Path) -> Settings:
    return Settings(state=tmp_path, checkout=tmp_path, courses=COURSES, ports=PORTS)


def told(one: Settings) -> dict:
    return campus.configuration(one, tokens=TOKENS)


def role(one: Settings, name: str) -> dict:
    return next(role for role in told(one)["JupyterHub"]["load_roles"] if role["name"] == name)


def service(one: Settings, name: str) -> dict:
    return next(entry for entry in told(one)["JupyterHub"]["services"] if entry["name"] == name)


# -- who may do what ---------------------------------------------------------------------------------
def test_everybody_learns_and_enters_the_campus_and_nothing_else(one: Settings) -> None:
    assert told(one)["JupyterHub"]["extra_user_scopes"] == [LEARN, "access:services!service=campus"]


def test_a_teacher_reaches_the_formgrader_of_her_course_only(one: Settings) -> None:
    teach = role(one, "teach-reading-with-ai")
    assert teach["groups"] == ["formgrade-reading-with-ai"]
    assert teach["scopes"] == [TEACH, "access:services!service=grader-reading-with-ai"]


def test_what_runs_in_a_teachers_notebook_is_not_the_teacher(one: Settings) -> None:
    assert TEACH not in SERVER
    assert told(one)["Spawner"]["server_token_scopes"] == SERVER
    assert not any("grader" in scope for scope in SERVER)


def test_a_browser_at_its_owners_server_has_none_of_her_rights_elsewhere(one: Settings) -> None:
    assert told(one)["Spawner"]["oauth_client_allowed_scopes"] == []


def test_teaching_includes_learning_but_not_the_other_way(one: Settings) -> None:
    assert custom_scopes()[TEACH]["subscopes"] == [LEARN]
    assert "subscopes" not in custom_scopes()[LEARN]


def test_nobody_is_an_administrator_and_no_role_touches_groups_or_tokens(one: Settings) -> None:
    given = [scope for entry in told(one)["JupyterHub"]["load_roles"] for scope in entry["scopes"]]
    assert not [
        scope
        for scope in given
        if re.match(r"admin|groups|tokens|users$|servers$|access:servers$|shares", scope)
    ]
    for kind in AUTHENTICATORS:
        assert not told(replace(one, authenticator=kind)).get("Authenticator", {}).get("admin_users")


def test_the_services_have_no_more_rights_than_their_work_needs(one: Settings) -> None:
    granted = {
        name: entry["scopes"]
        for entry in told(one)["JupyterHub"]["load_roles"]
        for name in entry.get("services", ())
    }
    assert granted["launcher"] == ["proxy"]
    assert set(granted["cull"]) == {"list:users", "read:users:activity", "read:servers", "delete:servers"}
    assert set(granted) == {"launcher", "cull"}, "campus and formgraders act with their visitors' rights only"


def test_the_campus_may_ask_for_teaching_and_a_formgrader_may_not(one: Settings) -> None:
    assert TEACH in service(one, "campus")["oauth_client_allowed_scopes"]
    assert "oauth_client_allowed_scopes" not in service(one, "grader-reading-with-ai")


def test_users_cannot_start_second_servers_and_their_own_configuration_is_not_read(one: Settings) -> None:
    assert told(one)["JupyterHub"]["allow_named_servers"] is False
    assert told(one)["Spawner"]["disable_user_config"] is True


# -- addresses ---------------------------------------------------------------------------------------
def test_every_user_and_service_has_an_origin_of_its_own(one: Settings) -> None:
    hub = told(one)["JupyterHub"]
    assert hub["subdomain_host"] == "http://localhost:8000"
    names = {
        hub["subdomain_hook"](name, "localhost", kind)
        for name, kind in (("ana", "user"), ("campus", "service"))
    }
    assert names == {"ana.localhost", "campus.localhost"}
    assert hub["default_url"] == "http://campus.localhost:8000/services/campus/"


@pytest.mark.parametrize("name", ["campus", "hub", "grader-reading-with-ai"])
def test_no_user_gets_the_address_of_a_service(name: str) -> None:
    assert settings.subdomain(name, "localhost", "user") != settings.subdomain(name, "localhost", "service")


@pytest.mark.parametrize("course", ["reading-with-ai", "my_course", "a.b", "a--b", "x" * 70])
def test_the_link_to_a_formgrader_leads_where_the_hub_routes_and_comes_back_there(
    one: Settings, course: str
) -> None:
    name = f"grader-{course}"
    host = settings.subdomain(name, "localhost", "service")
    assert re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.localhost", host)
    assert children.public_origin(one, name) == f"http://{host}:8000"
    public = f"{children.public_origin(one, 'campus')}/services/campus/"
    link = portal.Settings(state=one.state, public=public).grader(course)
    assert link == f"http://{host}:8000/services/{name}/formgrader/"


def test_two_courses_never_share_a_host() -> None:
    names = ["grader-a_b", "grader-a.b", "grader-a-b", "grader-a--b"]
    assert len({settings.subdomain(name, "localhost", "service") for name in names}) == len(names)


def test_a_bare_number_has_no_names_below_it(one: Settings) -> None:
    flat = replace(one, address="http://127.0.0.1:8000", subdomains=False)
    assert "subdomain_host" not in told(flat)["JupyterHub"]
    assert told(flat)["JupyterHub"]["default_url"] == "http://127.0.0.1:8000/services/campus/"


def test_cookies_are_bound_to_their_host_where_there_is_tls(one: Settings) -> None:
    assert "cookie_host_prefix_enabled" not in told(one)["JupyterHub"]
    assert told(replace(one, address="https://campus.example.org"))["JupyterHub"][
        "cookie_host_prefix_enabled"
    ]


def test_the_hub_listens_on_loopback_and_leaves_the_proxy_to_the_launcher(one: Settings) -> None:
    told_now = told(one)
    assert told_now["JupyterHub"]["hub_bind_url"] == "http://127.0.0.1:9001"
    assert told_now["ConfigurableHTTPProxy"] == {
        "should_start": False, "api_url": "http://127.0.0.1:9002", "auth_token": "token-of-proxy",
    }  # fmt: skip


# -- users' servers ----------------------------------------------------------------------------------
def test_servers_run_behind_walls_with_limits(one: Settings) -> None:
    told_now = told(one)
    assert told_now["JupyterHub"]["spawner_class"].endswith("BwrapSpawner")
    assert told_now["BwrapSpawner"]["doors"] == {9001: "hub.sock", 9003: "campus.sock"}
    assert told_now["Spawner"]["mem_limit"] == 2048 << 20
    assert told_now["BwrapSpawner"]["disk_limit"] == 4096 << 20


def test_a_learner_sees_her_courses_releases_read_only_and_no_text_truth_or_key(one: Settings) -> None:
    seen = servers.mounts(one, "ana", ["nbgrader-reading-with-ai"])
    targets = {mount.target for mount in seen}
    assert targets == {
        "/material/releases/reading-with-ai",
        "/material/exams",
        "/material/exams-truth",
        "/etc/jupyter",
    }
    assert not [mount for mount in seen if mount.writable]
    hidden = ("keys", "grader", "drawn", "secrets", "hub", "courses", "homes")
    assert not [mount for mount in seen if mount.source.is_relative_to(one.state) and
                mount.source.relative_to(one.state).parts[0] in hidden]  # fmt: skip
    assert next(mount for mount in seen if mount.target == "/etc/jupyter").source.name == "learner"


def test_an_instructor_edits_the_texts_of_her_course_only(one: Settings) -> None:
    seen = servers.mounts(one, "ines", ["formgrade-reading-with-ai"])
    assert [mount.target for mount in seen if mount.writable] == ["/home/ines/courses/reading-with-ai"]
    assert next(mount for mount in seen if mount.target == "/etc/jupyter").source.name == "instructor"


def test_pages_of_the_hub_call_a_person_as_the_campus_does(one: Settings) -> None:
    who = told(one)["JupyterHub"]["template_vars"]["display_name"]
    accounts.write(one.state / "people.json", {"ben": accounts.Account("ben", "Ben B.", "learner", ())})
    assert who(SimpleNamespace(name="ben")) == "Ben B."
    assert who(SimpleNamespace(name="dora")) == "dora"
    assert not who(None)
    (one.state / "people.json").write_text("{broken")
    assert who(SimpleNamespace(name="ben")) == "ben"


def test_without_a_sandbox_one_instructor_is_served_and_every_page_says_so(one: Settings) -> None:
    told_now = told(replace(one, protected=False))
    assert told_now["Members"]["only_one"] is True
    assert told_now["JupyterHub"]["template_vars"]["unprotected"] is True
    assert "BwrapSpawner" not in told_now


def test_the_configuration_can_be_applied(one: Settings) -> None:
    config = Config()
    campus.apply({"Spawner": {"mem_limit": 7}, "JupyterHub": {"db_url": "x"}}, config)
    assert config.Spawner.mem_limit == 7
    assert config.JupyterHub.db_url == "x"


# -- signing in --------------------------------------------------------------------------------------
@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> people.PasswordFileAuthenticator:
    monkeypatch.setattr(accounts, "_COST", 2)
    everybody: dict[str, accounts.Account] = {}
    for account in accounts.first_accounts(COURSES):
        everybody = accounts.with_password(
            accounts.add(everybody, account), account.name, f"word-of-{account.name}"
        )
    accounts.write(tmp_path / "people.json", everybody)
    return people.PasswordFileAuthenticator(people_file=str(tmp_path / "people.json"), courses=COURSES)


def sign_in(door: people.PasswordFileAuthenticator, name: str, password: str, address: str = "127.0.0.1"):
    handler = SimpleNamespace(request=SimpleNamespace(remote_ip=address))
    return asyncio.run(door.authenticate(handler, {"username": name, "password": password}))


def test_the_right_password_lets_in_with_the_courses_groups(door: people.PasswordFileAuthenticator) -> None:
    assert sign_in(door, "ines", "word-of-ines") == {
        "name": "ines", "groups": ["formgrade-building-models", "formgrade-reading-with-ai"],
    }  # fmt: skip
    assert sign_in(door, "ana", "word-of-ana")["groups"] == [f"nbgrader-{course}" for course in COURSES]


@pytest.mark.parametrize(
    ("name", "password"), [("ana", "word-of-ines"), ("ana", ""), ("nobody", "x"), ("", "")]
)
def test_anything_else_does_not(door: people.PasswordFileAuthenticator, name: str, password: str) -> None:
    assert sign_in(door, name, password) is None


def test_after_five_wrong_tries_even_the_right_password_waits(door: people.PasswordFileAuthenticator) -> None:
    for _ in range(5):
        assert sign_in(door, "ana", "wrong") is None
    with pytest.raises(HTTPError, match="429"):
        sign_in(door, "ana", "word-of-ana")
    assert sign_in(door, "ana", "word-of-ana", address="192.0.2.7"), (
        "a stranger's guesses do not lock her out"
    )
    assert sign_in(door, "ben", "word-of-ben"), "nor anybody else"


def test_patience_doubles_and_forgets() -> None:
    patience = people.Patience()
    for _ in range(7):
        patience.failed("ana", 100.0)
    assert patience.wait("ana", 100.0) == 8.0
    assert patience.wait("ana", 109.0) == 0.0
    for _ in range(40):
        patience.failed("ana", 100.0)
    assert patience.wait("ana", 100.0) == people.LONGEST_WAIT
    patience.passed("ana")
    assert patience.wait("ana", 100.0) == 0.0


def test_whoever_is_taken_out_of_the_file_is_signed_out(door: people.PasswordFileAuthenticator) -> None:
    path = Path(door.people_file)
    everybody = accounts.read(path)
    assert asyncio.run(door.refresh_user(SimpleNamespace(name="ben")))
    accounts.write(path, {name: one for name, one in everybody.items() if name != "ben"})
    assert asyncio.run(door.refresh_user(SimpleNamespace(name="ben"))) is False


def test_a_file_that_was_damaged_before_the_hub_began_turns_nobody_out_and_lets_nobody_in(
    door: people.PasswordFileAuthenticator,
) -> None:
    Path(door.people_file).write_text("{")
    fresh = people.PasswordFileAuthenticator(people_file=door.people_file)
    assert asyncio.run(fresh.refresh_user(SimpleNamespace(name="ben"))) is True
    with pytest.raises(accounts.AccountsError):
        authenticated(fresh, "ben")


KINDS = {"passwords": people.PasswordFileAuthenticator, "pam": pam.AccountsOfTheMachine}


@pytest.mark.parametrize("kind", KINDS)
def test_an_unprotected_campus_lets_only_the_instructor_in(
    door: people.PasswordFileAuthenticator, one: Settings, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pamela, "authenticate", lambda *_, **__: None)
    monkeypatch.setattr(pamela, "check_account", lambda *_, **__: None)

    def let_in(campus: Settings) -> set[str]:
        told_now = people.authentication(campus)
        assert told_now["JupyterHub"]["authenticator_class"].endswith(KINDS[kind].__name__)
        this = KINDS[kind](**told_now["Members"])
        return {name for name in everybody if authenticated(this, name)}

    one = replace(one, authenticator=kind)
    everybody = ("ines", "ana", "ben", "carla", "stranger")
    assert let_in(one) == {"ines", "ana", "ben", "carla"}
    assert let_in(replace(one, protected=False)) == {"ines"}
    alone = KINDS[kind](**people.authentication(replace(one, protected=False))["Members"])
    found = authenticated(alone, "ines")
    assert found and {"formgrade-reading-with-ai", "nbgrader-reading-with-ai"} <= set(found["groups"])


def authenticated(door: Authenticator, name: str) -> dict | None:
    """What the hub makes of a person who gives the right word, all checks included."""
    handler = SimpleNamespace(request=SimpleNamespace(remote_ip="127.0.0.1"))
    return asyncio.run(
        door.get_authenticated_user(handler, {"username": name, "password": f"word-of-{name}"})
    )


def test_whoever_is_known_to_the_machine_has_the_groups_that_the_file_gives(
    door: people.PasswordFileAuthenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pamela, "authenticate", lambda *_, **__: None)
    monkeypatch.setattr(pamela, "check_account", lambda *_, **__: None)
    machine = pam.AccountsOfTheMachine(people_file=door.people_file, courses=COURSES)
    found = authenticated(machine, "ines")
    assert found and found["groups"] == ["formgrade-building-models", "formgrade-reading-with-ai"]


@pytest.mark.parametrize("role", ["learner", "instructor"])
def test_no_extension_that_reads_a_home_is_on_in_a_server(role: str) -> None:
    told = json.loads((servers.CONFIGURATION / role / "jupyter_server_config.json").read_text("utf-8"))
    extensions = told["ServerApp"]["jpserver_extensions"]
    assert extensions["senolab.sandbox.warden"]
    off = ("notebook_shim", "nbgrader.server_extensions.validate_assignment", "jupyter_lsp")
    assert [name for name in off if extensions[name]] == []
