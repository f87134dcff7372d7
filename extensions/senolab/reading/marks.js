// The mark question: rings in the images, the same marks in a list, and "No finding" as an answer of its own.
import { h } from "./dom.js";
import { count, say } from "./translate.js";
import { WORDS } from "./words.js";

const round = (value) => Math.round(value * 100) / 100; // 0.01 mm is finer than any pixel

/** The marks of one question, as the viewer and the list use them. */
export class Marking {
  constructor({ question, session, locked, shown, spoken }) {
    Object.assign(this, { question, session, locked, shown, spoken });
    this.selected = null;
    this.draft = null; // marks while a ring is dragged; saved when it is dropped
    this.most = question.max_marks ?? 20;
  }

  get open() { return !this.locked(); }

  get value() { return this.draft ?? this.session.answers[this.question.id] ?? []; }

  /** Marks with their numbers, for drawing. */
  list() {
    return this.value.map((mark, k) => ({ ...mark, number: k + 1, selected: k === this.selected }));
  }

  save(marks) {
    this.draft = null;
    this.session.answer(this.question.id, marks, this.shown());
  }

  add(view, x, y) {
    if (!this.open) return;
    if (this.value.length >= this.most) {
      this.full = true;
      this.session.changed(this.question.id);
      this.spoken(count(WORDS.mostMarks, this.most));
      return;
    }
    this.selected = this.value.length;
    this.spoken(say(WORDS.placed, { n: this.value.length + 1, view }));
    this.save([...this.value, { view, x_mm: round(x), y_mm: round(y) }]);
  }

  move(index, x, y) {
    if (!this.open) return;
    this.selected = index;
    this.draft = this.value.map((mark, k) => (k === index ? { ...mark, x_mm: round(x), y_mm: round(y) } : mark));
    this.session.changed(this.question.id);
  }

  dropped() { if (this.draft) this.save(this.draft); }

  /** Remove one mark: the given, else the selected, else the last. */
  remove(index = this.selected ?? this.value.length - 1) {
    if (!this.open || !this.value[index]) return;
    this.full = false;
    this.selected = null;
    this.spoken(say(WORDS.removed, { n: index + 1 }));
    const left = this.value.filter((_, k) => k !== index);
    if (left.length) this.save(left);
    else this.clear();
  }

  /** Back to no answer: deleting the last mark is not yet "no finding". */
  clear() { this.save(null); }

  rate(index, rating) {
    this.save(this.value.map((mark, k) => (k === index ? { ...mark, rating } : mark)));
  }

  noFinding(on) {
    this.full = false;
    this.selected = null;
    this.save(on ? [] : null);
  }
}

/** The field in the side panel: button, list, "No finding". */
export function markField(marking, { choose }) {
  const { question, session } = marking;
  const place = h("button", { type: "button", class: "sl-place", onclick: choose }, WORDS.place);
  const list = h("ol", { class: "sl-marks", "aria-label": WORDS.marks });
  const full = h("p", { class: "sl-warn", role: "status" });
  const none = h("input", { type: "checkbox", onchange: () => marking.noFinding(none.checked) });
  const nothing = h("label", { class: "sl-check" }, none, h("span", {}, WORDS.noFinding));
  const element = h("div", {}, place, list, full, nothing);
  const refresh = () => {
    const answer = session.answers[question.id];
    const marks = marking.list();
    none.checked = Array.isArray(answer) && answer.length === 0;
    none.disabled = marks.length > 0;
    place.hidden = !marking.open;
    nothing.hidden = !marking.open && !none.checked;
    full.textContent = marking.full ? count(WORDS.mostMarks, marking.most) : "";
    list.hidden = marks.length === 0;
    list.replaceChildren(...marks.map((mark, k) => row(mark, k, marking)));
  };
  return { element, refresh };
}

function row(mark, index, marking) {
  const name = say(WORDS.markNumber, { n: mark.number });
  const where = say(WORDS.where, { view: mark.view, x: Math.round(mark.x_mm), y: Math.round(mark.y_mm) });
  const rating = marking.question.rating
    ? h("input", {
        type: "number", min: "0", max: "100", step: "1", value: mark.rating ?? "", "aria-label": `${name}: ${WORDS.rating}`,
        onchange: (event) => marking.rate(index, Math.max(0, Math.min(100, Math.round(Number(event.target.value))))),
      })
    : null;
  const remove = marking.open
    ? h("button", { type: "button", onclick: () => marking.remove(index), "aria-label": say(WORDS.removeMark, { n: mark.number }) }, WORDS.remove)
    : null;
  return h("li", {}, h("span", { class: "sl-no" }, String(mark.number)), h("span", { class: "sl-where" }, where), rating, remove);
}
