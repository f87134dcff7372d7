// Waiting, told honestly: grey shapes at once, words after 1 s, a reason and a way out after 10 s.
// The first grey shapes come with the page itself (skeleton.html), before any script has loaded.
import { el } from "./dom.js";
import { words } from "./words.js";

const WORDS_AFTER = 1000;
const REASON_AFTER = 10000;

export function dropSkeleton() {
  document.getElementById("senolab-wait")?.remove();
}

/** A line that speaks up when something takes long; `stop()` when it has come. */
export class Patience {
  constructor(bar, { reason, campus }) {
    this.bar = bar;
    this.timers = [
      setTimeout(() => bar.show({ text: words.gettingReady, kind: "wait" }), WORDS_AFTER),
      setTimeout(() => {
        const ways = [{ text: words.reload, act: () => location.reload() }];
        if (campus()) ways.push({ text: words.back, href: campus() });
        bar.show({ text: reason(), kind: "slow", ways });
      }, REASON_AFTER),
    ];
  }

  stop() {
    this.timers.forEach(clearTimeout);
    this.bar.hide("wait");
    this.bar.hide("slow");
  }
}

/** One bar under the header, for one sentence and what can be done about it. */
export class Bar {
  constructor() {
    this.kind = null;
    this.node = el("div", { class: "lp-bar", role: "status", "aria-live": "polite" });
  }

  show({ text, kind, ways = [] }) {
    this.kind = kind;
    this.node.dataset.kind = kind;
    const buttons = ways.map((way) =>
      way.href
        ? el("a", { class: "lp-button lp-plain", href: way.href }, way.text)
        : el("button", { class: "lp-button lp-plain", type: "button", onclick: way.act }, way.text),
    );
    this.node.replaceChildren(el("p", {}, text), ...buttons);
  }

  hide(kind) {
    if (kind && kind !== this.kind) return;
    this.kind = null;
    delete this.node.dataset.kind;
    this.node.replaceChildren();
  }
}
