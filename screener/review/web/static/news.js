// What changes while a page is open: the server says that something did, and the page asks what it was.
//   onChange(run, 5)   calls run() soon after a change, and not more often than every 5 seconds
const heard = [];
let stream = null;
let known = null;

function changed(event) {
  const first = known === null;
  if (event.data === known) return;
  known = event.data;
  if (!first) for (const one of heard) one();
}

function follow() {
  if (document.hidden) {
    stream?.close();
    stream = null;
  } else if (!stream && heard.length) {
    stream = new EventSource("/live");
    stream.addEventListener("change", changed);
  }
}

export function onChange(run, everySeconds) {
  let last = -Infinity;
  let timer = null;
  heard.push(() => {
    clearTimeout(timer);
    const spread = 300 + 500 * Math.random(); // not all pages at once
    timer = setTimeout(() => { last = performance.now(); run(); }, Math.max(spread, last + 1000 * everySeconds - performance.now()));
  });
  follow();
}

document.addEventListener("visibilitychange", follow);
addEventListener("pagehide", () => stream?.close());
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  stream = null;
  follow();
});
