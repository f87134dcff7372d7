// What computes behind the page: waiting for it, running the lesson, noticing when it stops.
import { words } from "./words.js";

const LOST_FOR = 4000; // a short loss of the connection mends itself before anyone need read of it

export class Engine {
  constructor(panel, { bar, onIdle }) {
    this.session = panel.sessionContext;
    this.bar = bar;
    this.onIdle = onIdle;
    this.restarting = false;
    this.up = false;
    this.dead = false;
  }

  /** Why the lesson is not there yet, in words for a learner. */
  reason() {
    if (!navigator.onLine) return words.slow.offline;
    return this.up ? words.slow.running : words.slow.starting;
  }

  async ready() {
    await this.session.ready;
    const kernel = this.session.session?.kernel ?? (await this.#firstKernel());
    await kernel.info;
    this.up = true;
    this.session.statusChanged.connect((_, status) => this.#notice(status));
    this.session.connectionStatusChanged.connect((_, status) => this.#connection(status));
  }

  #firstKernel() {
    return new Promise((resolve) => {
      const arrived = (_, { newValue }) => {
        if (!newValue) return;
        this.session.kernelChanged.disconnect(arrived);
        resolve(newValue);
      };
      this.session.kernelChanged.connect(arrived);
    });
  }

  #notice(status) {
    if (status === "idle") this.onIdle();
    if (this.restarting) return;
    if (status === "autorestarting" || status === "dead") this.onStopped?.();
    if (status === "dead") this.dead = true;
  }

  #connection(status) {
    clearTimeout(this.losing);
    if (status === "connected") return this.bar.hide("lost");
    const ways = [{ text: words.reload, act: () => location.reload() }];
    const tell = () => this.bar.show({ text: words.disconnected, kind: "lost", ways });
    if (!this.restarting) this.losing = setTimeout(tell, LOST_FOR);
  }

  /** Have something that computes again. What only fell over, the server has started anew by itself. */
  async restart() {
    this.restarting = true;
    try {
      const { kernel } = this.session.session ?? {};
      if (this.dead || !kernel) await this.session.restartKernel();
      else await kernel.requestKernelInfo();
      this.dead = false;
    } finally {
      this.restarting = false;
    }
  }
}
