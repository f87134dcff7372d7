"""Native sign-up in which nobody can take a name that somebody else was promised."""

from typing import Any

from jupyterhub.handlers.login import LoginHandler
from nativeauthenticator import NativeAuthenticator
from nativeauthenticator.handlers import SignUpHandler
from senolab.operation import accounts

from .members import Members


class SignUpFirst(Members, NativeAuthenticator):
    """Anybody may sign up under a free name; it counts once the operator has added it to ``people.json``.

    A name that stands there already is nobody's to choose: its rights would go to whoever comes first.
    """

    def create_user(self, username: str, password: str, **more: Any) -> Any:
        """Return the new account, or None where the name or the password cannot be."""
        name = self.normalize_username(username)
        try:
            accounts.add(self.people(), accounts.Account(name, name, "learner", ()))
        except accounts.AccountsError:  # nor could the operator add it
            return None
        return super().create_user(username, password, **more)

    def get_handlers(self, app: Any) -> list[tuple[str, Any]]:
        """Return the hub's own page to sign in, which the package's lags behind, and the one to sign up.

        The package's other pages are for an administrator; there is none.
        """
        super().get_handlers(app)
        return [("/login", LoginHandler), ("/signup", SignUpPage)]


class SignUpPage(SignUpHandler):
    """The page to sign up. What became of it is told by the template ``signup.html``."""

    def render_template(self, name: str, sync: bool = False, **more: Any) -> Any:
        """Tell the page also how long a password must be, and the name that somebody has typed."""
        door: Any = self.authenticator
        typed = self.get_body_argument("username", "", strip=False)
        return super().render_template(name, sync, least=door.minimum_password_length, typed=typed, **more)

    def get_result_message(self, user: Any, *others: Any) -> tuple[str, str]:
        """Return a word for what became of it, and the figure or name that belongs to it."""
        if user is not None:
            return "done", user.username
        _, taken, confirmed, _ = others
        if not confirmed:
            return "confirmation", ""
        door: Any = self.authenticator
        if not taken and not door.is_password_strong(self.get_body_argument("signup_password", strip=False)):
            return "password", str(door.minimum_password_length)
        return "name", ""
