"""How people sign in: by generated passwords, PAM, or native sign-up; who may, `members` knows."""

import asyncio
import time
from html import escape
from typing import Any

from senolab.operation import accounts
from senolab.operation.settings import Settings
from senolab.words import ngettext
from tornado import web

from .members import Members

CLASSES = {
    "passwords": "hub_config.people.PasswordFileAuthenticator",
    "pam": "hub_config.pam.AccountsOfTheMachine",
    "native": "hub_config.native.SignUpFirst",
}
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


class PasswordFileAuthenticator(Members):
    """Signs in the accounts of ``people.json`` by the passwords that stand there."""

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
        account = self.people().get(name)
        stored = account.hash if account else ""
        right = await asyncio.get_running_loop().run_in_executor(
            None, accounts.matches, data.get("password", ""), stored
        )
        if not right:
            self._patience.failed(key, now)
            return None
        self._patience.passed(key)
        return self.member(name)


def authentication(campus: Settings) -> dict[str, dict[str, Any]]:
    """Return the authenticator that the settings name. Nobody is an administrator of the hub.

    An administrator may reach everybody's server; that is no teacher's right. So nobody admits others in a
    page of native sign-up: its accounts count when ``people.json`` names them. A person signs up first,
    then the operator types ``./senolab people add NAME``; the other way round the name could be anybody's
    (see `hub_config.native`).
    """
    told: dict[str, dict[str, Any]] = {
        "JupyterHub": {"authenticator_class": CLASSES[campus.authenticator]},
        # Who may sign in, `Members` knows; this only keeps the hub from warning that nobody can.
        "Authenticator": {"admin_users": set(), "any_allow_config": True},
        "Members": {
            "people_file": str(campus.state / "people.json"),
            "courses": campus.courses,
            "only_one": not campus.protected,
        },
    }
    if campus.authenticator == "pam":
        told["PAMAuthenticator"] = {"open_sessions": False}
    elif campus.authenticator == "native":  # anybody may choose a password; the file says whose counts
        told["NativeAuthenticator"] = {
            "open_signup": True,
            "minimum_password_length": 12,
            "allowed_failed_logins": FREE_TRIES,
        }
    return told
