"""The widgets in a real page: images, tools, marks, commit, what survives."""

import pytest
from widgets_making import CELLS, VIEWS, place_of_disc
from widgets_rig import Opened, Server, open_lesson, wait_for_act

pytestmark = pytest.mark.browser


@pytest.fixture
def fresh(lesson: Opened) -> Opened:
    """The shared lesson with tools and images as at the start."""
    lesson.images().focus()
    lesson.page.keyboard.press("0")
    lesson.page.keyboard.press("r")
    lesson.page.keyboard.press("w")
    lesson.settle()
    return lesson


def test_the_four_views_are_lit_and_drawn_by_webgl(fresh: Opened) -> None:
    assert fresh.page.locator(".sl-viewer").first.get_attribute("data-drawn") == "webgl"
    assert all(5 < fresh.mean(view) < 250 for view in VIEWS)


def test_without_webgl_the_processor_draws_the_same(
    fresh: Opened, browser_without_webgl: object, server: Server, make_lesson
) -> None:
    plain = open_lesson(browser_without_webgl, server, make_lesson(CELLS[:1]))
    plain.lit()
    plain.settle()
    assert plain.page.locator(".sl-viewer").get_attribute("data-drawn") == "cpu"
    plain.page.locator(".sl-case").scroll_into_view_if_needed()
    fresh.page.locator(".sl-case").scroll_into_view_if_needed()
    for view in VIEWS:
        assert plain.mean(view) == pytest.approx(fresh.mean(view), abs=1.5)
        assert plain.in_cell(view) == pytest.approx(fresh.in_cell(view), abs=1)
    plain.drag("RCC", 0, 120)
    fresh.drag("RCC", 0, 120)
    assert plain.mean("RCC") == pytest.approx(fresh.mean("RCC"), abs=2)
    assert plain.failures == []
    plain.page.context.close()


def test_the_images_hang_with_the_chest_walls_flush_at_the_midline(fresh: Opened) -> None:
    light = """([view, x]) => {
      const canvas = document.querySelector(`.sl-cell[data-view="${view}"] canvas`);
      const flipped = canvas.closest('.sl-host').style.transform.startsWith('scale(-1');
      const column = Math.min(canvas.width - 1, Math.round((flipped ? 1 - x : x) * (canvas.width - 1)));
      const copy = document.createElement('canvas');
      [copy.width, copy.height] = [canvas.width, canvas.height];
      const context = copy.getContext('2d');
      context.drawImage(canvas, 0, 0);
      return context.getImageData(column, copy.height >> 1, 1, 1).data[0];
    }"""
    for view in VIEWS:
        wall, air = (1, 0) if view[0] == "R" else (0, 1)
        assert fresh.page.evaluate(light, [view, wall]) > 40, view
        assert fresh.page.evaluate(light, [view, air]) == 0, view
    boxes = {view: fresh.box(view) for view in VIEWS}
    assert boxes["RCC"]["x"] + boxes["RCC"]["width"] == pytest.approx(boxes["LCC"]["x"], abs=0.6)
    assert boxes["RCC"]["y"] < boxes["RMLO"]["y"]


def test_nothing_lies_over_the_images_but_names_at_their_corners(fresh: Opened) -> None:
    fresh.lit()
    covers = fresh.page.evaluate(
        """() => [...document.querySelectorAll('.sl-cell')].flatMap(cell => {
          const box = cell.getBoundingClientRect(), found = [];
          for (let i = 1; i < 20; i += 1) for (let j = 4; j < 68; j += 1) {
            const at = [box.left + box.width * i / 20, box.top + box.height * j / 72];
            for (const one of document.elementsFromPoint(...at)) {
              if (one === cell) break;
              const look = getComputedStyle(one);
              const clear = look.backgroundColor === 'rgba(0, 0, 0, 0)';
              if (!clear || parseFloat(look.borderLeftWidth)) found.push(String(one.className));
            }
          }
          return found;
        })"""
    )
    assert covers == []


