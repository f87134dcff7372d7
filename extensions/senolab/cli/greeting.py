"""What a person reads when the campus is open: its address, who may sign in, and what to know about it."""

import shlex

from senolab.lessons.shelf import Shelf
from senolab.operation import accounts
from senolab.operation.checks import SHARED
from senolab.operation.settings import Settings

from .main import state_folder


def greet(campus: Settings, shelf: Shelf, passwords: dict[str, str]) -> None:
    """Print the greeting, then note that its passwords were told; until then a start makes them anew."""
    people = accounts.read(shelf.people)
    # Whom a campus without a sandbox does not serve will be told a password once it does.
    served = people if campus.protected else accounts.alone(people, campus.courses)
    # Whoever was given another one meanwhile, or removed, is no longer to be told this one.
    told = {name: word for name, word in passwords.items() if name in served and people[name].unseen}
    print(words(campus, shelf, told), flush=True)
    if told:
        with accounts.alone_with(shelf.people):
            accounts.write(shelf.people, accounts.seen(accounts.read(shelf.people), told))


def words(campus: Settings, shelf: Shelf, passwords: dict[str, str]) -> str:
    """Return what a person sees when the campus is ready."""
    people = accounts.read(shelf.people)
    where = "" if shelf.state == state_folder(None) else f" --state {shlex.quote(str(shelf.state))}"
    lines = ["", f"  The campus is open:  {campus.public}", ""]
    if passwords:
        lines += ["  Sign in as (these passwords are shown this once):", ""]
        lines += [f"    {name:<10} {people[name].role:<12} {word}" for name, word in passwords.items()]
        lines += [""]
    if not people:
        lines += [f"  Nobody may sign in yet:  ./senolab people add NAME --role instructor{where}", ""]
    elif campus.authenticator == "passwords":
        lines += [f"  A new password for somebody:  ./senolab people reset NAME{where}", ""]
    if campus.authenticator == "native":
        lines += [f"  Whoever signed up is let in by:  ./senolab people add NAME{where}", ""]
    if not campus.protected:
        one = next(iter(accounts.alone(people, campus.courses)), "nobody")
        lines += [f"  UNPROTECTED: only {one} can sign in, as teacher and learner of every course.", ""]
        lines += ["  How to serve the others too:  ./senolab doctor", ""]
    if campus.shared:
        lines += [f"  ONE SHARED ORIGIN: {SHARED}.  See: ./senolab doctor", ""]
    lines += [f"  State: {shelf.state}    Logs: {shelf.logs}", "  Ctrl-C stops it.", ""]
    return "\n".join(lines)
