// The page's own frame: where am I, how far am I, hand in.
import { base, when } from "./campus.js";
import { el } from "./dom.js";
import { count, say } from "../../translate.js";
import { words } from "./words.js";

export class Frame {
  constructor({ bar }) {
    this.place = el("a", { class: "lp-campus", href: `${base()}senolab/` }, words.lessons);
    this.title = el("p", { class: "lp-title" });
    this.count = el("span", { class: "lp-count", "aria-live": "polite" });
    this.meter = el("progress", { class: "lp-meter", "aria-hidden": "true", max: "1", value: "0" });
    this.action = el("button", { class: "lp-button lp-main", type: "button", hidden: true }, words.handIn);
    this.practice = el("span", { class: "lp-practice", hidden: true }, words.selfCheck);
    this.kept = el("p", {}, words.kept);
    this.calculated = el("p", { hidden: true }, words.calculated);
    this.news = el("section", { class: "lp-news", "aria-live": "polite", hidden: true });
    this.header = el(
      "header",
      { class: "lp-header" },
      el("a", { class: "lp-skip", href: "#senolab-lesson" }, words.skip),
      el(
        "div",
        { class: "lp-row" },
        this.place,
        this.title,
        el("div", { class: "lp-progress" }, this.count, this.meter),
        this.practice,
        this.action,
      ),
    );
    this.main = el("main", { class: "lp-main-part" }, this.news);
    this.footer = el(
      "footer",
      { class: "lp-footer" },
      el("p", {}, words.stripe),
      this.calculated,
      this.kept,
      el("a", { href: `${base()}senolab/about` }, words.about),
    );
    this.node = el("div", { id: "senolab-page" }, this.header, bar.node, this.main, this.footer);
  }

  entitle(title) {
    this.title.textContent = title;
    document.title = `${title} · Senolab`;
  }

  /** Show what the server knows of this lesson. */
  show(state) {
    if (state.title) this.entitle(state.title);
    if (state.campus) {
      this.place.href = state.campus;
      this.place.textContent = words.campus;
    }
    const { answered, of } = state;
    const told = of ? count(words.progress, of, { done: answered }) : words.noQuestions;
    if (this.count.textContent !== told) this.count.textContent = told;
    this.meter.max = of || 1;
    this.meter.value = answered;
    this.meter.hidden = !of;
    this.action.hidden = !state.can_hand_in;
    this.action.textContent = state.handed_in ? words.handInAgain : words.handIn;
    this.practice.hidden = state.mode !== "self-check";
    this.kept.textContent = state.mode === "self-check" ? `${words.selfCheck}. ${words.kept}` : words.kept;
    this.calculated.hidden = !state.calculated;
    this.#tell(state);
  }

  #tell(state) {
    const lines = sentences(state);
    const text = lines.join(" ");
    if (this.news.dataset.text === text) return; // do not speak the same news again
    this.news.dataset.text = text;
    this.news.hidden = !text;
    const link = state.feedback_url && el("a", { href: state.feedback_url }, words.state.feedback);
    this.news.replaceChildren(el("p", {}, text, link && " ", link));
  }
}

function sentences(state) {
  const said = words.state;
  const lines = [];
  if (state.state === "marked") {
    const { points, max_points: max } = state;
    lines.push(points == null ? said.marked : say(said.points, { points, max }));
    if (state.waiting) lines.push(said.waiting);
  } else if (state.state === "reopened") lines.push(said.reopened);
  if (state.handed_in && state.state !== "marked") {
    lines.push(say(said.handedIn, { when: when(state.handed_in) }));
    if (state.receipt) lines.push(say(said.receipt, { code: state.receipt }));
  }
  if (state.marking) lines.push(said.marking);
  if (state.closed && state.state !== "marked") lines.push(said.closed);
  else if (state.due && !state.handed_in) lines.push(say(said.due, { when: when(state.due) }));
  return lines;
}
