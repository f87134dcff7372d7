"""What signing in otherwise than by generated passwords needs of this machine."""

import getpass
import importlib
import importlib.util
import os
import sys

from senolab.operation.settings import Settings

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
