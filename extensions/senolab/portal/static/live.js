// Follows the marking: asks for the class's state every two seconds and changes what has changed.
const live = document.querySelector("[data-live]");
const table = document.querySelector("table[data-token]");
const PAUSE = 2000;
let tag = "";
let failures = 0;

async function follow() {
  if (!document.hidden) {
    try {
      const headers = { "X-XSRFToken": table.dataset.token };
      if (tag) headers["If-None-Match"] = tag;
      const answer = await fetch(live.dataset.live, { headers, credentials: "same-origin", cache: "no-store" });
      if (answer.status === 200) {
        tag = answer.headers.get("Etag") ?? "";
        show(await answer.json());
      } else if (answer.status !== 304) {
        throw new Error(String(answer.status));
      }
      failures = 0;
    } catch {
      failures += 1;
      if (failures === 3) live.textContent = live.dataset.paused;
    }
  }
  setTimeout(follow, failures ? PAUSE * 2 ** Math.min(failures, 5) : PAUSE);
}

function show(state) {
  if (live.textContent !== state.summary) live.textContent = state.summary;
  for (const cell of document.querySelectorAll("[data-cell]")) {
    const told = state.cells[cell.dataset.cell];
    if (!told) continue;
    const part = cell.querySelector("[data-part]");
    if (part && part.textContent.trim() !== told.text) {
      part.textContent = told.text;
      cell.dataset.sort = told.rank;
    }
    if (told.handed && !cell.querySelector("a")) location.reload(); // the row gets its link
  }
}

if (live && table) setTimeout(follow, PAUSE);
