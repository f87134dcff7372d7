// Shows by itself that a hand-in is marked; the page works without it by reloading.
const PAUSE = 2000;
let pause = PAUSE;

const waiting = (page) => page.querySelectorAll("[data-waits]").length;

async function follow() {
  pause *= 1.2;
  try {
    if (!document.hidden) await look();
  } catch {
    // the next try may reach the campus
  }
  if (waiting(document)) setTimeout(follow, pause);
}

async function look() {
  const answer = await fetch(location.href, { credentials: "same-origin", cache: "no-store" });
  if (!answer.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (waiting(fresh) < waiting(document)) document.getElementById("main").replaceWith(fresh.getElementById("main"));
}

if (waiting(document)) setTimeout(follow, PAUSE);
