// What waits on the device, for its officer to see: how much, since when, and what wants a decision.
import { duration } from "./clock.js";
import * as store from "./station_store.js";
import { locale, t, tn } from "./words.js";

const KIB = 1024;
const CONFLICT = 409;

const NAMES = {
  open: t("Opening"),
  found: t("What was found"),
  note: t("Note"),
  photograph: t("Photograph"),
  picture: t("X-ray picture"),
};

const $ = (selector) => document.querySelector(selector);

export class Outbox {
  constructor(person, sending) {
    Object.assign(this, { person, sending, rows: [] });
    $("[data-send-now]").addEventListener("click", () => this.sending.now());
    $("[data-show-outbox]").addEventListener("click", () => this.show($("#outbox").hidden));
  }

  show(open) {
    $("#outbox").hidden = !open;
    $("[data-show-outbox]").setAttribute("aria-expanded", open);
  }

  // Whether anything of this barcode is still here.
  async holds(code) {
    return (await store.list(this.person)).some((row) => row.entry.barcode === code);
  }

  async draw() {
    this.rows = await store.list(this.person);
    const count = this.rows.length, stopped = this.rows.filter((row) => row.state === "stopped").length;
    const button = $("[data-show-outbox]");
    button.classList.toggle("some", count > 0);
    button.classList.toggle("stopped", stopped > 0);
    $("[data-waiting]").textContent = stopped
      ? tn("%(n)s entry wants your decision", "%(n)s entries want your decision", stopped)
      : count
        ? tn("%(n)s entry waits", "%(n)s entries wait", count)
        : t("Nothing waits");
    $("[data-outbox-sum]").textContent = count ? this.sum() : "";
    $("[data-outbox-empty]").hidden = count > 0;
    $("[data-outbox-list]").replaceChildren(...this.rows.map((row) => this.line(row)));
    if (stopped) this.show(true);
  }

  sum() {
    const bytes = this.rows.reduce((sum, row) => sum + row.bytes, 0);
    const oldest = Math.min(...this.rows.map((row) => Date.parse(row.made_at)));
    return t("%(size)s, the oldest for %(time)s", { size: size(bytes), time: duration((Date.now() - oldest) / 1000) });
  }

  line(row) {
    const line = document.createElement("li"), said = row.entry.stopped;
    line.dataset.entryRow = row.uuid;
    line.dataset.state = row.state;
    line.classList.toggle("stopped", row.state === "stopped");
    const code = text("span", row.entry.barcode || t("without a barcode"), "mono");
    const when = text("time", new Date(row.made_at).toLocaleTimeString(locale), "muted");
    line.append(text("strong", NAMES[row.kind]), code, when, text("span", size(row.bytes), "muted"));
    if (row.state !== "stopped") return line;
    const changed = t("The parcel has changed since you were shown it. Look at it as it stands now, then decide.");
    line.append(text("p", said.status === CONFLICT ? changed : said.title, "outbox-said"), text("p", said.detail, "outbox-more"), ...this.choices(row, said));
    return line;
  }

  // Nothing of it is lost by itself: the officer says what becomes of it.
  choices(row, said) {
    const again = said.status === CONFLICT ? t("Enter it on the parcel as it stands now") : t("Send it again");
    return [
      button(again, () => this.again(row)),
      button(t("Hand it to a supervisor"), () => this.hand(row, said)),
      button(t("Delete it"), () => this.drop(row), "danger"),
    ];
  }

  async again(row) {
    const entry = { ...row.entry, stopped: undefined, parcel: null, version: null, after: null };
    await store.change(row, { state: "waiting", entry });
    await this.draw();
    await this.sending.now();
  }

  async hand(row, said) {
    const why = [said.title, said.detail].filter(Boolean).join(": ").slice(0, 500);
    await store.change(row, { state: "waiting", entry: { ...row.entry, stopped: undefined, handed: true, why } });
    await this.draw();
    await this.sending.now();
  }

  async drop(row) {
    if (!confirm(t("Delete this entry for good? Nobody else has it."))) return;
    await store.remove(row);
    await this.draw();
    await this.sending.now();
  }
}

function text(kind, said, name = "") {
  const made = document.createElement(kind);
  made.textContent = said;
  made.className = name;
  return made;
}

function button(label, run, kind = "") {
  const made = text("button", label, `button ${kind}`);
  made.type = "button";
  made.addEventListener("click", run);
  return made;
}

function size(bytes) {
  if (bytes < KIB * KIB) return t("%(n)s KB", { n: Math.max(1, Math.round(bytes / KIB)) });
  return t("%(n)s MB", { n: (bytes / KIB / KIB).toFixed(1) });
}
