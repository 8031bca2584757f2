// The page of the officers on the spot: read a barcode, see the parcel, record what is done.
//
// Whoever was signed in last on this device may go on without a connection, for as long as a session lasts.
// What is entered is on the device before the page says so (station_store), and is sent from there.
import { Forms } from "./station_forms.js";
import { Outbox } from "./station_outbox.js";
import { Sending } from "./station_sending.js";
import { byCamera, byReader, hasCamera } from "./station_reading.js";
import * as store from "./station_store.js";
import { t } from "./words.js";

const LANGUAGE = "screener.station.language";
const LOOK_AGAIN_MS = 20_000;
const RESULT_MS = 1500;
const MOST_KNOWN = 200;

const $ = (selector) => document.querySelector(selector);
const $$ = (selector) => [...document.querySelectorAll(selector)];
const shown = document.documentElement.lang.startsWith("zh") ? "zh" : "en";

let me = null; // {person, name, csrf} of the server, or {person, name} as remembered
let parcel = { code: "", id: null, version: null, may: null };
let sending = null, outbox = null, forms = null;
let asked = 0;

// --- who is there ---------------------------------------------------------------------------------------

// Who is signed in: null nobody, undefined without an answer.
async function ask() {
  try {
    const answer = await fetch("/station/me", { headers: { Accept: "application/json" } });
    if (answer.status === 401) return null;
    if (answer.status === 403) return denied();
    if (!answer.ok) return undefined;
    return await arrived(await answer.json());
  } catch {
    return undefined;
  }
}

async function arrived(said) {
  if (me && me.person !== said.person) {
    location.reload(); // another person has signed in: nothing of the one before may stay on the page
    return undefined;
  }
  // by the device's own clock: the two may be hours apart
  await store.arrive(said.person, Date.now() + 1000 * said.session_s);
  await store.remember(said.person, "me", { name: said.name, most: { photograph: said.photograph_bytes, picture: said.picture_bytes } });
  return said;
}

function denied() {
  banner("denied", true);
  return undefined;
}

async function remembered() {
  const last = await store.current();
  if (!last || last.until < Date.now()) return null;
  return { person: last.person, ...(await store.recall(last.person, "me")) };
}

const banner = (name, on) => $(`[data-banner="${name}"]`).toggleAttribute("hidden", !on);

function linked(link) {
  const box = $("[data-link]");
  if (box.dataset.is === link) return;
  box.dataset.is = link;
  for (const one of $$("[data-link-is]")) one.hidden = one.dataset.linkIs !== link;
  banner("signed-out", link === "signed-out");
}

// --- the parcel -----------------------------------------------------------------------------------------

async function read(code) {
  const wanted = code.trim();
  if (!wanted) return;
  $("#code").value = wanted;
  if (wanted !== parcel.code) await forms.leave();
  parcel = { code: wanted, id: null, version: null, may: null };
  await forms.to(wanted);
  await look();
}

// Ask the server for the parcel of the barcode; without an answer go by what the device knows.
async function look() {
  const { code } = parcel, number = ++asked;
  if (!code) return show("none");
  const said = await lookedUp(code);
  if (number !== asked) return undefined;
  if (said?.found) {
    parcel = { code, id: said.id, version: said.version, may: said.may };
    await know(code, { id: said.id, version: said.version });
    $("[data-parcel-html]").innerHTML = said.html; // from our own template, which escapes
    return show("known", !(await outbox.holds(code)));
  }
  const known = said === undefined ? (await store.recall(me.person, "known"))?.[code] : undefined;
  parcel = { code, id: known?.id ?? null, version: known?.version ?? null, may: null };
  return show(said === undefined ? "offline" : "unknown");
}

async function lookedUp(code) {
  try {
    const answer = await fetch(`/station/parcel?code=${encodeURIComponent(code)}`, { headers: { Accept: "application/json" } });
    if (answer.status === 401) sending.nobody();
    if (!answer.ok) return undefined;
    sending.linked("there");
    return await answer.json();
  } catch {
    sending.linked("none");
    return undefined;
  }
}

// The numbers of parcels that were looked at: an opening without a connection says which state it was made on.
async function know(code, numbers) {
  const known = Object.entries((await store.recall(me.person, "known")) ?? {}).filter(([other]) => other !== code);
  await store.remember(me.person, "known", Object.fromEntries([...known, [code, numbers]].slice(-MOST_KNOWN)));
}

function show(what, fresh = false) {
  for (const one of $$("[data-parcel]")) one.hidden = one.dataset.parcel !== what;
  for (const one of $$("[data-code]")) one.textContent = parcel.code;
  if (what !== "known") $("[data-parcel-html]").replaceChildren();
  forms.parcel(parcel, fresh);
}

// --- results of X-ray pictures ----------------------------------------------------------------------------

async function results() {
  const numbers = (await store.recall(me.person, "scans")) ?? [];
  for (const number of numbers) follow(number);
}

async function expect(number) {
  const numbers = (await store.recall(me.person, "scans")) ?? [];
  await store.remember(me.person, "scans", [...numbers, number].slice(-5));
  follow(number);
}

async function follow(number) {
  let box = $(`[data-result="${number}"]`);
  if (!box) {
    box = document.createElement("div");
    box.dataset.result = number;
    $("[data-results]").prepend(box);
  }
  const said = await fetch(`/station/scans/${number}`, { headers: { Accept: "application/json" } })
    .then((answer) => (answer.ok ? answer.json() : null))
    .catch(() => null);
  if (said) box.innerHTML = said.html; // from our own template, which escapes
  box.dataset.state = said?.state ?? "";
  if (said === null || said.state === "waiting") setTimeout(() => follow(number), RESULT_MS);
}

