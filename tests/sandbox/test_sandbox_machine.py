"""Why sandboxes cannot be built, and what mends it."""

from pathlib import Path

import pytest
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


def test_a_missing_program_is_named_with_its_install_command(forgetful, monkeypatch) -> None:
    monkeypatch.setattr(machine.shutil, "which", lambda name: None if name == "bwrap" else f"/usr/bin/{name}")
    assert available() == machine.Availability(
        False, "The program bubblewrap (bwrap) is not installed.", "sudo apt-get install bubblewrap"
    )


def test_an_old_program_is_named(forgetful, monkeypatch) -> None:
    monkeypatch.setattr(machine, "_version", lambda program: (0, 6))
    assert "0.6 is too old" in available().why
