// Lists by keyboard: j and k go down and up, Enter or o opens the row, x chooses it.
import { keys } from "./keys.js";
import { t } from "./words.js";

const group = t("List");
const rows = () => [...document.querySelectorAll("tr[data-row]")];
let at = null; // the row's parcel, which stays the same when the table is brought up to date

export const current = () => rows().find((row) => row.dataset.row === at) ?? null;

export function go(row) {
  for (const one of rows()) one.classList.toggle("at", one === row);
  if (!row) return;
  at = row.dataset.row;
  row.querySelector(".row-link").focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const all = rows();
  const place = all.indexOf(current());
  go(all[Math.max(0, Math.min(all.length - 1, place < 0 ? 0 : place + by))]);
}

keys.on("j", t("Down"), () => step(1), { group, repeat: true });
keys.on("k", t("Up"), () => step(-1), { group, repeat: true });
keys.on("o", t("Open"), () => current()?.querySelector(".row-link").click(), { group });
if (document.querySelector("tr[data-row] input[type=checkbox]"))
  keys.on("x", t("Choose"), () => current()?.querySelector("input[type=checkbox]")?.click(), { group });

addEventListener("focusin", (event) => {
  const row = event.target.closest?.("tr[data-row]");
  if (!row) return;
  at = row.dataset.row;
  for (const one of rows()) one.classList.toggle("at", one === row);
});
