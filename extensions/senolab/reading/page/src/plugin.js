// The one plugin: in Notebook 7 a notebook that says it is a page becomes one. In JupyterLab, where
// authors work, and for every other notebook nothing changes.
import { PageConfig } from "@jupyterlab/coreutils";
import { INotebookTracker } from "@jupyterlab/notebook";
import { speak } from "../../translate.js";
import { LessonPage } from "./lesson.js";
import { besides } from "./plain.js";
import { dropSkeleton } from "./waiting.js";
import { words } from "./words.js";

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
    if (PageConfig.getOption("notebookPage") !== "notebooks") return;
    speak(words, JSON.parse(document.getElementById("senolab-words")?.textContent || "{}")); // of skeleton.html
    const start = (panel) => consider(app, panel).catch((problem) => console.error("senolab-page", problem));
    tracker.widgetAdded.connect((_, panel) => start(panel));
    tracker.forEach(start);
  },
};
