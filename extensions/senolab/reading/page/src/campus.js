// What the page asks the learner's own server; that server speaks with the campus.
import { PageConfig, URLExt } from "@jupyterlab/coreutils";
import { ServerConnection } from "@jupyterlab/services";
import { moment } from "../../translate.js";
import { words } from "./words.js";

export const base = () => PageConfig.getBaseUrl();

export class Desk {
  constructor(settings, path) {
    this.settings = settings;
    this.path = path;
  }

  /** The lesson's state: what is answered, what the campus says. */
  state({ fresh = false } = {}) {
    const query = new URLSearchParams({ path: this.path, ...(fresh && { fresh: "1" }) });
    return this.#ask(`lesson?${query}`, {});
  }

  /** Hand in; gives the receipt, or throws an Error with the sentence to show. */
  handIn() {
    return this.#ask("handin", { method: "POST", body: JSON.stringify({ path: this.path }) });
  }

  async #ask(what, init) {
    // makeRequest sends the cookie's _xsrf value as a header, and the token where one is used.
    const url = URLExt.join(base(), "senolab", what);
    let reply;
    try {
      reply = await ServerConnection.makeRequest(url, init, this.settings);
    } catch {
      throw new Error(words.unreached);
    }
    const body = await reply.json().catch(() => ({}));
    if (!reply.ok) throw new Error(body.message || words.odd);
    return body;
  }
}

export const when = (iso) => moment(iso, { dateStyle: "medium", timeStyle: "short" });
