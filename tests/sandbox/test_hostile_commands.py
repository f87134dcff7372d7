"""Hostile commands behind the walls: each script of hostile/ tries one thing, and gets nothing."""

import os
import sys
import time
from pathlib import Path

import pytest
from sandbox_scene import HOSTILE, MANIFEST, Scene, limits_of, matches, said
from senolab.sandbox import Limits, Mount, run


def test_every_hostile_script_stands_in_the_manifest() -> None:
    assert {path.stem for path in HOSTILE.glob("*.py")} == set(MANIFEST)


@pytest.mark.parametrize("name", sorted(MANIFEST))
def test_a_hostile_command_gets_nothing(scene: Scene, name: str) -> None:
    entry = MANIFEST[name]
    before = scene.prints()

    done = scene.run(name, **limits_of(entry))

    words = said(done)
    as_root = os.geteuid() == 0 and "root_reason" in entry
    assert done.reason == (entry["root_reason"] if as_root else entry.get("reason")), words
    if not as_root:
        assert matches(entry.get("says", ""), words), words
    if done.reason is None:
        assert done.returncode == entry.get("status", 0), words
    assert "got" not in words
    assert scene.word not in words
    assert scene.prints() == before
    assert scene.callers() == []
    assert scene.victim.poll() is None


@pytest.mark.parametrize(
    "name", [name for name in sorted(MANIFEST) if MANIFEST[name].get("reason") == "kernel"]
)
def test_what_is_held_or_hidden_in_the_kernel_is_found_under_a_warden_too(scene: Scene, name: str) -> None:
    done = scene.run(name, warden=True, **limits_of(MANIFEST[name]))
    assert done.reason == "kernel", said(done)
    assert "got" not in said(done)


def test_a_detached_process_dies_with_its_command(scene: Scene) -> None:
    scene.run("outlive")
    time.sleep(1.5)
    assert list(scene.home.iterdir()) == []


def test_output_is_cut_at_its_limit(scene: Scene) -> None:
    done = scene.run("huge_output", output=100_000)
    assert done.reason == "output"
    assert len(done.stdout) <= 100_000


def test_nothing_is_left_from_one_command_to_the_next(scene: Scene) -> None:
    assert "/tmp" in scene.run("leave_something").text
    (scene.home / "left-behind").unlink()  # the home is theirs and stays
    assert "got" not in scene.run("find_leftovers").text


def test_only_the_home_and_the_temporary_folders_can_be_written(scene: Scene) -> None:
    left = scene.run("leave_something").text
    assert left.strip() == "['/tmp', '/dev/shm', '/var/tmp', '/home/ana']"


def test_a_planted_link_leads_no_mount_to_another_place(scene: Scene) -> None:
    scene.run("plant_links")
    before = sorted((scene.state / "secrets").iterdir())
    course = Mount(scene.state / "courses" / "reading", "/home/ana/courses/reading", writable=True)

    done = run(["true"], mounts=[course], home=scene.home, user="ana")

    assert done.reason == "sandbox"
    assert "could not be prepared" in done.complaint
    assert sorted((scene.state / "secrets").iterdir()) == before


def test_a_planted_link_leads_a_reader_inside_nowhere(scene: Scene) -> None:
    (scene.home / "peek").symlink_to(scene.state / "secrets" / "release.key")
    done = run(["cat", "/home/ana/peek"], home=scene.home, user="ana")
    assert scene.word not in said(done)
    assert "No such file" in said(done)


def test_an_open_descriptor_of_the_caller_does_not_get_in(scene: Scene, tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / "people.json", os.O_RDONLY)
    os.set_inheritable(descriptor, True)
    try:
        done = run([sys.executable, "-c", f"import os; print(os.read({descriptor}, 99))"])
    finally:
        os.close(descriptor)
    assert "Bad file descriptor" in done.complaint


def test_two_sandboxes_do_not_count_each_others_processes() -> None:
    code = (
        "import os, time\nfor _ in range(20):\n    if os.fork() == 0:\n        time.sleep(30)\nprint('all')"
    )
    for _ in range(2):
        assert run([sys.executable, "-c", code], limits=Limits(processes=30)).text == "all\n"
