// A case: images left, questions right, one main button. Commit, then reveal.
import { freshId, h } from "./dom.js";
import { Marking, markField } from "./marks.js";
import { questionOf } from "./questions.js";
import { Viewer } from "./viewer.js";
import { count, moment, say } from "./translate.js";
import { WORDS } from "./words.js";

/** Draw a case into an element. */
export function renderCase({ session, spec, element, signal }) {
  const locked = () => Boolean(session.committed);
  const title = freshId("case");
  const marked = spec.questions.find((question) => question.kind === "mark");
  const markings = Object.fromEntries(
    spec.questions.filter((question) => question.kind === "mark").map((question) => [
      question.id,
      new Marking({ question, session, locked, shown: () => viewer.shown(), spoken: (words) => viewer.speak(words) }),
    ]),
  );
  let current = marked ? markings[marked.id] : null;
  const viewer = new Viewer({
    session, views: spec.views, words: WORDS, signal,
    marking: current && follower(() => current),
  });
  const fields = {
    mark: ({ question }) =>
      markField(markings[question.id], {
        choose: () => { current = markings[question.id]; viewer.choose("mark"); viewer.grid.focus(); },
      }),
  };
  const questions = spec.questions.map((question) =>
    questionOf({ ...question, case: spec.case }, session, { signal, shown: () => viewer.shown(), fields, locked }));
  const result = h("section", { class: "sl-reveal", "aria-live": "off" });
  const commit = new CommitBox({ session, spec });
  const name = h("h3", { id: title, class: "sl-title" }, spec.title);
  const note = spec.note ? h("p", { class: "sl-remark", role: "note" }, spec.note) : null;
  const panel = h("div", { class: "sl-panel" }, note, result, questions, commit.element);
  element.append(h("section", { class: "sl-dark sl-case", "aria-labelledby": title }, name, viewer.root, panel));

  let revealed = false;
  const refresh = (what) => {
    commit.refresh();
    if (session.committed && !revealed) {
      revealed = true;
      viewer.reveal(overlaysOf(session.committed.reveal));
      result.replaceChildren(...revealWords(session.committed));
      if (what === "committed") result.querySelector("h4")?.focus();
    }
    viewer.draw();
  };
  session.listen(refresh, signal);
  refresh();
}

/** The viewer's view of whichever mark question is at work. */
function follower(current) {
  return {
    get open() { return current().open; },
    list: () => current().list(),
    add: (...given) => current().add(...given),
    move: (...given) => current().move(...given),
    remove: (...given) => current().remove(...given),
    dropped: () => current().dropped(),
  };
}

/** The one main button: why it waits, the question whether one is sure, what went wrong. */
class CommitBox {
  constructor({ session, spec }) {
    Object.assign(this, { session, spec, asking: false, busy: false, problem: "" });
    const reason = freshId("reason");
    this.button = h("button", { type: "button", class: "sl-main", "aria-describedby": reason, onclick: () => this.ask(true) }, WORDS.commit);
    this.reason = h("p", { id: reason, class: "sl-reason" });
    this.now = h("button", { type: "button", class: "sl-main", onclick: () => this.commit() }, WORDS.commitNow);
    this.later = h("button", { type: "button", onclick: () => this.ask(false) }, WORDS.keepReading);
    const sure = freshId("sure");
    this.confirm = h(
      "div",
      { class: "sl-confirm", role: "group", "aria-labelledby": sure, onkeydown: (event) => event.key === "Escape" && this.ask(false) },
      h("p", { id: sure }, WORDS.sure), h("div", { class: "sl-row" }, this.now, this.later),
    );
    this.trouble = h("p", { class: "sl-trouble", role: "alert" });
    this.done = h("p", { class: "sl-done" });
    this.element = h("div", { class: "sl-commit" }, this.button, this.confirm, this.reason, this.trouble, this.done);
  }

  missing() {
    return this.spec.questions.filter((question) => !this.session.answered(question.id));
  }

  refresh() {
    const committed = this.session.committed;
    const missing = this.missing();
    const ready = missing.length === 0 && !this.session.unsaved;
    if (!ready && !this.busy) this.asking = false;
    this.button.hidden = Boolean(committed) || this.asking;
    this.button.setAttribute("aria-disabled", String(!ready));
    this.confirm.hidden = Boolean(committed) || !this.asking;
    this.now.textContent = this.busy ? WORDS.committing : WORDS.commitNow;
    this.reason.hidden = Boolean(committed) || ready;
    this.reason.textContent = missing.length
      ? say(WORDS.missing, { what: missing.map((question) => question.short ?? question.ask.replace(/[.?:]$/, "")).join("; ") })
      : WORDS.stillSaving;
    this.trouble.textContent = committed ? "" : this.problem;
    this.done.textContent = committed ? say(WORDS.committed, { time: moment(committed.time, { dateStyle: "medium", timeStyle: "short" }) }) : "";
  }

  ask(on) {
    if (on && (this.missing().length || this.session.unsaved)) return;
    this.asking = on;
    this.problem = "";
    this.refresh();
    (on ? this.now : this.button).focus();
  }

  async commit() {
    if (this.busy) return;
    this.busy = true;
    this.problem = "";
    this.refresh();
    try {
      await this.session.ask({ type: "commit" }, { patience: 60_000 });
    } catch (problem) {
      this.problem = problem.message;
    }
    this.busy = false;
    this.refresh();
  }
}

function overlaysOf(reveal) {
  const boxes = (reveal?.prompt?.boxes ?? []).map((box) => ({ ...box, words: WORDS.programLabel }));
  return { findings: reveal?.findings ?? [], boxes };
}

function revealWords({ reveal }) {
  const { outcome, sentence, prompt, findings } = reveal;
  const n = prompt?.boxes?.length ?? 0;
  const boxes = n === 0 ? WORDS.programNone : count(WORDS.programBoxes, n);
  return [
    h("h4", { tabindex: "-1" }, WORDS.truthHeading),
    h("p", { class: `sl-outcome sl-${outcome}` }, WORDS.outcome[outcome] ?? outcome),
    h("p", {}, sentence),
    findings?.length ? h("p", { class: "sl-legend" }, h("i", { class: "sl-key-truth" }), `${WORDS.legendTruth} (T)`) : null,
    ...(prompt
      ? [
          h("h4", {}, WORDS.programHeading),
          h("p", { class: "sl-outcome" }, say(WORDS.programScore, { score: prompt.score })),
          h("p", {}, `${boxes} ${WORDS.programWords}`),
          n ? h("p", { class: "sl-legend" }, h("i", { class: "sl-key-prompt" }), `${WORDS.legendProgram} (B)`) : null,
        ]
      : []),
  ].filter(Boolean);
}