def test_the_window_tool_changes_brightness_and_contrast_of_all_views(fresh: Opened) -> None:
    before = {view: fresh.mean(view) for view in VIEWS}
    fresh.drag("RCC", 0, 120)
    assert all(fresh.mean(view) < before[view] - 3 for view in VIEWS)
    fresh.page.keyboard.press("r")
    fresh.settle()
    assert fresh.mean("RCC") == pytest.approx(before["RCC"], abs=0.5)


def test_invert_zoom_pan_and_true_size_change_what_is_seen(fresh: Opened) -> None:
    start = fresh.mean("LCC")
    fresh.page.keyboard.press("i")
    fresh.settle()
    assert fresh.mean("LCC") > start + 40
    fresh.page.keyboard.press("i")
    fresh.drag("LCC", 0, -100, button="right")
    zoomed = fresh.mean("LCC")
    assert zoomed > start + 3
    fresh.drag("LCC", 90, 0, button="middle")
    assert fresh.mean("LCC") != pytest.approx(zoomed, abs=0.2)
    fresh.page.keyboard.press("o")
    fresh.settle()
    assert "100 %" in fresh.page.locator(".sl-foot").first.inner_text()
    fresh.page.keyboard.press("f")
    fresh.settle()
    assert fresh.mean("LCC") == pytest.approx(start, abs=0.5)


def test_one_view_fills_the_viewer_and_all_four_come_back(fresh: Opened) -> None:
    small = fresh.box("LMLO")
    fresh.page.keyboard.press("4")
    fresh.settle()
    large = fresh.box("LMLO")
    assert large["width"] > 1.8 * small["width"] and large["height"] > 1.8 * small["height"]
    assert fresh.mean("LMLO") > 5
    fresh.page.keyboard.press("Escape")
    fresh.settle()
    assert fresh.box("LMLO") == small


def test_a_click_with_the_mark_tool_is_recorded_in_millimetres_of_the_stored_image(fresh: Opened) -> None:
    fresh.page.keyboard.press("m")
    for view in ("LCC", "LMLO"):  # LMLO is stored mirrored
        fresh.page.mouse.click(*fresh.centroid(view))
        act = wait_for_act(fresh, lambda act, v=view: act["value"] and act["value"][-1]["view"] == v)
        mark = act["value"][-1]
        x, y = place_of_disc(view)
        assert (mark["x_mm"], mark["y_mm"]) == (pytest.approx(x, abs=0.6), pytest.approx(y, abs=0.6))
    assert fresh.page.locator(".sl-marks li").count() == 2
    for _ in range(2):
        fresh.page.get_by_role("button", name="Delete mark 1").click()
    wait_for_act(fresh, lambda act: act.get("value") is None)
    assert fresh.page.locator(".sl-marks li").count() == 0


def test_a_mark_is_made_and_removed_with_the_keyboard_alone(fresh: Opened) -> None:
    keys = fresh.page.keyboard
    for key in ("1", "m", "Enter", "Shift+ArrowLeft", "ArrowUp", "ArrowUp", "Enter"):
        keys.press(key)
    act = wait_for_act(fresh, lambda act: act["value"] and act["value"][0]["view"] == "RCC")
    first = act["value"][0]
    keys.press("Shift+ArrowLeft")
    keys.press("Enter")
    act = wait_for_act(fresh, lambda act: [mark["view"] for mark in act["value"] or ()] == ["RCC", "RCC"])
    assert act["value"][1]["x_mm"] == pytest.approx(first["x_mm"] - 10, abs=0.02)
    assert act["value"][1]["y_mm"] == pytest.approx(first["y_mm"], abs=0.02)
    keys.press("Delete")
    keys.press("Delete")
    wait_for_act(fresh, lambda act: act["question"] == "mark-1" and act.get("value") is None)
    keys.press("0")


