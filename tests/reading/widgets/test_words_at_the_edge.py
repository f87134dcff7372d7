"""The words beside a finding can be read wherever the finding lies, on a wide screen and on a narrow one."""

import json
from pathlib import Path

import pytest
from widgets_making import CELLS, COLUMNS, ROWS, SPACING
from widgets_rig import Opened, open_lesson

pytestmark = pytest.mark.browser

NAME = "Fine pleomorphic calcifications"
WIDE, HIGH = COLUMNS * SPACING, ROWS * SPACING
# At the chest wall, which is the midline of the screen; and at the ends of the image.
LOW = (WIDE - 3.0, HIGH - 2.0)
PLACES = {"LCC": (3.0, 60.0), "RCC": (WIDE - 3.0, 60.0), "RMLO": (WIDE - 30.0, 2.0), "LMLO": LOW}
OUTSIDE = """() => [...document.querySelectorAll('.sl-truth text, .sl-prompt text')].filter((words) => {
  const [box, cell] = [words, words.closest('.sl-cell')].map((one) => one.getBoundingClientRect());
  return box.left < cell.left || box.right > cell.right || box.top < cell.top || box.bottom > cell.bottom;
}).map((words) => `${words.closest('.sl-cell').dataset.view}: ${words.textContent}`)"""


def with_findings_at_the_edges(notebook: Path) -> Path:
    """The lesson with a finding at an edge of each view, and the program's box round it."""
    path = notebook.with_name("self-check.json")
    keys = json.loads(path.read_text("utf-8"))
    reveal = keys["reveals"]["case-1"]["A"]
    finding = {"id": "lesion-1", "label": NAME, "radius_mm": 3.0, "outline_mm": None}
    reveal["findings"] = [{**finding, "view": view, "x_mm": x, "y_mm": y} for view, (x, y) in PLACES.items()]
    reveal["prompt"]["boxes"] = [
        {"view": view, "x0_mm": x - 4, "y0_mm": y - 4, "x1_mm": x + 4, "y1_mm": y + 4, "score": 0.7}
        for view, (x, y) in PLACES.items()
    ]
    path.write_text(json.dumps(keys), "utf-8")
    return notebook


def commit(opened: Opened) -> None:
    page = opened.page
    page.get_by_label("No finding: I would not recall").check()
    page.get_by_role("spinbutton", name="Probability in per cent").fill("5")
    page.keyboard.press("Tab")
    page.locator('.sl-main[aria-disabled="false"]').first.click()
    page.get_by_role("button", name="Commit now").click()
    page.get_by_text("Invasive cancer in the left breast").wait_for()


@pytest.mark.parametrize("width", [1280, 360])
def test_no_word_beside_a_finding_is_cut_off(browser, server, make_lesson, width: int) -> None:
    opened = open_lesson(browser, server, with_findings_at_the_edges(make_lesson(CELLS[:1])), width=width)
    opened.lit()
    commit(opened)
    opened.settle()
    names = opened.page.locator(".sl-truth text")
    assert names.all_text_contents() == [NAME] * len(PLACES)
    assert opened.page.evaluate(OUTSIDE) == []
    opened.images().focus()
    for key in "1234":  # one view large
        opened.page.keyboard.press(key)
        opened.settle()
        assert opened.page.evaluate(OUTSIDE) == [], key
    opened.page.context.close()
