// Pointers, wheel and keys, turned into the viewer's verbs.

const CLICK = 5; // CSS px; less movement is a click
const PER_NOTCH = 1.0015; // zoom per wheel unit

/** Listen to one cell's pointers. */
export function listenToPointers(cell, view, viewer, signal) {
  const down = new Map(); // pointer id -> latest place
  let gesture = null;
  const place = (event) => {
    const box = cell.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const listen = (name, f, options = {}) => cell.addEventListener(name, f, { signal, ...options });

  listen("pointerdown", (event) => {
    viewer.activate(view);
    viewer.grid.focus({ preventScroll: true });
    cell.setPointerCapture(event.pointerId);
    down.set(event.pointerId, place(event));
    if (down.size === 2) gesture = { verb: "pinch", ...span(down) };
    else gesture = { verb: verbOf(event, viewer, view, place(event)), from: place(event), moved: false };
    event.preventDefault();
  });
  listen("pointermove", (event) => {
    if (!gesture || !down.has(event.pointerId)) return;
    const last = down.get(event.pointerId);
    const now = place(event);
    down.set(event.pointerId, now);
    if (gesture.verb === "pinch") gesture = pinch(viewer, view, gesture, span(down));
    else drag(viewer, view, gesture, last, now);
  });
  const up = (event) => {
    if (!down.delete(event.pointerId) || !gesture) return;
    const click = event.type === "pointerup" && gesture.from && !gesture.moved;
    if (click && gesture.verb === "click") viewer.hand?.clicked(view, place(event));
    if (gesture.verb.ring !== undefined) viewer.hand.dropped();
    if (down.size === 0) gesture = null;
  };
  listen("pointerup", up);
  listen("pointercancel", up);
  listen("dblclick", () => viewer.tool === "mark" || viewer.enlarge(viewer.large === view.view ? null : view.view));
  listen("contextmenu", (event) => event.preventDefault());
  listen("wheel", (event) => {
    // the page scrolls over images nobody works on
    if (!viewer.root.contains(document.activeElement) && !event.ctrlKey) return;
    event.preventDefault();
    viewer.activate(view);
    viewer.zoom(view, PER_NOTCH ** -event.deltaY, place(event));
  }, { passive: false });
}

/** What a press begins: middle pans, right zooms, left is the chosen tool's. */
function verbOf(event, viewer, view, at) {
  if (event.button === 1) return "pan";
  if (event.button === 2) return "zoom";
  if (viewer.tool !== "mark") return viewer.tool;
  const ring = viewer.hand?.ringAt(view, at) ?? null;
  return ring === null ? "click" : { ring };
}

function drag(viewer, view, gesture, last, now) {
  const far = Math.hypot(now.x - gesture.from.x, now.y - gesture.from.y) >= CLICK;
  if (!gesture.moved && !far) return;
  gesture.moved = true;
  const [dx, dy] = [now.x - last.x, now.y - last.y];
  if (gesture.verb.ring !== undefined) viewer.hand.drag(view, gesture.verb.ring, now);
  else if (gesture.verb === "pan") viewer.pan(view, dx, dy);
  else if (gesture.verb === "zoom") viewer.zoom(view, 1.008 ** -dy, gesture.from);
  else viewer.window(dx, dy); // the window tool, and a drag beside the rings with the mark tool
}

function span(down) {
  const [a, b] = [...down.values()];
  return { middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }, apart: Math.hypot(a.x - b.x, a.y - b.y) };
}

function pinch(viewer, view, before, { middle, apart }) {
  viewer.pan(view, middle.x - before.middle.x, middle.y - before.middle.y);
  if (before.apart > 0 && apart > 0) viewer.zoom(view, apart / before.apart, middle);
  return { ...before, middle, apart };
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Answer a key; true if it was one of ours. */
export function pressed(event, viewer) {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  if (["INPUT", "TEXTAREA", "SELECT"].includes(event.target.tagName)) return false;
  const onImages = event.target === viewer.grid;
  if (ARROWS[event.key]) return onImages && arrow(viewer, ARROWS[event.key], event.shiftKey ? 10 : 1);
  if (event.key === "Enter") return onImages && viewer.tool === "mark" && viewer.hand.markAtCross();
  if (event.key === "Escape") return viewer.escape();
  if (event.key === "Delete" || event.key === "Backspace") return viewer.hand?.remove() ?? false;
  const verb = viewer.keys[event.key.toLowerCase()] ?? viewer.keys[event.key];
  if (!verb) return false;
  verb();
  return true;
}

function arrow(viewer, [dx, dy], pace) {
  const view = viewer.active;
  if (viewer.tool === "mark") viewer.hand.moveCross(dx * pace, dy * pace);
  else if (viewer.tool === "pan") viewer.pan(view, -dx * 12 * pace, -dy * 12 * pace);
  else if (viewer.tool === "zoom") viewer.zoom(view, 1.1 ** -(dy - dx));
  else viewer.window(dx * 6 * pace, dy * 6 * pace);
  return true;
}
