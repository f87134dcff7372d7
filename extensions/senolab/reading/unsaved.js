// Answers that did not reach the record yet, kept with the browser's tab: a page that is loaded again while
// nothing computes behind it has lost none. The address parts people and lessons.

const place = (question) => `senolab-unsaved:${location.pathname}:${question}`;

/** Keep an answer until it is saved; `saved` is what the record last held. */
export function keep(question, { value, shown, saved }) {
  try {
    sessionStorage.setItem(place(question), JSON.stringify({ value, shown, saved: saved ?? null }));
  } catch {
    // a browser that keeps nothing: the page itself still holds the answer
  }
}

/** Forget what was saved. */
export function drop(question) {
  try {
    sessionStorage.removeItem(place(question));
  } catch {
    // nothing was kept
  }
}

/** Return what was kept, or null: what another page saved since then is the later answer and stays. */
export function kept(question, saved) {
  try {
    const held = JSON.parse(sessionStorage.getItem(place(question)));
    return held && JSON.stringify(held.saved) === JSON.stringify(saved ?? null) ? held : null;
  } catch {
    return null;
  }
}
