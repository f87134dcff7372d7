// The one plugin: in Notebook 7 a notebook that says it is a page becomes one. In JupyterLab, where
// authors work, and for every other notebook nothing changes.
import { PageConfig } from "@jupyterlab/coreutils";
import { INotebookTracker } from "@jupyterlab/notebook";
import { speak } from "../../translate.js";
import { LessonPage } from "./lesson.js";
import { besides } from "./plain.js";
import { dropSkeleton } from "./waiting.js";
import { el } from "./dom.js";
import { words } from "./words.js";

// In every page of the server, JupyterLab's among them: at the foot, where it covers nobody's controls.
const STRIPE = `
#senolab-unprotected { position: fixed; inset: auto 0 0; z-index: 10001; margin: 0; height: 2rem; background: #a3261b;
  color: #fff; font: 600 0.875rem/2rem sans-serif; text-align: center; white-space: nowrap; }
body:has(#senolab-unprotected) > #main { bottom: 2rem !important; height: auto !important; }
body:has(#senolab-unprotected) #senolab-page { padding-bottom: 2rem; }`;

/** Say that there is no sandbox, where the server says so. */
function warn(sentence) {
  if (!sentence) return;
  document.head.append(el("style", {}, STRIPE));
  document.body.append(el("p", { id: "senolab-unprotected", role: "alert" }, sentence));
  window.dispatchEvent(new Event("resize"));
}

/** Close JupyterLab's two sides where a window is narrow: with them open nothing of the text is to be seen. */
function fold(app) {
  const narrow = matchMedia("(max-width: 767px)");
  const close = () => {
    if (!narrow.matches) return;
    app.shell.collapseLeft?.();
    app.shell.collapseRight?.();
  };
  app.restored.then(close);
  narrow.addEventListener("change", close);
}

async function consider(app, panel) {
  await panel.context.ready;
  const about = panel.context.model?.getMetadata("senolab");
  if (about?.page === true) await new LessonPage(app, panel, about).open();
  else {
    dropSkeleton();
    await besides(app, panel);
  }
}

export default {
  id: "senolab-page:lesson",
  description: "Opens a lesson as a page.",
  autoStart: true,
  requires: [INotebookTracker],
  activate(app, tracker) {
    warn(PageConfig.getOption("senolabUnprotected"));
    if (!PageConfig.getOption("notebookPage")) fold(app);
    if (PageConfig.getOption("notebookPage") !== "notebooks") return;
    speak(words, JSON.parse(document.getElementById("senolab-words")?.textContent || "{}")); // of skeleton.html
    const start = (panel) => consider(app, panel).catch((problem) => console.error("senolab-page", problem));
    tracker.widgetAdded.connect((_, panel) => start(panel));
    tracker.forEach(start);
  },
};
