"""Who may have an account, and what opens it."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from senolab.operation import accounts


def test_a_password_can_be_spoken_and_not_guessed() -> None:
    words = {accounts.new_password() for _ in range(200)}
    assert len(words) == 200
    assert all(len(word) == 20 and word.isascii() and word.count("-") == 2 for word in words)


def test_equal_passwords_have_different_hashes_and_old_parameters_stay_valid(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(accounts, "_COST", 4)
    first, second = accounts.hashed("word"), accounts.hashed("word")
    monkeypatch.setattr(accounts, "_COST", 8)
    assert first != second
    assert accounts.matches("word", first)
    assert not accounts.matches("Word", first)


@pytest.mark.parametrize("stored", ["", "scrypt$2$8$1$00$00", "plain$word", "scrypt$x$8$1$00$00", "word"])
def test_no_password_opens_an_account_without_a_proper_hash(stored: str) -> None:
    assert not accounts.matches("word", stored)
    assert not accounts.matches("", stored)


def test_whoever_has_a_campus_to_herself_teaches_and_learns_in_every_course() -> None:
    everybody = {one.name: one for one in accounts.first_accounts(["first"])}
    found = accounts.alone(everybody, ["first", "second"])
    assert list(found) == ["ines"]
    assert sorted(found["ines"].groups(["first", "second"])) == [
        "formgrade-first", "formgrade-second", "nbgrader-first", "nbgrader-second",
    ]  # fmt: skip
    assert accounts.alone({"ana": everybody["ana"]}, ["first"]) == {}
    assert accounts.ALONE not in accounts.ROLES  # nobody is given it


@pytest.mark.parametrize("name", ["Ana", "a b", "", "../x", "1a", "campus", "hub", "grader-first", "a" * 33])
def test_names_that_cannot_be_are_refused(name: str) -> None:
    with pytest.raises(accounts.AccountsError):
        accounts.add({}, accounts.Account(name, "X", "learner", ()))


def test_two_who_change_the_accounts_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "people.json"

    def enter(number: int) -> None:
        with accounts.alone_with(path):
            people = accounts.read(path)
            time.sleep(0.01)
            accounts.write(path, accounts.add(people, accounts.Account(f"p{number}", "P", "learner", ())))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(enter, range(16)))
    assert len(accounts.read(path)) == 16
