// The viewer: an exam's views hung as at the workstation, and the verbs that toolbar, pointers and keys
// call. What the reader set (window, zoom, tool) lives in `session.keep` and outlives a redraw.
import { freshId, h, perFrame, svg } from "./dom.js";
import { commonScale, hung, panned, sizeOf, trueScale, zoomed } from "./geometry.js";
import { listenToPointers, pressed } from "./gestures.js";
import { MarkingHand } from "./hand.js";
import { drawOver } from "./overlay.js";
import { Screen } from "./screen.js";
import { Toolbar } from "./toolbar.js";

const DRAG = 500; // CSS px of dragging that move the window by its own width

export class Viewer {
  /** `marking` = { list(): marks, add, move, remove } or null; `overlays` = {findings, boxes} or null. */
  constructor({ session, views, words, marking = null, signal }) {
    Object.assign(this, { session, views, words, marking, signal });
    this.state = session.keep.viewer ??= {
      tool: "window", active: views[0]?.view, large: null, invert: false, preset: 0, shift: 0, stretch: 1,
      cameras: {}, truth: true, prompt: true, cross: null,
    };
    this.hand = marking && new MarkingHand(this, marking);
    this.overlays = null;
    this.screen = new Screen(this);
    this.draw = perFrame(() => this.drawNow());
    this.build();
  }

  build() {
    const hint = freshId("hint");
    this.cells = Object.fromEntries(this.views.map((view) => [view.view, this.cell(view)]));
    this.grid = h(
      "div",
      {
        class: "sl-grid", tabindex: "0", role: "application", "data-views": this.views.length,
        "data-jp-suppress-context-menu": true, // the right button zooms
        "aria-label": this.words.images, "aria-describedby": hint,
      },
      Object.values(this.cells).map((cell) => cell.frame),
    );
    this.spoken = h("div", { class: "sl-hidden", role: "status" });
    this.toolbar = new Toolbar(this);
    this.root = h(
      "div",
      { class: "sl-viewer", onkeydown: (event) => this.key(event) },
      this.toolbar.element, this.toolbar.help, this.grid, this.toolbar.footer,
      h("p", { id: hint, class: "sl-hidden" }, this.words.imagesHint), this.spoken,
    );
    this.layOut();
    this.screen.watch();
  }

  cell(view) {
    const host = h("div", { class: "sl-host" });
    host.style.transform = `scale(${view.flip_x ? -1 : 1}, ${view.flip_y ? -1 : 1})`;
    const layer = svg("svg", { class: "sl-layer", "aria-hidden": "true" });
    const note = h("div", { class: "sl-note" });
    const side = view.laterality === "R" ? "sl-left" : "sl-right";
    const name = h("div", { class: `sl-name ${side}` }, view.view, view.note ? h("small", {}, view.note) : null);
    const frame = h("div", { class: "sl-cell", "data-view": view.view }, host, layer, name, note);
    listenToPointers(frame, view, this, this.signal);
    return { frame, host, layer, note, };
  }

  // ------------------------------------------------------------------ drawing

  drawNow() {
    if (!this.screen.stage) return;
    const shown = this.views.filter((view) => this.screen.planes[view.view]);
    for (const view of shown) {
      const plane = this.screen.planes[view.view];
      const camera = this.cameraOf(view);
      plane.look({
        column: camera.x / view.spacing[1],
        row: camera.y / view.spacing[0],
        perPixel: camera.scale / view.spacing[0],
      });
      plane.grey({ ...this.greyOf(view), invert: this.state.invert });
      plane.draw();
    }
    this.drawOverlays();
    this.toolbar.readout();
  }

  drawOverlays() {
    const marks = this.marking?.list() ?? [];
    for (const view of this.views) {
      const { layer, frame } = this.cells[view.view];
      frame.classList.toggle("sl-active", view.view === this.state.active);
      const mine = (list) => (list ?? []).filter((one) => one.view === view.view);
      const cross = this.state.cross?.view === view.view && this.tool === "mark" ? this.state.cross : null;
      drawOver(layer, {
        view, camera: this.cameraOf(view), cell: this.cellOf(view), marks: mine(marks), cross,
        findings: this.state.truth ? mine(this.overlays?.findings) : [],
        boxes: this.state.prompt ? mine(this.overlays?.boxes) : [],
      });
    }
  }

  /** Size of a view's cell in CSS pixels. */
  cellOf(view) {
    const { clientWidth, clientHeight } = this.cells[view.view].frame;
    return { width: clientWidth || 1, height: clientHeight || 1 };
  }

  cameraOf(view) {
    const cell = this.cellOf(view);
    return this.state.cameras[view.view] ?? hung(view, cell, this.boxOf(view), this.fitScale(view, cell));
  }

  /** What has to be seen of a view. Right and left oblique share their height, so that they stay level. */
  boxOf(view) {
    const { width, height } = sizeOf(view);
    const box = this.screen.boxes[view.view] ?? { x0: 0, y0: 0, x1: width, y1: height };
    const other = this.screen.boxes[(view.laterality === "R" ? "L" : "R") + view.view.slice(1)];
    if (!other || view.view.endsWith("CC")) return box;
    return { ...box, y0: Math.min(box.y0, other.y0), y1: Math.max(box.y1, other.y1) };
  }

