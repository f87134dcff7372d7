// A plain notebook stays a notebook. What it lacks are the ways to the lesson's other notebooks and to the
// campus: links and one button in its toolbar.
import { Widget } from "@lumino/widgets";
import { Desk } from "./campus.js";
import { el } from "./dom.js";
import { HandIn } from "./handin.js";
import style from "./page.css";
import house from "../../../look/tokens.css";
import measures from "../measures.css";
import { words } from "./words.js";

/** Show the lesson's other notebooks, and offer to hand in where the campus takes the lesson. */
export async function besides(app, panel) {
  const desk = new Desk(app.serviceManager.serverSettings, panel.context.path);
  const state = await desk.state({ fresh: true }).catch(() => null); // any other notebook
  if (!state) return;
  document.head.append(el("style", {}, house + measures + style));
  linkOthers(panel, state.notebooks);
  if (state.can_hand_in) offerHandIn(desk, panel, state);
}

function linkOthers(panel, notebooks) {
  const here = panel.context.path.split("/").pop();
  for (const { name, address } of notebooks) {
    if (`${name}.ipynb` === here) continue;
    const go = async (event) => {
      event.preventDefault();
      await panel.context.save(); // a hand-in takes all notebooks as they were saved
      location.assign(address);
    };
    const link = el("a", { class: "lp-beside-link", href: address, onclick: go }, name);
    panel.toolbar.addItem(`senolab-to-${name}`, new Widget({ node: link }));
  }
}

function offerHandIn(desk, panel, state) {
  const handIn = async () => {
    await panel.context.save(); // what is on the screen is what is handed in
    return desk.handIn();
  };
  const asking = new HandIn({ desk: { handIn }, campus: () => state.campus, done: () => {} });
  const ask = async () => {
    state = await desk.state({ fresh: true }).catch(() => state);
    asking.ask(state);
  };
  const button = el("button", { class: "lp-beside-button", type: "button", onclick: ask }, words.handIn);
  panel.toolbar.addItem("senolab-hand-in", new Widget({ node: button }));
  document.body.append(el("div", { id: "senolab-page", class: "lp-beside" }, asking.box));
}
