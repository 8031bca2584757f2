// How far the reading or publishing of a list is; the page comes anew when that ends.
import { locale } from "./words.js";

const EVERY_MS = 1000;
const panel = document.querySelector("[data-job]");
const shown = new Intl.NumberFormat(locale, { style: "percent" });

async function look() {
  const answer = await fetch(`/lists/jobs/${panel.dataset.job}/state`, { headers: { accept: "application/json" } });
  if (!answer.ok) return;
  const { state, progress } = await answer.json();
  if (state !== panel.dataset.state) {
    location.reload();
    return;
  }
  panel.querySelector("progress").value = progress;
  panel.querySelector("[data-share]").textContent = shown.format(progress);
}

function goOn() {
  setTimeout(async () => {
    try {
      if (!document.hidden) await look();
    } catch {
      // without a connection it asks again
    }
    goOn();
  }, EVERY_MS);
}

if (panel) goOn();
