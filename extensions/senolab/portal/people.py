"""Who is here and what she may do; the names that people go by."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    """Display names from people.json, read again when the file has changed."""

    def __init__(self, path: Path):
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._accounts: dict[str, dict[str, Any]] = {}

    def of(self, name: str) -> str:
        """Return the name a person goes by; her hub name where none is known."""
        return str(self._read().get(name, {}).get("display") or name)

    def learners(self, course: str) -> set[str]:
        """Return the hub names of everyone whose account lists the course as a learner's."""
        return {
            name
            for name, account in self._read().items()
            if account.get("role", "learner") == "learner" and course in (account.get("courses") or ())
        }

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            status = self._path.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            if stamp != self._stamp:
                self._accounts = _accounts(json.loads(self._path.read_text("utf-8")))
                self._stamp = stamp
        except (OSError, ValueError):
            pass  # half an answer is better than none: keep what was read last
        return self._accounts


def _accounts(plain: Any) -> dict[str, dict[str, Any]]:
    """Take accounts as a list of objects, or as one object by name, bare or under "people"."""
    if isinstance(plain, dict) and isinstance(plain.get("people"), list | dict):
        plain = plain["people"]
    if isinstance(plain, dict):
        return {name: account for name, account in plain.items() if isinstance(account, dict)}
    if isinstance(plain, list):
        return {str(one["name"]): one for one in plain if isinstance(one, dict) and "name" in one}
    return {}


def _courses(groups: Iterable[str], kind: str) -> frozenset[str]:
    return frozenset(group.removeprefix(kind) for group in groups if group.startswith(kind))
