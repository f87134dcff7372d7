"""Reading an exam in the page as a person does: marks at a place in mm, sliders, commit."""

import json
from typing import Any

from journey_people import COURSE, LESSON, Person


def record_of(person: Person) -> list[dict[str, Any]]:
    """The acts that stand in a learner's record just now."""
    path = person.campus.state / "homes" / person.name / "lessons" / COURSE / LESSON / "record.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def keys_of(person: Person, form: str) -> dict[str, Any]:
    """The truth of a form, from where no learner can look."""
    folder = person.campus.state / "keys" / COURSE / LESSON
    newest = max(folder.iterdir(), key=lambda path: int(path.name))
    keys = json.loads((newest / "keys.json").read_text("utf-8"))
    return {name: forms[form] for name, forms in keys["questions"].items()}


def form_of(person: Person) -> str:
    """The form that the campus gave this learner, as her page is told."""
    answer = person.page.evaluate(
        """async path => {
          const base = JSON.parse(document.getElementById('jupyter-config-data').textContent).baseUrl;
          const xsrf = document.cookie.match(/(?:^|; )_xsrf=([^;]*)/)?.[1] ?? "";
          const url = `${base}senolab/lesson?path=${encodeURIComponent(path)}&fresh=1`;
          return (await fetch(url, {headers: {"X-XSRFToken": decodeURIComponent(xsrf)}})).json();
        }""",
        f"lessons/{COURSE}/{LESSON}/{LESSON}.ipynb",
    )
    return answer["form"]


def marks_in(person: Person, question: str) -> list[dict[str, Any]]:
    """The marks of a question as last recorded."""
    given = [act for act in record_of(person) if act["kind"] == "answer" and act["question"] == question]
    return (given[-1]["value"] or []) if given else []


def click_at(person: Person, number: int, view: str, across: float, down: float) -> None:
    """Click in a view at a share of its width and height."""
    cell = person.case(number).locator(f'.sl-cell[data-view="{view}"]')
    cell.scroll_into_view_if_needed()
    box = cell.bounding_box()
    person.page.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])


def wait_for_marks(person: Person, question: str, count: int) -> list[dict[str, Any]]:
    """Wait until the record holds so many marks."""
    for _ in range(100):
        if len(found := marks_in(person, question)) == count:
            return found
        person.page.wait_for_timeout(100)
    raise AssertionError(f"{question} holds {marks_in(person, question)}, not {count} marks")


def mark(person: Person, number: int, view: str, x_mm: float, y_mm: float) -> dict[str, Any]:
    """Mark a place in mm: two clicks tell how the view lies on the screen, then the right one is made."""
    question = f"mark-{number}"
    case = person.case(number)
    case.get_by_role("button", name="Place a mark").click()
    # Near the midline, where the image lies at any width of the window.
    near, far = (0.95, 0.80) if view.startswith("R") else (0.05, 0.20)
    places = [(near, 0.40), (far, 0.65)]
    for count, (across, down) in enumerate(places, 1):
        click_at(person, number, view, across, down)
        wait_for_marks(person, question, count)
    first, second = marks_in(person, question)
    for left in (1, 0):
        case.get_by_role("button", name="Delete mark").last.click()
        wait_for_marks(person, question, left)
    across, down = (
        start + (wanted - one) / (two - one) * (end - start)
        for start, end, one, two, wanted in (
            (near, far, first["x_mm"], second["x_mm"], x_mm),
            (0.40, 0.65, first["y_mm"], second["y_mm"], y_mm),
        )
    )
    click_at(person, number, view, across, down)
    return wait_for_marks(person, question, 1)[0]


def be_sure(person: Person, number: int, percent: int) -> None:
    """Give the probability of a case."""
    field = person.case(number).locator(f'[data-question="sure-{number}"] input[type="number"]')
    field.fill(str(percent))
    field.press("Tab")


def see_nothing(person: Person) -> None:
    """Commit each case of the lesson as one without a finding, half sure."""
    for number in range(1, 5):
        person.case(number).get_by_label("No finding").check()
        be_sure(person, number, 50)
        commit(person, number)


def answer_the_rest(person: Person, cut: int, recalled: str, words: str) -> None:
    """Answer what the lesson asks beside its cases."""
    page = person.page
    slider = page.locator('[data-question="cut"] input[type="range"]')
    slider.scroll_into_view_if_needed()
    slider.focus()
    slider.press("Home")
    for _ in range(cut - 1):
        slider.press("ArrowRight")
    page.locator('[data-question="recalled"]').get_by_label(recalled).check()
    page.locator('[data-question="reflect"] textarea').fill(words)
    page.locator('[data-question="reflect"] textarea').blur()
    page.get_by_text("11 of 11 answered").wait_for()


def commit(person: Person, number: int) -> None:
    """Commit a case and wait for the truth."""
    case = person.case(number)
    case.get_by_role("button", name="Commit and see the truth").click()
    case.get_by_role("button", name="Commit now").click()
    case.get_by_role("heading", name="The truth").wait_for()
