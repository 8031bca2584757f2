// Short notices at the edge of the page, read out by screen readers.
//   const gone = notice(t("Released"), { seconds: 10, action: { label: t("Undo"), key: "u", run } })
import { t } from "./words.js";

export function notice(text, { tone = "plain", seconds = 6, action } = {}) {
  const box = document.createElement("div");
  box.className = `notice ${tone}`;
  const words = document.createElement("span");
  words.textContent = text;
  box.append(words);
  const gone = () => box.remove();
  if (action) box.append(button(action.label, action.key, () => { gone(); action.run(); }));
  const close = button("✕", null, gone);
  close.setAttribute("aria-label", t("Close"));
  box.append(close);
  document.getElementById("notices").append(box);
  if (seconds) setTimeout(gone, seconds * 1000);
  return gone;
}

function button(label, key, run) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button quiet";
  made.textContent = label;
  if (key) {
    made.dataset.key = key;
    made.dataset.keyLabel = label;
    const shown = document.createElement("kbd");
    shown.textContent = key;
    made.append(" ", shown);
  }
  made.addEventListener("click", run);
  return made;
}
