// Times that run on while a page is open: due times, and how long something can be undone.
import { t } from "./words.js";

const MINUTE = 60, HOUR = 3600, DAY = 86400;

// The two largest units of a number of seconds, as the server writes them.
export function duration(seconds) {
  const whole = Math.abs(Math.trunc(seconds));
  if (whole < MINUTE) return t("%(n)s s", { n: whole });
  if (whole < HOUR) {
    const rest = whole % MINUTE;
    return whole < 10 * MINUTE && rest ? `${t("%(n)s min", { n: Math.trunc(whole / MINUTE) })} ${t("%(n)s s", { n: rest })}` : t("%(n)s min", { n: Math.trunc(whole / MINUTE) });
  }
  const [unit, per, small, each] = whole < DAY ? ["%(n)s h", HOUR, "%(n)s min", MINUTE] : ["%(n)s d", DAY, "%(n)s h", HOUR];
  const rest = Math.trunc((whole % per) / each);
  return t(unit, { n: Math.trunc(whole / per) }) + (rest ? ` ${t(small, { n: rest })}` : "");
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
