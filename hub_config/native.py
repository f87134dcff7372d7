"""Native sign-up in which nobody can take a name that somebody else was promised."""

from typing import Any

from nativeauthenticator import NativeAuthenticator  # pyright: ignore[reportMissingImports] - an extra


class SignUpFirst(NativeAuthenticator):
    """Anybody may sign up under a free name; it counts once the operator has added it to ``people.json``.

    A name that stands there already is nobody's to choose: its rights would go to whoever comes first.
    """

    def create_user(self, username: str, password: str, **more: Any) -> Any:
        """Return the new account, or None where the name or the password cannot be."""
        if self.normalize_username(username) in self.allowed_users:
            return None
        return super().create_user(username, password, **more)
