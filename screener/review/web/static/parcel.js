// The page of a parcel: dialogs of moves by key, tabs, sums while typing, and the claim kept while one works.
import "./clock.js";
import { ask } from "./ask.js";
import { keys } from "./keys.js";
import { onChange } from "./news.js";
import { locale, t } from "./words.js";

const sheet = document.querySelector(".sheet");

// --- moves ------------------------------------------------------------------------------------------

for (const button of document.querySelectorAll("[data-move]"))
  button.addEventListener("click", () => {
    const dialog = document.getElementById(`move-${button.dataset.move}`);
    dialog.showModal();
    (dialog.querySelector("[autofocus]") ?? dialog.querySelector("form.move-form :is(input:not([type=hidden]), textarea, button)"))?.focus();
    fill(dialog);
  });
document.querySelector("dialog[data-open]")?.showModal();

// A dialog that closes by a click beside it keeps what was typed.
for (const dialog of document.querySelectorAll("dialog.side"))
  dialog.addEventListener("click", (event) => {
    if (event.target !== dialog) return;
    const box = dialog.getBoundingClientRect();
    if (event.clientX < box.left || event.clientY < box.top || event.clientX > box.right || event.clientY > box.bottom) dialog.close();
  });

// Control and Enter send the form from any of its fields; a form is sent once.
addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.ctrlKey) event.target.closest?.("form.move-form")?.querySelector(".move-send button")?.click();
});
addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  if (event.target.dataset.sent) return event.preventDefault();
  event.target.dataset.sent = "yes";
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// The second officer is mostly the same all day.
function fill(dialog) {
  for (const field of dialog.querySelectorAll("[data-remember]"))
    if (!field.value) field.value = sessionStorage.getItem(`screener.${field.dataset.remember}`) ?? "";
}
addEventListener("change", (event) => {
  const name = event.target.dataset?.remember;
  if (name) sessionStorage.setItem(`screener.${name}`, event.target.value);
});

// --- sums -------------------------------------------------------------------------------------------

const EACH = { sticks: 1, packs: 20, cartons: 200 };
function sum(form) {
  const shown = form.querySelector("[data-sum]");
  if (!shown) return;
  let n = 0;
  for (const [name, each] of Object.entries(EACH)) n += each * Number(form.querySelector(`input[name$="${name}"]`)?.value || 0);
  const limit = Number(sheet.dataset.limitSticks);
  const said = [t("%(n)s sticks in all", { n: n.toLocaleString(locale) })];
  if (n > limit) said.push(t("over the limit of %(limit)s", { limit: limit.toLocaleString(locale) }));
  shown.textContent = n ? said.join(" · ") : "";
  shown.classList.toggle("over", n > limit);
}
function showChecklist(form) {
  const list = form.querySelector("[data-checklist]");
  if (!list) return;
  const origin = form.querySelector('input[name$="origin"]:checked')?.value;
  list.hidden = !["counterfeit", "mixed"].includes(origin);
}
for (const form of document.querySelectorAll("form.move-form")) {
  form.addEventListener("input", () => { sum(form); showChecklist(form); });
  sum(form);
  showChecklist(form);
}

// --- tabs -------------------------------------------------------------------------------------------

const TAB = "screener.tab";
const tabs = [...document.querySelectorAll('[role="tab"]')];
function select(tab, focus = true) {
  for (const one of tabs) {
    const is = one === tab;
    one.setAttribute("aria-selected", String(is));
    one.tabIndex = is ? 0 : -1;
    document.getElementById(one.getAttribute("aria-controls")).hidden = !is;
  }
  if (focus) tab.focus({ preventScroll: true });
  sessionStorage.setItem(TAB, tab.id);
}
for (const tab of tabs) {
  tab.addEventListener("click", () => select(tab));
  tab.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by) select(tabs[(tabs.indexOf(tab) + by + tabs.length) % tabs.length]);
  });
}
const wanted = location.hash && document.getElementById(`tab-${location.hash.slice(1)}`);
const kept = wanted || document.getElementById(sessionStorage.getItem(TAB) ?? "");
if (kept && !document.querySelector(".people.revealed")) select(kept, false);

document.querySelector(".people.revealed")?.scrollIntoView({ block: "center" });

// The reason to see people in full is at hand whichever tab is open.
const reason = document.getElementById("reveal-reason");
const askReason = () => { select(document.getElementById("tab-people"), false); reason.focus(); };
if (reason) keys.on("a", t("Reveal people"), askReason, { group: t("Parcel") });

// --- the claim, and what others do ------------------------------------------------------------------

let active = Date.now();
for (const name of ["keydown", "pointermove", "wheel"]) addEventListener(name, () => { active = Date.now(); }, { passive: true });

async function touch() {
  if (document.hidden || Date.now() - active > 1000 * sheet.dataset.leaseS) return;
  try {
    stands(await ask(`/parcels/${sheet.dataset.parcel}/touch`, { method: "POST" }));
  } catch {
    // the next beat tries again; the claim outlives a missed one
  }
}
function stands({ version }) {
  if (version !== Number(sheet.dataset.version)) document.querySelector("[data-stale]").hidden = false;
}
setInterval(touch, 1000 * Math.max(5, sheet.dataset.leaseS / 3));
onChange(async () => stands(await ask(`/parcels/${sheet.dataset.parcel}/standing`)), 2);

keys.on("q", t("To the queue"), () => location.assign(sheet.dataset.queue ? `/queue?${sheet.dataset.queue}` : "/queue"), { group: t("Queue") });

document.body.dataset.ready = "yes"; // keys act from here on
