// The hand that marks: clicks, rings dragged to a better place, and a crosshair for the keyboard.
import { clamped, toImage, toScreen } from "./geometry.js";

const REACH = 18; // CSS px round a ring that count as the ring
const EDGE = 16; // CSS px; the crosshair stays this far inside the cell

export class MarkingHand {
  constructor(viewer, marking) {
    this.viewer = viewer;
    this.marking = marking;
  }

  /** The point of the image under a place of the screen, never outside the image. */
  under(view, place) {
    const { viewer } = this;
    return clamped(view, toImage(view, viewer.cameraOf(view), viewer.cellOf(view), place));
  }

  on(view, point) {
    return toScreen(view, this.viewer.cameraOf(view), this.viewer.cellOf(view), point);
  }

  clicked(view, place) {
    const { x, y } = this.under(view, place);
    this.marking.add(view.view, x, y);
  }

  /** Index of the ring at a place, or null. */
  ringAt(view, place) {
    if (!this.marking.open) return null;
    const near = this.marking.list().find((mark) => {
      if (mark.view !== view.view) return false;
      const at = this.on(view, { x: mark.x_mm, y: mark.y_mm });
      return Math.hypot(at.x - place.x, at.y - place.y) <= REACH;
    });
    return near ? near.number - 1 : null;
  }

  drag(view, index, place) {
    const { x, y } = this.under(view, place);
    this.marking.move(index, x, y);
  }

  dropped() {
    this.marking.dropped();
  }

  /** Move the crosshair by millimetres of the screen's directions. */
  moveCross(dx, dy) {
    const { viewer } = this;
    const view = viewer.active;
    const from = viewer.state.cross ?? clamped(view, viewer.cameraOf(view));
    const step = { x: view.flip_x ? -dx : dx, y: view.flip_y ? -dy : dy };
    const cross = { view: view.view, ...clamped(view, { x: from.x + step.x, y: from.y + step.y }) };
    viewer.change({ cross });
    this.follow(view, cross);
    viewer.speak(`${view.view}, ${Math.round(cross.x)} mm, ${Math.round(cross.y)} mm`);
  }

  /** Keep the crosshair on the screen. */
  follow(view, point) {
    const cell = this.viewer.cellOf(view);
    const at = this.on(view, point);
    const out = (value, length) => Math.min(0, value - EDGE) + Math.max(0, value + EDGE - length);
    const [dx, dy] = [out(at.x, cell.width), out(at.y, cell.height)];
    if (dx || dy) this.viewer.pan(view, -dx, -dy);
  }

  markAtCross() {
    const { cross } = this.viewer.state;
    if (cross) this.marking.add(cross.view, cross.x, cross.y);
    else this.moveCross(0, 0);
    return true;
  }

  remove() {
    if (!this.marking.open) return false;
    this.marking.remove();
    return true;
  }
}
