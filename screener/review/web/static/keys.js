// All keys of a page in one place; `?` lists them. None acts while somebody types.
//
//   keys.on("r", t("Release"), run, { group: t("Decide") })       a key, or two after each other: "g q"
//   keys.hold("i", t("Invert"), begin, end, { group: ... })       acts while it is held
//   <button data-key="r" data-key-group="Decide">Release</button> clicks it; of a field, puts the cursor there
//
// A barcode reader types fast and ends with Enter: what it read opens that parcel, from anywhere. In a field
// with `data-barcode="keep"` it stays there. So a single letter acts only once no other follows at that pace.
import { notice } from "./notices.js";
import { t } from "./words.js";

const PACE_MS = 50; // between two keys of a reader; people are slower
const SHORTEST = 6; // of what a reader reads
const SEQUENCE_MS = 1200; // between the two keys of a sequence
const CODE = /^[\w\-./:+*$% ]+$/;
const OFF = "screener.keys.off";

const registered = new Map(); // key -> {label, group, begin, end, repeat}
let waiting = []; // keys that may yet turn out to be a barcode
let timer = null;
let first = null; // the first key of a sequence, and when it was pressed
let held = new Map();
let burst = { text: "", last: -Infinity, field: null, before: "" };

const NOT_TYPED = new Set(["checkbox", "radio", "button", "submit", "reset", "range", "color", "file", "image"]);
const isField = (element) =>
  element instanceof HTMLElement &&
  (element.isContentEditable ||
    element.matches("textarea, select") ||
    (element.matches("input") && !NOT_TYPED.has(element.type)));

export const isOn = () => localStorage.getItem(OFF) === null;

export const keys = {
  on(key, label, run, { group = t("Page"), repeat = false } = {}) {
    registered.set(key, { label, group, begin: run, repeat });
    return () => registered.delete(key);
  },
  hold(key, label, begin, end, { group = t("Page") } = {}) {
    registered.set(key, { label, group, begin, end });
    return () => registered.delete(key);
  },
  list,
};

// --- which key does what --------------------------------------------------------------------------

// What is there to be pressed: seen, or folded away in a menu whose keys act all the same.
function isThere(element) {
  const folded = element.closest("details[data-keys-folded]:not([open])");
  return !element.disabled && (folded ?? element).getClientRects().length > 0;
}

const usable = (element) => isThere(element) && inFront(element);

function inFront(element) {
  const dialogs = [...document.querySelectorAll("dialog:modal")];
  return dialogs.length === 0 || dialogs.at(-1).contains(element);
}

function elementOf(key) {
  return [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key && usable(one));
}

function press(element) {
  if (isField(element)) {
    element.focus();
    element.select?.();
  } else {
    element.focus({ preventScroll: true });
    element.click();
  }
}

function deedOf(key) {
  const element = elementOf(key);
  if (element) return { begin: () => press(element) };
  return document.querySelector("dialog:modal") ? undefined : registered.get(key);
}

const begins = (key) =>
  [...registered.keys()].some((one) => one.startsWith(`${key} `)) ||
  [...document.querySelectorAll("[data-key]")].some((one) => one.dataset.key.startsWith(`${key} `) && usable(one));

function act(key, at) {
  const sequence = first && at - first.at < SEQUENCE_MS ? `${first.key} ${key}` : null;
  first = null;
  const deed = (sequence && deedOf(sequence)) ?? deedOf(key);
  if (!deed) {
    if (begins(key)) first = { key, at };
    return;
  }
  deed.begin();
  if (deed.end) held.set(key, deed.end);
}

// --- what is pressed --------------------------------------------------------------------------------

function pressed(event) {
  if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return forget();
  if (event.key === "Enter" && isCode(event.timeStamp)) return read(event);
  const letter = event.key.length === 1;
  if (letter && !event.repeat) follow(event);
  else if (!letter && event.key !== "Shift") burst.text = "";
  if (isField(event.target) || !isOn()) return;
  if (event.repeat) return repeated(event);
  if (!letter) {
    if (!deedOf(event.key)) return;
    event.preventDefault();
    act(event.key, event.timeStamp);
  } else {
    if (deedOf(event.key) || begins(event.key) || first) event.preventDefault();
    waiting.push({ key: event.key, at: event.timeStamp, up: false });
    clearTimeout(timer);
    timer = setTimeout(settle, PACE_MS);
  }
}

function repeated(event) {
  const deed = deedOf(event.key);
  if (!deed) return;
  event.preventDefault();
  if (deed.repeat) deed.begin();
}

function released(event) {
  const pending = waiting.find((one) => one.key === event.key && !one.up);
  if (pending) pending.up = true;
  else end(event.key);
}

function end(key) {
  const stop = held.get(key) ?? held.get(key.toLowerCase());
  held.delete(key);
  held.delete(key.toLowerCase());
  stop?.();
}

