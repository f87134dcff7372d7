// Questions: a frame that every kind shares (legend, state, feedback) and the plain kinds.
import { freshId, h } from "./dom.js";
import { threshold } from "./threshold.js";
import { count, say } from "./translate.js";
import { WORDS } from "./words.js";

const PAUSE = 1200; // ms without a key until a text is saved
const ALL = 0.995; // what is told as 1.00 of the points

/** Build one question; `fields` may bring kinds of its own, as the case does with marks. */
export function questionOf(question, session, { signal, shown = () => null, fields = {}, locked = () => false }) {
  const status = h("p", { class: "sl-status", role: "status" });
  const feedback = h("div", { class: "sl-feedback" });
  const save = (value) => session.answer(question.id, value, shown());
  const make = { choice, probability, threshold, text, ...fields }[question.kind];
  const field = make({ question, session, save, signal });
  const points = question.points && !question.case
    ? h("span", { class: "sl-points" }, ` ${count(WORDS.points, question.points)}`)
    : null;
  const frame = h(
    "fieldset",
    { class: `sl-question sl-${question.kind}`, "data-question": question.id },
    h("legend", {}, question.ask, points), field.element, status, feedback,
  );
  const refresh = () => {
    frame.disabled = Boolean(locked());
    field.refresh?.();
    status.replaceChildren(...stateWords(question, session));
    status.className = `sl-status ${typeof session.states[question.id] === "object" ? "sl-bad" : ""}`;
    const told = session.committed?.marks?.[question.id] ?? session.feedback[question.id];
    feedback.replaceChildren(...(told ? [verdict(told)] : []));
  };
  session.listen((what) => [question.id, "committed", "feedback"].includes(what) && refresh(), signal);
  refresh();
  session.takeUp(question.id);
  return frame;
}

function stateWords(question, session) {
  if (session.committed) return [];
  const state = session.states[question.id];
  if (!state || (state === "saved" && !session.answered(question.id))) return [WORDS.unanswered];
  if (state === "saving") return [WORDS.saving];
  if (state === "saved") return [h("span", { class: "sl-tick", "aria-hidden": "true" }, "✓ "), WORDS.saved];
  const again = h("button", { type: "button", onclick: () => session.retry(question.id) }, WORDS.again);
  return [`${say(WORDS.notSaved, { why: state.words })} `, again];
}

function verdict({ fraction, words, by_hand: byHand }) {
  const kind = byHand ? "open" : fraction >= ALL ? "full" : fraction <= 0 ? "none" : "part";
  const sign = { full: "✓", part: "◐", none: "✗", open: "…" }[kind];
  return h("p", { class: `sl-verdict sl-${kind}` }, h("span", { "aria-hidden": "true" }, `${sign} `), words);
}

function choice({ question, session, save }) {
  const name = freshId(question.id);
  const picked = () => inputs.filter((input) => input.checked).map((input) => input.value);
  const onchange = () => save(question.multiple ? (picked().length ? picked() : null) : picked()[0]);
  const inputs = question.options.map((option) =>
    h("input", { type: question.multiple ? "checkbox" : "radio", name, value: option, onchange }));
  const labels = inputs.map((input, k) => h("label", {}, input, h("span", {}, question.options[k])));
  const refresh = () => {
    const answer = [session.answers[question.id] ?? []].flat();
    inputs.forEach((input) => { input.checked = answer.includes(input.value); });
  };
  return { element: h("div", { class: "sl-options" }, labels), refresh };
}

function probability({ question, session, save }) {
  const settle = (value) => save(Math.max(0, Math.min(100, Math.round(Number(value)))));
  const range = h("input", {
    type: "range", min: "0", max: "100", step: "1", "aria-label": WORDS.probability,
    oninput: () => { number.value = range.value; range.classList.remove("sl-untouched"); },
    onchange: () => settle(range.value),
    // a click on the thumb's own place changes nothing and is an answer all the same
    onpointerup: () => session.answered(question.id) || settle(range.value),
    onkeydown: (event) => ["Enter", " "].includes(event.key) && settle(range.value),
  });
  const beyond = h("p", { class: "sl-beyond", role: "alert" });
  const typed = () => {
    const outside = number.value !== "" && !(number.value >= 0 && number.value <= 100);
    beyond.textContent = outside ? WORDS.beyond : "";
    number.setAttribute("aria-invalid", String(outside));
    if (outside) return; // what she answered before stands
    if (number.value === "") refresh();
    else settle(number.value);
  };
  const number = h("input", {
    type: "number", min: "0", max: "100", step: "1", inputmode: "numeric", "aria-label": WORDS.probability,
    onchange: typed,
  });
  const refresh = () => {
    beyond.textContent = "";
    number.removeAttribute("aria-invalid");
    const value = session.answers[question.id];
    range.classList.toggle("sl-untouched", value === undefined);
    range.value = String(value ?? 50);
    number.value = value === undefined ? "" : String(value);
    range.setAttribute("aria-valuetext", value === undefined ? WORDS.unanswered : say(WORDS.inPercent, { n: value }));
  };
  const ends = h("div", { class: "sl-ends", "aria-hidden": "true" }, h("span", {}, question.low ?? say(WORDS.inPercent, { n: 0 })), h("span", {}, question.high ?? say(WORDS.inPercent, { n: 100 })));
  const element = h(
    "div", { class: "sl-scale" },
    h("div", { class: "sl-slide" }, range, ends),
    h("div", { class: "sl-number" }, number, h("span", { "aria-hidden": "true" }, WORDS.percent)),
    beyond,
  );
  return { element, refresh };
}

function text({ question, session, save, signal }) {
  const length = h("span", { class: "sl-count" });
  let timer = null;
  const keep = () => {
    clearTimeout(timer);
    if (area.value !== (session.answers[question.id] ?? "")) save(area.value);
  };
  const area = h("textarea", {
    rows: "6", "aria-label": WORDS.yourAnswer,
    oninput: () => { counted(); clearTimeout(timer); timer = setTimeout(keep, PAUSE); },
    onblur: keep,
  });
  signal.addEventListener("abort", keep);
  document.addEventListener("visibilitychange", keep, { signal }); // the tab is left or closed
  const counted = () => {
    const n = area.value.trim() ? area.value.trim().split(/\s+/).length : 0;
    length.textContent = question.words ? count(WORDS.wordsOf, question.words, { written: n }) : count(WORDS.wordsCount, n);
  };
  const refresh = () => {
    if (document.activeElement !== area) area.value = session.answers[question.id] ?? "";
    counted();
  };
  return { element: h("div", { class: "sl-text" }, area, length), refresh };
}
