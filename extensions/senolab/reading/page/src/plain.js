// A plain notebook stays a notebook. What it lacks is the way to the campus: one button in its toolbar.
import { Widget } from "@lumino/widgets";
import { Desk } from "./campus.js";
import { el } from "./dom.js";
import { HandIn } from "./handin.js";
import style from "./page.css";
import house from "../../../look/tokens.css";
import measures from "../measures.css";
import { words } from "./words.js";

/** Offer to hand in, where the notebook is a lesson that the campus takes. */
export async function offerHandIn(app, panel) {
  const desk = new Desk(app.serviceManager.serverSettings, panel.context.path);
  const look = () => desk.state({ fresh: true });
  let state = await look().catch(() => null); // any other notebook
  if (!state?.can_hand_in) return;
  const handIn = async () => {
    await panel.context.save(); // what is on the screen is what is handed in
    return desk.handIn();
  };
  const asking = new HandIn({ desk: { handIn }, campus: () => state.campus, done: () => {} });
  const ask = async () => {
    state = await look().catch(() => state);
    asking.ask(state);
  };
  const button = el("button", { class: "lp-beside-button", type: "button", onclick: ask }, words.handIn);
  panel.toolbar.addItem("senolab-hand-in", new Widget({ node: button }));
  document.head.append(el("style", {}, house + measures + style));
  document.body.append(el("div", { id: "senolab-page", class: "lp-beside" }, asking.box));
}
