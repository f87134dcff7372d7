"""The library: exams come in whole, are found by what they are, and keep their truth apart."""

import json
import subprocess
import sys

import pytest
from senolab.cases.findings.catalogue import KINDS
from senolab.cases.library import Library
from senolab.cases.truth import FindingTruth, Truth
from senolab.cases.vendors import VENDORS
from senolab.cli.main import main

ENTRY = {
    "vendor": "Senolab",
    "licence": "CC0-1.0",
    "synthetic": True,
    "source": "tests",
    "density": "b",
    "age": 60,
}


@pytest.fixture
def library(drawn, tmp_path) -> Library:
    library = Library(tmp_path)
    for exam in drawn:
        truth = exam.images.parents[1] / "truth" / exam.id
        library.add(exam.id, exam.views, truth=truth, **ENTRY)
    return library


def test_exams_are_listed_with_their_views_in_hanging_order(library, drawn):
    assert sorted(exam.id for exam in library.list()) == sorted(exam.id for exam in drawn)
    assert list(library.list()[0].views) == ["RCC", "LCC", "RMLO", "LMLO"]


def test_exams_are_found_by_finding_density_vendor_and_text(library, drawn):
    assert [e.id for e in library.find(finding="normal")] == [drawn[0].id]
    assert [e.id for e in library.find(finding="mass")] == [drawn[1].id]
    assert len(library.find(density="B", vendor="senolab")) == 2
    assert library.find(vendor="seno") == []
    assert library.find(density="c") == []
    assert len(library.find("cc0")) == 2
    assert len(library.find(view="RCC", synthetic=True)) == 2
    size = round(drawn[1].truth.lesions[0].size_mm)
    assert [e.id for e in library.find(size=f"{size - 1}-{size + 1}")] == [drawn[1].id]
    assert library.find(size=f"{size + 1}-99") == []
    assert len(library.find(age="15-99")) == 2
    age = library.get(drawn[0].id).age
    assert [e.id for e in library.find(age=age, finding="normal")] == [drawn[0].id]
    with pytest.raises(ValueError, match="age is a number or a range"):
        library.find(age="old")
    with pytest.raises(ValueError, match="write 8-15"):
        library.find(size="15-8")
    with pytest.raises(ValueError, match="density is one of a, b, c, d"):
        library.find(density="x")
    with pytest.raises(ValueError, match="shoe size"):
        library.find(**{"shoe size": 38})


# Typically benign: nothing that the woman should be recalled for.
BENIGN = (
    ("vascular calcifications", {"size_mm": 41.0, "morphology": "vascular", "distribution": "linear"}),
    ("popcorn calcification", {"size_mm": 7.4, "morphology": "coarse or popcorn-like"}),
    ("lymph node", {"size_mm": 6.2, "shape": "reniform", "margin": "circumscribed"}),
    ("architectural distortion", {"category": "2"}),
    ("global asymmetry", {"size_mm": 60.0}),
    ("lipoma", {"size_mm": 20.0, "shape": "oval", "margin": "circumscribed", "density": "fat-containing"}),
)


def described_as(kind: str, words: dict) -> FindingTruth:
    row, usual = KINDS[kind], {"category": "2", "size_mm": None, "group": KINDS[kind].group}
    return FindingTruth(
        id=f"finding of {kind}", kind=kind, label=row.label, side="R", views=(), **usual | words
    )


@pytest.fixture
def varied(drawn, tmp_path) -> Library:
    """An exam by each vendor and two by real makers; ``bennett`` shows all that is typically benign."""
    library, images, told = Library(tmp_path), {"RCC": drawn[0].views["RCC"]}, tmp_path / "told"
    told.mkdir()
    truth = Truth("normal", "b", 60, tuple(described_as(*one) for one in BENIGN))
    (told / "truth.json").write_text(truth.to_json())
    for key, vendor in VENDORS.items():
        library.add(f"of-{key}", images, **ENTRY | {"vendor": vendor.name})
    library.add("ge", images, **ENTRY | {"vendor": "GE MEDICAL SYSTEMS"})
    library.add("bennett", images, truth=told, **ENTRY | {"vendor": "Bennett"})
    return library


