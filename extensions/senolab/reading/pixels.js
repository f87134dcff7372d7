// How pixels and the engine reach the page: by URL from the server where it offers them (the browser
// then keeps them), else through the widget's own connection. The bytes are the same either way.

const ENGINE = Symbol.for("senolab.engine"); // one engine a page, however many widgets

/** Load the engine once a page. */
export function engineOf(session) {
  globalThis[ENGINE] ??= loadEngine(session).catch((problem) => {
    globalThis[ENGINE] = undefined;
    throw problem;
  });
  return globalThis[ENGINE];
}

async function loadEngine(session) {
  const reply = await session.ask({ type: "engine" }, { patience: 120_000 });
  const packed = new Blob([reply.buffers[0]]).stream();
  const source = await new Response(packed.pipeThrough(new DecompressionStream("gzip"))).blob();
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  return import(/* @vite-ignore */ url);
}

/** Fetch one view's file; `progress(part)` is called with 0 to 1, or null where the size is unknown. */
export async function bytesOf(session, view, progress) {
  const kept = (session.keep.bytes ??= {});
  kept[view.view] ??= (await byUrl(view, progress)) ?? (await byConnection(session, view));
  return kept[view.view].arrayBuffer();
}

async function byUrl(view, progress) {
  const page = pageConfig();
  if (!view.url || !page?.baseUrl) return null;
  const headers = page.token ? { Authorization: `token ${page.token}` } : {};
  try {
    const response = await fetch(`${page.baseUrl}senolab/dicom/${view.url}`, { headers, credentials: "same-origin" });
    if (!response.ok || !response.body) return null;
    return await collect(response, progress);
  } catch {
    return null; // the connection's own way may still work; if not, that one speaks
  }
}

async function collect(response, progress) {
  const size = Number(response.headers.get("Content-Length")) || 0;
  const parts = [];
  let got = 0;
  const reader = response.body.getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    parts.push(piece.value);
    got += piece.value.length;
    progress(size ? Math.min(1, got / size) : null);
  }
  return new Blob(parts);
}

async function byConnection(session, view) {
  const reply = await session.ask({ type: "pixels", view: view.view }, { patience: 120_000 });
  return new Blob([reply.buffers[0]]);
}

function pageConfig() {
  try {
    return JSON.parse(document.getElementById("jupyter-config-data").textContent);
  } catch {
    return null; // not a Jupyter page
  }
}
