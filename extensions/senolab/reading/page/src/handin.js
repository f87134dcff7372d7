// Handing in: one question that names what is missing, then the receipt.
import { when } from "./campus.js";
import { el } from "./dom.js";
import { count } from "../../translate.js";
import { words } from "./words.js";

export class HandIn {
  constructor({ desk, campus, done }) {
    this.desk = desk;
    this.campus = campus;
    this.done = done;
    this.title = el("h2", { id: "lp-ask-title", tabindex: "-1" });
    this.inside = el("div", { class: "lp-ask-text" });
    this.buttons = el("div", { class: "lp-ask-buttons" });
    this.box = el(
      "dialog",
      { class: "lp-ask", "aria-labelledby": "lp-ask-title" },
      this.title,
      this.inside,
      this.buttons,
    );
  }

  ask(state) {
    const { answered, of, questions = [] } = state;
    const missing = questions.filter((question) => !question.answered);
    const open = questions.filter((question) => question.answered && question.committed === false);
    this.#say(words.ask.title, [
      el("p", {}, how(answered, of)),
      listed(words.notAnswered, missing),
      listed(words.notCommitted, open),
      missing.length > 0 && el("p", {}, words.ask.rest),
      state.handed_in && el("p", {}, words.ask.again),
    ]);
    this.#offer(this.#button(words.ask.no, () => this.box.close()), this.#main(words.ask.yes, () => this.#send()));
    if (!this.box.open) this.box.showModal();
    this.title.focus();
  }

  async #send() {
    this.#say(words.ask.sending, []);
    this.#offer();
    this.box.setAttribute("aria-busy", "true");
    try {
      await settled();
      this.#give(await this.desk.handIn());
    } catch (problem) {
      this.#say(words.ask.failed, [el("p", { role: "alert" }, problem.message)]);
      this.#offer(
        this.#button(words.ask.no, () => this.box.close()),
        this.#main(words.ask.retry, () => this.#send()),
      );
    } finally {
      this.box.removeAttribute("aria-busy");
      this.title.focus();
    }
  }

  #give({ receipt, time }) {
    const facts = el(
      "dl",
      { class: "lp-receipt" },
      ...[el("dt", {}, words.receipt.time), el("dd", {}, when(time))],
      ...[el("dt", {}, words.receipt.code), el("dd", { class: "lp-code" }, receipt)],
    );
    this.#say(words.receipt.title, [facts, el("p", {}, words.receipt.keep)]);
    const campus = this.campus();
    this.#offer(
      this.#button(words.receipt.stay, () => this.box.close()),
      campus && el("a", { class: "lp-button lp-main", href: campus }, words.receipt.campus),
    );
    this.done();
  }

  #say(title, parts) {
    this.title.textContent = title;
    this.inside.replaceChildren(...parts.filter(Boolean));
  }

  #offer(...buttons) {
    this.buttons.replaceChildren(...buttons.filter(Boolean));
  }

  #button(text, act) {
    return el("button", { class: "lp-button lp-plain", type: "button", onclick: act }, text);
  }

  #main(text, act) {
    return el("button", { class: "lp-button lp-main", type: "button", onclick: act }, text);
  }
}

/** Whether the page was opened in order to hand in, as the campus's link does; a reload does not ask again. */
export function asked() {
  const address = new URL(location.href);
  if (!address.searchParams.has("hand-in")) return false;
  address.searchParams.delete("hand-in");
  history.replaceState(history.state, "", address);
  return true;
}

/** Wait until the answers of all widgets on the page are kept. */
async function settled() {
  const waits = [];
  document.dispatchEvent(new CustomEvent("senolab:settle", { detail: waits }));
  await Promise.all(waits);
}

function how(answered, of) {
  if (!of) return words.ask.asItStands;
  return answered >= of ? words.ask.all : count(words.ask.some, of, { done: answered });
}

function listed(heading, questions) {
  if (!questions.length) return null;
  const items = questions.map(({ ask, case_title: where }) =>
    el("li", {}, el("span", { class: "lp-clip" }, where && el("strong", {}, `${where}: `), ask)),
  );
  return el("section", {}, el("h3", {}, heading), el("ul", {}, ...items));
}