def ids(exams) -> list[str]:
    return [exam.id for exam in exams]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("A", ["of-A"]),
        ("a2", ["of-A2"]),
        ("B", ["of-B"]),
        ("Senolab Vendor A", ["of-A"]),
        ("GE", ["ge"]),
        ("medical systems", ["ge"]),
        ("systems medical", []),
        ("bennet", []),
        ("lab", []),
        ("", []),
    ],
)
def test_a_vendor_is_found_by_whole_words_of_its_name(varied, words, found):
    assert ids(varied.find(vendor=words)) == found


@pytest.mark.parametrize(
    "criteria",
    [
        *(
            {"finding": word}
            for word in ("vascular", "lymph", "popcorn", "circumscribed oval", "normal", "fat")
        ),
        *({"group": word} for word in ("mass", "calcification", "distortion", "asymmetry", "node")),
        {"kind": "lymph node"},
        {"shape": "Reniform"},
        {"margin": "circumscribed"},
        {"morphology": "popcorn-like"},
        {"distribution": "linear"},
        {"category": 2},
        {"finding": "category 2"},
        {"finding": "normal", "size": "5-8"},
        *({"size": word} for word in ("41", "7", "6", "60-70")),
        {"group": "calcification", "size": "35-45"},
    ],
    ids=str,
)
def test_typically_benign_findings_are_found_by_what_they_are_and_by_size(varied, criteria):
    assert ids(varied.find(**criteria)) == ["bennett"]


@pytest.mark.parametrize(
    "criteria",
    [
        {"finding": "spiculated"},
        {"finding": "vascular node"},
        {"finding": "node", "size": "41"},
        {"category": "4"},
        {"margin": "scribed"},
        {"group": ""},
        {"size": "8-19"},
    ],
    ids=str,
)
def test_what_no_single_finding_has_is_not_found(varied, criteria):
    assert ids(varied.find(**criteria)) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("vascular", ["bennett"]),
        ("LYMPH node", ["bennett"]),
        ("intramam", ["bennett"]),
        ("medical", ["ge"]),
        ("vendor a", ["of-A"]),
        ("enolab", []),
        ("images", []),
        ("density", []),
        ("?!", []),
    ],
)
def test_text_is_found_in_all_that_is_told_and_not_in_paths_or_headings(varied, text, found):
    assert ids(varied.find(text)) == found


def test_what_only_the_truth_tells_is_not_found_without_it(varied):
    blind = Library("unused", images=varied.images, truth=varied.images / "nowhere")
    assert len(blind.list()) == 5
    assert blind.find("vascular") == blind.find(finding="vascular") == blind.find(finding="None") == []
    assert blind.find(category="2") == blind.find(size="1-90") == blind.find(group="node") == []
    assert all(exam.entry()["findings"] == [] for exam in blind.list())


def test_the_command_finds_made_exams_by_vendor_and_by_benign_findings(tmp_path, capsys):
    plan, library = tmp_path / "one.yaml", ["--library", str(tmp_path / "lib")]
    woman = "{density: b, size: 0.9, findings: [{kind: vascular calcifications}]}"
    plan.write_text(f"name: one\nwomen: [{woman}]\n")
    for key in VENDORS:
        words = ["--vendor", key, "--scale", "ci", "--jobs", "1"]
        assert main(["exams", "make", str(plan), *words, *library]) == 0
    made = {exam.vendor: exam.id for exam in Library(tmp_path / "lib").list()}
    capsys.readouterr()

    def found(*words: str) -> list[str]:
        assert main(["exams", "search", *words, *library, "--json"]) == 0
        return [entry["id"] for entry in json.loads(capsys.readouterr().out)]

    for key in VENDORS:
        assert found("--vendor", key) == [made[f"Senolab Vendor {key}"]]
    for words in (["vascular"], ["--finding", "vascular"], ["--group", "calcification", "--size", "15-95"]):
        assert sorted(found(*words)) == sorted(made.values())
    assert found("--finding", "popcorn") == []


