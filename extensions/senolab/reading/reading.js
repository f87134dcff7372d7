// The one module that every widget gets: a case, a question, a viewer, or a sentence.
import { renderCase } from "./case.js";
import { h } from "./dom.js";
import { questionOf } from "./questions.js";
import { sessionOf } from "./session.js";
import { speak } from "./translate.js";
import { Viewer } from "./viewer.js";
import { WORDS } from "./words.js";

const KINDS = { case: renderCase, question: renderQuestion, view: renderView, notice: renderNotice };

/** anywidget's door: draw the model into an element; what is returned cleans up. */
function render({ model, el }) {
  speak(WORDS, model.get("words"));
  const leaving = new AbortController();
  const session = sessionOf(model);
  el.classList.add("sl-root");
  KINDS[model.get("kind")]({ session, spec: model.get("spec"), element: el, signal: leaving.signal });
  return () => leaving.abort();
}

function renderQuestion({ session, spec, element, signal }) {
  const frame = questionOf(spec.question, session, { signal });
  const parts = [frame];
  if (spec.check && spec.question.kind !== "text") parts.push(checkButton(session, spec.question, signal));
  element.append(h("section", { class: "sl-paper sl-sheet" }, parts));
}

/** Where no campus marks the lesson, the learner checks at once. */
function checkButton(session, question, signal) {
  const trouble = h("p", { class: "sl-trouble", role: "alert" });
  const check = async () => {
    trouble.textContent = "";
    await session.ask({ type: "check", question: question.id }).catch((problem) => { trouble.textContent = problem.message; });
  };
  const button = h("button", { type: "button", class: "sl-quiet", onclick: check }, WORDS.check);
  const refresh = () => { button.disabled = !session.answered(question.id); };
  session.listen(refresh, signal);
  refresh();
  return h("div", { class: "sl-checked" }, button, trouble);
}

function renderView({ session, spec, element, signal }) {
  const viewer = new Viewer({ session, views: spec.views, words: WORDS, signal });
  element.append(h("section", { class: "sl-dark sl-case sl-alone", "aria-label": spec.title }, viewer.root));
}

function renderNotice({ spec, element }) {
  element.append(h("section", { class: "sl-paper sl-notice", role: "alert" }, h("p", {}, spec.sentence)));
}

export default { render };
