// Keeps the page of the station on the device: its files and the page itself, which says nothing of anybody.
// Nothing that was asked for about parcels or people goes through here, so nothing of it can be kept.
// The server puts `KEPT = {version, files, shells}` before it.
/* global KEPT */
const CACHE = `station-${KEPT.version}`;
const PATIENCE_MS = 4000; // a connection that is slower than this counts as none

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== location.origin) return;
  if (event.request.mode === "navigate" && address.pathname === "/station") event.respondWith(page(event.request, address));
  else if (KEPT.files.includes(address.pathname)) event.respondWith(file(event.request, address));
});

async function install() {
  const cache = await caches.open(CACHE);
  await cache.addAll([...KEPT.files, ...Object.values(KEPT.shells)]);
  await self.skipWaiting();
}

async function activate() {
  for (const name of await caches.keys()) if (name.startsWith("station-") && name !== CACHE) await caches.delete(name);
  await self.clients.claim();
}

// The server's page; the kept one where there is no server, or none within patience.
async function page(request, address) {
  try {
    const answer = await within(fetch(request));
    if (answer.status < 500) return answer;
  } catch {
    // no connection
  }
  const shell = KEPT.shells[address.searchParams.get("language")] ?? Object.values(KEPT.shells)[0];
  return (await kept(shell)) ?? Response.error();
}

async function file(request, address) {
  return (await kept(address.pathname)) ?? fetch(request);
}

const kept = async (path) => (await caches.open(CACHE)).match(path);

function within(promise) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("too slow")), PATIENCE_MS);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
