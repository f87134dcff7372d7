"""A real exam from the vendor's machine to the learner's record: imported, shown in a lesson, marked."""

import json
import shutil
from pathlib import Path

import numpy as np
import pydicom
import pytest
from senolab.cases.library import Library
from senolab.cli.main import main as senolab
from senolab.sandbox import available
from widgets_making import CELLS, keys, release
from widgets_rig import Opened, open_lesson, wait_for_act

pytestmark = pytest.mark.browser
VIEW, FOUND = "RMLO", 10.0  # mm between a mark and the lesion that it finds


@pytest.fixture(scope="module")
def imported(real_mammogram: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Library, str]:
    """A library with the real mammogram, as an instructor imports it; and the exam's id."""
    if not available().ok:
        pytest.skip(f"No sandbox on this machine: {available().why}")
    folder = tmp_path_factory.mktemp("library")
    assert senolab(["exams", "import", str(real_mammogram), "--library", str(folder), "--yes"]) == 0
    (exam,) = Library(folder).list()
    assert (exam.synthetic, exam.vendor, list(exam.views)) == (False, "GE MEDICAL SYSTEMS", [VIEW])
    return Library(folder), exam.id


def in_the_breast(path: Path) -> tuple[float, float]:
    """A place in the middle of the breast, in mm from the corner of the stored pixels."""
    image = pydicom.dcmread(path)
    rows, columns = np.nonzero(image.pixel_array > image.pixel_array.mean())
    across, down = float(image.ImagerPixelSpacing[1]), float(image.ImagerPixelSpacing[0])
    return float(columns.mean()) * across, float(rows.mean()) * down


def show_in(notebook: Path, imported: tuple[Library, str]) -> tuple[float, float]:
    """Have a lesson show the imported exam, with a lesion told in the middle of the breast; return where."""
    library, exam = imported
    folder = notebook.parent
    shutil.rmtree(folder / "exams")
    out = ["--library", str(library.images.parent), "--out", str(folder / "exams")]
    assert senolab(["exams", "export", exam, *out]) == 0
    x, y = in_the_breast(folder / "exams" / exam / f"{VIEW}.dcm")
    terms, truth = release(), keys()
    terms["cases"]["case-1"]["exam"] = {"A": exam}
    lesion = {"id": "lesion-1", "view": VIEW, "label": "Mass", "x_mm": x, "y_mm": y, "radius_mm": 6.0}
    truth["questions"]["mark-1"]["A"] |= {"lesions": [lesion], "radius_mm": FOUND}
    truth["reveals"]["case-1"]["A"] |= {"findings": [lesion], "prompt": {"score": 0, "boxes": []}}
    (folder / "release.json").write_text(json.dumps(terms), "utf-8")
    (folder / "self-check.json").write_text(json.dumps(truth), "utf-8")
    return x, y


def click(opened: Opened, across: float, down: float, count: int) -> list[dict]:
    """Click at a share of the view's width and height; return the marks as the record then has them."""
    box = opened.box(VIEW)
    opened.page.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])
    return wait_for_act(opened, lambda act: act["question"] == "mark-1" and len(act["value"]) == count)[
        "value"
    ]


def test_a_real_mammogram_is_imported_read_in_a_lesson_and_the_answer_is_in_the_record(
    browser, server, make_lesson, imported
) -> None:
    notebook = make_lesson(CELLS[:1])
    x, y = show_in(notebook, imported)
    opened = open_lesson(browser, server, notebook)
    opened.lit(1)
    opened.settle()
    check_its_own_window(opened)
    page = opened.page
    page.get_by_role("button", name="Place a mark").click()
    one, two = click(opened, 0.9, 0.3, 1)[0], click(opened, 0.7, 0.7, 2)[1]
    assert {mark["view"] for mark in (one, two)} == {VIEW}
    across = 0.9 + (x - one["x_mm"]) / (two["x_mm"] - one["x_mm"]) * (0.7 - 0.9)
    down = 0.3 + (y - one["y_mm"]) / (two["y_mm"] - one["y_mm"]) * (0.7 - 0.3)
    found = click(opened, across, down, 3)[2]
    assert (found["x_mm"], found["y_mm"]) == pytest.approx((x, y), abs=2)
    page.get_by_role("spinbutton", name="Probability in per cent").fill("80")
    page.keyboard.press("Tab")
    wait_for_act(opened, lambda act: act["question"] == "sure-1" and act["value"] == 80)
    page.locator('.sl-main[aria-disabled="false"]').first.click()
    page.get_by_role("button", name="Commit now").click()
    page.get_by_text("You found the lesion.").wait_for()
    assert wait_for_act(opened, lambda act: act["case"] == "case-1", "commit")["value"]["mark-1"][2] == found
    assert opened.failures == opened.strangers == []
    page.context.close()


def check_its_own_window(opened: Opened) -> None:
    """The vendor's own curves are offered, and change what is seen."""
    before = opened.mean(VIEW)
    assert 3 < before < 200
    presets = opened.page.locator(".sl-bar select")
    assert presets.locator("option").all_inner_texts()[:3] == ["Normal", "Harder", "Softer"]
    presets.select_option("Harder")
    opened.settle()
    assert opened.mean(VIEW) != pytest.approx(before, abs=0.3)
