// Follows a release until it ends; the page works without it by reloading.
const job = document.getElementById("job");
const PAUSE = 1500;

async function follow() {
  try {
    const headers = { "X-XSRFToken": job.dataset.token };
    const answer = await fetch(job.dataset.watch, { headers, credentials: "same-origin", cache: "no-store" });
    if (answer.ok) {
      const state = await answer.json();
      if (state.state !== "running") {
        location.reload();
        return;
      }
      show(state);
    }
  } catch {
    // the next try may reach the campus
  }
  setTimeout(follow, PAUSE);
}

function show(state) {
  const words = document.getElementById("job-words");
  if (state.words && words.textContent !== state.words) words.textContent = state.words;
  const bar = document.getElementById("job-progress");
  if (state.total > 0) {
    bar.max = state.total;
    bar.value = state.done;
  }
  const log = document.getElementById("job-log");
  const text = state.log.join("\n");
  if (text && log.textContent !== text) {
    log.textContent = text;
    log.scrollTop = log.scrollHeight;
  }
}

if (job?.dataset.watch) setTimeout(follow, PAUSE);
