"""Taking exams in: folders that are a trap, one bad file among good ones, names anew, licences accepted."""

import json
import os
import pwd
import struct
import time
import zlib
from datetime import date
from pathlib import Path

import numpy as np
import pydicom
import pytest
from odd_files import good, pixels, saved
from PIL import Image
from senolab.cases.importing import plan, take_in
from senolab.cases.library import Library
from senolab.cases.taking import sandboxed
from senolab.cases.taking.sandboxed import Job, done
from senolab.cases.taking.walking import Refused
from senolab.cli.main import main
from senolab.sandbox import available


@pytest.fixture(autouse=True)
def _sandbox():
    ready = available()
    if not ready.ok:
        pytest.skip(f"no sandbox on this machine: {ready.why}")


@pytest.fixture
def folder(tmp_path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    return folder


def put(folder: Path, name: str, number: int, **words: object) -> Path:
    ds = good(number)
    for word, value in words.items():
        setattr(ds, word, value)
    ds.PixelData = (pixels() + number % 50).astype("<u2").tobytes()
    (folder / name).write_bytes(saved(ds))
    return folder / name


def take(folder: Path, tmp_path: Path, *words: str) -> int:
    licence = () if "--licence" in words else ("--licence", "own", "--yes")
    return main(["exams", "import", str(folder), "--library", str(tmp_path / "lib"), *licence, *words])


def test_one_bad_file_stops_no_other_and_both_lists_are_told(folder, tmp_path, capsys):
    put(folder, "good.dcm", 1)
    (folder / "bad.dcm").write_bytes(b"hello")
    assert take(folder, tmp_path, "--json") == 1
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert [Path(one["file"]).name for one in told["taken"]] == ["good.dcm"]
    assert [Path(one["file"]).name for one in told["refused"]] == ["bad.dcm"]
    assert [exam["id"] for exam in told["exams"]] == [told["taken"][0]["exam"]]
    assert err.splitlines()[-1] == "1 of 2 files were taken into 1 exam, 1 refused"


def test_several_images_of_a_view_are_all_kept(folder, tmp_path):
    common = {"StudyInstanceUID": "2.25.77"}
    put(folder, "a.dcm", 1, **common)
    put(folder, "b.dcm", 2, **common)
    raw = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.1.2.1", "PresentationIntentType": "FOR PROCESSING"}
    put(folder, "c.dcm", 3, **common, **raw)
    put(folder, "d.dcm", 4, **common, ImageLaterality="R")
    assert take(folder, tmp_path) == 0
    (exam,) = Library(tmp_path / "lib").list()
    assert list(exam.views) == ["RCC", "LCC", "LCC-2", "LCC-raw"]
    assert exam.imported and exam.imported["images"]["LCC-raw"]["intent"] == "FOR PROCESSING"
    assert len({pydicom.dcmread(path).StudyInstanceUID for path in exam.views.values()}) == 1
    assert len({pydicom.dcmread(path).SOPInstanceUID for path in exam.views.values()}) == 4


def test_the_same_file_is_known_again_and_a_later_image_of_a_study_is_taken(folder, tmp_path, capsys):
    put(folder, "a.dcm", 1, StudyInstanceUID="2.25.77")
    assert take(folder, tmp_path) == 0
    (folder / "copy.dcm").write_bytes((folder / "a.dcm").read_bytes())
    put(folder, "b.dcm", 2, StudyInstanceUID="2.25.77", ImageLaterality="R")
    assert take(folder, tmp_path) == 1
    told = capsys.readouterr().err
    assert "a.dcm: it is already in this library: exam imported-" in told
    assert "copy.dcm: it is already in this library" in told
    one, other = Library(tmp_path / "lib").list()
    assert other.id == f"{one.id}-2"
    studies = {
        pydicom.dcmread(path).StudyInstanceUID for exam in (one, other) for path in exam.views.values()
    }
    assert len(studies) == 1


def test_two_exams_of_one_woman_stay_linked_and_their_interval_stays(folder, tmp_path):
    put(folder, "2020.dcm", 1, PatientID="ward4711", StudyDate="20200229")
    put(folder, "2022.dcm", 2, PatientID="ward4711", StudyDate="20220301")
    put(folder, "other.dcm", 3, PatientID="4712", StudyDate="20200229")
    put(folder, "nobody.dcm", 4, PatientID="ANONYMOUS", StudyDate="20200229")
    put(folder, "nobody-else.dcm", 5, PatientID="ANONYMOUS", StudyDate="20200229")
    assert take(folder, tmp_path) == 0
    exams = Library(tmp_path / "lib").list()
    by: dict[str, list[date]] = {}
    for exam in exams:
        assert exam.imported
        by.setdefault(exam.imported["patient"], []).append(date.fromisoformat(exam.imported["day"]))
    assert sorted(map(len, by.values())) == [1, 1, 1, 2]
    (pair,) = [sorted(days) for days in by.values() if len(days) == 2]
    assert (pair[1] - pair[0]).days == 731
    assert pair[0] != date(2020, 2, 29)
    told = {pydicom.dcmread(path).StudyDate for exam in exams for path in exam.views.values()}
    assert told == {day.strftime("%Y%m%d") for days in by.values() for day in days}
    everything = b"".join(path.read_bytes() for path in (tmp_path / "lib").rglob("*") if path.is_file())
    assert b"ward4711" not in everything and b"20200229" not in everything and b"2020-02-29" not in everything


def test_the_secret_is_its_owners_and_another_library_gives_other_names(folder, tmp_path):
    put(folder, "a.dcm", 1)
    take(folder, tmp_path)
    take(folder, tmp_path / "second")
    secret = tmp_path / "lib" / "import-secret"
    assert secret.stat().st_mode & 0o777 == 0o600
    one, other = (Library(root).list()[0] for root in (tmp_path / "lib", tmp_path / "second" / "lib"))
    assert one.imported and other.imported
    assert one.imported["patient"] != other.imported["patient"] and one.id != other.id


def test_links_pipes_devices_and_names_of_a_trap_are_told_and_harmless(folder, tmp_path, capsys):
    good_one = put(folder, "good.dcm", 1)
    outside = put(tmp_path, "outside.dcm", 2)
    (folder / "out.dcm").symlink_to(outside)
    (folder / "loop.dcm").symlink_to("loop.dcm")
    (folder / "again.dcm").symlink_to(good_one)
    (folder / "up").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe.dcm")
    (folder / "\x1b[2J\x1b]0;owned\x07\nnew line.dcm").write_bytes(b"x" * 9)
    (folder / os.fsdecode(b"bad\xff\xfe.dcm")).write_bytes(b"x" * 9)
    (folder / "notes.txt").write_text("beside")
    began = time.monotonic()
    assert take(folder, tmp_path, "--json") == 1
    assert time.monotonic() - began < 120
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert [Path(one["file"]).name for one in told["taken"]] in (["good.dcm"], ["again.dcm"])
    why = {Path(one["file"]).name: one["why"] for one in told["refused"]}
    assert "leads out of the folder" in why["out.dcm"] and "leads out of the folder" in why["up"]
    assert "leads nowhere" in why["loop.dcm"]
    assert why["pipe.dcm"] == "it is a pipe, not a file"
    assert len(why) == 6
    assert "\x1b" not in err + out and "\x07" not in err and "\\x1b[2J" in err
    assert "1 texts and hidden files were left aside" in err


def test_a_licence_that_is_a_pipe_or_speaks_to_the_terminal_does_no_harm(folder, tmp_path, capsys):
    put(folder, "good.dcm", 1)
    os.mkfifo(folder / "LICENSE")
    assert main(["exams", "import", str(folder), "--library", str(tmp_path / "lib"), "--yes"]) == 1
    assert "--licence" in capsys.readouterr().err
    (folder / "LICENSE").unlink()
    (folder / "LICENSE").write_text("Kind \x1b[31mlicence\x07\r\nsecond line")
    assert main(["exams", "import", str(folder), "--library", str(tmp_path / "lib"), "--yes"]) == 0
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err and "second line" in err


def bomb(path: Path, rows: int = 30000) -> None:
    """A PNG of few bytes and very many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", rows, rows, 8, 0, 0, 0, 0)
    data = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1 << 20))) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + data)


def test_pictures_that_are_bombs_colours_masks_or_cut_are_refused(folder, tmp_path, capsys):
    bomb(folder / "RCC-bomb.png")
    colours = np.zeros((40, 30, 3), np.uint8)
    colours[:, :, 0] = 200
    Image.fromarray(colours).save(folder / "RCC-colour.png")
    Image.fromarray(np.repeat(colours[:, :, :1], 3, axis=2)).save(folder / "LCC-grey.png")
    Image.fromarray(np.eye(40, dtype=bool)).save(folder / "RCC-mask.png")
    data = (folder / "LCC-grey.png").read_bytes()
    (folder / "RMLO-cut.png").write_bytes(data[: len(data) // 2])
    Image.fromarray(pixels().astype(np.uint16) << 4).save(folder / "RMLO.png")
    assert take(folder, tmp_path, "--json") == 1
    told = json.loads(capsys.readouterr().out)
    why = {Path(one["file"]).stem: one["why"] for one in told["refused"]}
    assert {Path(one["file"]).stem for one in told["taken"]} == {"LCC-grey", "RMLO"}
    assert "than any detector" in why["RCC-bomb"]
    assert "colour picture" in why["RCC-colour"]
    assert "mask" in why["RCC-mask"]
    assert "cut short" in why["RMLO-cut"]


def test_a_file_that_hangs_crashes_or_fills_the_memory_ends_alone(tmp_path, monkeypatch):
    """The reader is replaced: what a hostile file does to a decoder cannot be made to order."""
    files = []
    for name in ("hang", "crash", "memory", "fine"):
        (tmp_path / name).write_bytes(saved(good(1)))
        files.append(tmp_path / name)
    package = tmp_path / "hostile.py"
    package.write_text(
        "import os, sys, time\n"
        "from senolab.cases.untrusted import __main__ as reader, jobs\n"
        "look = jobs.look\n"
        "def hostile(job):\n"
        "    n = job['n']\n"
        "    if n == 0:\n"
        "        time.sleep(600)\n"
        "    if n == 1:\n"
        "        os.abort()\n"
        "    if n == 2:\n"
        "        bytearray(8 << 30)\n"
        "    return look(job)\n"
        "jobs.look = hostile\n"
        "sys.exit(reader.main())\n"
    )
    monkeypatch.setattr(sandboxed, "_SECONDS", 5.0)
    real = sandboxed.run

    def run(words, *, mounts, **others):
        mounts = [*mounts, sandboxed.Mount(package, "/mnt/hostile.py")]
        return real([words[0], "/mnt/hostile.py"], mounts=mounts, **others)

    monkeypatch.setattr(sandboxed, "run", run)
    home = tmp_path / "home"
    home.mkdir()
    hang, crash, memory, fine = done([Job(file, "look") for file in files], home=home)
    assert isinstance(hang, Refused) and "too long" in hang.why
    assert isinstance(crash, Refused) and "failed" in crash.why
    assert isinstance(memory, Refused) and "memory" in memory.why
    assert isinstance(fine, dict) and fine["kind"] == "image"


def test_a_licence_is_accepted_once_by_each_account_and_goes_with_every_copy(
    folder, tmp_path, capsys, monkeypatch
):
    put(folder, "a.dcm", 1)
    words = ["--library", str(tmp_path / "lib")]
    assert main(["exams", "import", str(folder), *words, "--licence", "CC BY-NC 4.0"]) == 1
    assert "repeat with --yes" in capsys.readouterr().err
    assert not (tmp_path / "lib" / "images").exists()
    assert main(["exams", "import", str(folder), *words, "--licence", "CC BY-NC 4.0", "--yes"]) == 0
    (row,) = [json.loads(line) for line in (tmp_path / "lib" / "acceptances.jsonl").read_text().splitlines()]
    assert row["user"] == pwd.getpwuid(os.getuid()).pw_name and row["time"] and len(row["sha256"]) == 64
    put(folder, "b.dcm", 2)
    assert main(["exams", "import", str(folder / "b.dcm"), *words, "--licence", "CC BY-NC 4.0"]) == 0
    capsys.readouterr()
    assert main(["exams", "list", "--json", *words]) == 0
    terms = json.loads(capsys.readouterr().out)[0]["imported"]["terms"]
    assert (terms["spdx"], terms["non_commercial"], terms["redistribution"]) == ("CC-BY-NC-4.0", "yes", "yes")
    exam = Library(tmp_path / "lib").list()[0]
    assert main(["exams", "export", exam.id, "--out", str(tmp_path / "out"), *words]) == 0
    copied = {path.name for path in (tmp_path / "out" / exam.id).iterdir()}
    assert copied == {"LCC.dcm", "licence.json", "LICENCE.txt"}
    assert json.loads((tmp_path / "out" / exam.id / "licence.json").read_text()) == terms


def test_what_may_not_be_handed_on_leaves_only_with_whoever_accepted_it(
    folder, tmp_path, capsys, monkeypatch
):
    put(folder, "a.dcm", 1)
    library = Library(tmp_path / "lib")
    what = plan([folder], licence="hospital only")
    assert what.terms is not None
    from dataclasses import replace

    what = replace(what, terms=replace(what.terms, redistribution="no"))
    from senolab.cases.taking import terms

    terms.accept(tmp_path / "lib", what.terms, terms.account())
    (exam,) = take_in(library, what).exams
    words = ["exams", "export", exam.id, "--library", str(tmp_path / "lib"), "--out"]
    assert main([*words, str(tmp_path / "mine")]) == 0
    monkeypatch.setattr(terms, "account", lambda: "somebody")
    assert main([*words, str(tmp_path / "hers")]) == 1
    assert "forbids handing copies on, and somebody has not accepted it" in capsys.readouterr().err
    assert not (tmp_path / "hers" / exam.id).exists()
    assert main([*words, str(tmp_path / "hers"), "--yes"]) == 0