def test_a_mark_never_lies_outside_the_image(fresh: Opened) -> None:
    fresh.page.keyboard.press("m")
    box = fresh.box("RCC")
    fresh.page.mouse.click(box["x"] + 2, box["y"] + 2)
    act = wait_for_act(fresh, lambda act: act["value"] and act["value"][0]["view"] == "RCC")
    assert act["value"][0]["x_mm"] >= 0 and act["value"][0]["y_mm"] >= 0
    fresh.page.keyboard.press("Delete")
    wait_for_act(fresh, lambda act: act.get("value") is None)


def test_the_wheel_and_two_fingers_zoom(fresh: Opened) -> None:
    start = fresh.mean("LCC")
    box = fresh.box("LCC")
    x, y = box["x"] + 40, box["y"] + box["height"] / 2
    fresh.page.mouse.move(x, y)
    fresh.page.mouse.wheel(0, -300)
    fresh.settle()
    wheeled = fresh.mean("LCC")
    assert wheeled > start + 2
    touch = fresh.page.context.new_cdp_session(fresh.page)
    for kind, apart in (("touchStart", 30), ("touchMove", 50), ("touchMove", 70), ("touchEnd", None)):
        points = (
            [{"x": x + 60 - apart, "y": y, "id": 1}, {"x": x + 60 + apart, "y": y, "id": 2}] if apart else []
        )
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    fresh.settle()
    assert fresh.mean("LCC") > wheeled + 2


def test_the_help_lists_the_keys_and_closes_again(fresh: Opened) -> None:
    fresh.page.keyboard.press("?")
    assert fresh.page.get_by_role("heading", name="Keys and gestures").is_visible()
    fresh.page.keyboard.press("Escape")
    assert not fresh.page.get_by_role("heading", name="Keys and gestures").is_visible()


def test_standalone_questions_are_saved_as_they_are_answered(fresh: Opened) -> None:
    page = fresh.page
    page.get_by_label("About 3").check()
    assert wait_for_act(fresh, lambda act: act["question"] == "pick")["value"] == "About 3"
    page.get_by_role("button", name="Check my answer").first.click()
    page.get_by_text("2.7 in 100.").wait_for()

    slider = page.get_by_label("Threshold", exact=True)
    assert page.locator(".sl-figure").inner_text() == ""
    slider.focus()
    page.keyboard.press("ArrowLeft")
    cut = wait_for_act(fresh, lambda act: act["question"] == "cut")["value"]
    recalled = sum(score >= cut for score in (9, 6, 3))
    assert f"Cancer: {recalled} of 3 recalled" in page.locator(".sl-counts").inner_text()

    page.get_by_role("textbox", name="Your answer").fill("Sensitivity and recall rate, here.")
    page.get_by_text("5 of about 80 words").wait_for()
    act = wait_for_act(fresh, lambda act: act["question"] == "reflect")
    assert act["value"] == "Sensitivity and recall rate, here."


def test_a_tally_shows_nothing(fresh: Opened) -> None:
    assert fresh.page.locator('[data-question="all-marks"]').count() == 0


def test_nothing_is_asked_of_another_host_and_nothing_breaks(fresh: Opened) -> None:
    assert fresh.strangers == []
    assert fresh.failures == []


def test_the_widgets_have_no_accessibility_faults(fresh: Opened, axe: str) -> None:
    fresh.page.evaluate(axe)
    # a case's heading is of the third level, below those of the lesson's text, which this lesson has not
    options = "{ rules: { 'heading-order': { enabled: false } } }"
    told = "v => `${v.id}: ${v.nodes.map(n => n.html).join(' | ')}`"
    assert (
        fresh.page.evaluate(f"async () => (await axe.run('.sl-root', {options})).violations.map({told})")
        == []
    )


def test_where_webgl_is_lost_the_processor_goes_on(fresh: Opened) -> None:
    before = fresh.mean("LCC")
    lose = "c => c.isContextLost() || c.getExtension('WEBGL_lose_context').loseContext()"
    fresh.page.evaluate(f"() => window.contexts.forEach({lose})")
    fresh.page.locator('.sl-viewer[data-drawn="cpu"]').wait_for()
    fresh.lit()
    fresh.settle()
    assert fresh.mean("LCC") == pytest.approx(before, abs=1.5)
