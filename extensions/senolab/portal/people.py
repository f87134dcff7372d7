"""Who is here and what she may do; the names that people go by."""

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from senolab.operation import accounts
from senolab.operation.accounts import Account, AccountsError

TEACH = "custom:campus:teach"
_LEARNERS, _TEACHERS = "nbgrader-", "formgrade-"


@dataclass(frozen=True)
class Person:
    """One signed-in person and her rights, as the hub tells them.

    Attributes
    ----------
    name
        Name at the hub.
    display
        Name she goes by.
    learns, teaches
        Ids of the courses in which she learns, and in which she teaches.
    """

    name: str
    display: str
    learns: frozenset[str] = frozenset()
    teaches: frozenset[str] = frozenset()


def person(model: Mapping[str, Any], display: str | None = None) -> Person:
    """Read the hub's model of a person.

    A teacher needs both: the group of the course, and a sign-in that carries the teachers' scope. The
    token inside a teacher's own server has the group but not the scope, so nothing that runs there can
    act as a teacher.
    """
    groups = [str(group) for group in model.get("groups") or ()]
    teaches = _courses(groups, _TEACHERS) if TEACH in set(model.get("scopes") or ()) else frozenset()
    name = str(model["name"])
    return Person(name, display or name, _courses(groups, _LEARNERS), teaches)


class Names:
    """Display names from people.json, read again when the file has changed.

    Parameters
    ----------
    path
        The file.
    alone
        Whether the campus serves one person only, who is then the class of every course.
    """

    def __init__(self, path: Path, *, alone: bool = False):
        self._path = path
        self._alone = alone
        self._stamp: tuple[int, int] | None = None
        self._accounts: dict[str, Account] = {}

    def of(self, name: str) -> str:
        """Return the name a person goes by; her hub name where none is known."""
        account = self._read().get(name)
        return (account and account.display) or name

    def learners(self, course: str) -> set[str]:
        """Return the hub names of everyone whose account lists the course as a learner's."""
        people = self._read()
        if self._alone:
            return set(accounts.alone(people, [course]))
        return {
            name
            for name, account in people.items()
            if account.role == "learner" and course in account.courses
        }

    def _read(self) -> dict[str, Account]:
        # Half an answer is better than none: what was read last stands until the file can be read again.
        with contextlib.suppress(OSError, AccountsError):
            status = self._path.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            if stamp != self._stamp:
                self._accounts, self._stamp = accounts.read(self._path), stamp
        return self._accounts


def _courses(groups: Iterable[str], kind: str) -> frozenset[str]:
    return frozenset(group.removeprefix(kind) for group in groups if group.startswith(kind))
