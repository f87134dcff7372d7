"""Who may sign in: `people.json`, its passwords and the groups that follow from it.

The file holds scrypt hashes only. A password is printed once, when it is made.
"""

import fcntl
import hashlib
import hmac
import json
import os
import secrets
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from .settings import NAME, RESERVED_NAMES

ROLES = ("instructor", "learner")
ALONE = "alone"  # the role of whoever has a campus to herself; nobody is given it, see `alone`
_GROUPS = {"instructor": ("formgrade",), "learner": ("nbgrader",), ALONE: ("formgrade", "nbgrader")}
# 32 MiB and some 0.1 s a try. Changing them leaves old hashes valid: each carries its own.
_COST, _BLOCK, _PARALLEL = 2**15, 8, 1
_CONSONANTS, _VOWELS = "bdfghjkmnprstvz", "aeiou"


class AccountsError(ValueError):
    """An account that cannot be; the message is the sentence the operator reads."""


@dataclass(frozen=True)
class Account:
    """One person.

    Attributes
    ----------
    courses
        Those she teaches, or learns in, by her role.
    unseen
        Whether her password was made by a start that has not told it to anybody yet.
    """

    name: str
    display: str
    role: str
    courses: tuple[str, ...]
    hash: str = ""
    unseen: bool = False

    def groups(self, courses: Iterable[str]) -> list[str]:
        """Return the hub's groups of this person, given the campus's courses."""
        prefixes = _GROUPS.get(self.role, _GROUPS["learner"])
        return [
            f"{prefix}-{course}" for prefix in prefixes for course in sorted(set(courses) & set(self.courses))
        ]


def first_accounts(courses: Iterable[str]) -> list[Account]:
    """One instructor and three learners for these courses, still without a password."""
    mine = tuple(courses)
    people = (
        ("ines", "Ines", "instructor"),
        ("ana", "Ana", "learner"),
        ("ben", "Ben", "learner"),
        ("carla", "Carla", "learner"),
    )
    return [Account(name, display, role, mine) for name, display, role in people]


def alone(people: Mapping[str, Account], courses: Iterable[str]) -> dict[str, Account]:
    """Return the first instructor and nobody else: whom a campus without a sandbox serves.

    There is nobody whom she could teach, or learn from, so she does both in every course.
    """
    first = next((one for one in people.values() if one.role == "instructor"), None)
    return {first.name: replace(first, role=ALONE, courses=tuple(courses))} if first else {}


def new_password() -> str:
    """Make a password one can say on the telephone: nine syllables, 56 bits."""
    syllables = [secrets.choice(_CONSONANTS) + secrets.choice(_VOWELS) for _ in range(9)]
    return "-".join("".join(syllables[start : start + 3]) for start in (0, 3, 6))


def hashed(password: str) -> str:
    """Return a salted scrypt hash (RFC 7914) that carries its own parameters."""
    salt = secrets.token_bytes(16)
    digest = _scrypt(password, salt, _COST, _BLOCK, _PARALLEL)
    return f"scrypt${_COST}${_BLOCK}${_PARALLEL}${salt.hex()}${digest.hex()}"


def matches(password: str, stored: str) -> bool:
    """Whether a password is the one behind a hash; as slow for an unknown person as for a known one."""
    known = bool(stored)
    try:
        kind, cost, block, parallel, salt, wanted = (stored or _NOBODY).split("$")
        if kind != "scrypt":
            return False
        got = _scrypt(password, bytes.fromhex(salt), int(cost), int(block), int(parallel))
        return hmac.compare_digest(got, bytes.fromhex(wanted)) and known
    except ValueError:
        return False


def read(path: Path) -> dict[str, Account]:
    """Everybody in `people.json`, by name.

    Raises
    ------
    AccountsError
        If the file is damaged.
    """
    try:
        plain = json.loads(path.read_text("utf-8"))
        return {name: _account(name, entry) for name, entry in plain["people"].items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise AccountsError(
            f"{path} cannot be read ({error}). "
            "Mend it, or stop the campus and delete it to have new accounts made."
        ) from None


@contextmanager
def alone_with(path: Path) -> Iterator[None]:
    """Keep others from changing `people.json` meanwhile: they wait until the block ends.

    Whoever reads it, changes it and writes it does so within, else one of two changes is lost.
    """
    with path.with_name(f".{path.name}.lock").open("a", encoding="ascii") as file:
        os.fchmod(file.fileno(), 0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def write(path: Path, people: Mapping[str, Account]) -> None:
    """Replace `people.json` (0600) in one step."""
    entries = {
        name: {k: v for k, v in asdict(people[name]).items() if k != "name"} for name in sorted(people)
    }
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".people-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({"schema": 1, "people": entries}, file, indent=2, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    Path(beside).replace(path)


def add(people: Mapping[str, Account], account: Account) -> dict[str, Account]:
    """`people` with one more, or a sentence why not."""
    if not NAME.fullmatch(account.name):
        raise AccountsError(
            f"{account.name!r} cannot be a name: use a to z, 0 to 9 and hyphens, a letter first, 32 at most."
        )
    if account.name in RESERVED_NAMES or account.name.startswith("grader-"):
        raise AccountsError(f"{account.name!r} is an address of the campus itself; choose another name.")
    if account.name in people:
        raise AccountsError(f"The name {account.name} is taken already; choose another one.")
    if account.role not in ROLES:
        raise AccountsError(f"{account.role!r} is no role; there are {', '.join(ROLES)}.")
    return {**people, account.name: account}


def with_password(
    people: Mapping[str, Account], name: str, password: str, *, unseen: bool = False
) -> dict[str, Account]:
    """Return `people` with another password for one of them."""
    return {**people, name: replace(known(people, name), hash=hashed(password), unseen=unseen)}


def seen(people: Mapping[str, Account], names: Iterable[str]) -> dict[str, Account]:
    """Return `people` once the passwords of some of them were told."""
    return {**people, **{name: replace(people[name], unseen=False) for name in names if name in people}}


def known(people: Mapping[str, Account], name: str) -> Account:
    """Return one of them, or a sentence who there is."""
    if name not in people:
        raise AccountsError(f"There is no {name!r}. There are: {', '.join(sorted(people)) or 'none yet'}.")
    return people[name]


def _account(name: str, entry: Mapping[str, Any]) -> Account:
    courses, unseen = tuple(entry["courses"]), entry.get("unseen") is True
    return Account(name, entry["display"], entry["role"], courses, entry.get("hash", ""), unseen)


def _scrypt(password: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=cost, r=block, p=parallel, maxmem=2**28, dklen=32)


_NOBODY = f"scrypt${_COST}${_BLOCK}${_PARALLEL}${'00' * 16}${'00' * 32}"
