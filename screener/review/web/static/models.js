// While something goes on the page is looked at again; who types or reads with a dialog open is left alone.
const waiting = document.querySelector("[data-wait]");

if (waiting) {
  setTimeout(() => document.querySelector("dialog[open]") || location.reload(), 1000 * Number(waiting.dataset.wait));
}
