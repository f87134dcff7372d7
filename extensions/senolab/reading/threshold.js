// A threshold over a small table: a strip plot with a line, the counts in words, the table one key away.
import { h, perFrame, svg } from "./dom.js";
import { count, number } from "./translate.js";
import { WORDS } from "./words.js";

const WIDEST = 640; // px; below it the plot is as wide as its place, so that its words keep their size
const LANE = 26; // height of one dot in the plot
const SHAPES = [
  (x, y) => svg("path", { d: `M${x} ${y - 8} L${x + 8} ${y} L${x} ${y + 8} L${x - 8} ${y} Z` }),
  (x, y) => svg("circle", { cx: x, cy: y, r: 6.5 }),
  (x, y) => svg("rect", { x: x - 6, y: y - 6, width: 12, height: 12 }),
];

/** The threshold question's field. */
export function threshold({ question, session, save, signal }) {
  const { min, max, step = 1 } = question;
  const outcomes = outcomesOf(question.table);
  const chosen = () => session.answers[question.id];
  const shown = () => Number(range.value);
  const settle = () => save(shown());
  const range = h("input", {
    type: "range", min: String(min), max: String(max), step: String(step), "aria-label": WORDS.threshold,
    oninput: () => { range.classList.remove("sl-untouched"); draw(); },
    onchange: settle,
    onpointerup: () => chosen() === undefined && settle(),
    onkeydown: (event) => ["Enter", " "].includes(event.key) && settle(),
  });
  const value = h("output", { class: "sl-figure" });
  const counts = h("ul", { class: "sl-counts" });
  const plot = h("div", { class: "sl-plot" });
  const rows = h("tbody", {});
  const draw = () => {
    const cut = shown();
    const touched = !range.classList.contains("sl-untouched");
    value.textContent = touched ? `${WORDS.threshold} ${number(cut, 4)} ${question.unit ?? ""}`.trim() : "";
    range.setAttribute("aria-valuetext", touched ? `${value.textContent}; ${sentences(question.table, outcomes, cut).join("; ")}` : WORDS.unanswered);
    counts.replaceChildren(...(touched ? sentences(question.table, outcomes, cut) : []).map((line) => h("li", {}, line)));
    plot.replaceChildren(strip({ question, outcomes, cut: touched ? cut : null, width: plot.clientWidth }));
    rows.replaceChildren(...question.table.map((row) => tableRow(row, outcomes, touched ? cut : null)));
  };
  const refresh = () => {
    range.classList.toggle("sl-untouched", chosen() === undefined);
    range.value = String(chosen() ?? min + step * Math.round((max - min) / step / 2));
    draw();
  };
  const sized = new ResizeObserver(perFrame(draw));
  sized.observe(plot);
  signal.addEventListener("abort", () => sized.disconnect());
  const head = [WORDS.columnLabel, WORDS.columnScore, ...(outcomes.length ? [WORDS.columnOutcome] : []), WORDS.columnRecalled];
  const table = h("table", { class: "sl-table" }, h("thead", {}, h("tr", {}, head.map((word) => h("th", { scope: "col" }, word)))), rows);
  const element = h(
    "div", { class: "sl-cut" },
    plot,
    h("div", { class: "sl-slide" }, range),
    h("div", { class: "sl-result" }, value, counts),
    h("details", {}, h("summary", {}, WORDS.table), h("div", { class: "sl-scroll", tabindex: "0", role: "region", "aria-label": WORDS.table }, table)),
  );
  return { element, refresh };
}

function outcomesOf(table) {
  const found = [...new Set(table.map((row) => row.outcome).filter((outcome) => outcome !== undefined))];
  const rank = (outcome) => (outcome === "cancer" ? 0 : 1); // what is looked for stands first
  return found.sort((a, b) => rank(a) - rank(b));
}

/** What the cut does, in words: one line an outcome. */
function sentences(table, outcomes, cut) {
  const recalled = (rows) => rows.filter((row) => row.score >= cut).length;
  if (!outcomes.length) return [count(WORDS.recalled, recalled(table), { of: table.length })];
  return outcomes.map((outcome) => {
    const name = String(outcome);
    const rows = table.filter((row) => row.outcome === outcome);
    const about = { outcome: name[0].toUpperCase() + name.slice(1), of: rows.length };
    return count(WORDS.recalledOutcome, recalled(rows), about);
  });
}

function tableRow(row, outcomes, cut) {
  const cells = [row.score, ...(outcomes.length ? [row.outcome ?? ""] : []), cut === null ? "" : row.score >= cut ? WORDS.yes : WORDS.no];
  return h("tr", {}, h("th", { scope: "row" }, row.label), cells.map((cell) => h("td", {}, typeof cell === "number" ? number(cell, 4) : String(cell))));
}

/** Dots over the scores, one shape and one lane an outcome; what is recalled is filled. */
function strip({ question, outcomes, cut, width }) {
  const wide = Math.max(240, Math.min(WIDEST, width || WIDEST));
  const { min, max, step = 1, table } = question;
  const x = (score) => 30 + ((score - min) / (max - min || 1)) * (wide - 60);
  const lanes = outcomes.length ? outcomes : [undefined];
  const stacks = lanes.map((lane) => stacked(table.filter((row) => lane === undefined || row.outcome === lane), x));
  const heights = stacks.map((stack) => LANE * 0.7 * Math.max(1, ...stack.map((dot) => dot.level + 1)) + 22);
  const total = heights.reduce((a, b) => a + b, 0);
  const parts = [];
  let base = 0;
  stacks.forEach((stack, k) => {
    base += heights[k];
    parts.push(svg("line", { class: "sl-axis", x1: 10, x2: wide - 10, y1: base, y2: base }));
    if (lanes[k] !== undefined) parts.push(svg("text", { x: 10, y: base - heights[k] + 14 }, String(lanes[k])));
    for (const dot of stack) {
      const shape = SHAPES[k % SHAPES.length](dot.x, base - 12 - dot.level * LANE * 0.7);
      shape.setAttribute("class", cut !== null && dot.score >= cut ? "sl-in" : "sl-out");
      parts.push(shape);
    }
  });
  for (let score = min; score <= max + 1e-9; score += Math.max(step, (max - min) / 10)) {
    parts.push(svg("text", { x: x(score), y: total + 18, "text-anchor": "middle" }, number(score)));
  }
  if (cut !== null) {
    const at = x(cut - step / 2);
    parts.unshift(svg("rect", { class: "sl-recalled", x: at, y: 0, width: Math.max(0, wide - 10 - at), height: total }));
    parts.push(svg("line", { class: "sl-line", x1: at, x2: at, y1: 0, y2: total }));
  }
  return svg("svg", { viewBox: `0 0 ${wide} ${total + 26}`, role: "img", "aria-label": WORDS.plot }, parts);
}

function stacked(rows, x) {
  const levels = {};
  return rows.map((row) => {
    const place = Math.round(x(row.score) / 14);
    const level = levels[place] ?? 0;
    levels[place] = level + 1;
    return { x: x(row.score), level, score: row.score };
  });
}
