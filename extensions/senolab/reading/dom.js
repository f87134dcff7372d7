// Elements in one line each.

const SVG = "http://www.w3.org/2000/svg";

const TAKES_KEYS = new Set(["button", "input", "select", "summary", "textarea"]);

/** Make an element: `h("button", { type: "button", onclick }, "Words")`. */
export function h(tag, properties = {}, ...children) {
  const element = fill(document.createElement(tag), properties, children);
  // Jupyter listens before us: without this, R in the images would turn the cell into raw text
  if (TAKES_KEYS.has(tag) || properties.tabindex) element.setAttribute("data-lm-suppress-shortcuts", "true");
  return element;
}

/** The same for the inside of an <svg>. */
export function svg(tag, properties = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.setAttribute("class", value);
    else if (name === "checked" || name === "value" || name === "disabled") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

let last = 0;
// Each widget of a page loads its own copy of this module; their ids must differ all the same.
const here = Math.random().toString(36).slice(2, 8);

/** A fresh id, so that labels and descriptions find their fields however often a widget is shown. */
export function freshId(stem) {
  return `sl-${stem}-${here}-${++last}`;
}

/** A button with words, its key in the tooltip and told to screen readers. */
export function button(words, onclick, { key, ...properties } = {}) {
  const shown = key?.replace("Escape", "Esc");
  return h(
    "button",
    { type: "button", onclick, title: key ? `${properties.title ?? words} (${shown})` : properties.title, ...only(properties, "title"), "aria-keyshortcuts": key },
    words,
  );
}

function only(properties, without) {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => name !== without));
}

/** Call `f` at most once a frame, with the latest arguments. */
export function perFrame(f) {
  let waiting = null;
  return (...latest) => {
    if (!waiting) requestAnimationFrame(() => { const given = waiting; waiting = null; f(...given); });
    waiting = latest;
  };
}
