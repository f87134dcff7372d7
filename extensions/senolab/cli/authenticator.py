"""What signing in otherwise than by generated passwords needs: of this machine, and of who is added."""

import contextlib
import getpass
import importlib
import importlib.util
import os
import sqlite3
import sys

from senolab.lessons.shelf import Shelf
from senolab.operation.settings import Settings, from_json

from . import install
from .main import RefusedError
from .supervisor import say

# Whose password people sign in with where the campus makes none.
PASSWORDS = {
    "pam": "the password of the account {name} on this machine",
    "native": "the password that {name} chose on the sign-up page before",
}
SHADOW = "/etc/shadow"


def prepare(chosen: Settings) -> None:
    """Install the package that native sign-up needs; say what PAM cannot do for this account.

    Raises
    ------
    RefusedError
        If the package cannot be installed.
    """
    if chosen.authenticator == "native" and importlib.util.find_spec("nativeauthenticator") is None:
        try:
            install.Install(chosen.checkout, sys.executable).add("signup")
        except install.InstallError as error:
            raise RefusedError(str(error)) from None
        importlib.invalidate_caches()
    # An ordinary account may ask pam_unix about itself alone, unless it can read what pam_unix reads.
    if chosen.authenticator == "pam" and not os.access(SHADOW, os.R_OK):
        account = getpass.getuser()
        say(
            f"PAM tells {account} nothing about the accounts of this machine itself; those of a directory "
            "(SSSD, LDAP, Kerberos) can sign in. To let the others in as well, type: sudo usermod -aG "
            f"shadow {account}. It can then read the hashes of their passwords. Then start again"
        )


def check_sign_up(chosen: Settings, shelf: Shelf, name: str) -> None:
    """Refuse to add a name under which nobody has signed up, where people choose their passwords that way.

    Raises
    ------
    RefusedError
        With what to do first.
    """
    if chosen.authenticator == "native" and not signed_up(shelf, name):
        raise RefusedError(
            f"Nobody has signed up as {name} yet, so nothing was changed: once a name is added, nobody can "
            f"sign up under it. Have {name} sign up first (in {_public(chosen, shelf)}/hub/signup), then "
            "type this again."
        )


def _public(chosen: Settings, shelf: Shelf) -> str:
    """Return the address that the campus was last started with: its port may have been named there."""
    try:
        return from_json((shelf.run / "campus.json").read_text("utf-8")).public
    except (OSError, ValueError, KeyError, TypeError):
        return chosen.public  # it never ran, or it is of another release


def signed_up(shelf: Shelf, name: str) -> bool:
    """Whether somebody chose a password for a name on the hub's page to sign up.

    Raises
    ------
    RefusedError
        If the hub's database cannot be read.
    """
    database = shelf.hub / "hub.sqlite"
    if not database.exists():  # the hub has not run yet
        return False
    try:
        with contextlib.closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as hub:
            if not hub.execute("SELECT 1 FROM sqlite_master WHERE name = 'users_info'").fetchone():
                return False  # it never ran with a page to sign up
            return bool(hub.execute("SELECT 1 FROM users_info WHERE username = ?", (name,)).fetchone())
    except sqlite3.Error as error:
        raise RefusedError(f"{database} cannot be read ({error}). Try again.") from None
