"""Who may sign in, and how: generated passwords, PAM, or native sign-up."""

import asyncio
import time
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from jupyterhub.auth import Authenticator
from senolab.operation import accounts
from senolab.operation.settings import Settings
from senolab.words import ngettext
from tornado import web
from traitlets import Bool, Tuple, Unicode, default

CLASSES = {"pam": "pam", "native": "hub_config.native.SignUpFirst"}
FREE_TRIES, LONGEST_WAIT = 5, 900.0  # tries, seconds


class Patience:
    """Counts failed tries by key; each one beyond the free ones doubles the wait."""

    def __init__(self) -> None:
        self._failed: dict[str, tuple[int, float]] = {}

    def wait(self, key: str, now: float) -> float:
        """Seconds until the next try counts; 0 when it may come."""
        count, last = self._failed.get(key, (0, 0.0))
        if count < FREE_TRIES:
            return 0.0
        return max(0.0, last + min(LONGEST_WAIT, 2.0 ** (count - FREE_TRIES + 1)) - now)

    def failed(self, key: str, now: float) -> None:
        """Count one more; forget whoever has been quiet for an hour."""
        self._failed = {k: v for k, v in self._failed.items() if now - v[1] < 3600}
        self._failed[key] = (self._failed.get(key, (0, 0.0))[0] + 1, now)

    def passed(self, key: str) -> None:
        """Forget what was counted: the right person is here."""
        self._failed.pop(key, None)


class TooManyTriesError(web.HTTPError):
    """Somebody guesses; the hub's page says how long to wait."""

    def __init__(self, wait: float) -> None:
        sentence = ngettext(
            "Too many tries. Please wait %(count)s second, then sign in again.",
            "Too many tries. Please wait %(count)s seconds, then sign in again.",
            max(1, round(wait)),
        )
        super().__init__(429, sentence.replace("%", "%%"))
        self.jupyterhub_html_message = escape(sentence)


class PasswordFileAuthenticator(Authenticator):
    """Signs in the accounts of ``people.json`` and tells the hub their groups.

    A change of the file counts at once for signing in and within minutes for who is signed in.
    """

    people_file = Unicode(config=True, help="people.json of the campus")
    courses = Tuple(config=True, help="ids of the courses that the campus offers")
    only_one = Bool(False, config=True, help="let only the first instructor in")

    @default("manage_groups")
    def _groups_come_from_the_file(self) -> bool:
        return True

    @default("allow_all")
    def _whoever_has_a_password(self) -> bool:
        return True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._patience = Patience()

    async def authenticate(self, handler: Any, data: dict[str, str]) -> dict[str, Any] | None:
        """Return name and groups when the password is right; refuse for a while after repeated failures."""
        name = self.normalize_username(data.get("username", ""))
        # By name and address, so that a stranger who guesses does not lock the person out.
        key = f"{name} {getattr(getattr(handler, 'request', None), 'remote_ip', '')}"
        now = time.monotonic()
        if wait := self._patience.wait(key, now):
            raise TooManyTriesError(wait)
        account = self._people().get(name)
        stored = account.hash if account else ""
        right = await asyncio.get_running_loop().run_in_executor(
            None, accounts.matches, data.get("password", ""), stored
        )
        if not right or account is None:
            self._patience.failed(key, now)
            return None
        self._patience.passed(key)
        return self._model(account)

    async def refresh_user(self, user: Any, handler: Any = None) -> dict[str, Any] | bool:  # noqa: ARG002
        """Sign out whoever is no longer in the file; keep the others' groups fresh."""
        account = self._people().get(user.name)
        return self._model(account) if account else False

    def _model(self, account: accounts.Account) -> dict[str, Any]:
        return {"name": account.name, "groups": account.groups(self.courses)}

    def _people(self) -> dict[str, accounts.Account]:
        people = accounts.read(Path(self.people_file))
        return only_first(people) if self.only_one else people


def only_first(people: Mapping[str, accounts.Account]) -> dict[str, accounts.Account]:
    """Return the first instructor and nobody else: whom a campus without a sandbox serves."""
    first = next((name for name, one in people.items() if one.role == "instructor"), None)
    return {name: one for name, one in people.items() if name == first}


def authentication(campus: Settings) -> dict[str, dict[str, Any]]:
    """Return the authenticator that the settings name. Nobody is an administrator of the hub.

    An administrator may reach everybody's server; that is no teacher's right. So nobody admits others in a
    page of native sign-up: its accounts count when ``people.json`` names them. A person signs up first,
    then the operator types ``./senolab people add NAME`` and starts the campus again; the other way round
    the name could be anybody's (see `hub_config.native`).
    """
    path = campus.state / "people.json"
    if campus.authenticator == "passwords":
        return {
            "JupyterHub": {"authenticator_class": PasswordFileAuthenticator},
            "PasswordFileAuthenticator": {
                "people_file": str(path),
                "courses": campus.courses,
                "only_one": not campus.protected,
            },
        }
    # `senolab up` refuses to serve these without a sandbox; this holds should it ever not.
    people = accounts.read(path) if campus.protected else only_first(accounts.read(path))
    told: dict[str, dict[str, Any]] = {
        "JupyterHub": {
            "authenticator_class": CLASSES[campus.authenticator],
            "load_groups": groups(people, campus),
        },
        # Whoever once was let in is asked for in the file again, like everybody.
        "Authenticator": {"allowed_users": set(people), "admin_users": set(), "allow_existing_users": False},
    }
    if campus.authenticator == "pam":
        told["PAMAuthenticator"] = {"open_sessions": False}
    else:  # anybody may choose a password; who may sign in with it, the file says
        told["NativeAuthenticator"] = {
            "open_signup": True,
            "minimum_password_length": 12,
            "allowed_failed_logins": FREE_TRIES,
        }
    return told


def groups(people: Mapping[str, accounts.Account], campus: Settings) -> dict[str, dict[str, list[str]]]:
    """Return the hub's groups as its configuration takes them, for authenticators that know none."""
    found: dict[str, dict[str, list[str]]] = {}
    for account in people.values():
        for group in account.groups(campus.courses):
            found.setdefault(group, {"users": []})["users"].append(account.name)
    return found
