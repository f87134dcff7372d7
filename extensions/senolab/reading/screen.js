// The images on the screen: fetched and decoded when the viewer comes near, let go when it is far away.
import { h, perFrame } from "./dom.js";
import { breastOf } from "./geometry.js";
import { bytesOf, engineOf } from "./pixels.js";
import { say } from "./translate.js";

const AWAY = 20_000; // ms off the screen until the images' memory is given back

export class Screen {
  constructor(viewer) {
    this.viewer = viewer;
    this.stage = null;
    this.images = {};
    this.boxes = {}; // view -> the breast's box in mm
    this.planes = {};
  }

  /** Load when the viewer comes near the screen, let go of the memory when it has been away for a while. */
  watch() {
    let leaving = 0;
    const seen = new IntersectionObserver(([entry]) => {
      clearTimeout(leaving);
      if (entry.isIntersecting) this.open();
      else leaving = setTimeout(() => this.close(), AWAY);
    }, { rootMargin: "100%" });
    seen.observe(this.viewer.root);
    const sized = new ResizeObserver(perFrame(() => this.viewer.resized()));
    sized.observe(this.viewer.grid);
    this.viewer.signal.addEventListener("abort", () => {
      clearTimeout(leaving);
      seen.disconnect();
      sized.disconnect();
      this.close();
    });
  }

  async open() {
    if (this.stage || this.opening) return;
    this.opening = true;
    this.viewer.grid.setAttribute("aria-busy", "true");
    try {
      for (const view of this.viewer.views) this.say(view, this.viewer.words.loading);
      this.engine = await engineOf(this.viewer.session);
      this.stage = this.engine.openStage({ cpu: this.lost || this.viewer.session.model.get("cpu") });
      this.stage.onLost = () => { this.lost = true; this.reopen(); }; // the processor goes on where WebGL stopped
      this.viewer.root.dataset.drawn = this.stage.kind;
      await Promise.all(this.viewer.views.map((view) => this.load(view)));
    } catch (problem) {
      for (const view of this.viewer.views) this.fail(view, problem, () => this.reopen());
    } finally {
      this.opening = false;
      this.viewer.grid.removeAttribute("aria-busy");
    }
    if (this.viewer.signal.aborted) this.close();
  }

  reopen() {
    this.close();
    this.open();
  }

  async load(view) {
    const { viewer, stage } = this;
    const closed = () => this.stage !== stage;
    try {
      const { loading, loadingPart, decoding } = viewer.words;
      const bytes = await bytesOf(viewer.session, view, (part) =>
        this.say(view, part === null ? loading : say(loadingPart, { n: Math.round(part * 100) })));
      this.say(view, decoding);
      const image = await this.engine.decode(bytes);
      if (closed()) return void this.engine.release(image);
      this.images[view.view] = image;
      this.boxes[view.view] = breastOf(view, image, viewer.windowOf(view, image));
      const plane = stage.plane(viewer.cells[view.view].host);
      plane.onDrawn = () => viewer.cells[view.view].frame.setAttribute("data-lit", "");
      await plane.show(image);
      if (closed()) return;
      this.planes[view.view] = plane;
      this.say(view, "");
      viewer.toolbar.refresh();
      viewer.draw();
    } catch (problem) {
      if (!closed()) this.fail(view, problem, () => this.load(view));
    }
  }

  close() {
    if (!this.stage) return;
    this.stage.destroy();
    for (const image of Object.values(this.images)) this.engine.release(image);
    for (const { host, frame } of Object.values(this.viewer.cells)) {
      host.replaceChildren();
      frame.removeAttribute("data-lit");
    }
    Object.assign(this, { stage: null, images: {}, planes: {} });
  }

  say(view, words) {
    this.viewer.cells[view.view].note.replaceChildren(words);
  }

  fail(view, problem, again) {
    console.error("senolab:", problem);
    const words = say(this.viewer.words.noImage, { why: problem?.message ?? String(problem) });
    const retry = h("button", { type: "button", onclick: again, onpointerdown: (e) => e.stopPropagation() }, this.viewer.words.again);
    this.viewer.cells[view.view].note.replaceChildren(h("p", { role: "alert" }, words), retry);
  }
}
