"""Tissue that is kept: the same images from it, and never a wrong one, whatever befalls the folder."""

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from senolab.cases.cache import Cache
from senolab.cases.cohort import draw
from senolab.cases.faults import FAULTS
from senolab.cases.findings.catalogue import described
from senolab.cases.imaging import images_of
from senolab.cases.making import GENERATOR
from senolab.cases.plans import parse
from senolab.cases.scales import SCALES
from senolab.cases.vendors import VENDORS
from senolab.cases.woman import Woman
from senolab.cli.main import main as senolab

CI = SCALES["ci"]
GRID = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
WOMAN = Woman(7, 57, "c")
OTHERS = [
    pytest.param(WOMAN, {"vendor": VENDORS["B"]}, id="on another vendor's unit"),
    pytest.param(WOMAN, {"fault": FAULTS["nipple not in profile"]}, id="laid down badly"),
    pytest.param(
        Woman(7, 57, "c", findings=(described("spiculated mass", side="L", size_mm=12.0),)),
        {},
        id="with a mass",
    ),
]


def pixels(woman: Woman, **how: object) -> list[np.ndarray]:
    return [grey for image in images_of(woman, CI, **how) for grey in (image.pixels, image.raw)]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    cache = Cache(tmp_path_factory.mktemp("c") / "cache", GENERATOR)
    pixels(WOMAN, cache=cache)
    return cache


@pytest.mark.parametrize(("woman", "how"), OTHERS)
def test_the_same_breasts_are_found_again_and_give_the_same_bits(
    filled: Cache, woman: Woman, how: dict
) -> None:
    before = sorted(filled.folder.iterdir())
    assert len(before) == 2  # a breast each
    found = pixels(woman, cache=filled, **how)
    assert sorted(filled.folder.iterdir()) == before
    assert all(map(np.array_equal, found, pixels(woman, **how)))


@pytest.mark.parametrize(
    "other",
    [Woman(8, 57, "c"), Woman(7, 57, "b"), Woman(7, 57, "c", size=1.1)],
    ids=["seed", "class", "size"],
)
def test_another_woman_is_computed(filled: Cache, tmp_path: Path, other: Woman) -> None:
    cache = Cache(tmp_path, GENERATOR)
    pixels(other, cache=cache)
    assert not {path.name for path in tmp_path.iterdir()} & {path.name for path in filled.folder.iterdir()}


def test_other_rules_find_nothing_of_these() -> None:
    parts = [GRID, np.array(1.0)]
    keys = {Cache(Path(), version).key(parts) for version in (1, 2)}
    keys |= {Cache(Path(), 1).key([GRID.reshape(4, 3, 2), np.array(1.0)]), Cache(Path(), 1).key(parts[:1])}
    keys.add(Cache(Path(), 1).key([GRID, np.array(1.0, np.float32)]))
    assert len(keys) == 5


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:20],
        lambda data: data[:-1],
        lambda data: data[:-1] + bytes([data[-1] ^ 1]),
        lambda data: bytes([data[0] ^ 1]) + data[1:],
    ],
    ids=["empty", "cut early", "cut late", "a bit of the grid", "a bit of the hash"],
)
def test_what_is_damaged_is_not_taken(tmp_path: Path, damage) -> None:
    cache = Cache(tmp_path, 1)
    cache.put("key", GRID)
    found = cache.get("key", GRID.shape)
    assert found is not None and np.array_equal(found, GRID)
    (tmp_path / "key").write_bytes(damage((tmp_path / "key").read_bytes()))
    assert cache.get("key", GRID.shape) is None
    cache.put("key", GRID)  # computed anew
    assert cache.get("key", GRID.shape) is not None


def test_a_grid_of_another_size_is_not_taken_nor_unpacked_to_its_end(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 1)
    cache.put("key", np.zeros((1000, 1000), np.uint8))
    assert cache.get("key", (10, 10)) is None
    assert cache.get("key", (2000, 1000)) is None


def test_the_folder_is_private_and_bounded_and_what_is_used_stays(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (4, 1000), np.uint8)
    cache = Cache(tmp_path / "cache", 1, most=11_000)
    for number, key in enumerate(("first", "second")):
        cache.put(key, noise)
        os.utime(cache.folder / key, (number, number))  # long ago
    assert cache.folder.stat().st_mode & 0o777 == 0o700
    assert (cache.folder / "first").stat().st_mode & 0o077 == 0
    assert cache.get("first", noise.shape) is not None  # so it is the second that was not used
    cache.put("third", noise)
    assert {path.name for path in cache.folder.iterdir()} == {"first", "third"}


def test_a_folder_that_cannot_be_made_costs_time_alone(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("no folder")
    cache = Cache(tmp_path / "cache", 1)
    cache.put("key", GRID)
    assert cache.get("key", GRID.shape) is None


def test_a_full_disk_leaves_no_half(tmp_path: Path) -> None:
    words = (
        "import resource, sys, numpy as np; from pathlib import Path; from senolab.cases.cache import Cache; "
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)); "
        "grid = np.random.default_rng(1).integers(0, 256, 4000, np.uint8); "
        "Cache(Path(sys.argv[1]), 1).put('key', grid)"
    )
    subprocess.run([sys.executable, "-c", words, str(tmp_path)], check=True)
    assert list(tmp_path.iterdir()) == []


def put_often(folder: Path) -> None:
    for number in range(200):
        cache = Cache(folder, 1, most=300)
        cache.put(f"key-{number % 5}", GRID)
        found = cache.get(f"key-{number % 5}", GRID.shape)
        assert found is None or np.array_equal(found, GRID)


def test_several_processes_fill_and_empty_one_folder_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    others = [context.Process(target=put_often, args=(tmp_path,)) for _ in range(2)]
    for one in others:
        one.start()
    for one in others:
        one.join(60)
    assert [one.exitcode for one in others] == [0, 0]


PLAN = "name: two\nwomen:\n  - {density: b, age: 55, findings: none}\n"


def test_a_cohort_made_elsewhere_for_another_vendor_takes_the_tissue_and_the_command_may_decline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    state, spec = tmp_path / "state", tmp_path / "two.yaml"
    state.mkdir()
    spec.write_text(PLAN)
    words = ["exams", "make", str(spec), "--scale", "ci", "--jobs", "1", "--state", str(state)]
    assert senolab([*words, "--no-cache"]) == 0
    assert not (state / "cache").exists()
    assert senolab([*words, "--out", str(tmp_path / "one")]) == 0
    kept = sorted((state / "cache").iterdir())
    assert len(kept) == 2
    assert senolab([*words, "--out", str(tmp_path / "two"), "--vendor", "B"]) == 0
    assert sorted((state / "cache").iterdir()) == kept
    made = [tmp_path / where / "images" for where in ("one", "two")]
    assert [len(list(folder.glob("*/*.dcm"))) for folder in made] == [4, 4]
    without = draw(
        parse(PLAN, "two"),
        secret=b"0123456789abcdef",
        out_images=tmp_path / "i",
        out_truth=tmp_path / "t",
        scale="ci",
    )
    assert len(without) == 1 and not (tmp_path / "cache").exists()
