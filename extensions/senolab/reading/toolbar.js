// The viewer's buttons, its help and its read-out. Every button names its key.
import { button, freshId, h } from "./dom.js";
import { say } from "./translate.js";

/** Toolbar, help panel and footer of one viewer. */
export class Toolbar {
  constructor(viewer) {
    this.viewer = viewer;
    this.words = viewer.words;
    this.buttons = {};
    this.helpShown = false;
    const group = (label, ...inside) => h("div", { class: "sl-group", role: "group", "aria-label": label }, inside);
    const { words } = this;
    this.presets = h("select", { "aria-label": words.presets, title: words.presets, onchange: () => viewer.preset(Number(this.presets.value)) });
    this.element = h(
      "div",
      { class: "sl-bar" },
      group(words.tools, this.tool("window", "w"), this.tool("pan", "p"), this.tool("zoom", "z"), viewer.marking ? this.tool("mark", "m") : null),
      group(words.light, this.presets, this.verb("invert", "i")),
      group(words.size, this.verb("fit", "f"), this.verb("true", "o"), this.verb("reset", "r")),
      viewer.views.length > 1 ? group(words.layout, this.layouts()) : null,
      (this.overlayGroup = group(words.overlays, this.verb("truth", "t"), this.verb("prompt", "b"))),
      group(words.help, this.verb("help", "?")),
    );
    this.footer = h("div", { class: "sl-foot" }, (this.text = h("span", {})), (this.modeText = h("span", {})));
    this.help = this.helpPanel();
    this.refresh();
  }

  tool(name, key) {
    return (this.buttons[name] = button(this.words[name], () => this.viewer.choose(name), { key, "aria-pressed": "false", "data-tool": name }));
  }

  verb(name, key) {
    const words = name === "help" ? "?" : this.words[name];
    const made = button(words, () => this.viewer.keys[key](), { key, title: this.words[`${name}Title`] ?? this.words[name], "data-verb": name });
    if (name === "help") made.setAttribute("aria-label", this.words.help);
    return (this.buttons[name] = made);
  }

  layouts() {
    const all = button(this.words.all, () => this.viewer.enlarge(null), { key: "0", "data-layout": "all" });
    const each = this.viewer.views.map((view, k) =>
      button(view.view, () => this.viewer.enlarge(view.view), { key: String(k + 1), "data-layout": view.view }));
    this.layoutButtons = [all, ...each];
    return this.layoutButtons;
  }

  /** Bring pressed states, presets and overlays up to what the viewer holds. */
  refresh() {
    const { state, tool, large, overlays, active } = this.viewer;
    const press = (made, on) => made?.setAttribute("aria-pressed", String(on));
    for (const name of ["window", "pan", "zoom", "mark"]) press(this.buttons[name], tool === name);
    press(this.buttons.invert, state.invert);
    press(this.buttons.truth, state.truth);
    press(this.buttons.prompt, state.prompt);
    for (const made of this.layoutButtons ?? []) press(made, made.dataset.layout === (large ?? "all"));
    this.overlayGroup.hidden = !overlays;
    if (this.buttons.mark) this.buttons.mark.hidden = Boolean(overlays);
    const names = active ? this.viewer.windowsOf(active).map((window) => window.name) : [];
    if (names.join("|") !== this.names) {
      this.names = names.join("|");
      this.presets.replaceChildren(...names.map((name, k) => h("option", { value: String(k) }, name)));
    }
    this.presets.value = String(Math.min(state.preset, names.length - 1));
  }

  /** Window and magnification of the active view, in the quiet line below. */
  readout() {
    const view = this.viewer.active;
    const { center, width } = this.viewer.greyOf(view);
    const pixel = view.spacing[1] / (globalThis.devicePixelRatio || 1);
    const percent = Math.round((pixel / this.viewer.cameraOf(view).scale) * 100);
    this.text.textContent = say(this.words.readout, { view: view.view, center: Math.round(center), width: Math.round(width), percent });
    this.modeText.textContent = this.viewer.screen.stage?.kind === "cpu" ? this.words.noWebGL : "";
  }

  helpPanel() {
    const title = freshId("help");
    const rows = this.words.keys
      .filter(([, , needs]) => !needs || this.viewer.marking)
      .map(([keys, meaning]) => h("tr", {}, h("th", { scope: "row" }, keys.map((key) => h("kbd", {}, key))), h("td", {}, meaning)));
    return h(
      "section",
      { class: "sl-help", hidden: true, "aria-labelledby": title },
      h("h4", { id: title }, this.words.keysTitle),
      h("table", {}, h("tbody", {}, rows)),
      button(this.words.close, () => this.toggleHelp(), { key: "?" }),
    );
  }

  toggleHelp() {
    this.helpShown = !this.helpShown;
    this.help.hidden = !this.helpShown;
    this.buttons.help.setAttribute("aria-expanded", String(this.helpShown));
    (this.helpShown ? this.help.querySelector("button") : this.viewer.grid).focus();
  }
}
