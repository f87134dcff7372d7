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
  say(live, state.summary);
  for (const place of document.querySelectorAll("[data-count]")) {
    const told = state.counts[place.dataset.count];
    if (told === undefined) continue;
    say(place, told);
    place.hidden = !told;
  }
  for (const cell of document.querySelectorAll("[data-cell]")) {
    const told = state.cells[cell.dataset.cell];
    if (told) follows(cell, told);
  }
}

function follows(cell, told) {
  const part = cell.querySelector("[data-part]");
  say(part, told.text);
  part.dataset.part = told.state;
  cell.dataset.sort = told.rank;
  if (told.address && !cell.querySelector("a")) {
    const link = document.createElement("a");
    link.className = "result";
    link.href = told.address;
    const bare = cell.querySelector(".result");
    link.append(...bare.childNodes);
    bare.replaceWith(link);
  }
}

/** Writes where the words differ: what was read aloud is not read again. */
function say(place, words) {
  if (place.textContent.trim() !== words) place.textContent = words;
}

if (live && table) setTimeout(follow, PAUSE);