  fitScale(view, cell) {
    const together = this.large ? [view] : this.views;
    return commonScale(together, cell, Object.fromEntries(together.map((one) => [one.view, this.boxOf(one)])));
  }

  windowOf(view, image = this.screen.images[view.view]) {
    const windows = this.windowsOf(view, image);
    return windows[Math.min(this.state.preset, windows.length - 1)];
  }

  /** The header's windows, then the full range of the image. */
  windowsOf(view, image = this.screen.images[view.view]) {
    const [low, high] = image ? [image.minPixelValue, image.maxPixelValue] : [0, 4095];
    const full = { name: this.words.fullRange, center: (low + high) / 2, width: Math.max(2, high - low), shape: "LINEAR" };
    return [...view.windows, full];
  }

  greyOf(view) {
    const { center, width, shape } = this.windowOf(view);
    return { center: center + this.state.shift * width, width: Math.max(1, width * this.state.stretch), shape };
  }

  // -------------------------------------------------------------------- verbs

  get tool() { return this.state.tool; }

  get large() { return this.state.large; }

  get active() { return this.views.find((view) => view.view === this.state.active) ?? this.views[0]; }

  change(changes) {
    Object.assign(this.state, changes);
    this.toolbar.refresh();
    this.draw();
  }

  choose(tool) { this.change({ tool }); }

  activate(view) {
    if (this.state.active !== view.view) this.change({ active: view.view, cross: null });
  }

  next() {
    const at = this.views.indexOf(this.active);
    const view = this.views[(at + 1) % this.views.length];
    this.activate(view);
    if (this.large) this.enlarge(view.view);
    this.speak(view.view);
  }

  window(dx, dy) {
    const shift = Math.max(-2, Math.min(2, this.state.shift + dy / DRAG));
    const stretch = Math.max(0.02, Math.min(8, this.state.stretch * Math.exp(dx / DRAG * 2)));
    this.change({ shift, stretch });
  }

  preset(number) { this.change({ preset: number, shift: 0, stretch: 1 }); }

  pan(view, dx, dy) { this.move(view, panned(view, this.cameraOf(view), dx, dy)); }

  zoom(view, factor, place) {
    const cell = this.cellOf(view);
    const at = place ?? { x: cell.width / 2, y: cell.height / 2 };
    this.move(view, zoomed(view, this.cameraOf(view), cell, at, factor));
  }

  move(view, camera) {
    this.state.cameras[view.view] = camera;
    this.draw();
  }

  fit() { this.change({ cameras: {} }); }

  trueSize() {
    for (const view of this.views) {
      const cell = this.cellOf(view);
      this.state.cameras[view.view] = hung(view, cell, this.boxOf(view), trueScale(view));
    }
    this.change({});
  }

  reset() { this.change({ cameras: {}, invert: false, preset: 0, shift: 0, stretch: 1 }); }

  enlarge(name) {
    this.change({ large: name, cameras: {}, ...(name ? { active: name } : {}) });
    this.layOut();
    this.resized();
    if (name) this.speak(name);
  }

  layOut() {
    this.grid.classList.toggle("sl-one", Boolean(this.large));
    for (const [name, { frame }] of Object.entries(this.cells)) frame.classList.toggle("sl-large", name === this.large);
  }

  resized() {
    if (!this.grid.clientWidth) return;
    this.screen.stage?.resize();
    this.draw();
  }

  escape() {
    if (this.toolbar.helpShown) this.toolbar.toggleHelp();
    else if (this.large) this.enlarge(null);
    else return false;
    return true;
  }

  reveal(overlays) {
    this.overlays = overlays;
    this.change(this.tool === "mark" ? { tool: "window" } : {}); // what is committed is marked no more
  }

  toggle(name) { if (this.overlays) this.change({ [name]: !this.state[name] }); }

  // --------------------------------------------------------------------- keys

  get keys() {
    const keys = {
      w: () => this.choose("window"), p: () => this.choose("pan"), z: () => this.choose("zoom"),
      i: () => this.change({ invert: !this.state.invert }), f: () => this.fit(), o: () => this.trueSize(),
      r: () => this.reset(), v: () => this.next(), t: () => this.toggle("truth"), b: () => this.toggle("prompt"),
      "+": () => this.zoom(this.active, 1.25), "-": () => this.zoom(this.active, 0.8),
      0: () => this.enlarge(null), "?": () => this.toolbar.toggleHelp(),
    };
    if (this.marking && !this.overlays) keys.m = () => this.choose("mark");
    this.views.forEach((view, k) => { keys[k + 1] = () => this.enlarge(view.view); });
    return keys;
  }

  key(event) {
    if (!pressed(event, this)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  speak(words) {
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => this.spoken.replaceChildren(words), 250);
  }

  /** What the reader sees now, for the record. */
  shown() {
    const { large, invert, preset, shift, stretch, truth, prompt } = this.state;
    const round = (value) => Math.round(value * 1000) / 1000;
    const reveal = this.overlays ? { truth, prompt } : null;
    return { views: large ?? "all", invert, preset, shift: round(shift), stretch: round(stretch), reveal };
  }
}
