// The forms of the station: each entry is kept on the device before anything else happens, and what is half
// entered is kept, too, so that a reload or an empty battery takes nothing away.
import { notice } from "./notices.js";
import * as store from "./station_store.js";
import { t, tn } from "./words.js";

const STICKS = { sticks: 1, packs: 20, cartons: 200 };
const MOVES = new Set(["open", "found"]);
const MOST_DRAFTS = 50;
const MIB = 1024 * 1024;

const $ = (selector) => document.querySelector(selector);
const $$ = (selector) => [...document.querySelectorAll(selector)];

export class Forms {
  constructor({ person, name, most }, sending, parcel, outbox) {
    Object.assign(this, { person, name, most, sending, current: parcel, outbox, code: "", last: {} });
    for (const form of $$("form[data-entry]")) form.addEventListener("submit", (event) => this.submitted(event, form));
    for (const tab of $$("[data-tab]")) tab.addEventListener("click", () => this.open(tab.dataset.tab));
    $(".station-tabs").addEventListener("keydown", (event) => this.arrows(event));
    $("[name=photographs]").addEventListener("change", (event) => this.photographs(event.target));
    $("[name=picture]").addEventListener("change", (event) => this.named(event.target));
    $("[name=device]").addEventListener("change", (event) => this.preset(event.target.selectedOptions[0]));
    $(".station-record").addEventListener("input", () => this.changed());
    addEventListener("pagehide", () => this.keep());
  }

  // --- what may be entered ---------------------------------------------------------------------------------

  open(name) {
    for (const tab of $$("[data-tab]")) {
      const chosen = tab.dataset.tab === name;
      tab.setAttribute("aria-selected", chosen);
      tab.tabIndex = chosen ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !chosen;
    }
    this.tab = name;
    this.limit();
  }

  arrows(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    const tabs = $$("[data-tab]");
    const next = tabs.at((tabs.indexOf(document.activeElement) + step) % tabs.length);
    next.focus();
    this.open(next.dataset.tab);
  }

  // The parcel as the server or this device knows it. `fresh`: the server has all that was recorded of it, and
  // says itself how it stands from here on.
  parcel({ may }, fresh) {
    this.may = may;
    if (fresh) {
      this.last = {};
      this.steps = {};
    }
    this.limit();
    $("[data-picture-for]").textContent = this.code ? t("For the parcel %(code)s", { code: this.code }) : t("Without a barcode: a supervisor can tie it to a parcel later.");
  }

  // Forms are there where they can lead to something; what this device has recorded itself counts.
  limit() {
    const own = this.steps ?? {};
    const now = {
      open: !own.open && (!this.may || this.may.includes("open")),
      found: !own.found && (own.open || !this.may || this.may.includes("found")),
    };
    for (const form of $$("form[data-entry]")) {
      const kind = form.dataset.entry;
      const closed = now[kind] === false;
      form.hidden = ("withCode" in form.dataset && !this.code) || closed;
      const why = $(`[data-not-now="${kind}"]`);
      if (why) why.hidden = !closed || !this.code;
    }
    $("[data-needs-code]").hidden = Boolean(this.code) || this.tab === "picture";
  }

  // --- which barcode ---------------------------------------------------------------------------------------

  // What is half entered stays with its barcode.
  async leave() {
    await this.keep();
    for (const form of $$("form[data-entry]")) form.reset();
    $("[data-photos]").replaceChildren();
    $("[data-file-name]").textContent = t("Choose the picture of the mobile X-ray");
    this.code = "";
    this.last = {};
    this.steps = {};
    this.sum();
  }

  async to(code) {
    if (this.code === code) return;
    await this.take(code, (await this.drafts()).of[code]);
    await this.keep();
  }

  // Work on a barcode from here on, with what was half entered of it and what this device recorded of it.
  async take(code, draft) {
    this.code = code;
    this.last = draft?.last ?? {};
    this.steps = {};
    for (const [kind, fields] of Object.entries(draft?.typed ?? {})) fill($(`form[data-entry="${kind}"]`), fields);
    for (const row of await store.list(this.person))
      if (row.entry.barcode === code && MOVES.has(row.kind)) this.stepped(row.entry);
    this.officers();
    this.sum();
    this.open(draft?.tab ?? (this.steps.open && !this.steps.found ? "found" : (this.tab ?? "open")));
  }

  stepped(entry) {
    this.steps = { ...this.steps, [entry.kind]: true };
    this.last.uuid = entry.uuid;
  }

  // Who is there: where nobody was named, the one who is signed in; after an opening those who opened it.
  officers(opened) {
    $$("form[data-entry] [name=officers]").forEach((field, at) => {
      const place = at % 2, finds = field.form.dataset.entry === "found";
      field.value = (finds && opened?.[place]) || field.value || (place === 0 ? this.name : "");
    });
  }

  // --- entries ---------------------------------------------------------------------------------------------

  async submitted(event, form) {
    event.preventDefault();
    if (form.dataset.busy) return;
    form.dataset.busy = "yes";
    try {
      await this.enter(form);
    } finally {
      delete form.dataset.busy;
    }
  }

