"""Signing in with an account of this machine, for those whom ``people.json`` names."""

from jupyterhub.auth import PAMAuthenticator

from .members import Members


class AccountsOfTheMachine(Members, PAMAuthenticator):
    """PAM says whether the password is right; who belongs to the campus, the file says."""
