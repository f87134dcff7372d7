// The module-federation container that JupyterLab and Notebook 7 look for, written by hand: a few
// source files need no bundler of a hundred megabytes. The host calls `init` with its shared modules
// and then `get("./extension")`.
import { take } from "./shared.js";

const NAME = "senolab-page";
let hosts = null;

const container = {
  init(scope) {
    hosts = scope;
  },
  async get(module) {
    if (module !== "./extension" && module !== "./index") {
      throw new Error(`${NAME} has no module ${module}`);
    }
    await take(hosts);
    const { default: plugin } = await import("./plugin.js"); // read only now: it needs the shared modules
    return () => ({ __esModule: true, default: plugin });
  },
};

window._JUPYTERLAB = window._JUPYTERLAB || {};
window._JUPYTERLAB[NAME] = container;
