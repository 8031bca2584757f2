// Sends what lies on the device, in order, again and again until the server has said that it has it.
//
//   waiting   not taken yet          stopped   the server refused it, or the parcel changed: a person decides
// An entry that is stopped stops those of the same barcode that were made after it, and nothing else.
import * as store from "./station_store.js";

const FIRST_S = 1, LONGEST_S = 60; // between two tries
const TIME_OUT_MS = 5 * 60 * 1000;

export class Sending {
  // `ask()` gives who is signed in, or null where nobody is; `changed(what)` is told of all that happens.
  constructor(person, ask, changed) {
    Object.assign(this, { person, ask, changed, wait: FIRST_S, timer: null, running: false, again: false, link: "unknown", csrf: null });
    addEventListener("offline", () => this.linked("none"));
  }

  // Try at once. One tab sends at a time: the others wait for its lock.
  async now() {
    clearTimeout(this.timer);
    if (this.running) {
      this.again = true;
      return;
    }
    this.running = true;
    try {
      await navigator.locks.request("screener-station-sending", () => this.all());
    } finally {
      this.running = false;
    }
    if (this.again) {
      this.again = false;
      await this.now();
    }
  }

  async all() {
    for (const row of await this.ready()) {
      const answer = await this.one(row);
      if (answer === "later") return this.later();
      if (answer === "nobody") return undefined;
    }
    this.wait = FIRST_S;
    return undefined;
  }

  // What may be sent: not what comes after an entry of the same barcode that is stopped.
  async ready() {
    const stopped = new Set();
    return (await store.list(this.person)).filter((row) => {
      const code = row.entry.barcode || row.uuid;
      if (row.state === "stopped") stopped.add(code);
      return row.state === "waiting" && !stopped.has(code);
    });
  }

  async one(row) {
    if (this.csrf === null && !(await this.signedIn())) return this.link === "signed-out" ? "nobody" : "later";
    const answer = await this.post(row);
    if (answer === null || answer.status >= 500 || answer.status === 429) return this.lost(answer);
    if (answer.status === 401) return this.nobody();
    if (answer.status === 403) return this.denied(row, answer);
    this.linked("there");
    if (answer.ok) await this.done(row, await answer.json());
    else await this.stopped(row, answer);
    return "done";
  }

  async post(row) {
    const body = new FormData();
    const picture = await store.picture(row);
    body.append("entry", JSON.stringify({ ...row.entry, stopped: undefined, sent_at: new Date().toISOString() }));
    if (picture) body.append("content", new Blob([picture]), "picture");
    const headers = { Accept: "application/json", "X-CSRF": this.csrf };
    try {
      return await fetch("/station/entries", { method: "POST", body, headers, signal: AbortSignal.timeout(TIME_OUT_MS) });
    } catch {
      return null;
    }
  }

  async signedIn() {
    const me = await this.ask();
    if (me === undefined) return this.linked("none");
    if (me === null || me.person !== this.person) return this.nobody() && false;
    this.csrf = me.csrf;
    return true;
  }

  // The proof may be of an earlier session: with a new one it is tried once more.
  async denied(row, answer) {
    const before = this.csrf;
    this.csrf = null;
    if (!(await this.signedIn())) return this.link === "signed-out" ? "nobody" : "later";
    if (this.csrf !== before) return this.one(row);
    await this.stopped(row, answer);
    return "done";
  }

  async done(row, answer) {
    await store.remove(row);
    this.changed({ what: "done", row, answer });
  }

  async stopped(row, answer) {
    const said = await answer.json().catch(() => ({}));
    const entry = { ...row.entry, stopped: { status: answer.status, title: said.title ?? "", detail: said.detail ?? "" } };
    await store.change(row, { state: "stopped", entry });
    this.changed({ what: "stopped", row });
  }

  nobody() {
    this.csrf = null;
    this.linked("signed-out");
    return "nobody";
  }

  lost(answer) {
    this.linked(answer === null ? "none" : "busy");
    return "later";
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.now(), this.wait * 1000 * (0.75 + Math.random() / 2));
    this.wait = Math.min(this.wait * 2, LONGEST_S);
  }

  linked(link) {
    this.link = link;
    this.changed({ what: "link", link });
    return false;
  }
}