// No other key followed: these were single keys; so many at that pace were a code without its end.
function settle() {
  const given = waiting;
  waiting = [];
  if (given.length >= SHORTEST) return;
  for (const { key, at, up } of given) {
    act(key, at);
    if (up) end(key);
  }
}

function forget() {
  clearTimeout(timer);
  waiting = [];
  burst.text = "";
}

function letGo() {
  for (const key of [...held.keys()]) end(key);
  forget();
}

// --- barcodes -----------------------------------------------------------------------------------------

function follow(event) {
  if (event.timeStamp - burst.last > PACE_MS) {
    const field = isField(event.target) ? event.target : null;
    burst = { text: "", last: 0, field, before: field?.value ?? "" };
  }
  burst.text += event.key;
  burst.last = event.timeStamp;
}

const isCode = (at) =>
  "signedIn" in document.body.dataset &&
  at - burst.last <= PACE_MS &&
  burst.text.trim().length >= SHORTEST &&
  CODE.test(burst.text) &&
  burst.field?.dataset.barcode !== "keep" &&
  burst.field?.id !== "open-code";

function read(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
  const code = burst.text.trim();
  const { field, before } = burst;
  forget();
  if (field && "value" in field) field.value = before;
  const address = `/open?code=${encodeURIComponent(code)}`;
  if (isHalfFilled()) {
    const run = () => location.assign(address);
    notice(t("Barcode %(code)s was read. This form is not sent yet.", { code }), { seconds: 20, action: { label: t("Open it"), run } });
  } else location.assign(address);
}

// Whether somebody entered something that going away would lose.
function isHalfFilled() {
  const fields = document.querySelectorAll('main form[method="post"] :is(input:not([type="hidden"]), textarea)');
  return [...fields].some((one) =>
    one.type === "checkbox" || one.type === "radio" ? one.checked !== one.defaultChecked : one.value !== (one.defaultValue ?? ""),
  );
}

// --- the list --------------------------------------------------------------------------------------

function labelOf(element) {
  if (element.dataset.keyLabel) return element.dataset.keyLabel;
  const bare = element.cloneNode(true);
  bare.querySelectorAll("kbd").forEach((one) => one.remove());
  return element.getAttribute("aria-label") ?? bare.textContent.trim();
}

// Every key that acts now: [{key, label, group, held}].
function list() {
  const found = [...registered].map(([key, one]) => ({ key, label: one.label, group: one.group, held: Boolean(one.end) }));
  for (const element of document.querySelectorAll("[data-key]")) {
    if (!isThere(element)) continue;
    found.push({ key: element.dataset.key, label: labelOf(element), group: element.dataset.keyGroup ?? t("Page"), held: false });
  }
  return found;
}

// Two keys of one deed share a row: level down and up, larger by + and =.
function merged(entries) {
  const found = new Map();
  for (const one of entries) found.get(one.label)?.keys.push(one.key) ?? found.set(one.label, { ...one, keys: [one.key] });
  return [...found.values()];
}

function rows(entries) {
  return merged(entries).map(({ keys: all, label, held: whileHeld }) => {
    const row = document.createElement("div");
    const what = document.createElement("dt");
    const how = document.createElement("dd");
    what.textContent = whileHeld ? t("%(label)s (while held)", { label }) : label;
    for (const part of all.join(" ").split(" ")) {
      const shown = document.createElement("kbd");
      shown.textContent = NAMES[part] ?? part;
      how.append(shown, " ");
    }
    row.append(what, how);
    return row;
  });
}

const NAMES = { Escape: "Esc", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", "": "␣" };

export function help() {
  const dialog = document.getElementById("keys");
  if (dialog.open) return dialog.close();
  const groups = Map.groupBy ? Map.groupBy(list(), (one) => one.group) : grouped(list());
  const parts = [...groups].map(([group, entries]) => {
    const section = document.createElement("section");
    const title = document.createElement("h3");
    const table = document.createElement("dl");
    title.textContent = group;
    table.append(...rows(entries));
    section.append(title, table);
    return section;
  });
  document.getElementById("keys-list").replaceChildren(...parts);
  dialog.showModal();
}

function grouped(entries) {
  const groups = new Map();
  for (const one of entries) groups.set(one.group, [...(groups.get(one.group) ?? []), one]);
  return groups;
}

export function start() {
  addEventListener("keydown", pressed, { capture: true });
  addEventListener("keyup", released, { capture: true });
  addEventListener("blur", letGo);
  keys.on("?", t("Keys"), help, { group: t("Help") });
  document.querySelector("[data-open-help]")?.addEventListener("click", help);
  const box = document.getElementById("keys-on");
  box.checked = isOn();
  box.addEventListener("change", () => (box.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1")));
}
