// One lesson opened as a page, from the first grey shape to the receipt.
import { Body } from "./body.js";
import { Desk } from "./campus.js";
import { el } from "./dom.js";
import { Frame } from "./frame.js";
import { HandIn, asked } from "./handin.js";
import style from "./page.css";
import house from "../../../look/tokens.css";
import measures from "../measures.css";
import { Engine } from "./session.js";
import { shield } from "./shield.js";
import { locale } from "../../translate.js";
import { Bar, Patience, dropSkeleton } from "./waiting.js";
import { words } from "./words.js";

const AFTER_AN_ACT = 300; // ms; several acts in a row are counted once
const TOLD_FOR = 4000;
const MARKING = 2000; // what is handed in is mostly marked within seconds

export class LessonPage {
  constructor(app, panel, about) {
    this.panel = panel;
    this.app = app;
    this.state = {};
    this.bar = new Bar();
    this.frame = new Frame({ bar: this.bar });
    this.desk = new Desk(app.serviceManager.serverSettings, panel.context.path);
    this.body = new Body(panel, { lang: about.lang });
    this.engine = new Engine(panel, { bar: this.bar, onIdle: () => this.count() });
    this.engine.onStopped = () => this.stopped();
    const campus = () => this.state.campus;
    const done = () => this.refresh({ fresh: true });
    this.asking = new HandIn({ desk: this.desk, campus, done });
  }

  async open() {
    shield(this.app, this.panel, { tell: (text) => this.tell(text) });
    this.dress();
    await this.body.draw();
    this.head();
    dropSkeleton();
    this.refresh({ fresh: true });
    this.keepFresh();
    await this.waitingFor(async () => {
      await this.engine.ready();
      await this.body.run();
    });
    this.count();
    if (asked()) await this.handIn();
  }

  dress() {
    document.documentElement.lang = new Intl.Locale(locale()).language;
    document.documentElement.classList.add("senolab-page");
    document.head.append(el("style", { id: "senolab-page-style" }, house + measures + style));
    this.frame.main.append(this.body.node);
    this.frame.node.append(this.asking.box);
    this.frame.action.addEventListener("click", () => this.handIn());
    this.frame.header.querySelector(".lp-skip").addEventListener("click", (event) => {
      event.preventDefault(); // the notebook's router would take the address
      this.body.node.focus();
    });
    document.body.append(this.frame.node);
  }

  /** The lesson's own first heading names the page until the server does. */
  head() {
    const first = this.body.node.querySelector("h1");
    const name = first?.textContent.trim() || this.panel.context.path.split("/").pop().replace(/\.ipynb$/, "");
    this.frame.entitle(name);
    if (!first) this.body.node.prepend(el("h1", {}, name));
  }

  async waitingFor(work) {
    const patience = new Patience(this.bar, {
      reason: () => this.engine.reason(),
      campus: () => this.state.campus,
    });
    try {
      await work();
    } catch (problem) {
      console.error("senolab-page", problem);
      if (this.bar.kind !== "stopped") this.stopped();
    } finally {
      patience.stop();
    }
  }

  stopped() {
    this.body.rest(true);
    const ways = [{ text: words.startAgain, act: () => this.startAgain() }];
    this.bar.show({ text: words.stopped, kind: "stopped", ways });
  }

  async startAgain() {
    this.bar.show({ text: words.starting, kind: "wait" });
    await this.waitingFor(async () => {
      await this.engine.restart();
      await this.body.run();
      this.bar.hide();
    });
    this.count();
  }

  /** Ask for the count soon; called whenever the lesson has finished computing something. */
  count() {
    clearTimeout(this.counting);
    this.counting = setTimeout(() => this.refresh(), AFTER_AN_ACT);
  }

  async refresh(options) {
    try {
      this.state = await this.desk.state(options);
      this.frame.show(this.state);
    } catch (problem) {
      console.warn("senolab-page:", problem.message); // the lesson itself goes on without the count
    }
    this.follow();
  }

  /** While it is being marked, ask again until the points are there. */
  follow() {
    clearTimeout(this.following);
    const waits = this.state.handed_in && ["handed-in", "being-marked"].includes(this.state.state);
    this.patience = waits ? (this.patience ?? MARKING) * 1.2 : null;
    if (waits) this.following = setTimeout(() => this.refresh({ fresh: true }), this.patience);
  }

  keepFresh() {
    document.addEventListener("visibilitychange", () => document.hidden || this.refresh());
    window.addEventListener("pageshow", (event) => event.persisted && this.refresh({ fresh: true }));
  }

  async handIn() {
    await this.refresh({ fresh: true }); // what the question names must be true now
    if (this.state.can_hand_in) this.asking.ask(this.state);
  }

  tell(text) {
    if (this.bar.kind && this.bar.kind !== "told") return; // never over something more important
    this.bar.show({ text, kind: "told" });
    setTimeout(() => this.bar.hide("told"), TOLD_FOR);
  }
}
