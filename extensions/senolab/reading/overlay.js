// What is drawn over an image: the learner's rings, the crosshair, the truth, the simple program's boxes.
// Each kind has a shape of its own, so that nobody has to tell colours apart.
import { svg } from "./dom.js";
import { toScreen } from "./geometry.js";

const RING = 12; // CSS px
const EDGE = 4; // CSS px between words and the edge of their view
const LONE_FINDING = 6; // mm; radius drawn for a finding without an outline

/** Draw everything over one view. */
export function drawOver(layer, scene) {
  const at = (point) => toScreen(scene.view, scene.camera, scene.cell, point);
  layer.replaceChildren(
    ...scene.boxes.map((box) => promptBox(box, at)),
    ...scene.findings.map((finding) => outline(finding, at, scene.camera.scale)),
    ...(scene.cross ? [crosshair(at(scene.cross))] : []),
    ...scene.marks.map((mark) => ring(mark, at({ x: mark.x_mm, y: mark.y_mm }))),
  );
  layer.querySelectorAll(".sl-truth text, .sl-prompt text").forEach((words) => keepInside(words, scene.cell));
  keepApart(layer);
}

/** The truth is named first; a box whose words would cover others is known by its dashes alone. */
function keepApart(layer) {
  const taken = [...layer.querySelectorAll(".sl-truth text")].map((words) => words.getBBox());
  for (const words of layer.querySelectorAll(".sl-prompt text")) {
    const box = words.getBBox();
    if (taken.some((other) => meet(box, other))) words.remove();
    else taken.push(box);
  }
}

function meet(a, b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** Words beside an edge would be cut there: move them back into their own view, closer set where it is narrow. */
function keepInside(words, cell) {
  if (!meet(words.previousElementSibling.getBBox(), { x: 0, y: 0, ...cell })) return; // what they name is not seen
  if (words.getBBox().width > cell.width - 2 * EDGE) {
    words.setAttribute("textLength", String(cell.width - 2 * EDGE));
    words.setAttribute("lengthAdjust", "spacingAndGlyphs");
  }
  const box = words.getBBox();
  shift(words, "x", inwards(box.x, box.width, cell.width));
  shift(words, "y", inwards(box.y, box.height, cell.height));
}

/** How far to move what begins at `start`, so that it ends before `end` and begins after 0. */
function inwards(start, length, end) {
  return Math.max(Math.min(0, end - EDGE - length - start), EDGE - start);
}

function shift(words, axis, by) {
  words.setAttribute(axis, String(Number(words.getAttribute(axis)) + by));
}

function ring(mark, { x, y }) {
  return svg(
    "g",
    { class: `sl-ring${mark.selected ? " sl-selected" : ""}`, transform: `translate(${x} ${y})` },
    svg("circle", { r: RING, class: "sl-halo" }),
    svg("circle", { r: RING }),
    svg("circle", { r: 1.5, class: "sl-dot" }),
    label(String(mark.number), RING + 3, -RING + 4),
  );
}

function crosshair({ x, y }) {
  const line = (x1, y1, x2, y2) => [
    svg("line", { x1, y1, x2, y2, class: "sl-halo" }),
    svg("line", { x1, y1, x2, y2 }),
  ];
  return svg(
    "g",
    { class: "sl-cross", transform: `translate(${x} ${y})` },
    ...line(-24, 0, -5, 0), ...line(5, 0, 24, 0), ...line(0, -24, 0, -5), ...line(0, 5, 0, 24),
  );
}

function outline(finding, at, scale) {
  const points = (finding.outline_mm ?? []).map(([x, y]) => at({ x, y }));
  const centre = at({ x: finding.x_mm, y: finding.y_mm });
  const shape = points.length > 2
    ? svg("polygon", { points: points.map(({ x, y }) => `${x},${y}`).join(" ") })
    : svg("circle", { cx: centre.x, cy: centre.y, r: LONE_FINDING / scale });
  const top = points.length > 2 ? Math.min(...points.map(({ y }) => y)) : centre.y - LONE_FINDING / scale;
  return svg("g", { class: "sl-truth" }, shape, label(finding.label, centre.x, top - 6, "middle"));
}

function promptBox(box, at) {
  const a = at({ x: box.x0_mm, y: box.y0_mm });
  const b = at({ x: box.x1_mm, y: box.y1_mm });
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  const [width, height] = [Math.abs(a.x - b.x), Math.abs(a.y - b.y)];
  return svg(
    "g",
    { class: "sl-prompt" },
    svg("rect", { x, y, width, height }),
    label(box.words, x + width / 2, y + height + 14, "middle"),
  );
}

function label(words, x, y, anchor = "start") {
  return svg("text", { x, y, "text-anchor": anchor }, words);
}
