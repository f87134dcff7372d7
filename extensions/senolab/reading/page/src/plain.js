// A plain notebook stays a notebook. What it lacks of a lesson is one bar beneath its toolbar: the way to the
// campus, to the lesson's other notebooks, and to handing in.
import { Widget } from "@lumino/widgets";
import { Desk } from "./campus.js";
import { el } from "./dom.js";
import { HandIn, asked } from "./handin.js";
import style from "./page.css";
import house from "../../../look/tokens.css";
import measures from "../measures.css";
import { words } from "./words.js";

const NARROW = "(max-width: 40rem)"; // as in page.css, where the bar has two rows then

/** Show the bar where the campus, or this server, knows the notebook as one of a lesson. */
export async function besides(app, panel) {
  const desk = new Desk(app.serviceManager.serverSettings, panel.context.path);
  const state = await desk.state({ fresh: true }).catch(() => null); // any other notebook
  if (!state) return;
  document.head.append(el("style", {}, house + measures + style));
  const ask = state.can_hand_in && handingIn(desk, panel, state);
  const to = (address) => leaving(panel, address);
  const bar = el(
    "div",
    { class: "lp-beside-bar", role: "region", "aria-label": words.lesson },
    state.campus && el("a", { class: "lp-beside-link lp-beside-campus", ...to(state.campus) }, words.campus),
    el("span", { class: "lp-beside-others" }, ...others(panel, state.notebooks, to)),
    el("span", { class: "lp-beside-stripe" }, words.stripe),
    ask && el("button", { class: "lp-beside-button", type: "button", onclick: ask }, words.handIn),
  );
  panel.contentHeader.insertWidget(0, new Widget({ node: bar }));
  matchMedia(NARROW).addEventListener("change", () => panel.contentHeader.fit());
  if (ask && asked()) await ask();
}

function others(panel, notebooks, to) {
  const here = panel.context.path.split("/").pop();
  return notebooks
    .filter(({ name }) => `${name}.ipynb` !== here)
    .map(({ name, address }) => el("a", { class: "lp-beside-link", ...to(address) }, name));
}

/** Lead to an address once the notebook is saved: a hand-in takes all notebooks as they were saved. */
function leaving(panel, address) {
  const go = async (event) => {
    event.preventDefault();
    await panel.context.save();
    location.assign(address);
  };
  return { href: address, onclick: go };
}

/** Give what asks whether to hand in, with the box in which it asks. */
function handingIn(desk, panel, state) {
  const handIn = async () => {
    await panel.context.save(); // what is on the screen is what is handed in
    return desk.handIn();
  };
  const asking = new HandIn({ desk: { handIn }, campus: () => state.campus, done: () => {} });
  document.body.append(el("div", { id: "senolab-page", class: "lp-beside" }, asking.box));
  return async () => {
    state = await desk.state({ fresh: true }).catch(() => state);
    asking.ask(state);
  };
}