// --- what happens ---------------------------------------------------------------------------------------

async function changed({ what, link, row, answer }) {
  if (what === "link") linked(link);
  if (what === "done") {
    if (answer.scan) await expect(answer.scan);
    forms.sent(row, answer);
    if (row.entry.barcode && row.entry.barcode === parcel.code && !(await outbox.holds(parcel.code))) await look();
  }
  await outbox.draw();
}

async function camera() {
  const dialog = $("[data-camera-dialog]"), fault = $("[data-camera-fault]");
  const end = new AbortController();
  dialog.addEventListener("close", () => end.abort(), { once: true });
  fault.hidden = true;
  dialog.showModal();
  try {
    const code = await byCamera($("[data-video]"), end.signal);
    dialog.close();
    if (code) await read(code);
  } catch {
    fault.hidden = false;
  }
}

// Without a connection the session goes on at the server: it is ended as soon as there is one (`endLeft`).
async function signOut() {
  const proof = await ask();
  if (proof === undefined) await store.intendToLeave(sending.csrf);
  await store.leave();
  if (proof) await endSession(proof.csrf);
  location.assign(proof === undefined ? "/station" : "/sign-in?next=/station");
}

async function endSession(csrf) {
  const body = new FormData();
  body.append("csrf", csrf);
  await fetch("/sign-out", { method: "POST", body, redirect: "manual" }).catch(() => undefined);
}

// Ends the session that somebody wanted to end while there was no connection; whether there was one.
async function endLeft(said) {
  const left = await store.leaving();
  if (!left || !said) return false;
  await store.stay();
  if (left.csrf !== null && left.csrf !== said.csrf) return false; // somebody has signed in since
  await endSession(said.csrf);
  return true;
}

async function speak(language) {
  localStorage.setItem(LANGUAGE, language);
  const proof = await ask();
  if (!proof) return location.assign(`/station?language=${language}`);
  const body = new FormData();
  for (const [name, value] of Object.entries({ csrf: proof.csrf, language, next: "/station" })) body.append(name, value);
  await fetch("/language", { method: "POST", body, redirect: "manual" });
  return location.assign("/station");
}

// The kept page is there in each language: without a connection the one that was used last is shown.
function inAnotherLanguage() {
  const wanted = localStorage.getItem(LANGUAGE);
  if (!wanted || wanted === shown || new URLSearchParams(location.search).has("language")) return false;
  location.replace(`/station?language=${wanted}`);
  return true;
}

function listen() {
  $("[data-read]").addEventListener("submit", (event) => {
    event.preventDefault();
    read($("#code").value);
  });
  byReader(read);
  if (hasCamera()) $("[data-camera]").hidden = false;
  $("[data-camera]").addEventListener("click", camera);
  $("[data-sign-out]").addEventListener("click", signOut);
  for (const button of $$("[data-language]")) button.addEventListener("click", () => speak(button.dataset.language));
  addEventListener("visibilitychange", () => document.visibilityState === "visible" && sending.now());
  addEventListener("online", lookAgain);
  setInterval(lookAgain, LOOK_AGAIN_MS);
}

// Is there a server, and who is signed in? What could not be shown is shown then.
async function lookAgain() {
  const before = sending.link, said = await ask();
  if (said === null) sending.nobody();
  else if (!said) sending.linked("none");
  else {
    sending.csrf = said.csrf;
    sending.linked("there");
    if (before !== "there" && parcel.code) await look();
  }
  await sending.now();
}

async function begin() {
  if (!globalThis.isSecureContext || !crypto.subtle) return banner("insecure", true);
  navigator.serviceWorker?.register("/station/worker.js", { scope: "/station", updateViaCache: "none" });
  navigator.storage?.persist?.();
  addEventListener("pageshow", (event) => event.persisted && location.reload()); // not what the one before left
  const said = await ask();
  if (await endLeft(said)) {
    await store.leave();
    return location.assign("/sign-in?next=/station");
  }
  if (said === undefined && inAnotherLanguage()) return undefined;
  if (said) localStorage.setItem(LANGUAGE, shown);
  if (said === null) await store.leave(); // signed out, or the session has ended: what it entered stays
  me = said ?? (said === undefined ? await remembered() : null);
  if (!me) {
    linked(said === null ? "signed-out" : "none");
    banner("signed-out", $('[data-banner="denied"]').hidden);
    return undefined;
  }
  if (said) me = { person: said.person, ...(await store.recall(said.person, "me")) };
  $("[data-name]").textContent = me.name;
  sending = new Sending(me.person, ask, changed);
  outbox = new Outbox(me.person, sending);
  forms = new Forms(me, sending, () => parcel, outbox);
  linked(said ? "there" : "none");
  sending.link = said ? "there" : "none";
  sending.csrf = said?.csrf ?? null;
  banner("others", (await store.ofOthers(me.person)) > 0);
  listen();
  await outbox.draw();
  const code = await forms.restore();
  $("#code").value = parcel.code = code;
  await look();
  await results();
  document.body.dataset.ready = "yes";
  await sending.now();
  return undefined;
}

await begin();
document.title = `${t("Station")} · Screener`;
