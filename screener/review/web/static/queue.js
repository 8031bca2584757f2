// The queue brings itself up to date: figures as they change, rows where they stand, nothing lost that was chosen.
import "./clock.js";
import { current, go } from "./lists.js";
import { onChange } from "./news.js";
import { locale } from "./words.js";

const page = document.querySelector(".queue-page");
const chosen = () => [...document.querySelectorAll("input[name=chosen]:checked")].map((one) => one.value);

function showBulk() {
  const bulk = document.querySelector("[data-bulk]");
  if (!bulk) return;
  const n = chosen().length;
  bulk.hidden = n === 0;
  bulk.querySelector("[data-chosen]").textContent = n.toLocaleString(locale);
}

async function refresh() {
  const address = new URL(`/queue/rows${location.search}`, location.href);
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const made = document.createElement("template");
  made.innerHTML = await answer.text();
  const table = made.content.querySelector("#rows");
  if (!table) return;
  const old = document.getElementById("rows");
  const [keep, top, here] = [new Set(chosen()), old.scrollTop, current()?.dataset.row];
  const focused = old.contains(document.activeElement);
  old.replaceWith(table);
  for (const box of table.querySelectorAll("input[name=chosen]")) box.checked = keep.has(box.value);
  table.scrollTop = top;
  const row = here && table.querySelector(`tr[data-row="${here}"]`);
  if (row && focused) go(row);
  else row?.classList.add("at");
  for (const [name, n] of Object.entries(JSON.parse(table.dataset.counters))) {
    const shown = document.querySelector(`[data-counter="${name}"]`);
    if (shown) shown.textContent = n.toLocaleString(locale);
  }
  document.querySelector("span[data-total]").textContent = Number(table.dataset.total).toLocaleString(locale);
  showBulk();
}

const EVERY_S = 4;
onChange(refresh, EVERY_S);
setInterval(() => document.hidden || refresh(), 60_000); // leases that end change nothing else

page.addEventListener("change", (event) => {
  if (event.target.name === "chosen") showBulk();
  if (event.target.matches(".filters select, .filters input[type=checkbox]")) event.target.form.requestSubmit();
});
// Filters that say nothing stay out of the address.
document.querySelector(".filters").addEventListener("submit", (event) => {
  for (const one of event.target.elements) one.disabled = Boolean(one.name) && (one.value === "" || (one.name === "state" && one.value === "waiting"));
});
addEventListener("pageshow", () => {
  for (const one of document.querySelectorAll(".filters [disabled]")) one.disabled = false;
  showBulk();
});
showBulk();

document.body.dataset.ready = "yes"; // keys act from here on