def test_truth_and_images_lie_apart(library, drawn):
    assert library.truth(drawn[1].id) == drawn[1].truth
    assert library.prompt(drawn[1].id) == drawn[1].prompt
    blind = Library("unused", images=library.images, truth=library.images / "nowhere")
    assert blind.get(drawn[1].id).finding is None
    assert blind.truth(drawn[1].id) is None
    assert not [p for p in library.images.rglob("*") if "truth" in p.name or "seg" in p.name]


def test_an_exam_is_got_by_the_beginning_of_its_id(library, drawn):
    assert library.get(drawn[0].id[:8]).id == drawn[0].id
    for word in ("", "ex-", "none"):
        with pytest.raises(KeyError, match="exam"):
            library.get(word)


def test_an_exam_is_added_once(library, drawn):
    with pytest.raises(ValueError, match="already"):
        library.add(drawn[0].id, drawn[0].views, **ENTRY)


def test_half_an_exam_is_never_listed(library, drawn, tmp_path):
    (library.images / ".adding-x").mkdir()
    (library.images / "half").mkdir()
    (library.images / "damaged").mkdir()
    (library.images / "damaged" / "exam.json").write_text("{")
    with pytest.raises(FileNotFoundError):
        library.add("gone", {"RCC": tmp_path / "missing.dcm"}, **ENTRY)
    assert len(library.list()) == 2
    assert not (library.images / "gone").exists()


# Adds an exam again and again, each time in a library of its own, and is killed one step later each time:
# before a file is copied or written, before a folder is put into its place.
KILLED = """
import os, shutil, signal, sys
from pathlib import Path
from senolab.cases.library import Library

def counted(work):
    def do(*words):
        if next(steps) == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return work(*words)
    return do

shutil.copyfile, Path.rename = counted(shutil.copyfile), counted(Path.rename)
Path.write_text = counted(Path.write_text)
root, images, truth = map(Path, sys.argv[1:])
views = {path.stem: path for path in images.glob("*.dcm")}
for last in range(100):
    steps, child = iter(range(100)), os.fork()
    if child == 0:
        Library(root / str(last)).add(
            "killed", views, truth=truth, vendor="V", licence="own", synthetic=False, source="tests"
        )
        os._exit(0)
    if os.waitpid(child, 0)[1] != signal.SIGKILL:
        break
"""


def test_one_that_is_killed_at_any_step_can_be_added_again_and_is_never_half_there(drawn, tmp_path):
    exam = drawn[1]
    truth = exam.images.parents[1] / "truth" / exam.id
    words = [str(tmp_path), str(exam.images), str(truth)]
    subprocess.run([sys.executable, "-c", KILLED, *words], check=True)
    *killed, whole = [Library(tmp_path / str(step)) for step in range(len(list(tmp_path.iterdir())))]
    assert len(killed) == 4 + len(list(truth.iterdir())) + 3  # its files, its entry, its two folders
    for library in killed:
        assert library.list() == []
        library.add("killed", exam.views, truth=truth, **ENTRY)
    for library in (*killed, whole):
        (added,) = library.list()
        assert (added.id, added.finding, len(added.views)) == ("killed", "spiculated mass", 4)
        for parent in (library.images, library.truths):
            assert [path.name for path in parent.iterdir()] == ["killed"]


def test_a_damaged_exam_is_told_with_the_way_out(library, drawn):
    (library.images / drawn[0].id / "exam.json").write_text("{")
    with pytest.raises(ValueError, match=r"cannot be read there: move .* away"):
        library.add(drawn[0].id, drawn[0].views, **ENTRY)


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "x" * 65])
def test_a_name_that_leads_elsewhere_is_refused(library, drawn, name):
    with pytest.raises(ValueError, match="no exam id"):
        library.add(name, drawn[0].views, **ENTRY)
    assert library.truth(name) is None


def test_an_entry_is_plain_data(library):
    assert json.loads(json.dumps(library.list()[0].entry()))["synthetic"] is True
