// The lesson's text and its working parts, one after the other in the order of the notebook. They are
// drawn afresh rather than by the notebook's own view: plain document flow scrolls, prints and can be
// searched, and nothing in it can be selected, dragged or deleted.
import { AttachmentsResolver } from "@jupyterlab/attachments";
import { OutputArea, OutputAreaModel } from "@jupyterlab/outputarea";
import { MimeModel } from "@jupyterlab/rendermime";
import { Widget } from "@lumino/widgets";
import { el } from "./dom.js";
import { words } from "./words.js";

const HIDDEN = "senolab-hidden";
const READING_ROOM = /^\s*(senolab\.)?(case|view)\s*\(/m;
const ASKS_ONLY = /^\s*(senolab\.)?question\s*\([^()]*\)\s*$/;

/** One cell as the page sees it: text, or a part that runs. */
class Part {
  constructor(cell, rendermime) {
    this.source = cell.sharedModel.getSource();
    this.tags = cell.getMetadata("tags") ?? [];
    this.hidden = this.tags.includes(HIDDEN);
    this.dark = cell.type === "code" && READING_ROOM.test(this.source);
    this.cell = cell;
    this.rendermime = rendermime;
  }

  /** A graded cell that only shows a question hidden on the page has nothing to run. */
  get runs() {
    const graded = this.cell.getMetadata("nbgrader")?.grade;
    return this.cell.type === "code" && !(this.hidden && graded && ASKS_ONLY.test(this.source));
  }
}

/** What a part shows. Errors and the error stream are for its author, and stay out of the page. */
class Shown extends OutputAreaModel {
  add(output) {
    const forAuthors = output.output_type === "error" || output.name === "stderr";
    return forAuthors ? this.length : super.add(output);
  }
}

export class Body {
  constructor(panel, { lang } = {}) {
    this.session = panel.sessionContext;
    this.node = el("article", { class: "lp-lesson", id: "senolab-lesson", tabindex: "-1", lang });
    const rendermime = panel.content.rendermime;
    this.parts = [...panel.context.model.cells].map((cell) => new Part(cell, rendermime));
  }

  /** Show the text at once; grey shapes stand where something has yet to run. */
  async draw() {
    for (const part of this.parts) {
      if (part.cell.type === "markdown") await this.#drawText(part);
      else if (part.cell.type === "code") this.#drawPlace(part);
    }
  }

  async #drawText(part) {
    const { cell, source } = part;
    if (part.hidden || !source.trim()) return;
    const holder = el("section", { class: "lp-text" });
    this.node.append(holder);
    const renderer = resolving(part.rendermime, cell).createRenderer("text/markdown");
    await renderer.renderModel(new MimeModel({ data: { "text/markdown": source }, trusted: false }));
    Widget.attach(renderer, holder);
    holder.querySelectorAll(".jp-InternalAnchorLink").forEach((link) => link.remove());
    holder.querySelectorAll("a[href^='http']").forEach((link) => link.setAttribute("rel", "noopener noreferrer"));
    holder.querySelectorAll("table").forEach(scrollable);
  }

  #drawPlace(part) {
    if (part.hidden || !part.runs) return;
    part.holder = el("section", { class: part.dark ? "lp-part" : "lp-part lp-empty", "data-room": part.dark && "dark" });
    if (part.dark) part.holder.append(el("div", { class: "lp-ghost", "aria-hidden": "true" }));
    this.node.append(part.holder);
  }

  /** While nothing computes behind the lesson, nothing in it can be answered; its text stays readable. */
  rest(resting) {
    for (const { holder } of this.parts) if (holder) holder.inert = resting;
  }

  /** Run every part, in order; one that fails is told in its place and the next goes on. */
  async run() {
    for (const part of this.parts.filter((part) => part.runs)) await this.#runPart(part);
  }

  async #runPart(part) {
    part.area?.dispose();
    const model = new Shown({ trusted: true });
    const contentFactory = OutputArea.defaultContentFactory;
    part.area = new OutputArea({ model, rendermime: part.rendermime, contentFactory });
    if (part.holder) {
      part.holder.inert = false;
      part.holder.querySelector(".lp-broken")?.remove();
      Widget.attach(part.area, part.holder); // before it draws: a viewer measures the place it has
    }
    model.changed.connect(() => settle(part, model));
    const reply = await OutputArea.execute(part.source, part.area, this.session, { cellId: part.cell.id });
    settle(part, model, { done: true });
    if (reply?.content.status === "error") tellBroken(part, this.node, reply.content);
  }
}

// The first thing a part shows takes the place of its grey shape; a part with nothing to show takes no room.
function settle({ holder }, model, { done = false } = {}) {
  if (model.length || done) holder?.querySelector(".lp-ghost")?.remove();
  holder?.classList.toggle("lp-empty", done && !model.length);
}

function tellBroken(part, lesson, { ename, evalue, traceback }) {
  console.error("senolab-page: a part did not work", ename, evalue, (traceback ?? []).join("\n"));
  const holder = part.holder ?? lesson.appendChild(el("section", { class: "lp-part" }));
  holder.classList.remove("lp-empty");
  holder.querySelector(".lp-ghost")?.remove();
  const told = el("details", {}, el("summary", {}, words.brokenDetails), el("p", {}, `${ename}: ${evalue}`));
  holder.append(el("div", { class: "lp-broken", role: "alert" }, el("p", {}, words.broken), told));
}

function resolving(rendermime, cell) {
  if (!cell.attachments?.length) return rendermime;
  const resolver = new AttachmentsResolver({ parent: rendermime.resolver ?? undefined, model: cell.attachments });
  return rendermime.clone({ resolver });
}

function scrollable(table) {
  const frame = el("div", { class: "lp-scroll", tabindex: "0", role: "region", "aria-label": words.table });
  table.replaceWith(frame);
  frame.append(table);
}
