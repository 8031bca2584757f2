// Times that run on while a page is open: due times, and how long something can be undone.
import { t } from "./words.js";

const MINUTE = 60, HOUR = 3600, DAY = 86400;

const UNITS = [
  { seconds: DAY, say: (n) => t("%(n)s d", { n: Math.trunc(n / DAY) }) },
  { seconds: HOUR, say: (n) => t("%(n)s h", { n: Math.trunc(n / HOUR) }) },
  { seconds: MINUTE, say: (n) => t("%(n)s min", { n: Math.trunc(n / MINUTE) }) },
  { seconds: 1, say: (n) => t("%(n)s s", { n }) },
];
const units = (seconds) => UNITS.find((one) => seconds >= one.seconds) ?? UNITS.at(-1);

// The two largest units of a number of seconds, as the server writes them.
export function duration(seconds) {
  const whole = Math.abs(Math.trunc(seconds));
  const [large, small] = [units(whole), units(whole % units(whole).seconds)];
  const rest = whole % large.seconds >= small.seconds && (large.seconds > MINUTE || whole < 10 * MINUTE);
  return [large.say(whole), rest ? small.say(whole % large.seconds) : ""].filter(Boolean).join(" ");
}

function show(time, now) {
  const left = (Date.parse(time.dateTime) - now) / 1000;
  time.textContent = left >= 0 ? t("%(duration)s left", { duration: duration(left) }) : t("%(duration)s overdue", { duration: duration(left) });
  (time.closest(".due") ?? time).classList.toggle("late", left < 0);
}

function tick() {
  const now = Date.now() + drift;
  for (const time of document.querySelectorAll("time[data-countdown]")) show(time, now);
  for (const toast of document.querySelectorAll("[data-toast]")) {
    const left = (Date.parse(toast.dataset.until) - now) / 1000;
    if (left <= 0) toast.remove();
    else toast.querySelector("[data-seconds]").textContent = Math.ceil(left);
  }
}

// The server's clock counts: this machine's may be off by minutes.
const said = document.querySelector("[data-now]")?.dataset.now;
const drift = said ? Date.parse(said) - Date.now() : 0;
tick();
setInterval(tick, 1000);
