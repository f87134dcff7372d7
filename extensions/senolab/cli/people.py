"""`senolab people`: list accounts, add one, give a new password, change courses, remove one."""

import argparse
import json
from dataclasses import replace
from pathlib import Path

from senolab.lessons.shelf import Shelf
from senolab.operation import accounts, settings

from .authenticator import PASSWORDS, check_sign_up
from .main import CHECKOUT, RefusedError, campus_folder
from .preparing import courses

# The hub looks at the file every two seconds; campus and formgrader ask it again after ten.
REMOVED = (
    "{name} can no longer sign in. On a campus that runs, her session ends and her open pages close "
    "within half a minute; her work stays in the state folder"
)


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the words of `senolab people`."""
    parser = subparsers.add_parser("people", help="list, add and remove accounts, give new passwords")
    parser.add_argument("--state", type=Path, help="folder that keeps everything (.senolab)")
    deeds = parser.add_subparsers(dest="deed", required=True, metavar="DEED")
    listing = deeds.add_parser("list", help="who may sign in")
    listing.add_argument("--json", action="store_true")
    adding = deeds.add_parser("add", help="add somebody and print the password")
    adding.add_argument("name")
    adding.add_argument("--display", help="the name that others see")
    adding.add_argument("--role", choices=accounts.ROLES, default="learner")
    adding.add_argument("--course", action="append", help="course id; all courses unless given")
    resetting = deeds.add_parser("reset", help="make a new password and print it")
    resetting.add_argument("name")
    enrolling = deeds.add_parser("enrol", help="put somebody into a course")
    enrolling.add_argument("name")
    enrolling.add_argument("course")
    removing = deeds.add_parser("remove", help="end an account; the work stays in the state folder")
    removing.add_argument("name")
    for deed in (listing, adding, resetting, enrolling, removing):  # as the other verbs take it, at the end
        deed.add_argument("--state", type=Path, default=argparse.SUPPRESS, help="the same")


def run(args: argparse.Namespace) -> int:
    """Do one deed to `people.json`; a running campus notices within seconds."""
    shelf = Shelf(campus_folder(args.state))
    try:
        if args.deed == "list":
            return _list(accounts.read(shelf.people), as_json=args.json)
        chosen = settings.read(shelf.state, CHECKOUT)
        with accounts.alone_with(shelf.people):
            people = accounts.read(shelf.people)
            changed, words = _changed(args, people, courses(shelf), chosen.authenticator)
            if args.deed == "add":
                check_sign_up(chosen, shelf, args.name)
            accounts.write(shelf.people, changed)
    except (accounts.AccountsError, settings.SettingsError) as error:
        raise RefusedError(str(error)) from None
    except OSError as error:
        raise RefusedError(f"{error.filename or shelf.people}: {error.strerror}.") from None
    print(words)
    return 0


def _changed(
    args: argparse.Namespace,
    people: dict[str, accounts.Account],
    offered: tuple[str, ...],
    authenticator: str,
) -> tuple[dict[str, accounts.Account], str]:
    """Return everybody after the deed, and what to say."""
    if args.deed == "add":
        mine = tuple(args.course or offered)
        _check_courses(mine, offered)
        account = accounts.Account(args.name, args.display or args.name.capitalize(), args.role, mine)
        people = accounts.add(people, account)
    if args.deed in ("add", "reset") and authenticator in PASSWORDS:
        theirs = PASSWORDS[authenticator].format(name=args.name)
        if args.deed == "reset":
            raise RefusedError(f"{args.name} signs in with {theirs}; the campus has none to renew.")
        return people, f"{args.name} may sign in now, with {theirs}"
    if args.deed in ("add", "reset"):
        password = accounts.new_password()
        changed = accounts.with_password(people, args.name, password)
        return changed, f"{args.name}: {password}"
    account = accounts.known(people, args.name)
    if args.deed == "enrol":
        _check_courses((args.course,), offered)
        account = replace(account, courses=tuple(sorted({*account.courses, args.course})))
        return {**people, args.name: account}, f"{args.name} is in {', '.join(account.courses)}"
    return {name: one for name, one in people.items() if name != args.name}, REMOVED.format(name=args.name)


def _check_courses(wanted: tuple[str, ...], offered: tuple[str, ...]) -> None:
    for course in wanted:
        if course not in offered:
            raise RefusedError(
                f"There is no course {course!r}. There are: {', '.join(offered) or 'none yet'}."
            )


def _list(people: dict[str, accounts.Account], *, as_json: bool) -> int:
    entries = [
        {"name": one.name, "display": one.display, "role": one.role, "courses": list(one.courses)}
        for one in people.values()
    ]
    if as_json:
        print(json.dumps(entries, ensure_ascii=False))
    else:
        for one in people.values():
            print(f"{one.name:<20} {one.role:<12} {one.display:<24} {', '.join(one.courses)}")
    return 0