  async enter(form) {
    const kind = form.dataset.entry;
    if (kind === "photograph") return undefined;
    const fields = fieldsOf(form), file = form.elements.picture?.files[0];
    const entry = await this.add(kind, fields, file);
    if (!entry) return undefined;
    if (kind === "open") this.officers(fields.officers);
    form.reset();
    if (kind === "picture") this.named(form.elements.picture);
    if (kind === "found" || kind === "open") this.sum();
    await this.keep();
    if (kind === "open") this.open("found");
    else this.limit();
    notice(t("Kept on this device."), { seconds: 2, tone: "good" });
    return this.sending.now();
  }

  // An entry on the device; null where it could not be kept, which the page says.
  async add(kind, fields, file = null) {
    const parcel = this.current();
    if (file && file.size > (this.most?.[kind] ?? Infinity)) {
      notice(t("%(name)s is too large: the server takes %(most)s MB at most.", { name: file.name, most: Math.floor(this.most[kind] / MIB) }), { seconds: 12, tone: "bad" });
      return null;
    }
    const content = file ? await file.arrayBuffer() : null;
    const entry = {
      uuid: crypto.randomUUID(),
      person: this.person,
      kind,
      barcode: this.code,
      made_at: new Date().toISOString(),
      fields,
      sha256: content ? await store.digest(content) : null,
      parcel: this.code ? parcel.id : null,
      version: this.code ? parcel.version : null,
      after: this.last.uuid ?? null,
    };
    try {
      await store.add(this.person, entry, content);
    } catch {
      $('[data-banner="full"]').hidden = false;
      return null;
    }
    if (MOVES.has(kind)) this.stepped(entry);
    await this.outbox.draw();
    return entry;
  }

  async photographs(field) {
    const files = [...field.files];
    for (const file of files) {
      const entry = await this.add("photograph", {}, file);
      if (entry) this.pictured(entry, file);
    }
    field.value = "";
    await this.sending.now();
  }

  pictured(entry, file) {
    const figure = document.createElement("figure"), picture = document.createElement("img"), said = document.createElement("figcaption");
    figure.dataset.uuid = entry.uuid;
    picture.src = URL.createObjectURL(file);
    picture.alt = t("Photograph that was just taken");
    said.textContent = t("kept on this device");
    figure.append(picture, said);
    $("[data-photos]").append(figure);
  }

  // The server has it.
  sent(row, answer) {
    const said = $(`[data-uuid="${row.uuid}"] figcaption`);
    if (said) said.textContent = answer.state === "done" ? t("with the server") : t("with the server, without a parcel");
    if (answer.state !== "done" && row.kind !== "picture") notice(t("The server keeps it without a parcel; a supervisor is shown it."), { seconds: 4 });
  }

  named(field) {
    $("[data-file-name]").textContent = field.files[0]?.name ?? t("Choose the picture of the mobile X-ray");
  }

  preset(option) {
    if (!option?.dataset.pitch) return;
    $("[name=pitch_mm]").value = option.dataset.pitch;
    const energy = $(`[name=energy][value="${option.dataset.energy}"]`);
    energy.checked = true;
  }

  sum() {
    const form = $('form[data-entry="found"]');
    const all = Object.entries(STICKS).reduce((sum, [name, each]) => sum + each * (Number(form.elements[name].value) || 0), 0);
    $("[data-sum]").textContent = all ? tn("%(n)s stick in all", "%(n)s sticks in all", all, { n: all.toLocaleString() }) : "";
  }

  // --- what is half entered ----------------------------------------------------------------------------------

  // Kept with each key: what is being kept when another one comes is kept again after it.
  async changed() {
    this.sum();
    const box = $(".station-record");
    box.dataset.draft = "changed";
    this.again = true;
    if (this.keeping) return;
    this.keeping = true;
    while (this.again) {
      this.again = false;
      await this.keep();
    }
    this.keeping = false;
    box.dataset.draft = "kept";
  }

  async drafts() {
    return (await store.recall(this.person, "drafts")) ?? { current: "", of: {} };
  }

  async keep() {
    if (!this.code) return;
    const typed = {};
    for (const form of $$("form[data-entry]")) if (form.dataset.entry !== "photograph") typed[form.dataset.entry] = fieldsOf(form);
    const draft = { tab: this.tab, typed, last: this.last }, code = this.code;
    const others = Object.entries((await this.drafts()).of).filter(([other]) => other !== code);
    const of = Object.fromEntries([...others, [code, draft]].slice(-MOST_DRAFTS));
    await store.remember(this.person, "drafts", { current: code, of });
  }

  // Fill in what was half entered before; the barcode that it was for, or nothing.
  async restore() {
    const { current, of } = await this.drafts();
    await this.take(current, of[current]);
    return current;
  }
}

// What stands in a form: texts by name, several of a name as a list; no files.
function fieldsOf(form) {
  const found = {};
  for (const [name, value] of new FormData(form)) {
    if (typeof value !== "string" || value.trim() === "") continue;
    if (name === "officers") (found[name] ??= []).push(value.trim());
    else found[name] = value.trim();
  }
  return found;
}

function fill(form, fields) {
  for (const [name, value] of Object.entries(fields)) {
    const own = [...form.elements].filter((field) => field.name === name);
    const values = Array.isArray(value) ? value : [value];
    own.forEach((field, place) => {
      if (field.type === "radio") field.checked = field.value === value;
      else if (field.type !== "file") field.value = values[place] ?? "";
    });
  }
}
