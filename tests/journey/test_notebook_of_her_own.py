"""The teacher makes a lesson of a plain notebook in JupyterLab, with nbgrader's create-assignment panel."""

import json
import re
from collections.abc import Callable
from typing import Any

import nbformat
import pytest
from journey_people import COURSE, Person, wait_until
from nbformat import v4

pytestmark = [pytest.mark.hub, pytest.mark.browser, pytest.mark.timeout(600)]

People = Callable[[str], Person]
OWN = "02-two-sums"
CELLS = {
    "Autograded answer": "def add(a, b):\n    ### BEGIN SOLUTION\n    return a + b\n    ### END SOLUTION",
    "Autograded tests": "assert add(2, 3) == 5",
}


@pytest.fixture(scope="module")
def ines(people: People) -> Person:
    return people("ines").sign_in()


def place_of(ines: Person) -> Any:
    return ines.campus.state / "courses" / COURSE / "source" / OWN / f"{OWN}.ipynb"


def put(ines: Person, path: str, model: dict[str, Any]) -> int:
    """Make a folder or a file in her workplace, as JupyterLab does."""
    return ines.page.evaluate(
        """async ([url, model]) => {
          const xsrf = decodeURIComponent(document.cookie.match(/(?:^|; )_xsrf=([^;]*)/)[1]);
          const headers = {"X-XSRFToken": xsrf};
          return (await fetch(url, {method: "PUT", body: JSON.stringify(model), headers})).status;
        }""",
        [f"{ines.campus.home_of('ines')}api/contents/{path}", model],
    )


def test_she_writes_a_notebook_into_the_folder_of_the_course(ines: Person) -> None:
    page = ines.page
    page.goto(f"{ines.campus.url}/hub/user-redirect/lab")
    page.locator("#jp-top-panel, #jp-menu-panel").first.wait_for(timeout=120_000)
    cells = [v4.new_markdown_cell("# Two sums"), *(v4.new_code_cell(source) for source in CELLS.values())]
    notebook = v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    folder = f"courses/{COURSE}/source"
    for path in (folder, f"{folder}/{OWN}"):
        assert put(ines, path, {"type": "directory"}) in (200, 201)
    made = {"type": "notebook", "content": json.loads(nbformat.writes(notebook))}
    assert put(ines, f"{folder}/{OWN}/{OWN}.ipynb", made) == 201


def test_she_says_in_the_panel_what_is_graded(ines: Person) -> None:
    page = ines.page
    page.goto(f"{ines.campus.url}/hub/user-redirect/lab/tree/courses/{COURSE}/source/{OWN}/{OWN}.ipynb")
    page.locator(".jp-Notebook .jp-CodeCell").nth(1).wait_for(timeout=120_000)
    page.get_by_role("tab", name=re.compile("Create Assignment")).click()
    parts = page.locator(".nbgrader-CellWidget")
    for number, kind in enumerate(CELLS, 1):
        parts.nth(number).locator("select").select_option(label=kind)
        parts.nth(number).locator(".nbgrader-CellId input").fill(kind.lower().replace(" ", "-"))
    parts.nth(2).locator(".nbgrader-CellPoints input").fill("4")
    parts.nth(2).locator(".nbgrader-CellPoints input").press("Enter")
    wait_until(lambda: page.locator(".nbgrader-TotalPointsInput").input_value() == "4", "the points")
    ines.shoot("create-assignment")
    page.locator(".jp-Notebook .jp-CodeCell").first.click()
    page.keyboard.press("Control+s")

    def saved() -> list[dict[str, Any]]:
        cells = json.loads(place_of(ines).read_text("utf-8"))["cells"]
        return [cell["metadata"]["nbgrader"] for cell in cells if "nbgrader" in cell["metadata"]]

    solution, tests = wait_until(saved, "the saved notebook")
    assert (solution["solution"], solution["grade_id"]) == (True, "autograded-answer")
    assert (tests["grade"], tests["points"], tests["grade_id"]) == (True, 4, "autograded-tests")


def test_she_releases_it_and_a_learner_gets_it_without_the_answer(ines: Person, people: People) -> None:
    ines.teach()
    own = ines.page.locator("ul.lessons > li").filter(has_text=OWN)
    own.get_by_role("link", name=re.compile("^Check")).click()
    ines.page.get_by_text("can be released").wait_for()
    ines.page.get_by_role("button", name="Release").click()
    ines.page.get_by_text("The lesson is released. Learners see it at once.").wait_for(timeout=180_000)
    dora = people("dora").sign_in()
    dora.page.locator("ul.tasks .task > a").filter(has_text=OWN).click()
    dora.page.get_by_text("4", exact=True).first.wait_for()
    dora.page.locator('main a[href*="senolab/open/"]').first.click()
    dora.page.wait_for_url("**/notebooks/**", timeout=120_000)
    dora.page.get_by_role("heading", name="Two sums").wait_for(timeout=60_000)
    dora.shoot("own-notebook")
    got = dora.campus.state / "homes" / "dora" / "lessons" / COURSE / OWN / f"{OWN}.ipynb"
    text = got.read_text("utf-8")
    assert "def add(a, b):" in text
    assert "return a + b" not in text
    assert "assert add(2, 3) == 5" in text


def test_the_learner_hands_it_in_from_the_notebook_and_is_marked(people: People) -> None:
    dora = people("dora")
    page = dora.page
    code = page.locator(".jp-CodeCell .cm-content").first
    code.click()
    page.keyboard.press("Control+a")
    page.keyboard.type("def add(a, b): return a + b")
    page.get_by_role("button", name="Hand in").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("handed in as it stands now").wait_for()
    dora.shoot("own-notebook-hand-in")
    dialog.get_by_role("button", name="Hand in").click()
    dialog.get_by_role("heading", name="Handed in").wait_for()
    wait_until(lambda: dora.home() or "4 of 4 points" in dora.page.content(), "all points")
