"""Why sandboxes cannot be built, and what mends it."""

from pathlib import Path

import pytest
from senolab.cli import machine as launcher
from senolab.sandbox import available, machine


@pytest.mark.parametrize(
    ("files", "why", "mend"),
    [
        ({"proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1"}, "AppArmor", "bwrap-userns-restrict"),
        ({"proc/sys/kernel/unprivileged_userns_clone": "0"}, "switched off", "unprivileged_userns_clone=1"),
        ({"proc/sys/user/max_user_namespaces": "0"}, "no user namespaces", "max_user_namespaces=15000"),
        ({".dockerenv": ""}, "container", "--security-opt"),
        ({"run/.containerenv": ""}, "container", "--security-opt"),
        ({}, "no luck", "by hand"),
    ],
)
def test_each_cause_has_its_mend(tmp_path: Path, files: dict[str, str], why: str, mend: str) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = machine.explain("bwrap: no luck", tmp_path)
    assert not found.ok
    assert why in found.why
    assert mend in found.mend


@pytest.fixture
def forgetful():
    available.cache_clear()
    yield
    available.cache_clear()


@pytest.mark.parametrize(
    ("account", "lacks", "line"),
    [
        (1000, (), "sudo apt-get update && sudo apt-get install -y bubblewrap"),
        (1000, ("sudo",), "su -c 'apt-get update && apt-get install -y bubblewrap'"),
        (0, (), "apt-get update && apt-get install -y bubblewrap"),
    ],
)
def test_a_missing_program_is_named_with_the_launchers_own_line(
    forgetful, monkeypatch, account, lacks, line
) -> None:
    there = lambda name: None if name in ("bwrap", *lacks) else f"/usr/bin/{name}"  # noqa: E731
    monkeypatch.setattr(machine.shutil, "which", there)
    monkeypatch.setattr(machine.os, "geteuid", lambda: account)
    told = machine.Availability(False, "The program bubblewrap (bwrap) is not installed.", line)
    assert available() == told
    monkeypatch.setattr(launcher, "is_debian", lambda: True)
    assert launcher.install_line(["bubblewrap"]) == line


def test_an_old_program_is_named(forgetful, monkeypatch) -> None:
    monkeypatch.setattr(machine, "_version", lambda program: (0, 6))
    assert "0.6 is too old" in available().why
