// What a widget knows and tells, kept with its model: drawing a view again loses nothing, and the same
// widget shown twice stays one. Acts go to Python, which answers each by its ticket.

import * as unsaved from "./unsaved.js";
import { WORDS } from "./words.js";

const sessions = new WeakMap();
const PATIENCE = 15_000; // ms until we say that nothing answers

/** Return the session of a model. */
export function sessionOf(model) {
  if (!sessions.has(model)) sessions.set(model, new Session(model));
  return sessions.get(model);
}

class Session extends EventTarget {
  constructor(model) {
    super();
    this.model = model;
    this.answers = structuredClone(model.get("answers") ?? {});
    this.states = {}; // question id -> "saving" | "saved" | {words}: not saved, and why
    this.saved = structuredClone(this.answers); // what the record holds
    for (const question of Object.keys(this.answers)) this.states[question] = "saved";
    this.waiting = new Map();
    this.turn = {}; // question id -> number of its latest save: only that one may speak
    this.keep = {}; // what a viewer keeps between two drawings
    model.on("msg:custom", (message, buffers) => this.receive(message, buffers));
    for (const name of ["committed", "feedback"]) model.on(`change:${name}`, () => this.changed(name));
    // Whoever hands the lesson in asks first that what was answered a moment ago is kept.
    document.addEventListener("senolab:settle", ({ detail }) => detail.push(this.settled()));
  }

  /** Wait until every answer is kept; an Error with a sentence where one is not. */
  async settled() {
    while (Object.values(this.states).includes("saving")) {
      await new Promise((resolve) => this.addEventListener("change", resolve, { once: true }));
    }
    const lost = Object.values(this.states).find((state) => state.words);
    if (lost) throw new Error(lost.words);
  }

  changed(what) {
    this.dispatchEvent(new CustomEvent("change", { detail: what }));
  }

  /** Call `listener(what)` on every change until the signal says stop. */
  listen(listener, signal) {
    this.addEventListener("change", (event) => listener(event.detail), { signal });
  }

  get committed() {
    const made = this.model.get("committed") ?? {};
    return made.time ? made : null;
  }

  get feedback() {
    return this.model.get("feedback") ?? {};
  }

  answered(question) {
    return this.answers[question] !== undefined && this.answers[question] !== null;
  }

  /** Send a request; the promise brings Python's reply, or an Error with a sentence. */
  ask(message, { patience = PATIENCE } = {}) {
    const ticket = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(ticket);
        reject(new Error(WORDS.silent));
      }, patience);
      this.waiting.set(ticket, { resolve, reject, timer });
      try {
        this.model.send({ ...message, ticket });
      } catch {
        clearTimeout(timer);
        this.waiting.delete(ticket);
        reject(new Error(WORDS.silent));
      }
    });
  }

  receive(message, buffers) {
    const asked = this.waiting.get(message.ticket);
    if (!asked) return;
    clearTimeout(asked.timer);
    this.waiting.delete(message.ticket);
    if (message.ok) asked.resolve({ ...message, buffers });
    else asked.reject(new Error(message.words));
  }

  /** Give an answer: shown at once, saved by Python, and told if that failed. */
  async answer(question, value, shown = null) {
    this.answers[question] = value;
    this.states[question] = "saving";
    const turn = (this.turn[question] = (this.turn[question] ?? 0) + 1);
    unsaved.keep(question, { value, shown, saved: this.saved[question] });
    this.changed(question);
    let state = "saved";
    try {
      await this.ask({ type: "answer", question, value, shown });
      this.saved[question] = value;
    } catch (problem) {
      state = { words: problem.message };
    }
    if (turn !== this.turn[question]) return;
    if (state === "saved") unsaved.drop(question);
    this.states[question] = state;
    this.changed(question);
  }

  /** Try again what was not saved. */
  retry(question) {
    return this.answer(question, this.answers[question]);
  }

  /** Save what an earlier page of this tab could not. */
  takeUp(question) {
    if (this.turn[question] || this.committed) return;
    const held = unsaved.kept(question, this.saved[question]);
    if (held) this.answer(question, held.value, held.shown);
  }

  /** True while an answer is on its way or was not saved. */
  get unsaved() {
    return Object.values(this.states).some((state) => state !== "saved");
  }
}
