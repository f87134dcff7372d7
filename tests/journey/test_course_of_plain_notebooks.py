"""A course in nbgrader's own layout is dropped in, released, worked on in two notebooks, and marked."""

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hub_fixture import RunningCampus, running_campus, temporary_state
from journey_people import Person, wait_until
from nbformat import v4

pytestmark = [pytest.mark.hub, pytest.mark.browser, pytest.mark.timeout(600)]

People = Callable[[str], Person]
COURSE, LESSON = "course_101", "ps1"  # no host may be called so, yet formgrader has one
PROBLEMS = {
    "problem1": ("squares", "def squares(n):", "[i**2 for i in range(1, n + 1)]", "squares(3) == [1, 4, 9]"),
    "problem2": ("half", "def half(x):", "x / 2", "half(3) == 1.5"),
}


def notebook(title: str, head: str, answer: str, truth: str) -> Any:
    """A problem as nbgrader's users write it; both have the same grade ids."""
    kinds = {
        "answer": {"grade": False, "solution": True, "locked": False, "task": False},
        "test": {"grade": True, "solution": False, "locked": True, "task": False, "points": 2},
    }
    solution = f"{head}\n    ### BEGIN SOLUTION\n    return {answer}\n    ### END SOLUTION"
    sources = {"answer": solution, "test": f"assert {truth}"}
    cells = [v4.new_markdown_cell(f"# The problem of {title}")]
    for name, source in sources.items():
        marks = kinds[name] | {"grade_id": name, "schema_version": 3}
        cells.append(v4.new_code_cell(source, metadata={"nbgrader": marks}))
    spec = {"name": "python", "display_name": "Python", "language": "python"}  # as in nbgrader's own course
    return v4.new_notebook(cells=cells, metadata={"kernelspec": spec})


def drop_in(state: Path) -> None:
    """Copy a course to where the README says."""
    folder = state / "courses" / COURSE
    (folder / "source" / LESSON).mkdir(parents=True)
    for name, about in PROBLEMS.items():
        nbformat.write(notebook(*about), folder / "source" / LESSON / f"{name}.ipynb")
    nbformat.write(v4.new_notebook(), folder / "source" / "header.ipynb")
    (folder / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.course_id = 'course_101'\n"
    )
    owner = state.stat()
    for path in (state / "courses", folder, *folder.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid)


@pytest.fixture(scope="module")
def campus() -> Iterator[RunningCampus]:
    with temporary_state() as state:
        drop_in(state)
        settings = {"disk_mb": 300, "file_mb": 200, "memory_mb": 1500, "release_first": False}
        (state / "settings.json").write_text(json.dumps(settings))
        with running_campus(state, patience=300) as running:
            running.enrol("dora")
            yield running


@pytest.fixture(scope="module")
def people(campus: RunningCampus, browser: Any) -> Iterator[People]:
    here: dict[str, Person] = {}

    def person(name: str) -> Person:
        if name not in here:
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            context.set_default_timeout(60_000)
            here[name] = Person(name, campus, context)
        return here[name].sign_in() if here[name].page is None else here[name]

    yield person
    for one in here.values():
        one.context.close()


def test_the_teacher_finds_it_looks_at_it_and_releases_it(people: People) -> None:
    ines = people("ines")
    ines.page.goto(ines.campus.address("campus") + f"teach/{COURSE}")
    ines.page.get_by_role("heading", name=COURSE).wait_for()
    ines.page.get_by_role("link", name=re.compile("^Check")).click()
    ines.page.get_by_text("can be released").wait_for()
    ines.page.go_back()
    ines.page.get_by_role("link", name=re.compile("^Preview")).click()
    ines.page.wait_for_url(f"**/notebooks/preview/{COURSE}/{LESSON}/problem1.ipynb", timeout=180_000)
    ines.page.get_by_role("heading", name="The problem of squares").wait_for(timeout=60_000)
    ines.page.goto(ines.campus.address("campus") + f"teach/{COURSE}")
    ines.page.get_by_role("button", name=re.compile("^Release")).click()
    ines.page.get_by_text("The lesson is released. Learners see it at once.").wait_for(timeout=180_000)


def solve(dora: Person, name: str) -> None:
    """Write the answer over what stands in the notebook's first part with code."""
    _, head, answer, _ = PROBLEMS[name]
    dora.page.get_by_role("heading", name=f"The problem of {PROBLEMS[name][0]}").wait_for(timeout=120_000)
    dora.page.locator(".jp-CodeCell .cm-content").first.click()
    dora.page.keyboard.press("Control+a")
    dora.page.keyboard.type(f"{head} return {answer}")


def test_the_learner_goes_from_one_notebook_to_the_other_and_hands_in_both(people: People) -> None:
    dora = people("dora")
    dora.home()
    dora.page.locator("ul.tasks .task > a").filter(has_text=LESSON).click()
    dora.page.locator('main a[href*="senolab/open/"]').first.click()
    dora.page.wait_for_url("**/problem1.ipynb", timeout=120_000)
    solve(dora, "problem1")
    dora.page.get_by_role("link", name="problem2").click()
    dora.page.wait_for_url("**/problem2.ipynb", timeout=60_000)
    solve(dora, "problem2")
    dora.page.get_by_role("link", name="problem1").wait_for()
    dora.stands_well("two-notebooks", within="document.querySelector('.lp-beside-bar')")
    bar = dora.page.get_by_role("region", name="This lesson")
    dora.resize(360)  # a telephone shows the whole of it, too
    for part in (
        bar.get_by_role("link"),
        bar.get_by_text("Education, not diagnosis"),
        bar.get_by_role("button"),
    ):
        box = part.last.bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= 360, part
    dora.resize(1280)
    bar.get_by_role("link", name="Campus").click()
    dora.page.wait_for_url(dora.campus.address("campus"))
    dora.page.locator("ul.tasks .task > a").filter(has_text=LESSON).click()
    dora.stands_well("lesson-in-progress")
    dora.page.get_by_role("link", name=re.compile("^Hand in")).click()
    dora.page.wait_for_url("**/problem1.ipynb", timeout=120_000)
    dialog = dora.page.get_by_role("dialog")
    dialog.get_by_role("heading", name="Hand in this lesson?").wait_for()
    dialog.get_by_role("button", name="Hand in").click()
    dialog.get_by_role("heading", name="Handed in").wait_for()
    handed = dora.campus.state / "grader" / COURSE / "submitted" / "dora" / LESSON
    texts = {path.stem: path.read_text("utf-8") for path in handed.glob("*.ipynb")}
    assert {name: PROBLEMS[name][2] in text for name, text in texts.items()} == dict.fromkeys(PROBLEMS, True)


def test_both_notebooks_are_marked_and_the_formgrader_knows_them(people: People) -> None:
    dora, ines = people("dora"), people("ines")
    wait_until(lambda: dora.home() or "4 of 4 points" in dora.page.content(), "all points", seconds=120)
    ines.page.goto(ines.campus.address("campus") + f"teach/{COURSE}")
    ines.page.get_by_role("link", name="Formgrader").click()
    ines.page.wait_for_url("**/formgrader/manage_assignments")
    ines.page.goto(ines.page.url.replace("manage_assignments", f"gradebook/{LESSON}"))
    for name in PROBLEMS:
        ines.page.get_by_role("link", name=name).wait_for()
