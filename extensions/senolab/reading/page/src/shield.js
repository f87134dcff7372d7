// A page is read and answered, not edited. Whoever presses keys, double-clicks or right-clicks on it
// must not reach the notebook beneath, and leaving it must not ask about "unsaved changes".
import { words } from "./words.js";

export function shield(app, panel, { tell }) {
  silenceCommands(app);
  keepAsReleased(panel);
  silenceDialogs(panel);
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "s") {
      event.preventDefault(); // people press it from habit; the browser would save a useless web page
      tell(words.kept);
    }
  });
}

function silenceCommands(app) {
  app.commands.processKeydownEvent = () => {}; // no shortcut of the notebook acts: not dd, not a, not x
  app.contextMenu.open = () => false; // the browser's own menu, without "Delete cell"
}

// Answers live in the record, so the notebook file stays exactly as released.
function keepAsReleased({ context }) {
  context.save = async () => {};
  const clean = () => {
    if (context.model?.dirty) context.model.dirty = false; // Jupyter notes the language's version and the like
  };
  context.model.stateChanged.connect(clean);
  clean();
}

// The page has its own words for a stopped or slow lesson; the notebook's boxes would cover them.
function silenceDialogs(panel) {
  panel.sessionContext.statusChanged.disconnect(panel._onSessionStatusChanged, panel);
  const dismiss = (node) => {
    console.warn("senolab-page: a box was closed:", node.textContent);
    const escape = new KeyboardEvent("keydown", { key: "Escape", code: "Escape", keyCode: 27, bubbles: true });
    node.dispatchEvent(escape);
  };
  new MutationObserver((changes) => {
    for (const node of changes.flatMap((change) => [...change.addedNodes])) {
      if (node instanceof Element && node.matches(".jp-Dialog")) setTimeout(dismiss, 0, node);
    }
  }).observe(document.body, { childList: true });
}
